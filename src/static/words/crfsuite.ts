/** Models of CRFsuite (`crf1d_model.c`): a header that says where five chunks lie, of words and numbers alone. */
import { latin1 } from '../../readers/bytes.js';
import type { Analyser } from '../context.js';

const HEADER = 48;
const CHUNKS = ['FEAT', 'CQDB', 'CQDB', 'LFRF', 'AFRF'];

export const analyseCrfsuite: Analyser = async (source, place, job) => {
  const head = await source.read(0, HEADER);
  if (head.length < HEADER) {
    job.gap(place, 'it ends inside its header');
    return;
  }
  const view = new DataView(head.buffer, head.byteOffset);
  const size = view.getUint32(4, true);
  if (size !== source.size) job.gap(place, `its header says that it has ${size} bytes, and it has ${source.size}`);
  let end = HEADER;
  for (const [index, chunk] of CHUNKS.entries()) {
    const offset = view.getUint32(28 + 4 * index, true);
    if (offset < end || latin1(await source.read(offset, 4)) !== chunk) {
      job.gap(place, `no ${chunk} lies at byte ${offset}, where its header says so`);
      return;
    }
    end = offset + 8;
  }
};

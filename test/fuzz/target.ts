/** What every input of the fuzzer goes through: detection, every analyser that matches, the listing, and the inspection. */
import { detectFormat } from '../../src/detect/detect.js';
import { analyseStatic } from '../../src/static/analyse.js';
import { bytesSource } from '../../src/readers/bytes.js';
import { inspectionText } from '../../src/report/inspection-text.js';
import { inspect } from '../../src/static/inspect/inspect.js';
import { readArray } from '../../src/static/inspect/values.js';
import { listPickle } from '../../src/static/inspect/listing.js';
import { disassemble } from '../../src/readers/pickle/disassemble.js';

const PICKLES = 2;
const ARRAYS = 4;

/** Throws when something throws, or when something of the file passes unescaped. */
export async function runTarget(bytes: Uint8Array, name: string): Promise<void> {
  const source = bytesSource(bytes);
  const detection = await detectFormat(source, { name });
  const errors: unknown[] = [];
  const result = await analyseStatic(source, detection, { name, onError: (error) => errors.push(error) });
  // For a person it is a gap; here it is a defect.
  if (errors.length > 0) throw errors[0];
  const inspection = await inspect(source, detection, { name });
  const { pickles, arrays } = inspection;
  for (const array of arrays.slice(0, ARRAYS)) await readArray(source, array);
  // Its lines end where they are meant to.
  const shown = inspectionText(inspection, undefined).replaceAll('\n', '');
  for (const place of pickles.slice(0, PICKLES)) await listPickle(source, detection, place, { page: 1 });
  const listing = await disassemble(source);
  const page = await listing.lines(Math.max(1, listing.lineCount - 20), 20);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const unsafe = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.exec(
    JSON.stringify([shown, result.findings, result.gaps, result.globals, result.needs, page]),
  );
  if (unsafe) throw new Error(`a character passes unescaped: U+${unsafe[0].charCodeAt(0).toString(16)}`);
}

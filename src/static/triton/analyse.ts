/** `config.pbtxt` of Triton's models (`triton-inference-server/common`, `protobuf/model_config.proto`): what it lets the server load. */
import { latin1, type ByteSource } from '../../readers/bytes.js';
import { leaves } from '../manifest/code-like.js';
import type { AnalysisContext, Location } from '../context.js';

const SIZE_LIMIT = 1024 * 1024;
/** Fields that only a Triton model has. */
const TRITON =
  /(?:^|[\s{])(?:backend|platform|max_batch_size|ensemble_scheduling|instance_group|default_model_filename)\s*[:{[]/;
/** Files that the server opens for the model: libraries of operations, environments, and the model itself. */
const FIELDS =
  /(?:^|[\s{,[])(op_library_filename|default_model_filename|backend|string_value)\s*:\s*(?:\[\s*)?(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)')/g;

export function isTritonText(text: string): boolean {
  return TRITON.test(text);
}

export async function analyseTriton(source: ByteSource, place: Location, job: AnalysisContext): Promise<void> {
  if (source.size > SIZE_LIMIT)
    job.gap(place, `only the first ${SIZE_LIMIT} bytes of the settings of Triton were read`);
  const text = latin1(await source.read(0, SIZE_LIMIT)).replace(/#[^\n]*/g, (comment) => ' '.repeat(comment.length));
  for (const match of text.matchAll(FIELDS)) {
    const [whole, field = '', double, single = ''] = match;
    const value = (double ?? single).replace(/^\$\$TRITON_MODEL_DIRECTORY\//, '');
    const isLibrary = field === 'op_library_filename';
    if (!isLibrary && !leaves(value)) continue;
    // An address or a path among its parameters can be for anything; an environment that is unpacked and used is a program.
    if (field === 'string_value' && !/\.(?:tar(?:\.gz)?|tgz|so|dll|py)$/.test(value)) continue;
    job.add({
      rule: 'STATIC-TRITON-CODE',
      place,
      key: `${field} ${value}`,
      subject: `Its ${field} is ${value}`,
      evidence: [{ offset: match.index, text: whole.trim() }],
    });
  }
}

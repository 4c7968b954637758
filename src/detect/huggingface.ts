/** Folders as `save_pretrained` of transformers writes them: one identifying file stands for the whole folder (`folder` in core/formats.ts). */
import { FORMATS } from '../core/formats.js';
import type { ByteSource } from '../readers/bytes.js';
import { decodeJson, parsePythonJson } from '../readers/python-json.js';

const HUGGING_FACE_NAMES = FORMATS.huggingface.folder?.by ?? [];
/** Bytes of a configuration; those of published models have some thousands. */
const CONFIGURATION_SIZE = 4 * 1024 * 1024;
const WEIGHTS = /^(model|pytorch_model|tf_model|flax_model)[\w.-]*\.(safetensors|bin|h5|msgpack)$/;
const TOKENIZER = /^(tokenizer|vocab|merges|spiece|sentencepiece)[\w.-]*\.(json|txt|model)$/;

/** True when the file `name` identifies its folder as such a model. */
export async function isHuggingFace(source: ByteSource, name: string): Promise<boolean> {
  const place = HUGGING_FACE_NAMES.indexOf(name);
  const { folder } = source;
  if (place < 0 || folder === undefined || !(await qualifies(source, folder))) return false;
  for (const other of HUGGING_FACE_NAMES.slice(0, place)) {
    if (await folder.open(other, (file) => qualifies(file, folder))) return false;
  }
  return true;
}

/** Code of its own makes a model without any other file; a mere configuration has to lie beside weights or a tokenizer. */
async function qualifies(source: ByteSource, folder: NonNullable<ByteSource['folder']>): Promise<boolean> {
  if (source.size > CONFIGURATION_SIZE) return false;
  const value = parsePythonJson(decodeJson(await source.read(0, source.size)))?.value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if ('auto_map' in value) return true;
  const named = ['model_type', 'architectures', 'tokenizer_class'].some((key) => key in value);
  if (!named) return false;
  const entries = (await folder.list('')) ?? [];
  return entries.some(({ name, folder }) => !folder && isContent(name));
}

/** Weights, or a tokenizer's own data: a second configuration is neither. */
function isContent(name: string): boolean {
  return WEIGHTS.test(name) || (TOKENIZER.test(name) && !HUGGING_FACE_NAMES.includes(name));
}

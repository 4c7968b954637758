/**
 * SafeTensors: eight bytes with the length of a JSON header, the header, the tensors (the format's README, and `SafeTensors::deserialize`
 * in `safetensors/src/tensor.rs`). Reads the header alone.
 */
import type { ByteSource } from './bytes.js';
import { walkJson } from './json-tokens.js';

export interface Tensor {
  readonly name: string;
  dtype: string | undefined;
  readonly shape: number[];
  readonly offsets: number[];
  /** Byte of the file where the header names it. */
  readonly at: number;
}

export interface SafeTensors {
  readonly tensors: readonly Tensor[];
  readonly metadata: readonly { readonly key: string; readonly value: string; readonly at: number }[];
  readonly duplicates: readonly { readonly name: string; readonly at: number }[];
  /** Fields of a tensor that the format does not have, and values of another type. */
  readonly odd: readonly { readonly text: string; readonly at: number }[];
  /** Byte of the file where the tensors begin. */
  readonly data: number;
  readonly gaps: readonly string[];
}

/** `MAX_HEADER_SIZE` of the library. */
export const HEADER_LIMIT = 100_000_000;
/** More than 200,000 tensors take; the rest is a gap. */
const READ_LIMIT = 32 * 1024 * 1024;
const TENSORS_LIMIT = 500_000;
const LISTED = 1000;

export async function readSafeTensors(source: ByteSource): Promise<SafeTensors> {
  const gaps: string[] = [];
  const head = await source.read(0, 8);
  const length = head.length < 8 ? 0n : new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  const data = 8 + Number(length);
  const tensors: Tensor[] = [];
  const metadata: { key: string; value: string; at: number }[] = [];
  const duplicates: { name: string; at: number }[] = [];
  const odd: { text: string; at: number }[] = [];
  const facts: SafeTensors = { tensors, metadata, duplicates, odd, data, gaps };
  if (length === 0n) gaps.push('it has no header');
  if (length > BigInt(HEADER_LIMIT))
    gaps.push(`its header is said to have ${length} bytes, more than the format allows (${HEADER_LIMIT})`);
  if (data > source.size) gaps.push(`its header is said to have ${length} bytes, more than the file`);
  const size = Math.min(Number(length), READ_LIMIT, Math.max(0, source.size - 8));
  if (Number(length) > READ_LIMIT && data <= source.size)
    gaps.push(`only the first ${READ_LIMIT} bytes of its header were read`);
  // Latin-1, so that an offset in the text is an offset in the file; texts are decoded one by one.
  const text = Buffer.from(await source.read(8, size)).toString('latin1');
  const current = { tensor: undefined as Tensor | undefined, field: '' };
  const odds = (what: string, at: number) => {
    if (odd.length < LISTED) odd.push({ text: what, at: 8 + at });
  };
  const walk = walkJson(text, {
    key: (path, key, at, twice) => {
      const name = utf8(key);
      if (twice && duplicates.length < LISTED)
        duplicates.push({ name: path.length === 0 ? name : `${utf8(String(path[0]))}.${name}`, at: 8 + at });
      if (path.length > 0 || name === '__metadata__') {
        if (path.length === 0) current.tensor = undefined;
        return;
      }
      current.tensor = { name, dtype: undefined, shape: [], offsets: [], at: 8 + at };
      if (tensors.length < TENSORS_LIMIT) tensors.push(current.tensor);
      else if (tensors.length === TENSORS_LIMIT && gaps.at(-1) !== MANY) gaps.push(MANY);
    },
    value: (path, value, at) => {
      const [first, field, index] = path;
      if (first === '__metadata__') {
        if (path.length === 2 && typeof value === 'string') {
          if (metadata.length < 10 * LISTED)
            metadata.push({ key: utf8(String(field)), value: utf8(value), at: 8 + at });
        } else odds(`the metadata ${utf8(String(field ?? ''))} is no text`, at);
        return;
      }
      const { tensor } = current;
      if (!tensor) return;
      if (field === 'dtype' && typeof value === 'string' && path.length === 2) tensor.dtype = value;
      else if ((field === 'shape' || field === 'data_offsets') && typeof index === 'number' && path.length === 3) {
        const list = field === 'shape' ? tensor.shape : tensor.offsets;
        if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && list.length < 64)
          list.push(value);
        else odds(`${tensor.name} has the ${field} ${String(value)}`, at);
      } else odds(`${tensor.name} has the field ${utf8(String(field ?? ''))}`, at);
    },
  });
  if (walk.broken) gaps.push(`its header is no JSON at byte ${8 + walk.broken.at}: ${walk.broken.why}`);
  else if (text.slice(walk.end).trim() !== '') odds('the header goes on after its end', walk.end);
  return facts;
}

const MANY = `it has more than ${TENSORS_LIMIT} tensors`;

function utf8(latin1: string): string {
  // Escapes of JSON may have made characters that no byte is.
  // eslint-disable-next-line no-control-regex -- the range of a byte
  return /^[\u0000-\u007f]*$/.test(latin1) || /[^\u0000-\u00ff]/.test(latin1)
    ? latin1
    : Buffer.from(latin1, 'latin1').toString('utf8');
}

/** Writes FlatBuffers, right ones and such as no library would write: what refers to something lies before it. */

/** A table by the numbers of its fields, a list, or bytes. */
export type Part =
  | { readonly kind: 'table'; readonly fields: Readonly<Record<number, Value>> }
  | { readonly kind: 'list'; readonly of: readonly Part[] }
  | { readonly kind: 'ints'; readonly of: readonly number[] }
  | { readonly kind: 'bytes'; readonly of: Uint8Array; /** Said instead of the true one. */ readonly length?: number };

/** A number of 1, 4 or 8 bytes, or something that is referred to. */
export type Value = { readonly width: 1 | 4 | 8; readonly value: number } | Part;

export const table = (fields: Readonly<Record<number, Value>>): Part => ({ kind: 'table', fields });
export const list = (...of: readonly Part[]): Part => ({ kind: 'list', of });
export const ints = (...of: readonly number[]): Part => ({ kind: 'ints', of });
export const bytes = (of: Uint8Array | string, length?: number): Part => ({
  kind: 'bytes',
  of: typeof of === 'string' ? Buffer.from(of) : of,
  ...(length === undefined ? {} : { length }),
});
export const byte = (value: number): Value => ({ width: 1, value });
export const int = (value: number): Value => ({ width: 4, value });
export const long = (value: number): Value => ({ width: 8, value });

export function flatbuffer(root: Part, identifier: string): Uint8Array {
  const out = Buffer.alloc(64 * 1024);
  let end = 8;
  out.write(identifier, 4, 'latin1');
  const take = (size: number, align = 8): number => {
    const at = Math.ceil(end / align) * align;
    end = at + size;
    return at;
  };
  const point = (from: number, part: Part): void => {
    out.writeUInt32LE(write(part) - from, from);
  };
  const write = (part: Part): number => {
    switch (part.kind) {
      case 'bytes': {
        const at = take(4 + part.of.length + 1);
        out.writeUInt32LE(part.length ?? part.of.length, at);
        out.set(part.of, at + 4);
        return at;
      }
      case 'ints': {
        const at = take(4 + 4 * part.of.length);
        out.writeUInt32LE(part.of.length, at);
        for (const [index, value] of part.of.entries()) out.writeInt32LE(value, at + 4 + 4 * index);
        return at;
      }
      case 'list': {
        const at = take(4 + 4 * part.of.length);
        out.writeUInt32LE(part.of.length, at);
        for (const [index, inner] of part.of.entries()) point(at + 4 + 4 * index, inner);
        return at;
      }
      case 'table': {
        const fields = Object.entries(part.fields).map(([id, value]) => [Number(id), value] as const);
        const slots = Math.max(-1, ...fields.map(([id]) => id)) + 1;
        const start = take(4 + 2 * slots);
        const at = take(4 + 8 * fields.length);
        out.writeUInt16LE(4 + 2 * slots, start);
        out.writeUInt16LE(4 + 8 * fields.length, start + 2);
        out.writeInt32LE(at - start, at);
        for (const [index, [id, value]] of fields.entries()) {
          const place = at + 4 + 8 * index;
          out.writeUInt16LE(place - at, start + 4 + 2 * id);
          if ('kind' in value) point(place, value);
          else if (value.width === 8) out.writeBigUInt64LE(BigInt(value.value), place);
          else if (value.width === 4) out.writeInt32LE(value.value, place);
          else out.writeUInt8(value.value, place);
        }
        return at;
      }
    }
  };
  point(0, root);
  return new Uint8Array(out.subarray(0, end));
}

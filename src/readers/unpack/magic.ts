/** Recognises a compressed file by its first bytes. */

export type Compression = 'zlib' | 'zfile' | 'gzip' | 'bz2' | 'lzma' | 'xz' | 'lz4' | 'zstd';

/** As in `joblib/compressor.py`, and Zstandard, which pandas knows besides. */
const MAGICS: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['bz2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['lzma', [0x5d, 0x00]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  // joblib before 0.10: `ZF` and the length in hexadecimal (`joblib/numpy_pickle_compat.py`).
  ['zfile', [0x5a, 0x46, 0x30, 0x78]],
  ['zlib', [0x78]],
];

export function compressionOf(head: Uint8Array): Compression | undefined {
  const compression = MAGICS.find(([, magic]) => magic.every((byte, index) => head[index] === byte))?.[0];
  // LZMA's old container has no magic but its usual properties: a dictionary size that is a power of two must follow.
  if (compression === 'lzma' && !isLzmaAlone(head)) return undefined;
  if (compression === 'zlib' && !isZlib(head)) return undefined;
  return compression;
}

/** RFC 1950: the check of the two bytes, and no dictionary that has to come from elsewhere: no loader has one. */
function isZlib([first = 0, second = 0]: Uint8Array): boolean {
  return ((first << 8) | second) % 31 === 0 && (second & 0x20) === 0;
}

function isLzmaAlone(head: Uint8Array): boolean {
  if (head.length < 13) return false;
  const data = new DataView(head.buffer, head.byteOffset);
  const dictionary = data.getUint32(1, true);
  const size = data.getBigUint64(5, true);
  return (
    dictionary >= 4096 && (dictionary & (dictionary - 1)) === 0 && (size === 0xffffffffffffffffn || size < 1n << 40n)
  );
}

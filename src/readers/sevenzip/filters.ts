/** Filters that packers put before the packing, undone in place (LZMA SDK, `Delta.c` and `x86.c`; The .xz File Format 1.2.1, 5.3). */

/** Each byte is the difference to the one `distance` bytes before. */
export function undoDelta(bytes: Uint8Array, distance: number): void {
  for (let at = distance; at < bytes.length; at += 1) bytes[at] = (bytes[at] ?? 0) + (bytes[at - distance] ?? 0);
}

/**
 * Calls and jumps of x86 programs (E8, E9) hold the address that they lead to instead of the way there, when it lies within 16 MiB. py7zr filters
 * all data so, whatever it is.
 */
export function undoX86(bytes: Uint8Array): void {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isEdge = (byte: number): boolean => byte === 0 || byte === 0xff;
  // Which of the bytes before this one looked like a call and was left as it was: one bit for each.
  let recent = 0;
  let last = -1;
  for (let at = 0; at + 5 <= bytes.length; at += 1) {
    if (((bytes[at] ?? 0) & 0xfe) !== 0xe8) continue;
    const gap = at - last;
    last = at;
    recent = gap > 3 ? 0 : (recent << (gap - 1)) & 7;
    const shift = SHIFTS[recent];
    const disturbed = recent !== 0 && (shift === undefined || isEdge(bytes[at + 4 - shift / 8] ?? 0));
    if (disturbed || !isEdge(bytes[at + 4] ?? 0)) {
      recent = (recent << 1) | 1;
      continue;
    }
    let target = data.getUint32(at + 1, true);
    let way = (target - (at + 5)) >>> 0;
    while (recent !== 0 && shift !== undefined && isEdge((way >>> (24 - shift)) & 0xff)) {
      target = (way ^ (2 ** (32 - shift) - 1)) >>> 0;
      way = (target - (at + 5)) >>> 0;
    }
    way = (way & 0x1000000) === 0 ? way & 0xffffff : (way | 0xff000000) >>> 0;
    data.setUint32(at + 1, way, true);
    at += 4;
  }
}

/** By the bits of `recent`: how far up, in bits, the byte lies that shows whether this is a call at all. The others never are. */
const SHIFTS: readonly (number | undefined)[] = [0, 8, 16, undefined, 24, undefined, undefined, undefined];

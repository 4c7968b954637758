/** Zstandard (RFC 8878), as pandas packs pickles (`.pkl.zst`); the checksums of frames are not verified. */
import { Decompress } from 'fzstd';
import { damaged, Stopped, type Output } from './output.js';

/** Packed bytes handed over at once. */
const PIECE = 64 * 1024;

export function* unpackZstd(input: Uint8Array, output: Output): Generator<void, void> {
  const stream = new Decompress((bytes) => {
    output.append(bytes);
  });
  for (let at = 0; at < input.length; at += PIECE) {
    try {
      stream.push(input.subarray(at, at + PIECE), at + PIECE >= input.length);
    } catch (error) {
      // Whatever the library stumbles over, the data is not what a frame is.
      throw error instanceof Stopped ? error : damaged(error instanceof Error ? error.message : 'no frame');
    }
    yield;
  }
}

/** Deflate and its containers, by Node's zlib, within bounds. */
import type { Transform } from 'node:stream';
import type { ByteSource } from '../bytes.js';
import type { Stop } from '../units.js';
import { Output, Stopped } from './output.js';

/** Regions that no member covers are searched for local headers in pieces of this size. */
const CHUNK = 1024 * 1024;

/** Runs a zlib stream over a source, up to `limit` bytes of output. */
export async function inflate(
  source: ByteSource,
  stream: Transform,
  limit: number,
  signal?: Stop,
): Promise<{ bytes: Uint8Array; gap: string | undefined }> {
  const output = new Output(limit);
  let gap: string | undefined;
  let done = false;
  stream.on('data', (chunk: Uint8Array) => {
    try {
      output.append(chunk);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      gap = error.message;
      done = true;
      stream.destroy();
    }
  });
  const closed = new Promise<void>((resolve) => {
    stream.on('end', () => {
      done = true;
      resolve();
    });
    stream.on('error', (error: Error) => {
      gap ??= `its compressed data is damaged or cut off (${error.message})`;
      done = true;
      resolve();
    });
    stream.on('close', resolve);
  });
  try {
    for (let offset = 0; offset < source.size; offset += CHUNK) {
      // `done` is set by the stream's events.
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition
      if (done) break;
      signal?.throwIfAborted();
      const chunk = await source.read(offset, CHUNK);
      if (chunk.length === 0) break;
      await new Promise<void>((resolve) => {
        const go = () => {
          stream.off('close', go);
          resolve();
        };
        stream.once('close', go);
        stream.write(chunk, go);
      });
    }
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition
    if (!done) stream.end();
    await closed;
  } finally {
    stream.destroy();
  }
  return { bytes: output.bytes, gap };
}

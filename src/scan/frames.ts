/** How a reader's messages pass through its pipe: each after its length, as V8 serializes what threads pass. */
import { deserialize, serialize } from 'node:v8';

/** The descriptor of the pipe in the reader. */
export const ANSWERS = 3;

const HEAD = 4;
/** Bytes of one message; a page of a listing or the results of one unit take a small part of it. */
const MAX_FRAME = 256 * 1024 * 1024;

export function frame(message: unknown): Buffer {
  const body = serialize(message);
  const bytes = Buffer.allocUnsafe(HEAD + body.length);
  bytes.writeUInt32LE(body.length);
  body.copy(bytes, HEAD);
  return bytes;
}

/** Takes frames apart, however they arrive. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;

  /** The complete messages so far. Throws RangeError when the bytes are not a frame. */
  push(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const messages: unknown[] = [];
    for (let length = this.#next(); length !== undefined; length = this.#next()) {
      const [first] = this.#chunks;
      const whole = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
      messages.push(deserialize(whole.subarray(HEAD, HEAD + length)));
      this.#chunks = [whole.subarray(HEAD + length)];
      this.#size -= HEAD + length;
    }
    return messages;
  }

  /** The length of the next message when all of it is there. */
  #next(): number | undefined {
    if (this.#size < HEAD) return undefined;
    const [first = Buffer.alloc(0)] = this.#chunks;
    const head = first.length < HEAD ? Buffer.concat(this.#chunks) : first;
    const length = head.readUInt32LE();
    if (length > MAX_FRAME) throw new RangeError(`a message of ${length} bytes`);
    return this.#size < HEAD + length ? undefined : length;
  }
}

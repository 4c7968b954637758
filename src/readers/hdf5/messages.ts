/** Object headers: the messages that describe a group, a dataset or a type (HDF5 File Format Specification 3.0, IV.A). */
import { Hdf5Error, type Block, type Blocks } from './blocks.js';
import type { Widths } from './heaps.js';

export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly body: Block;
}

export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** Messages of one object; the largest groups of real files have some thousands of links in other places. */
const MESSAGES_LIMIT = 20_000;
const BLOCK_LIMIT = 16 * 1024 * 1024;

/** Every message of the object header at an address, those of its continuations included. */
export async function readMessages(blocks: Blocks, widths: Widths, address: number): Promise<Message[]> {
  const first = await blocks.read(address, Math.min(16, blocks.size - address));
  const messages: Message[] = [];
  const waiting: Block[] = [];
  const seen = new Set<number>();
  const old = first.bytes[0] !== 0x4f;
  const order = old ? undefined : await beginNew(blocks, address, first, waiting);
  if (old) await beginOld(blocks, address, first, waiting);
  for (let block = waiting.shift(); block; block = waiting.shift()) {
    for (const message of messagesOf(block, order)) {
      if (messages.length >= MESSAGES_LIMIT) throw new Hdf5Error(first.offset, 'an object has too many messages');
      messages.push(message);
      if (message.type !== MESSAGE.continuation) continue;
      const at = message.body.uint(widths.offset);
      const length = message.body.uint(widths.length);
      message.body.at = 0;
      if (seen.has(at)) throw new Hdf5Error(first.offset, 'an object header runs in a circle');
      seen.add(at);
      const next = await blocks.read(at, bounded(length, first));
      if (!old) {
        next.expect('OCHK');
        waiting.push(next.piece(Math.max(0, next.left - 4)));
      } else waiting.push(next);
    }
  }
  return messages;
}

async function beginOld(blocks: Blocks, address: number, first: Block, waiting: Block[]): Promise<void> {
  if (first.u8() !== 1) throw first.error('there is no object header');
  first.skip(7);
  const size = first.u32();
  waiting.push(await blocks.read(address + 16, bounded(size, first)));
}

/** Returns whether messages have their creation order, which makes their heads longer. */
async function beginNew(blocks: Blocks, address: number, first: Block, waiting: Block[]): Promise<boolean> {
  first.expect('OHDR');
  if (first.u8() !== 2) throw first.error('the object header is of an unknown version');
  const flags = first.u8();
  const head = 6 + ((flags & 0x20) !== 0 ? 16 : 0) + ((flags & 0x10) !== 0 ? 4 : 0);
  const width = 1 << (flags & 3);
  const size = (await blocks.read(address + head, width)).uint(width);
  waiting.push(await blocks.read(address + head + width, bounded(size, first)));
  return (flags & 4) !== 0;
}

function bounded(size: number, first: Block): number {
  if (size > BLOCK_LIMIT) throw new Hdf5Error(first.offset, `an object header claims ${size} bytes`);
  return size;
}

/** `order` is undefined for headers of version 1. */
function* messagesOf(block: Block, order: boolean | undefined): Generator<Message> {
  const head = order === undefined ? 8 : order ? 6 : 4;
  // What is left over below the size of a head is a gap of the format.
  while (block.left >= head) {
    const type = order === undefined ? block.u16() : block.u8();
    const size = block.u16();
    const flags = block.u8();
    block.skip(order === undefined ? 3 : order ? 2 : 0);
    yield { type, flags, body: block.piece(size) };
  }
}

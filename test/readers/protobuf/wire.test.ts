import { describe, expect, it } from 'vitest';
import { concat } from '../../../samples/assemble.mjs';
import { bytesSource, type ByteSource } from '../../../src/readers/bytes.js';
import { whyOdd, whyOutside } from '../../../src/static/protobuf/paths.js';
import {
  DEPTH_LIMIT,
  each,
  listFields,
  message,
  NUMBER,
  TEXT,
  walkMessage,
  type Message,
  type MessageSpec,
} from '../../../src/readers/protobuf/wire.js';
import { number, part, varint } from '../../static/protobuf/encode.js';

const TREE: MessageSpec = { name: 'Tree', fields: { 1: TEXT, 2: NUMBER, 3: message(() => TREE), 4: each(() => LEAF) } };
const LEAF: MessageSpec = { name: 'Leaf', fields: { 1: TEXT } };

async function walk(...parts: readonly Uint8Array[]): Promise<{ root: Message; faults: string[]; leaves: string[] }> {
  const leaves: string[] = [];
  const { root, faults } = await walkMessage(bytesSource(concat(...parts)), TREE, {
    visit: (leaf) => leaves.push(leaf.text(1) ?? ''),
  });
  return { root, faults: faults.map(({ text, offset }) => `${text} @${offset}`), leaves };
}

describe('a message', () => {
  it('gives what its specification names, with all that is there twice', async () => {
    const { root, faults } = await walk(part(1, 'a'), number(2, 300), part(3, part(1, 'inside')), part(1, 'b'));
    expect(faults).toEqual([]);
    expect(root.texts(1)).toEqual(['a', 'b']);
    expect(root.text(1)).toBe('b');
    expect(root.number(2)).toBe(300);
    expect(root.message(3)?.text(1)).toBe('inside');
  });

  it('hands over repeated messages one by one, and tells what holds them', async () => {
    const holders: (string | undefined)[] = [];
    await walkMessage(bytesSource(part(3, part(1, 'outer'), part(4, part(1, 'leaf')))), TREE, {
      visit: (leaf) => holders.push(leaf.within(TREE)?.text(1)),
    });
    expect(holders).toEqual(['outer']);
  });

  it('steps over unknown fields, groups and other kinds of a known one', async () => {
    const group = concat(varint(77 * 8 + 3), number(2, 1), part(1, 'no'), varint(77 * 8 + 4));
    const { root, faults } = await walk(
      part(99, 'x'),
      group,
      concat(varint(1 * 8 + 5), Buffer.alloc(4)),
      part(1, 'yes'),
    );
    expect(faults).toEqual([]);
    expect(root.texts(1)).toEqual(['yes']);
    expect(root.numbers(2)).toEqual([]);
  });

  it('reads packed numbers, and those written longer than they need be', async () => {
    const { root } = await walk(part(2, varint(1), varint(300)), Uint8Array.of(0x90, 0x00, 0x81, 0x00), number(2, -5n));
    expect(root.numbers(2)).toEqual([1, 300, 1, -5]);
  });

  it('is walked without reading its payloads, however large it is', async () => {
    const size = 5 * 2 ** 40;
    const head = concat(part(1, 'first'), varint(9 * 8 + 2), varint(size));
    const tail = part(4, part(1, 'last'));
    let read = 0;
    const source: ByteSource = {
      size: head.length + size + tail.length,
      read: (offset, length) => {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, source.size - offset)));
        read += bytes.length;
        for (let index = 0; index < bytes.length; index += 1) {
          const at = offset + index;
          bytes[index] = (at < head.length ? head[at] : tail[at - head.length - size]) ?? 0;
        }
        return Promise.resolve(bytes);
      },
    };
    const leaves: Message[] = [];
    const { root, faults } = await walkMessage(source, TREE, { visit: (leaf) => leaves.push(leaf) });
    expect(faults).toEqual([]);
    expect(root.text(1)).toBe('first');
    expect(leaves.map((leaf) => [leaf.text(1), leaf.offset])).toEqual([['last', head.length + size + 2]]);
    expect(read).toBeLessThan(200_000);
  });
});

describe('a hostile message', () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['a length beyond its holder', part(3, varint(1 * 8 + 2), varint(1000)), /does not fit/],
    ['a length of 2^64 - 1', concat(varint(1 * 8 + 2), varint(2n ** 64n - 1n)), /does not fit/],
    ['a number that never ends', concat(varint(2 * 8), Buffer.alloc(40, 0xff)), /does not end/],
    ['a tag that never ends', Buffer.alloc(40, 0xff), /no valid tag/],
    ['field 0', Uint8Array.of(0x02, 0x00), /number 0/],
    ['wire type 7', Uint8Array.of(0x0f), /wire type 7/],
    ['a group that does not end', concat(varint(5 * 8 + 3), number(2, 1)), /group does not end/],
    ['a group that did not begin', varint(5 * 8 + 4), /did not begin/],
    ['a number cut off', concat(varint(2 * 8 + 1), Buffer.alloc(3)), /cut off/],
    ['a packed list cut off', part(2, Uint8Array.of(0x80)), /packed list/],
  ];
  it.each(cases)('%s is a fault', async (_, bytes, text) => {
    expect((await walk(bytes)).faults.join()).toMatch(text);
  });

  it('loses no more than the part that is damaged', async () => {
    const { root, faults, leaves } = await walk(
      part(3, Uint8Array.of(0xff)),
      part(4, part(1, 'after')),
      part(1, 'end'),
    );
    expect(faults).toEqual(['a field has no valid tag @2']);
    expect(leaves).toEqual(['after']);
    expect(root.text(1)).toBe('end');
  });

  it('cannot nest deeper than any loader reads', async () => {
    let bytes: Uint8Array = part(1, 'deep');
    for (let depth = 0; depth < 10_000; depth += 1) bytes = part(3, bytes);
    const { faults } = await walk(bytes);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`more than ${DEPTH_LIMIT} deep`);
  });

  it('cannot nest groups without end', async () => {
    const { faults } = await walk(Buffer.alloc(100_000, 5 * 8 + 3));
    expect(faults[0]).toContain('deep');
  });

  it('cannot fill the memory', async () => {
    const many = Buffer.concat(Array.from({ length: 60_000 }, () => part(3, part(1, 'x'.repeat(600)))));
    const { faults } = await walk(many);
    expect(faults).toEqual([expect.stringContaining('more fields than are looked at')]);
  });

  it('is read once, whatever it holds', async () => {
    const bytes = Buffer.alloc(300_000, Uint8Array.of(0x4a, 0x01, 0x00));
    let read = 0;
    const source: ByteSource = {
      size: bytes.length,
      read: (offset, length) => {
        read += Math.min(length, bytes.length - offset);
        return Promise.resolve(bytes.subarray(offset, offset + length));
      },
    };
    expect((await walkMessage(source, TREE)).faults).toEqual([]);
    expect(read).toBeLessThan(1.1 * bytes.length);
  });
});

describe('a path', () => {
  it.each([
    '../x',
    'a/../../b',
    '/etc/passwd',
    'C:\\x',
    'c:x',
    '\\\\host\\share',
    '~/.ssh/id_rsa',
    'https://192.0.2.1/',
    '..',
  ])('%s leads outside', (path) => expect(whyOutside(path)).toBeDefined());
  it.each(['weights.bin', 'data/weights.bin', './w', 'a..b', '...', 'model.onnx.data', 'name with spaces/x.y'])(
    '%s does not',
    (path) => expect(whyOutside(path)).toBeUndefined(),
  );
  it.each(['a\0b', 'a\\b', '%2e%2e/x', '\uff0e\uff0e/x', '.../x', 'a /x', 'a\nb'])('%s is odd', (path) => {
    expect(whyOdd(path)).toBeDefined();
  });
});

describe('the fields of a message that is not known', () => {
  const fields = async (tags: number, ...parts: readonly Uint8Array[]): Promise<string[]> =>
    (await listFields(bytesSource(concat(...parts)), tags)).map(
      ({ field, kind, offset, size }) => `${field} ${kind} ${offset}+${size}`,
    );

  it('are listed with their places, those of groups left out', async () => {
    const group = concat(varint(3 * 8 + 3), number(9, 9), varint(3 * 8 + 4));
    const fixed = concat(varint(4 * 8 + 5), new Uint8Array(4));
    expect(await fields(100, number(1, 5), group, fixed, part(2, 'text'))).toEqual([
      '1 number 2+0',
      '3 other 3+0',
      '4 other 7+4',
      '2 bytes 13+4',
    ]);
  });

  it('end at the first that is damaged, and with the first that is cut off', async () => {
    expect(await fields(100, number(1, 5), Uint8Array.of(0x0f), number(1, 5))).toEqual(['1 number 2+0']);
    expect(await fields(100, part(1, 'whole'), part(2, 'cut off').subarray(0, 4))).toEqual([
      '1 bytes 2+5',
      '2 bytes 9+7',
    ]);
  });

  it('are no more than asked for', async () => {
    expect(await fields(2, number(1, 1), number(2, 2), number(3, 3))).toEqual(['1 number 2+0', '2 number 4+0']);
  });
});

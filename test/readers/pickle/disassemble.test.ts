import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, value } from '../../../samples/assemble.mjs';
import { bytesSource } from '../../../src/readers/bytes.js';
import { disassemble, formatLine } from '../../../src/readers/pickle/disassemble.js';

const listing = async (bytes: Uint8Array, arrays = false) => {
  const all = await disassemble(bytesSource(bytes), { arrays });
  return (await all.lines(1, all.lineCount)).map(({ offset, opcode, argument, depth, note }) => [
    offset,
    opcode,
    argument,
    depth,
    note,
  ]);
};

describe('a listing', () => {
  it('has each opcode with its offset, argument, stack, and what it comes to', async () => {
    expect(await listing(pickle(call(global('os', 'system'), op.unicode('id'))))).toEqual([
      [0, 'PROTO', '2', 0, ''],
      [2, 'GLOBAL', 'os system', 1, 'looks up os.system'],
      [13, 'MARK', '', 1, ''],
      [14, 'BINUNICODE', "'id'", 2, ''],
      [21, 'TUPLE', '', 2, ''],
      [22, 'REDUCE', '', 1, "calls os.system('id')"],
      [23, 'STOP', '', 0, "returns os.system('id')"],
    ]);
  });

  it('has as many streams as can be held, and says where the others begin', async () => {
    const all = await disassemble(bytesSource(Buffer.alloc(4 * 150_000, '\x80\x04N.', 'latin1')));
    const [last] = await all.lines(all.lineCount, 1);
    expect(last).toMatchObject({
      offset: 400_000,
      note: 'stream 100001 begins here; those from here on are not listed',
    });
  });

  it('resolves names from the stack and the memo', async () => {
    const body = concat(
      op.shortUnicode('os'),
      op.memoize,
      op.shortUnicode('system'),
      op.stackGlobal,
      op.memoize,
      op.pop,
      op.binGet(1),
    );
    const notes = (await listing(pickle(body, 4))).map(([, , , , note]) => note).filter((note) => note !== '');
    expect(notes).toEqual(['looks up os.system', 'os.system again', 'returns os.system']);
  });

  it('goes on with the streams that follow, and says where one breaks', async () => {
    const lines = await listing(concat(pickle(op.none), op.proto(2), op.none, '\xff'));
    expect(lines.map(([offset, opcode, , , note]) => [offset, opcode, note])).toEqual([
      [0, 'PROTO', ''],
      [2, 'NONE', ''],
      [3, 'STOP', 'returns None'],
      [4, '', 'stream 2 begins here'],
      [4, 'PROTO', ''],
      [6, 'NONE', ''],
      [8, '', 'the pickle breaks here: byte 0xff is no opcode'],
    ]);
  });

  it('is escaped and cut', async () => {
    const [, line] = await listing(pickle(op.unicode(`\u001b[2J\u202e${'x'.repeat(500)}`)));
    expect(line?.[2]).toMatch(/^'\\x1b\[2J\\u\{202e\}x+…$/);
    expect(String(line?.[2]).length).toBeLessThan(110);
  });

  it('writes arguments as Python does', async () => {
    const body = concat(
      op.int(-5),
      op.float(1.5),
      op.long1(Buffer.from([0, 0xff])),
      op.bytes(Buffer.from([0x80, 0x41])),
      'I01\n',
      'L123L\n',
      "S'a'\n",
      op.put(7),
    );
    expect((await listing(pickle(body))).slice(1, 9).map(([, , argument]) => argument)).toEqual([
      '-5',
      '1.5',
      '-256',
      "b'\\x80A'",
      '01',
      '123L',
      "'a'",
      '7',
    ]);
  });

  it('has the text of an opcode whole when it is asked for, and says how much of a very long one is left', async () => {
    const argument = async (text: string) =>
      (await disassemble(bytesSource(pickle(op.unicode(text))), { arrays: false })).argumentAt(2);
    expect(await argument(`one\n${'y'.repeat(5_000)}\u001b`)).toEqual(['one', `${'y'.repeat(5_000)}\\x1b`]);
    const [line = '', left] = (await argument('y'.repeat(10_000))) ?? [];
    expect([line.length, left]).toEqual([8_000, '… 2000 more bytes']);
  });

  it('has a line of text for each', async () => {
    const all = await disassemble(bytesSource(pickle(global('os', 'system'))));
    expect((await all.lines(2, 1)).map(formatLine)).toEqual([
      '         2: GLOBAL           os system                       # 1  looks up os.system',
    ]);
  });
});

describe('of a million opcodes', () => {
  const body = Array.from({ length: 250_000 }, (_, index) => concat(op.int(index), op.pop, op.none, op.pop));
  const bytes = pickle(Buffer.concat([...body, op.none]));

  it('any line is at hand', async () => {
    let read = 0;
    const file = bytesSource(bytes);
    const counted = {
      ...file,
      read: (offset: number, length: number) => {
        read += length;
        return file.read(offset, length);
      },
    };
    const all = await disassemble(counted);
    expect(all.lineCount).toBe(1_000_003);
    read = 0;
    for (const index of [0, 1, 99_999, 249_999]) {
      const [line] = await all.lines(2 + 4 * index, 1);
      expect(line).toMatchObject({
        line: 2 + 4 * index,
        offset: 2 + 8 * index,
        opcode: 'BININT',
        argument: String(index),
      });
    }
    expect(await all.lines(1_000_003, 10)).toMatchObject([{ opcode: 'STOP' }]);
    expect(await all.lines(1_000_004, 10)).toEqual([]);
    expect(read).toBeLessThan(bytes.length / 2);
  });

  it('an offset has its line', async () => {
    const all = await disassemble(bytesSource(bytes));
    expect(await all.lineOf(0)).toBe(1);
    expect(await all.lineOf(2)).toBe(2);
    // Inside an argument, too.
    expect(await all.lineOf(4)).toBe(2);
    expect(await all.lineOf(2 + 8 * 123_456)).toBe(2 + 4 * 123_456);
  });
});

it('lines of a file with arrays between opcodes are found behind them', async () => {
  // joblib's array of ten bytes after the BUILD of its wrapper.
  const dtype = concat(
    call(global('numpy', 'dtype'), op.unicode('u1'), op.false, op.true),
    concat(op.mark, op.int(3), op.unicode('|'), op.none, op.none, op.none, op.int(-1), op.int(-1), op.int(0), op.tuple),
    op.build,
  );
  const wrapper = concat(
    concat(global('joblib.numpy_pickle', 'NumpyArrayWrapper'), op.emptyTuple, op.newObj),
    value({ shape: concat(op.int(10), op.tuple1), dtype }),
    op.build,
  );
  const bytes = pickle(value([concat(wrapper, Buffer.alloc(10, 0xff)), 1]));
  const lines = await listing(bytes, true);
  expect(lines.at(-1)?.[1]).toBe('STOP');
  const at = bytes.indexOf(Buffer.alloc(10, 0xff));
  expect(lines.some(([offset]) => Number(offset) === at + 10)).toBe(true);
});

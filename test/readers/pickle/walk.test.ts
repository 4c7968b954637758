import pickletoolsTable from '../../static/opcodes.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, value } from '../../../samples/assemble.mjs';
import { bytesSource } from '../../../src/readers/bytes.js';
import { walkStream, type StreamWalk } from '../../../src/readers/pickle/walk.js';
import { emptyFacts, type PickleFacts } from '../../../src/readers/pickle/facts.js';
import { OPCODES } from '../../../src/readers/pickle/opcodes.js';
import { describe as write } from '../../../src/readers/pickle/value.js';

async function walk(bytes: Uint8Array): Promise<{ facts: PickleFacts; walk: StreamWalk; names: string[] }> {
  const facts = emptyFacts();
  const result = await walkStream(bytesSource(bytes), 0, facts);
  return {
    facts,
    walk: result,
    names: [...facts.globals.values()].map((use) => `${use.module}.${use.name}@${use.offset}`),
  };
}

describe('the opcode table', () => {
  it("agrees with Python's pickletools, recorded from CPython 3.11", () => {
    const ours = OPCODES.flatMap((opcode) => (opcode ? [[opcode.code, opcode.name, opcode.protocol]] : []));
    expect(ours).toHaveLength(68);
    expect(ours).toEqual(pickletoolsTable);
  });
});

describe('names are found however they are spelled', () => {
  const cases: [string, Uint8Array, string][] = [
    ['GLOBAL', concat(global('os', 'system'), op.stop), 'os.system@0'],
    ['INST', concat(op.mark, op.unicode('id'), op.inst('os', 'system'), op.stop), 'os.system@8'],
    [
      'STACK_GLOBAL',
      pickle(concat(op.shortUnicode('os'), op.shortUnicode('system'), op.stackGlobal), 4),
      'os.system@14',
    ],
    [
      'STACK_GLOBAL with operands from the memo, behind canaries',
      pickle(
        concat(
          op.shortUnicode('os'),
          op.memoize,
          op.pop,
          op.shortUnicode('system'),
          op.memoize,
          op.pop,
          op.shortUnicode('collections'),
          op.shortUnicode('OrderedDict'),
          op.binGet(0),
          op.binGet(1),
          op.stackGlobal,
        ),
        4,
      ),
      'os.system@48',
    ],
    [
      'memo entries that were overwritten',
      concat(
        op.unicode('json'),
        op.put(7),
        op.unicode('os'),
        op.put(7),
        op.pop,
        op.unicode('system'),
        op.stackGlobal,
        op.stop,
      ),
      '',
    ],
    ['texts with escapes', concat("S'o\\x73'\n", 'Vsyste\\u006d\n', op.stackGlobal, op.stop), 'os.system@22'],
    ['a name after an ignored line end', concat('cos\r\nsystem\n.'), 'os\r.system@0'],
  ];
  it.each(cases)('%s', async (_, bytes, expected) => {
    const { names } = await walk(bytes);
    expect(names.join()).toContain(expected);
  });

  it('looks at the later of two entries of the memo', async () => {
    const bytes = concat(
      ...[op.unicode('json'), op.put(7), op.pop, op.unicode('os'), op.put(7), op.pop],
      ...[op.get(7), op.unicode('system'), op.stackGlobal, op.stop],
    );
    const { facts } = await walk(bytes);
    expect([...facts.globals.keys()]).toEqual(['os\nsystem']);
  });

  it('counts MEMOIZE by the number of entries, as the unpickler does', async () => {
    const bytes = concat(
      ...[op.unicode('os'), op.put(5), op.pop, op.unicode('system'), op.memoize, op.pop],
      ...[op.get(5), op.get(1), op.stackGlobal, op.stop],
    );
    expect([...(await walk(bytes)).facts.globals.keys()]).toEqual(['os\nsystem']);
  });

  it('says so when a name is made while loading', async () => {
    const made = call(global('operator', 'add'), op.unicode('o'), op.unicode('s'));
    const { facts } = await walk(concat(made, op.unicode('system'), op.stackGlobal, op.stop));
    expect(facts.unresolved).toEqual([
      {
        offset: expect.any(Number) as number,
        why: "a name that is only made while loading: operator.add('o', 's').'system'",
      },
    ]);
  });

  it('reports an extension code as a name that cannot be told', async () => {
    const { facts } = await walk(concat(op.ext1(5), op.emptyTuple, op.reduce, op.stop));
    expect(facts.unresolved[0]?.why).toContain('extension code 5');
  });
});

describe('calls are found with their arguments', () => {
  const cases: [string, Uint8Array][] = [
    ['REDUCE', concat(global('os', 'system'), op.unicode('id'), op.tuple1, op.reduce)],
    ['NEWOBJ', concat(global('os', 'system'), op.unicode('id'), op.tuple1, op.newObj)],
    ['NEWOBJ_EX', concat(global('os', 'system'), op.unicode('id'), op.tuple1, op.emptyDict, op.newObjEx)],
    ['OBJ', concat(op.mark, global('os', 'system'), op.unicode('id'), op.obj)],
    ['INST', concat(op.mark, op.unicode('id'), op.inst('os', 'system'))],
  ];
  it.each(cases)('%s', async (by, body) => {
    // The result is thrown away: what is done counts, not what is kept.
    const { facts, walk: end } = await walk(pickle(concat(body, op.pop, op.none)));
    expect(end.broke).toBeUndefined();
    expect(facts.calls.map((use) => [use.by, write(use.callee), write(use.args)])).toEqual([
      [by, 'os.system', "('id',)"],
    ]);
  });
});

describe('a broken stream', () => {
  const cases: [string, Uint8Array, string][] = [
    ['ends without STOP', concat(global('os', 'system')), 'it ends without STOP'],
    [
      'ends inside an argument',
      concat(global('os', 'system'), 'X\xff\0\0\0ab'),
      'it ends inside the argument of BINUNICODE',
    ],
    ['has a byte that is no opcode', concat(global('os', 'system'), '\xff'), 'byte 0xff is no opcode'],
    [
      'takes from an empty stack',
      concat(global('os', 'system'), op.reduce, op.stop),
      'an opcode takes more from the stack',
    ],
    [
      'takes from under a MARK',
      concat(global('os', 'system'), op.emptyTuple, op.mark, op.reduce),
      'an opcode takes more',
    ],
    [
      'wants what was never remembered',
      concat(global('os', 'system'), op.binGet(3)),
      'nothing was put into the memo at 3',
    ],
    ['declares a protocol to come', concat(global('os', 'system'), op.proto(9)), 'protocol 9 does not exist'],
    ['has a negative length', concat(global('os', 'system'), 'T\xff\xff\xff\xff'), 'BINSTRING has a negative length'],
  ];
  it.each(cases)('that %s keeps the names before the break', async (_, bytes, why) => {
    const { facts, walk: end } = await walk(bytes);
    expect(end.broke).toContain(why);
    expect([...facts.globals.keys()]).toEqual(['os\nsystem']);
  });

  it('is told apart from one that only reads oddly at the end of a frame', async () => {
    // The C unpickler, reading from a file, drops "saf" and goes on after the frame: it asks for os, not for safos.
    const bytes = concat(op.proto(4), op.frame(4), 'Vsaf', 'os\n', op.unicode('system'), op.stackGlobal, op.stop);
    const { facts } = await walk(bytes);
    expect(facts.misframed).toEqual([{ offset: 11, opcode: 'UNICODE' }]);
  });
});

describe('bounds', () => {
  it('steps over a payload without reading it', async () => {
    const head = concat(op.proto(4), '\x8e', Buffer.from([0, 0, 0, 0, 4, 0, 0, 0]));
    const tail = concat(op.pop, global('os', 'system'), op.stop);
    const payload = 4 * 2 ** 30 * 4;
    let read = 0;
    const source = {
      size: head.length + payload + tail.length,
      read: (offset: number, length: number) => {
        read += length;
        const bytes = new Uint8Array(Math.max(0, Math.min(length, source.size - offset)));
        head.forEach((byte, index) => {
          if (index >= offset && index - offset < bytes.length) bytes[index - offset] = byte;
        });
        tail.forEach((byte, index) => {
          const at = head.length + payload + index - offset;
          if (at >= 0 && at < bytes.length) bytes[at] = byte;
        });
        return Promise.resolve(bytes);
      },
    };
    const facts = emptyFacts();
    const end = await walkStream(source, 0, facts);
    expect(end.broke).toBeUndefined();
    expect([...facts.globals.values()][0]).toMatchObject({ module: 'os', offset: head.length + payload + 1 });
    expect(read).toBeLessThan(1_000_000);
  });

  it('finds a name after a million opcodes', async () => {
    const padding = Buffer.alloc(2_000_000, concat(op.none, op.pop));
    const { facts } = await walk(pickle(concat(padding, global('os', 'system'))));
    expect([...facts.globals.keys()]).toEqual(['os\nsystem']);
  });

  it('survives a value that contains itself a billion times over', async () => {
    const doubled = Array.from({ length: 64 }, () => concat(op.dup, op.tuple2)).reduce(
      (all, part) => concat(all, part),
      value('lol'),
    );
    const { walk: end } = await walk(pickle(doubled));
    expect(end.broke).toBeUndefined();
    expect(end.result && write(end.result).length).toBeLessThan(400);
  });

  it('stops when asked to', async () => {
    const abort = new AbortController();
    abort.abort();
    const walking = walkStream(bytesSource(pickle(op.none)), 0, emptyFacts(), { signal: abort.signal });
    await expect(walking).rejects.toThrow('abort');
  });
});

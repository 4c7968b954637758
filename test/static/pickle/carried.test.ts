/** Functions and classes whose code is in the pickle: what they would do is told, and what honest ones do is not. */
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, global, op, pickle, value } from '../../../samples/assemble.mjs';
import { codeObjects, readMarshal, type CodeObject } from '../../../src/readers/marshal/marshal.js';
import { detectFormat } from '../../../src/detect/detect.js';
import { bytesSource } from '../../../src/readers/bytes.js';
import { inspect } from '../../../src/static/inspect/inspect.js';
import { listPickle } from '../../../src/static/inspect/listing.js';
import codes from '../marshal/code.json' with { type: 'json' };
import { analyse } from '../support.js';
import packed from './carried.json' with { type: 'json' };

type Kept = Record<'hostile' | 'harmless', Record<string, string>>;
const kept = Object.entries(packed).map(([label, text]) => {
  const json = inflateSync(Buffer.from(text, 'base64')).toString();
  return [label, JSON.parse(json) as Kept] as const;
});

/** What no table of names tells from the file: a run has to show it. */
const UNREADABLE: ReadonlySet<string> = new Set([
  'inspect members',
  'items of dict',
  'merged dict',
  'hidden call result',
  'name of a function',
  'next of vars',
  'updated dict',
  'values of vars',
  'xor loop import',
]);

async function answer(text: string) {
  const { findings, gaps } = await analyse(Buffer.from(text, 'latin1'));
  const loud = findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ rule, explanation }) => `${rule}: ${explanation}`);
  const unclear = findings.some(({ rule }) => rule === 'STATIC-PICKLE-BYTECODE-UNCLEAR');
  return { loud, gaps, unclear };
}

describe.each(kept)('%s', (_, { hostile, harmless }) => {
  it('carries harm, and each of it is told', async () => {
    const missed: string[] = [];
    for (const [name, text] of Object.entries(hostile)) {
      const { loud, gaps, unclear } = await answer(text);
      const isTold = UNREADABLE.has(name) ? loud.length > 0 || gaps.length > 0 || unclear : loud.length > 0;
      if (!isTold) missed.push(name);
    }
    expect(missed).toEqual([]);
  });

  it('carries what honest functions do, and all of it is clean', async () => {
    const accused: string[] = [];
    for (const [name, text] of Object.entries(harmless)) {
      const { loud, gaps, unclear } = await answer(text);
      if (loud.length > 0 || gaps.length > 0 || unclear) accused.push(`${name}: ${[...loud, ...gaps].join(' ')}`);
    }
    expect(accused).toEqual([]);
  });
});

describe('a finding about carried code', () => {
  const [, { hostile }] = kept[0] ?? ['', { hostile: {}, harmless: {} }];
  const told = async (name: string) => (await analyse(Buffer.from(hostile[name] ?? '', 'latin1'))).loud;

  it('says which method of which class runs what', async () => {
    const [finding, ...more] = await told('plain import in method');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ rule: 'STATIC-PICKLE-BYTECODE-DANGER', severity: 'high' });
    expect(finding?.explanation).toMatch(/^M\.score runs os\.system\('id'\)\./);
  });

  it.each([
    ['dunder import pieces in variables', "os.system('id')"],
    ['chr join genexpr', "os.system('id')"],
    ['codecs rot13', "os.system('id')"],
    ['attrgetter', "os.system('id')"],
    ['subprocess from import', "subprocess.check_output('id', shell=True)"],
    ['return module', "os.system('id')"],
    ['argument module', "os.system('id')"],
    ['encoded in state', "os.system('id')"],
  ])('resolves %s', async (name, runs) => {
    expect((await told(name)).map(({ explanation }) => explanation).join('\n')).toContain(runs);
  });

  it.each(['setstate', 'del', 'getattr hook'])('is critical where loading calls the function: %s', async (name) => {
    expect(await told(name)).toMatchObject([{ rule: 'STATIC-PICKLE-BYTECODE-LOAD', severity: 'critical' }]);
  });

  it('is of medium severity where the function runs what it is given as code', async () => {
    expect(await told('eval of data')).toMatchObject([{ rule: 'STATIC-PICKLE-BYTECODE-TEXT', severity: 'medium' }]);
  });
});

describe('the inspector and the disassembly', () => {
  it('show carried code by class and method', async () => {
    const [, { hostile }] = kept[0] ?? ['', { hostile: {}, harmless: {} }];
    const source = bytesSource(Buffer.from(hostile['inherited'] ?? '', 'latin1'));
    const detection = await detectFormat(source, {});
    const { lists } = await inspect(source, detection, {});
    const functions = lists.find(({ id }) => id === 'functions')?.rows ?? [];
    expect(functions.map(({ cells }) => cells.slice(0, 2))).toEqual([['B.run', "calls os.system('id')"]]);
    const listing = await listPickle(source, detection, { member: undefined, at: 0, copy: 1 }, { page: 1 });
    expect(listing?.texts.join('\n')).toContain("makes B.run, which calls os.system('id')");
  });
});

describe('a code object made by hand', () => {
  const [system] = codeObjects(
    readMarshal(Buffer.from(codes['3.13'].system, 'base64')).values[0] ?? { kind: 'name', name: 'None' },
  );
  interface Parts {
    readonly bytes?: Uint8Array;
    readonly constants?: Uint8Array;
    readonly names?: readonly string[];
  }
  const tuple = (...items: Uint8Array[]) => Buffer.concat([op.mark, ...items, op.tuple]);
  const texts = (names: readonly string[]) => tuple(...names.map((name) => op.unicode(name)));
  const numbers = (count: number) => Array.from({ length: count }, () => op.int(1));
  const codeOf = (code: CodeObject, { bytes = code.code, constants, names = code.names }: Parts = {}) => [
    ...numbers(6),
    op.bytes(bytes),
    constants ?? tuple(...code.constants.map((item) => (item.kind === 'text' ? op.unicode(item.text) : op.none))),
    texts(names),
    texts(['x']),
    op.unicode('f'),
    op.unicode('f'),
    op.unicode('f'),
    op.int(1),
    op.bytes(Buffer.from('')),
    op.bytes(Buffer.from('')),
    tuple(),
    tuple(),
  ];
  const carried = (parts: Parts, globals = value({})) => {
    if (!system) throw new Error('no code');
    const type = call(global('cloudpickle.cloudpickle', '_builtin_type'), op.unicode('CodeType'));
    return pickle(
      call(
        global('cloudpickle.cloudpickle', '_make_function'),
        call(type, ...codeOf(system, parts)),
        globals,
        op.unicode('f'),
      ),
    );
  };

  it('is judged as the same function in marshal is', async () => {
    const { loud } = await analyse(carried({}));
    expect(loud.map(({ explanation }) => explanation).join()).toContain("os.system('id')");
  });

  it('that no Python can run is a gap', async () => {
    const { loud, gaps } = await analyse(carried({ bytes: Buffer.from([250, 250, 250, 250]) }));
    expect(loud).toEqual([]);
    expect(gaps.join()).toMatch(/the code of f cannot be read/);
  });

  it('whose constants or names are not in the file is a gap', async () => {
    const many = tuple(...Array.from({ length: 600 }, (_, index) => op.unicode(`text ${index}`)));
    expect((await analyse(carried({ constants: many }))).gaps.join()).toMatch(/its constants are not in the file/);
    expect((await analyse(carried({ constants: op.none }))).gaps.join()).toMatch(/its constants are not in the file/);
  });

  it('is read when it is the last of very many, or the rest is a gap', async () => {
    if (!system) throw new Error('no code');
    const type = call(global('cloudpickle.cloudpickle', '_builtin_type'), op.unicode('CodeType'));
    const harmless = Buffer.concat([call(type, ...codeOf(system, { names: ['x', 'y', 'z'] })), op.pop]);
    const after = async (count: number) =>
      analyse(pickle(Buffer.concat([...Array.from({ length: count }, () => harmless), call(type, ...codeOf(system))])));
    expect((await after(1200)).loud.length).toBeGreaterThan(0);
    expect((await after(2500)).gaps.join()).toMatch(/more functions and classes than are read/);
  });

  it('takes its builtins from where the file says', async () => {
    const globals = Buffer.concat([
      op.emptyDict,
      op.unicode('__builtins__'),
      call(global('cloudpickle.cloudpickle', 'subimport'), op.unicode('os')),
      Buffer.from('s'),
    ]);
    const renamed = carried({ names: ['open', 'popen'] }, globals);
    expect((await analyse(renamed)).loud.length).toBeGreaterThan(0);
  });
});

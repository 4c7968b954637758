/** Functions whose globals are the names of a module: dill writes `dataclasses.__dict__`, and what else uses that name changes the module. */
import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, value } from '../../../samples/assemble.mjs';
import { codeObjects, readMarshal } from '../../../src/readers/marshal/marshal.js';
import codes from '../marshal/code.json' with { type: 'json' };
import { analyse } from '../support.js';
import saved from './dill.json' with { type: 'json' };

describe.each(Object.entries(saved))('%s', (_, objects) => {
  it('saves what is harmless, and none of it is accused', async () => {
    const accused: string[] = [];
    for (const [name, text] of Object.entries(objects)) {
      const { loud, gaps } = await analyse(Buffer.from(text, 'base64'));
      if (loud.length > 0 || gaps.length > 0)
        accused.push(`${name}: ${[...loud.map(({ explanation }) => explanation), ...gaps].join(' ')}`);
    }
    expect(accused).toEqual([]);
  });
});

/** `def f(x): return os.system('id')`, with other names. */
function carried(globals: Uint8Array, names: readonly string[]): Buffer {
  const [code] = codeObjects(
    readMarshal(Buffer.from(codes['3.13'].system, 'base64')).values[0] ?? { kind: 'name', name: 'None' },
  );
  if (!code) throw new Error('no code');
  const tuple = (...items: Uint8Array[]) => concat(op.mark, ...items, op.tuple);
  const texts = (all: readonly string[]) => tuple(...all.map((text) => op.unicode(text)));
  const type = call(global('dill._dill', '_load_type'), op.unicode('CodeType'));
  const object = call(
    type,
    ...Array.from({ length: 6 }, () => op.int(1)),
    op.bytes(code.code),
    tuple(...code.constants.map((item) => (item.kind === 'text' ? op.unicode(item.text) : op.none))),
    texts(names),
    texts(['x']),
    ...['f', 'f', 'f'].map((text) => op.unicode(text)),
    op.int(1),
    op.bytes(Buffer.from('')),
    op.bytes(Buffer.from('')),
    tuple(),
    tuple(),
  );
  return call(global('dill._dill', '_create_function'), object, globals, op.unicode('f'), op.none, op.none);
}

describe('a function with the names of a module', () => {
  const names = (module: string) => global(module, '__dict__');

  it.each([
    ['that imports os', 'shutil', ['os', 'system']],
    ['that has os under another name', 'random', ['_os', 'system']],
    ['that are deeper', 'pkgutil', ['os', 'popen']],
    ['of programs', 'asyncio', ['subprocess', 'Popen']],
    ['of its own', 'pydoc', ['pipepager', '__globals__']],
    ['by the module itself', 'shutil', ['os', 'popen']],
  ] as const)('%s is judged by what its code does with them', async (_, module, used) => {
    const { rules } = await analyse(pickle(carried(names(module), used)));
    expect(rules.filter((rule) => rule.startsWith('STATIC-PICKLE-BYTECODE'))).not.toEqual([]);
  });

  it('that only computes is clean', async () => {
    const { loud, gaps } = await analyse(pickle(carried(names('dataclasses'), ['functools', 'reduce'])));
    expect([loud, gaps]).toEqual([[], []]);
  });

  const other = value({ fields: global('builtins', 'callable') });
  it.each<[string, Uint8Array]>([
    ['BUILD', concat(names('dataclasses'), other, op.build)],
    ['SETITEM', concat(names('dataclasses'), op.unicode('fields'), global('builtins', 'callable'), op.setItem)],
    ['dill', call(global('dill._dill', '_setitems'), names('dataclasses'), other)],
  ])('does not excuse a change of the module by %s', async (_, change) => {
    const { rules } = await analyse(
      pickle(concat(carried(names('dataclasses'), ['functools', 'reduce']), change, op.tuple2)),
    );
    expect(rules).toContain('STATIC-PICKLE-PATCH');
  });
});

describe('a method of a built-in type', () => {
  const method = (name: string, shown: string) =>
    pickle(
      call(
        global('dill._dill', '_getattr'),
        call(global('dill._dill', '_load_type'), op.unicode('str')),
        op.unicode(name),
        op.unicode(shown),
      ),
    );

  it('is harmless as dill writes it', async () => {
    expect((await analyse(method('__repr__', "<slot wrapper '__repr__' of 'str' objects>"))).loud).toEqual([]);
  });

  it.each([
    ['of what is no type', 'system', "<slot wrapper '__repr__' of 'os' objects>"],
    ['by code', '__repr__', '\' \' \'__import__("os").system("id")\' '],
    ["that leads into Python's inside", '__subclasses__', "<method '__subclasses__' of 'type' objects>"],
    ['with a text after it', '__repr__', "<slot wrapper '__repr__' of 'str' objects> '"],
  ])('%s is not', async (_, name, shown) => {
    expect((await analyse(method(name, shown))).loud).not.toEqual([]);
  });
});

import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  call,
  concat,
  floats,
  global,
  op,
  pickle,
  tar,
  tensor,
  torchZip,
  value,
  zip,
} from '../../samples/assemble.mjs';
import { SAMPLES } from '../../samples/make.mjs';
import { detectFormat } from '../../src/detect/detect.js';
import { findingSchema } from '../../src/core/schema.js';
import { analyseStatic, type StaticResult } from '../../src/static/analyse.js';
import { bytesSource } from '../../src/readers/bytes.js';
import twins from './twins.json' with { type: 'json' };

async function analyse(bytes: Uint8Array): Promise<StaticResult & { rules: string[] }> {
  const source = bytesSource(bytes);
  const result = await analyseStatic(source, await detectFormat(source));
  for (const finding of result.findings) findingSchema.parse(finding);
  return { ...result, rules: result.findings.map((finding) => finding.rule) };
}

const command = call(global('os', 'system'), op.unicode('id'));
const npy = (descr: string, body: Uint8Array) => {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (1,), }`.padEnd(117) + '\n';
  return concat('\x93NUMPY\x01\x00', Buffer.from([header.length, 0]), header, body);
};

describe('the shipped samples', () => {
  it.each(SAMPLES.map((sample) => [sample.file, sample] as const))('%s', async (_, sample) => {
    const { findings, gaps } = await analyse(sample.make());
    expect(gaps).toEqual([]);
    const worst = findings.some(({ severity }) => severity === 'critical' || severity === 'high');
    expect(worst).toBe(sample.verdict === 'malicious');
    if (sample.verdict === 'clean') expect(findings).toEqual([]);
  });
});

describe('a finding', () => {
  it('names the call with its arguments, the offset and the technique', async () => {
    const { findings } = await analyse(pickle(value({ weights: [1.5], extra: command })));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      rule: 'STATIC-PICKLE-EXEC',
      severity: 'critical',
      category: 'execution',
      explanation:
        "Loading this file calls os.system('id'). That starts programs or ends processes, which no model needs.",
      attack: 'T1059',
      cause: { pickle: { global: 'os.system', offset: 38 } },
      evidence: [
        { text: 'asks for os.system', offset: 38 },
        { text: "REDUCE os.system('id')", offset: 58 },
      ],
    });
  });

  it('escapes what the file says', async () => {
    const evil = call(global('os', 'system'), op.unicode('echo \u001b[2J\u202egnp'));
    const { findings } = await analyse(pickle(evil));
    expect(findings[0]?.explanation).toContain('echo \\x1b[2J\\u{202e}gnp');
  });
});

describe('every container that hides a command shows it', () => {
  const hostile = pickle(command);
  const state = (body: Uint8Array) => torchZip('m', value({ w: tensor('0', 1), x: body }), [floats([1])]);
  const legacyMagic = pickle(op.long1(Buffer.from('6cfc9c46f9206aa85019', 'hex')));
  const cases: [string, Uint8Array][] = [
    ['a second stream', concat(pickle(op.none), hostile)],
    ['a stream after bytes that are none', concat(pickle(op.none), Buffer.alloc(500, 0xff), hostile)],
    ['a protocol 0 stream after a broken one', concat(op.proto(2), op.none, '\xff\xff', 'cos\nsystem\n(Vid\ntR.')],
    ['a torch checkpoint', state(command)],
    [
      'a legacy torch checkpoint',
      concat(legacyMagic, pickle(op.int(1001)), pickle(op.emptyDict), hostile, pickle(op.emptyList)),
    ],
    [
      'a member that is not called data.pkl',
      zip([
        { name: 'a/data.pkl', data: pickle(op.none) },
        { name: 'a/data/7', data: hostile },
      ]),
    ],
    ['a deflated member', zip([{ name: 'a/data.pkl', data: hostile, method: 8 }])],
    [
      'a member that the directory leaves out',
      zip([
        { name: 'a/data.pkl', data: pickle(op.none) },
        { name: 'a/x', data: hostile, hidden: true },
      ]),
    ],
    ['a member with two names', zip([{ name: 'a/data.pkl', centralName: 'a/readme.txt', data: hostile }])],
    [
      'a member said to be encrypted, with a wrong checksum',
      zip([{ name: 'a/data.pkl', data: hostile, flags: 1, crc: 1 }]),
    ],
    ['an archive after other bytes', concat('MZ'.repeat(100), state(command))],
    ['an archive behind a harmless pickle', concat(pickle(op.none), state(command))],
    ['an archive cut off before its directory', state(command).subarray(0, 280)],
    ['an archive in an archive', zip([{ name: 'a.zip', data: state(command) }])],
    ['an array of objects', npy('|O', hostile)],
    ['an array of objects in an npz', zip([{ name: 'a.npy', data: npy('|O', hostile), method: 8 }])],
    ['a tar archive of torch', tar([['pickle', hostile]])],
    [
      'the storages of a tar archive of torch',
      tar([
        ['storages', concat(pickle(op.int(1)), hostile)],
        ['pickle', pickle(op.none)],
      ]),
    ],
    ['a packed joblib file', deflateSync(hostile)],
    ['a gzip joblib file', gzipSync(hostile)],
    ['a pickle in the bytes of a pickle', pickle(call(global('pickle', 'loads'), op.bytes(hostile)))],
    ['a command after the harmless end of a frame', concat(op.proto(4), op.frame(1), op.none, command, op.stop)],
  ];
  it.each(cases)('%s', async (_, bytes) => {
    const { findings } = await analyse(bytes);
    expect(findings).toContainEqual(expect.objectContaining({ rule: 'STATIC-PICKLE-EXEC', severity: 'critical' }));
  });
});

describe('another road to the same function', () => {
  const getattr = (object: Uint8Array, name: string) => call(global('builtins', 'getattr'), object, op.unicode(name));
  const cases: [string, Uint8Array][] = [
    ['posix.system', global('posix', 'system')],
    ['nt.system', global('nt', 'system')],
    ['__builtin__.eval', global('__builtin__', 'eval')],
    ['subprocess.Popen', global('subprocess', 'Popen')],
    ['commands.getoutput', global('commands', 'getoutput')],
    ['pty.spawn', global('pty', 'spawn')],
    ['timeit.timeit', global('timeit', 'timeit')],
    ['runpy.run_path', global('runpy', 'run_path')],
    ['pip.main', global('pip', 'main')],
    ['torch serialization.os.system', global('torch', 'serialization.os.system')],
    ['builtins.eval.__call__', global('builtins', 'eval.__call__')],
    ['a getattr of an import', getattr(call(global('builtins', '__import__'), op.unicode('os')), 'system')],
    [
      'a getattr of an importlib import',
      getattr(call(global('importlib', 'import_module'), op.unicode('subprocess')), 'run'),
    ],
    ['pkgutil.resolve_name', call(global('pkgutil', 'resolve_name'), op.unicode('os:system'))],
    [
      'an attrgetter',
      call(
        call(global('operator', 'attrgetter'), op.unicode('system')),
        call(global('importlib', 'import_module'), op.unicode('os')),
      ),
    ],
    [
      'cloudpickle.subimport',
      getattr(call(global('cloudpickle.cloudpickle', 'subimport'), op.unicode('os')), 'system'),
    ],
    [
      'a name that does not exist in the file',
      concat(call(global('operator', 'add'), op.unicode('o'), op.unicode('s')), op.unicode('system'), op.stackGlobal),
    ],
    ['the import of a scanner', global('picklescan.scanner', 'scan_file_path')],
    ['native code', global('ctypes', 'CDLL')],
  ];
  it.each(cases)('%s is critical', async (_, body) => {
    const { findings } = await analyse(pickle(call(body, op.unicode('id'))));
    expect(findings.map(({ severity }) => severity)).toContain('critical');
  });

  it('a function that the file carries and calls at once is no harmless one', async () => {
    const made = call(global('cloudpickle.cloudpickle', '_make_function'), op.none, op.none, op.none, op.none, op.none);
    expect((await analyse(pickle(made))).findings).toEqual([]);
    expect((await analyse(pickle(call(made)))).rules).toEqual(['STATIC-PICKLE-CALLS-CODE']);
  });

  it('a change to a class itself is seen, one to an instance is none', async () => {
    const dict = global('collections', 'OrderedDict');
    expect((await analyse(pickle(concat(dict, value({ __init__: 1 }), op.build)))).rules).toEqual([
      'STATIC-PICKLE-PATCH',
    ]);
    expect((await analyse(pickle(concat(call(dict), value({ note: 1 }), op.build)))).rules).toEqual([]);
  });

  it('names of objects of JavaScript are names like any other', async () => {
    const { findings } = await analyse(
      pickle(concat(global('constructor', 'toString'), global('__proto__', '__proto__'))),
    );
    expect(findings.map(({ rule }) => rule)).toEqual(['STATIC-PICKLE-UNKNOWN-GLOBAL']);
  });

  it('setattr is harmless only as dill uses it, in every single call', async () => {
    const type = call(global('dill._dill', '_create_type'), global('builtins', 'type'));
    const named = call(global('builtins', 'setattr'), type, op.unicode('__qualname__'), op.unicode('Foo'));
    const patched = call(global('builtins', 'setattr'), global('os.path', 'sep'), op.unicode('x'), op.unicode('y'));
    expect((await analyse(pickle(named))).rules).toEqual([]);
    expect((await analyse(pickle(value([named, patched])))).rules).toContain('STATIC-PICKLE-IMPORT');
  });
});

describe("dill's cells", () => {
  const dill = global('dill', '_dill');
  const cell = call(global('dill._dill', '_create_cell'), op.none);
  const setattr = global('builtins', 'setattr');
  const shim = (owner: Uint8Array, name: string, ...fallback: Uint8Array[]) =>
    call(global('builtins', 'getattr'), owner, op.unicode(name), ...fallback);
  const fill = (setter: Uint8Array, target: Uint8Array, name: string, ...more: Uint8Array[]) =>
    pickle(concat(call(setter, target, op.unicode(name), ...more), op.pop, op.none));

  it('are filled and emptied without a finding, twice with one setter, too', async () => {
    const setter = concat(shim(dill, '_setattr', setattr), op.binPut(1));
    const again = concat(call(op.binGet(1), cell, op.unicode('cell_contents'), op.int(2)), op.pop);
    const deleter = shim(dill, '_delattr', global('builtins', 'delattr'));
    const empty = call(global('dill._dill', '_create_cell'), shim(dill, '_CELL_EMPTY', op.none));
    const files = [
      fill(setter, cell, 'cell_contents', op.int(1)),
      pickle(concat(call(setter, cell, op.unicode('cell_contents'), op.int(1)), op.pop, again, op.none)),
      fill(deleter, empty, 'cell_contents'),
    ];
    for (const file of files) expect((await analyse(file)).findings).toEqual([]);
  });

  const near: [string, Uint8Array][] = [
    ['another attribute', fill(shim(dill, '_setattr', setattr), cell, '__class__', op.int(1))],
    [
      'another object',
      fill(shim(dill, '_setattr', setattr), global('collections', 'OrderedDict'), 'cell_contents', op.int(1)),
    ],
    [
      'a cell of another maker',
      fill(shim(dill, '_setattr', setattr), call(global('types', 'CellType'), op.none), 'cell_contents', op.int(1)),
    ],
    ['one argument more', fill(shim(dill, '_setattr', setattr), cell, 'cell_contents', op.int(1), op.int(2))],
    ['another module', fill(shim(global('dill', 'source'), '_setattr', setattr), cell, 'cell_contents', op.int(1))],
    ['another name on dill', fill(shim(dill, '_import_module', setattr), cell, 'cell_contents', op.int(1))],
    ['another default', fill(shim(dill, '_setattr', global('builtins', 'print')), cell, 'cell_contents', op.int(1))],
    ['no default', fill(shim(dill, '_setattr'), cell, 'cell_contents', op.int(1))],
    ['the deleter for the setter', fill(shim(dill, '_delattr', setattr), cell, 'cell_contents', op.int(1))],
    [
      'a setter that is used once more, for something else',
      pickle(
        concat(
          call(
            concat(shim(dill, '_setattr', concat(setattr, op.binPut(1)))),
            cell,
            op.unicode('cell_contents'),
            op.none,
          ),
          call(global('dill._dill', '_create_array'), op.binGet(1), op.emptyTuple, op.none),
        ),
      ),
    ],
  ];
  it.each(near)('with %s stay a finding', async (_, file) => {
    const { findings } = await analyse(file);
    expect(findings.some(({ severity }) => severity === 'high' || severity === 'medium')).toBe(true);
  });
});

describe('a function that the file names and does not call', () => {
  const map = global('builtins', 'map');
  const carried = call(global('cloudpickle.cloudpickle', '_make_function'), op.none);
  const cell = (content: Uint8Array) => call(global('cloudpickle.cloudpickle', '_make_cell'), content);

  it('may be Python’s way to print, and what a named tuple of cloudpickle’s holds in a cell', async () => {
    for (const body of [global('builtins', 'print'), cell(map), map]) {
      expect((await analyse(pickle(body))).findings).toEqual([]);
    }
  });

  it.each<[string, Uint8Array, string]>([
    ['is a finding when it prints', call(global('builtins', 'print'), op.unicode('hello')), 'STATIC-PICKLE-UNLISTED'],
    [
      'is a finding in a cell when it is used once more',
      concat(cell(concat(map, op.binPut(1))), op.pop, call(op.binGet(1), carried, op.emptyList)),
      'STATIC-PICKLE-CALLS-CODE',
    ],
  ])('%s', async (_, body, rule) => {
    expect((await analyse(pickle(body))).rules).toContain(rule);
  });
});

describe('what libraries write harmlessly is a finding when it is only nearly that', () => {
  const carried = call(global('cloudpickle.cloudpickle', '_make_function'), op.none);
  const named = (name: string) => op.unicode(name);
  const cases: [string, Uint8Array, string][] = [
    ['iter of a function', call(global('builtins', 'iter'), carried, op.none), 'STATIC-PICKLE-CALLS-CODE'],
    ['map of a function', call(global('builtins', 'map'), carried, op.emptyList), 'STATIC-PICKLE-CALLS-CODE'],
    ['starmap', call(global('itertools', 'starmap'), carried, op.emptyList), 'STATIC-PICKLE-CALLS-CODE'],
    ['an index into a list', call(global('operator', 'getitem'), op.emptyList, op.int(1)), 'STATIC-PICKLE-UNLISTED'],
    ['an evaluated text', call(global('dill._dill', '_eval_repr'), named('range(0, f())')), 'STATIC-PICKLE-CODE'],
    [
      'a reduction by another function',
      call(global('functools', 'reduce'), global('operator', 'add'), op.emptyTuple),
      'STATIC-PICKLE-IMPORT',
    ],
    [
      'a class made by a function that the file carries',
      call(global('types', 'new_class'), named('A'), op.emptyTuple, value({ metaclass: carried }), op.none),
      'STATIC-PICKLE-IMPORT',
    ],
    [
      'another constructor by name',
      call(global('builtins', 'getattr'), global('builtins', 'object'), named('__subclasses__')),
      'STATIC-PICKLE-IMPORT',
    ],
    [
      'a module loader with a path',
      call(global('importlib', 'SourceFileLoader'), named('a'), named('b')),
      'STATIC-PICKLE-IMPORT',
    ],
    [
      'anything of types that is no type',
      call(call(global('cloudpickle.cloudpickle', '_builtin_type'), named('new_class')), named('A')),
      'STATIC-PICKLE-CALLS-COMPUTED',
    ],
    [
      'a function that the file carries, called by another',
      call(global('dill._dill', '_create_array'), carried, op.emptyTuple, op.none),
      'STATIC-PICKLE-CALLS-CODE',
    ],
    [
      'a class by the road of named tuples',
      call(
        call(global('dill._dill', '_create_namedtuple'), named('Popen'), op.emptyTuple, named('subprocess')),
        named('id'),
      ),
      'STATIC-PICKLE-EXEC',
    ],
    [
      'a function by the road of ufuncs',
      call(call(global('numpy._core', '_ufunc_reconstruct'), named('os'), named('system')), named('id')),
      'STATIC-PICKLE-EXEC',
    ],
    [
      'a state set on a module',
      call(
        global('cloudpickle.cloudpickle', '_class_setstate'),
        call(global('cloudpickle.cloudpickle', 'subimport'), named('json')),
        concat(value({ loads: carried }), op.none, op.tuple2),
      ),
      'STATIC-PICKLE-PATCH',
    ],
    [
      'items set on the built-in names',
      call(global('dill._dill', '_setitems'), global('builtins', '__dict__'), value({ len: carried })),
      'STATIC-PICKLE-PATCH',
    ],
    ['a partial that is called', call(call(global('functools', 'partial'), carried)), 'STATIC-PICKLE-CALLS-COMPUTED'],
  ];
  it.each(cases)('%s', async (_, body, rule) => {
    expect((await analyse(pickle(body))).rules).toContain(rule);
  });
});

describe('a TorchScript program', () => {
  const script = (code: string) =>
    zip([
      { name: 'm/data.pkl', data: pickle(op.none) },
      { name: 'm/constants.pkl', data: pickle(op.emptyTuple) },
      {
        name: 'm/code/__torch__.py',
        data: Buffer.from(`class M(Module):\n  def forward(self, x):\n    ${code}\n`),
        method: 8,
      },
    ]);
  it('as torch writes it shows where it reaches files', async () => {
    const { findings } = await analyse(Buffer.from(twins['hostile-script.pt'], 'base64'));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ rule: 'STATIC-TORCHSCRIPT-FILE', severity: 'high' });
    expect(findings[0]?.explanation).toContain('torch.save(x, "copy.pt")');
  });

  const cases: [string, string, string][] = [
    ['reads', 't = torch.from_file("/etc/hostname", False, 4)', 'STATIC-TORCHSCRIPT-FILE'],
    ['writes by its full name', 'ops.aten.save(x, "a")', 'STATIC-TORCHSCRIPT-FILE'],
    ['writes by another name', 't = torch; t . save (x, "a")', 'STATIC-TORCHSCRIPT-FILE'],
    ['writes over two lines', '_0 = (torch. # "\n    save)(x, "a")', 'STATIC-TORCHSCRIPT-FILE'],
    ['writes through getattr', 'getattr(torch, "save")(x, "a")', 'STATIC-TORCHSCRIPT-FILE'],
    ['writes through a name in numbers', 'getattr(torch, "s\\141ve")(x, "a")', 'STATIC-TORCHSCRIPT-FILE'],
    ['reads through brackets', '(torch).from_file("/etc/hostname", False, 4)', 'STATIC-TORCHSCRIPT-FILE'],
    ['calls another machine', 'rpc_async("worker", f, (x,))', 'STATIC-TORCHSCRIPT-NETWORK'],
  ];
  it.each(cases)('that %s is found', async (_, code, rule) => {
    expect((await analyse(script(code))).rules).toEqual([rule]);
  });

  it.each(['raise Exception("use torch.save(x, path)")', "x = 'torch.from_file(a)'"])(
    'that only says so in a text has no finding: %s',
    async (code) => {
      expect((await analyse(script(code))).findings).toEqual([]);
    },
  );

  it('with a method of that name has no finding', async () => {
    expect((await analyse(script('return self.save(torch.relu(x))'))).findings).toEqual([]);
  });
});

describe('names that are not known', () => {
  it('of other libraries are one finding that decides nothing, and are what the sandbox needs', async () => {
    const { findings, needs } = await analyse(
      pickle(value([global('acme.models', 'Net'), global('acme.layers', 'Dense')])),
    );
    expect(needs).toEqual(['acme']);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ rule: 'STATIC-PICKLE-UNKNOWN-GLOBAL', severity: 'info', count: 2 });
  });

  it("of Python's own library are suspicious", async () => {
    const { findings } = await analyse(pickle(global('wave', 'open')));
    expect(findings[0]).toMatchObject({ rule: 'STATIC-PICKLE-UNLISTED', severity: 'medium' });
  });
});

describe('what cannot be read is said', () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['a pickle that is cut off', pickle(value({ w: [1, 2, 3] })).subarray(0, 20), /breaks at byte 18/],
    [
      'bytes after the end',
      concat(pickle(op.none), Buffer.alloc(64, 0xff)),
      /64 bytes after the pickle's end at byte 4/,
    ],
    ['an archive without directory', torchZip('m', op.none, []).subarray(0, 100), /no directory at its end/],
    [
      'an empty record where the object should be',
      zip([{ name: 'a/data.pkl', data: Buffer.alloc(0) }]),
      /no bytes where a pickle should be/,
    ],
    ['a content of no known format', Buffer.from('Hello, world'), /does not read this format \(unknown\)/],
  ];
  it.each(cases)('%s', async (_, bytes, expected) => {
    expect((await analyse(bytes)).gaps.join('\n')).toMatch(expected);
  });

  it('and a break after an import that is not known is a finding', async () => {
    const { rules } = await analyse(concat(op.proto(2), global('acme', 'Net'), '\xff'));
    expect(rules).toContain('STATIC-PICKLE-BROKEN');
  });
});

describe('a tar archive as torch once wrote', () => {
  it('is read, and harmless when its pickles are', async () => {
    const storages = concat(pickle(op.int(1)), pickle(op.none), Buffer.alloc(40, 0xff), pickle(op.emptyList));
    const { findings, gaps } = await analyse(
      tar([
        ['sys_info', pickle(op.emptyDict)],
        ['storages', storages],
        ['tensors', pickle(op.int(0))],
        ['pickle', pickle(call(global('collections', 'OrderedDict')))],
      ]),
    );
    expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
  });

  it('that is cut off has a gap', async () => {
    const { gaps } = await analyse(tar([['pickle', pickle(op.none)]]).subarray(0, 600));
    expect(gaps.join()).toMatch(/cut off/);
  });
});

describe('joblib', () => {
  it('with a name that is not known is not taken for broken where its arrays lie', async () => {
    const { findings } = await analyse(Buffer.from(twins['custom.joblib'], 'base64'));
    expect(findings.map(({ rule }) => rule)).toEqual(['STATIC-PICKLE-UNKNOWN-GLOBAL']);
  });

  const dtype = (code: string, size: number, flags: number) =>
    concat(
      call(global('numpy', 'dtype'), op.unicode(code), op.false, op.true),
      concat(
        op.mark,
        op.int(3),
        op.unicode('|'),
        op.none,
        op.none,
        op.none,
        op.int(size),
        op.int(-1),
        op.int(flags),
        op.tuple,
      ),
      op.build,
    );
  const wrapper = (type: Uint8Array, length: number, padding: boolean) =>
    concat(
      concat(global('joblib.numpy_pickle', 'NumpyArrayWrapper'), op.emptyTuple, op.newObj),
      value({
        subclass: global('numpy', 'ndarray'),
        shape: concat(op.int(length), op.tuple1),
        order: 'C',
        dtype: type,
        allow_mmap: true,
        ...(padding ? { numpy_array_alignment_bytes: 16 } : {}),
      }),
      op.build,
    );
  const raw = Buffer.alloc(80, 0x2e);

  it('arrays between the opcodes are stepped over, with and without padding', async () => {
    const plain = concat(wrapper(dtype('f8', -1, 0), 10, false), raw);
    const padded = concat(wrapper(dtype('f8', -1, 0), 10, true), '\x05', Buffer.alloc(5, 0xff), raw);
    for (const body of [plain, padded]) {
      const { findings, gaps, needs } = await analyse(pickle(value([body, body])));
      expect({ findings, gaps, needs }).toEqual({ findings: [], gaps: [], needs: ['joblib', 'numpy'] });
    }
  });

  it('numbers that look like a far place in the memo are no bomb for joblib, which steps over them', async () => {
    const far = concat('Nr\xff\xff\xff\x7f0', Buffer.alloc(73, 0x2e));
    const array = concat(wrapper(dtype('f8', -1, 0), 10, false), far);
    expect((await analyse(pickle(value([array])))).rules).toEqual([]);
    expect((await analyse(pickle(far))).rules).toContain('STATIC-PICKLE-BOMB');
  });

  it('a command after an array is found', async () => {
    const { rules, gaps } = await analyse(
      pickle(value([concat(wrapper(dtype('f8', -1, 0), 10, false), raw), command])),
    );
    expect(rules).toEqual(['STATIC-PICKLE-EXEC']);
    expect(gaps).toEqual([]);
  });

  it('a command where an array should be is found, too: pickle.load would run it', async () => {
    const hidden = concat(command, op.stop);
    const { rules } = await analyse(pickle(concat(wrapper(dtype('u1', -1, 0), hidden.length, false), hidden)));
    expect(rules).toContain('STATIC-PICKLE-EXEC');
  });

  it('the pickle of an array of objects is read', async () => {
    const { rules } = await analyse(pickle(concat(wrapper(dtype('O8', -1, 63), 1, false), pickle(command))));
    expect(rules).toEqual(['STATIC-PICKLE-EXEC']);
  });
});

describe('a file made to waste time', () => {
  const cases: [string, Uint8Array][] = [
    ['of beginnings of pickles', concat(pickle(op.none), Buffer.alloc(6_000_000, '\x80\x02\xff', 'latin1'))],
    ['of protocols', concat(pickle(op.none), Buffer.alloc(3_000_000, '\x80\x02', 'latin1'))],
    ['of local headers', Buffer.alloc(3_000_000, concat('PK\x03\x04\x14\0\x08\0', Buffer.alloc(18), '\x01\0\0\0a'))],
  ];
  it.each(cases)('%s is given up with a gap', async (_, bytes) => {
    expect((await analyse(bytes)).gaps).not.toEqual([]);
  });
});

describe('hostile input never throws', () => {
  /** Numerical Recipes' linear congruential generator: the same inputs every time. */
  function random(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  }

  it('over 15,000 mutations of models of every kind', async () => {
    const below = random(20_261_121);
    const seeds = [
      ...SAMPLES.map((sample) => sample.make()),
      zip([{ name: 'a.npy', data: npy('|O', pickle(command)), method: 8 }]),
      npy('|O', pickle(command)),
      deflateSync(pickle(command)),
      ...(['xz', 'lz4'] as const).map((kind) => Buffer.from(twins[`hostile-${kind}.joblib`], 'base64')),
      tar([['pickle', pickle(command)]]),
      concat(
        op.proto(4),
        op.frame(30),
        op.shortUnicode('os'),
        op.memoize,
        op.shortUnicode('system'),
        op.memoize,
        op.stackGlobal,
        op.stop,
      ),
    ];
    for (let round = 0; round < 15_000; round += 1) {
      const seed = seeds[below(seeds.length)] ?? Buffer.alloc(0);
      const bytes = Buffer.from(seed);
      for (let change = below(6); change >= 0; change -= 1) bytes[below(bytes.length)] = below(256);
      const cut = below(4) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
      const result = await analyse(cut);
      // eslint-disable-next-line no-control-regex -- nothing may pass unescaped
      expect(JSON.stringify([result.findings, result.gaps])).not.toMatch(/[\u0000-\u001f\u202e]/);
    }
  });
});

it('names the line of the disassembly in which the evidence stands', async () => {
  const { findings } = await analyse(Buffer.from("\x80\x02K\x010cos\nsystem\n(S'id'\ntR.", 'latin1'));
  const [evidence] = findings[0]?.evidence ?? [];
  // PROTO, BININT1, POP, then GLOBAL.
  expect(evidence).toMatchObject({ offset: 5, disassemblyLine: 4 });
});

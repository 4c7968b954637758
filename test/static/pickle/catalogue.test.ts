/** The ways around scanners of pickles that advisories and papers on them describe, each with a harmless counterpart where there is one. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, tensor, torchZip, value, zip } from '../../../samples/assemble.mjs';
import codes from '../marshal/code.json' with { type: 'json' };
import { analyse } from '../support.js';

const command = call(global('os', 'system'), op.unicode('id'));
const hostile = pickle(command);
const harmless = pickle(value({ w: [0.5] }));
const worst = async (bytes: Uint8Array) => {
  const { findings } = await analyse(bytes);
  return (['critical', 'high', 'medium', 'low', 'info'] as const).find((severity) =>
    findings.some((finding) => finding.severity === severity),
  );
};

describe('gadgets that block-lists miss', () => {
  it.each([
    ['timeit', 'timeit'],
    ['pip', 'main'],
    ['pip._internal', 'main'],
    ['ensurepip', '_run_pip'],
    ['runpy', 'run_path'],
    ['runpy', '_run_code'],
    ['pty', 'spawn'],
    ['pydoc', 'locate'],
    ['pydoc', 'pipepager'],
    ['profile', 'Profile.run'],
    ['cProfile', 'run'],
    ['cProfile', 'runctx'],
    ['trace', 'Trace.run'],
    ['trace', 'Trace.runctx'],
    ['bdb', 'Bdb.run'],
    ['pdb', 'run'],
    ['doctest', 'debug_script'],
    ['idlelib.pyshell', 'ModifiedInterpreter.runcommand'],
    ['idlelib.run', 'Executive.runcode'],
    ['idlelib.autocomplete', 'AutoComplete.get_entity'],
    ['idlelib.calltip', 'get_entity'],
    ['lib2to3.pgen2.grammar', 'Grammar.loads'],
    ['lib2to3.pgen2.pgen', 'ParserGenerator.make_label'],
    ['code', 'InteractiveInterpreter.runcode'],
    ['codeop', 'compile_command'],
    ['webbrowser', 'open'],
    ['uuid', '_get_command_stdout'],
    ['_aix_support', '_read_cmd_output'],
    ['_osx_support', '_read_output'],
    ['_pyrepl.pager', 'pipe_pager'],
    ['imaplib', 'IMAP4_stream'],
    ['test.support.script_helper', 'assert_python_ok'],
    ['distutils.file_util', 'write_file'],
    ['distutils.spawn', 'spawn'],
    ['logging', 'FileHandler'],
    ['_io', 'FileIO'],
    ['linecache', 'getline'],
    ['zipimport', 'zipimporter.load_module'],
    ['multiprocessing.util', 'spawnv_passfds'],
    ['asyncio.unix_events', '_UnixSubprocessTransport._start'],
    ['venv', 'create'],
    ['cgitb', 'lookup'],
    ['smtpd', 'SMTPServer'],
    ['urllib.request', 'urlopen'],
    ['numpy.testing._private.utils', 'runstring'],
    ['numpy.f2py.crackfortran', 'getlincoef'],
    ['numpy.f2py.crackfortran', '_eval_length'],
    ['numpy.distutils.exec_command', 'exec_command'],
    ['torch.utils.collect_env', 'run'],
    ['torch._inductor.codecache', 'compile_file'],
    ['torch._dynamo.guards', 'GuardBuilder.get'],
    ['torch.fx.experimental.symbolic_shapes', 'ShapeEnv.evaluate_guards_expression'],
    ['torch.jit.unsupported_tensor_ops', 'execWrapper'],
    ['torch.utils.bottleneck.__main__', 'run_cprofile'],
    ['torch.utils._config_module', 'ConfigModule.load_config'],
    ['torch.utils.data.datapipes.utils.decoder', 'basichandlers'],
    ['torch.distributed.rpc', 'rpc_sync'],
    ['torch.jit.annotations', 'parse_type_line'],
    ['torch.storage', '_load_from_bytes'],
    ['torch.serialization', 'load'],
    ['torch.hub', 'load'],
    ['mlflow.projects.backend.local', '_run_entry_point'],
    ['pandas', 'read_csv'],
    ['pandas', 'read_pickle'],
    ['pandas.core.computation.eval', 'eval'],
    ['joblib', 'load'],
    ['numpy', 'load'],
    ['numpy', 'fromfile'],
  ])('%s.%s', async (module, name) => {
    expect(['critical', 'high', 'medium']).toContain(await worst(pickle(call(global(module, name), op.unicode('x')))));
  });
});

describe('indirection', () => {
  const cases: [string, Uint8Array][] = [
    ['pkgutil.resolve_name', call(call(global('pkgutil', 'resolve_name'), op.unicode('os:system')), op.unicode('id'))],
    [
      'operator.methodcaller',
      call(call(global('operator', 'methodcaller'), op.unicode('system'), op.unicode('id')), global('os', '__name__')),
    ],
    ['functools.partial', call(call(global('functools', 'partial'), global('os', 'system')), op.unicode('id'))],
    ['functools.reduce', call(global('functools', 'reduce'), global('os', 'system'), value(['id']))],
    ['map', call(global('builtins', 'list'), call(global('builtins', 'map'), global('os', 'system'), value(['id'])))],
    ['a private module', call(global('_posixsubprocess', 'fork_exec'), op.none)],
    ['a private interpreter', call(global('_interpreters', 'run_string'), op.int(0), op.unicode('x'))],
    ['a module with underscores', call(global('_operator', 'attrgetter'), op.unicode('__globals__'))],
    ['a dotted name', call(global('torch', '_utils.os.system'), op.unicode('id'))],
    ['a dotted builtin', call(global('builtins', 'exec.__call__'), op.unicode('x'))],
    ['a dunder', call(global('collections', 'OrderedDict.__class__.__subclasses__'))],
    ['a look-alike of an allowed prefix', call(global('torch_evil', 'load'), global('os', 'system'))],
  ];
  it.each(cases)('%s is a finding', async (_, body) => {
    expect(['critical', 'high', 'medium']).toContain(await worst(pickle(body)));
  });
});

describe('tricks with the memo and the stack', () => {
  const os = op.shortUnicode('os');
  const system = op.shortUnicode('system');
  const rest = concat(op.unicode('id'), op.tuple1, op.reduce);
  const cases: [string, Uint8Array][] = [
    ['names from the memo', concat(os, op.binPut(5), op.pop, system, op.binPut(6), op.pop, op.binGet(5), op.binGet(6))],
    ['names by PUT and GET', concat(os, op.put(77), op.pop, system, op.put(8), op.pop, op.get(77), op.get(8))],
    ['canaries between', concat(os, op.shortUnicode('path'), op.pop, system, op.dup, op.pop)],
    [
      'a canary that is overwritten',
      concat(op.unicode('math'), op.binPut(1), op.pop, os, op.binPut(1), op.pop, op.binGet(1), system),
    ],
    [
      'a canary at a place that the memo has grown up to',
      concat(
        concat(op.unicode('math'), op.binPut(1), op.pop, op.none, op.binPut(0), op.pop),
        concat(os, op.binPut(1), op.pop, op.binGet(1), system),
      ),
    ],
    ['marks that are popped', concat(os, op.mark, op.unicode('x'), op.popMark, system)],
    [
      'numbers far out in the memo',
      concat(os, op.put(1_000_000), op.pop, system, op.binPut(0), op.pop, op.get(1_000_000), op.binGet(0)),
    ],
  ];
  it.each(cases)('%s', async (_, body) => {
    expect(await worst(pickle(concat(body, op.stackGlobal, rest), 4))).toBe('critical');
  });

  it.each<[string, Uint8Array]>([
    ['a number for a name', concat(os, op.int(1), op.stackGlobal)],
    ['a key that was never put', concat(os, op.binGet(9), op.stackGlobal)],
    ['an extension code', concat(op.ext1(7), op.unicode('id'), op.tuple1, op.reduce)],
  ])('%s is no silence', async (_, body) => {
    const { findings, gaps } = await analyse(pickle(body, 4));
    expect(findings.length + gaps.length).toBeGreaterThan(0);
  });

  it('harmless names from the memo are harmless', async () => {
    const body = concat(op.shortUnicode('collections'), op.binPut(1), op.shortUnicode('OrderedDict'), op.stackGlobal);
    expect(await worst(pickle(concat(body, op.emptyTuple, op.reduce), 4))).toBeUndefined();
  });
});

describe('every opcode that calls', () => {
  const cases: [string, Uint8Array][] = [
    ['REDUCE', command],
    ['INST', concat(op.mark, op.unicode('id'), op.inst('os', 'system'))],
    ['OBJ', concat(op.mark, global('os', 'system'), op.unicode('id'), op.obj)],
    ['NEWOBJ', concat(global('subprocess', 'Popen'), op.unicode('id'), op.tuple1, op.newObj)],
    ['NEWOBJ_EX', concat(global('subprocess', 'Popen'), op.unicode('id'), op.tuple1, op.emptyDict, op.newObjEx)],
    [
      'a result that is thrown away',
      concat(op.mark, global('os', 'system'), op.unicode('id'), op.obj, op.pop, op.none),
    ],
    ['a BUILD that is appended', concat(command, value({ a: 1 }), op.build)],
    ['no call at all', global('os', 'system')],
  ];
  it.each(cases)('%s', async (_, body) => {
    expect(await worst(pickle(body, 4))).toBe('critical');
  });
});

describe('changes to what is looked up', () => {
  const size = global('numpy', 'size');
  const cases: [string, Uint8Array][] = [
    ['BUILD on a function', concat(size, value({ shape: 1 }), op.build)],
    ['BUILD with slots', concat(size, op.none, value({ shape: 1 }), op.tuple2, op.build)],
    ['SETITEM on a class', concat(global('collections', 'OrderedDict'), op.unicode('a'), op.int(1), op.setItem)],
    [
      'SETITEMS on a class',
      concat(global('collections', 'OrderedDict'), op.mark, op.unicode('a'), op.int(1), op.setItems),
    ],
    ['APPEND to a class', concat(global('collections', 'OrderedDict'), op.int(1), op.append)],
    ['APPENDS to a class', concat(global('collections', 'OrderedDict'), op.mark, op.int(1), op.appends)],
  ];
  it.each(cases)('%s', async (_, body) => {
    expect((await analyse(pickle(body))).rules).toContain('STATIC-PICKLE-PATCH');
  });
});

describe('tensors', () => {
  const id = (count: number) =>
    concat(
      op.mark,
      op.unicode('storage'),
      global('torch', 'FloatStorage'),
      op.unicode('0'),
      op.unicode('cpu'),
      op.int(count),
      op.tuple,
      op.binPersId,
    );
  const rebuilt = (count: number, offset: number, size: number, stride: number) =>
    call(
      global('torch._utils', '_rebuild_tensor_v2'),
      id(count),
      op.int(offset),
      concat(op.int(size), op.tuple1),
      concat(op.int(stride), op.tuple1),
      op.false,
      call(global('collections', 'OrderedDict')),
    );
  it.each([
    ['larger than its storage', rebuilt(4, 0, 5, 1)],
    ['moved past its end', rebuilt(4, 1, 4, 1)],
    ['strided past its end', rebuilt(4, 0, 2, 4)],
    ['with a negative offset', rebuilt(4, -1, 2, 1)],
    ['written into by SETITEM', concat(rebuilt(4, 0, 4, 1), op.int(0), op.float(1), op.setItem)],
    ['written into by SETITEMS', concat(rebuilt(4, 0, 4, 1), op.mark, op.int(9), op.float(1), op.setItems)],
  ])('%s are a finding', async (_, body) => {
    expect((await analyse(torchZip('m', body, [Buffer.alloc(16)]))).rules).toEqual(['STATIC-PICKLE-TENSOR']);
  });

  it.each([
    ['of all of the storage', rebuilt(4, 0, 4, 1)],
    ['of a part of it', rebuilt(4, 1, 2, 2)],
    ['of nothing', rebuilt(0, 0, 0, 1)],
    ['that are expanded', rebuilt(1, 0, 100, 0)],
    ['as the samples have them', tensor('0', 4)],
  ])('%s are none', async (_, body) => {
    expect((await analyse(torchZip('m', body, [Buffer.alloc(16)]))).findings).toEqual([]);
  });

  it('on a storage that says to be larger than what lies in the archive for it are a finding', async () => {
    const { findings } = await analyse(torchZip('m', rebuilt(5, 0, 5, 1), [Buffer.alloc(16)]));
    expect(findings.map(({ rule }) => rule)).toEqual(['STATIC-PICKLE-TENSOR']);
    expect(findings[0]?.explanation).toContain(
      'the storage 0 has 5 elements of 4 bytes, and only 16 bytes lie there for it',
    );
  });

  it('of a file that is cut off are not held against what is left of it', async () => {
    const whole = torchZip('m', rebuilt(400, 0, 400, 1), [Buffer.alloc(1600)]);
    const { findings, gaps } = await analyse(whole.subarray(0, whole.indexOf('m/data/0') + 800));
    expect(findings).toEqual([]);
    expect(gaps).not.toEqual([]);
  });

  it('are held against the smallest of several members of one name', async () => {
    const twice = zip([
      { name: 'm/data.pkl', data: pickle(rebuilt(4, 0, 4, 1)) },
      { name: 'm/data/0', data: Buffer.alloc(8) },
      { name: 'm/data/0', data: Buffer.alloc(16) },
    ]);
    expect((await analyse(twice)).rules).toContain('STATIC-PICKLE-TENSOR');
  });
});

describe('persistent ids', () => {
  it.each([
    ['a text', op.unicode('https://198.51.100.7/x')],
    ['a tuple of another kind', value([1, 2])],
    [
      'a storage of no type',
      concat(op.mark, op.unicode('storage'), op.none, op.unicode('0'), op.unicode('cpu'), op.int(1), op.tuple),
    ],
    ['a call', call(global('collections', 'OrderedDict'))],
  ])('%s is a finding', async (_, id) => {
    expect((await analyse(pickle(concat(id, op.binPersId)))).rules).toEqual(['STATIC-PICKLE-PERSISTENT']);
  });

  it('of protocol 0 are texts', async () => {
    expect((await analyse(concat('Pabc\n.'))).rules).toEqual(['STATIC-PICKLE-PERSISTENT']);
  });
});

describe('streams that break', () => {
  it.each([
    ['an opcode that does not exist', concat(op.proto(2), command, '\xff')],
    ['no STOP', concat(op.proto(2), command)],
    ['a cut argument', concat(op.proto(2), command, 'X\xff\xff\xff\x7f')],
    ['a stack that is empty', concat(op.proto(2), command, op.pop, op.pop, op.pop)],
    ['a protocol that does not exist', concat(op.proto(2), command, op.proto(99))],
    ['carriage returns', concat("cos\nsystem\n(S'id'\r\ntR.")],
    ['double quotes', concat('cos\nsystem\n(S"id"\ntR.')],
  ])('%s show what ran before', async (_, bytes) => {
    expect(await worst(bytes)).toBe('critical');
  });
});

describe('pickles inside a pickle', () => {
  const old = concat('cos\nsystem\n(Vid\ntR.');
  const text = (bytes: Uint8Array, encoding: BufferEncoding) => op.unicode(Buffer.from(bytes).toString(encoding));
  const cases: [string, (inner: Uint8Array) => Uint8Array][] = [
    ['as bytes', (inner) => op.bytes(inner)],
    [
      'as a byte array',
      (inner) => concat('\x96', Buffer.from(new BigUint64Array([BigInt(inner.length)]).buffer), inner),
    ],
    ['as a text of Latin-1', (inner) => text(inner, 'latin1')],
    ['in Base64', (inner) => text(inner, 'base64')],
    ['in Base64, as bytes', (inner) => op.bytes(Buffer.from(Buffer.from(inner).toString('base64')))],
    ['in Base64 for URLs', (inner) => text(inner, 'base64url')],
    ['in hexadecimal', (inner) => text(inner, 'hex')],
    ['packed by zlib', (inner) => op.bytes(deflateSync(inner))],
    ['packed by gzip', (inner) => op.bytes(gzipSync(inner))],
    ['packed by zlib, in Base64', (inner) => text(deflateSync(inner), 'base64')],
    ['packed by gzip, in hexadecimal', (inner) => text(gzipSync(inner), 'hex')],
    ['in an archive', (inner) => op.bytes(torchZip('m', Buffer.from(inner).subarray(2, -1), []))],
    ['in the bytes of a pickle in Base64', (inner) => text(pickle(op.bytes(inner)), 'base64')],
  ];
  it.each(cases)('%s', async (_, wrap) => {
    expect((await analyse(pickle(wrap(hostile)))).rules).toContain('STATIC-PICKLE-EXEC');
    expect((await analyse(pickle(wrap(harmless)))).findings).toEqual([]);
  });

  it.each(cases.slice(0, 10))('of protocol 0, %s', async (_, wrap) => {
    expect((await analyse(pickle(wrap(old)))).rules).toContain('STATIC-PICKLE-EXEC');
  });

  it('of protocol 0, quoted in one of protocol 0', async () => {
    const quoted = "S'cos\\nsystem\\n(Vid\\ntR.'\n.";
    expect((await analyse(concat('cpickle\nloads\n(', quoted.slice(0, -1), 'tR.'))).rules).toContain(
      'STATIC-PICKLE-LOADER',
    );
  });

  it('beyond what is kept of a text', async () => {
    const long = pickle(value([Buffer.from(op.unicode('x'.repeat(20_000))), command]));
    expect((await analyse(pickle(text(long, 'base64')))).rules).toContain('STATIC-PICKLE-EXEC');
  });

  it('are not seen in ordinary texts', async () => {
    const words = [
      'gateway',
      'deadbeefdeadbeefdeadbeef',
      'Q29tZSBvbiwgdGhpcyBpcyBqdXN0IHRleHQ=',
      'c++ is\na language\n',
    ];
    expect(
      (await analyse(pickle(value({ words, bytes: op.bytes(brotliCompressSync(Buffer.from('x'))) })))).findings,
    ).toEqual([]);
  });
});

describe('compiled code in a pickle', () => {
  const code = (name: 'system' | 'scale') => Buffer.from(codes['3.13'][name], 'base64');
  it.each([
    ['as bytes', (bytes: Uint8Array) => op.bytes(bytes)],
    ['in Base64', (bytes: Uint8Array) => op.unicode(Buffer.from(bytes).toString('base64'))],
    ['packed by zlib', (bytes: Uint8Array) => op.bytes(deflateSync(bytes))],
  ])('%s is known by what it calls', async (_, wrap) => {
    const { findings } = await analyse(pickle(wrap(code('system'))));
    expect(findings.map(({ rule }) => rule)).toEqual(['STATIC-PICKLE-BYTECODE-DANGER']);
    expect(findings[0]?.explanation).toContain("os.system('id')");
    expect((await analyse(pickle(wrap(code('scale'))))).rules).toEqual(['STATIC-PICKLE-BYTECODE']);
  });
});

it('an archive among the objects of a pickle makes it no archive', async () => {
  const bytes = pickle(value({ model: op.bytes(torchZip('m', value({ w: [0.5] }), [])), a: 1 }));
  expect((await analyse(bytes)).findings).toEqual([]);
  // After the pickle's end it does.
  expect((await analyse(concat(harmless, torchZip('m', value({}), []), ' '))).rules).toContain(
    'STATIC-CONTENT-POLYGLOT',
  );
});

describe('memory', () => {
  it('a place far out in the memo is a finding', async () => {
    const far = concat('r', Buffer.from(new Uint32Array([0xf0000000]).buffer));
    expect((await analyse(pickle(concat(op.none, far)))).rules).toEqual(['STATIC-PICKLE-BOMB']);
  });

  it('the millionth is none', async () => {
    expect((await analyse(pickle(concat(op.none, op.put(1_000_000))))).findings).toEqual([]);
  });
});

describe('what else is in the file', () => {
  it('lowers no severity', async () => {
    const looksLikeModel = value({ state_dict: { 'layer.weight': [0.1, 0.2] }, framework: 'torch', sklearn: 'yes' });
    const body = concat(
      op.mark,
      looksLikeModel,
      global('torch._utils', '_rebuild_tensor_v2'),
      global('sklearn.svm', 'SVC'),
      command,
      op.tuple,
    );
    expect(await worst(pickle(body))).toBe('critical');
  });

  it.each(['fickling.fickle', 'picklescan.scanner', 'modelscan.modelscan', 'modelaudit.core'])(
    'reaching for %s is critical',
    async (module) => {
      expect(await worst(pickle(global(module, 'Pickled')))).toBe('critical');
    },
  );

  it('texts that look dangerous are only texts', async () => {
    expect((await analyse(pickle(value(['import os; os.system("id")', 'eval(x)', '/bin/sh'])))).findings).toEqual([]);
  });
});

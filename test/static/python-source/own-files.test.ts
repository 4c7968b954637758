/** A name that one file takes from another is what the other file gives to it. */
import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../src/detect/detect.js';
import { bytesSource, type ByteSource, type Folder } from '../../../src/readers/bytes.js';
import { analyseStatic } from '../../../src/static/analyse.js';

type Files = Readonly<Record<string, string>>;

/** The findings about `main.py` over `info`, as rule and subject. */
async function told(files: Files) {
  const folder: Folder = {
    list: () => Promise.resolve(undefined),
    open: async (name, use) => (files[name] === undefined ? undefined : use(bytesSource(Buffer.from(files[name])))),
    leadsOutside: () => Promise.resolve(false),
  };
  const name = 'main.py';
  const source: ByteSource = { ...bytesSource(Buffer.from(files[name] ?? '')), folder };
  const { findings, gaps } = await analyseStatic(source, await detectFormat(source, { name }), { name });
  const loud = findings.filter(({ severity }) => severity !== 'info');
  return {
    main: loud.filter(({ evidence }) => evidence.some(({ member }) => member === undefined)).map(({ rule }) => rule),
    loud: loud.map(({ rule, explanation }) => `${rule}: ${explanation}`),
    gaps,
  };
}

const ALIAS = 'from os import system as x\n';

describe('a function of another file', () => {
  it.each<[string, Files]>([
    ['by from', { 'main.py': "from .helpers import x\nx('id')", 'helpers.py': ALIAS }],
    ['under another name', { 'main.py': "from .helpers import x as y\ny('id')", 'helpers.py': ALIAS }],
    ['by import', { 'main.py': "import helpers\nhelpers.x('id')", 'helpers.py': ALIAS }],
    ['by import under another name', { 'main.py': "import helpers as h\nh.x('id')", 'helpers.py': ALIAS }],
    ['from the package', { 'main.py': "from . import helpers\nhelpers.x('id')", 'helpers.py': ALIAS }],
    ['by a star', { 'main.py': "from .helpers import *\nx('id')", 'helpers.py': ALIAS }],
    ['by a star of a star', { 'main.py': "from .a import *\nx('id')", 'a.py': 'from .b import *', 'b.py': ALIAS }],
    ['over two files', { 'main.py': "from .a import y\ny('id')", 'a.py': 'from .b import x as y', 'b.py': ALIAS }],
    ['of a package', { 'main.py': "from .p import x\nx('id')", 'p/__init__.py': 'from .q import x', 'p/q.py': ALIAS }],
    ['of a part of a package', { 'main.py': "import p.q\np.q.x('id')", 'p/__init__.py': '', 'p/q.py': ALIAS }],
    [
      'by __getattr__ of the module',
      {
        'main.py': "import helpers\nhelpers.whatever('id')",
        'helpers.py': 'import os\ndef __getattr__(name):\n    return os.system',
      },
    ],
    [
      'by __getattr__ with its name',
      {
        'main.py': "from helpers import system\nsystem('id')",
        'helpers.py': 'import os\ndef __getattr__(name):\n    return getattr(os, name)',
      },
    ],
    ['by getattr', { 'main.py': "import helpers\ngetattr(helpers, 'x')('id')", 'helpers.py': ALIAS }],
    ['by vars', { 'main.py': "import helpers\nvars(helpers)['x']('id')", 'helpers.py': ALIAS }],
    ['by __import__ alone', { 'main.py': "__import__('helpers').x('id')", 'helpers.py': ALIAS }],
    [
      'by import_module alone',
      { 'main.py': "import importlib\nimportlib.import_module('helpers').x('id')", 'helpers.py': ALIAS },
    ],
    [
      'by import_module under another name, from the package',
      {
        'main.py': "from importlib import import_module\nh = import_module('.helpers', 'p')\nh.x('id')",
        'helpers.py': ALIAS,
      },
    ],
    [
      'by import_module',
      { 'main.py': "import helpers, importlib\nimportlib.import_module('helpers').x('id')", 'helpers.py': ALIAS },
    ],
    ['by sys.modules', { 'main.py': "import helpers, sys\nsys.modules['helpers'].x('id')", 'helpers.py': ALIAS }],
    [
      'in a table',
      { 'main.py': "from helpers import T\nT['a']('id')", 'helpers.py': "import os\nT = {'a': os.system}" },
    ],
    [
      'that another calls',
      {
        'main.py': "from helpers import run\nrun('id')",
        'helpers.py': 'import os\ndef run(c):\n    return getattr(os, "sys" + "tem")(c)',
      },
    ],
    [
      'that gets the function',
      {
        'main.py': "import os\nfrom helpers import call\ncall(os, 'sys', 'id')",
        'helpers.py': "def call(m, n, a):\n    return getattr(m, n + 'tem')(a)",
      },
    ],
    [
      'a method',
      {
        'main.py': "from helpers import R\nR().run('id')",
        'helpers.py': 'import os\nclass R:\n    def run(self, c): os.system(c)',
      },
    ],
    [
      'of a class that it extends',
      {
        'main.py': "from helpers import R\nclass S(R): pass\nS('id')",
        'helpers.py': 'import os\nclass R:\n    def __init__(self, c): os.system(c)',
      },
    ],
    [
      'by the name of the module itself',
      {
        'main.py': "from helpers import me\nme.x('id')",
        'helpers.py': `${ALIAS}import sys\nme = sys.modules[__name__]`,
      },
    ],
    [
      'with a name that it holds',
      { 'main.py': 'import os\nfrom .names import N\ngetattr(os, N)("id")', 'names.py': "N = 'sys' + 'tem'" },
    ],
    [
      'with code that it holds',
      { 'main.py': 'from .names import CODE\nexec(CODE)', 'names.py': 'CODE = "import os\\nos.system(\'id\')"' },
    ],
    [
      'with code that it holds and this decodes',
      {
        'main.py': 'import base64\nfrom .names import CODE\nexec(base64.b64decode(CODE))',
        'names.py': `CODE = "${Buffer.from("import os\nos.system('id')").toString('base64')}"`,
      },
    ],
  ])('is found where it is called: %s', async (_, files) => {
    expect((await told(files)).main).not.toEqual([]);
  });

  it('that has another name there is told by itself', async () => {
    expect((await told({ 'main.py': 'from .helpers import x', 'helpers.py': ALIAS })).loud).not.toEqual([]);
  });
});

describe('honest files', () => {
  it.each<[string, Files]>([
    [
      'a model and its configuration',
      {
        'main.py':
          'import torch\nfrom .configuration import Config\nclass M(torch.nn.Module):\n    config_class = Config\n    def __init__(self, config: Config):\n        self.l = torch.nn.Linear(config.size, 1)',
        'configuration.py':
          'class Config:\n    model_type = "m"\n    def __init__(self, size=3, **kw):\n        self.size = size',
      },
    ],
    [
      'files that import one another',
      {
        'main.py': 'from .a import f\ndef g(): return f(1)',
        'a.py': 'from .main import g\nfrom .b import h\ndef f(x): return h(x)',
        'b.py': 'from .a import f\ndef h(x): return x + 1',
      },
    ],
    [
      'lazy names of a package',
      {
        'main.py': 'from . import p\nm = p.model',
        'p/__init__.py':
          'import importlib\ndef __getattr__(name):\n    if name in ("model",):\n        return importlib.import_module("." + name, __name__)\n    raise AttributeError(name)',
        'p/model.py': 'x = 1',
      },
    ],
    [
      'a registry in another file',
      {
        'main.py': 'from .registry import register, MODELS\n@register("a")\nclass A: pass\nmodel = MODELS["a"]()',
        'registry.py':
          'MODELS = {}\ndef register(name):\n    def wrap(cls):\n        MODELS[name] = cls\n        return cls\n    return wrap',
      },
    ],
    [
      'a star of names',
      { 'main.py': 'from .ops import *\ny = relu(1)', 'ops.py': '__all__ = ["relu"]\ndef relu(x): return max(x, 0)' },
    ],
    [
      'paths',
      {
        'main.py':
          'from .paths import WEIGHTS\nimport torch\ndef load(): return torch.load(WEIGHTS, weights_only=True)',
        'paths.py': 'import os\nWEIGHTS = os.path.join(os.path.dirname(__file__), "w.pth")',
      },
    ],
    ['a file that is not there', { 'main.py': 'from .gone import x\nx(1)' }],
    ['a file of the name of a library', { 'main.py': 'import torch\ntorch.nn.Linear(1, 1)', 'torch.py': 'nn = None' }],
    [
      'a chain that never ends',
      Object.fromEntries([
        ['main.py', 'from .m0 import f'],
        ...Array.from({ length: 60 }, (_, at) => [
          `m${at}.py`,
          `from .m${(at + 1) % 60} import f\nfrom .m${(at + 7) % 60} import g\ndef h(x): return g(f(x))`,
        ]),
      ]) as Files,
    ],
  ])('are read and are nothing: %s', async (_, files) => {
    const { loud, gaps } = await told(files);
    expect([loud, gaps]).toEqual([[], []]);
  });
});

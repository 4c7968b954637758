import { describe, expect, it } from 'vitest';
import { judgePython } from '../../../src/static/python-source/source-judge.js';
import { STATIC_RULES, type StaticRuleId } from '../../../src/static/rules.js';
import { analyse } from '../support.js';

const rules = (source: string): StaticRuleId[] => judgePython(source).hits.map(({ rule }) => rule);
const LOUD = new Set(['critical', 'high', 'medium']);
const loud = (source: string) => rules(source).filter((rule) => LOUD.has(STATIC_RULES[rule].severity));

const MODELING = `# coding=utf-8
"""PyTorch model. Do not run os.system('x') here."""
import math
import os
from typing import List, Optional, Tuple, Union
import torch
import torch.nn.functional as F
from torch import nn
from transformers.modeling_utils import PreTrainedModel
from .configuration_x import XConfig

try:
    from flash_attn import flash_attn_func
    from einops import rearrange
except ImportError:
    flash_attn_func = None

_CHECKPOINT_FOR_DOC = "org/model"
ACT = {"gelu": F.gelu, "swish": lambda x: x * torch.sigmoid(x)}
compiled = torch.compile(nn.Linear(1, 1))
os.environ["TOKENIZERS_PARALLELISM"] = "false"


class XAttention(nn.Module):
    """Attention with \\"\\"\\"quotes\\"\\"\\"."""

    def __init__(self, config: XConfig, layer_idx: Optional[int] = None):
        super().__init__()
        self.inv = 1.0 / (config.base ** (torch.arange(0, 64, 2).float() / 64))
        self.register_buffer("inv_freq", self.inv, persistent=False)
        getattr(self, f"layer_{layer_idx}", None)

    @torch.no_grad()
    def forward(self, hidden_states, mask=None, **kwargs) -> Tuple[torch.Tensor, ...]:
        self.eval()
        path = os.path.join(os.path.dirname(__file__), f"{self.__class__.__name__!r}-{mask:>{10}}.bin")
        if not os.path.exists(path):
            raise ValueError(f"{{no}} {path}")
        weights = torch.load(path, map_location="cpu", weights_only=True)
        re_compile = re.compile(r"\\d+'")
        return (hidden_states @ weights,)

    def exec(self, x): return x

    def from_pretrained(cls, name):
        image = Image.open(requests.get(name, stream=True).raw)
        return super().from_pretrained(name)

    def fetch(self, url):
        import requests
        return requests.get(url).content


if __name__ == "__main__":
    import subprocess
    model = XAttention(XConfig())
    print(model.exec(3))
`;

describe('ordinary code of a model', () => {
  it('gives nothing over low', () => {
    expect(loud(MODELING)).toEqual([]);
    expect(judgePython(MODELING).gaps).toEqual([]);
  });

  it('tells a picture that a function fetches as low, and the imports as info', () => {
    expect(rules(MODELING)).toEqual(['STATIC-PYTHON-LOW', 'STATIC-PYTHON-IMPORTS']);
  });
});

describe('code that does harm is known by its full name, however it is written', () => {
  it.each([
    ['a command on import', "import os\nos.system('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['under another name', "import os as o\no.system('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['imported from', "from os import system as s\ns('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['with a star', "from subprocess import *\nPopen(['id'])", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['given another name', "import os\nrun = os.system\nrun('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['in a class', "import os\nclass A:\n    x = os.popen('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['over lines', "import os\n(os\n .system\n ('id'))", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['joined lines', "import os\nos.\\\nsystem('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['after a function', "import os\ndef f():\n    pass\nos.system('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['beside other statements', "import os; os.system('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['in wide letters', "import os\nｏｓ.ｓｙｓｔｅｍ('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['in a formatted string', "x = f\"{__import__('os').system('id')}\"", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['as a decorator', "import os\n@os.system\ndef f(): pass\nos.system('x')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['by posix', "import posix\nposix.system('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['a library', "from ctypes import CDLL\nCDLL('./x.so')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['by import_module', "import importlib\nimportlib.import_module('os').system('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['by getattr', "import os\ngetattr(os, 'sys' + 'tem')('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['by sys.modules', "import sys\nsys.modules['os'].system('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    ['backwards', "__import__('so'[::-1]).system('id')", 'STATIC-PYTHON-EXEC-IMPORT'],
    [
      'a command in a method',
      "import os\nclass A:\n    def __init__(self):\n        os.system('id')",
      'STATIC-PYTHON-EXEC',
    ],
    ['in one line', "import os\ndef f(): os.system('id')", 'STATIC-PYTHON-EXEC'],
    ['the network on import', 'import socket\ns = socket.socket()', 'STATIC-PYTHON-NETWORK-IMPORT'],
    [
      'a request on import',
      "from urllib.request import urlopen\nurlopen('http://192.0.2.1')",
      'STATIC-PYTHON-NETWORK-IMPORT',
    ],
    ['deletion on import', "import shutil\nshutil.rmtree('/')", 'STATIC-PYTHON-DELETE-IMPORT'],
    ['decoded code', "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))", 'STATIC-PYTHON-OBFUSCATED'],
    [
      'decoded code over a name',
      "import zlib\ncode = zlib.decompress(b'x')\nmore = code.decode()\nexec(more)",
      'STATIC-PYTHON-OBFUSCATED',
    ],
    ['letters by number', "exec(''.join(chr(c) for c in [112]))", 'STATIC-PYTHON-OBFUSCATED'],
    ['bytecode', "import marshal, base64\nmarshal.loads(base64.b64decode('4wAA'))", 'STATIC-PYTHON-OBFUSCATED'],
    [
      'fetched code',
      "from urllib.request import urlopen\nexec(urlopen('http://192.0.2.1').read())",
      'STATIC-PYTHON-OBFUSCATED',
    ],
    ['an encoding that hides', '# coding: rot13\nvzcbeg bf', 'STATIC-PYTHON-OBFUSCATED'],
    ['eval', 'def f(x):\n    return eval(x)', 'STATIC-PYTHON-CODE'],
    ['eval by builtins', 'import builtins\nbuiltins.eval(x)', 'STATIC-PYTHON-CODE'],
    ['a detour', '().__class__.__base__.__subclasses__()', 'STATIC-PYTHON-DETOUR'],
    ['a computed name', "import os\ngetattr(os, name)('id')", 'STATIC-PYTHON-DETOUR'],
    ['turned text', 'x = "\u202e"', 'STATIC-PYTHON-DETOUR'],
    ['its own file', "def f():\n    open(__file__, 'a').write('x')", 'STATIC-PYTHON-REACH'],
    ['a server', "import smtplib\ndef f():\n    smtplib.SMTP('mail.example.com')", 'STATIC-PYTHON-NETWORK'],
    ['a scanner', 'import picklescan.scanner', 'STATIC-PYTHON-TAMPER'],
    ['a place that comes back', "open('/home/u/.ssh/authorized_keys', 'a')", 'STATIC-PYTHON-PERSISTENCE'],
    [
      'a hidden pickle',
      `x = "${Buffer.from(`\x80\x04\x95${'x'.repeat(40)}.`, 'latin1').toString('base64')}"`,
      'STATIC-PYTHON-PAYLOAD',
    ],
    ['a hidden program', `x = "${Buffer.from(`\x7fELF${'\0'.repeat(60)}`).toString('hex')}"`, 'STATIC-PYTHON-PAYLOAD'],
    ['an unpickler', 'import pickle\ndef f(x):\n    return pickle.load(x)', 'STATIC-PYTHON-LOW'],
  ])('%s', (_, source, rule) => {
    expect(rules(source)).toContain(rule);
  });

  it('says where in the file, in bytes', async () => {
    const source = "# ééé\nimport os\nos.system('id')\n";
    const { findings } = await analyse(source, 'modeling_x.py');
    expect(findings[0]).toMatchObject({
      rule: 'STATIC-PYTHON-EXEC-IMPORT',
      severity: 'high',
      evidence: [{ text: "os.system('id')", offset: Buffer.from(source).indexOf('os.system') }],
    });
  });
});

describe('hostile source', () => {
  it.each([
    ['quotes', '"'.repeat(300_000)],
    ['brackets', '('.repeat(300_000)],
    ['formatted strings in one another', 'f"{'.repeat(20_000)],
    ['calls of getattr', 'getattr('.repeat(20_000)],
    ['dots', `a${'.a'.repeat(200_000)}`],
    ['spaces', ' '.repeat(500_000)],
    ['an import of everything', `import ${'a, '.repeat(50_000)}b`],
  ])('%s: soon done', (_, source) => {
    // The runner's time limit is what tells a hang.
    expect(judgePython(source)).toMatchObject({ hits: [] });
  });

  it.each([
    [
      'a function among many that are handed on',
      `import os\nregister_all([${'len, '.repeat(30)}os.system])`,
      'STATIC-PYTHON-EXEC-IMPORT',
    ],
    [
      'a long way to what all classes derive from',
      `import operator\noperator.attrgetter('${'__class__.'.repeat(250)}__base__.__subclasses__')('')()`,
      'STATIC-PYTHON-DETOUR',
    ],
    ['a place of programs by a detour', "open('/tmp/../etc/./init.d/x', 'w')", 'STATIC-PYTHON-PERSISTENCE'],
    ['a file of passwords by a detour', "open('/tmp/..//etc/./shadow').read()", 'STATIC-PYTHON-PERSISTENCE'],
    [
      'a place that a system starts by a long detour',
      `open('/usr/${'lib/../'.repeat(100)}../etc/cron.d/x', 'w')`,
      'STATIC-PYTHON-PERSISTENCE',
    ],
    ['a long field', `'{0${'.__class__'.repeat(250)}.__init__.__globals__}'.format(x)`, 'STATIC-PYTHON-DETOUR'],
  ])('with %s is found', (_, source, rule) => {
    expect(judgePython(source).hits.map((hit) => hit.rule)).toContain(rule);
  });

  it('with many findings of one rule hides none of another', () => {
    const places = Array.from({ length: 300 }, (_, index) => `x = '/home/user${index}/.ssh/id_rsa'`);
    const { hits } = judgePython(`${places.join('\n')}\nimport os\nos.system('id')\n`);
    expect(new Set(hits.map(({ rule }) => rule))).toContain('STATIC-PYTHON-EXEC-IMPORT');
    expect(new Set(hits.map(({ rule }) => rule)).size).toBeGreaterThan(1);
  });

  it('that has no end is a gap', () => {
    expect(judgePython('x = """').gaps).toEqual([
      'it is no Python to its end: a string that begins at character 4 has no end',
    ]);
  });
});

/** Code as people publish it beside models: none of it starts a program, and none may be accused. */
export const HONEST: readonly (readonly [what: string, source: string])[] = [
  [
    'methods of its own that are called like those of modules for programs',
    'class Chat:\n    def system(self, text):\n        return text\n    def popen(self, n):\n        return n\n    def run(self, x):\n        return self.system(self.popen(x))\nChat().system("You are a model")',
  ],
  [
    'a dialogue that begins with a system text',
    'def talk(chat, llm):\n    chat.system("You are a model")\n    return llm.user("Hello")',
  ],
  [
    'the name of the platform',
    'import platform\nif platform.system() == "Windows" or platform.uname().system == "Darwin":\n    x = 1',
  ],
  [
    'an activation chosen by the configuration',
    'import torch.nn as nn\nclass M(nn.Module):\n    def __init__(self, config):\n        super().__init__()\n        self.act = getattr(nn, config.activation)()\n        self.norm = getattr(torch.nn, config.norm, None)',
  ],
  [
    'a dtype by its name',
    'import torch\ndef dtype(name):\n    return getattr(torch, name) if isinstance(name, str) else name',
  ],
  [
    'a registry',
    "MODELS = {}\ndef register(name):\n    def wrap(cls):\n        MODELS[name] = cls\n        return cls\n    return wrap\n@register('a')\nclass A:\n    pass\ndef create(name, **kw):\n    return MODELS[name](**kw)",
  ],
  [
    'a registry by subclasses',
    'class Base:\n    @classmethod\n    def find(cls, name):\n        for sub in cls.__subclasses__():\n            if sub.__name__ == name:\n                return sub()',
  ],
  [
    'classes of this file by name',
    'import sys\nclass A: pass\ndef get(name):\n    return getattr(sys.modules[__name__], name)()',
  ],
  ['globals of this file by name', 'class A: pass\ndef get(name):\n    return globals()[name]()'],
  [
    'lazy imports of transformers',
    "import sys\nfrom typing import TYPE_CHECKING\nfrom transformers.utils import _LazyModule, is_torch_available\n_import_structure = {'configuration_x': ['XConfig']}\nif TYPE_CHECKING:\n    from .configuration_x import XConfig\nelse:\n    sys.modules[__name__] = _LazyModule(__name__, globals()['__file__'], _import_structure, module_spec=__spec__)",
  ],
  [
    'lazy attributes',
    "import importlib\n_LAZY = {'A': '.a'}\ndef __getattr__(name):\n    if name in _LAZY:\n        return getattr(importlib.import_module(_LAZY[name], __name__), name)\n    raise AttributeError(name)",
  ],
  [
    'plug-ins of the own package',
    "import importlib, os\nfor f in os.listdir(os.path.dirname(__file__)):\n    if f.endswith('.py') and not f.startswith('_'):\n        importlib.import_module('mypkg.models.' + f[:-3])",
  ],
  [
    'an optional import',
    "import importlib\ntry:\n    flash = importlib.import_module('flash_attn')\nexcept ImportError:\n    flash = None\nif importlib.util.find_spec('triton') is not None:\n    import triton",
  ],
  [
    'a training class',
    "import os, time, json, argparse, logging\nimport torch\nfrom torch.utils.data import DataLoader, Dataset\nlogger = logging.getLogger(__name__)\nclass Trainer:\n    def __init__(self, model, opt='AdamW', lr=1e-4, **kwargs):\n        self.model = model\n        self.opt = getattr(torch.optim, opt)(model.parameters(), lr=lr, **kwargs)\n    def fit(self, loader, epochs=3):\n        for epoch in range(epochs):\n            for i, (x, y) in enumerate(loader):\n                loss = self.model(x.to(self.device), y)\n                loss.backward()\n                self.opt.step(); self.opt.zero_grad()\n            logger.info('epoch %d: %.3f', epoch, loss.item())\n    def save(self, path):\n        os.makedirs(os.path.dirname(path) or '.', exist_ok=True)\n        torch.save(self.model.state_dict(), path)\n        with open(os.path.join(path, 'log.json'), 'w') as f:\n            json.dump({'t': time.time()}, f)\n",
  ],
  [
    'a dataset',
    "import csv, pathlib\nfrom torch.utils.data import Dataset\nclass Data(Dataset):\n    def __init__(self, root, transform=None):\n        self.files = sorted(pathlib.Path(root).glob('*.jpg'))\n        self.transform = transform or (lambda x: x)\n        self.labels = {r['id']: int(r['y']) for r in csv.DictReader(open(root + '/y.csv'))}\n    def __len__(self): return len(self.files)\n    def __getitem__(self, i):\n        p = self.files[i]\n        return self.transform(Image.open(p).convert('RGB')), self.labels.get(p.stem, -1)\n    def __getattr__(self, name):\n        return getattr(self.inner, name)\n",
  ],
  [
    'a wrapper that passes attributes on',
    'class W:\n    def __init__(self, m): self.m = m\n    def __getattr__(self, n): return getattr(self.m, n)\n    def __call__(self, *a, **k): return self.m(*a, **k)\n    def __getattribute__(self, n): return object.__getattribute__(self, n)',
  ],
  [
    'attention by configuration',
    "import math, torch\nfrom transformers.activations import ACT2FN\nATTENTION_CLASSES = {'eager': object, 'sdpa': object}\nclass L(torch.nn.Module):\n    def __init__(self, config):\n        super().__init__()\n        self.act = ACT2FN[config.hidden_act]\n        self.attn = ATTENTION_CLASSES[config._attn_implementation](config=config)\n        self.scale = 1 / math.sqrt(config.head_dim)\n    def forward(self, x, *, use_cache: bool = False, **kw) -> 'torch.Tensor':\n        return self.act(self.attn(x)) if self.training else x",
  ],
  [
    'setattr over keywords',
    'class C:\n    def __init__(self, **kw):\n        for k, v in kw.items():\n            setattr(self, k, v)\n        self.__dict__.update(kw)',
  ],
  [
    'a hook',
    "import torch\nfeatures = {}\ndef hook(name):\n    def f(m, i, o): features[name] = o.detach()\n    return f\nmodel.layer.register_forward_hook(hook('a'))",
  ],
  [
    'a pool of workers',
    'from concurrent.futures import ThreadPoolExecutor\nfrom multiprocessing import Pool\ndef load(p): return p\ndef all_of(paths):\n    with ThreadPoolExecutor(8) as ex:\n        return list(ex.map(load, paths))\ndef more(ps):\n    with Pool() as pool: return pool.starmap(load, ps)',
  ],
  [
    'a cache in the home folder',
    "import os\nfrom pathlib import Path\nCACHE = Path.home() / '.cache' / 'mymodel'\nCACHE2 = os.path.join(os.path.expanduser('~'), '.cache', 'x')\nHF = os.environ.get('HF_HOME', os.path.expanduser('~/.cache/huggingface'))",
  ],
  [
    'base64 pictures',
    "import base64, io\ndef picture(inputs):\n    return Image.open(io.BytesIO(base64.b64decode(inputs['image'])))\ndef encode(x): return base64.b64encode(x).decode('utf-8')",
  ],
  [
    'a literal evaluated',
    'import ast, json\ndef parse(x):\n    try: return json.loads(x)\n    except ValueError: return ast.literal_eval(x)',
  ],
  [
    'a compiled pattern',
    "import re\nPAT = re.compile(r'\\w+', re.I)\nmodel = torch.compile(model)\nmodel.eval()\nkeras_model.compile(optimizer='adam', loss='mse')",
  ],
  [
    'words by their bytes, as GPT-2 does',
    "from functools import lru_cache\n@lru_cache()\ndef bytes_to_unicode():\n    bs = list(range(ord('!'), ord('~') + 1)) + list(range(ord('\\xa1'), ord('\\xac') + 1))\n    cs = bs[:]\n    n = 0\n    for b in range(2**8):\n        if b not in bs:\n            bs.append(b)\n            cs.append(2**8 + n)\n            n += 1\n    cs = [chr(n) for n in cs]\n    return dict(zip(bs, cs))\nBYTES = bytes_to_unicode()",
  ],
  [
    'an inspected signature',
    'import inspect\ndef names(f):\n    return list(inspect.signature(f).parameters)\ndef old(f):\n    return f.__code__.co_varnames[:f.__code__.co_argcount]',
  ],
  [
    'a handler of an endpoint',
    "from typing import Any, Dict\nimport torch\nfrom transformers import pipeline\nclass EndpointHandler:\n    def __init__(self, path=''):\n        self.pipe = pipeline('text-classification', model=path, device=0 if torch.cuda.is_available() else -1)\n    def __call__(self, data: Dict[str, Any]):\n        inputs = data.pop('inputs', data)\n        return self.pipe(inputs, **data.pop('parameters', {}))",
  ],
  [
    'a handler of TorchServe',
    "import os, json, torch\nfrom ts.torch_handler.base_handler import BaseHandler\nclass H(BaseHandler):\n    def initialize(self, ctx):\n        p = ctx.system_properties.get('model_dir')\n        self.model = torch.jit.load(os.path.join(p, ctx.manifest['model']['serializedFile']))\n    def handle(self, data, ctx):\n        return [x.tolist() for x in self.model(self.preprocess(data))]",
  ],
  [
    'a tokenizer',
    "import os, unicodedata\nfrom shutil import copyfile\nimport sentencepiece as spm\nfrom transformers.tokenization_utils import PreTrainedTokenizer\nVOCAB_FILES_NAMES = {'vocab_file': 'tokenizer.model'}\nclass T(PreTrainedTokenizer):\n    vocab_files_names = VOCAB_FILES_NAMES\n    def __init__(self, vocab_file, unk='<unk>', **kw):\n        self.sp = spm.SentencePieceProcessor()\n        self.sp.Load(vocab_file)\n        super().__init__(unk_token=unk, **kw)\n    def save_vocabulary(self, d, prefix=None):\n        out = os.path.join(d, (prefix + '-' if prefix else '') + 'tokenizer.model')\n        if os.path.abspath(self.vocab_file) != os.path.abspath(out) and os.path.isfile(self.vocab_file):\n            copyfile(self.vocab_file, out)\n        return (out,)\n    def __getstate__(self):\n        state = self.__dict__.copy()\n        state['sp'] = None\n        return state",
  ],
  [
    'the class of an object of the configuration',
    "def instantiate(config):\n    mapping = {'a': dict, 'b': list}\n    return mapping.get(config['type'], dict)(**config.get('args', {}))",
  ],
  [
    'new syntax',
    "from dataclasses import dataclass, field\n@dataclass(slots=True)\nclass P[T]:\n    x: int = 0\n    y: list[int] = field(default_factory=list)\ntype Alias = int | str\ndef f[T: (int, str)](a: T, /, b, *, c=1) -> T:\n    match a:\n        case {'k': v, **rest} if v > 1: return v\n        case P(x=0) | [1, *_]: pass\n        case _: pass\n    async def g():\n        async with a as b, c as d: yield await x\n        async for i in y: print(f'{i!r:>{10}} {i=}', file=None)\n    return lambda *a, k=1, **kw: (yield)\nx = y = 3; z: int = 4\nprint(*[1, 2], **{}, sep='')\nwith (open('a') as p, open('b') as q): pass\ntry: pass\nexcept* ValueError as e: pass\nassert (n := 10) > 5, 'x'\ndel x, y\nglobal_ = 1_000.5e3j if not x else ~1 @ 2 // 3 ** -4\na[1:2, ..., ::3] = b\nnonlocal_ = not a is not b not in c",
  ],
  [
    'the version of a library',
    "import importlib.metadata, packaging.version\nV = packaging.version.parse(importlib.metadata.version('torch'))\nif V >= packaging.version.parse('2.0'):\n    from torch.nn import RMSNorm",
  ],
  [
    'printing on the first process only',
    "import builtins as __builtin__\ndef setup(is_master):\n    builtin_print = __builtin__.print\n    def print(*args, **kwargs):\n        if is_master or kwargs.pop('force', False):\n            builtin_print(*args, **kwargs)\n    __builtin__.print = print",
  ],
  [
    'an attention that is put in place',
    'import transformers\ndef forward(self, x): return x\ndef replace():\n    transformers.models.llama.modeling_llama.LlamaAttention.forward = forward',
  ],
  [
    'a check for a program',
    "import shutil, os, sys, signal\nHAS = shutil.which('nvcc') is not None\nif hasattr(os, 'sched_getaffinity'): N = len(os.sched_getaffinity(0))\nsys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))\nsys.setrecursionlimit(10000)\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nos.environ.setdefault('CUDA_VISIBLE_DEVICES', '0')",
  ],
  ['wandb', "import wandb, os\nrun = wandb.init(project='x')\nrun.log({'a': 1})\nos.environ['WANDB_MODE'] = 'offline'"],
  [
    'run variable named as function',
    'from typing import Callable\ndef call(fn: Callable, *args): return fn(*args)\ndef main():\n    run = lambda x: x + 1\n    print(call(run, 2))\nmain()',
  ],
  [
    'system prompts',
    "system = 'You are helpful'\nmessages = [{'role': 'system', 'content': system}]\ndef chat(model, system): return model.system(system)",
  ],
  [
    'exec method',
    "class Executor:\n    def exec(self, q): return q\n    def eval(self, x): return x\ne = Executor()\ne.exec('a'); e.eval('b')",
  ],
  ['popen arg', 'def stack(items):\n    items.pop()\n    return items.copy()\nstack([1])'],
  [
    'getattr with default',
    "def opt(args, name, default=None):\n    return getattr(args, name, default)\nx = getattr(object(), 'y', None)",
  ],
  [
    'activations dict',
    "import torch.nn as nn\nACT = {'relu': nn.ReLU, 'gelu': nn.GELU}\ndef act(n): return ACT[n]()\nblock = nn.Sequential(*[act(n) for n in ('relu', 'gelu')])",
  ],
  [
    'optimizer by name',
    'import torch\ndef build(cfg, params):\n    cls = getattr(torch.optim, cfg.name)\n    sch = getattr(torch.optim.lr_scheduler, cfg.sched)\n    o = cls(params, lr=cfg.lr)\n    return o, sch(o)',
  ],
  [
    'models by name',
    "import torchvision.models as models\nm = models.__dict__['resnet50'](pretrained=False)\nnames = sorted(n for n in models.__dict__ if n.islower() and callable(models.__dict__[n]))",
  ],
  [
    'timm style',
    "import sys\n_model_entrypoints = {}\ndef register_model(fn):\n    mod = sys.modules[fn.__module__]\n    name = fn.__name__\n    if hasattr(mod, '__all__'): mod.__all__.append(name)\n    else: mod.__all__ = [name]\n    _model_entrypoints[name] = fn\n    return fn\n@register_model\ndef net(**k): return object()\ndef create_model(n, **k): return _model_entrypoints[n](**k)",
  ],
  [
    'argparse type',
    "import argparse\ndef str2bool(v): return v.lower() in ('yes', 'true')\np = argparse.ArgumentParser()\np.add_argument('--x', type=str2bool, default=False)\nargs, _ = p.parse_known_args([])",
  ],
  [
    'decorators',
    'import functools, time\ndef timed(f):\n    @functools.wraps(f)\n    def w(*a, **k):\n        t = time.time()\n        r = f(*a, **k)\n        print(time.time() - t)\n        return r\n    return w\n@timed\ndef g(x): return x\ng(1)',
  ],
  [
    'lru',
    'from functools import lru_cache, partial\n@lru_cache(maxsize=None)\ndef f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nh = partial(f, 10)\nh()',
  ],
  [
    'cuda kernels by text',
    'import torch\ntry:\n    import triton\n    import triton.language as tl\n    @triton.jit\n    def k(x_ptr, n, BLOCK: tl.constexpr):\n        pid = tl.program_id(0)\n        o = pid * BLOCK + tl.arange(0, BLOCK)\n        tl.store(x_ptr + o, 0, mask=o < n)\nexcept ImportError:\n    triton = None',
  ],
  [
    'download weights in function',
    "import os, requests\nfrom tqdm import tqdm\ndef download(url, path):\n    with requests.get(url, stream=True) as r:\n        with open(path, 'wb') as f:\n            for c in r.iter_content(8192): f.write(c)\ndef ensure():\n    if not os.path.exists('w.pt'): download('https://example.com/w.pt', 'w.pt')",
  ],
  [
    'hub download',
    "from huggingface_hub import hf_hub_download, snapshot_download\ndef get(repo): return hf_hub_download(repo_id=repo, filename='model.safetensors')",
  ],
  [
    'safe unpickler',
    "import pickle\nclass Safe(pickle.Unpickler):\n    def find_class(self, m, n):\n        if m == 'collections': return super().find_class(m, n)\n        raise pickle.UnpicklingError(n)\ndef load(f): return Safe(f).load()",
  ],
  [
    'type check',
    "import subprocess, socket\ndef f(p: subprocess.Popen, s: 'socket.socket') -> socket.socket:\n    if isinstance(p, subprocess.Popen): return s\n    try: pass\n    except subprocess.CalledProcessError: raise",
  ],
  ['dynamic class', "def make(name, base): return type(name, (base,), {'x': 1})\nA = make('A', object)\nA()"],
  [
    'metaclass registry',
    "class Meta(type):\n    registry = {}\n    def __new__(mcs, n, b, d):\n        c = super().__new__(mcs, n, b, d)\n        Meta.registry[n] = c\n        return c\nclass A(metaclass=Meta): pass\nMeta.registry['A']()",
  ],
  [
    'entry points',
    "from importlib.metadata import entry_points\nfor ep in entry_points(group='x.plugins'):\n    plugin = ep.load()\n    plugin()",
  ],
  [
    'version by re',
    "import re\nwith open('x/__init__.py') as f: v = re.search(r'__version__ = \"(.*)\"', f.read()).group(1)",
  ],
  [
    'chat template render',
    "from jinja2 import Template\nt = Template('{{ x }}')\nprint(t.render(x=1))\ns = 'a {} b {name}'.format(1, name='c')\nu = '%s-%d' % ('a', 3)",
  ],
  [
    'bytes tables',
    "import struct, zlib, hashlib, base64\nh = hashlib.sha256(b'abc').hexdigest()\nd = base64.b64encode(zlib.compress(b'x' * 100)).decode()\nmagic = bytes([0x89, 0x50, 0x4e, 0x47]).hex()\nx = struct.unpack('<I', b'\\x01\\x00\\x00\\x00')[0]",
  ],
  [
    'numba',
    'import numba\n@numba.njit(cache=True)\ndef f(x):\n    s = 0\n    for i in range(len(x)):\n        if x[i] > 0: s += x[i]\n    return s',
  ],
  [
    'dataset script',
    "import datasets, json\n_URLS = {'train': 'https://example.com/t.json'}\nclass D(datasets.GeneratorBasedBuilder):\n    def _split_generators(self, dl_manager):\n        p = dl_manager.download_and_extract(_URLS)\n        return [datasets.SplitGenerator(name=k, gen_kwargs={'filepath': v}) for k, v in p.items()]\n    def _generate_examples(self, filepath):\n        with open(filepath, encoding='utf-8') as f:\n            for i, l in enumerate(f): yield i, json.loads(l)",
  ],
  [
    'sympy and ops',
    "import operator\nOPS = {'+': operator.add, '-': operator.sub, '*': operator.mul}\ndef ev(a, op, b): return OPS[op](a, b)\nev(1, '+', 2)",
  ],
  [
    'signal and timers',
    "import signal, threading, atexit, time\nstop = threading.Event()\ndef on(sig, frame): stop.set()\nsignal.signal(signal.SIGTERM, on)\natexit.register(lambda: print('bye'))\nt = threading.Timer(1, stop.set)\nthreading.Thread(target=time.sleep, args=(1,), daemon=True).start()",
  ],
  [
    'lazy import getattr of module',
    "import importlib\nclass LazyLoader:\n    def __init__(self, name): self._n = name; self._m = None\n    def __getattr__(self, item):\n        if self._m is None: self._m = importlib.import_module('mypkg.' + self._n)\n        return getattr(self._m, item)\nnp = LazyLoader('numpy_like')",
  ],
  ['exec of a constant', "exec('x = 1')\ny = eval('1 + 2')\nf = eval('lambda a: a * 2')\nf(3)"],
];

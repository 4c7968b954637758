"""Lists what calls of the functions and classes of libraries reach, read off their sources.

    python3 scripts/library-names.py --fetch FOLDER            downloads the wheels of scripts/library-names.txt and keeps their sources
    python3 scripts/library-names.py FOLDER > src/names/libraries.txt

No package is installed or imported: wheels are read as archives, sources by `ast`. Of each package two versions are read: the newest that pip
takes for this Python, and the newest for Python 3.7, whose names the models of some years ago have.

For each function the calls in its body are followed with what its arguments flow into, within the package and across packages, until nothing
changes. A function acts when an argument of it, as it is or as a part of a text, a path or a list, gets to a function of SINKS. It is quiet when
no argument gets there, nor into a call that could not be followed. Everything else is left out: DynScan does not know it.
"""

import argparse, ast, builtins, collections, concurrent.futures, gc, heapq, marshal, os, pathlib, re, subprocess, sys, tempfile, zipfile

# What calls of Python's own do, and with which of their arguments: positions, names, or * for all of them.
# e starts programs, c runs code, n loads native code, i imports or calls by name, l unpickles, w network, d deletes, f opens files, s changes
# the process, a calls its argument.
SINKS = """
e os.system 0 command | os.popen 0 cmd | os.startfile 0 | os.kill 0 | os.killpg 0 | pty.spawn 0 argv | webbrowser.open 0 url | webbrowser.open_new 0 | webbrowser.open_new_tab 0
e os.execv * | os.execve * | os.execvp * | os.execvpe * | os.execl * | os.execle * | os.execlp * | os.execlpe * | os.posix_spawn * | os.posix_spawnp *
e os.spawnv * | os.spawnve * | os.spawnvp * | os.spawnvpe * | os.spawnl * | os.spawnle * | os.spawnlp * | os.spawnlpe *
e subprocess.run 0 args executable | subprocess.call 0 args executable | subprocess.check_call 0 args executable | subprocess.check_output 0 args executable
e subprocess.Popen 0 args executable | subprocess.getoutput 0 cmd | subprocess.getstatusoutput 0 cmd | asyncio.create_subprocess_exec * | asyncio.create_subprocess_shell 0 cmd
e asyncio.subprocess.create_subprocess_exec * | asyncio.subprocess.create_subprocess_shell 0 | distutils.spawn.spawn 0 | commands.getoutput 0 | commands.getstatusoutput 0
c builtins.exec 0 | builtins.eval 0 | builtins.compile 0 | runpy.run_path 0 path_name | runpy.run_module 0 mod_name | runpy._run_module_as_main 0 | code.interact 1 | timeit.timeit 0 1 stmt setup
c timeit.Timer 0 1 stmt setup | timeit.repeat 0 1 | cProfile.run 0 | profile.run 0 | pdb.run 0 | types.FunctionType 0 | types.CodeType * | marshal.load 0 | marshal.loads 0 | imp.load_source 1 | imp.load_module 0 2
c importlib.util.spec_from_file_location 1 location | importlib.machinery.SourceFileLoader 1 | importlib.machinery.SourcelessFileLoader 1 | zipimport.zipimporter 0 | execfile 0
n ctypes.CDLL 0 name | ctypes.PyDLL 0 name | ctypes.WinDLL 0 | ctypes.OleDLL 0 | ctypes.cdll.LoadLibrary 0 | ctypes.windll.LoadLibrary 0 | ctypes.pydll.LoadLibrary 0 | importlib.machinery.ExtensionFileLoader 1
n imp.load_dynamic 1 | ctypes.string_at 0 | ctypes.memmove * | ctypes.LibraryLoader.LoadLibrary 1
i builtins.__import__ 0 name | importlib.import_module 0 name | importlib.__import__ 0 | pkgutil.resolve_name 0 | pydoc.locate 0 | logging.config.dictConfig 0 | logging.config.fileConfig 0 | importlib.util.find_spec 0
l pickle.load 0 file | pickle.loads 0 data | pickle.Unpickler 0 | pickle._Unpickler 0 | pickle._load 0 | pickle._loads 0 | shelve.open 0
w socket.create_connection 0 address | socket.getaddrinfo 0 host | socket.gethostbyname 0 | socket.create_server 0 | urllib.request.urlopen 0 url | urllib.request.urlretrieve 0 url | urllib.request.Request 0 url
w http.client.HTTPConnection 0 host | http.client.HTTPSConnection 0 host | ftplib.FTP 0 host | smtplib.SMTP 0 host | smtplib.SMTP_SSL 0 | telnetlib.Telnet 0 | xmlrpc.client.ServerProxy 0 uri | asyncio.open_connection 0 host
w urllib.urlopen 0 | urllib.urlretrieve 0 | urllib2.urlopen 0 | requests.get 0 url | requests.post 0 url | requests.put 0 url | requests.head 0 url | requests.delete 0 url | requests.patch 0 url | requests.options 0 url
w requests.request 1 url | requests.api.request 1 url | requests.sessions.Session.get 1 url | requests.sessions.Session.post 1 url | requests.sessions.Session.request 2 url | httpx.get 0 url | httpx.post 0 url | httpx.stream 1 url
w urllib3.request 1 url | urllib3.poolmanager.PoolManager.request 2 url | aiohttp.client.ClientSession.get 1 url | aiohttp.client.ClientSession.post 1 url | aiohttp.client.ClientSession._request 2
w smtplib.SMTP.connect 1 | imaplib.IMAP4 0 | imaplib.IMAP4_SSL 0 | poplib.POP3 0 | http.client.HTTPConnection.request 2 | socket.socket.connect 1 | ssl.get_server_certificate 0
d os.remove 0 path | os.unlink 0 path | os.rmdir 0 path | os.removedirs 0 name | os.truncate 0 path | shutil.rmtree 0 path | pathlib.Path.unlink 0 | pathlib.Path.rmdir 0
f builtins.open 0 file | io.open 0 file | os.open 0 path | io.FileIO 0 | codecs.open 0 filename | gzip.open 0 filename | bz2.open 0 filename | lzma.open 0 filename | gzip.GzipFile 0 filename | bz2.BZ2File 0 | lzma.LZMAFile 0
f zipfile.ZipFile 0 file | tarfile.open 0 name | tarfile.TarFile 0 | shutil.copy 0 1 src dst | shutil.copyfile 0 1 src dst | shutil.copy2 0 1 src dst | shutil.copytree 0 1 src dst | shutil.move 0 1 src dst | shutil.unpack_archive 0 1
f shutil.make_archive 0 2 | os.rename 0 1 src dst | os.replace 0 1 src dst | os.link 0 1 | os.symlink 0 1 src dst | os.mkdir 0 path | os.makedirs 0 name | os.chmod 0 path | os.chown 0 path | os.listdir 0 path | os.scandir 0 path
f os.walk 0 top | os.mkfifo 0 | os.mknod 0 | os.chdir 0 path | os.utime 0 | sqlite3.connect 0 database | logging.FileHandler 0 filename | linecache.getline 0 | linecache.getlines 0 | fileinput.input 0 | mmap.mmap 0 | dbm.open 0
f pathlib.Path.open 0 | pathlib.Path.write_text 0 | pathlib.Path.write_bytes 0 | pathlib.Path.read_text 0 | pathlib.Path.read_bytes 0 | pathlib.Path.mkdir 0 | pathlib.Path.touch 0 | pathlib.Path.rename 0 1 | pathlib.Path.symlink_to 0 1
f pathlib.Path.iterdir 0 | pathlib.Path.glob 0 | pathlib.Path.rglob 0 | pathlib.Path.replace 0 1 | pathlib.Path.chmod 0 | numpy.fromfile 0 file | numpy.core.multiarray.fromfile 0 file | numpy._core.multiarray.fromfile 0 file | torch._C._VariableFunctions.from_file 0 filename | h5py.File 0 | os.fdopen 0
f tempfile.NamedTemporaryFile dir | tempfile.mkstemp dir | tempfile.mkdtemp dir | xml.etree.ElementTree.parse 0 | configparser.ConfigParser.read 1 | configparser.RawConfigParser.read 1 | glob.glob 0 | glob.iglob 0
s os.putenv 0 key | os.environ.update 0 | os.environ.setdefault 0 | os.environ.__setitem__ 0 | os.unsetenv 0 | os._exit 0 | sys.settrace 0 | sys.setprofile 0 | sys.path.insert 1 | sys.path.append 0 | os.setuid 0 | os.umask 0 | signal.signal 1
s sys.addaudithook 0 | sys.setrecursionlimit 0 | resource.setrlimit 1 | sys.meta_path.insert 1 | sys.meta_path.append 0 | sys.modules.__setitem__ 0 1 | sys.modules.pop 0 | sys.modules.update 0 | faulthandler.enable 0
a threading.Thread 1 target | threading.Timer 1 function | multiprocessing.Process 1 target | multiprocessing.context.Process 1 target | atexit.register 0 | functools.reduce 0 | builtins.map 0 | builtins.filter 0 | concurrent.futures.ThreadPoolExecutor.submit 1
a asyncio.run 0 | contextvars.Context.run 1 | weakref.finalize 1
"""
# Beyond what their arguments decide: a function that gets to one of these without an argument of its caller is no quiet one.
LOUD = set("ecndw")
CAPABILITIES = "ecnilwdfsa!"

# Functions whose result is their argument in another form: what got in is still what comes out.
CARRIES = set("""
builtins.str builtins.bytes builtins.bytearray builtins.list builtins.tuple builtins.set builtins.dict builtins.frozenset builtins.iter builtins.next builtins.sorted builtins.reversed
builtins.repr builtins.zip builtins.enumerate builtins.getattr builtins.max builtins.min builtins.open builtins.vars builtins.format
os.fspath os.fsdecode os.fsencode os.path.join os.path.abspath os.path.expanduser os.path.expandvars os.path.normpath os.path.realpath os.path.dirname os.path.basename os.path.splitext
os.path.split os.path.relpath os.path.normcase io.open io.BytesIO io.StringIO io.TextIOWrapper io.BufferedReader codecs.open gzip.open bz2.open lzma.open gzip.GzipFile
pathlib.Path pathlib.PurePath pathlib.PosixPath shlex.split shlex.quote shlex.join textwrap.dedent textwrap.indent copy.copy copy.deepcopy base64.b64decode base64.b64encode zlib.decompress
urllib.parse.urljoin urllib.parse.quote urllib.parse.urlparse urllib.parse.urlsplit urllib.parse.urlunparse urllib.parse.unquote urllib.parse.urlencode urllib.request.Request urllib.request.url2pathname
json.loads json.dumps ast.parse ast.literal_eval functools.partial itertools.chain re.sub zipfile.ZipFile tarfile.open string.Template builtins.compile builtins.memoryview
collections.OrderedDict typing.cast contextlib.closing six.ensure_str six.text_type tokenize.open os.open os.fdopen urllib.request.urlopen ast.unparse
importlib.util.spec_from_file_location importlib.util.module_from_spec importlib.import_module builtins.__import__ inspect.getsource
""".split())
# Functions whose result tells nothing that could be run.
ENDS = set("""
builtins.len builtins.isinstance builtins.int builtins.float builtins.bool builtins.hash builtins.id builtins.type builtins.callable builtins.hasattr builtins.issubclass builtins.any builtins.all
builtins.sum builtins.abs builtins.round builtins.ord builtins.complex builtins.range builtins.divmod builtins.pow builtins.super os.path.exists os.path.isfile os.path.isdir os.path.getsize
""".split())
# Modules of Python's own whose functions and classes only compute: with SINKS they are all that is known of it.
PLAIN = set("""
_collections_abc abc array ast base64 binascii bisect calendar cmath collections colorsys copy copyreg csv datetime decimal difflib enum errno fnmatch fractions functools hashlib heapq
hmac html inspect ipaddress itertools json keyword logging math numbers operator pprint queue random re reprlib secrets shlex statistics string struct textwrap threading time token tokenize traceback
types typing typing_extensions unicodedata urllib.parse uuid warnings weakref zlib zoneinfo contextlib contextvars dataclasses platform locale gc sys os.path stat io argparse asyncio concurrent
graphlib __future__ sysconfig site tracemalloc selectors getpass gettext optparse configparser email html numbers importlib.metadata importlib.resources pkgutil dis opcode symtable linecache builtins
""".split())
# Parts of those that call or look up what they are given, or run it.
NOT_PLAIN = set("""
builtins.exec builtins.eval builtins.compile builtins.open builtins.__import__ builtins.getattr builtins.setattr builtins.delattr builtins.input builtins.breakpoint
operator.attrgetter operator.methodcaller operator.call types.FunctionType types.CodeType types.new_class dataclasses.make_dataclass functools.reduce functools.partial asyncio.run threading.Thread
""".split())
# Compiled functions of arrays and tensors. Those of them that open files are in SINKS.
COMPUTES = re.compile(r"(torch|torch\._C\.(_VariableFunctions|_nn|_linalg|_special|_fft)|torch\._VF|numpy(\._?core)?\.(multiarray|_multiarray_umath|umath)|pandas\._libs\.(tslibs|lib|algos|hashtable|missing|internals|sparse|interval|arrays|ops|index|properties)(\.\w+)*)\.[a-z]\w*$")
# Methods of texts, containers, arrays and tensors, and of what is made of them.
VALUES = set("""
append extend insert pop remove clear copy count index sort reverse get items keys values update setdefault popitem add discard union intersection difference issubset issuperset
split rsplit splitlines strip lstrip rstrip lower upper title capitalize casefold swapcase startswith endswith replace find rfind rindex join format encode decode zfill ljust rjust center expandtabs
isdigit isalpha isalnum isspace isupper islower isidentifier isnumeric isdecimal partition rpartition translate maketrans hex tobytes tolist
shape reshape astype view ravel flatten transpose squeeze unsqueeze sum mean std var min max argmax argmin any all cumsum dot clip round fill nonzero item itemset byteswap newbyteorder
to cpu cuda numpy detach clone size dim type float double half int long bool bfloat16 contiguous expand repeat permute masked_fill gather scatter matmul mm bmm t T zero_ fill_ copy_ uniform_ normal_
requires_grad_ numel element_size stride is_floating_point is_cuda ndim dtype device mul_ add_ sub_ div_ mul add sub div pow exp log sqrt abs neg sigmoid tanh relu softmax chunk split flip roll
isoformat strftime timestamp total_seconds replace date time weekday group groups groupdict match search sub findall finditer fullmatch start end span lookup
debug info warning warn error critical exception log setLevel addFilter isEnabledFor acquire release locked wait notify set is_set put qsize empty full
register_buffer register_parameter add_module register_module named_parameters parameters named_buffers buffers named_modules modules children named_children
""".split())
DIRECT, DERIVED = 0, 1
TREES = re.compile(r"(^|/)(tests?|testing/tests|_tests?|test_data|examples?|benchmarks?|docs?|conftest\.py|test_\w+\.py|\w+_test\.py|_vendor|vendor|externals?/cloudpickle|third_party)(/|$)")


def sinks():
    table = {}
    for line in SINKS.strip().splitlines():
        capability, _, rest = line.partition(" ")
        for entry in rest.split("|"):
            name, *which = entry.split()
            table.setdefault(name, []).append((capability, which))
    return table


# Reading one module -------------------------------------------------------------------------------------------------


def merge(into, more, strength=DIRECT):
    for token, value in more.items():
        value = max(value, strength)
        if into.get(token, 9) > value:
            into[token] = value
    return into


def union(*taints, strength=DIRECT):
    total = {}
    for taint in taints:
        merge(total, taint, strength)
    return total


class Function:
    """What the arguments of one function flow into: its calls, and the attributes of `self` that it sets."""

    MAX_INLINE = 3

    def __init__(self, module, node, owner, scope):
        self.module, self.owner = module, owner
        arguments = node.args
        self.positional = [one.arg for one in [*arguments.posonlyargs, *arguments.args]]
        self.keyword = [one.arg for one in arguments.kwonlyargs]
        self.rest = arguments.vararg.arg if arguments.vararg else None
        self.named = arguments.kwarg.arg if arguments.kwarg else None
        decorators = [dotted(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]
        self.static = owner is None or "staticmethod" in decorators
        self.bound = None if self.static or not self.positional else self.positional[0]
        self.decorators = decorators
        self.env, self.refs, self.locals, self.imports = {}, {}, {}, {}
        self.calls, self.attributes, self.reaches = {}, {}, set()
        self.inlined, self.returns = [], {}
        for name in [*self.positional, *self.keyword, self.rest, self.named]:
            if name and name != self.bound:
                self.env[name] = {name: DIRECT}
        # What a loop assigns at its end reaches its beginning.
        looped = any(isinstance(part, (ast.For, ast.AsyncFor, ast.While)) for part in ast.walk(node))
        for _ in range(2 if looped else 1):
            self.calls, self.reaches, self.returns = {}, set(), {}
            for statement in node.body:
                self.statement(statement)

    # Statements

    def statement(self, node):
        kind = type(node)
        if kind in (ast.FunctionDef, ast.AsyncFunctionDef):
            self.locals[node.name] = node
            return
        if kind is ast.ClassDef:
            return
        if kind is ast.Import or kind is ast.ImportFrom:
            for name, target in imported(node, self.module):
                if name != "*":
                    self.imports[name] = target
            return
        if kind is ast.Assign:
            taint, ref = self.value(node.value)
            for target in node.targets:
                self.assign(target, taint, ref)
        elif kind is ast.AnnAssign:
            if node.value:
                taint, ref = self.value(node.value)
                self.assign(node.target, taint, ref)
        elif kind is ast.AugAssign:
            taint, _ = self.value(node.value)
            self.assign(node.target, taint, None)
        elif kind in (ast.For, ast.AsyncFor):
            taint, _ = self.value(node.iter)
            self.assign(node.target, taint, None)
            self.block(node.body + node.orelse)
        elif kind in (ast.With, ast.AsyncWith):
            for item in node.items:
                taint, ref = self.value(item.context_expr)
                if ref and ref[0] == "instance":
                    self.call(("method", ref[1], "__enter__", ref[2]), [], {}, {}, {}, {})
                    self.call(("method", ref[1], "__exit__", ref[2]), [], {}, {}, {}, {})
                if item.optional_vars is not None:
                    self.assign(item.optional_vars, taint, ref)
            self.block(node.body)
        elif kind in (ast.If, ast.While):
            self.value(node.test)
            self.block(node.body + node.orelse)
        elif kind is ast.Try or kind.__name__ == "TryStar":
            self.block(node.body + [one for handler in node.handlers for one in handler.body] + node.orelse + node.finalbody)
        elif kind is ast.Return:
            if node.value:
                merge(self.returns, self.value(node.value)[0])
        elif kind is ast.Expr:
            self.value(node.value)
        elif kind is ast.Raise:
            for part in (node.exc, node.cause):
                if part:
                    self.value(part)
        elif kind is ast.Delete:
            pass
        elif kind is ast.Assert:
            self.value(node.test)
        elif kind is ast.Match:
            taint, _ = self.value(node.subject)
            for case in node.cases:
                for part in ast.walk(case.pattern):
                    if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name:
                        merge(self.env.setdefault(part.name, {}), taint)
                self.block(case.body)

    def block(self, nodes):
        for node in nodes:
            self.statement(node)

    def assign(self, target, taint, ref):
        if isinstance(target, ast.Name):
            merge(self.env.setdefault(target.id, {}), taint)
            if ref:
                self.refs.setdefault(target.id, ref)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for item in target.elts:
                self.assign(item, taint, None)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, taint, None)
        elif isinstance(target, ast.Attribute):
            if isinstance(target.value, ast.Name) and target.value.id == self.bound:
                merge(self.attributes.setdefault(target.attr, {}), taint)
                if ref and ref[0] == "instance":
                    self.refs.setdefault(f"self.{target.attr}", ref)
                if taint:
                    self.call(("set", target.attr), [taint], {}, {}, {}, {})
            else:
                self.value(target.value)
        elif isinstance(target, ast.Subscript):
            key, _ = self.value(target.slice)
            base, ref = self.value(target.value)
            if ref and ref[0] == "global" and (key or taint):
                self.call(("global", f"{ref[1]}.__setitem__"), [key, taint], {}, {}, {}, {})
            name = target.value
            if isinstance(name, ast.Name):
                merge(self.env.setdefault(name.id, {}), taint)
            elif isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name) and name.value.id == self.bound:
                merge(self.attributes.setdefault(name.attr, {}), taint)

    # Expressions: what flows into the value, and what it refers to

    def value(self, node):
        kind = type(node)
        if kind is ast.Name:
            return self.name(node.id)
        if kind is ast.Constant:
            return {}, None
        if kind is ast.Attribute:
            return self.attribute(node)
        if kind is ast.Call:
            return self.called(node)
        if kind in (ast.Compare,):
            self.value(node.left)
            for part in node.comparators:
                self.value(part)
            return {}, None
        if kind is ast.IfExp:
            self.value(node.test)
            one, ref = self.value(node.body)
            other, second = self.value(node.orelse)
            return union(one, other), ref or second
        if kind is ast.BoolOp:
            parts = [self.value(part) for part in node.values]
            return union(*(taint for taint, _ in parts)), next((ref for _, ref in parts if ref), None)
        if kind is ast.NamedExpr:
            taint, ref = self.value(node.value)
            self.assign(node.target, taint, ref)
            return taint, ref
        if kind is ast.Subscript:
            key, _ = self.value(node.slice)
            taint, ref = self.value(node.value)
            if ref and ref[0] == "global" and key:
                return union(taint, union(key, strength=DERIVED)), ("item", ref[1])
            return union(taint, union(key, strength=DERIVED)), None
        if kind is ast.Lambda:
            saved = {one.arg: self.env.pop(one.arg, None) for one in node.args.args}
            taint, _ = self.value(node.body)
            for name, before in saved.items():
                self.env.pop(name, None)
                if before is not None:
                    self.env[name] = before
            return union(taint, strength=DERIVED), None
        if kind in (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp):
            for generator in node.generators:
                taint, _ = self.value(generator.iter)
                self.assign(generator.target, taint, None)
                for test in generator.ifs:
                    self.value(test)
            parts = [node.key, node.value] if kind is ast.DictComp else [node.elt]
            return union(*(self.value(part)[0] for part in parts)), None
        if kind in (ast.Await, ast.YieldFrom, ast.Starred):
            found = self.value(node.value)
            if kind is ast.YieldFrom:
                merge(self.returns, found[0])
            return found
        if kind is ast.Yield:
            if node.value:
                merge(self.returns, self.value(node.value)[0])
            return {}, None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.value(node.operand)
            return {}, None
        parts = [self.value(child)[0] for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        return union(*parts), None

    def name(self, name):
        if name == self.bound:
            return {}, ("self",)
        if name in self.env or name in self.refs:
            return self.env.get(name, {}), self.refs.get(name)
        if name in self.locals:
            return {}, ("local", name)
        if name in self.imports:
            return {}, ("global", self.imports[name])
        return {}, ("global", f"{self.module}.{name}")

    def attribute(self, node):
        taint, ref = self.value(node.value)
        if ref is None:
            return taint, None
        if ref[0] == "global":
            return taint, ("global", f"{ref[1]}.{node.attr}")
        if ref[0] == "self":
            return union({f"@{node.attr}": DIRECT}, self.attributes.get(node.attr, {})), self.refs.get(f"self.{node.attr}")
        return taint, None

    def called(self, node):
        positional, star, named, twostar = [], {}, {}, {}
        references = []
        for one in node.args:
            if isinstance(one, ast.Starred):
                merge(star, self.value(one.value)[0])
            else:
                taint, ref = self.value(one)
                positional.append(taint)
                references.append(ref)
        for one in node.keywords:
            taint, ref = self.value(one.value)
            references.append(ref)
            if one.arg is None:
                merge(twostar, taint)
            else:
                named[one.arg] = taint
        everything = union(*positional, star, *named.values(), twostar)
        at = f"%{node.lineno}.{node.col_offset}.{node.end_col_offset}"
        for ref in references:
            if ref and ref[0] == "local":
                self.inline(ref[1], union(everything, strength=DERIVED))
        function = node.func
        if isinstance(function, ast.Attribute):
            # super().method(…)
            if isinstance(function.value, ast.Call) and isinstance(function.value.func, ast.Name) and function.value.func.id == "super":
                self.call(("super", function.attr), positional, star, named, twostar, {}, at)
                return {at: DIRECT}, None
            receiver, ref = self.value(function.value)
            if ref and ref[0] == "self":
                held = self.refs.get(f"self.{function.attr}")
                self.call(("self", function.attr), positional, star, named, twostar, {}, at)
                return {at: DIRECT, f"@{function.attr}": DERIVED}, held
            if ref and ref[0] == "instance":
                self.call(("method", ref[1], function.attr, ref[2]), positional, star, named, twostar, receiver, at)
                return union({at: DIRECT}, union(receiver, strength=DIRECT if function.attr in VALUES else DERIVED)), None
            if not (ref and ref[0] == "global"):
                self.call(("unknown", function.attr), positional, star, named, twostar, receiver)
                return union(everything, receiver, strength=DIRECT if function.attr in VALUES else DERIVED), None
            return self.calls_global(f"{ref[1]}.{function.attr}", positional, star, named, twostar, everything, at)
        taint, ref = self.value(function)
        if ref and ref[0] == "local":
            self.inline(ref[1], everything)
            return everything, None
        if ref and ref[0] == "global":
            return self.calls_global(ref[1], positional, star, named, twostar, everything, at)
        if ref and ref[0] == "instance":
            self.call(("method", ref[1], "__call__", ref[2]), positional, star, named, twostar, taint, at)
            return {at: DIRECT}, None
        self.call(("value", ref[1]) if ref and ref[0] == "item" else ("value", ""), positional, star, named, twostar, taint)
        return union(everything, taint, strength=DERIVED), None

    def calls_global(self, target, positional, star, named, twostar, everything, at):
        own = target[len(self.module) + 1 :] if target.startswith(self.module + ".") else ""
        plain = f"builtins.{own}" if own in BUILTINS else target
        self.call(("global", target), positional, star, named, twostar, {}, at)
        if plain in ENDS:
            return {}, None
        # An attribute by a name that an argument gives.
        if plain == "builtins.getattr" and len(positional) > 1 and positional[1]:
            return union(positional[0], positional[1]), ("item", "")
        last = target.rsplit(".", 1)[-1]
        instance = ("instance", target, (positional, star, named, twostar)) if re.match(r"_*[A-Z]", last) or plain == "builtins.open" else None
        return (everything if plain in CARRIES or instance else {at: DIRECT}), instance

    def inline(self, name, taint):
        """The body of a function in this one, run with what it is given."""
        node = self.locals[name]
        if name in self.inlined or len(self.inlined) >= self.MAX_INLINE:
            return
        self.inlined.append(name)
        returns, self.returns = self.returns, {}
        arguments = node.args
        names = [one.arg for one in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs] + [arguments.vararg, arguments.kwarg] if one]
        saved = {one: self.env.get(one) for one in names}
        for one in names:
            self.env[one] = dict(taint)
        self.block(node.body)
        for one, before in saved.items():
            if before is None:
                self.env.pop(one, None)
            else:
                self.env[one] = before
        self.inlined.pop()
        self.returns = returns

    def call(self, target, positional, star, named, twostar, receiver, at=""):
        """Records a call: what gets into it by which way."""
        if not (any(positional) or star or any(named.values()) or twostar or receiver):
            if target[0] in ("global", "self", "super", "method"):
                self.reaches.add(target[:3])
            if target[0] != "method" and target[0] != "self" and target[0] != "super":
                return
        key = repr((target[:3], positional, star, named, twostar, receiver, at))
        self.calls[key] = (target, positional, star, named, twostar, receiver, at)

    def facts(self):
        return {
            "p": self.positional, "k": self.keyword, "v": self.rest, "n": self.named, "s": self.static, "b": self.bound,
            "d": [one for one in self.decorators if one], "c": list(self.calls.values()), "a": {k: v for k, v in self.attributes.items() if v}, "r": sorted(self.reaches), "o": self.returns,
        }


BUILTINS = set(dir(builtins)) | {"unicode", "basestring", "execfile", "long", "xrange"}


def dotted(node):
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return base and f"{base}.{node.attr}"
    return None


def imported(node, module, package=False):
    """Pairs of a name and what it stands for; `module` is where the statement is."""
    if isinstance(node, ast.Import):
        for one in node.names:
            yield (one.asname, one.name) if one.asname else (one.name.split(".")[0], one.name.split(".")[0])
        return
    base = node.module or ""
    if node.level:
        parts = module.split(".")
        parts = parts[: len(parts) - node.level + (1 if module in PACKAGES else 0)]
        base = ".".join([*parts, *([node.module] if node.module else [])])
    for one in node.names:
        yield ("*", base) if one.name == "*" else (one.asname or one.name, f"{base}.{one.name}")


PACKAGES = set()


def read_module(module, source):
    """Names, functions and classes of one module."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    facts = {"names": {}, "stars": [], "functions": {}, "classes": {}, "rebuilds": []}
    body(module, tree.body, facts, "", None)
    return facts


def body(module, nodes, facts, prefix, owner):
    for node in nodes:
        kind = type(node)
        if kind in (ast.FunctionDef, ast.AsyncFunctionDef):
            name = prefix + node.name
            decorators = [dotted(one.func if isinstance(one, ast.Call) else one) or "" for one in node.decorator_list]
            if "overload" in decorators or "typing.overload" in decorators:
                continue
            if any(one.endswith((".setter", ".deleter")) for one in decorators):
                name = f"{name}.setter"
            try:
                function = Function(module, node, owner, prefix)
            except RecursionError:
                continue
            facts["functions"][name] = function.facts()
            facts["functions"][name]["t"] = [annotation(one) for one in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
            if "reduce" in node.name:
                for part in ast.walk(node):
                    if isinstance(part, ast.Return) and isinstance(part.value, ast.Tuple) and part.value.elts:
                        facts["rebuilds"].append((prefix.rstrip("."), dotted(part.value.elts[0]) or ""))
        elif kind is ast.ClassDef:
            name = prefix + node.name
            facts["classes"][name] = {
                "bases": [dotted(one.value if isinstance(one, ast.Subscript) else one) or (called_base(one)) for one in node.bases],
                "meta": next((dotted(one.value) or "?" for one in node.keywords if one.arg == "metaclass"), None),
                "decorators": [dotted(one.func if isinstance(one, ast.Call) else one) or "?" for one in node.decorator_list],
                "names": {},
                "fields": [one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and "ClassVar" not in annotation(one)],
            }
            inner = {"names": facts["classes"][name]["names"], "stars": [], "functions": facts["functions"], "classes": facts["classes"], "rebuilds": facts["rebuilds"]}
            body(module, node.body, inner, f"{name}.", name)
        elif kind in (ast.Import, ast.ImportFrom):
            for name, target in imported(node, module):
                if name == "*":
                    facts["stars"].append(target)
                else:
                    facts["names"].setdefault(name, target)
        elif kind in (ast.Assign, ast.AnnAssign):
            targets = node.targets if kind is ast.Assign else [node.target]
            if node.value is None:
                continue
            text = alias(node.value, module)
            for target in targets:
                if isinstance(target, ast.Name) and text:
                    facts["names"].setdefault(target.id, text)
        elif kind is ast.If:
            body(module, node.body + node.orelse, facts, prefix, owner)
        elif kind is ast.Try:
            body(module, node.body + [one for handler in node.handlers for one in handler.body] + node.orelse + node.finalbody, facts, prefix, owner)
        elif kind is ast.With:
            body(module, node.body, facts, prefix, owner)
        elif kind is ast.Expr and isinstance(node.value, ast.Call) and dotted(node.value.func) in ("copyreg.pickle", "copy_reg.pickle"):
            facts["rebuilds"].append(("", dotted(node.value.args[1]) or "" if len(node.value.args) > 1 else ""))


def called_base(node):
    return f"{dotted(node.func) or '?'}()" if isinstance(node, ast.Call) else "?"


def alias(node, module):
    """What a name is assigned: another name, `getattr(module, 'name')`, a partial call of one, or the instance of a class."""
    name = dotted(node)
    if name:
        return f".{name}"
    if isinstance(node, ast.Call):
        function = dotted(node.func)
        if function == "getattr" and len(node.args) >= 2 and isinstance(node.args[1], ast.Constant) and dotted(node.args[0]):
            return f".{dotted(node.args[0])}.{node.args[1].value}"
        if function in ("namedtuple", "collections.namedtuple", "NamedTuple", "typing.NamedTuple", "Enum", "enum.Enum"):
            return "builtins.tuple"
        if function in ("TypeVar", "typing.TypeVar"):
            return "builtins.object"
        if function and len(node.args) >= 1 and dotted(node.args[0]) and function.rsplit(".", 1)[-1] in ("wraps", "partial", "staticmethod", "classmethod", "deprecated", "lru_cache", "deprecate"):
            return f".{dotted(node.args[0])}"
        if function and re.match(r"_*[A-Z]", function.rsplit(".", 1)[-1]):
            return f"={function}"
    return None


def annotation(argument):
    if argument.annotation is None:
        return ""
    try:
        return ast.unparse(argument.annotation)
    except Exception:
        return "?"


def read_wheel(path):
    """All modules of one wheel, kept beside it for the next time."""
    kept = pathlib.Path(f"{path}.{STAMP}")
    if kept.exists():
        return marshal.loads(kept.read_bytes())
    modules, sources, stubs, compiled = {}, {}, {}, []
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for name in names:
            clean = re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", name)
            if ".data/" in name and clean == name or ".dist-info/" in name or TREES.search(clean):
                continue
            if not re.fullmatch(r"[\w/.+-]+", clean):
                continue
            module, _, ending = clean.partition(".")
            module = module.replace("/", ".")
            package = module.endswith("__init__")
            module = module.removesuffix(".__init__") if package else module
            if not all(part.isidentifier() for part in module.split(".")):
                continue
            if ending in ("py", "pyi"):
                (sources if ending == "py" else stubs)[module] = name
                if package:
                    PACKAGES.add(module)
            elif ending.endswith("so"):
                compiled.append(module)
        for module, name in sources.items():
            data = archive.read(name)
            if len(data) > 3_000_000:
                continue
            facts = read_module(module, data)
            if facts:
                modules[module] = facts
        for module, name in stubs.items():
            if module not in sources:
                facts = read_module(module, archive.read(name))
                if facts:
                    modules[module] = {**facts, "stub": True}
            elif module in PACKAGES:
                # A package that loads its modules lazily says in its stub what it has.
                facts = read_module(module, archive.read(name))
                if facts and module in modules:
                    for key, target in facts["names"].items():
                        modules[module]["names"].setdefault(key, target)
    result = {"modules": modules, "compiled": compiled}
    kept.write_bytes(marshal.dumps(plain(result)))
    return result


def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(plain(one) for one in value)
    return value


STAMP = "facts4"


# Following calls from function to function ---------------------------------------------------------------------------

SPELLINGS = {"posixpath": "os.path", "ntpath": "os.path", "posix": "os", "nt": "os", "_io": "io", "cPickle": "pickle", "_pickle": "pickle", "__builtin__": "builtins", "pickle5": "pickle", "_thread": "threading"}
TEXTUAL = re.compile(r"\b(str|bytes|Path|PathLike|Callable|Any|object|IO|AnyStr|StrPath|FileDescriptorOrPath|TextIO|BinaryIO|BytesIO)\b")
DATA_BASES = re.compile(r"^(builtins\.(object|dict|list|tuple|str|bytes|int|float|set|frozenset|complex|type|\w*(Error|Exception|Warning|Iteration|Interrupt|Exit))|abc\.\w+|enum\.\w+|typing\.\w+|typing_extensions\.\w+|collections(\.abc)?\.\w+|datetime\.\w+|numbers\.\w+|string\.\w+|threading\.local|contextlib\.\w+|argparse\.\w+|json\.\w+|logging\.(Logger|Handler|Formatter|Filter|LoggerAdapter)|ast\.\w+|types\.SimpleNamespace|dataclasses\.\w+|optparse\.\w+|queue\.\w+|decimal\.\w+|fractions\.\w+|html\.parser\.\w+|pathlib\.\w+|unittest\.\w+|io\.\w+|string\.Formatter|warnings\.\w+|random\.Random|copyreg\.\w+|code\.\w+|email\.\w+(\.\w+)*|weakref\.\w+|array\.array|asyncio\.\w+|pandas\._libs\.(tslibs|internals|interval|arrays)(\.\w+)*)$")
PLAIN_FUNCTIONS = set("functools itertools".split())


RETURNED = "R"
UNSHOWN = {"?", "a", RETURNED}


class View:
    """What flows into a value of one function, where calls that were followed stand for what they return."""

    def __init__(self, world, module, owner, facts):
        self.world, self.owner, self.facts = world, owner, facts
        self.calls = {}
        for call in facts["c"]:
            if call[6]:
                self.calls.setdefault(call[6], []).append(call)
        self.known = {}

    def expand(self, taint):
        if not any(token.startswith("%") for token in taint):
            return taint
        total = {}
        for token, strength in taint.items():
            if token.startswith("%"):
                merge(total, self.returned(token), strength)
            else:
                merge(total, {token: strength})
        return total

    def returned(self, at):
        if at in self.known:
            return self.known[at]
        self.known[at] = {}
        total = {}
        for target, positional, star, named, twostar, receiver, _ in self.calls.get(at, ()):
            flows = self.world.returns(self.owner, self.facts, target, positional, star, named, twostar, receiver)
            merge(total, self.expand(flows))
        self.known[at] = total
        return total


class World:
    """The modules of one version of each package."""

    def __init__(self, wheels):
        self.modules, self.compiled = {}, set()
        for facts in wheels:
            self.modules.update(facts["modules"])
            self.compiled.update(facts["compiled"])
        self.sinks = sinks()
        self.found, self.orders = {}, {}
        self.summaries = collections.defaultdict(dict)
        self.loud = set()
        self.finished = 0

    # Names

    def lookup(self, path, depth=0):
        known = self.found.get(path)
        if known is None:
            self.found[path] = ("unknown", path)
            known = self.found[path] = self._lookup(path, depth)
        return known

    def _lookup(self, path, depth):
        parts = path.split(".")
        if depth > 25 or len(parts) > 30:
            return ("unknown", path)
        for end in range(len(parts), 0, -1):
            module = ".".join(parts[:end])
            if module in self.modules:
                return self.walk(module, parts[end:], depth)
        if path.startswith("six.moves."):
            path = path[len("six.moves.") :]
            parts = path.split(".")
        for end in range(len(parts), 0, -1):
            head = SPELLINGS.get(".".join(parts[:end]))
            if head:
                return ("outside", ".".join([head, *parts[end:]]))
        return ("outside", path)

    def walk(self, module, rest, depth):
        if not rest:
            return ("module", module)
        facts, name = self.modules[module], rest[0]
        if name in facts["classes"]:
            return self.walk_class(module, name, rest[1:], depth)
        if name in facts["functions"]:
            return ("function", module, name) if len(rest) == 1 else ("unknown", ".".join(rest))
        if name in facts["names"]:
            return self.follow(module, facts["names"][name], rest[1:], depth)
        if f"{module}.{name}" in self.modules:
            return self.walk(f"{module}.{name}", rest[1:], depth)
        for star in facts["stars"]:
            if star in self.modules and star != module and depth < 12:
                found = self.lookup(".".join([star, *rest]), depth + 1)
                if found[0] not in ("unknown",) and not (found[0] == "outside" and found[1].startswith("builtins.")):
                    return found
        if name in BUILTINS:
            return ("outside", ".".join(["builtins", *rest]))
        return ("unknown", f"{module}.{'.'.join(rest)}")

    def follow(self, module, target, rest, depth):
        if target.startswith("="):
            found = self.walk_local(module, target[1:], depth)
            if found[0] in ("class", "outside"):
                if not rest:
                    return ("instance", found)
                if found[0] == "class" and len(rest) == 1:
                    return self.method(found[1:], rest[0]) or ("unknown", rest[0])
                if found[0] == "outside":
                    return ("outside", ".".join([found[1], *rest]))
            return ("unknown", target)
        if target.startswith("."):
            return self.walk_local(module, ".".join([target[1:], *rest]), depth)
        return self.lookup(".".join([target, *rest]), depth + 1)

    def walk_local(self, module, path, depth=0):
        return self.lookup(f"{module}.{path}", depth + 1)

    def walk_class(self, module, name, rest, depth):
        if not rest:
            return ("class", module, name)
        inner = f"{name}.{rest[0]}"
        facts = self.modules[module]
        if inner in facts["classes"]:
            return self.walk_class(module, inner, rest[1:], depth)
        if len(rest) == 1:
            found = self.method((module, name), rest[0])
            if found:
                return found
        return ("unknown", f"{module}.{name}.{'.'.join(rest)}")

    def order(self, cls):
        """The class and its bases, depth first; bases outside as texts."""
        if cls in self.orders:
            return self.orders[cls]
        self.orders[cls] = [cls]
        total = [cls]
        module, name = cls
        for base in self.modules[module]["classes"][name]["bases"]:
            if base.endswith("()"):
                found = ("outside", "builtins.object") if re.search(r"(namedtuple|NamedTuple|with_metaclass|TypedDict|declarative_base)\(\)$", base) else ("outside", "?")
            else:
                found = self.walk_local(module, base)
            if found[0] == "class":
                total += [one for one in self.order(found[1:]) if one not in total]
            elif found[0] == "outside":
                total.append(found[1])
            else:
                total.append("?")
        self.orders[cls] = total
        return total

    def method(self, cls, name, after=False):
        """The function that a class has under a name, or where outside it would be."""
        for one in self.order(cls)[1 if after else 0 :]:
            if isinstance(one, str):
                if DATA_BASES.match(one):
                    if name in ("__init__", "__new__", "__setattr__", "__setstate__"):
                        continue
                    if one.startswith("builtins.object") or name.startswith("__"):
                        continue
                    if name in dir(getattr(builtins, one.split(".")[1], object)) if one.startswith("builtins.") else False:
                        return ("outside", f"{one}.{name}")
                    continue
                return ("outside", f"{one}.{name}")
            module, own = one
            if f"{own}.{name}" in self.modules[module]["functions"]:
                return ("function", module, f"{own}.{name}")
            inner = self.modules[module]["classes"][own]["names"].get(name)
            if inner:
                found = self.follow(module, inner, [], 0)
                if found[0] == "function":
                    return found
        return None

    # Effects

    def facts(self, function):
        return self.modules[function[1]]["functions"][function[2]]

    def summarise(self, function):
        """Into what the arguments of a function get, with what is known of other functions so far."""
        facts = self.facts(function)
        summary = {}
        if self.modules[function[1]].get("stub"):
            names = [*facts["p"], *facts["k"]]
            for name, kind in zip(names, facts["t"]):
                if name != facts["b"] and (kind == "" or TEXTUAL.search(kind)):
                    summary.setdefault(name, {})["?"] = DIRECT
            return summary
        owner = function[2].rpartition(".")[0].removesuffix(".setter") if not facts["s"] else ""
        owner = (function[1], owner) if owner in self.modules[function[1]]["classes"] else None
        view = View(self, function[1], owner, facts)
        for target, positional, star, named, twostar, receiver, _ in facts["c"]:
            for capability, taint in self.effects(owner, facts, target, positional, star, named, twostar, receiver):
                for token, strength in view.expand(taint).items():
                    known = summary.setdefault(token, {})
                    if known.get(capability, 9) > strength:
                        known[capability] = strength
        for token, strength in view.expand(facts["o"]).items():
            summary.setdefault(token, {})[RETURNED] = strength
        return summary

    def effects(self, owner, facts, target, positional, star, named, twostar, receiver):
        kind = target[0]
        everything = [*positional, star, *named.values(), twostar]
        unclear = [("?", taint) for taint in everything if taint]
        if kind == "global":
            found = self.lookup(target[1])
            return self.through(found, positional, star, named, twostar, unclear)
        if kind in ("self", "super"):
            if owner is None:
                return unclear
            found = self.method(owner, target[1], after=kind == "super")
            if found is None:
                return [] if kind == "super" or target[1] in VALUES else unclear
            if found[0] == "outside":
                return self.through((found[0], found[1]), [{}, *positional], star, named, twostar, unclear if target[1] not in VALUES else [])
            return self.apply(found, 1, positional, star, named, twostar, facts["a"], same=True)
        if kind == "method":
            cls = self.lookup(target[1])
            if cls[0] == "outside":
                return self.through(("outside", f"{cls[1]}.{target[2]}"), [receiver, *positional], star, named, twostar, [] if target[2] in VALUES else unclear)
            if cls[0] != "class":
                return [] if target[2] in VALUES else unclear
            found = self.method(cls[1:], target[2])
            if found is None:
                return [] if target[2] in VALUES or target[2] in ("__enter__", "__exit__") else unclear
            if found[0] == "outside":
                return self.through(found, [receiver, *positional], star, named, twostar, unclear)
            return self.apply(found, 1, positional, star, named, twostar, self.attributes_of(cls[1:], target[3]))
        if kind == "unknown":
            return [] if target[1] in VALUES else [(one, union(taint, strength=DERIVED)) for one, taint in unclear]
        if kind == "set":
            if owner is None:
                return []
            found = self.method(owner, f"{target[1]}.setter")
            if found and found[0] == "function":
                return self.apply(found, 1, positional, star, named, twostar, facts["a"], same=True)
            found = self.method(owner, "__setattr__")
            if found and found[0] == "function":
                return self.apply(found, 1, [{}, *positional], star, named, twostar, facts["a"], same=True)
            return []
        # The call of a value
        return [("a", receiver)] if receiver else [(one, union(taint, strength=DERIVED)) for one, taint in unclear]

    def returns(self, owner, facts, target, positional, star, named, twostar, receiver):
        """What of its arguments a call returns: of a function that was read what flows to its result, of others all of them."""
        kind, found = target[0], None
        everything = union(*positional, star, *named.values(), twostar, receiver)
        if kind == "global":
            found = self.lookup(target[1])
            if found[0] == "class":
                return everything
            if found[0] == "instance" and found[1][0] == "class":
                found = self.method(found[1][1:], "__call__")
                offset = 1
            elif found[0] == "function":
                offset = 1 if self.facts(found)["b"] and "classmethod" in self.facts(found)["d"] else 0
        elif kind in ("self", "super") and owner:
            found, offset = self.method(owner, target[1], after=kind == "super"), 1
        elif kind == "method":
            cls, offset = self.lookup(target[1]), 1
            found = self.method(cls[1:], target[2]) if cls[0] == "class" else None
        if not found or found[0] != "function" or self.modules[found[1]].get("stub"):
            if found and found[0] == "outside" and found[1] in ENDS:
                return {}
            return union(everything, strength=DERIVED)
        other = self.facts(found)
        total = {}
        for token, capabilities in self.summaries.get(found, {}).items():
            if RETURNED not in capabilities:
                continue
            if token.startswith("@"):
                if kind in ("self", "super"):
                    taint = union({token: DIRECT}, facts["a"].get(token[1:], {}))
                else:
                    taint = self.attributes_of(cls[1:], target[3]).get(token[1:], {}) if kind == "method" else {}
            else:
                taint = self.given(other, 0 if other["s"] else offset, token, positional, star, named, twostar)
            merge(total, taint, capabilities[RETURNED])
        return total

    def attributes_of(self, cls, given):
        """What the constructor of a class puts into attributes, of these arguments."""
        result = {}
        found = self.method(cls, "__init__")
        if found and found[0] == "function":
            facts = self.facts(found)
            for attribute, taint in facts["a"].items():
                for token, strength in taint.items():
                    if not token.startswith("@"):
                        merge(result.setdefault(attribute, {}), self.given(facts, 1, token, *given), strength)
        return result

    def through(self, found, positional, star, named, twostar, unclear):
        kind = found[0]
        name = found[1] if kind in ("outside", "unknown") else f"{found[1]}.{found[2]}" if kind == "function" else ""
        entries = self.sinks.get(name)
        if entries:
            return [(capability, taint) for capability, which in entries for taint in self.at(which, positional, star, named, twostar) if taint]
        if COMPUTES.match(name):
            return []
        if kind == "outside":
            if name in CARRIES or name in ENDS or name == "builtins.setattr":
                return []
            top = name.split(".")[0]
            if name in NOT_PLAIN:
                return unclear
            return [] if top in PLAIN or name.startswith(("os.path.", "xml.etree.", "concurrent.futures.")) or top == "builtins" else unclear
        if kind == "function":
            facts = self.facts(found)
            return self.apply(found, 1 if facts["b"] and "classmethod" in facts["d"] else 0, positional, star, named, twostar, {})
        if kind == "class":
            return self.construct(found[1:], positional, star, named, twostar, unclear)
        if kind == "instance" and found[1][0] == "class":
            called = self.method(found[1][1:], "__call__")
            if called and called[0] == "function":
                return self.apply(called, 1, positional, star, named, twostar, {})
        return unclear

    def construct(self, cls, positional, star, named, twostar, unclear):
        effects = []
        order = self.order(cls)
        if any(isinstance(one, str) and not DATA_BASES.match(one) for one in order):
            name = next(one for one in order if isinstance(one, str) and not DATA_BASES.match(one))
            if name in self.sinks:
                effects += self.through(("outside", name), positional, star, named, twostar, unclear)
            elif not self.method(cls, "__init__") or self.method(cls, "__init__")[0] == "outside":
                effects += unclear
        for name in ("__new__", "__init__"):
            found = self.method(cls, name)
            if found and found[0] == "function":
                effects += self.apply(found, 1, positional, star, named, twostar, {})
        found = self.method(cls, "__post_init__")
        if found and found[0] == "function":
            fields = [one for part in reversed(order) if not isinstance(part, str) for one in self.modules[part[0]]["classes"][part[1]]["fields"]]
            held = {name: union(positional[at] if at < len(positional) else {}, star, named.get(name, {}), twostar) for at, name in enumerate(fields)}
            effects += self.apply(found, 1, [], {}, {}, {}, held)
        return effects

    def at(self, which, positional, star, named, twostar):
        if which == ["*"]:
            return [*positional, star, *named.values(), twostar]
        taints = [star, twostar] if any(one.isdigit() for one in which) else []
        for one in which:
            if one.isdigit():
                taints.append(positional[int(one)] if int(one) < len(positional) else {})
            else:
                taints.append(named.get(one, {}))
        return taints

    def given(self, facts, offset, token, positional, star, named, twostar):
        """What the caller hands to a parameter."""
        if token in facts["p"]:
            index = facts["p"].index(token) - offset
            direct = positional[index] if 0 <= index < len(positional) else {}
            return union(direct, star if index >= len(positional) or star else {}, named.get(token, {}), twostar) if index >= 0 else {}
        if token in facts["k"]:
            return union(named.get(token, {}), twostar)
        if token == facts["v"]:
            return union(*positional[max(0, len(facts["p"]) - offset) :], star)
        if token == facts["n"]:
            return union(*(taint for name, taint in named.items() if name not in facts["p"] and name not in facts["k"]), twostar)
        return {}

    def apply(self, function, offset, positional, star, named, twostar, attributes, same=False):
        facts = self.facts(function)
        if facts["s"]:
            offset = 0
        effects = []
        for token, capabilities in self.summaries.get(function, {}).items():
            if token.startswith("@"):
                taint = dict(attributes.get(token[1:], {}))
                if same:
                    merge(taint, {token: DIRECT})
            else:
                taint = self.given(facts, offset, token, positional, star, named, twostar)
            if taint:
                effects += [(capability, union(taint, strength=strength)) for capability, strength in capabilities.items() if capability != RETURNED]
        return effects

    def functions(self):
        for module, facts in self.modules.items():
            for name in facts["functions"]:
                yield ("function", module, name)

    def solve(self):
        """Rounds over those functions whose callees changed, until none does."""
        callers, order = collections.defaultdict(set), {}
        for function in self.functions():
            self.visit(function, callers, order)
        waiting = set(order)
        functions = {number: function for function, number in order.items()}
        for turn in range(30):
            following, numbers = set(), sorted(order[function] for function in waiting)
            queued = set(numbers)
            while numbers:
                number = heapq.heappop(numbers)
                function = functions[number]
                summary = self.summarise(function)
                if summary != self.summaries.get(function, {}):
                    self.summaries[function] = summary
                    for caller in callers[function]:
                        if order[caller] <= number:
                            following.add(caller)
                        elif order[caller] not in queued:
                            queued.add(order[caller])
                            heapq.heappush(numbers, order[caller])
            print(f"round {turn}: {len(waiting)}", file=sys.stderr, flush=True)
            waiting = following
            if not waiting:
                break
        # What is reached without an argument
        waiting = []
        for function in self.functions():
            for target in self.targets(function):
                if target[0] == "outside" and any(capability in LOUD for capability, _ in self.sinks.get(target[1], ())):
                    waiting.append(function)
        while waiting:
            function = waiting.pop()
            if function not in self.loud:
                self.loud.add(function)
                waiting.extend(callers[function])

    def visit(self, function, callers, order):
        """Numbers functions so that those that are called come before their callers, as far as that is possible."""
        waiting = [(function, None)]
        while waiting:
            one, rest = waiting.pop()
            if rest is None:
                if one in order:
                    continue
                order[one] = -1
                callees = set(self.callees(one))
                for callee in callees:
                    callers[callee].add(one)
                rest = iter(sorted(callees))
            following = next((callee for callee in rest if callee not in order), None)
            if following is None:
                order[one] = self.finished
                self.finished += 1
            else:
                waiting.append((one, rest))
                waiting.append((following, None))

    def targets(self, function):
        facts = self.facts(function)
        owner = function[2].rpartition(".")[0]
        owner = (function[1], owner) if owner in self.modules[function[1]]["classes"] else None
        for target in [*(one[0] for one in facts["c"]), *facts["r"]]:
            kind = target[0]
            if kind == "global":
                yield self.lookup(target[1])
            elif kind in ("self", "super", "set") and owner:
                found = self.method(owner, target[1] + (".setter" if kind == "set" else ""), after=kind == "super")
                if found is None and kind == "set":
                    found = self.method(owner, "__setattr__")
                if found:
                    yield found
            elif kind == "method":
                cls = self.lookup(target[1])
                if cls[0] == "class":
                    yield cls
                    found = self.method(cls[1:], target[2])
                    if found:
                        yield found
                elif cls[0] == "outside":
                    yield ("outside", f"{cls[1]}.{target[2]}")

    def callees(self, function):
        for found in self.targets(function):
            if found[0] == "function":
                yield found
            elif found[0] == "class" or (found[0] == "instance" and found[1][0] == "class"):
                cls = found[1:] if found[0] == "class" else found[1][1:]
                for name in ("__new__", "__init__", "__post_init__", "__call__"):
                    method = self.method(cls, name)
                    if method and method[0] == "function":
                        yield method

    # Answers

    def effect_of_function(self, function):
        """By argument, what a call does: [(capability, index, name)]; and whether it is quiet."""
        facts = self.facts(function)
        offset = 1 if facts["b"] and "classmethod" in facts["d"] else 0
        return self.shown(facts, self.summaries.get(function, {}), offset), self.is_quiet(function)

    def shown(self, facts, summary, offset):
        effects = set()
        for token, capabilities in summary.items():
            if token.startswith("@"):
                continue
            for capability, strength in capabilities.items():
                if capability in UNSHOWN or strength != DIRECT:
                    continue
                if token in facts["p"]:
                    effects.add((capability, str(facts["p"].index(token) - offset), token))
                elif token in facts["k"]:
                    effects.add((capability, "", token))
                elif token == facts["v"]:
                    effects.add((capability, f"{len(facts['p']) - offset}+", ""))
                else:
                    effects.add((capability, "", "*"))
        return effects

    def is_quiet(self, function):
        return function not in self.loud and all(token.startswith("@") or set(capabilities) <= {RETURNED} for token, capabilities in self.summaries.get(function, {}).items())

    def effect_of_class(self, cls):
        effects, quiet = set(), True
        order = self.order(cls)
        if any(isinstance(one, str) and not DATA_BASES.match(one) for one in order):
            quiet = False
            for one in order:
                for capability, which in self.sinks.get(one, ()) if isinstance(one, str) else ():
                    found = self.method(cls, "__init__")
                    if capability not in UNSHOWN and (not found or found[0] == "outside"):
                        effects |= {(capability, at, "") for at in which if at.isdigit()}
        for name in ("__new__", "__init__", "__post_init__"):
            found = self.method(cls, name)
            if not found:
                continue
            if found[0] != "function":
                quiet = False
                continue
            facts = self.facts(found)
            summary = self.summaries.get(found, {})
            if name == "__post_init__":
                fields = [one for part in reversed(order) if not isinstance(part, str) for one in self.modules[part[0]]["classes"][part[1]]["fields"]]
                for token, capabilities in summary.items():
                    if token[1:] in fields and set(capabilities) - {RETURNED}:
                        quiet = False
                        effects |= {(capability, str(fields.index(token[1:])), token[1:]) for capability, strength in capabilities.items() if capability not in UNSHOWN and strength == DIRECT}
                quiet = quiet and found not in self.loud
                continue
            effects |= self.shown(facts, summary, 1)
            quiet = quiet and self.is_quiet(found)
        meta = self.metaclass(order)
        if meta:
            quiet = False
        for name in ("__setstate__", "__setattr__", "__getattr__", "__getattribute__", "__del__", "__hash__", "append", "extend", "__setitem__", "add"):
            found = self.method(cls, name)
            if found and found[0] == "function":
                summary = self.summaries.get(found, {})
                if any(capability in "ecnwd" for capabilities in summary.values() for capability in capabilities):
                    quiet = False
        return effects, quiet

    def is_loud(self, cls):
        return any(self.method(cls, name) in self.loud for name in ("__new__", "__init__", "__post_init__"))

    def metaclass(self, order):
        for one in order:
            if isinstance(one, str):
                continue
            meta = self.modules[one[0]]["classes"][one[1]]["meta"]
            if meta:
                found = self.walk_local(one[0], meta)
                if found[0] == "class" and self.method(found[1:], "__call__"):
                    return True
        return False


# The table ------------------------------------------------------------------------------------------------------------

# Packages whose functions of arrays are listed too: layers, losses and expressions name them.
TENSORS = re.compile(r"(torch(\.(_C\._VariableFunctions|_C\._nn|_VF|nn\.functional|functional|special|linalg|fft|_C\._linalg|_C\._special|_C\._fft))|jax\.numpy(\..*)?|jax\.nn(\..*)?|jax\.lax(\..*)?|jax\._src\.(numpy|nn|lax)(\..*)?|keras\.(src\.)?(ops|activations|losses|metrics|initializers|regularizers|constraints|backend)(\..*)?|keras\.src\.(activations|losses|metrics|ops)\..*|sklearn\.metrics(\..*)?|scipy\.(special|linalg|stats|spatial\.distance)(\..*)?|numpy\.(linalg|lib|fft|ma|core|_core|polynomial)(\..*)?|torchvision\.transforms\.functional.*|optax(\..*)?)$")
# Here a text that names an activation gets to the code that deserialises Lambda layers, and stops before it.
DESERIALIZE = {"keras", "tf_keras", "keras_hub", "keras_tuner", "tensorflow"}
# It acts whatever it gets.
ALWAYS = ("!", "", "")
# Packages of which models hold no objects: of those only what acts is listed.
TOOLS = set("""
Cython IPython aiohttp altair bleach botocore click cmdstanpy coremltools diffusers distributed dotenv fabric filelock fire fsspec gdown git h2 httpcore httpx huggingface_hub hydra
importlib_metadata invoke ipykernel jaxlib jinja2 jsonschema langchain_core lxml mako markdown matplotlib mlflow mmengine msgpack multiprocess nncf notebook numba onnx onnxmltools onnxruntime
openai paramiko pexpect pip pkg_resources plotly plumbum portalocker psutil ptyprocess pydantic requests rich setuptools sh skl2onnx smart_open tensorboard tensorboardX tornado traitlets typer
ultralytics urllib3 wandb websocket websockets werkzeug wget yaml
""".split())
# Modules that libraries put into several packages: no word about the package.
COMMON_TOPS = {"tests", "test", "docs", "examples", "src", "scripts", "benchmarks", "doc", "testing", "utils", "conftest", "setup", "tools", "_distutils_hack", "distutils-precedence"}


def answers(world):
    """By top module and by name: the modules that define it, and what is known of it there: a set of effects, 'quiet', 'rebuilds' or nothing."""
    table = collections.defaultdict(lambda: collections.defaultdict(dict))
    packages = {module.rpartition(".")[0] for module in world.modules}
    rebuilds = {target for module, facts in world.modules.items() for target in rebuilders(world, module, facts)}
    for module, facts in world.modules.items():
        top = module.split(".")[0]
        if top in COMMON_TOPS or top in sys.stdlib_module_names:
            continue
        for name in facts["functions"]:
            parts = name.split(".")
            found = ("function", module, name)
            if parts[-1] == "setter" or (parts[-1].startswith("__") and len(parts) > 1):
                continue
            effects, quiet = world.effect_of_function(found)
            if facts["functions"][name]["d"] and not set(one.rsplit(".", 1)[-1] for one in facts["functions"][name]["d"]) <= TRANSPARENT:
                quiet = False
            if len(parts) > 1:
                # Methods of instances need one: a pickle that names them by their class is rare, and a call of what is not known is told.
                if not {"staticmethod", "classmethod"} & set(facts["functions"][name]["d"]):
                    continue
                effects = {effect for effect in effects if effect[0] in "ecnlw" and not (top in DESERIALIZE and effect[0] == "c")}
                if effects:
                    table[top][name][module] = effects
                continue
            if effects:
                table[top][name][module] = effects
            elif quiet and (TENSORS.match(module) or found in rebuilds):
                table[top][name][module] = "quiet"
            else:
                table[top][name][module] = "rebuilds" if found in rebuilds else None
        for name in facts["classes"]:
            effects, quiet = world.effect_of_class((module, name))
            if top in DESERIALIZE:
                effects = {effect for effect in effects if effect[0] not in "ci"}
            if world.is_loud((module, name)):
                effects = effects | {ALWAYS}
            table[top][name][module] = effects or ("quiet" if quiet else "rebuilds" if ("class", module, name) in rebuilds else None)
        # Names under which a module has what acts outside.
        for name, target in facts["names"].items():
            if target.startswith("="):
                continue
            found = world.follow(module, target, [], 0)
            if found[0] == "outside" and found[1] in world.sinks and "." in found[1]:
                effects = {(capability, at if at.isdigit() else "", "" if at.isdigit() else at) for capability, which in world.sinks[found[1]] if capability in "ecnlwdfi" for at in which}
                table[top][name].setdefault(module, effects or None)
    # Where names of a package answer differently, the modules that export them have lines of their own.
    for module in packages & set(world.modules):
        names = table.get(module.split(".")[0], {})
        for name, target in world.modules[module]["names"].items():
            modules = names.get(name)
            if modules and module not in modules and not target.startswith("=") and len({spelled(one) for one in modules.values()}) > 1:
                found = world.follow(module, target, [], 0)
                if found[0] in ("function", "class") and found[2] == name and found[1] in modules:
                    modules[module] = modules[found[1]]
    return table


TRANSPARENT = {"staticmethod", "classmethod", "wraps", "lru_cache", "cache", "deprecated", "overload", "property", "abstractmethod", "torch_fn", "array_function_dispatch", "set_module", "validate_params", "jit", "export", "keras_export", "_overload", "register"}


def rebuilders(world, module, facts):
    found = set()
    for owner, name in facts["rebuilds"]:
        target = world.walk_local(module, name) if name and not name.startswith("self.") else None
        if target and target[0] in ("function", "class"):
            found.add(target)
    return found


def combine(tables):
    """Of several versions: what acts in one acts; what is quiet is so in all that have it."""
    total = collections.defaultdict(lambda: collections.defaultdict(dict))
    for table in tables:
        for top, names in table.items():
            for name, modules in names.items():
                for module, answer in modules.items():
                    known = total[top][name]
                    if module not in known:
                        known[module] = answer
                    elif isinstance(answer, set) and isinstance(known[module], set):
                        known[module] = known[module] | answer
                    elif isinstance(answer, set) or isinstance(known[module], set):
                        known[module] = answer if isinstance(answer, set) else known[module]
                    elif answer is None or known[module] is None:
                        known[module] = None
                    elif "rebuilds" in (answer, known[module]):
                        known[module] = "rebuilds"
    return total


def spelled(answer):
    if answer is None:
        return "?"
    if answer == "quiet":
        return ""
    if answer == "rebuilds":
        return " r"
    parts = collections.defaultdict(set)
    for capability, at, name in answer:
        # Any keyword may be a file for functions that hand all of them on.
        if name != "*" or capability in "ecn":
            parts[(at, name)].add(capability)
    order = sorted(parts.items(), key=lambda one: (one[0][0] == "", one[0][0].zfill(3), one[0][1]))
    return " " + " ".join(f"{''.join(sorted(capabilities, key=CAPABILITIES.index))}{at}{'.' + name if name else ''}" for (at, name), capabilities in order)


def lines(top, names):
    for name, modules in sorted(names.items()):
        if not name.isascii() or not all(part.isidentifier() for part in name.split(".")):
            continue
        told = {module: answer for module, answer in modules.items() if answer and (answer != "quiet" or top not in TOOLS) and spelled(answer) != " "}
        if not told:
            continue
        words = {spelled(answer) for answer in told.values()}
        if len(told) == len(modules) and len(words) == 1:
            yield name + words.pop()
        else:
            for module, answer in sorted(told.items()):
                yield f"{name}@{module[len(top) + 1 :]}{spelled(answer)}"


def wheels(folder):
    return {era: sorted(pathlib.Path(folder, era).glob("*.whl.zip")) for era in ERAS}


def table_of(folder):
    versions, compiled, tables = collections.defaultdict(set), set(), []
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for table, shared, read in pool.map(read_era, wheels(folder).values()):
            tables.append(table)
            compiled |= shared
            for top, packages in read.items():
                versions[top] |= packages
    total = combine(tables)
    print(HEAD, end="")
    for top, names in sorted(total.items()):
        rows = [f"@{module[len(top) + 1:]}" for module in sorted(compiled) if module.split(".")[0] == top]
        rows += lines(top, names)
        if rows:
            print(f"# {top} {' '.join(f'{package} {version}' for package, version in sorted(versions[top]))}")
            print("\n".join(rows))


def read_era(paths):
    sys.setrecursionlimit(20000)
    # Millions of small objects that all stay: collections only cost time.
    gc.disable()
    versions, facts = collections.defaultdict(set), []
    for path in paths:
        package, version = path.name.split("-")[:2]
        PACKAGES.clear()
        wheel = read_wheel(path)
        facts.append(wheel)
        for top in {module.split(".")[0] for module in wheel["modules"]}:
            versions[top].add((re.sub(r"[-_.]+", "-", package).lower(), version))
    world = World(facts)
    world.solve()
    return {top: dict(names) for top, names in answers(world).items()}, world.compiled, dict(versions)


HEAD = """\
What calls of libraries' functions and classes reach. Made by scripts/library-names.py from the sources in the wheels that the lines with # name:
the module, and each package that has it with its version. How a line is read says src/names/library-calls.ts.
"""


# Wheels ---------------------------------------------------------------------------------------------------------------

# The newest wheels that pip takes for the Python that runs this, and the newest for Python 3.7.
ERAS = {
    "new": [],
    "old": "--python-version 37 --implementation cp --abi cp37m --abi abi3 --abi none --platform manylinux2014_x86_64 --platform manylinux2010_x86_64 --platform manylinux1_x86_64 --platform any".split(),
}


def fetch(folder, names, era):
    """Downloads wheels and keeps their sources; of a compiled module its name alone."""
    kept = pathlib.Path(folder) / era
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as into:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "--no-cache-dir", *ERAS[era], "-d", into]
        complete = subprocess.run([*command, *names], stderr=subprocess.DEVNULL).returncode == 0
        for wheel in pathlib.Path(into).glob("*.whl"):
            with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(kept / f"{wheel.name}.zip", "w", zipfile.ZIP_DEFLATED) as target:
                for name in source.namelist():
                    if name.endswith((".py", ".pyi")):
                        target.writestr(name, source.read(name))
                    elif name.endswith(".so"):
                        target.writestr(name, b"")
    # One package without a wheel for this Python ends the download of all.
    if not complete and len(names) > 1:
        for name in names:
            fetch(folder, [name], era)
    elif not complete:
        print(f"no wheel: {names[0]} ({era})", file=sys.stderr)


def main():
    sys.setrecursionlimit(20000)
    parser = argparse.ArgumentParser()
    parser.add_argument("--fetch", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    if not options.fetch:
        with concurrent.futures.ProcessPoolExecutor() as pool:
            list(pool.map(read_again, [path for paths in wheels(options.folder).values() for path in paths]))
        table_of(options.folder)
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    names = pathlib.Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split()
    for era in ERAS:
        for at in range(0, len(names), 6):
            fetch(options.folder, names[at : at + 6], era)


def read_again(path):
    PACKAGES.clear()
    read_wheel(path)


if __name__ == "__main__":
    main()

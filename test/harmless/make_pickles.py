"""Harmless values as Python's own pickler and the libraries at hand write them: one file for each value, protocol and pickler.

    python3 make_pickles.py FOLDER

Nothing is loaded. Of a library that is not installed the cases are left out; those that cannot be pickled are, too. scripts/harmless.mjs
reads what this makes and counts the answers.
"""

import array, ast, bz2, calendar, collections, collections.abc, colorsys, configparser, contextlib, copy, csv, datetime, decimal, difflib
import email, email.message, email.policy, enum, errno, fractions, functools, gzip, hashlib, heapq, html, http.cookies, importlib, io
import ipaddress, itertools, json, keyword, locale, logging, lzma, math, numbers, operator, os, pathlib, pickle, queue, random, re, string
import struct, sys, textwrap, time, types, typing, unicodedata, urllib.parse, uuid, warnings, weakref, xml.etree.ElementTree, zlib

warnings.filterwarnings("ignore")
FOLDER = sys.argv[1]
MADE = 0


def write(name, data, ending="pkl"):
    global MADE
    path = os.path.join(FOLDER, f"{name}.{ending}")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    MADE += 1


def value(kind, name, make, protocols=range(6)):
    """`make` gives the value; it is written at each protocol that can hold it."""
    try:
        it = make()
    except Exception:
        return
    for protocol in protocols:
        try:
            data = pickle.dumps(it, protocol)
        except Exception:
            continue
        write(f"{kind}/{name}-{protocol}", data)


def values(kind, table):
    for name, make in table.items():
        value(kind, name, make)


class Lines:
    pass


def cookie():
    jar = http.cookies.SimpleCookie()
    jar["a"] = "b"
    jar["a"]["path"] = "/"
    return jar


def message():
    mail = email.message.EmailMessage()
    mail["Subject"] = "Hello"
    mail.set_content("text")
    return mail


def config():
    parser = configparser.ConfigParser()
    parser.read_string("[a]\nb = 1\n")
    return parser


def element():
    return xml.etree.ElementTree.fromstring("<a><b c='d'>e</b></a>")


def bound(owner, name):
    return lambda: getattr(owner, name)


PLAIN = {
    "none": lambda: None, "true": lambda: True, "int": lambda: 5, "long": lambda: 1 << 70, "float": lambda: 1.5, "complex": lambda: 1 + 2j,
    "text": lambda: "é" * 3, "bytes": lambda: b"\x00\xff", "bytearray": lambda: bytearray(b"ab\xff"), "tuple": lambda: (1, (2,)),
    "list": lambda: [1, [2]], "dict": lambda: {"a": {1: 2}}, "set": lambda: {1, 2}, "frozenset": lambda: frozenset({1}),
    "slice": lambda: slice(1, 9, 2), "range": lambda: range(3, 9), "ellipsis": lambda: ..., "notimplemented": lambda: NotImplemented,
    "type": lambda: int, "nonetype": lambda: type(None), "iterator": lambda: iter([1, 2]), "dictiterator": lambda: iter({1: 2}),
    "tupleiterator": lambda: iter((1, 2)), "rangeiterator": lambda: iter(range(4)), "textiterator": lambda: iter("abc"), "bytesiterator": lambda: iter(b"abc"),
    "setiterator": lambda: iter({1}), "reversed": lambda: reversed([1, 2]), "enumerate": lambda: enumerate([1]), "zip": lambda: zip([1], [2]),
    "map": lambda: map(str, [1, 2]), "filter": lambda: filter(bool, [1, 0]), "exhausted": lambda: iter(()),
    "dictkeys": lambda: iter({"a": 1}.keys()), "bytearrayiterator": lambda: iter(bytearray(b"abc")), "recursive": lambda: (lambda a: a.append(a) or a)([]),
    "text5000": lambda: "a" * 5000, "bytes5000": lambda: b"a" * 5000, "text-lines": lambda: "a\nb" * 3000, "quotes": lambda: "'\"\\" * 2000,
}
STANDARD = {
    "datetime": lambda: datetime.datetime(2020, 1, 1), "aware": lambda: datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc),
    "date": lambda: datetime.date(2020, 1, 1), "clock": lambda: datetime.time(1, 2), "timedelta": lambda: datetime.timedelta(1, 2, 3),
    "timezone": lambda: datetime.timezone(datetime.timedelta(hours=2), "X"), "zoneinfo": lambda: importlib.import_module("zoneinfo").ZoneInfo("UTC"),
    "fold": lambda: datetime.datetime(2020, 1, 1, fold=1),
    "decimal": lambda: decimal.Decimal("1.50"), "context": lambda: decimal.Context(5), "decimaltuple": lambda: decimal.Decimal("1.5").as_tuple(),
    "fraction": lambda: fractions.Fraction(1, 3), "uuid": lambda: uuid.UUID(int=5), "uuid4": lambda: uuid.uuid4(), "path": lambda: pathlib.Path("/a/b"),
    "purepath": lambda: pathlib.PurePosixPath("a/b"), "windowspath": lambda: pathlib.PureWindowsPath("c:/a"), "pattern": lambda: re.compile("a+", re.I),
    "bytespattern": lambda: re.compile(b"a+"), "regexflag": lambda: re.I | re.M, "counter": lambda: collections.Counter("aab"),
    "ordereddict": lambda: collections.OrderedDict(a=1), "defaultdict": lambda: collections.defaultdict(list, a=[1]),
    "defaultdict-int": lambda: collections.defaultdict(int), "defaultdict-partial": lambda: collections.defaultdict(functools.partial(dict, a=1)),
    "defaultdict-nested": lambda: collections.defaultdict(functools.partial(collections.defaultdict, int)),
    "defaultdict-method": lambda: collections.defaultdict([].copy), "deque": lambda: collections.deque([1], 3),
    "chainmap": lambda: collections.ChainMap({1: 2}, {}), "userdict": lambda: collections.UserDict(a=1), "userlist": lambda: collections.UserList([1]),
    "userstring": lambda: collections.UserString("a"), "namespace": lambda: types.SimpleNamespace(a=1), "mappingproxy": lambda: types.MappingProxyType({1: 2}),
    "genericalias": lambda: list[int], "union": lambda: int | None, "optional": lambda: typing.Optional[int], "typing": lambda: typing.Dict[str, typing.List[int]],
    "callable": lambda: typing.Callable[[int], str], "literal": lambda: typing.Literal["a"], "forwardref": lambda: typing.ForwardRef("X"),
    "annotated": lambda: typing.Annotated[int, "x"], "abc-iterable": lambda: collections.abc.Iterable, "abc-mapping": lambda: collections.abc.Mapping[str, int],
    "partial": lambda: functools.partial(int, base=2), "partial-getter": lambda: functools.partial(operator.itemgetter(1)), "partial-max": lambda: functools.partial(max, key=len),
    "itemgetter": lambda: operator.itemgetter(1), "itemgetter2": lambda: operator.itemgetter("a", 2), "attrgetter": lambda: operator.attrgetter("a"),
    "attrgetter-dotted": lambda: operator.attrgetter("a.b", "c"), "methodcaller": lambda: operator.methodcaller("lower"),
    "methodcaller-args": lambda: operator.methodcaller("split", ","), "methodcaller-named": lambda: operator.methodcaller("split", sep=","),
    "random": lambda: random.Random(1), "systemrandom-class": lambda: random.SystemRandom, "struct-class": lambda: struct.Struct,
    "array-i": lambda: array.array("i", [1, 2]), "array-d": lambda: array.array("d", [1.5]), "array-u": lambda: array.array("u", "ab"), "array-b": lambda: array.array("B", b"\xff\x00"),
    "valueerror": lambda: ValueError("x", 1), "keyerror": lambda: KeyError("k"), "oserror": lambda: FileNotFoundError(2, "No such file", "/a"),
    "unicodeerror": lambda: UnicodeDecodeError("utf8", b"a", 0, 1, "x"), "importerror": lambda: ImportError("m", name="a", path="b"),
    "group": lambda: ExceptionGroup("a", [ValueError("x")]), "stopiteration": lambda: StopIteration(3), "systemexit": lambda: SystemExit(1), "keyboardinterrupt": lambda: KeyboardInterrupt(),
    "connectionerror": lambda: ConnectionResetError(104, "reset"), "timeout": lambda: TimeoutError("t"), "jsonerror": lambda: json.JSONDecodeError("m", "d", 1),
    "zliberror": lambda: zlib.error("x"), "queueempty": lambda: queue.Empty(), "csverror": lambda: csv.Error("x"), "calledprocess-warning": lambda: DeprecationWarning("x"),
    "patternerror": lambda: re.error("m", "p", 1), "structerror": lambda: struct.error("x"), "decimalinvalid": lambda: decimal.InvalidOperation("x"),
    "configerror": lambda: configparser.NoOptionError("a", "b"), "unpickling": lambda: pickle.UnpicklingError("x"), "picklingerror": lambda: pickle.PicklingError("x"),
    "logger": lambda: logging.getLogger("mymodel"), "rootlogger": lambda: logging.getLogger(), "loglevel": lambda: logging.INFO, "formatter": lambda: logging.Formatter("%(message)s"),
    "logrecord": lambda: logging.LogRecord("n", 20, "p", 1, "m", (), None), "logfilter": lambda: logging.Filter("a"),
    "urlparse": lambda: urllib.parse.urlparse("http://a/b?c=d"), "urlsplit": lambda: urllib.parse.urlsplit("http://a/b"), "urlbytes": lambda: urllib.parse.urlparse(b"http://a/b"),
    "template": lambda: string.Template("$a"), "stringformatter": lambda: string.Formatter(), "calendar": lambda: calendar.Calendar(), "textcalendar": lambda: calendar.TextCalendar(),
    "normaldist": lambda: importlib.import_module("statistics").NormalDist(0, 1), "structtime": lambda: time.gmtime(0), "email": message, "emailpolicy": lambda: email.policy.default,
    "oldemail": lambda: email.message_from_string("A: b\n\nc"), "cookie": cookie, "morsel": lambda: cookie()["a"], "configparser": config, "element": element,
    "elementtree": lambda: xml.etree.ElementTree.ElementTree(element()), "ip4": lambda: ipaddress.ip_address("192.0.2.1"), "ip6": lambda: ipaddress.ip_address("2001:db8::1"),
    "net": lambda: ipaddress.ip_network("192.0.2.0/24"), "interface": lambda: ipaddress.ip_interface("192.0.2.1/24"), "stringio": lambda: io.StringIO("a"), "bytesio": lambda: io.BytesIO(b"a"),
    "httpstatus": lambda: importlib.import_module("http").HTTPStatus.OK, "httpmethod": lambda: importlib.import_module("http").HTTPMethod.GET, "signal": lambda: importlib.import_module("signal").SIGINT,
    "family": lambda: importlib.import_module("socket").AF_INET, "safeuuid": lambda: uuid.SafeUUID.safe, "weekday": lambda: calendar.MONDAY, "fileflags": lambda: re.RegexFlag.DOTALL,
    "parameter": lambda: importlib.import_module("inspect").Parameter("a", importlib.import_module("inspect").Parameter.KEYWORD_ONLY),
    "signature": lambda: importlib.import_module("inspect").signature(lambda a, *, b=1: 0), "boundarguments-class": lambda: importlib.import_module("inspect").BoundArguments,
    "ast": lambda: ast.parse("a + 1"), "astnode": lambda: ast.Constant(1), "difflib": lambda: difflib.SequenceMatcher(None, "ab", "b"), "differ": lambda: difflib.Differ(),
    "match": lambda: difflib.Match(1, 2, 3), "htmlparser-class": lambda: importlib.import_module("html.parser").HTMLParser, "dialect": lambda: csv.excel, "sniffer": lambda: csv.Sniffer(),
    "jsonencoder": lambda: json.JSONEncoder(), "jsondecoder-class": lambda: json.JSONDecoder, "textwrapper": lambda: textwrap.TextWrapper(), "pprint": lambda: importlib.import_module("pprint").PrettyPrinter(),
    "topological": lambda: importlib.import_module("graphlib").TopologicalSorter({1: [2]}), "weakset": lambda: weakref.WeakSet(), "argnamespace": lambda: importlib.import_module("argparse").Namespace(a=1),
    "argparser": lambda: importlib.import_module("argparse").ArgumentParser(prog="x"), "optvalues": lambda: importlib.import_module("optparse").Values({"a": 1}),
    "dataclassfield-class": lambda: importlib.import_module("dataclasses").Field, "shlex-class": lambda: importlib.import_module("shlex").shlex, "translations": lambda: importlib.import_module("gettext").NullTranslations(),
    "mimetypes": lambda: importlib.import_module("mimetypes").MimeTypes(), "xmlrpcdatetime": lambda: importlib.import_module("xmlrpc.client").DateTime(0), "xmlrpcbinary": lambda: importlib.import_module("xmlrpc.client").Binary(b"a"),
    "plistuid": lambda: importlib.import_module("plistlib").UID(1), "statresult": lambda: os.stat_result(range(10)), "terminalsize": lambda: os.terminal_size((1, 2)), "uname-class": lambda: importlib.import_module("platform").uname_result,
    "versioninfo-tuple": lambda: tuple(sys.version_info), "traceback-summary": lambda: importlib.import_module("traceback").FrameSummary("f", 1, "n"), "tokeninfo": lambda: importlib.import_module("tokenize").TokenInfo(1, "a", (1, 0), (1, 1), "a"),
    "codecinfo": lambda: importlib.import_module("codecs").lookup("utf8"), "encoder": lambda: importlib.import_module("codecs").getincrementalencoder("utf8")(), "sysflags-none": lambda: sys.maxsize,
    "cycle": lambda: itertools.cycle([1]), "count": lambda: itertools.count(1), "chain": lambda: itertools.chain([1], [2]), "islice": lambda: itertools.islice([1, 2], 1), "product": lambda: itertools.product([1], [2]),
    "repeat": lambda: itertools.repeat(1, 2), "accumulate": lambda: itertools.accumulate([1, 2]), "accumulate-mul": lambda: itertools.accumulate([1, 2], operator.mul), "starmap": lambda: itertools.starmap(pow, [(1, 2)]),
    "takewhile": lambda: itertools.takewhile(bool, [1]), "dropwhile": lambda: itertools.dropwhile(bool, [1]), "groupby": lambda: itertools.groupby("aab"), "tee": lambda: itertools.tee([1])[0], "permutations": lambda: itertools.permutations([1, 2]),
    "combinations": lambda: itertools.combinations([1, 2], 1), "compress": lambda: itertools.compress([1], [1]), "zip_longest": lambda: itertools.zip_longest([1], [2]), "filterfalse": lambda: itertools.filterfalse(bool, [1]),
    "mockcall": lambda: importlib.import_module("unittest.mock").call(1), "sentinel": lambda: importlib.import_module("unittest.mock").sentinel.a, "nullcontext": lambda: contextlib.nullcontext(1), "suppress": lambda: contextlib.suppress(ValueError),
    "scheduler-event": lambda: importlib.import_module("sched").Event(1, 1, 0, len, (), {}), "abcmeta": lambda: importlib.import_module("abc").ABCMeta, "total": lambda: functools.cmp_to_key, "datetime-class": lambda: datetime.datetime,
    "posixpath-class": lambda: pathlib.PosixPath, "ctypes-int": lambda: importlib.import_module("ctypes").c_int(5), "ctypes-double": lambda: importlib.import_module("ctypes").c_double(1.5), "arrayclass": lambda: array.array,
    "enumauto-class": lambda: enum.Enum, "ordereddict-reversed": lambda: reversed(collections.OrderedDict(a=1)), "numbers": lambda: numbers.Number, "weakkey": lambda: weakref.WeakKeyDictionary(), "lrucache": lambda: functools.lru_cache, "urlbytesresult": lambda: urllib.parse.urldefrag("http://a/b#c"),
    "quotedict": lambda: urllib.parse.quote, "bz2-error": lambda: EOFError("x"), "lzmaerror": lambda: lzma.LZMAError("x"), "sqliterow-class": lambda: importlib.import_module("sqlite3").Row, "futurecancel": lambda: importlib.import_module("concurrent.futures").CancelledError(),
    "timeouterror": lambda: importlib.import_module("concurrent.futures").TimeoutError(), "subprocess-error": lambda: importlib.import_module("subprocess").CalledProcessError(1, ["x"]), "httperror-class": lambda: importlib.import_module("urllib.error").URLError("x"),
    "completed": lambda: importlib.import_module("subprocess").CompletedProcess(["x"], 0), "zipinfo": lambda: importlib.import_module("zipfile").ZipInfo("a"), "tarinfo": lambda: importlib.import_module("tarfile").TarInfo("a"), "tzlocal-none": lambda: time.struct_time(range(9)),
}
FUNCTIONS = {
    f"{module}.{name}": (lambda module=module, name=name: operator.attrgetter(name)(importlib.import_module(module)))
    for module, names in {
        "math": "log exp sqrt sin hypot gcd comb isclose floor", "cmath": "sqrt phase", "heapq": "nlargest heappush merge", "copy": "deepcopy copy", "operator": "add mul itemgetter attrgetter methodcaller contains truth index concat",
        "builtins": "len sum max min sorted abs round str int print map filter zip iter next divmod pow isinstance hash repr any all reversed enumerate property super type object", "json": "dumps loads", "re": "compile sub findall match split escape",
        "string": "capwords", "textwrap": "dedent fill wrap", "unicodedata": "normalize category", "html": "escape unescape", "urllib.parse": "quote unquote urlparse urlencode urljoin", "base64": "b64encode b64decode", "binascii": "hexlify crc32",
        "hashlib": "md5 sha256", "zlib": "compress crc32 adler32", "struct": "pack unpack calcsize", "bisect": "bisect_left insort", "random": "random choice shuffle uniform gauss", "statistics": "mean median stdev", "itertools": "chain product chain.from_iterable",
        "functools": "partial reduce lru_cache cmp_to_key wraps", "collections": "namedtuple Counter OrderedDict", "datetime": "datetime.now datetime.fromtimestamp date.today datetime.strptime timedelta", "time": "time perf_counter strftime gmtime", "decimal": "getcontext Decimal",
        "colorsys": "rgb_to_hsv", "difflib": "get_close_matches ndiff", "shlex": "quote split", "fnmatch": "fnmatch", "calendar": "isleap monthrange", "uuid": "uuid4 UUID", "os.path": "join basename splitext dirname", "ast": "literal_eval parse dump", "keyword": "iskeyword", "locale": "strcoll", "typing": "cast NamedTuple",
        "dataclasses": "asdict field replace", "enum": "auto unique", "contextlib": "contextmanager suppress", "warnings": "warn", "numbers": "Integral", "csv": "reader writer", "io": "StringIO", "pprint": "pformat", "secrets": "token_hex", "hmac": "compare_digest", "queue": "Queue PriorityQueue", "types": "SimpleNamespace",
        "fractions": "Fraction gcd", "ipaddress": "ip_address", "email.utils": "parseaddr formatdate", "quopri": "encodestring", "logging": "getLogger", "gettext": "gettext", "pathlib": "Path PurePath",
    }.items()
    for name in names.split()
}
BOUND = {
    "str.split": lambda: str.split, "str.lower": lambda: str.lower, "text.format": bound("{}", "format"), "text.join": bound(",", "join"), "bytes.decode": bound(b"a", "decode"), "list.append": bound([1], "append"),
    "dict.get": bound({"a": 1}, "get"), "dict.fromkeys": lambda: dict.fromkeys, "set.union": bound({1}, "union"), "int.bit_length": bound(5, "bit_length"), "float.hex": bound(1.5, "hex"), "float.fromhex": lambda: float.fromhex, "int.from_bytes": lambda: int.from_bytes,
    "bytes.fromhex": lambda: bytes.fromhex, "str.maketrans": lambda: str.maketrans, "findall": bound(re.compile(r"\w+"), "findall"), "sub": bound(re.compile("a"), "sub"), "match": bound(re.compile("a"), "match"), "datetime.now": lambda: datetime.datetime.now,
    "datetime.strftime": bound(datetime.datetime(2020, 1, 1), "strftime"), "date.isoformat": bound(datetime.date(2020, 1, 1), "isoformat"), "decimal.quantize": bound(decimal.Decimal(1), "quantize"), "counter.most_common": bound(collections.Counter("a"), "most_common"),
    "ordereddict.keys": bound(collections.OrderedDict(a=1), "keys"), "deque.append": bound(collections.deque(), "append"), "random.choice": bound(random.Random(1), "choice"), "random.uniform": bound(random.Random(1), "uniform"), "template.substitute": bound(string.Template("$a"), "substitute"),
    "path.name": lambda: pathlib.PurePath("a").joinpath, "fraction.limit": bound(fractions.Fraction(1, 2), "limit_denominator"), "chain.from_iterable": lambda: itertools.chain.from_iterable, "textwrapper.wrap": bound(textwrap.TextWrapper(), "wrap"), "object.__init__": lambda: object.__init__,
    "tuple.__new__": lambda: tuple.__new__, "int.__add__": lambda: int.__add__, "list.__len__": bound([1], "__len__"), "dict.__getitem__": bound({1: 2}, "__getitem__"), "str.__contains__": bound("abc", "__contains__"), "normaldist.cdf": lambda: importlib.import_module("statistics").NormalDist(0, 1).cdf,
    "uuid.hex": lambda: functools.partial(str.encode, encoding="utf8"), "ip.exploded": bound(ipaddress.ip_address("192.0.2.1"), "__str__"), "array.tolist": bound(array.array("i", [1]), "tolist"), "range.index": bound(range(3), "index"), "complex.conjugate": bound(1j, "conjugate"),
}
PACKED = {
    "zlib-head": lambda: b"\x78\x9c" + bytes(range(200)), "zlib-head-text": lambda: "x\x9c" + "".join(map(chr, range(200))), "gzip-head": lambda: b"\x1f\x8b\x08" + bytes(200), "bz2-head": lambda: b"BZh91AY&SY" + bytes(200), "xz-head": lambda: b"\xfd7zXZ\0" + bytes(200),
    "zip-head": lambda: b"PK\x03\x04" + bytes(200), "lz4-head": lambda: b"\x04\x22\x4d\x18" + bytes(200), "7z-head": lambda: b"7z\xbc\xaf\x27\x1c" + bytes(100), "lzma-head": lambda: b"\x5d\0\0\x80\0" + b"\xff" * 8 + bytes(100), "md5-zlib": lambda: "78f9" + "0" * 28,
    "md5-many": lambda: [hashlib.md5(str(n).encode()).hexdigest() for n in range(20_000)], "zlib-real": lambda: zlib.compress(b"hello " * 100), "gzip-real": lambda: gzip.compress(b"hello " * 100), "bz2-real": lambda: bz2.compress(b"hello " * 100), "xz-real": lambda: lzma.compress(b"hello " * 100),
    "zlib-ints": lambda: [struct.pack("<q", n) for n in range(0, 70_000, 7)], "pickle-head": lambda: b"\x80\x04" + bytes(100), "marshal-head": lambda: b"\xe3" + bytes(40), "base64-zlib-head": lambda: "eJw" + "A" * 50, "base64-gzip-head": lambda: "H4sI" + "A" * 50, "hex-gzip": lambda: "1f8b" + "0" * 40,
    "sha-many": lambda: [hashlib.sha256(str(n).encode()).hexdigest() for n in range(20_000)], "random-bytes": lambda: [random.Random(n).getrandbits(256).to_bytes(32, "little") for n in range(20_000)], "base64-many": lambda: [__import__("base64").b64encode(hashlib.md5(str(n).encode()).digest()).decode() for n in range(20_000)],
    "png": lambda: b"\x89PNG\r\n\x1a\n" + bytes(50), "jpeg": lambda: b"\xff\xd8\xff\xe0" + bytes(50), "words": lambda: ["BZhello world", "xylophone and more", "PKI certificate of x", "cat\ndog\n", "import\nthis one"], "elf-word": lambda: "\x7fELF",
}


def libraries():
    try:
        import numpy as np
    except ImportError:
        return
    table = {
        "float64": lambda: np.float64(1.5), "int64-376": lambda: np.int64(376), "ints": lambda: [np.int64(n) for n in range(3000)], "uint16": lambda: np.uint16(40056), "array": lambda: np.arange(12.0).reshape(3, 4), "fortran": lambda: np.asfortranarray(np.eye(3)), "int-array": lambda: np.arange(376, 900),
        "bool": lambda: np.array([True]), "objects": lambda: np.array(["a", None, {1: 2}], dtype=object), "texts": lambda: np.array(["a", "bc"]), "bytes": lambda: np.array([b"a"]), "record": lambda: np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]), "complex": lambda: np.array([1j]), "empty": lambda: np.array([]),
        "datetime": lambda: np.datetime64("2020-01-01"), "timedelta": lambda: np.timedelta64(1, "D"), "dates": lambda: np.array(["2020-01-01"], dtype="M8[D]"), "dtype": lambda: np.dtype("f8"), "masked": lambda: np.ma.array([1], mask=[0]), "matrix": lambda: np.matrix([[1]]), "rng": lambda: np.random.default_rng(1), "state": lambda: np.random.RandomState(1),
        "ufunc": lambda: np.add, "function": lambda: np.mean, "linalg": lambda: np.linalg.norm, "type": lambda: np.float32, "poly": lambda: np.polynomial.Polynomial([1, 2]), "poly1d": lambda: np.poly1d([1]), "recarray": lambda: np.rec.array([(1, 2.0)]), "zero-d": lambda: np.array(5), "bound": lambda: np.arange(3).sum, "vectorize": lambda: np.vectorize(len), "stringdtype": lambda: np.array(["a"], dtype=np.dtypes.StringDType()),
        "rng.normal": lambda: np.random.default_rng(1).normal, "randomstate.choice": lambda: np.random.RandomState(1).choice, "np.random.normal": lambda: np.random.normal, "partial": lambda: functools.partial(np.clip, a_min=0, a_max=1), "reduce": lambda: np.add.reduce, "finfo": lambda: np.finfo(np.float32), "chararray": lambda: np.char.array(["a"]), "ma-masked": lambda: np.ma.masked,
        "np.random.seed": lambda: np.random.seed, "nditer-none": lambda: np.nan, "fft": lambda: np.fft.fft, "nanmean": lambda: np.nanmean, "broadcast": lambda: np.broadcast_to(np.arange(3), (2, 3)), "memview": lambda: np.frombuffer(b"\x78\x9c" * 40, dtype=np.uint8), "big": lambda: np.arange(40056, 60000, dtype="u2"),
    }
    values("numpy", table)
    try:
        import scipy.sparse, scipy.stats, scipy.interpolate, scipy.spatial
    except ImportError:
        return
    values("scipy", {
        **{kind: (lambda kind=kind: scipy.sparse.random(5, 5, 0.5, format=kind, random_state=1)) for kind in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")}, "csr_array": lambda: scipy.sparse.csr_array(np.eye(3)),
        "norm": lambda: scipy.stats.norm, "frozen": lambda: scipy.stats.norm(0, 1), "uniform": lambda: scipy.stats.uniform(0, 1), "loguniform": lambda: scipy.stats.loguniform(1, 2), "randint": lambda: scipy.stats.randint(1, 9), "kde": lambda: scipy.stats.gaussian_kde([1, 2, 3.0]),
        "interp1d": lambda: scipy.interpolate.interp1d([1, 2], [3, 4]), "spline": lambda: scipy.interpolate.CubicSpline([1, 2, 3], [3, 4, 5]), "kdtree": lambda: scipy.spatial.cKDTree(np.eye(3)), "kdtree2": lambda: scipy.spatial.KDTree(np.eye(3)), "delaunay": lambda: scipy.spatial.Delaunay(np.random.RandomState(1).rand(6, 2)),
        "rotation": lambda: scipy.spatial.transform.Rotation.identity(), "ufunc": lambda: importlib.import_module("scipy.special").expit, "distance": lambda: importlib.import_module("scipy.spatial.distance").cosine, "result": lambda: importlib.import_module("scipy.optimize").OptimizeResult(x=1), "minimize": lambda: importlib.import_module("scipy.optimize").minimize,
        "norm.cdf": lambda: scipy.stats.norm(0, 1).cdf, "multivariate": lambda: scipy.stats.multivariate_normal([0], [1]), "rv_discrete": lambda: scipy.stats.rv_discrete(values=([1, 2], [0.5, 0.5])), "ttest": lambda: scipy.stats.ttest_ind([1, 2, 3], [2, 3, 4]), "butter": lambda: importlib.import_module("scipy.signal").butter(2, 0.1),
    })


def frames():
    try:
        import numpy as np, pandas as pd
    except ImportError:
        return
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.Categorical(["u", "v"]), "d": pd.to_datetime(["2020-01-01", None]), "e": pd.array([1, None], dtype="Int64"), "f": [1.5, 2.5]})
    table = {
        "frame": lambda: frame, "series": lambda: frame["a"], "index": lambda: pd.Index([1, 2]), "textindex": lambda: pd.Index(["a"]), "range": lambda: pd.RangeIndex(3), "multi": lambda: pd.MultiIndex.from_tuples([(1, "a")]), "dates": lambda: pd.date_range("2020", periods=3), "aware": lambda: pd.date_range("2020", periods=3, tz="UTC"), "categorical": lambda: pd.Categorical(["a"]),
        "timestamp": lambda: pd.Timestamp("2020-01-01", tz="Europe/Paris"), "timedelta": lambda: pd.Timedelta("1D"), "period": lambda: pd.Period("2020-01"), "periods": lambda: pd.period_range("2020", periods=2), "interval": lambda: pd.Interval(1, 2), "intervals": lambda: pd.interval_range(0, 3), "nat": lambda: pd.NaT, "na": lambda: pd.NA,
        "offset": lambda: pd.offsets.MonthEnd(), "dtype": lambda: pd.CategoricalDtype(["a"]), "int64": lambda: pd.Int64Dtype(), "string": lambda: pd.array(["a"], dtype="string"), "sparse": lambda: pd.arrays.SparseArray([0, 1]), "grouped": lambda: frame.groupby("a"), "function": lambda: pd.to_datetime, "isna": lambda: pd.isna, "bound": lambda: frame.describe, "grouper": lambda: pd.Grouper(key="a"), "rolling": lambda: frame[["a"]].rolling(2),
    }
    values("pandas", table)
    for ending in ("gz", "bz2", "xz", "zip", "zst", "tar"):
        path = os.path.join(FOLDER, "pandas", f"to_pickle.pkl.{ending}")
        try:
            frame.to_pickle(path)
            global MADE
            MADE += 1
        except ImportError:
            pass


def estimators():
    try:
        import joblib, numpy as np, pandas as pd, sklearn
        from sklearn.utils import all_estimators
    except ImportError:
        return
    import cloudpickle, dill
    rng = np.random.RandomState(0)
    X = np.abs(rng.rand(30, 4))
    y = np.array([0, 1] * 15)
    frame = pd.DataFrame({"a": X[:, 0], "b": ["u", "v", "w"] * 10})
    arrays = {"objects": np.array(["a", None], dtype=object), "two": [np.array([{1: 2}], dtype=object), np.arange(3.0)], "texts": np.array(["ab", "c"]), "nested": np.array([np.arange(3), None], dtype=object), "frame": frame, "mixed": {"x": np.array([["a", 1], [None, 2.5]], dtype=object), "again": None},
        "same": (lambda a: [a, a, {"a": a}])(np.array(["q", "q"], dtype=object)), "record": np.zeros(2, dtype=[("a", "O"), ("b", "f8")]), "empty": np.array([], dtype=object), "series": frame["b"], "scalar": np.float64(2), "deep": np.array([np.array([np.array(["x"], dtype=object)], dtype=object)] + [1], dtype=object), "big": np.arange(2000.0), "memo": ["q", np.array(["q", "r"], dtype=object), "q", "r"]}
    models = {}
    from sklearn import compose, ensemble, pipeline, preprocessing, feature_extraction, linear_model, model_selection, feature_selection, impute
    models["onehot"] = preprocessing.OneHotEncoder().fit(frame[["b"]])
    models["ordinal"] = preprocessing.OrdinalEncoder().fit(frame[["b"]])
    models["label"] = preprocessing.LabelEncoder().fit(frame["b"])
    models["forest-frame"] = ensemble.RandomForestClassifier(3).fit(frame[["a"]], frame["b"])
    models["columns"] = pipeline.make_pipeline(compose.ColumnTransformer([("a", preprocessing.StandardScaler(), ["a"]), ("b", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["b"])]), linear_model.LogisticRegression()).fit(frame, y)
    models["tfidf"] = pipeline.make_pipeline(feature_extraction.text.TfidfVectorizer(), linear_model.LogisticRegression()).fit(["aa bb", "cc dd"] * 15, y)
    models["tokenizer"] = feature_extraction.text.CountVectorizer(tokenizer=str.split, token_pattern=None).fit(["aa bb"])
    models["tokenizer-re"] = feature_extraction.text.CountVectorizer(tokenizer=re.compile(r"\w+").findall, token_pattern=None).fit(["aa bb"])
    models["function"] = preprocessing.FunctionTransformer(np.log1p).fit(X)
    models["function-math"] = preprocessing.FunctionTransformer(functools.partial(np.clip, a_min=0, a_max=1)).fit(X)
    models["grid"] = model_selection.GridSearchCV(ensemble.RandomForestClassifier(3), {"max_depth": [1, 2]}).fit(X, y)
    models["select"] = feature_selection.SelectKBest(k=2).fit(X, y)
    models["imputer"] = impute.SimpleImputer(strategy="most_frequent").fit(frame[["b"]])
    models["selector"] = compose.make_column_selector(dtype_include=object)
    models["metric"] = importlib.import_module("sklearn.metrics").make_scorer(importlib.import_module("sklearn.metrics").f1_score)
    for name, made in all_estimators():
        if name in ("GridSearchCV",):
            continue
        try:
            if issubclass(made, sklearn.base.MetaEstimatorMixin) or "estimator" in made().get_params():
                models[name] = made(linear_model.Ridge() if name.endswith("Regressor") else linear_model.LogisticRegression()).fit(X, y)
            else:
                models[name] = made().fit(X, y)
        except Exception:
            continue
    picklers = {"pickle.pkl": pickle.dumps, "cloudpickle.pkl": cloudpickle.dumps}
    for name, it in {**arrays, **models}.items():
        for ending, dumps in picklers.items():
            try:
                write(f"sklearn/{name}", dumps(it), ending)
            except Exception:
                pass
        for extra in ({}, {"protocol": 2}, {"compress": 3}):
            path = os.path.join(FOLDER, "sklearn", f"{name}{''.join(map(str, extra.values()))}.joblib")
            try:
                joblib.dump(it, path, **extra)
            except Exception:
                if os.path.exists(path):
                    os.remove(path)


def tensors():
    try:
        import torch
    except ImportError:
        return
    layers = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU(), torch.nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(layers.parameters())
    table = {"tensor": torch.zeros(2, 3), "arange": {"t": torch.arange(4.0)}, "linear": layers, "size": torch.Size([1]), "dtype": torch.float32, "device": torch.device("cpu"), "parameter": torch.nn.Parameter(torch.zeros(2)), "sparse": torch.eye(3).to_sparse(), "csr": torch.eye(3).to_sparse_csr(), "optimizer": optimizer, "state": layers.state_dict(),
        "jagged": torch.nested.nested_tensor([torch.zeros(2, 3), torch.ones(4, 3)], layout=torch.jagged), "nested": torch.nested.nested_tensor([torch.zeros(2, 3)]), "quantized": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8), "lstm": torch.nn.LSTM(2, 2), "transformer": torch.nn.TransformerEncoderLayer(4, 2, 8), "generator": torch.Generator(), "distribution": torch.distributions.Normal(0.0, 1.0),
        "scheduler": torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 3), "bf16": torch.zeros(2, dtype=torch.bfloat16), "fp8": torch.zeros(2).to(torch.float8_e4m3fn), "uint16": torch.zeros(2, dtype=torch.uint16), "function": torch.relu, "functional": torch.nn.functional.gelu, "bound": layers.forward, "sum": torch.zeros(2).sum, "dataset": torch.utils.data.TensorDataset(torch.zeros(2)),
        "parametrized": torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2)), "oldnorm": torch.nn.utils.weight_norm(torch.nn.Linear(2, 2)), "meta": torch.zeros(2, device="meta"), "complex": torch.zeros(2, dtype=torch.complex64), "conj": torch.zeros(2, dtype=torch.complex64).conj(), "rngstate": torch.get_rng_state(), "loss": torch.nn.CrossEntropyLoss(), "mha": torch.nn.MultiheadAttention(4, 2), "storage": torch.zeros(2).untyped_storage()}
    for name, it in table.items():
        value("torch", name, lambda: it)
        for ending, legacy in (("pt", True), ("legacy.pt", False)):
            stream = io.BytesIO()
            try:
                torch.save(it, stream, _use_new_zipfile_serialization=legacy)
            except Exception:
                continue
            write(f"torch/{name}", stream.getvalue(), ending)
        for library in ("joblib", "dill", "cloudpickle"):
            try:
                stream = io.BytesIO()
                importlib.import_module(library).dump(it, stream)
                write(f"torch/{name}", stream.getvalue(), "joblib" if library == "joblib" else f"{library}.pkl")
            except Exception:
                continue
    try:
        import torch.distributed.checkpoint as checkpoint
        checkpoint.save({"a": torch.zeros(3), "b": {"c": torch.ones(2, 2)}, "step": 3, "opt": {"lr": 0.1}}, checkpoint_id=os.path.join(FOLDER, "torch", "dcp"), no_dist=True)
    except Exception as error:
        print("distcp:", error, file=sys.stderr)


class Model:
    """A class that is not importable."""

    rate = 2

    def __init__(self):
        self.weights = [1, 2]

    def predict(self, x):
        return [math.sqrt(w * v) for w, v in zip(self.weights, x)]


def by_value():
    """Functions and classes that a pickler carries, under the names that copies of cloudpickle have inside other packages."""
    for library in ("cloudpickle", "dill", "joblib.externals.cloudpickle", "numba.cloudpickle", "ray.cloudpickle", "pyspark.cloudpickle", "distributed.protocol.pickle"):
        try:
            module = importlib.import_module(library)
        except ImportError:
            continue
        for name, it in {"lambda": lambda x: x + 1, "math": lambda x: math.log(x), "class": Model, "instance": Model(), "partial": functools.partial(lambda a, b: a * b, 2), "closure": (lambda n: lambda x: re.compile("a").sub(n, x))("b"), "plain": {"a": [1, datetime.date(2020, 1, 1)]}, "counter": collections.Counter("ab"), "bound": Model().predict, "regex": re.compile("a").findall}.items():
            try:
                write(f"by-value/{library}-{name}", module.dumps(it))
            except Exception:
                pass


os.makedirs(FOLDER, exist_ok=True)
values("plain", PLAIN)
values("standard", STANDARD)
values("functions", FUNCTIONS)
values("bound", BOUND)
values("packed", PACKED)
libraries()
frames()
estimators()
tensors()
by_value()
print(MADE, "files")

"""Lists names of Python's standard library that are values: what they make, and what a call of them does, stays inside the program.

    for python in python3.8 … python3.14; do $python scripts/standard-names.py; done | sort -u | python3 scripts/standard-names.py --write > src/names/standard.ts

Run under each Python that is to be covered. Of every module: exceptions, enumerations and named tuples, which hold what they are given. Of the
modules in PURE: all that they define themselves and do not keep private, and what pickles of their values name.
"""

import enum, importlib, pkgutil, sys, types, warnings

# Modules whose functions and classes compute on what they are given, and nothing else: no file, no connection, no program, no import by name,
# no code in a text. Read off the library reference and the sources of CPython 3.8 to 3.14; what of them does more is in EXCEPT.
PURE = """
abc array ast base64 binascii bisect calendar cmath collections collections.abc colorsys contextlib copy copyreg csv dataclasses datetime decimal difflib
email email.charset email.contentmanager email.errors email.feedparser email.header email.headerregistry email.message email.mime.application email.mime.base
email.mime.multipart email.mime.text email.parser email.policy email._policybase email._header_value_parser email.utils encodings.utf_8 encodings.ascii encodings.latin_1 encodings.idna enum
fnmatch fractions functools getopt graphlib hashlib heapq hmac html html.entities html.parser http.cookies ipaddress itertools json json.decoder json.encoder
json.scanner keyword math numbers operator optparse argparse plistlib pprint queue quopri random re reprlib secrets shlex
statistics string stringprep struct textwrap time tomllib tokenize types typing unicodedata urllib.parse uuid warnings weakref
xml.etree.ElementTree xml.sax.saxutils zlib zoneinfo codecs configparser traceback gettext mimetypes xmlrpc.client inspect locale
_collections_abc _random _struct _csv _queue _hashlib _weakrefset _bisect _heapq _locale _warnings _codecs _statistics
contextvars sched builtins
""".split()

# What these do beyond that, or call with what.
EXCEPT = {
    "_codecs": "register lookup decode encode register_error unregister unregister_error",
    "_locale": "setlocale bindtextdomain dcgettext dgettext gettext textdomain bind_textdomain_codeset",
    "_warnings": "warn_explicit",
    "ast": "main unparse _Unparser",
    "argparse": "FileType",
    "base64": "main encode decode test",
    "builtins": "__import__ __build_class__ getattr setattr delattr globals locals vars dir eval exec compile open input breakpoint help exit quit copyright credits license apply execfile file reload intern print",
    "calendar": "main",
    "codecs": "open EncodedFile StreamReader StreamWriter StreamReaderWriter StreamRecoder register register_error unregister lookup getencoder getdecoder getreader getwriter getincrementalencoder getincrementaldecoder encode decode iterencode iterdecode",
    "contextlib": "ExitStack AsyncExitStack _BaseExitStack _GeneratorContextManager _GeneratorContextManagerBase _AsyncGeneratorContextManager _RedirectStream closing aclosing redirect_stdout redirect_stderr chdir",
    "copyreg": "pickle constructor add_extension remove_extension clear_extension_cache",
    "dataclasses": "dataclass make_dataclass _FuncBuilder",
    "functools": "reduce singledispatch singledispatchmethod",
    "gettext": "translation install find bindtextdomain c2py GNUTranslations textdomain bind_textdomain_codeset dgettext dngettext dnpgettext dpgettext ldgettext ldngettext lgettext lngettext Catalog",
    "hashlib": "file_digest",
    "inspect": "getattr_static getmodule getmodulename getsource getsourcefile getsourcelines getfile getabsfile findsource getmembers getmembers_static stack trace currentframe getouterframes getinnerframes getcomments getdoc signature Signature.from_callable unwrap get_annotations classify_class_attrs getframeinfo getblock BlockFinder getclosurevars getcallargs",
    "locale": "setlocale bindtextdomain dcgettext dgettext gettext textdomain bind_textdomain_codeset",
    "mimetypes": "init read_mime_types",
    "plistlib": "readPlist writePlist",
    "operator": "attrgetter methodcaller call setitem delitem getitem iadd iand iconcat ifloordiv ilshift imatmul imod imul ior ipow irshift isub itruediv ixor",
    "optparse": "OptionParser",
    "pprint": "pprint pp",
    "random": "main",
    "sched": "scheduler",
    "traceback": "print_exc print_stack print_tb print_exception print_last extract_tb extract_stack format_stack walk_stack walk_tb StackSummary TracebackException FrameSummary.line",
    "time": "sleep clock_settime clock_settime_ns tzset",
    "types": "FunctionType LambdaType CodeType ModuleType new_class coroutine DynamicClassAttribute FrameType TracebackType prepare_class resolve_bases get_original_bases",
    "typing": "get_type_hints evaluate_forward_ref",
    "uuid": "getnode uuid1 uuid6 main",
    "warnings": "warn warn_explicit showwarning formatwarning",
    "weakref": "finalize",
    "xml.etree.ElementTree": "parse iterparse ElementInclude dump",
    "xml.sax.saxutils": "prepare_input_source",
    "xmlrpc.client": "ServerProxy Server Transport SafeTransport Unmarshaller Marshaller loads dumps getparser ExpatParser",
    "zoneinfo": "reset_tzpath available_timezones",
    "tokenize": "open main",
    "selectors": "DefaultSelector SelectSelector PollSelector EpollSelector KqueueSelector DevpollSelector",
}
# Private names that pickles of their values ask for.
PRIVATE = {
    "re": "_compile", "copyreg": "__newobj__ __newobj_ex__ _reconstructor _slotnames", "array": "_array_reconstructor", "collections": "_tuplegetter",
    "random": "_inst", "email._policybase": "_PolicyBase", "functools": "_lru_cache_wrapper", "uuid": "_UUID", "zoneinfo": "ZoneInfo._unpickle",
    "operator": "_itemgetter", "inspect": "_ParameterKind _empty _void",
    "typing": "_GenericAlias _SpecialForm _ProtocolMeta _TypedDictMeta _UnionGenericAlias _LiteralGenericAlias _CallableGenericAlias _AnnotatedAlias",
    "dataclasses": "_MISSING_TYPE _FIELD_BASE _DataclassParams _HAS_DEFAULT_FACTORY_CLASS _KW_ONLY_TYPE", "ast": "_const_node_type_names",
    "email.headerregistry": "_reconstruct_header", "itertools": "_tee _tee_dataobject _grouper", "xml.etree.ElementTree": "_ElementTree", "configparser": "_UNSET", "queue": "_PySimpleQueue", "hashlib": "openssl_md5",
}
SKIPPED = {"antigravity", "this", "idlelib", "turtle", "turtledemo", "test", "tkinter", "__main__", "lib2to3", "ensurepip", "venv", "pip"}


def main():
    warnings.simplefilter("ignore")
    names = set()
    for module in sorted(set(modules())):
        try:
            loaded = importlib.import_module(module)
        except BaseException:
            continue
        pure = module in PURE
        left_out = set(EXCEPT.get(module, "").split())
        for name, value in list(vars(loaded).items()):
            if name in left_out or name.startswith("__") or not name.isidentifier() or isinstance(value, types.ModuleType):
                continue
            home = getattr(value, "__module__", module) or module
            if is_data(value) and home in (module, f"_{module}"):
                names.add(f"{module} {name}")
            elif pure and (isinstance(value, type) or not name.startswith("_") or name in PRIVATE.get(module, "").split()) and owned(value, module, home):
                names.add(f"{module} {name}")
        for name in PRIVATE.get(module, "").split():
            if "." in name or hasattr(loaded, name):
                names.add(f"{module} {name}")
    print("\n".join(sorted(names)))


def modules():
    top = getattr(sys, "stdlib_module_names", None) or PURE
    for name in [*top, *PURE]:
        if name.split(".")[0] in SKIPPED:
            continue
        yield name
        try:
            package = importlib.import_module(name)
        except BaseException:
            continue
        for found in pkgutil.walk_packages(getattr(package, "__path__", []), f"{name}.", onerror=lambda _: None):
            if not SKIPPED & set(found.name.split(".")) and "tests" not in found.name:
                yield found.name


def is_data(value):
    """Exceptions, enumerations and their members, named tuples and the tuples with names of the interpreter: they hold what they are given."""
    if not isinstance(value, type):
        return isinstance(value, enum.Enum)
    if issubclass(value, BaseException) or type(value).__name__ in ("EnumMeta", "EnumType"):
        return True
    return issubclass(value, tuple) and (hasattr(value, "_fields") or hasattr(value, "n_fields"))


def owned(value, module, home):
    """Defined in this module, or in the private one that it is made of: a module that it only imports is judged by itself."""
    if not callable(value):
        return False  # Pickles hold constants, and name none.
    if home == "builtins":
        return module in ("builtins", "types")
    return home in (module, f"_{module}", f"{module}._local") or home.startswith(f"{module}.") or module == "collections.abc"


HEAD = '''/**
 * Names of Python's standard library that are values, by module: exceptions, enumerations, named tuples and what modules define that only
 * compute on what they are given. Made by scripts/standard-names.py from CPython {versions}; what it leaves out and why is there.
 */
export const STANDARD_VALUES: Readonly<Record<string, readonly string[]>> = {{
'''


def write():
    table = {}
    for line in sys.stdin:
        module, name = line.split()
        table.setdefault(module, []).append(name)
    print(HEAD.format(versions="3.8 to 3.13"), end="")
    for module, names in sorted(table.items()):
        print(f"  '{module}': [")
        for name in sorted(names):
            print(f"    '{name}',")
        print("  ],")
    print("};")


if "--write" in sys.argv:
    write()
else:
    main()

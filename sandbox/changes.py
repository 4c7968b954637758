"""
What a load and a use leave changed in the interpreter of the program that loads the model: functions that are others now, the environment, the
search for modules, hooks. What is compared are identities, taken before the load and after; nothing of what is found is called.

It runs in the model's own interpreter and so its report is information, like everything that the runner reports.
"""

# What is compared is of any type, and some of it is unknown even to the standard library's own types.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import _signal as signals
import atexit
import builtins
import codecs
import encodings
import functools
import gc
import os
import re
import resource
import sys
import threading
import types
from encodings import aliases
from importlib import _bootstrap as bootstrap
from importlib import _bootstrap_external as machinery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

MOST = 40  # changes that are reported; an attack needs one
# Variables by which programs choose what to load, whom to trust and whom to ask, now or in what is started next. Compared in small letters.
VARIABLES = frozenset({
    "http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy", "ws_proxy", "wss_proxy", "socks_proxy", "grpc_proxy",
    "ld_preload", "ld_library_path", "ld_audit", "ld_debug_output", "gconv_path", "locpath", "malloc_perturb_", "resolv_host_conf",
    "hostaliases", "localdomain", "res_options", "glibc_tunables",
    "path", "home", "tmpdir", "shell", "bash_env", "env", "ifs", "prompt_command", "editor", "visual", "pager", "browser", "xdg_config_home",
    "pythonpath", "pythonhome", "pythonstartup", "pythonbreakpoint", "pythoninspect", "pythonuserbase", "pythonhttpsverify",
    "pythonwarnings", "pythonplatlibdir", "pythoncasok", "pythonpycacheprefix", "pythonexecutable", "virtual_env", "conda_prefix",
    "ssl_cert_file", "ssl_cert_dir", "requests_ca_bundle", "curl_ca_bundle", "openssl_conf", "openssl_modules", "sslkeylogfile",
    "node_extra_ca_certs", "node_tls_reject_unauthorized", "node_options", "git_ssl_no_verify", "git_ssl_cainfo", "git_config_global",
    "git_ssh_command", "git_ssh", "git_askpass", "git_proxy_command", "ssh_auth_sock", "ssh_askpass",
    "pip_index_url", "pip_extra_index_url", "pip_trusted_host", "pip_config_file", "pip_proxy", "uv_index_url", "uv_default_index",
    "conda_channel_alias", "npm_config_registry", "hf_endpoint", "hf_hub_url", "hf_home", "huggingface_hub_cache",
    "hf_modules_cache", "transformers_cache", "torch_home", "openai_base_url", "openai_api_base", "anthropic_base_url",
    "aws_endpoint_url", "aws_config_file", "aws_shared_credentials_file", "mlflow_tracking_uri", "wandb_base_url",
    "perl5opt", "perl5lib", "rubyopt", "java_tool_options", "jdk_java_options", "_java_options", "dotnet_startup_hooks", "cuda_inject64_path",
    "nvidia_tf32_override", "trust_remote_code", "torch_force_no_weights_only_load", "torch_force_weights_only_load", "torch_extensions_dir",
    "torchinductor_cache_dir", "triton_cache_dir", "numba_cache_dir", "cupy_cache_dir", "xla_flags", "cc", "cxx", "cuda_home",
    "hf_token", "hugging_face_hub_token", "wandb_api_key", "openai_api_key", "anthropic_api_key", "aws_access_key_id", "aws_profile",
})
# Containers with functions and objects that libraries call by themselves.
WORDS = re.compile("hook|registry|dispatch|opener|callback|adapters|converters|_formats|_browsers|backends|compressors|safe_globals", re.IGNORECASE)
# Of these whatever is added counts: what a later load may call without being asked.
TRUSTED = re.compile("safe_globals", re.IGNORECASE)
# Folders and files that are computed when they are first asked for, unless somebody has set them.
SET_LATER = frozenset({"tempdir", "pycache_prefix", "_hub_dir", "_CACERT_PATH"})
# Handlers of Python's that send what is logged to another program.
SENDING = frozenset({"SocketHandler", "DatagramHandler", "SysLogHandler", "HTTPHandler", "SMTPHandler"})
HEAP_TYPE = 1 << 9  # made by a statement of Python's, not in C
IMMUTABLE_TYPE = 1 << 8  # made in C, all the same
# Read-only in the sandbox: what lies here the model did not write.
OF_THE_IMAGE = "/usr/"
# What the import system gives to a module before its code runs.
NEW = frozenset({"__name__", "__doc__", "__package__", "__loader__", "__spec__", "__file__", "__cached__", "__path__", "__origname__"})
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
# Functions that say by their code whose they are: what C has made, and what is around another function, can be anybody's.
PYTHONS = (types.FunctionType, types.MethodType)
PARTS = (types.ModuleType, staticmethod, classmethod, property)
DICT_OF_TYPE: Any = type.__dict__["__dict__"]
MRO_OF_TYPE: Any = type.__dict__["__mro__"]
DICT_OF_MODULE: Any = vars(types.ModuleType)["__dict__"]
STANDARD: frozenset[str] | None = getattr(sys, "stdlib_module_names", None)  # since Python 3.10
STANDARD_FOLDER = os.path.dirname(os.__file__) + "/"


def codec_searches() -> list[Any]:
    """The interpreter's own list of them, which no module gives out; found while there is little to look through."""
    known = encodings.search_function
    return next((found for found in gc.get_referrers(known) if type(found) is list and known in found), [])


CODEC_SEARCHES = codec_searches()


def mark() -> None:
    """Does nothing; the interpreter's lists of what is run when a process forks are those that this is in."""


def fork_lists() -> list[list[Any]]:
    os.register_at_fork(before=mark, after_in_parent=mark, after_in_child=mark)
    return [found for found in gc.get_referrers(mark) if type(found) is list]


FORK_LISTS = fork_lists()
FORKS = "os.register_at_fork"


# The sandbox's files ask in three ways what is of the image, and no one of them could do for the others:
# - imports.py asks it of a name, before there is a module and any code to look at, and before a model is read: the spec is all there is, and true.
# - director.py asks it of classes and functions in a thread in which nothing of the model's may run. It has what the interpreter itself stores, the
#   name of the file among it, which code can be made with; reading that file goes through functions of importlib, which a model can replace.
# - Here it is asked on the scene, of what stands in the place of something else, where a forged name is the attack: only the bytecode says it.
def is_of_the_image(value: Any) -> bool:
    """Whether it was made by a file of the image: what a model brings along can have any name, but not that file's code."""
    while isinstance(value, (types.MethodType, staticmethod, classmethod)):
        value = value.__func__
    if isinstance(value, property):
        return all(is_of_the_image(part) for part in (value.fget, value.fset, value.fdel) if part is not None)
    if isinstance(value, types.BuiltinFunctionType):
        return not is_acting(value)
    if isinstance(value, functools.partial):
        return all(is_of_the_image(part) for part in (value.func, *value.args, *value.keywords.values()) if type(part) not in PLAIN)
    if isinstance(value, types.ModuleType):
        return id(value) in IMPORTED or is_wrapper(value)
    if isinstance(value, types.FunctionType):
        # A function that replaces another can have that one's module name, and even its code; the globals are its own.
        space, code = value.__globals__, value.__code__
        return id(space) in SPACES and any(made == code for made in codes_named(space.get("__name__"), code.co_name))
    kinds = MRO_OF_TYPE.__get__(value if isinstance(value, type) else type(value))
    functions = [function for kind in kinds for function in functions_of(kind)]
    return all(map(is_of_the_image, functions)) and all(map(is_known, kinds))


def is_surely_own(value: Any) -> bool:
    """A function or class that has code of its own which is in no file of the image."""
    if isinstance(value, type):
        return any(not is_of_the_image(function) for function in functions_of(value))
    return isinstance(value, (types.FunctionType, types.MethodType, functools.partial)) and not is_of_the_image(value)


def functions_of(kind: type) -> list[Any]:
    return [held for held in DICT_OF_TYPE.__get__(kind).values() if isinstance(held, types.FunctionType)]


def is_known(kind: type) -> bool:
    """Whether a class is of the image by what it has: its functions, or the place of one that has none."""
    if functions_of(kind) or not kind.__flags__ & HEAP_TYPE or kind.__flags__ & IMMUTABLE_TYPE:
        return True
    inside = DICT_OF_TYPE.__get__(kind)
    module, title = inside.get("__module__"), kind.__qualname__
    home = sys.modules.get(module) if type(module) is str else None
    if not isinstance(home, types.ModuleType) or id(home) not in IMPORTED or not place_of(home).startswith((OF_THE_IMAGE, "frozen", "built-in")):
        return False
    found: Any = DICT_OF_MODULE.__get__(home)
    for part in title.split("."):
        found = found.get(part) if isinstance(found, dict) else DICT_OF_TYPE.__get__(found).get(part) if isinstance(found, type) else None
    # One that a function makes is in no module; one of C's is under another name in some.
    return found is kind or not place_of(home).endswith((".py", "frozen")) or bool(codes_named(module, kind.__name__))


def is_acting(function: Any) -> bool:
    """A function of C that acts on what it is handed, whoever calls it."""
    home = function.__self__
    name = DICT_OF_MODULE.__get__(home).get("__name__") if isinstance(home, types.ModuleType) else ""
    return name in ("posix", "_posixsubprocess", "_ctypes") or (name == "builtins" and function.__name__ in ("eval", "exec", "__import__"))


def is_wrapper(module: types.ModuleType) -> bool:
    """Whether a library of the image made it, around a module or for one that is loaded later, as TensorFlow does with its old interface."""
    kind = type(module)
    home = sys.modules.get(kind.__module__)
    if (kind is types.ModuleType or not isinstance(home, types.ModuleType) or id(home) not in IMPORTED
            or DICT_OF_MODULE.__get__(home).get(kind.__qualname__) is not kind or not is_of_the_image(kind)):
        return False
    space = DICT_OF_MODULE.__get__(module)
    around = [value for value in space.values() if isinstance(value, types.ModuleType) and type(value) is not kind]
    # Beside modules it has what these have.
    return (all(id(value) in IMPORTED for value in around)
            and all(any(DICT_OF_MODULE.__get__(inside).get(name) is value for inside in around)
                    for name, value in space.items() if callable(value) and not isinstance(value, types.ModuleType)))


# Modules of the image as they were imported, and the dictionaries of what ran for them, by identity: a model can make a module with any name and
# `__file__`. Held, so that no other object gets the identity of one that is gone.
IMPORTED: dict[int, types.ModuleType] = {}
SPACES: dict[int, Any] = {}


def enter(module: Any) -> None:
    if isinstance(module, types.ModuleType):
        IMPORTED[id(module)] = module
        space = DICT_OF_MODULE.__get__(module)
        SPACES[id(space)] = space


# By module and name: what the module's file has under it, however deep.
CODES: dict[str, dict[str, list[types.CodeType]]] = {}


def codes_named(name: Any, wanted: str) -> list[types.CodeType]:
    if type(name) is not str:
        return []
    if name not in CODES:
        found: dict[str, list[types.CodeType]] = {}
        waiting = [code_of(name)]
        while waiting:
            code = waiting.pop()
            if code is not None:
                found.setdefault(code.co_name, []).append(code)
                waiting += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
        CODES[name] = found
    return CODES[name].get(wanted, [])


def code_of(name: str) -> types.CodeType | None:
    module = sys.modules.get(name)
    place = place_of(module) if isinstance(module, types.ModuleType) else ""
    if place == "frozen":
        place = f"{STANDARD_FOLDER}{name.replace('.', '/')}.py"
    if not place.startswith(OF_THE_IMAGE) or not place.endswith(".py"):
        return None
    try:
        return machinery.SourceFileLoader(name, place).get_code(name)
    except (ImportError, OSError, ValueError, SyntaxError):
        return None


def says(name: Any, attribute: str) -> bool:
    """Whether the module's own code has the attribute's name: then it is what sets it."""
    codes_named(name, "")
    return any(attribute in code.co_names or attribute in code.co_consts for codes in CODES.get(name, {}).values() for code in codes)


def place_of(module: types.ModuleType) -> str:
    space = DICT_OF_MODULE.__get__(module)
    spec = space.get("__spec__")
    place = space.get("__file__") or getattr(spec, "origin", None) or ""
    return place if type(place) is str else ""


def described(value: Any) -> str:
    if isinstance(value, types.ModuleType):
        return f"the module {str(DICT_OF_MODULE.__get__(value).get('__name__'))[:100]}"
    if isinstance(value, (*FUNCTIONS, type)):
        return f"{str(getattr(value, '__module__', ''))[:100]}.{value.__qualname__[:100]}" + ("" if is_of_the_image(value) else ", which is not of the image")
    if value is None:
        return "nothing"
    return value[:200] if type(value) is str else f"an object of {getattr(type(value), '__module__', '')}.{type(value).__qualname__}"


def is_standard(name: str, module: Any) -> bool:
    if STANDARD is not None:
        return package(name) in STANDARD
    place = place_of(module) if isinstance(module, types.ModuleType) else ""
    return name in sys.builtin_module_names or (place.startswith((STANDARD_FOLDER, "frozen")) and "-packages/" not in place)


def source_of(value: Any) -> str:
    """The module that it is from."""
    if isinstance(value, types.FunctionType):
        name = value.__globals__.get("__name__")
    elif isinstance(value, types.ModuleType):
        name = DICT_OF_MODULE.__get__(value).get("__name__") or getattr(type(value), "__module__", "")
    else:
        name = getattr(value if isinstance(value, (*FUNCTIONS, type)) else type(value), "__module__", None)
    return name if type(name) is str else ""


def package(name: str) -> str:
    return name.split(".", 1)[0]


def kept_of(value: types.FunctionType) -> tuple[types.FunctionType, types.CodeType, Any, Any]:
    """What a function does may be changed with the function itself in its place."""
    keywords = value.__kwdefaults__
    return value, value.__code__, value.__defaults__, dict(keywords) if keywords else None


def change_of(value: types.FunctionType, code: types.CodeType, defaults: Any, keywords: Any) -> str | None:
    if value.__code__ is not code:
        return "its code is another"
    if value.__defaults__ is not defaults:
        return "its defaults are others"
    now = value.__kwdefaults__
    if now or keywords:
        now, keywords = now or {}, keywords or {}
        if now.keys() != keywords.keys() or any(now[key] is not keywords[key] for key in keywords):
            return "its defaults are others"
    return None


class State:
    """Taken before the load. `changes` compares with it."""

    def __init__(self) -> None:
        self.modules: dict[str, Any] = sys.modules
        self.environment = os.environ
        self.variables = {name: value for name, value in os.environ.items() if name.lower() in VARIABLES}
        # Where the process's own environment was changed past os.environ, its audit event said so.
        self.put: dict[str, str | None] = {}
        self.lists = [("sys.path", sys.path, list(sys.path)), ("sys.meta_path", sys.meta_path, list(sys.meta_path)),
                      ("sys.path_hooks", sys.path_hooks, list(sys.path_hooks)), ("codecs.register", CODEC_SEARCHES, list(CODEC_SEARCHES)),
                      ("gc.callbacks", gc.callbacks, list(gc.callbacks)),
                      *((FORKS, held, list(held)) for held in FORK_LISTS)]
        self.values = {name: value() for name, value in VALUES.items()}
        self.signals = {number: signals.getsignal(number) for number in signals.valid_signals()}
        self.before: dict[str, Any] = dict(self.modules)
        self.importing = 0
        self.spaces: list[tuple[str, bool, Any, dict[str, Any]]] = []
        self.kinds: list[tuple[str, Any, type]] = []
        self.functions: list[tuple[str, tuple[types.FunctionType, types.CodeType, Any, Any]]] = []
        self.called: list[tuple[str, Any, str, Any, frozenset[int], bool]] = []
        # Where packages look for their parts.
        self.folders: list[tuple[str, Any, list[Any]]] = []
        self.process = process_state()
        # By number: one of them has two names.
        limits = {getattr(resource, name): name for name in sorted(dir(resource), reverse=True) if name.startswith("RLIMIT_")}
        self.limits = {name: (number, resource.getrlimit(number)[0]) for number, name in limits.items()}
        self.exits = registered_at_exit()
        self.aliases = dict(aliases.aliases)
        self.finders = {id(part) for finder in sys.path_importer_cache.values() for part in parts_of_finder(finder)}
        self.logging = frozenset(id(one) for _, one in logging_parts())
        self.seen: set[int] = set()
        # Where Python searches for modules and packages: importlib_metadata takes the place of a part of it when it is imported.
        self.searches: list[tuple[Any, dict[str, Any]]] = []
        self.watch_imports()
        for name, module in list(self.before.items()):
            if isinstance(module, types.ModuleType):
                self.remember(name, module)

    def watch_imports(self) -> None:
        """A module that the load imports is as its own code made it when that has run."""
        source: Any = machinery.__dict__["_LoaderBasics"]
        extension: Any = machinery.ExtensionFileLoader
        frozen: Any = bootstrap.__dict__["FrozenImporter"]
        builtin: Any = bootstrap.__dict__["BuiltinImporter"]
        run, initialize, thaw = source.exec_module, extension.exec_module, frozen.exec_module
        load, find = extension.create_module, builtin.create_module

        def exec_source(self_: Any, module: types.ModuleType) -> None:
            self.run(module, lambda: run(self_, module))

        def exec_extension(self_: Any, module: types.ModuleType) -> None:
            self.run(module, lambda: initialize(self_, module))

        def exec_frozen(module: types.ModuleType) -> None:
            self.run(module, lambda: thaw(module))

        # What is written in C is there, with all that it has, before it is in its place.
        def create_extension(self_: Any, spec: Any) -> Any:
            module = load(self_, spec)
            # The file that was loaded: the module is told of it later.
            if type(spec.origin) is str and spec.origin.startswith(OF_THE_IMAGE):
                enter(module)
            return module

        def create_builtin(spec: Any) -> Any:
            module = find(spec)
            enter(module)
            return module

        source.exec_module, extension.exec_module, frozen.exec_module = exec_source, exec_extension, staticmethod(exec_frozen)
        extension.create_module = create_extension
        builtin.create_module = staticmethod(create_builtin)

    def run(self, module: types.ModuleType, execute: Callable[[], None]) -> None:
        name = module.__name__
        # What is not in its place is nothing that others get when they import it; what holds something before it runs holds more than its code made.
        is_new = (type(name) is str and self.modules.get(name) is module
                  and (id(module) in IMPORTED or NEW.issuperset(DICT_OF_MODULE.__get__(module))))
        is_outermost = self.importing == 0 and place_of(module).startswith(OF_THE_IMAGE)
        before = self.look() if is_outermost else None
        self.importing += is_outermost
        try:
            execute()
        finally:
            self.importing -= is_outermost
            if before is not None:
                self.adopt(before)
        if is_new and place_of(module).startswith((OF_THE_IMAGE, "frozen")):
            now = self.modules.get(name)
            enter(module)
            self.before.setdefault(name, now)
            if isinstance(now, types.ModuleType):
                self.remember(name, now)

    def look(self) -> tuple[list[list[Any]], dict[str, Any], dict[Any, Any], dict[str, str], list[dict[str, Any]]]:
        return ([list(self.current(name, held)) for name, held, _ in self.lists], {name: value() for name, value in VALUES.items()},
                {number: signals.getsignal(number) for number in self.signals}, dict(self.environment), [dict(space) for space, _ in self.searches])

    def adopt(self, before: tuple[list[list[Any]], dict[str, Any], dict[Any, Any], dict[str, str], list[dict[str, Any]]]) -> None:
        """What a module of the image changed when it was imported is that module's doing."""
        lists, values, handlers, variables, searches = before
        for (space, kept), then in zip(self.searches, searches):
            for key in [key for key in {*then, *space} if space.get(key) is not then.get(key)]:
                if key in space:
                    kept[key] = space[key]
                else:
                    kept.pop(key, None)
        for (name, held, known), then in zip(self.lists, lists):
            known += [value for value in self.current(name, held) if all(value is not kept for kept in then)]
        self.values.update({name: value() for name, value in VALUES.items() if value() is not values[name]})
        for number, handler in handlers.items():
            if signals.getsignal(number) is not handler:
                self.signals[number] = signals.getsignal(number)
        for name, value in self.environment.items():
            if variables.get(name) != value and name.lower() in VARIABLES:
                self.variables[name] = value

    @staticmethod
    def current(name: str, held: list[Any]) -> list[Any]:
        return getattr(sys, name[4:]) if name.startswith("sys.") else held

    def remember(self, name: str, module: types.ModuleType) -> None:
        """Copies alone: which of the values matter is looked at when one of them is another. It has to take no time."""
        if id(module) in self.seen:
            return
        self.seen.add(id(module))
        enter(module)
        space = DICT_OF_MODULE.__get__(module)
        standard = is_standard(name, module)
        self.spaces.append((name, standard, space, dict(space)))
        self.kinds.append((name, module, type(module)))
        for key, value in list(space.items()):
            kind = type(value)
            if kind is types.FunctionType:
                if value.__module__ == name:
                    self.functions.append((name, kept_of(value)))
            elif kind in CONTAINERS or issubclass(kind, dict):
                if key == "__path__" and kind is list:
                    self.folders.append((name, value, list(value)))
                elif type(key) is str:
                    self.watch_container(name, space, key, value, standard)
            elif issubclass(kind, type) and value.__flags__ & HEAP_TYPE and id(value) not in self.seen:
                inside = DICT_OF_TYPE.__get__(value)
                # Not by the attribute: a class of jax's has none to give.
                if inside.get("__module__") != name:
                    continue
                self.seen.add(id(value))
                kept = dict(inside)
                self.spaces.append((f"{name}.{key}", standard, inside, kept))
                if any(value is finder for finder in sys.meta_path):
                    self.searches.append((inside, kept))
                if standard:
                    where = f"{name}.{key}"
                    self.functions += [(where, kept_of(held)) for held in inside.values() if type(held) is types.FunctionType]
                    for word, held in list(inside.items()):
                        if type(held) in CONTAINERS:
                            self.watch_container(where, inside, word, held, standard)

    def watch_container(self, where: str, space: Any, key: str, held: Any, standard: bool) -> None:
        """One whose name says that what it holds is called; of Python's own modules each, for functions and classes that are surely the model's."""
        is_called = WORDS.search(key) is not None
        if is_called or (standard and key[:2] != "__"):
            self.called.append((f"{where}.{key}", space, key, held, frozenset(map(id, contents(held))), is_called))

    def put_variable(self, name: Any, value: Any) -> None:
        name = os.fsdecode(name) if isinstance(name, (str, bytes)) else ""
        if name.lower() in VARIABLES and not self.importing and len(self.put) < 200:
            self.put[name] = os.fsdecode(value) if isinstance(value, (str, bytes)) else None

    def changes(self) -> tuple[list[tuple[str, str]], bool]:
        """What changed, and what is there now; at most MOST, what weighs most first. And whether everything could be compared."""
        found: dict[str, str] = {}
        complete = True
        for part in (self.changed_variables, self.changed_values, self.changed_signals, self.changed_lists, self.changed_types,
                     self.changed_spaces, self.changed_functions, self.changed_calls, self.changed_modules, self.changed_folders,
                     self.changed_finders, self.changed_logging, self.changed_process):
            try:
                for what, now in part():
                    if what not in found and len(found) < MOST:
                        found[what] = now
            except Exception:  # noqa: BLE001 - what is compared can be an object of the model's, with an answer of its own
                complete = False
        return list(found.items()), complete

    def changed_values(self) -> Iterator[tuple[str, str]]:
        for name, value in VALUES.items():
            if value() is not self.values[name]:
                yield name, described(value())

    def changed_signals(self) -> Iterator[tuple[str, str]]:
        for number, handler in self.signals.items():
            now = signals.getsignal(number)
            # A library of the image that sets handlers sets one of its own: torch's DataLoader watches its workers.
            is_librarys = isinstance(now, types.FunctionType) and is_of_the_image(now) and says(source_of(now), "signal")
            if now is not handler and not is_librarys:
                yield f"the handler of signal {int(number)}", described(now)

    def changed_types(self) -> Iterator[tuple[str, str]]:
        for name, module, kind in self.kinds:
            if type(module) is not kind:
                yield name, f"its type is {described(type(module))}"

    def changed_spaces(self) -> Iterator[tuple[str, str]]:
        for name, standard, space, kept in self.spaces:
            for key, before in [(key, value) for key, value in kept.items() if space.get(key) is not value]:
                now = space.get(key)
                # Its constants say what is trusted.
                counts = isinstance(before, PARTS) or callable(before) or (name == "ssl" and (key[:1] != "_" or type(before) is str))
                if counts:
                    is_other = not (self.is_patch(now, key) if standard else self.is_own(name, now) or self.is_loaded(before, now))
                else:
                    is_other = is_set_anew(name, key, before, now) or (standard and key[:2] != "__" and not is_of_the_image(now))
                if is_other:
                    yield f"{name}.{key}", described(now)
            # What is added hides what it has from a class that it derives from, or is a name that all others see.
            for key in [key for key in space if key not in kept and key[:2] != "__" and not is_of_the_image(space[key])] if standard else []:
                yield f"{name}.{key}", described(space[key])
            intercepts = space.get("__getattr__")
            if intercepts is not None and "__getattr__" not in kept and not is_of_the_image(intercepts):
                yield f"{name}.__getattr__", described(intercepts)

    def changed_functions(self) -> Iterator[tuple[str, str]]:
        for name, kept in self.functions:
            change = change_of(*kept)
            if change is not None:
                yield f"{name}.{kept[0].__name__}", change

    def changed_calls(self) -> Iterator[tuple[str, str]]:
        for name, space, key, held, before, is_called in self.called:
            current = space.get(key)
            for value in contents(current if type(current) in CONTAINERS or isinstance(current, dict) else held):
                if id(value) not in before and (TRUSTED.search(name) or (not is_of_the_image(value) if is_called else is_surely_own(value))):
                    yield name, described(value)

    def changed_folders(self) -> Iterator[tuple[str, str]]:
        for name, held, before in self.folders:
            module = self.modules.get(name)
            current = DICT_OF_MODULE.__get__(module).get("__path__") if isinstance(module, types.ModuleType) else held
            for folder in list(current) if type(current) is list else []:
                if folder not in before and not (type(folder) is str and folder.startswith(OF_THE_IMAGE)):
                    yield f"{name}.__path__", described(folder)

    def changed_finders(self) -> Iterator[tuple[str, str]]:
        """Python asks these for the modules of a folder, and they ask their loaders."""
        for folder, finder in list(sys.path_importer_cache.items()):
            for part in parts_of_finder(finder):
                if id(part) not in self.finders and not is_of_the_image(part):
                    yield f"sys.path_importer_cache {str(folder)[:200]}", described(part)

    def changed_logging(self) -> Iterator[tuple[str, str]]:
        """What a handler or filter is handed is what all others log."""
        for name, part in logging_parts():
            sends = type(part).__module__ == "logging.handlers" and type(part).__qualname__ in SENDING
            if id(part) not in self.logging and (sends or not is_of_the_image(part)):
                yield f"logging {name}", described(part)

    def changed_process(self) -> Iterator[tuple[str, str]]:
        for (what, now), (_, before) in zip(process_state(), self.process):
            if now != before:
                yield what, str(now)
        for name, (number, before) in self.limits.items():
            now = resource.getrlimit(number)[0]
            # Libraries raise the one of open files.
            if now not in (before, resource.RLIM_INFINITY) and (before == resource.RLIM_INFINITY or now < before):
                yield name, str(now)
        for name in [name for name, encoding in self.aliases.items() if aliases.aliases.get(name) != encoding]:
            yield f"encodings.aliases {name}", str(aliases.aliases.get(name))[:200]
        if registered_at_exit() < self.exits:
            yield "atexit", "what was registered is gone"
        if type(self.environment) is not ENVIRONMENT:
            yield "os.environ", f"its type is {described(type(self.environment))}"

    def is_patch(self, now: Any, key: str) -> bool:
        """A library of the image puts its own in the place of one of Python's."""
        while isinstance(now, (types.MethodType, staticmethod, classmethod)):
            now = now.__func__
        source = source_of(now)
        return (isinstance(now, (types.FunctionType, type)) and not is_standard(source, sys.modules.get(source))
                and is_of_the_image(now) and says(source, key))

    def is_own(self, name: str, now: Any) -> bool:
        """A library puts one of its own in the place of another, as those do that load their parts when they are asked for."""
        return now is None or (is_of_the_image(now) and package(source_of(now)) == package(name))

    def is_loaded(self, before: Any, now: Any) -> bool:
        """What stood for a module until it was asked for (`tensorflow.keras`) gives its place to one of the image."""
        return (isinstance(before, types.ModuleType) and type(before) is not types.ModuleType
                and isinstance(now, types.ModuleType) and is_of_the_image(now))

    def changed_variables(self) -> Iterator[tuple[str, str]]:
        if os.environ is not self.environment:
            yield "os.environ", described(os.environ)
        now = {name: value for name, value in self.environment.items() if name.lower() in VARIABLES}
        for name in sorted({*now, *self.variables}):
            if now.get(name) != self.variables.get(name):
                yield f"the environment variable {name}", now.get(name, "nothing")
        for name, value in sorted(self.put.items()):
            if value != self.variables.get(name) and value != now.get(name):
                yield f"the environment variable {name}", value or "nothing"

    def changed_lists(self) -> Iterator[tuple[str, str]]:
        for name, held, before in self.lists:
            current = self.current(name, held)
            if current is not held:
                yield name, "another list"
            known = set(map(id, before))
            for value in list(current):
                if type(value) is str:
                    if value not in before:
                        yield f"{name} {value[:200]}", "a folder for modules was added"
                elif id(value) not in known and not (is_of_the_image(value) and (name != FORKS or isinstance(value, PYTHONS))):
                    yield name, described(value)
            if any(all(value is not kept for kept in current) for value in before):
                yield name, "what was in it is gone"

    def changed_modules(self) -> Iterator[tuple[str, str]]:
        if sys.modules is not self.modules:
            yield "sys.modules", described(sys.modules)
        for name, module in list(self.before.items()):
            now = self.modules.get(name)
            if now is not module and (is_standard(name, module) or (now is not None and not is_of_the_image(now))):
                yield f"sys.modules {name}", described(now)
        for name, module in list(self.modules.items()):
            if name in self.before or not isinstance(module, types.ModuleType) or module is self.before.get("__main__") or id(module) in IMPORTED:
                continue
            place = place_of(module)
            is_forged = place.startswith((OF_THE_IMAGE, "frozen", "built-in"))
            # Cython and libraries make some for themselves; they hold nothing of the model's.
            values = [value for value in DICT_OF_MODULE.__get__(module).values() if isinstance(value, (types.FunctionType, types.MethodType, type))]
            if (is_forged or (not place and "." not in name)) and not all(is_of_the_image(value) for value in values):
                yield f"sys.modules {name}", f"a module that says it is of {place[:200]}" if is_forged else "a module that comes from no file"


ENVIRONMENT = type(os.environ)
CONTAINERS = (list, dict, set)
PLAIN = (str, bytes, int, float, type(None), dict, list, set, frozenset, tuple, types.ModuleType)


def contents(held: Any) -> list[Any]:
    """The functions, classes and objects in a list, or in the values of a table, also in pairs."""
    values = list(dict.values(held)) if isinstance(held, dict) else list(held)
    found: list[Any] = []
    for value in values[:20_000]:
        found += [part for part in (value if type(value) in (tuple, list) else (value,)) if type(part) not in PLAIN]
    return found


def is_set_anew(name: str, key: str, before: Any, now: Any) -> bool:
    """
    A text that says where something lies or whom to ask is another, and none of those that the module's own code has: what a module chooses by
    itself is one of these.
    """
    if type(now) is not type(before) and key not in SET_LATER:
        return False
    text = now.decode("utf-8", "replace") if type(now) is bytes else now
    if type(text) is not str or key[:2] == "__" or now == before or not ("/" in text or "\\" in text):
        return False
    codes_named(name, "")
    constants = [constant for codes in CODES.get(name, {}).values() for code in codes for constant in code.co_consts]
    return not any(text == constant or (type(constant) is tuple and text in constant) for constant in constants)


def parts_of_finder(finder: Any) -> list[Any]:
    """Its class, its loaders, and what was put into it in place of its class's functions."""
    own = getattr(finder, "__dict__", {})
    return [type(finder), *(part for pair in own.get("_loaders", ()) for part in pair[1:]), *filter(callable, own.values())]


def logging_parts() -> list[tuple[str, Any]]:
    logging: Any = sys.modules.get("logging")
    if not isinstance(logging, types.ModuleType):
        return []
    loggers = [logging.root, *(one for one in list(logging.root.manager.loggerDict.values()) if isinstance(one, logging.Logger))]
    return [(one.name, part) for one in loggers for part in (*one.handlers, *one.filters)]


def process_state() -> list[tuple[str, Any]]:
    """What the process has beside the interpreter, and whoever runs in it goes by."""
    mask = os.umask(0o077)
    os.umask(mask)
    state: list[tuple[str, Any]] = [("the working folder", folder_or_none()), ("the umask", f"{mask:03o}")]
    for descriptor in range(3):
        try:
            status = os.fstat(descriptor)
            state.append((f"descriptor {descriptor}", f"file {status.st_ino} of device {status.st_dev}"))
        except OSError:
            state.append((f"descriptor {descriptor}", "closed"))
    return state


registered_at_exit: Callable[[], int] = vars(atexit)["_ncallbacks"]


def folder_or_none() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "gone"


# Encodings fall back to these by name, wherever text is read.
ERRORS = ("strict", "ignore", "replace", "surrogateescape", "backslashreplace")


def in_torch(path: str) -> Any:
    """A number that torch's own part keeps; None as long as nobody has imported torch."""
    part: Any = getattr(sys.modules.get("torch"), "_C", None)
    ask = getattr(part, path, None)
    return ask() if isinstance(ask, types.BuiltinFunctionType) else None


# What Python itself calls, by name.
VALUES: dict[str, Callable[[], Any]] = {
    "sys.excepthook": lambda: sys.excepthook,
    "sys.unraisablehook": lambda: sys.unraisablehook,
    "sys.displayhook": lambda: sys.displayhook,
    "sys.breakpointhook": lambda: sys.breakpointhook,
    "sys.stdin": lambda: sys.stdin,
    "sys.stdout": lambda: sys.stdout,
    "sys.stderr": lambda: sys.stderr,
    "the trace function": sys.gettrace,
    "the profile function": sys.getprofile,
    "the trace function of threads": lambda: getattr(threading, "_trace_hook", None),
    "the profile function of threads": lambda: getattr(threading, "_profile_hook", None),
    "the opener of urllib": lambda: getattr(sys.modules.get("urllib.request"), "_opener", None),
    "builtins.__import__": lambda: builtins.__import__,
    "codecs.lookup": lambda: codecs.lookup,
    "sys.ps1": lambda: getattr(sys, "ps1", None),
    "sys.ps2": lambda: getattr(sys, "ps2", None),
    "the first hook of asynchronous generators": lambda: sys.get_asyncgen_hooks().firstiter,
    "the last hook of asynchronous generators": lambda: sys.get_asyncgen_hooks().finalizer,
    "a mode over all functions of torch": lambda: in_torch("_len_torch_function_stack"),
    "a mode over all operations of torch": lambda: in_torch("_len_torch_dispatch_stack"),
    **{f"the error handler {name!r} of codecs": functools.partial(codecs.lookup_error, name) for name in ERRORS},
}

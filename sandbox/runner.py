"""Loads one model the way its user would, uses it, drops it, and lets the interpreter exit. Runs traced, as the model's user.

What it does it says in records (src/behavior/channel.ts) written to descriptor 3; the writes stand in the trace. Nothing
here is a security boundary: the model runs in this very interpreter.

Standard input: one JSON object {"nonce", "format", "path"}. The model finds it empty.
"""

import itertools
import marshal
import os
import posix
import sys
import time

os.dup2(4, 2)
os.close(4)

import json  # noqa: E402 - standard error has to be the model's before anything can fail

CHANNEL = 3
RECORD_BYTES = 3500  # strace shows 4096 bytes of a string; a record that is cut cannot be read
FRAMES = 8
MAX_RECORDS = 2000

JOB = json.loads(os.read(0, 65536))
EMPTY = os.open("/dev/null", os.O_RDONLY)
os.dup2(EMPTY, 0)
os.close(EMPTY)
HERE = os.path.abspath(__file__)


class Reporter:
    """Writes records, each in one system call."""

    def __init__(self, nonce):
        self.prefix = f"dynscan:{nonce} "
        self.left = MAX_RECORDS

    def record(self, **fields):
        text = json.dumps(fields)
        for limit in (800, 300, 100, 30):
            if len(text) <= RECORD_BYTES:
                break
            text = json.dumps(shorten(fields, limit))
        try:
            os.write(CHANNEL, (self.prefix + text[:RECORD_BYTES] + "\n").encode())
        except OSError:
            pass  # the model closed the channel: the trace says so

    def optional(self, **fields):
        """A record that a flood may suppress."""
        if self.left > 0:
            self.left -= 1
            self.record(**fields)


def shorten(value, limit):
    if isinstance(value, str):
        return value[:limit]
    if isinstance(value, list):
        return [shorten(item, limit) for item in value[:FRAMES]]
    if isinstance(value, dict):
        return {key: shorten(item, limit) for key, item in value.items()}
    return value


REPORT = Reporter(JOB["nonce"])


def frames_of(frame):
    found = []
    while frame is not None and len(found) < FRAMES:
        if frame.f_code.co_filename != HERE:
            found.append({
                "file": frame.f_code.co_filename,
                "line": max(frame.f_lineno or 0, 0),
                "function": frame.f_code.co_name,
            })
        frame = frame.f_back
    return found


def frames_of_traceback(traceback):
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename != HERE:
            found.append({"file": code.co_filename, "line": max(traceback.tb_lineno or 0, 0), "function": code.co_name})
        traceback = traceback.tb_next
    return found[::-1][:FRAMES]


# Events that say which Python code led to a system call.
AUDITED = frozenset({
    "pickle.find_class", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "subprocess.Popen",
    "pty.spawn", "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto",
    "socket.sendmsg", "urllib.Request", "http.client.connect", "smtplib.connect", "ftplib.connect", "webbrowser.open",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate",
    "shutil.rmtree", "shutil.move", "shutil.copyfile", "os.kill", "ctypes.dlopen", "mmap.__new__",
})
# Code run from text or from a code object. Importing a module does that too: only calls by the unpickler, by the model's own
# code or by this file count.
CODE = frozenset({"exec", "compile"})
# Python files in which the innermost frame is while an unpickler calls what a pickle names.
UNPICKLERS = (
    "/pickle.py", "/torch/serialization.py", "/numpy/lib/_npyio_impl.py", "/numpy/lib/format.py",
    "/dill/_dill.py", "/joblib/numpy_pickle.py", "/joblib/numpy_pickle_compat.py", "/cloudpickle/cloudpickle.py",
)
# Of files and folders of the image they tell nothing.
LOOKS = frozenset({"open", "os.listdir"})
QUIET = ("/usr/", "/opt/dynscan/", "/proc/", "/sys/", "/dev/", "/etc/")


def install_audit():
    seen = set()
    busy = False

    def hook(event, args):
        nonlocal busy
        if busy or PHASE in ("start", "import"):
            return
        if event not in AUDITED and event not in CODE and event not in LOOKS:
            return
        busy = True  # what the report itself does is not the model's doing
        try:
            frame = sys._getframe(1)
            if event in CODE:
                caller = frame.f_code.co_filename
                if (caller.startswith(("/usr/", "<frozen ")) and not caller.endswith(UNPICKLERS)) or not args or args[0] is None:
                    return
            elif event in LOOKS:
                name = args[0]
                if not isinstance(name, (str, bytes)):
                    return
                name = os.fsdecode(name)
                if name.startswith(QUIET) or name == JOB["path"]:
                    return
            texts = [describe(arg) for arg in args[:4]]
            key = (event, *texts)
            if event == "pickle.find_class" and key in seen:
                return
            seen.add(key)
            REPORT.optional(k="audit", event=event, args=texts, frames=frames_of(frame))
        except Exception:  # noqa: BLE001 - an audit hook that raises would change what the model does
            pass
        finally:
            busy = False

    sys.addaudithook(hook)


def describe(value):
    # repr of a foreign object would run the model's code: only plain values are shown.
    if isinstance(value, str):
        return value[:400]
    if isinstance(value, bytes):
        return value[:400].decode("utf-8", "backslashreplace")
    if value is None or type(value) in (int, float, bool):
        return str(value)
    if type(value) in (list, tuple):
        return "[" + ", ".join(describe(item) for item in value[:8]) + "]"
    if type(value).__name__ == "code":
        return f"code {value.co_name}"
    return f"<{type(value).__name__}>"


PHASE = "start"


def phase(name):
    global PHASE
    PHASE = name
    REPORT.record(k="phase", phase=name)


# The root is read-only: what lies here is the same from the first look to the last.
UNCHANGING = "/usr/"


# What `stat` and `lstat` said of paths when the image was built: for each an error's number, or the fields of the answer.
KEPT = os.path.join(os.path.dirname(HERE), "stats")


class Memory:
    """`stat` and `lstat` that ask the kernel at most once for each path of the image, and not for those asked when it was built."""

    def __init__(self):
        self.on = True
        self.real = {name: getattr(posix, name) for name in ("stat", "lstat")}
        self.known = {name: {} for name in self.real}
        self.kept = {name: {} for name in self.real}
        try:
            with open(KEPT, "rb") as file:
                self.kept = marshal.load(file)
        except OSError:
            pass  # it is being made

    def keep(self):
        """When the image is built: the answers, for the runs to come."""
        for name, answers in self.known.items():
            for path, found in answers.items():
                self.kept[name][path] = found.errno if isinstance(found, OSError) else found.__reduce__()[1]
        with open(KEPT, "wb") as file:
            marshal.dump(self.kept, file)

    def stand_in(self, name):
        real, known = self.real[name], self.known[name]

        def remembered(path, *args, **options):
            if args or options or type(path) is not str or not f"{path}/".startswith(UNCHANGING) or not self.on:
                return real(path, *args, **options)
            found = known.get(path)
            if found is None:
                found = known[path] = self.look(name, path)
            if isinstance(found, OSError):
                raise type(found)(found.errno, found.strerror, path)
            return found

        return remembered

    def look(self, name, path):
        """Of what is no symbolic link both say the same, so one question does for both."""
        kept = self.kept[name].get(path)
        if kept is not None:
            return OSError(kept, os.strerror(kept)) if type(kept) is int else os.stat_result(*kept)
        try:
            found = self.known["lstat"].get(path) or self.real["lstat"](path)
        except OSError as error:
            return error
        self.known["lstat"][path] = found
        is_link = not isinstance(found, OSError) and found.st_mode & 0o170000 == 0o120000
        if name == "lstat" or not is_link:
            return found
        try:
            return self.real["stat"](path)
        except OSError as error:
            return error


def remember_stats(memory):
    """Answers a function that ends it; what took `os.stat` by name meanwhile then asks the kernel again.

    Importing torch asks 12,000 times about 1,800 paths. Each time costs two stops of the process, as a model's question after a
    secret has to show; so the framework's own questions are asked once. See docs/decisions.md.
    """
    sets = (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks)
    for name, real in memory.real.items():
        stand_in = memory.stand_in(name)
        setattr(os, name, stand_in)
        setattr(posix, name, stand_in)
        for members in sets:
            if real in members:
                members.add(stand_in)

    def end():
        memory.on = False
        for name, real in memory.real.items():
            for members in sets:
                members.discard(getattr(os, name))
            setattr(os, name, real)
            setattr(posix, name, real)

    return end


def remember_modules(memory):
    """Of what a pickle imports, scikit-learn above all, Python asks the same, through a function that nobody else uses."""
    from importlib import _bootstrap_external as machinery
    memory.on = True
    machinery._path_stat = memory.stand_in("stat")


def import_framework(format):
    """The imports that any model of this format needs: a fixed list, never a name from the file."""
    if format in ("pickle", "joblib", "dill", "cloudpickle"):
        # Estimators of scikit-learn ask this, once, when they are first used; Python then starts ldconfig. Asked here, in every
        # run and in the baseline, it is no act of a model's and leaves it none to hide behind.
        import threadpoolctl
        threadpoolctl.threadpool_info()
    if format in ("npy", "npz"):
        import numpy  # noqa: F401
    elif format == "joblib":
        import joblib  # noqa: F401
    elif format == "dill":
        import dill  # noqa: F401
    elif format == "cloudpickle":
        import cloudpickle  # noqa: F401
    elif format in ("torch-zip", "torch-legacy", "torchscript"):
        import torch  # noqa: F401
    else:
        import pickle  # noqa: F401


def load(format, path):
    if format in ("npy", "npz"):
        import numpy
        loaded = numpy.load(path, allow_pickle=True)
        return {name: loaded[name] for name in loaded.files} if hasattr(loaded, "files") else loaded
    if format == "joblib":
        import joblib
        return joblib.load(path)
    if format == "dill":
        import dill
        with open(path, "rb") as file:
            return dill.load(file)
    if format in ("torch-zip", "torch-legacy"):
        import torch
        return torch.load(path, map_location="cpu", weights_only=False)
    if format == "torchscript":
        import torch
        return torch.jit.load(path, map_location="cpu")
    import pickle
    with open(path, "rb") as file:
        return pickle.load(file)


# What people call on a model they have loaded, by the habits of scikit-learn, PyTorch and tokenizers.
METHODS = ("predict", "predict_proba", "decision_function", "transform", "forward", "generate", "encode", "infer", "run")
ATTEMPTS = 80
PROCESSOR_SECONDS = 15.0
ARGUMENTS = 6  # offered to one method
OBJECTS = 5  # found in a container and used like the model itself
PROPERTIES = 30
FIRST_ITEMS = 3
PLAIN = (str, bytes, bytearray, int, float, complex, type(None), type(os))


class Trials:
    """What is tried with the object, bounded in number and time."""

    def __init__(self):
        self.left = ATTEMPTS
        self.end = time.process_time() + PROCESSOR_SECONDS

    def attempt(self, what, act):
        """True if it worked. An error is the model's, and is said."""
        if self.left == 0 or time.process_time() > self.end:
            return False
        self.left -= 1
        try:
            act()
            REPORT.record(k="used", what=what, ok=True)
            return True
        except Exception as error:  # noqa: BLE001 - the model may raise anything
            not_used(what, error)
            return False

    def offer(self, what, function, model):
        """Calls with one argument after the other until one is taken."""
        for words, argument in itertools.islice(arguments_for(model), ARGUMENTS):
            if self.attempt(f"{what} with {words}", lambda: function(argument)):
                return


def use(model):
    """Does with the object what its user would do next."""
    try:
        use_all(Trials(), model)
    except Exception as error:  # noqa: BLE001 - even asking for the class of an object can run the model's code
        not_used("find out what it is", error)


def not_used(what, error):
    REPORT.record(k="used", what=what, ok=False, detail=f"{type(error).__name__}: {message_of(error)}"[:400])


def use_all(trials, model):
    trials.attempt("show it (repr)", lambda: repr(model)[:0])
    if not is_container(model):
        use_object(trials, model, "")
        return
    objects = []
    trials.attempt("look at its items", lambda: look_at(model, objects))
    for number, item in enumerate(objects, 1):
        use_object(trials, item, f"object {number} in it: ")


def is_container(model):
    return issubclass(type(model), (dict, list, tuple, set, frozenset)) or is_object_array(model)


def is_object_array(value):
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is numpy.ndarray and value.dtype.hasobject


def look_at(container, objects, budget=1000):
    """Shows what is in it, and gathers what more can be done with."""
    waiting = [container]
    while waiting and budget > 0:
        item = waiting.pop()
        budget -= 1
        if issubclass(type(item), dict):
            waiting.extend(list(item.keys())[:budget])
            waiting.extend(list(item.values())[:budget])
        elif is_object_array(item):
            waiting.extend(item.ravel()[:budget].tolist())
        elif is_container(item):
            waiting.extend(list(item)[:budget])
        else:
            if len(objects) < OBJECTS and not is_data(item):
                objects.append(item)
            repr(item)


def is_data(value):
    """Numbers, texts, arrays, tensors: there is nothing to call in them."""
    return issubclass(type(value), (*PLAIN, type)) or getattr_quietly(type(value), "dtype") is not None


def use_object(trials, model, name):
    kind = type(model)
    if is_data(model):
        return
    if getattr_quietly(kind, "__len__") is not None:
        trials.attempt(f"{name}ask for its length", lambda: len(model))
    if getattr_quietly(kind, "__iter__") is not None:
        trials.attempt(f"{name}look at its first items", lambda: list(itertools.islice(model, FIRST_ITEMS)))
    elif getattr_quietly(kind, "__getitem__") is not None:
        trials.attempt(f"{name}ask for its first item", lambda: model[0])
    for property_name in itertools.islice(properties_of(kind), PROPERTIES):
        trials.attempt(f"{name}read its {property_name}", lambda: getattr(model, property_name))
    for method in METHODS:
        function = getattr_quietly(model, method)
        # A network's forward is what calling the network calls.
        if callable(function) and not (method == "forward" and callable(model)):
            trials.offer(f"{name}{method}", function, model)
    if callable(model) and not trials.attempt(f"{name}call it without arguments", lambda: model()):
        trials.offer(f"{name}call it", model, model)


def properties_of(kind):
    """Names that code runs behind when they are read, of classes that came with the model: those of a library hold nothing new."""
    for base in kind.__mro__:
        if is_library(base):
            continue
        for name, value in list(vars(base).items()):
            is_method = callable(value) or isinstance(value, (staticmethod, classmethod))
            if not name.startswith("_") and not is_method and hasattr(type(value), "__get__"):
                yield name


def is_library(kind):
    module = sys.modules.get(str(getattr_quietly(kind, "__module__")))
    origin = str(getattr(getattr(module, "__spec__", None), "origin", None))
    # A class can claim any module: only the one that the module holds under that name is of it.
    is_there = getattr_quietly(module, kind.__name__) is kind
    return is_there and (origin in ("built-in", "frozen") or origin.startswith(UNCHANGING))


def arguments_for(model):
    """What a user might hand over, in words and as it is; the likeliest first."""
    torch = sys.modules.get("torch")
    if torch is not None and issubclass(type(model), torch.nn.Module):
        yield from tensors_for(model, torch)
        return
    features = getattr_quietly(model, "n_features_in_")
    if isinstance(features, int) and 0 < features <= 100_000:
        widths = (features,)
    else:
        widths = (1, 2, 4) if "numpy" in sys.modules else ()
    for width in widths:
        import numpy
        yield f"one row of {width} zeros", numpy.zeros((1, width))
    yield "a nested list", [[0.0]]
    yield "a text in a list", ["text"]


def tensors_for(model, torch):
    """The shape follows from the weights that the input meets first: (out, in), or (out, in, kernel…) of a convolution."""
    weight = next(iter(model.parameters()), None)
    shape = () if weight is None else tuple(weight.shape)
    width = shape[1] if len(shape) > 1 else shape[0] if shape else 1
    wanted = (1, width, *(32 for _ in shape[2:]))
    yield f"a tensor of {wanted} zeros", torch.zeros(wanted)
    yield "a tensor of (1, 8) whole numbers", torch.zeros((1, 8), dtype=torch.long)
    yield "a tensor of (1, 3, 32, 32) zeros", torch.zeros((1, 3, 32, 32))


def getattr_quietly(model, name):
    try:
        return getattr(model, name, None)
    except Exception:  # noqa: BLE001 - a property may do anything
        return None


def message_of(error):
    try:
        return str(error)[:1500]
    except Exception:  # noqa: BLE001 - an exception class of the model's can raise in its own __str__
        return "(its text could not be made)"


def type_name(value):
    kind = type(value)
    return f"{kind.__module__}.{kind.__qualname__}"


def raised(error):
    fields = {
        "k": "raised", "phase": PHASE, "type": type_name(error).removeprefix("builtins."),
        "message": message_of(error), "frames": frames_of_traceback(error.__traceback__),
    }
    if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
        fields["missing"] = error.name
    REPORT.record(**fields)


def main():
    import gc
    install_audit()
    model = None
    try:
        phase("import")
        memory = Memory()
        forget = remember_stats(memory)
        import_framework(JOB["format"])
        forget()
        remember_modules(memory)
        phase("load")
        model = load(JOB["format"], JOB["path"])
        REPORT.record(k="loaded", type=type_name(model))
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are ways for a model to leave, too
        raised(error)
        # Its traceback holds the frames of the load, and in them half-built objects.
        error.__traceback__ = None
    else:
        phase("use")
        use(model)
    phase("collect")
    del model
    gc.collect()
    if JOB.get("keep"):
        memory.keep()
    phase("exit")
    REPORT.record(k="done")


def with_room(act):
    """
    Python's frames lie in pieces of memory of 16 KiB; a call that goes over the end of one takes a piece, its return gives it
    back: 600 times in an import of torch, each with two stops of the process. A frame as large as this one takes a piece of
    256 KiB, in which there is room for those above it.
    """
    return act()


with_room.__code__ = with_room.__code__.replace(co_stacksize=17_000)

if __name__ == "__main__":
    with_room(main)

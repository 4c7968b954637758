"""Loads one model the way its user would, uses it, drops it, and lets the interpreter exit. Runs traced, as the model's user.

What it does it says in records (src/behavior/channel.ts) written to descriptor 3; the writes stand in the trace. Nothing
here is a security boundary: the model runs in this very interpreter.

Standard input: one JSON object {"nonce", "format", "path"}. The model finds it empty.
"""

import os
import sys

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
OPEN = "open"
QUIET = ("/usr/", "/opt/dynscan/", "/proc/", "/sys/", "/dev/", "/etc/")


def install_audit():
    seen = set()
    busy = False

    def hook(event, args):
        nonlocal busy
        if busy or PHASE in ("start", "import"):
            return
        if event not in AUDITED and event not in CODE and event != OPEN:
            return
        busy = True  # what the report itself does is not the model's doing
        try:
            frame = sys._getframe(1)
            if event in CODE:
                caller = frame.f_code.co_filename
                if (caller.startswith(("/usr/", "<frozen ")) and not caller.endswith(UNPICKLERS)) or not args or args[0] is None:
                    return
            elif event == OPEN:
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


def use(model):
    """Does with the object what its user would do next. An error here is the model's, and is said."""
    attempt("show it (repr)", lambda: repr(model)[:0])
    if isinstance(model, (dict, list, tuple, set)):
        attempt("look at its items", lambda: look_at(model))
    predict = getattr_quietly(model, "predict")
    features = getattr_quietly(model, "n_features_in_")
    if callable(predict) and isinstance(features, int) and 0 < features <= 100_000:
        def predict_zeros():
            import numpy
            predict(numpy.zeros((1, features)))
        attempt(f"predict on one row of {features} zeros", predict_zeros)
    elif callable(model) and not isinstance(model, type):
        attempt("call it without arguments", lambda: model())


def look_at(container, budget=1000):
    waiting = [container]
    while waiting and budget > 0:
        item = waiting.pop()
        budget -= 1
        if isinstance(item, dict):
            waiting.extend(list(item.keys())[:budget])
            waiting.extend(list(item.values())[:budget])
        elif isinstance(item, (list, tuple, set)):
            waiting.extend(list(item)[:budget])
        else:
            repr(item)


def getattr_quietly(model, name):
    try:
        return getattr(model, name, None)
    except Exception:  # noqa: BLE001 - a property may do anything
        return None


def attempt(what, act):
    try:
        act()
        REPORT.record(k="used", what=what, ok=True)
    except Exception as error:  # noqa: BLE001 - the model may raise anything
        REPORT.record(k="used", what=what, ok=False, detail=f"{type(error).__name__}: {message_of(error)}"[:400])


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
        import_framework(JOB["format"])
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
    phase("exit")
    REPORT.record(k="done")


if __name__ == "__main__":
    main()

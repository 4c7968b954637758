"""What the director has done on the scene (director.py): calls of what is the model's, and arguments to call it with.

Code of the model's runs here, above the frames of these functions, so nothing here is to be relied on: they hand back plain data, and
the director puts back what somebody has changed of this file. Each argument is made before the call that it is for.
"""

# The libraries have no types here, or only some: what comes from them is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownLambdaType=false

from __future__ import annotations

import os
import sys
import time
import types
from itertools import count, islice
from operator import contains, index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

    # Takes what was tried, whether it worked, and why not.
    Say = Callable[[str, bool, Optional[str]], None]
    # What a function is offered: in words, and as it is.
    Arguments = Tuple[str, Sequence[Any], Dict[str, Any]]
    # A name, the function, and what it is offered.
    Call = Tuple[str, Callable[..., Any], Iterable[Arguments]]
    Plan = List[Tuple[str, Callable[..., Any], List[Tuple[str, Tuple[Any, ...], Dict[str, Any]]]]]

# What people call on a model they have loaded, by the habits of scikit-learn, PyTorch and tokenizers.
METHODS = ("predict", "predict_proba", "decision_function", "transform", "forward", "generate", "encode", "infer", "run")
# What they do with it besides, when some of its code is in the file.
MORE_METHODS = (
    "score", "fit", "partial_fit", "fit_transform", "fit_predict", "inverse_transform", "predict_log_proba", "score_samples", "get_params",
    "eval", "train", "to", "cpu", "state_dict", "half", "float", "tokenize", "decode", "embed", "save",
    "step", "zero_grad",
)
ATTEMPTS = 80
PROCESSOR_SECONDS = 15.0
ARGUMENTS = 6  # offered to one method
PROPERTIES = 30
FIRST_ITEMS = 3
ITEMS = 100  # taken of what a method hands back
FRAMES = 8
PLAIN = (str, bytes, bytearray, int, float, complex, type(None), type(sys))


# --- The run ---


def load(load: Callable[[str], Any], path: str, held: list[Any], incomplete: type, test_case: str | None) -> dict[str, Any] | None:
    try:
        held.append(load(path))
        return None
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are ways for a model to leave, too
        cause: Any = error
        if type(error) is incomplete:
            held.append(cause.parts)
            cause = cause.error
        said = told(cause, test_case)
        # Its traceback holds the frames of the load, and in them half-built objects.
        error.__traceback__ = cause.__traceback__ = None
        return said


def told(error: BaseException, test_case: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": type_name(error).replace("builtins.", "", 1), "message": message_of(error), "frames": frames_of(error.__traceback__, test_case),
    }
    if isinstance(error, SyntaxError) and error.filename == test_case and test_case:
        fields["frames"] = [{"file": test_case, "line": max(error.lineno or 0, 0), "function": "<module>"}]
    if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
        fields["missing"] = error.name
    return fields


def frames_of(traceback: types.TracebackType | None, test_case: str | None) -> list[dict[str, Any]]:
    """The first frames, innermost first, and, however deep it lies below them, the test case's; none of this program's own."""
    shown: list[dict[str, Any]] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(os.path.dirname(__file__) + "/"):
            shown.insert(0, {"file": code.co_filename, "line": max(traceback.tb_lineno or 0, 0), "function": code.co_name})
        traceback = traceback.tb_next
    own = next((frame for frame in shown if frame["file"] == test_case), None)
    first = shown[:FRAMES]
    return first if own is None or own in first else [*first[:FRAMES - 1], own]


def type_name(value: object) -> str:
    kind = type(value)
    return f"{getattr(kind, '__module__', '')}.{kind.__qualname__}"


def drop(loaded: list[Any], held: list[Any], kinds: dict[int, Any]) -> None:
    import gc
    kinds.clear()
    held.clear()
    loaded.clear()
    gc.collect()


def given(act: Callable[[], Any]) -> Any:
    return act()


def turn() -> bool:
    """What runs in a program that goes on: handlers of signals, and the event loop that the model left work for. True if there was one."""
    events = sys.modules.get("asyncio.events")
    policy = getattr(events, "_event_loop_policy", None)
    loop = getattr(getattr(policy, "_local", None), "_loop", None)
    if loop is None or loop.is_closed() or loop.is_running() or not (loop._ready or loop._scheduled):
        return False
    last = max((handle.when() for handle in loop._scheduled), default=loop.time())
    loop.call_at(last + 1, loop.stop)
    try:
        loop.run_forever()
    except Exception:  # noqa: BLE001 - the work is the model's
        pass
    return True


# --- What is done ---


def attempt(function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any], results: list[Any] | None = None) -> str | None:
    """None if it worked. An error is the model's, and is said. `results`: takes what came of it, until the next call."""
    try:
        result = function(*arguments, **named)
        if results is not None:
            results[:] = [result]
        drain(result)
        return None
    except Exception as error:  # noqa: BLE001 - the model may raise anything
        return reason(error)


def drain(result: Any, depth: int = 2) -> None:
    """Takes what a method hands back the way its user does: waits for it, goes through it, shows it."""
    kind = type(result)
    if issubclass(kind, PLAIN) or getattr(kind, "__module__", "") in ("numpy", "torch"):
        return
    if getattr_quietly(kind, "__await__") is not None or getattr_quietly(kind, "__aiter__") is not None:
        import asyncio
        drain(asyncio.run(awaited(result)), depth - 1)
    elif getattr_quietly(kind, "__next__") is not None:
        if kind is types.GeneratorType and (turn := next(TURNS) % (len(ENDINGS) + 1)):
            next(result, None)
            ENDINGS[turn - 1](result)
        for item in islice(result, ITEMS):
            if depth > 0:
                drain(item, depth - 1)
        if kind is types.GeneratorType:
            result.close()
    elif "__repr__" in kind.__dict__ or "__iter__" in kind.__dict__:
        repr(result)
        if getattr_quietly(kind, "__iter__") is not None and kind not in (dict, list, tuple, set, frozenset):
            list(islice(result, FIRST_ITEMS))


# Users break off what a generator yields, hand it something, or raise while they have what it yielded: a call after the other meets one of these.
TURNS = count()
ENDINGS: tuple[Callable[[Any], Any], ...] = (
    lambda generator: generator.close(), lambda generator: generator.send(0), lambda generator: generator.throw(ValueError("enough")),
)


async def awaited(result: Any) -> Any:
    if getattr_quietly(type(result), "__aiter__") is None:
        return await result
    number = 0
    async for _ in result:
        number += 1
        if number >= ITEMS:
            break
    if type(result) is types.AsyncGeneratorType:
        await result.aclose()
    return None


def show(model: Any) -> list[Any]:
    told = attempt(repr, (model,), {})
    return [["show it (repr)", told is None, told]]


def first(act: Callable[[Trials, Any], None], model: Any) -> list[Any]:
    """What the format of the model knows of."""
    said: list[Any] = []
    try:
        act(Trials(lambda what, ok, detail: said.append([what, ok, detail])), model)
    except Exception as error:  # noqa: BLE001 - even asking for the class of an object can run the model's code
        said.append(["find out what it is", False, reason(error)])
    return said


def items(of_array: Any) -> list[Any]:
    return of_array.ravel()[:1000].tolist() if of_array.dtype.hasobject else []


def length(item: Any) -> None:
    len(item)


def first_items(item: Any) -> None:
    list(islice(item, FIRST_ITEMS))


def next_item(item: Any) -> None:
    next(item)


def reversed_items(item: Any) -> None:
    list(islice(reversed(item), FIRST_ITEMS))


def hash_of(item: Any) -> None:
    hash(item)


def holds(item: Any) -> None:
    contains(item, 0)


def equals(item: Any) -> None:
    item == 0  # noqa: B015
    item != item  # noqa: B015, PLR0124


def text(item: Any) -> None:
    str(item)
    f"{item}"


def truth(item: Any) -> None:
    bool(item)


def number(item: Any) -> None:
    float(item)
    index(item)


def directory(item: Any) -> None:
    dir(item)


def array(item: Any) -> None:
    import numpy
    numpy.asarray(item)


def within(item: Any) -> None:
    with item:
        pass


async def within_later(item: Any) -> None:
    async with item:
        pass


def within_async(item: Any) -> None:
    import asyncio
    asyncio.run(within_later(item))


def called(item: Any) -> None:
    item()


def calculated(item: Any) -> None:
    """As libraries of arrays do, which hand the work to the class of what they are given."""
    item + item
    item * 2


def subclassed(kind: Any) -> None:
    types.new_class("Derived", (kind,))


def parametrized(kind: Any) -> None:
    kind[int]


def asked_for_subclass(kind: Any) -> None:
    issubclass(int, kind)


def removed(item: Any, name: str) -> None:
    delattr(item, name)


def read(item: Any, name: str) -> Any:
    value = getattr(item, name)
    # What a descriptor of the model's own gives can be a method.
    if callable(value) and not isinstance(value, type):
        for arguments in ((), ([[0.0, 0.0]],)):
            try:
                return value(*arguments)
            except TypeError:
                continue
    return value


def set_again(item: Any, name: str) -> None:
    setattr(item, name, getattr_quietly(item, name))


def lacks(item: Any) -> None:
    hasattr(item, "missing")


def note(item: Any) -> None:
    item.note = 0
    del item.note


def copied(item: Any) -> None:
    import copy
    copy.copy(item)
    copy.deepcopy(item)


def saved(item: Any) -> None:
    """As whoever sends it to another process has it. That its class cannot be found by name comes after its state was asked for."""
    item.__reduce_ex__(4)
    import pickle
    pickle.dumps(item)


def made(kind: type[Any]) -> None:
    """Another of its class, with as little as it takes."""
    for arguments in ((), (1,), (1, 1)):
        try:
            repr(kind(*arguments))
            return
        except TypeError:
            continue
    repr(kind("text"))


def bare(kind: Any, made: list[Any]) -> None:
    made.append(kind.__new__(kind))


def rows(model: Any) -> list[Any]:
    """Rows and targets for a method of the model's own, in words and as they are: zeros, others, more than one, texts."""
    found: list[Any] = []
    if model is not None and is_of(model, "torch.nn", "Module"):
        import torch
        for words, (tensor,), _ in tensors_for(model):
            found.append((words, tensor, tensor))
            if tensor.is_floating_point():
                found.append((f"a tensor of {tuple(tensor.shape)} random numbers", torch.rand(tensor.shape) + 0.5, tensor))
                found.append((f"four of {tuple(tensor.shape[1:])} random numbers", torch.rand((4, *tensor.shape[1:])) + 0.5, tensor))
        return found
    width = (None if model is None else width_of(model)) or 2
    zeros, some = [[0.0] * width], [[(place * 7 % 5) + 0.5 for place in range(width)]]
    many = [[row * 1.5 - place + 0.25 for place in range(width)] for row in range(4)]
    targets = ([0], [1], [0, 1, 0, 1])
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        zeros, some, many = (numpy.array(part) for part in (zeros, some, many))
    found += [
        (f"one row of {width} zeros", zeros, targets[0]), (f"one row of {width} other numbers", some, targets[1]),
        (f"four rows of {width} numbers", many, targets[2]), ("a text in a list", ["text"], targets[0]), ("a text", "text", 0),
        ("a dictionary", {"text": "text", "inputs": some}, 0), ("a number", 1, 0),
    ]
    torch = sys.modules.get("torch")
    if torch is not None:
        found.append((f"a tensor of (1, {width}) random numbers", torch.rand((1, width)) + 0.5, torch.zeros(1)))
    return found


def plan(model: Any, has_own: bool) -> Plan:
    """What is called on an object, and with what: what a library's class has, and what people call whatever it is."""
    found: Plan = []
    kind = type(model)
    if is_data(model):
        return found

    def once(what: str, act: Callable[..., Any], *arguments: Any) -> None:
        found.append((what, act, [("", arguments, {})]))

    if getattr_quietly(kind, "__len__") is not None:
        once("ask for its length", len, model)
    if getattr_quietly(kind, "__iter__") is not None:
        once("look at its first items", first_items, model)
    elif getattr_quietly(kind, "__getitem__") is not None:
        once("ask for its first item", read_first, model)
    offered: list[Any] | None = None
    for method, function, arguments in calls_for(model, has_own):
        if arguments is None:
            # The same for all of its methods, and not every model asks for what it takes long to make.
            if offered is None:
                offered = offers(arguments_for(model))
            given: list[Any] = offered if method != "call it" else [NOTHING, *offered]
        else:
            given = offers(arguments)
        if method in ("fit", "partial_fit", "fit_transform", "fit_predict", "score"):
            given = [*(three_rows(model)), *given]
        elif method in ("eval", "train", "state_dict", "cpu", "half", "float", "get_params", "step", "zero_grad"):
            given = [NOTHING]
        elif method == "to":
            given = [one("a device", "cpu")]
        elif method == "save":
            given = [one("a path", "/tmp/saved")]
        found.append((method, function, given))
    found += templates_of(model)
    return found


def offers(arguments: Iterable[Arguments]) -> list[Any]:
    """As many as it can make; that one cannot be made is not the end of it."""
    found: list[Any] = []
    try:
        for words, args, named in islice(arguments, ARGUMENTS):
            found.append((words, tuple(args), named))
    except Exception as error:  # noqa: BLE001 - what it says of its inputs is the model's, too
        why = error

        def cannot() -> None:
            raise why

        if not found:
            found.append((f"arguments that cannot be made ({reason(error)})", (cannot,), {}))
    return found


def read_first(model: Any) -> Any:
    return model[0]


def three_rows(model: Any) -> list[Any]:
    width = width_of(model) or 2
    rows = [[0.0 + row + place for place in range(width)] for row in range(3)]
    return [("three rows and targets", (rows, [0, 1, 0]), {}), ("three rows", (rows,), {})]


class Trials:
    """What is tried with the object, bounded in number and time. `say` takes what was tried, whether it worked, and why not."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.left = ATTEMPTS
        self.end = time.process_time() + PROCESSOR_SECONDS

    def attempt(self, what: str, act: Callable[[], Any]) -> bool:
        """True if it worked. An error is the model's, and is said."""
        if self.left == 0 or time.process_time() > self.end:
            return False
        self.left -= 1
        try:
            act()
            self.say(what, True, None)
            return True
        except Exception as error:  # noqa: BLE001 - the model may raise anything
            self.say(what, False, reason(error))
            return False

    def offer(self, what: str, function: Callable[..., Any], arguments: Iterable[Arguments]) -> None:
        """Calls with one set of arguments after the other until one is taken."""
        try:
            for words, args, named in islice(arguments, ARGUMENTS):
                if self.attempt(f"{what} with {words}", lambda: function(*args, **named)):
                    return
        except Exception as error:  # noqa: BLE001 - what it says of its inputs is the model's, too
            self.say(what, False, reason(error))


def reason(error: Exception) -> str:
    return f"{type(error).__name__}: {message_of(error)}"[:400]


def is_data(value: Any) -> bool:
    """Numbers, texts, arrays, tensors: there is nothing to call in them."""
    if issubclass(type(value), (*PLAIN, type)):
        return True
    return getattr_quietly(type(value), "dtype") is not None and not is_of(value, "torch.nn", "Module")


def calls_for(model: Any, has_own: bool) -> Iterator[tuple[str, Callable[..., Any], Iterable[Arguments] | None]]:
    """What is called on the object: a name, the function, and the arguments to offer it, if not those that fit all its methods."""
    for of_framework in (calls_of_script, calls_of_export, calls_of_onnx, calls_of_xgboost):
        calls = of_framework(model)
        if calls is not None:
            yield from calls
            return
    for method in (*METHODS, *MORE_METHODS) if has_own else METHODS:
        function = getattr_quietly(model, method)
        # A network's forward is what calling the network calls.
        if callable(function) and not (method == "forward" and callable(model)):
            yield method, function, None
    if callable(model):
        yield "call it", model, None
        if has_own and is_of(model, "torch.nn", "Module"):
            yield "call it and go back", there_and_back, ((words, (model, *args), named) for words, args, named in tensors_for(model))
            yield "call it to evaluate", evaluated, ((words, (model, *args), named) for words, args, named in tensors_for(model))


def there_and_back(model: Any, *inputs: Any) -> None:
    """Hooks of both directions run."""
    result = model(*inputs)
    if getattr(result, "requires_grad", False):
        result.sum().backward()


def evaluated(model: Any, *inputs: Any) -> None:
    """As whoever has no use for gradients does."""
    import torch
    model.eval()
    with torch.no_grad():
        model(*inputs)


NOTHING: Arguments = ("nothing", (), {})
FEATURES = 100_000  # columns of a row that is offered
NUMBERS = 50_000_000  # in an array that is offered


def one(words: str, argument: Any) -> Arguments:
    return words, (argument,), {}


def arguments_for(model: Any) -> Iterator[Arguments]:
    """What a user might hand over, in words and as it is; the likeliest first."""
    if is_of(model, "torch.nn", "Module"):
        yield from tensors_for(model)
        return
    if is_of(model, "transformers", "PreTrainedTokenizerBase"):
        yield one("a text", "Hello")
        return
    width = width_of(model)
    names = getattr_quietly(model, "feature_names_in_")
    if width is not None and names is not None and len(names) == width:
        try:
            import pandas
            yield one(f"a table of one row and {width} named columns of zeros", pandas.DataFrame([[0.0] * width], columns=list(names)))
        except ImportError:
            pass  # what needs a table says so
    widths = (width,) if width is not None else (1, 2, 4) if "numpy" in sys.modules else ()
    for wide in widths:
        import numpy
        yield one(f"one row of {wide} zeros", numpy.zeros((1, wide)))
    yield one("a nested list", [[0.0]])
    yield one("a text in a list", ["text"])


def width_of(model: Any) -> int | None:
    """How many numbers a row has: scikit-learn, CatBoost and LightGBM say it each in its own way."""
    for name in ("n_features_in_", "num_feature"):
        width = getattr_quietly(model, name)
        if callable(width):
            try:
                width = width()
            except Exception:  # noqa: BLE001 - it may do anything
                continue
        if isinstance(width, int) and 0 < width <= FEATURES:
            return width
    names = getattr_quietly(model, "feature_names_")
    return len(names) if issubclass(type(names), list) and 0 < len(names) <= FEATURES else None


def is_of(model: Any, module: str, name: str) -> bool:
    """Whether it is of this class of a framework; False when nobody imported that."""
    kind = getattr_quietly(sys.modules.get(module), name)
    return isinstance(kind, type) and issubclass(type(model), kind)


def tensors_for(model: Any) -> Iterator[Arguments]:
    """The shape follows from the weights that the input meets first: (out, in), or (out, in, kernel…) of a convolution."""
    import torch
    weight = next(iter(model.parameters()), None)
    shape = () if weight is None else tuple(weight.shape)
    width = shape[1] if len(shape) > 1 else shape[0] if shape else 1
    wanted = (1, width, *(32 for _ in shape[2:]))
    yield one(f"a tensor of {wanted} zeros", torch.zeros(wanted))
    yield one("a tensor of (1, 8) whole numbers", torch.zeros((1, 8), dtype=torch.long))
    yield one("a tensor of (1, 3, 32, 32) zeros", torch.zeros((1, 3, 32, 32)))


def calls_of_script(model: Any) -> list[Call] | None:
    """TorchScript: every method that the program has, by its schema."""
    if not is_of(model, "torch.jit", "ScriptModule"):
        return None
    names = model._c._method_names()[:PROPERTIES]
    return [(name, getattr(model, name), by_schema(model, model._c._get_method(name).schema)) for name in names]


def by_schema(model: Any, schema: Any) -> Iterator[Arguments]:
    wanted = [argument for argument in schema.arguments if argument.name != "self" and not argument.has_default_value()]
    tensors = [args[0] for _, args, _ in tensors_for(model)]
    for tensor in tensors:
        args = [value_of(argument.type, tensor) for argument in wanted]
        words = ", ".join(f"{argument.type} {argument.name}" for argument in wanted)
        yield f"({words}), tensors of {tuple(tensor.shape)}", args, {}
        if not any("Tensor" in str(argument.type) for argument in wanted):
            return


def value_of(kind: Any, tensor: Any) -> Any:
    """The simplest value of a TorchScript type."""
    text = kind.annotation_str
    plain = {"Tensor": tensor, "int": 1, "float": 1.0, "bool": True, "str": "text", "number": 1, "complex": 1j}
    if text in plain:
        return plain[text]
    if text.startswith("Optional["):
        return None
    if text.startswith("List["):
        return [value_of(kind.getElementType(), tensor)]
    if text.startswith("Dict["):
        return {value_of(kind.getKeyType(), tensor): value_of(kind.getValueType(), tensor)}
    if text.startswith("Tuple["):
        return tuple(value_of(element, tensor) for element in kind.elements())
    return None


def calls_of_export(model: Any) -> list[Call] | None:
    if not is_of(model, "torch.export", "ExportedProgram"):
        return None
    inputs = model.example_inputs
    arguments = [] if inputs is None else [("its example inputs", *inputs)]

    def run(*args: Any, **named: Any) -> Any:
        return model.module()(*args, **named)

    return [("run the program", run, [*arguments, NOTHING])]


# ONNX Runtime's names for kinds of number (`onnxruntime/python/onnxruntime_pybind_mlvalue.cc`), as NumPy has them.
ONNX_TYPES = {
    "tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16", "tensor(bool)": "bool",
    "tensor(string)": "object",
    **{f"tensor({sign}int{bits})": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


def calls_of_onnx(model: Any) -> list[Call] | None:
    if not is_of(model, "onnxruntime", "InferenceSession"):
        return None
    return [("run it", model.run, onnx_inputs(model))]


def onnx_inputs(session: Any) -> Iterator[Arguments]:
    """Zeros; a dimension without a number is 1, or 8 where that is too small."""
    import numpy
    for free in (1, 8):
        feeds = {}
        for place in session.get_inputs():
            shape = tuple(size if isinstance(size, int) and size > 0 else free for size in place.shape)
            if numpy.prod(shape, dtype=float) > NUMBERS:
                raise ValueError(f"the input {place.name} has the shape {shape}, too large to try")
            if place.type not in ONNX_TYPES:
                raise ValueError(f"the input {place.name} is of the type {place.type}")
            kind = ONNX_TYPES[place.type]
            feeds[place.name] = numpy.full(shape, "") if kind == "object" else numpy.zeros(shape, dtype=kind)
        shapes = ", ".join(f"{name} {value.shape}" for name, value in feeds.items())
        yield f"zeros: {shapes}", (None, feeds), {}


def calls_of_xgboost(model: Any) -> list[Call] | None:
    if not is_of(model, "xgboost", "Booster"):
        return None
    return [("predict", lambda rows: model.predict(rows, validate_features=False), xgboost_inputs(model))]


def xgboost_inputs(model: Any) -> Iterator[Arguments]:
    import numpy
    import xgboost
    width = model.num_features()
    yield one(f"one row of {width} zeros", xgboost.DMatrix(numpy.zeros((1, min(width, FEATURES)))))


MESSAGES = [
    {"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "Bye"},
]


def templates_of(model: Any) -> Plan:
    """Chat templates, rendered as programs do: in a sandbox of Jinja2's (transformers) and in none (llama-cpp-python before 0.2.72)."""
    templates = getattr_quietly(model, "chat_templates") or getattr_quietly(model, "chat_template")
    if issubclass(type(templates), str):
        templates = {"chat_template": templates}
    if not issubclass(type(templates), dict):
        return []
    return [(f"render {key} with Jinja2's {environment}", render, [("", (environment, text), {})])
            for key, text in list(templates.items())[:PROPERTIES] for environment in ("ImmutableSandboxedEnvironment", "Environment")]


def render(environment: str, text: str) -> str:
    import jinja2.sandbox
    engine = getattr(jinja2.sandbox, environment)(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])

    def raise_exception(message: str) -> None:
        raise jinja2.TemplateError(message)

    # A function of Python, as those that hand it over have it: its globals are in reach of a template.
    def strftime_now(form: str) -> str:
        return time.strftime(form)

    return engine.from_string(text).render(
        messages=MESSAGES, tools=None, documents=None, add_generation_prompt=True, bos_token="<s>", eos_token="</s>",
        raise_exception=raise_exception, strftime_now=strftime_now)


def getattr_quietly(model: Any, name: str) -> Any:
    try:
        return getattr(model, name, None)
    except Exception:  # noqa: BLE001 - a property may do anything
        return None


def message_of(error: BaseException) -> str:
    try:
        return str(error)[:1500]
    except Exception:  # noqa: BLE001 - an exception class of the model's can raise in its own __str__
        return "(its text could not be made)"

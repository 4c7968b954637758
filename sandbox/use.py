"""What is done with a loaded object: what its user would do next. Its class decides how, however it was loaded."""

# The libraries have no types here, or only some: what comes from them is unknown.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownLambdaType=false

from __future__ import annotations

import itertools
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, Iterator, Optional, Sequence, Tuple

    # Takes what was tried, whether it worked, and why not.
    Say = Callable[[str, bool, Optional[str]], None]
    # What a function is offered: in words, and as it is.
    Arguments = Tuple[str, Sequence[Any], Dict[str, Any]]
    # A name, the function, and what it is offered.
    Call = Tuple[str, Callable[..., Any], Iterable[Arguments]]

# Where the image's libraries lie.
LIBRARIES = "/usr/"
# What users call on a model they have loaded, by the habits of scikit-learn, PyTorch and tokenizers.
METHODS = ("predict", "predict_proba", "decision_function", "transform", "forward", "generate", "encode", "infer", "run")
ATTEMPTS = 80
PROCESSOR_SECONDS = 15.0
ARGUMENTS = 6  # offered to one method
OBJECTS = 5  # found in a container and used like the model itself
PROPERTIES = 30
FIRST_ITEMS = 3
PLAIN = (str, bytes, bytearray, int, float, complex, type(None), type(sys))


class Trials:
    """What is tried with the object, bounded in number and time. `say` takes what was tried, whether it worked, and why not."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.left = ATTEMPTS
        self.end = time.process_time() + PROCESSOR_SECONDS

    def attempt(self, what: str, act: Callable[[], Any]) -> bool:
        """True if it worked. An error is the model's, and is reported."""
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
            for words, args, named in itertools.islice(arguments, ARGUMENTS):
                if self.attempt(f"{what} with {words}", lambda: function(*args, **named)):
                    return
        except Exception as error:  # noqa: BLE001 - its description of its inputs is the model's, too
            self.say(what, False, reason(error))


def use(model: Any, say: Say, first: Callable[[Trials, Any], None] | None = None) -> None:
    """Does with the object what its user would do next: what its format knows of (`first`), and what can be done with any."""
    try:
        trials = Trials(say)
        if first is not None and not is_container(model):
            first(trials, model)
        use_all(trials, model)
    except Exception as error:  # noqa: BLE001 - even asking for the class of an object can run the model's code
        say("find out what it is", False, reason(error))


def reason(error: Exception) -> str:
    return f"{type(error).__name__}: {message_of(error)}"[:400]


def use_all(trials: Trials, model: Any) -> None:
    trials.attempt("show it (repr)", lambda: repr(model)[:0])
    if not is_container(model):
        use_object(trials, model, "")
        return
    objects: list[Any] = []
    trials.attempt("look at its items", lambda: look_at(model, objects))
    for number, item in enumerate(objects, 1):
        use_object(trials, item, f"object {number} in it: ")


def is_container(model: Any) -> bool:
    return issubclass(type(model), (dict, list, tuple, set, frozenset)) or is_object_array(model)


def is_object_array(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is numpy.ndarray and value.dtype.hasobject


def look_at(container: Any, objects: list[Any], budget: int = 1000) -> None:
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


def is_data(value: Any) -> bool:
    """Numbers, texts, arrays, tensors: there is nothing to call in them."""
    if issubclass(type(value), (*PLAIN, type)):
        return True
    return getattr_quietly(type(value), "dtype") is not None and not is_of(value, "torch.nn", "Module")


def use_object(trials: Trials, model: Any, name: str) -> None:
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
    for method, function, arguments in calls_for(model):
        trials.offer(name + method, function, arguments)
    render_templates(trials, model, name)


def calls_for(model: Any) -> Iterator[Call]:
    """What is called on the object: a name, the function, and the arguments to offer it."""
    for of_framework in (calls_of_script, calls_of_export, calls_of_onnx, calls_of_xgboost):
        calls = of_framework(model)
        if calls is not None:
            yield from calls
            return
    for method in METHODS:
        function = getattr_quietly(model, method)
        # A network's forward is what calling the network calls.
        if callable(function) and not (method == "forward" and callable(model)):
            yield method, function, arguments_for(model)
    if callable(model):
        yield "call it", model, itertools.chain([NOTHING], arguments_for(model))


def properties_of(kind: type[Any]) -> Iterator[str]:
    """Names that code runs behind when they are read, of classes that came with the model: those of a library hold nothing new."""
    for base in kind.__mro__:
        if is_library(base):
            continue
        for name, value in list(vars(base).items()):
            is_method = callable(value) or isinstance(value, (staticmethod, classmethod))
            if not name.startswith("_") and not is_method and hasattr(type(value), "__get__"):
                yield name


def is_library(kind: type[Any]) -> bool:
    name = str(getattr_quietly(kind, "__module__"))
    module = sys.modules.get(name)
    origin = str(getattr(getattr(module, "__spec__", None), "origin", None))
    # A class can claim any module: only the one that the module holds under that name is of it.
    is_there = getattr_quietly(module, kind.__name__) is kind
    # Python 3.8 gives no origin to modules that it starts with.
    return is_there and (origin in ("built-in", "frozen") or name in sys.builtin_module_names or origin.startswith(LIBRARIES))


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
            pass  # a model that needs a table raises an error that says so
    widths = (width,) if width is not None else (1, 2, 4) if "numpy" in sys.modules else ()
    for wide in widths:
        import numpy
        yield one(f"one row of {wide} zeros", numpy.zeros((1, wide)))
    yield one("a nested list", [[0.0]])
    yield one("a text in a list", ["text"])


def width_of(model: Any) -> int | None:
    """How many numbers a row has: scikit-learn, CatBoost and LightGBM each have an attribute of their own for it."""
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
    """Whether it is of this class of a framework; False when that was not imported."""
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


def render_templates(trials: Trials, model: Any, name: str) -> None:
    """Chat templates, rendered as programs do: in a sandbox of Jinja2's (transformers) and in none (llama-cpp-python before 0.2.72)."""
    templates = getattr_quietly(model, "chat_templates") or getattr_quietly(model, "chat_template")
    if issubclass(type(templates), str):
        templates = {"chat_template": templates}
    if not issubclass(type(templates), dict):
        return
    for key, text in list(templates.items())[:PROPERTIES]:
        for environment in ("ImmutableSandboxedEnvironment", "Environment"):
            trials.attempt(f"{name}render {key} with Jinja2's {environment}", lambda: render(environment, text))


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

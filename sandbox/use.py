"""What is done with a loaded object: what its user would do next."""

import itertools
import sys
import time

# Where the image's libraries lie.
LIBRARIES = "/usr/"
# What people call on a model they have loaded, by the habits of scikit-learn, PyTorch and tokenizers.
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

    def __init__(self, say):
        self.say = say
        self.left = ATTEMPTS
        self.end = time.process_time() + PROCESSOR_SECONDS

    def attempt(self, what, act):
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

    def offer(self, what, function, model):
        """Calls with one argument after the other until one is taken."""
        for words, argument in itertools.islice(arguments_for(model), ARGUMENTS):
            if self.attempt(f"{what} with {words}", lambda: function(argument)):
                return


def use(model, say, first=None):
    """Does with the object what its user would do next: what its format knows of (`first`), and what can be done with any."""
    try:
        trials = Trials(say)
        if first is not None and not is_container(model):
            first(trials, model)
        use_all(trials, model)
    except Exception as error:  # noqa: BLE001 - even asking for the class of an object can run the model's code
        say("find out what it is", False, reason(error))


def reason(error):
    return f"{type(error).__name__}: {message_of(error)}"[:400]


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
    return is_there and (origin in ("built-in", "frozen") or origin.startswith(LIBRARIES))


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

"""Harmless objects that dill saves with a module's own names as the globals of a function: adds those of this Python to the JSON on standard input.

Run once in each image: `docker run -i --rm --network none --entrypoint python3 IMAGE -c "$(cat make-dill.py)" < dill.json > new.json`.
"""
import abc
import base64
import contextlib
import dataclasses
import enum
import functools
import json
import logging
import sys
import typing

import dill


@dataclasses.dataclass
class Data:
    a: int = 1
    b: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, order=True)
class Frozen:
    a: int = 1


class Text(str, enum.Enum):
    A = 'a'


@functools.singledispatch
def dispatched(x):
    return x


@dispatched.register
def _(x: int):
    return x + 1


@contextlib.contextmanager
def context():
    yield 1


@functools.lru_cache
def cached(x):
    return x


class Protocol(typing.Protocol):
    def f(self): ...


class Base(abc.ABC):
    @abc.abstractmethod
    def f(self): ...


class Derived(Base):
    def f(self):
        return 1


@functools.total_ordering
class Ordered:
    def __init__(self, x=1):
        self.x = x

    def __eq__(self, other):
        return self.x == other.x

    def __lt__(self, other):
        return self.x < other.x


class Methods:
    @functools.singledispatchmethod
    def f(self, x):
        return x

    @functools.cached_property
    def p(self):
        return 1


class Handler(logging.Handler):
    def emit(self, record):
        pass


OBJECTS = {
    'a dataclass': Data,
    'an instance of a dataclass': Data(),
    'a frozen dataclass': Frozen(2),
    'an enumeration of texts': Text,
    'a function by type': dispatched,
    'a context manager': context,
    'a cached function': cached,
    'a protocol': Protocol,
    'a class with an abstract base': Derived(),
    'an ordered class': Ordered(),
    'a comparison of an ordered class': Ordered.__gt__,
    'methods by type': Methods(),
    'a handler of logging': Handler,
    'a function of a dataclass': Data.__repr__,
}

kept = json.load(sys.stdin)
saved = kept[f'dill {dill.__version__}, Python {sys.version_info[0]}.{sys.version_info[1]}'] = {}
for name, value in OBJECTS.items():
    for form, options in {'': {}, ', recursive': {'recurse': True}, ', protocol 2': {'protocol': 2}}.items():
        try:
            saved[name + form] = base64.b64encode(dill.dumps(value, **options)).decode()
        except Exception as error:  # dill cannot save every object in every way
            print(name + form, repr(error)[:100], file=sys.stderr)
print(json.dumps(kept, indent=2))

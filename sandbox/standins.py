"""Stub classes for names of `__main__` that a model asks for and nothing defines: those of the script that saved it, which is not here.

A stub class takes any state and does nothing: none of the code of the class that it replaces is run. A call passes the file's
arguments to code that is not there to be seen, so each call is reported.
"""

from __future__ import annotations

import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    # Takes the name of a stub class, and whether it is called.
    Say = Callable[[str, bool], None]


class Main(types.ModuleType):
    """What the model meets as `__main__`: nothing but the stub classes, each made when it is asked for."""

    def __init__(self, names: frozenset[str], say: Say) -> None:
        super().__init__("__main__")
        made: dict[str, type] = {}

        def missing(name: str) -> type:
            if name not in names:
                raise AttributeError(f"module '__main__' has no attribute '{name}'")
            if name not in made:
                made[name] = stand_in(name, say)
                say(name, False)
            return made[name]

        # Looked up by Python when the module has no such name (PEP 562).
        self.__getattr__ = missing


def stand_in(name: str, say: Say) -> type:
    class Called(type):
        def __call__(cls: Any, *args: Any, **named: Any) -> Any:
            say(name, True)
            return cls.__new__(cls)

    members: dict[str, Any] = {
        "__module__": "__main__", "__new__": make, "__init__": ignore,
        "__setstate__": take_state, "__setitem__": ignore, "append": ignore, "extend": ignore,
    }
    return Called(name, (), members)


def make(cls: type[Any], *args: Any, **named: Any) -> Any:
    return object.__new__(cls)


def ignore(self: object, *args: Any, **named: Any) -> None:
    pass


def take_state(self: Any, state: Any) -> None:
    """As `object` does it: a dictionary, or a pair of one and that of the slots."""
    parts: list[Any] = [*state] if type(state) is tuple else [state]
    for part in parts:
        if type(part) is dict:
            self.__dict__.update(part)
    torch = sys.modules.get("torch")
    if torch is not None and {"_parameters", "_modules"} <= self.__dict__.keys():
        kind: type[Any] = self.__class__
        # Its modules are looked through, shown and moved like those of any other.
        own = {key: value for key, value in vars(kind).items() if key not in UNSHARED}
        self.__class__ = kind.__class__(kind.__name__, (torch.nn.Module,), own)


# What each class has of its own, and what classes of torch do in their own way.
UNSHARED = frozenset({"__dict__", "__weakref__", "__setstate__", "__setitem__", "append", "extend"})

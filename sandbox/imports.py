"""Imports packages of the image before a model is read: what they do when they are imported is their own act, whatever names them."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

# Where the image's packages lie: read-only, the same in every run.
OF_IMAGE = "/usr/"
# What the image has installed, one top-level name a line; made when it is built.
INSTALLED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "modules")
MOST = 200


def import_modules(names: Sequence[str]) -> None:
    """Those of the modules that packages of the image have. One that is not there, or fails, is left for the load to ask for."""
    try:
        with open(INSTALLED, encoding="utf-8") as file:
            installed = frozenset(file.read().split())
    except OSError:
        return  # the image is being built
    for name in names[:MOST]:
        top = name.partition(".")[0]
        # A program's entry runs that program when it is imported.
        if top not in installed or "__main__" in name.split("."):
            continue
        try:
            if is_of_image(top):
                import_module(name)
        except (Exception, SystemExit):  # noqa: BLE001 - a package may fail in any way
            pass
    if "sklearn" in sys.modules:
        look_at_threads()


def import_module(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if import_freed(name):
            return
        parent, _, _ = name.rpartition(".")
        if error.name != name or not hasattr(sys.modules.get(parent), "__path__"):
            raise
        sys.modules[name] = Moved(name, sys.modules[parent])


def import_freed(name: str) -> bool:
    """A package that another carried with it (`sklearn.externals.joblib`), and that the image has by itself. True if it is one."""
    carrier, _, freed = name.partition(".externals.")
    if not freed or not is_of_image(freed.partition(".")[0]):
        return False
    parts = freed.split(".")
    for count in range(1, len(parts) + 1):
        inner = ".".join(parts[:count])
        sys.modules.setdefault(f"{carrier}.externals.{inner}", importlib.import_module(inner))
    return True


class Moved(types.ModuleType):
    """A module that a package has no longer: what was in it is looked for in the package, from which users import it
    (`sklearn.svm.classes.LinearSVC` is `sklearn.svm.LinearSVC` everywhere)."""

    def __init__(self, module: str, package: types.ModuleType) -> None:
        super().__init__(module)

        def moved(name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(f"module '{module}' has no attribute '{name}'")
            return getattr(package, name)

        # Looked up by Python when the module has no such name (PEP 562).
        self.__getattr__ = moved


def look_at_threads() -> None:
    """Estimators of scikit-learn ask this, once, when they are first used, and look through every native library to answer."""
    importlib.import_module("threadpoolctl").threadpool_info()


def is_of_image(name: str) -> bool:
    spec = sys.modules[name].__spec__ if name in sys.modules else importlib.util.find_spec(name)
    if spec is None:
        return False
    # Python 3.8 gives no origin to those that it starts with.
    if spec.origin in ("built-in", "frozen") or name in sys.builtin_module_names:
        return True
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
    return bool(places) and all(str(place).startswith(OF_IMAGE) for place in places)

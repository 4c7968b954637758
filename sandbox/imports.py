"""Imports packages of the image before a model is read: what they do when they are imported is theirs, whoever names them."""

import importlib
import importlib.util
import os
import sys

# Where the image's packages lie: read-only, the same in every run.
OF_IMAGE = "/usr/"
# What the image has installed, one top-level name a line; made when it is built.
INSTALLED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "modules")
MOST = 200


def import_modules(names):
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
                importlib.import_module(name)
        except (Exception, SystemExit):  # noqa: BLE001 - a package may fail in any way
            pass
    if "sklearn" in sys.modules:
        look_at_threads()


def look_at_threads():
    """Estimators of scikit-learn ask this, once, when they are first used, and look through every native library to answer."""
    import threadpoolctl
    threadpoolctl.threadpool_info()


def is_of_image(name):
    spec = sys.modules[name].__spec__ if name in sys.modules else importlib.util.find_spec(name)
    if spec is None:
        return False
    if spec.origin in ("built-in", "frozen"):
        return True
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
    return bool(places) and all(str(place).startswith(OF_IMAGE) for place in places)

"""Writes the corpus: hostile models with harmless payloads, harmless ones, and corpus.json, which says what each has to give.

Runs inside the sandbox image (scripts/corpus.mjs), never on the host, and loads nothing of what it writes.
Argument: the folder to write to.
"""

import json
import os
import sys
import warnings
import zlib

import cloudpickle

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import cases
import containers
import harmless
from payload import ByName, ByValue


def hostile(folder):
    for behaviour, variants in cases.BEHAVIOURS.items():
        # Where a behaviour's first variant goes depends on its name alone: a new behaviour moves no other.
        turn = zlib.crc32(behaviour.encode())
        identity = behaviour.split(" ", 1)[0]
        for number, variant in enumerate(variants, 1):
            container = container_of(variant, turn + number)
            extension = containers.CONTAINERS.get(container, (container,))[0]
            group = variant.get("group", "usual")
            file = f"{group}/{identity.rjust(2, '0')}-{number}.{extension}"
            write(variant, container, os.path.join(folder, file))
            yield {
                "file": file, "behaviour": behaviour, "variant": variant["variant"], "container": container, "group": group,
                "expected": variant["expected"], "verdicts": variant.get("verdicts", ["malicious"]),
            }


def container_of(variant, turn):
    payload = variant["payload"]
    if isinstance(payload, ByName):
        return "pickle-0"
    if isinstance(payload, ByValue):
        return "cloudpickle"
    names = variant.get("containers") or [
        name for name in containers.CONTAINERS
        if (not variant.get("root") or name in containers.ROOT_CONTAINERS)
        and ("group" not in variant or name in containers.CORE_CONTAINERS)
    ]
    return names[turn % len(names)]


def write(variant, container, path):
    payload = variant["payload"]
    if isinstance(payload, ByName):
        return containers.dump(path, lambda f: f.write(payload.pickle))
    if isinstance(payload, ByValue):
        return write_by_value(payload, path)
    return containers.CONTAINERS[container][1](payload, variant.get("root", False), path)


def write_by_value(payload, path):
    scope = {"__name__": "__main__"}
    exec(payload.source, scope)  # defines a class of our own; nothing of it runs here
    model = scope["M"]()
    containers.dump(path, lambda f: cloudpickle.dump(model, f))
    scope["M"].__del__ = lambda self: None


def peaceful(folder):
    for number, (name, extension, save) in enumerate(harmless.models(), 1):
        file = f"usual/harmless-{number:02}.{extension}"
        save(os.path.join(folder, file))
        verdict = "inconclusive" if name in harmless.NOT_LOADED else "clean"
        yield {"file": file, "behaviour": "harmless", "variant": name, "container": extension, "group": "usual", "expected": [], "verdicts": [verdict]}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    target = sys.argv[1]
    for group in ("usual", "limits", "inodes"):
        os.makedirs(os.path.join(target, group))
    entries = [*hostile(target), *peaceful(target)]
    with open(os.path.join(target, "corpus.json"), "w") as manifest:
        json.dump(entries, manifest)
    for root, _, names in os.walk(target):
        for name in names:
            os.chmod(os.path.join(root, name), 0o644)

"""Writes the models of one layer, each into a folder of its own, and LAYER.json, which says what each has to give.

Runs inside the sandbox image of that layer, never on the host. Arguments: the layer, the folder to write to, and `ring` for those of the tests alone.
"""

import json
import os
import sys
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from cases import CASES  # noqa: E402 - beside this file

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    layer, target, *only = sys.argv[1:]
    entries = []
    for number, entry in enumerate(CASES):
        if entry["layer"] != layer or ("ring" in only and not entry["ring"]):
            continue
        folder = f"{number:03}"
        path = os.path.join(target, folder, entry["file"])
        os.makedirs(os.path.dirname(path))
        try:
            entry["write"](path)
        except Exception as error:
            raise SystemExit(f"{entry['name']}: {type(error).__name__}: {error}") from error
        entries.append({**{key: value for key, value in entry.items() if key != "write"}, "file": f"{folder}/{entry['file']}"})
    with open(os.path.join(target, f"{layer}.json"), "w") as manifest:
        json.dump(entries, manifest)
    for root, _, names in os.walk(target):
        os.chmod(root, 0o755)
        for name in names:
            os.chmod(os.path.join(root, name), 0o644)

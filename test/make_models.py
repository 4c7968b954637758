"""Writes the models of one layer that a folder beside this file describes, each into a folder of its own, and LAYER.json, which says what each
has to give.

Runs inside a container where the libraries of that layer are, never on the host. Arguments: the folder beside this file whose `cases.py` has
the `CASES`, the layer, the folder to write to, and `ring` for the cases of the tests alone.
"""

import json
import os
import re
import sys
import warnings


def write_models(cases, layer, target):
    """Calls `write(path)` of each case; all else of a case goes to LAYER.json, with its file's place below `target`."""
    entries = []
    for number, case in enumerate(cases):
        folder = f"{number:03}-{re.sub('[^a-z0-9]+', '-', case['name'].lower()).strip('-')[:60]}"
        path = os.path.join(target, folder, case["file"])
        os.makedirs(os.path.dirname(path))
        try:
            case["write"](path)
        except Exception as error:
            raise SystemExit(f"{case['name']}: {type(error).__name__}: {error}") from error
        entries.append({**{key: value for key, value in case.items() if key != "write"}, "file": f"{folder}/{case['file']}"})
    with open(os.path.join(target, f"{layer}.json"), "w") as manifest:
        json.dump(entries, manifest)
    for root, _, names in os.walk(target):
        os.chmod(root, 0o755)
        for name in names:
            os.chmod(os.path.join(root, name), 0o644)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    suite, layer, target, *only = sys.argv[1:]
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), suite))
    from cases import CASES  # of the suite

    write_models([case for case in CASES if case["layer"] == layer and ("ring" not in only or case["ring"])], layer, target)

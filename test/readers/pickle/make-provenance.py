"""
Pickles with functions and classes in them, by the Python that this script runs in, for provenance.test.ts:

    python3 test/readers/pickle/make-provenance.py > FILE

Prints one line of JSON for each: the Python, the library, the pickle in base64. Needs cloudpickle and dill. Harmless: nothing in them acts.
"""

import base64
import json
import sys

import cloudpickle
import dill


def scaled(rows, factor=2):
    """Branches, loops, calls, a comprehension and a handler: what tells the instructions of two Pythons apart."""
    total = 0
    for row in rows:
        try:
            total += sum(value * factor for value in row if value > 0)
        except TypeError:
            continue
    return {"total": total, "name": f"{factor}x"}


class Scaler:
    def __init__(self, factor):
        self.factor = factor

    def transform(self, rows):
        return [scaled([row], self.factor) for row in rows]


scaled.__module__ = Scaler.__module__ = "__main__"
for name, library in (("cloudpickle", cloudpickle), ("dill", dill)):
    for what in (scaled, Scaler(3)):
        pickle = library.dumps(what, protocol=4)
        print(json.dumps({"python": "%d.%d" % sys.version_info[:2], "library": name, "pickle": base64.b64encode(pickle).decode()}))

"""Writes src/names/tensorflow-ops.ts: the names of the operations that TensorFlow itself registers.

Run with a Python that has `tensorflow-cpu`: `python scripts/tensorflow-ops.py > src/names/tensorflow-ops.ts`.
Several versions can be joined: names that an older one printed and that are given in files as arguments are kept.
"""

import re
import sys

import tensorflow
from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session

registered = op_def_pb2.OpList.FromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
names = {op.name for op in registered.op}
versions = [tensorflow.__version__]
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    versions += re.search(r"TensorFlow ([\d., and]+) itself", text)[1].replace(" and ", ", ").split(", ")
    names |= set(re.search(r"`([^`]*)`", text[text.index("const NAMES") :])[1].split())

print(
    f"""/** Operations that TensorFlow {" and ".join(versions)} itself registers; written by scripts/tensorflow-ops.py. */
const NAMES = `
{chr(10).join(sorted(names))}
`;

export const TENSORFLOW_OPS: ReadonlySet<string> = new Set(NAMES.trim().split('\\n'));"""
)

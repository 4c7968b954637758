"""Writes src/names/mxnet-ops.ts: the names of the operations that MXNet itself registers.

Run with a Python that has `mxnet`: `python scripts/mxnet-ops.py > src/names/mxnet-ops.ts`.
"""

import ctypes

import mxnet
from mxnet.base import _LIB, check_call, mx_uint

count = mx_uint()
array = ctypes.POINTER(ctypes.c_char_p)()
check_call(_LIB.MXListAllOpNames(ctypes.byref(count), ctypes.byref(array)))
names = {array[index].decode() for index in range(count.value)}

print(
    f"""/** Operations that MXNet {mxnet.__version__} itself registers; written by scripts/mxnet-ops.py. */
const NAMES = `
{chr(10).join(sorted(names))}
`;

export const MXNET_OPS: ReadonlySet<string> = new Set(NAMES.trim().split('\\n'));"""
)

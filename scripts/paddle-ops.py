"""Writes src/names/paddle-ops.ts: the names of the operations that PaddlePaddle itself registers.

Run with a Python that has `paddlepaddle` 2: `python scripts/paddle-ops.py > src/names/paddle-ops.ts`.
"""

import paddle
from paddle.base import core

print(
    f"""/** Operations that PaddlePaddle {paddle.__version__} itself registers; written by scripts/paddle-ops.py. */
const NAMES = `
{chr(10).join(sorted(core.get_all_op_names()))}
`;

export const PADDLE_OPS: ReadonlySet<string> = new Set(NAMES.trim().split('\\n'));"""
)

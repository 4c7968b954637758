"""A test case: its imports are done before the model is touched, then its one function is called with the model's path.

It is the user's own code, run where the model runs, and trusted no further. What it names is imported ahead only when it is a
file of the image; nothing a model names is.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
import types

from imports import is_of_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from changes import State

MAX_IMPORTS = 200
MAX_BYTES = 1 << 20


class TestCase:
    """Reads and compiles the file, and lifts its imports. What is wrong with it is raised when it is run."""

    def __init__(self, path: str) -> None:
        self.module = types.ModuleType("test_case")
        self.module.__file__ = path
        self.module.__dict__["__builtins__"] = builtins
        self.error: Exception | None = None
        # What its statements outside of functions change (`sys.path.insert`) is the user's doing.
        self.state: State | None = None
        try:
            with open(path, "rb") as file:
                tree = ast.parse(file.read(MAX_BYTES), path)
            self.name = entry_of(tree)
            self.code = compile(tree, path, "exec", dont_inherit=True)
        except Exception as error:  # noqa: BLE001 - a file can be wrong in more ways than one
            self.error = error
        else:
            lift(tree)

    def become_main(self) -> None:
        """Models refer to classes of the script that saved them as those of `__main__`; here that is the test case."""
        sys.modules["test_case"] = sys.modules["__main__"] = self.module

    def run(self, model_path: str) -> Any:
        if self.error is not None:
            raise self.error
        state, self.state = self.state, None
        before = state.look() if state else None
        # Not `exec`: that is an audit event, which is reported of models that use it.
        types.FunctionType(self.code, self.module.__dict__)()
        if state and before:
            state.adopt(before)
        # A frame below must not lead the model to what its changes are compared with.
        del state, before
        return getattr(self.module, self.name)(model_path)


def entry_of(tree: ast.Module) -> str:
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    if len(names) != 1:
        raise ValueError(f"a test case has one function whose name does not begin with an underscore; this file has {len(names)}")
    return names[0]


def lift(tree: ast.Module) -> None:
    """Imports what the file imports anywhere, so that importing it again is a look-up in a table. A failure is left for the run."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    for node in nodes[:MAX_IMPORTS]:
        if isinstance(node, ast.Import):
            wanted: list[tuple[str, tuple[str, ...]]] = [(alias.name, ()) for alias in node.names]
        elif node.level == 0 and node.module:
            wanted = [(node.module, tuple(alias.name for alias in node.names))]
        else:
            continue
        for module, names in wanted:
            try:
                if is_of_image(module.partition(".")[0]):
                    importlib.__import__(module, fromlist=names)
            except (Exception, SystemExit):  # noqa: BLE001 - the run raises it again
                pass


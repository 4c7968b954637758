"""Runs the tests of the sandbox's Python beside it. Standard output: one JSON list, of each test its name and its problem, if any."""

from __future__ import annotations

import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
# Isolated mode leaves the script's own folder out.
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "sandbox")]


class Outcomes(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.problems: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.problems[test.id()] = ""


def main() -> None:
    outcomes = Outcomes()
    unittest.defaultTestLoader.discover(HERE, "test_*.py").run(outcomes)
    # One that was skipped has shown nothing.
    for test, problem in [*outcomes.failures, *outcomes.errors, *outcomes.skipped]:
        # Part of a test, or what a whole class or file of them fails with.
        name = getattr(test, "test_case", test).id()
        outcomes.problems[name] = outcomes.problems.get(name, "") + problem
    print(json.dumps([{"name": name, "problem": problem} for name, problem in outcomes.problems.items()]))


if __name__ == "__main__":
    main()

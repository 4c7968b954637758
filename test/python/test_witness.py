from __future__ import annotations

import base64
import mmap
import os
import tempfile
import unittest
from typing import Any

from witness import Witness


class WitnessTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.place = folder.name
        os.mkdir(self.path("Documents"))
        self.write("Documents/notes.txt", b"notes")
        self.write("kept.txt", b"kept")
        self.witness = Witness([self.place])
        self.addCleanup(os.close, self.witness.fd)
        self.witness.begin()

    def path(self, name: str) -> str:
        return os.path.join(self.place, name)

    def write(self, name: str, content: bytes) -> None:
        with open(self.path(name), "wb") as file:
            file.write(content)

    def end(self) -> tuple[set[tuple[str, str]], dict[str, bytes]]:
        messages = list(self.witness.end())
        self.assertEqual(messages[-1], {"t": "witnessed", "lost": False})
        acts: list[Any] = [act for message in messages if message["t"] == "seen" for act in message["acts"]]
        own = {(act[0], os.path.relpath(act[1], self.place)) for act in acts if act[1].startswith(f"{self.place}/")}
        left = {os.path.relpath(message["path"], self.place): base64.b64decode(message["d"]) for message in messages if message["t"] == "left"}
        return own, left

    def test_tells_what_is_deleted_made_written_and_opened(self) -> None:
        os.remove(self.path("Documents/notes.txt"))
        self.write("made", b"new")
        os.rename(self.path("made"), self.path("moved"))
        with open(self.path("kept.txt"), "rb") as file:
            file.read()
        acts, left = self.end()
        self.assertEqual(acts, {
            ("gone", "Documents/notes.txt"), ("made", "made"), ("opened", "made"), ("written", "made"), ("gone", "made"), ("made", "moved"),
            ("opened", "kept.txt")})
        self.assertEqual(left, {"moved": b"new"})

    def test_sees_into_a_folder_that_is_made_later(self) -> None:
        os.mkdir(self.path("later"))
        self.witness.read()
        self.write("later/x", b"x")
        acts, left = self.end()
        self.assertLessEqual({("made", "later"), ("made", "later/x"), ("written", "later/x")}, acts)
        self.assertEqual(left, {"later/x": b"x"})

    def test_reads_what_was_written_through_memory(self) -> None:
        self.write("mapped", bytes(64))
        with open(self.path("mapped"), "r+b") as file, mmap.mmap(file.fileno(), 64) as page:
            page[:6] = b"secret"
        _, left = self.end()
        self.assertEqual(left["mapped"][:6], b"secret")

    def test_follows_no_link_and_waits_for_no_pipe(self) -> None:
        os.symlink("/etc/passwd", self.path("link"))
        os.mkfifo(self.path("pipe"))
        acts, left = self.end()
        self.assertEqual(acts, {("made", "link"), ("made", "pipe")})
        self.assertEqual(left, {})

    def test_says_that_it_missed_something(self) -> None:
        self.witness.take(-1, 0x4000, b"")
        self.assertEqual(list(self.witness.end())[-1], {"t": "witnessed", "lost": True})


if __name__ == "__main__":
    unittest.main()

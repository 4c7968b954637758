"""
What the kernel itself says of files: a second witness beside the trace. A call's arguments lie in the model's memory, where another
thread can change them between the tracer's look and the kernel's; it cannot change what inotify reports and what lies in the folders in the end.

The supervisor holds it. Everything that it reads is the model's: names are bytes, files are read without following links, and all is bounded.
"""

from __future__ import annotations

import base64
import ctypes
import os
import stat
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, Tuple

    Kept = Dict[bytes, Tuple[int, ...]]

# linux/inotify.h
OPEN, MODIFY, CLOSE_WRITE, MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x20, 0x2, 0x8, 0x40, 0x80, 0x100, 0x200
OVERFLOW, IGNORED, IS_FOLDER, ONLY_FOLDER = 0x4000, 0x8000, 0x4000_0000, 0x0100_0000
NONBLOCK, CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC
EVENT = struct.Struct("iIII")
# Writable, or with canaries: all that is done there. The others: what is opened.
CHANGES = MODIFY | CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | OPEN | ONLY_FOLDER
OPENED = OPEN | ONLY_FOLDER
# Programs, secrets of the system, what reveals the sandbox.
PROGRAMS = (b"/usr/bin", b"/usr/sbin", b"/usr/local/bin", b"/usr/local/sbin")
READ_ONLY = (*PROGRAMS, b"/etc", b"/opt/dynscan")
FOLDERS = 512  # watched at most
SEEN = 4000  # different sightings that are reported
LEFT, LEFT_BYTES, LEFT_ALL = 2000, 64 * 1024, 1024 * 1024  # files in the end; bytes that are reported of one and of all


class Witness:
    def __init__(self, places: list[str]) -> None:
        self.places = [os.fsencode(place) for place in places]
        self.folders: dict[int, bytes] = {}
        self.seen: dict[tuple[str, bytes], None] = {}
        # Whether something was missed.
        self.lost = False
        libc = ctypes.CDLL(None, use_errno=True)
        self.add = libc.inotify_add_watch
        self.fd: int = libc.inotify_init1(NONBLOCK | CLOEXEC)
        self.lost = self.fd < 0
        self.planted: Kept = {}

    def begin(self) -> None:
        """After the canaries are there and before anything of the model's runs."""
        for folder in READ_ONLY:
            if os.path.isdir(folder) and not os.path.islink(folder):
                self.watch(folder, OPENED)
        for place in self.places:
            for folder, files in walk(place):
                self.watch(folder, CHANGES)
                for name in files:
                    path = folder + b"/" + name
                    self.planted[path] = self.mark(path)

    @staticmethod
    def mark(path: bytes) -> tuple[int, ...]:
        try:
            info = os.lstat(path)
        except OSError:
            return ()
        return info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns

    def watch(self, folder: bytes, mask: int) -> None:
        if len(self.folders) >= FOLDERS or self.fd < 0:
            self.lost = True
            return
        number = self.add(self.fd, folder, mask)
        if number >= 0:
            self.folders[number] = folder

    def read(self) -> None:
        while self.fd >= 0:
            try:
                block = os.read(self.fd, 65536)
            except BlockingIOError:
                return
            at = 0
            while at < len(block):
                number, mask, _, length = EVENT.unpack_from(block, at)
                name = block[at + EVENT.size:at + EVENT.size + length].rstrip(b"\0")
                at += EVENT.size + length
                self.take(number, mask, name)

    def take(self, number: int, mask: int, name: bytes) -> None:
        if mask & OVERFLOW:
            self.lost = True
            return
        folder = self.folders.get(number)
        if folder is None or mask & IGNORED:
            self.folders.pop(number, None)
            return
        path = folder + b"/" + name if name else folder
        if mask & IS_FOLDER:
            # What was put into a new one before it is watched is there in the end, or the trace alone knows of it.
            if mask & (CREATE | MOVED_TO):
                self.watch(path, CHANGES)
            if mask & OPEN:
                return
        # A file without a name goes by its number.
        if name[:1] == b"#" and name[1:].isdigit():
            return
        for bits, what in ((DELETE | MOVED_FROM, "gone"), (CREATE | MOVED_TO, "made"), (MODIFY | CLOSE_WRITE, "written"), (OPEN, "opened")):
            if mask & bits and name:
                self.note(what, path)

    def note(self, what: str, path: bytes) -> None:
        if (what, path) in self.seen:
            return
        if len(self.seen) >= SEEN:
            self.lost = True
            return
        self.seen[what, path] = None

    def end(self) -> Iterator[dict[str, Any]]:
        """When no process of the model is left: messages for the client."""
        self.read()
        found: set[bytes] = set()
        left = LEFT_ALL
        for place in self.places:
            for folder, files in walk(place):
                for name in files:
                    path = folder + b"/" + name
                    if path in self.planted and self.mark(path) == self.planted[path]:
                        found.add(path)
                        continue
                    if len(found) >= LEFT:
                        self.lost = True
                        break
                    found.add(path)
                    self.note("written" if path in self.planted else "made", path)
                    content = head(path, min(left, LEFT_BYTES))
                    left -= len(content)
                    if content:
                        yield {"t": "left", "path": text(path), "d": base64.b64encode(content).decode()}
        for path in self.planted:
            if path not in found:
                self.note("gone", path)
        links = links_of(PROGRAMS)
        implied = {real for what, path in self.seen if what == "opened" and under_programs(path) for real in interpreter_of(path)}
        implied.add(b"/usr/bin/strace")  # started before it could trace
        items = [[what, text(path), *map(text, links.get(path, [])[:8])] for what, path in self.seen if what != "opened" or path not in implied]
        for first in range(0, len(items), 200):
            yield {"t": "seen", "acts": items[first:first + 200]}
        yield {"t": "witnessed", "lost": self.lost}


def under_programs(path: bytes) -> bool:
    return path.startswith(tuple(folder + b"/" for folder in PROGRAMS))


def links_of(folders: tuple[bytes, ...]) -> dict[bytes, list[bytes]]:
    """By file, the links that lead to it: a program may be started by any of them."""
    found: dict[bytes, list[bytes]] = {}
    for folder in folders:
        for parent, names in walk(folder):
            for name in names:
                path = parent + b"/" + name
                if os.path.islink(path):
                    found.setdefault(os.path.realpath(path), []).append(path)
    return found


def interpreter_of(path: bytes) -> list[bytes]:
    """A script names the program that runs it, and the kernel opens that by itself."""
    line = head(path, 256).split(b"\n", 1)[0]
    words = line[2:].split() if line.startswith(b"#!") else []
    return [os.path.realpath(words[0])] if words else []


def text(path: bytes) -> str:
    """One character a byte."""
    return path[:1024].decode("latin-1")


def walk(place: bytes) -> Iterator[tuple[bytes, list[bytes]]]:
    """Each folder below and the names of what is no folder; links are not followed."""
    waiting = [place]
    count = 0
    while waiting and count < 4 * LEFT:
        folder = waiting.pop()
        files: list[bytes] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    count += 1
                    if count >= 4 * LEFT:
                        break
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        files.append(entry.name)
        except OSError:
            continue
        yield folder, files


def head(path: bytes, most: int) -> bytes:
    """The first bytes of a file; of a pipe, a device or a link none."""
    if most <= 0:
        return b""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, most) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(fd)

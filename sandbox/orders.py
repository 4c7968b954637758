"""Recognises what the client of a container writes to its standard input among everything else that can arrive there."""

from __future__ import annotations

import os


class Orders:
    """
    Lines that begin with the token, without it. The client puts a line break before its first: what a relay wrote
    before, such as a request's body that it passed on late, is a line of its own, without a token.
    """

    def __init__(self, token: str) -> None:
        self.mark = token.encode() + b" "
        self.rest = b""
        self.waiting: list[bytes] = []

    def feed(self, block: bytes) -> None:
        *lines, self.rest = (self.rest + block).split(b"\n")
        self.waiting += [line[len(self.mark):] for line in lines if line.startswith(self.mark)]

    def take(self) -> list[bytes]:
        """The lines that came since the last call."""
        orders, self.waiting = self.waiting, []
        return orders

    def first(self, fd: int) -> bytes:
        """Waits for the first one; the others are left for `take`. At the end of input this process ends."""
        while not self.waiting:
            block = os.read(fd, 65536)
            if not block:
                os._exit(3)
            self.feed(block)
        return self.waiting.pop(0)

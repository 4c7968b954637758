from __future__ import annotations

import base64
import io
import json
import os
import socket
import struct
import subprocess
import tarfile
import tempfile
import threading
import unittest
import zipfile
from typing import Any, Callable
from unittest import mock

import sinkhole
from sinkhole import Line, Names, Records, Talk


def question(name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


class NamesTest(unittest.TestCase):
    def ask(self, names: Names, name: str, kind: int) -> tuple[bytes, str, str]:
        found = names.answer(question(name, kind))
        assert found is not None
        return found

    def test_gives_every_name_an_address_of_its_own(self) -> None:
        names = Names(False)
        for name, address in (("a.example", "198.51.100.10"), ("b.example", "198.51.100.11"), ("A.example", "198.51.100.10")):
            answer, asked, kind = self.ask(names, name, sinkhole.A)
            self.assertEqual((asked, kind), (name, "A"))
            self.assertEqual(answer[:12], struct.pack(">HHHHHH", 0x1234, 0x8580, 1, 1, 0, 0))
            self.assertEqual(answer[-16:], b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address))
            self.assertEqual(names.name_of(address), name.lower())

    def test_answers_by_ipv6_only_where_there_is_some(self) -> None:
        answers = [self.ask(Names(six), "a.example", sinkhole.AAAA)[0] for six in (False, True)]
        self.assertEqual([answer[7] for answer in answers], [0, 1])
        self.assertEqual(answers[1][-16:], socket.inet_pton(socket.AF_INET6, "2001:db8::a"))

    def test_answers_other_questions(self) -> None:
        for kind, name, content in (
            (sinkhole.TXT, "TXT", b"v=spf1 -all"), (sinkhole.MX, "MX", b"\x04mail\xc0\x0c"), (sinkhole.PTR, "PTR", b"\x07example\x03com\0"),
        ):
            answer, _, told = self.ask(Names(True), "a.example", kind)
            self.assertEqual(told, name)
            self.assertTrue(answer.endswith(content))
        answer, _, told = self.ask(Names(True), "a.example", 99)
        self.assertEqual((answer[7], told), (0, "99"))

    def test_does_not_name_an_address_that_several_share(self) -> None:
        names = Names(False)
        shared = [names.addresses(f"{number}.example")[0] for number in range(len(sinkhole.POOL) + 1)]
        self.assertEqual(shared[0], shared[-1])
        self.assertIsNone(names.name_of(shared[0]))
        self.assertEqual(names.name_of(shared[1]), "1.example")

    def test_answers_nothing_that_is_no_question(self) -> None:
        whole = question("a.example", sinkhole.A)
        response = bytearray(whole)
        response[2] |= 0x80
        # No label is that long: it is a pointer, which no question has.
        pointer = whole[:12] + b"\xc0" + bytes(0xC0) + whole[-5:]
        for data in (b"", whole[:16], whole[:-5], bytes(response), pointer, whole[:12] + b"\x3fshort"):
            with self.subTest(data):
                self.assertIsNone(Names(False).answer(data))


class RecordsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.said: list[dict[str, Any]] = []
        for patch in (mock.patch.object(Records, "write", self.said.append), mock.patch.object(Talk, "all_kept", 0)):
            patch.start()
            self.addCleanup(patch.stop)

    def test_tells_each_conversation_once(self) -> None:
        records = Records()
        first, second = records.begin("tcp", "192.0.2.1", 80, "a.example"), records.begin("udp", "192.0.2.2", 9, None)
        first.sent(b"question")
        first.received(b"answer")
        records.finish(first)
        records.finish(first)
        records.end()
        self.assertEqual([message.get("address") for message in self.said], ["192.0.2.1", "192.0.2.2", None])
        told = self.said[0]
        self.assertEqual((told["t"], told["name"], base64.b64decode(told["sent"]), told["bytesReceived"]), ("talk", "a.example", b"question", 6))
        self.assertNotIn("name", second.fields)
        self.assertEqual(self.said[-1], {"t": "end", "omitted": 0})

    def test_counts_those_that_are_too_many(self) -> None:
        records = Records()
        talks = [records.begin("tcp", "192.0.2.1", 80, None) for _ in range(sinkhole.MAX_TALKS + 2)]
        records.finish(talks[-1])
        self.assertEqual(self.said, [])
        records.end()
        self.assertEqual((len(self.said), self.said[-1]["omitted"]), (sinkhole.MAX_TALKS + 1, 2))

    def test_keeps_the_beginning_of_what_is_said_and_counts_all(self) -> None:
        talk = Talk("tcp", "192.0.2.1", 80, None)
        most = sinkhole.KEPT["sent"]
        talk.sent(b"a" * (most - 1))
        talk.sent(b"bcd")
        self.assertEqual((len(talk.kept["sent"]), talk.kept["sent"][-1:], talk.bytes["sent"]), (most, b"b", most + 2))
        with mock.patch.object(sinkhole, "MAX_KEPT", most + 3):
            other = Talk("tcp", "192.0.2.1", 80, None)
            other.sent(b"abcdef")
        self.assertEqual((other.kept["sent"], other.bytes["sent"]), (b"abc", 6))

    def test_writes_lines_of_json_whole(self) -> None:
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        mock.patch.stopall()
        real = os.write

        def little(_: int, data: bytes) -> int:
            return real(write, data[:3])

        with mock.patch.object(sinkhole.os, "write", little):
            Records.write({"t": "ready"})
        os.close(write)
        self.assertEqual(json.loads(os.read(read, 100)), {"t": "ready"})


class ConversationTest(unittest.TestCase):
    """With a client on the other side of a pair of sockets."""

    def converse(self, act: Callable[[Line], None], sent: bytes, port: int = 80, is_open: bool = False) -> tuple[bytes, Talk]:
        """What the client was answered. `is_open`: it waits after it has sent."""
        here, there = socket.socketpair()
        with here, there:
            here.settimeout(0.2)
            there.settimeout(5)
            talk = Talk("tcp", "192.0.2.1", port, None)
            there.sendall(sent)
            if not is_open:
                there.shutdown(socket.SHUT_WR)
            act(Line(here, talk))
            here.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: there.recv(65536), b"")), talk

    def web(self, request: bytes, is_open: bool = False) -> tuple[bytes, bytes, Talk]:
        answer, talk = self.converse(lambda line: sinkhole.web(line, line.read()), request, is_open=is_open)
        head, _, body = answer.rpartition(b"\r\n\r\n")
        return head, body, talk

    def test_answers_a_request_with_what_it_seems_to_want(self) -> None:
        head, body, talk = self.web(b"GET /x/stage.py?y HTTP/1.1\r\nHost: a.example\r\nX: 1\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 200 OK\r\n"))
        self.assertIn(b"Content-Length: %d\r\n" % len(sinkhole.PYTHON), head)
        self.assertEqual(body, sinkhole.PYTHON)
        self.assertEqual(talk.fields["request"], {"line": "GET /x/stage.py?y HTTP/1.1", "headers": ["Host: a.example", "X: 1"]})

    def test_answers_a_head_without_a_body(self) -> None:
        self.assertEqual(self.web(b"HEAD / HTTP/1.1\r\n\r\n")[1], b"")

    def test_reads_a_body_to_its_end_before_it_answers(self) -> None:
        for request in (
            b"POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nsecret", b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsecret\r\n0\r\n\r\n",
        ):
            head, body, talk = self.web(request, is_open=True)
            self.assertIn(b"application/json", head)
            self.assertEqual(json.loads(body), {"status": "ok"})
            self.assertEqual(talk.bytes["sent"], len(request))

    def arriving(self, *parts: bytes) -> Line:
        """A line on which these parts come one after the other, and nothing after them may be read."""
        return Line(mock.Mock(recv=mock.Mock(side_effect=parts)), Talk("tcp", "192.0.2.1", 80, None))

    def test_reads_a_body_that_comes_in_parts(self) -> None:
        for head, parts in (
            (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nsec", [b"ret", b"ive"]),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nse", [b"cret", b"\r\n0\r\n", b"\r\n"]),
            (b"POST / HT", [b"TP/1.1\r\nContent-Le", b"ngth: 3\r\n\r", b"\nabc"]),
        ):
            line = self.arriving(*parts)
            sinkhole.web(line, head)
            self.assertEqual(line.talk.bytes["sent"], len(b"".join(parts)))
            self.assertIn(b"200 OK", line.talk.kept["received"])

    def test_answers_who_falls_silent_in_a_body(self) -> None:
        self.assertIn(b"200 OK", self.web(b"POST / HTTP/1.1\r\nContent-Length: 60\r\n\r\nsecret", is_open=True)[0])

    def test_tells_a_client_to_go_on(self) -> None:
        head, _, _ = self.web(b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"))

    def test_takes_a_mail(self) -> None:
        answer, talk = self.converse(
            sinkhole.mail, b"EHLO a\r\nAUTH PLAIN abc\r\nMAIL FROM:<a>\r\nDATA\r\nsecret\r\nQUIT\r\n.\r\nQUIT\r\nDATA\r\n", 25)
        self.assertEqual([line[:3] for line in answer.splitlines()], [b"220", b"250", b"250", b"250", b"235", b"250", b"354", b"250", b"221"])
        self.assertIn(b"secret", talk.kept["sent"])

    def test_resolves_by_tcp(self) -> None:
        asked = question("a.example", sinkhole.A)
        answer, talk = self.converse(
            lambda line: sinkhole.resolve(line, Names(False)), (struct.pack(">H", len(asked)) + asked) * 2 + b"\0\2no", 53)
        self.assertEqual(answer.count(socket.inet_aton("198.51.100.10")), 2)
        self.assertEqual((talk.fields["name"], talk.fields["request"]), ("a.example", {"line": "A a.example", "headers": []}))

    def test_reads_nothing_more_when_enough_was_said(self) -> None:
        def read_late(line: Line) -> None:
            line.until = 0
            self.assertEqual(line.read(), b"")

        self.converse(read_late, b"data")
        line = self.arriving(b"data", b"more")
        with mock.patch.object(sinkhole, "MAX_BYTES", 2):
            self.assertEqual((line.read(), line.read()), (b"data", b""))

    def serve(self, sent: bytes, port: int) -> tuple[bytes, Talk]:
        def act(line: Line) -> None:
            sinkhole.converse(line.connection, line.talk, Names(False), mock.Mock())

        return self.converse(act, sent, port)

    def test_speaks_as_the_port_wants(self) -> None:
        self.assertEqual(self.serve(b"", 22)[0], b"SSH-2.0-OpenSSH_9.6\r\n")
        self.assertTrue(self.serve(b"", 587)[0].startswith(b"220 mail.example.com"))
        self.assertIn(b"200 OK", self.serve(b"GET / HTTP/1.1\r\n\r\n", 4444)[0])
        answer, talk = self.serve(b"\x01\x02 anything", 4444)
        self.assertEqual((answer, bytes(talk.kept["sent"])), (b"", b"\x01\x02 anything"))

    def test_gives_its_place_back_when_the_other_side_is_gone(self) -> None:
        records, slots = mock.Mock(), threading.Semaphore(0)
        here, there = socket.socketpair()
        there.close()
        talk = Talk("tcp", "192.0.2.1", 22, None)
        sinkhole.serve(here, talk, records, Names(False), mock.Mock(), slots)
        records.finish.assert_called_once_with(talk)
        self.assertTrue(slots.acquire(blocking=False))
        self.assertEqual(here.fileno(), -1)


class ContentTest(unittest.TestCase):
    def test_fits_name_method_and_what_is_accepted(self) -> None:
        for method, path, accept, expected in (
            ("GET", "/a.sh", "", "text/x-shellscript"), ("GET", "/a.PY#x.sh", "", "text/x-python"), ("GET", "/", "text/html", "text/html"),
            ("GET", "/", "application/json", "application/json"), ("POST", "/", "", "application/json"), ("GET", "/notes.txt", "", "text/plain"),
            ("GET", "/x", "application/octet-stream", "application/octet-stream"), ("GET", "/v1.2/x", "", "text/x-shellscript"),
        ):
            with self.subTest((method, path, accept)):
                self.assertEqual(sinkhole.content_for(method, path, accept)[0], expected)

    def test_packs_its_script(self) -> None:
        with zipfile.ZipFile(io.BytesIO(sinkhole.zip_file())) as archive:
            self.assertEqual(archive.read("run.sh"), sinkhole.SCRIPT)
        with tarfile.open(fileobj=io.BytesIO(sinkhole.tar_file())) as archive:
            entry = archive.extractfile("run.sh")
            assert entry is not None
            self.assertEqual((entry.read(), archive.getmember("run.sh").mode), (sinkhole.SCRIPT, 0o755))

    def test_makes_a_program_that_leaves_at_once(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "program")
            with open(path, "wb") as file:
                file.write(sinkhole.elf())
            os.chmod(path, 0o700)
            self.assertEqual(subprocess.call([path]), 0)


class AddressTest(unittest.TestCase):
    def test_finds_where_a_datagram_was_sent(self) -> None:
        four = struct.pack("I", 1) + bytes([127, 0, 0, 1]) + socket.inet_aton("192.0.2.7")
        address, reply = sinkhole.destination_of([(0, 0, b""), (socket.IPPROTO_IP, sinkhole.IP_PKTINFO, four)], socket.AF_INET)
        self.assertEqual((address, reply[0][2]), ("192.0.2.7", bytes(4) + socket.inet_aton("192.0.2.7") + bytes(4)))
        six = socket.inet_pton(socket.AF_INET6, "2001:db8::7")
        address, reply = sinkhole.destination_of([(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, six + struct.pack("I", 9))], socket.AF_INET6)
        self.assertEqual((address, reply[0][2]), ("2001:db8::7", six + bytes(4)))
        self.assertEqual(sinkhole.destination_of([], socket.AF_INET), ("", []))

    def test_asks_for_the_address_before_the_redirection(self) -> None:
        connection = mock.Mock(family=socket.AF_INET)
        connection.getsockopt.return_value = struct.pack(">HH4s8x", 2, 443, socket.inet_aton("192.0.2.7"))
        self.assertEqual(sinkhole.original_destination(connection), ("192.0.2.7", 443))
        connection.getsockopt.side_effect = OSError
        connection.getsockname.return_value = ("192.0.2.8", 80, 0, 0)
        self.assertEqual(sinkhole.original_destination(connection), ("192.0.2.8", 80))

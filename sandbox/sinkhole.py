"""First process of a scan's second container: the whole internet, as far as the model can see.

It owns a network namespace that has a loopback and nothing else. Every address there is this machine's own, so no packet has
a way out; every TCP port leads to one listener, every datagram is read, every name is resolved, and what is said is
recorded. The model's container joins the namespace without a capability. This process gives up its own, and root, before
the model exists.

Standard input   `stop` after the token that is the script's only argument, or end of input: the client is gone, and with this process everything in here.
Standard output  JSON lines: {"t":"ready",...} once, {"t":"talk",...} for each conversation that ended, {"t":"end",...} after
                 `stop`. The shapes are in src/docker/sinkhole.ts.
"""

from __future__ import annotations

import base64
import json
import os
import platform
import re
import resource
import select
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

# Isolated mode leaves the script's own folder out.
sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from orders import Orders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, NoReturn, Tuple

    # What `recvmsg` says of a datagram besides, and what `sendmsg` takes.
    Ancillary = List[Tuple[int, int, bytes]]

# The addresses this machine calls its own. What goes to them, or to loopback, is not for strangers.
HOME4 = "192.168.1.23"
HOME6 = "fd00::23"
NOBODY = 65534
# Where redirected connections arrive; a listener on loopback alone, so the model finds every other port free.
CATCH_PORT = 9
MAX_TALKS = 500
MAX_OPEN = 100
# Bytes of each direction that are kept: of what is sent more, as a stolen secret may stand far behind. And of all together.
KEPT = {"sent": 32 * 1024, "received": 4096}
MAX_KEPT = 8 * 1024 * 1024
MAX_BYTES = 64 * 1024 * 1024
MAX_HEAD = 64 * 1024
MAX_HEADERS = 40
# Seconds of silence after which a conversation is closed: a client that waits for orders gets none, and ends.
IDLE = 2.0
# Seconds that conversations have to end by themselves when the model is gone.
LAST_WORDS = 2.0
MAX_SECONDS = 30.0
SO_ORIGINAL_DST = 80
IP_PKTINFO = 8
# Listened on where the kernel cannot redirect: what malware and its tools use most.
KNOWN_PORTS = (
    *range(20, 27), 37, 43, 53, 67, 69, 70, 79, 80, 81, 82, 88, 110, 111, 113, 119, 123, 135, 139, 143, 161, 179, 194, 222,
    389, 443, 444, 445, 465, 512, 513, 514, 515, 543, 548, 554, 587, 631, 636, 666, 808, 853, 873, 989, 990, 993, 995, 1080,
    1099, 1194, 1234, 1337, 1433, 1521, 1723, 1883, 2049, 2082, 2083, 2121, 2181, 2222, 2323, 2375, 2376, 2379, 2525, 3000,
    3128, 3306, 3333, 3389, 4000, 4242, 4321, 4433, 4443, 4444, 4445, 4567, 5000, 5001, 5060, 5222, 5223, 5432, 5555, 5672,
    5900, 5985, 5986, 6000, 6379, 6443, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 6697, 7000, 7070, 7443,
    7777, 8000, 8008, 8080, 8081, 8082, 8086, 8088, 8089, 8090, 8118, 8180, 8333, 8443, 8444, 8545, 8888, 9000, 9001, 9002,
    9042, 9050, 9051, 9090, 9091, 9092, 9100, 9150, 9200, 9300, 9418, 9443, 9876, 9999, 10000, 10250, 11211, 12345, 13337,
    14444, 18080, 20000, 25565, 27017, 31337,
)


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    notes: list[str] = []
    six = set_up_routes(notes)
    every_port = redirect(notes)
    listeners = listen(six, every_port)
    datagrams = {socket.AF_INET: raw(socket.AF_INET), **({socket.AF_INET6: raw(socket.AF_INET6)} if six else {})}
    questions = {socket.AF_INET: resolver(socket.AF_INET), **({socket.AF_INET6: resolver(socket.AF_INET6)} if six else {})}
    become_nobody()
    authority = Authority("/tmp")
    records = Records()
    orders = Orders(sys.argv[1])
    names = Names(six)
    records.say({"t": "ready", "authority": authority.certificate(), "notes": notes})

    slots = threading.Semaphore(MAX_OPEN)
    poll = select.poll()
    for descriptor in (0, *(listener.fileno() for listener in listeners)):
        poll.register(descriptor, select.POLLIN)
    by_descriptor = {listener.fileno(): listener for listener in listeners}

    def take(listener: socket.socket) -> bool:
        try:
            connection, _ = listener.accept()
        except OSError:
            return False
        slots.acquire()
        # Begun here, in the order in which they were made: the first are kept, and the trace keeps the same ones.
        address, port = original_destination(connection)
        talk = records.begin("tcp", address, port, names.name_of(address))
        spawn(serve, connection, talk, records, names, authority, slots)
        return True

    for family, one in datagrams.items():
        spawn(read_datagrams, one, family, records, names)
    for family, one in questions.items():
        spawn(answer_questions, one, family, records, names)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == 0:
                data = os.read(0, 4096)
                if not data:
                    os._exit(3)
                orders.feed(data)
                if b"stop" in orders.take():
                    # The model has ended: a client that still waits in a queue has sent everything and closed its end.
                    for listener in listeners:
                        while take(listener):
                            pass
                    until = time.monotonic() + LAST_WORDS
                    for _ in range(MAX_OPEN):
                        slots.acquire(timeout=max(0, until - time.monotonic()))
                    records.end()
                    os._exit(0)
            else:
                take(by_descriptor[descriptor])


def spawn(act: Callable[..., Any], *args: Any) -> None:
    threading.Thread(target=act, args=args, daemon=True).start()


# --- The namespace ---


def set_up_routes(notes: list[str]) -> bool:
    """Makes every address local. Answers whether there is IPv6."""
    # Asking whether another machine has the address takes time, in which it cannot be used.
    for version, home, how in (("-4", f"{HOME4}/32", ""), ("-6", f"{HOME6}/128", "nodad")):
        lines = f"addr add {home} dev lo {how}\nroute add local default dev lo src {home.partition('/')[0]}\n"
        done = run(["/usr/sbin/ip", version, "-batch", "-"], lines)
        if done.returncode != 0:
            why = done.stderr.decode(errors="replace").strip()[:200]
            if version == "-4":
                fail(f"the addresses could not be routed to the sinkhole: {why}")
            notes.append(f"IPv6 is not answered, the kernel does not offer it: {why}")
            return False
    return True


def redirect(notes: list[str]) -> bool:
    """
    Leads every TCP port to one listener, and keeps the kernel from answering datagrams with "port unreachable". A listener per
    port would not do: each occupies a port that the model, or a connection of its, may want.
    """
    rules = f"""
        table inet sinkhole {{
          chain connections {{
            type nat hook output priority -100;
            ip daddr {{ 127.0.0.0/8, {HOME4} }} return
            ip6 daddr {{ ::1, {HOME6} }} return
            meta l4proto tcp redirect to :{CATCH_PORT}
          }}
          chain errors {{
            type filter hook output priority 0;
            ip daddr {HOME4} icmp type destination-unreachable drop
            ip6 daddr {HOME6} icmpv6 type destination-unreachable drop
          }}
        }}
    """
    done = run(["/usr/sbin/nft", "-f", "-"], rules)
    if done.returncode == 0:
        return True
    why = done.stderr.decode(errors="replace").strip().splitlines()
    notes.append(
        f"Only {len(KNOWN_PORTS)} well-known TCP ports are answered, others are refused: the kernel cannot redirect connections"
        f" ({why[0][:200] if why else 'nft failed'})"
    )
    return False


def run(command: list[str], text: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=text.encode(), capture_output=True, check=False)


def listen(six: bool, every_port: bool) -> list[socket.socket]:
    families = [(socket.AF_INET, "127.0.0.1", "0.0.0.0")] + ([(socket.AF_INET6, "::1", "::")] if six else [])
    # A program can be configured to ask its resolver by TCP; that one is on loopback, where nothing is redirected.
    ports = [(CATCH_PORT, False), (53, False)] if every_port else [(port, True) for port in KNOWN_PORTS]
    listeners: list[socket.socket] = []
    for family, loopback, everywhere in families:
        for port, wide in ports:
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((everywhere if wide else loopback, port))
            listener.listen(1024)
            listener.setblocking(False)
            listeners.append(listener)
    return listeners


def raw(family: int) -> socket.socket:
    """A copy of every datagram, whatever its port, with its addresses."""
    one = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_UDP)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    return one


def resolver(family: int) -> socket.socket:
    one = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        one.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    one.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", 53))
    return one


def become_nobody() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def fail(why: str) -> NoReturn:
    print(json.dumps({"t": "failed", "why": why}), flush=True)
    os._exit(1)


# --- What is recorded ---


class Records:
    """The conversations, bounded; each is reported when it ends, those still open when the scan ends."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.open: list[Talk] = []
        self.count = 0
        self.omitted = 0

    def begin(self, protocol: str, address: str, port: int, name: str | None) -> Talk:
        talk = Talk(protocol, address, port, name)
        with self.lock:
            if self.count >= MAX_TALKS:
                self.omitted += 1
                talk.told = True
            else:
                self.count += 1
                self.open.append(talk)
        return talk

    def finish(self, talk: Talk) -> None:
        with self.lock:
            if not talk.told:
                talk.told = True
                self.open.remove(talk)
                self.write(talk.message())

    def end(self) -> None:
        with self.lock:
            for talk in self.open:
                talk.told = True
                self.write(talk.message())
            self.open.clear()
            self.write({"t": "end", "omitted": self.omitted})

    def say(self, message: dict[str, Any]) -> None:
        with self.lock:
            self.write(message)

    @staticmethod
    def write(message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(1, data):]


class Talk:
    all_kept = 0

    def __init__(self, protocol: str, address: str, port: int, name: str | None) -> None:
        self.fields: dict[str, Any] = {"protocol": protocol, "address": address, "port": port, "time": time.time()}
        if name:
            self.fields["name"] = name
        self.kept = {side: bytearray() for side in KEPT}
        self.bytes = {"sent": 0, "received": 0}
        self.told = False

    def sent(self, data: bytes) -> None:
        self.add("sent", data)

    def received(self, data: bytes) -> None:
        self.add("received", data)

    def add(self, side: str, data: bytes) -> None:
        kept = self.kept[side]
        part = data[:min(KEPT[side] - len(kept), MAX_KEPT - Talk.all_kept)]
        kept += part
        Talk.all_kept += len(part)
        self.bytes[side] += len(data)

    def message(self) -> dict[str, Any]:
        kept = {side: base64.b64encode(bytes(data)).decode() for side, data in self.kept.items()}
        return {
            "t": "talk", **self.fields, **kept, "bytesSent": self.bytes["sent"], "bytesReceived": self.bytes["received"],
        }


def text_of(data: bytes, limit: int) -> str:
    return bytes(data[:limit]).decode("latin-1")


# --- Names ---

A, NS, SOA, PTR, MX, TXT, AAAA = 1, 2, 6, 12, 15, 16, 28
TYPES = {A: "A", NS: "NS", 5: "CNAME", SOA: "SOA", PTR: "PTR", MX: "MX", TXT: "TXT", AAAA: "AAAA", 33: "SRV", 65: "HTTPS", 255: "ANY"}
POOL = [f"{network}.{host}" for network in ("198.51.100", "192.0.2", "203.0.113") for host in range(10, 250)]


class Names:
    """Every name has an address, of those kept for documentation (RFC 5737, RFC 3849); the same for as long as the scan runs."""

    def __init__(self, six: bool) -> None:
        self.six = six
        self.lock = threading.Lock()
        self.numbers: dict[str, int] = {}
        self.names: dict[str, str | None] = {}

    def addresses(self, name: str) -> tuple[str, str]:
        with self.lock:
            number = self.numbers.setdefault(name, len(self.numbers)) if len(self.numbers) < 5000 else 0
            four = POOL[number % len(POOL)]
            six = f"2001:db8::{number + 10:x}"
            # The pool is finite: a name that shares its address with another is not said to be its name.
            self.names.setdefault(six, name)
            self.names[four] = name if self.names.get(four, name) == name else None
            return four, six

    def name_of(self, address: str) -> str | None:
        with self.lock:
            return self.names.get(address)

    def answer(self, question: bytes) -> tuple[bytes, str, str] | None:
        """The answer to one DNS message (RFC 1035), and what it asked: (response, name, type); None for what is no question."""
        if len(question) < 17 or question[2] & 0x80:
            return None
        labels: list[str] = []
        at = 12
        while at < len(question) and question[at]:
            length = question[at]
            if length > 63 or at + 1 + length > len(question):
                return None
            labels.append(text_of(question[at + 1:at + 1 + length], 63))
            at += 1 + length
        if at + 5 > len(question):
            return None
        kind = int.from_bytes(question[at + 1:at + 3], "big")
        name = ".".join(labels)[:253]
        records = self.records(name.lower(), kind)
        answers = b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", record, 1, 60, len(data)) + data for record, data in records
        )
        header = question[:2] + bytes([0x84 | question[2] & 0x01, 0x80]) + struct.pack(">HHHH", 1, len(records), 0, 0)
        return header + question[12:at + 5] + answers, name, TYPES.get(kind, str(kind))

    def records(self, name: str, kind: int) -> list[tuple[int, bytes]]:
        if kind in (A, AAAA, 255):
            four, six = self.addresses(name)
            found = [(A, socket.inet_aton(four))] if kind != AAAA else []
            return found + ([(AAAA, socket.inet_pton(socket.AF_INET6, six))] if self.six and kind != A else [])
        if kind == TXT:
            return [(TXT, b"\x0bv=spf1 -all")]
        if kind == MX:
            return [(MX, b"\x00\x0a\x04mail\xc0\x0c")]
        if kind == PTR:
            return [(PTR, b"\x04host\x07example\x03com\x00")]
        return []


def answer_questions(one: socket.socket, family: int, records: Records, names: Names) -> None:
    talks: dict[Any, Talk] = {}
    while True:
        question, ancillary, _, peer = one.recvmsg(65535, 256)
        address, reply = destination_of(ancillary, family)
        found = names.answer(question)
        asked = (address, found and found[1:])
        talk = talks.get(asked)
        if talk is None:
            talk = records.begin("udp", address, 53, found[1] if found else None)
            if found:
                talk.fields["request"] = {"line": f"{found[2]} {found[1]}", "headers": []}
            if len(talks) < MAX_TALKS:
                talks[asked] = talk
        talk.sent(question)
        if found:
            talk.received(found[0])
            try:
                one.sendmsg([found[0]], reply, 0, peer)
            except OSError:
                pass  # the client did not wait


def destination_of(ancillary: Ancillary, family: int) -> tuple[str, Ancillary]:
    """The address a datagram was sent to, and the control message that makes an answer come from it."""
    for level, kind, data in ancillary:
        if family == socket.AF_INET and (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            return socket.inet_ntoa(data[8:12]), [(level, kind, struct.pack("I", 0) + data[8:12] + bytes(4))]
        if family == socket.AF_INET6 and (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return socket.inet_ntop(family, data[:16]), [(level, kind, data[:16] + struct.pack("I", 0))]
    return "", []


def read_datagrams(one: socket.socket, family: int, records: Records, names: Names) -> None:
    talks: dict[tuple[int, str, int], Talk] = {}
    while True:
        data, ancillary, _, _ = one.recvmsg(65535, 256)
        if family == socket.AF_INET:
            address = socket.inet_ntoa(data[16:20])
            data = data[(data[0] & 15) * 4:]
        else:
            address, _ = destination_of(ancillary, family)
        source, port = struct.unpack(">HH", data[:4])
        if port == 53 or address in (HOME4, HOME6, "::1") or address.startswith("127."):
            continue
        talk = talks.get((source, address, port))
        if talk is None:
            talk = records.begin("udp", address, port, names.name_of(address))
            if len(talks) < MAX_TALKS:
                talks[source, address, port] = talk
        talk.sent(data[8:])


# --- Certificates ---


class Authority:
    """A certificate authority for one scan. Its key is in this container alone."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.lock = threading.Lock()
        self.contexts: dict[str, ssl.SSLContext] = {}
        self.make("ca", "/O=Internal/CN=Internal Root CA", ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"])

    def certificate(self) -> str:
        with open(f"{self.folder}/ca.pem") as file:
            return file.read()

    def context(self, subject: str) -> ssl.SSLContext:
        """`subject`: as in a subjectAltName, `DNS:name` or `IP:address`."""
        with self.lock:
            if subject not in self.contexts:
                number = len(self.contexts)
                if number >= MAX_TALKS:
                    return next(iter(self.contexts.values()))
                self.make(str(number), "/CN=server", [f"subjectAltName={subject}", "basicConstraints=CA:FALSE"], number + 1)
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(f"{self.folder}/{number}.pem", f"{self.folder}/{number}.key")
                self.contexts[subject] = context
            return self.contexts[subject]

    def make(self, name: str, subject: str, extensions: list[str], serial: int | None = None) -> None:
        """Signed by the authority with a serial number, else by itself. With options that OpenSSL 1.1 of Debian 11 knows, too."""
        path = f"{self.folder}/{name}"
        with open(f"{path}.cnf", "w") as file:
            file.write("\n".join(["[req]", "distinguished_name = name", "[name]", "[extensions]", *extensions, ""]))
        made = ["-extensions", "extensions", "-days", "90", "-out", f"{path}.pem"]
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{path}.key"]
        request = ["req", "-config", f"{path}.cnf", "-subj", subject, *key]
        if serial is None:
            self.openssl([*request, "-x509", *made])
            return
        by = ["-CA", f"{self.folder}/ca.pem", "-CAkey", f"{self.folder}/ca.key", "-set_serial", str(serial)]
        self.openssl([*request, "-new", "-out", f"{path}.csr"])
        self.openssl(["x509", "-req", "-in", f"{path}.csr", *by, "-extfile", f"{path}.cnf", *made])

    def openssl(self, arguments: list[str]) -> None:
        subprocess.run(["/usr/bin/openssl", *arguments], check=True, capture_output=True, stdin=subprocess.DEVNULL)

    def wrap(self, connection: socket.socket, talk: Talk) -> ssl.SSLSocket:
        address = talk.fields["address"]
        named: str | None = None

        def choose(tls: Any, name: str | None, _: ssl.SSLContext) -> None:
            nonlocal named
            if name and re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", name) and len(name) <= 253:
                named = name
                tls.context = self.context(f"DNS:{name}")
            else:
                tls.context = self.context(f"IP:{address}")

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = choose
        wrapped = context.wrap_socket(connection, server_side=True)
        if named:
            talk.fields.setdefault("name", named)
        return wrapped


# --- Conversations ---


def serve(
    connection: socket.socket, talk: Talk, records: Records, names: Names, authority: Authority, slots: threading.Semaphore,
) -> None:
    try:
        connection.setblocking(True)
        connection.settimeout(IDLE)
        converse(connection, talk, names, authority)
    except (OSError, ValueError, subprocess.SubprocessError):
        pass  # the other end is gone, or follows no protocol; what it sent until then is recorded
    finally:
        connection.close()
        records.finish(talk)
        slots.release()


def original_destination(connection: socket.socket) -> tuple[str, int]:
    """Before it was redirected. Not redirected: what it is connected to."""
    try:
        if connection.family == socket.AF_INET:
            data = connection.getsockopt(socket.IPPROTO_IP, SO_ORIGINAL_DST, 16)
            return socket.inet_ntoa(data[4:8]), int.from_bytes(data[2:4], "big")
        data = connection.getsockopt(socket.IPPROTO_IPV6, SO_ORIGINAL_DST, 28)
        return socket.inet_ntop(socket.AF_INET6, data[8:24]), int.from_bytes(data[2:4], "big")
    except OSError:
        return connection.getsockname()[:2]


class Line:
    """One connection, its bytes counted."""

    def __init__(self, connection: socket.socket, talk: Talk) -> None:
        self.connection = connection
        self.talk = talk
        self.until = time.monotonic() + MAX_SECONDS

    def read(self) -> bytes:
        """The next bytes; empty at the end, after IDLE seconds of silence, or when enough was said."""
        if time.monotonic() > self.until or self.talk.bytes["sent"] > MAX_BYTES:
            return b""
        try:
            data = self.connection.recv(65536)
        except socket.timeout:  # the name that Python before 3.10 has for it, too
            return b""
        self.talk.sent(data)
        return data

    def write(self, data: bytes) -> None:
        self.connection.sendall(data)
        self.talk.received(data)


SMTP_PORTS = (25, 465, 587, 2525)
GREETINGS = {
    21: b"220 FTP server ready.\r\n",
    22: b"SSH-2.0-OpenSSH_9.6\r\n",
    110: b"+OK ready\r\n",
    143: b"* OK IMAP4rev1 ready\r\n",
}
METHOD = re.compile(rb"[A-Z]{3,10} \S")
TLS_HANDSHAKE = 0x16


def converse(connection: socket.socket, talk: Talk, names: Names, authority: Authority) -> None:
    port = talk.fields["port"]
    line = Line(connection, talk)
    if port in SMTP_PORTS and port != 465:
        return mail(line)
    if port in GREETINGS:
        line.write(GREETINGS[port])
    try:
        first = connection.recv(1, socket.MSG_PEEK)
    except socket.timeout:
        return None
    if first and first[0] == TLS_HANDSHAKE:
        talk.fields["tls"] = True
        hello = connection.recv(4096, socket.MSG_PEEK)
        try:
            connection = authority.wrap(connection, talk)
        except (OSError, ValueError):
            talk.sent(hello)
            raise
        line = Line(connection, talk)
        if port == 465:
            return mail(line)
    if port == 53:
        return resolve(line, names)
    data = line.read()
    while data and len(data) < 8 and METHOD.match(data + b"     X") is None and data.isalpha():
        more = line.read()
        if not more:
            return None
        data += more
    if METHOD.match(data):
        return web(line, data)
    while data:
        data = line.read()
    return None


def resolve(line: Line, names: Names) -> None:
    data = b""
    while True:
        while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
            more = line.read()
            if not more:
                return
            data += more
        length = int.from_bytes(data[:2], "big")
        question, data = data[2:2 + length], data[2 + length:]
        found = names.answer(question)
        if found is None:
            return
        answer, name, kind = found
        line.talk.fields.setdefault("name", name)
        line.talk.fields.setdefault("request", {"line": f"{kind} {name}", "headers": []})
        line.write(struct.pack(">H", len(answer)) + answer)


def mail(line: Line) -> None:
    """SMTP (RFC 5321) as far as a client needs it to hand over its message."""
    line.write(b"220 mail.example.com ESMTP\r\n")
    data, in_message = b"", False
    while True:
        while b"\n" not in data:
            more = line.read()
            if not more:
                return
            data = (data + more)[-MAX_HEAD:]
        text, _, data = data.partition(b"\n")
        text = text.rstrip(b"\r")
        if in_message:
            if text == b".":
                in_message = False
                line.write(b"250 2.0.0 Ok: queued\r\n")
            continue
        verb = text[:4].upper()
        if verb == b"EHLO":
            line.write(b"250-mail.example.com\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n")
        elif verb == b"DATA":
            in_message = True
            line.write(b"354 End data with <CR><LF>.<CR><LF>\r\n")
        elif verb == b"AUTH":
            line.write(b"235 2.7.0 Authentication successful\r\n" if len(text.split()) > 2 else b"334 \r\n")
        elif verb == b"QUIT":
            line.write(b"221 2.0.0 Bye\r\n")
            return
        else:
            line.write(b"250 2.0.0 Ok\r\n")


def web(line: Line, data: bytes) -> None:
    """One HTTP/1 request (RFC 9112), read to its end and answered with what it seems to ask for."""
    while b"\r\n\r\n" not in data and b"\n\n" not in data:
        more = line.read()
        if not more or len(data) > MAX_HEAD:
            break
        data += more
    head, separator, body = data.partition(b"\r\n\r\n" if b"\r\n\r\n" in data else b"\n\n")
    first, *rest = head.split(b"\n")
    line.talk.fields["request"] = {
        "line": text_of(first.strip(), 2000),
        "headers": [text_of(header.strip(), 500) for header in rest[:MAX_HEADERS] if header.strip()],
    }
    if not separator:
        return
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (text_of(header, MAX_HEAD).partition(":") for header in rest)
    }
    if fields.get("expect", "").lower() == "100-continue":
        line.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if fields.get("transfer-encoding", "").lower() == "chunked":
        end = body
        while not end.endswith(b"0\r\n\r\n"):
            more = line.read()
            if not more:
                break
            end = (end + more)[-16:]
    else:
        length = fields.get("content-length", "0")
        left = (int(length) if length.isdecimal() and len(length) < 12 else 0) - len(body)
        while left > 0:
            more = line.read()
            if not more:
                break
            left -= len(more)
    method, path, *_ = (*text_of(first.strip(), MAX_HEAD).split(" "), "", "")
    if method == "CONNECT":
        line.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        while line.read():
            pass
        return
    kind, content = content_for(method, path, fields.get("accept", ""))
    answer = f"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    line.write(answer.encode() + (b"" if method == "HEAD" else content))


# A second stage that does nothing, but shows that it was run: a program starts.
SCRIPT = b"#!/bin/sh\n/usr/bin/true second stage\n"
PYTHON = b"import subprocess\nsubprocess.run(['/usr/bin/true', 'second', 'stage'])\n"
TEXT = b"ok\n"
PAGE = b"<!doctype html><html><head><title>Welcome</title></head><body><p>It works.</p></body></html>\n"


def content_for(method: str, path: str, accept: str) -> tuple[str, bytes]:
    name = re.split(r"[?#]", path)[0].rsplit("/", 1)[-1].lower()
    extension = name.rsplit(".", 1)[-1] if "." in name else ""
    if extension in ("elf", "bin", "so", "out", "exe", "o", "ko"):
        return "application/octet-stream", elf()
    if extension in ("zip", "whl", "jar", "apk", "egg", "npz", "pt", "pth"):
        return "application/zip", zip_file()
    if extension in ("gz", "tgz"):
        return "application/gzip", tar_file()
    if extension in ("py", "pyw"):
        return "text/x-python", PYTHON
    if extension in ("sh", "bash"):
        return "text/x-shellscript", SCRIPT
    if extension == "json" or "json" in accept or method in ("POST", "PUT", "PATCH", "DELETE"):
        return "application/json", b'{"status": "ok"}\n'
    if extension in ("html", "htm", "php") or "text/html" in accept:
        return "text/html", PAGE
    if extension in ("txt", "md", "log", "csv", "cfg", "conf"):
        return "text/plain", TEXT
    if "octet-stream" in accept:
        return "application/octet-stream", elf()
    # What `curl URL | sh` and `curl -o x URL; chmod +x x; ./x` can both run.
    return "text/x-shellscript", SCRIPT


def elf() -> bytes:
    """The smallest program there is: it leaves with 0. 64-bit ELF header, one program header, code."""
    machine, code = {
        # mov edi, 0; mov eax, 60 (exit); syscall
        "x86_64": (62, bytes.fromhex("31ffb83c0000000f05")),
        # mov x0, 0; mov x8, 93 (exit); svc 0
        "aarch64": (183, bytes.fromhex("000080d2a80b80d2010000d4")),
    }[platform.machine()]
    start, size = 0x400000, 120 + len(code)
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, machine, 1, start + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return header + struct.pack("<IIQQQQQQ", 1, 5, 0, start, start, size, size, 0x1000) + code


# Imported when they are asked for: this process is to be up before the model is.


def zip_file() -> bytes:
    import io
    import zipfile
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.sh", SCRIPT)
    return out.getvalue()


def tar_file() -> bytes:
    import io
    import tarfile
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo("run.sh")
        entry.size, entry.mode = len(SCRIPT), 0o755
        archive.addfile(entry, io.BytesIO(SCRIPT))
    return out.getvalue()


if __name__ == "__main__":
    main()
    sys.exit(0)

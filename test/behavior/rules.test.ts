import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/behavior/rules/index.js';
import { findingSchema } from '../../src/core/schema.js';
import type { OutsideLimit } from '../../src/behavior/acts.js';
import { createAnalysis } from '../../src/behavior/analysis.js';
import { RECORD_PREFIX } from '../../src/behavior/channel.js';
import { AFTER, CONTEXT, END, NONCE, analyse, BEFORE, parse, rulesOf, run } from './support.js';

/** Reached as a bomb or a flood reaches it, or as anybody may. */
function runOutside(limit: OutsideLimit, onPurpose = false): ReturnType<typeof run> {
  const limits = { ...CONTEXT.limits, memoryMiB: 4096, modelBytes: onPurpose ? 1000 : 1024 * 1024 * 1024 };
  const analysis = createAnalysis({ ...CONTEXT, limits });
  const calls = onPurpose
    ? Array<string>(6000).fill('100 access("/nowhere", F_OK) = -1 ENOENT (No such file or directory)')
    : [];
  for (const event of parse([...BEFORE, ...calls, ...AFTER, END])) analysis.push(event);
  analysis.limitReached(limit, 'The limit was reached.');
  return analysis.finish();
}

/** A line that ends the runner, in an example, takes the place of its ordinary end; a signal comes where it stands. */
function runExample(example: readonly string[]): ReturnType<typeof run> {
  const lines = example.map((line) => line.replaceAll('NONCE', NONCE));
  const end = lines.findIndex((line) => line.startsWith('100 +++'));
  if (lines[end]?.includes('killed by')) return analyse([...BEFORE, ...lines]);
  if (end < 0) return analyse([...BEFORE, ...lines, ...AFTER, END]);
  return analyse([...BEFORE, ...lines.slice(0, end), ...AFTER, ...lines.slice(end)]);
}

describe('every rule', () => {
  it.each(RULES.map((rule) => [rule.id, rule] as const))(
    '%s is triggered by its example, and nothing else is',
    (id, rule) => {
      const { findings } =
        rule.outside === undefined ? runExample(rule.example) : runOutside(rule.outside, rule.onPurpose);
      // Of an example with several lines the last one is the telling one.
      const told = rule.example.length < 2 ? findings.map((finding) => finding.rule) : [findings.at(-1)?.rule];
      expect(told).toEqual([id]);
      const finding = findings.at(-1);
      expect(findingSchema.safeParse(finding).error).toBeUndefined();
      expect(finding?.explanation).toContain(rule.meaning);
      expect(finding?.evidence[0]?.text).not.toBe('');
      // A message that the runner sent shows nothing but the runner; what a model forges is its own.
      if (!finding?.explanation.includes('writes a message in the name of the sandbox'))
        for (const { text } of finding?.evidence ?? []) expect(text).not.toContain(RECORD_PREFIX);
    },
  );

  it('has an id of its own, an ATT&CK technique, and whole sentences', () => {
    expect(new Set(RULES.map((rule) => rule.id)).size).toBe(RULES.length);
    for (const rule of RULES) {
      expect(rule.example.length > 0, rule.id).toBe(rule.outside === undefined);
      expect(rule.attack).toMatch(/^T\d{4}(\.\d{3})?$/);
      expect(rule.meaning).toMatch(/^[A-Z].*\.$/);
      expect(rule.advice).toMatch(/^[A-Z].*\.$/);
      expect(rule.title).toMatch(/^[A-Z].*[^.]$/);
    }
  });
});

describe('what is no finding', () => {
  it('is a harmless load', () => {
    expect(run([]).findings).toEqual([]);
  });

  it.each([
    [
      'reading what the image brings',
      'openat(AT_FDCWD</tmp>, "/usr/lib/python3/dist-packages/numpy/__init__.py", O_RDONLY|O_CLOEXEC) = 5',
    ],
    [
      'writing to the scratch space',
      'openat(AT_FDCWD</tmp>, "x.bin", O_RDWR|O_CREAT|O_TRUNC|O_CLOEXEC, 0600) = 5</tmp/x.bin>',
    ],
    ['deleting in the scratch space', 'unlink("/dev/shm/sem.Xy12") = 0'],
    [
      'the settings of Keras that the image brings',
      'openat(AT_FDCWD</tmp>, "/opt/dynscan/keras/keras.json", O_RDONLY|O_CLOEXEC) = 5</opt/dynscan/keras/keras.json>',
    ],
    ['/dev/null', 'openat(AT_FDCWD</tmp>, "/dev/null", O_RDWR|O_CLOEXEC) = 5</dev/null>'],
    ['random numbers', 'openat(AT_FDCWD</tmp>, "/dev/urandom", O_RDONLY|O_CLOEXEC) = 5</dev/urandom>'],
    ['printing', 'write(1<pipe:[9]>, "hello\\n", 6) = 6'],
    ['printing what looks like a record', 'write(1<pipe:[9]>, "dynscan:b91f0c {}\\n", 18) = 18'],
    ['the name of a thread', 'openat(AT_FDCWD</tmp>, "/proc/self/task/100/comm", O_RDWR) = 5</proc/100/task/100/comm>'],
    [
      'a thread',
      'clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM) = -1 EINVAL (Invalid argument)',
    ],
    [
      'clone3, which the sandbox does not have',
      'clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0}, 88) = -1 ENOSYS (Function not implemented)',
    ],
    [
      'the question whether IPv6 works',
      'bind(3<socket:[5]>, {sa_family=AF_INET6, sin6_port=htons(0), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0',
    ],
    ['netlink', 'bind(3<socket:[5]>, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 0'],
    [
      'the name service of the C library',
      'connect(3<socket:[5]>, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT (No such file or directory)',
    ],
    ['a short sleep', 'clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=0, tv_nsec=50000000}, NULL) = 0 (INJECTED)'],
    [
      'what the kernel says of the processors',
      'openat(AT_FDCWD</tmp>, "/sys/devices/system/cpu/online", O_RDONLY|O_CLOEXEC) = 5',
    ],
    ['naming a thread', 'prctl(PR_SET_NAME, "pt_autograd_0") = 0'],
    ['a link within the scratch space', 'symlinkat("blobs/1", AT_FDCWD, "/tmp/cache/model") = 0'],
    ['making a small file', 'ftruncate(5</tmp/x>, 1048576) = 0'],
    ['the graphics card', 'openat(AT_FDCWD</tmp>, "/dev/nvidia0", O_RDWR|O_CLOEXEC) = -1 ENOENT (No such file)'],
    ['asking whether a process is there', 'kill(100, 0) = 0'],
    ['its own folder in /proc', 'openat(AT_FDCWD</tmp>, "/proc/self/statm", O_RDONLY|O_CLOEXEC) = 5</proc/100/statm>'],
  ])('%s', (_, call) => {
    expect(run([`100 ${call}`]).findings).toEqual([]);
  });

  /**
   * test/behavior/harmless.strace: `strace -f -y -s 4096 -e trace=<TRACED> python3 -I -S -B load.py` with strace 6.1, where load.py
   * imports json, tempfile, threading and dataclasses, makes a named tuple, writes a temporary file and runs a thread.
   */
  it('is what Python does when it imports modules, writes a temporary file and runs a thread', async () => {
    const recorded = (await readFile(new URL('harmless.strace', import.meta.url), 'utf8')).trimEnd().split('\n');
    const [start, ...rest] = recorded;
    expect(start).toContain('execve("/usr/bin/python3"');
    const result = run(rest.filter((line) => !line.startsWith('100 +++')));
    expect(result.findings).toEqual([]);
    expect(result.gaps).toEqual([]);
    expect(result.processes).toHaveLength(2);
  });

  it('is the start of the runner itself, through other programs', () => {
    const result = analyse([
      '100 execve("/usr/bin/setpriv", ["setpriv", "--reuid=10001", "python3"], 0x7ffc0000 /* 9 vars */) = 0',
      '100 setresuid(10001, 10001, 10001) = 0',
      ...BEFORE,
      ...AFTER,
      END,
    ]);
    expect(result.findings).toEqual([]);
    expect(result.load.outcome).toBe('loaded');
  });
});

describe('where the stack lies', () => {
  const maps = '100 openat(AT_FDCWD, "/proc/self/maps", O_RDONLY|O_CLOEXEC) = 5</proc/100/maps>';
  const limit = '100 prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0';

  it('is asked by a runtime', () => {
    expect(rulesOf(run([maps, limit]))).toEqual([]);
  });
  it.each<[string, readonly string[]]>([
    ['the map alone', [maps]],
    ['the map, and then another limit', [maps, limit.replace('STACK', 'NOFILE')]],
    ['the map, and then a new limit', [maps, limit.replace('NULL', '{rlim_cur=1, rlim_max=1}')]],
    ['the map twice', [maps, maps, limit]],
    ['the map, and something between', [maps, '100 getpid() = 100', limit]],
    ['the map, and another thread asks', [maps, limit.replace('100', '101')]],
    ['the map in the last call', [maps, '100 +++ killed by SIGKILL +++']],
  ])('is not what %s asks for', (_, lines) => {
    expect(rulesOf(run(lines))).toContain('DYN-DISC-SANDBOX');
  });
});

describe('what a program is told is not what it runs', () => {
  const made = '100 openat(AT_FDCWD</tmp>, "/tmp/s", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 5</tmp/s>';
  it.each([
    ['/usr/bin/chmod', ['chmod', '+x', '/tmp/s'], 'DYN-EXEC-PROGRAM'],
    ['/bin/sh', ['sh', '-x', '/tmp/s'], 'DYN-EXEC-DROPPED'],
    ['/usr/bin/python3', ['python3', 's'], 'DYN-EXEC-DROPPED'],
    ['/usr/bin/python3', ['python3', 'other.py', 's'], 'DYN-EXEC-INTERPRETER'],
  ])('%s %j: %s', (path, argv, rule) => {
    const start = `100 execve("${path}", ${JSON.stringify(argv)}, ["HOME=/home/model"]) = 0`;
    expect(rulesOf(run([made, start]))).toEqual([rule]);
  });

  it('shows without its environment, which is long', () => {
    const [finding] = run(['100 execve("/bin/sh", ["sh", "-c", "echo \\"], [\\""], ["A=], [x", "B=1"]) = 0']).findings;
    expect(finding?.evidence[0]?.text).toBe('execve("/bin/sh", ["sh", "-c", "echo \\"], [\\""], [2 variables]) = 0');
  });
});

describe('a forbidden call', () => {
  it('is told when the kernel ends the process without a word', () => {
    expect(rulesOf(analyse([...BEFORE, '100 +++ killed by SIGSYS +++']))).toEqual(['DYN-ESCAPE-FORBIDDEN']);
  });
});

describe('a back door', () => {
  it('is a shell on a connection that came in', () => {
    const result = run([
      '100 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 5<socket:[1]>',
      '100 accept4(5<socket:[1]>, {sa_family=AF_INET, sin_port=htons(4000), sin_addr=inet_addr("192.0.2.9")}, [16], SOCK_CLOEXEC) = 6<socket:[2]>',
      '100 dup2(6<socket:[2]>, 0</dev/null>) = 0<socket:[2]>',
    ]);
    expect(rulesOf(result)).toEqual(['DYN-NET-SHELL']);
  });
});

describe('attempts', () => {
  it.each(['EACCES (Permission denied)', 'ENOENT (No such file or directory)', 'EPERM (Operation not permitted)'])(
    'count when they fail with %s',
    (error) => {
      const result = run([`100 openat(AT_FDCWD</tmp>, "/etc/shadow", O_RDONLY) = -1 ${error}`]);
      expect(rulesOf(result)).toEqual(['DYN-CRED-SHADOW']);
      expect(result.findings[0]?.explanation).toContain(error.split(' ')[0]);
    },
  );

  it('are seen through relative paths and dot-dot', () => {
    const result = run([
      '100 openat(AT_FDCWD</tmp>, "../home/model/./.ssh/id_ed25519", O_RDONLY) = -1 ENOENT (No such file or directory)',
    ]);
    expect(result.findings[0]?.explanation).toContain('opens /home/model/.ssh/id_ed25519 for reading. It failed');
  });
});

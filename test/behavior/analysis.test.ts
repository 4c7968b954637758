import { describe, expect, it } from 'vitest';
import { createAnalysis } from '../../src/behavior/analysis.js';
import { AFTER, BEFORE, CONTEXT, END, analyse, parse, record, rulesOf, run, sealed } from './support.js';

const SHELL = [
  '100 vfork() = 101',
  '101 execve("/bin/sh", ["sh", "-c", "id"], 0x7ffd0000 /* 9 vars */) = 0',
  '101 vfork() = 102',
  '102 execve("/usr/bin/id", ["id"], 0x7ffd0000 /* 9 vars */) = 0',
  '102 openat(AT_FDCWD</tmp>, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 4</etc/passwd>',
  '102 +++ exited with 0 +++',
  '101 +++ exited with 0 +++',
];

describe('one story', () => {
  it('is one finding: a shell command and the programs it runs', () => {
    const result = run(SHELL);
    expect(rulesOf(result)).toEqual(['DYN-EXEC-SHELL']);
    expect(result.findings[0]?.explanation).toContain(
      'PID 101 starts the program /bin/sh with the arguments sh -c id. It worked.',
    );
    expect(result.findings[0]).toMatchObject({ severity: 'high', phase: 'load', count: 1 });
  });

  it('is one attempt, however many folders of PATH are tried, and the one that worked is told', () => {
    const result = run([
      '100 vfork() = 101',
      '101 execve("/usr/local/bin/uname", ["uname", "-p"], 0x7ffd0000 /* 9 vars */) = -1 ENOENT (No such file or directory)',
      '101 execve("/usr/bin/uname", ["uname", "-p"], 0x7ffd0000 /* 9 vars */) = 0',
      '101 +++ exited with 0 +++',
    ]);
    expect(rulesOf(result)).toEqual(['DYN-EXEC-PROGRAM']);
    expect(result.findings[0]?.count).toBe(1);
    expect(result.findings[0]?.explanation).toContain('/usr/bin/uname with the arguments uname -p. It worked.');
    expect(result.findings[0]?.evidence).toHaveLength(2);
  });

  it('is told as well when the child acts before its parent’s call returns', () => {
    const result = run([
      '100 vfork( <unfinished ...>',
      '101 execve("/nowhere/sh", ["sh", "-c", "id"], 0x7ffd0000 /* 9 vars */) = -1 ENOENT (No such file or directory)',
      '101 execve("/bin/sh", ["sh", "-c", "id"], 0x7ffd0000 /* 9 vars */ <unfinished ...>',
      '100 <... vfork resumed>) = 101',
      '101 <... execve resumed>) = 0',
      '101 vfork( <unfinished ...>',
      '102 execve("/nowhere/id", ["id"], 0x7ffd0000 /* 9 vars */) = -1 ENOENT (No such file or directory)',
      '102 execve("/usr/bin/id", ["id"], 0x7ffd0000 /* 9 vars */) = 0',
      '101 <... vfork resumed>) = 102',
    ]);
    expect(rulesOf(result)).toEqual(['DYN-EXEC-SHELL']);
    expect(result.processes.map(({ pid, parent }) => [pid, parent])).toEqual([
      [100, undefined],
      [101, 100],
      [102, 101],
    ]);
  });

  it('is one contact: a UDP test, the connection and what is sent', () => {
    const to = '{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("203.0.113.7")}, 16)';
    const result = run([
      '100 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 5<socket:[1]>',
      `100 connect(5<socket:[1]>, ${to} = 0`,
      '100 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 6<socket:[2]>',
      `100 connect(6<socket:[2]>, ${to} = 0`,
      '100 sendto(6<socket:[2]>, "GET / HTTP/1.1\\r\\n", 16, 0, NULL, 0) = 16',
      '100 recvfrom(6<socket:[2]>, "HTTP/1.1 200 OK\\r\\n", 4096, 0, NULL, NULL) = 17',
    ]);
    expect(rulesOf(result)).toEqual(['DYN-NET-CONTACT']);
    expect(result.findings[0]?.explanation).toContain('sends 16 bytes');
    expect(result.conversations).toContainEqual({
      protocol: 'TCP',
      address: '203.0.113.7',
      port: 80,
      pid: 100,
      sent: 'GET / HTTP/1.1\\r\\n',
      received: 'HTTP/1.1 200 OK\\r\\n',
      bytesSent: 16,
      bytesReceived: 17,
      result: 'It worked.',
    });
  });

  it('names who was asked for, when the answer to the look-up was seen', () => {
    const result = run([
      '100 socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 5<socket:[1]>',
      '100 connect(5<socket:[1]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
      '100 sendto(5<socket:[1]>, "\\22\\64\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\7example\\3com\\0\\0\\1\\0\\1", 29, MSG_NOSIGNAL, NULL, 0) = 29',
      '100 recvfrom(5<socket:[1]>, "\\22\\64\\201\\200\\0\\1\\0\\1\\0\\0\\0\\0\\7example\\3com\\0\\0\\1\\0\\1\\300\\f\\0\\1\\0\\1\\0\\0\\0<\\0\\4\\313\\0q\\7", 1024, 0, NULL, NULL) = 45',
      '100 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 6<socket:[2]>',
      '100 connect(6<socket:[2]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("203.0.113.7")}, 16) = 0',
    ]);
    expect(rulesOf(result)).toEqual(['DYN-NET-LOOKUP', 'DYN-NET-CONTACT']);
    expect(result.conversations.find(({ port }) => port === 443)?.name).toBe('example.com');
  });
});

describe('a reverse shell', () => {
  it('is a connection in the place of standard input and output, whatever made it', () => {
    const result = run([
      '100 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 5<socket:[2]>',
      '100 connect(5<socket:[2]>, {sa_family=AF_INET, sin_port=htons(4444), sin_addr=inet_addr("203.0.113.7")}, 16) = 0',
      '100 vfork( <unfinished ...>',
      '101 dup2(5<socket:[2]>, 0</dev/null>) = 0<socket:[2]>',
      '101 dup2(5<socket:[2]>, 1<pipe:[9]>) = 1<socket:[2]>',
      '101 execve("/bin/sh", ["/bin/sh", "-i"], 0x7ffd0000 /* 9 vars */ <unfinished ...>',
      '100 <... vfork resumed>) = 101',
      '101 <... execve resumed>) = 0',
    ]);
    expect(rulesOf(result)).toEqual(['DYN-NET-CONTACT', 'DYN-NET-SHELL', 'DYN-EXEC-SHELL']);
    expect(result.findings[1]).toMatchObject({ severity: 'critical', count: 2 });
  });
});

describe('signals', () => {
  it('to its own children are ordinary; to its parent, to process 1 and from a child to the runner they are not', () => {
    const start = '100 fork() = 101';
    const child = '101 setsid() = 101';
    expect(run([start, child, '100 kill(101, SIGTERM) = 0', '101 +++ killed by SIGTERM +++']).findings).toEqual([]);
    expect(rulesOf(run(['100 kill(99, SIGKILL) = -1 EPERM (Operation not permitted)']))).toEqual(['DYN-EVADE-KILL']);
    expect(rulesOf(run([start, '101 kill(100, SIGSTOP) = 0', '101 +++ exited with 0 +++']))).toEqual([
      'DYN-EVADE-KILL',
    ]);
    expect(rulesOf(run(['100 kill(-1, SIGKILL) = 0']))).toEqual(['DYN-EVADE-KILL']);
  });
});

describe('the baseline', () => {
  const read = '100 openat(AT_FDCWD</tmp>, "/proc/self/environ", O_RDONLY|O_CLOEXEC) = 5</proc/100/environ>';
  const baseline = new Map([['DYN-CRED-ENVIRONMENT /proc/self/environ', 1]]);

  it('takes off what a harmless model does', () => {
    const result = run([read], { baseline });
    expect(result.findings).toEqual([]);
    expect(result.matches).toEqual(baseline);
  });

  it('takes off no more than that', () => {
    const result = run([read, read], { baseline });
    expect(result.findings).toMatchObject([{ rule: 'DYN-CRED-ENVIRONMENT', count: 1 }]);
  });

  it('has all places that a framework looks into, however many, and of those beyond it few are findings of their own', () => {
    const looks = (path: string): string[] =>
      Array.from(
        { length: 200 },
        (_, at) =>
          `100 openat(AT_FDCWD</tmp>, "${path}${at}/x", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)`,
      );
    const framework = looks('/sys/bus/node/devices/node');
    const { matches, findings } = run(framework);
    expect(matches.size).toBe(200);
    expect(findings).toHaveLength(31);
    expect(findings.reduce((sum, { count }) => sum + count, 0)).toBe(200);
    expect(run(framework, { baseline: matches }).findings).toEqual([]);
    expect(run([...framework, ...looks('/sys/bus/cpu/devices/cpu')], { baseline: matches }).findings).toHaveLength(31);
  });

  it('is what matched in a harmless run', () => {
    expect(run(SHELL, { baseline: run(SHELL).matches }).findings).toEqual([]);
  });
});

describe('how the load went', () => {
  const raised = (missing?: string): string =>
    record({
      k: 'raised',
      phase: 'load',
      type: missing === undefined ? 'ValueError' : 'ModuleNotFoundError',
      message: 'no',
      frames: [{ file: 'x.py', line: 3, function: 'f' }],
      ...(missing === undefined ? {} : { missing }),
    });
  const rest = [record({ k: 'phase', phase: 'collect' }), record({ k: 'phase', phase: 'exit' }), record({ k: 'done' })];

  it.each([
    ['loaded', [...AFTER, END]],
    ['raised', [raised(), ...rest, END]],
    ['missing-dependency', [raised('acme'), ...rest, END]],
    ['left', ['100 exit_group(0) = ?', END]],
    ['left', [...AFTER, '100 +++ exited with 1 +++']],
    ['left', [...AFTER.slice(0, 1), END]],
    ['crashed', ['100 +++ killed by SIGSEGV +++']],
    ['stopped', ['100 +++ killed by SIGKILL +++']],
    ['stopped', []],
  ])('%s', (outcome, after) => {
    expect(run([], {}, after).load.outcome).toBe(outcome);
  });

  it('keeps the type, the error and its frames', () => {
    expect(run([]).load).toEqual({ outcome: 'loaded', type: 'builtins.dict', exitCode: 0 });
    expect(run([], {}, [raised(), ...rest, END]).load.error).toEqual({
      type: 'ValueError',
      message: 'no',
      phase: 'load',
      frames: [{ file: 'x.py', line: 3, function: 'f' }],
    });
  });

  it('is not run when there is no trace', () => {
    expect(analyse([]).load).toEqual({ outcome: 'not-run' });
  });

  it('is not fully seen when the trace stops early, has lines that cannot be read, or lacks a process', () => {
    expect(run([], {}, []).gaps).toEqual(['The trace stops before the model’s process ended.']);
    expect(run(['100 )nonsense(']).gaps).toEqual(['Lines of the trace that could not be read: 1.']);
    expect(run(['100 fork() = 101']).gaps).toEqual(['Processes that were started and never seen: 1 (PID 101).']);
    expect(run([]).gaps).toEqual([]);
  });
});

describe('forged messages', () => {
  it.each([
    ['a second end of the load', record({ k: 'loaded', type: 'x' }), [record({ k: 'loaded', type: 'builtins.dict' })]],
    ['an end before its time', record({ k: 'done' }), AFTER],
    ['a phase that comes too late', record({ k: 'phase', phase: 'import' }), AFTER],
    ['a message without the mark of the run', '100 write(3<pipe:[7]>, "dynscan:0000 {}\\n", 16) = 16', AFTER],
    ['a message that is none', record({ k: 'phase', phase: 'party' }), AFTER],
  ])('%s', (_, forged, after) => {
    expect(rulesOf(run([forged], {}, [...after, END]))).toContain('DYN-EVADE-FORGERY');
  });

  it('cannot take a finding away', () => {
    const result = run([...AFTER, ...SHELL]);
    expect(rulesOf(result)).toContain('DYN-EXEC-SHELL');
    expect(result.load.outcome).toBe('loaded');
  });

  it('count for nothing when a child writes them', () => {
    const result = run(
      ['100 fork() = 101', ...AFTER.map((line) => line.replace(/^100/, '101')), '101 +++ exited with 0 +++'],
      {},
      ['100 exit_group(0) = ?', END],
    );
    expect(result.load.outcome).toBe('left');
  });

  it('are a gap, no finding, when strace cut them', () => {
    const result = run(['100 write(3<pipe:[7]>, "dynscan:b91f0c {\\"k\\":\\"audit\\""..., 9000) = 9000']);
    expect(result.findings).toEqual([]);
    expect(result.gaps).toEqual(['Messages of the runner that were cut: 1.']);
  });
});

describe('sealed messages', () => {
  const director = 110;
  const START = [...BEFORE.slice(0, 3), '100 clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_THREAD) = 110'];
  const load = sealed({ k: 'phase', phase: 'load' }, director);
  const rest = [...sealed({ k: 'rest', begins: true }, director), ...sealed({ k: 'rest', begins: false }, director)];
  const loadedWith = (first: readonly string[], second: readonly string[]): string[] => [
    ...sealed({ k: 'loaded', type: 'M' }, director),
    ...first,
    ...sealed({ k: 'phase', phase: 'use' }, director),
    ...sealed({ k: 'phase', phase: 'collect' }, director),
    ...second,
  ];
  const compared = sealed({ k: 'compared', complete: true }, director);
  const loaded = loadedWith(compared, compared);
  const done = [...sealed({ k: 'phase', phase: 'exit' }, director), ...sealed({ k: 'done' }, director)];
  const end = ['110 +++ exited with 0 +++', END];

  it('make a load', () => {
    const result = analyse([...START, ...load, ...loaded, ...rest, ...done, ...end]);
    expect(result).toMatchObject({ findings: [], gaps: [], load: { outcome: 'loaded' } });
  });

  it('are needed from the first on: the right ones in order, without a seal, are forgeries and make no load', () => {
    const forged = AFTER.filter((line) => line.includes('dynscan:'));
    const result = analyse([...START, ...load, ...forged, ...end]);
    expect(rulesOf(result)).toEqual(['DYN-EVADE-FORGERY', 'DYN-EVADE-QUIT']);
    expect(result.load.outcome).toBe('left');
  });

  it('are of the thread that directs: what another one seals is a forgery', () => {
    const other = [...sealed({ k: 'phase', phase: 'exit' }, 100), ...sealed({ k: 'done' }, 100)];
    expect(rulesOf(analyse([...START, ...load, ...other, END]))).toContain('DYN-EVADE-FORGERY');
    const reached = sealed({ k: 'reached', what: 'gc.get_objects' }, 100);
    expect(rulesOf(analyse([...START, ...load, ...reached, ...end]))).not.toContain('DYN-EVADE-FORGERY');
  });

  it('tell of threads that still wait and of modules that are missing, which are gaps', () => {
    const told = [
      ...sealed({ k: 'lacking', modules: ['torch'] }, director),
      ...sealed({ k: 'unfinished', threads: ['late'] }, director),
    ];
    const { gaps } = analyse([...START, ...load, ...loaded, ...rest, ...told, ...done, ...end]);
    expect(gaps.join(' ')).toMatch(/still waited.*late|late.*not seen/);
    expect(gaps.join(' ')).toContain('asks for torch');
  });

  it('seal no other record than the one that follows', () => {
    const [seal = ''] = sealed({ k: 'done' }, 100);
    const other = '100 openat(AT_FDCWD</tmp>, "/model/model.pkl", O_RDONLY|O_CLOEXEC) = 5</model/model.pkl>';
    const forged = record({ k: 'loaded', type: 'x' });
    expect(rulesOf(analyse([...START, ...load, seal, other, forged, ...end]))).toContain('DYN-EVADE-FORGERY');
    expect(rulesOf(analyse([...START, ...load, seal, record({ k: 'loaded', type: 'x' }, director), ...end]))).toContain(
      'DYN-EVADE-FORGERY',
    );
  });

  it('are of the model’s process alone', () => {
    const child = ['100 fork() = 112', ...sealed({ k: 'done' }, 112), '112 +++ exited with 0 +++'];
    expect(rulesOf(analyse([...START, ...load, ...child, ...loaded, ...rest, ...done, ...end]))).toEqual([
      'DYN-EVADE-FORGERY',
    ]);
  });

  it('without a rest leave a gap', () => {
    const { gaps } = analyse([...START, ...load, ...loaded, ...done, ...end]);
    expect(gaps).toEqual(['The runner did not wait for what the model may have set for later.']);
  });

  it.each([
    ['none', [], []],
    ['none after the load', [], compared],
    ['none after the use', compared, []],
    ['two of the load, none of the use', [...compared, ...compared], []],
    ['one that could not be finished', sealed({ k: 'compared', complete: false }, director), compared],
    [
      'a whole one after one that could not be finished',
      compared,
      [...sealed({ k: 'compared', complete: false }, director), ...compared],
    ],
  ])('of the comparison with the interpreter of before leave a gap that names it: %s', (_, first, second) => {
    const result = analyse([...START, ...load, ...loadedWith(first, second), ...rest, ...done, ...end]);
    expect(result.load.outcome).toBe('loaded');
    expect(result.gaps.length).toBeGreaterThan(0);
    for (const gap of result.gaps) expect(gap).toContain('changed in the interpreter');
  });

  it.each([
    ['without a seal', [record({ k: 'compared', complete: true })]],
    ['without an answer', sealed({ k: 'compared' }, director)],
    ['of another type', sealed({ k: 'compared', complete: 'yes' }, director)],
  ])('of the comparison count as none and are forgeries: %s', (_, forged) => {
    const result = analyse([...START, ...load, ...loadedWith(compared, forged), ...rest, ...done, ...end]);
    expect(rulesOf(result)).toEqual(['DYN-EVADE-FORGERY']);
    expect(result.gaps).toEqual([expect.stringContaining('changed in the interpreter')]);
  });

  it('of a change that cannot be read are forgeries', () => {
    const malformed = sealed({ k: 'changed', what: 'ssl.x' }, director);
    const result = analyse([
      ...START,
      ...load,
      ...loadedWith([...malformed, ...compared], compared),
      ...rest,
      ...done,
      ...end,
    ]);
    expect(rulesOf(result)).toEqual(['DYN-EVADE-FORGERY']);
  });

  it('name what of the model’s own was not used, and which of its methods ran', () => {
    const more = [
      ...sealed({ k: 'budget', left: ['M.a', 'M.b'], count: 5 }, director),
      ...sealed({ k: 'ran', methods: [['M.a', false]] }, director),
    ];
    const { gaps, load: outcome } = analyse([...START, ...load, ...loaded, ...more, ...rest, ...done, ...end]);
    expect(gaps).toEqual([
      'The time for using the model ran out before M.a, M.b and 3 more of its own code were called.',
    ]);
    expect(outcome.methods).toEqual([{ name: 'M.a', ran: false }]);
  });

  it('tell waits that end while the runner rests from those that somebody waited for', () => {
    const wait = '100 clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=600, tv_nsec=0}, NULL) = 0 (INJECTED)';
    const [begin, finish] = [rest.slice(0, 2), rest.slice(2)];
    const resting = (lines: readonly string[]) =>
      rulesOf(analyse([...START, ...load, ...loaded, ...begin, wait, ...lines, ...finish, ...done, ...end]));
    expect(resting([])).toEqual([]);
    expect(resting([wait, ...SHELL])).toEqual(['DYN-EXEC-SHELL', 'DYN-EVADE-SLEEP']);
    // A thread that waits again and again does so once more when the rest is over.
    const over = (lines: readonly string[]) =>
      rulesOf(analyse([...START, ...load, ...loaded, ...begin, wait, ...finish, ...lines, ...done, ...end]));
    expect(over([wait])).toEqual([]);
    expect(over([wait, ...SHELL])).toEqual(['DYN-EXEC-SHELL', 'DYN-EVADE-SLEEP']);
    expect(over([wait.replace('100', '110')])).toEqual(['DYN-EVADE-SLEEP']);
  });
});

describe('why a call was made', () => {
  const asked = record({ k: 'audit', event: 'pickle.find_class', args: ['posix', 'system'], frames: [] });
  const called = record({
    k: 'audit',
    event: 'os.system',
    args: ['id'],
    frames: [{ file: 'evil.py', line: 7, function: '__reduce__' }],
  });

  it('comes from the last audit event and the global with its offset', () => {
    const globals = [{ global: 'os.system', offset: 42, member: 'data.pkl' }];
    expect(run([asked, called, ...SHELL], { globals }).findings[0]?.cause).toEqual({
      frames: [{ file: 'evil.py', line: 7, function: '__reduce__' }],
      pickle: { global: 'posix.system', offset: 42, member: 'data.pkl' },
    });
  });

  it('is a finding of its own when nothing else showed', () => {
    expect(rulesOf(run([asked]))).toEqual(['DYN-PY-GLOBAL']);
    expect(rulesOf(run([asked, ...SHELL]))).toEqual(['DYN-EXEC-SHELL']);
  });

  it('tells code of the model from an import', () => {
    const exec = (file: string): string =>
      record({ k: 'audit', event: 'exec', args: ['code'], frames: [{ file, line: 1, function: 'f' }] });
    expect(run([exec('<frozen importlib._bootstrap>'), exec('/usr/lib/python3.13/dataclasses.py')]).findings).toEqual(
      [],
    );
    for (const file of [
      '<string>',
      '/usr/lib/python3.13/pickle.py',
      '/usr/lib/python3/dist-packages/torch/serialization.py',
    ]) {
      expect(rulesOf(run([exec(file)]))).toEqual(['DYN-PY-CODE']);
    }
  });

  it('leaves harmless globals alone', () => {
    const globals = [
      ['collections', 'OrderedDict'],
      ['torch._utils', '_rebuild_tensor_v2'],
      ['builtins', 'getattr'],
      ['numpy', 'dtype'],
    ];
    expect(
      run(globals.map((args) => record({ k: 'audit', event: 'pickle.find_class', args, frames: [] }))).findings,
    ).toEqual([]);
  });
});

describe('time', () => {
  it('adds up what the sandbox skipped', () => {
    const nap = (seconds: number): string =>
      `100 nanosleep({tv_sec=${seconds}, tv_nsec=500000000}, NULL) = 0 (INJECTED)`;
    const result = run([nap(2), nap(3)]);
    expect(result.skippedSleep).toBe(6);
    expect(result.findings).toMatchObject([{ rule: 'DYN-EVADE-SLEEP', count: 1 }]);
    expect(result.findings[0]?.explanation).toContain('So far it has asked to wait 6 seconds in all.');
  });

  it('reads how long a sleep is that ends at a moment of a clock', () => {
    const at = (time: number, until: number): string =>
      `100 ${time}.0 clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, {tv_sec=${until}, tv_nsec=0}, NULL) = 0 (INJECTED)`;
    expect(run([at(1000, 50), at(1001, 651)]).skippedSleep).toBe(600);
  });

  it('counts waiting for nothing but time', () => {
    expect(rulesOf(run(['100 pselect6(0, NULL, NULL, NULL, {tv_sec=60, tv_nsec=0}, NULL) = 0 (Timeout)']))).toEqual([
      'DYN-EVADE-SLEEP',
    ]);
    expect(run(['100 poll([{fd=3, events=POLLIN}], 1, 60000) = 1 ([{fd=3, revents=POLLIN}])']).findings).toEqual([]);
  });

  it('goes on after the runner has ended', () => {
    const result = analyse([
      ...BEFORE,
      '100 fork() = 101',
      ...AFTER,
      END,
      '101 setsid() = 101',
      '101 execve("/bin/sh", ["sh"], 0x7f /* 9 vars */) = 0',
    ]);
    expect(result.findings.map(({ rule, phase }) => [rule, phase])).toEqual([
      ['DYN-EVADE-LEFT', 'after'],
      ['DYN-EXEC-SHELL', 'after'],
    ]);
  });

  it('does not, when a program that it started ends a moment after the runner', () => {
    const uname = '101 1.1 execve("/usr/bin/uname", ["uname"], 0x7f /* 9 vars */) = 0';
    const started = [...BEFORE, '100 1.0 fork() = 101', uname, ...AFTER, '100 2.0 +++ exited with 0 +++'];
    const reads = (seconds: number): string =>
      `101 ${seconds} openat(AT_FDCWD, "/etc/hostname", O_RDONLY) = 3</etc/hostname>`;
    const isLeft = (...lines: readonly string[]): boolean =>
      analyse([...started, ...lines]).findings.some(({ rule }) => rule === 'DYN-EVADE-LEFT');
    expect(isLeft(reads(2.1), '101 2.1 +++ exited with 0 +++')).toBe(false);
    expect(isLeft(reads(2.1), reads(2.6))).toBe(true);
    expect(isLeft('101 2.1 execve("/usr/bin/id", ["id"], 0x7f /* 9 vars */) = 0')).toBe(true);
    expect(isLeft('101 2.1 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=60, tv_nsec=0}, NULL) = 0 (INJECTED)')).toBe(
      true,
    );
  });
});

describe('bounds', () => {
  it('keeps findings, evidence and the timeline small in a flood, and the counts right', () => {
    const flood = Array.from({ length: 5000 }, (_, index) => `100 unlink("/home/model/${index}") = 0`);
    const result = run(flood);
    expect(result.findings.length).toBeLessThan(40);
    expect(result.timeline.length).toBeLessThanOrEqual(2000);
    expect(result.findings.reduce((sum, finding) => sum + finding.count, 0)).toBe(5000);
    expect(result.findings.every((finding) => finding.evidence.length <= 5)).toBe(true);
  });

  it('answers the findings that an event makes or changes, at once', () => {
    const analysis = createAnalysis(CONTEXT);
    const answers = parse([...BEFORE, ...SHELL]).map((event) => analysis.push(event).map((finding) => finding.rule));
    expect(answers.flat()).toEqual(['DYN-EXEC-SHELL']);
    expect(analysis.phase).toBe('load');
  });

  it('names the limits that were hit', () => {
    const result = run(['100 clone(child_stack=NULL, flags=SIGCHLD) = -1 EAGAIN (Resource temporarily unavailable)']);
    expect(result.limits).toEqual([
      { limit: 'processes', text: 'No process or thread could be started: the sandbox allows 64.' },
    ]);
  });
});

it('a program that ends before it has read a byte of the model is no act of the model', () => {
  const result = analyse([...BEFORE.slice(0, 4), '100 +++ exited with 1 +++']);
  expect(result).toMatchObject({ findings: [], load: { outcome: 'left', exitCode: 1 } });
  expect(rulesOf(analyse([...BEFORE, '100 +++ exited with 1 +++']))).toContain('DYN-EVADE-QUIT');
});

import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../src/trace/events.js';
import { TraceParser } from '../../src/trace/parser.js';
import { FIXTURES, fixture, read, readCall } from './read.js';

const isCall = (event: TraceEvent) => event.kind === 'syscall';

describe('the beginning of a line', () => {
  const call = 'unlink("x") = 0';
  it.each([
    ['a pid, with -o', `11612 ${call}`, 11612, undefined],
    ['a short pid, padded', `7     ${call}`, 7, undefined],
    ['a pid and Unix time, -ttt', `7     1795301609.819650 ${call}`, 7, 1795301609.81965],
    ['a pid and the time of day, -t', `7     22:53:30 ${call}`, 7, 82_410],
    ['a pid and the time of day, -tt', `7     22:53:30.250000 ${call}`, 7, 82_410.25],
    ['a pid and relative time, -r', `7          0.000031 ${call}`, 7, 0.000031],
    ['a pid, Unix and relative time, -ttt -r', `7     1795301609.5 (+     0.000031) ${call}`, 7, 1795301609.5],
    ['a pid with its program, -Y', `7<py) = 0> 1795301609.5 ${call}`, 7, 1795301609.5],
    ['a pid on a terminal', `[pid    12] ${call}`, 12, undefined],
    ['a pid with its program and a time on a terminal', `[pid 12<sh>] 22:53:30 ${call}`, 12, 82_410],
    ['only a time', `1795301609.5 ${call}`, 0, 1795301609.5],
    ['only a relative time', `     0.000031 ${call}`, 0, 0.000031],
    ['nothing', call, 0, undefined],
  ])('may be %s', (_, line, pid, time) => {
    const [event] = read(`${line}\n`).events.filter(isCall);
    expect(event).toMatchObject({ pid, time, text: call, line: 1, kind: 'syscall', name: 'unlink' });
  });
});

describe('the result of a call', () => {
  it.each([
    ['close(3) = 0', { kind: 'ok', value: 0 }],
    ['brk(NULL)                         = 0x562d82230000', { kind: 'ok', value: 0x562d82230000 }],
    ['umask(027) = 022', { kind: 'ok', value: 0o22 }],
    ['openat(AT_FDCWD</tmp>, "x", O_RDONLY) = 3</tmp/a\\74b\\76c>', { kind: 'ok', value: 3, path: '/tmp/a<b>c' }],
    ['open("/dev/null", O_RDONLY) = 3</dev/null<char 1:3>>', { kind: 'ok', value: 3, path: '/dev/null<char 1:3>' }],
    ['memfd_create("x", MFD_CLOEXEC) = 4</memfd:x>(deleted)', { kind: 'ok', value: 4, path: '/memfd:x' }],
    [
      'accept4(3, NULL, NULL, 0) = 5<UNIX-STREAM:[4->5,"/tmp/s<o>ck\\"->)"]>',
      { kind: 'ok', value: 5, path: 'UNIX-STREAM:[4->5,"/tmp/s<o>ck"->)"]' },
    ],
    ['poll([{fd=3, events=POLLIN}], 1, 5) = 0 (Timeout)', { kind: 'ok', value: 0, note: 'Timeout' }],
    [
      'poll([{fd=3, events=POLLIN}], 1, 5) = 1 ([{fd=3, revents=POLLIN}])',
      { kind: 'ok', value: 1, note: '[{fd=3, revents=POLLIN}]' },
    ],
    [
      'fcntl(3, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)',
      { kind: 'ok', value: 0x8002, note: 'flags O_RDWR|O_LARGEFILE' },
    ],
    [
      'access("/x", R_OK) = -1 ENOENT (No such file or directory)',
      { kind: 'error', errno: 'ENOENT', message: 'No such file or directory' },
    ],
    ['x() = -1 ERRNO_530 (Unknown error 530)', { kind: 'error', errno: 'ERRNO_530', message: 'Unknown error 530' }],
    [
      'pause() = ? ERESTARTNOHAND (To be restarted if no handler)',
      { kind: 'interrupted', errno: 'ERESTARTNOHAND', message: 'To be restarted if no handler' },
    ],
    ['exit_group(0)   = ?', { kind: 'none' }],
    ['futex(0x1, FUTEX_WAIT) = ? <unavailable>', { kind: 'none' }],
    ['read(0,  <unfinished ...>) = ?', { kind: 'none' }],
    ['read(0,  <detached ...>', { kind: 'unfinished' }],
    ['syscall_0x1c7(0x1, 0x2, 0, 0, 0, 0) = -1 ENOSYS (Function not implemented)', { kind: 'error', errno: 'ENOSYS' }],
  ])('%s', (line, result) => {
    const call = readCall(`7 ${line}`);
    expect(call.result).toMatchObject(result);
    expect(call.injected).toBe(false);
    // -T adds the time spent.
    expect(readCall(`7 ${line.endsWith('...>') ? line : `${line} <0.000123>`}`).result).toEqual(call.result);
  });

  it('tells what strace injected', () => {
    expect(readCall('7 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=60}, NULL) = 0 (INJECTED)')).toMatchObject({
      injected: true,
      result: { kind: 'ok', value: 0 },
    });
    const both = readCall('7 mount(0, 0, 0, 0, 0) = -1 EPERM (Operation not permitted) (INJECTED) (DELAYED) <0.1>');
    expect(both).toMatchObject({ injected: true });
    expect(both.result).toEqual({ kind: 'error', errno: 'EPERM', message: 'Operation not permitted' });
    expect(readCall('7 getuid() = 0 (DELAYED)')).toMatchObject({ injected: false, result: { kind: 'ok', value: 0 } });
  });
});

describe('suspended calls', () => {
  it('are joined, and counted from the line on which they began', () => {
    const { events } = read(
      '7 1.0 openat(AT_FDCWD, "a",  <unfinished ...>\n8 1.5 getpid() = 8\n7 2.0 <... openat resumed>O_RDONLY) = 3\n',
    );
    expect(events).toMatchObject([
      { pid: 8, line: 2 },
      { pid: 7, line: 1, time: 1, text: 'openat(AT_FDCWD, "a", O_RDONLY) = 3', result: { kind: 'ok', value: 3 } },
    ]);
    expect(events[1]?.kind === 'syscall' && events[1].args).toHaveLength(3);
  });

  it('may be suspended again', () => {
    const { events } = read(
      '7 read(3,  <unfinished ...>\n7 <... read resumed> <unfinished ...>) = ?\n7 +++ killed by SIGKILL +++\n',
    );
    expect(events).toMatchObject([
      { name: 'read', result: { kind: 'none' } },
      { kind: 'killed', signal: 'SIGKILL', coreDumped: false },
    ]);
  });

  it('never returned when their process is gone', () => {
    const { events, statistics } = read('7 connect(3,  <unfinished ...>\n7 +++ killed by SIGSEGV (core dumped) +++\n');
    expect(events).toMatchObject([
      { name: 'connect', result: { kind: 'none' } },
      { kind: 'killed', signal: 'SIGSEGV', coreDumped: true },
    ]);
    expect(statistics.unfinished).toBe(0);
  });

  it('that are open at the end are said to be', () => {
    const { events, statistics } = read('7 execve("/bin/sh", ["sh"], 0x7ffc /* 3 vars */ <unfinished ...>\n');
    expect(events).toMatchObject([{ name: 'execve', result: { kind: 'unfinished' } }]);
    expect(events[0]?.kind === 'syscall' && events[0].args[0]).toMatchObject({ type: 'string', text: '/bin/sh' });
    expect(statistics).toMatchObject({ unfinished: 1, unparsed: 0 });
  });

  it('go on under the number of the process whose program a thread replaces', () => {
    const { events } = read(
      [
        '5 futex(0x1, FUTEX_WAIT,  <unfinished ...>',
        '6 execve("/bin/true", ["true"], 0x7ffc /* 3 vars */ <pid changed to 5 ...>',
        '5 +++ superseded by execve in pid 6 +++',
        '5 <... execve resumed>) = 0',
      ].join('\n'),
    );
    expect(events).toMatchObject([
      { pid: 5, name: 'futex', result: { kind: 'none' } },
      { pid: 5, kind: 'notice', supersededBy: 6 },
      { pid: 5, name: 'execve', line: 2, result: { kind: 'ok', value: 0 } },
    ]);
  });

  it('are found by their name when strace was told not to say so', () => {
    const { events } = read(
      '5 futex(0x1 <unfinished ...>\n6 execve("/bin/true" <unfinished ...>\n5 <... execve resumed>) = 0\n',
    );
    expect(events).toMatchObject([
      { pid: 5, name: 'futex', result: { kind: 'none' } },
      { pid: 5, name: 'execve', result: { kind: 'ok' } },
    ]);
  });

  it('are not believed to go on when none was open, or another one', () => {
    const { events, statistics } = read(
      '7 <... read resumed>"x", 1) = 1\n8 read(3,  <unfinished ...>\n8 <... write resumed>) = 1\n',
    );
    expect(events.map(({ kind }) => kind)).toEqual(['unparsed', 'unparsed', 'syscall']);
    expect(statistics).toMatchObject({ unparsed: 2, unfinished: 1 });
  });

  it('are known to have begun even when they go on in a way that cannot be', () => {
    const { events } = read('7 execve("/bin/sh", ["sh"], NULL <unfinished ...>\n7 <... execve resumed>) = zero\n');
    expect(events).toMatchObject([
      { kind: 'syscall', name: 'execve', line: 1, result: { kind: 'unfinished' } },
      { kind: 'unparsed', line: 2, text: '<... execve resumed>) = zero' },
    ]);
  });

  it('are bounded in number: the oldest is given up', () => {
    const parser = new TraceParser();
    let first: TraceEvent | undefined;
    for (let pid = 1; pid <= 70_000; pid++) {
      const [event] = parser.push(Buffer.from(`${pid} read(3,  <unfinished ...>\n`));
      first ??= event;
    }
    expect(first).toMatchObject({ pid: 1, name: 'read', result: { kind: 'unfinished' } });
    expect(parser.statistics.unfinished).toBe(70_000 - 65_536);
  });
});

describe('other lines', () => {
  it('are signals, with their information as printed', () => {
    const { events } = read(
      '7 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_value={int=1, ptr=0x1}, si_addr=NULL} ---\n',
    );
    expect(events).toMatchObject([
      {
        kind: 'signal',
        signal: 'SIGSEGV',
        info: { si_signo: 'SIGSEGV', si_code: 'SEGV_MAPERR', si_value: '{int=1, ptr=0x1}', si_addr: 'NULL' },
      },
    ]);
  });

  it('are ends, notices, dumps and stacks', () => {
    const { events, statistics } = read(
      [
        '7 +++ exited with 3 +++',
        '7 --- stopped by SIGSTOP ---',
        'strace: Process 12 attached',
        '[ Process PID=7 runs in 32 bit mode. ]',
        ' | 00000  41 42 22 29 20 3d 20 35                           AB") = 5 |',
        ' > /usr/lib/x86_64-linux-gnu/libc.so.6(__read+0xe) [0xf8d1e]',
        '',
      ].join('\n'),
    );
    expect(events.map(({ kind }) => kind)).toEqual(['exit', 'notice', 'notice', 'notice', 'notice', 'notice']);
    expect(events[0]).toMatchObject({ code: 3 });
    expect(statistics).toMatchObject({ lines: 6, events: 6, unparsed: 0 });
  });

  it('that cannot be read are kept, counted and shown escaped, the first few of them', () => {
    const junk = Array.from({ length: 9 }, (_, index) => `junk \x1b[31m${index}`);
    const { events, statistics } = read(['7 unlink("x") = zero', '7 unlink("x"', ...junk, ''].join('\n'));
    expect(events.every(({ kind }) => kind === 'unparsed')).toBe(true);
    expect(events[2]).toMatchObject({ line: 3, text: 'junk \x1b[31m0', reason: 'it is nothing that strace prints' });
    expect(statistics.unparsed).toBe(11);
    expect(statistics.unparsedExamples).toHaveLength(5);
    expect(statistics.unparsedExamples[2]).toBe('junk \\x1b[31m0');
  });

  it('that are empty are lines and nothing else', () => {
    expect(read('\n\n7 \n').statistics).toMatchObject({ lines: 3, events: 0, unparsed: 0 });
  });

  it('at the very end may stop anywhere, and still say which call had begun', () => {
    const { events, statistics } = read('7 execve("/bin/sh", ["sh", "-c", "cur');
    expect(events).toMatchObject([{ name: 'execve', result: { kind: 'unfinished' } }]);
    expect(statistics).toMatchObject({ lines: 1, unfinished: 1, unparsed: 0 });
  });
});

describe('lines too long to keep', () => {
  const long = 'x'.repeat(50_000);

  it.each([
    [`write(1, "${long}", 50000) = 50000`, { kind: 'ok', value: 50_000 }],
    [`execve("/bin/sh", ["${long}"], NULL) = -1 E2BIG (Argument list too long)`, { kind: 'error', errno: 'E2BIG' }],
    [`write(1, "${long}) = 5", 50000) = 3</tmp/) = 7>`, { kind: 'ok', value: 3, path: '/tmp/) = 7' }],
    [`exit_group("${long}") = ?`, { kind: 'none' }],
  ])('are cut, counted, and keep their beginning and their result (%#)', (line, result) => {
    for (const step of [1000, 1 << 20]) {
      const { events, statistics } = read(`7 ${line}\n7 getpid() = 7\n`, { maxLineBytes: 1000 }, step);
      expect(events).toMatchObject([{ kind: 'syscall', result }, { name: 'getpid' }]);
      expect(events[0]?.text).toBe(line.slice(0, 998));
      expect(statistics).toMatchObject({ cutLines: 1, lines: 2, unparsed: 0 });
    }
  });

  it.each([
    `poll([{fd=3</tmp/${long}>}]) = 1 ([{fd=3</tmp/) = 5 (INJECTED)>, revents=POLLIN}])`,
    `write(1, "${long}) = 0"`,
  ])('have no result when only an imitation of one is left (%#)', (line) => {
    expect(read(`7 ${line}\n`, { maxLineBytes: 1000 }).events).toMatchObject([
      { kind: 'syscall', result: { kind: 'unfinished' } },
    ]);
  });

  it('may be suspended and resumed', () => {
    const log = `7 write(1, "${long}",  <unfinished ...>\n7 <... write resumed>50000) = 9\n`;
    const { events, statistics } = read(log, { maxLineBytes: 1000 });
    expect(events).toMatchObject([{ name: 'write', result: { kind: 'ok', value: 9 } }]);
    expect(events[0]?.text).toHaveLength(998);
    expect(statistics).toMatchObject({ cutLines: 1, unfinished: 0 });
  });

  it('do not fill memory, however long they are', () => {
    const parser = new TraceParser();
    parser.push(Buffer.from('7 write(1, "'));
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    for (let i = 0; i < 2000; i++) parser.push(Buffer.alloc(1 << 16, 0x78));
    const grown = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before;
    expect(grown).toBeLessThan(64 << 20);
    expect(parser.push(Buffer.from('", 1) = 1\n'))).toMatchObject([{ result: { kind: 'ok', value: 1 } }]);
  });
});

describe('a log from a terminal', () => {
  it('gives the unmarked lines to the first process, whose number shows later, and then to the last one left', () => {
    const { events } = read(
      [
        'execve("/bin/sh", ["sh"], 0x7ffc /* 3 vars */) = 0',
        'clone(child_stack=NULL, flags=SIGCHLDstrace: Process 12 attached',
        ' <unfinished ...>',
        '[pid    12] getpid() = 12',
        '[pid    11] <... clone resumed>) = 12',
        '[pid    11] exit_group(0) = ?',
        '[pid    11] +++ exited with 0 +++',
        'getppid() = 1',
        '+++ exited with 0 +++',
        '',
      ].join('\n'),
    );
    expect(events.filter(({ kind }) => kind !== 'notice').map((event) => [event.pid, event.text])).toEqual([
      [0, 'execve("/bin/sh", ["sh"], 0x7ffc /* 3 vars */) = 0'],
      [12, 'getpid() = 12'],
      [11, 'clone(child_stack=NULL, flags=SIGCHLD) = 12'],
      [11, 'exit_group(0) = ?'],
      [11, '+++ exited with 0 +++'],
      [12, 'getppid() = 1'],
      [12, '+++ exited with 0 +++'],
    ]);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'notice', pid: 11, formerPid: 0 }));
  });

  it('may have the remark that a process was attached in the middle of a line', () => {
    const { events } = read('clone(flags=SIGCHLDstrace: Process 12 attached\n, child_tidptr=0x7f10eef71a10) = 12\n');
    expect(events).toMatchObject([
      { kind: 'notice', text: 'strace: Process 12 attached' },
      { kind: 'syscall', line: 1, text: 'clone(flags=SIGCHLD, child_tidptr=0x7f10eef71a10) = 12' },
    ]);
  });
});

describe('recorded traces', () => {
  it.each(FIXTURES)('%s: every line is read, whatever the pieces it comes in', (name) => {
    const log = fixture(name);
    const whole = read(log);
    expect(whole.statistics).toMatchObject({
      unparsed: 0,
      unfinished: 0,
      cutLines: 0,
      bytes: log.length,
      events: whole.events.length,
    });
    for (const step of [1, 7, 4096]) expect(read(log, {}, step)).toEqual(whole);
  });

  it('a log split in two at any byte reads the same', () => {
    const log = fixture('product').subarray(0, 6000);
    const { events } = read(log);
    for (let at = 0; at <= log.length; at += 1) {
      const parser = new TraceParser();
      const parts = [...parser.push(log.subarray(0, at)), ...parser.push(log.subarray(at)), ...parser.end()];
      if (parts.length !== events.length || parts.some((event, i) => event.text !== events[i]?.text)) {
        expect(parts, `split at ${at}`).toEqual(events);
      }
    }
  });

  it("tell a thread's execve, a crash, a kill and a skipped sleep", () => {
    const { events } = read(fixture('product'));
    expect(events).toContainEqual(expect.objectContaining({ kind: 'killed', signal: 'SIGABRT' }));
    expect(events).toContainEqual(expect.objectContaining({ kind: 'killed', signal: 'SIGKILL' }));
    const execves = events.filter((event) => isCall(event) && event.name === 'execve' && event.result.kind === 'ok');
    expect(execves.at(-1)).toMatchObject({
      pid: execves[0]?.pid,
      args: [{ text: '/bin/true' }, { type: 'array' }, {}],
    });
    const sleeps = read(fixture('injected')).events.filter(
      (event) => isCall(event) && event.name === 'clock_nanosleep',
    );
    expect(sleeps.length).toBeGreaterThan(0);
    expect(sleeps.every((event) => isCall(event) && event.injected)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { ProcessTable, type ProcessTableLimits } from '../../src/trace/processes.js';
import type { ProcessNode } from '../../src/core/schema.js';
import { parseValue } from '../../src/trace/values.js';
import { fixture, read } from './read.js';

/** The table after all of `lines`. */
function follow(lines: readonly string[], limits?: ProcessTableLimits): ProcessTable {
  const table = followTo(lines, limits);
  // What a call takes away is gone when the next event comes.
  for (const event of read('7 getpid() = 7\n').events) table.push(event);
  return table;
}

/** The table at the last of `lines`. */
function followTo(lines: readonly string[], limits?: ProcessTableLimits): ProcessTable {
  const table = new ProcessTable(limits);
  for (const event of read(lines.map((line) => `${line}\n`).join('')).events) table.push(event);
  return table;
}

const cwd = parseValue('AT_FDCWD');
const START = '7 10.0 execve("/usr/bin/python3", ["python3", "-c", "caf\\303\\251"], 0x7ffc /* 3 vars */) = 0';

describe('the process tree', () => {
  it('says who started whom, what runs, and how it ended', () => {
    const table = follow([
      START,
      '7 11.0 vfork( <unfinished ...>',
      '8 11.5 execve("/bin/nothing", ["nothing"], 0x7ffc /* 3 vars */) = -1 ENOENT (No such file or directory)',
      '8 12.0 execve("/bin/sh", ["sh", "-c", "id"], 0x7ffc /* 3 vars */) = 0',
      '7 12.0 <... vfork resumed>) = 8',
      '8 13.0 +++ exited with 3 +++',
      '7 14.0 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f10eef71a10) = 9',
      '9 15.0 +++ killed by SIGKILL +++',
    ]);
    expect(table.nodes()).toEqual<ProcessNode[]>([
      { pid: 7, thread: false, argv: ['python3', '-c', 'café'], start: 0 },
      { pid: 8, parent: 7, thread: false, argv: ['sh', '-c', 'id'], start: 1.5, end: 3, exitCode: 3 },
      { pid: 9, parent: 7, thread: false, argv: ['python3', '-c', 'café'], start: 4, end: 5, signal: 'SIGKILL' },
    ]);
    expect(table.parentOf(8)).toBe(7);
    expect(table.argvOf(7)).toEqual(['python3', '-c', 'caf\xc3\xa9']);
    expect(table.omitted).toEqual({ processes: 0, descriptors: 0 });
  });

  it('tells threads, and gives what they start to their process', () => {
    const table = follow([
      START,
      '7 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD, exit_signal=0} => {parent_tid=[8]}, 88) = 8',
      '8 fork() = 9',
    ]);
    expect(table.nodes()).toMatchObject([
      { pid: 7, thread: false },
      { pid: 8, parent: 7, thread: true },
      { pid: 9, parent: 7, thread: false },
    ]);
    expect([table.processOf(8), table.processOf(9), table.processOf(99)]).toEqual([7, 9, 99]);
  });

  it('keeps the number of a process whose program a thread replaced', () => {
    const table = follow([
      START,
      '7 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD) = 8',
      '8 11.0 execve("/bin/true", ["true"], 0x7ffc /* 3 vars */ <pid changed to 7 ...>',
      '7 11.0 +++ superseded by execve in pid 8 +++',
      '7 11.0 <... execve resumed>) = 0',
    ]);
    expect(table.nodes()).toMatchObject([
      { pid: 7, argv: ['true'] },
      { pid: 8, thread: true, end: 1 },
    ]);
    expect(table.nodes()[0]).not.toHaveProperty('end');
  });

  it('takes a number that comes again for another process', () => {
    const table = follow([START, '7 fork() = 8', '8 +++ exited with 0 +++', '7 fork() = 8', '8 +++ exited with 1 +++']);
    expect(table.nodes()).toMatchObject([{ pid: 7 }, { pid: 8, exitCode: 0 }, { pid: 8, exitCode: 1, parent: 7 }]);
  });

  it('knows the first process of a terminal log by its number once that shows', () => {
    const table = followTo([
      'execve("/bin/sh", ["sh"], 0x7ffc /* 3 vars */) = 0',
      'clone(child_stack=NULL, flags=SIGCHLDstrace: Process 12 attached',
      ' <unfinished ...>',
      '[pid    12] getpid() = 12',
      '[pid    11] <... clone resumed>) = 12',
    ]);
    expect(table.nodes()).toEqual([
      { pid: 11, thread: false, argv: ['sh'] },
      { pid: 12, parent: 11, thread: false, argv: ['sh'] },
    ]);
  });

  it('is bounded, and counts what it leaves out', () => {
    const forks = Array.from({ length: 100 }, (_, i) => [
      `7 fork() = ${i + 100}`,
      `${i + 100} +++ exited with 0 +++`,
    ]).flat();
    const table = follow([START, ...forks, '7 fork() = 500', '500 chdir("/last") = 0'], { processes: 10 });
    expect(table.nodes()).toHaveLength(10);
    expect(table.omitted.processes).toBe(92);
    // Those that have ended make room for the living.
    expect(table.resolvePath(500, undefined, 'x')).toBe('/last/x');
    const alive = follow([START, ...Array.from({ length: 20 }, (_, i) => `7 fork() = ${i + 100}`)], { processes: 10 });
    expect(alive.omitted.processes).toBe(11);
    expect(alive.parentOf(119)).toBeUndefined();
  });

  it('of a recorded trace is whole', () => {
    const table = new ProcessTable();
    for (const event of read(fixture('product')).events) table.push(event);
    const nodes = table.nodes();
    const [root] = nodes;
    expect(nodes.map(({ argv, exitCode, signal, thread }) => ({ program: argv[0], exitCode, signal, thread }))).toEqual(
      [
        { program: 'true', exitCode: 0, signal: undefined, thread: false },
        { program: 'sh', exitCode: 5, signal: undefined, thread: false },
        { program: 'cat', exitCode: 0, signal: undefined, thread: false },
        { program: 'tr', exitCode: 0, signal: undefined, thread: false },
        { program: 'python3', exitCode: undefined, signal: 'SIGABRT', thread: false },
        { program: 'python3', exitCode: undefined, signal: 'SIGKILL', thread: false },
        { program: 'python3', exitCode: 0, signal: undefined, thread: true },
        { program: 'python3', exitCode: undefined, signal: undefined, thread: true },
      ],
    );
    expect(
      nodes.slice(1).every(({ parent, argv }) => parent === root?.pid || ['cat', 'tr'].includes(argv[0] ?? '')),
    ).toBe(true);
    expect(nodes.every(({ end }) => end !== undefined)).toBe(true);
  });
});

describe('descriptors', () => {
  const describeAll = (table: ProcessTable, pid: number) =>
    Array.from({ length: 12 }, (_, fd) => table.describe(pid, fd)?.path ?? '-')
      .slice(3)
      .join(' ');

  it('are followed without -y', () => {
    const table = follow([
      START,
      '7 chdir("/work") = 0',
      '7 openat(AT_FDCWD, "a", O_RDONLY|O_CLOEXEC) = 3',
      '7 open("/b/../c", O_RDONLY) = 4',
      '7 dup2(4, 9) = 9',
      '7 fcntl(3, F_DUPFD, 10) = 10',
      '7 fcntl(4, F_SETFD, FD_CLOEXEC) = 0',
      '7 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 5',
      '7 pipe2([6, 7], O_CLOEXEC) = 0',
      '7 socketpair(AF_UNIX, SOCK_STREAM, 0, [8, 11]) = 0',
      '7 close(11) = 0',
      '7 close(9) = -1 EBADF (Bad file descriptor)',
    ]);
    expect(describeAll(table, 7)).toBe('/work/a /c socket pipe pipe socket /c /work/a -');
    for (const event of read('7 execve("/bin/true", ["true"], NULL) = 0\n').events) table.push(event);
    expect(describeAll(table, 7)).toBe('- - - - - socket /c /work/a -');
  });

  it('are what -y says', () => {
    const table = follow([
      START,
      '7 openat(AT_FDCWD</>, "link", O_RDONLY) = 3</etc/passwd>',
      '7 accept4(4<socket:[1]>, NULL, NULL, SOCK_CLOEXEC) = 5<socket:[2]>',
      '7 pipe2([6<pipe:[3]>, 7<pipe:[3]>], 0) = 0',
      '7 dup(9</unseen>) = 8</unseen>',
    ]);
    expect(describeAll(table, 7)).toBe('/etc/passwd - socket:[2] pipe:[3] pipe:[3] /unseen - - -');
    expect(table.describe(7, 5)).toEqual({ path: 'socket:[2]', closeOnExec: true });
  });

  it('are copied to a child and shared by threads, even when those are seen before the call returns', () => {
    const table = follow([
      START,
      '7 open("/kept", O_RDONLY) = 3',
      '7 open("/closed", O_RDONLY) = 4',
      '7 open("/onexec", O_RDONLY|O_CLOEXEC) = 5',
      '7 fork( <unfinished ...>',
      '8 close(4) = 0',
      '8 open("/child", O_RDONLY) = 6',
      '8 execve("/bin/true", ["true"], NULL) = 0',
      '7 <... fork resumed>) = 8',
      '7 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FILES|CLONE_THREAD <unfinished ...>',
      '9 open("/thread", O_RDONLY) = 6',
      '9 close(3) = 0',
      '7 <... clone resumed>) = 9',
      '9 open("/later", O_RDONLY) = 7',
      '7 close(4) = 0',
    ]);
    expect(describeAll(table, 8)).toBe('/kept - - /child - - - - -');
    expect(describeAll(table, 7)).toBe('- - /onexec /thread /later - - - -');
    expect(describeAll(table, 9)).toBe(describeAll(table, 7));
  });

  it('go in ranges too', () => {
    const open = [3, 4, 5, 6].map((fd) => `7 open("/${fd}", O_RDONLY) = ${fd}`);
    expect(describeAll(follow([START, ...open, '7 close_range(4, 5, 0) = 0']), 7)).toBe('/3 - - /6 - - - - -');
    expect(describeAll(follow([START, ...open, '7 close_range(4, 4294967295, 0) = 0']), 7)).toBe('/3 - - - - - - - -');
    const marked = follow([
      START,
      ...open,
      '7 close_range(4, 5, CLOSE_RANGE_CLOEXEC) = 0',
      '7 execve("/x", ["x"], NULL) = 0',
    ]);
    expect(describeAll(marked, 7)).toBe('/3 - - /6 - - - - -');
  });

  it('are bounded, and those left out counted', () => {
    const table = follow([START, ...[3, 4, 5].map((fd) => `7 dup(1</x>) = ${fd}`)], { descriptors: 2 });
    expect(table.omitted.descriptors).toBe(1);
    expect(describeAll(table, 7)).toBe('/x /x - - - - - - -');
  });
});

describe('paths', () => {
  it('are resolved against the current folder, a descriptor, or the annotation, which wins', () => {
    const table = follow([
      START,
      '7 chdir("/work") = 0',
      '7 open("/dir", O_DIRECTORY) = 3',
      '7 chdir("sub/..//./deep") = 0',
    ]);
    expect(table.folderOf(7)).toBe('/work/deep');
    expect(table.resolvePath(7, undefined, '../x')).toBe('/work/x');
    expect(table.resolvePath(7, cwd, 'x')).toBe('/work/deep/x');
    expect(table.resolvePath(7, parseValue('AT_FDCWD</else>'), 'x')).toBe('/else/x');
    expect(table.resolvePath(7, parseValue('3'), 'x')).toBe('/dir/x');
    expect(table.resolvePath(7, parseValue('3</moved>'), 'x')).toBe('/moved/x');
    expect(table.resolvePath(7, parseValue('3</moved>'), '')).toBe('/moved');
    expect(table.resolvePath(7, cwd, '/../../etc//passwd/.')).toBe('/etc/passwd');
  });

  it('mean to the call in hand what they meant to it', () => {
    const chdir = followTo([START, '7 chdir("/a") = 0', '7 chdir("b") = 0']);
    expect(chdir.resolvePath(7, undefined, 'b')).toBe('/a/b');
    expect(followTo([START, '7 open("/a", 0) = 3', '7 close(3) = 0']).describe(7, 3)?.path).toBe('/a');
  });

  it('are not made up where the folder is not known', () => {
    const table = follow([START, '7 socket(AF_INET, SOCK_STREAM, 0) = 3']);
    expect(table.resolvePath(7, cwd, 'x')).toBeUndefined();
    expect(table.resolvePath(7, parseValue('3'), 'x')).toBeUndefined();
    expect(table.resolvePath(7, parseValue('44'), 'x')).toBeUndefined();
    expect(table.resolvePath(99, undefined, 'x')).toBeUndefined();
  });

  it('are learnt from getcwd, fchdir and annotated opens', () => {
    expect(follow([START, '7 getcwd("/a", 4096) = 3']).folderOf(7)).toBe('/a');
    expect(follow([START, '7 fchdir(3</b>) = 0']).folderOf(7)).toBe('/b');
    expect(follow([START, '7 openat(AT_FDCWD</c>, "x", O_RDONLY) = 3</c/x>']).folderOf(7)).toBe('/c');
    expect(follow([START, '7 chdir("/a") = 0', '7 chdir("/b") = -1 EACCES (Permission denied)']).folderOf(7)).toBe(
      '/a',
    );
    expect(follow([START, '7 chdir("/a") = 0', '7 chdir("long"...) = 0']).folderOf(7)).toBeUndefined();
  });

  it('of a child follow it, of a thread its process', () => {
    const table = follow([
      START,
      '7 chdir("/a") = 0',
      '7 fork() = 8',
      '8 chdir("/b") = 0',
      '7 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD) = 9',
      '9 chdir("/c") = 0',
      '9 unshare(CLONE_FS) = 0',
      '9 chdir("/d") = 0',
    ]);
    expect([7, 8, 9].map((pid) => table.folderOf(pid))).toEqual(['/c', '/b', '/d']);
  });

  it('of a recorded thread that moved the process are right', () => {
    const table = new ProcessTable();
    for (const event of read(fixture('product')).events) {
      if (event.kind === 'syscall' && event.name === 'unlink' && event.text.includes('in-sub2')) {
        expect(table.resolvePath(event.pid, undefined, 'in-sub2')).toMatch(/^\/tmp\/calls-\w+\/sub2\/in-sub2$/);
      }
      table.push(event);
    }
    expect.hasAssertions();
  });
});

import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/schema.js';
import { record, run } from './support.js';

const OWN = '["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/home/model"]';
const TRACKER = 'from multiprocessing.resource_tracker import main;main(6)';
const SPAWN = 'from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=7, pipe_handle=13)';
const FORK_SERVER =
  "from multiprocessing.forkserver import main; main(11, 12, ['__main__'], **{'sys_path': ['/usr/lib/python313.zip', '/usr/lib/python3.13']})";
const LOKY = [
  '-m',
  'joblib.externals.loky.backend.popen_loky_posix',
  '--process-name',
  'LokyProcess-1',
  '--pipe',
  '14',
];

const quoted = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
const start = (path: string, argv: readonly string[], environment = OWN, pid = 101): string =>
  `${pid} execve("${path}", ${quoted(argv)}, ${environment}) = 0`;
const python = (...argv: string[]): string => start('/usr/bin/python3', ['/usr/bin/python3', ...argv]);
const FORKED = '100 vfork() = 101';

/** In the phase `use`, where models are used. */
function inUse(lines: readonly string[]): readonly Finding[] {
  const after = [
    record({ k: 'loaded', type: 'builtins.dict' }),
    record({ k: 'phase', phase: 'use' }),
    FORKED,
    ...lines,
    record({ k: 'phase', phase: 'collect' }),
    record({ k: 'phase', phase: 'exit' }),
    record({ k: 'done' }),
    '100 +++ exited with 0 +++',
  ];
  return run([], {}, after).findings;
}
const inLoad = (lines: readonly string[]): readonly Finding[] => run([FORKED, ...lines]).findings;
const accused = (findings: readonly Finding[]): string[] =>
  findings.filter(({ severity }) => severity !== 'info').map(({ rule }) => rule);

describe('a program that Python or a library starts by itself is told, and no accusation', () => {
  it.each([
    ['platform.processor', start('/usr/bin/uname', ['uname', '-p'])],
    [
      'its search through PATH',
      '101 execve("/usr/local/bin/uname", ["uname", "-p"], ["HOME=/home/model"]) = -1 ENOENT (No such file or directory)',
    ],
    ['ctypes.util.find_library', start('/sbin/ldconfig', ['/sbin/ldconfig', '-p'], '["LC_ALL=C", "LANG=C"]')],
    ['find_library without a find', start('/usr/bin/ld', ['ld', '-t', '-o', '/dev/null', '-lnothing'])],
    ['loky counting processors', start('/usr/bin/lscpu', ['lscpu', '--parse=core'])],
    ['the resource tracker', python('-B', '-I', '-c', TRACKER)],
    [
      "loky's resource tracker",
      python('-B', '-I', '-c', 'from joblib.externals.loky.backend.resource_tracker import main; main(4, False)'),
    ],
    [
      "an older loky's, which watched semaphores alone",
      python('-B', '-I', '-c', 'from joblib.externals.loky.backend.semaphore_tracker import main; main(4, False)'),
    ],
    [
      'that of the loky that scikit-learn carried',
      python(
        ...['-B', '-I', '-c'],
        'from sklearn.externals.joblib.externals.loky.backend.semaphore_tracker import main; main(4, True)',
      ),
    ],
    [
      "the resource tracker of dill's multiprocess",
      python('-B', '-I', '-c', TRACKER.replace('multiprocessing', 'multiprocess')),
    ],
  ])('%s', (_, line) => {
    for (const findings of [inLoad([line]), inUse([line])]) {
      expect(findings.map(({ rule }) => rule)).toEqual(['DYN-EXEC-HELPER']);
      expect(accused(findings)).toEqual([]);
    }
  });

  it.each([
    ['a spawned worker', python('-B', '-I', '-c', SPAWN, '--multiprocessing-fork')],
    ['the fork server', python('-B', '-I', '-c', FORK_SERVER)],
    [
      'the fork server of Python 3.14',
      python('-B', '-I', '-c', FORK_SERVER.replace('})', ", 'sys_argv': ['/opt/dynscan/runner.py'], 'authkey_r': 9})")),
    ],
    ["loky's worker", python(...LOKY)],
    [
      'with the variables of joblib',
      start(
        '/usr/bin/python3',
        ['/usr/bin/python3', ...LOKY],
        '["HOME=/home/model", "MKL_NUM_THREADS=1", "VECLIB_MAXIMUM_THREADS=1", "ENABLE_IPC=1"]',
      ),
    ],
  ])('%s, when the model is used', (_, line) => {
    expect(accused(inUse([line]))).toEqual([]);
    expect(accused(inLoad([line]))).toEqual(['DYN-EXEC-INTERPRETER']);
    expect(accused(run([FORKED, line], { usesInLoad: true }).findings)).toEqual([]);
  });
});

describe('loky ends its workers, and asks pgrep for the children of each', () => {
  const WORKER = [python(...LOKY), '100 vfork() = 102'];
  const pgrep = (argv: readonly string[], path = '/usr/bin/pgrep', environment = OWN): string =>
    start(path, argv, environment, 102);
  const OF_WORKER = ['pgrep', '-P', '101'];

  it('which is told, and no accusation', () => {
    const missing = pgrep(OF_WORKER, '/usr/local/bin/pgrep').replace(/0$/, '-1 ENOENT (No such file or directory)');
    const findings = inUse([...WORKER, missing, pgrep(OF_WORKER)]);
    expect(accused(findings)).toEqual([]);
    expect(findings.map(({ subject }) => subject)).toContain('pgrep -P 101');
  });

  it('also for the children of a worker, and from a worker that has workers of its own', () => {
    const nested = ['101 vfork() = 103', start('/usr/bin/python3', ['/usr/bin/python3', ...LOKY], OWN, 103)];
    expect(accused(inUse([...WORKER, ...nested, pgrep(['pgrep', '-P', '103'])]))).toEqual([]);
    const inWorker = ['101 vfork() = 104', start('/usr/bin/pgrep', ['pgrep', '-P', '103'], OWN, 104)];
    expect(accused(inUse([...WORKER, ...nested, ...inWorker]))).toEqual([]);
  });

  it.each([
    '102 openat(AT_FDCWD</tmp>, "/proc", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = 4</proc>',
    '102 newfstatat(AT_FDCWD</tmp>, "/proc/self/task", {st_mode=S_IFDIR|0555, st_size=0, ...}, 0) = 0',
    '102 openat(AT_FDCWD</tmp>, "/proc/1/stat", O_RDONLY) = 5</proc/1/stat>',
    '102 openat(AT_FDCWD</tmp>, "/proc/1/status", O_RDONLY) = 5</proc/1/status>',
    '102 openat(AT_FDCWD</tmp>, "/proc/1/cmdline", O_RDONLY) = 5</proc/1/cmdline>',
    '102 openat(AT_FDCWD</tmp>, "/proc/1/cgroup", O_RDONLY) = 5</proc/1/cgroup>',
    '102 openat(4</proc/1>, "status", O_RDONLY) = 5</proc/1/status>',
    '102 openat(AT_FDCWD</tmp>, "/proc/uptime", O_RDONLY) = 5</proc/uptime>',
    '102 openat(AT_FDCWD</tmp>, "/proc/self/status", O_RDONLY) = 5</proc/102/status>',
    '102 openat(AT_FDCWD</tmp>, "/sys/devices/system/node", O_RDONLY|O_DIRECTORY) = 5</sys/devices/system/node>',
  ])('its reading of the list of processes is its own: %s', (line) => {
    expect(accused(inUse([...WORKER, pgrep(OF_WORKER), line]))).toEqual([]);
  });

  it.each([
    ['by name', pgrep(['pgrep', 'python3'])],
    ['by the whole command line', pgrep(['pgrep', '-f', '101'])],
    ['with their names', pgrep(['pgrep', '-l', '-P', '101'])],
    ['with one word more', pgrep(['pgrep', '-P', '101', 'strace'])],
    ['of several', pgrep(['pgrep', '-P', '101,1'])],
    ['in another order', pgrep(['pgrep', '101', '-P'])],
    ['as one word', pgrep(['pgrep', '-P101'])],
    ['of the first process', pgrep(['pgrep', '-P', '1'])],
    ['of the program that loads the model', pgrep(['pgrep', '-P', '100'])],
    ['of no process of the model', pgrep(['pgrep', '-P', '99'])],
    ['of a number with zeros', pgrep(['pgrep', '-P', '0101'])],
    ['another program by that name', pgrep(OF_WORKER, '/tmp/pgrep')],
    ['pkill by that name', pgrep(OF_WORKER, '/usr/bin/pkill')],
    ['under another name', pgrep(['pkill', '-P', '101'])],
    ['with a library', pgrep(OF_WORKER, '/usr/bin/pgrep', '["LD_PRELOAD=/tmp/x.so"]')],
  ])('another question is accused: %s', (_, line) => {
    expect(accused(inUse([...WORKER, line]))).not.toEqual([]);
  });

  it('what else it would do is judged', () => {
    const key =
      '102 openat(AT_FDCWD</tmp>, "/home/model/.ssh/id_rsa", O_RDONLY) = -1 ENOENT (No such file or directory)';
    expect(accused(inUse([...WORKER, pgrep(OF_WORKER), key]))).toEqual(['DYN-CRED-SSH']);
    const changes = '102 openat(AT_FDCWD</tmp>, "/proc/1/mem", O_WRONLY) = -1 EACCES (Permission denied)';
    expect(accused(inUse([...WORKER, pgrep(OF_WORKER), changes]))).not.toEqual([]);
  });

  it('and what it becomes afterwards is another program', () => {
    const becomes = [start('/usr/bin/id', ['id'], OWN, 102), '102 openat(AT_FDCWD, "/proc/1/status", O_RDONLY) = 5'];
    const rules = accused(inUse([...WORKER, pgrep(OF_WORKER), ...becomes]));
    expect(rules).toContain('DYN-DISC-TRACER');
  });
});

describe('its hostile twin stays accused', () => {
  it.each([
    ['another program by that name', start('/tmp/uname', ['uname', '-p'])],
    [
      'a program that would be found in another PATH',
      '101 execve("/tmp/uname", ["uname", "-p"], ["PATH=/tmp"]) = -1 ENOENT (No such file or directory)',
    ],
    ['other arguments', start('/usr/bin/uname', ['uname', '-p', '-a'])],
    ['another name', start('/usr/bin/id', ['uname', '-p'])],
    ['a library in the environment', start('/usr/bin/uname', ['uname', '-p'], '["LD_PRELOAD=/tmp/x.so"]')],
    ['another search path for libraries', start('/usr/bin/uname', ['uname', '-p'], '["LD_LIBRARY_PATH=/tmp"]')],
    ['modules of its own for character sets', start('/usr/bin/uname', ['uname', '-p'], '["GCONV_PATH=/tmp"]')],
    ['an environment that was not seen', '101 execve("/usr/bin/uname", ["uname", "-p"], 0x7ffc0000 /* 9 vars */) = 0'],
    ['a linker that writes', start('/usr/bin/ld', ['ld', '-t', '-o', '/tmp/x', '-lc'])],
    ['a linker that reads its options', start('/usr/bin/ld', ['ld', '-t', '-o', '/dev/null', '-l/../../@/tmp/x'])],
    ['another ldconfig', start('/tmp/ldconfig', ['/sbin/ldconfig', '-p'])],
    [
      'a tracker of another package',
      python('-B', '-I', '-c', 'from evil.loky.backend.resource_tracker import main; main(4, False)'),
    ],
    ['a tracker with more to do', python('-B', '-I', '-c', `${TRACKER};import os`)],
    ['a tracker that reads PYTHON variables', python('-B', '-c', TRACKER)],
    ['a tracker without the site', python('-B', '-I', '-S', '-c', TRACKER)],
    ['a worker with a module path', start('/usr/bin/python3', ['/usr/bin/python3', ...LOKY], '["PYTHONPATH=/tmp"]')],
    [
      'a worker that stays at the prompt',
      start('/usr/bin/python3', ['/usr/bin/python3', ...LOKY], '["PYTHONINSPECT=1"]'),
    ],
    ['a worker of another module', python('-m', 'loky.evil', ...LOKY.slice(2))],
    [
      'a fork server with another search path',
      python('-B', '-I', '-c', FORK_SERVER.replace('/usr/lib/python3.13', '/tmp')),
    ],
    [
      'a fork server with other arguments',
      python('-B', '-I', '-c', FORK_SERVER.replace('})', ", 'sys_argv': ['x']})")),
    ],
    [
      'a fork server with more program',
      python('-B', '-I', '-c', FORK_SERVER.replace("3.13'", "3.13', __import__('os').system('id'), '")),
    ],
    ['another interpreter', start('/tmp/python3', ['/usr/bin/python3', '-B', '-I', '-c', TRACKER])],
  ])('%s', (_, line) => {
    expect(accused(inUse([line]))).not.toEqual([]);
  });

  it('in place of the program that loads the model', () => {
    expect(
      accused(
        run(['100 execve("/usr/bin/uname", ["uname", "-p"], ["HOME=/home/model"]) = 0'], {}, [
          '100 +++ exited with 0 +++',
        ]).findings,
      ),
    ).toContain('DYN-EXEC-PROGRAM');
  });

  it('started by a program of the model', () => {
    const findings = inUse([
      start('/bin/sh', ['sh', '-c', 'uname -p']),
      '101 vfork() = 102',
      start('/usr/bin/uname', ['uname', '-p'], OWN, 102),
    ]);
    expect(findings.map(({ rule }) => rule)).toEqual(['DYN-EXEC-SHELL']);
  });
});

describe('what a worker does is judged like what the model does', () => {
  const WORKER = python(...LOKY);
  it.each([
    ['starts a program', start('/usr/bin/id', ['id']), 'DYN-EXEC-PROGRAM'],
    [
      'a child of it starts a shell',
      '101 vfork() = 102\n' + start('/bin/sh', ['sh', '-c', 'id'], OWN, 102),
      'DYN-EXEC-SHELL',
    ],
    [
      'reads a key',
      '101 openat(AT_FDCWD</tmp>, "/home/model/.ssh/id_rsa", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
      'DYN-CRED-SSH',
    ],
    [
      'reads the list of users',
      '101 openat(AT_FDCWD</tmp>, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 5</etc/passwd>',
      'DYN-CRED-ACCOUNTS',
    ],
    ['makes machine code', '101 mprotect(0x7f00, 4096, PROT_READ|PROT_WRITE|PROT_EXEC) = 0', 'DYN-EVADE-CODE'],
    [
      'imports a planted module',
      '101 openat(AT_FDCWD</tmp>, "/tmp/joblib/__init__.py", O_RDONLY|O_CLOEXEC) = 5</tmp/joblib/__init__.py>',
      'DYN-EXEC-PLANTED',
    ],
  ])('%s', (_, lines, rule) => {
    expect(accused(inUse([WORKER, ...lines.split('\n')]))).toEqual([rule]);
  });

  it('goes on after the model: a tracker may, a worker not', () => {
    const late = (line: string): string[] => [
      record({ k: 'loaded', type: 'builtins.dict' }),
      record({ k: 'phase', phase: 'use' }),
      FORKED,
      line,
      record({ k: 'phase', phase: 'collect' }),
      record({ k: 'phase', phase: 'exit' }),
      record({ k: 'done' }),
      '100 +++ exited with 0 +++',
      '101 unlink("/dev/shm/psm_1") = 0',
      '101 +++ exited with 0 +++',
    ];
    expect(accused(run([], {}, late(python('-B', '-I', '-c', TRACKER))).findings)).toEqual([]);
    expect(accused(run([], {}, late(WORKER)).findings)).toEqual(['DYN-EVADE-LEFT']);
  });
});

describe('what is imported before the model is read', () => {
  it("is the image's act, and that of those it starts while it is imported", () => {
    const result = run(['100 openat(AT_FDCWD</tmp>, "/proc/self/status", O_RDONLY|O_CLOEXEC) = 5</proc/100/status>']);
    expect(result.findings.map(({ rule }) => rule)).toEqual(['DYN-DISC-TRACER']);
  });
});

import { describe, expect, it } from 'vitest';
import { createAnalysis } from '../../src/behavior/analysis.js';
import type { OutsideLimit } from '../../src/behavior/acts.js';
import { AFTER, BEFORE, CONTEXT, END, parse, record, rulesOf, run } from './support.js';

const MISSING = '= -1 ENOENT (No such file or directory)';

/** What is said of a run that ends at a limit after these lines. */
function reached(
  limit: OutsideLimit,
  lines: readonly string[],
  limits: Partial<typeof CONTEXT.limits> & { modelBytes?: number } = {},
) {
  const analysis = createAnalysis({ ...CONTEXT, limits: { ...CONTEXT.limits, ...limits } });
  for (const event of parse(lines)) analysis.push(event);
  analysis.limitReached(limit, 'The limit was reached.');
  return analysis.finish().findings.map(({ rule, severity }) => `${rule} ${severity}`);
}

describe('a limit that an honest model may reach is no accusation', () => {
  const start = BEFORE.slice(0, 3);
  const many = (line: (n: number) => string): string[] => Array.from({ length: 6000 }, (_, n) => line(n));

  it('the time', () => {
    expect(reached('time', BEFORE)).toEqual(['DYN-LIMIT-TIME info']);
  });

  it('the trace, by the import of a framework or by calls on many files', () => {
    const same = many(() => `100 access("/usr/lib/x", F_OK) ${MISSING}`);
    expect(reached('trace', [...start, ...same])).toEqual(['DYN-LIMIT-TRACE info']);
    const different = many((n) => `100 access("/usr/lib/python3/${n}.py", F_OK) ${MISSING}`);
    expect(reached('trace', [...BEFORE, ...different])).toEqual(['DYN-LIMIT-TRACE info']);
    const memory = many((n) => `100 mmap(NULL, ${n}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f00`);
    expect(reached('trace', [...BEFORE, ...memory])).toEqual(['DYN-LIMIT-TRACE info']);
  });

  it('but the same few calls for ever are a flood', () => {
    const calls = many((n) =>
      n % 2 === 0 ? `100 access("/nowhere", F_OK) ${MISSING}` : '100 write(5</dev/null>, "x", 1) = 1',
    );
    expect(reached('trace', [...BEFORE, ...calls])).toEqual(['DYN-EVADE-FLOOD high']);
  });

  it('the memory, where little is given, the import takes it, or the file is large', () => {
    const small = { modelBytes: 1000 };
    expect(reached('memory', BEFORE, { ...small, memoryMiB: 256 })).toEqual(['DYN-LIMIT-OUT-OF-MEMORY info']);
    expect(reached('memory', start, { ...small, memoryMiB: 4096 })).toEqual(['DYN-LIMIT-OUT-OF-MEMORY info']);
    expect(reached('memory', BEFORE, { modelBytes: 1 << 30, memoryMiB: 4096 })).toEqual([
      'DYN-LIMIT-OUT-OF-MEMORY info',
    ]);
    expect(reached('memory', BEFORE, { memoryMiB: 4096 })).toEqual(['DYN-LIMIT-OUT-OF-MEMORY info']);
  });

  it('but a small file that takes gigabytes is a bomb', () => {
    expect(reached('memory', BEFORE, { modelBytes: 1000, memoryMiB: 4096 })).toEqual(['DYN-LIMIT-BOMB medium']);
  });
});

describe('a crash', () => {
  const CRASH = '100 +++ killed by SIGSEGV (core dumped) +++';
  const FOREIGN = record({ k: 'bytecode' });

  it('is an accusation', () => {
    expect(rulesOf(run([], {}, [CRASH]))).toEqual(['DYN-CRASH']);
  });

  it('is none when the model was loaded and is being used, and the scan is not whole', () => {
    const result = run([], {}, [
      record({ k: 'loaded', type: 'builtins.dict' }),
      record({ k: 'phase', phase: 'use' }),
      CRASH,
    ]);
    expect(result.findings.map(({ rule, severity }) => [rule, severity])).toEqual([['DYN-CRASH-USE', 'info']]);
    expect(result.load.outcome).toBe('crashed');
  });

  it('is none after functions of another Python were made, and the scan is not whole', () => {
    const result = run([FOREIGN], {}, [CRASH]);
    expect(result.findings.map(({ rule, severity }) => [rule, severity])).toEqual([['DYN-CRASH-VERSION', 'info']]);
    expect(result.otherPython).toBe(true);
    expect(result.load.outcome).toBe('crashed');
  });

  it('and such functions make no load whole', () => {
    expect(run([FOREIGN]).otherPython).toBe(true);
    expect(run([]).otherPython).toBe(false);
  });

  it('cannot be excused by a record of another process, or before there is a model', () => {
    expect(
      rulesOf(run(['100 fork() = 101', record({ k: 'bytecode' }, 101), '101 +++ exited with 0 +++'], {}, [CRASH])),
    ).toEqual(['DYN-CRASH']);
    expect(rulesOf(run([], {}, [...AFTER, record({ k: 'bytecode' }), END]))).toEqual(['DYN-EVADE-FORGERY']);
  });
});

describe('a stand-in for a class of __main__', () => {
  const standIn = (called: boolean, pid = 100): string => record({ k: 'standIn', name: 'Net', called }, pid);

  it('is told, and keeps nothing from being whole as long as nothing calls it', () => {
    const { load, gaps, findings } = run([standIn(false)]);
    expect(load).toMatchObject({ outcome: 'loaded', standIns: ['__main__.Net'] });
    expect([gaps, findings]).toEqual([[], []]);
  });

  it('that is called leaves open what its code does', () => {
    const { load, gaps } = run([standIn(false), standIn(true), standIn(false)]);
    expect(load.standIns).toEqual(['__main__.Net']);
    expect(gaps).toEqual([expect.stringContaining('The model calls __main__.Net of the script')]);
  });

  it('counts in a worker, too', () => {
    expect(run(['100 fork() = 101', standIn(true, 101), '101 +++ exited with 0 +++']).gaps).toHaveLength(1);
  });
});

describe('a local socket', () => {
  const bind = '100 bind(5<UNIX-STREAM:[9]>, {sa_family=AF_UNIX, sun_path="/tmp/pymp-1/listener-2"}, 30) = 0';
  const connect = (path: string): string =>
    `100 connect(6<UNIX-STREAM:[10]>, {sa_family=AF_UNIX, sun_path="${path}"}, 30) = 0`;

  it("that the run made itself is its own affair, another's is not", () => {
    expect(rulesOf(run([bind, connect('/tmp/pymp-1/listener-2')]))).toEqual([]);
    expect(rulesOf(run([bind, connect('/tmp/another')]))).toEqual(['DYN-NET-LOCAL-SOCKET']);
    expect(
      rulesOf(run([bind.replace('= 0', '= -1 EACCES (Permission denied)'), connect('/tmp/pymp-1/listener-2')])),
    ).toEqual(['DYN-NET-LOCAL-SOCKET']);
  });
});

describe('whether a run is over', () => {
  const after = (lines: readonly string[]): boolean => {
    const analysis = createAnalysis(CONTEXT);
    for (const event of parse(lines)) analysis.push(event);
    return analysis.isOver;
  };

  it('shows by the end of every process that was seen', () => {
    const whole = [...BEFORE, ...AFTER, END];
    expect(after(whole)).toBe(true);
    expect(after(whole.slice(0, -1))).toBe(false);
    const child = [...BEFORE, '100 fork() = 101', '101 access("/x", F_OK) = 0', ...AFTER, END];
    expect(after(child)).toBe(false);
    expect(after([...child, '101 +++ exited with 0 +++'])).toBe(true);
    expect(after([...BEFORE, '100 fork() = 101', ...AFTER, END])).toBe(false);
  });
});

describe('caches in the places that libraries have for them', () => {
  const write = (path: string): string =>
    `100 openat(AT_FDCWD</tmp>, "${path}", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = 5<${path}>`;

  it.each([
    '/tmp/matplotlib/fontlist-v390.json',
    '/home/model/.cache/fontconfig/3830d5c3ddfd5cd38a049b759396e72e-le64.cache-9',
    '/tmp/numba/x/y.nbi',
  ])('%s is none of its owner', (path) => expect(rulesOf(run([write(path)]))).toEqual([]));

  it.each([
    '/tmp/matplotlib/matplotlibrc',
    '/tmp/matplotlib/stylelib/x.mplstyle',
    '/home/model/.cache/fontconfig/x.so',
    '/home/model/.cache/numba/x.nbi',
  ])('%s is: it can hold settings or code', (path) => expect(rulesOf(run([write(path)]))).toEqual(['DYN-WRITE-HOME']));
});

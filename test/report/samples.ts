/** Reports to test with: complete and harmless unless told otherwise. */
import type { Finding, ScanReport } from '../../src/core/schema.js';
import { REPORT_SCHEMA } from '../../src/core/schema.js';
import { NOTHING_STOOD_OUT } from '../../src/core/verdict.js';

export function finding(changes: Partial<Finding> = {}): Finding {
  return {
    rule: 'DYN-EXEC-SHELL',
    engine: 'dynamic',
    severity: 'critical',
    category: 'execution',
    title: 'Starts a shell',
    explanation: 'PID 28 runs /bin/sh -c id.',
    evidence: [{ text: 'execve("/bin/sh", ["sh", "-c", "id"]) = 0', pid: 28, time: 0.5, line: 120 }],
    count: 1,
    phase: 'load',
    attack: 'T1059.004',
    advice: 'Do not load this file.',
    ...changes,
  };
}

/** What `malicious()` says, which has one critical finding. */
export const ONE_CRITICAL = 'One finding: 1 critical.';

/** What was not seen, in place of everything. */
export function unseen(...texts: readonly string[]): Pick<ScanReport, 'coverage'> {
  return { coverage: { gaps: texts.map((text) => ({ kind: 'dynamic', text })), ifClean: NOTHING_STOOD_OUT } };
}

const NOT_LOADED = 'Loading the model raised ValueError: no, so what the model does after that was not seen.';

export function scan(changes: Partial<ScanReport> = {}): ScanReport {
  return {
    schema: REPORT_SCHEMA,
    tool: { name: 'dynscan', version: '1.2.3' },
    model: { path: 'models/iris.pkl', format: 'pickle', size: 2048, sha256: 'ab'.repeat(32) },
    started: '2026-01-02T03:04:05.000Z',
    verdict: 'clean',
    reasons: [NOTHING_STOOD_OUT],
    coverage: { gaps: [], ifClean: NOTHING_STOOD_OUT },
    engines: [
      { engine: 'static', status: 'completed', reasons: [] },
      { engine: 'dynamic', status: 'completed', reasons: [] },
    ],
    findings: [],
    load: { outcome: 'loaded', type: 'sklearn.linear_model.LogisticRegression' },
    processes: [{ pid: 1, thread: false, argv: ['python3', '/runner.py'], start: 0, end: 1, exitCode: 0 }],
    timeline: [],
    timelineOmitted: 0,
    conversations: [],
    limits: [],
    output: { stdout: '', stderr: '', omittedBytes: 0 },
    trace: { lines: 1204, bytes: 88_000, unparsed: 0, unparsedExamples: [] },
    durations: { total: 1.9 },
    ...changes,
  };
}

export function malicious(changes: Partial<ScanReport> = {}): ScanReport {
  return scan({ verdict: 'malicious', reasons: [ONE_CRITICAL], findings: [finding()], ...changes });
}

export function inconclusive(changes: Partial<ScanReport> = {}): ScanReport {
  return scan({
    verdict: 'inconclusive',
    reasons: [NOT_LOADED],
    ...unseen(NOT_LOADED),
    engines: [
      { engine: 'static', status: 'completed', reasons: [] },
      { engine: 'dynamic', status: 'completed', reasons: [] },
    ],
    load: {
      outcome: 'raised',
      error: {
        type: 'ValueError',
        message: 'no',
        phase: 'load',
        frames: [{ file: '/usr/lib/python3.13/pickle.py', line: 1254, function: 'load' }],
      },
    },
    ...changes,
  });
}

/** What a hostile model may be called or print: an ANSI colour, a C1 control, a reversed name, a new line, an invisible tag. */
export const HOSTILE = 'a\u001b[31m\u009b2J\u202egnp.exe\n\u200b\u{e0041}\r\u0007z';

/** Characters that must never reach a terminal from a model. */
export const RAW_CONTROL =
  // eslint-disable-next-line no-control-regex -- finding control characters is the purpose
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]|[\u{e0000}-\u{e0fff}]/u;

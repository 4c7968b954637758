import { describe, expect, it } from 'vitest';
import { identityOf } from '../../src/core/identity.js';
import type { Finding } from '../../src/core/schema.js';
import { compareWithBaseline, formatBaseline, makeBaseline, parseBaseline } from '../../src/triage/baseline.js';
import { suppress } from '../../src/triage/suppressions.js';
import { finding, inconclusive, malicious, scan } from '../report/samples.js';

const at = (path: string, sha256 = 'ab'.repeat(32)) => ({ model: { path, format: 'pickle', size: 1, sha256 } });
const states = (findings: readonly Finding[]): unknown[] => findings.map(({ baselineState }) => baselineState);

describe('the identity of a finding', () => {
  it.each<[string, Partial<Finding>, Partial<Finding>]>([
    [
      'process ids, times and trace lines',
      { explanation: 'PID 28 runs it.', evidence: [{ text: 'a', pid: 28, time: 0.5, line: 9 }] },
      { explanation: 'PID 4711 runs it.', evidence: [{ text: 'b', pid: 4711, time: 7, line: 99 }] },
    ],
    [
      'names that Python makes up',
      { subject: '/tmp/tmpa1b2c3d4/x.sh in /proc/28/environ' },
      { subject: '/tmp/tmpz_y_x_w_/x.sh in /proc/31/environ' },
    ],
    ['how often it happened', { count: 1 }, { count: 900 }],
    [
      'words, where its subject is known',
      { subject: '/etc/passwd', explanation: 'a' },
      { subject: '/etc/passwd', explanation: 'b' },
    ],
  ])('does not hang on %s', (_, one, other) => {
    expect(identityOf(finding(one))).toBe(identityOf(finding(other)));
  });

  it.each<[string, Partial<Finding>]>([
    ['rule', { rule: 'DYN-EXEC' }],
    ['subject', { subject: 'sh' }],
    ['member of the archive', { evidence: [{ text: 'a', member: 'data.pkl' }] }],
    ['global', { cause: { pickle: { global: 'os.system' } } }],
  ])('hangs on its %s', (_, changes) => {
    expect(identityOf(finding(changes))).not.toBe(identityOf(finding()));
  });
});

describe('a baseline', () => {
  const known = [
    finding({ subject: 'sh -c id' }),
    finding({ rule: 'DYN-NET', severity: 'low', subject: '203.0.113.7' }),
  ];
  const baseline = makeBaseline([malicious({ ...at('/repo/models/a.pkl'), findings: known })], '/repo/.dynscan');

  it('holds on another machine and at another time', () => {
    const elsewhere = malicious({
      ...at('/ci/build/models/a.pkl', 'cd'.repeat(32)),
      findings: [...known.map((one) => ({ ...one, explanation: 'PID 9 again.' })), finding({ subject: 'sh -c rm' })],
    });
    const read = parseBaseline(formatBaseline(baseline), 'b.json');
    const report = compareWithBaseline(elsewhere, read, '/ci/build/.dynscan');
    expect(states(report.findings)).toEqual(['unchanged', 'unchanged', 'new']);
    expect(report.reasons).toEqual(['3 findings: 2 critical, 1 low.', '2 of 3 are in the baseline.']);
  });

  it('never changes a verdict', () => {
    const report = compareWithBaseline(
      malicious({ ...at('/repo/models/a.pkl'), findings: known }),
      baseline,
      '/repo/.dynscan',
    );
    expect(states(report.findings)).toEqual(['unchanged', 'unchanged']);
    expect(report.verdict).toBe('malicious');
  });

  it('knows a model that was moved by its content, and no other model', () => {
    const moved = malicious({ ...at('/repo/old/b.pkl'), findings: known });
    expect(states(compareWithBaseline(moved, baseline, '/repo/.dynscan').findings)).toEqual(['unchanged', 'unchanged']);
    const other = malicious({ ...at('/repo/old/b.pkl', 'ef'.repeat(32)), findings: known });
    expect(states(compareWithBaseline(other, baseline, '/repo/.dynscan').findings)).toEqual(['new', 'new']);
  });

  it('counts: a second finding that looks the same is new', () => {
    const [first = finding()] = known;
    const twice = malicious({ ...at('/repo/models/a.pkl'), findings: [first, first] });
    expect(states(compareWithBaseline(twice, baseline, '/repo/.dynscan').findings)).toEqual(['unchanged', 'new']);
  });

  it('leaves what was not seen unseen', () => {
    const report = inconclusive({ ...at('/repo/models/a.pkl'), findings: [finding({ severity: 'info' })] });
    const compared = compareWithBaseline(report, baseline, '/repo/.dynscan');
    expect(compared.verdict).toBe('inconclusive');
    expect(compared.reasons).toEqual([...inconclusive().reasons, '0 of 1 are in the baseline.']);
  });

  it('does not keep what is suppressed, so that it is new when the suppression has ended', () => {
    const entry = { rule: 'DYN-EXEC-SHELL', sha256: 'ab'.repeat(32), reason: 'ours', expires: '2026-06-15' };
    const model = malicious({ ...at('/repo/a.pkl') });
    const kept = makeBaseline([suppress(model, [entry], '2026-06-15')], '/repo');
    const later = compareWithBaseline(suppress(model, [entry], '2026-06-16'), kept, '/repo');
    expect(states(later.findings)).toEqual(['new']);
  });

  it('lists models and findings in the same order whatever order they were scanned in', () => {
    const scans = [scan(at('/r/b.pkl')), malicious({ ...at('/r/a.pkl'), findings: known })];
    const [one, other] = [makeBaseline(scans, '/r'), makeBaseline(scans.toReversed(), '/r')];
    expect(formatBaseline(one)).toBe(formatBaseline(other));
    expect(one.models.map(({ path }) => path)).toEqual(['a.pkl', 'b.pkl']);
  });

  it.each([
    ['{', /is not JSON/],
    [
      '{"schema": "dynscan-baseline/1", "models": [{"path": "a", "findings": [{}]}]}',
      /wrong at models\.0\.findings\.0/,
    ],
    ['{"schema": "dynscan-baseline/2", "models": []}', /wrong at schema/],
  ])('is refused when it holds %s', (text, message) => {
    expect(() => parseBaseline(text, 'b.json')).toThrow(message);
  });
});

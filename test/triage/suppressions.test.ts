import { describe, expect, it } from 'vitest';
import type { Suppression } from '../../src/core/schema.js';
import { formatText } from '../../src/report/text.js';
import { makeDocument } from '../../src/report/json.js';
import {
  formatSuppressions,
  hasExpired,
  parseSuppressions,
  suppress,
  withoutSuppression,
  withSuppression,
} from '../../src/triage/suppressions.js';
import { finding, HOSTILE, malicious, RAW_CONTROL, scan, unseen } from '../report/samples.js';

const SHA256 = 'ab'.repeat(32);
const TODAY = '2026-06-15';
const entry = (changes: Partial<Suppression> = {}): Suppression => ({
  rule: 'DYN-EXEC-SHELL',
  sha256: SHA256,
  reason: 'our own build step',
  by: 'mara',
  ...changes,
});

describe('a suppression', () => {
  it('takes the findings of its rule off, and the report says what and why', () => {
    const other = finding({ rule: 'DYN-NET-CONNECT', severity: 'low' });
    const report = suppress(malicious({ findings: [finding(), finding(), other] }), [entry()], TODAY);
    expect(report.verdict).toBe('suspicious');
    expect(report.reasons).toEqual(['One finding: 1 low.', '2 findings are suppressed.']);
    expect(report.findings).toEqual([other]);
    expect(report.suppressed).toEqual([
      { finding: finding(), suppression: entry() },
      { finding: finding(), suppression: entry() },
    ]);
  });

  it('never makes a model clean without a word', () => {
    const report = suppress(malicious(), [entry()], TODAY);
    expect(report.verdict).toBe('clean');
    expect(report.reasons).toEqual(['Nothing stood out but one finding that is suppressed.']);
    const text = formatText(makeDocument([report]), { color: false, width: 100 });
    expect(text).toMatch(/^✔ clean {2}models\/iris\.pkl {2}nothing found but 1 suppressed finding/);
    expect(text).toContain('critical  DYN-EXEC-SHELL  Suppressed by mara: our own build step');
  });

  it('excuses nothing that was not seen', () => {
    const whole = malicious(unseen('The trace was cut.'));
    const report = suppress(whole, [entry()], TODAY);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons).toEqual(['The trace was cut.', 'One finding is suppressed.']);
  });

  it.each<[string, Partial<Suppression>, Parameters<typeof malicious>[0]]>([
    ['another rule', { rule: 'DYN-EXEC' }, {}],
    ['another content', { sha256: 'cd'.repeat(32) }, {}],
    ['a file that could not be read to its end', {}, { model: { path: 'm.pkl', format: 'pickle', size: 9 } }],
    ['the day after its last', { expires: '2026-06-14' }, {}],
  ])('does not hold for %s', (_, changes, model) => {
    const report = malicious(model);
    expect(suppress(report, [entry(changes)], TODAY)).toEqual(report);
  });

  it('holds to the end of its last day', () => {
    expect(hasExpired(entry({ expires: TODAY }), TODAY)).toBe(false);
    expect(suppress(malicious(), [entry({ expires: TODAY })], TODAY).verdict).toBe('clean');
  });

  it('leaves the report that it was once it is taken back', () => {
    const whole = malicious({
      reasons: ['2 findings: 1 critical, 1 low.', 'The trace was cut.'],
      ...unseen('The trace was cut.'),
      findings: [finding(), finding({ rule: 'DYN-NET', severity: 'low' })],
    });
    for (const rule of ['DYN-EXEC-SHELL', 'DYN-NET']) {
      const triaged = suppress(whole, [entry({ rule })], TODAY);
      expect(triaged.suppressed).toHaveLength(1);
      expect(suppress(triaged, [], TODAY)).toEqual(whole);
    }
    const clean = scan({ findings: [finding({ severity: 'info' })] });
    expect(suppress(suppress(clean, [entry()], TODAY), [], TODAY)).toEqual(clean);
  });
});

describe('a suppressions file', () => {
  const file = (suppressions: unknown): string => JSON.stringify({ schema: 'dynscan-suppressions/1', suppressions });

  it('is read as it was written', () => {
    const entries = [entry(), entry({ rule: 'PICKLE-GLOBAL', created: '2026-01-02', expires: '2026-12-31' })];
    expect(parseSuppressions(formatSuppressions(entries), 'f.json')).toEqual(entries);
  });

  it('has one entry for a rule and a content, the last one given', () => {
    const entries = withSuppression([entry(), entry({ rule: 'OTHER' })], entry({ reason: 'looked again' }));
    expect(entries.map(({ rule, reason }) => [rule, reason])).toEqual([
      ['OTHER', 'our own build step'],
      ['DYN-EXEC-SHELL', 'looked again'],
    ]);
    expect(withoutSuppression(entries, entry()).map(({ rule }) => rule)).toEqual(['OTHER']);
  });

  it.each<[string, string, RegExp]>([
    ['text', 'oops', /f\.json is not JSON/],
    ['another schema', JSON.stringify({ schema: 'x', suppressions: [] }), /wrong at schema/],
    ['an entry without a reason', file([{ ...entry(), reason: ' ' }]), /wrong at suppressions\.0\.reason/],
    ['an entry for all contents', file([{ ...entry(), sha256: '*' }]), /wrong at suppressions\.0\.sha256/],
    ['an entry for all rules', file([{ ...entry(), rule: '.*' }]), /wrong at suppressions\.0\.rule/],
    ['a day that is none', file([{ ...entry(), expires: '2026-02-30' }]), /wrong at suppressions\.0\.expires/],
    ['a key that is not known', file([{ ...entry(), always: true }]), /wrong at suppressions\.0/],
    ['too many entries', file(Array.from({ length: 10_001 }, () => entry())), /wrong at suppressions/],
  ])('is refused whole with %s', (_, text, message) => {
    expect(() => parseSuppressions(text, 'f.json')).toThrow(message);
  });

  it('shows hostile words inert', () => {
    const report = suppress(malicious(), [entry({ reason: HOSTILE, by: HOSTILE })], TODAY);
    expect(formatText(makeDocument([report]), { color: false, width: 100 })).not.toMatch(RAW_CONTROL);
    expect(() => parseSuppressions(file([{ ...entry(), [HOSTILE]: 1 }]), 'f.json')).toThrow(
      // eslint-disable-next-line no-control-regex -- finding a raw escape is the purpose
      /^[^\u001b\u202e]*$/,
    );
  });
});

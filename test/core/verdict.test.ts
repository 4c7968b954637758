import { describe, expect, it } from 'vitest';
import type { EngineRun, LoadOutcome, Severity } from '../../src/core/schema.js';
import { isAtLeast, judge, worst } from '../../src/core/verdict.js';
import type { Seen } from '../../src/core/verdict.js';
import { finding } from '../report/samples.js';

const STATIC: EngineRun = { engine: 'static', status: 'completed', reasons: [] };
const DYNAMIC: EngineRun = { engine: 'dynamic', status: 'completed', reasons: [] };
const NOT_RUN: LoadOutcome = { outcome: 'not-run' };

function seen(changes: Partial<Seen> = {}): Seen {
  return {
    format: 'pickle',
    staticOnly: false,
    findings: [],
    engines: [STATIC, DYNAMIC],
    load: { outcome: 'loaded' },
    limits: [],
    ...changes,
  };
}

describe('a verdict', () => {
  it.each<[Severity, string]>([
    ['critical', 'malicious'],
    ['high', 'malicious'],
    ['medium', 'suspicious'],
    ['low', 'suspicious'],
    ['info', 'clean'],
  ])('is, with one finding of severity %s, %s', (severity, verdict) => {
    expect(judge(seen({ findings: [finding({ severity })] })).verdict).toBe(verdict);
  });

  it('is decided by the worst of many findings, and counts them', () => {
    const severities: Severity[] = ['low', 'info', 'high', 'low'];
    expect(judge(seen({ findings: severities.map((severity) => finding({ severity })) }))).toMatchObject({
      verdict: 'malicious',
      reasons: ['3 findings: 1 high, 2 low.'],
    });
  });

  it('is clean when all was seen and nothing found', () => {
    expect(judge(seen())).toMatchObject({
      verdict: 'clean',
      reasons: ['The model was read, loaded and used, and nothing it did stood out.'],
    });
  });

  it('is clean with stub classes, says what was not run, and how it can be', () => {
    const load: LoadOutcome = { outcome: 'loaded', standIns: ['__main__.Net'], definedIn: ['../train.py'] };
    const { verdict, reasons } = judge(seen({ load }));
    expect(verdict).toBe('clean');
    expect(reasons.join()).toContain('For __main__.Net of the script that saved it, which is not there');
    expect(reasons.join()).toContain('`from train import Net`');
    const several = { ...load, definedIn: ['train.py', 'predict.py'] };
    expect(judge(seen({ load: several })).reasons.join()).not.toContain('import Net');
    const odd = { ...load, standIns: ['__main__.Net\nimport os'] };
    expect(judge(seen({ load: odd })).reasons.join()).not.toContain('from train');
    const { standIns, ...loaded } = load;
    expect(standIns).toHaveLength(1);
    expect(judge(seen({ load: loaded })).reasons.join()).not.toContain('stood in');
  });

  it.each<[string, Partial<Seen>, string]>([
    ['an unknown format', { format: 'unknown' }, 'The content is of no format that DynScan knows.'],
    ['an empty file', { format: 'empty' }, 'The file is empty: there was nothing to look at.'],
    [
      'an incomplete engine',
      { engines: [STATIC, { ...DYNAMIC, status: 'incomplete', reasons: ['the trace was cut'] }] },
      'The trace was cut.',
    ],
    [
      'an incomplete engine that does not say why',
      { engines: [STATIC, { ...DYNAMIC, status: 'incomplete' }] },
      'The sandbox run did not see everything.',
    ],
    [
      'a failed engine',
      { engines: [{ ...STATIC, status: 'failed', reasons: ['The pickle ends early.'] }, DYNAMIC] },
      'The static analysis failed: The pickle ends early.',
    ],
    ['an engine that is not mentioned', { engines: [STATIC] }, 'The sandbox run was not done.'],
    [
      'an engine that was skipped though it was asked for',
      { engines: [STATIC, { ...DYNAMIC, status: 'skipped', reasons: ['No loader for GGUF.'] }] },
      'The sandbox run was not done: No loader for GGUF.',
    ],
    [
      'a load that raised',
      { load: { outcome: 'raised', error: { type: 'ValueError', message: 'bad\nvalue.', phase: 'load', frames: [] } } },
      'Loading the model raised ValueError: bad\\nvalue, so what the model does after that was not seen.',
    ],
    [
      'a missing dependency',
      {
        load: {
          outcome: 'missing-dependency',
          error: { type: 'ModuleNotFoundError', message: "No module named 'jax'", phase: 'load', frames: [] },
        },
      },
      "The sandbox image lacks a module that the model needs (ModuleNotFoundError: No module named 'jax'), " +
        'so what the model does after that was not seen.',
    ],
    [
      'a process that left early',
      { load: { outcome: 'left', exitCode: 0 } },
      'The process left with exit code 0 before the load returned, so what the model does after that was not seen.',
    ],
    [
      'a crash',
      { load: { outcome: 'crashed', signal: 'SIGSEGV' } },
      'The process was killed by SIGSEGV before it was done, so what the model does after that was not seen.',
    ],
    [
      'a run that was stopped',
      { load: { outcome: 'stopped' } },
      'The run was stopped before the model was done, so not everything it does was seen.',
    ],
    ['a load that was not run', { load: NOT_RUN }, 'The model was not loaded, so what it does was not seen.'],
    [
      'a limit that was hit',
      { limits: [{ limit: 'memory', text: 'It wanted more than 4096 MiB' }] },
      'It wanted more than 4096 MiB.',
    ],
  ])('is inconclusive with %s, and says so in a sentence', (_, changes, reason) => {
    expect(judge(seen(changes))).toMatchObject({ verdict: 'inconclusive', reasons: [reason] });
  });

  it('may be clean without a load when only the static engine was asked for and saw everything', () => {
    const skipped: EngineRun = { engine: 'dynamic', status: 'skipped', reasons: [] };
    expect(judge(seen({ staticOnly: true, engines: [STATIC, skipped], load: NOT_RUN })).verdict).toBe('clean');
    expect(judge(seen({ staticOnly: true, engines: [STATIC], load: NOT_RUN })).verdict).toBe('clean');
    expect(judge(seen({ staticOnly: true, engines: [skipped], load: NOT_RUN })).verdict).toBe('inconclusive');
    // What an unknown function does, a run shows.
    const findings = [finding({ rule: 'STATIC-PICKLE-UNKNOWN-CALL', severity: 'info' })];
    expect(judge(seen({ staticOnly: true, engines: [STATIC], load: NOT_RUN, findings })).verdict).toBe('inconclusive');
    expect(judge(seen({ findings })).verdict).toBe('clean');
    const cut: EngineRun = { ...STATIC, status: 'incomplete', reasons: ['The archive is truncated.'] };
    expect(judge(seen({ staticOnly: true, engines: [cut], load: NOT_RUN })).verdict).toBe('inconclusive');
  });

  it('is not clean when an engine completed and a second run of it did not', () => {
    const changed: EngineRun = { ...STATIC, status: 'incomplete', reasons: ['The file changed while it was scanned.'] };
    expect(judge(seen({ engines: [STATIC, DYNAMIC, changed] }))).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['The file changed while it was scanned.'],
    });
  });

  it('gives one reason, not two, when the sandbox failed and so nothing was loaded', () => {
    const failed: EngineRun = { ...DYNAMIC, status: 'failed', reasons: ['No container engine answers.'] };
    expect(judge(seen({ engines: [STATIC, failed], load: NOT_RUN })).reasons).toEqual([
      'The sandbox run failed: No container engine answers.',
    ]);
  });

  it('names both what was found and what was not seen', () => {
    const judgement = judge(
      seen({
        findings: [finding()],
        limits: [{ limit: 'time', text: 'It ran longer than 120 s.' }],
        load: { outcome: 'stopped' },
      }),
    );
    expect(judgement).toMatchObject({
      verdict: 'malicious',
      reasons: [
        'One finding: 1 critical.',
        'The run was stopped before the model was done, so not everything it does was seen.',
        'It ran longer than 120 s.',
      ],
    });
    expect(judgement.coverage.gaps).toEqual([
      { kind: 'load', text: judgement.reasons[1] },
      { kind: 'limit', text: judgement.reasons[2] },
    ]);
  });

  it('says each reason once', () => {
    const limit = { limit: 'time', text: 'It ran longer than 120 s.' } as const;
    expect(judge(seen({ limits: [limit, limit] })).reasons).toEqual(['It ran longer than 120 s.']);
  });
});

describe('several verdicts', () => {
  it('are as bad as the worst of them', () => {
    expect(worst(['clean', 'inconclusive', 'malicious', 'suspicious'])).toBe('malicious');
    expect(worst(['clean', 'inconclusive', 'suspicious'])).toBe('suspicious');
    expect(worst(['clean', 'inconclusive'])).toBe('inconclusive');
    expect(worst(['clean', 'clean'])).toBe('clean');
  });

  it('are inconclusive when there is none', () => {
    expect(worst([])).toBe('inconclusive');
  });
});

it('reaches a threshold by being as bad, or worse', () => {
  expect(isAtLeast('high', 'high')).toBe(true);
  expect(isAtLeast('critical', 'high')).toBe(true);
  expect(isAtLeast('medium', 'high')).toBe(false);
});

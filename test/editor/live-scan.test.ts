import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keptAfterStop, LIVE_LIMIT, Throttle, worstOf } from '../../src/editor/live-scan.js';
import type { EngineRun, Finding, Severity } from '../../src/core/schema.js';
import { finding as makeFinding, scan as makeReport } from '../report/samples.js';

describe('the findings of a running scan', () => {
  const flood = (number: number, severity: Severity): Finding[] =>
    Array.from({ length: number }, () => makeFinding({ severity }));

  it('are shown up to a number, the worst of them, in the order in which they came', () => {
    const bad = makeFinding({ rule: 'BAD', severity: 'critical' });
    const worse = makeFinding({ rule: 'WORSE', severity: 'high' });
    const shown = worstOf([...flood(5_000, 'low'), worse, ...flood(10, 'info'), bad]);
    expect(shown).toHaveLength(LIVE_LIMIT);
    expect(shown.slice(-2)).toEqual([worse, bad]);
    const few = flood(3, 'info');
    expect(worstOf(few)).toEqual(few);
  });
});

describe('what stays when a scan is stopped', () => {
  const run = (status: EngineRun['status']): EngineRun[] => [{ engine: 'dynamic', status, reasons: [] }];
  const bad = makeFinding({ severity: 'critical' });
  const stopped = makeReport({ verdict: 'malicious', findings: [bad], engines: run('incomplete') });

  it('is what was seen by then, when that is worse than what was known, or more', () => {
    expect(keptAfterStop(stopped, undefined)).toBe('stopped');
    expect(keptAfterStop(stopped, makeReport({ verdict: 'clean', engines: run('completed') }))).toBe('stopped');
    const onlyRead = makeReport({ verdict: 'malicious', findings: [bad], engines: run('skipped') });
    expect(keptAfterStop(stopped, onlyRead)).toBe('stopped');
  });

  it('is the richer of two reports of scans that were stopped', () => {
    const sawMore = makeReport({ verdict: 'malicious', findings: [bad, bad], engines: run('incomplete') });
    expect(keptAfterStop(sawMore, stopped)).toBe('stopped');
    expect(keptAfterStop(stopped, sawMore)).toBe('earlier');
    const whole = makeReport({ verdict: 'malicious', findings: [bad], engines: run('completed') });
    expect(keptAfterStop(sawMore, whole)).toBe('earlier');
  });

  it('is the report of a whole scan that says as much', () => {
    expect(keptAfterStop(stopped, makeReport({ verdict: 'malicious', engines: run('completed') }))).toBe('earlier');
    const mild = makeReport({ verdict: 'suspicious', findings: [makeFinding({ severity: 'low' })] });
    expect(keptAfterStop(mild, stopped)).toBe('earlier');
  });

  it('is what was there before, when nothing was seen', () => {
    const nothing = makeReport({ verdict: 'inconclusive', findings: [makeFinding({ severity: 'info' })] });
    expect(keptAfterStop(nothing, undefined)).toBe('earlier');
    expect(keptAfterStop(undefined, stopped)).toBe('earlier');
  });
});

describe('showing what changes fast', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('begins at once, goes on at its own pace, and ends with the last state', () => {
    let state = 0;
    const shown: number[] = [];
    const throttle = new Throttle(400, () => shown.push(state));
    for (state = 1; state <= 10_000; state += 1) {
      throttle.ask();
      if (state % 10 === 0) vi.advanceTimersByTime(1);
    }
    expect(shown[0]).toBe(1);
    expect(shown.length).toBe(3);
    state = 10_001;
    throttle.ask();
    vi.advanceTimersByTime(1_000);
    expect(shown.at(-1)).toBe(10_001);
    expect(shown.length).toBe(4);
    vi.advanceTimersByTime(1_000);
    throttle.ask();
    expect(shown.length).toBe(5);
  });

  it('shows nothing after its end', () => {
    let times = 0;
    const throttle = new Throttle(400, () => (times += 1));
    throttle.ask();
    throttle.ask();
    throttle.cancel();
    vi.advanceTimersByTime(1_000);
    expect(times).toBe(1);
  });
});

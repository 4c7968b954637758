import { describe, expect, it } from 'vitest';
import { failedToRun, takesPlace } from '../../src/core/richer.js';
import type { EngineRun, ScanReport } from '../../src/core/schema.js';
import { malicious, scan } from '../report/samples.js';

const read: EngineRun = { engine: 'static', status: 'completed', reasons: [] };
const run = (status: EngineRun['status'], ...reasons: string[]): EngineRun => ({ engine: 'dynamic', status, reasons });
const notRun = { load: { outcome: 'not-run' } } as const;

/** Reports of one content, by how much they saw. */
const full = scan();
const look = scan({ engines: [read, run('skipped')], ...notRun });
const noEngine = scan({ verdict: 'inconclusive', engines: [read, run('failed', 'no engine')], ...notRun });
const noLoader = scan({ verdict: 'inconclusive', engines: [read, run('skipped', 'no loader')], ...notRun });
const raised = scan({ verdict: 'inconclusive', load: { outcome: 'raised' } });
const brokenOff = scan({ verdict: 'inconclusive', engines: [read, run('incomplete', 'it ended')] });
const unread = scan({ verdict: 'inconclusive', engines: [{ ...read, status: 'failed' }, run('skipped')], ...notRun });
const accusing = (of: ScanReport): ScanReport => ({ ...of, verdict: 'malicious' });

describe('of two reports of one content', () => {
  it.each<[string, ScanReport, ScanReport]>([
    ["an inspector's look", look, full],
    ['a run that failed for want of an engine', noEngine, full],
    ['a run that failed for want of an engine, of what was only read,', noEngine, look],
    ['a look at what cannot be run', look, noLoader],
    ['a run that raised an error', raised, full],
    ['a run that broke off', brokenOff, full],
    ['a reading that failed', unread, look],
    ['a clean look', look, malicious()],
    ['a run that broke off and saw nothing', brokenOff, accusing(brokenOff)],
  ])('%s leaves the one that stands', (_, fresh, standing) => {
    expect(takesPlace(fresh, standing)).toBe(false);
  });

  it.each<[string, ScanReport, ScanReport]>([
    ['a full run', full, look],
    ['a full run, whatever reading feared,', full, accusing(look)],
    ['a run that raised an error', raised, look],
    ['a look', look, noEngine],
    ['the newer of two full runs', full, malicious()],
    ['the newer of two looks', look, accusing(look)],
    ['a look that accuses', accusing(look), full],
    ['the newer of two runs that broke off', accusing(brokenOff), accusing(brokenOff)],
    ['a run by a test case', scan({ ...raised, testCase: { path: 'a.py', sha256: '1', file: 'a.py' } }), full],
  ])('%s takes the place of the one that stands', (_, fresh, standing) => {
    expect(takesPlace(fresh, standing)).toBe(true);
  });

  it('none is compared with one of another content, or of one that could not be read to its end', () => {
    const other = { ...look, model: { ...look.model, sha256: 'cd'.repeat(32) } };
    const unknown = { ...look, model: { path: 'a.pkl', format: 'pickle', size: 1 } };
    expect([takesPlace(other, full), takesPlace(unknown, full), takesPlace(look, unknown)]).toEqual([true, true, true]);
  });

  it('the run that failed is told apart', () => {
    expect([noEngine, look, noLoader, full].map(failedToRun)).toEqual([true, false, false, false]);
  });
});

import { describe, expect, it } from 'vitest';
import type { EngineRun } from '../../src/core/schema.js';
import {
  ageOf,
  countInWords,
  liveNote,
  progressInWords,
  standingInWords,
  stepsInWords,
  worstInWords,
} from '../../src/editor/phrases.js';

describe('the progress of a scan', () => {
  it('says what is done, which step that is, and what was found', () => {
    expect(progressInWords({ message: 'loading the model', stage: 'load' }, 0)).toBe('loading the model (step 3 of 5)');
    expect(progressInWords({ message: 'recording', stage: 'baseline' }, 1)).toBe(
      'recording (step 1 of 5), 1 finding so far',
    );
    expect(progressInWords({ message: 'reading the file', stage: 'static' }, 2)).toBe(
      'reading the file, 2 findings so far',
    );
  });

  it('shows what stands in a value as it is', () => {
    expect(progressInWords({ message: '{1} $& {2}', stage: 'load' }, 2)).toBe(
      '{1} $& {2} (step 3 of 5), 2 findings so far',
    );
  });

  it('shows every step, and which are over', () => {
    expect(stepsInWords('import')).toBe('✓ image  ▸ start  · load  · use  · settle');
    expect(stepsInWords('static')).toBe('· image  · start  · load  · use  · settle');
    expect(stepsInWords('settle')).toBe('✓ image  ✓ start  ✓ load  ✓ use  ▸ settle');
  });

  it('never sounds like a verdict', () => {
    for (const note of [liveNote(0, 0), liveNote(3, 0), liveNote(200, 7)]) expect(note).toMatch(/^The scan still runs/);
    expect(liveNote(0, 0)).toContain('no verdict');
    expect(liveNote(200, 7)).toContain('7 milder findings');
  });
});

describe('what stands', () => {
  it.each([
    [-5, 'scanned just now'],
    [59, 'scanned just now'],
    [60, 'scanned 1 min ago'],
    [3 * 3600 + 1200, 'scanned 3 h ago'],
    [86_400, 'scanned 1 day ago'],
    [9.5 * 86_400, 'scanned 9 days ago'],
  ])('after %d s was %s', (seconds, words) => {
    const started = '2026-11-30T12:00:00.000Z';
    expect(ageOf({ started }, Date.parse(started) + seconds * 1000)).toBe(words);
  });

  it('is marked by its age, and by what could not be done again', () => {
    const engines: EngineRun[] = [{ engine: 'dynamic', status: 'completed', reasons: [] }];
    const report = { started: '2026-11-30T12:00:00.000Z', engines };
    const now = Date.parse('2026-11-30T15:10:00.000Z');
    expect(standingInWords({ report }, now)).toEqual([]);
    expect(standingInWords({ report, isKept: true, notRerun: 'No engine answers.' }, now)).toEqual([
      'Scanned 3 h ago.',
      'It could not be run again: No engine answers.',
    ]);
    const onlyRead = { report: { ...report, engines: [] }, notRerun: 'No engine answers.' };
    expect(standingInWords(onlyRead, now)).toEqual(['It could not be run: No engine answers.']);
  });

  it('is counted on the status bar', () => {
    expect(countInWords({ done: 7, total: 16, malicious: 4 })).toBe('7 of 16 · 4 malicious');
    expect(countInWords({ done: 0, total: 16, malicious: 0 })).toBe('0 of 16');
    expect(worstInWords({ verdict: 'malicious', count: 5, total: 505 })).toBe('5 of 505 malicious');
    expect(worstInWords({ verdict: 'clean', count: 97, total: 97 })).toBe('97 models: clean');
  });
});

import { describe, expect, it } from 'vitest';
import { liveNote, progressInWords, stepsInWords } from '../../src/editor/phrases.js';

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

import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../src/detect/detect.js';
import { analyseStatic } from '../../src/static/analyse.js';
import { bytesSource } from '../../src/readers/bytes.js';
import twins from './twins.json' with { type: 'json' };

/** Name and format; made by make-twins.py with Debian 13's libraries. */
const FORMATS: Readonly<Record<string, string>> = {
  'packed.npz': 'npz',
  'legacy.pt': 'torch-legacy',
  'legacy-model.pt': 'torch-legacy',
  'script.pt': 'torchscript',
  'cloudpickle-sklearn': 'pickle',
};
const BY_ENDING: Readonly<Record<string, string>> = {
  pkl: 'pickle',
  joblib: 'joblib',
  npy: 'npy',
  npz: 'npz',
  pt: 'torch-zip',
};

/** Kept apart from the harmless ones by their names. */
const OTHERS = /^(hostile|zeros|same)-/;
/** What is made of classes of a script asks for that script, and for helpers of the library: not known, and said once. */
const OF_A_SCRIPT = /^(cloudpickle-custom|dill-(custom|\d+(-recurse)?)|custom.joblib)$/;

describe('a harmless model, as its library writes it, has no finding and no gap', () => {
  it.each(Object.entries(twins).filter(([name]) => !OTHERS.test(name)))('%s', async (name, base64) => {
    const source = bytesSource(Buffer.from(base64, 'base64'));
    const detection = await detectFormat(source);
    expect(detection.format).toBe(FORMATS[name] ?? BY_ENDING[name.split('.')[1] ?? ''] ?? name.split('-')[0]);
    const { findings, gaps } = await analyseStatic(source, detection);
    const counted = OF_A_SCRIPT.test(name) ? findings.filter(({ severity }) => severity !== 'info') : findings;
    expect({ counted, gaps }).toEqual({ counted: [], gaps: [] });
  });

  it('and still has none of the first, but a gap, when it is cut off', async () => {
    const bytes = Buffer.from(twins['checkpoint.pt'], 'base64');
    for (const length of [200, 500, 1500, bytes.length - 30]) {
      const source = bytesSource(bytes.subarray(0, length));
      const detection = await detectFormat(source);
      expect(detection.format).toBe('torch-zip');
      const { findings, gaps } = await analyseStatic(source, detection);
      expect(findings).toEqual([]);
      expect(gaps).not.toEqual([]);
    }
  });
});

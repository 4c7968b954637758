/** The image follows the model: on the Python of the images that are there. Those of other Pythons are in test/variants. */
import { expect, it } from 'vitest';
import { NOTHING_STOOD_OUT } from '../../src/core/verdict.js';
import { scanKept } from './support.js';

it('a model of an older scikit-learn is loaded by that one, in an image that is made for it', async () => {
  const report = await scanKept('scikit-learn 1.5.1');
  expect(report.reasons).toEqual([NOTHING_STOOD_OUT]);
  expect(report.verdict).toBe('clean');
  expect(report.sandbox?.variant).toEqual({
    python: '3.13',
    packages: ['scikit-learn==1.5.*'],
    why: ['it was saved by scikit-learn 1.5.1'],
  });
});

/** The image follows the model, to other Pythons: `npm run variants`, as their images take minutes to build. */
import { expect, it } from 'vitest';
import { NOTHING_STOOD_OUT } from '../../src/core/verdict.js';
import { scanKept } from '../sandbox/support.js';

it.each([
  ['cloudpickle 1.6.0 (Python 3.9): a class of the script', '3.9'],
  ['cloudpickle 2.2.1 (Python 3.11): a pipeline with a lambda', '3.11'],
  ['cloudpickle 3.0.0 (Python 3.11): a class of the notebook', '3.11'],
  ['scikit-learn 1.2.2 (Python 3.11): a pipeline over columns', '3.11'],
])('%s is run in Python %s, and clean', async (name, python) => {
  const report = await scanKept(name);
  expect(report.reasons).toEqual([NOTHING_STOOD_OUT]);
  expect(report.verdict).toBe('clean');
  expect(report.sandbox?.variant?.python).toBe(python);
});

it('a model that says nothing of itself is run in the Python of the project', async () => {
  const report = await scanKept('nltk 3.9.1', { '.python-version': '3.11.9\n', 'requirements.txt': 'nltk==3.9.1\n' });
  expect(report.verdict).toBe('clean');
  expect(report.sandbox?.variant).toEqual({
    python: '3.11',
    packages: ['nltk==3.9.1'],
    why: ['the project has Python 3.11 (.python-version)', 'the project has nltk 3.9.1 (requirements.txt)'],
  });
});

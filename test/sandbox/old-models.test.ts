/** Models of versions that are gone: the image's libraries load them when a user shows them the way. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { scan, scratch } from './support.js';

/** A text of Python 2 that is no UTF-8, in protocol 2. */
const TEXT = Buffer.from('\x80\x02]U\x02a\xe9a.', 'latin1');

it.each([
  ['of Python 2, by pickle', 'text.pkl', TEXT],
  ['of Python 2, by joblib', 'text.joblib', deflateSync(TEXT)],
  ['of a scikit-learn whose modules had public names', 'moved.pkl', 'csklearn.svm.classes\nLinearSVC\n)\x81.'],
  [
    'of a scikit-learn that carried joblib with it',
    'freed.pkl',
    '(csklearn.externals.joblib.numpy_pickle\nNumpyArrayWrapper\ncsklearn.svm.classes\nLinearSVC\nl.',
  ],
  ['of a pandas whose classes have gone', 'gone.pkl', '(cpandas.core.indexes.numeric\nInt64Index\nl.'],
])('one %s is loaded', async (_, name, content) => {
  const path = join(scratch, name);
  await writeFile(path, content, 'latin1');
  const report = await scan(path);
  expect(report.load).toMatchObject({ outcome: 'loaded' });
  expect(report.verdict).toBe('clean');
});

it.each([
  ['a name that its package does not have', 'csklearn.svm.classes\nNobody\n.', 'raised'],
  ['what a package keeps to itself', 'csklearn.svm.classes\n_base\n.', 'raised'],
  ['a module of a package that is none', 'csklearn.svm._classes.more\nLinearSVC\n.', 'missing-dependency'],
])('what asks for %s is not', async (_, content, outcome) => {
  const path = join(scratch, 'not-there.pkl');
  await writeFile(path, content);
  const report = await scan(path);
  expect(report.load.outcome).toBe(outcome);
  expect(report.verdict).toBe('inconclusive');
});

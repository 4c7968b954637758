import { describe, expect, it } from 'vitest';
import type { LoadOutcome } from '../../src/report/schema.js';
import { explainLoad } from '../../src/scan/load-problems.js';

function explain(type: string, message: string, more: { stderr?: string; lacking?: string[]; python?: string } = {}) {
  const outcome = type === 'ModuleNotFoundError' ? 'missing-dependency' : 'raised';
  const load: LoadOutcome = { outcome, error: { type, message, phase: 'load', frames: [] } };
  return explainLoad({ load, stderr: '', lacking: [], python: '3.13', otherPython: false, ...more }).join(' ');
}

describe('a load that failed', () => {
  it.each([
    ['ValueError', 'bad marshal data (unknown type code)', "bytecode of another Python than the image's 3.13"],
    ['TypeError', 'code() argument 13 must be str, not int', '`--python 3.11`'],
    ['TypeError', 'code expected at most 16 arguments, got 18', 'bytecode of another Python'],
    ['ValueError', 'unsupported pickle protocol: 6', 'a newer Python wrote it'],
    ['ValueError', "<class 'numpy.random._mt19937.MT19937'> is not a known BitGenerator module.", 'NumPy 1'],
    ['ModuleNotFoundError', "No module named 'sklearn.ensemble._gb_losses'", 'another scikit-learn'],
    ['ModuleNotFoundError', "No module named '_loss'", 'another scikit-learn'],
    ['RuntimeError', 'Unknown builtin op: aten::new_one.', 'newer PyTorch'],
    [
      'TypeError',
      "Error when deserializing class 'X'. Unrecognized keyword arguments passed to X: {'a': 1}",
      'another Keras',
    ],
  ])('%s: %s', (type, message, words) => {
    expect(explain(type, message)).toContain(words);
  });

  it('names the version of scikit-learn that the model was saved with', () => {
    const stderr =
      'InconsistentVersionWarning: Trying to unpickle estimator Tree from version 0.24.2 when using version 1.4.2.';
    expect(explain('ValueError', 'node array from the pickle has an incompatible dtype:', { stderr })).toContain(
      '`dynscan image add scikit-learn==0.24.2`',
    );
  });

  it('for NumPy 2 in an image with NumPy 1, names the Python that has it', () => {
    expect(explain('ModuleNotFoundError', "No module named 'numpy._core'", { python: '3.11' })).toContain(
      '`--python 3.13`',
    );
  });

  it('for want of packages names all of them, and how to add those that are known', () => {
    const text = explain('ModuleNotFoundError', "No module named 'cv2.dnn'", {
      lacking: ['cv2', 'ultralytics', 'my_models'],
    });
    expect(text).toContain('asks for cv2, ultralytics, my_models, which the sandbox image lacks');
    expect(text).toContain('`dynscan image add opencv-python-headless ultralytics`');
    expect(text).toContain('Which package has my_models is not known here');
  });

  it('for want of a module that the file does not name says which, too', () => {
    expect(explain('ModuleNotFoundError', "No module named 'pandas'")).toContain('`dynscan image add pandas`');
  });

  it("that failed by the model's own doing is not explained away", () => {
    expect(explain('ValueError', 'the key is wrong')).toBe('');
    expect(
      explainLoad({
        load: { outcome: 'loaded', exitCode: 0 },
        stderr: '',
        lacking: ['x'],
        python: '3.13',
        otherPython: false,
      }),
    ).toEqual([]);
  });

  it.each(['loaded', 'crashed'] as const)('whose functions are of another Python (%s) is told so', (outcome) => {
    const failed = { load: { outcome }, stderr: '', lacking: [], python: '3.13', otherPython: true };
    expect(explainLoad(failed).join(' ')).toContain("bytecode of another Python than the image's 3.13");
  });
});

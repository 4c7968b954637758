import { describe, expect, it } from 'vitest';
import type { PythonVersion } from '../../src/config/settings.js';
import type { LoadOutcome } from '../../src/core/schema.js';
import { explainLoad } from '../../src/scan/load-problems.js';

interface More {
  readonly stderr?: string;
  readonly lacking?: string[];
  readonly python?: PythonVersion;
}

function problem(type: string, message: string, more: More = {}) {
  const outcome = type === 'ModuleNotFoundError' ? 'missing-dependency' : 'raised';
  const load: LoadOutcome = { outcome, error: { type, message, phase: 'load', frames: [] } };
  return explainLoad({ load, stderr: '', lacking: [], asked: new Set(), python: '3.13', otherPython: false, ...more });
}

function explain(type: string, message: string, more?: More): string {
  return problem(type, message, more).why.join(' ');
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

  const another = (version: string) => ({
    stderr: `InconsistentVersionWarning: Trying to unpickle estimator Tree from version ${version} when using version 1.4.2.`,
  });

  it.each<[version: string, python: PythonVersion, hint: string]>([
    ['1.5.2', '3.13', ' `dynscan image add scikit-learn==1.5.2` puts that one into the image.'],
    ['1.2.2', '3.13', ' The image of `--python 3.11` has it.'],
    ['1.1.3', '3.13', ' `dynscan image add scikit-learn==1.1.3`, together with `--python 3.11`,'],
    ['0.24.2', '3.13', ' `dynscan image add scikit-learn==0.24.2`, together with `--python 3.9`,'],
    ['1.1.3', '3.11', ' `dynscan image add scikit-learn==1.1.3` puts that one into the image.'],
    ['0.19.1', '3.13', ' There is no wheel of it for any Python that images are made with.'],
  ])('by scikit-learn %s on Python %s names what there is a wheel for', (version, python, hint) => {
    const message = 'node array from the pickle has an incompatible dtype:';
    expect(explain('ValueError', message, { ...another(version), python })).toContain(hint);
  });

  it('names no version where none is known', () => {
    const all = [
      explain('ModuleNotFoundError', "No module named 'sklearn.ensemble._gb_losses'"),
      explain('RuntimeError', 'Unknown builtin op: aten::new_one.'),
      explain('TypeError', "Unrecognized keyword arguments passed to X: {'a': 1}"),
      explain('ModuleNotFoundError', "No module named 'numpy._core'"),
    ];
    expect(all.join(' ')).not.toMatch(/VERSION|image add/);
  });

  it('for PyTorch names the image with a newer one, where there is one', () => {
    const message = 'Unknown builtin op: aten::new_one.';
    expect(explain('RuntimeError', message, { python: '3.11' })).toContain(
      "image's 1.13. The image of `--python 3.13`",
    );
    expect(explain('RuntimeError', message)).not.toContain('--python');
  });

  it('for NumPy 1 in an image with NumPy 2 names the Python that has it', () => {
    expect(explain('ModuleNotFoundError', "No module named 'numpy.core.x'")).toContain(
      'The image of `--python 3.9` has numpy 1.19, that of `--python 3.11` has numpy 1.24.',
    );
  });

  it('for NumPy 2 in an image with NumPy 1, names the Python that has it', () => {
    expect(explain('ModuleNotFoundError', "No module named 'numpy._core'", { python: '3.11' })).toContain(
      '`--python 3.13`',
    );
  });

  it('for want of packages names all of them, and how to add those that are known', () => {
    const { why, packages } = problem('ModuleNotFoundError', "No module named 'cv2.dnn'", {
      lacking: ['cv2', 'ultralytics', 'my_models'],
    });
    const text = why.join(' ');
    expect(packages).toEqual(['opencv-python-headless', 'ultralytics']);
    expect(text).toContain('asks for cv2, ultralytics, my_models, which the sandbox image lacks');
    expect(text).toContain('`dynscan image add opencv-python-headless ultralytics`');
    expect(text).toContain('Which package has my_models is not known here');
  });

  it('for want of a package that has no wheel for the image says so, and offers nothing', () => {
    const { why, packages } = problem('ModuleNotFoundError', "No module named 'tensorflow'", { python: '3.14' });
    expect(why.join(' ')).toContain('There is no wheel of tensorflow for Python 3.14.');
    expect(why.join(' ')).not.toContain('image add');
    expect(packages).toEqual([]);
  });

  it('says of what can be no name of a module only that it was asked for', () => {
    const { why, packages } = problem('ModuleNotFoundError', "No module named 'http://192'", {
      lacking: ['http://192', 'a b', '', 'größe'],
    });
    expect(why.join(' ')).toContain('asks for http://192, ');
    expect(why.join(' ')).toContain('Which package has größe is not known here');
    expect(packages).toEqual([]);
  });

  it('for want of a package that only the project of the model asks for says so, and offers it', () => {
    const load: LoadOutcome = { outcome: 'missing-dependency' };
    const lacking = ['my_chem', 'other_chem'];
    const asked = new Set(['my-chem']);
    const { why, packages } = explainLoad({ load, stderr: '', lacking, asked, python: '3.13', otherPython: false });
    expect(why.join(' ')).toContain('Of my_chem it is only known that the project');
    expect(why.join(' ')).toContain('Which package has other_chem is not known here');
    expect(packages).toEqual(['my-chem']);
  });

  it('for want of a module that the file does not name says which, too', () => {
    expect(explain('ModuleNotFoundError', "No module named 'pandas'")).toContain('`dynscan image add pandas`');
  });

  it.each([
    ['ModuleNotFoundError', "No module named 'pandas.core.indexes.numeric'", 'pandas'],
    [
      'AttributeError',
      "Can't get attribute 'LinregressResult' on <module 'scipy.stats._stats_mstats_common' from '/usr/lib/python3/dist-packages/scipy/stats/_stats_mstats_common.py'>",
      'scipy',
    ],
  ])(
    'for want of a part of a package that is there (%s: %s) names the package, and does not add it',
    (type, message, name) => {
      const { why, packages } = problem(type, message);
      expect(why.join(' ')).toContain(`another version of ${name}`);
      expect(packages).toEqual([]);
    },
  );

  it("that failed by the model's own doing is not explained away", () => {
    expect(explain('ValueError', 'the key is wrong')).toBe('');
    expect(
      explainLoad({
        load: { outcome: 'loaded', exitCode: 0 },
        stderr: '',
        lacking: ['x'],
        asked: new Set(),
        python: '3.13',
        otherPython: false,
      }),
    ).toEqual({ why: [], packages: [] });
  });

  it.each(['loaded', 'crashed'] as const)('whose functions are of another Python (%s) is told so', (outcome) => {
    const asked = new Set<string>();
    const failed = { load: { outcome }, stderr: '', lacking: [], asked, python: '3.13', otherPython: true } as const;
    expect(explainLoad(failed).why.join(' ')).toContain("bytecode of another Python than the image's 3.13");
  });
});

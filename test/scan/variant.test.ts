import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { USUAL, variantFor } from '../../src/scan/variant.js';

const sklearn = (version: string) => [{ distribution: 'scikit-learn', version }];

describe('The image follows the model', () => {
  it('is the usual one for a model that says nothing of itself', () => {
    expect(variantFor({ versions: [] }, DEFAULT_SETTINGS)).toEqual(USUAL);
  });

  it.each([
    { pythons: ['3.11'], python: '3.11' },
    { pythons: ['3.14'], python: '3.14' },
    { pythons: ['3.8', '3.9', '3.10'], python: '3.9' },
    { pythons: ['3.10'], python: '3.10' },
    { pythons: ['3.12', '3.13'], python: '3.13' },
  ])('has a Python that runs the bytecode in the file: $pythons', ({ pythons, python }) => {
    expect(variantFor({ pythons, versions: [] }, DEFAULT_SETTINGS)).toMatchObject({
      python,
      gaps: [],
      requirements: [],
    });
  });

  it.each([
    // What Debian has itself is not installed again.
    { version: '1.4.2', python: '3.13', requirements: [] },
    { version: '1.2.2', python: '3.11', requirements: [] },
    { version: '1.3.0', python: '3.11', requirements: ['scikit-learn==1.3.*'] },
    { version: '0.23.2', python: '3.9', requirements: [] },
    { version: '1.0.2', python: '3.9', requirements: ['scikit-learn==1.0.*'] },
    { version: '1.5.0', python: '3.13', requirements: ['scikit-learn==1.5.*'] },
    { version: '1.9.1', python: '3.13', requirements: ['scikit-learn==1.9.*'] },
    { version: '2.0.0', python: '3.13', requirements: ['scikit-learn==2.0.*'] },
    { version: '0.22.2', python: '3.8', requirements: ['scikit-learn==0.22.*'] },
  ])('has the scikit-learn that saved it: $version', ({ version, python, requirements }) => {
    expect(variantFor({ versions: sklearn(version) }, DEFAULT_SETTINGS)).toMatchObject({ python, requirements });
  });

  it('fits bytecode first, and of the Pythons that run it takes one that has the library', () => {
    expect(variantFor({ pythons: ['3.8', '3.9', '3.10'], versions: sklearn('1.3.2') }, DEFAULT_SETTINGS)).toMatchObject(
      {
        python: '3.9',
        requirements: ['scikit-learn==1.3.*'],
      },
    );
    const none = variantFor({ pythons: ['3.14'], versions: sklearn('1.2.2') }, DEFAULT_SETTINGS);
    expect(none).toMatchObject({ python: '3.14', requirements: [], exact: true });
    expect(none.caveats.join()).toContain('scikit-learn 1.2.2, which has no wheel for Python 3.14');
  });

  it('says so when no Python that can be had runs it', () => {
    const { python, gaps } = variantFor({ pythons: ['3.6', '3.7'], versions: [] }, DEFAULT_SETTINGS);
    expect(python).toBe('3.13');
    expect(gaps.join()).toContain('bytecode of Python 3.6 or 3.7');
  });

  it("says so of a library that is older than any Python's", () => {
    const { requirements, caveats } = variantFor({ versions: sklearn('0.19.1') }, DEFAULT_SETTINGS);
    expect(requirements).toEqual([]);
    expect(caveats.join()).toContain('scikit-learn 0.19.1, which has no wheel for Python 3.8, 3.9');
  });

  it('leaves a Python that the user chose, and says what that means', () => {
    const { python, gaps } = variantFor({ pythons: ['3.11'], versions: [] }, { ...DEFAULT_SETTINGS, python: '3.13' });
    expect(python).toBe('3.13');
    expect(gaps.join()).toContain('the Python 3.13 that the setting python asks for');
  });
});

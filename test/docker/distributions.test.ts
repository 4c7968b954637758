import { describe, expect, it } from 'vitest';
import { distributionOf, isKnownDistribution } from '../../src/docker/distributions.js';
import { IMPORT_NAMES } from '../../src/docker/import-names.js';

describe('the package of a module', () => {
  it.each([
    ['sklearn', 'scikit-learn'],
    ['cv2', 'opencv-python-headless'],
    ['PIL', 'pillow'],
    ['umap', 'umap-learn'],
    ['imblearn', 'imbalanced-learn'],
    ['category_encoders', 'category-encoders'],
    ['faiss', 'faiss-cpu'],
    ['google', 'protobuf'],
    ['xgboost', 'xgboost'],
  ])('%s is known by what people import: %s', (module, distribution) => {
    expect(distributionOf(module)).toBe(distribution);
    expect(isKnownDistribution(distribution)).toBe(true);
  });

  it.each(['toString', '__proto__', 'made_up', 'utils', 'models', 'os', ''])('%j is not guessed', (module) => {
    expect(distributionOf(module)).toBeUndefined();
  });

  it('is listed for a thousand packages and more, each module once', () => {
    const lines = IMPORT_NAMES.trim().split('\n');
    expect(lines.filter((line) => !/^[A-Za-z]\w*(?: [a-z0-9]+(?:-[a-z0-9]+)*)?$/.test(line))).toEqual([]);
    expect(new Set(lines.map((line) => line.split(' ')[0])).size).toBe(lines.length);
    expect(new Set(lines.map((line) => line.split(' ').at(-1))).size).toBeGreaterThan(1000);
  });
});

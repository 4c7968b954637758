import { describe, expect, it } from 'vitest';
import { isInLayer, layerFor } from '../../src/docker/layers.js';

describe('the layer of a model', () => {
  it.each([
    ['core', [], 'core'],
    ['core', ['numpy', 'sklearn'], 'core'],
    ['core', ['torch'], 'torch'],
    ['core', ['sklearn', 'xgboost'], 'formats'],
    ['core', ['lightgbm'], 'formats'],
    ['core', ['keras', 'numpy'], 'tensorflow'],
    ['core', ['transformers', 'torch'], 'transformers'],
    ['core', ['nobody_knows'], 'core'],
    ['torch', ['transformers'], 'transformers'],
    ['torch', ['xgboost'], 'torch'],
    ['tensorflow', ['torch'], 'tensorflow'],
  ] as const)('that %s can load and that asks for %j is %s', (smallest, needs, layer) => {
    expect(layerFor(smallest, needs)).toBe(layer);
  });

  it('has what core has', () => {
    expect([isInLayer('torch', 'numpy'), isInLayer('core', 'torch'), isInLayer('torch', 'torch')]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

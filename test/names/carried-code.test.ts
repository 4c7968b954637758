import { expect, it } from 'vitest';
import { actOf, shortened } from '../../src/names/carried-code.js';

it.each([1, 10, 100])('what stands at the end of a name is what it reaches, after %i detours', (count) => {
  const name = (end: string): string => `torch.${'nn.functional.torch.'.repeat(count)}${end}`;
  expect(actOf(name('os.system'))).toBe('exec');
  expect(shortened(name('importlib.import_module'))).toBe('importlib.import_module');
  expect(actOf(name('nn.Linear'))).toBeUndefined();
});

import { expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { boundByHost } from '../../src/docker/host-bounds.js';

const GIB = 1024 ** 3;

it.each([
  ['memory', 1_048_576, 2048, '2048 MiB'],
  ['pids', 65_536, 16_384, '16384 processes'],
  ['cpus', 1024, 1, '1 processor,'],
] as const)('%s above what the host has is what it has, and the reason says so', (name, wanted, bounded, words) => {
  const { settings, reasons } = boundByHost(
    { ...DEFAULT_SETTINGS, memory: 256, cpus: 1, [name]: wanted },
    { cores: 1, memory: 2 * GIB },
  );
  expect(settings[name]).toBe(bounded);
  expect([...reasons.keys()]).toEqual([name]);
  expect(reasons.get(name)).toContain(words);
  expect(reasons.get(name)).toContain(`(${wanted})`);
});

it('limits that the host can keep stay as they are set', () => {
  const { settings, reasons } = boundByHost(DEFAULT_SETTINGS, { cores: 2, memory: 4 * GIB });
  expect(settings).toEqual(DEFAULT_SETTINGS);
  expect(reasons.size).toBe(0);
});

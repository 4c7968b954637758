import { expect, it } from 'vitest';
import { zoneOf } from '../../src/behavior/path-zones.js';
import { REFUSED, SKIPPED_SLEEPS, TRACED } from '../../src/behavior/syscalls.js';
import { CONTEXT } from './support.js';

it.each([
  ['/model/model.pkl', 'model'],
  ['/model/other.bin', 'model-folder'],
  ['/modelling/x', 'other'],
  ['/home/model/.bashrc', 'home'],
  ['/tmp', 'scratch'],
  ['/dev/shm/sem.x', 'scratch'],
  ['/dev/null', 'kernel'],
  ['/proc/1/mem', 'kernel'],
  ['/usr/lib/libc.so.6', 'image'],
  ['/etc/passwd', 'image'],
  ['/srv/data', 'other'],
  ['pipe:[7]', 'none'],
])('%s belongs to: %s', (path, zone) => {
  expect(zoneOf(path, CONTEXT)).toBe(zone);
});

it('tells a model in the root folder from everything else', () => {
  expect(zoneOf('/usr/bin/id', { ...CONTEXT, modelPath: '/model.pkl' })).toBe('image');
});

it('traces each call once, and every call that is refused or skipped', () => {
  expect(new Set(TRACED).size).toBe(TRACED.length);
  for (const name of [...REFUSED, ...SKIPPED_SLEEPS]) expect(TRACED).toContain(name);
});

import { expect, it } from 'vitest';
import { describeBase } from '../../src/docker/doctor.js';

const now = new Date('2026-06-01T00:00:00Z');
const digest = `sha256:${'0'.repeat(64)}`;

it('says which base image there is, and warns of an old one', () => {
  const fresh = describeBase('debian:x', { created: '2026-05-01T00:00:00Z', digests: [`debian@${digest}`] }, now);
  expect([fresh.detail, fresh.advice]).toEqual([`debian:x is here (${digest})`, undefined]);
  const old = describeBase('debian:x', { created: '2025-06-01T00:00:00Z', digests: [] }, now);
  expect(old.detail).toBe('debian:x is here, 365 days old');
  expect(old.advice).toMatch(/docker pull debian:x/);
});

it('takes nothing that the engine says on trust', () => {
  const odd = describeBase('debian:x', { created: 7, digests: ['\u001b[31m@sha256:1'] }, now);
  expect(odd.detail).toMatch(/^debian:x is here(?:, \d+ days old)?$/);
  expect(describeBase('debian:x', { created: undefined, digests: null }, now).detail).toBe('debian:x is here');
});

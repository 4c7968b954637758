/** A fixed part of `npm run reality`: what needs no library to be made, read and never run. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { merged, problemOf } from '../../scripts/lib/expected.mjs';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { scanPaths } from '../../src/scan/scan.js';
import { PLAIN } from './plain.js';
import rows from './rows.json' with { type: 'json' };

const folder = mkdtempSync(join(tmpdir(), 'dynscan-reality-'));
process.env['DYNSCAN_CACHE'] = join(folder, 'cache');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const placeOf = (index: number): string => join(folder, 'models', String(index));

let scans: Awaited<ReturnType<typeof scanPaths>>['scans'];
beforeAll(async () => {
  for (const [index, { files }] of PLAIN.entries()) {
    for (const [name, content] of Object.entries(files)) {
      const path = join(placeOf(index), name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }
  const paths = PLAIN.map(({ file }, index) => join(placeOf(index), file));
  const request = { paths, settings: DEFAULT_SETTINGS, staticOnly: true };
  ({ scans } = await scanPaths(request, { signal: new AbortController().signal, onEvent: () => undefined }));
}, 600_000);

describe('what published models and bug reports taught stays right', () => {
  it.each(PLAIN.map((entry, index) => [`${entry.row}: ${entry.name}`, entry, index] as const))(
    '%s',
    (_, entry, index) => {
      const own = scans.filter(({ model }) => model.path.startsWith(placeOf(index) + sep));
      expect(problemOf(entry, merged(own))).toBeUndefined();
    },
  );
});

it('each row is one of the list, and what holds a row that is no file is there', () => {
  expect(PLAIN.map(({ row }) => row).filter((name) => !rows.some(({ row }) => row === name))).toEqual([]);
  const held = rows.flatMap((row) => row.held ?? []);
  expect(held.filter((path) => !existsSync(join(import.meta.dirname, '../..', path)))).toEqual([]);
});

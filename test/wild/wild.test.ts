/** A fixed part of `npm run wild`: models in published packages, as pip fetches them, have no finding over info. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fetchPackage, wildPackages } from '../../scripts/lib/wild.mjs';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { scanPaths } from '../../src/scan/scan.js';

const tested = (await wildPackages()).filter((wanted) => wanted.tested === true);
const cache = mkdtempSync(join(tmpdir(), 'dynscan-wild-'));
process.env['DYNSCAN_CACHE'] = cache;
afterAll(() => {
  rmSync(cache, { recursive: true });
});

describe('models that people publish', () => {
  it.each(tested.map((wanted) => [wanted.name, wanted] as const))(
    'in %s are clean',
    { timeout: 600_000 },
    async (_, wanted) => {
      const folder = await fetchPackage(wanted);
      const { scans } = await scanPaths(
        { paths: [folder], settings: DEFAULT_SETTINGS, staticOnly: true },
        { signal: new AbortController().signal, onEvent: () => undefined },
      );
      expect(scans.length).toBeGreaterThan(0);
      const odd = scans.filter(({ verdict }) => verdict !== 'clean');
      expect(odd.map(({ model, reasons }) => [relative(folder, model.path), reasons])).toEqual([]);
    },
  );
});

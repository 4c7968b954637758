import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { scanPaths } from '../../src/scan/scan.js';
import { HARMLESS, HOSTILE, UNKNOWN, type Files } from './companion-cases.js';

const folder = mkdtempSync(join(tmpdir(), 'dynscan-companions-'));
process.env['DYNSCAN_CACHE'] = join(folder, 'cache');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** That a model brings code along is told of harmless ones, too. */
const BRINGS_CODE = 'STATIC-MANIFEST-REMOTE-CODE';

let number = 0;
/** The rules over info that a static scan of the folder finds, and why it is inconclusive. */
async function told(files: Files): Promise<{ rules: string[]; gaps: string[] }> {
  const root = join(folder, String(number++));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content, 'latin1');
  }
  const { scans } = await scanPaths(
    { paths: [root], settings: DEFAULT_SETTINGS, staticOnly: true },
    { signal: new AbortController().signal, onEvent: () => undefined },
  );
  const loud = scans.flatMap(({ findings }) => findings.filter(({ severity }) => severity !== 'info'));
  return {
    rules: loud.map(({ rule }) => rule).filter((rule) => rule !== BRINGS_CODE),
    gaps: scans.flatMap(({ coverage }) => coverage.gaps.map(({ text }) => text)),
  };
}

describe('what a loader takes along with a model is judged by what the loader does with it', () => {
  it.each(HOSTILE)('%s', async (_, files) => {
    expect((await told(files)).rules).not.toEqual([]);
  });
});

describe('what people publish is not accused', () => {
  it.each(HARMLESS)('%s', async (_, files) => {
    expect(await told(files)).toEqual({ rules: [], gaps: [] });
  });
});

describe('what names code that is not there is not known', () => {
  it.each(UNKNOWN)('%s', async (_, files) => {
    const { rules, gaps } = await told(files);
    expect(rules).toEqual([]);
    expect(gaps.join()).toContain('which DynScan does not know');
  });
});

/** What a loader opens beside a model of one file: one file from the reading to the end of the run. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { openModel } from '../../src/model/source.js';
import { Parts } from '../../src/scan/parts.js';
import { readModel } from '../../src/scan/static-reader.js';

const scratch = mkdtempSync(join(tmpdir(), 'dynscan-parts-'));
vi.stubEnv('DYNSCAN_CACHE', join(scratch, 'cache'));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true });
});

const { signal } = new AbortController();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'folder-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'one.npy'), 'one');
  writeFileSync(join(folder, 'data/two.bin'), 'two');
});

const find = (names: readonly string[], read: ReadonlyMap<string, string> = new Map()): Promise<Parts> =>
  Parts.find(join(folder, 'model'), names, read, signal);

function replaceBySame(path: string): void {
  writeFileSync(`${path}.new`, 'one');
  renameSync(`${path}.new`, path);
}

function becomeFolder(path: string): void {
  unlinkSync(path);
  mkdirSync(path);
}

describe('files beside a model', () => {
  const NAMES = ['one.npy', 'data/two.bin'];
  const HASHES = [sha256('one'), sha256('two')];

  it('are those of the sandbox when it has their hashes, in their order', async () => {
    const parts = await find(NAMES);
    expect(parts.files.map(({ name }) => name)).toEqual(NAMES);
    expect(await parts.differing(HASHES)).toEqual([]);
    expect(await parts.notTheSame()).toEqual([]);
  });

  it.each([
    ['another file', [sha256('other'), HASHES[1]], ['one.npy']],
    ['the files in another order', HASHES.toReversed(), NAMES],
    ['one that it could not read', [HASHES[0], ''], ['data/two.bin']],
    ['fewer', [HASHES[0]], ['data/two.bin']],
    ['none', [], NAMES],
  ])('are others when it has %s', async (_, hashes, names) => {
    expect(await (await find(NAMES)).differing(hashes.map((hash) => hash ?? ''))).toEqual(names);
  });

  it('that are not there are none of the sandbox’s', async () => {
    const parts = await find(['missing.npy', 'data', ...NAMES]);
    expect(parts.files.map(({ name }) => name)).toEqual(NAMES);
    expect(await parts.differing(HASHES)).toEqual([]);
  });

  it('are the same through a link, and others when the link leads elsewhere', async () => {
    symlinkSync('one.npy', join(folder, 'link.npy'));
    const parts = await find(['link.npy']);
    expect(await parts.differing([sha256('one')])).toEqual([]);
    unlinkSync(join(folder, 'link.npy'));
    symlinkSync('data/two.bin', join(folder, 'link.npy'));
    expect(await parts.notTheSame()).toEqual(['link.npy']);
  });

  it.each<[string, (path: string) => void]>([
    ['are written to', (path) => writeFileSync(path, 'more')],
    ['are gone', unlinkSync],
    ['are replaced by the same content', replaceBySame],
    ['become a folder', becomeFolder],
  ])('that %s later are told', async (_, change) => {
    const parts = await find(NAMES);
    expect(await parts.differing(HASHES)).toEqual([]);
    change(join(folder, 'one.npy'));
    expect(await parts.notTheSame()).toEqual(['one.npy']);
  });

  it('that were others when the model was read are told, also when they are gone', async () => {
    const parts = await find([...NAMES, 'gone.npy'], new Map([...NAMES, 'gone.npy'].map((name) => [name, 'another'])));
    expect(await parts.notTheSame()).toEqual([...NAMES, 'gone.npy']);
  });
});

describe('the reading of a model', () => {
  const PICKLE = '\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}(Vfilename\nVone.npy\nVallow_mmap\n\x89ub.';

  it.each<[string, () => void, string[]]>([
    ['the same', () => undefined, []],
    ['another', () => renameSync(join(folder, 'data/two.bin'), join(folder, 'one.npy')), ['one.npy']],
    ['gone', () => unlinkSync(join(folder, 'one.npy')), ['one.npy']],
  ])('says which state of the files beside it was read: %s afterwards', async (_, change, told) => {
    const path = join(folder, 'model.joblib');
    writeFileSync(path, Buffer.from(PICKLE, 'latin1'));
    const source = await openModel(path, 'joblib');
    const { analysis, beside, hash } = await readModel(
      { path, detection: { format: 'joblib', detail: '', certain: true } },
      source,
      DEFAULT_SETTINGS,
      signal,
    );
    await hash;
    await source.close();
    change();
    const parts = await Parts.find(path, analysis.parts, beside, signal);
    expect(analysis.parts).toEqual(['one.npy']);
    expect(await parts.notTheSame()).toEqual(told);
  });
});

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineRun, ScanReport } from '../../src/core/schema.js';
import { TOOL_VERSION } from '../../src/core/tool.js';
import { ResultStore } from '../../src/scan/result-store.js';
import { malicious as makeMalicious, scan as makeScan } from '../report/samples.js';

const tool = { name: 'dynscan', version: TOOL_VERSION } as const;
const scan = (changes: Partial<ScanReport> = {}): ScanReport => makeScan({ tool, ...changes });
const malicious = (): ScanReport => makeMalicious({ tool });
const skipped: EngineRun = { engine: 'dynamic', status: 'skipped', reasons: [] };
const look = scan({ engines: [{ engine: 'static', status: 'completed', reasons: [] }, skipped] });

/** Of another content for each number. */
function numbered(number: number): ScanReport {
  const sha256 = createHash('sha256').update(String(number)).digest('hex');
  return scan({ model: { path: '/w/a.pkl', format: 'pickle', size: 1, sha256 } });
}

let folder: string;
let store: ResultStore;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'dynscan-results-')), 'results');
  store = new ResultStore(folder);
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const found = async ({ model }: ScanReport): Promise<ScanReport | undefined> =>
  (await store.find({ sha256: model.sha256 ?? '' }, model.path))?.report;
const names = async (ending: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith(ending));

describe('a kept report', () => {
  it('is found by the content of its model and its path, in a folder that is the user’s alone', async () => {
    await store.keep({ asked: 'all', report: malicious() });
    const { sha256 = '' } = malicious().model;
    expect(await store.find({ sha256 }, 'models/iris.pkl')).toEqual({ asked: 'all', report: malicious() });
    expect(await store.find({ sha256 }, 'elsewhere/iris.pkl')).toBeUndefined();
    expect(await store.find({ sha256: 'cd'.repeat(32) }, 'models/iris.pkl')).toBeUndefined();
    expect(await store.find({ folderSha256: sha256 }, 'models/iris.pkl')).toBeUndefined();
    expect(await store.find({ sha256, codeSha256: 'cd'.repeat(32) }, 'models/iris.pkl')).toBeUndefined();
    expect((await stat(folder)).mode & 0o077).toBe(0);
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
  });

  it('is not replaced by a poorer one of the same content', async () => {
    await store.keep({ asked: 'all', report: scan() });
    await store.keep({ asked: 'a look', report: look });
    expect(await found(look)).toEqual(scan());
  });

  it('is not kept when its model could not be read to its end', async () => {
    await store.keep({ asked: '', report: scan({ model: { path: 'a.pkl', format: 'pickle', size: 1 } }) });
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  });

  it('of another version counts as missing: its rules may find something else', async () => {
    await store.keep({ asked: '', report: makeScan() });
    expect(await found(makeScan())).toBeUndefined();
  });

  it.each<[string, Buffer]>([
    ['no gzip', Buffer.from('{}')],
    ['another schema', gzipSync(JSON.stringify({ schema: 'dynscan-result/2', asked: '', report: scan() }))],
    ['no report', gzipSync(JSON.stringify({ schema: 'dynscan-result/1', asked: '', report: { verdict: 'clean' } }))],
    ['more than there may be', gzipSync(Buffer.alloc(33 << 20))],
    [
      'a report of another content',
      gzipSync(JSON.stringify({ schema: 'dynscan-result/1', asked: '', report: numbered(1) })),
    ],
  ])('that is %s counts as missing', async (_, content) => {
    await store.keep({ asked: '', report: scan() });
    for (const name of await readdir(folder)) await writeFile(join(folder, name), content);
    expect(await found(scan())).toBeUndefined();
  });

  it('is one of a bounded number: the oldest go first', async () => {
    const old = new Date('2020-01-01');
    await store.keep({ asked: '', report: numbered(0) });
    const [packed] = await names('.json.gz');
    await utimes(join(folder, packed ?? ''), old, old);
    for (let at = 0; at < 2_000; at += 1) await writeFile(join(folder, `${'0'.repeat(60)}${at}.json.gz`), '');
    // A store that is new makes room when it first writes.
    await new ResultStore(folder).keep({ asked: '', report: numbered(2) });
    expect(await names('.json.gz')).toHaveLength(2_000);
    expect(await found(numbered(0))).toBeUndefined();
    expect(await found(numbered(2))).toEqual(numbered(2));
  });

  it('does not fail a scan when nothing can be written', async () => {
    const file = join(folder, '..', 'file');
    await writeFile(file, '');
    const broken = new ResultStore(join(file, 'below'));
    await broken.keep({ asked: '', report: scan() });
    await broken.keepPlaces([]);
    await broken.keepTrace(scan(), ['a']);
    expect([await broken.places(), await broken.readTrace(scan(), () => undefined)]).toEqual([[], false]);
  });
});

describe('the places of reports', () => {
  const place = {
    name: 'file:///a.pkl',
    key: 'ab'.repeat(32),
    stamp: { identity: '1 2', settled: true, path: '/a.pkl' },
  };

  it('are read back as they were kept, the last of too many', async () => {
    await store.keepPlaces([place, { ...place, notRerun: 'no engine' }]);
    expect(await store.places()).toEqual([place, { ...place, notRerun: 'no engine' }]);
    await store.keepPlaces(Array.from({ length: 6_000 }, (_, at) => ({ ...place, name: String(at) })));
    const kept = await store.places();
    expect([kept.length, kept.at(-1)?.name]).toEqual([5_000, '5999']);
  });

  it('are none when something else wrote them', async () => {
    await store.keepPlaces([place]);
    const file = join(folder, 'places.json');
    const text = await readFile(file, 'utf8');
    for (const other of ['', '[]', text.replace('places/1', 'places/2'), text.replace('"key":"ab', '"key":"../ab')]) {
      await writeFile(file, other);
      expect(await store.places()).toEqual([]);
    }
  });
});

describe('a kept trace', () => {
  const linesOf = async (report: ScanReport): Promise<string[]> => {
    const lines: string[] = [];
    await store.readTrace(report, (line) => lines.push(line));
    return lines;
  };

  it('is that of the very run that the report is about', async () => {
    const lines = Array.from({ length: 1_234 }, (_, at) => `12 ${at}.5 openat("ä\\n") = 3`);
    await store.keepTrace(scan(), lines);
    expect(await linesOf(scan())).toEqual(lines);
    expect(await linesOf(scan({ started: '2026-02-02T03:04:05.000Z' }))).toEqual([]);
    expect(await linesOf(numbered(1))).toEqual([]);
  });

  it('is one of the last', async () => {
    for (let at = 0; at < 12; at += 1) {
      await store.keepTrace(numbered(at), [`line ${at}`]);
      const time = new Date(Date.UTC(2026, 0, 1, 0, at));
      for (const name of await names('.trace.gz'))
        if ((await stat(join(folder, name))).mtime > time) await utimes(join(folder, name), time, time);
    }
    expect(await names('.trace.gz')).toHaveLength(10);
    expect(await linesOf(numbered(11))).toEqual(['line 11']);
  });

  it('that is damaged gives the lines before the damage', async () => {
    await store.keepTrace(scan(), ['one', 'two']);
    const [name] = await names('.trace.gz');
    await writeFile(join(folder, name ?? ''), 'no gzip');
    expect(await linesOf(scan())).toEqual([]);
  });
});

/** A content is known by its hash and its kind: what was decided or kept of a file holds for no folder. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { cacheFolder } from '../../src/docker/cache.js';
import { suppressionSchema, type ScanReport } from '../../src/core/schema.js';
import { toSarif } from '../../src/report/sarif.js';
import { makeDocument } from '../../src/report/json.js';
import { scanPaths } from '../../src/scan/scan.js';
import { makeBaseline, compareWithBaseline } from '../../src/triage/baseline.js';
import { suppress } from '../../src/triage/suppressions.js';

const scratch = mkdtempSync(join(tmpdir(), 'dynscan-identity-'));
let made = 0;
beforeEach(() => {
  process.env['DYNSCAN_CACHE'] = join(scratch, `cache-${(made += 1)}`);
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

const FILES = {
  'config.json': '{"model_type": "gpt2", "auto_map": {"AutoModel": "modeling.Model"}}',
  'modeling.py': "import os\nos.system('id')\n",
};
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** All that has been hashed for a folder, by this version or an earlier one. */
const LISTINGS = [
  Object.entries(FILES).map(([name, text]) => `${sha256(text)}  ${name}\n`),
  ['dynscan-folder/1\0', ...Object.entries(FILES).map(([name, text]) => `${sha256(text)}  ${name}\0`)],
].map((lines) => lines.join(''));

function fill(files: Readonly<Record<string, string>>): string {
  const folder = join(scratch, `folder-${(made += 1)}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

async function read(path: string): Promise<ScanReport> {
  const { scans } = await scanPaths(
    { paths: [path], settings: DEFAULT_SETTINGS, staticOnly: true },
    { signal: new AbortController().signal, onEvent: () => undefined },
  );
  expect(scans).toHaveLength(1);
  return scans[0] as ScanReport;
}

describe.each(LISTINGS)('a text that holds the list of a folder (%#)', (listing) => {
  it('leaves what is found in the folder as it is', async () => {
    const folder = fill(FILES);
    const before = await read(join(folder, 'config.json'));
    expect(before.findings.map(({ rule }) => rule)).toContain('STATIC-PYTHON-EXEC-IMPORT');
    process.env['DYNSCAN_CACHE'] = join(scratch, `cache-${(made += 1)}`);
    await read(join(fill({ 'config.json': listing }), 'config.json'));
    const after = await read(join(folder, 'config.json'));
    expect([after.verdict, after.findings]).toEqual([before.verdict, before.findings]);
  });

  it('shares no suppression with it', async () => {
    const folder = await read(join(fill(FILES), 'config.json'));
    const text = await read(join(fill({ 'config.json': listing }), 'config.json'));
    expect([folder.model.sha256, text.model.folderSha256]).toEqual([undefined, undefined]);
    const rule = 'STATIC-PYTHON-EXEC-IMPORT';
    const entries = [{ rule, sha256: text.model.sha256 ?? '', reason: 'a harmless text' }];
    expect(suppress(folder, entries, '2026-01-01').suppressed).toBeUndefined();
    const own = [{ rule, folderSha256: folder.model.folderSha256 ?? '', reason: 'looked at' }];
    expect(suppress(folder, own, '2026-01-01').suppressed?.map(({ finding }) => finding.rule)).toContain(rule);
    // A report of an earlier version, which gave the folder a hash that a file can have.
    const former = { ...folder, model: { ...folder.model, folderSha256: undefined, sha256: text.model.sha256 } };
    expect(suppress(former, entries, '2026-01-01').suppressed).toBeUndefined();
  });

  it('is no baseline of it', async () => {
    const folder = await read(join(fill(FILES), 'config.json'));
    const known = makeBaseline([folder], '/');
    const asText = {
      ...known,
      models: known.models.map(({ findings }) => ({ path: 'gone', sha256: sha256(listing), findings })),
    };
    const moved = known.models.map((model) => ({ ...model, path: 'gone' }));
    const states = (report: ScanReport) => new Set(report.findings.map(({ baselineState }) => baselineState));
    expect(states(compareWithBaseline(folder, asText, '/'))).toEqual(new Set(['new']));
    expect(states(compareWithBaseline(folder, { ...known, models: moved }, '/'))).toEqual(new Set(['unchanged']));
  });
});

it('a suppression names one content: of a file or of a folder', () => {
  const entry = { rule: 'DYN-EXEC-SHELL', reason: 'ours' };
  const hash = 'a'.repeat(64);
  const valid = [{ sha256: hash }, { folderSha256: hash }, {}, { sha256: hash, folderSha256: hash }].map(
    (content) => suppressionSchema.safeParse({ ...entry, ...content }).success,
  );
  expect(valid).toEqual([true, true, false, false]);
});

it("SARIF gives the hash of a folder for none of its file's", async () => {
  const report = await read(join(fill(FILES), 'config.json'));
  const [artifact] = toSarif(makeDocument([report])).runs[0]?.artifacts ?? [];
  expect(artifact).toMatchObject({ properties: { folderSha256: report.model.folderSha256 } });
  expect(artifact).not.toHaveProperty('hashes');
});

it('a file is judged by the name that it has, not by that of another link to it', async () => {
  const folder = fill({ blob: '\u0002\0\0\0\0\0\0\0{}' });
  symlinkSync('blob', join(folder, 'model.safetensors'));
  symlinkSync('blob', join(folder, 'model.gguf'));
  const alone = await read(join(folder, 'model.gguf'));
  process.env['DYNSCAN_CACHE'] = join(scratch, `cache-${(made += 1)}`);
  const other = await read(join(folder, 'model.safetensors'));
  expect(other.findings).not.toEqual(alone.findings);
  expect((await read(join(folder, 'model.gguf'))).findings).toEqual(alone.findings);
});

it('all that a scan keeps is written when it ends', async () => {
  await read(join(fill({ 'a.pkl': 'cos\nsystem\n(S"id"\ntR.' }), 'a.pkl'));
  const kept = readdirSync(cacheFolder(), { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  expect(kept).not.toHaveLength(0);
  for (const { parentPath, name } of kept) {
    expect(name).toMatch(/\.json$/);
    expect(JSON.parse(readFileSync(join(parentPath, name), 'utf8'))).toMatchObject({});
  }
});

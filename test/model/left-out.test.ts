/** A folder is clean when everything in it that could be a model was looked at; what was not is named. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.js';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { findModels } from '../../src/model/find.js';
import { decodePath, encodePath } from '../../src/model/path.js';
import { formatHtml } from '../../src/report/html.js';
import { formatReport, makeDocument } from '../../src/report/json.js';
import { publishedDocument } from '../../src/core/published.js';
import { reportDocumentSchema, type LeftOut, type ReportDocument } from '../../src/core/schema.js';
import { toSarif, toUri } from '../../src/report/sarif.js';
import { formatText } from '../../src/report/text.js';
import { scanPaths } from '../../src/scan/scan.js';
import { mapScans } from '../../src/triage/baseline.js';
import { HOSTILE, RAW_CONTROL, scan } from '../report/samples.js';
import { detectFile } from '../static/support.js';

const CLI = join(import.meta.dirname, '../../dist/cli.js');
const PICKLE = '\u0080\u0002N.';
const TEXT_PICKLE = 'cos\nsystem\n(S"id"\ntR.';
let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'dynscan-left-out-')));
});
afterEach(() => {
  chmodSync(root, 0o700);
  execFileSync('chmod', ['-R', 'u+rwX', root]);
  rmSync(root, { recursive: true });
});

function put(path: string, content: string): void {
  const bytes = encodePath(join(root, path));
  mkdirSync(encodePath(dirname(join(root, path))), { recursive: true });
  writeFileSync(bytes, content, 'latin1');
}

async function found(skipFolders: readonly string[] = []) {
  const { models, leftOut } = await findModels([root], { detect: detectFile, skipFolders });
  return {
    models: models.filter(({ sidecar }) => sidecar !== true).map(({ path }) => path.slice(root.length + 1)),
    leftOut: leftOut.map(({ path, reason }) => [path.slice(root.length + 1), reason]),
  };
}

describe('a model is found', () => {
  it.each([
    ['in node_modules, by its name', 'node_modules/x/a.pkl', PICKLE],
    ['in .git, by its name', '.git/a.pt', PICKLE],
    ['in node_modules, by its content', 'node_modules/x/data.bin', PICKLE],
    ['in node_modules, as text without an ending', 'node_modules/x/weights', TEXT_PICKLE],
    ['in node_modules, under the name of source code', 'node_modules/x/index.js', PICKLE],
    ['in node_modules, as text under the name of source code', 'node_modules/x/index.js', TEXT_PICKLE],
    ['in .git, nested', '.git/modules/x/node_modules/hooks', TEXT_PICKLE],
    ['70 folders deep', `${'d/'.repeat(70)}a.pkl`, PICKLE],
  ])('%s', async (_, path, content) => {
    put('model.pkl', PICKLE);
    put('node_modules/x/package.json', '{"name": "x", "version": "1.0.0"}');
    put('node_modules/x/README.md', '# x\nversion\n');
    put('node_modules/x/lib.js', 'import x from "y";\n');
    put(path, content);
    const { models, leftOut } = await found();
    expect([models.sort(), leftOut]).toEqual([['model.pkl', path].sort(), []]);
  });

  it.skipIf(process.platform !== 'linux')('under a name that is not UTF-8, in a folder with such a name', async () => {
    const name = decodePath(Buffer.from('d\xe9/m\xff\xed\xb2\x80.pkl', 'latin1'));
    put(name, TEXT_PICKLE);
    expect(await found()).toEqual({ models: [name], leftOut: [] });
    const document = await read([root]);
    expect(document.scans.map(({ verdict }) => verdict)).toEqual(['malicious']);
    expect(document.scans[0]?.model.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(toUri(`/${name}`)).toBe('file:///d%E9/m%FF%ED%B2%80.pkl');
    expect(formatText(document, { color: false, width: 80 })).toContain(String.raw`d\u{dce9}`);
  });
});

describe('what is left out is named', () => {
  it.skipIf(process.platform === 'win32')('when the user may not read a file or a folder', () => {
    put('a.pkl', PICKLE);
    put('secret/b.pkl', PICKLE);
    put('c.dat', PICKLE);
    chmodSync(join(root, 'secret'), 0);
    chmodSync(join(root, 'c.dat'), 0);
    chmodSync(root, 0o755);
    // Root may read everything, so somebody else looks.
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const { status, stdout } = spawnSync(
      process.execPath,
      [CLI, 'scan', '--static-only', '--format', 'json', '--quiet', root],
      { ...user, cwd: root, encoding: 'utf8', env: { DYNSCAN_CACHE: join(root, 'cache') } },
    );
    const { scans, leftOut, verdict } = reportDocumentSchema.parse(JSON.parse(stdout));
    expect([status, verdict, scans.map(({ verdict }) => verdict)]).toEqual([2, 'inconclusive', ['clean']]);
    expect(leftOut?.map(({ path, reason }) => [path, reason])).toEqual([
      [join(root, 'c.dat'), 'unreadable'],
      [join(root, 'secret'), 'unreadable'],
    ]);
  });

  it('when it is a link to a folder elsewhere, and not when that is searched anyway', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'dynscan-elsewhere-'));
    writeFileSync(join(elsewhere, 'b.pkl'), PICKLE, 'latin1');
    put('a.pkl', PICKLE);
    put('sub/c.pkl', PICKLE);
    symlinkSync('sub', join(root, 'again'));
    symlinkSync('..', join(root, 'sub', 'around'));
    expect((await found()).leftOut).toEqual([]);
    symlinkSync(elsewhere, join(root, 'out'));
    expect((await found()).leftOut).toEqual([['out', 'linked-folder']]);
    const { leftOut } = await findModels([root, elsewhere], { detect: detectFile });
    expect(leftOut).toEqual([]);
    rmSync(elsewhere, { recursive: true });
  });

  it('when it has the name of a model and is none that can be read', async () => {
    put('a.pkl', PICKLE);
    symlinkSync('nowhere', join(root, 'b.pkl'));
    symlinkSync('nowhere', join(root, 'notes.txt'));
    symlinkSync('loop.pt', join(root, 'loop.pt'));
    execFileSync('mkfifo', [join(root, 'c.pkl'), join(root, 'pipe')]);
    expect((await found()).leftOut).toEqual([
      ['b.pkl', 'no-file'],
      ['c.pkl', 'no-file'],
      ['loop.pt', 'no-file'],
    ]);
  });

  it('when the user asked to leave it out, which keeps nothing from being clean', async () => {
    put('a.pkl', PICKLE);
    put('x/.venv/b.pkl', PICKLE);
    symlinkSync('x/.venv', join(root, 'link'));
    expect(await found(['.venv'])).toEqual({ models: ['a.pkl'], leftOut: [['x/.venv', 'asked']] });
  });

  it('when there is no model beside it', async () => {
    symlinkSync('nowhere', join(root, 'b.pkl'));
    const document = await read([root]);
    expect([document.verdict, document.scans, document.leftOut?.length]).toEqual(['inconclusive', [], 1]);
    expect(exitCodeOf(document, 'low')).toBe(2);
  });
});

async function read(paths: readonly string[]): Promise<ReportDocument> {
  return scanPaths(
    { paths, settings: DEFAULT_SETTINGS, staticOnly: true },
    { signal: new AbortController().signal, onEvent: () => undefined },
  );
}

describe('the document of a folder of which something was left out', () => {
  const left = (reason: LeftOut['reason']): LeftOut => ({
    path: `/w/${HOSTILE}`,
    reason,
    text: `${HOSTILE} was not looked at.`,
  });

  it('is inconclusive, and the command ends with 2', async () => {
    put('a.pkl', PICKLE);
    expect((await read([root])).verdict).toBe('clean');
    symlinkSync('nowhere', join(root, 'b.pkl'));
    const document = await read([root]);
    expect([document.verdict, exitCodeOf(document, 'low')]).toEqual(['inconclusive', 2]);
    const triaged = mapScans(document, (report) => report);
    expect(triaged).toEqual(document);
  });

  it('names it in every format', () => {
    const document = makeDocument([scan()], { leftOut: [left('unreadable')] });
    expect(reportDocumentSchema.parse(JSON.parse(formatReport(document)))).toEqual(publishedDocument(document));
    const shown = /was not looked at/;
    for (const text of [formatText(document, { color: false, width: 200, details: true }), formatHtml(document)]) {
      expect(text).toMatch(shown);
      expect(text).not.toMatch(RAW_CONTROL);
    }
    const [run] = toSarif(document).runs;
    expect(run?.invocations?.[0]).toMatchObject({
      executionSuccessful: false,
      toolExecutionNotifications: [{ descriptor: { id: 'left-out', index: 3 }, level: 'error' }],
    });
    expect(run?.tool.driver.notifications?.[3]?.id).toBe('left-out');
  });

  it('is as clean as its models when it was asked to leave it out', () => {
    const document = makeDocument([scan()], { leftOut: [left('asked')] });
    expect([document.verdict, exitCodeOf(document, 'low')]).toEqual(['clean', 0]);
    expect(formatText(document, { color: false, width: 200 })).toMatch(
      / – left out +1 .*\(as asked\)\n[^]*1 clean, 1 left out\n$/,
    );
    expect(toSarif(document).runs[0]?.invocations?.[0]?.executionSuccessful).toBe(true);
  });
});

/** What a person sees of the models that are there when the window begins, and of what was scanned before. */
import * as assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { pickle, value } from '../../../samples/assemble.mjs';
import type { EngineRun } from '../../../src/core/schema.js';
import { MODELS } from '../models.mjs';
import { editor, eventually, extension, inWorkspace, problemsOf, reportOf, resultOf } from './support.js';

describe('the models that are there at the start', () => {
  before(async () => {
    await extension().activate();
    await editor().autoScan.atStart;
  });

  it('are read without asking, and none is run', () => {
    for (const path of [MODELS.hostile, ...MODELS.pair, MODELS.doomed, MODELS.longPath, MODELS.hostileName]) {
      const report = reportOf(inWorkspace(path));
      assert.equal(report.load.outcome, 'not-run', path);
    }
    assert.equal(reportOf(inWorkspace(MODELS.hostile)).verdict, 'malicious');
    assert.equal(reportOf(inWorkspace(MODELS.harmless)).verdict, 'clean');
  });

  it('have their problems, and their places in the Models view', async () => {
    await eventually('Problems', () => problemsOf(inWorkspace(MODELS.hostile)).length > 0);
    const { models } = editor();
    const shown = (await models.getChildren()).map((node) => String(models.getTreeItem(node).description));
    assert.match(shown[0] ?? '', /^malicious: /);
    assert.ok(!shown.some((words) => words.startsWith('not scanned')), shown.join());
  });

  it('are counted on the status bar', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const { item } = editor().status;
    await eventually('the count', () => /^\$\(error\) \d+ of \d+ malicious$/.test(item.text));
  });
});

describe('a report of an earlier window', () => {
  it('is there again with its age, and a look does not replace it', async () => {
    const uri = inWorkspace(MODELS.hostile);
    const result = resultOf(uri);
    assert.ok(result?.status.kind === 'finished');
    const { report } = result.status;
    const run = { ...report, started: new Date(Date.now() - 3 * 3600_000).toISOString() };
    const ran = {
      ...run,
      engines: ENGINES,
      load: LOADED,
    };
    const { results, models } = editor();
    results.restore({ ...result, status: { kind: 'finished', report: ran, isKept: true } });
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
    assert.equal(reportOf(uri).load.outcome, 'loaded');
    const node = (await models.getChildren()).find((one) => one.uri.toString() === uri.toString());
    assert.ok(node);
    assert.match(String(models.getTreeItem(node).description), /scanned 3 h ago/);
    await eventually('its age in Problems', () => problemsOf(uri)[0]?.message.includes('(Scanned 3 h ago.)') === true);
    results.delete(uri);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
  });
});

describe('what is kept for the next window', () => {
  const uri = inWorkspace('kept.pkl');
  const content = (number: number): Uint8Array => pickle(value([number]));
  const write = async (number: number): Promise<void> => {
    await vscode.workspace.fs.writeFile(uri, content(number));
    const sha256 = createHash('sha256').update(content(number)).digest('hex');
    await eventually('it is read', () => {
      const status = resultOf(uri)?.status;
      return status?.kind === 'finished' && status.report.model.sha256 === sha256;
    });
  };
  /** As when the window is loaded anew: nothing but what is on the disk is known. */
  const reload = async (between: () => Promise<void> = () => Promise.resolve()): Promise<void> => {
    const { kept, results } = editor();
    await kept.flush();
    results.delete(uri);
    await between();
    await kept.restore();
  };
  after(() => vscode.workspace.fs.delete(uri));

  it('is shown again, as a report of an earlier window', async () => {
    await write(1);
    const { started } = reportOf(uri);
    await reload();
    assert.equal(reportOf(uri).started, started);
    const status = resultOf(uri)?.status;
    assert.equal(status?.kind === 'finished' && status.isKept, true);
  });

  it('is not shown for a file that has another content now', async () => {
    await write(1);
    const { started, model } = reportOf(uri);
    await reload(async () => writeFile(uri.fsPath, content(2)));
    const now = resultOf(uri)?.status;
    assert.ok(now?.kind !== 'finished' || (now.report.started !== started && now.report.model.sha256 !== model.sha256));
  });
});

const ENGINES: EngineRun[] = [
  { engine: 'static', status: 'completed', reasons: [] },
  { engine: 'dynamic', status: 'completed', reasons: [] },
];
const LOADED = { outcome: 'loaded' } as const;

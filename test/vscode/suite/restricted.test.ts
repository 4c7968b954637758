import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { MODELS } from '../models.mjs';
import { editor, eventually, extension, inWorkspace, problemsOf, reportOf, resultOf, unanswered } from './support.js';

/** The setting that VS Code withholds from the extension, see run.mjs. */
const WITHHELD = process.env['DYNSCAN_TEST_WITHHELD'] ?? '';

describe('in Restricted Mode', () => {
  before(async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    await extension().activate();
  });

  it('models are read without asking, as the views say', async () => {
    await editor().autoScan.atStart;
    assert.equal(reportOf(inWorkspace(MODELS.hostile)).verdict, 'malicious');
    assert.equal(reportOf(inWorkspace(MODELS.harmless)).load.outcome, 'not-run');
    await eventually('Problems', () => problemsOf(inWorkspace(MODELS.hostile)).length > 0);
  });

  it('a model is not run, and nothing is kept of the attempt', async () => {
    const uri = inWorkspace(MODELS.hostile);
    const { started } = reportOf(uri);
    await unanswered('notifications.clearAll', 'dynscan.scanModel', uri);
    assert.equal(reportOf(uri).started, started);
  });

  it('a scan of the workspace reads, and runs nothing', async () => {
    const uri = inWorkspace(MODELS.hostile);
    const { started } = reportOf(uri);
    await vscode.commands.executeCommand('dynscan.scanWorkspace');
    assert.notEqual(reportOf(uri).started, started);
    assert.equal(reportOf(uri).load.outcome, 'not-run');
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('the engine itself refuses every caller', async () => {
    const uri = inWorkspace(MODELS.hostile);
    const { DEFAULT_SETTINGS } = await import('../../../src/config/settings.js');
    const request = { paths: [uri.fsPath], settings: DEFAULT_SETTINGS, staticOnly: false };
    const hooks = { signal: new AbortController().signal, onEvent: () => assert.fail('nothing may start') };
    await assert.rejects(editor().scanPaths(request, hooks), /Restricted Mode/);
  });

  it('there is nothing of test cases', async () => {
    const uri = inWorkspace('dynscan-tests/case.py');
    await vscode.workspace.fs.writeFile(uri, Buffer.from('def check():\n    pass\n'));
    await vscode.window.showTextDocument(uri);
    await vscode.commands.executeCommand('dynscan.newTestCase', undefined, 'plain');
    await vscode.commands.executeCommand('dynscan.scanWithTestCase', inWorkspace(MODELS.harmless), uri);
    // What marks the problems of a test case offers fixes of them, too: it would have been asked here.
    const start = new vscode.Range(0, 0, 0, 20);
    assert.deepEqual(await vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, start), []);
    // Every test controller lists its tests anew before this ends.
    await vscode.commands.executeCommand('testing.refreshTests');
    const files = await vscode.workspace.fs.readDirectory(inWorkspace('dynscan-tests'));
    assert.deepEqual(
      files.map(([name]) => name),
      ['case.py'],
    );
    assert.deepEqual(problemsOf(uri), []);
    assert.deepEqual(await editor().testCases.all(), []);
    assert.equal(editor().testCases.item(uri), undefined);
    assert.equal(reportOf(inWorkspace(MODELS.harmless)).load.outcome, 'not-run');
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('no suppression of the folder holds, and none is written', async () => {
    const uri = inWorkspace(MODELS.hostile);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
    const status = resultOf(uri)?.status;
    assert.ok(status?.kind === 'finished');
    const { sha256 } = status.report.model;
    const suppressions = status.report.findings.map(({ rule }) => ({ rule, sha256, reason: 'trust me' }));
    const text = JSON.stringify({ schema: 'dynscan-suppressions/1', suppressions });
    const file = inWorkspace('.dynscan/suppressions.json');
    await vscode.workspace.fs.writeFile(file, Buffer.from(text));
    await editor().triage.reload();
    const request = { uri: uri.toString(), rule: suppressions[0]?.rule, reason: 'a test' };
    await vscode.commands.executeCommand('dynscan.suppressFinding', request);
    assert.equal(Buffer.from(await vscode.workspace.fs.readFile(file)).toString(), text);
    const after = resultOf(uri)?.status;
    assert.ok(after?.kind === 'finished');
    assert.equal(after.report.verdict, 'malicious');
    assert.equal(after.report.suppressed, undefined);
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('an assistant may have a model read, not run', async () => {
    const { token } = new vscode.CancellationTokenSource();
    const options = (mode: string) => ({ input: { path: MODELS.hostile, mode }, toolInvocationToken: undefined });
    await assert.rejects(editor().scanTool.invoke(options('sandbox'), token), /Restricted Mode/);
    assert.equal((await editor().scanTool.invoke(options('static'), token)).content.length, 1);
  });

  it('the folder sets nothing', async () => {
    const settings = {
      'dynscan.maxFileSize': 1,
      'dynscan.scanOnChange': false,
      'dynscan.denylist': ['pkl'],
      'dynscan.blacklist': ['new'],
      [`dynscan.${WITHHELD}`]: 'critical',
    };
    const configuration = () => vscode.workspace.getConfiguration('dynscan');
    const file = inWorkspace('.vscode/settings.json');
    await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify(settings)));
    await eventually('the settings of the folder', () => configuration().get('maxFileSize') === 1);
    // VS Code withholds what the manifest restricts, and the extension ignores the rest.
    assert.equal(configuration().get(WITHHELD), 'low');
    const uri = inWorkspace('new.pkl');
    await vscode.workspace.fs.writeFile(uri, await vscode.workspace.fs.readFile(inWorkspace(MODELS.hostile)));
    await eventually('a report of a model that is new', () => resultOf(uri)?.status.kind === 'finished');
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
    const status = resultOf(uri)?.status;
    assert.ok(status?.kind === 'finished');
    assert.equal(status.report.verdict, 'malicious', status.report.reasons.join(' '));
    const rules = status.report.findings.map(({ rule }) => rule);
    assert.ok(!rules.includes('STATIC-CONTENT-BLACKLISTED'), rules.join());
    await vscode.workspace.fs.delete(file);
  });

  it('a model is still read', async () => {
    const uri = inWorkspace(MODELS.hostile);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
    await eventually('a report', () => resultOf(uri)?.status.kind === 'finished');
    const status = resultOf(uri)?.status;
    assert.ok(status?.kind === 'finished');
    assert.equal(status.report.load.outcome, 'not-run');
    assert.ok(status.report.findings.length > 0);
  });
});

import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { MODELS } from '../models.mjs';
import { editor, eventually, extension, inWorkspace, problemsOf, resultOf } from './support.js';

describe('in Restricted Mode', () => {
  before(async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    await extension().activate();
  });

  it('a model is not run, and nothing is kept of the attempt', async () => {
    const uri = inWorkspace(MODELS.hostile);
    // The command waits for an answer to its message, which nobody gives here.
    void vscode.commands.executeCommand('dynscan.scanModel', uri);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    assert.equal(resultOf(uri), undefined);
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('the engine itself refuses, whoever asks', async () => {
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
    void vscode.commands.executeCommand('dynscan.newTestCase', undefined, 'plain');
    void vscode.commands.executeCommand('dynscan.scanWithTestCase', inWorkspace(MODELS.harmless), uri);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const files = await vscode.workspace.fs.readDirectory(inWorkspace('dynscan-tests'));
    assert.deepEqual(
      files.map(([name]) => name),
      ['case.py'],
    );
    assert.deepEqual(problemsOf(uri), []);
    assert.deepEqual(await editor().testCases.all(), []);
    assert.equal(editor().testCases.item(uri), undefined);
    assert.equal(resultOf(inWorkspace(MODELS.harmless)), undefined);
    await vscode.commands.executeCommand('notifications.clearAll');
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

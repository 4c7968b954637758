import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ModelsNode } from '../../../src/editor/models-tree.js';
import { MODELS } from '../models.mjs';
import {
  containers,
  editor,
  eventually,
  inWorkspace,
  isDone,
  problemsOf,
  resultOf,
  ruleOf,
  setTimeLimit,
} from './support.js';

/** The first scan in an image records its baseline. */
const FIRST_SCAN = 120_000;
const SEEN_SO_FAR = '(Seen so far: the scan still runs.)';

describe('a scan that still runs', () => {
  const uri = inWorkspace(MODELS.endless);
  let ended: Thenable<unknown>;
  const scan = (uri: vscode.Uri): Thenable<unknown> => vscode.commands.executeCommand('dynscan.scanModel', uri);

  // No scan here ends by itself, so one that has ended was stopped.
  before(() => setTimeLimit(3_600));
  after(async () => {
    await vscode.commands.executeCommand('dynscan.stopScan');
    await setTimeLimit(undefined);
  });

  it('has its findings in Problems and in the Models view, marked as those of a running scan', async () => {
    ended = scan(uri);
    // Problems follow a moment later, and those of an earlier scan of the model are there until then.
    const isLive = (): boolean => hasActed(uri) && (executed(uri)?.message.endsWith(SEEN_SO_FAR) ?? false);
    await eventually('what it did in Problems', isLive, { limit: FIRST_SCAN });
    const live = resultOf(uri);
    const problem = executed(uri);
    const [model, ...findings] = await nodesOf(uri);
    assert.ok(live?.status.kind === 'scanning', 'the model still runs');
    assert.equal(live.status.partialReport?.verdict, 'malicious');
    assert.equal(problem?.severity, vscode.DiagnosticSeverity.Error);
    assert.match(String(model?.description), /\(step [34] of 5\), \d+ findings? so far/);
    assert.equal(findings[0]?.label, 'The scan still runs: this is what was found so far.');
    assert.ok(findings.slice(1).every(({ contextValue }) => contextValue === 'finding.live'));
  });

  it('ends its container at once when it is stopped, and leaves a report of what was seen', async () => {
    assert.equal(await containers(), 2, "the model's and its network's");
    await vscode.commands.executeCommand('dynscan.stopScan', uri);
    await ended;
    assert.equal(await containers(), 0);
    const status = resultOf(uri)?.status;
    assert.ok(status?.kind === 'finished');
    assert.equal(status.report.verdict, 'malicious');
    assert.match(status.report.reasons.join(' '), /The scan was stopped/);
    assert.ok(status.report.findings.some(({ rule }) => rule.startsWith('DYN-EXEC')));
    await eventually('Problems of the report', () => executed(uri)?.message.endsWith(SEEN_SO_FAR) === false);
    const [, ...reported] = await nodesOf(uri);
    assert.ok(reported.every(({ contextValue }) => contextValue === 'finding'));
  });

  it('leaves others waiting when as many run as the setting says, and shows its steps in the Sandbox view', async () => {
    const [first, second, third] = [uri, inWorkspace('endless-too.pkl'), inWorkspace(MODELS.harmless)];
    await vscode.workspace.fs.copy(first, second);
    const scans = [first, second, third].map(scan);
    const kinds = (): unknown => [first, second, third].map((uri) => resultOf(uri)?.status.kind).join();
    await eventually('two run, one waits', () => kinds() === 'scanning,scanning,queued');
    await eventually('steps in the Sandbox view', async () => {
      const [head] = await editor().sandbox.getChildren();
      assert.ok(head?.kind === 'head');
      assert.equal(editor().sandbox.getTreeItem(head).label, 'Running Scans');
      const steps = head.children.map((node) => JSON.stringify(editor().sandbox.getTreeItem(node).tooltip));
      return /▸ (?:image|start|load).*waiting for its turn/.test(steps.join(' '));
    });
    await vscode.commands.executeCommand('dynscan.stopScan', first);
    await scans[0];
    await eventually('the third has had its turn', () => isDone(third));
    assert.equal(resultOf(second)?.status.kind, 'scanning');
    await vscode.commands.executeCommand('dynscan.stopScan');
    await Promise.all(scans);
    assert.equal(await containers(), 0);
    await vscode.workspace.fs.delete(second);
  });
});

/** The scan that runs has seen the model start a program. */
function hasActed(uri: vscode.Uri): boolean {
  const status = resultOf(uri)?.status;
  return (
    status?.kind === 'scanning' &&
    status.partialReport?.findings.some(({ rule }) => rule.startsWith('DYN-EXEC')) === true
  );
}

function executed(uri: vscode.Uri): vscode.Diagnostic | undefined {
  return problemsOf(uri).find((problem) => ruleOf(problem).startsWith('DYN-EXEC'));
}

/** The model's line in the Models view, and those below it. */
async function nodesOf(uri: vscode.Uri): Promise<vscode.TreeItem[]> {
  const { models } = editor();
  const model = (await models.getChildren()).find((node) => node.uri.toString() === uri.toString());
  assert.ok(model);
  const all: ModelsNode[] = [model, ...(await models.getChildren(model))];
  return all.map((node) => models.getTreeItem(node));
}

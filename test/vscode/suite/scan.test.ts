import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { MODELS } from '../models.mjs';
import { editor, eventually, inWorkspace, problemsOf, reportOf, resultOf, ruleOf, setTimeLimit } from './support.js';

describe('a scan from the editor', () => {
  const hostile = inWorkspace(MODELS.hostile);

  it('finds nothing in a harmless model', async () => {
    const uri = inWorkspace(MODELS.harmless);
    await vscode.commands.executeCommand('dynscan.scanModel', uri);
    const status = resultOf(uri)?.status;
    assert.ok(status?.kind === 'finished');
    assert.deepEqual(status.report.findings, []);
    assert.equal(status.report.verdict, 'clean', status.report.reasons.join(' '));
    assert.deepEqual(problemsOf(uri), []);
  });

  it('puts what a hostile model did into Problems', async () => {
    await vscode.commands.executeCommand('dynscan.scanModel', hostile);
    const executed = (): vscode.Diagnostic | undefined =>
      problemsOf(hostile).find((problem) => ruleOf(problem).startsWith('DYN-EXEC'));
    await eventually('an executed process in Problems', () => executed() !== undefined);
    const process = executed();
    assert.ok(process);
    assert.equal(process.severity, vscode.DiagnosticSeverity.Error);
    assert.match(process.message, /\bid\b/);
    assert.ok(process.relatedInformation?.some(({ message }) => message.includes('execve(')));
    assert.ok(typeof process.code === 'object' && process.code.target.scheme === 'dynscan-rule');
    assert.match(process.message, /^Starts a shell that runs “id”\. /, 'it begins with what differs');
  });

  it('leads from what was seen in the run to the opcode and to the line of the trace, and to no first line of a binary', async () => {
    const ofRun = problemsOf(hostile).filter((problem) => ruleOf(problem).startsWith('DYN-'));
    const places = ofRun.flatMap(({ relatedInformation = [] }) => relatedInformation);
    assert.deepEqual(
      places.filter(({ location }) => location.uri.scheme === 'file'),
      [],
    );
    const opcode = places.find(({ location }) => location.uri.scheme === 'dynscan-disassembly');
    assert.ok(opcode);
    const listing = await vscode.workspace.openTextDocument(opcode.location.uri);
    assert.match(listing.lineAt(opcode.location.range.start.line).text, /GLOBAL\s+posix system/);
    const call = places.find(({ message }) => message.includes('execve("/bin/sh"'));
    assert.equal(call?.location.uri.scheme, 'dynscan-trace');
    const trace = await vscode.workspace.openTextDocument(call.location.uri);
    assert.match(trace.lineAt(call.location.range.start.line).text, /execve\("\/bin\/sh"/);
  });

  it('shows the verdict, the findings and their evidence in the Models view', async () => {
    const { models } = editor();
    const nodes = await models.getChildren();
    const [worst] = nodes;
    assert.ok(worst);
    assert.match(String(models.getTreeItem(worst).description), /^malicious/, 'the worst model is the first');
    const first = nodes.find((node) => node.uri.toString() === hostile.toString());
    assert.ok(first);
    assert.match(
      String(models.getTreeItem(first).description),
      /^malicious: starts a shell that runs “id”, \d+ findings?$/,
    );
    const findings = await models.getChildren(first);
    const process = findings.find((node) => node.kind === 'finding' && node.finding.rule.startsWith('DYN-EXEC'));
    assert.ok(process);
    assert.ok((await models.getChildren(process)).length > 0);
  });

  it('opens the report, and its JSON', async () => {
    await vscode.commands.executeCommand('dynscan.showReport', hostile);
    await eventually('the report tab', () =>
      vscode.window.tabGroups.all
        .flatMap((group) => group.tabs)
        .some((tab) => tab.input instanceof vscode.TabInputWebview && tab.input.viewType.endsWith('dynscan.report')),
    );
    const json = vscode.Uri.from({
      scheme: 'dynscan-report',
      path: `${hostile.path}.report.json`,
      query: hostile.toString(),
    });
    const document = JSON.parse((await vscode.workspace.openTextDocument(json)).getText()) as { schema: string };
    assert.equal(document.schema, 'dynscan-report/1');
  });

  it('scans several models in one go', async () => {
    const uris = MODELS.pair.map(inWorkspace);
    await vscode.commands.executeCommand('dynscan.scanModel', uris[0], uris);
    assert.deepEqual(uris.map(verdictOf), ['clean', 'malicious']);
  });

  it('reads without running when asked to, which takes nothing from what a run has seen', async () => {
    await vscode.commands.executeCommand('dynscan.scanModelStatic', inWorkspace(MODELS.pair[1]));
    assert.notEqual(reportOf(inWorkspace(MODELS.pair[1])).load.outcome, 'not-run');
    const uri = inWorkspace(MODELS.longPath);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
    const status = resultOf(uri)?.status;
    assert.ok(status?.kind === 'finished');
    assert.equal(status.report.load.outcome, 'not-run');
    assert.ok(status.report.findings.every((finding) => finding.engine === 'static'));
  });

  it('scans the models of a folder', async () => {
    await vscode.commands.executeCommand('dynscan.scanModelStatic', inWorkspace('doomed'));
    assert.equal(resultOf(inWorkspace(MODELS.doomed))?.status.kind, 'finished');
  });

  it('leaves the verdict that stands when no engine answers, and says so beside it', async () => {
    const uri = inWorkspace(MODELS.pair[0]);
    assert.equal(verdictOf(uri), 'clean');
    const settings = vscode.workspace.getConfiguration('dynscan');
    await settings.update('dockerHost', 'unix:///nonexistent/docker.sock', vscode.ConfigurationTarget.Global);
    await vscode.commands.executeCommand('dynscan.scanModel', uri);
    await settings.update('dockerHost', undefined, vscode.ConfigurationTarget.Global);
    assert.equal(verdictOf(uri), 'clean');
    const { models } = editor();
    const node = (await models.getChildren()).find((one) => one.uri.toString() === uri.toString());
    assert.ok(node);
    assert.match(String(models.getTreeItem(node).description), /^clean, could not be run again/);
    const [why] = await models.getChildren(node);
    assert.ok(why?.kind === 'reason');
    assert.match(why.text, /^It could not be run again: no container engine can be used/);
    await vscode.commands.executeCommand('dynscan.scanModel', uri);
    assert.match(String(models.getTreeItem(node).description), /^clean( ·|$)/);
  });

  it('scans the workspace: all is read first, then the worst run first', async () => {
    await vscode.workspace.getConfiguration('dynscan').update('timeout', 1, vscode.ConfigurationTarget.Global);
    const counts: string[] = [];
    const { item } = editor().status;
    const listener = editor().results.onDidChange(() => setTimeout(() => counts.push(item.text), 0));
    const scan = vscode.commands.executeCommand('dynscan.scanWorkspace');
    await eventually('a count', () => counts.some((text) => /\d+ of \d+ · \d+ malicious/.test(text)));
    await eventually('a run', () =>
      editor()
        .results.all()
        .some(({ status }) => status.kind === 'scanning' && status.stage !== 'static'),
    );
    const running = editor()
      .results.all()
      .filter(({ status }) => status.kind === 'scanning');
    const verdicts = running.map(({ uri }) => editor().results.standing(uri)?.report.verdict);
    await vscode.commands.executeCommand('dynscan.stopScan');
    await scan;
    listener.dispose();
    await vscode.workspace.getConfiguration('dynscan').update('timeout', undefined, vscode.ConfigurationTarget.Global);
    assert.ok(verdicts.includes('malicious'), verdicts.join());
    const numbers = counts.flatMap((text) => {
      const [, done, malicious] = /(\d+) of \d+ · (\d+) malicious/.exec(text) ?? [];
      return done === undefined || text.startsWith('$(error)') ? [] : [[Number(done), Number(malicious)] as const];
    });
    for (const [at, [done, malicious]] of numbers.entries()) {
      const [doneBefore, maliciousBefore] = numbers[at - 1] ?? [0, 0];
      assert.ok(done >= doneBefore && malicious >= maliciousBefore, counts.join('; '));
    }
  });

  it('finds what both the denylist and its alias list', async () => {
    const uri = inWorkspace(MODELS.harmless);
    const settings = vscode.workspace.getConfiguration('dynscan');
    const lists = { denylist: 'HARMLESS', blacklist: 'less.pkl' };
    for (const [name, text] of Object.entries(lists))
      await settings.update(name, [text], vscode.ConfigurationTarget.Workspace);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
    const status = resultOf(uri)?.status;
    for (const name of Object.keys(lists)) await settings.update(name, undefined, vscode.ConfigurationTarget.Workspace);
    assert.ok(status?.kind === 'finished');
    const found = status.report.findings.filter(({ rule }) => rule === 'STATIC-CONTENT-BLACKLISTED');
    const said = found.map(({ explanation }) => explanation.toLowerCase()).join('\n');
    for (const text of Object.values(lists)) assert.ok(said.includes(`“${text.toLowerCase()}”`), said);
  });

  it('stops a scan at once, and keeps what it has seen until then', async () => {
    const uri = inWorkspace(MODELS.endless);
    // It does not end by itself.
    await setTimeLimit(3_600);
    const scan = vscode.commands.executeCommand('dynscan.scanModel', uri);
    await eventually('the model runs', () => isRunning(uri), { limit: 120_000 });
    await vscode.commands.executeCommand('dynscan.stopScan', uri);
    await scan;
    await setTimeLimit(undefined);
    const status = resultOf(uri)?.status;
    assert.ok(status?.kind === 'finished');
    assert.equal(status.report.verdict, 'malicious');
    assert.equal(status.report.load.outcome, 'stopped');
  });

  it('stops a scan that waits for its turn, without disturbing the one that runs', async () => {
    await vscode.workspace.getConfiguration('dynscan').update('jobs', 1, vscode.ConfigurationTarget.Global);
    const running = inWorkspace(MODELS.endless);
    const waiting = inWorkspace(MODELS.harmless);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', waiting);
    const scans = [running, waiting].map((uri) => vscode.commands.executeCommand('dynscan.scanModel', uri));
    const kinds = (): unknown => [running, waiting].map((uri) => resultOf(uri)?.status.kind).join();
    await eventually('one runs, one waits', () => kinds() === 'scanning,queued');
    await vscode.commands.executeCommand('dynscan.stopScan', waiting);
    await scans[1];
    assert.equal(verdictOf(waiting), 'clean', 'it has the report that it had before');
    assert.equal(resultOf(running)?.status.kind, 'scanning');
    await vscode.commands.executeCommand('dynscan.stopScan');
    await scans[0];
    await vscode.workspace.getConfiguration('dynscan').update('jobs', undefined, vscode.ConfigurationTarget.Global);
  });

  it('forgets what it found when the file is deleted, alone or with its folder', async () => {
    const inFolder = inWorkspace(MODELS.doomed);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', hostile, [hostile, inFolder]);
    await eventually('Problems', () => problemsOf(hostile).length > 0 && problemsOf(inFolder).length > 0);
    await vscode.workspace.fs.delete(hostile);
    await vscode.workspace.fs.delete(inWorkspace('doomed'), { recursive: true });
    await eventually('empty Problems', () => problemsOf(hostile).length + problemsOf(inFolder).length === 0);
    await eventually('a shorter tree', async () => {
      const uris = (await editor().models.getChildren()).map((node) => node.uri.toString());
      return !uris.includes(hostile.toString()) && !uris.includes(inFolder.toString());
    });
  });

  it('forgets what it found when the file is changed', async () => {
    const uri = inWorkspace(MODELS.changing);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
    await eventually('Problems', () => problemsOf(uri).length > 0);
    await vscode.workspace.fs.writeFile(uri, Buffer.from('\x80\x02K\x01.', 'latin1'));
    await eventually('empty Problems', () => problemsOf(uri).length === 0);
    // The new content can have been read by now.
    assert.notEqual(verdictOf(uri), 'malicious');
  });
});

function verdictOf(uri: vscode.Uri): string | undefined {
  const status = resultOf(uri)?.status;
  return status?.kind === 'finished' ? status.report.verdict : status?.kind;
}

/** Something was said of the model's own load, so it is past the sandbox's start. */
function isRunning(uri: vscode.Uri): boolean {
  const result = resultOf(uri);
  return result?.status.kind === 'scanning' && /load/i.test(result.status.message);
}

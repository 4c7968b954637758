import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { MODELS } from '../models.mjs';
import { editor, eventually, inWorkspace, problemsOf, resultOf, ruleOf } from './support.js';

const FOLDER = 'dynscan-tests';
const HARMLESS = inWorkspace(MODELS.harmless);
const ACTS = inWorkspace(MODELS.actsWhenCalled);
const LOAD = 'def check(path):\n    import pickle\n    model = pickle.load(open(path, "rb"))\n';

describe('a new test case', () => {
  it('is written from its starting point into the folder of the setting, opened, and overwrites nothing', async () => {
    await vscode.commands.executeCommand('dynscan.newTestCase', undefined, 'sklearn');
    const first = inWorkspace(`${FOLDER}/sklearn_test_case.py`);
    assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), first.toString());
    assert.match(vscode.window.activeTextEditor.document.getText(), /def test_case\(model_path\):[^]*joblib\.load/);
    await vscode.workspace.fs.writeFile(first, Buffer.from('mine\n'));
    await vscode.commands.executeCommand('dynscan.newTestCase', undefined, 'sklearn');
    assert.equal(String(await vscode.workspace.fs.readFile(first)), 'mine\n');
    assert.equal(
      vscode.window.activeTextEditor.document.uri.toString(),
      inWorkspace(`${FOLDER}/sklearn_test_case_2.py`).toString(),
    );
  });

  it('stands in the Test Cases view and in the Test Explorer, with the place of its function', async () => {
    const uri = inWorkspace(`${FOLDER}/sklearn_test_case_2.py`);
    await eventually('a test', () => editor().testCases.item(uri)?.range !== undefined);
    const line = editor().testCases.item(uri)?.range?.start.line ?? 0;
    assert.match((await vscode.workspace.openTextDocument(uri)).lineAt(line).text, /^def test_case/);
    const nodes = await editor().testCases.getChildren();
    assert.ok(nodes.some((node) => node.uri.toString() === uri.toString()));
  });
});

describe('a test case that is being written', () => {
  it('has its problems marked, and a quick fix that takes one away', async () => {
    const uri = await put('written.py', 'def check():\n    print(1)\n');
    await vscode.window.showTextDocument(uri);
    await eventually('a problem', () => codes(uri).includes('no-parameter'));
    const [problem] = problemsOf(uri);
    assert.ok(problem);
    assert.equal(problem.severity, vscode.DiagnosticSeverity.Error);
    assert.deepEqual([problem.range.start.line, problem.range.start.character], [0, 4]);
    const fix = (await fixesAt(uri, problem.range)).find(({ title }) => title === 'Add the parameter “model_path”');
    assert.ok(fix?.edit);
    await vscode.workspace.applyEdit(fix.edit);
    await eventually('another problem', () => codes(uri).join() === 'unused-parameter');
  });

  it('has its downloads marked as it is edited, and nothing outside of the folder', async () => {
    const elsewhere = await vscode.workspace.openTextDocument(inWorkspace('train.py'));
    const uri = await put('download.py', LOAD);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(uri, new vscode.Position(3, 0), '    import torch\n    torch.hub.load("a/b", "c")\n');
    await vscode.workspace.applyEdit(edit);
    await eventually('a warning', () => codes(uri).includes('download'));
    assert.equal(problemsOf(uri)[0]?.range.start.line, 4);
    assert.deepEqual(problemsOf(elsewhere.uri), []);
  });
});

describe('a model of a class of the script that saved it', () => {
  it('is scanned with its own classes by one command, which writes the test case', async () => {
    const model = inWorkspace('own/net.pkl');
    await vscode.workspace.fs.writeFile(model, Buffer.from('c__main__\nNet\n)\x81.', 'latin1'));
    const script = 'class Net:\n    def __repr__(self):\n        print("a net of its own")\n        return "net"\n';
    await vscode.workspace.fs.writeFile(inWorkspace('own/net_script.py'), Buffer.from(script));
    await vscode.commands.executeCommand('dynscan.scanModel', model);
    const before = resultOf(model)?.status;
    assert.ok(before?.kind === 'finished');
    assert.deepEqual(before.report.load.definedIn, ['net_script.py']);
    await vscode.commands.executeCommand('dynscan.testOwnClasses', model);
    const after = resultOf(model)?.status;
    assert.ok(after?.kind === 'finished');
    assert.match(after.report.output.stdout, /a net of its own/);
    assert.equal(after.report.verdict, 'clean');
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /^from net_script import Net$/m);
  });
});

describe('a scan with a test case', () => {
  it('reports it, and marks the line that a finding came from until that line is another', async () => {
    const uri = await put('calls.py', `${LOAD}    model()\n`);
    await vscode.commands.executeCommand('dynscan.scanWithTestCase', ACTS, uri);
    const status = resultOf(ACTS)?.status;
    assert.ok(status?.kind === 'finished');
    assert.equal(status.report.testCase?.path, uri.fsPath);
    assert.equal(status.report.verdict, 'malicious');
    const shell = (): vscode.Diagnostic | undefined => problemsOf(uri).find((one) => ruleOf(one) === 'DYN-EXEC-SHELL');
    await eventually('the finding on its line', () => shell()?.range.start.line === 3);
    assert.equal(shell()?.relatedInformation?.[0]?.location.uri.toString(), ACTS.toString());
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(uri, new vscode.Position(0, 0), '# changed\n');
    await vscode.workspace.applyEdit(edit);
    await eventually('no finding on a line that was not run', () => shell() === undefined);
  });

  it('is not begun for a test case that cannot run', async () => {
    const uri = await put('broken.py', 'def check():\n    pass\n');
    const before = resultOf(HARMLESS)?.status;
    await vscode.commands.executeCommand('dynscan.scanWithTestCase', HARMLESS, uri);
    assert.equal(resultOf(HARMLESS)?.status, before);
    await vscode.commands.executeCommand('notifications.clearAll');
  });
});

describe('the Test Explorer', () => {
  it('runs each test case against the model that it remembers: passed, failed and errored', async () => {
    const clean = await put('clean.py', `${LOAD}    print("seen", model)\n`);
    const found = await put('found.py', `${LOAD}    model()\n`);
    const raises = await put('raises.py', `${LOAD}    raise ValueError("no")\n`);
    const { testCases } = editor();
    await testCases.remember(clean, HARMLESS);
    await testCases.remember(found, ACTS);
    await testCases.remember(raises, HARMLESS);
    const uris = [clean, found, raises];
    await eventually('the tests', () => uris.every((uri) => testCases.item(uri)?.range));
    const items = uris.map((uri) => testCases.item(uri)).filter((item) => item !== undefined);
    const source = new vscode.CancellationTokenSource();
    const ended = await testCases.run(new vscode.TestRunRequest(items), source.token);
    assert.deepEqual([...ended.values()], ['passed', 'failed', 'errored']);
    const node = (await testCases.getChildren()).find(({ uri }) => uri.toString() === clean.toString());
    assert.ok(node);
    assert.equal(testCases.getTreeItem(node).description, `with ${MODELS.harmless}`);
  });

  it('stops a run at once', async () => {
    await vscode.commands.executeCommand('dynscan.scanModelStatic', HARMLESS);
    const before = resultOf(HARMLESS)?.status;
    assert.ok(before?.kind === 'finished');
    const uri = await put('endless.py', 'def check(path):\n    while path:\n        pass\n');
    const { testCases } = editor();
    await testCases.remember(uri, HARMLESS);
    await eventually('the test', () => testCases.item(uri)?.range !== undefined);
    const item = testCases.item(uri);
    assert.ok(item);
    const source = new vscode.CancellationTokenSource();
    const run = testCases.run(new vscode.TestRunRequest([item]), source.token);
    await eventually('the model runs', () => isLoading(HARMLESS), { limit: 120_000 });
    source.cancel();
    assert.deepEqual([...(await run).values()], ['skipped']);
    const status = resultOf(HARMLESS)?.status;
    assert.ok(status?.kind === 'finished', 'it has the report that it had before');
    assert.equal(status.report.started, before.report.started);
  });
});

describe('a config.ini', () => {
  it('becomes a dynscan.json, once', async () => {
    const ini = inWorkspace('config.ini');
    await vscode.workspace.fs.writeFile(ini, Buffer.from('[docker]\ncpus = 1\nmemory = 2g\n'));
    await vscode.commands.executeCommand('dynscan.importConfig', ini);
    const json = inWorkspace('dynscan.json');
    assert.deepEqual(JSON.parse(String(await vscode.workspace.fs.readFile(json))), { cpus: 1, memory: 2048 });
    await vscode.workspace.fs.writeFile(ini, Buffer.from('[docker]\ncpus = 7\n'));
    await vscode.commands.executeCommand('dynscan.importConfig', ini);
    assert.deepEqual(JSON.parse(String(await vscode.workspace.fs.readFile(json))), { cpus: 1, memory: 2048 });
    await vscode.commands.executeCommand('notifications.clearAll');
  });
});

async function put(name: string, content: string): Promise<vscode.Uri> {
  const uri = inWorkspace(`${FOLDER}/${name}`);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(content));
  return uri;
}

function codes(uri: vscode.Uri): string[] {
  return problemsOf(uri).map(ruleOf);
}

async function fixesAt(uri: vscode.Uri, range: vscode.Range): Promise<vscode.CodeAction[]> {
  return vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', uri, range);
}

function isLoading(uri: vscode.Uri): boolean {
  const status = resultOf(uri)?.status;
  return status?.kind === 'scanning' && /load/i.test(status.message);
}

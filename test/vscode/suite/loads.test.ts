import * as assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { MODELS } from '../models.mjs';
import { eventually, inWorkspace, isDone, problemsOf } from './support.js';

const SOURCE = [
  'import pickle, torch',
  `with open("${MODELS.hostile}", "rb") as f:`,
  '    model = pickle.load(f)',
  'net = torch.load("net.pt", map_location="cpu")',
  'other = torch.load("no-such-file.pt")',
  'from transformers import AutoModel',
  'AutoModel.from_pretrained("org/name", trust_remote_code=True)',
  '',
].join('\n');

describe('a Python file that loads models', () => {
  const hostile = inWorkspace(MODELS.hostile);
  const files = ['loads.py', 'net.pt', 'net.safetensors'].map(inWorkspace);
  const [source = hostile] = files;
  let document: vscode.TextDocument;

  before(async () => {
    await writeFile(source.fsPath, SOURCE);
    for (const model of files.slice(1)) await writeFile(model.fsPath, '');
    await vscode.commands.executeCommand('dynscan.scanModelStatic', hostile);
    await eventually('a verdict', () => isDone(hostile));
    document = await vscode.workspace.openTextDocument(source);
    await vscode.window.showTextDocument(document);
  });

  after(async () => {
    for (const { fsPath } of files) await rm(fsPath, { force: true });
  });

  it('says above each load what is known of the model', async () => {
    const lenses = await lensesOf(source);
    const shown = lenses.map(({ range, command }) => `${range.start.line} ${command?.title ?? ''}`);
    assert.equal(shown.length, 3, shown.join('\n'));
    assert.match(shown[0] ?? '', /^2 DynScan: Malicious: /);
    assert.match(shown[1] ?? '', /^3 DynScan: /);
    assert.match(shown[2] ?? '', /^6 DynScan: This runs the code of org\/name/);
    assert.equal(lenses[0]?.command?.command, 'dynscan.showReport');
  });

  it('has a problem where a malicious model is loaded', async () => {
    await eventually('Problems', () => problemsOf(source).some(({ range }) => range.start.line === 2));
    const problem = problemsOf(source).find(({ range }) => range.start.line === 2);
    assert.ok(problem);
    assert.equal(problem.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(document.getText(problem.range), 'pickle.load(f)');
  });

  it('says so where the mouse is', async () => {
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      source,
      new vscode.Position(2, 14),
    );
    const texts = hovers.flatMap(({ contents }) =>
      contents.map((one) => (one instanceof vscode.MarkdownString ? one.value : '')),
    );
    assert.match(texts.join('\n'), /Malicious/);
  });

  it('offers to load tensors only, and the file beside it that has nothing else', async () => {
    const edits = new Map(
      (await actionsAt(source, new vscode.Position(3, 8))).map(({ title, edit }) => [title, edit?.get(source)]),
    );
    const weights = edits.get('Load tensors only: weights_only=True');
    assert.equal(weights && applied(weights), 'net = torch.load("net.pt", map_location="cpu", weights_only=True)');
    const safe = edits.get('Load net.safetensors, which has tensors only');
    assert.ok(safe, [...edits.keys()].join());
    assert.ok(safe.some(({ newText }) => newText === 'safetensors.torch.load_file("net.safetensors")'));
  });

  /** The line of the load with an edit of it. */
  function applied(edits: readonly vscode.TextEdit[]): string {
    const { text } = document.lineAt(3);
    const [edit] = edits;
    assert.ok(edit);
    return text.slice(0, edit.range.start.character) + edit.newText + text.slice(edit.range.end.character);
  }

  it('knows the models of a notebook across its cells', async () => {
    const cell = (text: string): vscode.NotebookCellData =>
      new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, 'python');
    const cells = [cell(`import pickle\nNAME = "${MODELS.hostile}"`), cell('pickle.load(open(NAME, "rb"))')];
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData(cells));
    await vscode.window.showNotebookDocument(notebook);
    const second = notebook.cellAt(1).document.uri;
    const [lens] = await lensesOf(second);
    assert.match(lens?.command?.title ?? '', /Malicious/);
    assert.deepEqual(await lensesOf(notebook.cellAt(0).document.uri), []);
  });

  it('says nothing when the setting is off', async () => {
    const settings = vscode.workspace.getConfiguration('dynscan');
    try {
      await settings.update('modelLoads', false, vscode.ConfigurationTarget.Global);
      await eventually('no problem', () => problemsOf(source).length === 0);
      assert.deepEqual(await lensesOf(source), []);
    } finally {
      await settings.update('modelLoads', undefined, vscode.ConfigurationTarget.Global);
    }
    await eventually('Problems', () => problemsOf(source).length > 0);
  });
});

async function lensesOf(uri: vscode.Uri): Promise<vscode.CodeLens[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 100);
  return lenses.filter(({ command }) => command?.title.startsWith('DynScan'));
}

async function actionsAt(uri: vscode.Uri, at: vscode.Position): Promise<vscode.CodeAction[]> {
  return vscode.commands.executeCommand<vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    uri,
    new vscode.Range(at, at),
  );
}

import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { HOSTILE_TEXT, MODELS } from '../models.mjs';
import { editor, eventually, extension, inWorkspace, next, problemsOf, resultOf, ruleOf } from './support.js';

describe('opening a model', () => {
  const hostile = inWorkspace(MODELS.hostile);

  it('shows it in the inspector, reads it without a message, and runs nothing', async () => {
    await vscode.commands.executeCommand('vscode.open', hostile);
    const tab = (): unknown => vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    await eventually('the inspector', () => {
      const input = tab();
      return input instanceof vscode.TabInputCustom && input.viewType === 'dynscan.inspector';
    });
    await eventually('a verdict', () => resultOf(hostile)?.status.kind === 'finished');
    const status = resultOf(hostile)?.status;
    assert.ok(status?.kind === 'finished');
    assert.equal(status.report.load.outcome, 'not-run');
    assert.equal(status.report.verdict, 'malicious');
  });

  it('has a badge, a colour and a tooltip where its name is shown', () => {
    const decoration = editor().decorations.provideFileDecoration(hostile);
    assert.equal(decoration?.badge, '✕');
    const words = /^Malicious \(DynScan\): Starts a program when it is loaded: “id”\. \(\d+ findings?, read only\)$/;
    assert.match(decoration.tooltip ?? '', words);
    assert.ok(decoration.color);
    assert.equal(editor().decorations.provideFileDecoration(inWorkspace('train.py')), undefined);
  });

  it('leads from Problems to the line of the opcode, and to what the rule means', async () => {
    await eventually('Problems', () => problemsOf(hostile).length > 0);
    const [problem] = problemsOf(hostile);
    assert.ok(problem);
    const place = problem.relatedInformation?.find(({ location }) => location.uri.scheme === 'dynscan-disassembly');
    assert.ok(place);
    const document = await vscode.workspace.openTextDocument(place.location.uri);
    assert.equal(document.languageId, 'pickle-disassembly');
    assert.match(document.lineAt(place.location.range.start.line).text, /GLOBAL\s+posix system/);
    assert.ok(typeof problem.code === 'object');
    const rule = await vscode.workspace.openTextDocument(problem.code.target);
    assert.match(rule.getText(), new RegExp(`^# ${ruleOf(problem)}\n[\\s\\S]*### What to do instead\n`));
  });

  it('has one line of Problems for each rule', () => {
    const rules = problemsOf(hostile).map(ruleOf);
    assert.equal(new Set(rules).size, rules.length);
  });
});

describe('the disassembly', () => {
  const hostile = inWorkspace(MODELS.hostile);
  let document: vscode.TextDocument;

  before(async () => {
    await vscode.commands.executeCommand('dynscan.scanModelStatic', hostile);
    await vscode.commands.executeCommand('dynscan.openDisassembly', hostile);
    const active = vscode.window.activeTextEditor?.document;
    assert.ok(active?.uri.scheme === 'dynscan-disassembly');
    document = active;
  });

  it('adds no problem to those of the model: a finding counts once', () => {
    const counted = problemsOf(document.uri).filter(({ severity }) => severity !== vscode.DiagnosticSeverity.Hint);
    assert.deepEqual(counted, []);
    const all = vscode.languages
      .getDiagnostics()
      .filter(([uri]) => uri.toString().includes('hostile.pkl'))
      .flatMap(([, problems]) => problems)
      .filter(({ severity }) => severity !== vscode.DiagnosticSeverity.Hint);
    assert.equal(all.length, problemsOf(hostile).length);
  });

  it('marks the opcodes that the findings are about', async () => {
    await eventually('squiggles', () => problemsOf(document.uri).length > 0);
    const marked = problemsOf(document.uri).map(({ range }) => document.getText(range));
    assert.ok(
      marked.some((text) => text.startsWith('GLOBAL')),
      marked.join(),
    );
    assert.ok(
      marked.some((text) => text.startsWith('REDUCE')),
      marked.join(),
    );
  });

  it('explains a name where it is looked up, and a call', async () => {
    for (const opcode of ['GLOBAL', 'REDUCE']) {
      const texts = await hoverOn(document, lineOf(document, opcode));
      assert.match(texts, /posix\.system/);
      assert.match(texts, /Dangerous/);
      assert.match(texts, /starts programs/);
    }
    assert.equal(await hoverOn(document, lineOf(document, 'PROTO')), '');
  });

  it('offers to show the finding in the report, and to run the model', async () => {
    const [problem] = problemsOf(document.uri);
    assert.ok(problem);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      problem.range,
    );
    const titles = actions.map(({ title }) => title);
    assert.ok(titles.includes('Show in Report'), titles.join());
    assert.ok(titles.includes('Run the Model in the Sandbox'), titles.join());
    assert.ok(titles.includes('Suppress with a Reason…'), titles.join());
    assert.ok(titles.includes('Scan with Test Case'), titles.join());
  });

  it('loses its marks when the model changes, and shows what it is now', async () => {
    const uri = inWorkspace(MODELS.changing);
    const before = await vscode.workspace.fs.readFile(uri);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
    await vscode.commands.executeCommand('dynscan.openDisassembly', uri);
    const changing = vscode.window.activeTextEditor?.document;
    assert.ok(changing);
    await eventually('squiggles', () => problemsOf(changing.uri).length > 0);
    await vscode.workspace.fs.writeFile(uri, Buffer.from('\x80\x02K\x01.', 'latin1'));
    await eventually('no squiggles', () => problemsOf(changing.uri).length === 0);
    await eventually('the new opcodes', () => changing.getText().includes('BININT1'));
    await vscode.workspace.fs.writeFile(uri, before);
  });

  it('is refused for a link that is made up', async () => {
    const uri = vscode.Uri.from({ scheme: 'dynscan-disassembly', path: '/x.disassembly', query: '{"model":7}' });
    assert.match((await vscode.workspace.openTextDocument(uri)).getText(), /no link to a disassembly/);
  });
});

describe('models that were not asked about', () => {
  const fresh = inWorkspace('fresh.pkl');
  const bytes = async (): Promise<Uint8Array> => vscode.workspace.fs.readFile(inWorkspace(MODELS.hostile));

  it('are read when they appear, and when they change', async () => {
    await vscode.workspace.fs.writeFile(fresh, await bytes());
    await eventually('a verdict', () => verdictOf(fresh) === 'malicious');
    await vscode.workspace.fs.writeFile(fresh, Buffer.from('\x80\x02K\x01.', 'latin1'));
    await eventually('another verdict', () => verdictOf(fresh) === 'clean');
    await vscode.workspace.fs.delete(fresh);
  });

  it('are read when they come with a folder', async () => {
    const folder = inWorkspace('unpacked');
    const inside = vscode.Uri.joinPath(folder, 'deep/er/model.pkl');
    await vscode.workspace.fs.writeFile(inside, await bytes());
    await eventually('a verdict', () => verdictOf(inside) === 'malicious');
    await vscode.workspace.fs.delete(folder, { recursive: true });
  });

  it('are left alone when the setting says so', async () => {
    const settings = vscode.workspace.getConfiguration('dynscan');
    // Changes in the workspace's own folder are told twice, since VS Code watches that once more for its settings.
    const folder = inWorkspace('calm');
    const [before, quiet, after] = ['before.pkl', 'quiet.pkl', 'after.pkl'].map((name) =>
      vscode.Uri.joinPath(folder, name),
    ) as [vscode.Uri, vscode.Uri, vscode.Uri];
    await vscode.workspace.fs.writeFile(before, await bytes());
    await eventually('a verdict of the one before', () => verdictOf(before) === 'malicious');
    await settings.update('scanOnChange', false, vscode.ConfigurationTarget.Workspace);
    const watcher = vscode.workspace.createFileSystemWatcher('**/quiet.pkl');
    const created = next(watcher.onDidCreate);
    // Moved there past VS Code, which tells of what it does itself once more: no event comes after the setting is changed.
    await writeFile(`${quiet.fsPath}.part`, await bytes());
    await rename(`${quiet.fsPath}.part`, quiet.fsPath);
    await created;
    watcher.dispose();
    await settings.update('scanOnChange', undefined, vscode.ConfigurationTarget.Workspace);
    // Models are read one after the other, in the order in which they appeared.
    await vscode.workspace.fs.writeFile(after, await bytes());
    await eventually('a verdict of the next', () => verdictOf(after) === 'malicious');
    assert.equal(resultOf(quiet), undefined);
    await vscode.workspace.fs.delete(folder, { recursive: true });
  });
});

describe('two models', () => {
  const older = inWorkspace('compared/older.pkl');
  const newer = inWorkspace('compared/newer.pkl');
  const front = (): vscode.TabInputTextDiff | undefined => {
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    return input instanceof vscode.TabInputTextDiff ? input : undefined;
  };
  const textOf = async (uri: vscode.Uri): Promise<string> => (await vscode.workspace.openTextDocument(uri)).getText();

  before(async () => {
    await vscode.workspace.fs.writeFile(older, await vscode.workspace.fs.readFile(inWorkspace(MODELS.harmless)));
    await vscode.workspace.fs.writeFile(newer, await vscode.workspace.fs.readFile(inWorkspace(MODELS.hostile)));
  });
  after(() => vscode.workspace.fs.delete(inWorkspace('compared'), { recursive: true }));

  it('that are selected are compared by what is in them', async () => {
    await vscode.commands.executeCommand('dynscan.compareSelected', older, [older, newer]);
    await eventually('the comparison', () => front()?.modified.path === '/newer.pkl.txt');
    const input = front();
    assert.ok(input);
    assert.equal(input.original.path, '/older.pkl.txt');
    assert.match(await textOf(input.modified), /\n# names it asks for\nposix\.system {2}dangerous {2}1\n/);
    assert.doesNotMatch(await textOf(input.original), /posix/);
  });

  it('one of them as it was committed last', async () => {
    const root = inWorkspace('compared').fsPath;
    const git = (...args: string[]): unknown =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: root });
    git('init', '-q');
    git('add', 'newer.pkl');
    git('commit', '-q', '-m', 'a model');
    // It is off in these windows.
    await vscode.workspace.getConfiguration('git').update('enabled', true, vscode.ConfigurationTarget.Workspace);
    const known = async (): Promise<boolean> => (await vscode.commands.getCommands()).includes('git.openRepository');
    await eventually('Git', known);
    await vscode.commands.executeCommand('git.openRepository', root);
    await vscode.workspace.fs.copy(older, newer, { overwrite: true });
    await vscode.commands.executeCommand('dynscan.compareWithHead', newer);
    await eventually('the comparison', () => front()?.original.path === '/newer.pkl.txt');
    const input = front();
    assert.ok(input);
    assert.match(await textOf(input.original), /posix\.system/);
    assert.doesNotMatch(await textOf(input.modified), /posix/);
    // The document follows the file.
    await vscode.workspace.fs.copy(inWorkspace(MODELS.hostile), newer, { overwrite: true });
    await eventually('the new content', async () => /posix/.test(await textOf(input.modified)));
    await vscode.workspace.getConfiguration('git').update('enabled', undefined, vscode.ConfigurationTarget.Workspace);
  });
});

describe('models of another file system', () => {
  const LARGE = 1024 ** 4;
  const files = new Map<string, Uint8Array>();
  const uri = (name: string): vscode.Uri => vscode.Uri.from({ scheme: 'dynscan-test', path: `/${name}` });
  let registration: vscode.Disposable;

  before(async () => {
    files.set('/far.pkl', await vscode.workspace.fs.readFile(inWorkspace(MODELS.hostile)));
    registration = vscode.workspace.registerFileSystemProvider('dynscan-test', memory(files, LARGE), {
      isReadonly: true,
    });
  });
  after(() => void registration.dispose());

  it('are looked over, without being saved anywhere', async () => {
    const inspection = await editor().inspections.of(uri('far.pkl'), new AbortController().signal);
    assert.equal(inspection.format, 'pickle');
    assert.deepEqual(inspection.lists[0]?.rows[0]?.cells.slice(0, 2), ['posix.system', 'dangerous']);
    await vscode.commands.executeCommand('dynscan.openDisassembly', uri('far.pkl'));
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /looks up posix\.system/);
  });

  it('are not fetched when they are too large, which is said', async () => {
    const asked = editor().inspections.of(uri('large.pkl'), new AbortController().signal);
    await assert.rejects(asked, /larger than 128 MiB/);
  });
});

describe('texts that try to be more', () => {
  it('are shown as they are, cut, on every surface', async () => {
    const uri = inWorkspace(MODELS.hostileTexts);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
    await eventually('Problems', () => problemsOf(uri).length > 0);
    const problems = problemsOf(uri).flatMap((problem) => [
      problem.message,
      ...(problem.relatedInformation ?? []).map(({ message }) => message),
    ]);
    await vscode.commands.executeCommand('dynscan.openDisassembly', uri);
    const document = vscode.window.activeTextEditor?.document;
    assert.ok(document);
    const lines = document.getText().split('\n');
    const { models } = editor();
    const node = (await models.getChildren()).find((one) => one.uri.toString() === uri.toString());
    assert.ok(node);
    const findings = await models.getChildren(node);
    const details = (await Promise.all(findings.map((one) => models.getChildren(one)))).flat();
    const labels = [...findings, ...details].map((one) => labelOf(models.getTreeItem(one)));
    const hover = await hoverOn(document, lineOf(document, 'GLOBAL'));
    const cut = await hoverOn(document, lineOf(document, 'BINUNICODE'));
    assert.match(cut, /y{500}/, 'what the line cuts is in its hover');
    for (const text of [...problems, ...lines, ...labels, hover]) {
      // eslint-disable-next-line no-control-regex -- finding such characters is the purpose
      assert.doesNotMatch(text, /[\u001b\u202e]/);
      assert.ok(text.length < HOSTILE_TEXT.length, `${text.length} characters`);
    }
    assert.ok(
      labels.some((text) => text.includes('\\x1b[31m')),
      labels.join('\n'),
    );
    // Markdown that is text: the link's brackets are escaped.
    assert.doesNotMatch(hover.replace(/```[\s\S]*?```/g, ''), /(?<!\\)\]\(command:/);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      new vscode.Position(lineOf(document, 'GLOBAL'), 14),
    );
    for (const content of hovers.flatMap(({ contents }) => contents)) {
      assert.ok(content instanceof vscode.MarkdownString && content.isTrusted !== true && content.supportHtml !== true);
    }
  });
});

describe('the Sandbox view', () => {
  before(() => extension().activate());

  it('shows the engine and the images', async () => {
    const nodes = await editor().sandbox.getChildren();
    const labels = nodes.map((node) => labelOf(editor().sandbox.getTreeItem(node)));
    assert.equal(labels[0], 'Container engine');
    assert.ok(labels.includes('Images'), labels.join());
  });

  it('counts what a running scan has found so far', async () => {
    const uri = inWorkspace(MODELS.endless);
    const scan = vscode.commands.executeCommand('dynscan.scanModel', uri);
    const running = async (): Promise<string> => {
      const [head] = await editor().sandbox.getChildren();
      const [first] = head?.kind === 'head' && head.id === 'scans' ? head.children : [];
      return first ? String(editor().sandbox.getTreeItem(first).description) : '';
    };
    await eventually('a scan with findings', async () => /\d+ findings? so far$/.test(await running()));
    await vscode.commands.executeCommand('dynscan.stopScan', { kind: 'scan', scan: { key: uri.toString() } });
    await scan;
    assert.equal(await running(), '');
  });
});

describe('the Models view', () => {
  before(() => extension().activate());

  it('groups, sorts and filters as it is asked to, and remembers it', async () => {
    const { models } = editor();
    await vscode.commands.executeCommand('dynscan.scanModelStatic', inWorkspace(MODELS.hostile));
    await models.arrange({ group: 'category' });
    const node = (await models.getChildren()).find(
      (one) => one.uri.toString() === inWorkspace(MODELS.hostile).toString(),
    );
    assert.ok(node);
    const [group] = await models.getChildren(node);
    assert.ok(group);
    assert.equal(models.getTreeItem(group).label, 'Execution');
    await models.arrange({ group: 'none', text: 'hostile.pkl', outcomes: ['malicious'] });
    assert.ok((await models.getChildren()).every((one) => one.uri.path.endsWith('hostile.pkl')));
    await vscode.commands.executeCommand('dynscan.clearFilter');
    assert.ok((await models.getChildren()).length > 3);
  });
});

function labelOf({ label }: vscode.TreeItem): string {
  return typeof label === 'string' ? label : (label?.label ?? '');
}

function verdictOf(uri: vscode.Uri): string | undefined {
  const status = resultOf(uri)?.status;
  return status?.kind === 'finished' ? status.report.verdict : undefined;
}

function lineOf(document: vscode.TextDocument, opcode: string): number {
  const lines = document.getText().split('\n');
  const found = lines.findIndex((line) => new RegExp(`^\\s*\\d+: ${opcode}\\b`).test(line));
  assert.ok(found >= 0, `${opcode} in\n${lines.slice(0, 20).join('\n')}`);
  return found;
}

async function hoverOn(document: vscode.TextDocument, line: number): Promise<string> {
  const at = new vscode.Position(line, 14);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, at);
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (content instanceof vscode.MarkdownString ? content.value.replaceAll('&nbsp;', ' ') : ''))
    .join('\n');
}

/** A file system in memory; a file that it does not have is `large`. */
function memory(files: ReadonlyMap<string, Uint8Array>, large: number): vscode.FileSystemProvider {
  const refuse = (): never => {
    throw vscode.FileSystemError.NoPermissions();
  };
  return {
    onDidChangeFile: new vscode.EventEmitter<vscode.FileChangeEvent[]>().event,
    watch: () => new vscode.Disposable(() => undefined),
    stat: ({ path }) => ({ type: vscode.FileType.File, ctime: 0, mtime: 1, size: files.get(path)?.length ?? large }),
    readFile: ({ path }) => files.get(path) ?? refuse(),
    readDirectory: () => [],
    createDirectory: refuse,
    writeFile: refuse,
    delete: refuse,
    rename: refuse,
  };
}

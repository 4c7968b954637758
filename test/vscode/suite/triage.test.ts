import * as assert from 'node:assert/strict';
import { realpath, symlink, unlink } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import { MODELS } from '../models.mjs';
import { editor, eventually, extension, inWorkspace, problemsOf, resultOf, unanswered } from './support.js';

const SUPPRESSIONS = '.dynscan/suppressions.json';
const model = (): vscode.Uri => inWorkspace(MODELS.hostile);

function report(uri: vscode.Uri) {
  const status = resultOf(uri)?.status;
  assert.ok(status?.kind === 'finished', 'the model is scanned');
  return status.report;
}

async function read(path: string): Promise<string> {
  return Buffer.from(await vscode.workspace.fs.readFile(inWorkspace(path))).toString();
}

/** The nodes of one kind below a model of the Models view. */
async function below(uri: vscode.Uri, kind: 'finding' | 'suppressed') {
  const { models } = editor();
  const node = (await models.getChildren()).find((one) => one.uri.toString() === uri.toString());
  return (await models.getChildren(node)).filter((one) => one.kind === kind);
}

function rulesOf(uri: vscode.Uri): readonly string[] {
  return [...new Set(report(uri).findings.map(({ rule }) => rule))];
}

async function clean(): Promise<void> {
  await vscode.workspace.fs.delete(inWorkspace('.dynscan'), { recursive: true }).then(undefined, () => undefined);
  await editor().triage.reload();
}

describe('a decision about a finding', () => {
  before(async () => {
    await extension().activate();
    await vscode.commands.executeCommand('dynscan.scanModelStatic', model());
    assert.equal(report(model()).verdict, 'malicious');
  });
  afterEach(clean);

  it('with a reason takes it out of Problems, marks it in the Models view, and is said in the report', async () => {
    const rules = rulesOf(model());
    for (const rule of rules) {
      await vscode.commands.executeCommand('dynscan.suppressFinding', {
        uri: model().toString(),
        rule,
        reason: 'a test',
      });
    }
    assert.equal(report(model()).verdict, 'clean');
    assert.match(report(model()).reasons[0] ?? '', /^Nothing stood out but .* suppressed\.$/);
    await eventually('no problem is left', () => problemsOf(model()).length === 0);
    const [node] = await below(model(), 'suppressed');
    assert.ok(node, 'the view still lists it');
    const item = editor().models.getTreeItem(node);
    assert.equal(item.description, 'suppressed: a test');
    assert.equal(item.contextValue, 'suppressed');
    const { suppressions } = JSON.parse(await read(SUPPRESSIONS)) as { suppressions: Record<string, string>[] };
    assert.equal(suppressions[0]?.['sha256'], report(model()).model.sha256);
    assert.equal(suppressions[0]?.['reason'], 'a test');

    await vscode.commands.executeCommand('dynscan.unsuppressFinding', node);
    assert.equal(report(model()).verdict, 'malicious');
    await eventually('the problem is back', () => problemsOf(model()).length > 0);
  });

  it('made from the Models view names the model and the rule of its node', async () => {
    const [node] = await below(model(), 'finding');
    assert.ok(node?.kind === 'finding');
    // It asks for the reason.
    await unanswered('workbench.action.closeQuickOpen', 'dynscan.suppressFinding', node);
    assert.equal(report(model()).suppressed, undefined);
    assert.equal(report(model()).verdict, 'malicious');
  });

  it('is refused when the request is none, and what is written is left alone', async () => {
    const uri = model().toString();
    for (const request of [
      { uri, rule: '../..' },
      { uri, rule: 'A', reason: ' ' },
      { uri: 7 },
      'x',
      { uri, rule: 'A', reason: 'a', expires: 'soon' },
    ]) {
      await vscode.commands.executeCommand('dynscan.suppressFinding', request);
    }
    await assert.rejects(read(SUPPRESSIONS));
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('in a file that is wrong counts for nothing, shows at the file, and is not overwritten', async () => {
    const file = inWorkspace(SUPPRESSIONS);
    await vscode.workspace.fs.writeFile(
      file,
      Buffer.from('{"schema": "dynscan-suppressions/1", "suppressions": [{}]}'),
    );
    await editor().triage.reload();
    assert.match(problemsOf(file)[0]?.message ?? '', /suppressions\.0\.rule/);
    assert.equal(report(model()).verdict, 'malicious');
    const [rule] = rulesOf(model());
    await vscode.commands.executeCommand('dynscan.suppressFinding', {
      uri: model().toString(),
      rule,
      reason: 'a test',
    });
    assert.equal(await read(SUPPRESSIONS), '{"schema": "dynscan-suppressions/1", "suppressions": [{}]}');
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('holds as soon as the file is written by another program, and hostile words in it stay words', async () => {
    const reason = '[x](command:dynscan.showLog) $(bug) <img src=x> \u202egnp \u001b[31m';
    const { sha256 } = report(model()).model;
    const suppressions = rulesOf(model()).map((rule) => ({ rule, sha256, reason }));
    const text = JSON.stringify({ schema: 'dynscan-suppressions/1', suppressions });
    await vscode.workspace.fs.writeFile(inWorkspace(SUPPRESSIONS), Buffer.from(text));
    await eventually('the verdict follows the file', () => report(model()).verdict === 'clean');
    const [node] = await below(model(), 'suppressed');
    assert.ok(node);
    const { description, tooltip } = editor().models.getTreeItem(node);
    assert.ok(typeof tooltip === 'string', 'no Markdown');
    // eslint-disable-next-line no-control-regex -- finding control characters is the purpose
    assert.doesNotMatch(`${String(description)}${tooltip}`, /[\u001b\u202e]/);
  });

  it('is offered as a quick fix on the opcode', async () => {
    await vscode.commands.executeCommand('dynscan.openDisassembly', model());
    const document = vscode.window.activeTextEditor?.document;
    assert.ok(document?.uri.scheme === 'dynscan-disassembly');
    await eventually('the opcode is marked', () => vscode.languages.getDiagnostics(document.uri).length > 0);
    const [diagnostic] = vscode.languages.getDiagnostics(document.uri);
    assert.ok(diagnostic);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      diagnostic.range,
    );
    const action = actions.find(({ title }) => title === 'Suppress with a Reason…');
    assert.equal(action?.command?.command, 'dynscan.suppressFinding');
    const [request] = (action.command.arguments ?? []) as { uri: string; rule: string }[];
    assert.equal(request?.uri, model().toString());
    assert.ok(rulesOf(model()).includes(request.rule));
  });
});

describe('several findings that are chosen in the Models view', () => {
  afterEach(clean);

  it('are suppressed for one reason', async () => {
    await vscode.commands.executeCommand('dynscan.scanModelStatic', model());
    const { models } = editor();
    const listed = await models.getChildren();
    const node = listed.find((one) => one.uri.toString() === model().toString());
    assert.ok(node);
    const findings = (await models.getChildren(node)).filter((one) => one.kind === 'finding');
    const rules = new Set(findings.map(({ finding }) => finding.rule));
    const [first] = findings;
    assert.ok(first);
    const request = { uri: model().toString(), rule: first.finding.rule, reason: 'looked at' };
    await vscode.commands.executeCommand('dynscan.suppressFinding', request, [...findings, ...findings]);
    const { suppressions } = JSON.parse(await read('.dynscan/suppressions.json')) as {
      suppressions: { rule: string; reason: string }[];
    };
    assert.deepEqual(new Set(suppressions.map(({ rule }) => rule)), rules);
    assert.ok(suppressions.length === rules.size && suppressions.every(({ reason }) => reason === 'looked at'));
  });
});

describe('the Models view as folders', () => {
  after(() => vscode.commands.executeCommand('dynscan.showFlat'));

  it('has a row for each folder with its worst verdict, and the models below', async () => {
    await vscode.commands.executeCommand('dynscan.scanModelStatic', inWorkspace(MODELS.pair[1]));
    await vscode.commands.executeCommand('dynscan.showFolders');
    const { models } = editor();
    const folder = (await models.getChildren()).find((one) => one.kind === 'folder' && one.folder.label === 'pair');
    assert.ok(folder?.kind === 'folder');
    assert.equal(folder.uri.toString(), inWorkspace('pair').toString());
    assert.match(String(models.getTreeItem(folder).description), /^1 of 2 malicious$/);
    const below = await models.getChildren(folder);
    assert.deepEqual(
      new Set(below.map(({ uri }) => uri.toString())),
      new Set(MODELS.pair.map((path) => inWorkspace(path).toString())),
    );
  });

  it('has a card for each model that was scanned, whose texts are only text', async () => {
    const { models } = editor();
    await vscode.commands.executeCommand('dynscan.scanModelStatic', inWorkspace(MODELS.hostileName));
    const { tooltip } = models.getTreeItem({ kind: 'model', uri: inWorkspace(MODELS.hostileName) });
    assert.ok(tooltip instanceof vscode.MarkdownString);
    assert.ok(tooltip.isTrusted !== true && tooltip.supportHtml !== true && tooltip.supportThemeIcons !== true);
    assert.match(tooltip.value, /^\*\*Malicious\*\*/);
    assert.doesNotMatch(tooltip.value, /\u202e|[^\\]<img|[^\\]\]\(command/);
  });
});

describe('a baseline in the editor', () => {
  afterEach(clean);

  it('leaves known findings out of the lists when asked to, and never out of the verdict', async () => {
    await vscode.commands.executeCommand('dynscan.scanModelStatic', model());
    await vscode.commands.executeCommand('dynscan.writeBaseline', 'seen by hand');
    assert.match(await read('.dynscan/baseline.json'), /"reason": "seen by hand"/);
    assert.match(await read('.dynscan/baseline.json'), /"path": "\.\.\/hostile\.pkl"/);
    await vscode.commands.executeCommand('dynscan.showOnlyNew');
    assert.deepEqual(resultOf(model())?.findings, []);
    assert.equal(report(model()).verdict, 'malicious');
    const node = { kind: 'model', uri: model() } as const;
    assert.match(String(editor().models.getTreeItem(node).description), /^malicious: .*, 0 new of \d+/);
    assert.match(editor().decorations.provideFileDecoration(model())?.tooltip ?? '', /\(0 new of \d+, /);
    await eventually('no known problem is shown', () => problemsOf(model()).length === 0);
    await vscode.commands.executeCommand('dynscan.showOnlyNew');
    assert.ok((resultOf(model())?.findings.length ?? 0) > 0);
  });
});

describe('the status bar', () => {
  it('has the verdict on the model in front, and leads to its report', async () => {
    await vscode.commands.executeCommand('dynscan.scanModelStatic', model());
    await vscode.commands.executeCommand('vscode.open', model());
    const { item } = editor().status;
    await eventually('the verdict is shown', () => item.text === '$(error) hostile.pkl: malicious');
    assert.ok(typeof item.command === 'object');
    assert.equal(item.command.command, 'dynscan.showReport');
    assert.match(item.accessibilityInformation?.label ?? '', /^DynScan: hostile\.pkl is malicious\. .*Show Report$/);
  });

  it('has another verdict when another model is in front, and that of all models when none is', async () => {
    const harmless = inWorkspace(MODELS.harmless);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', harmless);
    await vscode.commands.executeCommand('vscode.open', harmless);
    const { item } = editor().status;
    await eventually('the verdict is shown', () => item.text === '$(pass) harmless.pkl: clean');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await eventually('all models are counted', () => /^\$\(error\) \d+ of \d+ malicious$/.test(item.text));
    assert.ok(typeof item.command === 'object');
    assert.equal(item.command.command, 'dynscan.models.focus');
  });

  it('shows a hostile name as a name', async () => {
    const uri = inWorkspace(MODELS.hostileName);
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
    await vscode.commands.executeCommand('vscode.open', uri);
    const { item } = editor().status;
    await eventually('the verdict is shown', () => item.text.includes('img'));
    assert.doesNotMatch(item.text, /\u202e|\$\(bug\)|\]\(command/);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});

describe('sample models', () => {
  it('are written into a folder of the workspace, and nothing there is overwritten', async () => {
    const mine = inWorkspace('dynscan-samples/calls-home.pkl');
    await vscode.workspace.fs.writeFile(mine, Buffer.from('mine'));
    await vscode.commands.executeCommand('dynscan.makeSamples');
    const files = await vscode.workspace.fs.readDirectory(inWorkspace('dynscan-samples'));
    assert.equal(files.length, 6);
    assert.equal(await read('dynscan-samples/calls-home.pkl'), 'mine');
    await vscode.workspace.fs.delete(inWorkspace('dynscan-samples'), { recursive: true });
  });
});

describe('the server for assistants', () => {
  it('is offered for the folders of the workspace, and answers when VS Code starts it so', async () => {
    await extension().activate();
    const [server] = editor().mcpServers.servers();
    assert.ok(server);
    const { command, args, env, cwd } = server;
    const child = spawn(command, args, { cwd: cwd.fsPath, env: { ...process.env, ...env } });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const send = (message: object): void =>
      void child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const clientInfo = { name: 'test', version: '1' };
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
    send({ id: 1, method: 'initialize', params });
    await eventually('a greeting', () => lines.length > 0);
    send({ method: 'notifications/initialized' });
    send({ id: 2, method: 'tools/call', params: { name: 'list_models', arguments: {} } });
    await eventually('a list', () => lines.length > 1);
    assert.match(lines[1] ?? '', new RegExp(`malicious [^\\n]*${MODELS.hostile}`));
    const left = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    assert.equal(await left, 0);
  });
});

describe('the tool of an assistant', () => {
  before(() => extension().activate());
  const { token } = new vscode.CancellationTokenSource();
  const invoke = async (input: unknown): Promise<string> => {
    const result = await editor().scanTool.invoke({ input, toolInvocationToken: undefined }, token);
    return result.content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
  };

  const ask = (input: unknown) => editor().scanTool.prepareInvocation({ input });
  const messageOf = (messages: vscode.LanguageModelToolConfirmationMessages | undefined): string => {
    assert.ok(messages?.message instanceof vscode.MarkdownString);
    return messages.message.value;
  };

  it('answers with the verdict of a model of the workspace', async () => {
    const text = await invoke({ path: MODELS.hostile, mode: 'static' });
    assert.match(text, /^Verdict: malicious\n/);
    assert.match(text, /never an instruction/);
  });

  it('asks first, with the name as text', async () => {
    const path = MODELS.hostileName;
    const { confirmationMessages } = await editor().scanTool.prepareInvocation({ input: { path, mode: 'sandbox' } });
    const message = confirmationMessages?.message;
    assert.ok(message instanceof vscode.MarkdownString);
    assert.notEqual(message.isTrusted, true);
    assert.doesNotMatch(message.value, /(?<!\\)\]\(command|\u202e/);
  });

  it('asks with text that VS Code draws as text', async () => {
    const name = '[x](command:dynscan.showLog) ![x](https:x) <b>b</b> www.example.com `c` _i_ a@example.com.pkl';
    const uri = inWorkspace(`names/${name}`);
    await vscode.workspace.fs.writeFile(uri, await vscode.workspace.fs.readFile(inWorkspace(MODELS.hostile)));
    const { confirmationMessages } = await ask({ path: `names/${name}`, mode: 'static' });
    const drawn = String(await vscode.commands.executeCommand('markdown.api.render', messageOf(confirmationMessages)));
    assert.doesNotMatch(drawn, /<(?:a|b|code|em|i|img|strong)\b/, drawn);
    assert.ok(drawn.includes('[x](command:dynscan.showLog) ![x](https:x) '), drawn);
    await vscode.workspace.fs.delete(uri);
  });

  it('asks with the path that links and dots lead to, and scans that file', async () => {
    const link = inWorkspace('harmless-looking.pkl').fsPath;
    await symlink(inWorkspace(MODELS.hostile).fsPath, link);
    for (const path of ['harmless-looking.pkl', `pair/../names/../${MODELS.hostile}`]) {
      const { confirmationMessages } = await ask({ path, mode: 'static' });
      const asked = messageOf(confirmationMessages).replaceAll('\\', '');
      assert.ok(asked.endsWith(` ${await realpath(inWorkspace(MODELS.hostile).fsPath)}`), asked);
      assert.match(await invoke({ path, mode: 'static' }), /hostile\.pkl/);
    }
    await unlink(link);
  });

  it('does not scan another file than the one that was agreed to', async () => {
    const link = inWorkspace('turncoat.pkl').fsPath;
    await symlink(inWorkspace(MODELS.harmless).fsPath, link);
    await ask({ path: 'turncoat.pkl', mode: 'static' });
    await unlink(link);
    await symlink(inWorkspace(MODELS.hostile).fsPath, link);
    await assert.rejects(invoke({ path: 'turncoat.pkl', mode: 'static' }), /another file/);
    await unlink(link);
  });

  it('takes one model, and no folder of many', async () => {
    for (const path of ['pair', 'models', './names/..//pair'])
      for (const call of [ask, invoke]) await assert.rejects(call({ path, mode: 'static' }), /one model/);
  });

  it('gets no further than the workspace', async () => {
    for (const path of ['../outside.pkl', '/etc/passwd', '..', 'missing.pkl'])
      await assert.rejects(invoke({ path, mode: 'static' }), /no such file in the folders/);
    await assert.rejects(invoke({ path: '.', mode: 'static' }), /This is a folder/);
    await assert.rejects(invoke({ path: MODELS.hostile, mode: 'run' }), /The tool takes/);
  });
});

import {
  commands,
  EventEmitter,
  l10n,
  Location,
  Position,
  Range,
  RelativePattern,
  ThemeIcon,
  Uri,
  workspace,
  type CancellationToken,
  type TestItem,
  type TestRunRequest,
} from 'vscode';
import type { Finding, Frame, ScanReport } from '../core/schema.js';
import { messageOf, UserError } from '../core/user-error.js';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import { CONTEXT, TEST_CASES_VIEW } from './names.js';
import { OUTCOME_NAME } from './phrases.js';
import { reportOf } from './results.js';
import type { ScanController } from './scan-controller.js';
import { readSettings, settingOf } from './settings.js';
import {
  row,
  testMessage,
  tests,
  window,
  type Row,
  type RowProvider,
  type TestController,
  type TestMessage,
  type TestParts,
  type TestRun,
} from './surfaces.js';
import { requireTrust, whenTrusted } from './trust.js';
import { modelFolder, modelName } from './appearance.js';

/** A longer list is of no use to a reader. */
const CASES_LIMIT = 500;
const REMEMBERED = 'dynscan.testCaseModels';

export interface TestCaseNode {
  readonly uri: Uri;
}

/** How a run of a test case ended, for the tree and for tests. */
export type CaseOutcome = 'passed' | 'failed' | 'errored' | 'skipped';

/**
 * The test cases of the workspace: a view, and tests of the Test Explorer. Each is run against a model that the user chooses once and that is
 * remembered. In Restricted Mode there are none.
 */
export class TestCases extends DisposableObject implements RowProvider<TestCaseNode> {
  readonly #changed = this.own(new EventEmitter<undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #outcomes = new Map<string, CaseOutcome>();
  #controller: TestController | undefined;
  #listed: Promise<readonly Uri[]> | undefined;

  constructor(
    private readonly app: App,
    private readonly scans: ScanController,
    private readonly askModel: () => Promise<Uri | undefined>,
  ) {
    super();
    this.own(window.createTreeView(TEST_CASES_VIEW, this));
    this.own(whenTrusted(() => this.#start()));
  }

  /** Test cases of the workspace's test case folders, in the order shown. */
  async all(): Promise<readonly Uri[]> {
    if (!workspace.isTrusted) return [];
    this.#listed ??= this.#list();
    return this.#listed;
  }

  /** The model that a test case was last run against, or chosen for. */
  modelOf(testCase: Uri): Uri | undefined {
    const model = this.#remembered()[testCase.toString()];
    return model === undefined ? undefined : Uri.parse(model);
  }

  async remember(testCase: Uri, model: Uri): Promise<void> {
    const all = { ...this.#remembered(), [testCase.toString()]: model.toString() };
    await this.app.context.workspaceState.update(REMEMBERED, all);
    this.#changed.fire(undefined);
  }

  /**
   * Runs a model with a test case; the report is among the results.
   * @throws UserError when the test case cannot run, or in Restricted Mode.
   */
  async scan(testCase: Uri, model: Uri, quiet = false): Promise<ScanReport | undefined> {
    requireTrust();
    await workspace.textDocuments.find((document) => document.uri.toString() === testCase.toString())?.save();
    const read = await (await this.app.engine()).readTestCase(testCase.fsPath, '');
    await this.remember(testCase, model);
    if (this.scans.isBusy(model))
      throw new UserError(l10n.t('{0} is being scanned already. Wait for it, or stop that scan.', modelName(model)));
    const reports = await this.scans.scan([model], { staticOnly: false, testCase: read, quiet });
    const report = reportOf(model, reports);
    if (report !== undefined) this.#outcomes.set(testCase.toString(), outcomeOf(report));
    this.#changed.fire(undefined);
    return report;
  }

  /** Runs as the Test Explorer does; for its button, and for tests. */
  async run(request: TestRunRequest, token: CancellationToken): Promise<ReadonlyMap<string, CaseOutcome>> {
    const ended = new Map<string, CaseOutcome>();
    if (this.#controller === undefined) return ended;
    const run = this.#controller.createRun(request);
    const excluded = new Set(request.exclude);
    const items = (request.include ?? this.#controller.tests).filter((item) => !excluded.has(item));
    for (const item of items) run.enqueued(item);
    for (const item of items)
      ended.set(item.id, token.isCancellationRequested ? 'skipped' : await this.#runOne(run, item, token));
    run.end();
    return ended;
  }

  /** For tests of the Test Explorer. */
  item(testCase: Uri): TestItem | undefined {
    return this.#controller?.get(testCase.toString());
  }

  async getChildren(node?: TestCaseNode): Promise<TestCaseNode[]> {
    return node === undefined ? (await this.all()).map((uri) => ({ uri })) : [];
  }

  getTreeItem({ uri }: TestCaseNode): Row {
    const model = this.modelOf(uri);
    const outcome = this.#outcomes.get(uri.toString());
    return row({
      id: uri.toString(),
      label: modelName(uri),
      resource: uri,
      icon: ICONS[outcome ?? 'skipped'],
      description: model === undefined ? modelFolder(uri) : l10n.t('with {0}', modelName(model)),
      tooltip: [uri.fsPath, ...(model === undefined ? [] : [l10n.t('scans {0}', model.fsPath)])],
      context: 'testCase',
      command: { command: 'vscode.open', title: l10n.t('Open'), arguments: [uri] },
    });
  }

  #remembered(): Readonly<Record<string, string>> {
    return this.app.context.workspaceState.get<Record<string, string>>(REMEMBERED, {});
  }

  #start(): void {
    if (this.#controller) return;
    this.#controller = this.own(
      tests.createTestController('dynscan', l10n.t('DynScan Test Cases'), {
        label: l10n.t('Scan in the Sandbox'),
        run: async (request, token) => {
          await this.run(request, token);
        },
        refresh: () => this.#refresh(),
      }),
    );
    const watcher = this.own(workspace.createFileSystemWatcher('**/*.py'));
    const onFile = (uri: Uri): void => {
      if (isTestCase(uri) || this.item(uri) !== undefined) void this.#refresh();
    };
    this.own(watcher.onDidCreate(onFile));
    this.own(watcher.onDidChange(onFile));
    this.own(watcher.onDidDelete(onFile));
    this.own(workspace.onDidChangeWorkspaceFolders(() => void this.#refresh()));
    this.own(
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('dynscan.testCaseFolder')) void this.#refresh();
      }),
    );
    void this.#refresh();
  }

  async #refresh(): Promise<void> {
    this.#listed = this.#list();
    const uris = await this.#listed;
    this.#controller?.replace(await Promise.all(uris.map((uri) => this.#itemOf(uri))));
    await commands.executeCommand('setContext', CONTEXT.testCasesListed, true);
    await commands.executeCommand(
      'setContext',
      CONTEXT.testCasePaths,
      uris.map(({ fsPath }) => fsPath),
    );
    this.#changed.fire(undefined);
  }

  async #list(): Promise<readonly Uri[]> {
    const found = await Promise.all(
      (workspace.workspaceFolders ?? []).map((folder) =>
        workspace.findFiles(new RelativePattern(folder, `${testCaseFolder(folder.uri)}/**/*.py`), null, CASES_LIMIT),
      ),
    );
    return found.flat().sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  /** With the place of its function, so that the run button stands beside it. */
  async #itemOf(uri: Uri): Promise<TestParts> {
    const item = { id: uri.toString(), label: modelName(uri), uri, description: modelFolder(uri) };
    const { checkTestCase, TEST_CASE_LIMIT } = await this.app.engine();
    const source = await textOf(uri, TEST_CASE_LIMIT);
    const entry = source === undefined ? undefined : checkTestCase(source).entry;
    const before = entry && source?.slice(0, entry.start).split('\n');
    if (entry && before) {
      const line = before.length - 1;
      const column = before.at(-1)?.length ?? 0;
      return { ...item, range: new Range(line, column, line, column + entry.name.length) };
    }
    return { ...item, error: l10n.t('It cannot run as it is: its problems are marked when it is opened.') };
  }

  async #runOne(run: TestRun, item: TestItem, token: CancellationToken): Promise<CaseOutcome> {
    const uri = item.uri;
    const model = uri && (this.modelOf(uri) ?? (await this.askModel()));
    if (uri === undefined || model === undefined) {
      run.skipped(item);
      return 'skipped';
    }
    run.started(item);
    run.write(item, [l10n.t('{0} with {1}', uri.fsPath, model.fsPath)]);
    const cancelled = token.onCancellationRequested(() => this.scans.stop(model));
    const began = performance.now();
    try {
      const report = await this.scan(uri, model, true);
      if (report === undefined) {
        run.skipped(item);
        return 'skipped';
      }
      return say(run, item, report, performance.now() - began);
    } catch (error) {
      run.errored(item, [testMessage(messageOf(error))]);
      return 'errored';
    } finally {
      cancelled.dispose();
    }
  }
}

const ICONS: Readonly<Record<CaseOutcome, ThemeIcon>> = {
  passed: new ThemeIcon('testing-passed-icon'),
  failed: new ThemeIcon('testing-failed-icon'),
  errored: new ThemeIcon('testing-error-icon'),
  skipped: new ThemeIcon('beaker'),
};

/** Whether it lies where the workspace keeps its test cases. */
export function isTestCase(uri: Uri): boolean {
  const folder = workspace.getWorkspaceFolder(uri);
  if (folder === undefined || !uri.path.endsWith('.py')) return false;
  return uri.path.startsWith(Uri.joinPath(folder.uri, testCaseFolder(folder.uri)).path.replace(/\/?$/, '/'));
}

/** The folder for test cases, below a folder of the workspace. */
function testCaseFolder(folder: Uri): string {
  const named = settingOf('testCaseFolder', { scope: folder });
  if (typeof named !== 'string') return 'dynscan-tests';
  return /(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|:/.test(named) || named === '' ? 'dynscan-tests' : named;
}

/** Where a new test case goes. */
export async function newTestCaseFolder(app: App): Promise<Uri> {
  const folders = workspace.workspaceFolders ?? [];
  const folder = folders.length > 1 ? await window.showWorkspaceFolderPick() : folders[0];
  if (folder === undefined) throw new UserError(l10n.t('Open a folder first: a new test case is written into it.'));
  return Uri.joinPath(folder.uri, (await readSettings(app)).testCaseFolder);
}

/** As it is in the editor, or on the disk; undefined when it is neither, or too large. */
export async function textOf(uri: Uri, limit: number): Promise<string | undefined> {
  const open = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open !== undefined) return open.getText().length > limit ? undefined : open.getText();
  try {
    if ((await workspace.fs.stat(uri)).size > limit) return undefined;
    return Buffer.from(await workspace.fs.readFile(uri)).toString('utf8');
  } catch {
    return undefined;
  }
}

function outcomeOf({ verdict }: ScanReport): CaseOutcome {
  return verdict === 'clean' ? 'passed' : verdict === 'inconclusive' ? 'errored' : 'failed';
}

function say(run: TestRun, item: TestItem, report: ScanReport, duration: number): CaseOutcome {
  const { stdout, stderr } = report.output;
  // The model's output, line by line: the line feed at its end begins no further line.
  for (const text of [stdout, stderr]) if (text !== '') run.write(item, text.replace(/\n$/, '').split('\n'));
  run.write(item, ['', `${OUTCOME_NAME[report.verdict]}: ${report.reasons.join(' ')}`]);
  const outcome = outcomeOf(report);
  if (outcome === 'passed') run.passed(item, duration);
  else if (outcome === 'failed')
    run.failed(
      item,
      report.findings.map((finding) => inWords(finding, report, item)),
      duration,
    );
  else
    run.errored(
      item,
      report.reasons.map((reason) => at(reason, report.load.error?.frames, report, item)),
      duration,
    );
  return outcome;
}

function inWords(finding: Finding, report: ScanReport, item: TestItem): TestMessage {
  return at(`${finding.title}. ${finding.explanation}`, finding.cause?.frames, report, item);
}

/** A message on the line of the test case that led there, else on its function. */
function at(text: string, frames: readonly Frame[] | undefined, report: ScanReport, item: TestItem): TestMessage {
  const line = frames?.find(({ file }) => file === report.testCase?.file)?.line;
  const place = line === undefined || line === 0 ? item.range : new Position(line - 1, 0);
  return testMessage(text, item.uri && place && new Location(item.uri, place));
}

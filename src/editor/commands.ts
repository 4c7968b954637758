import { commands, l10n, TabInputCustom, TabInputText, Uri, workspace, type Disposable } from 'vscode';
import { MODEL_EXTENSIONS, MODEL_NAME } from '../core/extensions.js';
import { isNamed, messageOf, UserError } from '../core/user-error.js';
import { isKind, KINDS } from '../testcase/template.js';
import type { App } from './app.js';
import type { AutoScan } from './auto-scan.js';
import { choosePickle, type DisassemblyDocuments } from './disassembly-documents.js';
import { DisposableObject } from './disposable.js';
import { signalOf, type Inspections } from './inspections.js';
import { clearFilter, filterModels, groupFindingsBy, sortModels } from './models-commands.js';
import type { ModelDocuments } from './model-documents.js';
import type { ModelsTree } from './models-tree.js';
import { wasRun } from '../view/models-view.js';
import { COPY_ADVICE, SHOW_FINDING } from './names.js';
import { copyReport, exportReports } from './report-export.js';
import { testOwnClasses } from './own-classes.js';
import { addPackages } from './packages.js';
import type { ReportPanels } from './report-panels.js';
import type { ModelResult, Results } from './results.js';
import type { EnvironmentCheck } from './environment-check.js';
import { makeSamples } from './samples.js';
import type { SandboxTree } from './sandbox-tree.js';
import type { ScanController } from './scan-controller.js';
import { suppressFinding, toggleOnlyNew, unsuppressFinding, writeBaseline } from './triage-commands.js';
import type { Triage } from './triage.js';
import { newTestCaseFolder, type TestCases } from './test-cases.js';
import { window, type ListItem } from './surfaces.js';
import { requireTrust } from './trust.js';
import { modelFolder, modelName } from './appearance.js';

/** What a menu hands over: a URI from the Explorer or a tab, a node from one of the views, nothing from the palette. */
type Target = Uri | { readonly uri: Uri } | { readonly scan: { readonly key: string } } | undefined;
type Handler = (target?: Target, all?: unknown) => Promise<void> | void;

interface Parts {
  readonly app: App;
  readonly results: Results;
  readonly scans: ScanController;
  readonly autoScan: AutoScan;
  readonly models: ModelsTree;
  readonly sandbox: SandboxTree;
  readonly reports: ReportPanels;
  readonly testCases: TestCases;
  readonly inspections: Inspections;
  readonly documents: DisassemblyDocuments;
  readonly contents: ModelDocuments;
  readonly triage: Triage;
  readonly environment: EnvironmentCheck;
}

/** Every command of package.json, and the one that links use. */
export class Commands extends DisposableObject {
  constructor(private readonly parts: Parts) {
    super();
    const { app, results, scans, models, sandbox, reports, triage } = parts;
    this.own(this.#register('dynscan.scanModel', (target, all) => this.#scan(false, target, all)));
    this.own(this.#register('dynscan.scanModelStatic', (target, all) => this.#scan(true, target, all)));
    this.own(this.#register('dynscan.scanWorkspace', () => this.#scanWorkspace()));
    this.own(this.#register('dynscan.scanWithTestCase', (target, all) => this.#scanWithTestCase(target, all)));
    this.own(this.#register('dynscan.chooseTestModel', (target) => this.#chooseTestModel(target)));
    this.own(this.#register('dynscan.newTestCase', (_, kind) => this.#newTestCase(kind)));
    this.own(this.#register('dynscan.importConfig', (target) => this.#importConfig(target)));
    this.own(this.#register('dynscan.stopScan', (target) => scans.stop(uriOf(target))));
    this.own(this.#register('dynscan.showReport', (target) => this.#showReport(target)));
    this.own(this.#register('dynscan.exportReport', (target, all) => this.#exportReport(target, all)));
    this.own(this.#register('dynscan.exportAll', (format) => this.#exportAll(format)));
    this.own(this.#register('dynscan.showFolders', () => models.arrange({ layout: 'folders' })));
    this.own(this.#register('dynscan.showFlat', () => models.arrange({ layout: 'flat' })));
    this.own(this.#register('dynscan.copyReport', (target) => this.#copyReport(target)));
    this.own(this.#register('dynscan.refreshModels', () => models.refresh()));
    this.own(this.#register('dynscan.addPackages', (target) => this.#addPackages(target)));
    this.own(this.#register('dynscan.testOwnClasses', (target) => this.#testOwnClasses(target)));
    this.own(this.#register('dynscan.openDisassembly', (target) => this.#openDisassembly(target)));
    this.own(this.#register('dynscan.compareWithHead', (target) => this.#compareWithHead(target)));
    this.own(this.#register('dynscan.compareSelected', (target, all) => this.#compareSelected(target, all)));
    this.own(this.#register('dynscan.filterModels', () => filterModels(models)));
    this.own(this.#register('dynscan.clearFilter', () => clearFilter(models)));
    this.own(this.#register('dynscan.sortModels', () => sortModels(models)));
    this.own(this.#register('dynscan.groupFindings', () => groupFindingsBy(models)));
    this.own(this.#register('dynscan.refreshSandbox', () => sandbox.refresh()));
    this.own(this.#register('dynscan.buildImage', (target) => sandbox.build(target)));
    this.own(this.#register('dynscan.removeImage', (target) => sandbox.remove(target)));
    this.own(this.#register('dynscan.checkEnvironment', () => parts.environment.show()));
    this.own(commands.registerCommand(COPY_ADVICE, (index: unknown) => parts.environment.copy(index)));
    this.own(
      this.#register('dynscan.suppressFinding', (target, all) => suppressFinding(app, results, triage, target, all)),
    );
    this.own(this.#register('dynscan.unsuppressFinding', (target) => unsuppressFinding(app, results, triage, target)));
    this.own(this.#register('dynscan.showOnlyNew', () => toggleOnlyNew(triage)));
    this.own(this.#register('dynscan.makeSamples', () => makeSamples(app, parts.autoScan)));
    this.own(this.#register('dynscan.writeBaseline', (given) => writeBaseline(results, triage, given)));
    this.own(this.#register('dynscan.showLog', () => app.log.show()));
    this.own(
      commands.registerCommand(SHOW_FINDING, (uri: unknown, finding?: unknown) => {
        if (typeof uri === 'string') reports.show(Uri.parse(uri), typeof finding === 'number' ? finding : undefined);
      }),
    );
  }

  #register(id: string, handler: Handler): Disposable {
    return commands.registerCommand(id, async (target?: Target, all?: unknown) => {
      try {
        await handler(target, all);
      } catch (error) {
        await this.#explain(error);
      }
    });
  }

  /** A user's error is its own message. Anything else is a defect of DynScan and is shown as one, with the log for the bug report. */
  async #explain(error: unknown): Promise<void> {
    const { log } = this.parts.app;
    if (isNamed(error, 'UserError')) {
      log.warn(error.message);
      void window.showErrorMessage(error.message);
      return;
    }
    log.error(error);
    const text = l10n.t('DynScan met an error of its own: {0}', messageOf(error));
    void window.showErrorMessage(text, undefined, l10n.t('Show Log')).then((choice) => {
      if (choice !== undefined) log.show();
    });
    await Promise.resolve();
  }

  async #scan(staticOnly: boolean, target: Target, all: unknown): Promise<void> {
    const selected = urisOf(target, all);
    const uris = selected.length > 0 ? selected : await this.#ask();
    if (uris.length > 0) await this.parts.scans.scan(uris, { staticOnly });
  }

  /** In Restricted Mode the models are only read, as the views say. */
  async #scanWorkspace(): Promise<void> {
    const folders = (workspace.workspaceFolders ?? []).map(({ uri }) => uri);
    if (folders.length === 0) throw new UserError(l10n.t('Open a folder first: there is no workspace to scan.'));
    await this.parts.scans.scan(folders, { staticOnly: !workspace.isTrusted });
  }

  /** From a model, which asks for the test case, or from a test case, which asks for the model. */
  async #scanWithTestCase(target: Target, other: unknown): Promise<void> {
    requireTrust();
    const { testCases, models } = this.parts;
    const given = uriOf(target) ?? activeFile();
    const fromCase = given !== undefined && given.path.endsWith('.py');
    const testCase = fromCase ? given : other instanceof Uri ? other : await this.#askTestCase();
    if (testCase === undefined) return;
    const isModel = given !== undefined && !fromCase && (target !== undefined || MODEL_NAME.test(given.path));
    const model = isModel ? given : await pickModel(models);
    if (model !== undefined) await testCases.scan(testCase, model);
  }

  async #askTestCase(): Promise<Uri | undefined> {
    const all = await this.parts.testCases.all();
    const browseItem = makeBrowseItem();
    const newItem: ListItem & { uri?: Uri } = { label: l10n.t('New Test Case…'), alwaysShow: true };
    const items = [...all.map(toItem), newItem, browseItem];
    const choice = await window.showQuickPick(items, {
      title: l10n.t('DynScan: Scan with Test Case'),
      placeHolder: l10n.t('Which test case?'),
    });
    if (choice === newItem) await this.#newTestCase(undefined);
    if (choice !== browseItem) return choice?.uri;
    const filters = { [l10n.t('Python files')]: ['py'] };
    return (await window.showOpenDialog({ filters, openLabel: l10n.t('Scan') }))?.[0];
  }

  async #chooseTestModel(target: Target): Promise<void> {
    requireTrust();
    const testCase = uriOf(target) ?? (await this.#askTestCase());
    const model = testCase && (await pickModel(this.parts.models));
    if (testCase && model) await this.parts.testCases.remember(testCase, model);
  }

  async #newTestCase(given: unknown): Promise<void> {
    requireTrust();
    const folder = await newTestCaseFolder(this.parts.app);
    const items = Object.entries(KINDS).map(([kind, words]) => ({ label: kind, description: words }));
    const options = { title: l10n.t('DynScan: New Test Case'), placeHolder: l10n.t('What to start from?') };
    const kind = typeof given === 'string' ? given : (await window.showQuickPick(items, options))?.label;
    if (kind === undefined || !isKind(kind)) return;
    const { scaffoldTestCase } = await this.parts.app.engine();
    await window.showTextDocument(Uri.file(await scaffoldTestCase(folder.fsPath, kind)));
  }

  /** Imports the settings of an existing ml-model-dynscan; the log lists what was not taken over. */
  async #importConfig(target: Target): Promise<void> {
    requireTrust();
    const folder = workspace.workspaceFolders?.[0];
    if (folder === undefined) throw new UserError(l10n.t('Open a folder first: dynscan.json is written into it.'));
    const filters = { [l10n.t('INI files')]: ['ini', 'cfg'], [l10n.t('All files')]: ['*'] };
    const options = { filters, openLabel: l10n.t('Import'), title: l10n.t('Import config.ini') };
    const from = uriOf(target) ?? (await window.showOpenDialog(options))?.[0];
    if (from === undefined) return;
    const { importConfigFile } = await this.parts.app.engine();
    const to = Uri.joinPath(folder.uri, 'dynscan.json');
    const { notes } = await importConfigFile(from.fsPath, to.fsPath);
    for (const note of notes) this.parts.app.log.warn(note);
    if (notes.length > 0) this.parts.app.log.show(true);
    await window.showTextDocument(to, { preserveFocus: false });
  }

  /** From the palette: the model in front, else one of the workspace's, else a file. */
  async #ask(): Promise<readonly Uri[]> {
    const active = activeFile();
    if (active && MODEL_NAME.test(active.path)) return [active];
    const models = await this.parts.models.models();
    if (models.length === 0) return browse();
    const items = [...models.map(toItem), makeBrowseItem()];
    const options = { title: l10n.t('DynScan: Scan Model'), placeHolder: l10n.t('Which model?') };
    const choice = await window.showQuickPick(items, options);
    if (choice === undefined) return [];
    return choice.uri ? [choice.uri] : browse();
  }

  async #openDisassembly(target: Target): Promise<void> {
    const uri = uriOf(target) ?? (await this.#ask())[0];
    if (uri === undefined) return;
    const title = l10n.t('Reading {0}', modelName(uri));
    const options = { location: 'window', cancellable: true, title } as const;
    const { pickles } = await window.withProgress(options, (_, token) =>
      this.parts.inspections.of(uri, signalOf(token)),
    );
    const place = await choosePickle(pickles);
    if (place) await this.parts.documents.open(uri, place);
  }

  async #showReport(target: Target): Promise<void> {
    const uri = uriOf(target) ?? (await this.#askReport());
    if (uri) this.parts.reports.show(uri);
  }

  /** `all`: what is chosen in the view, or the format. */
  async #exportReport(target: Target, all: unknown): Promise<void> {
    const { app, results } = this.parts;
    const chosen = Array.isArray(all) ? urisOf(target, all).filter((uri) => results.report(uri) !== undefined) : [];
    if (chosen.length > 1) {
      await exportReports(app, results, chosen, undefined);
      return;
    }
    const uri = await this.#reportOf(target);
    if (uri) await exportReports(app, results, [uri], all);
  }

  /** All reports of the models that the view shows. */
  async #exportAll(format: unknown): Promise<void> {
    const { app, results, models } = this.parts;
    const shown = (await models.shown()).filter((uri) => results.report(uri) !== undefined);
    await exportReports(app, results, shown, format);
  }

  async #copyReport(target: Target): Promise<void> {
    const { app, results } = this.parts;
    const uri = await this.#reportOf(target);
    if (uri) await copyReport(app, results, uri);
  }

  async #addPackages(target: Target): Promise<void> {
    const { app, results, scans } = this.parts;
    const uri = await this.#reportOf(target);
    if (uri) await addPackages(app, results, scans, uri);
  }

  async #compareWithHead(target: Target): Promise<void> {
    const active = activeFile();
    const model =
      uriOf(target) ??
      (active && MODEL_NAME.test(active.path)
        ? active
        : await pickModel(this.parts.models, l10n.t('DynScan: Compare Model with Git HEAD')));
    if (model) await this.parts.contents.compareWithHead(model);
  }

  /** The two that are selected in the Explorer, in the order of their names; others are asked for. */
  async #compareSelected(target: Target, all: unknown): Promise<void> {
    const selected = urisOf(target, all);
    if (selected.length > 2) throw new UserError(l10n.t('Select two models to compare them.'));
    const title = l10n.t('DynScan: Compare Selected Models');
    const older = selected[0] ?? (await pickModel(this.parts.models, title));
    const newer = older && (selected[1] ?? (await pickModel(this.parts.models, title)));
    if (!older || !newer) return;
    await this.parts.contents.compare(older, newer, `${modelName(older)} ↔ ${modelName(newer)}`);
  }

  async #testOwnClasses(target: Target): Promise<void> {
    const { app, results, testCases } = this.parts;
    const uri = await this.#reportOf(target);
    if (uri) await testOwnClasses(app, results, testCases, uri);
  }

  /** The report that a command applies to: the given one, the one in front, or one that the user chooses. */
  async #reportOf(target: Target): Promise<Uri | undefined> {
    return uriOf(target) ?? this.parts.reports.active ?? this.#askReport();
  }

  async #askReport(): Promise<Uri | undefined> {
    const results = this.parts.results.all();
    const active = activeFile();
    const [only] = results;
    if (active && this.parts.results.get(active)) return active;
    if (only && results.length === 1) return only.uri;
    if (!only) throw new UserError(l10n.t('There is no report yet. Scan a model first.'));
    // Models that the user had run come first; the others were read in the background.
    const ran = ({ status }: ModelResult): boolean => status.kind === 'finished' && wasRun(status.report);
    const items = [...results.filter(ran), ...results.filter((result) => !ran(result))].map(({ uri }) => toItem(uri));
    const options = { title: l10n.t('DynScan: Report'), placeHolder: l10n.t('Of which model?') };
    return (await window.showQuickPick(items, options))?.uri;
  }
}

/** One of the workspace's models, or a file. */
export async function pickModel(
  models: ModelsTree,
  title = l10n.t('DynScan: Scan with Test Case'),
): Promise<Uri | undefined> {
  const browseItem = makeBrowseItem();
  const items = [...(await models.models()).map(toItem), browseItem];
  const choice = await window.showQuickPick(items, {
    title,
    placeHolder: l10n.t('Which model?'),
  });
  return choice === browseItem ? (await browse())[0] : choice?.uri;
}

function uriOf(target: Target): Uri | undefined {
  if (target instanceof Uri) return target;
  if (target === undefined) return undefined;
  if ('scan' in target) return Uri.parse(target.scan.key);
  return target.uri instanceof Uri ? target.uri : undefined;
}

/** The Explorer hands over the item under the pointer and, as a list, all that are selected. */
function urisOf(target: Target, all: unknown): readonly Uri[] {
  const listed = Array.isArray(all) ? all.map((item) => uriOf(item as Target)).filter((uri) => uri !== undefined) : [];
  const one = uriOf(target);
  const uris = listed.length > 0 ? listed : one ? [one] : [];
  // Findings that are chosen in the Models view stand for their models.
  return [...new Map(uris.map((uri) => [uri.toString(), uri])).values()];
}

/** The model or text that is in front. */
export function activeFile(): Uri | undefined {
  const input = window.activeTab?.input;
  return input instanceof TabInputText || input instanceof TabInputCustom ? input.uri : undefined;
}

async function browse(): Promise<readonly Uri[]> {
  const filters = { [l10n.t('Model files')]: [...MODEL_EXTENSIONS, 'bin'], [l10n.t('All files')]: ['*'] };
  const options = { canSelectMany: true, filters, openLabel: l10n.t('Scan'), title: l10n.t('Scan Model') };
  return (await window.showOpenDialog(options)) ?? [];
}

function makeBrowseItem(): ListItem & { uri?: Uri } {
  return { label: l10n.t('Browse for a File…'), alwaysShow: true };
}

function toItem(uri: Uri): ListItem & { uri: Uri } {
  return { label: modelName(uri), description: modelFolder(uri), uri };
}

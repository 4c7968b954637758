import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import {
  DiagnosticSeverity,
  EventEmitter,
  l10n,
  Range,
  Uri,
  workspace,
  type Memento,
  type WorkspaceFolder,
} from 'vscode';
import { contentOf, isSameContent, type Content } from '../core/identity.js';
import type { Finding, ScanReport, Suppression } from '../core/schema.js';
import { isNamed, UserError } from '../core/user-error.js';
import { WorkQueue } from '../core/work-queue.js';
import type { FindingsBaseline } from '../triage/baseline.js';
import type { App, EngineBundle } from './app.js';
import { problemAt } from './diagnostics.js';
import { DisposableObject } from './disposable.js';
import { exists } from './model-file.js';
import type { Results } from './results.js';
import { languages } from './surfaces.js';
import { requireTrust } from './trust.js';

/** As in the rooms that read them; spelled out, because those come with the engine. */
const SUPPRESSIONS_FILE = '.dynscan/suppressions.json';
const BASELINE_FILE = '.dynscan/baseline.json';
const ONLY_NEW = 'dynscan.onlyNew';
const START = new Range(0, 0, 0, 0);

/** What the files of one workspace folder say. */
interface Decisions {
  readonly suppressions: readonly Suppression[];
  readonly baseline: { readonly known: FindingsBaseline; readonly folder: string } | undefined;
}

const NONE: Decisions = { suppressions: [], baseline: undefined };

/**
 * Triage: the users' decisions about findings, from `.dynscan` of each workspace folder: suppressions, and the findings baseline. The results apply
 * it, so that a decision shows everywhere at once and can be taken back. In Restricted Mode none of it applies.
 */
export class Triage extends DisposableObject {
  readonly #problems = this.own(languages.createProblems('dynscan-triage'));
  readonly #changed = this.own(new EventEmitter<undefined>());
  readonly onDidChange = this.#changed.event;
  #decisions: ReadonlyMap<string, Decisions> = new Map();
  #engine: EngineBundle['triage'] | undefined;
  /** One change of the files after the other. */
  readonly #changes = new WorkQueue();

  constructor(
    private readonly app: App,
    private readonly results: Results,
    private readonly memory: Memento,
  ) {
    super();
    // A folder that appears or disappears with its files often gets an event while its files get none.
    for (const pattern of ['**/.dynscan', '**/.dynscan/*.json']) {
      const watcher = this.own(workspace.createFileSystemWatcher(pattern));
      for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete])
        this.own(event(() => void this.reload()));
    }
    this.own(workspace.onDidChangeWorkspaceFolders(() => void this.reload()));
    this.own(workspace.onDidGrantWorkspaceTrust(() => void this.reload()));
    void this.reload();
  }

  /** Only findings that the baseline does not know are shown. */
  get onlyNew(): boolean {
    return this.memory.get(ONLY_NEW) === true && this.hasBaseline;
  }

  get hasBaseline(): boolean {
    return [...this.#decisions.values()].some(({ baseline }) => baseline !== undefined);
  }

  async showOnlyNew(only: boolean): Promise<void> {
    await this.memory.update(ONLY_NEW, only);
    this.#look();
  }

  /** Reads the files again; ends when what they say shows. */
  reload(): Promise<void> {
    return this.#changes.run(() => this.#read());
  }

  /** Takes the findings of a rule off, in this content of the model, and keeps why. */
  async suppress(model: Uri, rule: string, reason: string, expires: string | undefined): Promise<void> {
    const folder = folderFor(model);
    const content = contentOf(this.#report(model).model);
    if (content === undefined) {
      throw new UserError(
        l10n.t(
          'The file could not be read to its end, so there is no content that a suppression could name. Scan it again.',
        ),
      );
    }
    const entry = {
      rule,
      ...content,
      reason,
      by: userInfo().username,
      ...(expires === undefined ? {} : { expires }),
    };
    await this.#rewrite(folder, ({ withSuppression, today }, entries) =>
      withSuppression(entries, { ...entry, created: today() }),
    );
  }

  /** Takes the decision back, in whichever folder it was written down. */
  async unsuppress(rule: string, content: Content): Promise<void> {
    for (const folder of workspace.workspaceFolders ?? []) {
      const has = this.#of(folder).suppressions.some((entry) => entry.rule === rule && isSameContent(entry, content));
      if (!has) continue;
      await this.#rewrite(folder, ({ withoutSuppression }, entries) =>
        withoutSuppression(entries, { rule, ...content }),
      );
    }
  }

  /** Writes the current findings to the findings baseline; returns the file. An earlier baseline is replaced, another file is not. */
  async writeBaseline(reason: string): Promise<Uri> {
    requireTrust();
    const folder = workspace.workspaceFolders?.[0];
    const reports = this.results.all().flatMap(({ status }) => (status.kind === 'finished' ? [status.report] : []));
    if (folder === undefined) throw new UserError(l10n.t('Open a folder first: the baseline is written into it.'));
    if (reports.length === 0)
      throw new UserError(l10n.t('There is no report yet. Scan the models that the baseline is to know.'));
    const file = Uri.joinPath(folder.uri, BASELINE_FILE);
    const { triage } = await this.app.engine();
    await this.#changes.run(async () => {
      if (await exists(file)) await triage.readBaseline(file.fsPath);
      const about = { reason, by: userInfo().username, created: triage.today() };
      const baseline = triage.makeBaseline(reports, Uri.joinPath(file, '..').fsPath, about);
      await this.#write(file, triage.formatBaseline(baseline));
      await this.#read();
    });
    return file;
  }

  #report(model: Uri): ScanReport {
    const report = this.results.report(model);
    if (report) return report;
    throw new UserError(l10n.t('This model has no report. Scan it first.'));
  }

  #of(folder: WorkspaceFolder): Decisions {
    return this.#decisions.get(folder.uri.toString()) ?? NONE;
  }

  async #rewrite(
    folder: WorkspaceFolder,
    change: (triage: EngineBundle['triage'], entries: readonly Suppression[]) => readonly Suppression[],
  ): Promise<void> {
    requireTrust();
    const file = Uri.joinPath(folder.uri, SUPPRESSIONS_FILE);
    const { triage } = await this.app.engine();
    await this.#changes.run(async () => {
      const entries = (await exists(file)) ? await triage.readSuppressions(file.fsPath) : [];
      await this.#write(file, triage.formatSuppressions(change(triage, entries)));
      await this.#read();
    });
  }

  async #write(file: Uri, text: string): Promise<void> {
    if (workspace.textDocuments.some(({ uri, isDirty }) => isDirty && uri.toString() === file.toString())) {
      throw new UserError(l10n.t('{0} has changes that are not saved. Save or undo them first.', file.fsPath));
    }
    const { prepareReportFile } = await this.app.engine();
    await workspace.fs.createDirectory(Uri.joinPath(file, '..'));
    await (await prepareReportFile(dirname(dirname(file.fsPath)), file.fsPath, 'files')).write(text);
  }

  async #read(): Promise<void> {
    this.#problems.clear();
    const decisions = new Map<string, Decisions>();
    if (workspace.isTrusted) {
      for (const folder of workspace.workspaceFolders ?? []) {
        if (folder.uri.scheme === 'file') decisions.set(folder.uri.toString(), await this.#decisionsIn(folder));
      }
    }
    // At once: until then the decisions that were there hold.
    this.#decisions = decisions;
    this.#look();
  }

  async #decisionsIn(folder: WorkspaceFolder): Promise<Decisions> {
    const file = Uri.joinPath(folder.uri, SUPPRESSIONS_FILE);
    const baselineFile = Uri.joinPath(folder.uri, BASELINE_FILE);
    const [some, known] = [await exists(file), await exists(baselineFile)];
    if (!some && !known) return NONE;
    const { triage } = await this.app.engine();
    this.#engine = triage;
    const suppressions = some ? await this.#reading(file, () => triage.readSuppressions(file.fsPath)) : undefined;
    const baseline = known
      ? await this.#reading(baselineFile, () => triage.readBaseline(baselineFile.fsPath))
      : undefined;
    const expired = (suppressions ?? []).filter((entry) => triage.hasExpired(entry, triage.today()));
    if (expired.length > 0) {
      const which = expired.map(({ rule, expires }) => `${rule} (${expires ?? ''})`).join(', ');
      const message = l10n.t('Expired, and no longer in force: {0}.', which);
      this.#complain(file, message, DiagnosticSeverity.Information);
    }
    return {
      suppressions: suppressions ?? [],
      baseline: baseline && { known: baseline, folder: Uri.joinPath(baselineFile, '..').fsPath },
    };
  }

  /** An error in a file is shown at the file, and none of its entries counts. */
  async #reading<T>(file: Uri, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isNamed(error, 'UserError')) throw error;
      this.#complain(file, error.message, DiagnosticSeverity.Error);
      return undefined;
    }
  }

  #complain(file: Uri, message: string, severity: DiagnosticSeverity): void {
    const problem = problemAt(START, message, severity);
    this.#problems.set(file, [...this.#problems.get(file), problem]);
  }

  #look(): void {
    const { onlyNew } = this;
    this.results.lookThrough({
      report: (report) => this.#triaged(report),
      findings: (findings) => (onlyNew ? findings.filter(isNew) : findings),
      note: onlyNew ? l10n.t('Only findings that are new since the baseline are shown.') : undefined,
    });
    this.#changed.fire(undefined);
  }

  #triaged(report: ScanReport): ScanReport {
    // Without a file there has been no decision.
    if (this.#engine === undefined) return report;
    const all = [...this.#decisions.values()];
    const entries = all.flatMap(({ suppressions }) => suppressions);
    const baselines = all.flatMap(({ baseline }) => (baseline ? [baseline] : []));
    return this.#engine.triage(report, { entries, baselines, today: this.#engine.today() });
  }
}

function isNew({ baselineState }: Finding): boolean {
  return baselineState !== 'unchanged';
}

/** A decision is kept with the model; for a model elsewhere with the first folder. */
function folderFor(model: Uri): WorkspaceFolder {
  const folder = workspace.getWorkspaceFolder(model) ?? workspace.workspaceFolders?.[0];
  if (folder?.uri.scheme === 'file') return folder;
  throw new UserError(l10n.t('Open a folder first: suppressions are kept in its {0}.', SUPPRESSIONS_FILE));
}

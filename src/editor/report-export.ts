/** Exports reports: to a file, or as Markdown to the clipboard. */
import { dirname } from 'node:path';
import { env, l10n, Uri, workspace } from 'vscode';
import type { FileFormat } from '../report/files.js';
import type { ScanReport } from '../core/schema.js';
import { UserError } from '../core/user-error.js';
import type { App } from './app.js';
import type { Results } from './results.js';
import { window, type ListItem } from './surfaces.js';
import { modelName } from './appearance.js';

const FORMATS: readonly (ListItem & { readonly format: FileFormat })[] = [
  { label: 'HTML', description: l10n.t('one file to read in any browser'), format: 'html' },
  { label: 'JSON', description: l10n.t('all there is, for programs'), format: 'json' },
  { label: 'SARIF', description: l10n.t('for code scanning services'), format: 'sarif' },
];
/** Milliseconds that the status bar says so. */
const SAID_FOR = 5_000;
const NAME_LENGTH = 100;

/**
 * Writes the reports of models to one file. Asks for the format if it is not given; the save dialog asks before it returns a file that exists.
 */
export async function exportReports(app: App, results: Results, models: readonly Uri[], given: unknown): Promise<void> {
  const reports = models.map((model) => reportOf(results, model));
  const [first] = models;
  if (first === undefined) throw new UserError(l10n.t('There is no report yet. Scan a model first.'));
  const options = { title: l10n.t('DynScan: Export Report'), placeHolder: l10n.t('As what?') };
  const format = FORMATS.find((item) => item.format === given) ?? (await window.showQuickPick(FORMATS, options));
  if (format === undefined) return;
  const target = await window.showSaveDialog({
    title: l10n.t('Export Report'),
    defaultUri: Uri.joinPath(
      workspace.getWorkspaceFolder(first)?.uri ?? Uri.joinPath(first, '..'),
      nameFor(models, format.format),
    ),
    filters: { [format.label]: [format.format] },
    saveLabel: l10n.t('Export'),
  });
  if (target === undefined) return;
  await writeReports(app, reports, models, target, format.format);
  const written = l10n.t('DynScan: report written to {0}', workspace.asRelativePath(target));
  window.setStatusBarMessage(written, SAID_FOR);
}

/** On a disk the file is written whole or not at all. */
export async function writeReports(
  app: App,
  reports: readonly ScanReport[],
  models: readonly Uri[],
  target: Uri,
  format: FileFormat,
): Promise<void> {
  const model = models.find((one) => one.toString() === target.toString());
  if (model !== undefined)
    throw new UserError(l10n.t('{0} is the model itself. Name another file for its report.', modelName(model)));
  const { formatFile, makeDocument, prepareReportFile } = await app.engine();
  const [first] = models;
  const root = (first && workspace.getWorkspaceFolder(first)?.uri.fsPath) ?? '';
  const text = formatFile(makeDocument(reports), format, { root });
  const { fsPath } = target;
  if (target.scheme === 'file') await (await prepareReportFile(dirname(fsPath), fsPath, 'files')).write(text);
  else await workspace.fs.writeFile(target, new TextEncoder().encode(text));
}

export async function copyReport(app: App, results: Results, model: Uri): Promise<void> {
  const { formatMarkdown } = await app.engine();
  await env.clipboard.writeText(formatMarkdown(reportOf(results, model)));
  window.setStatusBarMessage(l10n.t('DynScan: report of {0} copied as Markdown', modelName(model)), SAID_FOR);
}

function reportOf(results: Results, model: Uri): ScanReport {
  const report = results.report(model);
  if (report) return report;
  throw new UserError(l10n.t('There is no report of {0}. Scan it first.', modelName(model)));
}

/** `model.pt` is exported to `model.pt.dynscan.html`, several to `dynscan.html`; of a name only what every file system takes. */
function nameFor(models: readonly Uri[], format: FileFormat): string {
  const [model] = models;
  if (model === undefined || models.length > 1) return `dynscan.${format}`;
  const name = modelName(model)
    .replace(/[^\w.-]+/g, '_')
    .slice(0, NAME_LENGTH);
  return `${name}.dynscan.${format}`;
}

import { l10n, Uri, workspace } from 'vscode';
import type { ScanReport } from '../core/schema.js';
import { definitionOf } from '../core/stub-classes.js';
import { UserError } from '../core/user-error.js';
import type { App } from './app.js';
import type { Results } from './results.js';
import { readSettings } from './settings.js';
import { window } from './surfaces.js';
import type { TestCases } from './test-cases.js';
import { requireTrust } from './trust.js';
import { modelName } from './appearance.js';

/** Writes a test case that imports the classes of a model from the file that defines them, and scans the model with it. */
export async function testOwnClasses(app: App, results: Results, testCases: TestCases, uri: Uri): Promise<void> {
  requireTrust();
  const report = results.report(uri);
  const definition = report && definitionOf(report.load);
  const folder = workspace.getWorkspaceFolder(uri) ?? workspace.workspaceFolders?.[0];
  if (report === undefined || definition === undefined)
    throw new UserError(l10n.t('No single file of the project defines the classes of {0}.', modelName(uri)));
  if (folder === undefined) throw new UserError(l10n.t('Open a folder first: a new test case is written into it.'));
  const target = Uri.joinPath(folder.uri, (await readSettings(app)).testCaseFolder);
  const { scaffoldTestCase } = await app.engine();
  const path = await scaffoldTestCase(target.fsPath, kindFor(report), definition.line);
  await window.showTextDocument(Uri.file(path));
  await testCases.scan(Uri.file(path), uri);
}

/** The kind of test case that loads a file of the format. */
function kindFor({ model: { format } }: ScanReport): 'torch' | 'sklearn' | 'plain' {
  if (format.startsWith('torch')) return 'torch';
  return format === 'joblib' ? 'sklearn' : 'plain';
}

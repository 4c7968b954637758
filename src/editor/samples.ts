import { commands, l10n, Uri, workspace } from 'vscode';
import { UserError } from '../core/user-error.js';
import type { App } from './app.js';
import type { AutoScan } from './auto-scan.js';
import { window } from './surfaces.js';
import { requireTrust } from './trust.js';

const FOLDER = 'dynscan-samples';

/** Writes sample models into a folder of the workspace, and shows where. */
export async function makeSamples(app: App, autoScan: AutoScan): Promise<void> {
  requireTrust();
  const folders = workspace.workspaceFolders ?? [];
  if (folders.length === 0) throw new UserError(l10n.t('Open a folder first: the sample models are written into it.'));
  const folder =
    folders.length === 1 ? folders[0] : await window.showWorkspaceFolderPick(l10n.t('Where to make the samples?'));
  if (folder === undefined) return;
  if (folder.uri.scheme !== 'file')
    throw new UserError(l10n.t('Open a folder of this machine: the samples are written to its disk.'));
  const { writeSamples } = await app.engine();
  const samples = (await writeSamples(Uri.joinPath(folder.uri, FOLDER).fsPath)).map((path) => Uri.file(path));
  // In a folder that was just opened VS Code may not watch files yet, and would not report these.
  for (const sample of samples) autoScan.expect(sample);
  if (samples[0] !== undefined) await commands.executeCommand('revealInExplorer', samples[0]);
}

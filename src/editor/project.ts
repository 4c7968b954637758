import * as path from 'node:path';
import { extensions, FileType, l10n, Uri, workspace } from 'vscode';
import type { App } from './app.js';
import { settingOf } from './settings.js';
import { window } from './surfaces.js';
import { modelName } from './appearance.js';

const SAME = l10n.t('Use the Same Versions');
const USUAL = l10n.t('Keep the Usual Ones');
const ASKED = 'dynscan.askedToFollowWorkspace';
/** A project that takes longer to be read is not asked about. */
const READING_SECONDS = 10;

/** The user's own answer. */
export function followsWorkspace(): boolean {
  return settingOf('followWorkspace', { ownOnly: true }) === 'on';
}

/**
 * Sources of the package versions that the code around a model uses: the environment of the interpreter that is selected for it, and its folder of
 * the workspace.
 */
export async function projectFolders(model: Uri): Promise<string[]> {
  const folder = workspace.getWorkspaceFolder(model);
  if (folder === undefined) return [];
  const environment = await selectedEnvironment(folder.uri);
  return [...(environment === undefined ? [] : [environment]), folder.uri.fsPath];
}

/**
 * Asks once whether sandboxes are to have the package versions of the workspace, when it names any. Returns whether they are to from now on.
 */
export async function offerToFollow({ context, engine }: App, model: Uri): Promise<boolean> {
  const folder = workspace.getWorkspaceFolder(model);
  const isOpen = settingOf('followWorkspace', { ownOnly: true }) === 'ask' && !context.globalState.get(ASKED, false);
  if (folder === undefined || !isOpen) return false;
  const { projectIn } = await engine();
  const options = { signal: new AbortController().signal, timeout: READING_SECONDS };
  const { python, pins } = await projectIn(await projectFolders(model), options);
  if (python === undefined && pins.size === 0) return false;
  await context.globalState.update(ASKED, true);
  const question = l10n.t(
    '{0} says which Python and which packages its code has. Should the sandbox have the same, in this and in other folders? Images of 0.6 GB and more are built for it when a model needs them.',
    modelName(folder.uri),
  );
  const answer = await window.showInformationMessage(question, undefined, SAME, USUAL);
  if (answer === undefined) return false;
  const value = answer === SAME ? 'on' : 'off';
  await workspace.getConfiguration('dynscan').update('followWorkspace', value, true);
  return answer === SAME;
}

/** Its folder, by the Python extension, which is only asked where it lies: https://github.com/microsoft/vscode-python/wiki/Python-Environment-APIs */
async function selectedEnvironment(folder: Uri): Promise<string | undefined> {
  const python = extensions.getExtension<unknown>('ms-python.python');
  if (python?.isActive !== true) return undefined;
  const found = activePath(python.exports, folder);
  if (found === undefined || !path.isAbsolute(found)) return undefined;
  // The path of the program, or of the environment.
  const parent = path.dirname(found);
  const isProgram = /^python[\d.]*(?:\.exe)?$/i.test(path.basename(found));
  const environment = !isProgram
    ? found
    : /^(?:bin|Scripts)$/i.test(path.basename(parent))
      ? path.dirname(parent)
      : parent;
  const isFolder = await workspace.fs.stat(Uri.file(environment)).then(
    ({ type }) => (type & FileType.Directory) !== 0,
    () => false, // it is gone
  );
  return isFolder ? environment : undefined;
}

interface PythonApi {
  readonly environments: { readonly getActiveEnvironmentPath: (resource: Uri) => { readonly path: string } };
}

function activePath(exports: unknown, folder: Uri): string | undefined {
  try {
    const { path: active } = (exports as PythonApi).environments.getActiveEnvironmentPath(folder);
    return typeof active === 'string' ? active : undefined;
  } catch {
    return undefined; // another version of that extension
  }
}

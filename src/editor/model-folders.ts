/** Folders of Hugging Face models in the workspace, by the file that stands for each, and the code of their own that they name. */
import { FileType, Uri, workspace } from 'vscode';
import { FORMATS } from '../core/formats.js';
import { messageOf } from '../core/user-error.js';
import type { App } from './app.js';
import { NOT_OURS } from './names.js';
import { readSettings } from './settings.js';

export interface HuggingFaceFolder {
  /** Its configuration, which a scan is given. */
  readonly uri: Uri;
  readonly code: readonly OwnCode[];
}

/** Code that comes with a model and runs when it is loaded with `trust_remote_code`. */
export interface OwnCode {
  /** As the configuration names it. */
  readonly name: string;
  /** Undefined when it is taken from elsewhere, or not there. */
  readonly file: Uri | undefined;
}

const NAMES = FORMATS.huggingface.folder?.by ?? [];
const CONFIGURATIONS = `**/{${NAMES.join(',')}}`;
/** Other programs have files of these names too; each is read to tell. */
const CANDIDATES = 300;
/** Bytes of a configuration. */
const SIZE_LIMIT = 1024 * 1024;
const CODE_LIMIT = 50;

export function isFolderConfiguration({ path }: Uri): boolean {
  return NAMES.includes(path.slice(path.lastIndexOf('/') + 1));
}

/** Reads the configurations of the workspace, and nothing of the models but these. */
export async function findModelFolders(app: App): Promise<readonly HuggingFaceFolder[]> {
  const found = await workspace.findFiles(CONFIGURATIONS, NOT_OURS, CANDIDATES);
  if (found.length === 0) return [];
  const { detectModel } = await app.engine();
  const { staticTimeout: timeout } = await readSettings(app);
  const folders: HuggingFaceFolder[] = [];
  for (const uri of found) {
    if (uri.scheme !== 'file') continue;
    try {
      const { signal } = new AbortController();
      const { format } = await detectModel(uri.fsPath, { signal, timeout });
      if (format === 'huggingface') folders.push({ uri, code: await ownCode(uri) });
    } catch (error) {
      // It is gone, or cannot be read: a scan of it says why.
      app.log.info(messageOf(error));
    }
  }
  return folders;
}

/** `auto_map` of each configuration of the folder: a class by `module.Class`, or by `owner/repository--module.Class`. */
async function ownCode(model: Uri): Promise<OwnCode[]> {
  const folder = Uri.joinPath(model, '..');
  const names = new Set<string>();
  for (const name of NAMES) for (const one of await autoMap(Uri.joinPath(folder, name))) names.add(one);
  const code = new Map<string, OwnCode>();
  for (const name of [...names].slice(0, CODE_LIMIT)) {
    const [, repository, module = ''] = /^(?:(.{1,200})--)?([\w.]{1,200})\.\w+$/.exec(name) ?? [];
    if (repository !== undefined) code.set(repository, { name: repository, file: undefined });
    if (repository !== undefined || module === '' || module.split('.').includes('')) continue;
    const path = `${module.replaceAll('.', '/')}.py`;
    const file = Uri.joinPath(folder, path);
    code.set(path, { name: path, file: (await sizeOfFile(file)) === undefined ? undefined : file });
  }
  return [...code.values()];
}

async function autoMap(configuration: Uri): Promise<string[]> {
  const size = await sizeOfFile(configuration);
  if (size === undefined || size > SIZE_LIMIT) return [];
  try {
    const value: unknown = JSON.parse(Buffer.from(await workspace.fs.readFile(configuration)).toString());
    const map: unknown =
      typeof value === 'object' && value !== null && 'auto_map' in value ? value.auto_map : undefined;
    if (typeof map !== 'object' || map === null) return [];
    return Object.values(map)
      .flat()
      .filter((one): one is string => typeof one === 'string');
  } catch {
    return [];
  }
}

async function sizeOfFile(file: Uri): Promise<number | undefined> {
  try {
    const { type, size } = await workspace.fs.stat(file);
    return (type & FileType.File) === 0 ? undefined : size;
  } catch {
    return undefined;
  }
}

import { commands, EventEmitter, extensions, l10n, Uri, workspace, type CancellationToken } from 'vscode';
import type { TextDocumentContentProvider } from 'vscode';
import { isNamed, messageOf, UserError } from '../core/user-error.js';
import { outputText, withoutAddresses } from '../view/plain-text.js';
import type { App } from './app.js';
import { modelName } from './appearance.js';
import { DisposableObject } from './disposable.js';
import { signalOf } from './inspections.js';
import { taskFileOf } from './model-file.js';
import { CONTENT_SCHEME } from './names.js';
import { readSettings } from './settings.js';

/** What is in a model as a read-only document, and two of them side by side. */
export class ModelDocuments extends DisposableObject implements TextDocumentContentProvider {
  readonly #changed = this.own(new EventEmitter<Uri>());
  readonly onDidChange = this.#changed.event;

  constructor(private readonly app: App) {
    super();
    this.own(workspace.registerTextDocumentContentProvider(CONTENT_SCHEME, this));
    const watcher = this.own(workspace.createFileSystemWatcher('**/*'));
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete])
      this.own(event((uri) => this.#reload(uri)));
  }

  async provideTextDocumentContent(uri: Uri, token: CancellationToken): Promise<string> {
    const model = modelOf(uri);
    if (!model) return `# ${l10n.t('This is no link to the content of a model.')}\n`;
    try {
      const { describeModel } = await this.app.engine();
      const { staticTimeout } = await readSettings(this.app);
      const text = await describeModel(await taskFileOf(model), { signal: signalOf(token), timeout: staticTimeout });
      // An editor makes links of what looks like an address.
      return withoutAddresses(text);
    } catch (error) {
      if (isNamed(error, 'CancelledError')) return '';
      return `# ${outputText(messageOf(error))}\n`;
    }
  }

  /** Opens a comparison, the older model to the left. */
  async compare(older: Uri, newer: Uri, title: string): Promise<void> {
    await commands.executeCommand('vscode.diff', contentUri(older), contentUri(newer), title);
  }

  async compareWithHead(model: Uri): Promise<void> {
    const head = await atHead(model);
    const name = modelName(model);
    await this.compare(head, model, l10n.t('{0} (Git HEAD ↔ now)', name));
  }

  #reload(file: Uri): void {
    for (const { uri } of workspace.textDocuments)
      if (uri.scheme === CONTENT_SCHEME && modelOf(uri)?.toString() === file.toString()) this.#changed.fire(uri);
  }
}

/** The part of the interface of VS Code's Git extension (`extensions/git/src/api/git.d.ts`) that is used. */
interface GitExtension {
  /** The setting `git.enabled`. */
  readonly enabled: boolean;
  getAPI(version: 1): {
    toGitUri(uri: Uri, ref: string): Uri;
    getRepository(uri: Uri): unknown;
  };
}

/** The model as it was committed last. */
async function atHead(model: Uri): Promise<Uri> {
  const extension = await extensions.getExtension<GitExtension>('vscode.git')?.activate();
  if (extension?.enabled !== true)
    throw new UserError(
      l10n.t('Git is turned off in this window (setting git.enabled), so there is nothing to compare with.'),
    );
  const git = extension.getAPI(1);
  if (git.getRepository(model) === null)
    throw new UserError(l10n.t('{0} is in no Git repository that VS Code has opened.', modelName(model)));
  const head = git.toGitUri(model, 'HEAD');
  try {
    await workspace.fs.stat(head);
  } catch {
    throw new UserError(l10n.t('{0} was never committed, so there is nothing to compare with.', modelName(model)));
  }
  return head;
}

/** The name of the document ends like a text, so that no editor of models opens it. */
function contentUri(model: Uri): Uri {
  const name = model.path.slice(model.path.lastIndexOf('/'));
  return Uri.from({ scheme: CONTENT_SCHEME, path: `${name}.txt`, query: model.toString() });
}

function modelOf({ scheme, query }: Uri): Uri | undefined {
  if (scheme !== CONTENT_SCHEME || query === '') return undefined;
  try {
    return Uri.parse(query, true);
  } catch {
    return undefined;
  }
}

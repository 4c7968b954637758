import { EventEmitter, l10n, workspace } from 'vscode';
import * as path from 'node:path';
import { TOOL_VERSION } from '../core/tool.js';
import { DisposableObject } from './disposable.js';
import { offerMcpServer, type McpServer } from './surfaces.js';

/** As in package.json. */
const ID = 'dynscan';

/**
 * Offers `dynscan mcp` to the assistants of this editor, for the folders of the workspace. VS Code asks the user before it starts a server. None in
 * Restricted Mode: the server runs models.
 */
export class McpServers extends DisposableObject {
  readonly #changed = this.own(new EventEmitter<void>());

  constructor(private readonly extensionPath: string) {
    super();
    const offered = offerMcpServer(ID, { onDidChange: this.#changed.event, servers: () => this.servers() });
    if (offered === undefined) return;
    this.own(offered);
    this.own(workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()));
    this.own(workspace.onDidChangeWorkspaceFolders(() => this.#changed.fire()));
  }

  servers(): readonly McpServer[] {
    const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    const [first] = folders;
    if (!workspace.isTrusted || first === undefined) return [];
    const cli = path.join(this.extensionPath, 'dist', 'cli.js');
    return [
      {
        label: l10n.t('DynScan: what model files would do'),
        command: process.execPath,
        args: [cli, 'mcp', ...folders.map(({ uri }) => uri.fsPath)],
        // In VS Code the program is Electron.
        env: { ELECTRON_RUN_AS_NODE: '1' },
        cwd: first.uri,
        version: TOOL_VERSION,
      },
    ];
  }
}

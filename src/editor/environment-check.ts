import { randomBytes } from 'node:crypto';
import { env, l10n, Uri } from 'vscode';
import { isNamed, messageOf } from '../core/user-error.js';
import type { App, Diagnosis } from './app.js';
import { DisposableObject } from './disposable.js';
import { environmentHtml, PAGE_COMMANDS } from './environment-html.js';
import { ENVIRONMENT_VIEW } from './names.js';
import { readSettings } from './settings.js';
import { showTitle, window, type Panel } from './surfaces.js';
import { requireTrust } from './trust.js';

/** Milliseconds that the status bar says so. */
const SAID_FOR = 5_000;

/** The page that shows the requirements of the sandbox, which of them are met, and what to do about the others. */
export class EnvironmentCheck extends DisposableObject {
  #panel: Panel | undefined;
  #checks: readonly Diagnosis[] = [];
  #asked = 0;

  constructor(private readonly app: App) {
    super();
  }

  /** What the page shows; undefined where there is none. */
  get html(): string | undefined {
    return this.#panel?.webview.html;
  }

  /** Opens the page, or brings it to the front, and checks all again. */
  async show(): Promise<void> {
    requireTrust();
    const panel = (this.#panel ??= this.#open());
    panel.reveal();
    this.#write(undefined);
    const asked = (this.#asked += 1);
    const checks = await this.#diagnose();
    // Another one was asked for.
    if (asked !== this.#asked) return;
    this.#checks = checks;
    for (const { name, ok, detail } of checks) this.app.log.info(`${ok ? 'OK' : 'Missing'}: ${name}. ${detail}`);
    this.#write(checks);
  }

  /** `index`: the check whose command it is, as the page says it. */
  async copy(index: unknown): Promise<void> {
    const command = this.#checks[Number(index)]?.command;
    if (command === undefined) return;
    await env.clipboard.writeText(command);
    window.setStatusBarMessage(l10n.t('DynScan: command copied. Run it in a terminal.'), SAID_FOR);
  }

  override dispose(): void {
    this.#panel?.dispose();
    super.dispose();
  }

  #open(): Panel {
    const panel = window.createPanel(ENVIRONMENT_VIEW);
    const { extensionUri } = this.app.context;
    showTitle(panel, l10n.t('Check Environment'), {
      light: Uri.joinPath(extensionUri, 'media', 'report-light.svg'),
      dark: Uri.joinPath(extensionUri, 'media', 'report-dark.svg'),
    });
    panel.webview.options = { enableScripts: false, enableCommandUris: PAGE_COMMANDS, localResourceRoots: [] };
    panel.onDidDispose(() => (this.#panel = undefined));
    return panel;
  }

  /** A setting that cannot be used is a part that is missing, too. */
  async #diagnose(): Promise<readonly Diagnosis[]> {
    try {
      const settings = await readSettings(this.app);
      return await (await this.app.engine()).diagnose(settings);
    } catch (error) {
      if (!isNamed(error, 'UserError')) this.app.log.error(error);
      return [{ name: l10n.t('Settings'), ok: false, detail: messageOf(error) }];
    }
  }

  #write(checks: readonly Diagnosis[] | undefined): void {
    if (this.#panel) this.#panel.webview.html = environmentHtml(checks, randomBytes(16).toString('base64url'));
  }
}

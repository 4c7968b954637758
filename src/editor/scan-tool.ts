import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import {
  l10n,
  LanguageModelTextPart,
  LanguageModelToolResult,
  lm,
  MarkdownString,
  Uri,
  workspace,
  type CancellationToken,
  type LanguageModelTool,
  type LanguageModelToolInvocationOptions,
  type LanguageModelToolInvocationPrepareOptions,
  type PreparedToolInvocation,
} from 'vscode';
import { escapeAndCut } from '../report/escape.js';
import { UserError } from '../report/user-error.js';
import type { ToolRequest } from '../scan/tool-request.js';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import type { Results } from './results.js';
import type { ScanController } from './scan-controller.js';

const TOOL = 'scan_model';
const PATH_LENGTH = 300;

/**
 * Lets an assistant ask for a scan of a model of the workspace. A person is asked each time before anything happens, in the person's
 * language; what the assistant is told is English, as its instructions are.
 */
export class ScanTool extends DisposableObject implements LanguageModelTool<unknown> {
  constructor(
    private readonly app: App,
    private readonly results: Results,
    private readonly scans: ScanController,
  ) {
    super();
    // Editors that are built from VS Code may lack it.
    const tools = lm as Partial<typeof lm> | undefined;
    if (tools?.registerTool !== undefined) this.own(tools.registerTool(TOOL, this));
  }

  async prepareInvocation({
    input,
  }: LanguageModelToolInvocationPrepareOptions<unknown>): Promise<PreparedToolInvocation> {
    const { path, mode } = await this.#request(input);
    const shown = escapeAndCut(path, PATH_LENGTH);
    const [title, question] =
      mode === 'static'
        ? [l10n.t('Scan Model (Static Only)'), l10n.t('Read this model, without running it? {0}', shown)]
        : [l10n.t('Scan Model'), l10n.t('Run this model in the sandbox of DynScan? {0}', shown)];
    return {
      invocationMessage: new MarkdownString().appendText(l10n.t('Scanning {0}', shown)),
      confirmationMessages: { title, message: new MarkdownString().appendText(question) },
    };
  }

  async invoke(
    { input }: LanguageModelToolInvocationOptions<unknown>,
    token: CancellationToken,
  ): Promise<LanguageModelToolResult> {
    const { path, mode } = await this.#request(input);
    if (mode === 'sandbox' && !workspace.isTrusted) {
      throw new UserError(
        'This workspace is in Restricted Mode, so no model is run. Ask with the mode "static", which only reads the file.',
      );
    }
    const model = await modelAt(path);
    token.onCancellationRequested(() => this.scans.stop(model));
    if (this.scans.isBusy(model))
      throw new UserError('This model is being scanned. Ask again when that scan has ended.');
    const ended = await this.scans.scan([model], { staticOnly: mode === 'static', quiet: true });
    const status = this.results.get(model)?.status;
    if (!ended || status?.kind !== 'finished') throw new UserError('The scan was stopped, or this file is no model.');
    const { tellAssistant } = await this.app.engine();
    return new LanguageModelToolResult([new LanguageModelTextPart(tellAssistant(status.report))]);
  }

  async #request(input: unknown): Promise<ToolRequest> {
    const { toolRequestSchema } = await this.app.engine();
    const parsed = toolRequestSchema.safeParse(input);
    if (parsed.success) return parsed.data;
    throw new UserError('The tool takes {"path": a file of the workspace, "mode": "static" or "sandbox"}.');
  }
}

/** An assistant is led by what it reads, so it gets no further than the workspace, links followed. */
async function modelAt(path: string): Promise<Uri> {
  for (const folder of workspace.workspaceFolders ?? []) {
    if (folder.uri.scheme !== 'file') continue;
    const inside = resolve(folder.uri.fsPath, path);
    if (isWithin(folder.uri.fsPath, inside) && (await isReallyWithin(folder.uri.fsPath, inside)))
      return Uri.file(inside);
  }
  throw new UserError('There is no such file in the folders of this workspace.');
}

async function isReallyWithin(folder: string, file: string): Promise<boolean> {
  try {
    return isWithin(await realpath(folder), await realpath(file));
  } catch {
    return false;
  }
}

function isWithin(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
}

import {
  l10n,
  Uri,
  workspace,
  type CancellationToken,
  type LanguageModelToolInvocationOptions,
  type LanguageModelToolInvocationPrepareOptions,
} from 'vscode';
import { messageOf, UserError } from '../core/user-error.js';
import { modelIn } from '../scan/model-file.js';
import type { ToolRequest } from '../scan/tool-request.js';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import { reportOf } from './results.js';
import type { ScanController } from './scan-controller.js';
import { toolAnswer, toolQuestion, tools, type Tool } from './surfaces.js';

const TOOL = 'scan_model';
/** Answers of the user for which a tool call is still expected. */
const CONFIRMED_LIMIT = 100;

/** A model of the workspace, as it is called there, and where its file really lies. */
interface Asked {
  readonly uri: Uri;
  readonly real: string;
}

/**
 * Lets an assistant ask for a scan of one model of the workspace. The user is asked each time before anything happens, in the user's language, with
 * the path that links and `..` lead to; answers to the assistant are in English, as its instructions are.
 */
export class ScanTool extends DisposableObject implements Tool {
  /** By request: the file that the user was asked about last. */
  readonly #confirmed = new Map<string, string>();

  constructor(
    private readonly app: App,
    private readonly scans: ScanController,
  ) {
    super();
    const registered = tools.register(TOOL, this);
    if (registered !== undefined) this.own(registered);
  }

  async prepareInvocation({
    input,
  }: LanguageModelToolInvocationPrepareOptions<unknown>): Promise<ReturnType<typeof toolQuestion>> {
    const request = await this.#request(input);
    const { real } = await modelAt(request.path);
    this.#confirmed.delete(keyOf(request));
    this.#confirmed.set(keyOf(request), real);
    const [oldest] = this.#confirmed.keys();
    if (this.#confirmed.size > CONFIRMED_LIMIT && oldest !== undefined) this.#confirmed.delete(oldest);
    const doing = l10n.t('Scanning {0}', real);
    return request.mode === 'static'
      ? toolQuestion({
          doing,
          title: l10n.t('Scan Model (Static Only)'),
          question: [l10n.t('Read this model, without running it? {0}', real)],
        })
      : toolQuestion({
          doing,
          title: l10n.t('Scan Model'),
          question: [l10n.t('Run this model in the sandbox of DynScan? {0}', real)],
        });
  }

  async invoke(
    { input }: LanguageModelToolInvocationOptions<unknown>,
    token: CancellationToken,
  ): Promise<ReturnType<typeof toolAnswer>> {
    const request = await this.#request(input);
    const { mode } = request;
    if (mode === 'sandbox' && !workspace.isTrusted) {
      throw new UserError(
        'This workspace is in Restricted Mode, so no model is run. Ask with the mode "static", which only reads the file.',
      );
    }
    const { uri: model, real } = await modelAt(request.path);
    const confirmed = this.#confirmed.get(keyOf(request));
    this.#confirmed.delete(keyOf(request));
    if (confirmed !== undefined && confirmed !== real)
      throw new UserError('This path leads to another file than the one that the user agreed to. Ask again.');
    token.onCancellationRequested(() => this.scans.stop(model));
    if (this.scans.isBusy(model))
      throw new UserError('This model is being scanned. Ask again when that scan has ended.');
    const { tellAssistant, tellFailure } = await this.app.engine();
    const reports = await this.scans
      .scan([model], { staticOnly: mode === 'static', quiet: true })
      .catch((error: unknown) => {
        throw new UserError(tellFailure(messageOf(error)));
      });
    const report = reportOf(model, reports);
    if (report === undefined) throw new UserError('The scan was stopped, or this file is no model.');
    return toolAnswer(tellAssistant(report));
  }

  async #request(input: unknown): Promise<ToolRequest> {
    const { toolRequestSchema } = await this.app.engine();
    const parsed = toolRequestSchema.safeParse(input);
    if (parsed.success) return parsed.data;
    throw new UserError('The tool takes {"path": a file of the workspace, "mode": "static" or "sandbox"}.');
  }
}

function keyOf({ path, mode }: ToolRequest): string {
  return JSON.stringify([path, mode]);
}

async function modelAt(path: string): Promise<Asked> {
  const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const { path: called, real } = await modelIn(
    folders.map(({ uri }) => uri.fsPath),
    path,
  );
  return { uri: Uri.file(called), real };
}

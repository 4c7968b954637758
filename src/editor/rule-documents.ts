import { l10n, Uri, workspace, type TextDocumentContentProvider } from 'vscode';
import type { App } from './app.js';
import { DisposableObject } from './disposable.js';
import { RULE_SCHEME } from './names.js';

/** What a rule means and what to do, as a document: the same words as docs/rules.md, of the version that found it. */
export function ruleUri(rule: string): Uri {
  return Uri.from({ scheme: RULE_SCHEME, path: `/${rule}.md` });
}

export class RuleDocuments extends DisposableObject implements TextDocumentContentProvider {
  constructor(private readonly app: App) {
    super();
    this.own(workspace.registerTextDocumentContentProvider(RULE_SCHEME, this));
  }

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    const rule = /^\/([A-Z0-9-]{1,100})\.md$/.exec(uri.path)?.[1];
    const { ruleDocument } = await this.app.engine();
    const text = rule === undefined ? undefined : ruleDocument(rule);
    return `${text?.replace(/^## /, '# ') ?? l10n.t('This version of DynScan has no such rule.')}\n`;
  }
}

import { EventEmitter, Uri, workspace, type TextDocumentContentProvider } from 'vscode';
import { escapeJson } from '../core/escape.js';
import { publishedScan } from '../core/published.js';
import { DisposableObject } from './disposable.js';
import { REPORT_SCHEME } from './names.js';
import { reportDocumentUri } from './report-panels.js';
import type { Results } from './results.js';

/** Reports as read-only JSON documents, which follow the result. */
export class ReportDocuments extends DisposableObject implements TextDocumentContentProvider {
  readonly #changed = this.own(new EventEmitter<Uri>());
  readonly onDidChange = this.#changed.event;

  constructor(private readonly results: Results) {
    super();
    this.own(workspace.registerTextDocumentContentProvider(REPORT_SCHEME, this));
    this.own(
      results.onDidChange((uris) => {
        for (const uri of uris) this.#changed.fire(reportDocumentUri(uri));
      }),
    );
  }

  provideTextDocumentContent(uri: Uri): string {
    const report = this.results.report(Uri.parse(uri.query));
    if (report === undefined) return '';
    // `\/` is a slash to JSON, and the end of an address to an editor that makes links of them.
    return `${escapeJson(JSON.stringify(publishedScan(report), undefined, 2)).replaceAll('://', ':\\/\\/')}\n`;
  }
}

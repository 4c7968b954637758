import { l10n, Location, Range, Uri, workspace, type TextDocumentContentProvider } from 'vscode';
import { escapeAndCut } from '../core/escape.js';
import { PAGE_LINES } from '../core/inspection.js';
import { withoutAddresses } from '../view/plain-text.js';
import { pageOfLine } from './disassembly-uri.js';
import { DisposableObject } from './disposable.js';
import type { KeptResults } from './kept-results.js';
import { TRACE_SCHEME } from './names.js';
import type { Results } from './results.js';
import type { Traces } from './traces.js';

/** Characters of a line that are shown. */
const LINE_LENGTH = 2_000;

/** A line of a model's trace, counted from 1, in the documents of this module. */
export function traceLocation(model: Uri, line: number): Location {
  const { page, row } = pageOfLine(line);
  const part = page === 1 ? '' : ` (page ${page})`;
  const uri = Uri.from({
    scheme: TRACE_SCHEME,
    path: `${model.path}${part}.strace`,
    query: `${page} ${model.toString()}`,
  });
  return new Location(uri, new Range(row, 0, row, 0));
}

/** Raw traces as read-only documents of `PAGE_LINES` lines each: the place that evidence of a run leads to. */
export class TraceDocuments extends DisposableObject implements TextDocumentContentProvider {
  constructor(
    private readonly results: Results,
    private readonly traces: Traces,
    private readonly kept: KeptResults,
  ) {
    super();
    this.own(workspace.registerTextDocumentContentProvider(TRACE_SCHEME, this));
  }

  async provideTextDocumentContent({ query }: Uri): Promise<string> {
    const [, page = '1', name = ''] = /^(\d{1,6}) (.*)$/s.exec(query) ?? [];
    const model = Uri.parse(name);
    const report = this.results.report(model);
    if (report !== undefined && this.traces.of(model.fsPath) === undefined) await this.kept.restoreTrace(report);
    const trace = this.traces.of(model.fsPath);
    if (trace === undefined)
      return `# ${l10n.t('The raw trace was not kept: only those of the last scans are. Scan the model again to see it here.')}\n`;
    const first = (Number(page) - 1) * PAGE_LINES;
    const lines = trace.lines.slice(first, first + PAGE_LINES);
    return lines.map((line) => `${withoutAddresses(escapeAndCut(line, LINE_LENGTH))}\n`).join('');
  }
}

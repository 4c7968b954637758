/** Collects partial reports of the models of a request, for a document when the scan does not run to its end. */
import { escapeAndCut } from '../core/escape.js';
import type { ScanReport } from '../core/schema.js';
import type { ScanEvent } from '../scan/scan-request.js';

/** Models that are named as not scanned; further ones are only counted. */
const MAX_NAMED = 20;

export class Collected {
  #wanted: readonly string[] = [];
  readonly #begun: string[] = [];
  readonly #reports = new Map<string, ScanReport>();
  readonly #partialReport = new Map<string, () => ScanReport>();

  event(event: ScanEvent): void {
    switch (event.type) {
      case 'found':
        this.#wanted = event.paths;
        return;
      case 'started':
        this.#begun.push(event.path);
        return;
      case 'finding':
        this.#partialReport.set(event.path, event.partialReport);
        return;
      case 'stopped':
      case 'finished':
        this.#reports.set(event.path, event.report);
        return;
      case 'read':
      case 'opened':
      case 'progress':
      case 'log':
      case 'trace':
        return;
    }
  }

  /** A partial report of each model whose scan has begun and has a result, in the order in which the scans began. */
  reports(): ScanReport[] {
    return this.#begun.flatMap((path) => this.#reports.get(path) ?? this.#partialReport.get(path)?.() ?? []);
  }

  /** Which models have no report, in a sentence; nothing when all have one. */
  missing(): string {
    const known = new Set(this.#begun.filter((path) => this.#reports.has(path) || this.#partialReport.has(path)));
    const missing = this.#wanted.filter((path) => !known.has(path));
    if (missing.length === 0) return '';
    const more = missing.length > MAX_NAMED ? ` and ${missing.length - MAX_NAMED} more` : '';
    const named = missing.slice(0, MAX_NAMED).map((path) => escapeAndCut(path, 300));
    return ` Not scanned of ${this.#wanted.length}: ${named.join(', ')}${more}.`;
  }
}

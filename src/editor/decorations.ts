import { EventEmitter, l10n, ThemeColor, type Uri } from 'vscode';
import { headlineOf } from '../core/headline.js';
import type { Verdict } from '../core/schema.js';
import { DisposableObject } from './disposable.js';
import { wasRun } from '../view/models-view.js';
import { capitalised, countOfFindings, OUTCOME_NAME, standingInWords } from './phrases.js';
import type { Results } from './results.js';
import { fileDecoration, window, type DecorationProvider } from './surfaces.js';

interface Look {
  readonly badge: string;
  /** Absent for a verdict that needs no attention. */
  readonly color?: ThemeColor;
}

const LOOKS: Readonly<Record<Verdict, Look>> = {
  malicious: { badge: '✕', color: new ThemeColor('list.errorForeground') },
  suspicious: { badge: '!', color: new ThemeColor('list.warningForeground') },
  inconclusive: { badge: '?' },
  clean: { badge: '✓' },
};

/** The verdict on each model where its name is shown: in the Explorer, on tabs, in trees. */
export class Decorations extends DisposableObject implements DecorationProvider {
  readonly #changed = this.own(new EventEmitter<Uri[]>());
  readonly onDidChangeFileDecorations = this.#changed.event;

  constructor(private readonly results: Results) {
    super();
    this.own(window.registerFileDecorations(this));
    this.own(results.onDidChange((uris) => this.#changed.fire([...uris])));
  }

  provideFileDecoration(uri: Uri): ReturnType<typeof fileDecoration> | undefined {
    // While a model is scanned again, its verdict stands.
    const standing = this.results.standing(uri);
    if (!standing) return undefined;
    const { report } = standing;
    const { verdict } = report;
    const { badge, color } = LOOKS[verdict];
    const found = countOfFindings(report, this.results.get(uri)?.findings.length ?? report.findings.length);
    const how = wasRun(report) ? l10n.t('read and run') : l10n.t('read only');
    const { sentence } = headlineOf(report);
    const words = l10n.t('{0} (DynScan): {1} ({2}, {3})', capitalised(OUTCOME_NAME[verdict]), sentence, found, how);
    const notes = standingInWords(standing);
    return fileDecoration(badge, notes.length === 0 ? words : `${words} ${notes.join(' ')}`, color);
  }
}

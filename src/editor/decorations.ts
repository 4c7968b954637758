import { EventEmitter, FileDecoration, ThemeColor, window, type FileDecorationProvider, type Uri } from 'vscode';
import type { Verdict } from '../report/schema.js';
import { DisposableObject } from './disposable.js';
import { wasRun } from './models-view.js';
import type { Results } from './results.js';
import { count } from './words.js';

interface Look {
  readonly badge: string;
  /** None for what needs nobody's attention. */
  readonly color?: ThemeColor;
  readonly words: string;
}

const LOOKS: Readonly<Record<Verdict, Look>> = {
  malicious: { badge: '✕', color: new ThemeColor('list.errorForeground'), words: 'Malicious' },
  suspicious: { badge: '!', color: new ThemeColor('list.warningForeground'), words: 'Suspicious' },
  inconclusive: { badge: '?', words: 'Inconclusive' },
  clean: { badge: '✓', words: 'Clean' },
};

/** The verdict on each model where its name is shown: in the Explorer, on tabs, in trees. */
export class Decorations extends DisposableObject implements FileDecorationProvider {
  readonly #changed = this.own(new EventEmitter<Uri[]>());
  readonly onDidChangeFileDecorations = this.#changed.event;

  constructor(private readonly results: Results) {
    super();
    this.own(window.registerFileDecorationProvider(this));
    this.own(results.onDidChange((uris) => this.#changed.fire([...uris])));
  }

  provideFileDecoration(uri: Uri): FileDecoration | undefined {
    const status = this.results.get(uri)?.status;
    if (status?.kind !== 'finished') return undefined;
    const { verdict, findings } = status.report;
    const { badge, color, words } = LOOKS[verdict];
    const found = findings.length === 0 ? 'no findings' : count(findings.length, 'finding');
    const how = wasRun(status.report) ? 'read and run' : 'read only';
    return new FileDecoration(badge, `${words} (DynScan): ${found}, ${how}`, color);
  }
}

import { l10n, ThemeColor, type Uri } from 'vscode';
import { escapeAndCut } from '../core/escape.js';
import type { Verdict } from '../core/schema.js';
import { VERDICTS } from '../core/terms.js';
import { DisposableObject } from './disposable.js';
import { MODELS_VIEW } from './names.js';
import { modelsInWords, OUTCOME_NAME, progressInWords, verdictSentence } from './phrases.js';
import { foundIn, type ModelResult, type Results } from './results.js';
import { StatusItem, type StatusParts } from './surfaces.js';
import { modelName, VERDICT_ICON } from './appearance.js';

const MESSAGE_LENGTH = 60;

/** The one item of the status bar: what runs, else the last verdict; of several that came together the worst. */
export class Status extends DisposableObject {
  readonly item = this.own(new StatusItem('dynscan.status', 'DynScan'));
  #last: Uri | undefined;

  constructor(private readonly results: Results) {
    super();
    this.own(results.onDidFinish((uris) => (this.#last = this.#worstOf(uris)?.uri ?? this.#last)));
    this.own(results.onDidChange(() => this.#show()));
  }

  #show(): void {
    const busy = this.results.all().filter(({ status }) => status.kind !== 'finished');
    const [first] = busy;
    const last = this.#last && this.results.get(this.#last);
    if (first) this.#showProgress(first, busy);
    else if (last?.status.kind === 'finished') this.#showVerdict(last.uri, last.status.report.verdict);
    else this.item.hide();
  }

  #worstOf(uris: readonly Uri[]): ModelResult | undefined {
    const finished = uris.map((uri) => this.results.get(uri)).filter((result) => result !== undefined);
    return VERDICTS.flatMap((verdict) =>
      finished.filter(({ status }) => status.kind === 'finished' && status.report.verdict === verdict),
    )[0];
  }

  #showProgress(first: ModelResult, busy: readonly ModelResult[]): void {
    const { uri, status } = busy.find((result) => result.status.kind === 'scanning') ?? first;
    const what = busy.length === 1 ? modelName(uri) : modelsInWords(busy.length);
    const found = busy.reduce((sum, result) => sum + foundIn(result), 0);
    const message = status.kind === 'scanning' ? progressInWords(status, found) : l10n.t('waiting');
    this.#say({
      icon: 'loading~spin',
      text: `${what}: ${escapeAndCut(message, MESSAGE_LENGTH)}`,
      tooltip: l10n.t('Scanning {0}: {1}', what, message),
      command: { command: `${MODELS_VIEW}.focus`, title: l10n.t('Show Models') },
    });
  }

  #showVerdict(uri: Uri, verdict: Verdict): void {
    const color = { malicious: 'error', suspicious: 'warning', inconclusive: undefined, clean: undefined }[verdict];
    this.#say({
      icon: VERDICT_ICON[verdict].id,
      text: `${modelName(uri)}: ${OUTCOME_NAME[verdict]}`,
      tooltip: `${verdictSentence(modelName(uri), verdict)} ${l10n.t('Show Report')}`,
      command: { command: 'dynscan.showReport', title: l10n.t('Show Report'), arguments: [uri] },
      background: color === undefined ? undefined : new ThemeColor(`statusBarItem.${color}Background`),
    });
  }

  #say(parts: Omit<StatusParts, 'spoken'>): void {
    this.item.show({ ...parts, spoken: `DynScan: ${parts.tooltip}` });
  }
}

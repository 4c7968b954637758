import { l10n, ThemeColor, type Uri } from 'vscode';
import { escapeAndCut } from '../core/escape.js';
import { headlineOf } from '../core/headline.js';
import type { Verdict } from '../core/schema.js';
import { DisposableObject } from './disposable.js';
import { MODELS_VIEW } from './names.js';
import {
  countInWords,
  OUTCOME_NAME,
  progressInWords,
  standingInWords,
  verdictSentence,
  worstInWords,
} from './phrases.js';
import { foundIn, type FinishedResult, type ModelResult, type Results } from './results.js';
import type { Counted } from './scan-count.js';
import { StatusItem, window, type StatusParts } from './surfaces.js';
import { modelName, VERDICT_ICON } from './appearance.js';
import { worstAmong } from '../view/models-view.js';

const MESSAGE_LENGTH = 60;

export interface StatusSources {
  readonly results: Results;
  /** The scans that the user waits for. */
  readonly count: { readonly counted: Counted | undefined };
  /** The model that the user looks at. */
  readonly front: () => Uri | undefined;
}

/** The one item of the status bar: what runs, else the verdict on the model in front, else how all models stand. */
export class Status extends DisposableObject {
  readonly item = this.own(new StatusItem('dynscan.status', 'DynScan'));

  constructor(private readonly sources: StatusSources) {
    super();
    this.own(sources.results.onDidChange(() => this.#show()));
    this.own(window.onDidChangeTabs(() => this.#show()));
  }

  #show(): void {
    const { results, count, front } = this.sources;
    const busy = results.all().filter(({ status }) => status.kind !== 'finished');
    const { counted } = count;
    const inFront = front();
    const standing = inFront && results.stand().find(({ uri }) => uri.toString() === inFront.toString());
    const [first] = busy;
    if (counted && counted.total > 1) this.#showCount(counted, busy);
    else if (first) this.#showProgress(first);
    else if (standing) this.#showVerdict(standing);
    else this.#showAll(results.stand());
  }

  #showCount(counted: Counted, busy: readonly ModelResult[]): void {
    const running = busy.find(({ status }) => status.kind === 'scanning');
    const words = countInWords(counted);
    const what = running && progressWords(running);
    const tooltip = what === undefined ? l10n.t('Scanning: {0}', words) : l10n.t('Scanning: {0}. {1}', words, what);
    this.#say({ icon: 'loading~spin', text: words, tooltip, command: SHOW_MODELS });
  }

  #showProgress(result: ModelResult): void {
    const what = modelName(result.uri);
    const { status } = result;
    const message = status.kind === 'scanning' ? progressInWords(status, foundIn(result)) : l10n.t('waiting');
    this.#say({
      icon: 'loading~spin',
      text: `${what}: ${escapeAndCut(message, MESSAGE_LENGTH)}`,
      tooltip: l10n.t('Scanning {0}: {1}', what, message),
      command: SHOW_MODELS,
    });
  }

  #showVerdict({ uri, status }: FinishedResult): void {
    const { verdict } = status.report;
    const tooltip = [
      verdictSentence(modelName(uri), verdict),
      headlineOf(status.report).sentence,
      ...standingInWords(status),
      l10n.t('Show Report'),
    ];
    this.#say({
      icon: VERDICT_ICON[verdict].id,
      text: `${modelName(uri)}: ${OUTCOME_NAME[verdict]}`,
      tooltip: tooltip.join(' '),
      command: { command: 'dynscan.showReport', title: l10n.t('Show Report'), arguments: [uri] },
      background: backgroundOf(verdict),
    });
  }

  #showAll(all: readonly FinishedResult[]): void {
    const worst = worstAmong(all.map(({ status }) => status.report.verdict));
    const [only] = all;
    if (worst === undefined || only === undefined) this.item.hide();
    else if (all.length === 1) this.#showVerdict(only);
    else {
      const text = worstInWords(worst);
      this.#say({
        icon: VERDICT_ICON[worst.verdict].id,
        text,
        tooltip: `${text}. ${SHOW_MODELS.title}`,
        command: SHOW_MODELS,
        background: backgroundOf(worst.verdict),
      });
    }
  }

  #say(parts: Omit<StatusParts, 'spoken'>): void {
    this.item.show({ ...parts, spoken: `DynScan: ${parts.tooltip}` });
  }
}

const SHOW_MODELS = { command: `${MODELS_VIEW}.focus`, title: l10n.t('Show Models') };

function progressWords(result: ModelResult): string | undefined {
  const { uri, status } = result;
  return status.kind === 'scanning' ? `${modelName(uri)}: ${progressInWords(status, foundIn(result))}` : undefined;
}

function backgroundOf(verdict: Verdict): ThemeColor | undefined {
  const color = { malicious: 'error', suspicious: 'warning', inconclusive: undefined, clean: undefined }[verdict];
  return color === undefined ? undefined : new ThemeColor(`statusBarItem.${color}Background`);
}

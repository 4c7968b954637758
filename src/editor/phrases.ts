/** Texts of several surfaces, in the user's language. Other modules have sentences of their own; all are whole, for translators. */
import { l10n } from 'vscode';
import type { Category, ScanReport, Severity, Verdict } from '../core/schema.js';
import type { ScanStage } from '../scan/scan-request.js';
import { stepOf, STEPS, type LiveScan, type Step } from './live-scan.js';
import type { Counted } from './scan-count.js';
import { wasRun, type Outcome } from '../view/models-view.js';
import type { Standing } from './standing.js';

/** One of two wordings of the same whole text: VS Code's localisation has no plurals. */
export function plural(number: number, one: string, many: string): string {
  return number === 1 ? one : many;
}

/** For where a name stands alone. */
export function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export const OUTCOME_NAME: Readonly<Record<Outcome, string>> = {
  malicious: l10n.t('malicious'),
  suspicious: l10n.t('suspicious'),
  inconclusive: l10n.t('inconclusive'),
  'not scanned': l10n.t('not scanned'),
  clean: l10n.t('clean'),
};

export const SEVERITY_NAME: Readonly<Record<Severity, string>> = {
  critical: l10n.t('critical'),
  high: l10n.t('high'),
  medium: l10n.t('medium'),
  low: l10n.t('low'),
  info: l10n.t('info'),
};

export const CATEGORY_NAME: Readonly<Record<Category, string>> = {
  execution: l10n.t('execution'),
  network: l10n.t('network'),
  'credential-access': l10n.t('credential access'),
  persistence: l10n.t('persistence'),
  'file-write': l10n.t('file write'),
  'file-delete': l10n.t('file delete'),
  permissions: l10n.t('permissions'),
  'resource-abuse': l10n.t('resource abuse'),
  evasion: l10n.t('evasion'),
  escape: l10n.t('escape'),
  discovery: l10n.t('discovery'),
  crash: l10n.t('crash'),
  content: l10n.t('content'),
};

const STEP_NAME: Readonly<Record<Step, string>> = {
  image: l10n.t('image'),
  start: l10n.t('start'),
  load: l10n.t('load'),
  use: l10n.t('use'),
  settle: l10n.t('settle'),
};

export function verdictSentence(name: string, verdict: Verdict): string {
  return l10n.t('{0} is {1}.', name, OUTCOME_NAME[verdict]);
}

export function findingsInWords(number: number): string {
  return plural(number, l10n.t('{0} finding', number), l10n.t('{0} findings', number));
}

/** `shown`: the findings that views list; where known ones are left out, it says how many are new: `0 new of 3`. */
export function countOfFindings({ findings }: Pick<ScanReport, 'findings'>, shown: number): string {
  const all = findings.length;
  if (all === 0) return l10n.t('no findings');
  return shown < all ? l10n.t('{0} new of {1}', shown, all) : findingsInWords(all);
}

export function modelsInWords(number: number): string {
  return plural(number, l10n.t('{0} model', number), l10n.t('{0} models', number));
}

/** `loading the model (step 3 of 5)`, with what was found so far. `found` is their number. */
export function progressInWords({ message, stage }: Pick<LiveScan, 'message' | 'stage'>, found: number): string {
  const step = stepOf(stage);
  const doing =
    step === undefined ? message : l10n.t('{0} (step {1} of {2})', message, STEPS.indexOf(step) + 1, STEPS.length);
  if (found === 0) return doing;
  return plural(
    found,
    l10n.t('{0}, {1} finding so far', doing, found),
    l10n.t('{0}, {1} findings so far', doing, found),
  );
}

/** The caveat of a partial report: what is `shown` is not final; `omitted` findings are not in it. */
export function liveNote(shown: number, omitted: number): string {
  if (shown === 0) return l10n.t('The scan still runs. Nothing was found so far, which is no verdict.');
  const note = l10n.t('The scan still runs: this is what was found so far.');
  return omitted === 0 ? note : `${note} ${l10n.t('{0} milder findings are not shown yet.', omitted)}`;
}

/** Each step, and whether it is over, under way or still to come. */
export function stepsInWords(stage: ScanStage | undefined): string {
  const at = stepOf(stage);
  const now = at === undefined ? -1 : STEPS.indexOf(at);
  return STEPS.map((step, index) => `${index < now ? '✓' : index === now ? '▸' : '·'} ${STEP_NAME[step]}`).join('  ');
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago a report was made. `seconds`: its age. */
function ageInWords(seconds: number): string {
  if (seconds < MINUTE) return l10n.t('scanned just now');
  if (seconds < HOUR) return l10n.t('scanned {0} min ago', Math.floor(seconds / MINUTE));
  if (seconds < DAY) return l10n.t('scanned {0} h ago', Math.floor(seconds / HOUR));
  const days = Math.floor(seconds / DAY);
  return plural(days, l10n.t('scanned {0} day ago', days), l10n.t('scanned {0} days ago', days));
}

/** `7 of 16 · 4 malicious`. */
export function countInWords({ done, total, malicious }: Counted): string {
  return malicious === 0
    ? l10n.t('{0} of {1}', done, total)
    : l10n.t('{0} of {1} · {2} malicious', done, total, malicious);
}

/** `5 of 505 malicious`. */
export function worstInWords({ verdict, count, total }: { verdict: Verdict; count: number; total: number }): string {
  return count === total
    ? l10n.t('{0}: {1}', modelsInWords(total), OUTCOME_NAME[verdict])
    : l10n.t('{0} of {1} {2}', count, total, OUTCOME_NAME[verdict]);
}

/** `now`: milliseconds since 1970. */
export function ageOf({ started }: Pick<ScanReport, 'started'>, now = Date.now()): string {
  return ageInWords((now - Date.parse(started)) / 1000);
}

/** What has to be said beside a verdict that is not of this moment; sentences. `now`: milliseconds since 1970. */
export function standingInWords(
  { report, isKept, notRerun }: { readonly report: Pick<ScanReport, 'started' | 'engines'> } & Standing,
  now = Date.now(),
): string[] {
  return [
    ...(isKept ? [`${capitalised(ageOf(report, now))}.`] : []),
    ...(notRerun === undefined
      ? []
      : [
          wasRun(report)
            ? l10n.t('It could not be run again: {0}', notRerun)
            : l10n.t('It could not be run: {0}', notRerun),
        ]),
  ];
}

import { commands, l10n } from 'vscode';
import { headlineOf } from '../core/headline.js';
import type { ReportDocument, ScanReport, Verdict } from '../core/schema.js';
import { VERDICTS } from '../core/terms.js';
import { isUnseen, worst } from '../core/verdict.js';
import { MODELS_VIEW, SHOW_FINDING } from './names.js';
import { ADD_PACKAGES, hasOwnClasses, missingPackages, TEST_OWN_CLASSES } from './offers.js';
import { OUTCOME_NAME, plural, verdictSentence } from './phrases.js';
import { window } from './surfaces.js';
import { modelName, uriOfPath } from './appearance.js';
import { wasRun } from '../view/models-view.js';

const REPORT = l10n.t('Show Report');
const MODELS = l10n.t('Show Models');
const CHECK = l10n.t('Check Environment');
const LOG = l10n.t('Show Log');

/**
 * Says how a scan went: one message, and only when there is something to do. `standing`: reports that are shown in place of poorer ones of the scan, by
 * the paths of their models.
 */
export async function announce(document: ReportDocument, standing: ReadonlyMap<string, ScanReport>): Promise<void> {
  const shown = document.scans.map((scan) => standing.get(scan.model.path) ?? scan);
  const [first] = shown;
  if (first === undefined) return;
  const verdict = standing.size === 0 ? document.verdict : worst(shown.map((report) => report.verdict));
  const single = shown.length === 1 ? first : undefined;
  const details = single ? REPORT : MODELS;
  const failure = sandboxFailure(document.scans);
  if (failure !== undefined) {
    const text = notRun({ shown, verdict, failure, isAgain: standing.size === shown.length && shown.every(wasRun) });
    const show = verdict === 'malicious' ? window.showErrorMessage : window.showWarningMessage;
    await act(await show(text, undefined, CHECK, details, LOG), first);
    return;
  }
  const text = [single ? sentence(first) : summary(shown), ...leftOutOf(document)].join(' ');
  // A clean model needs nothing done; the status bar has its verdict.
  if (verdict === 'clean') return;
  if (verdict === 'malicious') await act(await window.showErrorMessage(text, undefined, details), first);
  else {
    const add = [
      ...(missingPackages(single).length > 0 ? [ADD_PACKAGES] : []),
      ...(hasOwnClasses(single) ? [TEST_OWN_CLASSES] : []),
    ];
    const log = leftOutOf(document).length > 0 ? [LOG] : [];
    await act(await window.showWarningMessage(text, undefined, ...add, details, ...log), first);
  }
}

/** Hostile models that nobody asked about: one message for all that were found together. */
export async function announceFound(found: readonly ScanReport[]): Promise<void> {
  const [first] = found;
  if (first === undefined) return;
  const names = found.slice(0, NAMED).map(nameOf).join(', ');
  const text =
    found.length === 1
      ? l10n.t('A model here is malicious: {0}. {1}', names, headlineOf(first).sentence)
      : found.length <= NAMED
        ? l10n.t('{0} models here are malicious: {1}.', found.length, names)
        : l10n.t('{0} models here are malicious: {1} and {2} more.', found.length, names, found.length - NAMED);
  await act(await window.showWarningMessage(text, undefined, found.length === 1 ? REPORT : MODELS), first);
}

/** Models that a message names. */
const NAMED = 3;

/** The log names each. */
function leftOutOf({ leftOut = [] }: ReportDocument): string[] {
  const unseen = leftOut.filter(isUnseen).length;
  if (unseen === 0) return [];
  return [
    plural(
      unseen,
      l10n.t('{0} place was left out and not looked at.', unseen),
      l10n.t('{0} places were left out and not looked at.', unseen),
    ),
  ];
}

/** Why a model could not be run, when the reason is not in the model. */
export function sandboxFailure(reports: readonly ScanReport[]): string | undefined {
  return reports.flatMap((scan) => scan.engines).find((run) => run.engine === 'dynamic' && run.status === 'failed')
    ?.reasons[0];
}

interface NotRun {
  readonly shown: readonly ScanReport[];
  readonly verdict: Verdict;
  readonly failure: string;
  /** Reports of earlier runs of all of them stand. */
  readonly isAgain: boolean;
}

/** What is known comes first: it may be reason enough not to go on. */
function notRun({ shown, verdict, failure, isAgain }: NotRun): string {
  const [first] = shown;
  const single = shown.length === 1 ? first : undefined;
  if (isAgain) {
    return single
      ? l10n.t('{0} It could not be run again: {1}', verdictSentence(nameOf(single), verdict), failure)
      : l10n.t('{0} They could not be run again: {1}', summary(shown), failure);
  }
  if (verdict === 'inconclusive') {
    return single
      ? l10n.t('{0} could only be read, not run. {1}', nameOf(single), failure)
      : l10n.t('The models could only be read, not run. {0}', failure);
  }
  return single
    ? l10n.t('{0} It could only be read, not run. {1}', verdictSentence(nameOf(single), single.verdict), failure)
    : l10n.t('{0} They could only be read, not run. {1}', summary(shown), failure);
}

async function act(choice: string | undefined, first: ScanReport): Promise<void> {
  const uri = uriOfPath(first.model.path).toString();
  if (choice === ADD_PACKAGES) await commands.executeCommand('dynscan.addPackages', uriOfPath(first.model.path));
  else if (choice === TEST_OWN_CLASSES)
    await commands.executeCommand('dynscan.testOwnClasses', uriOfPath(first.model.path));
  else if (choice === REPORT) await commands.executeCommand(SHOW_FINDING, uri);
  else if (choice === MODELS) await commands.executeCommand(`${MODELS_VIEW}.focus`);
  else if (choice === CHECK) await commands.executeCommand('dynscan.checkEnvironment');
  else if (choice === LOG) await commands.executeCommand('dynscan.showLog');
}

function sentence(report: ScanReport): string {
  return `${verdictSentence(nameOf(report), report.verdict)} ${headlineOf(report).sentence}`;
}

function summary(shown: readonly ScanReport[]): string {
  const parts = VERDICTS.map((verdict) => ({
    verdict,
    number: shown.filter((scan) => scan.verdict === verdict).length,
  })).filter(({ number }) => number > 0);
  const counts = parts.map(({ number, verdict }) => `${number} ${OUTCOME_NAME[verdict]}`).join(', ');
  const { length } = shown;
  return plural(length, l10n.t('{0} model: {1}.', length, counts), l10n.t('{0} models: {1}.', length, counts));
}

function nameOf(report: ScanReport): string {
  return modelName(uriOfPath(report.model.path));
}

import { commands, l10n } from 'vscode';
import { headlineOf } from '../core/headline.js';
import type { ReportDocument, ScanReport } from '../core/schema.js';
import { VERDICTS } from '../core/terms.js';
import { isUnseen } from '../core/verdict.js';
import { MODELS_VIEW, SHOW_FINDING } from './names.js';
import { ADD_PACKAGES, hasOwnClasses, missingPackages, TEST_OWN_CLASSES } from './offers.js';
import { OUTCOME_NAME, plural, verdictSentence } from './phrases.js';
import { window } from './surfaces.js';
import { modelName, uriOfPath } from './appearance.js';

const REPORT = l10n.t('Show Report');
const MODELS = l10n.t('Show Models');
const CHECK = l10n.t('Check Environment');
const LOG = l10n.t('Show Log');

/** Says how a scan went: one message, and only when there is something to do. */
export async function announce(document: ReportDocument): Promise<void> {
  const [first] = document.scans;
  if (first === undefined) return;
  const single = document.scans.length === 1 ? first : undefined;
  const details = single ? REPORT : MODELS;
  const failure = sandboxFailure(document.scans);
  if (failure !== undefined) {
    const text = onlyRead(document, single, failure);
    const show = document.verdict === 'malicious' ? window.showErrorMessage : window.showWarningMessage;
    await act(await show(text, undefined, CHECK, details, LOG), first);
    return;
  }
  const text = [single ? sentence(first) : summary(document), ...leftOutOf(document)].join(' ');
  // A clean model needs nothing done; the status bar has its verdict.
  if (document.verdict === 'clean') return;
  if (document.verdict === 'malicious') await act(await window.showErrorMessage(text, undefined, details), first);
  else {
    const add = [
      ...(missingPackages(single).length > 0 ? [ADD_PACKAGES] : []),
      ...(hasOwnClasses(single) ? [TEST_OWN_CLASSES] : []),
    ];
    const log = leftOutOf(document).length > 0 ? [LOG] : [];
    await act(await window.showWarningMessage(text, undefined, ...add, details, ...log), first);
  }
}

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

/** Findings of the static side come first: they may be reason enough not to go on. */
function onlyRead(document: ReportDocument, single: ScanReport | undefined, failure: string): string {
  if (document.verdict === 'inconclusive') {
    return single
      ? l10n.t('{0} could only be read, not run. {1}', nameOf(single), failure)
      : l10n.t('The models could only be read, not run. {0}', failure);
  }
  return single
    ? l10n.t('{0} It could only be read, not run. {1}', verdictSentence(nameOf(single), single.verdict), failure)
    : l10n.t('{0} They could only be read, not run. {1}', summary(document), failure);
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

function summary(document: ReportDocument): string {
  const parts = VERDICTS.map((verdict) => ({
    verdict,
    number: document.scans.filter((scan) => scan.verdict === verdict).length,
  })).filter(({ number }) => number > 0);
  const counts = parts.map(({ number, verdict }) => `${number} ${OUTCOME_NAME[verdict]}`).join(', ');
  const { length } = document.scans;
  return plural(length, l10n.t('{0} model: {1}.', length, counts), l10n.t('{0} models: {1}.', length, counts));
}

function nameOf(report: ScanReport): string {
  return modelName(uriOfPath(report.model.path));
}

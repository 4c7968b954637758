/** What the hover over a model says. */
import { l10n } from 'vscode';
import { FORMATS, type Format } from '../core/formats.js';
import { headlineOf } from '../core/headline.js';
import { contentOf } from '../core/identity.js';
import { worstFirst } from '../core/terms.js';
import { formatBytes } from '../report/terminal.js';
import { wasRun } from '../view/models-view.js';
import { ageOf, capitalised, countOfFindings, OUTCOME_NAME, standingInWords } from './phrases.js';
import type { ModelResult } from './results.js';
import type { Card } from './surfaces.js';

/** Titles of findings that it lists. */
const FINDINGS = 4;
const HASH_LENGTH = 16;

/** Undefined for a model without a report. */
export function cardOf(path: string, result: ModelResult | undefined): Card | undefined {
  if (result?.status.kind !== 'finished') return undefined;
  const { report } = result.status;
  const { model, verdict } = report;
  const titles = new Set([...result.findings].sort(worstFirst).map(({ title }) => title));
  const more = titles.size - FINDINGS;
  const content = contentOf(model);
  const hash = content && 'sha256' in content ? content.sha256 : undefined;
  return {
    title: capitalised(OUTCOME_NAME[verdict]),
    lines: [headlineOf(report).sentence, ...standingInWords(result.status).slice(result.status.isKept ? 1 : 0)],
    items: [...[...titles].slice(0, FINDINGS), ...(more > 0 ? [l10n.t('and {0} more', more)] : [])],
    facts: [
      [l10n.t('Findings'), countOfFindings(report, result.findings.length)],
      [l10n.t('Format'), `${formatLabel(model.format)}, ${formatBytes(model.size)}`],
      [l10n.t('Seen'), `${wasRun(report) ? l10n.t('read and run') : l10n.t('read only')}, ${ageOf(report)}`],
      ...(hash === undefined ? [] : [['SHA-256', `${hash.slice(0, HASH_LENGTH)}…`] as const]),
      [l10n.t('File'), path],
    ],
  };
}

function formatLabel(format: string): string {
  return Object.hasOwn(FORMATS, format) ? FORMATS[format as Format].label : format;
}

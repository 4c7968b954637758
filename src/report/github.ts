/** The report as workflow commands of GitHub Actions: one annotation for each model that is not clean, and one for each thing that was not done. */
import { escapeAndCut } from '../core/escape.js';
import { headlineOf } from '../core/headline.js';
import type { ReportDocument, Verdict } from '../core/schema.js';
import { VERDICTS } from '../core/terms.js';
import { isUnseen } from '../core/verdict.js';

const LEVELS: Readonly<Record<Verdict, string>> = {
  malicious: 'error',
  suspicious: 'warning',
  inconclusive: 'warning',
  clean: 'notice',
};
const MESSAGE = 1000;

/** `nameOf`: the path as the checkout has it, by that of the report. */
export function formatGithub(document: ReportDocument, nameOf: (path: string) => string): string {
  const { scans, problems = [], leftOut = [] } = document;
  const worst = scans.toSorted((one, other) => VERDICTS.indexOf(one.verdict) - VERDICTS.indexOf(other.verdict));
  const lines = [
    ...worst
      .filter(({ verdict }) => verdict !== 'clean')
      .map((scan) => {
        const rules = [...new Set(scan.findings.filter(({ severity }) => severity !== 'info').map(({ rule }) => rule))];
        const named = rules.length === 0 ? '' : ` (${rules.slice(0, 5).join(', ')}${rules.length > 5 ? ', …' : ''})`;
        const message = headlineOf(scan).sentence + named;
        return command(LEVELS[scan.verdict], message, `${TITLE}: ${scan.verdict}`, nameOf(scan.model.path));
      }),
    ...problems.map(({ text, path }) => command('error', text, `${TITLE}: not done`, path)),
    ...leftOut.map((one) => command(isUnseen(one) ? 'warning' : 'notice', one.text, `${TITLE}: left out`, one.path)),
    command('notice', counts(document), TITLE),
  ];
  return `${lines.join('\n')}\n`;
}

const TITLE = 'DynScan';

function counts({ scans }: ReportDocument): string {
  const parts = VERDICTS.flatMap((verdict) => {
    const count = scans.filter((scan) => scan.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  return `${scans.length} ${scans.length === 1 ? 'model' : 'models'}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}.`;
}

/** As @actions/core writes them: in a message `%`, CR and LF are encoded, in a property `:` and `,` too. */
function command(level: string, message: string, title: string, file?: string): string {
  const properties = [
    ...(file === undefined ? [] : [`file=${property(file.replace(/^\.\//, ''))}`]),
    `title=${property(title)}`,
  ];
  return `::${level} ${properties.join(',')}::${escapeAndCut(message, MESSAGE).replaceAll('%', '%25')}`;
}

function property(text: string): string {
  return escapeAndCut(text, MESSAGE).replaceAll('%', '%25').replaceAll(':', '%3A').replaceAll(',', '%2C');
}

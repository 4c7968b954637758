/** What `npm run corpus`, `npm run reality` and their tests hold reports against: the words of their tables, and the verdicts. */

/** The worst first, as `src/core/terms.ts` has them. */
const VERDICTS = ['malicious', 'suspicious', 'inconclusive', 'clean'];

/** All that was said of the models of one case, as of one model. */
export function merged(reports) {
  if (reports.length < 2) return reports[0];
  return {
    ...reports[0],
    verdict: VERDICTS.find((verdict) => reports.some((report) => report.verdict === verdict)),
    ...Object.fromEntries(
      ['engines', 'findings', 'limits', 'reasons'].map((key) => [key, reports.flatMap((report) => report[key])]),
    ),
  };
}

/** What is wrong with the report of a case of these `expected` words and `verdicts`; undefined when nothing is. */
export function problemOf({ expected, verdicts }, report) {
  if (!report) return 'not scanned';
  const failed = report.engines.find(({ status }) => status === 'failed');
  if (failed) return `the ${failed.engine} side failed: ${failed.reasons.join(' ')}`;
  const missing = expected.filter((word) => !word.split('|').some((choice) => holds(choice, report)));
  if (missing.length > 0) return `no ${missing.join(', ')}; found ${found(report)}`;
  if (verdicts.includes(report.verdict)) return undefined;
  const alarms = report.findings.some(({ severity }) => severity !== 'info');
  return `${report.verdict}: ${alarms ? found(report) : report.reasons.join(' ')}`;
}

/**
 * A word of a table: `RULE` or, of a family, its beginning and `*`, each with `@phase`; `limit:NAME`, `load:OUTCOME`, or `gap:WORD`, of a reason why not
 * everything was seen.
 */
function holds(word, report) {
  const [kind, name] = word.split(':');
  if (kind === 'limit' && name) return report.limits.some(({ limit }) => limit === name);
  if (kind === 'gap' && name) return report.reasons.some((reason) => reason.includes(name));
  if (kind === 'load' && name) return report.load.outcome === name;
  const [rule, phase] = word.split('@');
  const family = rule.endsWith('*') ? rule.slice(0, -1) : undefined;
  return report.findings.some(
    (finding) =>
      (family === undefined ? finding.rule === rule : finding.severity !== 'info' && finding.rule.startsWith(family)) &&
      (phase === undefined || finding.phase === phase),
  );
}

/** The rules that a word of a table names. */
export function rulesIn(word) {
  return word
    .split('|')
    .filter((choice) => !choice.includes(':'))
    .map((choice) => choice.split('@')[0]);
}

function found(report) {
  const words = report.findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ rule, phase }) => (phase ? `${rule}@${phase}` : rule));
  return [...new Set(words)].sort().join(', ') || `nothing (${report.verdict}, ${report.load.outcome})`;
}

/**
 * The report as JUnit XML: a test case for each model. A malicious or suspicious one is a failure, one of which not all was seen an error, what was
 * left out as asked is skipped.
 */
import { escapeAndCut } from '../core/escape.js';
import { headlineOf } from '../core/headline.js';
import type { Finding, ReportDocument, ScanReport } from '../core/schema.js';
import { worstFirst } from '../core/terms.js';
import { isUnseen } from '../core/verdict.js';

const TEXT = 1000;
const FINDINGS = 40;

type Outcome = 'failure' | 'error' | 'skipped';

interface Case {
  readonly name: string;
  readonly seconds: number;
  readonly outcome?: { readonly kind: Outcome; readonly type: string; readonly message: string; readonly text: string };
}

/** `nameOf`: what the user calls a model, by the path of its report. */
export function formatJunit(document: ReportDocument, nameOf: (path: string) => string): string {
  const { scans, problems = [], leftOut = [] } = document;
  const cases: readonly Case[] = [
    ...scans.map((scan) => caseOf(scan, nameOf(scan.model.path))),
    ...problems.map(({ text, path }) => ({
      name: path ?? 'the request',
      seconds: 0,
      outcome: { kind: 'error' as const, type: 'not-done', message: text, text },
    })),
    ...leftOut.map((one) => ({
      name: one.path,
      seconds: 0,
      outcome: {
        kind: isUnseen(one) ? ('error' as const) : ('skipped' as const),
        type: `left-out-${one.reason}`,
        message: one.text,
        text: '',
      },
    })),
  ];
  const count = (kind: Outcome): number => cases.filter(({ outcome }) => outcome?.kind === kind).length;
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0).toFixed(3);
  const totals = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}"`;
  const suite = `name="models" ${totals} skipped="${count('skipped')}" time="${seconds}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="DynScan" ${totals} time="${seconds}">`,
    `  <testsuite ${suite}>`,
    ...cases.flatMap(describe),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseOf(scan: ScanReport, name: string): Case {
  const seconds = scan.durations['total'] ?? 0;
  const { verdict } = scan;
  if (verdict === 'clean') return { name, seconds };
  const kind = verdict === 'inconclusive' ? 'error' : 'failure';
  const findings = scan.findings.filter(({ severity }) => severity !== 'info').toSorted(worstFirst);
  const lines = findings.length > 0 ? findings.slice(0, FINDINGS).map(line) : scan.reasons;
  return {
    name,
    seconds,
    outcome: { kind, type: verdict, message: headlineOf(scan).sentence, text: lines.join('\n') },
  };
}

function line({ severity, rule, explanation }: Finding): string {
  return `${severity} ${rule}: ${escapeAndCut(explanation, TEXT)}`;
}

function describe({ name, seconds, outcome }: Case): string[] {
  const head = `    <testcase classname="dynscan" name="${attribute(name)}" time="${seconds.toFixed(3)}"`;
  if (outcome === undefined) return [`${head}/>`];
  const { kind, type, message, text } = outcome;
  const type_ = kind === 'skipped' ? '' : ` type="${attribute(type)}"`;
  const begin = `      <${kind} message="${attribute(message)}"${type_}`;
  const body = text
    .split('\n')
    .map((one) => xml(escapeAndCut(one, TEXT)))
    .join('\n');
  return [`${head}>`, text === '' ? `${begin}/>` : `${begin}>${body}</${kind}>`, '    </testcase>'];
}

function attribute(text: string): string {
  return xml(escapeAndCut(text, TEXT));
}

/** What XML cannot hold at all (controls, lone surrogates, noncharacters) is escaped before. */
function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

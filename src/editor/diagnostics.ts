import { l10n, Location, Range, type DiagnosticSeverity, type Uri } from 'vscode';
import { escapeAndCut } from '../core/escape.js';
import type { Evidence, Finding } from '../core/schema.js';
import { disassemblyUri, opcodeRange, pageOfLine } from './disassembly-uri.js';
import { DisposableObject } from './disposable.js';
import { groupByRule, type RuleGroup } from '../view/finding-groups.js';
import { standingInWords } from './phrases.js';
import type { FinishedResult, Results } from './results.js';
import { ruleUri } from './rule-documents.js';
import { languages, problem, type Problem, type ProblemParts } from './surfaces.js';
import { DIAGNOSTIC_SEVERITY, SOURCE } from './appearance.js';

/** A model has no lines that an editor could show. */
const WHOLE_FILE = new Range(0, 0, 0, 0);
const EXPLANATION_LENGTH = 1_500;
const TITLE_LENGTH = 300;
/** Marks the problems of a partial report. */
const STILL_SCANNED = l10n.t('(Seen so far: the scan still runs.)');
/** Locations listed with one problem. */
const PLACES_LIMIT = 20;

/** Findings in the Problems panel. */
export class Diagnostics extends DisposableObject {
  readonly #collection = this.own(languages.createProblems('dynscan'));

  constructor(results: Results) {
    super();
    this.own(
      results.onDidChange((uris) => {
        for (const uri of uris) {
          const { findings = [], status } = results.get(uri) ?? {};
          const notes =
            status?.kind === 'scanning' ? [STILL_SCANNED] : status?.kind === 'finished' ? ageOf(status) : [];
          this.#collection.set(
            uri,
            groupByRule(findings).map((group) => toDiagnostic(uri, group, notes)),
          );
        }
      }),
    );
  }
}

/** Marks the problems of a report that an earlier window made. */
function ageOf({ report, isKept }: FinishedResult['status']): string[] {
  return standingInWords({ report, isKept }).map((sentence) => `(${sentence})`);
}

/** `notes`: what has to be said of the report. */
function toDiagnostic(uri: Uri, { finding, others }: RuleGroup, notes: readonly string[]): Problem {
  const title = escapeAndCut(finding.title, TITLE_LENGTH);
  const message = [
    `${finding.count > 1 ? l10n.t('{0} ({1} times)', title, finding.count) : title}.`,
    escapeAndCut(finding.explanation, EXPLANATION_LENGTH),
    ...(others.length > 0 ? [l10n.t('And {0} more of this kind.', others.length)] : []),
    ...notes,
  ].join(' ');
  return problemAt(WHOLE_FILE, message, DIAGNOSTIC_SEVERITY[finding.severity], {
    code: ruleCode(finding.rule),
    related: [finding, ...others].flatMap((one) => related(uri, one)).slice(0, PLACES_LIMIT),
  });
}

/** A problem of DynScan. */
export function problemAt(
  range: Range,
  message: string,
  severity: DiagnosticSeverity,
  more: Pick<ProblemParts, 'code' | 'related'> = {},
): Problem {
  return problem({ range, message, severity, source: SOURCE, ...more });
}

/** Links to the page of the rule. */
export function ruleCode(rule: string): NonNullable<ProblemParts['code']> {
  return { value: rule, target: ruleUri(rule) };
}

function related(uri: Uri, finding: Finding): { location: Location; text: string }[] {
  const whole = new Location(uri, WHOLE_FILE);
  const pickle = finding.cause?.pickle;
  const frame = finding.cause?.frames?.[0];
  // The call, or every opcode that leads to a call. The report has them all.
  const [first] = finding.evidence;
  const lines = finding.evidence.filter(({ disassemblyLine }) => disassemblyLine !== undefined);
  const shown =
    lines.length > 0 ? lines : first ? [finding.engine === 'dynamic' ? first : (finding.evidence.at(-1) ?? first)] : [];
  return [
    ...(pickle && lines.length === 0 ? [{ location: whole, text: askedFor(pickle) }] : []),
    ...(frame
      ? [{ location: whole, text: l10n.t('Done by {0} in {1}, line {2}', frame.function, frame.file, frame.line) }]
      : []),
    ...shown.map((evidence) => ({ location: lineOf(uri, evidence) ?? whole, text: evidence.text })),
  ];
}

/** The line of the opcode in the disassembly. */
export function lineOf(model: Uri, { disassemblyLine, member }: Evidence): Location | undefined {
  if (disassemblyLine === undefined) return undefined;
  const { page, row } = pageOfLine(disassemblyLine);
  return new Location(disassemblyUri({ model, place: { member, copy: 1, at: 0 }, page }), opcodeRange(row));
}

function askedFor({ global, offset, member }: NonNullable<NonNullable<Finding['cause']>['pickle']>): string {
  if (member === undefined) {
    return offset === undefined
      ? l10n.t('Asked for by the pickle: {0}', global)
      : l10n.t('Asked for by the pickle: {0} at byte {1}', global, offset);
  }
  return offset === undefined
    ? l10n.t('Asked for by the pickle: {0} of {1}', global, member)
    : l10n.t('Asked for by the pickle: {0} at byte {1} of {2}', global, offset, member);
}

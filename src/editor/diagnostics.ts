import {
  l10n,
  Location,
  Range,
  Uri,
  type CodeActionContext,
  type Diagnostic,
  type DiagnosticSeverity,
  type TextDocument,
} from 'vscode';
import { escapeAndCut } from '../core/escape.js';
import type { Evidence, Finding, Frame, ScanReport } from '../core/schema.js';
import { disassemblyUri, opcodeRange, pageOfLine } from './disassembly-uri.js';
import { DisposableObject } from './disposable.js';
import { fixesFor } from './finding-fixes.js';
import { groupByRule, type RuleGroup } from '../view/finding-groups.js';
import { standingInWords } from './phrases.js';
import { actIn, type FinishedResult, type ModelResult, type Results } from './results.js';
import { ruleUri } from './rule-documents.js';
import { languages, problem, type Problem, type ProblemParts } from './surfaces.js';
import { traceLocation } from './trace-documents.js';
import { DIAGNOSTIC_SEVERITY, SOURCE, uriOfPath } from './appearance.js';

/** A model has no lines that an editor could show. */
const WHOLE_FILE = new Range(0, 0, 0, 0);
const EXPLANATION_LENGTH = 1_500;
/** Marks the problems of a partial report. */
const STILL_SCANNED = l10n.t('(Seen so far: the scan still runs.)');
/** Locations listed with one problem. */
const PLACES_LIMIT = 20;

/** Findings in the Problems panel, each there once: a disassembly only underlines its opcodes. */
export class Diagnostics extends DisposableObject {
  readonly #collection = this.own(languages.createProblems('dynscan'));

  constructor(private readonly results: Results) {
    super();
    this.own(
      results.onDidChange((uris) => {
        for (const uri of uris) this.#collection.set(uri, problemsOf(results.get(uri)));
      }),
    );
    // Of models that are text, such as a configuration: VS Code asks where a file is open as text.
    const actions = {
      provideCodeActions: ({ uri }: TextDocument, _range: Range, { diagnostics }: CodeActionContext) =>
        this.#fixes(uri, diagnostics),
    };
    this.own(languages.registerFixes({ scheme: 'file' }, actions));
  }

  #fixes(uri: Uri, diagnostics: readonly Diagnostic[]): ReturnType<typeof fixesFor> {
    const own = diagnostics.filter(({ source }) => source === SOURCE);
    if (own.length === 0) return [];
    return groupByRule(this.results.get(uri)?.findings ?? []).flatMap(({ rule, finding, index }) => {
      const problem = own.find(({ code }) => typeof code === 'object' && code.value === rule);
      return problem === undefined ? [] : fixesFor(uri, finding, index, problem);
    });
  }
}

function problemsOf(result: ModelResult | undefined): Problem[] {
  if (result === undefined) return [];
  const { findings, status } = result;
  const notes = status.kind === 'scanning' ? [STILL_SCANNED] : status.kind === 'finished' ? ageOf(status) : [];
  return groupByRule(findings).map((group) => toDiagnostic(result, group, notes));
}

/** Marks the problems of a report that an earlier window made. */
function ageOf({ report, isKept }: FinishedResult['status']): string[] {
  return standingInWords({ report, isKept }).map((sentence) => `(${sentence})`);
}

/** It begins with what differs from other rows: what is done to what. `notes`: what has to be said of the report. */
function toDiagnostic(result: ModelResult, { finding, others }: RuleGroup, notes: readonly string[]): Problem {
  const act = actIn(result, finding);
  const message = [
    `${finding.count > 1 ? l10n.t('{0} ({1} times)', act, finding.count) : act}.`,
    escapeAndCut(finding.explanation, EXPLANATION_LENGTH),
    ...(others.length > 0 ? [l10n.t('And {0} more of this kind.', others.length)] : []),
    ...notes,
  ].join(' ');
  return problemAt(WHOLE_FILE, message, DIAGNOSTIC_SEVERITY[finding.severity], {
    code: ruleCode(finding.rule),
    related: [finding, ...others].flatMap((one) => related(result, one)).slice(0, PLACES_LIMIT),
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

type Related = NonNullable<ProblemParts['related']>[number];

/** Where it shows: the opcode that led to it, the line of Python, the lines of the trace. What was read in no listing is in the file itself. */
function related(result: ModelResult, finding: Finding): Related[] {
  return finding.engine === 'static' ? inFile(result.uri, finding) : inRun(result, finding);
}

function inFile(uri: Uri, { evidence }: Finding): Related[] {
  // The call, or every opcode that leads to a call. The report has them all.
  const inListing = evidence.filter(({ disassemblyLine }) => disassemblyLine !== undefined);
  const shown = inListing.length > 0 ? inListing : evidence.slice(-1);
  return shown.map((one) => ({ location: lineOf(uri, one) ?? new Location(uri, WHOLE_FILE), text: one.text }));
}

function inRun({ uri, findings, status }: ModelResult, { cause, evidence }: Finding): Related[] {
  const report = status.kind === 'finished' ? status.report : undefined;
  const pickle = cause?.pickle;
  const opcode = pickle && opcodeOf(uri, pickle, findings);
  const frames = cause?.frames ?? [];
  const doneBy = (frame: Frame, location: Location | undefined): Related[] =>
    location === undefined
      ? []
      : [{ location, text: l10n.t('Done by {0} in {1}, line {2}', frame.function, frame.file, frame.line) }];
  const known = frames.flatMap((frame) => doneBy(frame, lineOfFrame(uri, frame, report)));
  // Code that the model carries has a name in brackets; the opcode has its text.
  const carried = frames.filter(({ file }) => /^<(?!frozen )/.test(file)).flatMap((frame) => doneBy(frame, opcode));
  return [
    ...(pickle && opcode ? [{ location: opcode, text: askedFor(pickle) }] : []),
    ...[...known, ...carried].slice(0, 1),
    ...evidence
      .slice(0, 1)
      .flatMap(({ line, text }) => (line === undefined ? [] : [{ location: traceLocation(uri, line), text }])),
  ];
}

/** The line of the opcode in the disassembly. */
export function lineOf(model: Uri, { disassemblyLine, member }: Evidence): Location | undefined {
  if (disassemblyLine === undefined) return undefined;
  const { page, row } = pageOfLine(disassemblyLine);
  return new Location(disassemblyUri({ model, place: { member, copy: 1, at: 0 }, page }), opcodeRange(row));
}

/** The static findings know the lines of the opcodes that ask for what is dangerous. */
export function opcodeOf(
  uri: Uri,
  { offset, member }: PickleCause,
  findings: readonly Finding[],
): Location | undefined {
  const same = findings
    .flatMap(({ evidence }) => evidence)
    .find((one) => one.offset === offset && one.member === member && one.disassemblyLine !== undefined);
  return same && lineOf(uri, same);
}

/** The file of this machine that a line of Python in the sandbox came from. */
function lineOfFrame(model: Uri, { file, line }: Frame, report: ScanReport | undefined): Location | undefined {
  const own = file.startsWith('/code/') ? file.slice('/code/'.length) : undefined;
  const code = report?.ownCode?.find(({ path }) => own !== undefined && `/${path}`.endsWith(`/${own}`));
  const uri =
    file === report?.testCase?.file
      ? uriOfPath(report.testCase.path)
      : code && Uri.joinPath(model, '..', ...code.path.split('/'));
  return uri && new Location(uri, new Range(Math.max(0, line - 1), 0, Math.max(0, line - 1), 0));
}

type PickleCause = NonNullable<NonNullable<Finding['cause']>['pickle']>;

function askedFor({ global, offset, member }: PickleCause): string {
  if (member === undefined) {
    return offset === undefined
      ? l10n.t('Asked for by the pickle: {0}', global)
      : l10n.t('Asked for by the pickle: {0} at byte {1}', global, offset);
  }
  return offset === undefined
    ? l10n.t('Asked for by the pickle: {0} of {1}', global, member)
    : l10n.t('Asked for by the pickle: {0} at byte {1} of {2}', global, offset, member);
}

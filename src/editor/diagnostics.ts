import { Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, languages, Location, Range, Uri } from 'vscode';
import { escapeAndCut, escapeText } from '../report/escape.js';
import type { Finding, Severity } from '../report/schema.js';
import { DisposableObject } from './disposable.js';
import type { Results } from './results.js';
import { SHOW_FINDING } from './names.js';

export const SEVERITY: Readonly<Record<Severity, DiagnosticSeverity>> = {
  critical: DiagnosticSeverity.Error,
  high: DiagnosticSeverity.Error,
  medium: DiagnosticSeverity.Warning,
  low: DiagnosticSeverity.Information,
  info: DiagnosticSeverity.Information,
};

/** A model has no lines that an editor could show. */
const WHOLE_FILE = new Range(0, 0, 0, 0);
const EVIDENCE_LENGTH = 300;

/** Findings in the Problems panel. */
export class Diagnostics extends DisposableObject {
  readonly #collection = this.own(languages.createDiagnosticCollection('dynscan'));

  constructor(results: Results) {
    super();
    this.own(
      results.onDidChange((uris) => {
        for (const uri of uris) {
          const findings = results.get(uri)?.findings ?? [];
          this.#collection.set(
            uri,
            findings.map((finding, index) => toDiagnostic(uri, finding, index)),
          );
        }
      }),
    );
  }
}

function toDiagnostic(uri: Uri, finding: Finding, index: number): Diagnostic {
  const times = finding.count > 1 ? ` (${finding.count} times)` : '';
  const message = `${escapeText(finding.title)}${times}. ${escapeText(finding.explanation)}`;
  const diagnostic = new Diagnostic(WHOLE_FILE, message, SEVERITY[finding.severity]);
  diagnostic.source = 'DynScan';
  diagnostic.code = { value: finding.rule, target: reportLink(uri, index) };
  diagnostic.relatedInformation = related(finding).map(
    (text) => new DiagnosticRelatedInformation(new Location(uri, WHOLE_FILE), text),
  );
  return diagnostic;
}

/** A click on the rule opens the report where the finding is explained. */
export function reportLink(uri: Uri, index: number): Uri {
  const argument = encodeURIComponent(JSON.stringify([uri.toString(), index]));
  return Uri.parse(`command:${SHOW_FINDING}?${argument}`);
}

function related(finding: Finding): string[] {
  const pickle = finding.cause?.pickle;
  const frame = finding.cause?.frames?.[0];
  const cause = [
    ...(pickle ? [`Asked for by the pickle: ${pickle.global}${at(pickle.offset, pickle.member)}`] : []),
    ...(frame ? [`Done by ${frame.function} in ${frame.file}, line ${frame.line}`] : []),
  ];
  // One line tells what it is about: the call that was made, or the last opcode of those that lead to one. The report has them all.
  const telling = finding.evidence.at(finding.engine === 'dynamic' ? 0 : -1);
  const evidence = telling ? [telling.text] : [];
  return [...cause, ...evidence].map((text) => escapeAndCut(text, EVIDENCE_LENGTH));
}

function at(offset: number | undefined, member: string | undefined): string {
  return `${offset === undefined ? '' : ` at byte ${offset}`}${member === undefined ? '' : ` of ${member}`}`;
}

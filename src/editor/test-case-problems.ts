import { createHash } from 'node:crypto';
import {
  CodeAction,
  CodeActionKind,
  Diagnostic,
  DiagnosticRelatedInformation,
  DiagnosticSeverity,
  l10n,
  languages,
  Location,
  Position,
  Range,
  Uri,
  workspace,
  WorkspaceEdit,
  type CodeActionContext,
  type CodeActionProvider,
  type TextDocument,
} from 'vscode';
import { escapeAndCut, escapeText } from '../report/escape.js';
import type { ScanReport } from '../report/schema.js';
import type { TestCaseProblem } from '../testcase/check.js';
import type { App } from './app.js';
import { problemAt } from './diagnostics.js';
import { ruleUri } from './rule-documents.js';
import { DIAGNOSTIC_SEVERITY, SOURCE } from './words.js';
import { DisposableObject } from './disposable.js';
import type { Results } from './results.js';
import { isTestCase, textOf } from './test-cases.js';
import { whenTrusted } from './trust.js';

const MESSAGE_LENGTH = 1_500;
const PROBLEM_SEVERITY: Readonly<Record<TestCaseProblem['severity'], DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  hint: DiagnosticSeverity.Hint,
};
const START = new Position(0, 0);

/** What is wrong with a test case while it is written, with fixes, and what its lines led to when it was run. */
export class TestCaseProblems extends DisposableObject implements CodeActionProvider {
  readonly #checks = this.own(languages.createDiagnosticCollection('dynscan-test-case'));
  readonly #findings = this.own(languages.createDiagnosticCollection('dynscan-test-case-findings'));
  /** Test cases that findings are shown on. */
  #marked: readonly Uri[] = [];
  #turn = 0;

  constructor(
    private readonly app: App,
    private readonly results: Results,
  ) {
    super();
    this.own(whenTrusted(() => this.#start()));
  }

  async provideCodeActions(document: TextDocument, range: Range, context: CodeActionContext): Promise<CodeAction[]> {
    if (!isTestCase(document.uri)) return [];
    const wanted = context.diagnostics.filter(({ source }) => source === SOURCE);
    const problems = (await this.#check(document)).filter((problem) => rangeOf(document, problem).intersection(range));
    return problems.flatMap((problem) =>
      problem.fixes.map(({ title, edits }) => {
        const action = new CodeAction(title, CodeActionKind.QuickFix);
        action.edit = new WorkspaceEdit();
        for (const { start, end, text } of edits)
          action.edit.replace(document.uri, new Range(document.positionAt(start), document.positionAt(end)), text);
        action.diagnostics = wanted.filter(({ code }) => code === problem.code);
        action.isPreferred = problem.fixes.length === 1;
        return action;
      }),
    );
  }

  #start(): void {
    this.own(workspace.onDidOpenTextDocument((document) => void this.#onDocument(document)));
    this.own(workspace.onDidChangeTextDocument(({ document }) => void this.#onDocument(document)));
    this.own(workspace.onDidCloseTextDocument(({ uri }) => this.#checks.delete(uri)));
    this.own(this.results.onDidChange(() => void this.#mark()));
    this.own(languages.registerCodeActionsProvider({ language: 'python', scheme: 'file' }, this));
    for (const document of workspace.textDocuments) void this.#onDocument(document);
  }

  async #onDocument(document: TextDocument): Promise<void> {
    if (this.#marked.some((uri) => uri.toString() === document.uri.toString())) void this.#mark();
    if (!isTestCase(document.uri)) return;
    const version = document.version;
    const problems = await this.#check(document);
    if (document.version !== version || document.isClosed) return;
    this.#checks.set(
      document.uri,
      problems.map((problem) => {
        const { severity, message } = problem;
        const diagnostic = problemAt(rangeOf(document, problem), escapeText(message), PROBLEM_SEVERITY[severity]);
        diagnostic.code = problem.code;
        return diagnostic;
      }),
    );
  }

  async #check(document: TextDocument): Promise<readonly TestCaseProblem[]> {
    const { checkTestCase, TEST_CASE_LIMIT } = await this.app.engine();
    const text = document.getText();
    return text.length > TEST_CASE_LIMIT ? [] : checkTestCase(text).problems;
  }

  /** Shows the findings that lines of test cases led to, as long as the test case is the one that was run. */
  async #mark(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const { TEST_CASE_LIMIT } = await this.app.engine();
    const marks = new Map<string, Diagnostic[]>();
    const uris: Uri[] = [];
    for (const { uri: model, status } of this.results.all()) {
      if (status.kind !== 'finished' || status.report.testCase === undefined) continue;
      const { path, sha256 } = status.report.testCase;
      const uri = Uri.file(path);
      uris.push(uri);
      const text = await textOf(uri, TEST_CASE_LIMIT);
      if (text === undefined || createHash('sha256').update(text).digest('hex') !== sha256) continue;
      marks.set(uri.toString(), [...(marks.get(uri.toString()) ?? []), ...marksOf(status.report, model)]);
    }
    if (turn !== this.#turn) return;
    this.#marked = uris;
    this.#findings.clear();
    for (const [uri, diagnostics] of marks) this.#findings.set(Uri.parse(uri), diagnostics);
  }
}

function marksOf(report: ScanReport, model: Uri): Diagnostic[] {
  const file = report.testCase?.file;
  const found = report.findings.flatMap((finding) => {
    const line = finding.cause?.frames?.find((frame) => frame.file === file)?.line;
    if (line === undefined) return [];
    const diagnostic = onLine(line, `${finding.title}. ${finding.explanation}`, DIAGNOSTIC_SEVERITY[finding.severity]);
    diagnostic.code = { value: finding.rule, target: ruleUri(finding.rule) };
    diagnostic.relatedInformation = [
      new DiagnosticRelatedInformation(new Location(model, START), l10n.t('The model that did it when this line ran')),
    ];
    return [diagnostic];
  });
  const { error } = report.load;
  const line = error?.frames.find((frame) => frame.file === file)?.line;
  if (error === undefined || line === undefined) return found;
  return [...found, onLine(line, l10n.t('Raised {0}: {1}', error.type, error.message), DiagnosticSeverity.Warning)];
}

function onLine(line: number, message: string, severity: DiagnosticSeverity): Diagnostic {
  const at = Math.max(0, line - 1);
  // To the end of the line, however long it is.
  return problemAt(new Range(at, 0, at, 10_000), escapeAndCut(message, MESSAGE_LENGTH), severity);
}

function rangeOf(document: TextDocument, { start, end }: TestCaseProblem): Range {
  return new Range(document.positionAt(start), document.positionAt(end));
}

import { createHash } from 'node:crypto';
import {
  DiagnosticSeverity,
  l10n,
  Location,
  Position,
  Range,
  Uri,
  workspace,
  WorkspaceEdit,
  type CodeActionContext,
  type TextDocument,
} from 'vscode';
import type { ScanReport } from '../core/schema.js';
import type { TestCaseProblem } from '../testcase/check.js';
import type { App } from './app.js';
import { problemAt, ruleCode } from './diagnostics.js';
import { DIAGNOSTIC_SEVERITY, SOURCE } from './appearance.js';
import { DisposableObject } from './disposable.js';
import type { Results } from './results.js';
import { languages, quickFix, type FixProvider, type Problem, type ProblemParts } from './surfaces.js';
import { isTestCase, textOf } from './test-cases.js';
import { whenTrusted } from './trust.js';

const PROBLEM_SEVERITY: Readonly<Record<TestCaseProblem['severity'], DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  hint: DiagnosticSeverity.Hint,
};
const START = new Position(0, 0);

type Fix = ReturnType<typeof quickFix>;

/** Problems of a test case while it is written, with fixes, and the findings that its lines caused when it was run. */
export class TestCaseProblems extends DisposableObject implements FixProvider {
  readonly #checks = this.own(languages.createProblems('dynscan-test-case'));
  readonly #findings = this.own(languages.createProblems('dynscan-test-case-findings'));
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

  async provideCodeActions(document: TextDocument, range: Range, context: CodeActionContext): Promise<Fix[]> {
    if (!isTestCase(document.uri)) return [];
    const wanted = context.diagnostics.filter(({ source }) => source === SOURCE);
    const problems = (await this.#check(document)).filter((problem) => rangeOf(document, problem).intersection(range));
    return problems.flatMap((problem) =>
      problem.fixes.map(({ title, edits }) => {
        const edit = new WorkspaceEdit();
        for (const { start, end, text } of edits)
          edit.replace(document.uri, new Range(document.positionAt(start), document.positionAt(end)), text);
        const problems = wanted.filter(({ code }) => code === problem.code);
        return quickFix({ title, problems, edit, isPreferred: problem.fixes.length === 1 });
      }),
    );
  }

  #start(): void {
    this.own(workspace.onDidOpenTextDocument((document) => void this.#onDocument(document)));
    this.own(workspace.onDidChangeTextDocument(({ document }) => void this.#onDocument(document)));
    this.own(workspace.onDidCloseTextDocument(({ uri }) => this.#checks.delete(uri)));
    this.own(this.results.onDidChange(() => void this.#mark()));
    this.own(languages.registerFixes({ language: 'python', scheme: 'file' }, this));
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
        const { severity, message, code } = problem;
        return problemAt(rangeOf(document, problem), message, PROBLEM_SEVERITY[severity], { code: { value: code } });
      }),
    );
  }

  async #check(document: TextDocument): Promise<readonly TestCaseProblem[]> {
    const { checkTestCase, TEST_CASE_LIMIT } = await this.app.engine();
    const text = document.getText();
    return text.length > TEST_CASE_LIMIT ? [] : checkTestCase(text).problems;
  }

  /** Shows the findings that lines of test cases caused, as long as the test case is the one that was run. */
  async #mark(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const run = this.results.all().flatMap(({ uri, status }) => {
      const report = status.kind === 'finished' ? status.report : undefined;
      return report?.testCase === undefined ? [] : [{ model: uri, report, testCase: report.testCase }];
    });
    const marks = new Map<string, Problem[]>();
    const uris: Uri[] = [];
    for (const { model, report, testCase } of run) {
      const { TEST_CASE_LIMIT } = await this.app.engine();
      const { path, sha256 } = testCase;
      const uri = Uri.file(path);
      uris.push(uri);
      const text = await textOf(uri, TEST_CASE_LIMIT);
      if (text === undefined || createHash('sha256').update(text).digest('hex') !== sha256) continue;
      marks.set(uri.toString(), [...(marks.get(uri.toString()) ?? []), ...marksOf(report, model)]);
    }
    if (turn !== this.#turn) return;
    this.#marked = uris;
    this.#findings.clear();
    for (const [uri, diagnostics] of marks) this.#findings.set(Uri.parse(uri), diagnostics);
  }
}

function marksOf(report: ScanReport, model: Uri): Problem[] {
  const file = report.testCase?.file;
  const found = report.findings.flatMap((finding) => {
    const line = finding.cause?.frames?.find((frame) => frame.file === file)?.line;
    if (line === undefined) return [];
    const text = l10n.t('The model that did it when this line ran');
    return [
      onLine(line, `${finding.title}. ${finding.explanation}`, DIAGNOSTIC_SEVERITY[finding.severity], {
        code: ruleCode(finding.rule),
        related: [{ location: new Location(model, START), text }],
      }),
    ];
  });
  const { error } = report.load;
  const line = error?.frames.find((frame) => frame.file === file)?.line;
  if (error === undefined || line === undefined) return found;
  return [...found, onLine(line, l10n.t('Raised {0}: {1}', error.type, error.message), DiagnosticSeverity.Warning)];
}

function onLine(
  line: number,
  message: string,
  severity: DiagnosticSeverity,
  more?: Pick<ProblemParts, 'code' | 'related'>,
): Problem {
  const at = Math.max(0, line - 1);
  // To the end of the line, however long it is.
  return problemAt(new Range(at, 0, at, 10_000), message, severity, more);
}

function rangeOf(document: TextDocument, { start, end }: TestCaseProblem): Range {
  return new Range(document.positionAt(start), document.positionAt(end));
}

import {
  DiagnosticSeverity,
  l10n,
  Range,
  workspace,
  type CodeActionContext,
  type Diagnostic,
  type Position,
  type TextDocument,
  type Uri,
} from 'vscode';
import { escapeAndCut } from '../core/escape.js';
import type { Evidence, Finding } from '../core/schema.js';
import type { App } from './app.js';
import { pagesBeside, type DisassemblyDocuments } from './disassembly-documents.js';
import { problemAt, ruleCode } from './diagnostics.js';
import { disassemblyUri, parseDisassemblyUri } from './disassembly-uri.js';
import { DisposableObject } from './disposable.js';
import { namesIn, rowOfOffset } from '../view/listing-rows.js';
import { fixesFor } from './finding-fixes.js';
import { DISASSEMBLY_SCHEME } from './names.js';
import type { Results } from './results.js';
import { hover, languages, window, type LinkParts, type Problem } from './surfaces.js';
import { DIAGNOSTIC_SEVERITY } from './appearance.js';

/** A finding on a line of an open disassembly. */
export interface PlacedFinding {
  readonly model: Uri;
  readonly finding: Finding;
  /** Index in the model's result. */
  readonly index: number;
  readonly diagnostic: Problem;
}

const SELECTOR = { scheme: DISASSEMBLY_SCHEME };
const TITLE_LENGTH = 300;
const WORDS_LIMIT = 1_500;
const NAME_LENGTH = 200;
const NAMES_LIMIT = 4;

/** Language features of a disassembly: underlined opcodes, hovers, quick fixes, links from page to page. */
export class DisassemblyLanguage extends DisposableObject {
  readonly #collection = this.own(languages.createProblems('dynscan-disassembly'));
  readonly #underlines = this.own(window.createUnderlines());
  readonly #placed = new Map<string, readonly PlacedFinding[]>();

  constructor(
    private readonly app: App,
    private readonly results: Results,
    private readonly documents: DisassemblyDocuments,
  ) {
    super();
    this.own(languages.registerHovers(SELECTOR, (document, at) => this.#hover(document, at)));
    this.own(languages.registerLinks(SELECTOR, (document) => this.#links(document)));
    const actions = {
      provideCodeActions: (document: TextDocument, _range: Range, context: CodeActionContext) =>
        this.#actions(document, context),
    };
    this.own(languages.registerFixes(SELECTOR, actions));
    this.own(documents.onDidLoad((uri) => this.#place(uri)));
    this.own(workspace.onDidCloseTextDocument(({ uri }) => this.#forget(uri)));
    this.own(
      results.onDidChange((uris) => {
        const changed = new Set(uris.map(String));
        for (const { uri } of workspace.textDocuments) {
          const asked = parseDisassemblyUri(uri);
          if (asked && changed.has(asked.model.toString())) this.#place(uri);
        }
      }),
    );
  }

  /** The findings on the lines of a document that DynScan's diagnostics mark. */
  findingsOf(uri: Uri, diagnostics: readonly Diagnostic[]): readonly PlacedFinding[] {
    const placed = this.#placed.get(uri.toString()) ?? [];
    // The editor hands out copies.
    return placed.filter(({ diagnostic }) =>
      diagnostics.some((one) => one.range.isEqual(diagnostic.range) && one.message === diagnostic.message),
    );
  }

  #place(uri: Uri): void {
    const asked = parseDisassemblyUri(uri);
    const listing = this.documents.pageOf(uri);
    if (!asked || !listing) {
      this.#forget(uri);
      return;
    }
    const { model, place } = asked;
    const findings = this.results.get(model)?.findings ?? [];
    const placed = findings.flatMap((finding, index) => {
      const rows = new Map<number, string>();
      for (const { offset, member, text } of placesOf(finding)) {
        if (offset === undefined || member !== place.member || place.copy > 1) continue;
        const row = rowOfOffset(listing.lines, offset - place.at);
        if (row !== undefined && !rows.has(row)) rows.set(row, text);
      }
      return [...rows].map(([row, text], nth) => {
        const diagnostic = this.#diagnostic(finding, listing.texts[row] ?? '', row, nth === 0 ? undefined : text);
        return { model, finding, index, diagnostic };
      });
    });
    this.#placed.set(uri.toString(), placed);
    this.#collection.set(
      uri,
      placed.map(({ diagnostic }) => diagnostic),
    );
    const underlines = placed.map(({ finding, diagnostic: { range } }) => ({
      range,
      severity: DIAGNOSTIC_SEVERITY[finding.severity],
    }));
    this.#underlines.set(uri, underlines);
  }

  /** `text`: what a further location shows; the first one has the full message. */
  #diagnostic(finding: Finding, line: string, row: number, text: string | undefined): Problem {
    const words = text === undefined ? finding.explanation : text;
    const message = `${escapeAndCut(finding.title, TITLE_LENGTH)}. ${escapeAndCut(words, WORDS_LIMIT)}`;
    const start = /^\s*\d+: /.exec(line)?.[0].length ?? 0;
    const end = Math.max(
      start + 1,
      line.indexOf('  # ') < 0 ? line.length : line.slice(0, line.indexOf('  # ')).trimEnd().length,
    );
    const range = new Range(row, start, row, end);
    // A hint: the finding has its row in Problems at the model already, and counts once.
    return problemAt(range, message, DiagnosticSeverity.Hint, { code: ruleCode(finding.rule) });
  }

  #forget(uri: Uri): void {
    if (!this.#placed.delete(uri.toString())) return;
    this.#collection.delete(uri);
    this.#underlines.set(uri, []);
  }

  async #hover(document: TextDocument, { line: row }: Position): Promise<ReturnType<typeof hover> | undefined> {
    const line = this.documents.pageOf(document.uri)?.lines[row];
    if (!line) return undefined;
    const names = namesIn(line).slice(0, NAMES_LIMIT);
    const asked = parseDisassemblyUri(document.uri);
    if (asked && names.length === 0 && line.argument.endsWith('…')) {
      const whole = await this.documents.argumentAt(asked, line.offset);
      const note = { text: l10n.t('The text of which the line shows the beginning.') };
      return hover([{ code: { text: whole, language: 'python' }, ...note }]);
    }
    if (names.length === 0) return undefined;
    const { explainGlobal } = await this.app.engine();
    const texts = names.map((name) => {
      const { judgement, words } = explainGlobal(name);
      const code = { text: escapeAndCut(name, NAME_LENGTH), language: 'python' };
      return { code, text: `${JUDGEMENT_WORDS[judgement]} ${words}` };
    });
    return hover([{ text: OPCODE_WORDS[line.opcode] ?? line.note }, ...texts]);
  }

  /** The last lines of a page lead to those beside it. */
  #links(document: TextDocument): LinkParts[] {
    const asked = parseDisassemblyUri(document.uri);
    const listing = this.documents.pageOf(document.uri);
    if (!asked || !listing) return [];
    return pagesBeside(listing).flatMap(({ page }, index) => {
      const row = listing.texts.length + index;
      // The editor may still have the lines from before the model changed.
      if (row >= document.lineCount) return [];
      return [{ range: document.lineAt(row).range, target: disassemblyUri({ ...asked, page }) }];
    });
  }

  #actions(document: TextDocument, { diagnostics }: CodeActionContext): ReturnType<typeof fixesFor> {
    return this.findingsOf(document.uri, diagnostics).flatMap(({ model, finding, index, diagnostic }) =>
      fixesFor(model, finding, index, diagnostic),
    );
  }
}

/** The locations of a finding in a pickle: its evidence, and the global that is its cause. */
function placesOf({ evidence, cause, engine }: Finding): Pick<Evidence, 'offset' | 'member' | 'text'>[] {
  const { pickle } = cause ?? {};
  const named = pickle ? [{ ...pickle, text: l10n.t('asks for {0}', pickle.global) }] : [];
  return engine === 'static' ? [...evidence, ...named] : named;
}

const JUDGEMENT_WORDS = {
  dangerous: l10n.t('Dangerous.'),
  unlisted: l10n.t('Not needed by models.'),
  unknown: l10n.t('Not known here.'),
  allowed: l10n.t('Harmless.'),
};

/** What the opcodes with side effects do (CPython `Lib/pickletools.py`). */
const OPCODE_WORDS: Readonly<Record<string, string>> = {
  GLOBAL: l10n.t('Imports a module and takes something out of it, by name.'),
  STACK_GLOBAL: l10n.t('Imports a module and takes something out of it; both names lie on the stack.'),
  INST: l10n.t('Imports a class by name and calls it.'),
  OBJ: l10n.t('Calls a class that lies on the stack.'),
  REDUCE: l10n.t('Calls a function that lies on the stack, with the arguments above it.'),
  NEWOBJ: l10n.t('Makes an instance of a class that lies on the stack, by cls.__new__.'),
  NEWOBJ_EX: l10n.t('Makes an instance of a class that lies on the stack, by cls.__new__ with named arguments.'),
  BUILD: l10n.t('Gives an object its state, by __setstate__ or its attributes.'),
};

/**
 * The only way to what the user sees in VS Code: messages, prompts, lists, views, tests, problems, hovers, the log. Every text goes through
 * plain-text.ts on its way, whatever its origin, so that a model's name is shown as a name and nothing else. No other module may import these parts
 * of VS Code (eslint.config.mjs); what VS Code asks for in return (rows of a view, hovers) can be made here alone. Usage, with the `window` of this
 * module: `await window.showErrorMessage(text)`.
 */
import * as vscode from 'vscode';
import {
  LABEL_LENGTH,
  markdownCode,
  markdownText,
  outputText,
  PATH_LENGTH,
  plainLines,
  plainText,
} from '../view/plain-text.js';

declare const SAFE: unique symbol;
/** Made in this module, from texts that went through plain-text.ts. */
export type Safe<T> = Readonly<T> & { readonly [SAFE]: true };

function safe<T>(made: T): Safe<T> {
  return made as Safe<T>;
}

function optional(text: string | undefined, limit?: number): string | undefined {
  return text === undefined ? undefined : plainText(text, limit);
}

/** Without the properties that are undefined: VS Code distinguishes them from absent ones. */
function defined<T extends object>(properties: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}

// Messages

/** `detail`: lines of a message that has to be answered. */
export interface MessageOptions {
  readonly detail: readonly string[];
}

type Show = (
  text: string,
  options: vscode.MessageOptions,
  ...buttons: string[]
) => Thenable<string | undefined> | Promise<string | undefined>;

async function showMessage(
  show: Show,
  text: string,
  options: MessageOptions | undefined,
  buttons: readonly string[],
): Promise<string | undefined> {
  const shown =
    options === undefined ? {} : { modal: true, detail: options.detail.map((line) => plainText(line)).join('\n\n') };
  return show(plainText(text), shown, ...buttons.map((button) => plainText(button, LABEL_LENGTH)));
}

export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(error: unknown): void;
  show(preserveFocus?: boolean): void;
  dispose(): void;
}

/** A defect is logged with its stack, one line of the log for each line of the stack. */
function createLog(name: string): Log {
  const channel = vscode.window.createOutputChannel(name, { log: true });
  return {
    info: (text) => channel.info(outputText(text)),
    warn: (text) => channel.warn(outputText(text)),
    error: (error) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      channel.error(
        text
          .split('\n')
          .map((line) => outputText(line))
          .join('\n'),
      );
    },
    show: (preserveFocus) => channel.show(preserveFocus),
    dispose: () => channel.dispose(),
  };
}

// Prompts and lists

export interface ListItem {
  readonly label: string;
  readonly description?: string;
  readonly alwaysShow?: boolean;
}

export interface ListOptions {
  readonly title: string;
  readonly placeHolder?: string;
}

function listItem<T extends ListItem>(item: T): vscode.QuickPickItem & { readonly item: T } {
  const { label, description, alwaysShow } = item;
  return {
    ...defined({ description: optional(description, LABEL_LENGTH), alwaysShow }),
    label: plainText(label, LABEL_LENGTH),
    item,
  };
}

async function showQuickPick<T extends ListItem>(items: readonly T[], options: ListOptions): Promise<T | undefined> {
  const { title, placeHolder } = options;
  const shown = defined({ title: plainText(title), placeHolder: optional(placeHolder) });
  return (await vscode.window.showQuickPick(items.map(listItem), shown))?.item;
}

/** A list with ticks, and a line to write in. Returns both, or undefined when the user cancels. */
async function showFilter<T extends ListItem>(
  items: readonly T[],
  options: ListOptions & { readonly selected: readonly T[]; readonly text: string },
): Promise<{ readonly text: string; readonly selected: readonly T[] } | undefined> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly item: T }>();
  pick.title = plainText(options.title);
  pick.placeholder = plainText(options.placeHolder ?? '');
  pick.canSelectMany = true;
  const shown = items.map(listItem);
  pick.items = shown;
  pick.selectedItems = shown.filter(({ item }) => options.selected.includes(item));
  pick.value = plainText(options.text);
  const accepted = await new Promise<boolean>((resolve) => {
    pick.onDidAccept(() => resolve(true));
    pick.onDidHide(() => resolve(false));
    pick.show();
  });
  const answer = { text: pick.value, selected: pick.selectedItems.map(({ item }) => item) };
  pick.dispose();
  return accepted ? answer : undefined;
}

export interface InputOptions {
  readonly title: string;
  readonly prompt: string;
  /** What is wrong with a text. */
  readonly validateInput: (text: string) => string | undefined;
}

function showInputBox({ title, prompt, validateInput }: InputOptions): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: plainText(title),
    prompt: plainText(prompt),
    ignoreFocusOut: true,
    validateInput: (text) => optional(validateInput(text)),
  });
}

export interface DialogOptions {
  readonly title?: string;
  readonly openLabel?: string;
  readonly saveLabel?: string;
  readonly canSelectMany?: boolean;
  readonly defaultUri?: vscode.Uri;
  readonly filters?: Readonly<Record<string, readonly string[]>>;
}

function dialog({ title, openLabel, saveLabel, canSelectMany, defaultUri, filters = {} }: DialogOptions) {
  const named = Object.entries(filters).map(([name, extensions]): [string, string[]] => [
    plainText(name),
    [...extensions],
  ]);
  const texts = { title: optional(title), openLabel: optional(openLabel), saveLabel: optional(saveLabel) };
  return defined({ ...texts, canSelectMany, defaultUri, filters: Object.fromEntries(named) });
}

// Progress

export interface ProgressOptions {
  readonly location: 'notification' | 'window';
  readonly title: string;
  readonly cancellable?: boolean;
}

export interface Report {
  readonly report: (message: string) => void;
}

function withProgress<T>(
  { location, title, cancellable = false }: ProgressOptions,
  work: (progress: Report, token: vscode.CancellationToken) => Thenable<T>,
): Thenable<T> {
  const place = { notification: vscode.ProgressLocation.Notification, window: vscode.ProgressLocation.Window }[
    location
  ];
  return vscode.window.withProgress({ location: place, title: plainText(title), cancellable }, (progress, token) =>
    work({ report: (message) => progress.report({ message: plainText(message) }) }, token),
  );
}

// Views

export interface RowParts {
  readonly id?: string | undefined;
  readonly label: string;
  readonly state?: vscode.TreeItemCollapsibleState;
  readonly description?: string | undefined;
  /** Lines. */
  readonly tooltip?: readonly string[] | undefined;
  /** In place of the lines. */
  readonly card?: Card | undefined;
  readonly icon?: vscode.ThemeIcon | undefined;
  /** For menus. */
  readonly context?: string | undefined;
  /** What is read out in place of the label. */
  readonly spoken?: string | undefined;
  readonly resource?: vscode.Uri | undefined;
  readonly command?: vscode.Command | undefined;
}

/** What a hover over a row says: a head, sentences, a list and a table. */
export interface Card {
  readonly title: string;
  readonly lines: readonly string[];
  readonly items: readonly string[];
  readonly facts: readonly (readonly [name: string, value: string])[];
}

function cardText({ title, lines, items, facts }: Card): vscode.MarkdownString {
  const parts = [
    `**${markdownText(title)}**`,
    ...lines.map((line) => markdownText(line)),
    items.map((item) => `- ${markdownText(item, LABEL_LENGTH)}`).join('\n'),
    ['| | |', '|:--|:--|', ...facts.map((fact) => `| ${fact.map((text) => markdownText(text)).join(' | ')} |`)].join(
      '\n',
    ),
  ];
  return new vscode.MarkdownString(parts.filter((part) => part !== '').join('\n\n'));
}

export type Row = Safe<vscode.TreeItem>;

export function row(parts: RowParts): Row {
  const { id, label, state, description, tooltip, card, icon, context, spoken, resource, command } = parts;
  const item = new vscode.TreeItem(plainText(label, LABEL_LENGTH), state);
  const more = {
    id,
    description: optional(description, LABEL_LENGTH),
    // Without one VS Code would show the label, or what the file is.
    tooltip: card ? cardText(card) : tooltip && plainLines(tooltip),
    iconPath: icon,
    contextValue: context,
    accessibilityInformation: spoken === undefined ? undefined : { label: plainText(spoken, LABEL_LENGTH) },
    resourceUri: resource,
    command: command && { ...command, title: plainText(command.title) },
  };
  return safe(Object.assign(item, defined(more)));
}

export interface RowProvider<T> {
  readonly onDidChangeTreeData: vscode.Event<T | undefined>;
  getChildren(node?: T): Promise<T[]>;
  getTreeItem(node: T): Row;
}

export interface View {
  readonly visible: boolean;
  readonly onDidChangeVisibility: vscode.Event<{ readonly visible: boolean }>;
  /** Shows a line above the rows; an empty one is none. */
  say(text: string): void;
  setBadge(value: number, tooltip: string): void;
  dispose(): void;
}

interface TreeOptions {
  readonly showCollapseAll?: boolean;
  /** Commands of a row's menu get all that are chosen as their second argument. */
  readonly canSelectMany?: boolean;
}

function createTreeView<T>(id: string, provider: RowProvider<T>, options: TreeOptions = {}): View {
  const view = vscode.window.createTreeView(id, {
    treeDataProvider: {
      onDidChangeTreeData: provider.onDidChangeTreeData,
      getChildren: (node?: T) => provider.getChildren(node),
      getTreeItem: (node: T) => provider.getTreeItem(node),
    },
    ...options,
  });
  return {
    get visible() {
      return view.visible;
    },
    onDidChangeVisibility: view.onDidChangeVisibility,
    say: (text) => {
      view.message = plainText(text);
    },
    setBadge: (value, tooltip) => {
      view.badge = value === 0 ? undefined : { value, tooltip: plainText(tooltip) };
    },
    dispose: () => void view.dispose(),
  };
}

// The status bar

export interface StatusParts {
  readonly icon: string;
  readonly text: string;
  readonly tooltip: string;
  readonly spoken: string;
  readonly command: vscode.Command;
  readonly background?: vscode.ThemeColor | undefined;
}

export class StatusItem implements Readonly<
  Pick<vscode.StatusBarItem, 'text' | 'tooltip' | 'command' | 'accessibilityInformation'>
> {
  readonly #item: vscode.StatusBarItem;

  constructor(id: string, name: string) {
    this.#item = vscode.window.createStatusBarItem(id, vscode.StatusBarAlignment.Left);
    this.#item.name = plainText(name);
  }

  /** The text on the status bar. */
  get text(): string {
    return this.#item.text;
  }

  get tooltip(): vscode.StatusBarItem['tooltip'] {
    return this.#item.tooltip;
  }

  get command(): vscode.StatusBarItem['command'] {
    return this.#item.command;
  }

  get accessibilityInformation(): vscode.StatusBarItem['accessibilityInformation'] {
    return this.#item.accessibilityInformation;
  }

  show({ icon, text, tooltip, spoken, command, background }: StatusParts): void {
    this.#item.text = `$(${icon}) ${plainText(text, LABEL_LENGTH)}`;
    this.#item.tooltip = plainText(tooltip);
    this.#item.accessibilityInformation = { label: plainText(spoken) };
    this.#item.command = { ...command, title: plainText(command.title) };
    this.#item.backgroundColor = background;
    this.#item.show();
  }

  hide(): void {
    this.#item.hide();
  }

  dispose(): void {
    this.#item.dispose();
  }
}

// Pages

/** A panel of DynScan; `showTitle` sets VS Code's own title of it. */
export type Panel = Readonly<Omit<vscode.WebviewPanel, 'title' | 'iconPath'>>;

export function showTitle(
  panel: Panel,
  title: string,
  iconPath: { readonly light: vscode.Uri; readonly dark: vscode.Uri },
): void {
  const whole = panel as vscode.WebviewPanel;
  whole.title = plainText(title, LABEL_LENGTH);
  whole.iconPath = iconPath;
}

// Decorations and problems of files and lines

export function fileDecoration(
  badge: string,
  tooltip: string,
  color: vscode.ThemeColor | undefined,
): Safe<vscode.FileDecoration> {
  return safe(new vscode.FileDecoration(plainText(badge, 2), plainText(tooltip), color));
}

export interface DecorationProvider {
  readonly onDidChangeFileDecorations: vscode.Event<vscode.Uri[]>;
  provideFileDecoration(uri: vscode.Uri): Safe<vscode.FileDecoration> | undefined;
}

export interface ProblemParts {
  readonly range: vscode.Range;
  readonly message: string;
  readonly severity: vscode.DiagnosticSeverity;
  readonly source: string;
  /** With a target it is a link to there. */
  readonly code?: { readonly value: string; readonly target?: vscode.Uri } | undefined;
  readonly related?: readonly { readonly location: vscode.Location; readonly text: string }[] | undefined;
}

export type Problem = Safe<vscode.Diagnostic>;

export function problem({ range, message, severity, source, code, related }: ProblemParts): Problem {
  const made = new vscode.Diagnostic(range, plainText(message), severity);
  made.source = source;
  if (code !== undefined) {
    const value = plainText(code.value, LABEL_LENGTH);
    made.code = code.target === undefined ? value : { value, target: code.target };
  }
  if (related !== undefined) {
    made.relatedInformation = related.map(
      ({ location, text }) => new vscode.DiagnosticRelatedInformation(location, plainText(text, LABEL_LENGTH)),
    );
  }
  return safe(made);
}

export interface Problems {
  set(uri: vscode.Uri, problems: readonly Problem[]): void;
  get(uri: vscode.Uri): readonly Problem[];
  delete(uri: vscode.Uri): void;
  clear(): void;
  dispose(): void;
}

function createProblems(name: string): Problems {
  const collection = vscode.languages.createDiagnosticCollection(name);
  return {
    set: (uri, problems) => collection.set(uri, problems),
    get: (uri) => (collection.get(uri) ?? []).map((one) => safe(one)),
    delete: (uri) => collection.delete(uri),
    clear: () => collection.clear(),
    dispose: () => collection.dispose(),
  };
}

export interface Underline {
  readonly range: vscode.Range;
  readonly severity: vscode.DiagnosticSeverity;
}

export interface Underlines {
  /** In place of those that the document had. */
  set(uri: vscode.Uri, underlines: readonly Underline[]): void;
  dispose(): void;
}

/** Lines under text as problems have them, which count as none. */
function createUnderlines(): Underlines {
  const names = [
    ['Error', vscode.DiagnosticSeverity.Error],
    ['Warning', vscode.DiagnosticSeverity.Warning],
    ['Info', vscode.DiagnosticSeverity.Information],
  ] as const;
  const looks = names.map(([name, severity]) => ({
    severity,
    type: vscode.window.createTextEditorDecorationType({
      textDecoration: `underline wavy var(--vscode-editor${name}-foreground)`,
      overviewRulerColor: new vscode.ThemeColor(`editorOverviewRuler.${name.toLowerCase()}Foreground`),
      overviewRulerLane: vscode.OverviewRulerLane.Right,
    }),
  }));
  const all = new Map<string, readonly Underline[]>();
  const show = (editor: vscode.TextEditor): void => {
    const own = all.get(editor.document.uri.toString());
    if (own === undefined) return;
    for (const { severity, type } of looks)
      editor.setDecorations(
        type,
        own.filter((one) => one.severity === severity).map(({ range }) => range),
      );
  };
  const shown = vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach(show));
  return {
    set: (uri, underlines) => {
      all.set(uri.toString(), underlines);
      vscode.window.visibleTextEditors
        .filter(({ document }) => document.uri.toString() === uri.toString())
        .forEach(show);
      if (underlines.length === 0) all.delete(uri.toString());
    },
    dispose: () => void vscode.Disposable.from(shown, ...looks.map(({ type }) => type)).dispose(),
  };
}

export interface HoverPart {
  /** Shown as code, before the text: a line, or several. */
  readonly code?: { readonly text: string | readonly string[]; readonly language: string };
  readonly text: string;
}

export function hover(parts: readonly HoverPart[]): Safe<vscode.Hover> {
  const texts = parts.map(({ code, text }) => {
    const before = code === undefined ? '' : `${markdownCode(code.text, code.language)}\n`;
    return new vscode.MarkdownString(`${before}${markdownText(text)}`);
  });
  return safe(new vscode.Hover(texts));
}

/** A line above a range; without a command nothing happens when it is pressed. */
export function lens(range: vscode.Range, command: vscode.Command): Safe<vscode.CodeLens> {
  return safe(new vscode.CodeLens(range, { ...command, title: plainText(command.title, LABEL_LENGTH) }));
}

export interface FixParts {
  readonly title: string;
  readonly problems: readonly vscode.Diagnostic[];
  readonly command?: Omit<vscode.Command, 'title'>;
  readonly edit?: vscode.WorkspaceEdit;
  readonly isPreferred?: boolean;
}

export function quickFix({ title, problems, command, edit, isPreferred }: FixParts): Safe<vscode.CodeAction> {
  const shown = plainText(title, LABEL_LENGTH);
  const made = new vscode.CodeAction(shown, vscode.CodeActionKind.QuickFix);
  const more = { edit, isPreferred, command: command && { ...command, title: shown } };
  return safe(Object.assign(made, { diagnostics: [...problems] }, defined(more)));
}

type Fixes = readonly Safe<vscode.CodeAction>[];

export interface FixProvider {
  provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): Fixes | Promise<Fixes>;
}

/** Leads from lines to other documents. */
export interface LinkParts {
  readonly range: vscode.Range;
  readonly target: vscode.Uri;
}

// Tests

export interface TestParts {
  readonly id: string;
  readonly label: string;
  readonly uri: vscode.Uri;
  readonly description: string;
  readonly range?: vscode.Range | undefined;
  /** Why it cannot run. */
  readonly error?: string | undefined;
}

export type TestMessage = Safe<vscode.TestMessage>;

export function testMessage(text: string, location?: vscode.Location): TestMessage {
  const made = new vscode.TestMessage(plainText(text));
  if (location !== undefined) made.location = location;
  return safe(made);
}

/** How the tests of one run go. */
export interface TestRun {
  enqueued(test: vscode.TestItem): void;
  started(test: vscode.TestItem): void;
  skipped(test: vscode.TestItem): void;
  passed(test: vscode.TestItem, duration?: number): void;
  failed(test: vscode.TestItem, messages: readonly TestMessage[], duration?: number): void;
  errored(test: vscode.TestItem, messages: readonly TestMessage[], duration?: number): void;
  /** Line by line, as a terminal takes it. */
  write(test: vscode.TestItem, lines: readonly string[]): void;
  end(): void;
}

export interface TestController {
  /** All tests. */
  readonly tests: readonly vscode.TestItem[];
  get(id: string): vscode.TestItem | undefined;
  /** In place of those that there were. */
  replace(tests: readonly TestParts[]): void;
  createRun(request: vscode.TestRunRequest): TestRun;
  dispose(): void;
}

interface TestHandlers {
  readonly label: string;
  readonly run: (request: vscode.TestRunRequest, token: vscode.CancellationToken) => Promise<void>;
  readonly refresh: () => Promise<void>;
}

function createTestController(id: string, label: string, { label: how, run, refresh }: TestHandlers): TestController {
  const controller = vscode.tests.createTestController(id, plainText(label));
  controller.createRunProfile(plainText(how), vscode.TestRunProfileKind.Run, run, true);
  controller.resolveHandler = refresh;
  controller.refreshHandler = refresh;
  const item = ({ id, label, uri, description, range, error }: TestParts): vscode.TestItem => {
    const made = controller.createTestItem(id, plainText(label, LABEL_LENGTH), uri);
    made.description = plainText(description, LABEL_LENGTH);
    made.range = range;
    made.error = optional(error);
    return made;
  };
  return {
    get tests() {
      return [...controller.items].map(([, one]) => one);
    },
    get: (id) => controller.items.get(id),
    replace: (tests) => controller.items.replace(tests.map(item)),
    createRun: (request) => testRun(controller.createTestRun(request)),
    dispose: () => controller.dispose(),
  };
}

function testRun(run: vscode.TestRun): TestRun {
  return {
    enqueued: (test) => run.enqueued(test),
    started: (test) => run.started(test),
    skipped: (test) => run.skipped(test),
    passed: (test, duration) => run.passed(test, duration),
    failed: (test, messages, duration) => run.failed(test, messages, duration),
    errored: (test, messages, duration) => run.errored(test, messages, duration),
    write: (test, lines) => run.appendOutput(lines.map((line) => `${outputText(line)}\r\n`).join(''), undefined, test),
    end: () => run.end(),
  };
}

// Tools of assistants

export interface ToolQuestion {
  readonly doing: string;
  readonly title: string;
  /** Lines, each a paragraph. */
  readonly question: readonly string[];
}

/** The user is asked before a tool does anything. Whether these are strings or not, VS Code takes them for Markdown. */
export function toolQuestion({ doing, title, question }: ToolQuestion): Safe<vscode.PreparedToolInvocation> {
  // The end of a path says more than its beginning, so no path is cut.
  const text = (line: string): string => markdownText(line, PATH_LENGTH);
  return safe({
    invocationMessage: new vscode.MarkdownString(text(doing)),
    confirmationMessages: {
      title: plainText(title),
      message: new vscode.MarkdownString(question.map(text).join('\n\n')),
    },
  });
}

/** `text`: for the assistant, see scan/tool-request.ts. */
export function toolAnswer(text: string): Safe<vscode.LanguageModelToolResult> {
  return safe(new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]));
}

export interface Tool {
  prepareInvocation(
    options: vscode.LanguageModelToolInvocationPrepareOptions<unknown>,
  ): Promise<Safe<vscode.PreparedToolInvocation>>;
  invoke(
    options: vscode.LanguageModelToolInvocationOptions<unknown>,
    token: vscode.CancellationToken,
  ): Promise<Safe<vscode.LanguageModelToolResult>>;
}

export interface McpServer {
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: vscode.Uri;
  readonly version: string;
}

/** Undefined in an editor that knows no such servers. */
export function offerMcpServer(
  id: string,
  { onDidChange, servers }: { readonly onDidChange: vscode.Event<void>; readonly servers: () => readonly McpServer[] },
): vscode.Disposable | undefined {
  const lm = vscode.lm as Partial<typeof vscode.lm> | undefined;
  return lm?.registerMcpServerDefinitionProvider?.(id, {
    onDidChangeMcpServerDefinitions: onDidChange,
    provideMcpServerDefinitions: () =>
      servers().map(({ label, command, args, env, cwd, version }) =>
        Object.assign(
          new vscode.McpStdioServerDefinition(plainText(label, LABEL_LENGTH), command, [...args], { ...env }, version),
          { cwd },
        ),
      ),
  });
}

// The parts of VS Code, wrapped

export const window = {
  showInformationMessage: (text: string, options?: MessageOptions, ...buttons: string[]) =>
    showMessage(vscode.window.showInformationMessage, text, options, buttons),
  showWarningMessage: (text: string, options?: MessageOptions, ...buttons: string[]) =>
    showMessage(vscode.window.showWarningMessage, text, options, buttons),
  showErrorMessage: (text: string, options?: MessageOptions, ...buttons: string[]) =>
    showMessage(vscode.window.showErrorMessage, text, options, buttons),
  setStatusBarMessage: (text: string, milliseconds: number): vscode.Disposable =>
    vscode.window.setStatusBarMessage(plainText(text, LABEL_LENGTH), milliseconds),
  createLog,
  showQuickPick,
  showFilter,
  showInputBox,
  showOpenDialog: (options: DialogOptions) => vscode.window.showOpenDialog(dialog(options)),
  showSaveDialog: (options: DialogOptions) => vscode.window.showSaveDialog(dialog(options)),
  showWorkspaceFolderPick: (placeHolder?: string) =>
    vscode.window.showWorkspaceFolderPick(defined({ placeHolder: optional(placeHolder) })),
  withProgress,
  createTreeView,
  createUnderlines,
  createPanel: (view: string): Panel =>
    vscode.window.createWebviewPanel(view, '', vscode.ViewColumn.Active, { enableFindWidget: true }),
  registerPanelSerializer: (view: string, restore: (panel: Panel, state: unknown) => Promise<void>) =>
    vscode.window.registerWebviewPanelSerializer(view, { deserializeWebviewPanel: restore }),
  registerCustomEditor: (view: string, show: (uri: vscode.Uri, panel: Panel) => void) =>
    vscode.window.registerCustomEditorProvider(
      view,
      {
        openCustomDocument: (uri: vscode.Uri) => ({ uri, dispose: () => undefined }),
        resolveCustomEditor: ({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel) => show(uri, panel),
      },
      { supportsMultipleEditorsPerDocument: true },
    ),
  registerFileDecorations: (provider: DecorationProvider) => vscode.window.registerFileDecorationProvider(provider),
  showTextDocument: async (uri: vscode.Uri, options?: vscode.TextDocumentShowOptions) =>
    vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), options),
  get activeTab(): vscode.Tab | undefined {
    return vscode.window.tabGroups.activeTabGroup.activeTab;
  },
  /** Other tabs are there, or another one is in front. */
  onDidChangeTabs: (listener: () => void): vscode.Disposable =>
    vscode.Disposable.from(
      vscode.window.tabGroups.onDidChangeTabs(listener),
      vscode.window.tabGroups.onDidChangeTabGroups(listener),
    ),
  onDidChangeWindowState: vscode.window.onDidChangeWindowState,
};

export const languages = {
  createProblems,
  registerHovers: (
    selector: vscode.DocumentSelector,
    provide: (document: vscode.TextDocument, at: vscode.Position) => Promise<Safe<vscode.Hover> | undefined>,
  ) => vscode.languages.registerHoverProvider(selector, { provideHover: provide }),
  registerLinks: (
    selector: vscode.DocumentSelector,
    provide: (document: vscode.TextDocument) => readonly LinkParts[],
  ) =>
    vscode.languages.registerDocumentLinkProvider(selector, {
      provideDocumentLinks: (document) =>
        provide(document).map(({ range, target }) => new vscode.DocumentLink(range, target)),
    }),
  registerLenses: (
    selector: vscode.DocumentSelector,
    changed: vscode.Event<void>,
    provide: (document: vscode.TextDocument) => Promise<readonly Safe<vscode.CodeLens>[]>,
  ) =>
    vscode.languages.registerCodeLensProvider(selector, {
      onDidChangeCodeLenses: changed,
      provideCodeLenses: async (document) => [...(await provide(document))],
    }),
  registerFixes: (selector: vscode.DocumentSelector, provider: FixProvider) =>
    vscode.languages.registerCodeActionsProvider(
      selector,
      {
        provideCodeActions: async (document, range, context) => [
          ...(await provider.provideCodeActions(document, range, context)),
        ],
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
};

export const tests = { createTestController };

export const tools = {
  /** Editors that are built from VS Code may lack them. */
  register: (name: string, tool: Tool): vscode.Disposable | undefined => {
    const lm = vscode.lm as Partial<typeof vscode.lm> | undefined;
    return lm?.registerTool?.(name, tool);
  },
};

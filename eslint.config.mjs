import js from '@eslint/js';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/**
 * The rooms and what each may open. Only `editor/` (and the wiring in extension.ts) knows VS Code; only `docker/` talks to
 * an engine; the four pure rooms see neither those nor Node's clock, files or processes, so plain data tests them.
 */
const VSCODE = { name: 'vscode', message: 'Only src/editor/ may import vscode.' };
/**
 * What a person sees goes through src/editor/surfaces.ts, which makes plain text of every string. Its neighbours get of VS Code what shows
 * nothing: an allow-list, so that a part of VS Code that nobody has thought of here is closed too.
 */
const UNSEEN = {
  name: 'vscode',
  message:
    'Only src/editor/surfaces.ts takes what people see from vscode: use it, so that no text can be more than text.',
  allowImportNames: [
    ...[
      'commands',
      'env',
      'extensions',
      'l10n',
      'workspace',
      'Disposable',
      'EventEmitter',
      'RelativePattern',
      'Uri',
      'WorkspaceEdit',
    ],
    ...['DiagnosticSeverity', 'FileType', 'ThemeColor', 'ThemeIcon', 'TreeItemCollapsibleState'],
    ...['Location', 'Position', 'Range', 'TabInputCustom', 'TabInputText'],
    // Types of what VS Code hands over, or takes without showing it.
    ...['CancellationToken', 'CodeActionContext', 'Diagnostic', 'ExtensionContext', 'FileSystemWatcher', 'Memento'],
    ...['LanguageModelToolInvocationOptions', 'LanguageModelToolInvocationPrepareOptions', 'TextDocument'],
    ...['TestItem', 'TestRunRequest', 'TextDocumentContentProvider', 'Webview', 'WorkspaceFolder'],
  ],
};
const VSCODE_WHOLE = {
  selector: 'ImportExpression[source.value="vscode"], TSImportEqualsDeclaration, CallExpression[callee.name="require"]',
  message: 'Import the names that are needed from vscode.',
};
/** An object of VS Code's own can have texts, too: those are set in surfaces.ts. */
const SHOWN_PROPERTY = {
  selector:
    'AssignmentExpression > MemberExpression.left[property.name=/^(title|label|description|detail|tooltip|message|prompt|placeholder|validationMessage|error|badge)$/]',
  message: 'Texts that people see are set in src/editor/surfaces.ts.',
};
/** More than some 120,000 arguments end a call with a RangeError, and a file decides how many there are. */
const SPREAD_ARGUMENTS = {
  selector: 'CallExpression[callee.property.name=/^(push|unshift|splice|concat)$/] > SpreadElement',
  message: 'Use addAll of src/core/lists.ts.',
};
const ENGINE = ['dockerode', 'docker-modem', 'execa'].map((name) => ({
  name,
  message: 'Only src/docker/ talks to a container engine or starts programs.',
}));
const CHILD = ['node:child_process', 'child_process'].map((name) => ({
  name,
  message: 'Only src/docker/ and src/scan/reader-process.ts start programs.',
}));
const TOOLKIT = { name: '@vscode/webview-ui-toolkit', message: 'Registered in webview/toolkit.ts alone.' };
const restricted = (paths, patterns = []) => ({ 'no-restricted-imports': ['error', { paths, patterns }] });
const ENGINE_ROOM = { group: ['**/docker/*'], message: 'Only src/scan/ and the wiring may use the docker room.' };

export default tseslint.config(
  { ignores: ['dist/', 'out/', '.cache/', 'node_modules/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './webview/tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    // Most texts come from a model or a container: what a regular expression takes for one grows with its length, and no faster.
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    plugins: { regexp },
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  { files: ['src/**/*.ts'], rules: restricted([VSCODE, ...ENGINE, ...CHILD, TOOLKIT]) },
  { files: ['src/docker/**/*.ts'], rules: restricted([VSCODE, TOOLKIT]) },
  { files: ['src/scan/reader-process.ts'], rules: restricted([VSCODE, ...ENGINE, TOOLKIT]) },
  {
    files: ['src/editor/**/*.ts', 'src/extension.ts'],
    rules: {
      ...restricted([UNSEEN, ...ENGINE, ...CHILD, TOOLKIT]),
      'no-restricted-syntax': ['error', VSCODE_WHOLE, SHOWN_PROPERTY],
    },
  },
  {
    files: ['src/editor/surfaces.ts'],
    rules: { ...restricted([...ENGINE, ...CHILD, TOOLKIT]), 'no-restricted-syntax': ['error', VSCODE_WHOLE] },
  },
  {
    files: [
      'src/{core,names,readers,detect,static,trace,behavior,report,view}/**/*.ts',
      'src/testcase/{check,template}.ts',
      'src/triage/{baseline,json,suppressions}.ts',
    ],
    // Reads the table of libraries, which is large and seldom asked for.
    ignores: ['src/names/libraries.ts'],
    rules: {
      ...restricted(
        [
          VSCODE,
          ...ENGINE,
          ...CHILD,
          TOOLKIT,
          ...['node:fs', 'node:fs/promises', 'node:net', 'node:http'].map((name) => ({
            name,
            message: 'This room is pure: data in, data out.',
          })),
        ],
        [ENGINE_ROOM],
      ),
      'no-restricted-syntax': ['error', SPREAD_ARGUMENTS],
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'No clock in a pure room.' },
        { name: 'setInterval', message: 'No clock in a pure room.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'No clock in a pure room.' },
        { object: 'performance', property: 'now', message: 'No clock in a pure room.' },
      ],
    },
  },
  {
    files: ['scripts/**/*.mjs', 'samples/**/*.mjs', '*.js', 'test/**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        AbortController: 'readonly',
        AbortSignal: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);

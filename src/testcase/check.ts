/**
 * Checks a test case without running it: whether it has the one function that is called with the model's path, and which of its code cannot work in a
 * sandbox. Pure. Python itself has the last word on syntax, in the sandbox.
 */
import { argumentsAt, dotted, isOperator } from '../readers/python/tokens.js';
import { lexPython, type LogicalLine, type PyToken } from '../readers/python/lexer.js';
import { effectOf } from '../names/source-calls.js';

/** Test cases are short. Bytes, and characters at the least. */
export const TEST_CASE_LIMIT = 256 * 1024;

export interface TextEdit {
  /** Characters of the source, from 0; `end` is not part of it. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface QuickFix {
  /** In the imperative: what it does. */
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

export const PROBLEM_CODES = [
  ...(['syntax', 'no-function', 'several-functions', 'async-function'] as const),
  ...(['no-parameter', 'several-parameters', 'parameter-kind', 'unused-parameter'] as const),
  ...(['import-outside', 'import-relative', 'import-star', 'network', 'download'] as const),
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

export interface TestCaseProblem {
  readonly code: ProblemCode;
  /** `error`: it cannot run. `warning`: it runs, and will not do what it is for. `hint`: a matter of style. */
  readonly severity: 'error' | 'warning' | 'hint';
  readonly message: string;
  /** Characters of the source, from 0. */
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
  readonly fixes: readonly QuickFix[];
}

export interface TestCaseCheck {
  /** In the order in which they stand. */
  readonly problems: readonly TestCaseProblem[];
  /** The function that is called, when there is exactly one; `start` to `end` is its name. */
  readonly entry: { readonly name: string; readonly start: number; readonly end: number } | undefined;
  /** Modules that it imports, anywhere, by their full names. */
  readonly imports: readonly string[];
}

/** Many mistakes of one kind need no more words. */
const PROBLEMS_KEPT = 100;

export function checkTestCase(source: string): TestCaseCheck {
  return new Check(source).run();
}

/** Functions that fetch from the internet, by full name; `deedOf` knows the general ones. */
const DOWNLOADS: ReadonlySet<string> = new Set([
  ...['huggingface_hub.hf_hub_download', 'huggingface_hub.snapshot_download', 'huggingface_hub.cached_download'],
  ...['torch.hub.load', 'torch.hub.load_state_dict_from_url', 'torch.hub.download_url_to_file'],
  ...['torch.utils.model_zoo.load_url', 'torchvision.datasets.utils.download_url', 'datasets.load_dataset'],
  ...['keras.utils.get_file', 'tensorflow.keras.utils.get_file', 'tf.keras.utils.get_file', 'tensorflow_hub.load'],
  ...['gdown.download', 'gdown.download_folder', 'nltk.download', 'spacy.cli.download', 'gensim.downloader.load'],
  ...['kagglehub.model_download', 'kagglehub.dataset_download', 'wget.download', 'mlflow.artifacts.download_artifacts'],
]);
/** Functions that take a folder or the name of a model on a hub, and fetch the latter. */
const BY_NAME =
  /(?:^|\.)from_pretrained$|^transformers\.pipeline$|^sentence_transformers\.(?:SentenceTransformer|CrossEncoder)$|^timm\.create_model$/;
/** A name on a hub (`bert-base-uncased`, `org/model`), and no path. */
const HUB_NAME = /^[\w-][\w.-]*(?:\/[\w.-]+)?$/;

const OPENERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const BLOCKS: ReadonlySet<string> = new Set([
  ...['def', 'class', 'if', 'elif', 'else', 'for', 'while', 'try', 'except', 'finally', 'with'],
]);

/** A function at the left edge of the file. */
interface Definition {
  readonly line: LogicalLine;
  readonly name: PyToken;
  readonly asynchronous: boolean;
  /** Tokens between its brackets. */
  readonly parameters: readonly PyToken[];
  /** The bracket that opens them. */
  readonly open: PyToken | undefined;
  readonly body: readonly LogicalLine[];
}

class Check {
  readonly #lines: readonly LogicalLine[];
  readonly #unfinished: boolean;
  readonly #problems: TestCaseProblem[] = [];
  readonly #names = new Map<string, string>();
  readonly #imports = new Set<string>();

  constructor(private readonly source: string) {
    const { lines, unfinished } = lexPython(source);
    this.#lines = lines.map((line) => ({ ...line, tokens: withoutFields(line.tokens, source) }));
    this.#unfinished = unfinished !== undefined;
  }

  run(): TestCaseCheck {
    this.#syntax();
    const all = definitions(this.#lines);
    const entries = all.filter(({ name }) => !name.text.startsWith('_'));
    const [entry] = entries;
    if (entry === undefined) this.#noFunction(all);
    else this.#function(entry);
    for (const other of entries.slice(1, PROBLEMS_KEPT)) this.#severalFunctions(other, entry?.name.text ?? '');
    for (const line of this.#lines) this.#import(line, entry);
    const parameter = entry && parametersOf(entry.parameters)[0]?.[0]?.text;
    for (const line of this.#lines) this.#calls(line.tokens, parameter);
    return {
      problems: this.#problems.toSorted((one, other) => one.start - other.start),
      entry:
        entry === undefined || entries.length > 1
          ? undefined
          : { name: entry.name.text, start: entry.name.at, end: endOf(entry.name) },
      imports: [...this.#imports],
    };
  }

  #add(
    code: ProblemCode,
    severity: TestCaseProblem['severity'],
    message: string,
    [start, end]: readonly [number, number],
    fixes: readonly QuickFix[] = [],
  ): void {
    if (this.#problems.length >= PROBLEMS_KEPT) return;
    const line = this.source.slice(0, start).split('\n').length;
    this.#problems.push({ code, severity, message, start, end: Math.max(end, start + 1), line, fixes });
  }

  /** Checks on tokens: strings, brackets, indentation and colons. */
  #syntax(): void {
    if (this.#unfinished) {
      const last = this.#lines.at(-1)?.tokens.findLast(({ kind }) => kind === 'text');
      this.#syntaxError('This string has no end.', [last?.at ?? 0, (last?.at ?? 0) + 1]);
      return;
    }
    const indents = [0];
    let opened = false;
    for (const line of this.#lines) {
      const [first] = line.tokens;
      if (first === undefined) continue;
      this.#brackets(line.tokens);
      const range = [first.at, endOf(first)] as const;
      const current = indents.at(-1) ?? 0;
      if (opened && line.indent <= current)
        this.#syntaxError('An indented block has to stand under the line above that ends in a colon.', range, [
          { title: 'Add “pass” to the block', edits: [insert(line.at, `${' '.repeat(current + 4)}pass\n`)] },
        ]);
      else if (!opened && line.indent > current)
        this.#syntaxError('This line is indented deeper than the one above, which opens no block.', range);
      if (line.indent > current) indents.push(line.indent);
      while ((indents.at(-1) ?? 0) > line.indent) indents.pop();
      if (indents.at(-1) !== line.indent) {
        this.#syntaxError('This line is indented like none of the blocks above it.', range);
        indents.push(line.indent);
      }
      opened = isOperator(line.tokens.at(-1), ':');
      this.#colon(line.tokens);
    }
    const last = this.#lines.at(-1)?.tokens.at(-1);
    if (opened && last)
      this.#syntaxError(
        'An indented block has to stand under this line.',
        [last.at, endOf(last)],
        [
          {
            title: 'Add “pass” to the block',
            edits: [insert(endOf(last), `\n${' '.repeat((this.#lines.at(-1)?.indent ?? 0) + 4)}pass`)],
          },
        ],
      );
  }

  #syntaxError(message: string, range: readonly [number, number], fixes: readonly QuickFix[] = []): void {
    this.#add('syntax', 'error', `Syntax: ${message}`, range, fixes);
  }

  #brackets(tokens: readonly PyToken[]): void {
    const open: PyToken[] = [];
    for (const token of tokens) {
      if (token.kind !== 'operator') continue;
      if (token.text in OPENERS) open.push(token);
      else if (')]}'.includes(token.text)) {
        const opener = open.pop();
        if (opener === undefined) this.#syntaxError(`Nothing opens this “${token.text}”.`, [token.at, endOf(token)]);
        else if (OPENERS[opener.text] !== token.text)
          this.#syntaxError(
            `“${opener.text}” is closed by “${token.text}”.`,
            [token.at, endOf(token)],
            [
              {
                title: `Change it to “${OPENERS[opener.text] ?? ''}”`,
                edits: [{ start: token.at, end: endOf(token), text: OPENERS[opener.text] ?? '' }],
              },
            ],
          );
      }
    }
    for (const token of open) this.#syntaxError(`This “${token.text}” is never closed.`, [token.at, endOf(token)]);
  }

  #colon(tokens: readonly PyToken[]): void {
    const [first, second] = tokens;
    const keyword = first?.text === 'async' ? second : first;
    if (first?.kind !== 'name' || keyword?.kind !== 'name' || !BLOCKS.has(keyword.text)) return;
    const last = tokens.at(-1);
    if (last === undefined || topLevel(tokens).some((token) => isOperator(token, ':'))) return;
    this.#syntaxError(
      `“${keyword.text}” needs a colon at its end.`,
      [first.at, endOf(last)],
      [{ title: 'Add the colon', edits: [insert(this.#endOfLast(last), ':')] }],
    );
  }

  #endOfLast(token: PyToken): number {
    return token.kind === 'text' ? endOfLiteral(this.source, token.at) : endOf(token);
  }

  #noFunction(all: readonly Definition[]): void {
    const fixes =
      all.length === 1 && all[0]
        ? [
            {
              title: 'Rename the function',
              edits: this.#rename(all[0].name.text, all[0].name.text.replace(/^_+/, '') || 'test_case'),
            },
          ]
        : [
            {
              title: 'Add a function',
              edits: [
                insert(
                  this.source.length,
                  `${this.source === '' || this.source.endsWith('\n') ? '' : '\n'}\n\ndef test_case(model_path):\n    print(model_path)\n`,
                ),
              ],
            },
          ];
    this.#add(
      'no-function',
      'error',
      'A test case needs one function at the left edge of the file, whose name does not begin with “_”. It is called with the path of the model.',
      [0, this.source.split('\n', 1)[0]?.length ?? 0],
      fixes,
    );
  }

  #severalFunctions(other: Definition, first: string): void {
    this.#add(
      'several-functions',
      'error',
      `A test case has one function that is called, and “${first}” stands above. Begin the names of its helpers with “_”.`,
      [other.name.at, endOf(other.name)],
      [{ title: `Rename it to “_${other.name.text}”`, edits: this.#rename(other.name.text, `_${other.name.text}`) }],
    );
  }

  #function(entry: Definition): void {
    const range = [entry.name.at, endOf(entry.name)] as const;
    if (entry.asynchronous)
      this.#add(
        'async-function',
        'error',
        'The function of a test case is called, not awaited: it cannot be async.',
        range,
        [{ title: 'Remove “async”', edits: [{ start: entry.line.at, end: entry.line.tokens[1]?.at ?? 0, text: '' }] }],
      );
    const { open } = entry;
    if (open === undefined) return;
    const parameters = parametersOf(entry.parameters);
    const [first, ...others] = parameters;
    if (first === undefined) {
      this.#add('no-parameter', 'error', 'The function needs one parameter: the path of the model.', range, [
        { title: 'Add the parameter “model_path”', edits: [insert(open.at + 1, 'model_path')] },
      ]);
      return;
    }
    const [name] = first;
    if (name?.kind !== 'name') {
      this.#add('parameter-kind', 'error', 'The parameter has to be a plain one, without “*”.', [
        name?.at ?? range[0],
        name === undefined ? range[1] : endOf(name),
      ]);
      return;
    }
    const [extra] = others;
    if (extra?.[0] !== undefined) {
      const last = entry.parameters.at(-1);
      const end = last === undefined ? extra[0].at : this.#endOfLast(last);
      this.#add(
        'several-parameters',
        'error',
        'The function is called with the path of the model and nothing else: it has one parameter.',
        [extra[0].at, end],
        [
          {
            title: `Keep “${name.text}” alone`,
            edits: [{ start: this.#endOfLast(first.at(-1) ?? name), end, text: '' }],
          },
        ],
      );
    }
    if (!entry.body.some(({ tokens }) => tokens.some((token) => token.kind === 'name' && token.text === name.text)))
      this.#add(
        'unused-parameter',
        'warning',
        `“${name.text}” is never used, so the model would not be loaded and nothing of it seen.`,
        [name.at, endOf(name)],
      );
  }

  #import({ indent, tokens, at }: LogicalLine, entry: Definition | undefined): void {
    const [first, ...rest] = tokens;
    if (first?.kind !== 'name' || (first.text !== 'import' && first.text !== 'from')) return;
    const last = rest.at(-1) ?? first;
    const range = [first.at, endOf(last)] as const;
    if (first.text === 'import') this.#importNames(rest);
    else if (isOperator(rest[0], '.') || rest[0]?.text === '...') {
      this.#add(
        'import-relative',
        'error',
        'A test case is one file, run by itself: there is no package that this import could be relative to.',
        range,
      );
      return;
    } else this.#fromNames(rest);
    const star = rest.find((token) => isOperator(token, '*'));
    if (star && indent > 0)
      this.#add('import-star', 'error', 'Syntax: “import *” is only allowed at the left edge of the file.', range);
    if (indent > 0 || star || entry === undefined || at > entry.line.at) return;
    const [body] = entry.body;
    const target = body?.tokens[0]?.kind === 'text' ? entry.body[1] : body;
    const line = lineOf(this.source, first.at);
    this.#add(
      'import-outside',
      'hint',
      'Imports belong inside the function, where its user would write them. Either way they are done before the trace begins.',
      range,
      target === undefined || this.source.slice(...line).includes(';')
        ? []
        : [
            {
              title: 'Move it into the function',
              edits: [
                { start: line[0], end: line[1], text: '' },
                insert(
                  lineOf(this.source, target.at)[0],
                  `${' '.repeat(target.indent)}${this.source.slice(...range)}\n`,
                ),
              ],
            },
          ],
    );
  }

  /** `import a.b as c, d`. */
  #importNames(tokens: readonly PyToken[]): void {
    for (let index = 0; index < tokens.length; index += 1) {
      const { name, next } = dotted(tokens, index);
      if (name === '') continue;
      const alias = tokens[next]?.text === 'as' ? tokens[next + 1]?.text : undefined;
      const root = name.split('.', 1)[0] ?? name;
      this.#imports.add(name);
      this.#names.set(alias ?? root, alias === undefined ? root : name);
      index = alias === undefined ? next : next + 2;
    }
  }

  /** `from a.b import c as d, e`. */
  #fromNames(tokens: readonly PyToken[]): void {
    const { name: module, next } = dotted(tokens, 0);
    if (module === '' || tokens[next]?.text !== 'import') return;
    this.#imports.add(module);
    for (let index = next + 1; index < tokens.length; index += 1) {
      const token = tokens[index];
      if (token?.kind !== 'name') continue;
      const alias = tokens[index + 1]?.text === 'as' ? tokens[index + 2]?.text : undefined;
      this.#names.set(alias ?? token.text, `${module}.${token.text}`);
      if (alias !== undefined) index += 2;
    }
  }

  #calls(tokens: readonly PyToken[], parameter: string | undefined): void {
    tokens.forEach((token, index) => {
      if (token.kind !== 'name' || isOperator(tokens[index - 1], '.')) return;
      if (['def', 'class', 'import', 'from', 'as'].includes(tokens[index - 1]?.text ?? '')) return;
      const { name: written, next } = dotted(tokens, index);
      if (!isOperator(tokens[next], '(')) return;
      const [root = '', ...rest] = written.split('.');
      const name = [this.#names.get(root) ?? root, ...rest].join('.');
      const range = [token.at, endOf(tokens[next - 1] ?? token)] as const;
      if (DOWNLOADS.has(name))
        this.#add(
          'download',
          'warning',
          `${written} downloads, and the sandbox reaches no real server: what comes back is a stand-in. The model to scan is at the path that the function is given.`,
          range,
        );
      else if (effectOf(name) === 'network')
        this.#add(
          'network',
          'warning',
          `${written} uses the network, and the sandbox reaches no real server. What a test case does counts like what the model does: it would be a finding.`,
          range,
        );
      else if (BY_NAME.test(name)) this.#byName(written, name, argumentsAt(tokens, next), parameter, range);
    });
  }

  #byName(
    written: string,
    name: string,
    args: readonly PyToken[],
    parameter: string | undefined,
    range: readonly [number, number],
  ): void {
    const isPipeline = name === 'transformers.pipeline';
    const keyword = args.findIndex((token, at) => token.text === 'model' && isOperator(args[at + 1], '='));
    const index = keyword >= 0 ? keyword + 2 : isPipeline ? secondArgument(args) : 0;
    const token = args[index];
    if (token?.kind !== 'text') {
      if (isPipeline && token === undefined)
        this.#add(
          'download',
          'warning',
          `${written} without a model downloads one. Give it the path that the function is given: model=${parameter ?? 'model_path'}.`,
          range,
          parameter === undefined || args.length === 0
            ? []
            : [
                {
                  title: `Add “model=${parameter}”`,
                  edits: [
                    insert(this.#endOfLast(args.at(-1) ?? { kind: 'name', text: '', at: 0 }), `, model=${parameter}`),
                  ],
                },
              ],
        );
      return;
    }
    if (!HUB_NAME.test(token.text)) return;
    const place = [token.at, endOfLiteral(this.source, token.at)] as const;
    this.#add(
      'download',
      'warning',
      `${written} with the name of a model downloads it, and the sandbox reaches no real server. The model to scan is at the path that the function is given.`,
      place,
      parameter === undefined
        ? []
        : [{ title: `Use “${parameter}”`, edits: [{ start: place[0], end: place[1], text: parameter }] }],
    );
  }

  #rename(from: string, to: string): TextEdit[] {
    return this.#lines.flatMap(({ tokens }) =>
      tokens.flatMap((token, index) =>
        token.kind === 'name' && token.text === from && !isOperator(tokens[index - 1], '.')
          ? [{ start: token.at, end: endOf(token), text: to }]
          : [],
      ),
    );
  }
}

function definitions(lines: readonly LogicalLine[]): Definition[] {
  return lines.flatMap((line, index) => {
    const { tokens, indent } = line;
    const asynchronous = tokens[0]?.text === 'async';
    const at = asynchronous ? 1 : 0;
    const name = tokens[at + 1];
    if (indent !== 0 || tokens[at]?.text !== 'def' || name?.kind !== 'name') return [];
    let end = index + 1;
    while ((lines[end]?.indent ?? 0) > 0) end += 1;
    const opening = tokens.findIndex((token) => isOperator(token, '('));
    const open = tokens[opening];
    const parameters = opening < 0 ? [] : argumentsAt(tokens, opening);
    // A function in one line has its body behind its head.
    const inline = { ...line, tokens: tokens.slice(opening + parameters.length + 2) };
    const body = lines.slice(index + 1, end);
    return [{ line, name, asynchronous, parameters, open, body: body.length > 0 ? body : [inline] }];
  });
}

/** The parameters, one by one, without the marks `/` and `*` that only say how they are given. */
function parametersOf(tokens: readonly PyToken[]): PyToken[][] {
  const parameters: PyToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'operator' && '([{'.includes(token.text)) depth += 1;
    if (token.kind === 'operator' && ')]}'.includes(token.text)) depth -= 1;
    if (depth === 0 && isOperator(token, ',')) parameters.push([]);
    else parameters.at(-1)?.push(token);
  }
  return parameters.filter((part) => part.length > 0 && !(part.length === 1 && /^[*/]$/.test(part[0]?.text ?? '')));
}

/** Where the second argument that has no name begins; one past the end when there is none. */
function secondArgument(args: readonly PyToken[]): number {
  const [first, equals] = parametersOf(args)[1] ?? [];
  return first === undefined || isOperator(equals, '=') ? args.length : args.indexOf(first);
}

/** The tokens outside all brackets. */
function topLevel(tokens: readonly PyToken[]): PyToken[] {
  let depth = 0;
  return tokens.filter((token) => {
    if (token.kind === 'operator' && '([{'.includes(token.text)) depth += 1;
    if (token.kind === 'operator' && ')]}'.includes(token.text)) depth -= 1;
    return depth === 0;
  });
}

/** Leaves out what stands inside of formatted strings: brackets there need not match. */
function withoutFields(tokens: readonly PyToken[], source: string): PyToken[] {
  let end = 0;
  return tokens.filter((token) => {
    if (token.at < end) return token.kind === 'name';
    if (token.kind === 'text') end = endOfLiteral(source, token.at);
    return true;
  });
}

const LITERAL =
  /[a-zA-Z]{0,2}(?:"""(?:\\[^]|[^\\])*?"""|'''(?:\\[^]|[^\\])*?'''|"(?:\\[^]|[^\\"\n])*"|'(?:\\[^]|[^\\'\n])*')/y;

function endOfLiteral(source: string, at: number): number {
  LITERAL.lastIndex = at;
  return at + (LITERAL.exec(source)?.[0].length ?? 1);
}

function endOf({ at, text, kind }: PyToken): number {
  return at + (kind === 'text' ? 1 : Math.max(1, text.length));
}

/** The line that a character stands in, with its line feed. */
function lineOf(source: string, at: number): [number, number] {
  const end = source.indexOf('\n', at);
  return [source.lastIndexOf('\n', at - 1) + 1, end < 0 ? source.length : end + 1];
}

function insert(at: number, text: string): TextEdit {
  return { start: at, end: at, text };
}

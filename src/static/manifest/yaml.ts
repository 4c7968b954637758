/** YAML: values with their offsets, tags that make Python objects, and aliases that multiply. Nothing is constructed and no alias expanded. */
import { CST, isAlias, isMap, isPair, isScalar, isSeq, Lexer, parseAllDocuments, parseDocument, type Pair } from 'yaml';
import { canonicalModule, judge as judgeName } from '../../names/capabilities.js';
import type { ManifestJudge, Path } from './manifest-judge.js';
import { argumentsInTag } from './arguments.js';
import { isOfKnownLibrary, judgeDotted, OPEN_ARGUMENTS } from '../../names/dotted-names.js';
import type { CallArguments } from '../../names/call-judge.js';
import { shownPath } from './manifest-judge.js';

/** Values that a document may grow to by its aliases. */
const GROWTH_LIMIT = 1_000_000;
const DEPTH_LIMIT = 200;
/** Values of aliases that are looked at again, where the alias stands. */
const ALIASED = 5000;
/** The library makes an object of half a kilobyte of each token. */
const TOKENS_LIMIT = 400_000;

/** Returns the reason when the file could not be read to its end. */
export function readYaml(text: string, judge: ManifestJudge): string | undefined {
  let broken = tooMuch(text);
  if (broken !== undefined) {
    readTokens(text, judge);
    return `${broken}: its tags and texts were looked at, and not where they stand`;
  }
  try {
    const documents = parseAllDocuments(text, {
      uniqueKeys: false,
      logLevel: 'silent',
      merge: true,
      prettyErrors: false,
    });
    for (const document of documents) {
      const [error] = document.errors;
      if (error) broken ??= `it is no YAML at character ${error.pos[0]} (${error.code})`;
      const walk = new YamlWalk(judge);
      const size = walk.node(document.contents, [], 0);
      if (walk.tooDeep) broken ??= `it is nested more than ${DEPTH_LIMIT} deep`;
      if (size > GROWTH_LIMIT && size > 100 * walk.nodes)
        judge.add(
          'STATIC-MANIFEST-BOMB',
          '',
          `Its aliases make ${size.toPrecision(2)} values of ${walk.nodes}`,
          0,
          'aliases of aliases',
        );
    }
  } catch (error) {
    // The library recurses as deep as the file is nested.
    if (!(error instanceof RangeError)) throw error;
    broken = 'it is nested too deep';
  }
  return broken;
}

/** The values of its first document, as a loader builds them; undefined when they cannot be built within bounds. */
export function yamlValue(text: string): { readonly value: unknown } | undefined {
  if (tooMuch(text) !== undefined) return undefined;
  const document = parseDocument(text, { uniqueKeys: false, logLevel: 'silent', merge: true, prettyErrors: false });
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES });
    return { value };
  } catch (error) {
    // What the library throws when aliases multiply or lead nowhere, and when it recursed too deep.
    if (error instanceof ReferenceError || error instanceof RangeError) return undefined;
    throw error;
  }
}

const ALIASES = 1000;

/** Why the library cannot parse this: an error of its own for each token takes more memory than a reader process has. */
function tooMuch(text: string): string | undefined {
  let tokens = 0;
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > TOKENS_LIMIT) return `it has more than ${TOKENS_LIMIT} tokens`;
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (depth > DEPTH_LIMIT) return `it is nested more than ${DEPTH_LIMIT} deep`;
    if (depth < 0) return 'it closes what was not opened';
  }
  return undefined;
}

/** Token by token, which takes no memory however many there are. */
function readTokens(text: string, judge: ManifestJudge): void {
  const walk = new YamlWalk(judge);
  let at = 0;
  let isText = false;
  const prefixes = new Map<string, string>();
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (isText || type === 'single-quoted-scalar' || type === 'double-quoted-scalar') judge.value([], token, at);
    else if (type === 'tag') walk.tag(wholeTag(token, prefixes), [], at);
    else if (type === 'directive-line') {
      const [, handle, prefix] = /^%TAG[ \t]+(![\w-]*!?)[ \t]+(\S+)/.exec(token) ?? [];
      if (handle !== undefined && prefix !== undefined) prefixes.set(handle, prefix);
    }
    isText = type === 'scalar';
    // The others stand for no character of the text.
    if (!isText && type !== 'doc-mode' && type !== 'flow-error-end') at += token.length;
  }
}

/** Written as `!<…>`, or short by the handle of a `%TAG` line. */
function wholeTag(token: string, prefixes: ReadonlyMap<string, string>): string {
  const [, verbatim] = /^!<(.*)>$/s.exec(token) ?? [];
  if (verbatim !== undefined) return verbatim;
  const handle = token.slice(0, token.indexOf('!', 1) + 1) || '!';
  const prefix = prefixes.get(handle);
  return prefix === undefined ? token : prefix + token.slice(handle.length);
}

class YamlWalk {
  nodes = 0;
  tooDeep = false;
  readonly #sizes = new Map<string, number>();
  /** Texts by their anchors: an alias gives one another meaning. */
  readonly #scalars = new Map<string, string>();
  readonly #nodes = new Map<string, unknown>();
  #aliased = ALIASED;

  constructor(private readonly judge: ManifestJudge) {}

  /** Walks a node; returns the number of values that it stands for. */
  node(node: unknown, path: Path, depth: number): number {
    if (node === null || node === undefined) return 1;
    if (depth > DEPTH_LIMIT) {
      this.tooDeep = true;
      return 1;
    }
    if (isAlias(node)) {
      const scalar = this.#scalars.get(node.source);
      if (scalar !== undefined) this.judge.value(path, scalar, node.range?.[0] ?? 0);
      else this.#again(this.#nodes.get(node.source), path, depth);
      return this.#sizes.get(node.source) ?? 1;
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return 1;
    this.nodes += 1;
    const at = node.range?.[0] ?? 0;
    if (node.tag !== undefined) this.tag(node.tag, path, at, argumentsOf(node));
    let size = 1;
    if (isScalar(node)) {
      const { value } = node;
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
        this.judge.value(path, value, at);
      else if (value instanceof Uint8Array && node.source !== undefined) this.judge.value(path, node.source, at);
    } else if (isMap(node)) {
      const seen = new Set<string>();
      for (const pair of node.items) size += this.#pair(pair, path, depth, seen);
    } else {
      for (const [index, item] of node.items.entries())
        size += isPair(item) ? this.#pair(item, path, depth, new Set()) : this.node(item, [...path, index], depth + 1);
    }
    if (node.anchor !== undefined) {
      this.#sizes.set(node.anchor, size);
      if (isScalar(node) && typeof node.value === 'string') this.#scalars.set(node.anchor, node.value);
      else this.#scalars.delete(node.anchor);
      this.#nodes.set(node.anchor, node);
    }
    return size;
  }

  /** The values that an alias stands for, at its place: there they are arguments of something else, or a merged key is a target. */
  #again(node: unknown, path: Path, depth: number): void {
    if (this.#aliased <= 0 || depth > DEPTH_LIMIT) return;
    this.#aliased -= 1;
    if (isAlias(node)) this.#again(this.#nodes.get(node.source), path, depth + 1);
    else if (isScalar(node)) {
      const { value } = node;
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
        this.judge.value(path, value, node.range?.[0] ?? 0);
    } else if (isMap(node)) {
      for (const { key, value } of node.items)
        if (isScalar(key)) this.#again(value, nameOf(key) === '<<' ? path : [...path, nameOf(key)], depth + 1);
    } else if (isSeq(node))
      for (const [index, item] of node.items.entries()) this.#again(item, [...path, index], depth + 1);
  }

  #pair(pair: Pair, path: Path, depth: number, seen: Set<string>): number {
    const key = nameOf(pair.key);
    const at = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
    if (isScalar(pair.key)) {
      this.judge.key(path, key, at, seen.has(key) && key !== '<<');
      seen.add(key);
      if (pair.key.tag !== undefined) this.tag(pair.key.tag, path, at);
    } else this.node(pair.key, path, depth + 1);
    if (key !== '<<') return this.node(pair.value, [...path, key], depth + 1);
    const merged = isSeq(pair.value) ? pair.value.items : [pair.value];
    return merged.reduce<number>((size, one) => size + this.node(one, path, depth + 1), 0);
  }

  /** PyYAML's constructors (`yaml/constructor.py`): `!!python/object/apply:os.system`. */
  tag(written: string, path: Path, at: number, args: CallArguments = OPEN_ARGUMENTS): void {
    let tag = written;
    try {
      tag = decodeURIComponent(written);
    } catch {
      // Left as it stands.
    }
    const [, made] = MADE_BY_TAG.exec(tag) ?? [];
    if (made !== undefined) this.judge.target(shownPath(path), made, at, args);
    const match = /^(?:tag:yaml\.org,2002:|!+)?python\/([a-z/]+)(?::(.*))?$/s.exec(tag);
    if (!match) return;
    const [, kind = '', target = ''] = match;
    // Of the tags for plain Python values, safe_load knows none, but they make nothing either.
    if (/^(?:none|bool|str|unicode|bytes|int|long|float|complex|list|tuple|dict)$/.test(kind)) return;
    const dangerous = target.includes('.') ? judgeDotted(target, args) === 'dangerous' : isDangerous(target);
    this.judge.add(
      dangerous ? 'STATIC-MANIFEST-PYTHON-TAG-EXEC' : 'STATIC-MANIFEST-PYTHON-TAG',
      target,
      `${shownPath(path)} has the tag !!python/${kind}${target === '' ? '' : `:${target}`}`,
      at,
      `!!python/${kind}${target === '' ? '' : `:${target}`}`,
      !dangerous && (!CALLS.has(kind) || isPlain(target, args)),
    );
  }
}

function nameOf(key: unknown): string {
  if (!isScalar(key)) return '?';
  // The library has a symbol for the key that merges (YAML 1.1).
  return typeof key.value === 'symbol' ? '<<' : String(key.value);
}

/** HyperPyYAML, which SpeechBrain's models are made by (`hyperpyyaml/core.py`): a class, a function with arguments to come, a call. */
const MADE_BY_TAG = /^!(?:new|name|apply|applyref):([\p{L}\w.]+)$/u;

/** The arguments that a tag's value gives: of a list by position, of an object by keyword, and of both under PyYAML's names. */
function argumentsOf(node: unknown): CallArguments {
  const plain = (value: unknown): unknown => (isScalar(value) && value.tag === undefined ? value.value : undefined);
  const texts = (name: string | number, value: unknown): (readonly [string | number, unknown])[] =>
    isSeq(value) ? value.items.map((item) => [name, plain(item)] as const) : [[name, plain(value)] as const];
  if (isSeq(node)) return argumentsInTag(node.items.flatMap((item, index) => texts(index, item)));
  if (!isMap(node)) return isScalar(node) ? argumentsInTag([]) : OPEN_ARGUMENTS;
  return argumentsInTag(
    node.items.flatMap(({ key, value }) => {
      const name = nameOf(key);
      const isList = (name === 'args' || name === '_args_') && isSeq(value);
      const inside = isList
        ? value.items.flatMap((item, index) => texts(index, item))
        : (name === 'kwds' || name === '_kwargs_') && isMap(value)
          ? value.items.flatMap((one) => texts(nameOf(one.key), one.value))
          : [];
      return [...texts(name, value), ...inside];
    }),
  );
}

/** The callables of PyYAML's tags; `object` makes an instance without calling its class, the others use the named object. */
const CALLS: ReadonlySet<string> = new Set(['object/apply', 'object/new']);

/** Calls that make a value: paths, dates, numbers and settings of Python's own library, and parts of libraries that models are made with. */
function isPlain(target: string, args: CallArguments): boolean {
  const dot = target.lastIndexOf('.');
  // Python 3.13 says `pathlib._local` of its paths.
  const usual = `${canonicalModule(target.slice(0, Math.max(0, dot)))}${target.slice(dot)}`;
  return PLAIN.test(usual) || (isOfKnownLibrary(target) && judgeDotted(target, args) === 'harmless');
}

const PLAIN =
  /^(?:pathlib\.\w*Path|argparse\.Namespace|types\.SimpleNamespace|collections\.(?:OrderedDict|defaultdict|deque|Counter)|datetime\.\w+|decimal\.Decimal|fractions\.Fraction|uuid\.UUID|builtins\.(?:set|frozenset|slice|complex|range|bytes|bytearray|dict|list|tuple)|numpy\.(?:_?core\.multiarray\.(?:scalar|_reconstruct)|dtype|u?int\d+|float\d+|bool_))$/;

/** A bare name is one of `builtins`, or of a module for `python/module`. */
function isDangerous(name: string): boolean {
  return ['builtins', name].some(
    (module) => judgeName(canonicalModule(module), module === name ? '' : name).kind === 'dangerous',
  );
}

/**
 * Where a Python file or a notebook loads models, and which file each load names, as far as the text says it: literals, `Path`, joins, formatted
 * texts and names that have one value in the whole text. It judges nothing and runs nothing.
 * Example: `modelLoads(['import torch\ntorch.load("net.pt")'])`.
 */
import { posix, win32 } from 'node:path';
import { lexPython } from '../../readers/python/lexer.js';
import {
  parsePython,
  type Arg,
  type Expr,
  type FunctionDef,
  type Imported,
  type Stmt,
} from '../../readers/python/syntax.js';

/** Files as they are named: relative ones lie where the program is started, unless they begin at the Python file's own folder. */
export interface NamedFile {
  readonly path: string;
  readonly besideSource: boolean;
}

export interface ModelLoad {
  /** The text that it stands in: of a notebook, its cells in their order. */
  readonly cell: number;
  /** The call with its arguments, characters of the text. */
  readonly start: number;
  readonly end: number;
  /** Its full name: `torch.load`. */
  readonly loader: string;
  readonly file?: NamedFile | undefined;
  /** A repository of a hub, or an address. */
  readonly remote?: string | undefined;
  /** Arguments that decide what the loader may do, when they are written as `True` or `False`. */
  readonly options: Readonly<Record<string, Option>>;
  /** It has arguments that the text does not show. */
  readonly open: boolean;
}

interface Option {
  readonly value: boolean | undefined;
  /** Of what is written for it, characters of the text. */
  readonly at: number;
}

interface Loader {
  /** Where the file is among the arguments, and what it is called there. */
  readonly at: number;
  readonly names: readonly string[];
  /** It takes an open file or its content. */
  readonly opened?: true;
  /** A name that is no file is one of a hub. */
  readonly hub?: true;
  /** Nothing runs without it. */
  readonly needs?: string;
  /** Added to a name that has no ending. */
  readonly ending?: string;
}

const OPENED = (...names: string[]): Loader => ({ at: 0, names, opened: true });
const FILE = (...names: string[]): Loader => ({ at: 0, names });
const HUB = (...names: string[]): Loader => ({ at: 0, names, hub: true });

/** By their full names; `tensorflow.keras` and `tf_keras` are Keras. */
const LOADERS: ReadonlyMap<string, Loader> = new Map<string, Loader>([
  ['torch.load', OPENED('f')],
  ['torch.jit.load', OPENED('f')],
  ['torch.export.load', OPENED('f')],
  ['torch.package.PackageImporter', OPENED('file_or_buffer')],
  ['torch.hub.load', HUB('repo_or_dir')],
  ['torch.hub.load_state_dict_from_url', HUB('url')],
  ['torch.utils.model_zoo.load_url', HUB('url')],
  ...['pickle', '_pickle', 'cPickle', 'dill', 'cloudpickle'].flatMap((module): [string, Loader][] => [
    [`${module}.load`, OPENED('file')],
    [`${module}.loads`, OPENED('data', 'str')],
    [`${module}.Unpickler`, OPENED('file')],
  ]),
  ['joblib.load', OPENED('filename')],
  ['sklearn.externals.joblib.load', OPENED('filename')],
  ['numpy.load', { ...OPENED('file'), needs: 'allow_pickle' }],
  ['pandas.read_pickle', OPENED('filepath_or_buffer')],
  ['pandas.read_hdf', FILE('path_or_buf')],
  ['keras.models.load_model', FILE('filepath')],
  ['keras.saving.load_model', FILE('filepath')],
  ['tensorflow.saved_model.load', FILE('export_dir')],
  ['tensorflow_hub.load', HUB('handle')],
  ['huggingface_hub.hf_hub_download', HUB('repo_id')],
  ['huggingface_hub.snapshot_download', HUB('repo_id')],
  ['transformers.pipeline', { at: 1, names: ['model'], hub: true }],
  ['sentence_transformers.SentenceTransformer', HUB('model_name_or_path')],
  ['sentence_transformers.CrossEncoder', HUB('model_name_or_path', 'model_name')],
  ['ultralytics.YOLO', FILE('model')],
  ['skops.io.load', FILE('file')],
  ['onnx.load', OPENED('f')],
  ['onnxruntime.InferenceSession', FILE('path_or_bytes')],
  ['spacy.load', HUB('name')],
  ['fastai.learner.load_learner', FILE('fname')],
  ['fastai.vision.all.load_learner', FILE('fname')],
  ['fastai.text.all.load_learner', FILE('fname')],
  ['fastai.tabular.all.load_learner', FILE('fname')],
]);
/** Methods of many classes. */
const METHODS: ReadonlyMap<string, Loader> = new Map([
  ['from_pretrained', HUB('pretrained_model_name_or_path')],
  ['load_from_checkpoint', FILE('checkpoint_path')],
]);
const STABLE_BASELINES: Loader = { ...FILE('path'), ending: '.zip' };
const MLFLOW = FILE('model_uri');
/** What `import *` of these brings, as far as it is in the tables. */
const MODULES: ReadonlySet<string> = new Set([...LOADERS.keys()].map((name) => name.slice(0, name.lastIndexOf('.'))));
/** One of these is in each text that loads a model. */
const WORDS = [
  ...new Set([...LOADERS.keys(), ...METHODS.keys()].map((name) => name.slice(name.lastIndexOf('.') + 1))),
].filter((word, _, all) => !all.some((other) => other !== word && word.includes(other)));
const OPTIONS: ReadonlySet<string> = new Set(['weights_only', 'allow_pickle', 'trust_remote_code', 'use_safetensors']);
const OPENERS: ReadonlySet<string> = new Set(['open', 'io.open', 'gzip.open', 'bz2.open', 'lzma.open', 'codecs.open']);
/** What they return is the path, the file or the content of their argument. */
const SAME_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['pathlib.PosixPath', 'pathlib.WindowsPath', 'str', 'os.fspath', 'io.BytesIO', 'io.BufferedReader'],
  ...['os.path.abspath', 'os.path.realpath', 'os.path.normpath', 'os.path.expanduser'],
]);
const SAME_METHODS: ReadonlySet<string> = new Set([
  ...['resolve', 'absolute', 'expanduser', 'as_posix', 'open', 'read', 'read_bytes', '__str__', '__fspath__'],
]);
const BUILTINS: ReadonlySet<string> = new Set(['open', 'str']);
const ADDRESS = /^[a-z][a-z\d+.-]+:\/\//i;
/** Stands for the source's own name: only the folder that it lies in counts. */
const SOURCE = '\0';

/** Loads of one file. */
const LOADS_LIMIT = 500;
/** Characters of a path; of a whole file or notebook. */
const PATH_LIMIT = 4096;
export const SOURCE_LIMIT = 1024 * 1024;
/** Expressions in one another that are looked into. */
const DEPTH = 60;

/** One text, or the cells of a notebook in their order. */
export function modelLoads(texts: readonly string[]): ModelLoad[] {
  if (texts.reduce((sum, text) => sum + text.length, 0) > SOURCE_LIMIT) return [];
  // Most files load nothing, and they are looked at after each pause of whoever writes them.
  if (!texts.some((text) => WORDS.some((word) => text.includes(word)))) return [];
  const top = new Names(undefined);
  const finder = new Finder(top);
  const cells = texts.map((text) => parsePython(lexPython(text)).body);
  // A name that is set below its use, as in a function, is known all the same.
  for (const body of cells) top.take(body);
  cells.forEach((body, cell) => finder.body(body, cell));
  return finder.loads;
}

type Named = { readonly kind: 'module'; readonly path: string } | { readonly kind: 'value'; readonly value: Expr };

/** What the names of a function or a module stand for: those that are given one value in all of it. */
class Names {
  readonly #all = new Map<string, Named | 'several'>();
  readonly #folded = new Map<string, NamedFile | undefined>();

  constructor(readonly around: Names | undefined) {}

  get(name: string): { readonly named: Named; readonly names: Names } | undefined {
    const own = this.#all.get(name);
    if (own === undefined) return this.around?.get(name);
    return own === 'several' ? undefined : { named: own, names: this };
  }

  /** The path that a name has; made once, and none where it leads back to itself. */
  folded(name: string, fold: (value: Expr, names: Names) => NamedFile | undefined): NamedFile | undefined {
    const own = this.#all.get(name);
    if (own === undefined) return this.around?.folded(name, fold);
    if (own === 'several' || own.kind === 'module') return undefined;
    if (!this.#folded.has(name)) {
      this.#folded.set(name, undefined);
      this.#folded.set(name, fold(own.value, this));
    }
    return this.#folded.get(name);
  }

  take(body: readonly Stmt[]): void {
    for (const statement of body) this.#takeOne(statement);
  }

  /** Of a parameter or a name that the text gives no one value. */
  hide(name: string): void {
    this.#all.set(name, 'several');
  }

  #takeOne(statement: Stmt): void {
    switch (statement.kind) {
      case 'import':
        for (const { name, alias } of statement.modules) {
          const bound = alias ?? name.split('.')[0] ?? name;
          this.#set(bound, { kind: 'module', path: alias === undefined ? bound : name });
        }
        break;
      case 'from':
        if (statement.level > 0) break;
        for (const one of statement.names) this.#takeFrom(statement.module, one);
        break;
      case 'assign': {
        const { targets, value, operator } = statement;
        for (const target of targets) {
          if (target.kind !== 'name') continue;
          if (value === undefined) continue;
          if (operator === undefined) this.#set(target.name, { kind: 'value', value });
          else this.hide(target.name);
        }
        break;
      }
      case 'with':
        for (const { value, target } of statement.items)
          if (target?.kind === 'name') this.#set(target.name, { kind: 'value', value });
        this.take(statement.body);
        break;
      case 'for':
        if (statement.target.kind === 'name') this.hide(statement.target.name);
        this.take(statement.body);
        break;
      case 'block':
      case 'capture':
        this.take(statement.body);
        break;
      case 'def':
      case 'class':
        this.hide(statement.name);
        break;
      default:
    }
  }

  #takeFrom(module: string, { name, alias }: Imported): void {
    if (name !== '*') this.#set(alias ?? name, { kind: 'module', path: `${module}.${name}` });
    else if (MODULES.has(module))
      for (const full of LOADERS.keys())
        if (full.startsWith(`${module}.`)) this.#set(full.slice(module.length + 1), { kind: 'module', path: full });
  }

  #set(name: string, named: Named): void {
    const before = this.#all.get(name);
    // `with open(…) as f` again and again, or an import in several functions.
    const isSame =
      before !== undefined && before !== 'several' && before.kind === 'module' && named.kind === 'module'
        ? before.path === named.path
        : before === undefined;
    this.#all.set(name, isSame ? named : 'several');
  }
}

class Finder {
  readonly loads: ModelLoad[] = [];
  #cell = 0;

  constructor(private names: Names) {}

  body(body: readonly Stmt[], cell: number): void {
    this.#cell = cell;
    for (const statement of body) this.#statement(statement);
  }

  #statement(statement: Stmt): void {
    switch (statement.kind) {
      case 'expression':
        for (const value of statement.values) this.#expression(value);
        break;
      case 'assign':
      case 'return':
        this.#expression(statement.value);
        break;
      case 'block':
      case 'capture':
        for (const test of statement.tests) this.#expression(test);
        this.body(statement.body, this.#cell);
        break;
      case 'for':
        this.#expression(statement.iterable);
        this.body(statement.body, this.#cell);
        break;
      case 'with':
        this.#with(statement);
        break;
      case 'def':
        for (const { initial } of statement.params) this.#expression(initial);
        for (const decorator of statement.decorators) this.#expression(decorator);
        this.#within(statement);
        break;
      case 'class':
        for (const { value } of statement.args) this.#expression(value);
        this.body(statement.body, this.#cell);
        break;
      default:
    }
  }

  /** `with open(…) as f`: the name is another file in each such block. */
  #with({ items, body }: Stmt & { kind: 'with' }): void {
    const outer = this.names;
    const inner = new Names(outer);
    for (const { value, target } of items) {
      this.#expression(value);
      if (target?.kind !== 'name') continue;
      inner.take([{ kind: 'assign', targets: [target], value, at: value.at }]);
    }
    this.names = inner;
    this.body(body, this.#cell);
    this.names = outer;
  }

  #within({ params, body }: FunctionDef): void {
    const outer = this.names;
    const inner = new Names(outer);
    inner.take(body);
    for (const { name } of params) inner.hide(name);
    this.names = inner;
    this.body(body, this.#cell);
    this.names = outer;
  }

  #expression(expr: Expr | undefined, depth = 0): void {
    if (expr === undefined || depth > DEPTH) return;
    if (expr.kind === 'call') this.#call(expr);
    for (const inner of partsOf(expr)) this.#expression(inner, depth + 1);
  }

  #call({ callee, args, end }: Expr & { kind: 'call' }): void {
    const name = nameOf(callee);
    const loader = this.#path(callee) ?? name;
    const known = loaderOf(loader);
    if (known === undefined || name === undefined || loader === undefined || this.loads.length >= LOADS_LIMIT) return;
    const options = optionsOf(args);
    const open = args.some(({ stars }) => stars > 0);
    const { needs } = known;
    if (needs !== undefined && !open && (options[needs] === undefined || options[needs].value === false)) return;
    const given =
      args.find((arg) => arg.name !== undefined && known.names.includes(arg.name)) ?? positional(args, known.at);
    const value = given && this.#fold(given.value, this.names, DEPTH);
    const isRemote = value !== undefined && (ADDRESS.test(value.path) || (known.hub === true && isNameOfHub(value)));
    this.loads.push({
      cell: this.#cell,
      start: callee.at,
      end,
      loader,
      file: value === undefined || isRemote ? undefined : withEnding(value, known.ending),
      remote: isRemote ? value.path : undefined,
      options,
      open,
    });
  }

  /** What a name with dots stands for; undefined when it is no module's. */
  #path(expr: Expr, names = this.names, depth = DEPTH): string | undefined {
    if (depth <= 0) return undefined;
    if (expr.kind === 'attribute') {
      const of = this.#path(expr.of, names, depth - 1);
      return of === undefined ? undefined : `${of}.${expr.name}`;
    }
    if (expr.kind !== 'name') return undefined;
    const found = names.get(expr.name);
    if (found === undefined) return BUILTINS.has(expr.name) ? expr.name : undefined;
    return found.named.kind === 'module' ? found.named.path : this.#path(found.named.value, found.names, depth - 1);
  }

  /** The path that an expression has, or the file that was opened by it. */
  #fold(expr: Expr, names: Names, depth: number): NamedFile | undefined {
    if (depth <= 0) return undefined;
    const fold = (inner: Expr | undefined): NamedFile | undefined => inner && this.#fold(inner, names, depth - 1);
    switch (expr.kind) {
      case 'text':
        return expr.bytes ? undefined : bounded(expr.text, false);
      case 'name': {
        if (expr.name === '__file__' && names.get(expr.name) === undefined) return { path: SOURCE, besideSource: true };
        return names.folded(expr.name, (value, around) => this.#fold(value, around, depth - 1));
      }
      case 'formatted': {
        const parts = expr.parts.map((part) => (typeof part === 'string' ? bounded(part, false) : fold(part)));
        return appended(parts);
      }
      case 'chain':
        return expr.rest.reduce<NamedFile | undefined>((left, { operator, value }) => {
          const right = fold(value);
          if (operator === '/') return left && right && joined(left, right);
          return operator === '+' ? appended([left, right]) : undefined;
        }, fold(expr.first));
      case 'attribute': {
        const of = fold(expr.of);
        return expr.name === 'parent' ? of && parentOf(of) : undefined;
      }
      case 'item':
        // `path.parents[0]`.
        return expr.of.kind === 'attribute' && expr.of.name === 'parents' && expr.index.kind === 'number'
          ? parents(fold(expr.of.of), expr.index.value + 1)
          : undefined;
      case 'walrus':
      case 'await':
        return fold(expr.value);
      case 'call':
        return this.#foldCall(expr, names, depth);
      default:
        return undefined;
    }
  }

  #foldCall({ callee, args }: Expr & { kind: 'call' }, names: Names, depth: number): NamedFile | undefined {
    const fold = (inner: Expr | undefined): NamedFile | undefined => inner && this.#fold(inner, names, depth - 1);
    if (args.some(({ stars }) => stars > 0)) return undefined;
    const path = this.#path(callee, names);
    const values = args.filter(({ name }) => name === undefined).map(({ value }) => value);
    const [first] = values;
    if (path === 'os.getcwd' || path === 'pathlib.Path.cwd') return { path: '.', besideSource: false };
    if (path === 'os.path.dirname') {
      const of = fold(first);
      return of && parentOf(of);
    }
    if (path === 'os.path.join' || path === 'pathlib.Path' || path === 'pathlib.PurePath')
      return values.map(fold).reduce((left, right) => left && right && joined(left, right));
    if (path !== undefined && (SAME_FUNCTIONS.has(path) || OPENERS.has(path))) return fold(first);
    if (callee.kind !== 'attribute') return undefined;
    const of = fold(callee.of);
    if (of === undefined) return undefined;
    if (SAME_METHODS.has(callee.name)) return of;
    if (callee.name === 'joinpath')
      return values.map(fold).reduce((left, right) => left && right && joined(left, right), of);
    if (callee.name === 'with_name') return fold(first) && joined(parentOf(of), fold(first) ?? of);
    return undefined;
  }
}

function loaderOf(path: string | undefined): Loader | undefined {
  if (path === undefined) return undefined;
  const plain = path
    .replace(/^(?:tensorflow\.(?:python\.)?keras|tf_keras)\./, 'keras.')
    .replace(/^numpy\.lib\.npyio\./, 'numpy.');
  const known = LOADERS.get(plain);
  if (known !== undefined) return known;
  if (/^(?:stable_baselines3|sb3_contrib)\..*\.load$/.test(plain)) return STABLE_BASELINES;
  if (/^mlflow\.\w+\.load_model$/.test(plain)) return MLFLOW;
  return METHODS.get(plain.slice(plain.lastIndexOf('.') + 1));
}

/** As it is written. */
function nameOf(expr: Expr): string | undefined {
  if (expr.kind === 'name') return expr.name;
  if (expr.kind !== 'attribute') return undefined;
  const of = nameOf(expr.of);
  return of === undefined ? expr.name : `${of}.${expr.name}`;
}

function positional(args: readonly Arg[], at: number): Arg | undefined {
  const before = args.slice(0, at + 1);
  return before.every(({ name, stars }) => name === undefined && stars === 0) ? before[at] : undefined;
}

function optionsOf(args: readonly Arg[]): Record<string, Option> {
  const found: Record<string, Option> = {};
  for (const { name, value } of args) {
    if (name === undefined || !OPTIONS.has(name)) continue;
    const isKnown = value.kind === 'constant' && (value.name === 'True' || value.name === 'False');
    found[name] = { value: isKnown ? value.name === 'True' : undefined, at: value.at };
  }
  return found;
}

/** `owner/name`, and no file. */
function isNameOfHub({ path, besideSource }: NamedFile): boolean {
  return !besideSource && /^[\w.-]+(?:\/[\w.-]+)?(?::[\w.-]+)?$/.test(path) && !path.startsWith('.');
}

function bounded(path: string, besideSource: boolean): NamedFile | undefined {
  return path.length > PATH_LIMIT ? undefined : { path, besideSource };
}

function withEnding(file: NamedFile, ending: string | undefined): NamedFile {
  return ending === undefined || posix.extname(file.path) !== '' ? file : { ...file, path: file.path + ending };
}

/** As texts. What begins at the source's folder can only come first. */
function appended(parts: readonly (NamedFile | undefined)[]): NamedFile | undefined {
  let path = '';
  for (const [at, part] of parts.entries()) {
    if (part === undefined || (at > 0 && part.besideSource)) return undefined;
    path += part.path;
  }
  return bounded(path, parts[0]?.besideSource === true);
}

/** As folders: an absolute path replaces what is before it. */
function joined(left: NamedFile, right: NamedFile): NamedFile {
  return isAbsolute(right.path) || right.besideSource ? right : { ...left, path: posix.join(left.path, right.path) };
}

/** An empty path is the folder of the source, its own name the source itself. */
function parentOf(file: NamedFile): NamedFile {
  return { ...file, path: file.besideSource && file.path === SOURCE ? '.' : posix.join(file.path, '..') };
}

function parents(file: NamedFile | undefined, count: number): NamedFile | undefined {
  if (file === undefined || !Number.isInteger(count) || count < 1 || count > 20) return undefined;
  let found = file;
  for (let at = 0; at < count; at += 1) found = parentOf(found);
  return found;
}

function isAbsolute(path: string): boolean {
  return posix.isAbsolute(path) || win32.isAbsolute(path);
}

function partsOf(expr: Expr): readonly (Expr | undefined)[] {
  switch (expr.kind) {
    case 'formatted':
      return expr.parts.filter((part) => typeof part !== 'string');
    case 'attribute':
      return [expr.of];
    case 'call':
      return [expr.callee, ...expr.args.map(({ value }) => value)];
    case 'item':
      return [expr.of, expr.index];
    case 'slice':
      return expr.parts;
    case 'sequence':
      return expr.items;
    case 'star':
    case 'unary':
    case 'walrus':
    case 'await':
    case 'yield':
      return [expr.value];
    case 'dict':
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'chain':
      return [expr.first, ...expr.rest.map(({ value }) => value)];
    case 'choice':
      return [expr.test, expr.yes, expr.no];
    case 'lambda':
      return [expr.body];
    case 'comprehension':
      return [
        expr.element,
        expr.value,
        ...expr.clauses.flatMap(({ iterable, conditions }) => [iterable, ...conditions]),
      ];
    default:
      return [];
  }
}

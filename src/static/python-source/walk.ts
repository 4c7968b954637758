/**
 * Follows the values of a Python file without running it: every statement is read, each branch is taken, functions of the file are followed with the
 * arguments that they get, and texts that the file computes are computed. What stays unknown is unknown; it is never guessed.
 */
import { actOf, ENVIRONMENT_ACTS, STARTING_METHODS } from '../../names/carried-code.js';
import { addAll } from '../../core/lists.js';
import { lexPython } from '../../readers/python/lexer.js';
import { formatField, formatFields, type FormatField } from '../../readers/python/compute.js';
import {
  parsePython,
  type Arg,
  type ClassDef,
  type Expr,
  type FunctionDef,
  type Stmt,
} from '../../readers/python/syntax.js';
import {
  canonicalName,
  DECODERS,
  isObjectLoader,
  effectOf,
  HOLDS_ALL,
  isWholeModule,
  type Effect,
} from '../../names/source-calls.js';
import { isStandard } from '../../names/capabilities.js';
import { isReadLibrary } from '../../names/library-calls.js';
import { actOfCall, actOfMethod, actOfStore, isSecretVariable, type GivenCall } from '../../names/place-acts.js';
import {
  expandedFolder,
  FOLDER_VARIABLES,
  PACKAGES_FOLDER,
  PACKAGES_KEYS,
  PACKAGES_NAMES,
} from '../../names/places.js';
import { seen, tracesOf } from './seen.js';
import { compute, item, operation, plainText, slice, textMethod } from './texts.js';
import {
  anyOf,
  entryKey,
  ENTRIES_LIMIT,
  exactItems,
  itemsOf,
  join,
  joined,
  list,
  NOTHING,
  number,
  numberOf,
  one,
  only,
  ref,
  Scope,
  text,
  textOf,
  textEntries,
  TEXT_LIMIT,
  truth,
  UNKNOWN,
  type ClassType,
  type Lambda,
  type Value,
  type Values,
} from './values.js';

/** What a file does, told as it is seen; each may be told more than once. `at` is a character of the file. */
export interface Report {
  /** A call, or a function that is handed to code that calls it. `later`: not when the file is imported. */
  readonly call: (call: SeenCall) => void;
  readonly imported: (module: string, at: number) => void;
  /** A way that hides what is reached, as part of a sentence. */
  readonly detour: (key: string, what: string, at: number) => void;
  /** A text that the file computes. */
  readonly made: (text: string, at: number) => void;
  /** A function of Python or of a library is called, or handed to something that may call it. */
  readonly used: (path: string) => void;
  /** A function that makes objects of data is given this, which stands in the file. */
  readonly loads: (path: string, data: string, at: number) => void;
  /** What a call does with the places and the data that it is given, as the rest of a sentence. */
  readonly reaches: (what: string, at: number) => void;
  /** A part of Python that is given another behaviour. */
  readonly patch: (what: string, at: number) => void;
  readonly gap: (why: string) => void;
}

export interface SeenCall {
  readonly path: string;
  readonly effect: Effect;
  readonly at: number;
  readonly later: boolean;
  /** The name of the function was in a text. */
  readonly detour: boolean;
  /** For a function that runs texts: the text is decoded or fetched. */
  readonly hidden: boolean;
  /** `weights_only=True` and its like. */
  readonly named: ReadonlyMap<string, Values>;
}

/** Of an object that is none of the file's own, a method that only modules for programs have. */
function isStartOf(object: Values, callee: Expr & { kind: 'attribute' }): boolean {
  if (!object.known.every(({ kind }) => kind === 'made' || kind === 'method')) return false;
  // Models of dialogues have a method `system`, too.
  return callee.name === 'system' ? callee.of.kind === 'call' : STARTING_METHODS.has(callee.name);
}

/**
 * Expressions and statements that are followed beyond one reading of the file: in functions that are called and in rounds of loops. The longest of
 * transformers' files need some 100,000.
 */
const STEPS_LIMIT = 400_000;
/** Calls in calls. */
const CALLS_LIMIT = 12;
/** Expressions in expressions, of a file's own code and of the functions that it calls. */
const DEPTH_LIMIT = 900;
/** Ways in which one function is followed, by the weight of its arguments. */
const WAYS = [4, 8, 24];
/** Rounds of a loop whose values are known. */
const ROUNDS_LIMIT = 5000;
/** Parts of a dotted name that are followed; of a longer one the last, from something unknown. */
const PARTS_LIMIT = 2000;
/** Values of a list by which the ways to call a function are told apart. */
const LISTED = 8;
const FORMATTER = 'string.Formatter';
/** The attributes of an object as a dict. */
const FIELDS = '__dict__';
/** Annotations of one value that are read. */
const ANNOTATED = 5000;
/** Texts that are run as code, in one another. */
const CODE_DEPTH = 3;

interface Args {
  readonly list: readonly Values[];
  readonly named: ReadonlyMap<string, Values>;
  /** There may be more. */
  readonly open: boolean;
}

const NO_ARGS: Args = { list: [], named: new Map(), open: true };

const TOO_INVOLVED = 'its values are too involved to be followed to their end';

/** The files beside one, among which its imports are looked for. */
export interface OwnFiles {
  /** The file that `from ..a.b import` in a file means; undefined when there is none. */
  readonly find: (from: string, level: number, module: string) => string | undefined;
  readonly body: (file: string) => readonly Stmt[] | undefined;
  /** What each file gives to names; undefined while it is followed. */
  readonly given: Map<string, Scope | undefined>;
}

const SILENT: Report = {
  call: () => undefined,
  imported: () => undefined,
  detour: () => undefined,
  made: () => undefined,
  used: () => undefined,
  loads: () => undefined,
  reaches: () => undefined,
  patch: () => undefined,
  gap: () => undefined,
};

export function follow(
  body: readonly Stmt[],
  report: Report,
  own?: { readonly files: OwnFiles; readonly file: string },
): void {
  const walk = new Walk(report, own?.files, own?.file);
  try {
    // What a function stores is seen by those that were read before it only in a second reading.
    walk.file(body, false);
    walk.file(body, true);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report.gap(TOO_INVOLVED);
  }
}

class Walk {
  #steps = 0;
  #depth = 0;
  #calls = 0;
  #loops = 0;
  /** The statement that left a block. */
  #left: 'break' | 'continue' | 'return' | undefined;
  #weak = false;
  #later = false;
  /** Values are those of one run: conditions that are known decide. */
  #exact = false;
  /** Lists and dicts are left as they are. */
  #dry = false;
  #telling = false;
  #codeAt: number | undefined;
  #codeDepth = 0;
  #returns: Values = NOTHING;
  #module = new Scope(undefined, 'module');
  /** What any object has under a name. */
  readonly #fields = new Map<string, Values>();
  /** Functions that were not called with unknown arguments yet. */
  readonly #waiting = new Map<FunctionDef | Lambda, Value & { readonly kind: 'function' }>();
  readonly #walked = new Set<FunctionDef | Lambda>();
  readonly #results = new Map<FunctionDef | Lambda, Map<string, Values>>();
  readonly #classes = new Map<ClassDef, ClassType>();

  /** The files beside it that refs lead to, by their paths. */
  readonly #ownPaths = new Map<string, string | undefined>();
  /** Modules of other files. */
  readonly #foreign = new WeakSet<Scope>();

  constructor(
    private readonly report: Report,
    private readonly own?: OwnFiles,
    private readonly name = '',
  ) {}

  // Other files of the model

  /** What another file gives to names. */
  #given(file: string): Scope | undefined {
    const { own } = this;
    if (!own) return undefined;
    if (!own.given.has(file)) {
      const body = own.body(file);
      if (!body) return undefined;
      own.given.set(file, undefined);
      const walk = new Walk(SILENT, own, file);
      try {
        walk.file(body, false);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      own.given.set(file, walk.#module);
    }
    const scope = own.given.get(file);
    if (scope) this.#foreign.add(scope);
    return scope;
  }

  /** The file beside it that a dotted name leads to. */
  #fileOf(path: string): string | undefined {
    if (!this.own) return undefined;
    if (!this.#ownPaths.has(path)) {
      const [dots = ''] = /^\.*/.exec(path) ?? [];
      const module = path.slice(dots.length);
      const isOwn = dots !== '' || !isStandard(module.split('.', 1)[0] ?? '');
      this.#ownPaths.set(path, isOwn ? this.own.find(this.name, dots.length, module) : undefined);
    }
    return this.#ownPaths.get(path);
  }

  /** What the file that a dotted name leads to gives to a name. */
  #exported(path: string, name: string, at: number): Values | undefined {
    const file = this.#fileOf(path);
    const scope = file === undefined ? undefined : this.#given(file);
    if (!scope) return undefined;
    const found = scope.ever.get(name);
    if (found) return seenFrom(path, found);
    const other = scope.ever.get('__getattr__');
    // `__getattr__` of a module (PEP 562) is asked for names that it has not.
    return other && this.#fileOf(`${path.endsWith('.') ? path : `${path}.`}${name}`) === undefined
      ? this.#call(other, [text(name)], at)
      : undefined;
  }

  #isForeign(scope: Scope): boolean {
    return this.#foreign.has(scope.top());
  }

  file(body: readonly Stmt[], telling: boolean): void {
    this.#telling = telling;
    this.#steps = 0;
    this.#walked.clear();
    this.#results.clear();
    const before = this.#module;
    this.#module = new Scope(undefined, 'module');
    // Functions see what the whole file gives to a name.
    for (const [name, values] of before.ever) this.#module.ever.set(name, values);
    for (const star of before.stars) this.#module.stars.add(star);
    this.#block(body, this.#module);
    this.#later = true;
    for (let next = first(this.#waiting); next; next = first(this.#waiting)) {
      this.#waiting.delete(next.node);
      if (this.#walked.has(next.node)) continue;
      this.#walked.add(next.node);
      this.#run(next, NO_ARGS);
    }
    this.#later = false;
  }

  // Statements

  #block(body: readonly Stmt[], scope: Scope): void {
    for (const [index, statement] of body.entries()) {
      this.#statement(statement, scope, body, index);
      if (this.#left !== undefined) return;
    }
  }

  #statement(statement: Stmt, scope: Scope, around: readonly Stmt[], index: number): void {
    this.#step();
    switch (statement.kind) {
      case 'expression':
        for (const value of statement.values) this.#value(value, scope);
        return;
      case 'assign':
        this.#assignment(statement, scope);
        return;
      case 'import':
        for (const { name, alias, at } of statement.modules) {
          this.#imported(name, at);
          const top = name.split('.')[0] ?? name;
          scope.set(alias ?? top, ref(canonicalName(alias === undefined ? top : name)), this.#weak);
        }
        return;
      case 'from':
        this.#from(statement, scope);
        return;
      case 'return':
        if (statement.value) this.#returns = join(this.#returns, this.#value(statement.value, scope));
        this.#leave('return');
        return;
      case 'leave':
        this.#leave(statement.word);
        return;
      case 'global':
        for (const name of statement.names) scope.globals.add(name);
        return;
      case 'nonlocal':
        for (const name of statement.names) scope.nonlocals.add(name);
        return;
      case 'block':
        this.#clause(statement, scope, around, index);
        return;
      case 'for':
        this.#for(statement, scope);
        return;
      case 'with':
        for (const { value, target } of statement.items) {
          const given = this.#value(value, scope);
          if (target) this.#assign(target, this.#entered(given, statement.at), scope);
        }
        this.#block(statement.body, scope);
        return;
      case 'capture': {
        for (const test of statement.tests) this.#value(test, scope);
        // The parts of a subject, or the arguments of an exception, can be anything that is about.
        for (const name of statement.names)
          scope.set(name, { ...this.#captured(around, index, scope), open: true }, true);
        this.#weakly(() => {
          this.#block(statement.body, scope);
        });
        return;
      }
      case 'def':
        this.#define(statement, scope);
        return;
      case 'class':
        this.#classDef(statement, scope);
        return;
    }
  }

  /** What `with` gives a name to: the value, what it returns as it is entered, or what a generator yields. */
  #entered(given: Values, at: number): Values {
    const inner = given.known.map((value): Values => {
      if (value.kind === 'list') return this.#anyOf(one(value));
      return value.kind === 'instance'
        ? this.#call(this.#inherited(value.type, '__enter__'), [one(value)], at)
        : NOTHING;
    });
    return { ...joined([given, ...inner]), open: true };
  }

  /** What comes after is not reached, when that is certain. */
  #leave(word: 'break' | 'continue' | 'return'): void {
    if (this.#exact && !this.#weak) this.#left = word;
  }

  /** After a round of a loop: whether it was the last. */
  #isOver(): boolean {
    const left = this.#left;
    if (left === 'return') return true;
    this.#left = undefined;
    return left === 'break';
  }

  #captured(around: readonly Stmt[], index: number, scope: Scope): Values {
    for (let at = index - 1; at >= 0; at -= 1) {
      const before = around[at];
      if (before?.kind === 'block' && before.word === 'other') {
        const raised = before.body.flatMap((inner) => (inner.kind === 'expression' ? inner.values : []));
        return joined([...before.tests, ...raised].map((value) => this.#value(value, scope)));
      }
    }
    return UNKNOWN;
  }

  #clause(statement: Stmt & { kind: 'block' }, scope: Scope, around: readonly Stmt[], index: number): void {
    const { word, tests, body } = statement;
    const [test] = tests;
    const value = test ? this.#value(test, scope) : UNKNOWN;
    for (const more of tests.slice(1)) this.#value(more, scope);
    if (word === 'while') {
      this.#while(statement, scope);
      return;
    }
    if (word === 'other') {
      // The cases of a match are clauses that look for its subject.
      this.#weakly(() => {
        for (const [at, inner] of body.entries()) {
          if (inner.kind === 'capture' && test)
            for (const name of inner.names) scope.set(name, { ...value, open: true }, true);
          this.#statement(inner, scope, body, at);
        }
      });
      return;
    }
    const decided = this.#exact ? this.#decided(statement, value, around, index, scope) : undefined;
    if (decided === false) return;
    const later = this.#later;
    if (test && isMain(test)) this.#later = true;
    if (decided === true) this.#block(body, scope);
    else
      this.#weakly(() => {
        this.#block(body, scope);
      });
    this.#later = later;
  }

  /** Whether a clause is taken, when that is known: for `else` none of those before it may be. */
  #decided(
    { tests }: Stmt & { kind: 'block' },
    value: Values,
    around: readonly Stmt[],
    index: number,
    scope: Scope,
  ): boolean | undefined {
    if (tests.length > 0) return truthOf(value);
    let taken: boolean | undefined = true;
    for (let at = index - 1; at >= 0; at -= 1) {
      const before = around[at];
      if (before?.kind === 'for' || (before?.kind === 'block' && before.word !== 'if')) return undefined;
      if (before?.kind !== 'block') return taken;
      const [test] = before.tests;
      if (!test) return taken;
      const truth = truthOf(this.#value(test, scope));
      if (truth === true) return false;
      if (truth === undefined) taken = undefined;
    }
    return taken;
  }

  #while({ tests, body }: Stmt & { kind: 'block' }, scope: Scope): void {
    const [test] = tests;
    const kept = new Map(scope.now);
    const known =
      test !== undefined &&
      test.kind !== 'constant' &&
      test.kind !== 'number' &&
      truthOf(this.#value(test, scope)) !== undefined;
    this.#once(body, scope, known);
    if (!known) {
      this.#hide(body, scope, kept);
      return;
    }
    let decided: boolean | undefined;
    this.#exactly(scope, kept, () => {
      decided = truthOf(this.#value(test, scope));
      for (let rounds = 0; decided === true && rounds < ROUNDS_LIMIT && !this.#isSpent(); rounds += 1) {
        this.#block(body, scope);
        decided = this.#isOver() ? false : truthOf(this.#value(test, scope));
      }
    });
    if (decided !== false) this.#hide(body, scope, kept);
  }

  /** Goes through a loop round by round, from the values before it. */
  #exactly(scope: Scope, kept: ReadonlyMap<string, Values>, rounds: () => void): void {
    restore(scope, kept);
    const exact = this.#exact;
    this.#exact = true;
    rounds();
    this.#exact = exact;
  }

  #for({ target, iterable, body }: Stmt & { kind: 'for' }, scope: Scope): void {
    const over = this.#value(iterable, scope);
    const items = exactItems(over);
    const kept = new Map(scope.now);
    this.#assign(target, this.#anyOf(over), scope);
    const known = items !== undefined && items.length <= ROUNDS_LIMIT && this.#steps <= STEPS_LIMIT;
    this.#once(body, scope, known);
    if (!known) {
      this.#hide(body, scope, kept);
      return;
    }
    this.#exactly(scope, kept, () => {
      for (const value of items) {
        if (this.#isSpent()) break;
        this.#assign(target, value, scope);
        this.#block(body, scope);
        if (this.#isOver()) break;
      }
    });
    if (this.#steps > STEPS_LIMIT) this.#hide(body, scope, kept);
  }

  /** The body of a loop, for what it can do at all. */
  #once(body: readonly Stmt[], scope: Scope, dry: boolean): void {
    const [exact, before] = [this.#exact, this.#dry];
    this.#exact = false;
    this.#dry = before || dry;
    this.#loops += 1;
    this.#weakly(() => {
      this.#block(body, scope);
      // What the end of a round stores is seen by the next.
      if (!dry && this.#loops === 1) this.#block(body, scope);
    });
    this.#loops -= 1;
    this.#exact = exact;
    this.#dry = before;
  }

  /** Texts that a loop makes and that could not be followed. */
  #hide(body: readonly Stmt[], scope: Scope, before: ReadonlyMap<string, Values>): void {
    for (const statement of body) {
      if (statement.kind !== 'assign' || statement.operator === undefined) continue;
      const [target] = statement.targets;
      if (target?.kind !== 'name' || textOf(before.get(target.name)) === undefined) continue;
      scope.set(target.name, { known: [{ kind: 'hidden', decoded: false }], open: true }, true);
    }
  }

  #weakly(work: () => void): void {
    const weak = this.#weak;
    this.#weak = true;
    work();
    this.#weak = weak;
  }

  #assignment({ targets, value, operator, annotation }: Stmt & { kind: 'assign' }, scope: Scope): void {
    if (annotation) this.#annotation(annotation, scope);
    if (!value) return;
    const given = this.#value(value, scope);
    for (const target of targets) {
      if (operator === undefined) this.#assign(target, given, scope);
      else if (target.kind === 'attribute' && target.name === 'path' && operator === '+')
        // What `sys.path` is given is added to it.
        this.#assign(target, given, scope);
      else this.#assign(target, this.#operated(operator, this.#value(target, scope), given, target.at), scope);
    }
  }

  #assign(target: Expr, values: Values, scope: Scope): void {
    switch (target.kind) {
      case 'name':
        if (scope.kind === 'class' && /^__\w+__$/.test(target.name)) this.#handedOn(values, target.at);
        if (target.name === '__annotations__') this.#annotations(values, target.at);
        scope.set(target.name, values, this.#weak);
        // Another file may take it from here.
        if (scope.kind === 'module' || scope.kind === 'class') this.#renamed(values, target.at);
        return;
      case 'star':
        this.#assign(target.value, list([], this.#anyOf(values)), scope);
        return;
      case 'sequence':
        this.#unpack(target.items, values, scope);
        return;
      case 'attribute':
        if (target.name === '__code__') this.#internal(target.name, target.at);
        this.#setAttribute(this.#value(target.of, scope), target.name, values, target.at);
        return;
      case 'item':
        if ('name' in target.of && target.of.name === '__annotations__') this.#annotations(values, target.at);
        this.#setItem(this.#value(target.of, scope), this.#value(target.index, scope), values, target.at);
        return;
      default:
        return;
    }
  }

  #renamed(values: Values, at: number, depth = 0): void {
    const later = this.#later;
    this.#later = true;
    for (const value of values.known) {
      if (value.kind === 'ref' && effectOf(value.path) === 'exec') this.#acts(value, NO_ARGS, at, true);
      else if (depth < 2 && (value.kind === 'list' || value.kind === 'dict')) {
        const items = value.kind === 'list' ? value.items : [...value.items.values()];
        for (const inner of [...items.slice(0, ENTRIES_LIMIT), value.rest]) this.#renamed(inner, at, depth + 1);
      }
    }
    this.#later = later;
  }

  /** Whoever calls the function gets what it returns: a pickler `(function, arguments)`, which an unpickler calls. */
  #returned(values: Values, at: number): void {
    this.#renamed(values, at);
    for (const value of values.known) {
      const [first, second] = value.kind === 'list' ? value.items : [];
      if (first && second?.known.some(({ kind }) => kind === 'list') === true) this.#handedOn(first, at);
    }
  }

  #unpack(targets: readonly Expr[], values: Values, scope: Scope): void {
    const star = targets.findIndex(({ kind }) => kind === 'star');
    const exact = exactItems(values);
    targets.forEach((target, index) => {
      if (exact === undefined) this.#assign(target, this.#anyOf(values), scope);
      else if (star < 0 || index < star) this.#assign(target, exact[index] ?? UNKNOWN, scope);
      else if (index > star) this.#assign(target, exact.at(index - targets.length) ?? UNKNOWN, scope);
      else if (target.kind === 'star')
        this.#assign(target.value, list(exact.slice(index, exact.length - (targets.length - index - 1))), scope);
    });
  }

  #setAttribute(object: Values, name: string, values: Values, at: number): void {
    for (const value of object.known) {
      if (value.kind === 'class' || value.kind === 'instance') {
        const before = value.type.fields.get(name);
        value.type.fields.set(name, before ? join(before, values) : values);
        if (/^__\w+__$/.test(name)) this.#handedOn(values, at);
      } else if (value.kind === 'ref') {
        this.#patched(`${value.path}.${name}`, at);
        this.#reaches(actOfStore(`${value.path}.${name}`, seen(values)), at);
        this.#handedOn(values, at);
      }
    }
    this.#renamed(values, at);
    if (name === '__annotations__') this.#annotations(values, at);
    if (values.known.length === 0) return;
    const before = this.#fields.get(name);
    this.#fields.set(name, { ...(before ? join(before, values) : values), open: true });
  }

  #patched(path: string, at: number): void {
    this.#tell(() => {
      this.report.patch(path, this.#place(at));
    });
  }

  #setItem(object: Values, index: Values, values: Values, at: number): void {
    for (const value of object.known) {
      if (value.kind === 'names' && value.of !== '') {
        const name = textOf(index);
        if (value.of === 'sys.modules') {
          if (name !== undefined) this.#patched(`sys.modules.${name}`, at);
        } else this.#patched(`${value.of}.${name ?? '*'}`, at);
      }
      const key = textOf(index);
      if (value.kind === 'made' && value.of === 'os.environ') this.#sets(key, values, at);
      if (value.kind === 'ref') this.#reaches(actOfStore(`${value.path}[…]`, seen(values)), at);
      if (value.kind === 'made' && value.of === FIELDS && key !== undefined)
        this.#setAttribute(UNKNOWN, key, values, at);
      if (this.#dry) continue;
      if (value.kind === 'names' && value.of === '') {
        const name = textOf(index);
        if (name !== undefined) this.#module.set(name, values, true);
      }
      if (value.kind === 'dict') {
        const key = entryKey(index);
        if (key === undefined || value.items.size >= ENTRIES_LIMIT)
          value.rest = join(value.rest, { ...values, open: true });
        else {
          const before = this.#weak ? value.items.get(key) : undefined;
          value.items.set(key, before ? join(before, values) : values);
        }
      } else if (value.kind === 'list') {
        const place = numberOf(index);
        if (place !== undefined && !this.#weak && value.items.at(place) !== undefined)
          value.items.splice(place, 1, values);
        else value.rest = join(value.rest, values);
      }
    }
  }

  /** A variable of the environment. */
  #sets(name: string | undefined, values: Values, at: number): void {
    if (name === undefined) return;
    this.#reaches(
      ENVIRONMENT_ACTS.test(name)
        ? `sets ${name}, which makes programs run other code`
        : actOfStore(`os.environ.${name}`, seen(values)),
      at,
    );
  }

  #from({ level, module, names, at }: Stmt & { kind: 'from' }, scope: Scope): void {
    const from = '.'.repeat(level) + module;
    if (level === 0) this.#imported(module, at);
    for (const { name, alias, at: place } of names) {
      if (name === '*') {
        scope.stars.add(from);
        const file = this.#fileOf(from);
        for (const [own, values] of (file === undefined ? undefined : this.#given(file))?.ever ?? [])
          if (!own.startsWith('_')) scope.set(own, seenFrom(from, values), this.#weak);
        continue;
      }
      const path = canonicalName(level > 0 && module === '' ? from + name : `${from}.${name}`);
      if (level === 0) this.#imported(path, place);
      const values = this.#exported(from, name, place) ?? ref(path);
      scope.set(alias ?? name, values, this.#weak);
      if (alias !== undefined && alias !== name && scope.kind === 'module') this.#renamed(values, place);
    }
  }

  #imported(module: string, at: number): void {
    this.#tell(() => {
      this.report.imported(module, this.#place(at));
    });
  }

  #define(node: FunctionDef, scope: Scope): void {
    for (const { initial, annotation } of node.params) {
      if (annotation) this.#annotation(annotation, scope);
      if (initial) this.#value(initial, scope);
    }
    if (node.returns) this.#annotation(node.returns, scope);
    const made: Value & { kind: 'function' } = { kind: 'function', node, scope };
    this.#wait(made);
    let values = one(made);
    for (const decorator of [...node.decorators].reverse()) {
      const callee = this.#value(decorator, scope);
      // Most decorators of libraries keep the function for later; this one is there to have it called.
      if (callee.known.some((value) => value.kind === 'ref' && value.path === 'atexit.register'))
        this.#applyOne(made, NO_ARGS, node.at, scope);
      const result = this.#apply(callee, { list: [values], named: new Map(), open: false }, decorator.at, false);
      // Most decorators return what behaves like the function.
      values = join(
        { known: result.known.filter(({ kind }) => kind === 'function' || kind === 'partial'), open: false },
        values,
      );
    }
    if (scope.kind === 'class' && /^__(?!init__|call__|new__)\w+__$/.test(node.name))
      values = { ...values, open: true };
    scope.set(node.name, values, this.#weak);
  }

  /** Texts in it are code: `typing.get_type_hints` and its like evaluate them. */
  #annotation(annotation: Expr, scope: Scope): void {
    const value = this.#value(annotation, scope);
    if (annotation.kind === 'name' || annotation.kind === 'call') this.#annotations(value, annotation.at);
    const waiting = [annotation];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      switch (next.kind) {
        case 'text':
          if (!next.bytes) this.#code(next.text, true, next.at, scope);
          break;
        case 'item': {
          const { of } = next;
          if ((of.kind === 'name' || of.kind === 'attribute') && /^(?:Literal|Annotated)$/.test(of.name)) break;
          waiting.push(of, next.index);
          break;
        }
        case 'sequence':
          addAll(waiting, next.items.slice(0, ANNOTATED));
          break;
        case 'chain':
          waiting.push(next.first);
          addAll(
            waiting,
            next.rest.slice(0, ANNOTATED).map(({ value }) => value),
          );
          break;
        default:
      }
    }
  }

  /** The same for values of which annotations are made. */
  #annotations(values: Values, at: number, depth = 0): void {
    for (const value of values.known) {
      if (value.kind === 'text') this.#code(value.text, true, at, this.#module);
      else if (depth < 3 && (value.kind === 'list' || value.kind === 'dict')) {
        const items = value.kind === 'list' ? value.items : [...value.items.values()];
        for (const inner of items.slice(0, ANNOTATED)) this.#annotations(inner, at, depth + 1);
      }
    }
  }

  #wait(made: Value & { kind: 'function' }): void {
    if (!this.#walked.has(made.node) && !this.#isForeign(made.scope)) this.#waiting.set(made.node, made);
  }

  #classDef(node: ClassDef, scope: Scope): void {
    let bases = NOTHING;
    let meta = NOTHING;
    const keywords = new Map<string, Values>();
    for (const { name, stars, value } of node.args) {
      const written = this.#value(value, scope);
      const given = stars === 1 ? this.#anyOf(written) : written;
      if (name === 'metaclass') meta = given;
      else if (name === undefined) bases = join(bases, given);
      else keywords.set(name, given);
    }
    const known = this.#classes.get(node);
    const type: ClassType = {
      node,
      scope: new Scope(scope, 'class'),
      bases,
      fields: known?.fields ?? new Map<string, Values>(),
    };
    this.#classes.set(node, type);
    const own = new Scope(scope, 'class', type);
    Object.assign(type, { scope: own });
    this.#block(node.body, own);
    const value: Value = { kind: 'class', type };
    let values = one(value);
    for (const base of bases.known)
      if (base.kind === 'class')
        this.#apply(
          this.#inherited(base.type, '__init_subclass__'),
          { list: [values], named: keywords, open: false },
          node.at,
          false,
        );
    for (const base of meta.known) {
      if (base.kind !== 'class')
        this.#apply(one(base), { list: [UNKNOWN, UNKNOWN, UNKNOWN], named: keywords, open: false }, node.at, false);
      else
        for (const name of ['__prepare__', '__new__', '__init__', '__call__'])
          this.#call(this.#inherited(base.type, name), [one(base), UNKNOWN, UNKNOWN, UNKNOWN], node.at);
    }
    for (const decorator of [...node.decorators].reverse())
      values = join(
        {
          ...this.#apply(
            this.#value(decorator, scope),
            { list: [values], named: new Map(), open: false },
            decorator.at,
            false,
          ),
          open: false,
        },
        values,
      );
    scope.set(node.name, values, this.#weak);
  }

  /** `type(name, bases, names)`. */
  #madeClass([name, bases = NOTHING, names = NOTHING]: readonly Values[], at: number): Values {
    const fields = new Map(textEntries(names));
    const annotations = fields.get('__annotations__');
    if (annotations) this.#annotations(annotations, at);
    const node: ClassDef = { kind: 'class', name: textOf(name) ?? '', args: [], decorators: [], body: [], at };
    const scope = new Scope(this.#module, 'class');
    return one({ kind: 'class', type: { node, scope, bases: this.#anyOf(bases), fields } });
  }

  /** What a class or one of its bases in this file defines under a name. */
  #inherited(type: ClassType, name: string, depth = 0): Values {
    const own = type.scope.ever.get(name) ?? type.fields.get(name);
    if (own) return own;
    if (depth > 10) return NOTHING;
    return joined(
      type.bases.known.map((base) => (base.kind === 'class' ? this.#inherited(base.type, name, depth + 1) : NOTHING)),
    );
  }

  // Expressions

  #step(): void {
    if (this.#calls > 1 || this.#exact) this.#steps += 1;
  }

  /** Whether more of what happens can be followed; when not, all of the file is read once all the same. */
  #isSpent(): boolean {
    if (this.#steps <= STEPS_LIMIT) return false;
    this.#tell(() => {
      this.report.gap(TOO_INVOLVED);
    });
    return true;
  }

  #value(expr: Expr, scope: Scope): Values {
    this.#step();
    if (this.#depth > DEPTH_LIMIT) {
      this.report.gap(TOO_INVOLVED);
      return UNKNOWN;
    }
    this.#depth += 1;
    const values = this.#evaluate(expr, scope);
    this.#depth -= 1;
    return values;
  }

  #evaluate(expr: Expr, scope: Scope): Values {
    switch (expr.kind) {
      case 'name':
        return this.#name(expr.name, scope);
      case 'text':
        return text(expr.text, { bytes: expr.bytes });
      case 'formatted':
        return this.#formatted(expr, scope);
      case 'number':
        return number(expr.value);
      case 'constant':
        return one({ kind: 'constant', name: expr.name });
      case 'attribute':
        return this.#attribute(this.#value(expr.of, scope), expr.name, expr.at);
      case 'call':
        return this.#callExpr(expr, scope);
      case 'item':
        return this.#item(expr, scope);
      case 'slice':
        for (const part of expr.parts) if (part) this.#value(part, scope);
        return UNKNOWN;
      case 'sequence':
        return this.#sequence(expr.items, scope);
      case 'star':
        return this.#anyOf(this.#value(expr.value, scope));
      case 'dict':
        return this.#dict(expr, scope);
      case 'chain':
        return this.#chain(expr, scope);
      case 'unary': {
        const value = this.#value(expr.value, scope);
        const known = numberOf(value);
        if (expr.operator === 'not') {
          const decided = truthOf(value);
          return decided === undefined ? UNKNOWN : truth(!decided);
        }
        if (known === undefined) return UNKNOWN;
        return number(expr.operator === '-' ? -known : expr.operator === '~' ? ~known : known);
      }
      case 'choice': {
        const decided = this.#exact ? truthOf(this.#value(expr.test, scope)) : undefined;
        if (decided !== undefined) return this.#value(decided ? expr.yes : expr.no, scope);
        this.#value(expr.test, scope);
        return join(this.#value(expr.yes, scope), this.#value(expr.no, scope));
      }
      case 'lambda': {
        for (const { initial } of expr.params) if (initial) this.#value(initial, scope);
        const made: Value & { kind: 'function' } = { kind: 'function', node: expr, scope };
        this.#wait(made);
        return one(made);
      }
      case 'comprehension':
        return this.#comprehension(expr, scope);
      case 'walrus': {
        const value = this.#value(expr.value, scope);
        let home = scope;
        while (home.kind === 'inner' && home.parent) home = home.parent;
        home.set(expr.name, value, this.#weak);
        return value;
      }
      case 'await':
        return expr.value ? this.#value(expr.value, scope) : UNKNOWN;
      case 'yield':
        if (expr.value) this.#returns = join(this.#returns, list([], this.#value(expr.value, scope)));
        return UNKNOWN;
      case 'unknown':
        return UNKNOWN;
    }
  }

  #name(name: string, scope: Scope): Values {
    const found = scope.get(name);
    if (found) return found;
    if (name === '__name__' || name === '__package__') return one({ kind: 'own' });
    if (name === '__builtins__') return ref('builtins', true);
    if (name === '__file__') return one({ kind: 'path', text: './__file__.py' });
    if (name === '__loader__' || name === '__spec__') return one({ kind: 'made', of: name });
    const stars = scope.starred();
    if (stars.length > 0 && !HOLDS_ALL.has(name)) {
      const all = stars
        .map((module) => canonicalName(`${module}.${name}`))
        .filter((path) => effectOf(path) !== undefined);
      if (all.length > 0) return { known: all.map((path) => ({ kind: 'ref', path, detour: false })), open: true };
    }
    return ref(`builtins.${name}`);
  }

  #formatted({ parts, at }: Expr & { kind: 'formatted' }, scope: Scope): Values {
    const values = parts.map((part) => (typeof part === 'string' ? text(part) : this.#value(part, scope)));
    const shown = values.map(plainText);
    if (!shown.includes(undefined) && shown.reduce((sum, part) => sum + (part?.length ?? 0), 0) <= TEXT_LIMIT)
      return this.#made(text(shown.join(''), { decoded: values.some(isDecoded) }), at);
    return this.#partly(values);
  }

  /** Joined texts of which not all are known. */
  #partly(values: readonly Values[]): Values {
    const hidden = values.find((value) => value.known.some(({ kind }) => kind === 'hidden'));
    if (hidden) return { known: hidden.known.filter(({ kind }) => kind === 'hidden'), open: true };
    const [first] = values;
    const begin = only(first);
    if (begin?.kind === 'own') return one({ kind: 'begins', text: '.' });
    if (begin?.kind === 'begins') return one(begin);
    const known = plainText(first);
    if (known !== undefined && known !== '' && !hasEnvironment(values)) return one({ kind: 'begins', text: known });
    return leftOf(values);
  }

  /** Tells a text that was made of several. */
  #made(values: Values, at: number): Values {
    for (const value of values.known) {
      if ((value.kind === 'text' && value.text.length <= 4096) || value.kind === 'path')
        this.#tell(() => {
          this.report.made(value.text, this.#place(at));
        });
    }
    return values;
  }

  #sequence(items: readonly Expr[], scope: Scope): Values {
    const values: Values[] = [];
    let rest = NOTHING;
    for (const each of items) {
      if (each.kind !== 'star') {
        const value = this.#value(each, scope);
        if (values.length < ENTRIES_LIMIT && rest === NOTHING) values.push(value);
        else rest = join(rest, value);
        continue;
      }
      const inner = this.#value(each.value, scope);
      const exact = exactItems(inner);
      if (exact === undefined || values.length + exact.length > ENTRIES_LIMIT) rest = join(rest, this.#anyOf(inner));
      else for (const value of exact) values.push(value);
    }
    return list(values, rest);
  }

  #dict({ entries }: Expr & { kind: 'dict' }, scope: Scope): Values {
    const items = new Map<string, Values>();
    let rest = NOTHING;
    for (const { key, value } of entries) {
      const given = this.#value(value, scope);
      if (key === undefined) {
        for (const inner of given.known) {
          if (inner.kind === 'made' && inner.traces) rest = join(rest, one(inner));
          if (inner.kind !== 'dict') continue;
          for (const [name, values] of inner.items) items.set(name, values);
          rest = join(rest, inner.rest);
        }
        if (given.open) rest = { ...rest, open: true };
        continue;
      }
      const name = entryKey(this.#value(key, scope));
      if (name !== undefined && items.size < ENTRIES_LIMIT) items.set(name, given);
      else rest = join(rest, given);
    }
    return one({ kind: 'dict', items, rest });
  }

  #chain({ first, rest, at }: Expr & { kind: 'chain' }, scope: Scope): Values {
    let value = this.#value(first, scope);
    for (const { operator, value: next } of rest) {
      const right = this.#value(next, scope);
      value = operator === 'or' || operator === 'and' ? join(value, right) : this.#operated(operator, value, right, at);
    }
    return value;
  }

  #operated(operator: string, left: Values, right: Values, at: number): Values {
    const known = operation(operator, left, right);
    if (known) return operator === '+' || operator === '%' ? this.#made(known, at) : known;
    const [a, b] = [only(left), only(right)];
    if (operator === '/' && (a?.kind === 'path' || b?.kind === 'path')) {
      const [before, after] = [plainText(left), plainText(right)];
      return before === undefined || after === undefined
        ? UNKNOWN
        : this.#made(one({ kind: 'path', text: joinedPath([before, after]) }), at);
    }
    const method = OPERATOR_METHODS.get(operator);
    if (method !== undefined) {
      for (const value of left.known)
        if (value.kind === 'instance' || value.kind === 'class')
          this.#call(this.#inherited(value.type, method), [left, right], at);
    }
    if (operator === '+') return this.#partly([left, right]);
    if (operator === '%') {
      const begin = a?.kind === 'text' ? a.text.split('%', 1)[0] : undefined;
      return begin === undefined || begin === '' ? hiddenIn([left, right]) : one({ kind: 'begins', text: begin });
    }
    const hidden = hiddenIn([left, right]);
    return hidden === UNKNOWN ? leftOf([left, right]) : hidden;
  }

  #comprehension(expr: Expr & { kind: 'comprehension' }, scope: Scope): Values {
    const inner = new Scope(scope, 'inner');
    const found: Values[] = [];
    const pairs: [Values, Values][] = [];
    /** Why it may have other items, too. */
    const open: Expr[] = [];
    const exact = this.#exact;
    const each = (): void => {
      const element = this.#value(expr.element, inner);
      if (expr.value) pairs.push([element, this.#value(expr.value, inner)]);
      else found.push(element);
    };
    const clause = (index: number): void => {
      const next = expr.clauses[index];
      if (!next) {
        each();
        return;
      }
      const over = this.#value(next.iterable, inner);
      const items = exactItems(over);
      const rounds =
        items === undefined || items.length > ROUNDS_LIMIT || this.#isSpent() ? [this.#anyOf(over)] : items;
      if (rounds !== items) open.push(expr);
      this.#exact = rounds === items;
      for (const round of rounds) {
        if (found.length + pairs.length > ENTRIES_LIMIT || this.#steps > STEPS_LIMIT) {
          open.push(expr);
          break;
        }
        this.#assign(next.target, round, inner);
        const truths = next.conditions.map((condition) => truthOf(this.#value(condition, inner)));
        if (truths.includes(false)) continue;
        if (truths.includes(undefined)) open.push(expr);
        clause(index + 1);
      }
    };
    clause(0);
    this.#exact = exact;
    if (expr.type === 'dict') {
      const items = new Map<string, Values>();
      let rest: Values = open.length > 0 ? UNKNOWN : NOTHING;
      for (const [key, value] of pairs) {
        const name = entryKey(key);
        if (name === undefined) rest = join(rest, value);
        else items.set(name, value);
      }
      return one({ kind: 'dict', items, rest });
    }
    return open.length > 0 ? list([], { ...joined(found), open: true }) : list(found);
  }

  /** Any item of what is iterated over. */
  #anyOf(values: Values): Values {
    const all = values.known.map((value) => {
      const { items, rest } = itemsOf(value);
      return anyOf(items, rest);
    });
    return joined([...all, ...(values.open ? [UNKNOWN] : [])]);
  }

  #item(expr: Expr & { kind: 'item' }, scope: Scope): Values {
    const object = this.#value(expr.of, scope);
    const { index } = expr;
    if (index.kind === 'slice') {
      const parts = index.parts.map((part) => (part ? this.#value(part, scope) : undefined));
      const [value] = object.known;
      const cut = value && only(object) ? slice(value, parts) : undefined;
      return cut ?? (value?.kind === 'list' ? list([], this.#anyOf(object)) : hiddenIn([object]));
    }
    return this.#itemOf(object, this.#value(index, scope), expr.at);
  }

  #itemOf(object: Values, index: Values, at: number): Values {
    const all = object.known.map((value): Values => {
      switch (value.kind) {
        case 'text':
        case 'list':
          return (
            item(value, index) ?? (value.kind === 'list' ? this.#anyOf(one(value)) : hiddenIn([one(value), index]))
          );
        case 'dict': {
          const key = entryKey(index);
          const found = key === undefined ? undefined : value.items.get(key);
          if (found) return found;
          return key !== undefined && index.known.length > 0 ? value.rest : anyOf(value.items.values(), value.rest);
        }
        case 'names':
          return this.#named(value.of, index, at);
        case 'class':
          this.#call(this.#inherited(value.type, '__class_getitem__'), [one(value), index], at);
          return { known: [value], open: true };
        case 'instance':
          return this.#call(this.#inherited(value.type, '__getitem__'), [one(value), index], at);
        case 'ref':
          return value.path === 'builtins'
            ? this.#attributes(one(value), index, at)
            : one({ kind: 'made', of: `${value.path}[]` });
        case 'hidden':
          return one(value);
        case 'made':
          return value.of === 'os.environ' ? variable(index) : one(value);
        default:
          return UNKNOWN;
      }
    });
    return joined([...all, ...(object.open ? [UNKNOWN] : [])]);
  }

  /** An entry of the names of a module. */
  #named(of: string, index: Values, at: number): Values {
    if (of === 'sys.modules') return this.#modules(index, at, false);
    if (of !== '') return this.#attributes(ref(of, true), index, at);
    const names = index.known.flatMap((value) => (value.kind === 'text' ? [value.text] : []));
    const all = names.map((name) => detoured(this.#name(name, this.#module)));
    return joined([...all, ...(index.open || names.length < index.known.length ? [this.#anyOwn()] : [])]);
  }

  /** Anything that the file has under a name. */
  #anyOwn(): Values {
    const known = [...this.#module.ever.values()].flatMap((values) =>
      values.known.filter(
        (value) => value.kind === 'ref' && effectOf(value.path) !== undefined && !isWholeModule(value.path),
      ),
    );
    return { known: known.slice(0, 8), open: true };
  }

  // Attributes

  #attribute(object: Values, name: string, at: number): Values {
    if (INTERNALS_TOLD.has(name)) this.#internal(name, at);
    const all = object.known.map((value) => this.#attributeOf(value, name, at));
    const stored = object.open || object.known.some(({ kind }) => kind === 'made') ? this.#fields.get(name) : undefined;
    const fields = name === '__dict__' && object.open ? [one({ kind: 'made', of: FIELDS })] : [];
    return joined([...all, ...fields, ...(stored ? [stored] : []), ...(object.open ? [UNKNOWN] : [])]);
  }

  #internal(name: string, at: number): void {
    this.#tell(() => {
      this.report.detour(name, '', this.#place(at));
    });
  }

  #attributeOf(value: Value, name: string, at: number): Values {
    if (BASES.has(name)) return ref('builtins.object', true);
    switch (value.kind) {
      case 'ref':
        return this.#partOf(value, name, at);
      case 'own':
        return this.#name(name, this.#module);
      case 'class':
      case 'instance': {
        if (name === '__dict__') return one({ kind: 'made', of: FIELDS });
        if (name === '__class__') return one({ kind: 'class', type: value.type });
        const found = this.#inherited(value.type, name);
        if (
          found.known.length === 0 &&
          value.type.bases.known.some((base) => base.kind === 'ref' && base.path === FORMATTER)
        )
          return one({ kind: 'method', of: { kind: 'made', of: FORMATTER }, name });
        const computed =
          value.kind === 'instance' ? found.known.filter((one) => one.kind === 'function' && isProperty(one.node)) : [];
        if (computed.length > 0) return this.#call({ known: computed, open: false }, [one(value)], at);
        const outside = value.type.bases.known.flatMap((base) =>
          base.kind === 'ref' && value.kind === 'class' ? this.#partOf(base, name, at).known : [],
        );
        const stored = this.#fields.get(name);
        const bound = found.known.map((one): Value =>
          one.kind === 'function'
            ? { ...one, self: isClassMethod(one.node) ? { kind: 'class', type: value.type } : value }
            : one,
        );
        const unbound =
          value.kind === 'class'
            ? found.known.map((one): Value =>
                one.kind === 'function' && isClassMethod(one.node) ? { ...one, self: value } : one,
              )
            : bound;
        return {
          known: [...unbound, ...outside, ...(found.known.length === 0 ? (stored?.known ?? []) : [])],
          open: true,
        };
      }
      case 'function':
        return name === '__call__' ? one(value) : UNKNOWN;
      case 'path':
        if (name === 'parent') return one({ kind: 'path', text: joinedPath([value.text, '..']) });
        return one({ kind: 'method', of: value, name });
      case 'partial':
        return name === 'func'
          ? value.target
          : name === '__call__'
            ? one(value)
            : one({ kind: 'method', of: value, name });
      case 'made':
        return this.#fields.get(name) ?? one({ kind: 'method', of: value, name });
      case 'text':
      case 'list':
      case 'number':
      case 'constant':
        if (name === '__class__') return one({ kind: 'made', of: 'type' });
        return one({ kind: 'method', of: value, name });
      default:
        return one({ kind: 'method', of: value, name });
    }
  }

  #partOf(value: Value & { kind: 'ref' }, name: string, at: number): Values {
    const { path, detour } = value;
    if (name === '__dict__') return one({ kind: 'names', of: path });
    const own = this.#exported(path, name, at);
    if (own) return own;
    if (name === '__file__' && isLibrary(path) && this.#fileOf(path) === undefined)
      return one({ kind: 'path', text: `${PACKAGES_FOLDER}/${path.replaceAll('.', '/')}/__init__.py` });
    if (name === '__call__' || name === '__func__' || name === '__wrapped__') return one(value);
    if (path === 'sys' && name === 'modules') return one({ kind: 'names', of: 'sys.modules' });
    if (path === 'os' && (name === 'environ' || name === 'environb'))
      return one({ kind: 'made', of: 'os.environ', traces: { environment: 'all' } });
    if (name === '__self__' || name === '__module__')
      return ref(path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : 'builtins', true);
    if (name === '__getattribute__' && !/^builtins\.(?:object|type)$/.test(path))
      return one({ kind: 'partial', target: ref('builtins.getattr'), args: [one(value)], named: new Map() });
    if (name === '__subclasses__' && path.startsWith('builtins.')) this.#internal(name, at);
    const full = canonicalName(`${path}.${name}`);
    return (full === 'site.USER_SITE' ? packagesFolder(full) : undefined) ?? ref(full, detour);
  }

  /** `logging.config` calls what stands under `()`, `class` or `factory`. */
  #configured(values: Values, at: number, depth = 0): void {
    if (depth > 4) return;
    for (const value of values.known) {
      if (value.kind === 'list') for (const item of value.items) this.#configured(item, at, depth + 1);
      if (value.kind !== 'dict') continue;
      for (const [key, given] of value.items) {
        if (/^t(?:\(\)|class|factory)$/.test(key) && textOf(given) !== undefined)
          this.#handedOn(this.#modules(given, at, false), at);
        else if (key === 't()') this.#handedOn(given, at);
        else this.#configured(given, at, depth + 1);
      }
    }
  }

  /** `getattr(object, name)`. */
  #attributes(object: Values, name: Values, at: number): Values {
    const names = name.known.flatMap((value) => (value.kind === 'text' ? [value.text] : []));
    const open = name.open || names.length < name.known.length;
    const found = names.map((each) => detoured(this.#attribute(object, each, at)));
    if (!open) return joined(found);
    for (const value of object.known) {
      if (value.kind === 'ref' && HOLDS_MUCH.test(value.path))
        this.#tell(() => {
          this.report.detour(value.path, `It looks up a computed name of ${value.path}`, this.#place(at));
        });
      if (value.kind === 'own') found.push(this.#anyOwn());
    }
    return joined([...found, UNKNOWN]);
  }

  /** Modules by their names: `import_module(name)`. */
  #modules(name: Values, at: number, top: boolean): Values {
    const known: Value[] = [];
    let open = name.open;
    for (const value of name.known) {
      if (value.kind === 'text') {
        const module = canonicalName(top ? (value.text.split('.')[0] ?? '') : value.text);
        this.#imported(value.text, at);
        known.push({ kind: 'ref', path: module, detour: true });
      } else if (value.kind === 'own') known.push({ kind: 'own' });
      // A module of the own package, or of one that is named.
      else if (value.kind === 'begins' && isOwnOrOther(value.text)) known.push({ kind: 'made', of: 'module' });
      else open = true;
    }
    return { known, open };
  }

  #import(name: Values, at: number, top: boolean): Values {
    const modules = this.#modules(name, at, top);
    if (modules.open)
      this.#tell(() => {
        const decoded = name.known.some((value) => value.kind === 'hidden' && value.decoded);
        if (decoded) this.report.detour('import', 'It imports a module whose name it decodes', this.#place(at));
        else this.report.gap(`at character ${this.#place(at)} it imports a module whose name it does not hold`);
      });
    return modules;
  }

  // Calls

  #callExpr(expr: Expr & { kind: 'call' }, scope: Scope): Values {
    const { callee, at } = expr;
    const args = this.#args(expr.args, scope);
    if (callee.kind === 'attribute' && 'name' in callee.of && callee.of.name === '__annotations__')
      for (const given of [...args.list, ...args.named.values()]) this.#annotations(given, at);
    if (callee.kind === 'name' && callee.name === 'super') {
      let home: Scope | undefined = scope;
      while (home && home.kind !== 'class') home = home.parent;
      const bases = home?.owner?.bases ?? UNKNOWN;
      return {
        known: bases.known.map((base): Value =>
          base.kind === 'class'
            ? { kind: 'instance', type: base.type }
            : base.kind === 'ref'
              ? { kind: 'made', of: base.path }
              : base,
        ),
        open: true,
      };
    }
    if (callee.kind === 'name' && (callee.name === 'locals' || callee.name === 'vars') && args.list.length === 0) {
      if (scope.get(callee.name) === undefined) return this.#locals(scope);
    }
    if (callee.kind !== 'attribute') return this.#apply(this.#value(callee, scope), args, at, true, scope);
    const object = this.#value(callee.of, scope);
    if (args.list.length > 0 && isStartOf(object, callee)) {
      this.#tell(() => {
        this.report.detour(callee.name, 'It starts a program by a method of what it got', this.#place(callee.at));
      });
    }
    return this.#apply(this.#attribute(object, callee.name, callee.at), args, at, true, scope);
  }

  #locals(scope: Scope): Values {
    if (scope.kind === 'module') return one({ kind: 'names', of: '' });
    const items = new Map<string, Values>(
      [...scope.now].slice(0, ENTRIES_LIMIT).map(([name, values]) => [`t${name}`, values]),
    );
    return one({ kind: 'dict', items, rest: NOTHING });
  }

  #args(written: readonly Arg[], scope: Scope): Args {
    const values: Values[] = [];
    const named = new Map<string, Values>();
    let open = false;
    for (const { name, stars, value } of written) {
      const given = this.#value(value, scope);
      if (stars === 1) {
        const exact = exactItems(given);
        if (exact === undefined || exact.length > 200) {
          open = true;
          // What it holds is handed on, wherever.
          values.push(this.#anyOf(given));
        } else for (const each of exact) values.push(each);
      } else if (stars === 2) {
        for (const [key, each] of textEntries(given)) named.set(key, each);
        open = true;
      } else if (name === undefined) values.push(given);
      else named.set(name, given);
    }
    return { list: values, named, open };
  }

  /** Calls functions of the file by what is known of them. */
  #call(callee: Values, args: readonly Values[], at: number): Values {
    if (callee.known.length === 0) return UNKNOWN;
    return this.#apply(callee, { list: args, named: new Map(), open: false }, at, false);
  }

  #apply(callee: Values, args: Args, at: number, handed: boolean, scope: Scope = this.#module): Values {
    if (handed) this.#handed(callee, args, at);
    const all = callee.known.map((value) => this.#applyOne(value, args, at, scope));
    return joined([...all, ...(callee.open || callee.known.length === 0 ? [UNKNOWN] : [])]);
  }

  /** Functions that act and are given to a function that may call them. */
  #handed(callee: Values, args: Args, at: number): void {
    const plain = callee.known.length > 0 && !callee.open && callee.known.every((value) => isOnlyLookedAt(value));
    if (plain) return;
    const calls = callee.known.some(
      (value) =>
        (value.kind === 'ref' && isStandard(value.path.split('.')[0] ?? '')) ||
        value.kind === 'method' ||
        value.kind === 'made',
    );
    const follows =
      callee.known.length > 0 && callee.known.every(({ kind }) => kind === 'function' || kind === 'class');
    // `atexit.register(shutil.rmtree, folder)` of a folder that it made itself.
    const ownFolder = args.list.some(({ known }) =>
      known.some((value) => value.kind === 'made' && TEMPORARY.test(value.of)),
    );
    for (const values of [...args.list, ...args.named.values()]) {
      const deletes =
        ownFolder && values.known.every((value) => value.kind === 'ref' && effectOf(value.path) === 'delete');
      if (!follows && !deletes) this.#handedOn(values, at);
      // Most functions that take a function take what it is called with beside it.
      for (const value of values.known)
        if (value.kind === 'ref') {
          const others = (): Args => ({
            list: [...args.list, ...args.named.values()].filter((other) => other !== values),
            named: new Map(),
            open: true,
          });
          this.#reaches(
            actOfCall(value.path, () => seenCall(others())),
            at,
          );
        }
      if (!calls) continue;
      for (const value of values.known) {
        if (value.kind !== 'function' && value.kind !== 'partial') continue;
        this.#applyOne(value, NO_ARGS, at, this.#module);
      }
    }
  }

  #handedOn(values: Values, at: number, depth = 0): void {
    for (const value of values.known) {
      if (value.kind === 'ref' && !isWholeModule(value.path)) {
        this.#acts(value, NO_ARGS, at, true);
        this.#tell(() => {
          this.report.used(value.path);
        });
      } else if (depth < 2 && value.kind === 'list')
        for (const inner of [...value.items.slice(0, ENTRIES_LIMIT), value.rest]) this.#handedOn(inner, at, depth + 1);
      else if (value.kind === 'partial' && depth < 2) this.#handedOn(value.target, at, depth + 1);
    }
  }

  #applyOne(value: Value, args: Args, at: number, scope: Scope): Values {
    this.#step();
    switch (value.kind) {
      case 'ref':
        return this.#applyRef(value, args, at, scope);
      case 'function': {
        if (!this.#isForeign(value.scope)) return this.#inline(value, args);
        // What a function of another file does is told where it is called.
        const before = this.#codeAt;
        this.#codeAt ??= at;
        const returned = this.#inline(value, args);
        this.#codeAt = before;
        return returned;
      }
      case 'class':
        return this.#instance(value, args, at);
      case 'instance':
        return this.#call(this.#inherited(value.type, '__call__'), [one(value), ...args.list], at);
      case 'partial':
        return this.#apply(
          value.target,
          {
            list: [...value.args, ...args.list],
            named: new Map([...value.named, ...args.named]),
            open: args.open,
          },
          at,
          false,
          scope,
        );
      case 'getter':
        return this.#get(value, args, at);
      case 'method':
        return this.#method(value, args, at);
      case 'made':
        return one({ kind: 'made', of: value.of });
      default:
        return UNKNOWN;
    }
  }

  #instance(value: Value & { kind: 'class' }, args: Args, at: number): Values {
    const { type } = value;
    const made: Value = { kind: 'instance', type };
    for (const base of type.bases.known) {
      if (base.kind !== 'ref') continue;
      this.#acts(base, args, at, false);
      this.#reaches(
        actOfCall(base.path, () => seenCall(args)),
        at,
      );
    }
    for (const name of ['__new__', '__init__', '__post_init__']) {
      const found = this.#inherited(type, name);
      const first = one(name === '__new__' ? value : made);
      if (found.known.length > 0)
        this.#apply(found, { ...args, list: [first, ...(name === '__post_init__' ? [] : args.list)] }, at, false);
    }
    return { known: [made], open: false };
  }

  #get({ what, keys }: Value & { kind: 'getter' }, args: Args, at: number): Values {
    const [object] = args.list;
    if (!object) return UNKNOWN;
    const [first, ...rest] = keys;
    if (what === 'method') {
      const method = first ? this.#path(object, first, at) : UNKNOWN;
      return this.#apply(method, { list: rest, named: new Map(), open: false }, at, true);
    }
    const found = keys.map((key) =>
      what === 'attribute' ? this.#path(object, key, at) : this.#itemOf(object, key, at),
    );
    return found.length === 1 ? (found[0] ?? UNKNOWN) : list(found);
  }

  /** Attributes by a dotted name. */
  #path(object: Values, name: Values, at: number): Values {
    const path = textOf(name);
    if (path === undefined) return this.#attributes(object, name, at);
    const parts = path.split('.');
    return parts
      .slice(-PARTS_LIMIT)
      .reduce((found, part) => this.#attributes(found, text(part), at), parts.length > PARTS_LIMIT ? UNKNOWN : object);
  }

  // Functions of the file

  #inline(value: Value & { kind: 'function' }, args: Args): Values {
    const { node } = value;
    const weight = Math.max(0, ...[...args.list, ...args.named.values()].map((values) => weightOf(values)));
    const results = this.#results.get(node) ?? new Map<string, Values>();
    this.#results.set(node, results);
    const phase = `${this.#later}${this.#exact}`;
    const key = weight === 0 && value.self === undefined ? phase : `${phase} ${this.#keyOf(value, args)}`;
    const known = results.get(key);
    if (known) return known;
    const ways = WAYS[weight] ?? 0;
    if (this.#calls >= CALLS_LIMIT || results.size >= ways || this.#steps > STEPS_LIMIT) {
      if (weight > 1 && (this.#steps > STEPS_LIMIT || results.size >= ways))
        this.#tell(() => {
          this.report.gap(TOO_INVOLVED);
        });
      return { ...joined(results.values()), open: true };
    }
    // A call of itself returns what is not known yet.
    results.set(key, UNKNOWN);
    const returned = this.#run(value, args);
    results.set(key, returned);
    return returned;
  }

  #keyOf({ self }: Value & { kind: 'function' }, args: Args): string {
    const ids = [...args.list, ...[...args.named].flatMap(([name, values]) => [text(name), values])].map(
      (values) => values.known.map((value) => this.#id(value)).join('|') + (values.open ? '?' : ''),
    );
    return `${self ? this.#id(self) : ''}(${ids.join(',')}${args.open ? '…' : ''})`;
  }

  readonly #ids = new Map<object, number>();

  #idsOf(values: readonly Values[], depth: number): string {
    if (depth > 2) return '…';
    return values.map(({ known }) => known.map((value) => this.#id(value, depth + 1)).join('|')).join(',');
  }

  #id(value: Value, depth = 0): string {
    switch (value.kind) {
      case 'text':
        return value.text.length > 200 ? `t${value.text.length}:${value.text.slice(0, 200)}` : `t${value.text}`;
      case 'number':
        return `n${value.value}`;
      case 'ref':
        return `r${value.path}`;
      case 'made':
        return `m${value.of}`;
      case 'constant':
      case 'own':
      case 'hidden':
        return value.kind;
      case 'class':
      case 'instance':
        return `${value.kind}${this.#number(value.type.node)}`;
      case 'function':
        return `f${this.#number(value.node)}`;
      case 'method':
        return `${this.#id(value.of)}.${value.name}`;
      case 'list':
        return `[${this.#idsOf([...value.items.slice(0, LISTED), value.rest], depth)}]`;
      case 'dict':
        return `{${this.#idsOf([...[...value.items.values()].slice(0, LISTED), value.rest], depth)}}`;
      default:
        return `${value.kind}${this.#number(value)}`;
    }
  }

  #number(object: object): number {
    const known = this.#ids.get(object) ?? this.#ids.size;
    this.#ids.set(object, known);
    return known;
  }

  #run(value: Value & { kind: 'function' }, args: Args): Values {
    const { node } = value;
    const scope = new Scope(value.scope, 'function');
    const known = args.list.length + args.named.size > 0 && !args.open;
    this.#bind(value, args, scope);
    const [weak, exact, dry, returns, around] = [this.#weak, this.#exact, this.#dry, this.#returns, this.#loops];
    this.#loops = 0;
    this.#left = undefined;
    this.#weak = false;
    this.#exact = known && [...args.list, ...args.named.values()].every(isConstant);
    this.#dry = false;
    this.#returns = NOTHING;
    this.#calls += 1;
    try {
      if (node.kind === 'lambda') this.#returns = this.#value(node.body, scope);
      else this.#block(node.body, scope);
      // A pickler writes what it returns, and an unpickler calls it.
      if (node.kind === 'def' && /^__reduce(?:_ex)?__$/.test(node.name)) this.#handedOn(this.#returns, node.at);
      else this.#returned(this.#returns, node.at);
      return this.#returns;
    } finally {
      this.#calls -= 1;
      this.#weak = weak;
      this.#exact = exact;
      this.#dry = dry;
      this.#returns = returns;
      this.#loops = around;
      this.#left = undefined;
    }
  }

  #bind({ node, scope: around, self }: Value & { kind: 'function' }, args: Args, scope: Scope): void {
    const isStatic =
      node.kind === 'def' && node.decorators.some((one) => one.kind === 'name' && one.name === 'staticmethod');
    const owner = around.kind === 'class' && !isStatic ? around.owner : undefined;
    let given = [...args.list];
    if (self && !isStatic) given = [one(self), ...given];
    else if (owner && node.kind === 'def' && given.length === 0 && args.open)
      given = [one({ kind: isClassMethod(node) ? 'class' : 'instance', type: owner })];
    let next = 0;
    for (const { name, stars, initial } of node.params) {
      if (stars === 1) {
        scope.set(name, list(given.slice(next), args.open ? UNKNOWN : NOTHING), false);
        next = given.length;
        continue;
      }
      if (stars === 2) {
        const items = new Map<string, Values>([...args.named].map(([key, values]) => [`t${key}`, values]));
        scope.set(name, one({ kind: 'dict', items, rest: args.open ? UNKNOWN : NOTHING }), false);
        continue;
      }
      const passed = args.named.get(name) ?? given[next];
      if (!args.named.has(name)) next += 1;
      const byDefault = passed === undefined && initial ? this.#value(initial, around) : undefined;
      const value = passed ?? byDefault ?? UNKNOWN;
      scope.set(name, args.open && passed === undefined ? { ...value, open: true } : value, false);
    }
  }

  // Functions of Python and of libraries

  #acts(value: Value & { kind: 'ref' }, args: Args, at: number, handed: boolean): void {
    const path = value.path;
    const effect = effectOf(path);
    if (path.endsWith('.*') && HOLDS_MUCH.test(path))
      this.#tell(() => {
        this.report.detour(path, `It calls what it finds in ${path.slice(0, -2)}`, this.#place(at));
      });
    if (effect === undefined || isWholeModule(path)) return;
    if (
      effect === 'delete' &&
      args.list[0]?.known.some((value) => value.kind === 'made' && TEMPORARY.test(value.of)) === true
    )
      return;
    const hidden = !handed && [...args.list, ...args.named.values()].some(isDecoded);
    this.#tell(() => {
      this.report.call({
        path,
        effect,
        at: this.#place(at),
        later: this.#later,
        detour: value.detour,
        hidden,
        named: args.named,
      });
    });
  }

  #reaches(what: string | undefined, at: number): void {
    if (what === undefined) return;
    this.#tell(() => {
      this.report.reaches(what, this.#place(at));
    });
  }

  #applyRef(value: Value & { kind: 'ref' }, args: Args, at: number, scope: Scope): Values {
    const { path } = value;
    const name = path.startsWith('builtins.') ? path.slice('builtins.'.length) : path;
    const [first = UNKNOWN, second = UNKNOWN] = args.list;
    const argument = (index: number, key: string): Values => args.list[index] ?? args.named.get(key) ?? UNKNOWN;
    this.#tell(() => {
      this.report.used(path);
    });
    if (RUNS_TEXT.has(name)) return this.#runs(value, name, args, at, scope);
    this.#acts(value, args, at, false);
    this.#reaches(
      actOfCall(name, () => seenCall(args)),
      at,
    );
    if (actOf(name) === 'expression' && args.list.some((values) => isInside(textOf(values))))
      this.#reaches('runs a text that reaches into the interpreter', at);
    if (isObjectLoader(name))
      for (const data of first.known)
        if (data.kind === 'text' && (data.bytes || /(?:loads|yaml|jsonpickle|decode)/.test(name)))
          this.#tell(() => {
            this.report.loads(name, data.text, this.#place(at));
          });
    switch (name) {
      case 'getattr':
        return join(this.#attributes(first, second, at), args.list[2] ?? NOTHING);
      case 'setattr':
        for (const key of second.known)
          if (key.kind === 'text') this.#setAttribute(first, key.text, argument(2, ''), at);
        return UNKNOWN;
      case 'object.__getattribute__':
      case 'type.__getattribute__':
        return this.#attributes(first, second, at);
      case '__import__':
        return this.#import(argument(0, 'name'), at, args.list.length < 4 && !args.named.has('fromlist'));
      case 'importlib.import_module':
      case 'importlib.__import__':
      case 'importlib._bootstrap._gcd_import':
      case 'imp.load_module':
        return this.#import(argument(0, 'name'), at, name.endsWith('__'));
      case 'importlib.reload':
        return first;
      case 'pkgutil.resolve_name':
      case 'pydoc.locate':
      case 'pydoc.safeimport':
      case 'logging.config._resolve':
      case 'unittest.mock._importer':
      case 'hydra.utils.get_method':
      case 'hydra.utils.get_class':
      case 'hydra.utils.get_object':
      case 'hydra._internal.utils._locate':
      case 'django.utils.module_loading.import_string':
        return this.#import(
          mapped(first, (path) => path.replaceAll(':', '.')),
          at,
          false,
        );
      case 'vars':
        return joined(first.known.map((one) => this.#namesOf(one)).concat(first.open ? [UNKNOWN] : []));
      case 'globals':
      case 'locals':
        return one({ kind: 'names', of: '' });
      case 'dir':
        return first.known.some(({ kind }) => kind === 'ref')
          ? list([], one({ kind: 'hidden', decoded: false }))
          : UNKNOWN;
      case 'ast.literal_eval': {
        const literal = textOf(first);
        return literal === undefined
          ? this.#computed(name, args, at)
          : this.#code(literal, true, at, new Scope(undefined, 'module'));
      }
      case 'str.format':
      case 'str.format_map':
        if (textOf(first) !== undefined)
          this.#formats(
            textOf(first) ?? '',
            fieldArgs(name.slice('str.'.length), { ...args, list: args.list.slice(1) }),
            at,
          );
        return hiddenIn(args.list);
      case 'string.Formatter.format':
      case 'string.Formatter.vformat':
      case 'string.Formatter.get_field':
      case 'string.Formatter.get_value':
        return this.#formatter(name.slice('string.Formatter.'.length), { ...args, list: args.list.slice(1) }, at);
      case 'copyreg.add_extension': {
        const module = this.#import(first, at, false);
        this.#handedOn(this.#attributes(module, second, at), at);
        return UNKNOWN;
      }
      case 'logging.config.dictConfig':
        this.#configured(first, at);
        return UNKNOWN;
      case 'iter':
        if (args.list.length < 2) return this.#computed(name, args, at);
        return list([], this.#apply(first, { list: [], named: new Map(), open: false }, at, false, scope));
      case 'typing.ForwardRef':
      case 'typing.NamedTuple':
      case 'typing.TypedDict':
      case 'typing_extensions.TypedDict':
      case 'dataclasses.make_dataclass':
        for (const given of name === 'typing.ForwardRef' ? args.list.slice(0, 1) : args.list.slice(1))
          this.#annotations(given, at);
        return this.#computed(name, args, at);
      case 'operator.attrgetter':
        return one({ kind: 'getter', what: 'attribute', keys: args.list });
      case 'operator.itemgetter':
        return one({ kind: 'getter', what: 'item', keys: args.list });
      case 'operator.methodcaller':
        return one({ kind: 'getter', what: 'method', keys: args.list });
      case 'operator.call':
        return this.#apply(first, { ...args, list: args.list.slice(1) }, at, false, scope);
      case 'operator.getitem':
        return this.#itemOf(first, second, at);
      case 'functools.partial':
      case 'functools.partialmethod':
        return one({ kind: 'partial', target: first, args: args.list.slice(1), named: args.named });
      case 'functools.reduce':
        return this.#apply(
          first,
          { list: [argument(2, 'initial'), this.#anyOf(second)], named: new Map(), open: false },
          at,
          false,
          scope,
        );
      case 'map':
      case 'itertools.starmap':
        return this.#map(first, args.list.slice(1), at, scope);
      case 'filter':
        this.#apply(first, { list: [this.#anyOf(second)], named: new Map(), open: false }, at, false, scope);
        return list([], this.#anyOf(second));
      case 'next':
      case 'max':
      case 'min':
      case 'random.choice':
        return args.list.length === 1 || name === 'next' ? this.#anyOf(first) : joined(args.list);
      case 'type':
        if (args.list.length === 3) return this.#madeClass(args.list, at);
        return joined(
          first.known.map((one): Values =>
            one.kind === 'instance' ? { known: [{ kind: 'class', type: one.type }], open: false } : UNKNOWN,
          ),
        );
      case 'sys._getframe':
      case 'inspect.currentframe':
        return UNKNOWN;
      case 'os.path.join':
        return this.#joinPaths(args.list, at, 'text');
      case 'os.path.expanduser':
      case 'os.path.expandvars':
        return mapped(first, expandedFolder);
      case 'os.path.dirname':
        if (only(first)?.kind !== 'path') return this.#computed(name, args, at);
        return this.#attribute(first, 'parent', at);
      case 'os.path.normpath':
      case 'os.path.abspath':
      case 'os.path.realpath':
      case 'os.fspath':
        return first;
      case 'os.getenv':
        return variable(first);
      case 'tempfile.gettempdir':
        return text('/tmp');
      case 'pathlib.Path':
      case 'pathlib.PosixPath':
      case 'pathlib.PurePath':
        return this.#joinPaths(args.list, at, 'path');
      case 'pathlib.Path.home':
        return one({ kind: 'path', text: '~' });
      case 'dict': {
        if (hasEnvironment(args.list)) return leftOf(args.list);
        const items = new Map<string, Values>([...args.named].map(([key, values]) => [`t${key}`, values]));
        const base = first.known.find((one) => one.kind === 'dict');
        if (base?.kind === 'dict') for (const [key, values] of base.items) if (!items.has(key)) items.set(key, values);
        for (const pair of exactItems(first) ?? []) {
          const both = exactItems(pair);
          const key = both?.[0] && entryKey(both[0]);
          if (key !== undefined && both?.[1] && only(pair)?.kind === 'list') items.set(key, both[1]);
        }
        const open = args.open || (args.list.length > 0 && base === undefined && exactItems(first) === undefined);
        return one({ kind: 'dict', items, rest: open ? UNKNOWN : base?.kind === 'dict' ? base.rest : NOTHING });
      }
      case 'sorted': {
        const key = args.named.get('key');
        if (key) this.#apply(key, { list: [this.#anyOf(first)], named: new Map(), open: false }, at, false, scope);
        return list([], this.#anyOf(first));
      }
      case 'types.SimpleNamespace':
        for (const [key, values] of args.named) this.#setAttribute(UNKNOWN, key, values, at);
        return UNKNOWN;
      case 'importlib.util.spec_from_file_location': {
        const file = textOf(argument(1, 'location'));
        if (file !== undefined && !/\.(?:py|so|pyd)$/.test(file))
          this.#acts({ ...value, path: 'runpy.run_path' }, args, at, false);
        else
          this.#tell(() => {
            this.report.gap(`at character ${this.#place(at)} it runs a file as Python that is not read with it`);
          });
        return one({ kind: 'made', of: name });
      }
      case 'os.putenv':
        this.#sets(textOf(first), second, at);
        return UNKNOWN;
      case 'sys.path.insert':
      case 'sys.path.append':
        for (const added of args.list)
          if (/\.(?:zip|whl|egg|bin|pt|pth|dat)$/.test(textOf(added) ?? ''))
            this.#tell(() => {
              this.report.detour('sys.path', 'It imports from an archive', this.#place(at));
            });
        return UNKNOWN;
      case 'sys.modules.get':
        return this.#modules(first, at, false);
      default:
        return this.#computed(name, args, at);
    }
  }

  #computed(name: string, args: Args, at: number): Values {
    const known = args.open ? undefined : (compute(name, args.list) ?? packagesFolder(name));
    if (known) {
      const [value] = known.known;
      if (value?.kind === 'list') this.#steps += value.items.length >> 2;
      return this.#made(known, at);
    }
    const last = name.slice(name.lastIndexOf('.') + 1);
    if (DECODERS.has(last)) return one({ kind: 'hidden', decoded: true, from: name });
    if (KEEPS_ITEMS.has(name) && args.list[0]) return list([], this.#anyOf(args.list[0]));
    const hidden = hiddenIn(args.list);
    if (hidden.known.length > 0) return hidden;
    // An exception carries its arguments to whoever catches it.
    if (/(?:Error|Exception)$/.test(name) && args.list.length > 0)
      this.#setAttribute(UNKNOWN, 'args', list([], joined(args.list)), at);
    return one({ kind: 'made', of: name, ...tracesOf(args.list) });
  }

  #namesOf(value: Value): Values {
    if (value.kind === 'ref') return one({ kind: 'names', of: value.path });
    return value.kind === 'own' ? one({ kind: 'names', of: '' }) : UNKNOWN;
  }

  #joinPaths(parts: readonly Values[], at: number, kind: 'text' | 'path'): Values {
    const shown = parts.map(plainText);
    if (shown.includes(undefined)) return this.#partly(parts);
    const path = joinedPath(shown.map((part) => part ?? ''));
    return this.#made(kind === 'text' ? text(path) : one({ kind: 'path', text: path }), at);
  }

  #map(callee: Values, over: readonly Values[], at: number, scope: Scope): Values {
    const exact = over.map(exactItems);
    const size = Math.min(...exact.map((items) => items?.length ?? Infinity));
    const rounds =
      exact.includes(undefined) || size > ROUNDS_LIMIT || this.#isSpent()
        ? undefined
        : Array.from({ length: size }, (_, index) => exact.map((items) => items?.[index] ?? UNKNOWN));
    const apply = (given: readonly Values[]): Values =>
      this.#apply(callee, { list: given, named: new Map(), open: false }, at, false, scope);
    if (rounds === undefined || rounds.length === 0) return list([], apply(over.map((values) => this.#anyOf(values))));
    return list(rounds.map(apply));
  }

  /** `exec`, `eval` and the functions of Python that run a text. */
  #runs(value: Value & { kind: 'ref' }, name: string, args: Args, at: number, scope: Scope): Values {
    const code = args.list[0] ?? args.named.get('source') ?? args.named.get('stmt') ?? UNKNOWN;
    const texts = code.known.flatMap((one) => (one.kind === 'text' ? [one] : []));
    const decoded = [...args.list, ...args.named.values()].some(isDecoded);
    const plain = !code.open && texts.length === code.known.length && !decoded;
    const runsObjects = name === 'timeit.timeit' || name === 'timeit.repeat' || name === 'timeit.Timer';
    const isObject = runsObjects && code.known.every(({ kind }) => kind === 'function' || kind === 'partial');
    // A text that stands in the file is read as a part of it.
    if (name === 'marshal.loads')
      for (const { text } of texts)
        this.#tell(() => {
          this.report.loads(name, text, this.#place(at));
        });
    if (!plain && !isObject)
      this.#tell(() => {
        const effect = effectOf(value.path) ?? 'code';
        this.report.call({
          path: name,
          effect,
          at: this.#place(at),
          later: this.#later,
          detour: value.detour,
          hidden: decoded,
          named: args.named,
        });
      });
    if (name === 'compile') return joined([{ known: texts, open: false }, ...(plain ? [] : [hiddenIn(args.list)])]);
    const names = name === 'exec' ? args.list[1]?.known.find((one) => one.kind === 'dict') : undefined;
    const inner = names ? new Scope(this.#module, 'function') : scope;
    const results = texts.map((one) => this.#code(one.text, name === 'eval', at, inner));
    if (names?.kind === 'dict') for (const [own, values] of inner.now) names.items.set(`t${own}`, values);
    return joined(results.concat(plain ? [] : [UNKNOWN]));
  }

  #code(source: string, isExpression: boolean, at: number, scope: Scope): Values {
    if (this.#codeDepth >= CODE_DEPTH) {
      this.report.gap('it runs texts that run texts, too deep to be followed');
      return UNKNOWN;
    }
    const { body, broken } = parsePython(lexPython(isExpression ? source.trim() : source));
    if (broken !== undefined) return UNKNOWN;
    const before = this.#codeAt;
    this.#codeAt ??= at;
    this.#codeDepth += 1;
    try {
      const [only] = body;
      if (isExpression && only?.kind === 'expression' && only.values[0]) return this.#value(only.values[0], scope);
      this.#block(body, scope);
      return UNKNOWN;
    } finally {
      this.#codeDepth -= 1;
      this.#codeAt = before;
    }
  }

  #method({ of, name }: Value & { kind: 'method' }, args: Args, at: number): Values {
    const [first = UNKNOWN, second] = args.list;
    this.#reaches(
      actOfMethod(
        name,
        () => seen(one(of)),
        () => seenCall(args),
      ),
      at,
    );
    switch (of.kind) {
      case 'text': {
        if (name === 'format' || name === 'format_map') this.#formats(of.text, fieldArgs(name, args), at);
        const known = args.open ? undefined : textMethod(of, name, args.list);
        if (known) return this.#made(known, at);
        if (name === 'format' || name === 'join') {
          const begin = name === 'format' ? (of.text.split('{', 1)[0] ?? '') : '';
          const parts = name === 'join' ? [this.#anyOf(first)] : args.list;
          const hidden = hiddenIn(parts);
          if (hidden.known.length > 0) return hidden;
          return begin === '' || hasEnvironment(parts) ? leftOf(parts) : one({ kind: 'begins', text: begin });
        }
        return hiddenIn([one(of), ...args.list]);
      }
      case 'hidden':
        return one(of);
      case 'begins':
        return ['strip', 'rstrip', 'replace', 'lower', 'format'].includes(name) ? one(of) : UNKNOWN;
      case 'number':
        if (name === 'to_bytes') {
          const size = numberOf(first);
          const order = textOf(second ?? args.named.get('byteorder')) ?? 'big';
          if (size === undefined || size > 1000 || of.value < 0) return one({ kind: 'hidden', decoded: true });
          const bytes = Buffer.from(of.value.toString(16).padStart(2 * size, '0'), 'hex');
          return text((order === 'little' ? bytes.reverse() : bytes).toString('latin1'), {
            bytes: true,
            decoded: true,
          });
        }
        return UNKNOWN;
      case 'list':
        return this.#listMethod(of, name, args);
      case 'dict':
        return this.#dictMethod(of, name, args, at);
      case 'names':
        if (name === 'get' || name === 'pop' || name === '__getitem__' || name === 'setdefault')
          return join(this.#named(of.of, first, at), second ?? NOTHING);
        if (name === 'update' || name === '__setitem__') {
          if (of.of !== '') this.#patched(`${of.of}.*`, at);
          return UNKNOWN;
        }
        if (of.of === '' || of.of === 'sys.modules') return UNKNOWN;
        if (name === 'values') return list([], ref(`${of.of}.*`, true));
        return name === 'items'
          ? list([], list([one({ kind: 'hidden', decoded: false }), ref(`${of.of}.*`, true)]))
          : UNKNOWN;
      case 'path':
        if (name === 'joinpath') return this.#joinPaths([text(of.text), ...args.list], at, 'path');
        if (name === 'with_name') return this.#joinPaths([text(of.text), text('..'), first], at, 'path');
        if (name === 'read_text' || name === 'read_bytes') return one({ kind: 'made', of: 'open' });
        return ['expanduser', 'resolve', 'absolute', '__str__', 'as_posix'].includes(name)
          ? one(of)
          : one({ kind: 'made', of: `pathlib.Path.${name}`, traces: { place: of.text } });
      case 'made':
        if (of.of === FORMATTER) return this.#formatter(name, args, at);
        if (of.of === 'os.environ' && (name === 'get' || name === '__getitem__')) {
          return variable(first);
        }
        if (DECODERS.has(name)) return one({ kind: 'hidden', decoded: true });
        if (of.of === 'os.environ' && name === 'update') {
          for (const [key, values] of [...args.named, ...textEntries(first)]) this.#sets(key, values, at);
        }
        if (of.of === 'os.environ' && name === 'setdefault') this.#sets(textOf(first), second ?? UNKNOWN, at);
        if (of.of === FIELDS && name === 'update') {
          for (const [field, values] of args.named) this.#setAttribute(UNKNOWN, field, values, at);
          for (const [field, values] of textEntries(first)) this.#setAttribute(UNKNOWN, field, values, at);
        }
        return one(of);
      default:
        return DECODERS.has(name) ? one({ kind: 'hidden', decoded: true }) : UNKNOWN;
    }
  }

  /** What the fields of a text for `str.format` take of its arguments. */
  #formats(pattern: string, args: Args, at: number): void {
    if (!pattern.includes('{')) return;
    for (const field of formatFields(pattern)) this.#field(field, args, at);
  }

  #field({ argument, path }: FormatField, { list: given, named }: Args, at: number): Values {
    const first = /^\d+$/.test(argument) ? given[Number(argument)] : named.get(argument);
    return path
      .slice(-PARTS_LIMIT)
      .reduce(
        (object, { name, isItem }) =>
          isItem
            ? this.#itemOf(object, /^\d+$/.test(name) ? number(Number(name)) : text(name), at)
            : detoured(this.#attribute(object, name, at)),
        path.length > PARTS_LIMIT ? UNKNOWN : (first ?? UNKNOWN),
      );
  }

  /** Methods of `string.Formatter`. */
  #formatter(name: string, args: Args, at: number): Values {
    const [first = UNKNOWN, given = UNKNOWN, more = UNKNOWN] = args.list;
    const written = textOf(first);
    const taken = (): Args => ({
      list: exactItems(given) ?? [],
      named: new Map(textEntries(more)),
      open: false,
    });
    switch (name) {
      case 'format':
        if (written !== undefined) this.#formats(written, { ...args, list: args.list.slice(1) }, at);
        return hiddenIn(args.list);
      case 'vformat':
        if (written !== undefined) this.#formats(written, taken(), at);
        return hiddenIn(args.list);
      case 'get_field':
        return list([written === undefined ? UNKNOWN : this.#field(formatField(written), taken(), at), UNKNOWN]);
      case 'get_value':
        return this.#itemOf(written === undefined ? given : more, first, at);
      default:
        return one({ kind: 'made', of: FORMATTER });
    }
  }

  #listMethod(of: Value & { kind: 'list' }, name: string, args: Args): Values {
    const [first = UNKNOWN, second] = args.list;
    const add = (values: Values): void => {
      if (this.#dry) return;
      if (this.#weak || of.items.length >= ENTRIES_LIMIT) of.rest = join(of.rest, values);
      else of.items.push(values);
    };
    switch (name) {
      case 'append':
      case 'add':
      case 'appendleft':
        add(first);
        return UNKNOWN;
      case 'extend':
      case 'update':
        for (const values of exactItems(first) ?? []) add(values);
        if (exactItems(first) === undefined && !this.#dry) of.rest = join(of.rest, this.#anyOf(first));
        return UNKNOWN;
      case 'insert':
        if (!this.#dry) of.rest = join(of.rest, second ?? UNKNOWN);
        return UNKNOWN;
      case 'reverse':
        if (!this.#dry && !this.#weak) of.items.reverse();
        return UNKNOWN;
      case 'pop':
      case '__getitem__':
        return (args.list[0] && item(of, first)) ?? anyOf(of.items, of.rest);
      case 'copy':
        return list(of.items, of.rest);
      default:
        return UNKNOWN;
    }
  }

  #dictMethod(of: Value & { kind: 'dict' }, name: string, args: Args, at: number): Values {
    const [first = UNKNOWN, second] = args.list;
    switch (name) {
      case 'get':
      case 'pop':
      case 'setdefault':
      case '__getitem__':
        if (name === 'setdefault' && second) this.#setItem(one(of), first, second, at);
        return join(this.#itemOf(one(of), first, at), second ?? NOTHING);
      case 'values':
        return list([...of.items.values()], of.rest);
      case 'keys':
        return list(itemsOf(of).items, of.rest.open ? UNKNOWN : NOTHING);
      case 'items': {
        if (of.rest.open || of.rest.known.length > 0)
          return list([], list([UNKNOWN, anyOf(of.items.values(), of.rest)]));
        const values = [...of.items.values()];
        return list(itemsOf(of).items.map((key, index) => list([key, values[index] ?? UNKNOWN])));
      }
      case 'update':
        for (const [key, values] of args.named) this.#setItem(one(of), text(key), values, at);
        for (const value of first.known)
          if (value.kind === 'dict') for (const [key, values] of value.items) of.items.set(key, values);
        if (first.open && args.list.length > 0) of.rest = { ...of.rest, open: true };
        return UNKNOWN;
      case 'copy':
        return one({ kind: 'dict', items: new Map(of.items), rest: of.rest });
      default:
        return UNKNOWN;
    }
  }

  #tell(tell: () => void): void {
    if (this.#telling) tell();
  }

  #place(at: number): number {
    return this.#codeAt ?? at;
  }
}

function first<K, V>(map: ReadonlyMap<K, V>): V | undefined {
  for (const value of map.values()) return value;
  return undefined;
}

function restore(scope: Scope, kept: ReadonlyMap<string, Values>): void {
  for (const name of [...scope.now.keys()]) if (!kept.has(name)) scope.now.delete(name);
  for (const [name, values] of kept) scope.now.set(name, values);
}

function isMain(test: Expr): boolean {
  return (
    test.kind === 'chain' &&
    test.first.kind === 'name' &&
    test.first.name === '__name__' &&
    test.rest.some(({ value }) => value.kind === 'text' && value.text === '__main__')
  );
}

function isClassMethod(node: FunctionDef | Lambda): boolean {
  return (
    node.kind === 'def' &&
    (node.name === '__new__' || node.decorators.some((one) => one.kind === 'name' && one.name === 'classmethod'))
  );
}

/** Its result stands for the attribute. */
function isProperty(node: FunctionDef | Lambda): boolean {
  return (
    node.kind === 'def' &&
    node.decorators.some(
      (one) => (one.kind === 'name' || one.kind === 'attribute') && /^(?:cached_)?property$/.test(one.name),
    )
  );
}

function truthOf(values: Values): boolean | undefined {
  const value = only(values);
  switch (value?.kind) {
    case 'constant':
      return value.name !== 'None' && value.name !== 'False';
    case 'number':
      return value.value !== 0;
    case 'text':
      return value.text !== '';
    case 'list':
      return value.rest.open || value.rest.known.length > 0 ? undefined : value.items.length > 0;
    default:
      return undefined;
  }
}

function isConstant(values: Values): boolean {
  const value = only(values);
  return value?.kind === 'text' || value?.kind === 'number' || value?.kind === 'list' || value?.kind === 'constant';
}

function isDecoded(values: Values): boolean {
  return values.known.some((value) => (value.kind === 'text' || value.kind === 'hidden') && value.decoded);
}

/** How much depends on what a function does with an argument: 2 for one that acts, 1 for one that is known. */
function weightOf({ known }: Values, depth = 0): number {
  let weight = 0;
  for (const value of known) {
    switch (value.kind) {
      case 'ref':
        if (HOLDS_MUCH.test(value.path) || effectOf(value.path) !== undefined) return 2;
        break;
      case 'names':
      case 'own':
      case 'partial':
      case 'getter':
        return 2;
      case 'text':
      case 'number':
      case 'function':
      case 'class':
        weight = 1;
        break;
      case 'list':
      case 'dict': {
        if (depth > 1) break;
        const items = value.kind === 'list' ? value.items : [...value.items.values()];
        for (const values of [...items.slice(0, LISTED), value.rest])
          weight = Math.max(weight, weightOf(values, depth + 1));
        break;
      }
      default:
    }
  }
  return weight;
}

function hiddenIn(all: readonly Values[]): Values {
  const decoded = all.some(isDecoded);
  const hidden = decoded || all.some(({ known }) => known.some(({ kind }) => kind === 'hidden'));
  return hidden ? { known: [{ kind: 'hidden', decoded }], open: true } : UNKNOWN;
}

/** What is left of values that something unknown is made of. */
function leftOf(values: readonly Values[]): Values {
  const traces = tracesOf(values);
  return traces.traces === undefined ? UNKNOWN : { known: [{ kind: 'made', of: '', ...traces }], open: true };
}

function hasEnvironment(values: readonly Values[]): boolean {
  return tracesOf(values).traces?.environment !== undefined;
}

function seenCall({ list: given, named }: Args): GivenCall {
  return { args: given.map(seen), named: new Map([...named].map(([name, values]) => [name, seen(values)])) };
}

function detoured(values: Values): Values {
  return { ...values, known: values.known.map((value) => (value.kind === 'ref' ? { ...value, detour: true } : value)) };
}

function mapped(values: Values, change: (text: string) => string): Values {
  return {
    ...values,
    known: values.known.map((value) => (value.kind === 'text' ? { ...value, text: change(value.text) } : value)),
  };
}

/** What another file has as its own module is that file here. */
function seenFrom(path: string, values: Values): Values {
  if (!values.known.some(({ kind }) => kind === 'own')) return values;
  return {
    ...values,
    known: values.known.map((value) => (value.kind === 'own' ? { kind: 'ref', path, detour: false } : value)),
  };
}

/** A folder by the variable of the environment that names it. */
function variable(name: Values): Values {
  const written = textOf(name) ?? '';
  const folder = FOLDER_VARIABLES.get(written);
  if (folder !== undefined) return text(folder);
  return isSecretVariable(written)
    ? one({ kind: 'made', of: 'os.environ[]', traces: { environment: 'secret' } })
    : one({ kind: 'made', of: 'os.environ[]' });
}

function packagesFolder(path: string): Values | undefined {
  const shape = PACKAGES_NAMES.get(path);
  if (shape === undefined) return undefined;
  const place = text(PACKAGES_FOLDER);
  if (shape === 'text') return place;
  if (shape === 'list') return list([place]);
  return one({ kind: 'dict', items: new Map(PACKAGES_KEYS.map((key) => [`t${key}`, place])), rest: UNKNOWN });
}

/** The arguments whose parts the fields take: `format_map` has them in a dict. */
function fieldArgs(name: string, args: Args): Args {
  if (name !== 'format_map') return args;
  return { list: [], named: new Map(textEntries(args.list[0] ?? NOTHING)), open: false };
}

function joinedPath(parts: readonly string[]): string {
  let path = '';
  for (const part of parts) path = part.startsWith('/') || path === '' ? part : `${path.replace(/\/$/, '')}/${part}`;
  return path.replace(/\/[^/]+\/\.\.(?=\/|$)/, '').slice(0, 4096);
}

/** A relative module, or one of a package that is named and is not Python's. */
function isOwnOrOther(begin: string): boolean {
  if (begin.startsWith('.')) return true;
  const dot = begin.indexOf('.');
  return dot > 0 && !isStandard(begin.slice(0, dot));
}

function isLibrary(path: string): boolean {
  const [top = ''] = path.split('.', 1);
  return isStandard(top) || isReadLibrary(top);
}

function isInside(text: string | undefined): boolean {
  return text !== undefined && /__\w+__/.test(text.slice(0, 100_000));
}

/** Functions that look at their arguments and call none of them. */
function isOnlyLookedAt(value: Value): boolean {
  if (value.kind !== 'ref') return false;
  const name = value.path.replace(/^builtins\./, '');
  return LOOKS_AT.has(name) || /^(?:typing|inspect|logging(?!\.set)|warnings|dataclasses)\./.test(name);
}

const LOOKS_AT: ReadonlySet<string> = new Set(
  (
    'isinstance issubclass hasattr type id repr str print len hash callable dir bool format help vars getattr setattr delattr dict list tuple set ' +
    'functools.partial functools.partialmethod operator.attrgetter operator.itemgetter operator.methodcaller map filter functools.reduce sorted ' +
    'next iter enumerate zip reversed types.SimpleNamespace functools.wraps functools.update_wrapper operator.call operator.getitem ' +
    'object.__getattribute__ __import__ importlib.reload contextlib.suppress copy.copy copy.deepcopy'
  ).split(' '),
);

const TEMPORARY = /^tempfile\.(?:mkdtemp|mkstemp|TemporaryDirectory|NamedTemporaryFile)$/;

const KEEPS_ITEMS: ReadonlySet<string> = new Set(
  'reversed list tuple set frozenset iter enumerate zip itertools.chain itertools.cycle itertools.islice collections.deque'.split(
    ' ',
  ),
);

const OPERATOR_METHODS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '+': '__add__',
    '-': '__sub__',
    '*': '__mul__',
    '/': '__truediv__',
    '//': '__floordiv__',
    '%': '__mod__',
    '@': '__matmul__',
    '|': '__or__',
    '&': '__and__',
    '^': '__xor__',
    '<<': '__lshift__',
    '>>': '__rshift__',
    '==': '__eq__',
    '<': '__lt__',
    in: '__contains__',
  }),
);

const BASES: ReadonlySet<string> = new Set(['__base__', '__bases__', '__mro__', 'mro']);

/** Functions that take their code as a text. */
const RUNS_TEXT: ReadonlySet<string> = new Set(
  (
    'eval exec compile execfile timeit.timeit timeit.repeat timeit.Timer cProfile.run cProfile.runctx profile.run profile.runctx pdb.run pdb.runeval ' +
    'bdb.Bdb.run trace.Trace.run code.InteractiveInterpreter.runsource code.InteractiveInterpreter.runcode types.FunctionType types.LambdaType ' +
    'marshal.loads numpy.testing.runstring'
  ).split(' '),
);

/** Attributes that lead from any object to any function, and are told wherever they are used. */
const INTERNALS_TOLD: ReadonlySet<string> = new Set(
  '__builtins__ __globals__ __loader__ __closure__ f_globals f_builtins gi_frame func_globals'.split(' '),
);

/** Modules by whose functions code could do anything. */
const HOLDS_MUCH = /^(?:os|sys|builtins|subprocess|importlib|socket|ctypes|shutil|marshal|pickle|pty|runpy)(?:\.\*)?$/;

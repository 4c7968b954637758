/**
 * Judges the functions that a file carries as one program: what one stores another takes, names that the code builds are computed as far as constants
 * make them. What is told is what a function would do when somebody calls it.
 */
import {
  ACTING_METHODS,
  ENVIRONMENT_ACTS,
  actOf,
  isInternal,
  shortened,
  isPowerful,
} from '../../names/carried-code.js';
import { isStandard } from '../../names/capabilities.js';
import { actOfCall, actOfMethod, actOfStore, isProgram, type Seen, type GivenCall } from '../../names/place-acts.js';
import { isWatchedPlace, PACKAGES_FOLDER } from '../../names/places.js';
import type { CodeObject } from '../../readers/marshal/marshal.js';
import { beginsWith, codeIn, numberedAddress } from '../manifest/code-like.js';
import { isObjectLoader, namesObjects } from '../../names/source-calls.js';
import { judgePython } from '../python-source/source-judge.js';
import { each, keyOf, named, textOf, union, type Abstract } from './abstract.js';
import {
  ANY_MODULE,
  readingsOf,
  walkCode,
  type Call,
  type CodeSummary,
  type Deed,
  type Reading,
  type Scope,
} from './code-summary.js';

/** A function that a file carries. */
export interface CarriedFunction {
  readonly code: CodeObject;
  /** `Model.score`. */
  readonly name: string;
  /** Where its code is in the file. */
  readonly offset: number;
  /** Loading the file calls it. */
  readonly atLoad: boolean;
  /** What the file says of its globals; other names are looked up where it is loaded. */
  readonly globals: ReadonlyMap<string, Abstract>;
  /** A module whose names are its globals. */
  readonly module: string | undefined;
  /** Values of its defaults and of the variables around it. */
  readonly variables: ReadonlyMap<string, Abstract>;
}

export interface CarriedProgram {
  readonly functions: readonly CarriedFunction[];
  /** What the file stores in objects and classes, by the name of the attribute. */
  readonly attributes: ReadonlyMap<string, Abstract>;
}

export interface CarriedFinding {
  readonly function: CarriedFunction;
  /** `danger` whatever it is given; `text`: runs what it is given as code; `unclear`: only a run shows which part of a library it takes. */
  readonly kind: 'danger' | 'text' | 'unclear';
  /** What it does, the rest of a sentence that begins with its name. */
  readonly what: string;
}

export interface CarriedJudgement {
  readonly findings: readonly CarriedFinding[];
  /** Code that cannot be followed, and why, as parts of sentences. */
  readonly gaps: readonly string[];
  /** Calls of each function, as Python. */
  readonly calls: ReadonlyMap<CarriedFunction, readonly string[]>;
  /** Bytes and texts that functions hand to an unpickler. */
  readonly pickles: readonly Uint8Array[];
  /** Modules that functions import: without them the code does something else, or nothing. */
  readonly imports: readonly string[];
}

const FUNCTIONS_LIMIT = 5000;
/** What one function stores is seen by others in the next round. */
const ROUNDS = 4;
/** Instructions walked in all rounds. */
const WALKED_LIMIT = 2_000_000;
const FINDINGS_LIMIT = 500;
/** Annotations of one value that are read. */
const ANNOTATED = 1000;

export function judgeCarried(program: CarriedProgram): CarriedJudgement {
  return new Program(program).judge();
}

/** One code object, and what is known around it. */
interface Part {
  readonly code: CodeObject;
  readonly owner: CarriedFunction;
  /** The function that makes it. */
  readonly parent: Part | undefined;
  readonly variables: Map<string, Abstract>;
  returned: Abstract | undefined;
}

class Program {
  readonly #parts = new Map<CodeObject, Part>();
  readonly #attributes: Map<string, Abstract>;
  readonly #globals = new Map<string, Abstract>();
  readonly #findings = new Map<string, CarriedFinding>();
  readonly #gaps = new Set<string>();
  /** Gaps of the last round. */
  readonly #unseen = new Set<string>();
  readonly #calls = new Map<CarriedFunction, Set<string>>();
  readonly #pickles = new Map<string, Uint8Array>();
  readonly #modules = new Set<string>();
  #changes = 0;
  #walked = 0;

  constructor(private readonly program: CarriedProgram) {
    this.#attributes = new Map(program.attributes);
  }

  judge(): CarriedJudgement {
    for (const one of this.program.functions) this.#add(one.code, one, undefined);
    if (this.#parts.size > FUNCTIONS_LIMIT) this.#gaps.add(`it carries more than ${FUNCTIONS_LIMIT} functions`);
    for (let round = 1; round <= ROUNDS && this.#walked <= WALKED_LIMIT; round += 1) {
      const before = this.#changes;
      // What was not known in the round before can be known now.
      this.#unseen.clear();
      for (const [key, { kind }] of this.#findings) if (kind !== 'danger') this.#findings.delete(key);
      for (const part of this.#parts.values()) this.#walk(part, true);
      if (this.#changes === before) break;
    }
    for (const part of this.#parts.values()) this.#walk(part, false);
    const [first] = this.program.functions;
    if (first) this.#annotations(this.program.attributes.get('__annotations__'), first);
    if (this.#walked > WALKED_LIMIT) this.#gaps.add('it carries more code than is read');
    return {
      findings: [...this.#findings.values()],
      gaps: [...this.#gaps, ...this.#unseen],
      calls: new Map(Array.from(this.#calls, ([one, calls]) => [one, [...calls]])),
      pickles: [...this.#pickles.values()],
      imports: [...this.#modules],
    };
  }

  #add(code: CodeObject, owner: CarriedFunction, parent: Part | undefined): void {
    if (this.#parts.has(code) || this.#parts.size > FUNCTIONS_LIMIT) return;
    const part: Part = { code, owner, parent, variables: new Map(parent ? [] : owner.variables), returned: undefined };
    this.#parts.set(code, part);
    for (const value of code.constants) if (value.kind === 'code') this.#add(value.code, owner, part);
  }

  /** The same bytes can be instructions of several Pythons. What is hidden and unclear is told of the likely one alone. */
  #walk(part: Part, likely: boolean): void {
    const readings = readingsOf(part.code);
    if (typeof readings === 'string') {
      this.#unseen.add(`the code of ${part.owner.name} cannot be read: ${readings}`);
      return;
    }
    for (const reading of likely ? readings.slice(0, 1) : readings.slice(1)) this.#read(part, reading, likely);
  }

  #read(part: Part, reading: Reading, likely: boolean): void {
    this.#walked += reading.instructions.length;
    if (this.#walked > WALKED_LIMIT) return;
    const summary: CodeSummary = walkCode(part.code, reading, this.#scopeOf(part, likely));
    if (!likely) return;
    const calls = this.#calls.get(part.owner) ?? new Set<string>();
    this.#calls.set(part.owner, calls);
    for (const call of summary.calls) if (calls.size < 100) calls.add(call);
  }

  #scopeOf(part: Part, likely: boolean): Scope {
    const { owner } = part;
    return {
      global: (name) => {
        const own = owner.globals.get(name);
        const set = this.#globals.get(name);
        if (own && set) return union([own, set]);
        return own ?? set ?? ofModule(owner, name) ?? builtinOf(owner, name);
      },
      outer: (name) => {
        const found: Abstract[] = [];
        const own = part.variables.get(name);
        if (own) found.push(own);
        // Variables of functions around it that it does not share have only the same name.
        const shares = part.code.cells.includes(name);
        for (let from = shares ? part.parent : undefined; from; from = from.parent) {
          const value = from.variables.get(name);
          if (value) found.push(value);
        }
        return found.length === 0 ? undefined : union(found);
      },
      attribute: (name) => this.#attributes.get(name),
      setGlobal: (name, value) => this.#set(this.#globals, name, value),
      setAttribute: (name, value) => this.#set(this.#attributes, name, value),
      setVariable: (name, value) => {
        if (part.code.cells.includes(name)) this.#set(part.variables, name, value);
      },
      call: (code, call, isMethod) => this.#call(code, call, isMethod, part),
      returned: (value) => {
        const known = part.returned;
        const next = known ? union([known, value]) : value;
        if (!known || keyOfAll(known) !== keyOfAll(next)) {
          part.returned = next;
          this.#changes += 1;
        }
      },
      did: (deed) => this.#did(deed, owner, likely),
    };
  }

  #set(map: Map<string, Abstract>, name: string, value: Abstract): void {
    const known = map.get(name);
    // The union of a value with itself is the value.
    const next = known ? union([known, value]) : value;
    if (known && keyOfAll(known) === keyOfAll(next)) return;
    if (!known && map.size > 20_000) return;
    map.set(name, next);
    this.#changes += 1;
  }

  #call(code: CodeObject, call: Call, isMethod: boolean, from: Part): Abstract | undefined {
    // A function that another one makes is among its constants; others are the file's.
    if (!this.#parts.has(code)) this.#add(code, from.owner, from);
    const part = this.#parts.get(code);
    if (!part) return undefined;
    // Of an attribute it is not known whether the object is its first argument.
    for (const first of isMethod ? [1, 0] : [0])
      call.args.forEach((arg, index) => {
        const name = code.locals[first + index];
        if (name !== undefined && first + index < code.argcount) this.#set(part.variables, name, arg);
      });
    for (const [name, value] of call.keywords) if (code.locals.includes(name)) this.#set(part.variables, name, value);
    return part.returned;
  }

  #did(deed: Deed, owner: CarriedFunction, likely: boolean): void {
    switch (deed.kind) {
      case 'use':
        this.#use(deed.path, deed.text, deed.call, owner, likely);
        return;
      case 'import':
        for (let at = deed.path.length; at > 0; at = deed.path.lastIndexOf('.', at - 1))
          this.#modules.add(deed.path.slice(0, at));
        return;
      case 'method':
        this.#method(deed, owner);
        return;
      case 'attribute':
        this.#attribute(deed.name, deed.receiver, deed.text, owner);
        return;
      case 'computed':
        if (likely) this.#computed(deed, owner);
        return;
      case 'passed':
        if (likely && isPowerful(deed.path) && !(deed.to !== undefined && HARMLESS_RECEIVERS.has(deed.to)))
          this.#unseen.add(`${owner.name} hands the module ${deed.path} on (${deed.text})`);
        return;
      case 'store':
        this.#stored(deed.path, deed.value, deed.text, owner);
        return;
      case 'text':
        this.#text(deed.value, owner);
        return;
      case 'annotation':
        this.#annotation(deed.value, owner);
        return;
    }
  }

  #text(text: string, owner: CarriedFunction): void {
    if (isWatchedPlace(text)) this.#danger(owner, `names ${text}, where secrets are kept or programs start`);
    if (isProgram(text)) this.#danger(owner, 'holds a program');
    if (text.length < 8) return;
    const code = codeIn(text);
    if (code && beginsWith(code, text)) this.#danger(owner, `holds ${code.what} as a text: ${code.shown}`);
    const address = /^\w+:\/\//.test(text) ? numberedAddress(text) : undefined;
    if (address !== undefined) this.#danger(owner, `names the address ${text.slice(0, 200)}`);
  }

  #use(path: string, text: string, call: Call | undefined, owner: CarriedFunction, likely: boolean): void {
    const act = actOf(path);
    if (/^(?:object|type)\.__subclasses__$|\.__(?:base|bases|mro|class)__\b.*\.__subclasses__$/.test(path))
      this.#danger(owner, `searches all classes of the interpreter: ${text}`);
    if (isUnpickler(path) && call) this.#pickle(call.args[0], text, owner, likely, path.endsWith('loads'));
    if (path === 'os.environ.update' || path === 'os.environ.setdefault' || path === 'os.putenv')
      this.#environment(call, text, owner);
    const last = path.slice(path.lastIndexOf('.') + 1);
    // A name of the place where it is loaded: what it is there is not in the file.
    if (act === undefined && call && ACTING_METHODS.has(last) && !HARMLESS_NAMESAKES.has(path))
      this.#danger(owner, `runs ${text}`);
    const done = call && actOfCall(path, () => seenCall(call));
    if (done !== undefined) this.#danger(owner, `${done}: ${text}`);
    if (act === undefined || (call === undefined && this.#modules.has(path))) return;
    switch (act) {
      case 'text':
        if (call) this.#runsText(path, call, text, owner, likely);
        return;
      case 'expression':
        for (const arg of call?.args ?? [])
          for (const one of each(arg)) this.#expression(path, plainTextOf(one), text, owner);
        return;
      // What it deletes decides.
      case 'delete':
        return;
      case 'internals':
        this.#danger(owner, `reaches into the interpreter by ${text}`);
        return;
      default:
        // `isinstance(f, types.FunctionType)`.
        if (call === undefined && path.startsWith('types.')) return;
        this.#danger(owner, call ? `runs ${text}` : `takes ${path}`, call ? path : undefined);
    }
  }

  /** eval, exec and compile, with the text that they are given. */
  #runsText(path: string, { args }: Call, text: string, owner: CarriedFunction, likely: boolean): void {
    const [source] = args;
    if (!source) {
      if (likely) this.#find('text', owner, `runs texts as code: ${text}`);
      return;
    }
    const all = each(source).flatMap((one) => [...(one.items ?? [one])]);
    const known = all.filter((one) => one.constant !== undefined || one.hidden === true);
    for (const one of known.length > 0 ? known : all) {
      const code =
        typeof one.constant === 'object' && one.constant ? Buffer.from(one.constant).toString('utf8') : textOf(one);
      if (code !== undefined) this.#source(code, path, owner);
      else if (one.hidden === true) this.#danger(owner, `runs a text as code that it first decodes: ${text}`);
      else if (likely && !COMPILED.test(one.text)) this.#find('text', owner, `runs a text as code: ${text}`);
    }
  }

  #source(code: string, path: string, owner: CarriedFunction): void {
    if (code.length > 256 * 1024) return;
    const { hits: all, pickles } = judgePython(code);
    for (const bytes of pickles) this.#keepPickle(bytes);
    const hits = all.filter(({ rule }) => !LOW_RULES.has(rule));
    const [hit] = hits;
    if (hit) this.#danger(owner, `runs a text by ${path}: ${hit.subject}`);
  }

  /** A text that whoever asks for the types of a function evaluates. */
  #annotation(text: string, owner: CarriedFunction): void {
    if (text.includes('(')) this.#source(text.trim(), 'its annotations', owner);
  }

  /** Those that the file stores in classes and functions. */
  #annotations(value: Abstract | undefined, owner: CarriedFunction, depth = 0): void {
    for (const one of value ? each(value) : []) {
      const text = textOf(one);
      if (text !== undefined) this.#annotation(text, owner);
      else if (depth < 2)
        for (const item of [...(one.items ?? []), ...(one.entries?.values() ?? [])].slice(0, ANNOTATED))
          this.#annotations(item, owner, depth + 1);
    }
  }

  /** In the languages of libraries, code stands among other things. */
  #expression(path: string, code: string | undefined, text: string, owner: CarriedFunction): void {
    if (
      code !== undefined &&
      (codeIn(code) !== undefined || namesObjects(path, code) || /__\w+__/.test(code.slice(0, 100_000)))
    )
      this.#danger(owner, `runs a text as code: ${text}`);
  }

  #method({ name, receiver, text, call }: Deed & { kind: 'method' }, owner: CarriedFunction): void {
    if (
      ACTING_METHODS.has(name) &&
      !(this.#attributes.get(name)?.code !== undefined && receiver.text === 'self') &&
      call.args.length > 0
    )
      this.#danger(owner, `runs ${text}`);
    const done = actOfMethod(
      name,
      () => seen(receiver),
      () => seenCall(call),
    );
    if (done !== undefined) this.#danger(owner, `${done}: ${text}`);
    if (name === 'replace' && [...call.keywords.keys()].some((key) => key.startsWith('co_')))
      this.#danger(owner, `makes code while it runs: ${text}`);
  }

  #attribute(name: string, receiver: Abstract, text: string, owner: CarriedFunction): void {
    if (isInternal(name)) this.#danger(owner, `reaches into the interpreter by ${text}`);
    else if (name === '__subclasses__' && /__base__|__mro__|__bases__|\bmro\b/.test(receiver.text))
      this.#danger(owner, `searches all classes of the interpreter: ${text}`);
  }

  #computed({ of, owner: module, name, text }: Deed & { kind: 'computed' }, owner: CarriedFunction): void {
    const hidden = each(name).some((one) => one.hidden === true || one.items !== undefined);
    if (of === 'attribute' && module === ANY_MODULE) {
      if (hidden) this.#unseen.add(`${owner.name} builds the name of what it uses: ${text}`);
      else this.#find('unclear', owner, `chooses by a value what it uses: ${text}`);
      return;
    }
    if (of === 'attribute' && module !== undefined && isPowerful(module)) {
      this.#danger(owner, `takes a computed name of ${module}: ${text}`);
      return;
    }
    if (hidden) this.#unseen.add(`${owner.name} builds the name of what it uses: ${text}`);
    // Attributes by a name that a caller or the model chooses are common in honest code.
    else if (of !== 'attribute' && !OWN_MODULE.test(name.text))
      this.#find('unclear', owner, `chooses by a value what it uses: ${text}`);
  }

  #stored(path: string, value: Abstract, text: string, owner: CarriedFunction): void {
    const done = actOfStore(path, seen(value));
    if (done !== undefined) this.#danger(owner, `${done}: ${text}`);
    if (path.startsWith('os.environ.')) {
      if (ENVIRONMENT_ACTS.test(path.slice('os.environ.'.length))) this.#danger(owner, `sets ${text}`);
      return;
    }
    const [first = ''] = path.split('.');
    if (HARMLESS_STORE.test(path) || value.constant !== undefined) return;
    const isFunction = value.code !== undefined || (value.receiver !== undefined && value.attribute !== undefined);
    if (
      path.startsWith('sys.modules') ||
      first === 'builtins' ||
      first === '__builtins__' ||
      (isFunction && isLibrary(first))
    )
      this.#danger(owner, `changes a library: ${text}`);
  }

  #environment(call: Call | undefined, text: string, owner: CarriedFunction): void {
    const [first] = call?.args ?? [];
    const names = [textOf(first), ...(first?.entries?.keys() ?? []), ...(call?.keywords.keys() ?? [])];
    if (names.some((name) => name !== undefined && ENVIRONMENT_ACTS.test(name))) this.#danger(owner, `sets ${text}`);
  }

  #pickle(
    value: Abstract | undefined,
    text: string,
    owner: CarriedFunction,
    likely: boolean,
    takesBytes: boolean,
  ): void {
    if (!value) return;
    // `pickle.loads(pickle.dumps(x))` is a copy.
    if (COPIED.test(value.text)) return;
    for (const { constant, hidden } of each(value)) {
      if (hidden === true && takesBytes) this.#danger(owner, `unpickles bytes that it first decodes: ${text}`);
      else if (constant === undefined && likely && takesBytes && value.or === undefined)
        this.#find('unclear', owner, `unpickles bytes that are not in its code: ${text}`);
      if (typeof constant === 'string' && !takesBytes && /^(?:https?|ftp|s3|gs):\/\//.test(constant))
        this.#danger(owner, `unpickles what it downloads: ${text}`);
      // A text is the path of a file, except to `loads` of Python 2.
      const bytes = typeof constant === 'string' && takesBytes ? Buffer.from(constant, 'latin1') : constant;
      if (bytes instanceof Uint8Array && bytes.length > 2) this.#keepPickle(bytes);
    }
  }

  #keepPickle(bytes: Uint8Array): void {
    if (this.#pickles.size < 100) this.#pickles.set(Buffer.from(bytes).toString('latin1').slice(0, 4096), bytes);
  }

  /** `called`: the name of what it calls; the same name without a call is not told then. */
  #danger(owner: CarriedFunction, what: string, called?: string): void {
    if (called !== undefined) this.#findings.delete(keyOfFinding('danger', owner, `takes ${called}`));
    else if (what.startsWith('takes ') && this.#calledAlready(owner, what.slice('takes '.length))) return;
    this.#find('danger', owner, what, called);
  }

  readonly #called = new Set<string>();
  #calledAlready(owner: CarriedFunction, path: string): boolean {
    return this.#called.has(`${owner.name}\n${path}`);
  }

  #find(kind: CarriedFinding['kind'], owner: CarriedFunction, what: string, called?: string): void {
    if (called !== undefined) this.#called.add(`${owner.name}\n${called}`);
    const key = keyOfFinding(kind, owner, what);
    if (this.#findings.size < FINDINGS_LIMIT || kind === 'danger')
      this.#findings.set(key, { function: owner, kind, what });
  }
}

/** The characters of a text or of bytes. */
function plainTextOf(value: Abstract): string | undefined {
  return value.constant instanceof Uint8Array ? Buffer.from(value.constant).toString('latin1') : textOf(value);
}

function seenCall({ args, keywords }: Call): GivenCall {
  return { args: args.map(seen), named: new Map(Array.from(keywords, ([name, value]) => [name, seen(value)])) };
}

function seen(value: Abstract): readonly Seen[] {
  return each(value).flatMap((one): readonly Seen[] => {
    const { constant, place, secret, items } = one;
    const module = moduleOfFile(one.text);
    const file = module !== undefined && isLibrary(module) ? `${PACKAGES_FOLDER}/${module}` : undefined;
    const own: Seen = {
      text: constant instanceof Uint8Array ? plainTextOf(one) : textOf(one),
      place: file ?? place,
      number: typeof constant === 'number' ? constant : undefined,
      environment: one.path === 'os.environ' ? 'all' : secret,
      from: one.from,
      host: items && items.length >= 2 ? textOf(items[0]) : undefined,
    };
    // The first of several items of a list counts as the list.
    return [own, ...(items ?? []).slice(0, ITEMS_SEEN).flatMap((item) => (item.items ? [] : seen(item)))];
  });
}

/** `torch` of `dirname(torch.utils.__file__)`. */
function moduleOfFile(text: string): string | undefined {
  const end = text.indexOf('.__file__');
  let start = end;
  while (start > 0 && /[\w.]/.test(text.charAt(start - 1))) start -= 1;
  return end < 0 ? undefined : text.slice(start, end).split('.', 1)[0];
}

function isLibrary(module: string): boolean {
  return isStandard(module) || LIBRARIES.has(module);
}

/** A name of the module whose globals the function has, or one of Python's own. */
function ofModule({ module }: CarriedFunction, name: string): Abstract | undefined {
  return module === undefined ? undefined : union([named(name), named(shortened(`${module}.${name}`))]);
}

/** A file can give a function other builtins than Python's. */
function builtinOf(owner: CarriedFunction, name: string): Abstract | undefined {
  const path = owner.globals.get('__builtins__')?.path;
  return path === undefined || /(?:^|\.)builtins(?:\.__dict__)?$|^__dict__$/.test(path)
    ? undefined
    : named(`${path}.${name}`);
}

function keyOfFinding(kind: string, owner: CarriedFunction, what: string): string {
  return `${kind}\n${owner.name}\n${owner.offset}\n${what}`;
}

function keyOfAll(value: Abstract): string {
  return each(value).map(keyOf).join('\n\n');
}

/** `yaml` and `jsonpickle` take texts, which are judged as such. */
function isUnpickler(path: string): boolean {
  return isObjectLoader(path) && !/^(?:ruamel|yaml|jsonpickle)\./.test(path);
}
const COPIED = /^(?:\w+\.)*dumps\(/;
const HARMLESS_NAMESAKES: ReadonlySet<string> = new Set(['platform.system']);
/** Items of a list that is given. */
const ITEMS_SEEN = 50;
/** What says of a module what it is, and takes nothing of it. */
const HARMLESS_RECEIVERS: ReadonlySet<string> = new Set(
  'print str repr type id isinstance hasattr callable dir bool len'.split(' '),
);
/** What `compile` gives to `exec`. */
const COMPILED = /^(?:builtins\.)?compile\(|^marshal\.loads\(/;
/** The module that a class or function is from. */
const OWN_MODULE = /^__name__$|^[\w.]*\.__module__$/;
const HARMLESS_STORE =
  /^(?:sys\.(?:stdout|stderr|stdin|path|argv|excepthook|last_\w+)|warnings\.\w+|logging\.\w+(?:\.\w+)*|os\.environ)(?:\.|$|\[)/;
const LIBRARIES: ReadonlySet<string> = new Set(
  'torch numpy pandas sklearn joblib cloudpickle dill tensorflow keras transformers scipy'.split(' '),
);
/** What much honest code does, too. */
export const LOW_RULES: ReadonlySet<string> = new Set(['STATIC-PYTHON-IMPORTS', 'STATIC-PYTHON-LOW']);

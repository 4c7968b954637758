/** Finds the faults in the values of a configuration, whatever the file's syntax. */
import type { UnlocatedMatch } from '../context.js';
import type { CallArguments } from '../../names/call-judge.js';
import { isStandard } from '../../names/capabilities.js';
import {
  DOTTED,
  isOfKnownLibrary,
  judgeDotted,
  OPEN_ARGUMENTS,
  type DottedJudgement,
} from '../../names/dotted-names.js';
import { encodedPickle } from '../../readers/encoded.js';
import { namedSecret } from '../secrets/find.js';
import { operatorEffect } from '../../names/torch-operators.js';
import { readExpression } from '../torch/expression.js';
import { unknownOperator } from '../torch/torchscript.js';
import { beginsWith, codeIn, leaves, markupIn, numberedAddress, sensitivePath } from './code-like.js';
import type { Scalar } from '../../readers/json-tokens.js';
import { Fields } from './arguments.js';
import { actsOf, Bundle, expressionIn } from './expressions.js';
import { Interpolation } from './interpolation.js';
import { judgeRequirement, localPackage } from './requirements.js';
import { OWN_HANDLERS } from '../torchserve/handlers.js';
import { Serialized } from './serialized.js';
import { Quota } from '../quota.js';

export type Path = readonly (string | number)[];

/** A text that may be a Jinja2 template. */
export interface TemplateText {
  readonly name: string;
  readonly text: string;
  readonly at: number;
  /** Its key says that it is a template, so that unreadable parts of it are a coverage gap. */
  readonly whole: boolean;
  /** Its key says that a program renders it; in any other text only content that does not occur by accident counts. */
  readonly rendered: boolean;
}

/** A pickle that is written as text. */
export interface PickleText {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** A loader unpickles it. */
  readonly loaded: boolean;
}

/** Of one rule. */
const HITS_KEPT = 200;
const TEMPLATES_KEPT = 1000;
const MODULES_KEPT = 50;
const POSSIBLE_KEPT = 1500;
const PICKLES_KEPT = 200;
const OBJECTS_KEPT = 5000;
const EXPRESSIONS_KEPT = 1000;
const NAMED_KEPT = 2000;
const UNKNOWN_KEPT = 500;
const CALLS_SHOWN = 3;

/** Takes the values of one document one by one. Offsets count as its reader does. */
export class ManifestJudge {
  readonly hits: UnlocatedMatch[] = [];
  readonly templates: TemplateText[] = [];
  /** Why parts of it cannot be judged. */
  readonly gaps: string[] = [];
  /** Python files beside the configuration that it makes a loader import. */
  readonly modules = new Map<string, { readonly subject: string; readonly value: string; readonly at: number }>();
  /** What a loader would call and nobody knows, and the Python files beside that would define it. */
  readonly #unknown = new Map<string, { readonly at: number; readonly files: readonly string[] }>();
  readonly #fields = new Fields();
  readonly #serialized = new Serialized(() => this.#fields.next - 1);
  /** Names that are judged when their arguments were seen. */
  readonly #named: Named[] = [];
  /** What MLflow imports to load a model. */
  readonly #loaders: { readonly name: string; readonly value: string; readonly at: number }[] = [];
  /** Files and folders of Python that a loader imports where they exist. */
  readonly possible = new Set<string>();
  readonly codeFolders = new Set<string>();
  readonly pickles: PickleText[] = [];
  /** Files that a server or a tool runs, by their names. */
  readonly #run = new Map<string, number>();
  readonly #interpolation = new Interpolation();
  /** Fields of one object or list that have a meaning only together, by its path. */
  readonly #together = new Map<string, Map<string, { readonly value: string; readonly at: number }>>();
  #evaluations = 0;
  /** `router_config.json` of sentence-transformers: classes by the names of routes. */
  readonly #routes: { readonly name: string; readonly value: string; readonly at: number }[] = [];
  #isRouter = false;
  readonly #bundle = new Bundle();
  /** How many of each rule there are. */
  readonly #quota = new Quota(HITS_KEPT);

  /**
   * All findings, those that gather several values last. `present` holds those of `modules` that lie beside the configuration, when the folder was
   * searched.
   */
  finish(present?: ReadonlySet<string>): readonly UnlocatedMatch[] {
    for (const file of this.possible)
      if (present?.has(file) === true && this.#needsTrust.has(file))
        this.add('STATIC-MANIFEST-REMOTE-CODE', file, `It names ${file}, which lies beside it and was read`, 0, file);
    for (const [file, { subject, value, at }] of this.modules) {
      const where =
        present?.has(file) === true ? ', which lies beside it and was read' : ', which does not lie beside it';
      this.add('STATIC-MANIFEST-REMOTE-CODE', file, subject + (present === undefined ? '' : where), at, value);
    }
    const names = [...this.#unknown.keys()];
    if (names.length === 0) return this.hits;
    const shown = names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
    return [
      ...this.hits,
      {
        rule: 'STATIC-MANIFEST-TARGET-UNKNOWN',
        key: '',
        subject: `It names ${shown}`,
        evidence: [...this.#unknown].slice(0, 8).map(([name, { at }]) => ({ offset: at, text: name })),
        count: names.length,
      },
    ];
  }

  /** Why what a loader calls cannot be judged, once it is known what lies beside. */
  unknownCalls(present?: ReadonlySet<string>): string | undefined {
    const names = [...this.#unknown]
      .filter(([, { files }]) => !files.some((file) => present?.has(file) === true))
      .map(([name]) => name);
    if (names.length === 0) return undefined;
    const shown = names
      .slice(0, CALLS_SHOWN)
      .map((name) => `${name}(…)`)
      .join(', ');
    const more = names.length > CALLS_SHOWN ? ` and ${names.length - CALLS_SHOWN} more` : '';
    return `a program that loads by it calls ${shown}${more}, which DynScan does not know and which does not lie beside it`;
  }

  /** What it names that does not lie beside it: a folder around it may be the project's. */
  afar(
    present?: ReadonlySet<string>,
  ): readonly { readonly module: string; readonly name: string; readonly at: number }[] {
    const missing = (files: readonly string[]): boolean => !files.some((file) => present?.has(file) === true);
    const names = [
      ...[...this.#unknown].filter(([, { files }]) => missing(files)).map(([name, { at }]) => ({ name, at })),
      ...[...this.modules].filter(([file]) => missing([file])).map(([, { value, at }]) => ({ name: value, at })),
      ...[...this.#run]
        .filter(([file]) => missing([file]))
        .map(([file, at]) => ({ name: `${moduleOf(file)}.run`, at })),
    ];
    return names.map(({ name, at }) => {
      const dot = name.lastIndexOf('.');
      return { module: name.slice(0, dot), name: name.slice(dot + 1), at };
    });
  }

  key(path: Path, key: string, at: number, twice: boolean): void {
    if (twice)
      this.add(
        'STATIC-MANIFEST-DUPLICATE',
        shownPath([...path, key]),
        `${shownPath([...path, key])} stands twice`,
        at,
        key,
      );
  }

  value(path: Path, value: Scalar, at: number): void {
    this.#interpolation.keep(path, value);
    this.#fields.keep(path, value);
    if (typeof value === 'string') this.#text(path, value, at);
    else if (typeof value === 'boolean') this.#switch(path, value, at);
    this.#serialized.value(path, value, at);
  }

  /** When all values were seen: what several of them mean together. */
  relate(): void {
    if (this.#isRouter) for (const { name, value, at } of this.#routes) this.target(name, value, at);
    const together = this.#bundle.acts((key) => this.#interpolation.valueOf(key));
    if (together !== undefined && !this.hits.some(({ rule }) => rule === 'STATIC-MANIFEST-EXPRESSION'))
      this.add(
        'STATIC-MANIFEST-EXPRESSION',
        'bundle',
        `Its expressions refer to one another. ${together.acts}`,
        together.at,
        together.acts,
      );
    for (const { path, value, at, index } of this.#serialized.objects())
      this.#named.push({ path, value, at, index, use: 'target' });
    if (this.#serialized.isFull) this.#beyond(MANY_NAMES);
    for (const one of this.#named) this.#judgeNamed(one);
    for (const { name, value, at } of this.#loaders) this.#loader(name, value, at);
    const root = this.#together.get('[]');
    const isPipeline = this.#together.has('["_class_name"]') || root?.has('_class_name') === true;
    for (const [place, fields] of this.#together) {
      const path = JSON.parse(place) as (string | number)[];
      const name = shownPath(path);
      const target = TARGET_KEYS_LISTED.map((key) => fields.get(key)?.value).find((value) => value !== undefined);
      const named = fields.get('path') ?? fields.get('_args_') ?? fields.get('obj');
      if (target !== undefined && GETS_BY_NAME.test(target) && named)
        this.target(`${name}.path`, named.value, named.at);
      const [library, of] = [fields.get('parent_library'), fields.get('base_model_class')];
      if (library && of) {
        this.target(name, `${library.value}.${of.value}`, library.at);
        this.#maybe(`${library.value.replaceAll('.', '/')}.py`, false);
      }
      const [first, second] = [fields.get('0'), fields.get('1')];
      if (isPipeline && path.length === 1 && first && second) this.#component(String(path[0]), first, second);
    }
  }

  /** `model_index.json` of diffusers: a library and a class in it, or a file beside (`diffusers/pipelines/pipeline_loading_utils.py`). */
  #component(
    name: string,
    library: { readonly value: string; readonly at: number },
    { value }: { readonly value: string },
  ): void {
    if (!/^[\p{L}_][\p{L}\p{N}_.]*$/u.test(library.value) || !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(value)) return;
    const full = `${library.value}.${value}`;
    const judged = judgeDotted(full, OPEN_ARGUMENTS);
    if (judged === 'dangerous') this.add('STATIC-MANIFEST-TARGET', full, `${name} names ${full}`, library.at, full);
    else if (judged === 'unlisted' && isStandard(library.value.split('.')[0] ?? ''))
      this.add('STATIC-MANIFEST-TARGET-UNLISTED', full, `${name} names ${full}`, library.at, full);
    const file = `${library.value.replaceAll('.', '/')}.py`;
    this.#maybe(name === '_class_name' ? file : `${name}/${file}`, true);
  }

  #judgeNamed({ path, value, at, index, use }: Named): void {
    const name = shownPath(path);
    const resolve = (where: Path, text: string): readonly (string | undefined)[] =>
      this.#interpolation.resolve(where, text);
    const args = this.#fields.argumentsOf(path, index, resolve);
    for (const text of value.includes('${') ? resolve(path, value) : [value]) {
      if (text === undefined || text.includes('${')) {
        const begin = value.split('${', 1)[0] ?? '';
        const known = begin.includes('.') && !isStandard(begin.split('.')[0] ?? '');
        if (!known && this.gaps.length < 5) this.gaps.push(`${name} names a function by a value that it does not hold`);
      } else if (use === 'target' || (use === 'maybe' && (isCalled(text) || this.#fields.hasArguments(path, index))))
        this.#called(name, text, at, args, this.#fields.trusts(path, index));
      else if (use !== 'named' || this.#fields.hasArguments(path, index)) this.#registered(name, text, at, args);
    }
  }

  #called(name: string, text: string, at: number, args: CallArguments, trusts: boolean): void {
    this.target(name, text, at, args);
    // `monai.utils.optional_import(module, name=…)` returns what it names.
    const imported =
      text === 'monai.utils.optional_import' ? (args.named('module') ?? args.at(0))?.texts[0] : undefined;
    if (imported !== undefined)
      this.#registered(name, [imported, ...(args.named('name')?.texts ?? ['*'])].join('.'), at);
    // Libraries of models hand this on: the repository's code runs.
    if (trusts && this.gaps.length < 5)
      this.gaps.push(`${name} is called with trust_remote_code: the code of the repository that it names was not seen`);
  }

  /** `importlib.import_module(loader_module)._load_pyfunc(path)` (`mlflow/pyfunc/__init__.py`). */
  #loader(name: string, value: string, at: number): void {
    const file = value.replaceAll('.', '/');
    const places = ['', ...[...this.codeFolders].map((folder) => `${folder}/`)];
    const files = places.flatMap((place) => [`${place}${file}.py`, `${place}${file}/__init__.py`]);
    if (isOfKnownLibrary(value) && judgeDotted(value, OPEN_ARGUMENTS) !== 'dangerous') return;
    this.#judged(name, `${value}._load_pyfunc`, at, judgeDotted(`${value}._load_pyfunc`, OPEN_ARGUMENTS), files);
  }

  readonly #needsTrust = new Set<string>();

  /** `asked`: only with trust_remote_code. */
  #maybe(file: string, asked: boolean): void {
    if (file.startsWith('/') || file.split('/').includes('..')) return;
    if (this.possible.size >= POSSIBLE_KEPT && !this.possible.has(file)) {
      this.#beyond(MANY_NAMES);
      return;
    }
    this.possible.add(file);
    if (asked) this.#needsTrust.add(file);
  }

  add(rule: UnlocatedMatch['rule'], key: string, subject: string, at: number, text: string, idle = false): void {
    if (this.#quota.take(rule)) this.hits.push({ rule, key, subject, evidence: [{ offset: at, text }], idle });
  }

  #switch(path: Path, value: boolean, at: number): void {
    const key = String(lastName(path)).toLowerCase();
    if (UNSAFE_SWITCHES.get(key) === value)
      this.add(
        'STATIC-MANIFEST-UNSAFE-SETTING',
        shownPath(path),
        `${shownPath(path)} is ${value}`,
        at,
        `${key}: ${value}`,
        // No loader takes this from a file: it records how the model was loaded when it was saved.
        key === 'trust_remote_code',
      );
  }

  #text(path: Path, value: string, at: number): void {
    const key = String(lastName(path));
    const name = shownPath(path);
    const lower = key.toLowerCase();
    // A word of a vocabulary is a key, or an item of a list.
    if (path[0] === 'structure') this.#isRouter = true;
    if (isVocabulary(path)) {
      if (path.at(-1) === key && TARGET_KEYS.has(lower)) this.#callable(path, value, at);
      return;
    }
    this.#relate(path, key, value, at);
    if (value.includes('${')) for (const [, named = ''] of value.matchAll(RESOLVED)) this.#registered(name, named, at);
    this.#evaluated(path, name, value, at);
    this.#pickle(path, name, value);
    this.#code(path, lower, name, value, at);
    if (value.includes('{{') || value.includes('{%')) this.#template(path, value, at);
    if (key === 'expr_str' || key === 'guards_code') this.#expression(name, value, at);
    if (key === 'target' && value.startsWith('torch.ops.')) this.#operator(name, value, at);
    if (TARGET_KEYS.has(lower)) this.#callable(path, value, at);
    else if (lower === 'type' && path.length === 2 && typeof path[0] === 'number' && DOTTED.test(value)) {
      // modules.json of sentence-transformers: each type is imported, from beside when it lies there.
      this.target(name, value, at);
      this.#maybe(fileOf(value), true);
    } else if (path[0] === 'types' && path.length === 2) this.#routes.push({ name, value, at });
    else if (lower === 'type' || lower === '_type' || lower === 'cls' || lower === 'class')
      this.#later(path, value, at, 'type');
    else if (key.startsWith('@') && REGISTRIES.has(key.slice(1))) {
      const registered = value.replace(/^"(.*)"$/, '$1');
      if (!OWN_REGISTERED.test(registered)) this.#judged(name, registered, at, 'unknown', []);
    } else if (lower === 'name' && path.at(-1) === key) this.#later(path, value, at, 'named');
    else if (JSONPICKLE.has(lower) && judgeDotted(value, OPEN_ARGUMENTS) === 'dangerous')
      this.add('STATIC-MANIFEST-TARGET', value, `${name} names ${value}`, at, value);
    if (path.includes('auto_map') || path.includes('custom_pipelines') || lower === 'custom_pipeline')
      this.#remote(name, value, at);
    // Kernels that transformers takes from the hub and imports (`transformers/integrations/hub_kernels.py`).
    if (KERNELS.has(key) && REPOSITORY.test(value) && !value.startsWith('kernels-community/'))
      this.add('STATIC-MANIFEST-OTHER-CODE', value, `${name} names ${value}`, at, value);
    if (path.includes('weight_map') || lower === 'model_file' || lower === 'weights_file') {
      if (leaves(value)) this.add('STATIC-MANIFEST-PATH', name, `${name} is ${value}`, at, value);
    } else if (LIBRARY_FILE.test(lower) && leaves(value) && value.includes('..'))
      this.add('STATIC-MANIFEST-PATH', name, `${name} is ${value}`, at, value);
    if (path.some((part) => typeof part === 'string' && PACKAGES.has(part))) {
      for (const hit of judgeRequirement(value)) this.hits.push({ ...hit, evidence: [{ offset: at, text: value }] });
      this.installed(value);
    }
    // `mmengine/utils/misc.py`, `allennlp/common/util.py`: modules by their names alone.
    if ((path.includes('custom_imports') && path.includes('imports')) || /^include_packages?$/.test(lower))
      this.#imported(name, value, at);
    // `rasa/shared/utils/common.py`: a component that is no one's of its own is imported by its name.
    if (
      (path[0] === 'pipeline' || path[0] === 'policies') &&
      path.length === 3 &&
      key === 'name' &&
      DOTTED.test(value)
    ) {
      this.#registered(name, value, at);
      for (const file of filesOf(value)) this.#maybe(file, false);
    }
    if (path[0] === 'channels' && /^[a-z]+:\/\//.test(value) && !KNOWN_CHANNEL.test(value))
      this.add('STATIC-MANIFEST-INDEX', value, `${name} names ${value}`, at, value);
    if (path[0] === 'variables' && LOADS_CODE.test(key))
      this.add('STATIC-MANIFEST-ENVIRONMENT', name, `${name} is ${value}`, at, `${key}: ${value}`);
    const flag = value.toLowerCase();
    if (flag === 'true' || flag === 'false') this.#switch(path, flag === 'true', at);
    this.#content(path, name, value, at);
    const secret = namedSecret(key, value);
    if (secret !== undefined)
      this.add('STATIC-SECRET-NAMED', name, `${name} is filled in (${secret})`, at, `${key}: ${secret}`);
  }

  /** A module that a loader imports for what it defines. */
  #imported(name: string, value: string, at: number): void {
    if (!/^[\p{L}_][\p{L}\p{N}_.]*$/u.test(value) || isOfKnownLibrary(value) || isStandard(value)) return;
    const file = value.replaceAll('.', '/');
    this.#judged(name, value, at, 'unknown', [`${file}.py`, `${file}/__init__.py`]);
  }

  /** A package that lies beside the list: its set-up runs when it is installed. */
  installed(line: string): void {
    const folder = localPackage(line);
    if (folder !== undefined) this.#maybe(folder === '' ? 'setup.py' : `${folder}/setup.py`, false);
  }

  /** The name of what is called, which may be put together from other values. */
  #callable(path: Path, value: string, at: number): void {
    const key = String(path.at(-1));
    // Other programs have short names of their own for it: `nn.Tanh`.
    if (ACTIVATIONS.has(key) && !isCalled(value) && judgeDotted(dotted(value), OPEN_ARGUMENTS) === 'unknown') return;
    // Python's own functions, in a field that means nothing else (`hydra._internal.utils._locate` of Hydra 1.0).
    const named = key.startsWith('_') && BUILTIN.test(value) ? `builtins.${value}` : value;
    this.#later(path, named, at, key.toLowerCase() === 'target' ? 'maybe' : 'target');
  }

  #later(path: Path, value: string, at: number, use: Use): void {
    const isMaybe = use === 'type' || use === 'named';
    const isName = value.includes('${') ? !isMaybe : DOTTED.test(dotted(value));
    if (!isName || (isMaybe && !STANDARD_TARGET.test(value) && !isOfKnownLibrary(value))) return;
    if (this.#named.length < NAMED_KEPT)
      this.#named.push({ path: [...path], value, at, index: this.#fields.next - 1, use });
    // By the name alone: what it refers to and is given is not kept.
    else if (value.includes('${')) this.#beyond(MANY_NAMES);
    else if (use === 'target' || (use === 'maybe' && isCalled(value))) this.target(shownPath(path), value, at);
    else this.#registered(shownPath(path), value, at);
  }

  /** Registries of MMEngine and others import a name with dots (`mmengine/registry/registry.py`). Other files have types of many kinds. */
  #registered(name: string, value: string, at: number, args: CallArguments = OPEN_ARGUMENTS): void {
    if (!STANDARD_TARGET.test(value) && !isOfKnownLibrary(value)) return;
    if (judgeDotted(value, args) === 'dangerous')
      this.add('STATIC-MANIFEST-TARGET', value, `${name} names ${value}`, at, value);
  }

  #relate(path: Path, key: string, value: string, at: number): void {
    const last = path.at(-1);
    const wanted =
      TOGETHER.has(key) || (path.length === 2 && (last === 0 || last === 1)) || (key === '_args_' && last === 0);
    if (!wanted) return;
    if (this.#together.size >= OBJECTS_KEPT) {
      if (TARGET_KEYS_LISTED.includes(key)) this.#beyond(MANY_NAMES);
      return;
    }
    const place = JSON.stringify(key === '_args_' ? path.slice(0, -2) : path.slice(0, -1));
    const fields = this.#together.get(place) ?? new Map<string, { value: string; at: number }>();
    fields.set(key === '_args_' || typeof last === 'string' ? key : String(last), { value, at });
    this.#together.set(place, fields);
  }

  /** A text that a library evaluates as Python. */
  #evaluated(path: Path, name: string, value: string, at: number): void {
    const code = expressionIn(path, value);
    if (code === undefined) return;
    if (value.startsWith('$')) this.#bundle.keep(path, value, at);
    this.#evaluations += 1;
    if (this.#evaluations > EXPRESSIONS_KEPT) {
      if (this.#evaluations === EXPRESSIONS_KEPT + 1)
        this.gaps.push(`it has more than ${EXPRESSIONS_KEPT} expressions`);
      return;
    }
    for (const acts of actsOf(code))
      this.add(
        'STATIC-MANIFEST-EXPRESSION',
        name,
        `${name} is ${value.slice(0, 200)}. ${acts}`,
        at,
        value.slice(0, 200),
      );
  }

  #pickle(path: Path, name: string, value: string): void {
    const loaded = path.at(-1) === ':serialized:';
    const bytes = loaded ? Buffer.from(value, 'base64') : encodedPickle(value);
    if (bytes === undefined) return;
    if (this.pickles.length < PICKLES_KEPT) this.pickles.push({ name, bytes, loaded });
    else this.#beyond(MANY_PICKLES);
  }

  /** What is beyond a limit is not judged. */
  #beyond(gap: string): void {
    if (!this.gaps.includes(gap)) this.gaps.push(gap);
  }

  /** Files of Python that a loader imports or runs. */
  #code(path: Path, key: string, name: string, value: string, at: number): void {
    if (path[0] === 'flavors' && (key === 'code' || key === 'model_code_path' || key === 'loader_module')) {
      // `mlflow/pyfunc/__init__.py`: the folder is put on the path, and the module is imported.
      if (leaves(value)) this.add('STATIC-MANIFEST-PATH', name, `${name} is ${value}`, at, value);
      else if (key === 'code') this.codeFolders.add(value.replace(/\/$/, ''));
      else if (key === 'model_code_path') this.#maybe(value, false);
      else {
        this.#maybe(`${value.replaceAll('.', '/')}.py`, false);
        if (this.#loaders.length < MODULES_KEPT) this.#loaders.push({ name, value, at });
        else this.#beyond(MANY_NAMES);
      }
      return;
    }
    for (const file of RUN_KEYS.has(key) ? filesRun(path, value) : []) {
      this.#maybe(file, false);
      if (this.#run.size < MODULES_KEPT) this.#run.set(file, at);
      else this.#beyond(MANY_NAMES);
    }
  }

  #content(path: Path, name: string, value: string, at: number): void {
    const code = codeIn(value);
    if (code)
      this.add(
        'STATIC-MANIFEST-CODE',
        name,
        `${name} holds ${code.what}: ${code.shown}`,
        at,
        code.shown,
        // In a list of words, or inside a longer text, no program evaluates it.
        typeof path.at(-1) === 'number' || !beginsWith(code, value),
      );
    const markup = markupIn(value);
    if (markup) this.add('STATIC-MANIFEST-MARKUP', name, `${name} holds ${markup.shown}`, at, markup.shown);
    const place = sensitivePath(value);
    if (place !== undefined)
      this.add(
        'STATIC-MANIFEST-SENSITIVE-PATH',
        name,
        `${name} names ${place}`,
        at,
        value,
        !OPENED.test(String(path.at(-1))) || path.at(-1) === '_name_or_path',
      );
    const address = numberedAddress(value);
    if (address !== undefined) this.add('STATIC-MANIFEST-ADDRESS', name, `${name} names ${address}`, at, value);
  }

  /** Of a program that torch exported. */
  #expression(name: string, value: string, at: number): void {
    const { danger, gap } = readExpression(value);
    if (danger !== undefined)
      this.add('STATIC-TORCH-EXPRESSION', danger, `The expression ${name} ${danger}`, at, value);
    else if (gap !== undefined && this.gaps.length < HITS_KEPT)
      this.gaps.push(`the expression ${name} cannot be judged: ${gap}`);
  }

  /** `torch.ops.aten.add.Tensor`: a node of such a program. */
  #operator(name: string, value: string, at: number): void {
    const [, , namespace = '', operator = ''] = value.split('.');
    const effect = operatorEffect(namespace, operator);
    if (effect === 'file' || effect === 'network')
      this.add(
        effect === 'file' ? 'STATIC-TORCHSCRIPT-FILE' : 'STATIC-TORCHSCRIPT-NETWORK',
        value,
        `Its program (${name}) says ${value}`,
        at,
        value,
      );
    else if (effect === 'unknown' && this.gaps.length < HITS_KEPT) this.gaps.push(unknownOperator(namespace, operator));
  }

  #template(path: Path, text: string, at: number): void {
    if (this.templates.length >= TEMPLATES_KEPT) {
      this.#beyond(MANY_TEMPLATES);
      return;
    }
    const whole = path.some((part) => typeof part === 'string' && /^chat_template/.test(part));
    const rendered = path.some((part) => typeof part === 'string' && /template|prompt|jinja/i.test(part));
    this.templates.push({ name: shownPath(path), text, at, whole, rendered });
  }

  /** `repo--module.Class` is another repository's (`transformers/dynamic_module_utils.py`). */
  #remote(name: string, value: string, at: number): void {
    if (!/^[\p{L}\p{M}\p{N}_./-]+$/u.test(value)) return;
    if (value.includes('--')) this.add('STATIC-MANIFEST-OTHER-CODE', value, `${name} names ${value}`, at, value);
    else if (DOTTED.test(value) && !this.modules.has(fileOf(value))) {
      if (this.modules.size < MODULES_KEPT)
        this.modules.set(fileOf(value), { subject: `${name} names ${value}, in ${fileOf(value)}`, value, at });
      else this.#beyond(MANY_NAMES);
    }
  }

  /** The dotted name of an object that is imported and called. */
  target(name: string, written: string, at: number, args: CallArguments = OPEN_ARGUMENTS): void {
    const value = dotted(written);
    if (!DOTTED.test(value)) return;
    this.#judged(name, value, at, judgeDotted(value, args), filesOf(value));
  }

  /** `files` would define it if they lie beside. */
  #judged(name: string, value: string, at: number, judged: DottedJudgement, files: readonly string[]): void {
    if (judged === 'dangerous') this.add('STATIC-MANIFEST-TARGET', value, `${name} names ${value}`, at, value);
    if (judged === 'unlisted') this.add('STATIC-MANIFEST-TARGET-UNLISTED', value, `${name} names ${value}`, at, value);
    if (judged !== 'unknown' || this.#unknown.has(value) || this.#unknown.size >= UNKNOWN_KEPT) return;
    this.#unknown.set(value, { at, files });
    if (this.#unknown.size <= MODULES_KEPT) for (const file of files) this.#maybe(file, false);
  }
}

interface Named {
  readonly path: Path;
  readonly value: string;
  readonly at: number;
  /** Of its field among those of the document. */
  readonly index: number;
  readonly use: Use;
}

/** How a field names something: as a target that is called, in a field of many meanings, as a type of a registry, or beside its `params`. */
type Use = 'target' | 'maybe' | 'type' | 'named';

/** `.a..b` and `a:b` lead to the same object as `a.b` (`pydoc.locate`, `pkgutil.resolve_name`). */
function dotted(value: string): string {
  return value.replace(':', '.').split('.').filter(Boolean).join('.');
}

/** In the spelling of a class with its module. */
function isCalled(value: string): boolean {
  return /\.[A-Z]\w*$/.test(value) && value.split('.').length > 2;
}

/** cog, TorchServe, BentoML and Ray Serve: `file.py:Name` or `module:Name`; in a bento a module of `src`. */
function filesRun(path: Path, value: string): string[] {
  const [, file] = /^([\w./-]+\.py)(?::\w+)?$/.exec(value) ?? [];
  if (file !== undefined) return [file];
  const isModule = path[0] === 'model' || path[0] === 'service' || path.at(-1) === 'import_path';
  const [, module] = isModule ? (/^([\w.]+)(?::\w+)?$/.exec(value) ?? []) : [];
  if (module === undefined || OWN_HANDLERS.has(module)) return [];
  const name = `${module.replaceAll('.', '/')}.py`;
  return path[0] === 'service' ? [name, `src/${name}`] : [name];
}

function moduleOf(file: string): string {
  return file.replace(/\.py$/, '').replaceAll('/', '.');
}

/** Python files that can define an object of this name, and a file of a package's own. */
function filesOf(value: string): string[] {
  const parts = value.split('.').slice(0, 12);
  const files: string[] = [];
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const path = parts.slice(0, length).join('/');
    files.push(`${path}.py`);
    if (length === parts.length - 1) files.push(`${path}/__init__.py`);
  }
  return files;
}

const MANY_NAMES = 'it names more that a loader imports or calls than is judged';
const MANY_TEMPLATES = `it has more than ${TEMPLATES_KEPT} templates`;
const MANY_PICKLES = `it holds more than ${PICKLES_KEPT} pickles as texts`;
/** Fields whose meaning depends on another field of the same object. */
const TOGETHER: ReadonlySet<string> = new Set(
  '_target_ _component_ path obj parent_library base_model_class _class_name'.split(' '),
);
const TARGET_KEYS_LISTED = ['_target_', '_component_'];
/** Functions that return what their argument names (`hydra/utils.py`). */
const GETS_BY_NAME =
  /^hydra\.(?:utils\.(?:get_\w+|call|instantiate)|_internal\.utils\._locate)$|^(?:pydoc\.locate|pkgutil\.resolve_name|importlib\.import_module)$/;
/** `jsonpickle/tags.py`. */
const JSONPICKLE: ReadonlySet<string> = new Set('py/object py/type py/function py/class py/mod'.split(' '));
/** Functions of Python's own that act. */
const BUILTIN = /^(?:eval|exec|compile|open|__import__|getattr|setattr|breakpoint|input)$/;
/** Parts of Python that act: a type of this name is no type. */
const STANDARD_TARGET =
  /^(?:os|posix|nt|subprocess|_posixsubprocess|builtins|__builtin__|shutil|pty|runpy|importlib|ctypes|socket|marshal)\.[a-zA-Z_]\w*$/;
/** Lists of packages that pip or conda installs. */
const PACKAGES: ReadonlySet<string> = new Set(
  'pip dependencies build_dependencies requirements pip_requirements python_packages pip_constraints'.split(' '),
);
const KNOWN_CHANNEL =
  /^https:\/\/(?:conda\.anaconda\.org|repo\.anaconda\.com|repo\.prefix\.dev|conda\.rapids\.ai)(?:\/|$)/;
/** Variables of the environment by which programs and Python load code, or pip takes packages. */
const LOADS_CODE =
  /^(?:LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|DYLD_INSERT_LIBRARIES|PYTHONSTARTUP|PYTHONPATH|PYTHONHOME|PYTHONINSPECT|PATH|BASH_ENV|PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|PIP_TRUSTED_HOST|PIP_FIND_LINKS)$/i;
/** Resolvers of OmegaConf that projects register: `${get_method:os.system}`. */
const RESOLVED = /\$\{(?:get_)?(?:method|class|object|cls|fn|func|target|import):\s*([\w.]{1,200})\s*\}/g;
const KERNELS: ReadonlySet<string> = new Set([
  'attn_implementation',
  '_attn_implementation',
  '_attn_implementation_internal',
  'experts_implementation',
]);
const REPOSITORY = /^[\w.-]+\/[\w.-]+(?:@[\w.-]+)?(?::\w+)?$/;
/** Registries of spaCy and thinc (`spacy/util.py`, `thinc/config.py`), whose functions a configuration calls by the name they registered. */
const REGISTRIES: ReadonlySet<string> = new Set([
  'architectures',
  'augmenters',
  'batchers',
  'callbacks',
  'factories',
  'initializers',
  'layers',
  'llm_models',
  'llm_tasks',
  'loggers',
  'losses',
  'misc',
  'models',
  'optimizers',
  'readers',
  'schedules',
  'scorers',
  'tokenizers',
]);
/** Of spaCy and its own packages; thinc's have no package in their names. */
const OWN_REGISTERED =
  /^(?:spacy(?:[-_](?:legacy|transformers|curated-transformers|loggers|llm|experimental|lookups-data))?|srsly|thinc|ml_datasets)\.|^\w+(?:\.v\d+)?$/;
const RUN_KEYS: ReadonlySet<string> = new Set('predict train handler service modelfile import_path'.split(' '));
/** `sentence_transformers/models/Dense.py`, `sentence_transformers/cross_encoder/CrossEncoder.py`. */
const ACTIVATIONS: ReadonlySet<string> = new Set([
  'activation_function',
  'activation_fn',
  'sbert_ce_default_activation_function',
]);
/** Hydra, NeMo, OmegaConf; torchtune; Lightning's command line; latent-diffusion; diffusers' pipelines; `logging.config`. */
const TARGET_KEYS: ReadonlySet<string> = new Set([
  '_target_',
  '_component_',
  'class_path',
  'target',
  '()',
  '__target__',
  '_call_',
  ...ACTIVATIONS,
]);
/** Options that no configuration should switch, and the unsafe value of each. */
const UNSAFE_SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ['trust_remote_code', true],
  ['allow_pickle', true],
  ['enable_unsafe_deserialization', true],
  ['allow_dangerous_deserialization', true],
  ['safe_mode', false],
  ['weights_only', false],
  ['verify_ssl', false],
  ['ssl_verify', false],
]);
/** Fields of Hugging Face's configurations whose files a loader opens. */
const LIBRARY_FILE =
  /^(?:vocab_file|merges_file|sp_model_file|spm_file|tokenizer_file|added_tokens_file|chat_template_file|model_path|weight_file)$/;
/** Fields that, by their names, hold a path or an address that a program opens. */
const OPENED =
  /(?:^|[_.-])(?:files?|filename|paths?|dir|directory|folder|location|ur[li]|src|source|checkpoint|ckpt|weights|vocab|merges|asset|include)$/i;

function fileOf(reference: string): string {
  return `${reference.split('.').slice(0, -1).join('/')}.py`;
}

/** The words of a tokenizer are any text. */
export function isVocabulary(path: Path): boolean {
  return path.some(
    (part) => part === 'vocab' || part === 'merges' || part === 'added_tokens_decoder' || part === 'added_tokens',
  );
}

function lastName(path: Path): string | number {
  return path.findLast((part) => typeof part === 'string') ?? '';
}

/** `a.b[2].c`. */
export function shownPath(path: Path): string {
  let shown = '';
  for (const part of path.length > 12 ? ['…', ...path.slice(-12)] : path) {
    const text = typeof part === 'number' ? `[${part}]` : part.slice(0, 60);
    shown += typeof part === 'number' || shown === '' ? text : `.${text}`;
  }
  return shown === '' ? 'the document' : shown;
}

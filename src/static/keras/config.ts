/**
 * Judges the configuration of a Keras model: every JSON object in it, wherever it lies, by the class or function that it names, the code that it
 * carries and the paths that it points to. The Keras version that wrote it does not matter: the user who loads the file chooses the version.
 */
import { bytesSource } from '../../readers/bytes.js';
import { memberOf, type AnalysisContext, type Location } from '../context.js';
import { reachOf } from '../tensorflow/operations.js';
import { looksLikeLambda, pythonBase64, readLambda } from './lambda.js';
import { meaningOf, meaningOfTensorFlow, type Reference } from '../../names/keras-configuration.js';
import { KNOWN_CLASSES } from '../../names/keras.js';
import type { KERAS_RULES } from './rules.js';

/**
 * Judges a configuration that was parsed from JSON: of `config.json`, of an attribute of an HDF5 file, of a layer in `keras_metadata.pb`.
 * `offset` is where its text begins in the source, when that is known.
 */
export async function judgeKerasConfig(
  json: unknown,
  place: Location,
  job: AnalysisContext,
  offset?: number,
): Promise<void> {
  const walk = new Walk(place, job, offset);
  await walk.all(json);
  walk.finish();
}

/** True for parsed JSON that Keras would take for a model or a layer. */
export function isKerasConfig(json: unknown): boolean {
  return (
    isObject(json) &&
    typeof json['class_name'] === 'string' &&
    (isObject(json['config']) || Array.isArray(json['config']))
  );
}

type JsonObject = Readonly<Record<string, unknown>>;
type KerasRule = keyof typeof KERAS_RULES;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Values of one configuration; that of the largest models is some megabytes. */
const VALUES_LIMIT = 1_000_000;
const CUSTOM_LIMIT = 1000;
const UNKNOWN_KEPT = 20;
/** Characters of code that are read of one configuration. */
const CODE_LIMIT = 16 * 1024 * 1024;
const FUNCTIONS_LIMIT = 2000;

interface Node {
  readonly value: unknown;
  readonly parent: Node | undefined;
  readonly key: string | number;
  /** The nearest class above it. */
  readonly owner: string;
}

class Walk {
  readonly #custom = new Map<string, string>();
  #codeLeft = CODE_LIMIT;
  #functions = 0;
  #visited = 0;
  #unknownCalls = 0;

  constructor(
    private readonly place: Location,
    private readonly job: AnalysisContext,
    private readonly offset: number | undefined,
  ) {}

  async all(json: unknown): Promise<void> {
    const waiting: Node[] = [{ value: json, parent: undefined, key: '', owner: '' }];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      this.#visited += 1;
      if (this.#visited > VALUES_LIMIT) {
        this.job.gap(this.place, `the configuration has more than ${VALUES_LIMIT} values`);
        return;
      }
      if (this.#visited % 10_000 === 0) this.job.signal.throwIfAborted();
      if (typeof node.value === 'string') this.#text(node.value, node);
      else if (Array.isArray(node.value)) {
        for (let index = node.value.length - 1; index >= 0; index -= 1)
          waiting.push({ value: node.value[index] as unknown, parent: node, key: index, owner: node.owner });
      } else if (isObject(node.value)) {
        await this.#object(node.value, node);
        const owner = textOf(node.value['class_name']) ?? node.owner;
        for (const key of Object.keys(node.value).reverse())
          waiting.push({ value: node.value[key], parent: node, key, owner });
      }
    }
  }

  /** Names that are not part of Keras and of no known library make one finding: the list shows which code the model needs. */
  finish(): void {
    if (this.#custom.size === 0) return;
    const names = [...this.#custom.keys()];
    const shown = names.slice(0, 12).join(', ') + (names.length > 12 ? ` and ${names.length - 12} more` : '');
    this.#add(
      'STATIC-KERAS-CUSTOM',
      'custom',
      `Loading the model needs ${shown}`,
      [...this.#custom.values()],
      names.length,
    );
  }

  async #object(object: JsonObject, node: Node): Promise<void> {
    const name = textOf(object['class_name']);
    if (name === undefined) return;
    const config = object['config'];
    const settings = isObject(config) ? config : {};
    switch (name) {
      case 'Lambda': {
        this.#lambdaLayer(settings, node);
        return;
      }
      case '__lambda__': {
        this.#code(texts(config), node, carrierOf(node));
        return;
      }
      case 'function': {
        this.#reference({ kind: 'function', name: textOf(config) ?? '', module: moduleOf(object) }, object, node);
        return;
      }
      case 'TFOpLambda':
      case 'ClassMethod': {
        this.#tensorFlow(textOf(settings['function']) ?? textOf(settings['cls_symbol']) ?? '', name, node);
        return;
      }
      case 'SlicingOpLambda':
      case 'InstanceMethod':
      case 'InstanceProperty': {
        this.#attribute(settings, name, node);
        return;
      }
      case 'TensorFlowOpLayer': {
        this.#operation(settings['node_def'], node);
        return;
      }
      case 'TorchModuleWrapper':
        return this.#torch(settings['module'], node);
      case 'TFSMLayer':
        this.#found(
          'STATIC-KERAS-OTHER-MODEL',
          node,
          `A TFSMLayer loads the SavedModel at ${quoted(settings['filepath'])}`,
        );
        return;
      case '__typespec__':
      case 'TypeSpec': {
        this.#typeSpec(object, node);
        return;
      }
      default: {
        this.#reference({ kind: 'class', name, module: moduleOf(object) }, object, node);
        return;
      }
    }
  }

  // Names

  #reference(reference: Reference, object: JsonObject, node: Node): void {
    const registered = textOf(object['registered_name']);
    const meaning = meaningOf(reference);
    const shown = reference.module === undefined ? reference.name : `${reference.module}.${reference.name}`;
    const what = reference.kind === 'class' ? 'class' : 'function';
    switch (meaning.kind) {
      case 'known':
        // A registered name takes precedence over Keras's own.
        if (registered?.includes('>') === true && !registered.startsWith('Custom>'))
          this.#needs(registered, undefined, node);
        return;
      case 'custom': {
        this.#needs(registered?.includes('>') === true ? `${registered} (${shown})` : shown, reference.module, node);
        if (meaning.unknown === true) this.#unknown(shown, node);
        return;
      }
      case 'import': {
        this.#found('STATIC-KERAS-IMPORT', node, `It names the ${what} ${shown}`);
        return;
      }
      case 'gadget': {
        this.#found('STATIC-KERAS-GADGET', node, `It names the ${what} ${shown}${argumentsOf(object, node)}`);
        return;
      }
      case 'unsafe': {
        this.#found('STATIC-KERAS-UNSAFE', node, `It names ${shown}`);
        return;
      }
      case 'unlisted': {
        this.#found('STATIC-KERAS-UNLISTED', node, `It names the ${what} ${shown}`);
        return;
      }
    }
  }

  #needs(name: string, module: string | undefined, node: Node): void {
    // Keras writes "builtins" for a function without a module of its own.
    if (module === 'builtins') {
      this.#needs(name.replace(/^builtins\./, ''), undefined, node);
      return;
    }
    if (module !== undefined && module !== 'builtins' && !/^(keras|tf_keras|tensorflow)(\.|$)/.test(module))
      this.job.need(module);
    const shown = name.slice(0, 120);
    if (this.#custom.size < CUSTOM_LIMIT && !this.#custom.has(shown))
      this.#custom.set(shown, `${pathOf(node)}: ${shown}`);
  }

  /** What Keras imports and calls, and nobody knows. */
  #unknown(name: string, node: Node): void {
    if (this.#unknownCalls >= UNKNOWN_KEPT) return;
    this.#unknownCalls += 1;
    this.job.add({
      rule: 'STATIC-PICKLE-UNKNOWN-CALL',
      place: this.place,
      key: name,
      subject: `Loading this file calls ${name}`,
      evidence: [{ text: `${pathOf(node)}: ${name}`, ...(this.offset === undefined ? {} : { offset: this.offset }) }],
      global: name,
    });
  }

  #typeSpec(object: JsonObject, node: Node): void {
    const name = textOf(object['spec_name']) ?? textOf(object['type_spec']) ?? '';
    const module = moduleOf(object);
    if (
      /^tf\.\w+Spec$|^(Tensor|SparseTensor|RaggedTensor|TensorArray|IndexedSlices|Variable|Keras|None|Optional)\w*$/.test(
        name,
      )
    ) {
      if (module === undefined || /^tensorflow\.python\.(framework|ops|data|types)(\.|$)/.test(module)) return;
    }
    this.#reference({ kind: 'class', name, module }, object, node);
  }

  #tensorFlow(name: string, layer: string, node: Node): void {
    const meaning = meaningOfTensorFlow(name);
    if (meaning === 'dangerous') this.#found('STATIC-KERAS-TENSORFLOW', node, `A ${layer} layer calls tf.${name}`);
    else if (meaning === 'unlisted') this.#found('STATIC-KERAS-UNLISTED', node, `A ${layer} layer calls tf.${name}`);
  }

  /** Layers that Keras 2 makes for operations on a tensor: `x[1:]`, `x.numpy()`. */
  #attribute(settings: JsonObject, layer: string, node: Node): void {
    const name = textOf(settings['method_name']) ?? textOf(settings['attr_name']) ?? textOf(settings['function']) ?? '';
    if (/^__operators__\.getitem$|^(?!_)[A-Za-z]\w*$|^$/.test(name)) return;
    this.#found('STATIC-KERAS-UNLISTED', node, `A ${layer} layer uses ${name}`);
  }

  /** A node of a TensorFlow graph: an object, or the text of one. */
  #operation(definition: unknown, node: Node): void {
    const text = typeof definition === 'string' ? definition : JSON.stringify(definition ?? '');
    const ops = [...text.matchAll(/"?\bop"?\s*:\s*\\?"(\w+)/g)].map(([, op = '']) => op);
    for (const op of ops) {
      if (reachOf(op)) this.#found('STATIC-KERAS-TENSORFLOW', node, `A TensorFlowOpLayer runs the operation ${op}`);
    }
    if (ops.length === 0) this.job.gap(this.place, `the operation of ${pathOf(node)} could not be read`);
  }

  // Code

  #lambdaLayer(settings: JsonObject, node: Node): void {
    for (const key of ['function', 'output_shape', 'mask']) {
      const value = settings[key];
      const type = textOf(settings[`${key}_type`]);
      const module = textOf(settings[key === 'function' ? 'module' : `${key}_module`]);
      const layer = `The function of the Lambda layer ${quoted(settings['name'])}`;
      if (type === 'function' || (typeof value === 'string' && type !== 'lambda' && isName(value))) {
        // Its name alone: looked for in that module when the module is there already, and among registered functions.
        const name = textOf(value);
        if (name !== undefined) this.#reference({ kind: 'function', name, module }, settings, node);
      } else if (isObject(value) && textOf(value['class_name']) !== undefined && value['class_name'] !== '__tuple__')
        continue;
      else if (key === 'function' || type === 'lambda') {
        if (value !== undefined && value !== null) this.#code(texts(itemsOf(value)), node, layer);
      } else {
        // Any other value is used as it is (`Lambda._parse_function_from_config`): a shape, and code only in a manipulated file.
        for (const text of texts(itemsOf(value))) if (looksLikeLambda(text)) this.#carried(text, node, layer);
      }
    }
  }

  /** The state of a Lambda: the code, then defaults and a closure. */
  #code(kept: readonly string[], node: Node, what: string): void {
    const [first, ...rest] = kept;
    const carried = [first ?? '', ...rest.filter((text) => looksLikeLambda(text))];
    for (const text of carried) this.#carried(text, node, what);
  }

  #carried(text: string, node: Node, what: string): void {
    this.#codeLeft -= text.length;
    this.#functions += 1;
    if (this.#codeLeft < 0 || this.#functions > FUNCTIONS_LIMIT) {
      this.job.gap(this.place, 'the configuration carries more code than is read');
      return;
    }
    const carried = readLambda(text);
    const where = pathOf(node);
    if (carried.kind === 'unreadable') {
      const shown = text.slice(0, 60);
      this.#found('STATIC-KERAS-LAMBDA-UNREADABLE', node, `${what} cannot be read: ${carried.why}`, [
        `${where}: ${shown}`,
      ]);
      return;
    }
    const { judged, words } = carried;
    const evidence = [
      `${where}: ${words}`,
      ...judged.calls.slice(0, 5).map((call) => `calls ${call}`),
      ...judged.texts.slice(0, 2).map((constant) => `text ${constant}`),
    ];
    if (judged.dangers.length > 0) {
      const names = judged.dangers.slice(0, 6).join(', ');
      this.#found('STATIC-KERAS-LAMBDA-CODE', node, `${what} uses ${names}; ${words}`, evidence);
    } else if (judged.broken.length > 0) {
      const [why = ''] = judged.broken;
      this.#found(
        'STATIC-KERAS-LAMBDA-UNREADABLE',
        node,
        `${what} has instructions that cannot be read: ${why}`,
        evidence,
      );
    } else {
      const unknown = judged.unknown.length > 0 ? `; not known here: ${judged.unknown.slice(0, 6).join(', ')}` : '';
      this.#found('STATIC-KERAS-LAMBDA', node, `${what} is code in the file: ${words}${unknown}`, evidence);
    }
  }

  async #torch(module: unknown, node: Node): Promise<void> {
    // Early versions kept the bytes as an object of their own.
    const text = texts(module).reduce<string | undefined>(
      (longest, next) => (longest === undefined || next.length > longest.length ? next : longest),
      undefined,
    );
    const subject = 'A TorchModuleWrapper keeps its module as a pickle';
    this.#found('STATIC-KERAS-TORCH-MODULE', node, subject, [`${pathOf(node)}: ${text?.slice(0, 60) ?? 'nothing'}`]);
    if (text === undefined) return;
    const inner = memberOf(this.place, `(PyTorch module at ${pathOf(node)})`);
    await this.job.nested(bytesSource(pythonBase64(text)), inner);
    if (!/^[A-Za-z0-9+/=\s]*$/.test(text)) await this.job.nested(bytesSource(Buffer.from(text, 'latin1')), inner);
  }

  // Texts

  #text(text: string, node: Node): void {
    const { key } = node;
    if (looksLikeLambda(text) && !isLambdaPart(node)) this.#carried(text, node, `A text of ${quoted(node.owner)}`);
    if (typeof key !== 'string') return;
    if (FUNCTION_KEYS.has(key) && isName(text)) {
      const meaning = meaningOf({ kind: 'function', name: text, module: undefined });
      if (SHORT_NAMES.has(text.toLowerCase())) return;
      if (meaning.kind === 'gadget') this.#found('STATIC-KERAS-GADGET', node, `It names the function ${text}`);
      else if (meaning.kind === 'unsafe') this.#found('STATIC-KERAS-UNSAFE', node, `It names ${text}`);
      else if (meaning.kind !== 'known') this.#needs(text, undefined, node);
    }
    if (PATH_KEYS.has(key)) this.#path(text, node);
  }

  #path(text: string, node: Node): void {
    const where = `${node.owner === '' ? 'The configuration' : `The ${node.owner}`} names ${quoted(text)} as its ${String(node.key)}`;
    if (/^([A-Za-z][A-Za-z0-9+.-]+:\/\/|\/|~|\\\\|[A-Za-z]:[\\/])|(^|[\\/])\.\.([\\/]|$)/.test(text))
      this.#found('STATIC-KERAS-PATH', node, where);
    else if (String(node.key).startsWith('vocab') && text !== '') this.#found('STATIC-KERAS-FILE', node, where);
  }

  #found(
    rule: KerasRule,
    node: Node,
    subject: string,
    shown: readonly string[] = [`${pathOf(node)}: ${subject}`],
  ): void {
    this.#add(rule, pathOf(node), subject, shown);
  }

  #add(rule: KerasRule, key: string, subject: string, shown: readonly string[], count = 1): void {
    const { offset } = this;
    const evidence = shown.map((text) => (offset === undefined ? { text } : { text, offset }));
    this.job.add({ rule, place: this.place, key, subject, evidence, count });
  }
}

/** Settings that hold a function by its name (Keras 2 and 3, `activations.get`, `losses.get`, `metrics.get`). */
const FUNCTION_KEYS: ReadonlySet<string> = new Set(
  'activation recurrent_activation inner_activation loss fn optimizer'.split(' '),
);
/** Optimizers are found by their names in any case. */
const SHORT_NAMES: ReadonlySet<string> = new Set([...KNOWN_CLASSES].map((name) => name.toLowerCase()));

/** Settings that hold the path of a file. */
const PATH_KEYS: ReadonlySet<string> = new Set(
  (
    'vocabulary vocabulary_path vocab vocab_file vocabulary_file idf_weights filepath file_path filename fname path url origin cache_dir ' +
    'cache_subdir directory dirpath proto merges sequence_length_file asset asset_path weights_path checkpoint file dest destination'
  ).split(' '),
);

function isName(text: string): boolean {
  return /^[A-Za-z_][\w.>:]{0,80}$/.test(text) && !looksLikeLambda(text);
}

/** Inside the layers and objects whose code is judged with them. */
function isLambdaPart(node: Node): boolean {
  return (
    node.owner === 'Lambda' ||
    node.owner === '__lambda__' ||
    node.owner === '__tuple__' ||
    node.owner === 'TorchModuleWrapper'
  );
}

/** The owner of the function: the layer's name, when the configuration around it has one. */
function carrierOf(node: Node): string {
  const above = node.parent?.value;
  return isObject(above) && typeof above['name'] === 'string'
    ? `A function of the layer ${quoted(above['name'])}`
    : 'A function';
}

function moduleOf(object: JsonObject): string | undefined {
  const module = textOf(object['module']);
  return module === undefined || module === '' ? undefined : module;
}

/** Arguments of a function: those beside it in a Lambda, or its own settings. */
function argumentsOf(object: JsonObject, node: Node): string {
  const beside = node.parent && isObject(node.parent.value) ? node.parent.value['arguments'] : undefined;
  const given = beside ?? object['config'];
  return isObject(given) ? ` with ${JSON.stringify(given).slice(0, 200)}` : '';
}

/** Keras 2 writes a tuple as an object. */
function itemsOf(value: unknown): unknown {
  return isObject(value) && value['class_name'] === '__tuple__' ? value['items'] : value;
}

/** The texts in a value, in order. */
function texts(value: unknown): string[] {
  const found: string[] = [];
  // The next one is the last.
  const waiting: unknown[] = [value];
  for (
    let next = waiting.pop();
    waiting.length < 100_000 && found.length < 10_000 && next !== undefined;
    next = waiting.pop()
  ) {
    if (typeof next === 'string') found.push(next);
    const inside = Array.isArray(next) ? (next as unknown[]) : isObject(next) ? Object.values(next) : [];
    for (const item of inside.toReversed()) waiting.push(item ?? null);
  }
  return found;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function quoted(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value.slice(0, 200) : (value ?? null)).slice(0, 300);
}

/** The path in the configuration: `config.layers[2].config`. */
function pathOf(node: Node): string {
  const parts: string[] = [];
  let cut = false;
  for (let at = node; at.parent; at = at.parent) {
    if (parts.length >= 40) {
      cut = true;
      break;
    }
    parts.push(typeof at.key === 'number' ? `[${at.key}]` : `.${at.key.slice(0, 60)}`);
  }
  const path = parts.reverse().join('').replace(/^\./, '');
  return cut ? `…${path}` : path === '' ? 'the configuration' : path;
}

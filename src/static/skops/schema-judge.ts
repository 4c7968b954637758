/**
 * The objects that a skops `schema.json` makes (`skops/io/_audit.py` and `_general.py`): every object with `__class__`, `__module__` and
 * `__loader__`.
 */
import type { UnlocatedMatch } from '../context.js';
import type { Path } from '../manifest/manifest-judge.js';
import type { Scalar } from '../../readers/json-tokens.js';
import { isPlainAttribute } from '../../names/attributes.js';
import { canonicalModule, judge as judgeName } from '../../names/capabilities.js';
import { judgeDotted, OPEN_ARGUMENTS } from '../../names/dotted-names.js';
import { Quota } from '../quota.js';

export interface SkopsJudge {
  readonly value: (path: Path, value: Scalar, at: number) => void;
  /** The modules that loading imports; complete once `finish` was called. */
  readonly modules: ReadonlySet<string>;
  readonly finish: () => { readonly hits: readonly UnlocatedMatch[]; readonly gaps: readonly string[] };
}

interface SchemaNode {
  at: number;
  module?: string;
  name?: string;
  loader?: string;
  /** Of protocol 0: a function by another name than its node (`skops/io/old/_general_v0.py`). */
  path?: string;
  function?: string;
  /** Of a bound method. */
  method?: string;
}

const NODES_KEPT = 200_000;
const HITS_KEPT = 200;
/** Python's own recursion ends loading at some 330 nodes in one another, with two keys each. */
const PATH_LIMIT = 700;
const UNKNOWN_KEPT = 20;

export function judgeSkopsObject(): SkopsJudge {
  const nodes = new Map<string, SchemaNode>();
  /** Attributes that getters take, when they lead out of the object. */
  const attributes = new Map<string, LeadsOut>();
  const gaps = new Set<string>();
  const modules = new Set<string>();
  const nodeAt = (path: Path, at: number): SchemaNode | undefined => {
    const place = JSON.stringify(path);
    const known = nodes.get(place);
    if (known) return known;
    if (nodes.size >= NODES_KEPT) {
      gaps.add(`it has more than ${NODES_KEPT} objects: the rest was not judged`);
      return undefined;
    }
    const node = { at };
    nodes.set(place, node);
    return node;
  };
  return {
    modules,
    value: (path, value, at) => {
      const key = path.at(-1);
      if (typeof value !== 'string' || typeof key !== 'string') return;
      const field = FIELDS.get(key);
      if (field === undefined) {
        const attrs = key === 'content' && path.length <= PATH_LIMIT ? path.lastIndexOf('attrs') : -1;
        const attribute = attrs >= 0 ? jsonText(value) : undefined;
        if (attribute !== undefined && !isPlainAttribute(attribute) && attributes.size < NODES_KEPT) {
          const place = JSON.stringify(path.slice(0, attrs));
          const first = path.at(-2) === 0 || path.length === attrs + 2;
          if (attributes.get(place)?.first !== true) attributes.set(place, { text: attribute, first });
        }
        return;
      }
      if (path.length > PATH_LIMIT) {
        gaps.add('it is nested deeper than is followed');
        return;
      }
      const inside = field === 'path' || field === 'function' || field === 'method';
      if (inside && path.at(-2) !== 'content') return;
      const node = nodeAt(path.slice(0, inside ? -2 : -1), at);
      if (node) node[field] = value;
    },
    finish: () => {
      const judged = new Judged();
      for (const [place, node] of nodes) {
        const { at, module, name, loader } = node;
        if (module === undefined || name === undefined || loader === undefined) continue;
        modules.add(node.path ?? module);
        // A type stands in the content of its node (`skops/io/_general.py`).
        const type =
          loader === 'TypeNode'
            ? nodes.get(JSON.stringify([...(JSON.parse(place) as string[]), 'content']))
            : undefined;
        if (type?.module !== undefined && type.name !== undefined && type.loader === undefined)
          judged.node({ ...type, module: type.module, name: type.name, loader }, undefined, undefined);
        const child = nodes.get(JSON.stringify([...(JSON.parse(place) as string[]), 'content', 'obj']));
        judged.node({ ...node, at, module, name, loader }, child, attributes.get(place));
      }
      return { hits: judged.finish(), gaps: [...gaps] };
    },
  };
}

/** An attribute that leads out of an object, and whether it is the first argument. */
interface LeadsOut {
  readonly text: string;
  readonly first: boolean;
}

/** The text in the content of a JsonNode. */
function jsonText(content: string): string | undefined {
  if (!content.startsWith('"') || content.length > 10_000) return undefined;
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return content;
  }
}

const FIELDS: ReadonlyMap<string, 'module' | 'name' | 'loader' | 'path' | 'function' | 'method'> = new Map([
  ['__class__', 'name'],
  ['__module__', 'module'],
  ['__loader__', 'loader'],
  ['module_path', 'path'],
  ['function', 'function'],
  ['func', 'method'],
]);

type JudgedNode = SchemaNode & Required<Pick<SchemaNode, 'at' | 'module' | 'name' | 'loader'>>;

class Judged {
  readonly #hits = new Map<string, UnlocatedMatch>();
  readonly #quota = new Quota(HITS_KEPT);
  readonly #untrusted = new Map<string, number>();
  #unknown = 0;

  node(node: JudgedNode, owner: SchemaNode | undefined, leadsOut: LeadsOut | undefined): void {
    const { at, module, name, loader } = node;
    const full = `${module}.${name}`;
    if (loader === 'OperatorFuncNode') this.#operator(node, leadsOut);
    else this.#name(node);
    if (node.path !== undefined && node.function !== undefined)
      this.#name({ at, module: node.path, name: node.function, loader });
    if (loader !== 'MethodNode') return;
    if (owner && (owner.module !== module || owner.name !== name))
      this.#add(
        'STATIC-SKOPS-FORGED',
        full,
        `It says that a method is ${full}'s, and takes that of ${owner.module ?? '?'}.${owner.name ?? '?'}`,
        at,
        full,
      );
    const { method = '?' } = node;
    const reached = `${full}.${method}`;
    this.#add(
      isPlainAttribute(method) && !/^__\w+__$/.test(method) ? 'STATIC-SKOPS-METHOD' : 'STATIC-SKOPS-DANGEROUS',
      reached,
      `It fetches the method ${reached}`,
      at,
      reached,
    );
  }

  #name({ at, module, name, loader }: JudgedNode): void {
    const full = `${module}.${name}`;
    const verdict = judgeName(canonicalModule(module), name);
    const acts = verdict.kind === 'unknown' && judgeDotted(full, OPEN_ARGUMENTS) === 'dangerous';
    if (acts || (verdict.kind === 'dangerous' && verdict.capability !== 'system'))
      this.#add('STATIC-SKOPS-DANGEROUS', full, `It asks for ${full} (${loader})`, at, full);
    else if ((verdict.kind !== 'allowed' || UNTRUSTED.has(name)) && !isTrusted(module, name)) {
      if (this.#untrusted.size < 500) this.#untrusted.set(full, this.#untrusted.get(full) ?? at);
      // A function that is called with what the file says; a class makes an object.
      if (CALLING.has(loader) && !/^_*[A-Z]/.test(name) && this.#unknown < UNKNOWN_KEPT) {
        this.#unknown += 1;
        this.#add('STATIC-PICKLE-UNKNOWN-CALL', full, `Loading this file calls ${full}`, at, full);
      }
    }
  }

  /** skops writes the getters of `operator` and nothing else of it; any function of it would be called. */
  #operator({ at, module, name }: JudgedNode, leadsOut: LeadsOut | undefined): void {
    const full = `${module}.${name}`;
    if (module !== 'operator' || !GETTERS.has(name))
      this.#add('STATIC-SKOPS-FORGED', full, `It calls ${full} a getter of the operator module`, at, full);
    else if (name === 'methodcaller') this.#add('STATIC-SKOPS-METHOD', full, `It makes an ${full}`, at, full);
    // Of a methodcaller the first argument is the name, the others are handed to the method.
    if (leadsOut === undefined || !(name === 'attrgetter' || (name === 'methodcaller' && leadsOut.first))) return;
    const { text } = leadsOut;
    this.#add('STATIC-SKOPS-DANGEROUS', text, `It makes an ${full} of ${text}`, at, text);
  }

  finish(): readonly UnlocatedMatch[] {
    const names = [...this.#untrusted.keys()];
    if (names.length === 0) return [...this.#hits.values()];
    const shown = names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
    return [
      ...this.#hits.values(),
      {
        rule: 'STATIC-SKOPS-UNTRUSTED',
        key: '',
        subject: shown,
        evidence: [...this.#untrusted].slice(0, 8).map(([text, offset]) => ({ offset, text })),
        count: names.length,
      },
    ];
  }

  #add(rule: UnlocatedMatch['rule'], key: string, subject: string, offset: number, text: string): void {
    if (!this.#hits.has(rule + key) && this.#quota.take(rule))
      this.#hits.set(rule + key, {
        rule,
        key,
        subject,
        evidence: [{ offset, text }],
        ...(rule === 'STATIC-PICKLE-UNKNOWN-CALL' ? { global: text } : {}),
      });
  }
}

/** The types that skops trusts by default: Python's plain types, scikit-learn's estimators, numpy's and scipy's functions of numbers and types. */
function isTrusted(module: string, name: string): boolean {
  if (module === 'builtins') return BUILTINS.has(name);
  if (/^sklearn(?:\.\w+)*$/.test(module)) return /^_?[A-Z]\w*$/.test(name) && !UNTRUSTED.has(name);
  if (module === 'numpy' || module === 'scipy.special') return /^[a-z]\w*$/.test(name);
  return /^numpy\.(?:random|dtypes|ma)(?:\.\w+)*$/.test(module);
}

const GETTERS: ReadonlySet<string> = new Set(['attrgetter', 'itemgetter', 'methodcaller']);
/** Nodes whose name is called with arguments of the file. */
const CALLING: ReadonlySet<string> = new Set(['ConstructorFromReduceNode', 'LossNode', 'ReduceNode', 'TreeNode']);

const BUILTINS: ReadonlySet<string> = new Set(
  'int float str bool complex list set frozenset map tuple dict slice bytes bytearray NoneType type'.split(' '),
);
/** Their arrays are indices that native code follows without a check (`skops/io/_trusted_types.py`). */
const UNTRUSTED: ReadonlySet<string> = new Set(['Tree', 'TreePredictor']);

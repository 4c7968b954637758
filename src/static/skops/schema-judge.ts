/**
 * The objects that a skops `schema.json` makes (`skops/io/_audit.py` and `_general.py`): every object with `__class__`, `__module__` and
 * `__loader__`.
 */
import type { UnlocatedMatch } from '../context.js';
import type { Path } from '../manifest/manifest-judge.js';
import type { Scalar } from '../../readers/json-tokens.js';
import { canonicalModule, judge as judgeName } from '../../names/capabilities.js';

export interface SkopsJudge {
  readonly value: (path: Path, value: Scalar, at: number) => void;
  /** The modules that loading imports; complete once `finish` was called. */
  readonly modules: ReadonlySet<string>;
  readonly finish: () => readonly UnlocatedMatch[];
}

interface SchemaNode {
  at: number;
  module?: string;
  name?: string;
  loader?: string;
}

const NODES_KEPT = 200_000;
const HITS_KEPT = 200;

export function judgeSkopsObject(): SkopsJudge {
  const nodes = new Map<string, SchemaNode>();
  const methods = new Map<string, string>();
  const modules = new Set<string>();
  return {
    modules,
    value: (path, value, at) => {
      const key = path.at(-1);
      if (typeof value !== 'string' || path.length > 500) return;
      if (key === 'func') methods.set(JSON.stringify(path.slice(0, -2)), value);
      if (key !== '__class__' && key !== '__module__' && key !== '__loader__') return;
      const place = JSON.stringify(path.slice(0, -1));
      const node = nodes.get(place) ?? { at };
      if (key === '__class__') node.name = value;
      else if (key === '__module__') node.module = value;
      else node.loader = value;
      if (nodes.size < NODES_KEPT) nodes.set(place, node);
    },
    finish: () => {
      const judged = new Judged();
      for (const [place, node] of nodes) {
        if (node.module === undefined || node.name === undefined || node.loader === undefined) continue;
        modules.add(node.module);
        const child = nodes.get(JSON.stringify([...(JSON.parse(place) as string[]), 'content', 'obj']));
        judged.node(
          { at: node.at, module: node.module, name: node.name, loader: node.loader },
          child,
          methods.get(place),
        );
      }
      return judged.finish();
    },
  };
}

class Judged {
  readonly #hits = new Map<string, UnlocatedMatch>();
  readonly #untrusted = new Map<string, number>();

  node(
    { at, module, name, loader }: Required<SchemaNode>,
    owner: SchemaNode | undefined,
    method: string | undefined,
  ): void {
    const full = `${module}.${name}`;
    const verdict = judgeName(canonicalModule(module), name);
    if (loader === 'OperatorFuncNode' && module !== 'operator')
      this.#add('STATIC-SKOPS-FORGED', full, `It calls ${full} a part of the operator module`, at, full);
    if (loader === 'MethodNode') {
      if (owner && (owner.module !== module || owner.name !== name))
        this.#add(
          'STATIC-SKOPS-FORGED',
          full,
          `It says that a method is ${full}'s, and takes that of ${owner.module ?? '?'}.${owner.name ?? '?'}`,
          at,
          full,
        );
      const reached = `${full}.${method ?? '?'}`;
      const python = method !== undefined && /^__\w+__$/.test(method);
      this.#add(
        python ? 'STATIC-SKOPS-DANGEROUS' : 'STATIC-SKOPS-METHOD',
        reached,
        `It fetches the method ${reached}`,
        at,
        reached,
      );
    }
    if (loader === 'OperatorFuncNode' && module === 'operator') {
      if (name === 'methodcaller') this.#add('STATIC-SKOPS-METHOD', full, `It makes an ${full}`, at, full);
      return;
    }
    if (verdict.kind === 'dangerous' && verdict.capability !== 'system')
      this.#add('STATIC-SKOPS-DANGEROUS', full, `It asks for ${full} (${loader})`, at, full);
    else if (
      (verdict.kind !== 'allowed' || UNTRUSTED.has(name)) &&
      !isTrusted(module, name) &&
      this.#untrusted.size < 500
    )
      this.#untrusted.set(full, this.#untrusted.get(full) ?? at);
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
    if (this.#hits.size < HITS_KEPT && !this.#hits.has(rule + key))
      this.#hits.set(rule + key, { rule, key, subject, evidence: [{ offset, text }] });
  }
}

/** The types that skops trusts by default: Python's plain types, scikit-learn's estimators, numpy's and scipy's functions of numbers and types. */
function isTrusted(module: string, name: string): boolean {
  if (module === 'builtins') return BUILTINS.has(name);
  if (/^sklearn(?:\.\w+)*$/.test(module)) return /^_?[A-Z]\w*$/.test(name) && !UNTRUSTED.has(name);
  if (module === 'numpy' || module === 'scipy.special') return /^[a-z]\w*$/.test(name);
  return /^numpy\.(?:random|dtypes|ma)(?:\.\w+)*$/.test(module);
}

const BUILTINS: ReadonlySet<string> = new Set(
  'int float str bool complex list set frozenset map tuple dict slice bytes bytearray NoneType type'.split(' '),
);
/** Their arrays are indices that native code follows without a check (`skops/io/_trusted_types.py`). */
const UNTRUSTED: ReadonlySet<string> = new Set(['Tree', 'TreePredictor']);

/** The graph of an MXNet model (`-symbol.json`, `nnvm/src/pass/saveload_json.cc`): operations that run code of their own, and libraries. */
import { MXNET_OPS } from '../../names/mxnet-ops.js';
import type { Scalar } from '../../readers/json-tokens.js';
import type { UnlocatedMatch } from '../context.js';
import { isNativeLibrary } from '../../readers/native-library.js';
import { Quota } from '../quota.js';

type Path = readonly (string | number)[];

const HITS_KEPT = 100;
const UNKNOWN_KEPT = 8;

export class MxnetJudge {
  readonly #hits: UnlocatedMatch[] = [];
  readonly #quota = new Quota(HITS_KEPT);
  readonly #unknown = new Set<string>();
  #nodes = 0;
  #graph = false;

  key(path: Path, key: string): void {
    if (path.length === 0 && (key === 'arg_nodes' || key === 'heads')) this.#graph = true;
  }

  value(path: Path, value: Scalar, at: number): void {
    if (path[0] !== 'nodes' && path[0] !== 'attrs' && path[0] !== 'attr') return;
    if (typeof value !== 'string') return;
    if (path.at(-1) === 'op' && path.at(-3) === 'nodes') this.#operation(value, at);
    else if (isNativeLibrary(value) && path.at(-1) !== 'name')
      this.#add('STATIC-MXNET-LIBRARY', `${String(path.at(-1))} is ${value}`, at, value);
  }

  /** What was found when the document is a graph of MXNet's; nothing otherwise. */
  finish(): { readonly hits: readonly UnlocatedMatch[]; readonly gap: string | undefined } {
    if (!this.#graph || this.#nodes === 0) return { hits: [], gap: undefined };
    const [first] = this.#unknown;
    const gap =
      first === undefined
        ? undefined
        : `it needs operations that do not come with MXNet (${[...this.#unknown].join(', ')})`;
    return { hits: this.#hits, gap };
  }

  #operation(name: string, at: number): void {
    this.#nodes += 1;
    if (POINTERS.has(name)) this.#add('STATIC-MXNET-POINTER', `It has the operation ${name}`, at, name);
    else if (CUSTOM.has(name)) this.#add('STATIC-MXNET-CUSTOM', `It has the operation ${name}`, at, name);
    else if (name !== 'null' && !MXNET_OPS.has(name) && this.#unknown.size < UNKNOWN_KEPT) this.#unknown.add(name);
  }

  #add(rule: UnlocatedMatch['rule'], subject: string, offset: number, text: string): void {
    if (this.#quota.take(rule)) this.#hits.push({ rule, key: subject, subject, evidence: [{ offset, text }] });
  }
}

/** Their attribute `info` is the address of functions to call (`src/operator/custom/native_op-inl.h`, `ndarray_op-inl.h`). */
const POINTERS: ReadonlySet<string> = new Set(['_Native', '_NDArray', '_CustomFunction', '_backward_CustomFunction']);
/** Code of Python that is registered under a name (`src/operator/custom/custom.cc`), and subgraphs that a library runs. */
const CUSTOM: ReadonlySet<string> = new Set([
  'Custom',
  '_npi_Custom',
  '_backward_Custom',
  '_custom_subgraph_op',
  '_TensorRT',
  '_TVMOp',
]);

/** The tensors of a model as a tree of layers, by the dots and slashes in their names, with what each layer adds up to. */
import type { Row } from '../../core/inspection.js';
import { sortNaturally } from '../../core/natural-order.js';

export interface NamedTensor {
  readonly name: string;
  readonly type: string;
  readonly shape: string;
  /** Numbers in it. */
  readonly count: number;
  /** Bytes. */
  readonly size: number;
  readonly array: number | undefined;
  /** Tensors of one place are the same numbers, which count once. */
  readonly same: string | undefined;
}

type TreeRow = Pick<Row, 'cells' | 'array'> & { readonly depth: number };

interface Branch {
  readonly children: Map<string, Branch>;
  tensor: NamedTensor | undefined;
  count: number;
  size: number;
  readonly types: Set<string>;
}

const DEPTH_LIMIT = 24;
const BRANCHES_LIMIT = 400_000;

/** Rows in the order of the tree; none when the names make no tree. Layers of one part are shown as one row. */
export function parameterTree(tensors: readonly NamedTensor[]): TreeRow[] {
  const root = branch();
  let branches = 0;
  for (const tensor of firstOfEach(tensors)) {
    const parts = branches > BRANCHES_LIMIT ? [tensor.name] : partsOf(tensor.name);
    let at = root;
    for (const part of parts) {
      let next = at.children.get(part);
      if (!next) {
        next = branch();
        branches += 1;
        at.children.set(part, next);
      }
      at = next;
      at.count += tensor.count;
      at.size += tensor.size;
      if (at.types.size < 4) at.types.add(tensor.type);
    }
    at.tensor = tensor;
  }
  const isFlat = [...root.children.values()].every(({ children }) => children.size === 0);
  return isFlat ? [] : rowsOf(root, 0);
}

function branch(): Branch {
  return { children: new Map(), tensor: undefined, count: 0, size: 0, types: new Set() };
}

function partsOf(name: string): string[] {
  // As a path in HDF5, or as an attribute in Python.
  const parts = name.split(name.includes('/') ? '/' : '.').filter((part) => part !== '');
  if (parts.length === 0) return [name];
  return parts.length <= DEPTH_LIMIT ? parts : [...parts.slice(0, DEPTH_LIMIT), parts.slice(DEPTH_LIMIT).join('.')];
}

function rowsOf(parent: Branch, depth: number): TreeRow[] {
  const rows: TreeRow[] = [];
  for (const [first, child] of sortNaturally(parent.children, ([name]) => name)) {
    let name = first;
    let at = child;
    while (at.tensor === undefined && at.children.size === 1) {
      const [[part, only] = ['', at]] = at.children;
      name = `${name}.${part}`;
      at = only;
    }
    const { tensor, count, size, types, children } = at;
    const isLeaf = children.size === 0;
    rows.push({
      cells: [name, count, [...types].join(', '), isLeaf ? (tensor?.shape ?? '') : '', size],
      depth,
      ...(tensor?.array === undefined ? {} : { array: tensor.array }),
    });
    for (const row of rowsOf(at, depth + 1)) rows.push(row);
  }
  return rows;
}

/** How many numbers there are, and of which types. */
export function parameterFacts(tensors: readonly NamedTensor[]): { name: string; value: string }[] {
  const byType = new Map<string, number>();
  let total = 0;
  for (const { type, count } of firstOfEach(tensors)) {
    byType.set(type, (byType.get(type) ?? 0) + count);
    total += count;
  }
  if (total === 0 || tensors.length < 2) return [];
  const shares = [...byType]
    .sort(([, one], [, other]) => other - one)
    .slice(0, 8)
    .map(([type, count]) => `${type} ${shareText(count / total)}`);
  return [
    { name: 'Parameters', value: countText(total) },
    { name: 'Types', value: byType.size === 1 ? ([...byType.keys()][0] ?? '') : shares.join(', ') },
  ];
}

/** What is stored once counts once, under its first name. */
function* firstOfEach(tensors: readonly NamedTensor[]): Generator<NamedTensor> {
  const seen = new Set<string>();
  for (const tensor of tensors) {
    if (tensor.same !== undefined && tensor.count > 0) {
      if (seen.has(tensor.same)) continue;
      seen.add(tensor.same);
    }
    yield tensor;
  }
}

function countText(count: number): string {
  const grouped = String(count).replaceAll(/\B(?=(?:\d{3}){1,9}$)/g, ',');
  const [unit, name] = count >= 1e12 ? [1e12, 'trillion'] : count >= 1e9 ? [1e9, 'billion'] : [1e6, 'million'];
  return count < 1e6 ? grouped : `${grouped} (${Number((count / unit).toPrecision(3))} ${name})`;
}

function shareText(share: number): string {
  return share < 0.001 ? 'below 0.1 %' : `${Number((100 * share).toPrecision(3))} %`;
}

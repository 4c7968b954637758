/** The origins of a value in a graph: the constants, arguments and placeholders that feed an input, across calls of functions. */
import type { Asset, Graph, Node } from '../../readers/tensorflow/read.js';
import { addAll } from '../../core/lists.js';

export interface Origins {
  /** Texts of constants. */
  readonly constants: readonly string[];
  /** Positions of arguments of the function. */
  readonly inputs: readonly number[];
  /** The caller that runs the graph gives it. */
  readonly given: boolean;
  /** It also comes from a source that is known only while the graph runs: a variable, a table, a file. */
  readonly computed: boolean;
  /** Operations on the way that can make one text of another, and so hide it. */
  readonly strange: readonly string[];
}

/** Nodes followed back from one input: paths have some ten. */
const STEPS = 2000;
/** All nodes followed in one file. */
const STEPS_IN_ALL = 500_000;
const CONSTANTS_KEPT = 64;

export class Flow {
  readonly #nodes = new Map<Graph, Index>();
  readonly #functions = new Map<string, Graph[]>();
  readonly #constants = new Map<string, readonly string[]>();
  #steps = 0;

  /** Tensors into which the loader puts the path of a file of the model, by meta graph and name. */
  readonly #assets: ReadonlySet<string>;

  constructor(
    readonly graphs: readonly Graph[],
    assets: readonly Asset[],
  ) {
    const listed = new Set(assets.filter(({ collected }) => !collected).map(({ metaGraph }) => metaGraph));
    this.#assets = new Set(
      assets
        .filter(({ collected, metaGraph }) => !collected || !listed.has(metaGraph))
        .map(({ metaGraph, tensor }) => `${metaGraph} ${nodeName(tensor)}`),
    );
    for (const graph of graphs) {
      if (graph.name === undefined) continue;
      const known = this.#functions.get(graph.name);
      if (known) known.push(graph);
      else this.#functions.set(graph.name, [graph]);
    }
  }

  /** The search stopped at a limit: some origins are only reported as computed. */
  get exhausted(): boolean {
    return this.#steps >= STEPS_IN_ALL;
  }

  /** Functions of that name: a file can hold several, in several meta graphs. */
  functions(name: string): readonly Graph[] {
    return this.#functions.get(name) ?? [];
  }

  /** The origins of a tensor of the graph, in the spelling of a node's input. */
  origins(graph: Graph, tensors: readonly string[]): Origins {
    const { nodes, positions } = this.#index(graph);
    const constants: string[] = [];
    const inputs = new Set<number>();
    const strange = new Set<string>();
    let given = false;
    let computed = false;
    const open = tensors.map(nodeName);
    const seen = new Set(open);
    for (const [step, name] of open.entries()) {
      this.#steps += 1;
      if (step >= STEPS || this.exhausted) {
        computed = true;
        break;
      }
      const node = nodes.get(name);
      if (node === undefined) {
        const argument = positions.get(name);
        if (argument !== undefined) inputs.add(argument);
        else computed = true;
        continue;
      }
      if (PLACEHOLDERS.has(node.op)) given = true;
      else if (node.op === 'Const') {
        // The value at export is replaced when the model is loaded.
        if (graph.name === undefined && this.#assets.has(`${graph.metaGraph} ${name}`)) computed = true;
        else {
          const values = node.texts.get('value') ?? [];
          addAll(constants, values);
          // Before 1.13 savers had no placeholder: the program that saves or restores replaces this constant with the path.
          if (values.length === 1 && values[0] === SAVER_DEFAULT) given = true;
        }
      } else {
        if (node.inputs.length === 0 && node.calls.length === 0) computed = true;
        if (!PASSES_ON.has(node.op)) strange.add(node.op);
      }
      for (const { name: called } of node.calls) addAll(constants, this.#constantsOf(called));
      if (constants.length > CONSTANTS_KEPT) constants.length = CONSTANTS_KEPT;
      for (const input of node.inputs) {
        if (input.startsWith('^')) continue;
        const next = nodeName(input);
        if (!seen.has(next)) {
          seen.add(next);
          open.push(next);
        }
      }
    }
    return { constants, inputs: [...inputs], given, computed, strange: [...strange] };
  }

  /** The values of its own that a function can return. */
  #constantsOf(name: string): readonly string[] {
    let constants = this.#constants.get(name);
    if (constants === undefined) {
      constants = this.functions(name)
        .flatMap(({ nodes }) => nodes)
        .filter(({ op }) => op === 'Const')
        .flatMap(({ texts }) => texts.get('value') ?? [])
        .slice(0, CONSTANTS_KEPT);
      this.#constants.set(name, constants);
    }
    return constants;
  }

  #index(graph: Graph): Index {
    let index = this.#nodes.get(graph);
    if (index === undefined) {
      index = {
        nodes: new Map(graph.nodes.map((node) => [node.name, node])),
        positions: new Map(graph.inputs.map((name, position) => [name, position])),
      };
      this.#nodes.set(graph, index);
    }
    return index;
  }
}

interface Index {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly positions: ReadonlyMap<string, number>;
}

/** `filename or "model"` (`tensorflow/python/training/saver.py`); alone, it names a file of numbers in the working folder. */
const SAVER_DEFAULT = 'model';

const PLACEHOLDERS: ReadonlySet<string> = new Set(['Placeholder', 'PlaceholderV2', 'PlaceholderWithDefault', '_Arg']);

/** Operations between the input with a path and the operation that uses it, in graphs that TensorFlow's own savers and tables made. */
const PASSES_ON: ReadonlySet<string> = new Set([
  ...['Identity', 'IdentityN', 'StringJoin', 'ShardedFilename', 'StaticRegexFullMatch', 'Select', 'SelectV2', 'Pack'],
  ...['Reshape', 'ExpandDims', 'Squeeze', 'ConcatV2', 'StridedSlice', 'Fill', 'Switch', 'Merge', 'NoOp', 'Shape'],
  ...['VarHandleOp', 'ReadVariableOp', 'VariableV2', 'PartitionedCall', 'StatefulPartitionedCall'],
]);

/** `node`, `node:1` in a graph, `node:output:0` in a function. */
function nodeName(tensor: string): string {
  const end = tensor.indexOf(':');
  return end < 0 ? tensor : tensor.slice(0, end);
}

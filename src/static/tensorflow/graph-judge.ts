/** Finds the effects of a graph outside itself, from the facts that were read of it. */
import { whyOutside } from '../protobuf/paths.js';
import { Flow, type Origins } from './flow.js';
import { isKnownOp, reachOf, type Reach, type TensorFlowRule } from './operations.js';
import type { Graph, Node, TensorFlowFacts } from '../../readers/tensorflow/read.js';

export interface TensorFlowMatch {
  readonly rule: TensorFlowRule;
  readonly key: string;
  readonly subject: string;
  readonly evidence: readonly { readonly offset: number; readonly text: string }[];
  readonly count: number;
}

export interface TensorFlowJudgement {
  readonly hits: readonly TensorFlowMatch[];
  readonly gaps: readonly string[];
}

const SHOWN_PATHS = 4;
const EVIDENCE_KEPT = 8;
const UNKNOWN_SHOWN = 12;
const UNKNOWN_KEPT = 1000;
/** Arguments of functions followed to their callers. */
const CALLS_FOLLOWED = 20_000;

export function judgeGraphs(facts: TensorFlowFacts): TensorFlowJudgement {
  return new Judge(facts).judge();
}

/** A node of the graph that names something outside. */
interface Sink {
  readonly reach: Reach;
  readonly op: string;
  readonly graph: Graph;
  readonly node: Node;
  /** The tensors that name it. */
  readonly tensors: readonly string[];
  /** The functions between the operation and the node that names it, innermost first. */
  readonly through: readonly string[];
}

interface Uses {
  readonly reach: Reach;
  readonly op: string;
  readonly paths: Set<string>;
  readonly evidence: { offset: number; text: string }[];
  count: number;
}

class Judge {
  readonly #flow: Flow;
  readonly #uses = new Map<string, Uses>();
  readonly #unknown = new Map<string, { offset: number; text: string }>();
  readonly #callers = new Map<string, { graph: Graph; node: Node; attribute: string }[]>();
  readonly #followed = new Set<string>();
  readonly #gaps: string[] = [];

  constructor(private readonly facts: TensorFlowFacts) {
    this.#flow = new Flow(facts.graphs, facts.assets);
  }

  judge(): TensorFlowJudgement {
    const { graphs, assets } = this.facts;
    for (const graph of graphs) for (const node of graph.nodes) this.#listCalls(graph, node);
    for (const graph of graphs) for (const node of graph.nodes) this.#node(graph, node);
    if (this.#flow.exhausted)
      this.#gaps.push('not every path that the graph names was followed to where it comes from');
    const hits = [...this.#uses.values()].map(hitOf);
    if (this.#unknown.size > 0) hits.push(this.#unknownHit());
    for (const { file, offset } of assets) {
      const why = whyOutside(file);
      if (why === undefined) continue;
      hits.push({
        rule: 'STATIC-TF-ASSET-PATH',
        key: file,
        subject: `The model calls '${file}' one of its assets, and ${why}`,
        evidence: [{ offset, text: `asset ${file}` }],
        count: 1,
      });
    }
    return { hits, gaps: this.#gaps };
  }

  #listCalls(graph: Graph, node: Node): void {
    const direct = this.#flow.functions(node.op).length > 0 ? [{ attribute: '', name: node.op }] : [];
    for (const { attribute, name } of [...direct, ...node.calls]) {
      const callers = this.#callers.get(name);
      if (callers) callers.push({ graph, node, attribute });
      else this.#callers.set(name, [{ graph, node, attribute }]);
    }
  }

  #node(graph: Graph, node: Node): void {
    const { op } = node;
    const reach = reachOf(op);
    if (reach === undefined) {
      // The name of a function of the graph is an operation as well.
      if (
        !isKnownOp(op) &&
        this.#flow.functions(op).length === 0 &&
        this.#unknown.size < UNKNOWN_KEPT &&
        !this.#unknown.has(op)
      )
        this.#unknown.set(op, { offset: node.offset, text: `node ${node.name} is of the kind ${op}` });
      return;
    }
    const data = node.inputs.filter((input) => !input.startsWith('^'));
    const tensors = (reach.inputs ?? []).flatMap((index) => data[index] ?? []);
    const named = (reach.attributes ?? []).flatMap((attribute) => [
      ...(node.texts.get(attribute) ?? []),
      ...node.calls.flatMap((call) => (call.attribute === attribute ? [call.name] : [])),
    ]);
    const sink: Sink = { reach, op, graph, node, tensors, through: [] };
    const origins = this.#flow.origins(graph, tensors);
    if (reach.ordinary !== undefined) {
      this.#ordinary(sink, origins);
      return;
    }
    const paths = [...named, ...origins.constants].filter((path) => path !== '');
    const empty =
      paths.filter(leavesMemory).length === 0 && !origins.given && !origins.computed && origins.inputs.length === 0;
    if (!(reach.unlessEmpty === true && empty)) {
      const path = this.#pathOf(named, origins);
      this.#use(sink, paths, path);
    }
    this.#follow(sink, origins);
  }

  /** An operation that harmless models have: the path must come from the caller, and no part of it may lead elsewhere. */
  #ordinary(sink: Sink, origins: Origins): void {
    const { constants, inputs, given, computed, strange } = origins;
    const open = given || inputs.length > 0 || (computed && sink.reach.ordinary === 'computed');
    const odd = constants.filter((text) => whyOutside(text) !== undefined);
    if (odd.length > 0) this.#use(sink, odd, undefined);
    else if (strange.length > 0) this.#use(sink, [], `a path that it computes with ${strange.slice(0, 4).join(', ')}`);
    else if (!open && sink.tensors.length > 0)
      this.#use(sink, fixedOf(constants), computed ? 'a path that it computes' : undefined);
    this.#follow(sink, origins);
  }

  /** A path that is an argument of a function: finds the values that its callers pass. */
  #follow(sink: Sink, { inputs }: Origins): void {
    const { graph } = sink;
    if (graph.name === undefined) return;
    for (const input of inputs) {
      const key = `${sink.op}\n${graph.name}\n${input}`;
      if (this.#followed.has(key) || this.#followed.size >= CALLS_FOLLOWED) continue;
      this.#followed.add(key);
      for (const call of this.#callers.get(graph.name) ?? []) {
        const data = call.node.inputs.filter((tensor) => !tensor.startsWith('^'));
        const shift = argumentShift(call.node.op, call.attribute);
        // Any input of an operation that makes arguments of its own, such as one of data sets, can be the argument.
        const tensors = shift === undefined ? data : data.slice(input + shift, input + shift + 1);
        const calling = {
          ...sink,
          graph: call.graph,
          node: call.node,
          tensors,
          through: [...sink.through, graph.name],
        };
        const origins = this.#flow.origins(call.graph, tensors);
        const fixed = fixedOf(origins.constants);
        if (sink.reach.ordinary !== undefined) {
          const open = shift === undefined || origins.given || origins.computed || origins.inputs.length > 0;
          const odd = fixed.filter((text) => whyOutside(text) !== undefined);
          if (odd.length > 0) this.#use(calling, odd, undefined);
          else if (origins.strange.length > 0 && shift !== undefined)
            this.#use(calling, [], `a path that it computes with ${origins.strange.slice(0, 4).join(', ')}`);
          else if (!open) this.#use(calling, fixed, undefined);
        } else if (fixed.length > 0) this.#use(calling, fixed, undefined);
        if (calling.through.length < 20) this.#follow(calling, origins);
      }
    }
  }

  #pathOf(named: readonly string[], { constants, given, inputs, computed }: Origins): string | undefined {
    if (named.length > 0 || constants.length > 0) return undefined;
    if (given || inputs.length > 0) return 'a name that the user who runs the model gives';
    return computed ? 'a name that it computes' : undefined;
  }

  #use({ reach, op, graph, node, through }: Sink, paths: readonly string[], otherwise: string | undefined): void {
    let uses = this.#uses.get(op);
    if (uses === undefined) {
      uses = { reach, op, paths: new Set(), evidence: [], count: 0 };
      this.#uses.set(op, uses);
    }
    const shown = paths.slice(0, SHOWN_PATHS).map((path) => `'${path}'`);
    if (shown.length === 0 && otherwise !== undefined) shown.push(otherwise);
    for (const path of shown) if (uses.paths.size < SHOWN_PATHS) uses.paths.add(path);
    uses.count += 1;
    if (uses.evidence.length >= EVIDENCE_KEPT) return;
    const where = graph.name === undefined ? '' : ` in the function ${graph.name}`;
    const what = through.length > 0 ? ` hands to ${through.join(' and ')}, for ${op},` : ` is ${op}`;
    uses.evidence.push({ offset: node.offset, text: `node ${node.name}${where}${what} ${shown.join(', ')}`.trimEnd() });
  }

  #unknownHit(): TensorFlowMatch {
    const names = [...this.#unknown.keys()];
    const more = names.length > UNKNOWN_SHOWN ? ` and ${names.length - UNKNOWN_SHOWN} more` : '';
    return {
      rule: 'STATIC-TF-UNKNOWN-OP',
      key: '',
      subject: `The graph has operations of the kind ${names.slice(0, UNKNOWN_SHOWN).join(', ')}${more}`,
      evidence: [...this.#unknown.values()].slice(0, EVIDENCE_KEPT),
      count: names.length,
    };
  }
}

function fixedOf(constants: readonly string[]): string[] {
  return constants.filter((text) => text !== '');
}

function hitOf({ reach, op, paths, evidence, count }: Uses): TensorFlowMatch {
  // Some of these write or connect to a server, as their address says.
  const network = reach.rule === 'STATIC-TF-WRITE' && [...paths].some((path) => /^'(?!file:)\w+:\/\//.test(path));
  return {
    rule: network ? 'STATIC-TF-NETWORK' : reach.rule,
    key: op,
    subject: `Its operation ${op} ${reach.does}${paths.size > 0 ? ` ${[...paths].join(', ')}` : ' a path of its own'}`,
    evidence,
    count,
  };
}

/** The destinations of `PrintV2`, `DecodeProtoV2` and the like that stay inside the process (their kernels' sources). */
function leavesMemory(path: string): boolean {
  return path !== '' && !/^(?:stdout|stderr|log\(\w+\)|local:\/\/.*|bytes:\/\/.*)$/s.test(path);
}

/** Inputs before a function's own arguments; undefined when they are not the function's arguments one by one. */
function argumentShift(op: string, attribute: string): number | undefined {
  if (attribute === '') return 0;
  switch (op) {
    case 'PartitionedCall':
    case 'StatefulPartitionedCall':
    case 'TPUPartitionedCall':
    case 'SymbolicGradient':
    case 'While':
    case 'StatelessWhile':
    case '_While':
    case 'BatchFunction':
      return 0;
    case 'If':
    case 'StatelessIf':
    case '_If':
    case 'Case':
    case 'StatelessCase':
    case 'RemoteCall':
      return 1;
    default:
      return undefined;
  }
}

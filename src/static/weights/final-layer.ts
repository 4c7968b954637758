/**
 * Finds the layer whose outputs are the classes, by the names that frameworks and authors give to layers, and language models by their tables of
 * words.
 */
import type { Weights } from './readers.js';
import { elements, type WeightTensor } from './tensor.js';

export interface FinalLayer {
  readonly tensor: WeightTensor;
  readonly outputs: number;
  readonly inputs: number;
  /** All weights of one output stand together, output after output. */
  readonly outputsTogether: boolean;
}

/** A matrix with more outputs than this chooses among words, not among classes. */
export const VOCABULARY = 10_000;
/** Fewer classes than this have nothing to be compared with. */
const OUTPUTS_LEAST = 3;
const INPUTS_LEAST = 2;

const WEIGHT = /(?:^|[._/:])(?:weights?|kernel|coefs?|w)_?\d*(?::0)?$|\/vars\/0$|^onnx::(?:MatMul|Gemm)_\d+$/i;
/** Names of the parts of other layers, whose outputs are no classes, and names of optimizer state. */
const OTHER_LAYER = /attn|attention|embed|query|key|value|proj|norm|conv|lstm|gru|rnn|optim|moment|lora/i;
const HEAD =
  /^(?:fc|classifier|classification|cls|heads?|output|out|final|logits?|predictions?|scores?|last_(?:linear|layer)|lm_head)_?\d*$/i;
const WORDS = /embed|wte|word|token|vocab|lm_head|decoder/i;
const WORD_WIDTH = 64;

export function finalLayer({ tensors, ordered, last }: Weights): FinalLayer | undefined {
  const used = last === undefined ? undefined : tensors.find(({ name }) => name === last);
  if (used) return shapeOf(used, tensors);
  let best: { tensor: WeightTensor; depth: number } | undefined;
  for (const tensor of tensors) {
    const depth = headDepth(tensor);
    if (depth === undefined) continue;
    const later = best === undefined || ordered || byName(tensor.name, best.tensor.name) > 0;
    if (best === undefined || depth < best.depth || (depth === best.depth && later)) best = { tensor, depth };
  }
  return best && shapeOf(best.tensor, tensors);
}

/** True when the model reads or writes words: the statistics of classifiers' last layers do not apply to it. */
export function speaksLanguage(tensors: readonly WeightTensor[], layer: FinalLayer): boolean {
  return (
    layer.outputs > VOCABULARY ||
    tensors.some(({ name, shape: [rows = 0, columns = 0, ...rest] }) => {
      const [most, least] = rows > columns ? [rows, columns] : [columns, rows];
      return rest.length === 0 && most > VOCABULARY && least >= WORD_WIDTH && WORDS.test(name);
    })
  );
}

const NATURAL = new Intl.Collator('en', { numeric: true });

/** Part by part: `dense` comes before `dense_1`, and that before `dense_10`. */
function byName(one: string, other: string): number {
  const others = partsOf(other);
  for (const [index, part] of partsOf(one).entries()) {
    const order = NATURAL.compare(part, others[index] ?? '');
    if (order !== 0) return order;
  }
  return -1;
}

function partsOf(name: string): string[] {
  return name.split(/[./:]+/).filter((part) => part !== '');
}

/** The depth at which a name marks a last layer; Infinity when the name is neutral; undefined when it names another layer. */
function headDepth({ name, shape }: WeightTensor): number | undefined {
  if (shape.length !== 2 || !WEIGHT.test(name) || OTHER_LAYER.test(name)) return undefined;
  const parts = partsOf(name);
  const depth = parts.findIndex((part) => HEAD.test(part));
  const block = parts.findIndex((part) => /^\d+$/.test(part));
  // A block that is there many times has inner layers of the same names.
  if (block >= 0 && (depth < 0 ? block < parts.length - INNER : block < depth)) return undefined;
  return depth < 0 ? Infinity : depth;
}
/** `layers.3.linear.weight` is a layer of a model of layers, `layer.11.intermediate.dense.weight` lies within a block. */
const INNER = 3;

function shapeOf(tensor: WeightTensor, tensors: readonly WeightTensor[]): FinalLayer | undefined {
  const [first = 0, last = 0] = tensor.shape;
  const bias = biasOf(tensor, tensors);
  const outputsFirst = bias !== undefined && first !== last ? bias === first : tensor.outputs === 'first';
  const [outputs, inputs] = outputsFirst ? [first, last] : [last, first];
  if (outputs < OUTPUTS_LEAST || inputs < INPUTS_LEAST || elements(tensor) === undefined) return undefined;
  return { tensor, outputs, inputs, outputsTogether: outputsFirst !== (tensor.byColumns ?? false) };
}

/** The length of the bias beside it, when that is one of its sides. */
function biasOf(tensor: WeightTensor, tensors: readonly WeightTensor[]): number | undefined {
  const { name, shape } = tensor;
  const names = new Set([
    name.replace(/weight(?!.*weight)/i, 'bias'),
    name.replace(/kernel(?!.*kernel)/i, 'bias'),
    name.replace(/coef(?!.*coef)/i, 'intercept'),
    name.replace(/\/vars\/0$/, '/vars/1'),
    name.replace(/w(?=_?\d*$)/, 'b').replace(/W(?=_?\d*$)/, 'b'),
  ]);
  const isBias = (other: WeightTensor): boolean => other.shape.length === 1 && names.has(other.name);
  // The layers of a whole module all have the same names, each with its bias behind it.
  const bias = tensors.slice(tensors.indexOf(tensor)).find(isBias) ?? tensors.find(isBias);
  return bias?.shape.find((side) => shape.includes(side));
}

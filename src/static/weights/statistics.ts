/** The statistics of one layer: a few numbers for each output, in two passes over the weights and with bounded memory. */
import type { FinalLayer } from './final-layer.js';
import { numbers } from './tensor.js';
import type { Stop } from '../../readers/units.js';

export interface LayerStatistics {
  /** L2 norm and mean of the weights of each output. */
  readonly norms: Float64Array;
  readonly means: Float64Array;
  /** Mean and standard deviation of the weights' magnitudes. */
  readonly magnitude: Moments;
  /** How many weights of each output are larger than mean + `EXTREME` standard deviations of the magnitudes. */
  readonly extreme: Uint32Array;
  /**
   * Outputs unlike every other, with the largest cosine similarity (of either sign); undefined when they were not searched, or when they are no
   * exception.
   */
  readonly unlike: readonly { readonly output: number; readonly similarity: number }[] | undefined;
}

export interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

/** Mean and this many standard deviations of the magnitudes. modelaudit takes 3, which most harmless layers reach (docs/weights.md). */
export const EXTREME = 8;
/** As modelaudit has it. */
export const UNLIKE = 0.7;
const UNLIKE_OUTPUTS = 1000;
/** The matrix is kept, as floats, for the comparison of all pairs when it is no larger: 16 MB. */
const KEPT = 4 * 1024 * 1024;

/** Undefined when the numbers end early or are not all finite: then no statistics can be computed. */
export async function layerStatistics(layer: FinalLayer, signal?: Stop): Promise<LayerStatistics | undefined> {
  const { outputs, inputs } = layer;
  const count = outputs * inputs;
  const source = await layer.tensor.open();
  const sums: Sums = {
    weights: new Float64Array(outputs),
    squares: new Float64Array(outputs),
    magnitudes: 0,
    matrix: outputs <= UNLIKE_OUTPUTS && count <= KEPT ? new Float32Array(count) : undefined,
  };
  let seen = 0;
  for await (const piece of numbers(source, layer.tensor.type, count)) {
    signal?.throwIfAborted();
    addPiece(piece, seen, layer, sums);
    seen += piece.length;
  }
  const square = sums.squares.reduce((sum, value) => sum + value, 0);
  if (seen < count || !Number.isFinite(square)) return undefined;
  const mean = sums.magnitudes / count;
  const magnitude: Moments = { mean, deviation: Math.sqrt(Math.max(0, square / count - mean * mean)) };

  const limit = magnitude.mean + EXTREME * magnitude.deviation;
  const extreme = new Uint32Array(outputs);
  let again = 0;
  for await (const piece of numbers(source, layer.tensor.type, count)) {
    signal?.throwIfAborted();
    countExtreme(piece, again, layer, limit, extreme);
    again += piece.length;
  }
  const norms = sums.squares.map(Math.sqrt);
  const unlike = sums.matrix && unlikeOutputs(sums.matrix, norms, inputs, signal);
  return { norms, means: sums.weights.map((sum) => sum / inputs), magnitude, extreme, unlike };
}

interface Sums {
  /** Of each output. */
  readonly weights: Float64Array;
  readonly squares: Float64Array;
  /** Of all. */
  magnitudes: number;
  /** All weights, output after output, when they are few enough to be kept. */
  readonly matrix: Float32Array | undefined;
}

/** `seen`: how many numbers came before the piece. */
function addPiece(piece: Float64Array, seen: number, layer: FinalLayer, sums: Sums): void {
  const { outputs, inputs, outputsTogether } = layer;
  const { weights, squares, matrix } = sums;
  let output = outputsTogether ? Math.floor(seen / inputs) : seen % outputs;
  let input = outputsTogether ? seen % inputs : Math.floor(seen / outputs);
  let magnitudes = 0;
  for (const value of piece) {
    weights[output] = (weights[output] ?? 0) + value;
    squares[output] = (squares[output] ?? 0) + value * value;
    magnitudes += Math.abs(value);
    if (matrix) matrix[output * inputs + input] = value;
    if (outputsTogether) {
      input += 1;
      if (input === inputs) [input, output] = [0, output + 1];
    } else {
      output += 1;
      if (output === outputs) [output, input] = [0, input + 1];
    }
  }
  sums.magnitudes += magnitudes;
}

function countExtreme(
  piece: Float64Array,
  seen: number,
  { outputs, inputs, outputsTogether }: FinalLayer,
  limit: number,
  extreme: Uint32Array,
): void {
  for (let index = 0; index < piece.length; index += 1) {
    if (Math.abs(piece[index] ?? 0) <= limit) continue;
    const output = outputsTogether ? Math.floor((seen + index) / inputs) : (seen + index) % outputs;
    extreme[output] = (extreme[output] ?? 0) + 1;
  }
}

/** At most this many outputs unlike the others are an exception; a larger number is a property of the layer. */
export function unlikeMost(outputs: number): number {
  return Math.min(5, Math.max(1, Math.floor(outputs * 0.05)));
}

function unlikeOutputs(
  matrix: Float32Array,
  norms: Float64Array,
  inputs: number,
  signal: Stop | undefined,
): { output: number; similarity: number }[] | undefined {
  const outputs = norms.length;
  const alike = new Uint8Array(outputs);
  const found: { output: number; similarity: number }[] = [];
  for (let output = 0; output < outputs; output += 1) {
    if (alike[output] === 1) continue;
    signal?.throwIfAborted();
    let largest = 0;
    for (let other = 0; other < outputs && largest < UNLIKE; other += 1) {
      if (other === output) continue;
      const similarity = Math.abs(cosine(matrix, norms, inputs, output, other));
      largest = Math.max(largest, similarity);
      if (similarity >= UNLIKE) alike[other] = 1;
    }
    if (largest >= UNLIKE) continue;
    found.push({ output, similarity: largest });
    // Further comparisons would not change the result: this is no exception.
    if (found.length > unlikeMost(outputs)) return undefined;
  }
  return found;
}

function cosine(matrix: Float32Array, norms: Float64Array, inputs: number, one: number, other: number): number {
  const length = (norms[one] ?? 0) * (norms[other] ?? 0);
  if (length === 0) return 0;
  let sum = 0;
  const [first, second] = [one * inputs, other * inputs];
  for (let input = 0; input < inputs; input += 1) sum += (matrix[first + input] ?? 0) * (matrix[second + input] ?? 0);
  return sum / length;
}

/** Layers of Keras models, from their configuration. */
import type { Gatherer } from './gather.js';
import { addAll } from '../../core/lists.js';

const NODES_LIMIT = 500_000;

/** Every layer that a configuration names, wherever it is nested, in its order. */
export function inspectKerasConfig(config: unknown, gather: Gatherer): void {
  const waiting: unknown[] = [config];
  for (let seen = 0; waiting.length > 0 && seen < NODES_LIMIT; seen += 1) {
    const value = waiting.pop();
    if (Array.isArray(value)) addAll(waiting, (value as unknown[]).slice(0, NODES_LIMIT - waiting.length).reverse());
    else if (isRecord(value)) {
      const { class_name: type, config: inner } = value;
      if (typeof type === 'string' && type !== 'DTypePolicy' && isRecord(inner) && typeof inner['name'] === 'string')
        inspectLayer(inner['name'], type, value, inner, gather);
      addAll(waiting, Object.values(value).reverse());
    }
  }
}

function inspectLayer(
  name: string,
  type: string,
  layer: Record<string, unknown>,
  config: Record<string, unknown>,
  gather: Gatherer,
): void {
  const built = layer['build_config'];
  const shape = config['batch_shape'] ?? config['batch_input_shape'] ?? (isRecord(built) ? built['input_shape'] : '');
  gather.row('layers', [name, type, shapeOf(shape), settingsOf(config)]);
  if (type === 'InputLayer') gather.row('ports', [name, 'input', dtypeOf(config['dtype']), shapeOf(shape)]);
  const outputs = type === 'Sequential' ? lastOf(config['layers']) : namesIn(config['output_layers']);
  for (const output of outputs) gather.row('ports', [output, 'output', '', '']);
}

function lastOf(layers: unknown): string[] {
  const last: unknown = Array.isArray(layers) ? layers.at(-1) : undefined;
  const inner = isRecord(last) ? last['config'] : undefined;
  return isRecord(inner) && typeof inner['name'] === 'string' ? [inner['name']] : [];
}

/** `[["dense", 0, 0], …]`, or a single one of them. */
function namesIn(listed: unknown): string[] {
  if (!Array.isArray(listed)) return [];
  const [first] = listed as unknown[];
  if (typeof first === 'string') return [first];
  return (listed as unknown[])
    .slice(0, 1000)
    .flatMap((one) => (Array.isArray(one) && typeof one[0] === 'string' ? [one[0]] : []));
}

/** `? × 28 × 28`: a side that is not told can be any. */
function shapeOf(shape: unknown): string {
  if (!Array.isArray(shape) || shape.length > 64) return '';
  return (shape as unknown[]).map((side) => (typeof side === 'number' ? String(side) : '?')).join(' × ');
}

/** Numbers and words of a configuration: what it was made with. */
function settingsOf(config: Record<string, unknown>): string {
  return Object.entries(config)
    .filter(([key, value]) => !LEFT_OUT.has(key) && isPlain(value))
    .slice(0, 30)
    .map(
      ([key, value]) =>
        `${key}=${Array.isArray(value) ? `(${value.join(', ')})` : value === true ? 'True' : String(value)}`,
    )
    .join(', ');
}
const LEFT_OUT: ReadonlySet<string> = new Set(['name', 'dtype', 'trainable', 'batch_shape', 'batch_input_shape']);

function isPlain(value: unknown): boolean {
  if (Array.isArray(value))
    return value.length > 0 && value.length <= 8 && value.every((one) => typeof one === 'number');
  return typeof value === 'number' || (typeof value === 'string' && value.length <= 60) || value === true;
}

function dtypeOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const inner = isRecord(value) ? value['config'] : undefined;
  return isRecord(inner) && typeof inner['name'] === 'string' ? inner['name'] : '';
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

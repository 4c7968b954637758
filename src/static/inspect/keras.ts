/** Layers of Keras models, from their configuration. */
import type { Gatherer } from './gather.js';
import { addAll } from '../../core/lists.js';

const NODES_LIMIT = 500_000;

/** Every layer that a configuration names, wherever it is nested. */
export function inspectKerasConfig(config: unknown, gather: Gatherer): void {
  const waiting: unknown[] = [config];
  for (let seen = 0; waiting.length > 0 && seen < NODES_LIMIT; seen += 1) {
    const value = waiting.pop();
    if (Array.isArray(value)) addAll(waiting, (value as unknown[]).slice(0, NODES_LIMIT - waiting.length).reverse());
    else if (isRecord(value)) {
      const { class_name: type, config: inner } = value;
      if (typeof type === 'string' && type !== 'DTypePolicy' && isRecord(inner) && typeof inner['name'] === 'string')
        gather.row('layers', [inner['name'], type]);
      addAll(waiting, Object.values(value).reverse());
    }
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

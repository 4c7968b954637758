/** Limits that the engine's host can keep: one above what it has bounds nothing there, or is refused. */
import type { Settings } from '../config/settings.js';
import type { Engine } from './engine.js';

export interface BoundedSettings {
  readonly settings: Settings;
  /** Why a limit is lower than its setting, by the setting. */
  readonly reasons: ReadonlyMap<keyof Settings, string>;
}

/** A thread has a kernel stack of 16 KiB, and Linux gives all of them an eighth of its memory at most (`kernel.threads-max`). */
const KIB_FOR_THREAD = 8 * 16;

export function boundByHost(settings: Settings, { cores, memory }: Pick<Engine, 'cores' | 'memory'>): BoundedSettings {
  const most = {
    memory: Math.floor(memory / 1024 ** 2),
    pids: Math.floor(memory / 1024 / KIB_FOR_THREAD),
    cpus: cores,
  };
  const has = {
    memory: `${most.memory} MiB of memory`,
    pids: `room for ${most.pids} processes and threads`,
    cpus: `${most.cpus} processor${most.cpus === 1 ? '' : 's'}`,
  };
  const bounded = { ...settings };
  const reasons = new Map<keyof Settings, string>();
  for (const name of ['memory', 'pids', 'cpus'] as const) {
    if (settings[name] <= most[name]) continue;
    bounded[name] = most[name];
    reasons.set(
      name,
      `The host of the container engine has ${has[name]}, less than the setting ${name} (${settings[name]}).`,
    );
  }
  return { settings: bounded, reasons };
}

/** Advice that holds in a checkout of DynScan, and not where its extension or its command is installed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const isCheckout = ['..', join('..', '..')].some((up) => existsSync(join(__dirname, up, 'scripts', 'start.mjs')));

export function inCheckout<T extends object>(parts: T): Partial<T> {
  return isCheckout ? parts : {};
}

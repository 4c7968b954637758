import type { Io } from './io.js';
import type { Flags } from './settings.js';
export interface ExplainOptions extends Flags {
  readonly format: 'text' | 'json';
}
export async function runExplain(file: string, options: ExplainOptions, io: Io, signal: AbortSignal): Promise<number> {
  await Promise.resolve([file, options, io, signal]);
  return 0;
}

/** What the user calls the models: paths as they were typed, while reports have absolute ones. */
import { relative, resolve } from 'node:path';
import type { ScanEvent } from '../scan/scan-request.js';

export class TypedNames {
  readonly #typed = new Map<string, string>();
  readonly #folder: string | undefined;

  /** `cwd`: the folder where the command was given. */
  constructor(
    paths: readonly string[],
    private readonly cwd: string,
  ) {
    const [only] = paths;
    this.#folder = paths.length === 1 && only !== '.' ? only : undefined;
  }

  event(event: ScanEvent): void {
    if (event.type === 'found') for (const path of event.paths) this.#add(path);
    if (event.type === 'started') this.#add(event.path);
  }

  /** The one folder that was asked for; names of models are below it then. */
  get folder(): string | undefined {
    return this.#folder === undefined || this.#typed.has(resolve(this.cwd, this.#folder)) ? undefined : this.#folder;
  }

  /** The path as it was typed, by that of the report. */
  typed(path: string): string {
    return this.#typed.get(path) ?? path;
  }

  /** The same, below the one folder that was asked for. */
  of(path: string): string {
    const typed = this.typed(path);
    if (this.folder === undefined) return typed;
    const below = relative(resolve(this.cwd, this.folder), resolve(this.cwd, typed));
    return below === '' || below.startsWith('..') ? typed : below;
  }

  #add(path: string): void {
    this.#typed.set(resolve(this.cwd, path), path);
  }
}

/** The files beside a model of one file that its loader opens too: what was read, what is hashed and what the sandbox has must be one file. */
import { dirname, join } from 'node:path';
import { escapeAndCut } from '../core/escape.js';
import { lookAt, openFile, sha256, type FileFacts } from '../model/source.js';

interface Part {
  readonly name: string;
  readonly facts: FileFacts;
}

export class Parts {
  /** In the order of the files; undefined for one that was another when it was hashed. */
  readonly #hashes: Promise<readonly (string | undefined)[]>;

  private constructor(
    private readonly folder: string,
    private readonly all: readonly Part[],
    /** Names of those that were others when the model was read. */
    private readonly changed: readonly string[],
    signal: AbortSignal,
  ) {
    this.#hashes = hashesOf(all, signal);
    this.#hashes.catch(() => undefined); // the code that waits for it gets the error
  }

  /**
   * Finds those that can be opened, by their names relative to the folder of the model at `path`, and begins to hash them. `read` has the stamps of
   * the files that were opened for the reading.
   */
  static async find(
    path: string,
    names: readonly string[],
    read: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<Parts> {
    const folder = dirname(path);
    const all: Part[] = [];
    const changed: string[] = [];
    for (const name of names) {
      const file = await openFile(join(folder, name)).catch(() => undefined);
      await file?.close();
      const stamp = read.get(name);
      if (stamp !== undefined && stamp !== file?.stamp) changed.push(name);
      if (file) all.push({ name, facts: file });
    }
    return new Parts(folder, all, changed, signal);
  }

  /** As files of the sandbox's model, in the order in which the sandbox hashes them, after the model itself. */
  get files(): { readonly hostPath: string; readonly name: string }[] {
    return this.all.map(({ name, facts }) => ({ hostPath: facts.path, name }));
  }

  /** Names of those of which the sandbox had another file. */
  async differing(hashes: readonly string[]): Promise<string[]> {
    const own = await this.#hashes;
    return this.all.filter((_, index) => own[index] === undefined || own[index] !== hashes[index]).map(shown);
  }

  /** Names of those that were not the same file from the reading to now. */
  async notTheSame(): Promise<string[]> {
    const found = new Set(this.changed);
    for (const { name, facts } of this.all) {
      const now = await lookAt(join(this.folder, name)).catch(() => undefined);
      if (now?.path !== facts.path || now.stamp !== facts.stamp) found.add(name);
    }
    return [...found].map((name) => shown({ name }));
  }
}

/** One after the other: there can be as many as tensors. */
async function hashesOf(parts: readonly Part[], signal: AbortSignal): Promise<(string | undefined)[]> {
  const hashes: (string | undefined)[] = [];
  for (const { facts } of parts) {
    const file = await openFile(facts.path).catch(() => undefined);
    try {
      hashes.push(file?.stamp === facts.stamp ? await sha256(file, signal) : undefined);
    } finally {
      await file?.close();
    }
  }
  return hashes;
}

function shown({ name }: Pick<Part, 'name'>): string {
  return escapeAndCut(name, 120);
}

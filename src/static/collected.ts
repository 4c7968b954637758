/** What a reading finds, told piece by piece, so that none of it is lost when the reading does not come to its end. */
import type { Finding } from '../core/schema.js';

export interface StaticResult {
  readonly findings: readonly Finding[];
  /** Every name the file asks for, once per member, as the file spells it: `module.name`, with the offset of the first opcode that does. */
  readonly globals: readonly NamedGlobal[];
  /** What kept this side from seeing everything, one sentence each, escaped: each makes the scan inconclusive. */
  readonly gaps: readonly string[];
  /** Top-level modules outside Python's own that loading imports: what the sandbox needs installed. */
  readonly needs: readonly string[];
  /** Files beside it that its loader opens, by their names relative to its folder: as the file spells them. */
  readonly parts: readonly string[];
  readonly madeBy: Provenance;
}

/** What made a model, as far as the file says. It is a file's word: whoever makes one chooses it. */
export interface Provenance {
  /** The Pythons that can run the bytecode that it carries, oldest first; undefined when it carries none. */
  readonly pythons?: readonly string[] | undefined;
  /** The distribution that saved it and the version that it gave, numbers and dots; each distribution once. */
  readonly versions: readonly { readonly distribution: string; readonly version: string }[];
}

/** One thing that a file says of what made it. */
export type ProvenanceMark =
  { readonly pythons: readonly string[] } | { readonly distribution: string; readonly version: string };

export interface NamedGlobal {
  readonly global: string;
  readonly offset: number;
  readonly member?: string;
}

/** A piece of a result. */
export interface Discovery {
  /** By keys: a later one of the same key is the same, known better. */
  readonly findings: readonly (readonly [string, Finding])[];
  readonly globals: readonly NamedGlobal[];
  readonly gaps: readonly string[];
  readonly needs: readonly string[];
  readonly parts: readonly string[];
  readonly marks: readonly ProvenanceMark[];
}

/** Source that comes with a model. */
export interface ProjectSource {
  /** Below what is on the path, parts divided by `/`: `package/module.py`. */
  readonly name: string;
  /** From the folder of the model. */
  readonly file: string;
  readonly content: Uint8Array;
  /** What Python imports when nothing else has the name; one that is only read stands behind another, or before a library. */
  readonly imported: boolean;
}

export interface ProjectCode {
  readonly sources: readonly ProjectSource[];
  /** Modules of others that the sources import, by their full names. */
  readonly imports: readonly string[];
  /** Of these the top-level ones that are imported in any case. */
  readonly needs: readonly string[];
  /** Names that the file asks of `__main__`, the script that saved it. */
  readonly mains: readonly string[];
  /** Files that define each of these, from the folder of the model. */
  readonly definers: readonly string[];
}

export const NO_CODE: ProjectCode = { sources: [], imports: [], needs: [], mains: [], definers: [] };

/** Puts pieces together, also those of several readings of the same bytes. */
export class Collected {
  readonly #findings = new Map<string, Finding>();
  readonly #globals = new Map<string, NamedGlobal>();
  readonly #gaps = new Set<string>();
  readonly #needs = new Set<string>();
  readonly #parts = new Set<string>();
  readonly #versions = new Map<string, string>();
  #pythons: readonly string[] | undefined;

  add({ findings = [], globals = [], gaps = [], needs = [], parts = [], marks = [] }: Partial<Discovery>): void {
    for (const [key, finding] of findings) this.#findings.set(key, finding);
    for (const named of globals) {
      const key = `${named.member ?? ''}\n${named.global}`;
      if (!this.#globals.has(key)) this.#globals.set(key, named);
    }
    for (const gap of gaps) this.#gaps.add(gap);
    for (const need of needs) this.#needs.add(need);
    for (const part of parts) this.#parts.add(part);
    for (const mark of marks) this.#mark(mark);
  }

  result(): StaticResult {
    return {
      findings: [...this.#findings.values()],
      globals: [...this.#globals.values()],
      gaps: [...this.#gaps],
      needs: [...this.#needs].sort(),
      parts: [...this.#parts].sort(),
      madeBy: {
        ...(this.#pythons === undefined ? {} : { pythons: this.#pythons }),
        versions: [...this.#versions].map(([distribution, version]) => ({ distribution, version })),
      },
    };
  }

  #mark(mark: ProvenanceMark): void {
    if ('pythons' in mark) {
      const { pythons } = mark;
      this.#pythons = this.#pythons?.filter((python) => pythons.includes(python)) ?? pythons;
    } else if (!this.#versions.has(mark.distribution)) this.#versions.set(mark.distribution, mark.version);
  }
}

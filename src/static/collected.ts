/** The results of a reading, reported piece by piece, so that none of it is lost when the reading does not come to its end. */
import type { Finding } from '../core/schema.js';

export interface StaticResult {
  readonly findings: readonly Finding[];
  /** Every name the file asks for, once per member, as the file spells it: `module.name`, with the offset of the first opcode that does. */
  readonly globals: readonly NamedGlobal[];
  /** Coverage gaps, one sentence each, escaped: each makes the scan inconclusive. */
  readonly gaps: readonly string[];
  /** Top-level modules outside Python's own that loading imports: the sandbox needs them installed. */
  readonly needs: readonly string[];
  /** Shards: files beside the model that its loader opens, by their names relative to its folder, as the file spells them. */
  readonly parts: readonly string[];
  readonly madeBy: Provenance;
}

/** The Python and the libraries that made a model, as the file says. The author of the file can choose any value. */
export interface Provenance {
  /** The Pythons that can run the model's bytecode, oldest first; undefined when it has none. */
  readonly pythons?: readonly string[] | undefined;
  /** The distribution that saved the model and its version as the file gives it, numbers and dots; each distribution once. */
  readonly versions: readonly { readonly distribution: string; readonly version: string }[];
}

/** One fact about its provenance in a file. */
export type ProvenanceMark =
  { readonly pythons: readonly string[] } | { readonly distribution: string; readonly version: string };

export interface NamedGlobal {
  readonly global: string;
  readonly offset: number;
  readonly member?: string;
}

/** A piece of a result. */
export interface Discovery {
  /** By keys: a later finding of the same key replaces the earlier one with more detail. */
  readonly findings: readonly (readonly [string, Finding])[];
  readonly globals: readonly NamedGlobal[];
  readonly gaps: readonly string[];
  readonly needs: readonly string[];
  readonly parts: readonly string[];
  readonly marks: readonly ProvenanceMark[];
}

/** Source that comes with a model. */
export interface ProjectSource {
  /** Relative to the folder that is on the path, parts divided by `/`: `package/module.py`. */
  readonly name: string;
  /** Relative to the folder of the model. */
  readonly file: string;
  readonly content: Uint8Array;
  /** Whether Python imports it when no package has the name; a source that is only read is shadowed by another one, or shadows a library. */
  readonly imported: boolean;
}

export interface ProjectCode {
  readonly sources: readonly ProjectSource[];
  /** Modules of other projects that the sources import, by their full names. */
  readonly imports: readonly string[];
  /** Those top-level ones of `imports` that are imported in any case. */
  readonly needs: readonly string[];
  /** Names that the file asks of `__main__`, the script that saved it. */
  readonly mains: readonly string[];
  /** Files that define one of these names, relative to the folder of the model. */
  readonly definers: readonly string[];
}

export const NO_CODE: ProjectCode = { sources: [], imports: [], needs: [], mains: [], definers: [] };

/** Joins the pieces, also those of several readings of the same bytes. */
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

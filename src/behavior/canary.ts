/** Canaries: secrets that are made up for one run. */

/** A made-up secret that the model can find. */
export interface Canary {
  /** Stands in a sentence, article included: `an SSH private key`. */
  readonly name: string;
  /** Absolute; absent for an environment variable. */
  readonly path?: string;
  /** Pieces of it that occur nowhere else, each of at least 16 characters; empty when it holds nothing secret. */
  readonly values: readonly string[];
  /** A personal document: no secret, but its owner would miss it. */
  readonly document: boolean;
}

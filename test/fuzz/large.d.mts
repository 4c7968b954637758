export interface LargeInput {
  readonly name: string;
  /** What it is made of. */
  readonly what: string;
  readonly make: (size: number) => Uint8Array;
}

export const LARGE: readonly LargeInput[];

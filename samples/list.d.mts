export interface Sample {
  readonly file: string;
  /** What it does, in words. */
  readonly shows: string;
  /** What a full scan must say. */
  readonly verdict: 'clean' | 'malicious';
  readonly make: () => Buffer;
}
export const SAMPLES: readonly Sample[];

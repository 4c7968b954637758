/** What of a folder is not to be scanned, and by whose decision. */

export interface Exclusion {
  /** Absolute; patterns count from here. */
  readonly folder: string;
  readonly patterns: readonly string[];
  /** The file they stand in; absent for patterns of the command line. */
  readonly file?: string;
  /** The user gave the patterns, or named the file. What a file that was merely found leaves out is not looked at, and the whole not clean. */
  readonly own: boolean;
}

/** Which of the exclusions leaves out a path; `path` is absolute. */
export type Excluder = (path: string, isFolder: boolean) => Exclusion | undefined;

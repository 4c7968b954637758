/** Why a report is of an earlier time. Independent of VS Code. */
export interface Standing {
  /** An earlier window made it. */
  readonly isKept?: boolean | undefined;
  /** Why the model could not be run again since; a whole sentence. */
  readonly notRerun?: string | undefined;
  /** The reason was that no sandbox could be started. */
  readonly isWithoutSandbox?: boolean | undefined;
}

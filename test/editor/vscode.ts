/** What unit tests get for `vscode`: its `l10n`, as Microsoft publishes it for code that runs outside of the editor. */
export * as l10n from '@vscode/l10n';
/** Not a window of another machine. */
export const env = {};

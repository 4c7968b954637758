import * as path from 'node:path';
import { workspace, type Uri } from 'vscode';
import { escapeAndCut, escapeText } from '../report/escape.js';
import type { Severity } from '../report/schema.js';

/** Long enough for any path a person can read, short enough for one line of a message. */
const NAME_LIMIT = 200;

/**
 * Hostile text for a place where the editor reads marks in plain strings: `[label](command:…)` becomes a link in
 * notifications, `$(name)` an icon in the status bar and in lists.
 */
export function plain(text: string): string {
  return escapeText(text).replaceAll('](', '] (').replaceAll('$(', '$ (');
}

/** The file's name, safe to show. */
export function modelName(uri: Uri): string {
  return escapeAndCut(path.basename(uri.fsPath), NAME_LIMIT);
}

/** The folder that the file is in, from the workspace's root when it is inside it; empty for the root itself. */
export function modelFolder(uri: Uri): string {
  const relative = workspace.asRelativePath(uri);
  const folder = path.dirname(relative);
  return folder === '.' ? '' : escapeText(folder);
}

/** Worst first. */
export const SEVERITY_RANK: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3, info: 4 };

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

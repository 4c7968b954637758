import * as path from 'node:path';
import { DiagnosticSeverity, ThemeColor, ThemeIcon, Uri, workspace } from 'vscode';
import { FORMATS } from '../core/formats.js';
import { escapeAndCut, escapeText, toWellFormed } from '../core/escape.js';
import type { Severity, Verdict } from '../core/schema.js';

/** Long enough for any path that a user can read, short enough for one line of a message. */
const NAME_LIMIT = 200;

/** The URI of a file that a scan names. A name that is not text has no URI. */
export function uriOfPath(path: string): Uri {
  return Uri.file(toWellFormed(path));
}

/** Files that stand for the folder that they lie in. */
const FOLDER_NAMES: readonly string[] = FORMATS.huggingface.folder?.by ?? [];

/** The file's name, or the folder's where a model is one, safe to show. */
export function modelName(uri: Uri): string {
  return escapeAndCut(path.basename(placeOf(uri).fsPath), NAME_LIMIT);
}

/** The folder that the model is in, from the workspace's root when it is inside it; empty for the root itself. */
export function modelFolder(uri: Uri): string {
  const relative = workspace.asRelativePath(placeOf(uri));
  const folder = path.dirname(relative);
  return folder === '.' ? '' : escapeText(folder);
}

/** A Hugging Face model is known by its folder: each has a `config.json`. */
function placeOf(uri: Uri): Uri {
  const folder = Uri.joinPath(uri, '..');
  return FOLDER_NAMES.includes(path.basename(uri.path)) && folder.path !== '/' ? folder : uri;
}

/** The source that the Problems panel shows for DynScan's problems. */
export const SOURCE = 'DynScan';

export const DIAGNOSTIC_SEVERITY: Readonly<Record<Severity, DiagnosticSeverity>> = {
  critical: DiagnosticSeverity.Error,
  high: DiagnosticSeverity.Error,
  medium: DiagnosticSeverity.Warning,
  low: DiagnosticSeverity.Information,
  info: DiagnosticSeverity.Information,
};

const ERROR = new ThemeIcon('error', new ThemeColor('problemsErrorIcon.foreground'));
const WARNING = new ThemeIcon('warning', new ThemeColor('problemsWarningIcon.foreground'));
const INFO = new ThemeIcon('info', new ThemeColor('problemsInfoIcon.foreground'));

export const VERDICT_ICON: Readonly<Record<Verdict, ThemeIcon>> = {
  malicious: ERROR,
  suspicious: WARNING,
  inconclusive: new ThemeIcon('question', new ThemeColor('problemsInfoIcon.foreground')),
  clean: new ThemeIcon('pass', new ThemeColor('testing.iconPassed')),
};

export const SEVERITY_ICON: Readonly<Record<Severity, ThemeIcon>> = {
  critical: ERROR,
  high: ERROR,
  medium: WARNING,
  low: INFO,
  info: INFO,
};

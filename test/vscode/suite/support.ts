import * as assert from 'node:assert/strict';
import { get } from 'node:http';
import { json } from 'node:stream/consumers';
import * as vscode from 'vscode';
import type { ScanReport } from '../../../src/core/schema.js';
import type { Editor } from '../../../src/editor/editor.js';
import type { ModelResult } from '../../../src/editor/results.js';

/** Figures for the benchmark. */
export const measured: Partial<Record<Figure, number>> = {};
type Figure = 'activationMs' | 'startReadSeconds' | 'startReadHostCpuSeconds' | 'startReadHeldMs' | 'lensMs';

export function extension(): vscode.Extension<Editor> {
  const found = vscode.extensions.getExtension<Editor>('dynscan.dynscan');
  assert.ok(found, 'the extension is installed');
  return found;
}

export function editor(): Editor {
  return extension().exports;
}

export function inWorkspace(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'a folder is open');
  return vscode.Uri.joinPath(folder.uri, path);
}

export function resultOf(uri: vscode.Uri): ModelResult | undefined {
  return editor().results.get(uri);
}

/** Of a model that is not being scanned. */
export function reportOf(uri: vscode.Uri): ScanReport {
  const status = resultOf(uri)?.status;
  assert.ok(status?.kind === 'finished', `${uri.path} has a report`);
  return status.report;
}

export function problemsOf(uri: vscode.Uri): readonly vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter((diagnostic) => diagnostic.source === 'DynScan');
}

/** Views follow a moment after what they show, the file watcher after the file. */
export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  { limit = 60_000, seen = (): string => '' } = {},
): Promise<void> {
  const end = Date.now() + limit;
  while (!(await check())) {
    if (Date.now() > end) assert.fail(`not in ${limit / 1000} s: ${what} ${seen()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs a command that asks a question, and closes the question with the command `close`. Resolves when the first command has ended. */
export async function unanswered(close: string, command: string, ...given: readonly unknown[]): Promise<void> {
  let ended = false;
  const run = Promise.resolve(vscode.commands.executeCommand(command, ...given)).finally(() => (ended = true));
  await eventually(`the end of ${command}`, async () => {
    await vscode.commands.executeCommand(close);
    return ended;
  });
  await run;
}

/** The value of the next event that fits. Call it before the event can come. */
export function next<T>(event: vscode.Event<T>, fits: (value: T) => boolean = () => true): Promise<T> {
  return new Promise((resolve) => {
    const listener = event((value) => {
      if (!fits(value)) return;
      listener.dispose();
      resolve(value);
    });
  });
}

/** Answers the code's value: diagnostics may carry it with a link. */
export function ruleOf(diagnostic: vscode.Diagnostic): string {
  return typeof diagnostic.code === 'object' ? String(diagnostic.code.value) : String(diagnostic.code);
}

export function isDone(uri: vscode.Uri): boolean {
  return resultOf(uri)?.status.kind === 'finished';
}

/** Sets how many seconds a model may run; undefined is the default. */
export async function setTimeLimit(seconds: number | undefined): Promise<void> {
  await vscode.workspace.getConfiguration('dynscan').update('timeout', seconds, vscode.ConfigurationTarget.Global);
}

/** How many containers of this editor's scans the engine has, running or not. */
export async function containers(): Promise<number> {
  const filters = JSON.stringify({ label: ['dynscan.owner'] });
  const path = `/containers/json?all=1&filters=${encodeURIComponent(filters)}`;
  const socketPath = (process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock').replace('unix://', '');
  const list = await new Promise<unknown>((resolve, reject) => {
    get({ socketPath, path }, (response) => void json(response).then(resolve, reject)).on('error', reject);
  });
  assert.ok(Array.isArray(list), JSON.stringify(list));
  // The owner's id is random; its process number follows.
  return list.filter((one: unknown) => JSON.stringify(one).includes(`/${process.pid}"`)).length;
}

import * as assert from 'node:assert/strict';
import { get } from 'node:http';
import { json } from 'node:stream/consumers';
import * as vscode from 'vscode';
import type { Editor } from '../../../src/editor/editor.js';
import type { ModelResult } from '../../../src/editor/results.js';

/** Figures for the benchmark. */
export const measured: { activationMs?: number } = {};

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

/** Answers the code's value: diagnostics may carry it with a link. */
export function ruleOf(diagnostic: vscode.Diagnostic): string {
  return typeof diagnostic.code === 'object' ? String(diagnostic.code.value) : String(diagnostic.code);
}

export function isDone(uri: vscode.Uri): boolean {
  return resultOf(uri)?.status.kind === 'finished';
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

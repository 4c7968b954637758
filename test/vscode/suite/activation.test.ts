import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually, extension, measured } from './support.js';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

/** The extension host keeps marks of its own (`vs/base/common/performance.ts`), milliseconds. */
function timeOf(name: string): number | undefined {
  const { MonacoPerformanceMarks: marks } = globalThis as {
    MonacoPerformanceMarks?: { getMarks(): readonly { readonly name: string; readonly startTime: number }[] };
  };
  return marks?.getMarks().find((mark) => mark.name === name)?.startTime;
}

describe('activation', () => {
  it('comes by itself, when the window is there', async () => {
    await eventually('activation', () => extension().isActive);
  });

  it('has a measured time, which `npm run bench` compares with the previous one', () => {
    const [start, end] = ['will', 'did'].map((when) => timeOf(`code/extHost/${when}ActivateExtension/dynscan.dynscan`));
    assert.ok(start !== undefined && end !== undefined, 'VS Code marks the activation of each extension');
    measured.activationMs = Math.round((end - start) * 10) / 10;
  });

  it('registers every command of the manifest', async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const { contributes } = extension().packageJSON as Manifest;
    const missing = contributes.commands.map(({ command }) => command).filter((command) => !registered.has(command));
    assert.deepEqual(missing, []);
  });
});

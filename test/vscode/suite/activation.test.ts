import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension, measured } from './support.js';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

describe('activation', () => {
  it('waits until somebody needs DynScan', () => {
    assert.equal(extension().isActive, false);
  });

  it('is over before anyone notices', async () => {
    const start = performance.now();
    await extension().activate();
    measured.activationMs = Math.round((performance.now() - start) * 10) / 10;
    // Twice the 50 ms that are promised: the machine may be busy with other tests. The benchmark has the figure.
    assert.ok(measured.activationMs < 100, `took ${measured.activationMs} ms`);
  });

  it('registers every command of the manifest', async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const { contributes } = extension().packageJSON as Manifest;
    const missing = contributes.commands.map(({ command }) => command).filter((command) => !registered.has(command));
    assert.deepEqual(missing, []);
  });
});

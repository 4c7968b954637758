import { commands, Disposable, l10n, workspace } from 'vscode';
import { UserError } from '../core/user-error.js';
import type { ScanPaths } from '../scan/scan-request.js';
import { window } from './surfaces.js';

const MANAGE = l10n.t('Manage Workspace Trust');
const STATIC = l10n.t('Scan Without Running');

/** @throws UserError in Restricted Mode. */
export function requireTrust(): void {
  if (!workspace.isTrusted) {
    throw new UserError(
      l10n.t('This workspace is in Restricted Mode, so DynScan starts no sandbox for it. Trust the workspace first.'),
    );
  }
}

/** Starts what there is in trusted workspaces only: after activation, which need not wait for it, or once trust is granted. */
export function whenTrusted(start: () => void): Disposable {
  if (!workspace.isTrusted) return workspace.onDidGrantWorkspaceTrust(start);
  const timer = setTimeout(start, 0);
  return new Disposable(() => clearTimeout(timer));
}

/** The last line of defence: whatever asks, in Restricted Mode no model runs. */
export function refuseToRunUntrusted(scanPaths: ScanPaths): ScanPaths {
  return async (request, hooks) => {
    if (!request.staticOnly) requireTrust();
    return scanPaths(request, hooks);
  };
}

/** Says once why the model will not run here. Returns what the user wants instead. */
export async function explainRestrictedMode(): Promise<'static' | 'nothing'> {
  const choice = await window.showWarningMessage(
    l10n.t('This workspace is in Restricted Mode, so DynScan does not run its models, not even in the sandbox.'),
    undefined,
    MANAGE,
    STATIC,
  );
  if (choice === MANAGE) await commands.executeCommand('workbench.trust.manage');
  return choice === STATIC ? 'static' : 'nothing';
}

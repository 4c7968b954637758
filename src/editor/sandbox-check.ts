import { ProgressLocation, window } from 'vscode';
import { escapeText } from '../report/escape.js';
import type { App, Diagnosis } from './app.js';
import { requireTrust } from './trust.js';
import { readSettings } from './settings.js';
import { plain } from './words.js';

/** Shows what the sandbox needs, what of it there is, and what to do about the rest. */
export async function checkSandbox(app: App): Promise<void> {
  requireTrust();
  const settings = await readSettings(app);
  const checks = await window.withProgress(
    { location: ProgressLocation.Notification, title: 'DynScan: checking the sandbox' },
    async () => (await app.engine()).diagnose(settings),
  );
  for (const check of checks) app.log.info(escapeText(`${check.ok ? 'ok' : 'not ok'}: ${check.name}: ${check.detail}`));
  await window.showQuickPick(checks.map(toItem), {
    title: 'DynScan: Check Sandbox',
    placeHolder: checks.every((check) => check.ok) ? 'The sandbox is ready.' : 'Something is missing.',
    matchOnDetail: true,
  });
}

function toItem(check: Diagnosis): { label: string; description: string; detail?: string } {
  const item = { label: `$(${check.ok ? 'pass' : 'error'}) ${plain(check.name)}`, description: plain(check.detail) };
  return check.advice === undefined ? item : { ...item, detail: plain(check.advice) };
}

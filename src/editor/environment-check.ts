import { l10n } from 'vscode';
import type { App, Diagnosis } from './app.js';
import { readSettings } from './settings.js';
import { window } from './surfaces.js';
import { requireTrust } from './trust.js';

/** Shows the requirements of the sandbox, which of them are met, and what to do about the others. */
export async function checkEnvironment(app: App): Promise<void> {
  requireTrust();
  const settings = await readSettings(app);
  const checks = await window.withProgress(
    { location: 'notification', title: l10n.t('DynScan: checking the sandbox') },
    async () => (await app.engine()).diagnose(settings),
  );
  const lines = checks.map(inWords);
  for (const line of lines) app.log.info(line);
  // Modal: the answer to a question just asked, and the only message that shows a text of this length.
  const options = { detail: lines };
  if (checks.every((check) => check.ok)) await window.showInformationMessage(l10n.t('The sandbox is ready.'), options);
  else await window.showWarningMessage(l10n.t('The sandbox is not ready.'), options);
}

function inWords({ name, ok, detail, advice }: Diagnosis): string {
  const status = ok ? l10n.t('OK: {0}. {1}', name, detail) : l10n.t('Missing: {0}. {1}', name, detail);
  return advice === undefined ? status : `${status} ${advice}`;
}

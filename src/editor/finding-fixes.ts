import { l10n, workspace, type Diagnostic, type Uri } from 'vscode';
import type { Finding } from '../core/schema.js';
import { SHOW_FINDING } from './names.js';
import { quickFix } from './surfaces.js';

/** What can be done about a finding where its problem is shown. `index`: in the model's result. */
export function fixesFor(
  model: Uri,
  { rule }: Finding,
  index: number,
  problem: Diagnostic,
): ReturnType<typeof quickFix>[] {
  const action = (title: string, command: string, ...args: readonly unknown[]) =>
    quickFix({ title, problems: [problem], command: { command, arguments: [...args] } });
  const isRunnable = workspace.isTrusted && model.scheme === 'file';
  return [
    action(l10n.t('Show in Report'), SHOW_FINDING, model.toString(), index),
    ...(workspace.isTrusted
      ? [action(l10n.t('Suppress with a Reason…'), 'dynscan.suppressFinding', { uri: model.toString(), rule })]
      : []),
    ...(isRunnable
      ? [
          action(l10n.t('Run the Model in the Sandbox'), 'dynscan.scanModel', model),
          action(l10n.t('Scan with Test Case'), 'dynscan.scanWithTestCase', model),
        ]
      : []),
  ];
}

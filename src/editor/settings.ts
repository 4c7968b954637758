import { l10n, workspace } from 'vscode';
import type { Settings } from '../config/settings.js';
import type { App } from './app.js';
import { UserError } from '../report/user-error.js';

/**
 * The editor's settings as every room knows them.
 * @throws UserError naming the setting when one is out of bounds.
 */
export async function readSettings(app: App): Promise<Settings> {
  const { settingsSchema } = await app.engine();
  const configuration = workspace.getConfiguration('dynscan');
  const values = Object.fromEntries(Object.keys(settingsSchema.shape).map((key) => [key, configuration.get(key)]));
  const parsed = settingsSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UserError(
    l10n.t(
      'The setting {0} cannot be used: {1}. Change it in the settings and scan again.',
      `dynscan.${issue?.path.join('.') ?? ''}`,
      issue?.message ?? l10n.t('invalid'),
    ),
  );
}

import { l10n, workspace, type Uri } from 'vscode';
import type { Settings } from '../config/settings.js';
import { UserError } from '../core/user-error.js';
import type { App } from './app.js';
import { EDITOR_SETTINGS } from './editor-settings.js';

/**
 * A setting as it counts here. What a workspace says may come with the model, so it counts only where the user trusts the workspace; `ownOnly`
 * settings, which choose what runs or is written, come from the user alone. VS Code does the same by package.json (`restrictedConfigurations`, the
 * scope `machine`); this holds where an editor that is built from it does not.
 */
export function settingOf(name: string, { scope, ownOnly = false }: { scope?: Uri; ownOnly?: boolean } = {}): unknown {
  const configuration = workspace.getConfiguration('dynscan', scope);
  if (workspace.isTrusted && !ownOnly) return configuration.get(name);
  const { globalValue, defaultValue } = configuration.inspect(name) ?? {};
  return globalValue ?? defaultValue;
}

/** Whether models that appear or change are read in the background. */
export function scansOnChange(uri: Uri): boolean {
  const value = settingOf('scanOnChange', { scope: uri });
  return typeof value === 'boolean' ? value : EDITOR_SETTINGS.scanOnChange;
}

/** Whether Python files and notebooks say what is known of the models that they load. */
export function showsModelLoads(uri: Uri): boolean {
  const value = settingOf('modelLoads', { scope: uri });
  return typeof value === 'boolean' ? value : EDITOR_SETTINGS.modelLoads;
}

/**
 * The editor's settings as every room knows them.
 * @throws UserError naming the setting when one is out of bounds.
 */
export async function readSettings(app: App): Promise<Settings> {
  const { GIVEN_NAMES, givenSettingsSchema, isTrustedOnly } = await app.engine();
  const values = Object.fromEntries(GIVEN_NAMES.map((key) => [key, settingOf(key, { ownOnly: isTrustedOnly(key) })]));
  const parsed = givenSettingsSchema.safeParse(values);
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

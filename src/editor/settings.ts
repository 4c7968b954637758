import { l10n, workspace, type Uri } from 'vscode';
import type { Settings } from '../config/settings.js';
import { UserError } from '../core/user-error.js';
import type { App } from './app.js';
import { EDITOR_SETTINGS } from './editor-settings.js';

interface SettingOptions {
  readonly scope?: Uri;
  readonly ownOnly?: boolean;
  /** For many settings at once. */
  readonly configuration?: ReturnType<typeof workspace.getConfiguration>;
}

/**
 * A setting as it counts here. What a workspace says may come with the model, so it counts only where the user trusts the workspace; `ownOnly`
 * settings, which choose what runs or is written, come from the user alone. VS Code does the same by package.json (`restrictedConfigurations`, the
 * scope `machine`); this holds where an editor that is built from it does not.
 */
export function settingOf(
  name: string,
  { scope, ownOnly = false, configuration = workspace.getConfiguration('dynscan', scope) }: SettingOptions = {},
): unknown {
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

/** What was checked last: requests are many, and changes of settings few. */
let last: { readonly text: string; readonly settings: Settings } | undefined;

/**
 * The editor's settings as every room knows them.
 * @throws UserError naming the setting when one is out of bounds.
 */
export async function readSettings(app: App): Promise<Settings> {
  const { GIVEN_NAMES, givenSettingsSchema, isTrustedOnly } = await app.engine();
  const configuration = workspace.getConfiguration('dynscan');
  const values = Object.fromEntries(
    GIVEN_NAMES.map((key) => [key, settingOf(key, { ownOnly: isTrustedOnly(key), configuration })]),
  );
  const text = JSON.stringify(values);
  if (last?.text === text) return last.settings;
  const parsed = givenSettingsSchema.safeParse(values);
  if (parsed.success) {
    last = { text, settings: parsed.data };
    return parsed.data;
  }
  const issue = parsed.error.issues[0];
  throw new UserError(
    l10n.t(
      'The setting {0} cannot be used: {1}. Change it in the settings and scan again.',
      `dynscan.${issue?.path.join('.') ?? ''}`,
      issue?.message ?? l10n.t('invalid'),
    ),
  );
}

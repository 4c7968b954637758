/** Flags to settings. */
import { loadSettings } from '../config/load.js';
import { numberIn } from '../config/units.js';
import type { LoadedSettings } from '../config/load.js';
import { DEFAULT_SETTINGS, settingsSchema } from '../config/settings.js';
import { UsageError, UserError } from '../core/user-error.js';
import type { Settings } from '../config/settings.js';

/** What commander hands over: flags by the setting's name, as text. */
export type Flags = Readonly<Record<string, unknown>>;

/** The settings of this invocation: of the flags given, those that are settings, over a settings file, over the defaults. */
export async function settingsFrom(flags: Flags, cwd: string): Promise<LoadedSettings> {
  const given = Object.entries(flags).filter(([name]) => name in settingsSchema.shape);
  const values = Object.fromEntries(
    given.map(([name, value]) => [name, isNumber(name) ? toNumber(name, value) : value]),
  );
  return asRequest(() =>
    loadSettings({
      cwd,
      flags: values,
      ...(typeof flags['config'] === 'string' ? { file: flags['config'] } : {}),
    }),
  );
}

function isNumber(name: string): boolean {
  return typeof DEFAULT_SETTINGS[name as keyof Settings] === 'number';
}

/** Numbers, with or without a unit; anything else stays text, and the schema says that it is none. */
function toNumber(name: string, value: unknown): unknown {
  return typeof value === 'string' ? (numberIn(name, value) ?? value) : value;
}

/** What the user has to correct in the request itself. */
export async function asRequest<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof UserError ? new UsageError(error.message) : error;
  }
}

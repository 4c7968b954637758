/** Flags to settings. */
import { loadSettings } from '../config/load.js';
import type { LoadedSettings } from '../config/load.js';
import { DEFAULT_SETTINGS, settingsSchema } from '../config/settings.js';
import type { Settings } from '../config/settings.js';

/** What commander hands over: flags by the setting's name, as text. */
export type Flags = Readonly<Record<string, unknown>>;

/** The settings of this invocation: of the flags given, those that are settings, over a settings file, over the defaults. */
export async function settingsFrom(flags: Flags, cwd: string): Promise<LoadedSettings> {
  const given = Object.entries(flags).filter(([name]) => name in settingsSchema.shape);
  const values = Object.fromEntries(given.map(([name, value]) => [name, isNumber(name) ? toNumber(value) : value]));
  return loadSettings({
    cwd,
    flags: values,
    ...(typeof flags['config'] === 'string' ? { file: flags['config'] } : {}),
  });
}

function isNumber(name: string): boolean {
  return typeof DEFAULT_SETTINGS[name as keyof Settings] === 'number';
}

/** Plain decimal numbers; anything else stays text, and the schema says that it is none. */
function toNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

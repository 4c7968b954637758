/** Values from a source that the user did not choose (a settings file that was found, a workspace) over the user's own: they only tighten. */
import { STRICTNESS, type Settings, type Strictness } from './settings.js';

export interface Tightened {
  readonly settings: Settings;
  /** The values that were taken. */
  readonly taken: readonly (keyof Settings)[];
  /** The values that were not taken, because the user's own value is stricter or neither is; in order of the names. */
  readonly kept: readonly (keyof Settings)[];
}

/** `foreign` holds values by name that the schema allows. What is equal to the user's own value is neither taken nor kept. */
export function tighten(own: Settings, foreign: Readonly<Record<string, unknown>>): Tightened {
  const values: Record<string, unknown> = { ...own };
  const taken: (keyof Settings)[] = [];
  const kept: (keyof Settings)[] = [];
  for (const name of settingNames(foreign)) {
    const wanted = foreign[name];
    const value = stricter(STRICTNESS[name], own[name], wanted);
    if (JSON.stringify(value) !== JSON.stringify(own[name])) {
      values[name] = value;
      taken.push(name);
    } else if (JSON.stringify(wanted) !== JSON.stringify(own[name])) kept.push(name);
  }
  // Each value is one of two that the schema allows, or the union of two lists that it allows.
  return { settings: values as Settings, taken, kept: kept.sort() };
}

function settingNames(values: Readonly<Record<string, unknown>>): (keyof Settings)[] {
  return Object.keys(values).filter((name): name is keyof Settings => Object.hasOwn(STRICTNESS, name));
}

function stricter(by: Strictness, own: unknown, wanted: unknown): unknown {
  switch (by) {
    case 'never':
    case 'refused':
      return own;
    case 'any':
      return wanted;
    case 'less':
      return typeof own === 'number' && typeof wanted === 'number' ? Math.min(own, wanted) : own;
    case 'union':
      return isList(own) && isList(wanted) ? [...new Set([...own, ...wanted])] : own;
    default:
      return by.indexOf(String(wanted)) > by.indexOf(String(own)) ? wanted : own;
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

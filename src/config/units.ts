/** Numbers with a unit, as people write them: `2g`, `512m`, `90s`, `1h`. */
import { UNITS, type Settings } from './settings.js';

/** What one of each is of the setting's own unit. */
const FACTORS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  seconds: { ms: 0.001, s: 1, m: 60, h: 3600 },
  MiB: { k: 1 / 1024, m: 1, g: 1024, t: 1024 ** 2 },
  bytes: { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 },
};

/** `2g` of a setting in MiB is 2048; a plain number is in the setting's own unit. Undefined for what is neither. */
export function numberIn(name: string, text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(-?\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim()) ?? [];
  if (digits === '') return undefined;
  const factor = unit === '' ? 1 : factorsOf(name)[normal(unit, name)];
  // Without the noise of binary fractions: 0.1 g.
  return factor === undefined ? undefined : Number((Number(digits) * factor).toFixed(6));
}

/** Units that a setting takes, for a message: `s, m, h`. */
export function unitsOf(name: string): readonly string[] {
  return Object.keys(factorsOf(name));
}

function factorsOf(name: string): Readonly<Record<string, number>> {
  return FACTORS[UNITS[name as keyof Settings] ?? ''] ?? {};
}

/** `GiB`, `GB` and `gb` are `g`, `min` is `m`, `sec` is `s`. */
function normal(unit: string, name: string): string {
  const small = unit.toLowerCase();
  if (UNITS[name as keyof Settings] === 'seconds') return small.replace(/^(?:sec|min)s?$/, (word) => word.charAt(0));
  return small.replace(/^([kmgt])i?b$/, '$1');
}

/** `dynscan doctor`: checks the requirements of a scan, and says what to do about missing ones. */
import pc from 'picocolors';
import { escapeText } from '../core/escape.js';
import { NOTHING_FOUND, NOT_COMPLETED } from './exit-code.js';
import { wantsColor, writeText } from './io.js';
import type { Io, Services } from './io.js';
import { settingsFrom } from './settings.js';
import type { Flags } from './settings.js';

export async function runDoctor(flags: Flags, io: Io, { diagnose }: Services): Promise<number> {
  const { settings } = await settingsFrom(flags, io.cwd);
  const checks = await diagnose(settings);
  const { green, red, bold } = pc.createColors(wantsColor(io, io.stdout));
  const column = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, ok, detail, advice }) => [
    `${ok ? green('ok  ') : bold(red('fail'))}  ${escapeText(name).padEnd(column)}  ${escapeText(detail)}`,
    ...(advice === undefined ? [] : [`${' '.repeat(column + 8)}${escapeText(advice)}`]),
  ]);
  await writeText(io.stdout, `${lines.join('\n')}\n`);
  return checks.every(({ ok }) => ok) ? NOTHING_FOUND : NOT_COMPLETED;
}

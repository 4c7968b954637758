/** `dynscan suppress`: one user's decision that findings of one rule in one model do not count. */
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { exists } from '../config/small-file.js';
import { escapeAndCut, escapeText } from '../core/escape.js';
import { contentOf } from '../core/identity.js';
import { suppressionSchema } from '../core/schema.js';
import { UsageError, UserError } from '../core/user-error.js';
import { prepareReportFile } from '../scan/output-files.js';
import { readSuppressions } from '../triage/files.js';
import { formatSuppressions, today, withSuppression } from '../triage/suppressions.js';
import { NOTHING_FOUND } from './exit-code.js';
import { widthOf, writeText } from './io.js';
import type { Io, Services } from './io.js';
import { Progress } from './progress.js';
import { isRuleId } from './rules.js';
import { requestFor } from './scan.js';
import { asRequest, settingsFrom } from './settings.js';
import type { Flags } from './settings.js';

export interface SuppressOptions extends Flags {
  readonly reason: string;
  readonly by?: string;
  readonly expires?: string;
  readonly file: string;
  readonly quiet?: boolean;
}

/** Reads the model for its hash, and adds the entry or puts it in the place of an earlier one. Prints the path of the file. */
export async function runSuppress(
  asked: string,
  path: string,
  options: SuppressOptions,
  io: Io,
  services: Services,
  signal: AbortSignal,
): Promise<number> {
  const { reason, by, expires } = options;
  const rule = asked.toUpperCase();
  if (!isRuleId(rule)) throw new UsageError(`${escapeAndCut(asked, 100)} is no rule. \`dynscan rules\` lists all.`);
  const target = resolve(io.cwd, options.file);
  const known = await asRequest(async () => ((await exists(target)) ? readSuppressions(target) : []));
  const { settings } = await settingsFrom(options, io.cwd);
  const entry = { rule, ...(await contentAt(path)), reason, created: today(), ...given({ by, expires }) };
  const parsed = suppressionSchema.safeParse(entry);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError(`--${String(issue?.path[0] ?? 'reason')} is wrong: ${issue?.message ?? 'unknown error'}.`);
  }
  await mkdir(dirname(target), { recursive: true }).catch((error: unknown) => {
    throw new UserError(`${escapeText(dirname(target))} cannot be made: ${escapeText(String(error))}`);
  });
  // Only what was read as a suppressions file above is replaced.
  const output = await prepareReportFile(io.cwd, options.file, 'own');
  await output.write(formatSuppressions(withSuppression(known, parsed.data)));
  await writeText(io.stdout, `${escapeText(target)}\n`);
  return NOTHING_FOUND;

  async function contentAt(model: string): Promise<NonNullable<ReturnType<typeof contentOf>>> {
    const progress = new Progress(io.stderr, { quiet: options.quiet === true, width: widthOf(io, io.stderr) });
    try {
      const request = requestFor([model], settings, undefined, { staticOnly: true }, io.cwd);
      const { scans } = await services.scanPaths(request, { signal, onEvent: (event) => progress.event(event) });
      const [scan] = scans;
      if (scan === undefined || scans.length > 1)
        throw new UsageError(
          `${escapeAndCut(model, 300)} holds ${scans.length} models. Name one: a decision is about one content.`,
        );
      const content = contentOf(scan.model);
      if (content === undefined)
        throw new UserError(`${escapeAndCut(model, 300)} could not be read to its end, so it cannot be known again.`);
      return content;
    } finally {
      progress.stop();
    }
  }
}

function given(options: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

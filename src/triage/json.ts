/** Reads JSON files of users and repositories, which are not trusted. */
import * as z from 'zod';
import { escapeAndCut } from '../core/escape.js';
import { UserError } from '../core/user-error.js';

/** @throws UserError naming the file, the place in it and what is wrong there. */
export function parseJson<Schema extends z.ZodType>(
  text: string,
  name: string,
  kind: string,
  schema: Schema,
): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    const why = error instanceof Error ? escapeAndCut(error.message, 200) : 'unknown error';
    throw new UserError(`The ${kind} ${name} is not JSON: ${why}. Correct it or name another file.`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${escapeAndCut(issue.path.join('.'), 200)}`;
  throw new UserError(
    `The ${kind} ${name} is wrong${place}: ${escapeAndCut(issue?.message ?? 'unknown error', 300)}. Correct it or name another file.`,
  );
}

/**
 * The runner inside the sandbox (`sandbox/runner.py`) says what it does by writing records to a pipe. The writes are system
 * calls, so they stand in the trace, in order with everything else, and need no channel of their own:
 *
 *     write(3<pipe:[4711]>, "dynscan:3f9c… {\"k\":\"phase\",\"phase\":\"load\"}\n", 51) = 51
 *
 * A model runs in the same interpreter and can forge a record. So records only inform: they name a phase, a cause, an error;
 * no finding is ever dropped because of one.
 */
import * as z from 'zod';
import { frameSchema, phaseSchema } from '../core/schema.js';

const frames = z.array(frameSchema).max(32);
const text = z.string().max(4096);

export const recordSchema = z.discriminatedUnion('k', [
  /** A phase begins. */
  z.object({ k: z.literal('phase'), phase: phaseSchema }),
  /** A Python audit event (PEP 578) with its arguments as text and the frames that led to it, innermost first. */
  z.object({ k: z.literal('audit'), event: text, args: z.array(text).max(16), frames }),
  /** The load returned an object of this type. */
  z.object({ k: z.literal('loaded'), type: text }),
  /** A Python exception ended a phase. `missing` is the module that an ImportError could not find. */
  z.object({ k: z.literal('raised'), phase: phaseSchema, type: text, message: text, frames, missing: text.optional() }),
  /** A function was made of bytecode that is not this Python's. */
  z.object({ k: z.literal('bytecode') }),
  /** A stub class replaces a name of `__main__` that nothing defines; `called`: the file, or the use of the object, called it. */
  z.object({ k: z.literal('standIn'), name: text, called: z.boolean() }),
  /** What is not as it was before the load: a name, and what is there now. */
  z.object({ k: z.literal('changed'), what: text, to: text }),
  /** How the object was used, or why it could not be. */
  z.object({ k: z.literal('used'), what: text, ok: z.boolean(), detail: text.optional() }),
  /** The runner is about to let the interpreter exit. */
  z.object({ k: z.literal('done') }),
]);
export type ChannelRecord = z.infer<typeof recordSchema>;

/** Every record starts with this and the run's nonce, then one blank and one JSON object. */
export const RECORD_PREFIX = 'dynscan:';

/**
 * The record in a write's data, `undefined` when the data is none of this run's, and `'malformed'` when it begins like one
 * and is not (a forgery, or a record cut by strace).
 */
export function readRecord(data: string, nonce: string): ChannelRecord | 'malformed' | undefined {
  const start = `${RECORD_PREFIX}${nonce} `;
  if (!data.startsWith(start)) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(data.slice(start.length));
  } catch {
    return 'malformed';
  }
  const record = recordSchema.safeParse(json);
  return record.success ? record.data : 'malformed';
}

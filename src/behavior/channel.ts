/**
 * The runner inside the sandbox (`sandbox/runner.py`) says what it does by writing records to a pipe. The writes are system
 * calls, so they stand in the trace, in order with everything else, and need no channel of their own:
 *
 *     write(3<pipe:[4711]>, "dynscan:3f9c… {\"k\":\"phase\",\"phase\":\"load\"}\n", 51) = 51
 *
 * A model runs in the same interpreter and can forge a record. No finding is ever dropped because of one. What a clean verdict rests on, that the
 * model was loaded, used and dropped, is taken from sealed records alone: a thread that no Python code of the model can reach writes these
 * (`sandbox/scene.c`), and before each of them makes a call that Python has no function for:
 *
 *     prctl(0x64796e73 PR_???, 0x7, 0, 0, 0) = -1 EINVAL (Invalid argument)
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
  /** The interpreter was compared with what it was before the load, after load and use; `complete`: nothing failed and all could be said. */
  z.object({ k: z.literal('compared'), complete: z.boolean() }),
  /** The runner waits until all has happened that the model set for later. */
  z.object({ k: z.literal('rest'), begins: z.boolean() }),
  /** Code on the main thread reached for the frames, objects or calls of the runner's, or changed what it goes by. */
  z.object({ k: z.literal('reached'), what: text }),
  /** Threads of the model’s own that still waited when the runner had rested for the last time. */
  z.object({ k: z.literal('unfinished'), threads: z.array(text).max(64) }),
  /** Modules that code in the file asked for, and that the image lacks. */
  z.object({ k: z.literal('lacking'), modules: z.array(text).max(64) }),
  /** The budget for using the object ran out: some methods of its own that were not called, and how many those are. */
  z.object({ k: z.literal('budget'), left: z.array(text).max(64), count: z.int().min(0) }),
  /** For some methods of the model’s own classes, whether they ran while it was used. */
  z.object({ k: z.literal('ran'), methods: z.array(z.tuple([text, z.boolean()])).max(64) }),
  /** How the object was used, or why it could not be. */
  z.object({ k: z.literal('used'), what: text, ok: z.boolean(), detail: text.optional() }),
  /** The runner is about to let the interpreter exit. */
  z.object({ k: z.literal('done') }),
]);
export type ChannelRecord = z.infer<typeof recordSchema>;

/** The first argument of the call before a sealed record, as in sandbox/scene.c. */
export const SEAL = 0x64796e73;

/** Records that any thread of the model's process can write: they inform, or they make a gap. */
export const UNSEALED: ReadonlySet<ChannelRecord['k']> = new Set(['audit', 'standIn', 'bytecode', 'changed']);

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

/**
 * glibc tells a program where the stack of its main thread lies by reading `/proc/self/maps` and asking for the limit of stacks
 * (`pthread_getattr_np`, `nptl/pthread_getattr_np.c`); OpenMP, Java and Rust runtimes want to know. So a look at this file means something only when
 * the next call of the same thread is not the question for that limit.
 */
import type { Pid, SyscallEvent, TraceEvent } from '../trace/events.js';
import { flagsOf } from '../trace/values.js';
import type { Act } from './acts.js';

export class StackBounds {
  readonly #held = new Map<Pid, Act>();

  /** Whether the act is kept until the next event of its thread. */
  holds(act: Act): boolean {
    if (act.act !== 'read' || act.path !== '/proc/self/maps' || !act.ok || act.probe) return false;
    if (this.#held.has(act.event.pid)) return false;
    this.#held.set(act.event.pid, act);
    return true;
  }

  /** What was kept of the event's thread, when this event does not explain it. */
  before(event: TraceEvent): Act | undefined {
    const act = this.#held.get(event.pid);
    if (act === undefined) return undefined;
    this.#held.delete(event.pid);
    return event.kind === 'syscall' && asksForStackLimit(event) ? undefined : act;
  }

  /** What is still kept when the trace ends. */
  rest(): Act[] {
    const acts = [...this.#held.values()];
    this.#held.clear();
    return acts;
  }
}

function asksForStackLimit({ name, args }: SyscallEvent): boolean {
  const resource = name === 'prlimit64' ? args[1] : name === 'getrlimit' ? args[0] : undefined;
  const changes = name === 'prlimit64' && args[2]?.type === 'struct';
  return flagsOf(resource).includes('RLIMIT_STACK') && !changes;
}

/** Whether the trace is flooded: nearly all calls are a few, over and over. */
import type { SyscallEvent } from '../trace/events.js';
import { textOf } from './args.js';
import { MEMORY } from './memory.js';

/** Definition of a flood: of at least this many calls, this share is of at most this many kinds. */
const FLOOD_CALLS = 5000;
const FLOOD_SHARE = 0.8;
const FLOOD_KINDS = 8;

export class FloodWatch {
  /** Calls since the load began, by name and by what they are about. */
  private readonly calls = new Map<string, number>();
  private callCount = 0;

  /** For each call since the load began: what is imported is the image's. */
  add(event: SyscallEvent): void {
    // Harmless work maps memory just as often.
    if (event.name === 'mmap' || event.name === 'mprotect') return;
    this.callCount++;
    const [first, second] = event.args;
    const about = first?.type === 'fd' ? first.path : textOf(first);
    const key = `${event.name} ${about ?? ''} ${textOf(second) ?? ''}`.slice(0, 200);
    const known = this.calls.get(key);
    if (known !== undefined || this.calls.size < MEMORY) this.calls.set(key, (known ?? 0) + 1);
  }

  /** A few calls on the same things, over and over, are nearly all that was done since the load began. */
  get isFlood(): boolean {
    const most = [...this.calls.values()].sort((a, b) => b - a).slice(0, FLOOD_KINDS);
    return this.callCount >= FLOOD_CALLS && most.reduce((sum, count) => sum + count, 0) >= FLOOD_SHARE * this.callCount;
  }
}

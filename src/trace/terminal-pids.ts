import type { Pid } from './events.js';

/** Processes that live at once: Linux has at most 2^22, a sandbox far fewer. */
const MAX_ALIVE = 1 << 16;

/**
 * Which process an unmarked line belongs to. On a terminal strace marks lines with `[pid 12]` only while there are several
 * processes, so the first one's number (0 until then) shows late, and the last one left is unmarked again.
 */
export class TerminalPids {
  inUse = false;
  private first: Pid = 0;
  private readonly alive = new Set<Pid>();

  unmarked(): Pid {
    if (!this.inUse) {
      this.inUse = true;
      this.alive.add(this.first);
    }
    if (this.alive.size !== 1) return this.first;
    for (const only of this.alive) return only;
    return this.first;
  }

  /** Returns true when `pid` turns out to be the first process; `startsChild` says that it may be a child just being made. */
  named(pid: Pid, startsChild: boolean): boolean {
    const isNew = !this.alive.has(pid);
    this.started(pid);
    if (!isNew || startsChild || !this.alive.delete(0)) return false;
    this.first = pid;
    return true;
  }

  started(pid: Pid): void {
    if (this.alive.size < MAX_ALIVE) this.alive.add(pid);
  }

  ended(pid: Pid): void {
    this.alive.delete(pid);
  }
}

/** The descriptors of a process, or of all that share them. */

export interface Descriptor {
  /** As `-y` names it: a path, `socket:[123]`, `pipe:[123]`; without `-y`, as opened: an absolute path, `socket`, `pipe`. */
  readonly path: string;
  readonly closeOnExec: boolean;
  /** Protocol of a socket whose creation was seen. */
  readonly protocol?: Protocol;
}

export type Protocol = 'TCP' | 'UDP' | 'unix' | 'netlink' | 'other';

export class FileTable {
  private readonly entries = new Map<number, Descriptor>();
  /** Closed before the call that made the process was seen to return. */
  private readonly closed = new Set<number>();

  constructor(
    private readonly limit: number,
    private readonly onOmitted: () => void,
  ) {}

  get(fd: number): Descriptor | undefined {
    return this.entries.get(fd);
  }

  set(fd: number, descriptor: Descriptor): void {
    if (this.entries.size < this.limit || this.entries.has(fd)) this.entries.set(fd, descriptor);
    else this.onOmitted();
  }

  setCloseOnExec(fd: number, closeOnExec: boolean): void {
    const entry = this.entries.get(fd);
    if (entry) this.entries.set(fd, { ...entry, closeOnExec });
  }

  delete(fd: number): void {
    if (!this.entries.delete(fd) && this.closed.size < this.limit) this.closed.add(fd);
  }

  deleteRange(first: number, last: number): void {
    for (const fd of this.entries.keys()) if (fd >= first && fd <= last) this.entries.delete(fd);
  }

  markRange(first: number, last: number): void {
    for (const fd of this.entries.keys()) if (fd >= first && fd <= last) this.setCloseOnExec(fd, true);
  }

  /** Fills in what a parent had open when it made the owner of this table. */
  inherit(parent: FileTable, executed: boolean): void {
    for (const [fd, descriptor] of parent.entries) {
      if (this.entries.has(fd) || this.closed.has(fd) || (executed && descriptor.closeOnExec)) continue;
      this.set(fd, descriptor);
    }
    this.closed.clear();
  }

  /** Adds what a thread had opened, and takes off what it had closed, before it was known to share this table. */
  take(thread: FileTable): void {
    for (const fd of thread.closed) this.delete(fd);
    for (const [fd, descriptor] of thread.entries) this.set(fd, descriptor);
  }

  /** A table of its own, as execve leaves it. */
  afterExec(): FileTable {
    const table = new FileTable(this.limit, this.onOmitted);
    for (const [fd, descriptor] of this.entries) if (!descriptor.closeOnExec) table.set(fd, descriptor);
    for (const fd of this.closed) table.closed.add(fd);
    return table;
  }

  copy(): FileTable {
    const table = new FileTable(this.limit, this.onOmitted);
    for (const [fd, descriptor] of this.entries) table.set(fd, descriptor);
    return table;
  }
}

import type { SyscallEvent, Value } from '../trace/events.js';
import type { ProcessTable } from '../trace/processes.js';
import { numberOf, utf8 } from '../trace/values.js';
import type { ChangeAct, Facts } from './acts.js';
import type { RunContext } from './behavior-analysis.js';
import { textOf } from './args.js';
import { protocolOf } from './endpoint.js';
import { type PathZone, folderOf, isWithin, nameOf, zoneOf } from './path-zones.js';

/** Reads one call's arguments as paths, path zones and sockets. */
export class CallReader {
  constructor(
    readonly event: SyscallEvent,
    private readonly table: ProcessTable,
    private readonly context: RunContext,
  ) {}

  arg(index: number): Value | undefined {
    return this.event.args[index];
  }

  path(index: number, dir?: number): string {
    const value = this.arg(index);
    const path = value?.type === 'string' ? value.text : '';
    if (path === '' && dir !== undefined) return this.file(dir);
    const folder = dir === undefined ? undefined : this.arg(dir);
    return utf8(this.resolve(folder, path));
  }

  /** A word of a command line, as a path. */
  absolute(word: string): string {
    return utf8(this.resolve(undefined, word));
  }

  /** The links come first: behind one of them, `..` is not what it looks like. */
  private resolve(folder: Value | undefined, path: string): string {
    const direct = this.direct(path.replace(/\/(?:\.?\/)+/g, '/'));
    return this.direct(this.table.resolvePath(this.event.pid, folder, direct) ?? path);
  }

  /** Without a detour through the process's own links in /proc: `/etc/shadow` for `/proc/self/root/etc/shadow`. */
  private direct(path: string): string {
    const [, own = '', link = '', rest = ''] =
      /^(\/proc\/[^/]+)(?:\/task\/\d+)?\/(root|cwd|fd\/\d+)(\/.*|)$/.exec(path) ?? [];
    if (own === '' || !this.isOwn(own)) return path;
    if (link === 'root') return rest === '' ? '/' : rest;
    // The descriptor itself says more than the file behind it: only what lies in a folder is taken apart.
    if (link !== 'cwd' && rest === '') return path;
    const { pid } = this.event;
    const folder =
      link === 'cwd' ? this.table.folderOf(pid) : this.table.describe(pid, Number(link.slice('fd/'.length)))?.path;
    return (folder?.startsWith('/') ? this.table.resolvePath(pid, undefined, folder + rest) : undefined) ?? path;
  }

  file(index: number): string {
    const value = this.arg(index);
    if (value?.type === 'fd' && value.path !== '') return utf8(value.path);
    const fd = numberOf(value);
    return utf8((fd === undefined ? undefined : this.table.describe(this.event.pid, fd)?.path) ?? '');
  }

  /** Where a symbolic link at `path` would point. */
  target(index: number, path: string): string {
    const text = textOf(this.arg(index)) ?? '';
    return this.absolute(text.startsWith('/') ? text : `${folderOf(path)}/${text}`);
  }

  /** Bytes of scratch space that the sandbox has. */
  get room(): number {
    return this.context.limits.scratchMiB * 1024 * 1024;
  }

  zone(path: string): PathZone {
    return zoneOf(path, this.context);
  }

  protocol(index: number): string | undefined {
    return protocolOf(this.event, this.arg(index), this.table);
  }

  read(path: string, { folder = false, probe = false, madeHere = false, byWorker = false } = {}): Facts {
    const ownSettings = this.isOwnSettings(path);
    return {
      act: 'read',
      path,
      zone: this.zone(path),
      probe,
      folder: folder || (!probe && (path === this.context.home || path === folderOf(this.context.modelPath))),
      madeHere,
      byWorker,
      ownProcess: this.isOwn(path),
      ownSettings,
    };
  }

  /** By the names that programs give them: `~/.curlrc`, `~/.config/curlrc`, `~/.config/git/config`. */
  private isOwnSettings(path: string): boolean {
    if (!isWithin(path, this.context.home)) return false;
    const program = nameOf(utf8(this.table.argvOf(this.event.pid)[0] ?? ''));
    const [first = '', second = ''] = path.slice(this.context.home.length + 1).split('/');
    const name = first === '.config' ? second : first.replace(/^\./, '');
    return program !== '' && [program, `${program}rc`, `${program}config`, `${program}-hsts`].includes(name);
  }

  change(path: string, how: ChangeAct['how'], more: Pick<ChangeAct, 'attribute' | 'target'> = {}): Facts {
    return { act: 'change', path, zone: this.zone(path), how, ownProcess: this.isOwn(path), ...more };
  }

  private isOwn(path: string): boolean {
    return ['self', 'thread-self', this.event.pid, this.table.processOf(this.event.pid)].some((name) =>
      isWithin(path, `/proc/${name}`),
    );
  }
}

/** The first bytes of the files that a run writes: they say whether it is a program. */
import { MEMORY } from './memory.js';

/** Bytes of a file that tell; a Windows program says where its own head is within the first few hundred. */
const HEAD = 512;

export class FileHeads {
  private readonly heads = new Map<string, string>();
  private readonly told = new Set<string>();

  /** The file is emptied. */
  forget(path: string): void {
    this.heads.delete(path);
  }

  /** Says which program the bytes make of the file; without `offset` they follow what was written before. */
  write(path: string, bytes: string, offset: number | undefined): string | undefined {
    // Wherever it lies in the file: the beginning may be written last.
    const found = programOf(bytes);
    if (found !== undefined && !found.isText) return found.what;
    const head = this.heads.get(path) ?? '';
    if (head.length >= HEAD && offset !== 0) return undefined;
    if (offset !== undefined && offset !== 0 && offset !== head.length) return undefined;
    const next = (offset === 0 ? bytes : head + bytes).slice(0, HEAD);
    if (this.heads.has(path) || this.heads.size < MEMORY) this.heads.set(path, next);
    return programOf(next)?.what;
  }

  /** True once for each file. */
  isNew(path: string): boolean {
    if (this.told.has(path) || this.told.size >= MEMORY) return false;
    this.told.add(path);
    return true;
  }
}

/** By the first bytes, one character each: ELF, PE, Mach-O, or a script that names its interpreter. */
export function programOf(head: string): { readonly what: string; readonly isText: boolean } | undefined {
  // Class and byte order follow, each 1 or 2 (ELF specification, e_ident).
  const [kind, order] = [head.charCodeAt(4), head.charCodeAt(5)];
  if (head.startsWith('\x7fELF') && kind > 0 && kind < 3 && order > 0 && order < 3)
    return { what: 'a program for Linux', isText: false };
  if (/^(?:[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf])/.test(head))
    return { what: 'a program for macOS', isText: false };
  if (/^#! ?\//.test(head)) return { what: 'a script that is a program', isText: true };
  return head.startsWith('MZ') && isPe(head) ? { what: 'a program for Windows', isText: false } : undefined;
}

/** At byte 60 stands where the head of the program is (PE format, "MS-DOS Stub"). */
function isPe(head: string): boolean {
  const at = head.charCodeAt(60) | (head.charCodeAt(61) << 8);
  return head.startsWith('PE\0\0', at);
}

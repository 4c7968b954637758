/** Looks up opcodes and names in the lines of a listing. */
import type { DisassemblyLine } from '../readers/pickle/disassemble.js';

/** The row, from 0, of the opcode that begins at an offset; undefined when none of these lines does. */
export function rowOfOffset(lines: readonly DisassemblyLine[], offset: number): number | undefined {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lines[middle]?.offset ?? Infinity) < offset) low = middle + 1;
    else high = middle;
  }
  // A line of words can stand before the opcode at the same offset.
  for (let row = low; lines[row]?.offset === offset; row += 1) if (lines[row]?.opcode !== '') return row;
  return undefined;
}

/** The full names that a line looks up or calls, in order, each once. What stands in quotes is data. */
export function namesIn({ note }: Pick<DisassemblyLine, 'note'>): readonly string[] {
  const lookedUp = /^looks up (.+)$/.exec(note)?.[1] ?? /^(.+) again$/.exec(note)?.[1];
  if (lookedUp !== undefined) return [lookedUp];
  if (!note.startsWith('calls ') && !note.startsWith('sets the state of ')) return [];
  const code = note.replace(/b?'[^']*'?/g, "''");
  return [
    ...new Set(
      [...code.matchAll(/[\p{L}_][\p{L}\p{N}_]{0,199}(?:\.[\p{L}_][\p{L}\p{N}_]{0,199})+/gu)].map(([name]) => name),
    ),
  ];
}

/** A page of the disassembly of a pickle inside a file. */
import type { Detection } from '../../detect/detect.js';
import { openInside } from '../analyse.js';
import { sliceSource, type ByteSource } from '../../readers/bytes.js';
import { readPickles } from '../pickle/analyse.js';
import { carriedBy, describeFunction } from '../pickle/carried.js';
import { disassemble, formatLine, type DisassemblyLine } from '../../readers/pickle/disassemble.js';
import { GuessBudget } from '../../readers/pickle/scan.js';
import { PAGE_LINES, type PickleLocation } from '../../core/inspection.js';
import type { Stop } from '../../readers/units.js';

/** Which page: by its number from 1, or the one with the opcode that a byte of the pickle belongs to; `whole`: with the argument of that opcode. */
export type PageWanted = { readonly page: number } | { readonly offset: number; readonly whole?: true };

export interface ListingPage {
  readonly lines: readonly DisassemblyLine[];
  /** The same as text. */
  readonly texts: readonly string[];
  /** From 1. */
  readonly page: number;
  /** Lines of the whole listing. */
  readonly total: number;
  /** The line of the offset that the caller asked for. */
  readonly line: number | undefined;
  /** What the opcode is given that the caller asked for, which its line shows cut. */
  readonly whole?: readonly string[] | undefined;
}

/** Numbered as the lines that findings name. Undefined when there is no such pickle. Throws as `openInside` does. */
export async function listPickle(
  source: ByteSource,
  detection: Pick<Detection, 'format'>,
  place: PickleLocation,
  wanted: PageWanted,
  signal?: Stop,
): Promise<ListingPage | undefined> {
  return openInside(
    source,
    detection,
    place,
    async (inside, expected) => {
      const content = place.at === 0 ? inside : sliceSource(inside, place.at);
      // Behind the header of an array lies a pickle, whatever the name of the array.
      const [reading] = await readPickles(content, place.at === 0 ? expected : 'pickle', new GuessBudget(), signal);
      if (reading?.scan.ended) throw reading.scan.ended.error;
      const starts = reading?.scan.streams.map(({ start }) => start) ?? [];
      const made = reading && (await carriedBy(reading.scan, content));
      const notes = made?.carried.program.functions.map(
        (one) => [one.offset, `makes ${one.name}, which ${describeFunction(made.code, one)}`] as const,
      );
      const listing = await disassemble(content, {
        starts: starts.length > 0 ? starts : [0],
        arrays: reading?.arrays === true,
        ...(notes ? { notes: new Map(notes) } : {}),
        ...(signal ? { signal } : {}),
      });
      const line = 'offset' in wanted ? await listing.lineOf(wanted.offset) : undefined;
      const asked = 'page' in wanted ? wanted.page : Math.ceil((line ?? 1) / PAGE_LINES);
      const page = Math.min(Math.max(1, asked), Math.max(1, Math.ceil(listing.lineCount / PAGE_LINES)));
      const lines = await listing.lines((page - 1) * PAGE_LINES + 1, PAGE_LINES);
      const whole = 'offset' in wanted && wanted.whole ? await listing.argumentAt(wanted.offset) : undefined;
      const read = { lines, texts: lines.map(formatLine), page, total: listing.lineCount, line };
      return whole === undefined ? read : { ...read, whole };
    },
    signal,
  );
}

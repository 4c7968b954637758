import { Range, Uri } from 'vscode';
import { PAGE_LINES, type PickleLocation } from '../core/inspection.js';
import { DISASSEMBLY_SCHEME } from './names.js';
import { plainText } from '../view/plain-text.js';

/** One page of a pickle's disassembly. */
export interface DisassemblyPage {
  readonly model: Uri;
  readonly place: PickleLocation;
  /** From 1. */
  readonly page: number;
}

export function disassemblyUri({ model, place, page }: DisassemblyPage): Uri {
  const { member, copy, at } = place;
  const name = member === undefined ? model.path : `${model.path}/${member}`;
  const part = page === 1 ? '' : ` (page ${page})`;
  const query = JSON.stringify({
    model: model.toString(),
    ...(member === undefined ? {} : { member }),
    copy,
    at,
    page,
  });
  // The path is for the user, the query identifies the listing.
  return Uri.from({ scheme: DISASSEMBLY_SCHEME, path: `${plainText(name)}${part}.disassembly`, query });
}

/** Where a line of a whole listing, from 1, stands in the documents: its page, and its line there, from 0. */
export function pageOfLine(line: number): { readonly page: number; readonly row: number } {
  const page = Math.ceil(line / PAGE_LINES);
  return { page, row: line - 1 - (page - 1) * PAGE_LINES };
}

/** Undefined for a URI that `disassemblyUri` did not make: any text can be made a link. */
export function parseDisassemblyUri(uri: Uri): DisassemblyPage | undefined {
  if (uri.scheme !== DISASSEMBLY_SCHEME) return undefined;
  let query: unknown;
  try {
    query = JSON.parse(uri.query);
  } catch {
    return undefined;
  }
  if (typeof query !== 'object' || query === null) return undefined;
  const { model, member, copy, at, page } = query as Record<string, unknown>;
  if (typeof model !== 'string' || (member !== undefined && typeof member !== 'string')) return undefined;
  if (!isCount(copy, 1) || !isCount(at, 0) || !isCount(page, 1)) return undefined;
  return { model: Uri.parse(model), place: { member, copy, at }, page };
}

function isCount(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

/** Where the opcode begins in each line, behind its offset (`formatLine`). */
const OPCODE_COLUMN = 12;

/** The cursor's place on a row, from 0: where squiggles begin, so that quick fixes are at hand. */
export function opcodeRange(row: number): Range {
  return new Range(row, OPCODE_COLUMN, row, OPCODE_COLUMN);
}

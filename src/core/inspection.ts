/**
 * Inspection: what a model file is and holds, shown without running any of it and without a judgement. Texts are as in the file, cut and not escaped:
 * the view escapes them.
 */
import type { Format } from './formats.js';

export interface Inspection {
  readonly format: Format;
  /** How the format was detected, a part of a sentence. */
  readonly detail: string;
  /** Bytes. */
  readonly size: number;
  /** Libraries that the file was made with or asks for, by their common names. */
  readonly frameworks: readonly string[];
  /** Facts of one line each: the protocol of a pickle, the producer of a graph. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly lists: readonly InspectedList[];
  readonly pickles: readonly InspectedPickle[];
  /** Where the numbers of arrays lie, to be read when someone asks for them. */
  readonly arrays: readonly ArrayPlace[];
  /** Texts of several lines, such as the template of a chat. */
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  /** What could not be read, one part of a sentence each. */
  readonly gaps: readonly string[];
}

export const LISTS = [
  'objects',
  'parameters',
  'tensors',
  'ports',
  'layers',
  'nodes',
  'operators',
  'tokens',
  'globals',
  'functions',
  'members',
  'metadata',
] as const;
export type ListId = (typeof LISTS)[number];
/** Lists whose rows have a depth. */
export const TREES: ReadonlySet<ListId> = new Set(['objects', 'parameters']);

export interface InspectedList {
  readonly id: ListId;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Rows that there are beyond those. */
  readonly omitted: number;
}

export interface Column {
  readonly title: string;
  /** `bytes` and `number` are numbers in the rows; `judgement` is one of `JUDGEMENTS`. */
  readonly kind: 'text' | 'code' | 'number' | 'bytes' | 'judgement';
}

export interface Row {
  readonly cells: readonly (string | number)[];
  /** Index in `pickles` of the one that it stands in. */
  readonly pickle?: number;
  /** Byte offset of its opcode in that pickle. */
  readonly offset?: number;
  /** Index in `arrays` of the one that it shows. */
  readonly array?: number;
  /** In a list that is a tree: how deep it lies. Its children follow it. */
  readonly depth?: number;
  /** Of such a row on its way to the page: which it is, and whether its children are shown, if it has any. */
  readonly id?: number;
  readonly open?: boolean;
}

/** What a name that a pickle asks for lets it do, the worst first. */
export const JUDGEMENTS = ['dangerous', 'unlisted', 'unknown', 'allowed'] as const;
export type GlobalJudgement = (typeof JUDGEMENTS)[number];

/** A pickle that can be listed opcode by opcode. */
export interface InspectedPickle extends PickleLocation {
  /** Bytes from `at` on. */
  readonly size: number;
}

export interface PickleLocation {
  /** Path inside archives, `outer!inner`, escaped as in findings; undefined for the file itself. */
  readonly member: string | undefined;
  /** Which of several members of this name, from 1. */
  readonly copy: number;
  /** Byte of the file or the member where it begins. */
  readonly at: number;
}

/** Where the numbers of an array lie. */
export interface ArrayPlace {
  /** A name of `ELEMENTS` (readers/elements.ts). */
  readonly element: string;
  readonly shape: readonly number[];
  readonly isBig?: boolean;
  /** The first index changes fastest, as in Fortran. */
  readonly byColumns?: boolean;
  /** Byte of the file where it begins, or of what it is packed in. */
  readonly offset: number;
  /** What has to be unpacked first: a member of a ZIP archive by its place in the directory, or the whole file. */
  readonly packed?: number | 'whole';
}

/** Numbers of an array, and figures of them. */
export interface ArrayValues {
  /** Elements. */
  readonly count: number;
  /** Elements that the figures are made of: of a very large array, pieces from all over it. */
  readonly seen: number;
  /** Of the finite ones; absent when there is none. */
  readonly figures?: { readonly min: number; readonly max: number; readonly mean: number };
  readonly nan: number;
  readonly infinite: number;
  readonly zeros: number;
  /** How many finite ones lie in each of the equal parts between minimum and maximum. */
  readonly histogram: readonly number[];
  /** The first rows, each as far as it is shown. */
  readonly rows: readonly { readonly index: string; readonly values: readonly string[] }[];
  /** Of the whole array: its last dimension is a row. */
  readonly rowCount: number;
  readonly columnCount: number;
}

/** Rows kept of one list. */
export const ROWS_LIMIT = 200_000;
/** Characters kept of one cell. */
export const CELL_LIMIT = 500;
/** Lines of one page of a disassembly; an editor colours and searches that many at once. */
export const PAGE_LINES = 20_000;

/** The first numbers of an array and figures of all of them, read when someone asks; of a very large array, pieces are read. */
import type { ArrayPlace, ArrayValues } from '../../core/inspection.js';
import { memberContent, readZip } from '../../readers/archive/zip.js';
import { bytesSource, type ByteSource } from '../../readers/bytes.js';
import { decodeElements, ELEMENTS, elementText, isElementType, type ElementType } from '../../readers/elements.js';
import { compressionOf } from '../../readers/unpack/magic.js';
import { unpack } from '../../readers/unpack/unpack.js';
import type { Stop } from '../../readers/units.js';

/** Bytes that figures are made of. */
const READ_LIMIT = 64 * 1024 * 1024;
const PIECE = 1024 * 1024;
/** Bytes of what has to be unpacked to come to an array. */
const UNPACKED = 128 * 1024 * 1024;
const BINS = 40;
const ROWS_SHOWN = 50;
const COLUMNS_SHOWN = 16;
const DIMENSIONS = 64;

/** Undefined when the file has no such array (any more). */
export async function readArray(
  source: ByteSource,
  place: ArrayPlace,
  signal?: Stop,
): Promise<ArrayValues | undefined> {
  const { element, shape, offset } = place;
  if (!isElementType(element) || shape.length > DIMENSIONS) return undefined;
  const count = elementCount(shape);
  const content = await open(source, place, signal);
  if (count === undefined || !content || offset < 0 || offset + count * ELEMENTS[element] > content.size)
    return undefined;
  const array = new OpenArray(content, place, element, count);
  return { ...(await array.figures(signal)), ...(await array.rows()) };
}

export function elementCount(shape: readonly number[]): number | undefined {
  const count = shape.reduce((product, side) => product * side, 1);
  return shape.every((side) => Number.isSafeInteger(side) && side >= 0) && Number.isSafeInteger(count)
    ? count
    : undefined;
}

async function open(source: ByteSource, { packed }: ArrayPlace, signal?: Stop): Promise<ByteSource | undefined> {
  if (packed === undefined) return source;
  if (packed === 'whole') {
    const compression = compressionOf(await source.read(0, 16));
    return compression && bytesSource((await unpack(source, compression, UNPACKED, signal)).bytes);
  }
  const member = (await readZip(source, signal)).members[packed];
  const content = member && (await memberContent(source, member, { size: UNPACKED }, signal));
  return content?.ok === true ? content.source : undefined;
}

class OpenArray {
  readonly #width: number;
  readonly #little: boolean;

  constructor(
    private readonly source: ByteSource,
    private readonly place: ArrayPlace,
    private readonly element: ElementType,
    private readonly count: number,
  ) {
    this.#width = ELEMENTS[element];
    this.#little = place.isBig !== true;
  }

  async figures(signal?: Stop): Promise<Omit<ArrayValues, 'rows' | 'rowCount' | 'columnCount'>> {
    let [min, max, sum, finite, nan, zeros, seen] = [Infinity, -Infinity, 0, 0, 0, 0, 0];
    for await (const piece of this.#pieces(signal)) {
      seen += piece.length;
      for (const value of piece) {
        if (!Number.isFinite(value)) {
          if (Number.isNaN(value)) nan += 1;
          continue;
        }
        if (value < min) min = value;
        if (value > max) max = value;
        if (value === 0) zeros += 1;
        sum += value;
        finite += 1;
      }
    }
    const all = { count: this.count, seen, nan, infinite: seen - nan - finite, zeros };
    if (finite === 0) return { ...all, histogram: [] };
    return { ...all, figures: { min, max, mean: sum / finite }, histogram: await this.#histogram(min, max, signal) };
  }

  async #histogram(min: number, max: number, signal?: Stop): Promise<number[]> {
    const range = max - min;
    // All the same, or further apart than a number can say.
    if (range === 0 || !Number.isFinite(range)) return [];
    // A part for each of a few whole numbers.
    const isWhole = !this.element.includes('float');
    const bins = isWhole ? Math.min(BINS, range + 1) : BINS;
    const scale = isWhole ? bins / (range + 1) : bins / range;
    const histogram = new Array<number>(bins).fill(0);
    for await (const piece of this.#pieces(signal))
      for (const value of piece) {
        if (!Number.isFinite(value)) continue;
        const bin = Math.min(bins - 1, Math.floor((value - min) * scale));
        histogram[bin] = (histogram[bin] ?? 0) + 1;
      }
    return histogram;
  }

  /** All numbers, or pieces that lie as far apart from one another. */
  async *#pieces(signal?: Stop): AsyncGenerator<Float64Array> {
    const whole = Math.floor(PIECE / this.#width);
    const pieces = Math.ceil(this.count / whole);
    const read = Math.min(pieces, READ_LIMIT / PIECE);
    for (let index = 0; index < read; index += 1) {
      signal?.throwIfAborted();
      const first = (read === 1 ? 0 : Math.floor((index * (pieces - 1)) / (read - 1))) * whole;
      const count = Math.min(whole, this.count - first);
      const view = await this.#view(first, count);
      yield decodeElements(view, this.element, Math.floor(view.byteLength / this.#width), this.#little);
    }
  }

  async #view(first: number, count: number): Promise<DataView> {
    const bytes = await this.source.read(this.place.offset + first * this.#width, count * this.#width);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  async rows(): Promise<Pick<ArrayValues, 'rows' | 'rowCount' | 'columnCount'>> {
    const { shape } = this.place;
    const columnCount = shape.at(-1) ?? 1;
    const rowCount = columnCount === 0 ? 0 : this.count / columnCount;
    const shown = Math.min(columnCount, COLUMNS_SHOWN);
    const rows: { index: string; values: string[] }[] = [];
    for (let row = 0; row < Math.min(rowCount, ROWS_SHOWN); row += 1) {
      const index = indices(row, shape.slice(0, -1));
      const values: string[] = [];
      for (let column = 0; column < shown; column += 1)
        values.push(await this.#text([...index, ...(shape.length === 0 ? [] : [column])]));
      rows.push({ index: index.join(', '), values });
    }
    return { rows, rowCount, columnCount };
  }

  async #text(index: readonly number[]): Promise<string> {
    const { shape, byColumns } = this.place;
    // The element's place is a number whose digits are the index, the last one lowest, or the first one.
    const sides = shape.map((side, at) => ({ side, at: index[at] ?? 0 }));
    const order = byColumns === true ? sides.reverse() : sides;
    const view = await this.#view(
      order.reduce((place, { side, at }) => place * side + at, 0),
      1,
    );
    return view.byteLength < this.#width ? '' : elementText(view, this.element, this.#little);
  }
}

/** The index of a row in the dimensions before the last. */
function indices(row: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = row;
  for (const side of [...shape].reverse()) {
    index.unshift(rest % side);
    rest = Math.floor(rest / side);
  }
  return index;
}

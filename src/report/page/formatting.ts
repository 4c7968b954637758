import { FORMATS } from '../../core/formats.js';
import type { LoadOutcome, ScanReport } from '../../core/schema.js';

/** At most `length` characters of a text, and a mark that there are more. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** The common name of a format. */
export function formatName(id: string): string {
  return Object.entries(FORMATS).find(([known]) => known === id)?.[1].label ?? id;
}

/** A whole number as `1,234,567`. Not by `toLocaleString`, which loads the words of a language first: 30 ms of a page's opening. */
export function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3}){1,9}$)/g, ',');
}

export function seconds(value: number): string {
  return value < 10 ? `${value.toFixed(3)} s` : `${value.toFixed(1)} s`;
}

/** `1536` is `1.5 KiB`; below a KiB the number itself is short enough. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(value, 1)) / 10), units.length - 1);
  const unit = units[power] ?? 'B';
  return power === 0 ? `${value} ${unit}` : `${(value / 1024 ** power).toFixed(1)} ${unit}`;
}

export function loadInWords(load: LoadOutcome): string {
  const error = load.error ? `${load.error.type}: ${load.error.message}` : 'a Python error';
  switch (load.outcome) {
    case 'loaded':
      return load.type === undefined ? 'returned' : `returned an object of type ${load.type}`;
    case 'raised':
      return `raised ${error}`;
    case 'missing-dependency':
      return `needs a package that the sandbox does not have (${error})`;
    case 'left':
      return `the process ended before the load returned${load.exitCode === undefined ? '' : `, exit code ${load.exitCode}`}`;
    case 'crashed':
      return `killed by ${load.signal ?? 'a signal'}`;
    case 'stopped':
      return 'stopped before it was done';
    case 'not-run':
      return 'not run';
  }
}

/** Which files of the project's own code count as the model's, and whether they ran. */
export function codeInWords(files: NonNullable<ScanReport['ownCode']>): string {
  const named = (mounted: boolean) => files.filter((file) => file.mounted === mounted).map(({ path }) => path);
  const [ran, read] = [named(true), named(false)];
  return [
    ...(ran.length > 0 ? [`read, and there to be imported: ${ran.join(', ')}`] : []),
    ...(read.length > 0 ? [`read: ${read.join(', ')}`] : []),
  ].join('; ');
}

export function engineInWords(run: ScanReport['engines'][number]): string {
  const what = run.engine === 'static' ? 'Read, without running it' : 'Run in the sandbox';
  return `${what}: ${run.status}${run.reasons.length > 0 ? `. ${run.reasons.join(' ')}` : ''}`;
}

/** What was added to an image for a model, and why; undefined for the default image. */
export function variantInWords({ sandbox }: ScanReport): string | undefined {
  const variant = sandbox?.variant;
  return variant && `${[`Python ${variant.python}`, ...variant.packages].join(', ')}: ${variant.why.join(', ')}`;
}

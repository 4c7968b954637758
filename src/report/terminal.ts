/** Lines for a terminal: wrapped at its width, indented, coloured. Every value has to be escaped before it comes here. */
import pc from 'picocolors';
import wrapAnsi from 'wrap-ansi';
import type { Severity, Verdict } from '../core/schema.js';
import { grouped } from './page/formatting.js';

export interface TerminalOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/** A line longer than this is hard to read on any screen. */
const MAX_WIDTH = 110;
const MIN_WIDTH = 40;

export class Page {
  readonly paint: ReturnType<typeof pc.createColors>;
  readonly width: number;
  private readonly lines: string[] = [];

  constructor({ color, width }: TerminalOptions) {
    this.paint = pc.createColors(color);
    this.width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, width));
  }

  blank(): void {
    if (this.lines.length > 0 && this.lines.at(-1) !== '') this.lines.push('');
  }

  /** Text, wrapped; `style` colours each line. */
  text(text: string, indent: number, style: (line: string) => string = String): void {
    for (const line of wrap(text, this.width - indent)) this.lines.push(' '.repeat(indent) + style(line));
  }

  /** One line whose own leading blanks count. */
  drawing(line: string, indent: number): void {
    const options = { hard: true, trim: false, wordWrap: false };
    const room = this.width - indent;
    const [first = ''] = isShort(line, room) ? [line] : wrapAnsi(line, room, options).split('\n');
    this.lines.push(' '.repeat(indent) + first);
  }

  /** A dim label in a column of its own, and the value wrapped beside it. */
  field(label: string, value: string, indent: number): void {
    const column = indent + 10;
    wrap(value, this.width - column).forEach((line, at) => {
      const head = at === 0 ? this.paint.dim(label.padEnd(10)) : ' '.repeat(10);
      this.lines.push(' '.repeat(indent) + head + line);
    });
  }

  toString(): string {
    return this.lines.length === 0 ? '' : `${this.lines.join('\n').trimEnd()}\n`;
  }
}

export function wrap(text: string, width: number): string[] {
  // Blanks around a text are taken off.
  const isWhole = isShort(text, width) && text === text.trim();
  return isWhole ? [text] : wrapAnsi(text, width, { hard: true }).split('\n');
}

/** Whether a text surely fits: all of its characters are one column wide. To measure any other loads tables of Unicode, 30 ms of a short report. */
function isShort(text: string, width: number): boolean {
  return text.length <= width && /^[\x20-\x7e“”…→✖✔–└├│─·]*$/.test(text);
}

export function verdictPaint(page: Page, verdict: Verdict): (text: string) => string {
  const { bold, red, yellow, magenta, green } = page.paint;
  const color = { malicious: red, suspicious: yellow, inconclusive: magenta, clean: green }[verdict];
  return (text) => bold(color(text));
}

export function severityPaint(page: Page, severity: Severity): (text: string) => string {
  const { bold, red, yellow, cyan, dim } = page.paint;
  return { critical: (text: string) => bold(red(text)), high: red, medium: yellow, low: cyan, info: dim }[severity];
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const unit = bytes === 1 ? 'byte' : (units[power] ?? '');
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${unit}`;
}

export function formatSeconds(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : `${grouped(Math.round(seconds))} s`;
}

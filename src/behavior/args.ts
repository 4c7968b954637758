/** Reads the arguments of calls whose layout is known, and prints those of calls whose layout is not. */
import { escapeAndCut, escapeText } from '../core/escape.js';
import type { SyscallEvent, Value } from '../trace/events.js';
import { flagsOf, numberOf, utf8 } from '../trace/values.js';

/** Longest piece of a hostile string that is shown in a sentence. */
const SHOWN = 200;

/** A string argument as readable text. */
export function textOf(value: Value | undefined): string | undefined {
  return value?.type === 'string' ? utf8(value.text) : undefined;
}

export function fieldOf(value: Value | undefined, name: string): Value | undefined {
  return value?.type === 'struct' ? value.fields.get(name) : undefined;
}

/** A file mode: strace prints it in octal, with `S_ISUID|0755`-like names for the special bits and kinds. */
export function modeOf(value: Value | undefined): number | undefined {
  if (value?.type === 'number') return parseInt(value.text, 8);
  const names = flagsOf(value);
  if (names.length === 0) return undefined;
  const special: Readonly<Record<string, number>> = { S_ISUID: 0o4000, S_ISGID: 0o2000, S_ISVTX: 0o1000 };
  return names.reduce((mode, name) => mode | (special[name] ?? (/^0[0-7]*$/.test(name) ? parseInt(name, 8) : 0)), 0);
}

/** Seconds in `{tv_sec=5, tv_nsec=0}` (or tv_usec); an `{it_interval=…, it_value=…}` counts by its value. */
export function secondsOf(value: Value | undefined): number | undefined {
  if (value?.type === 'change') return secondsOf(value.before);
  const seconds = numberOf(fieldOf(value, 'tv_sec'));
  if (seconds === undefined) {
    const first = fieldOf(value, 'it_value');
    return first === undefined ? undefined : secondsOf(first);
  }
  const nano = numberOf(fieldOf(value, 'tv_nsec')) ?? 0;
  const micro = numberOf(fieldOf(value, 'tv_usec')) ?? 0;
  return seconds + nano / 1e9 + micro / 1e6;
}

export interface Data {
  /** One character per byte. */
  readonly bytes: string;
  /** Number of bytes that the call was given; `bytes` may be only the beginning. */
  readonly length: number;
  readonly truncated: boolean;
}

/** The bytes in a buffer, or in an array of `{iov_base=…, iov_len=…}`. */
export function dataOf(value: Value | undefined): Data {
  if (value?.type === 'string') return { bytes: value.text, length: value.text.length, truncated: value.truncated };
  if (value?.type !== 'array') return { bytes: '', length: 0, truncated: false };
  const parts = value.items.map((item) => {
    const data = dataOf(fieldOf(item, 'iov_base'));
    return { ...data, length: numberOf(fieldOf(item, 'iov_len')) ?? data.length };
  });
  return {
    bytes: parts.map((part) => part.bytes).join(''),
    length: parts.reduce((sum, part) => sum + part.length, 0),
    truncated: value.truncated || parts.some((part) => part.truncated),
  };
}

/** The command line of an execve, as far as strace printed it. */
export function argvOf(value: Value | undefined): readonly string[] {
  return value?.type === 'array' ? value.items.map((item) => textOf(item) ?? printValue(item)) : [];
}

/** `sh -c "id; uname -a"`: words with blanks or nothing in them are quoted. */
export function commandLine(argv: readonly string[], limit = SHOWN): string {
  const words = argv.map((word) => (/^[^\s"'\\]+$/.test(word) ? word : quoted(word)));
  return escapeAndCut(words.join(' '), limit);
}

/** So that no character inside can be taken for the end. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** A hostile string, escaped and cut to be part of a sentence. */
export function shown(text: string, limit = SHOWN): string {
  return text === '' ? '(an empty name)' : escapeAndCut(text, limit);
}

/** A path or another name: quoted where its end would be unclear. */
export function shownName(text: string): string {
  return /[\s"'\\]/.test(text) ? shown(quoted(text)) : shown(text);
}

/** `"GET / HTTP/1.1\r\n…"` */
export function shownData(data: Data, limit = 80): string {
  const text = utf8(data.bytes);
  const isCut = data.truncated || text.length > limit;
  return escapeText(quoted(text.slice(0, limit))) + (isCut ? '…' : '');
}

/** The text of an execve with its environment, where strace prints that, counted: it is long, and mostly the sandbox's own. */
export function withoutEnvironment({ name, args, text }: SyscallEvent): string {
  const environment = name === 'execve' ? args[2] : name === 'execveat' ? args[3] : undefined;
  if (environment?.type !== 'array') return text;
  const outside = text.replace(/"(?:[^"\\]|\\.)*"/gs, (string) => '"'.repeat(string.length));
  const start = outside.indexOf('], [');
  const end = outside.indexOf(']', start + 4);
  if (start < 0 || end < 0) return text;
  return `${text.slice(0, start)}], [${environment.items.length} variables${text.slice(end)}`;
}

/** Flags of `clone` and `clone3`, which strace prints as named arguments. */
export function cloneFlagsOf(event: SyscallEvent): readonly string[] {
  return /\bflags=([\w|]+)/.exec(event.text)?.[1]?.split('|') ?? [];
}

/** A value much as strace prints it. */
export function printValue(value: Value): string {
  switch (value.type) {
    case 'number':
    case 'address':
    case 'raw':
      return shown(value.text);
    case 'string':
      return shownData({ bytes: value.text, length: value.text.length, truncated: value.truncated });
    case 'fd':
      return value.path === '' ? (value.fd?.toString() ?? 'AT_FDCWD') : shown(utf8(value.path));
    case 'flags':
      return shown(value.names.join('|'));
    case 'struct':
      return `{${[...value.fields].map(([name, field]) => `${shown(name)}=${printValue(field)}`).join(', ')}}`;
    case 'array':
      return `[${value.items.map(printValue).join(', ')}]`;
    case 'call':
      return `${shown(value.name)}(${value.args.map(printValue).join(', ')})`;
    case 'change':
      return `${printValue(value.before)} => ${printValue(value.after)}`;
  }
}

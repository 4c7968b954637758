/** What stands after a call's closing parenthesis: `= 3</etc/passwd>`, `= -1 ENOENT (No such file or directory)`, `= ?`. */
import type { SyscallResult } from './events.js';
import { closingParenthesis, endOfAnnotation, isDigit } from './scan.js';
import { unescape } from './values.js';

export interface CallEnd {
  readonly result: SyscallResult;
  readonly injected: boolean;
}

const SPACE = 0x20;
const EQUALS = 0x3d;
const QUESTION = 0x3f;
const LESS = 0x3c;
const OPEN = 0x28;

const NONE: CallEnd = { result: { kind: 'none' }, injected: false };
/** The commonest end by far, shared. */
const ZERO: CallEnd = { result: { kind: 'ok', value: 0 }, injected: false };

/** Reads the end of a call from just after its closing parenthesis; undefined when that is no end strace prints. */
export function readCallEnd(text: string, after: number): CallEnd | undefined {
  let at = after;
  while (text.charCodeAt(at) === SPACE) at++;
  if (text.charCodeAt(at) !== EQUALS || text.charCodeAt(at + 1) !== SPACE) return undefined;
  at += 2;
  if (text.charCodeAt(at) === QUESTION) return readUnknown(text, at + 1);
  const numberEnd = endOfNumber(text, at);
  if (numberEnd === at) return undefined;
  if (numberEnd === text.length && numberEnd === at + 1 && text.charCodeAt(at) === 0x30) return ZERO;
  const value = toNumber(text.slice(at, numberEnd));
  at = numberEnd;
  let path: string | undefined;
  if (text.charCodeAt(at) === LESS) {
    const end = endOfAnnotation(text, at);
    if (end === -1) return undefined;
    path = unescape(text.slice(at + 1, end));
    at = end + 1;
    if (text.startsWith('(deleted)', at)) at += '(deleted)'.length;
  }
  const remarks = readRemarks(text, at);
  if (!remarks) return undefined;
  const { errno, note, injected } = remarks;
  if (errno !== undefined) return { result: { kind: 'error', errno, message: note ?? '' }, injected };
  return {
    result: { kind: 'ok', value, ...(path !== undefined && { path }), ...(note !== undefined && { note }) },
    injected,
  };
}

// Anchored at the end of the line, and without a quote, an angle bracket or a parenthesis wherever a traced program could have put text.
const END_OF_LINE =
  /\)( += (?:\?|-?\d+(?:<[^<>"]*>(?:\(deleted\))?)?|0x[0-9a-f]+)(?: E[A-Z0-9_]+(?: \([^()<>"]*\))?)?(?: \((?:INJECTED|DELAYED)\))*(?: <\d+\.\d+>)?)$/;

/** Reads the end of a call from the last bytes of a line whose middle is missing: only what no program can imitate is believed. */
export function readCutCallEnd(tail: string): CallEnd | undefined {
  const match = END_OF_LINE.exec(tail);
  return match?.[1] === undefined ? undefined : readCallEnd(match[1], 0);
}

/** `?`, `? ERESTARTSYS (To be restarted if SA_RESTART is set)`, `? <unavailable>` */
function readUnknown(text: string, after: number): CallEnd | undefined {
  if (after === text.length) return NONE;
  if (text.startsWith(' <unavailable>', after)) return NONE;
  const remarks = readRemarks(text, after);
  if (!remarks) return undefined;
  const { errno, note, injected } = remarks;
  return {
    result: errno === undefined ? { kind: 'none' } : { kind: 'interrupted', errno, message: note ?? '' },
    injected,
  };
}

interface Remarks {
  readonly errno: string | undefined;
  readonly note: string | undefined;
  readonly injected: boolean;
}

/** ` ENOENT (No such file or directory)`, ` (Timeout)`, ` (INJECTED)`, ` (DELAYED)`, ` <0.000123>`, in this order, each optional. */
function readRemarks(text: string, start: number): Remarks | undefined {
  let at = start;
  let errno: string | undefined;
  let note: string | undefined;
  let injected = false;
  while (at < text.length) {
    if (text.charCodeAt(at) !== SPACE) return undefined;
    at++;
    const code = text.charCodeAt(at);
    if (code === OPEN) {
      const close = closingParenthesis(text, at + 1);
      if (close === -1) return undefined;
      const remark = text.slice(at + 1, close);
      if (remark.startsWith('INJECTED')) injected = true;
      else if (remark !== 'DELAYED') note = note === undefined ? remark : `${note}, ${remark}`;
      at = close + 1;
    } else if (code === LESS) {
      // The time spent, -T; always last.
      const end = text.indexOf('>', at);
      return end === text.length - 1 ? { errno, note, injected } : undefined;
    } else if (code >= 0x41 && code <= 0x5a && errno === undefined && note === undefined) {
      const from = at;
      while (at < text.length && text.charCodeAt(at) !== SPACE) at++;
      errno = text.slice(from, at);
    } else return undefined;
  }
  return { errno, note, injected };
}

function endOfNumber(text: string, start: number): number {
  let at = start;
  if (text.charCodeAt(at) === 0x2d) at++;
  if (text.startsWith('0x', at)) {
    at += 2;
    while (isDigit(text.charCodeAt(at)) || (text.charCodeAt(at) >= 0x61 && text.charCodeAt(at) <= 0x66)) at++;
    return at;
  }
  const digits = at;
  while (isDigit(text.charCodeAt(at))) at++;
  return at === digits ? start : at;
}

/** Hexadecimal with `0x`, octal with a leading `0` (umask), else decimal. */
function toNumber(text: string): number {
  if (text.length > 1 && text.startsWith('0') && isDigit(text.charCodeAt(1))) return Number.parseInt(text, 8);
  return Number(text);
}

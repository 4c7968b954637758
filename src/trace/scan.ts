/**
 * Scanner for strace's output that hostile text cannot mislead: a traced program chooses the text inside quotes and inside `-y` annotations, and
 * strace escapes there only what would end them. The scanner steps over both as one piece.
 */
const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const MINUS = 0x2d;
const SLASH = 0x2f;
const LESS = 0x3c;
const GREATER = 0x3e;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LETTER_D = 0x44;

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Letters, digits, `_`, and `?`: strace prints the name of a call that it could not read with `?`. */
export function isNameCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || code === 0x5f || isDigit(code) || (code >= 0x41 && code <= 0x5a) || code === 0x3f
  );
}

/** Index of the quote that ends the string whose first quote is at `start`; -1 when it never ends. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

/**
 * Whether the `<` at `at` begins an annotation (`3</etc/passwd>`, `AT_FDCWD</tmp>`, with `-X verbose` `-100 /* AT_FDCWD *\/</tmp>`), not a
 * shift (`1<<CAP_CHOWN`) or a remark of strace (`<unfinished ...>`).
 */
export function isAnnotation(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return (isDigit(before) || before === LETTER_D || before === SLASH) && text.charCodeAt(at + 1) !== LESS;
}

/**
 * Index of the `>` that ends the annotation begun by the `<` at `start`; -1 when it never ends.
 * In paths strace escapes `<`, `>`, `"` and `\`, but adds pieces of its own: `</dev/null<char 1:3>>`. In sockets (`-yy`) it draws
 * arrows, and quotes the path, where angle brackets stand bare: `<UNIX-STREAM:[5->4,"/tmp/<odd>"]>`.
 */
export function endOfAnnotation(text: string, start: number): number {
  const isPath = text.charCodeAt(start + 1) === SLASH;
  if (isPath) {
    const end = text.indexOf('>', start);
    if (end === -1 || text.lastIndexOf('<', end) === start) return end;
  }
  let depth = 1;
  let brackets = 0;
  for (let i = start + 1; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case BACKSLASH:
        i++;
        break;
      case QUOTE:
        i = endOfString(text, i);
        if (i === -1) return -1;
        break;
      case OPEN_BRACKET:
        if (!isPath) brackets++;
        break;
      case CLOSE_BRACKET:
        if (!isPath) brackets--;
        break;
      case LESS:
        depth++;
        break;
      case GREATER:
        if (brackets > 0 && text.charCodeAt(i - 1) === MINUS && isEndpoint(text.charCodeAt(i + 1))) break;
        if (--depth === 0) return i;
        break;
    }
  }
  return -1;
}

/** What stands behind an arrow, but never behind an annotation: an inode or an address. A program may be named `TCP:[-` (`-Y`). */
function isEndpoint(code: number): boolean {
  return isDigit(code) || code === OPEN_BRACKET;
}

/** Index of the `)` that closes the parenthesis opened just before `start`; -1 when none does. */
export function closingParenthesis(text: string, start: number): number {
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Most characters are letters and digits; these two comparisons dispose of them.
    if (code > LESS || (code > CLOSE && code < LESS)) continue;
    if (code === QUOTE) {
      i = endOfString(text, i);
      if (i === -1) return -1;
    } else if (code === LESS) {
      if (!isAnnotation(text, i)) continue;
      i = endOfAnnotation(text, i);
      if (i === -1) return -1;
    } else if (code === OPEN) depth++;
    else if (code === CLOSE && --depth === 0) return i;
  }
  return -1;
}

/**
 * Text that came out of a model or a container, made safe to show: control characters, escape sequences, invisible and
 * direction-changing characters become visible `\x1b`-style escapes, so that nothing can rewrite a terminal or reverse a path.
 */
// C0, DEL and C1 controls; what is not drawn (UAX 44: soft hyphen, joiners, bidirectional controls as in "Trojan Source" CVE-2021-42574,
// variation selectors, fillers, tags); line and paragraph separators; interlinear annotations, noncharacters and lone surrogates.
const UNSAFE =
  /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2028\u2029\ufff9-\uffff\p{Noncharacter_Code_Point}\p{Cs}]/gu;

/**
 * Escapes every character that could change how the text around it is shown.
 * Example: `escapeText('a\t\u202eb')` returns `'a\\t\\u{202e}b'`.
 */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (char === '\n') return '\\n';
    if (char === '\t') return '\\t';
    if (char === '\r') return '\\r';
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
/** Escapes, and cuts to at most `limit` characters, saying that it did. */
export function escapeAndCut(text: string, limit: number): string {
  if (text.length <= limit) return escapeText(text);
  // A surrogate pair is not divided: its first half would be escaped as a lone surrogate.
  const end = /[\ud800-\udbff]/.test(text.charAt(limit - 1)) ? limit - 1 : limit;
  return `${escapeText(text.slice(0, end))}…`;
}

const MOST_LINES = 300;
const LINE_LENGTH = 400;
const TEXT_LENGTH = 8_000;

/** Whether a text has more lines than one. */
export function hasLines(text: string): boolean {
  return text.trim().includes('\n');
}

/** A text of several lines, each escaped and cut; where some are left out, the last says how many. `lineLength`: for texts of one long line. */
export function escapedLines(text: string, lineLength = LINE_LENGTH): string[] {
  const kept = text.slice(0, TEXT_LENGTH);
  const lines = kept
    .trimEnd()
    .replace(/^[\r\n]+/, '')
    .split(/\r?\n/);
  const shown = lines.slice(0, MOST_LINES).map((line) => escapeAndCut(line.replaceAll('\t', '    '), lineLength));
  const left = lines.length - shown.length;
  if (kept.length < text.length) return [...shown, `… ${text.length - kept.length} more characters`];
  return left > 0 ? [...shown, `… ${left} more lines`] : shown;
}

/**
 * Makes serialised JSON safe to print without changing what it says: inside strings, the same characters become `\uXXXX`
 * escapes of JSON. Line feeds, which serialised JSON has only between its tokens, stay.
 */
export function escapeJson(json: string): string {
  return json.replace(UNSAFE, (char) =>
    char === '\n'
      ? char
      : Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
          '',
        ),
  );
}

/** Text that can be encoded: what is no character (bytes of a name that are not UTF-8, halves of a pair) becomes U+FFFD. */
export function toWellFormed(text: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));
}

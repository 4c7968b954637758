/**
 * Text that came out of a model or a container, made safe to show: control characters, escape sequences, invisible and
 * direction-changing characters become visible `\x1b`-style escapes, so that nothing can rewrite a terminal or reverse a path.
 */
// C0, DEL and C1 controls, zero-width and bidirectional controls (Unicode TR 36, "Trojan Source" CVE-2021-42574), line and paragraph separators, BOM, tags.
const UNSAFE =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class -- finding such characters is the purpose
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\u{e0000}|[\u{e0001}-\u{e0fff}]/gu;

/** Escapes every character that could change how the text around it is shown. */
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
  const cut = text.length > limit;
  return escapeText(cut ? text.slice(0, limit) : text) + (cut ? '…' : '');
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

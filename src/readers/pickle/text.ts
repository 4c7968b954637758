/** Texts of protocol 0, as `Modules/_pickle.c` reads them; one character stands for each byte of `line`. */

/** The text of a STRING argument: quotes as in `load_string`, escapes as in `PyBytes_DecodeEscape`. */
export function quoted(line: string): string | undefined {
  const trimmed = line.trimEnd();
  const quote = trimmed.at(0);
  if (trimmed.length < 2 || (quote !== "'" && quote !== '"') || trimmed.at(-1) !== quote) return undefined;
  return trimmed.slice(1, -1).replace(/\\(\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|[\\'"abfnrtv])/g, (_, escape: string) => {
    if (escape === '\n') return '';
    if (escape.startsWith('x')) return String.fromCharCode(parseInt(escape.slice(1), 16));
    const simple = SIMPLE_ESCAPES[escape];
    return simple ?? String.fromCharCode(parseInt(escape, 8) & 0xff);
  });
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** As `PyUnicode_DecodeRawUnicodeEscape`: only `\uXXXX` and `\UXXXXXXXX` mean something. */
export function rawUnicode(line: string): string {
  return line.replace(/(?<!\\)(\\+)(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/g, (whole, slashes: string, escape: string) => {
    const point = parseInt(escape.slice(1), 16);
    if (slashes.length % 2 === 0 || point > 0x10ffff) return whole;
    return slashes.slice(1) + String.fromCodePoint(point);
  });
}

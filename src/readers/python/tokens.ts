/** Small searches in the tokens of a Python source. */
import type { PyToken } from './lexer.js';

export function isOperator(token: PyToken | undefined, text: string): boolean {
  return token?.kind === 'operator' && token.text === text;
}

/** `a.b.c`, and the token after it. */
export function dotted(tokens: readonly PyToken[], start: number): { name: string; next: number } {
  const first = tokens[start];
  if (first?.kind !== 'name') return { name: '', next: start };
  const parts = [first.text];
  let next = start + 1;
  while (isOperator(tokens[next], '.') && tokens[next + 1]?.kind === 'name' && parts.length < 20) {
    parts.push(tokens[next + 1]?.text ?? '');
    next += 2;
  }
  return { name: parts.join('.'), next };
}

/** Tokens of one call's arguments that are read. */
const ARGUMENTS_LIMIT = 2000;

/** The tokens between the bracket at `open` and the one that closes it. */
export function argumentsAt(tokens: readonly PyToken[], open: number, limit = ARGUMENTS_LIMIT): readonly PyToken[] {
  let depth = 0;
  for (let index = open; index < tokens.length && index < open + limit; index += 1) {
    const token = tokens[index];
    if (token?.kind !== 'operator') continue;
    if ('([{'.includes(token.text)) depth += 1;
    else if (')]}'.includes(token.text)) {
      depth -= 1;
      if (depth === 0) return tokens.slice(open + 1, index);
    }
  }
  return tokens.slice(open + 1, open + limit);
}

/** The imports of a Python file, as they are written. */
import { lexPython, type PyToken } from '../../readers/python/lexer.js';
import { dotted, isOperator } from '../../readers/python/tokens.js';
import { addAll } from '../../core/lists.js';

export interface Import {
  /** Leading dots: how many folders up it begins, 1 being the file's own; 0 for a name that is looked for on the path. */
  readonly level: number;
  /** Dotted; empty for `from . import a`. */
  readonly module: string;
  /** The names that `from` imports, each of which can be a module. */
  readonly names: readonly string[];
  /** Outside every block: it runs whenever the file is imported. */
  readonly always: boolean;
}

const IMPORTS_LIMIT = 1000;

export function importsIn(source: string): Import[] {
  const found: Import[] = [];
  for (const { indent, tokens } of lexPython(source).lines) {
    if (found.length >= IMPORTS_LIMIT) break;
    // A block in one line: `try: import a`.
    const start = tokens.findIndex(
      ({ kind, text }, at) =>
        kind === 'name' && (text === 'import' || text === 'from') && (at === 0 || isOperator(tokens[at - 1], ':')),
    );
    if (start < 0) continue;
    const always = indent === 0 && start === 0;
    const rest = tokens.slice(start + 1);
    if (tokens[start]?.text === 'from') addAll(found, from(rest, always));
    else
      addAll(
        found,
        modulesIn(rest).map((module) => ({ level: 0, module, names: [], always })),
      );
  }
  return found;
}

/** `a.b as c, d`. */
function modulesIn(tokens: readonly PyToken[]): string[] {
  const modules: string[] = [];
  let wanted = true;
  for (let at = 0; at < tokens.length && modules.length < IMPORTS_LIMIT;) {
    const { name, next } = dotted(tokens, at);
    if (wanted && name !== '') modules.push(name);
    wanted = isOperator(tokens[next], ',');
    at = Math.max(next, at) + 1;
  }
  return modules;
}

/** `..a.b import (c as d, e)`. */
function from(tokens: readonly PyToken[], always: boolean): Import[] {
  let at = 0;
  while (isOperator(tokens[at], '.')) at += 1;
  const level = at;
  const word = tokens[at]?.text === 'import' ? { name: '', next: at } : dotted(tokens, at);
  if (tokens[word.next]?.text !== 'import' || (level === 0 && word.name === '')) return [];
  const names: string[] = [];
  let wanted = true;
  for (const token of tokens.slice(word.next + 1)) {
    if (token.kind === 'name' && wanted && names.length < IMPORTS_LIMIT) names.push(token.text);
    wanted = isOperator(token, ',') || isOperator(token, '(');
  }
  return [{ level, module: word.name, names, always }];
}

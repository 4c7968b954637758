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

/** Files that one file may lead to. */
const BESIDE_LIMIT = 400;

/**
 * `from .a import b` and `from . import a`, which transformers loads along (`transformers.dynamic_module_utils.get_relative_imports`), and
 * `import a` and `from a import b`, which lie beside when their folder is on the path.
 */
export function importedBeside(file: string, code: string): string[] {
  const found = new Set<string>();
  for (const { level, module, names } of [...importsIn(code), ...importedByName(code)]) {
    if (found.size >= BESIDE_LIMIT) break;
    const parts = module === '' ? [] : module.split('.');
    for (let length = 1; length <= parts.length; length += 1)
      for (const one of beside(file, level, parts.slice(0, length).join('.'))) found.add(one);
    // What is taken from a package may be one of its modules.
    for (const name of names.slice(0, 50))
      if (level > 0 || parts.length > 0)
        for (const one of beside(file, level, [...parts, name].join('.'))) found.add(one);
  }
  return [...found];
}

/** `import_module('.a', package)` and `__import__('a')`. */
function importedByName(code: string): Pick<Import, 'level' | 'module' | 'names'>[] {
  const found: Pick<Import, 'level' | 'module' | 'names'>[] = [];
  if (!IMPORTS_BY_NAME.test(code)) return found;
  for (const { tokens } of lexPython(code).lines)
    for (const [at, { kind, text }] of tokens.entries()) {
      const given = tokens[at + 2];
      if (kind !== 'name' || !IMPORTS_BY_NAME.test(text) || !isOperator(tokens[at + 1], '(') || given?.kind !== 'text')
        continue;
      const [, dots = '', module = ''] = MODULE.exec(given.text) ?? [];
      if (module !== '' && found.length < IMPORTS_LIMIT) found.push({ level: dots.length, module, names: [] });
    }
  return found;
}

const IMPORTS_BY_NAME = /import_module|__import__/;
const MODULE = /^(\.*)(\w[\w.]*)$/;

/** The files that a module can be, as a file imports it. */
export function beside(file: string, level: number, module: string): string[] {
  const folder = file.split('/').slice(0, -1);
  const up = folder.slice(0, folder.length - Math.max(0, level - 1));
  return (level === 0 && folder.length > 0 ? [folder, []] : [up]).flatMap((place) => {
    const path = [...place, ...(module === '' ? [] : module.split('.'))].join('/');
    return path === '' ? ['__init__.py'] : [`${path}.py`, `${path}/__init__.py`];
  });
}

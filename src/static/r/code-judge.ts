/** Judges code of R by the functions that it calls. Nothing is evaluated: a name that is computed is unknown. */
import type { RArgument, RCode } from '../../readers/r/read.js';
import {
  actOf,
  APPLIES,
  BINDS,
  C_ACTS,
  GIVES,
  LOADS_CODE,
  NATIVE_CALLS,
  RUN_LATER,
  WRITES,
  type RAct,
} from './names.js';
import { Quota } from '../quota.js';

export interface RHit {
  readonly act: RAct;
  readonly name: string;
  /** The call as text. */
  readonly shown: string;
  readonly at: number | undefined;
}

export interface JudgedR {
  readonly hits: readonly RHit[];
  /** Calls whose function only running would show. */
  readonly unknown: readonly string[];
}

const HITS_KEPT = 50;
const UNKNOWN_KEPT = 5;

export function judgeRCode(code: RCode): JudgedR {
  const judge = new Judge();
  judge.code(code);
  return judge;
}

class Judge implements JudgedR {
  readonly hits: RHit[] = [];
  readonly #quota = new Quota(HITS_KEPT);
  readonly unknown: string[] = [];
  /** Names in code as it was written. */
  readonly #seen = new Set<string>();

  code(code: RCode): void {
    switch (code.kind) {
      case 'name':
        this.#seen.add(code.name);
        break;
      case 'call':
        this.#call(code);
        break;
      case 'pairs':
        for (const { value } of code.items) this.#value(value);
        break;
      case 'function':
        this.#defaults(code.formals, code.at);
        this.code(code.formals);
        this.#value(code.body);
        break;
      case 'promise':
        if (!code.forced) this.#value(code.code);
        break;
      case 'compiled':
        this.#compiled(code.constants);
        break;
      case 'builtin':
      case 'text':
      case 'other':
        break;
    }
  }

  /** A function that is given as a value: an argument's default, what a function returns, what a name is bound to. */
  #value(code: RCode): void {
    const name = code.kind === 'name' || code.kind === 'builtin' ? code.name : this.#qualified(code);
    if (name !== undefined && actOf(name) !== undefined && code.kind !== 'name') this.#act(name, code, undefined);
    this.code(code);
  }

  /** The first constant is the code as written. What the instructions name besides stands among the others. */
  #compiled(constants: readonly RCode[]): void {
    const [written, ...rest] = constants;
    if (written) this.#value(written);
    for (const constant of rest) {
      if ((constant.kind === 'name' && !this.#seen.has(constant.name)) || constant.kind === 'builtin')
        this.#reference(constant, undefined);
      else if (constant.kind !== 'name') this.code(constant);
    }
  }

  #call(call: RCode & { readonly kind: 'call' }): void {
    const { of, args, at } = call;
    const name = this.#nameOf(of);
    if (name !== undefined) this.#named(name, call);
    if (of.kind === 'call') {
      // `(if (x) system)("id")`: any function named where a function is made counts.
      const [made] = this.#nameOf(of.of) === undefined ? [] : [this.#nameOf(of.of) ?? ''];
      if (name === undefined && made !== undefined && GIVES.has(local(made)) && isComputed(of.args[0]?.value))
        this.#unknown(call);
      if (name === undefined && made !== 'function') this.#references(of, at);
      this.code(of);
    } else this.code(of);
    for (const { value } of args) this.code(value);
  }

  #named(name: string, call: RCode & { readonly kind: 'call' }): void {
    const { args, at } = call;
    const own = local(name);
    const act = actOf(name);
    if (act !== undefined) this.#act(name, call, at);
    if (APPLIES.has(name) || APPLIES.has(own) || GIVES.has(own)) {
      for (const { value } of args) this.#reference(value, at, call);
      if ((own === 'do.call' || own === 'match.fun') && isComputed(args[0]?.value)) this.#unknown(call);
    }
    if (BINDS.has(own)) for (const { value } of args.slice(1)) this.#reference(value, at, call);
    if (own === 'function') for (const { value } of args.slice(0, 1)) this.#defaults(value, at);
    if (own === 'eval' || own === 'evalq' || own === 'eval.parent' || own === 'withr::eval')
      for (const { value } of args.slice(0, 1)) this.#evaluated(value, call);
    if (NATIVE_CALLS.has(own)) this.#native(args[0]?.value, call);
    if (own === 'Sys.setenv' && args.some(({ name: variable = '' }) => LOADS_CODE.test(variable)))
      this.#hit('change', name, call, at);
    if (WRITES.has(own) && args.some(({ value }) => textsIn(value).some((text) => RUN_LATER.test(text))))
      this.#hit('change', name, call, at);
  }

  #defaults(formals: RCode, at: number): void {
    if (formals.kind === 'pairs') for (const { value } of formals.items) this.#reference(value, at);
  }

  /** Text that is parsed and run: what it says counts; text that is made while it runs is unknown. */
  #evaluated(value: RCode, call: RCode & { readonly kind: 'call' }): void {
    if (value.kind !== 'call') return;
    const name = local(this.#nameOf(value.of) ?? '');
    if (name !== 'parse' && name !== 'str2lang' && name !== 'str2expression') return;
    const texts = value.args.flatMap(({ value: given }) =>
      given.kind === 'text' ? given.texts : (pasted(given) ?? []),
    );
    if (texts.length === 0) this.#unknown(call);
    for (const text of texts) {
      for (const [, called = ''] of text.matchAll(/(?<![\w.:])([A-Za-z.][\w.:]{0,100})['"`]?\s{0,8}\(/g)) {
        const act = actOf(called);
        if (act !== undefined) this.#hit(act, called, call, call.at);
      }
    }
  }

  #native(symbol: RCode | undefined, call: RCode & { readonly kind: 'call' }): void {
    if (symbol?.kind !== 'text') return;
    const [name = ''] = symbol.texts;
    if (C_ACTS.has(name)) this.#hit('native', name, call, call.at);
  }

  /** A function that is handed on: by its name, as a text, or qualified by its package. */
  #reference(value: RCode, at: number | undefined, shown: RCode = value): void {
    const name = value.kind === 'text' ? value.texts[0] : (this.#nameOf(value) ?? pasted(value));
    if (name !== undefined && name.length < 200 && actOf(name) !== undefined) this.#act(name, shown, at);
  }

  /** Every function that is named anywhere in what makes a function. */
  #references(code: RCode, at: number | undefined): void {
    if (code.kind !== 'call') {
      this.#reference(code, at);
      return;
    }
    const [first] = code.args;
    const name = this.#nameOf(code.of);
    // The part of an object may be called like a function of R.
    if ((name === '$' || name === '@' || name === '[[') && first?.value.kind === 'name') return;
    for (const { value } of code.args) this.#references(value, at);
  }

  /** The name of the function that is called; undefined when it is computed. */
  #nameOf(of: RCode): string | undefined {
    if (of.kind === 'name' || of.kind === 'builtin') return of.name;
    if (of.kind === 'text') return of.texts[0];
    return this.#qualified(of);
  }

  #qualified(of: RCode): string | undefined {
    if (of.kind !== 'call' || of.of.kind === 'call') return undefined;
    const operator = of.of.kind === 'name' || of.of.kind === 'builtin' ? of.of.name : '';
    const [first, second] = of.args.map(({ value }) => value);
    const one = nameIn(first);
    const two = nameIn(second);
    if (operator === '::' || operator === ':::')
      return one === undefined || two === undefined ? undefined : `${one}::${two}`;
    if (operator === '(' || operator === '{') return first && of.args.length === 1 ? this.#nameOf(first) : undefined;
    // `baseenv()$system`, and not the part of an object that is called so.
    if ((operator === '$' || operator === '[[') && first?.kind === 'call') return two;
    if (GIVES.has(operator))
      return first?.kind === 'name' && operator !== 'match.fun' ? undefined : (one ?? pasted(first));
    return undefined;
  }

  #act(name: string, shown: RCode, at: number | undefined): void {
    const act = actOf(name);
    if (act !== undefined) this.#hit(act, name, shown, at);
  }

  #hit(act: RAct, name: string, shown: RCode, at: number | undefined): void {
    if (this.#quota.take(act)) this.hits.push({ act, name, shown: showR(shown), at });
  }

  #unknown(call: RCode): void {
    if (this.unknown.length < UNKNOWN_KEPT) this.unknown.push(showR(call));
  }
}

function local(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

function nameIn(code: RCode | undefined): string | undefined {
  if (code?.kind === 'name' || code?.kind === 'builtin') return code.name;
  return code?.kind === 'text' ? code.texts[0] : undefined;
}

/** A text that is put together of others. */
function pasted(code: RCode | undefined): string | undefined {
  if (code?.kind !== 'call') return undefined;
  const name = nameIn(code.of);
  const parts = code.args.map(({ value }) =>
    value.kind === 'text' && value.texts.length === 1 ? value.texts[0] : undefined,
  );
  if ((name !== 'paste0' && name !== 'paste') || parts.includes(undefined)) return undefined;
  return parts.join('');
}

/** What names a function is made by a call, and is no function by itself. */
function isComputed(code: RCode | undefined): boolean {
  if (code?.kind !== 'call') return false;
  const name = nameIn(code.of);
  return name !== undefined && MAKES_TEXT.has(local(name));
}

/** Functions that make the text that names a function. */
const MAKES_TEXT: ReadonlySet<string> = new Set(
  'paste paste0 sprintf rawToChar intToUtf8 chartr rev strsplit substr substring gsub sub toupper tolower c unlist utf8ToInt base64enc::base64decode base64decode readline readLines Sys.getenv memDecompress decode'.split(
    ' ',
  ),
);

function textsIn(code: RCode): readonly string[] {
  if (code.kind === 'text') return code.texts;
  return code.kind === 'call' ? code.args.flatMap(({ value }) => (value.kind === 'text' ? value.texts : [])) : [];
}

const SHOWN = 120;
const SHOWN_DEPTH = 5;

/** The code as text, cut. */
export function showR(code: RCode): string {
  const text = show(code, 0);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function show(code: RCode, depth: number): string {
  if (depth > SHOWN_DEPTH) return '…';
  switch (code.kind) {
    case 'name':
    case 'builtin':
      return code.name.slice(0, SHOWN);
    case 'text':
      return JSON.stringify((code.texts[0] ?? '').slice(0, SHOWN));
    case 'call': {
      const name = nameIn(code.of);
      if ((name === '::' || name === ':::') && code.args.length === 2)
        return code.args.map(({ value }) => show(value, depth + 1)).join('::');
      return `${show(code.of, depth + 1)}(${showArguments(code.args, depth)})`;
    }
    case 'pairs':
      return showArguments(code.items, depth);
    case 'function':
      return `function(…) ${show(code.body, depth + 1)}`;
    case 'compiled':
      return code.constants[0] ? show(code.constants[0], depth + 1) : '…';
    case 'promise':
      return show(code.code, depth + 1);
    case 'other':
      return '…';
  }
}

function showArguments(items: readonly RArgument[], depth: number): string {
  return items
    .slice(0, 6)
    .map(({ name, value }) => (name === undefined ? '' : `${name.slice(0, 40)} = `) + show(value, depth + 1))
    .join(', ');
}

/**
 * TorchScript programs (`code/*.py` in an archive of `torch.jit.save`) run in an interpreter of torch's own. It resolves the modules `torch` and
 * `ops` while it compiles (`torch/csrc/jit/serialization/import_source.cpp`): through brackets, by `getattr` with a text, and by names that they
 * were assigned to, but not as values. What the program refers to is followed the same way, over its tokens.
 */
import { operatorEffect } from '../../names/torch-operators.js';
import { lexPython, type LogicalLine, type PyToken } from '../../readers/python/lexer.js';
import { Quota } from '../quota.js';

export interface ScriptUse {
  readonly kind: 'file' | 'network';
  /** As written, cut. */
  readonly text: string;
  /** Offset in the source. */
  readonly offset: number;
  /** In `__setstate__`, which runs when the model is loaded. */
  readonly loading: boolean;
}

export interface ScriptReading {
  readonly uses: readonly ScriptUse[];
  /** Why what the program does cannot be told, if so. */
  readonly gaps: readonly string[];
}

const USES_KEPT = 100;
const GAPS_KEPT = 20;
/** Names of names of names. */
const ALIAS_PASSES = 20;
const ALIASES_KEPT = 1000;
/** `__torch__.torch.classes.namespace.Class`. */
const LONGEST = 5;

export function readScript(code: string): ScriptReading {
  // Of the line ends that Python knows, this one is a blank to torch.
  const { lines, unfinished } = lexPython(code.replaceAll('\r', ' '));
  const reader = new ScriptReader(code, lines);
  reader.run();
  return {
    uses: reader.uses,
    gaps: [
      ...reader.gaps,
      ...(unfinished === undefined ? [] : [`the program cannot be read to its end: ${unfinished}`]),
    ],
  };
}

/**
 * The operators of a program for torch's interpreter of mobile devices (`bytecode.pkl` of `_save_for_lite_interpreter`): a pickle with the names of
 * operators as texts.
 */
export function readBytecode(pickle: string): ScriptReading {
  const uses: ScriptUse[] = [];
  const quota = new Quota(USES_KEPT);
  const gaps = new Set<string>();
  // BINUNICODE with its length: names are shorter than 256 bytes.
  for (const { index } of pickle.matchAll(/X[^]\0{3}\w{1,100}::/g)) {
    const text = pickle.slice(index + 5, index + 5 + pickle.charCodeAt(index + 1));
    const [, namespace = '', operator] = /^(\w+)::(\w+)$/.exec(text) ?? [];
    if (operator === undefined) continue;
    const kind = operatorEffect(namespace, operator);
    if (kind === 'file' || kind === 'network') {
      if (quota.take(kind)) uses.push({ kind, text, offset: index, loading: false });
    } else if (kind === 'unknown' && gaps.size < GAPS_KEPT) gaps.add(unknownOperator(namespace, operator));
  }
  return { uses, gaps: [...gaps] };
}

/** Why a program with such an operator cannot be judged. */
export function unknownOperator(namespace: string, operator: string): string {
  return `it uses ${namespace}::${operator}, an operator of a library that is not known here`;
}

/** `torch.save` as `['torch', 'save']`. */
type Reference = readonly string[];

class ScriptReader {
  readonly uses: ScriptUse[] = [];
  readonly #quota = new Quota(USES_KEPT);
  readonly gaps = new Set<string>();
  /** What names stand for; a name can stand for several things in several functions. */
  readonly #aliases = new Map<string, Reference[]>([
    ['torch', [['torch']]],
    ['ops', [['ops']]],
    ['__torch__', [['__torch__']]],
  ]);
  readonly #getters = new Set(['getattr']);
  /** Names that also hold values: `torch` is a usual name of a variable. */
  readonly #values = new Set<string>();
  readonly #seen = new Set<number>();

  constructor(
    private readonly code: string,
    private readonly lines: readonly LogicalLine[],
  ) {}

  run(): void {
    for (let pass = 0, known = -1; known !== this.#size; pass += 1) {
      if (pass >= ALIAS_PASSES) {
        this.#gap('it gives things more names than are followed');
        break;
      }
      known = this.#size;
      for (const { tokens } of this.lines) this.#assignment(tokens);
    }
    let loading: number | undefined;
    for (const { tokens, indent } of this.lines) {
      if (loading !== undefined && indent <= loading) loading = undefined;
      if (isName(tokens[0], 'def') && isName(tokens[1], '__setstate__')) loading = indent;
      this.#line(tokens, loading !== undefined);
    }
  }

  get #size(): number {
    let size = this.#getters.size + this.#values.size;
    for (const references of this.#aliases.values()) size += references.length;
    return size;
  }

  /** `a = b = torch.nn`, `a : int = ops`: each name stands for the reference. */
  #assignment(tokens: readonly PyToken[]): void {
    // A parameter is a value: `def forward(self, torch: Tensor)`.
    if (isName(tokens[0], 'def')) {
      for (const [index, token] of tokens.entries())
        if (token.kind === 'name' && isOperator(tokens[index + 1], ':')) this.#values.add(token.text);
      return;
    }
    const last = lastAssignment(tokens);
    if (last < 0) return;
    const targets = tokens
      .slice(0, last)
      .filter(
        ({ kind }, index) =>
          kind === 'name' && !isOperator(tokens[index - 1], ':') && !isOperator(tokens[index - 1], '.'),
      )
      .map(({ text }) => text);
    if (this.#getterBefore(tokens, tokens.length) === last + 1) {
      for (const target of targets) this.#getters.add(target);
      return;
    }
    const found = this.#firstReference(tokens, last + 1);
    const whole = found !== undefined && found.from === last + 1 && found.to === tokens.length;
    for (const target of targets) {
      if (!whole) this.#values.add(target);
      else for (const reference of found.references) this.#alias(target, reference);
    }
  }

  #alias(name: string, reference: Reference): void {
    if (reference.length > LONGEST) return;
    const known = this.#aliases.get(name) ?? [];
    if (known.some((other) => other.join('.') === reference.join('.'))) return;
    if (this.#aliases.size < ALIASES_KEPT && known.length < 50) this.#aliases.set(name, [...known, reference]);
    else this.#gap('it gives things more names than are followed');
  }

  #firstReference(tokens: readonly PyToken[], from: number): Found | undefined {
    for (let index = from; index < tokens.length; index += 1) {
      const found = this.#referenceAt(tokens, index);
      if (found) return found;
    }
    return undefined;
  }

  #line(tokens: readonly PyToken[], loading: boolean): void {
    const last = lastAssignment(tokens);
    for (const [index, token] of tokens.entries()) {
      if (token.kind === 'name' && /^rpc_(?:sync|async|remote)$/.test(token.text) && isOperator(tokens[index + 1], '('))
        this.#use('network', token.at, loading);
      const found = this.#referenceAt(tokens, index);
      if (!found) continue;
      // What a name is given to is followed.
      const followed = index < last || (found.from === last + 1 && found.to === tokens.length);
      for (const reference of found.references)
        this.#judge(reference, token, {
          loading,
          named: found.to - found.from === 1,
          bare: !followed && !isName(tokens[0], 'del'),
        });
    }
  }

  #judge(
    reference: Reference,
    { at, text }: PyToken,
    { loading, bare, named }: { loading: boolean; bare: boolean; named: boolean },
  ): void {
    const [root, first, second, third, fourth] = reference;
    if (root === '__torch__') {
      // `__torch__.torch.classes.NAMESPACE.Class`: written in C++.
      if (named || first !== 'torch' || second !== 'classes' || third === undefined) return;
      const effect = operatorEffect(third, fourth ?? '');
      if (effect === 'file' || effect === 'network') this.#use(effect, at, loading);
      else if (effect === 'unknown')
        this.#gap(`it uses ${reference.slice(1).join('.')}, a class of a library that is not known here`);
      return;
    }
    const [namespace, operator] = root === 'torch' ? ['aten', first] : [first, second];
    if (namespace === undefined || operator === undefined) {
      if (bare && !this.#values.has(text)) this.#gap(`it hands ${reference.join('.')} itself around`);
      return;
    }
    // Judged where the name was given.
    if (named) return;
    const effect = operatorEffect(namespace, operator);
    if (effect === 'file' || effect === 'network') this.#use(effect, at, loading);
    else if (effect === 'unknown') this.#gap(unknownOperator(namespace, operator));
  }

  #gap(text: string): void {
    if (this.gaps.size < GAPS_KEPT) this.gaps.add(text);
  }

  #use(kind: ScriptUse['kind'], offset: number, loading: boolean): void {
    if (this.#seen.has(offset) || !this.#quota.take(`${kind} ${String(loading)}`)) return;
    this.#seen.add(offset);
    this.uses.push({ kind, offset, loading, text: this.code.slice(offset, offset + 120) });
  }

  /** The longest reference that begins with the name at `index`: `torch`, `(ops).aten`, `getattr(torch, "a" "dd")`. */
  #referenceAt(tokens: readonly PyToken[], index: number): Found | undefined {
    const root = tokens[index];
    if (root?.kind !== 'name' || isOperator(tokens[index - 1], '.')) return undefined;
    const known = this.#aliases.get(root.text);
    if (!known || namesArgument(tokens, index)) return undefined;
    let [from, to] = [index, index + 1];
    const path: string[] = [];
    for (;;) {
      const next = tokens[to + 1];
      if (isOperator(tokens[to], '.') && next?.kind === 'name') {
        path.push(next.text);
        to += 2;
        continue;
      }
      const got = this.#getattr(tokens, from, to);
      if (got) {
        path.push(got.name);
        ({ from, to } = got);
        continue;
      }
      if (!isOperator(tokens[from - 1], '(') || !isOperator(tokens[to], ')') || isCalled(tokens[from - 2])) break;
      from -= 1;
      to += 1;
    }
    return { from, to, references: known.map((reference) => [...reference, ...path]) };
  }

  /** `getattr(` before the tokens from `from` to `to`, and `, "name")` behind them. */
  #getattr(
    tokens: readonly PyToken[],
    from: number,
    to: number,
  ): { name: string; from: number; to: number } | undefined {
    if (!isOperator(tokens[from - 1], '(') || !isOperator(tokens[to], ',')) return undefined;
    const start = this.#getterBefore(tokens, from - 1);
    if (start === undefined) return undefined;
    let at = to + 1;
    let open = 1;
    for (; isOperator(tokens[at], '('); at += 1) open += 1;
    let name = '';
    for (let token = tokens[at]; token?.kind === 'text'; token = tokens[at]) {
      name += token.text;
      at += 1;
    }
    for (; open > 0 && isOperator(tokens[at], ')'); at += 1) open -= 1;
    return { name, from: start, to: at };
  }

  /** Where `getattr` begins that ends before a token: with brackets around it, too. */
  #getterBefore(tokens: readonly PyToken[], end: number): number | undefined {
    let closed = 0;
    while (isOperator(tokens[end - 1 - closed], ')')) closed += 1;
    const name = tokens[end - 1 - closed];
    if (name?.kind !== 'name' || !this.#getters.has(name.text)) return undefined;
    const start = end - 1 - 2 * closed;
    return tokens.slice(Math.max(0, start), start + closed).every((token) => isOperator(token, '('))
      ? start
      : undefined;
  }
}

interface Found {
  /** The tokens that it takes. */
  readonly from: number;
  readonly to: number;
  readonly references: readonly Reference[];
}

const KEYWORDS: ReadonlySet<string> = new Set('return if else elif and or not in is while for assert del'.split(' '));

/** Whether a bracket behind this token holds the arguments of a call. */
function isCalled(token: PyToken | undefined): boolean {
  return (
    token?.kind === 'text' ||
    isOperator(token, ')') ||
    isOperator(token, ']') ||
    (token?.kind === 'name' && !KEYWORDS.has(token.text))
  );
}

function isName(token: PyToken | undefined, text: string): boolean {
  return token?.kind === 'name' && token.text === text;
}

function isOperator(token: PyToken | undefined, text: string): boolean {
  return token?.kind === 'operator' && token.text === text;
}

/** The last `=` outside of brackets, -1 without one. */
function lastAssignment(tokens: readonly PyToken[]): number {
  let open = 0;
  let last = -1;
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'operator') continue;
    if ('([{'.includes(token.text)) open += 1;
    else if (')]}'.includes(token.text)) open -= 1;
    else if (token.text === '=' && open === 0) last = index;
  }
  return last;
}

/** `f(torch=…)`, `def f(self, ops: …)`, and the field `ops : …` of a class. */
function namesArgument(tokens: readonly PyToken[], index: number): boolean {
  const begins = index === 0 || isOperator(tokens[index - 1], '(') || isOperator(tokens[index - 1], ',');
  const [next] = tokens.slice(index + 1, index + 2);
  return begins && (isOperator(next, ':') || (isOperator(next, '=') && index > 0));
}

/**
 * Judges a carried function by the names that it uses: without a name Python code reaches nothing but its arguments. Names are judged whatever branch
 * they stand in, so that no trick with jumps hides one.
 */
import { canonicalModule, isDangerousModule, isStandard, judge } from '../../names/capabilities.js';
import {
  FRAMEWORK_DANGERS,
  INTERNAL_ATTRIBUTES,
  KERAS_AT_HAND,
  PLAIN_BUILTINS,
  PLAIN_MODULES,
  USUAL_ALIASES,
} from '../../names/code-objects.js';
import { summarizeCode, showValue, type CodeSummary } from './code-summary.js';
import { codeObjects, type CodeObject, type MarshalValue } from '../../readers/marshal/marshal.js';

export interface CodeJudgement {
  /** Names that let the code start programs, run other code, reach files, the network or Python's internals; as the code spells them. */
  readonly dangers: readonly string[];
  /** Globals that are on no list. */
  readonly unknown: readonly string[];
  /** Why the instructions could not be read, once for each function. */
  readonly broken: readonly string[];
  /** The Python whose instructions they are. */
  readonly python: string | undefined;
  /** Its calls, as Python, in the order of its instructions. */
  readonly calls: readonly string[];
  /** Its return values, as Python: its own, then those of functions inside it. */
  readonly returns: readonly string[];
  /** Its text constants, longest first. */
  readonly texts: readonly string[];
  /** Functions it consists of. */
  readonly functions: number;
}

/** Functions of one value that are read. */
const FUNCTIONS_LIMIT = 2000;
/** Instructions that are reported as calls. */
const TOLD_LIMIT = 100_000;

/** Judges a code object and those inside it. */
export function judgeCode(value: MarshalValue): CodeJudgement {
  const codes = codeObjects(value);
  const dangers = new Set<string>();
  const unknown = new Set<string>();
  const broken = new Set<string>();
  const calls = new Set<string>();
  const texts = new Set<string>();
  const returns = new Set<string>();
  let python: string | undefined;
  let told = TOLD_LIMIT;
  for (const code of codes.slice(0, FUNCTIONS_LIMIT)) {
    const summary = summarizeCode(code, Math.max(0, told));
    told -= code.code.length / 2;
    python ??= summary.python;
    if (summary.broken !== undefined) broken.add(summary.broken);
    for (const name of dangerousNames(code, summary)) dangers.add(name);
    for (const name of unknownGlobals(summary)) unknown.add(name);
    for (const call of summary.calls) calls.add(call);
    for (const value of summary.returns) if (value !== '…') returns.add(value);
    for (const text of textsOf(code)) texts.add(text);
  }
  if (codes.length > FUNCTIONS_LIMIT) broken.add(`it has more than ${FUNCTIONS_LIMIT} functions`);
  return {
    dangers: [...dangers],
    unknown: [...unknown],
    broken: [...broken],
    python,
    calls: [...calls],
    returns: [...returns],
    texts: [...texts].sort((left, right) => right.length - left.length),
    functions: codes.length,
  };
}

/** One sentence part or two: the behaviour of the code, in words. */
export function describeCode(judged: CodeJudgement): string {
  const parts: string[] = [];
  if (judged.calls.length > 0) parts.push(`it calls ${listed(judged.calls, 6)}`);
  else
    parts.push(
      judged.returns.length > 0 ? `it returns ${judged.returns[0] ?? ''} and calls nothing` : 'it calls nothing',
    );
  if (judged.texts.length > 0)
    parts.push(
      `its texts are ${listed(
        judged.texts.map((text) => `'${text.slice(0, 80)}'`),
        4,
      )}`,
    );
  if (judged.python !== undefined) parts.push(`it was compiled by Python ${judged.python} or a near one`);
  return parts.join('; ');
}

function listed(items: readonly string[], shown: number): string {
  const rest = items.length - shown;
  return items.slice(0, shown).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function dangerousNames(code: CodeObject, summary: CodeSummary): string[] {
  const found = new Set<string>();
  for (const name of summary.globals) if (isDangerousGlobal(name)) found.add(name);
  for (const path of [...summary.imports, ...summary.paths]) if (isDangerousPath(path)) found.add(path);
  for (const path of summary.imports) if (isOtherStandard(path)) found.add(path);
  for (const name of code.names) if (INTERNAL_ATTRIBUTES.has(name)) found.add(name);
  // `getattr` and format strings take attributes by their names.
  for (const text of textsOf(code)) {
    const hidden = /__(?:globals|builtins|subclasses|import|code|class|mro|base|bases|dict|getattribute|loader)__/.exec(
      text,
    );
    if (hidden) found.add(hidden[0]);
  }
  return [...found];
}

function isDangerousGlobal(name: string): boolean {
  if (PLAIN_BUILTINS.has(name)) return false;
  if (KERAS_AT_HAND.has(name)) return true;
  return judge('builtins', name).kind === 'dangerous' || isDangerousModule(name) || isOtherStandard(name);
}

/** A module of Python's own that no layer needs: some of them are among the globals that Keras gives a carried function. */
function isOtherStandard(name: string): boolean {
  const [first = ''] = name.split('.');
  return isStandard(first) && !PLAIN_MODULES.has(first);
}

function isDangerousPath(path: string): boolean {
  const parts = path.split('.');
  const first = USUAL_ALIASES.get(parts[0] ?? '') ?? canonicalModule(parts[0] ?? '');
  const whole = [first, ...parts.slice(1)].join('.');
  if (FRAMEWORK_DANGERS.test(`${whole}.`)) return true;
  if (parts.length === 1) return isStandard(first) && !PLAIN_MODULES.has(first) && isDangerousModule(first);
  for (let split = 1; split < parts.length; split += 1) {
    const module = [first, ...parts.slice(1, split)].join('.');
    const judged = judge(canonicalModule(module), parts.slice(split).join('.'));
    // `throughAttributes` judges a dotted rest, and resolves `x.os.system`.
    if (judged.kind === 'dangerous' && (split === 1 || isStandard(module) || module.includes('torch'))) return true;
  }
  return false;
}

/** Names of no known library: a variable of the file that made the model, or a trick. */
function unknownGlobals(summary: CodeSummary): string[] {
  const known = (name: string): boolean =>
    PLAIN_BUILTINS.has(name) || USUAL_ALIASES.has(name) || PLAIN_MODULES.has(name) || isDangerousGlobal(name);
  const modules = summary.imports.map((path) => path.split('.', 1)[0] ?? '');
  return [...new Set([...summary.globals, ...modules])].filter((name) => !known(name));
}

function textsOf(code: CodeObject): string[] {
  const texts: string[] = [];
  const waiting: MarshalValue[] = [...code.constants];
  const seen = new Set<MarshalValue>();
  for (let next = waiting.pop(); next && texts.length < 1000 && seen.size < 5000; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.kind === 'text' && next.text !== '') texts.push(next.text);
    else if (next.kind === 'bytes' && next.bytes.length > 0) texts.push(showValue(next));
    else if ('items' in next) for (const item of next.items) waiting.push(item);
  }
  return texts.reverse();
}

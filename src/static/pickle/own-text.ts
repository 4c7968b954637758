/**
 * Python source that a pickle gives to a function which runs it: `forward` of a graph that torch.fx traced. Loading calls that function, and then
 * `forward` itself, with a stand-in for each tensor (`torch/fx/graph_module.py`, `reduce_graph_module`).
 */
import { isPlainAttribute } from '../../names/attributes.js';
import { canonicalModule, isDangerousModule, isStandard, judge } from '../../names/capabilities.js';
import { isReadLibrary, libraryCallable, ownTextOf } from '../../names/library-calls.js';
import { PLAIN_MODULES } from '../../names/code-objects.js';
import { operatorEffect } from '../../names/torch-operators.js';
import type { ByteSource } from '../../readers/bytes.js';
import type { PickleFacts } from '../../readers/pickle/facts.js';
import { lexPython } from '../../readers/python/lexer.js';
import { isOperator } from '../../readers/python/tokens.js';
import { itemsOf, type Value } from '../../readers/pickle/value.js';
import { judgePython } from '../python-source/source-judge.js';

export interface OwnText {
  /** What running the text does that no model needs, as part of a sentence. */
  readonly harm: string | undefined;
  /** Why it is not known what it does. */
  readonly unclear: string | undefined;
  readonly pickles: readonly Uint8Array[];
}

/** Bytes of one text, and of all of them; graphs of language models have some megabytes. */
const TEXT_LIMIT = 4 * 1024 * 1024;
const TOTAL_LIMIT = 16 * 1024 * 1024;
const TEXTS_LIMIT = 4;
/** Names that one text uses; graphs use some hundred. */
const USES_LIMIT = 4000;

/** By the arguments of the call. */
export async function ownTexts(facts: PickleFacts, source: ByteSource): Promise<ReadonlyMap<Value, OwnText>> {
  const found = new Map<Value, OwnText>();
  let left = TOTAL_LIMIT;
  const read = async (value: Value | undefined): Promise<string | undefined> => {
    if (value?.kind !== 'text') return undefined;
    if (value.whole) return value.text;
    const { place } = value;
    if (!place || place.escaped || place.size > Math.min(left, TEXT_LIMIT)) return undefined;
    left -= place.size;
    return Buffer.from(await source.read(place.offset, place.size)).toString('utf8');
  };
  for (const { callee, args } of facts.calls) {
    const own = callee.kind === 'global' ? ownTextOf(canonicalModule(callee.module), callee.name) : undefined;
    if (own === undefined || found.has(args)) continue;
    const given = itemsOf(args);
    const bodies = bodiesOf(given?.[own.body]);
    const imports = await read(given?.[own.imports]);
    if (bodies === undefined || imports === undefined) {
      found.set(args, unread('the text that it runs is not in the file'));
      continue;
    }
    const judged: OwnText[] = [];
    for (const body of bodies) {
      const text = await read(body);
      judged.push(text === undefined ? unread('the text that it runs cannot be read') : judgeText(imports + text));
    }
    found.set(args, {
      harm: judged.find(({ harm }) => harm !== undefined)?.harm,
      unclear: judged.find(({ unclear }) => unclear !== undefined)?.unclear,
      pickles: judged.flatMap(({ pickles }) => pickles),
    });
  }
  return found;
}

function unread(why: string): OwnText {
  return { harm: undefined, unclear: why, pickles: [] };
}

/** All texts that the dict may have had when it was handed over; undefined when there may be others. */
function bodiesOf(body: Value | undefined): readonly Value[] | undefined {
  if (body?.kind !== 'dict' || body.count !== body.entries.length) return undefined;
  if (body.entries.some(([key]) => key.kind !== 'text' || !key.whole)) return undefined;
  const texts = body.entries.flatMap(([key, value]) =>
    key.kind === 'text' && (key.text === '_code' || key.text === 'code') ? [value] : [],
  );
  return texts.length > 0 && texts.length <= TEXTS_LIMIT ? texts : undefined;
}

function judgeText(text: string): OwnText {
  const { hits, gaps, pickles, uses, imports, patches } = judgePython(`${text}\nforward(object())\n`);
  const attribute = lexPython(text)
    .lines.flatMap(({ tokens }) => tokens.filter((_, at) => isOperator(tokens[at - 1], '.')))
    .find(({ kind, text: name }) => kind === 'name' && !isPlainAttribute(name));
  const hit = hits.find(({ rule }) => rule !== 'STATIC-PYTHON-IMPORTS');
  const [gap] = gaps;
  let harm = hit?.subject;
  // Of an object in the graph it is not known which method it has.
  let unclear = gap ?? (attribute && `it uses an attribute ${attribute.text}`);
  for (const path of uses) {
    const answer = use(path);
    if (answer === 'harm') harm ??= `It uses ${path}`;
    else if (answer === 'unclear') unclear ??= `it uses ${path}, which is not known here`;
  }
  for (const module of imports) if (!isImported(module)) unclear ??= `it imports ${module}`;
  if (uses.length >= USES_LIMIT) unclear ??= 'it uses more than is read';
  const [patch] = patches;
  if (patch !== undefined) unclear ??= `it changes ${patch}`;
  return { harm, unclear, pickles };
}

/** Modules whose functions compute; what in the packages around them acts is listed by name, and `torch` has its operators. */
const COMPUTES =
  /^(?:math|operator|typing|torch(?:\.(?:nn|functional|fft|linalg|special|sparse|nested|signal|masked|_VF|Tensor|_C\._(?:nn|fft|linalg|special|sparse|nested|VariableFunctions)|fx\._pytree|utils\._pytree|utils\.checkpoint|amp|autograd|cuda|backends|ao\.nn|_higher_order_ops)(?:\.[\w.]+)?)?)$/;
/** Packages that graphs import. */
const IMPORTED: ReadonlySet<string> = new Set([
  'torch',
  'math',
  'operator',
  'typing',
  'numpy',
  'torchvision',
  'builtins',
]);
/** Python's own functions that generated code calls; what they lead to is followed. */
const FOLLOWED: ReadonlySet<string> = new Set(['getattr', 'forward', 'object', 'type', 'hasattr', 'setattr', 'slice']);

/** Importing it runs code that is known. */
function isImported(module: string): boolean {
  const [top = ''] = module.split('.');
  if (IMPORTED.has(top)) return true;
  return isStandard(top) ? !isDangerousModule(top) && PLAIN_MODULES.has(top) : isReadLibrary(top);
}

function use(path: string): 'harm' | 'unclear' | undefined {
  const parts = path.replace(/^builtins\./, '').split('.');
  const [top = '', ...rest] = parts;
  if (rest.length === 0) {
    if (FOLLOWED.has(top)) return undefined;
    const judged = judge('builtins', top);
    return judged.kind === 'dangerous'
      ? 'harm'
      : judged.kind === 'allowed' || /^[a-z]+$/.test(top)
        ? undefined
        : 'unclear';
  }
  if (top === 'torch' && rest[0] === 'ops') {
    const effect = operatorEffect(rest[1] ?? '', rest[2] ?? '');
    return effect === 'harmless' ? undefined : effect === 'unknown' ? 'unclear' : 'harm';
  }
  // torch writes it for functions that a graph keeps whole (`CodeGen._gen_python_code`).
  if (path === 'torch.fx.wrap' || path === 'torch.fx._symbolic_trace.wrap') return undefined;
  const module = canonicalModule(parts.slice(0, -1).join('.'));
  const name = parts.at(-1) ?? '';
  const judged = judge(module, name);
  if (judged.kind === 'dangerous') return 'harm';
  if (judged.kind === 'allowed') return undefined;
  const known = libraryCallable(module, name);
  if (known !== undefined && known.kind !== 'quiet') return 'unclear';
  if (top === 'torch' && (name === 'compile' || operatorEffect('aten', name) !== 'harmless')) return 'unclear';
  return COMPUTES.test(module) ? undefined : 'unclear';
}

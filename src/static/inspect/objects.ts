/**
 * What a pickle would build, as a tree: dicts, lists, numbers, texts, objects with their class and state, arrays with type and shape, calls as calls.
 * It is made of what the walk keeps, so nothing is built or called; what the walk did not keep is counted.
 */
import type { Row } from '../../core/inspection.js';
import { addAll } from '../../core/lists.js';
import { elementText, ELEMENTS, numpyElement } from '../../readers/elements.js';
import { encodedText, itemsOf, type CallValue, type Value } from '../../readers/pickle/value.js';
import { dtypeText, numpyArray, orderOf, torchTensor } from './tensor-values.js';
import { shapeText } from './shape.js';

/** Rows of one pickle, and levels. */
export const OBJECT_ROWS = 50_000;
const DEPTH_LIMIT = 60;
const TEXT_SHOWN = 300;

export type ObjectRow = Pick<Row, 'cells' | 'depth' | 'offset' | 'array'>;

/** Notes where the numbers of a tensor or an array lie, and returns its index. */
export type NotesArray = (value: Value & { kind: 'call' }) => number | undefined;

/** The rows in the order of the tree, each with its depth. Cells: name, kind, value. */
export function objectRows(value: Value, note: NotesArray = () => undefined): ObjectRow[] {
  const tree = new Tree(note);
  tree.add('', value, 0);
  return tree.rows;
}

class Tree {
  readonly rows: ObjectRow[] = [];
  /** Where a container or an object was shown first: pickles refer to one again by its memo. */
  readonly #places = new Map<Value, string>();

  constructor(private readonly note: NotesArray) {}

  add(name: string, value: Value, depth: number, path = name): void {
    if (this.rows.length >= OBJECT_ROWS) return;
    const known = this.#places.get(value);
    const {
      kind,
      text,
      parts = [],
      offset,
    } = known === undefined ? shownOf(value) : { kind: 'the same', text: known || 'the whole' };
    const array = (kind === 'tensor' || kind === 'array') && value.kind === 'call' ? this.note(value) : undefined;
    const place = { ...(offset === undefined ? {} : { offset }), ...(array === undefined ? {} : { array }) };
    this.rows.push({ cells: [name, kind, text], depth, ...place });
    if (known !== undefined) return;
    if (parts.length > 0) this.#places.set(value, path);
    if (depth >= DEPTH_LIMIT) {
      if (parts.length > 0) this.rows.push({ cells: ['…', '', 'Deeper than is shown.'], depth: depth + 1 });
      return;
    }
    for (const [key, part] of parts) {
      if (typeof part === 'number') this.rows.push({ cells: ['…', '', `${part} more`], depth: depth + 1 });
      else this.add(key, part, depth + 1, `${path}${joint(key, path)}`);
    }
  }
}

function joint(key: string, path: string): string {
  return key.startsWith('[') || path === '' ? key : `.${key}`;
}

interface Shown {
  readonly kind: string;
  readonly text: string;
  /** A number stands for as many that were not kept. */
  readonly parts?: readonly (readonly [string, Value | number])[];
  readonly offset?: number | undefined;
}

function shownOf(value: Value): Shown {
  switch (value.kind) {
    case 'none':
      return { kind: 'None', text: 'None' };
    case 'bool':
      return { kind: 'bool', text: value.value ? 'True' : 'False' };
    case 'int':
      // Of those that protocols 0 and 1 write as text, the walk keeps no more digits.
      return { kind: 'int', text: `${Number.isSafeInteger(value.value) ? '' : 'about '}${value.value}` };
    case 'float':
      return { kind: 'float', text: floatText(value.value) };
    case 'long':
      return { kind: 'int', text: longText(value.bytes) };
    case 'text':
      return {
        kind: 'str',
        text: `'${value.text.slice(0, TEXT_SHOWN)}${value.whole && value.text.length <= TEXT_SHOWN ? "'" : '…'}`,
      };
    case 'bytes':
      return { kind: 'bytes', text: `${value.size} bytes` };
    case 'sequence': {
      const parts = value.items.map((item, at): [string, Value] => [`[${at}]`, item]);
      return { kind: value.type, text: counted(value.count, 'item'), parts: withRest(parts, value.count) };
    }
    case 'dict': {
      const parts = value.entries.map(([key, item]): [string, Value] => [keyText(key), item]);
      return { kind: 'dict', text: counted(value.count, 'entry', 'entries'), parts: withRest(parts, value.count) };
    }
    case 'global':
      return { kind: 'name', text: `${value.module}.${value.name}`, offset: value.offset };
    case 'persistent':
      return { kind: 'persistent', text: 'kept beside the pickle', parts: [['id', value.id]] };
    case 'unknown':
      return { kind: '?', text: 'not known without loading it' };
    case 'call':
      return callShown(value);
  }
}

function callShown(value: CallValue): Shown {
  const { by, callee, args, state, offset } = value;
  const tensor = torchTensor(value);
  if (tensor) return { kind: 'tensor', text: `${tensor.type} ${shapeText(tensor.shape)}`, offset };
  const array = arrayShown(value);
  if (array) return { ...array, offset };
  const encoded = encodedText(value);
  if (encoded) return { kind: 'bytes', text: `${encoded.text.length} bytes`, offset };
  const name = callee.kind === 'global' ? `${callee.module}.${callee.name}` : 'what a call gave';
  const given = itemsOf(args);
  const [type] = given ?? [];
  // `copyreg._reconstructor(class, object, None)` of protocols 0 and 1, `copyreg.__newobj__(class, …)` of 2 and 3.
  const rebuilds = callee.kind === 'global' && /^(?:_reconstructor|__newobj__|__newobj_ex__)$/.test(callee.name);
  const made = rebuilds && type?.kind === 'global' ? `${type.module}.${type.name}` : undefined;
  const isObject = made !== undefined || by === 'NEWOBJ' || by === 'NEWOBJ_EX' || by === 'OBJ' || by === 'INST';
  const parts: [string, Value | number][] = [];
  if (callee.kind !== 'global') parts.push(['callee', callee]);
  const skipped = made === undefined ? 0 : callee.kind === 'global' && callee.name === '_reconstructor' ? 3 : 1;
  const shownArgs = given?.slice(skipped);
  for (const [at, item] of (shownArgs ?? []).entries()) parts.push([`(${at})`, item]);
  if (given === undefined && args.kind !== 'none') parts.push(['(…)', args]);
  if (state) addAll(parts, stateParts(state));
  return { kind: isObject ? 'object' : 'call', text: isObject ? (made ?? name) : `${name}(…)`, parts, offset };
}

/** The attributes of an object, when its state is a dict or a pair of one and its slots. */
function stateParts(state: Value): [string, Value | number][] {
  const pair = itemsOf(state);
  const dicts = state.kind === 'dict' ? [state] : (pair ?? []);
  if (dicts.length === 0 || dicts.length > 2 || !dicts.every(({ kind }) => kind === 'dict' || kind === 'none'))
    return [['state', state]];
  return dicts
    .flatMap((dict) => shownOf(dict).parts ?? [])
    .map(([key, part]) => [key.replace(/^\['(.+)'\]$/, '$1'), part]);
}

/** An array or a number of NumPy. */
function arrayShown(value: CallValue): Shown | undefined {
  const { callee, by, args } = value;
  if (by === 'REDUCE' && callee.kind === 'global' && callee.name === 'scalar' && callee.module.startsWith('numpy')) {
    const [dtype, number] = itemsOf(args) ?? [];
    return { kind: 'number', text: [dtypeText(dtype) ?? '?', scalarText(dtype, number)].join(' ').trimEnd() };
  }
  const array = numpyArray(value);
  return array && { kind: 'array', text: `${array.type} ${shapeText(array.shape)}` };
}

function scalarText(dtype: Value | undefined, number: Value | undefined): string {
  const known = numpyElement(dtypeText(dtype) ?? '');
  const text = encodedText(number)?.text;
  const bytes = number?.kind === 'bytes' ? number.head : text === undefined ? undefined : Buffer.from(text, 'latin1');
  if (!known || bytes?.length !== ELEMENTS[known.element]) return '';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return elementText(view, known.element, orderOf(dtype) !== '>');
}

function keyText(key: Value): string {
  const { text } = shownOf(key);
  return `[${key.kind === 'sequence' ? `(${key.items.map((item) => shownOf(item).text).join(', ')})` : text}]`;
}

function withRest(parts: [string, Value][], count: number): (readonly [string, Value | number])[] {
  return count > parts.length ? [...parts, ['…', count - parts.length]] : parts;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}

function floatText(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Little-endian two's complement. */
function longText(bytes: Uint8Array): string {
  if (bytes.length > 64) return 'a long integer';
  let value = 0n;
  for (const byte of [...bytes].reverse()) value = (value << 8n) | BigInt(byte);
  return String(BigInt.asIntN(bytes.length * 8, value));
}

/** Code objects that a pickle builds: the arguments of `code()`, in the order of each Python, and of dill's function for them. */
import type { ByteSource } from '../bytes.js';
import { pythonsWith, type CodeObject, type Layout, type MarshalValue } from '../marshal/marshal.js';
import { canonicalModule } from '../../names/capabilities.js';
import type { CallUse, PickleFacts } from './facts.js';
import { encodedBytes, reached } from './resolve.js';
import { itemsOf, type Value } from './value.js';

/** Bytes of one constant that are read, and of all of them. */
const BYTES_LIMIT = 256 * 1024;
const BYTES_TOTAL = 16 * 1024 * 1024;
const CONSTANTS_DEEP = 20;

/** What a code object comes to, or why it cannot be read. */
export type ReadCode = CodeObject | { readonly unreadable: string };

/** `types.CodeType`, or what cloudpickle and dill fetch it by: `_builtin_type('CodeType')`, `_load_type('CodeType')`. */
export function isCodeType(callee: Value): boolean {
  return typeNamed(callee) === 'CodeType';
}

/** The name of a type of Python's own that a value is: `types.CodeType`, `_builtin_type('CodeType')`. */
export function typeNamed(value: Value): string | undefined {
  if (value.kind === 'global')
    return value.module === 'types' || /^[A-Z]\w*Type$/.test(value.name) ? value.name : undefined;
  if (value.kind !== 'call' || value.callee.kind !== 'global') return undefined;
  const target = reached(value);
  if (target?.module === 'types') return target.name;
  if (!TYPE_GETTERS.has(value.callee.name)) return undefined;
  const [name] = itemsOf(value.args) ?? [];
  return name?.kind === 'text' ? name.text : undefined;
}

const TYPE_GETTERS: ReadonlySet<string> = new Set(['_builtin_type', '_load_type']);

/** A call that makes a code object. Python 2 has `new.code`, too. */
export function makesCode({ callee }: Pick<CallUse, 'callee'>): boolean {
  return (
    isCodeType(callee) ||
    isDillCode(callee) ||
    (callee.kind === 'global' && callee.module === 'new' && callee.name === 'code')
  );
}

function isDillCode(callee: Value): boolean {
  return callee.kind === 'global' && callee.name === '_create_code' && /^dill\b/.test(callee.module);
}

/** The code objects of a pickle by the arguments of the calls that make them, in the order of the calls. */
export async function readCodes(facts: PickleFacts, source: ByteSource): Promise<Map<Value, ReadCode>> {
  const codes = new Map<Value, ReadCode>();
  const reader = new CodeReader(source, codes);
  for (const call of facts.calls) if (makesCode(call)) codes.set(call.args, await reader.read(call));
  return codes;
}

class Unreadable extends Error {}

class CodeReader {
  #left = BYTES_TOTAL;

  constructor(
    private readonly source: ByteSource,
    private readonly codes: ReadonlyMap<Value, ReadCode>,
  ) {}

  async read(call: CallUse): Promise<ReadCode> {
    try {
      return await this.#read(call);
    } catch (error) {
      if (error instanceof Unreadable) return { unreadable: error.message };
      throw error;
    }
  }

  async #read({ callee, args, offset }: CallUse): Promise<CodeObject> {
    const given = itemsOf(args);
    if (!given) throw new Unreadable('its arguments are not in the file');
    // dill puts `co_lnotab` before them since Python 3.10 (`_dill.py`, `save_code`).
    const items = isDillCode(callee) && given[0]?.kind !== 'int' ? given.slice(1) : given;
    const numbers = items.findIndex(({ kind }) => kind !== 'int');
    const [code, constants, names, variables, filename, name, next, ...rest] = items.slice(numbers);
    const qualname = next?.kind === 'text' ? next.text : undefined;
    const layout = layoutOf(numbers, qualname !== undefined);
    if (layout === undefined || !code || !name || rest.length < 1)
      throw new Unreadable('no Python lays functions out like this');
    const tail = rest.slice(-2);
    const [free = [], cells = []] = tail.every(({ kind }) => kind === 'sequence')
      ? tail.map((list) => this.#texts(list))
      : [];
    const locals = this.#texts(variables);
    // LOAD_FAST and LOAD_DEREF share one list since 3.11 (`Objects/codeobject.c`).
    const all = [...locals, ...cells.filter((cell) => !locals.includes(cell)), ...free];
    const [first] = items;
    return {
      name: this.#text(name),
      qualname,
      filename: filename?.kind === 'text' ? filename.text : '',
      code: await this.#bytes(code, layout !== '2.7'),
      constants: await this.#constants(constants),
      names: this.#texts(names),
      locals: layout === '3.11' ? all : locals,
      cells: layout === '3.11' ? all : [...cells, ...free],
      argcount: first?.kind === 'int' ? first.value : 0,
      pythons: pythonsWith(layout),
      offset,
    };
  }

  #text(value: Value | undefined): string {
    if (value?.kind === 'text' && value.whole) return value.text;
    throw new Unreadable('a name of it is not in the file');
  }

  #texts(value: Value | undefined): string[] {
    const items = itemsOf(value);
    if (!items) throw new Unreadable('its names are not in the file');
    return items.map((item) => this.#text(item));
  }

  /** The instructions. A text stands for them in Python 2, and where dill encodes it. */
  async #bytes(value: Value, utf8: boolean): Promise<Uint8Array> {
    if (value.kind === 'bytes') return await this.#from(value.offset, value.size);
    const text = encodedBytes(value);
    if (text) return Buffer.from(await this.#whole(text), 'latin1');
    if (value.kind === 'text' && value.whole) return Buffer.from(value.text, utf8 ? 'utf8' : 'latin1');
    if (isEmptyBytes(value)) return new Uint8Array(0);
    throw new Unreadable('its instructions are not in the file');
  }

  async #from(offset: number, size: number): Promise<Uint8Array> {
    this.#left -= size;
    if (size > BYTES_LIMIT || this.#left < 0) throw new Unreadable('it is larger than is read');
    return await this.source.read(offset, size);
  }

  async #whole(text: Value & { kind: 'text' }): Promise<string> {
    if (text.whole) return text.text;
    if (!text.place || text.place.escaped) throw new Unreadable('a text of it is longer than is read');
    return Buffer.from(await this.#from(text.place.offset, text.place.size)).toString('utf8');
  }

  async #constants(value: Value | undefined): Promise<MarshalValue[]> {
    const items = itemsOf(value);
    if (!items) throw new Unreadable('its constants are not in the file');
    const constants: MarshalValue[] = [];
    for (const item of items) constants.push(await this.#constant(item, CONSTANTS_DEEP));
    return constants;
  }

  async #constant(value: Value, depth: number): Promise<MarshalValue> {
    switch (value.kind) {
      case 'none':
        return { kind: 'name', name: 'None' };
      case 'bool':
        return { kind: 'name', name: value.value ? 'True' : 'False' };
      case 'int':
      case 'float':
        return { kind: 'number', text: String(value.value) };
      case 'long':
        return { kind: 'number', text: 'a long integer' };
      case 'text':
        return { kind: 'text', text: value.place && !value.place.escaped ? await this.#whole(value) : value.text };
      case 'bytes':
        return { kind: 'bytes', bytes: await this.#from(value.offset, value.size), offset: value.offset };
      case 'sequence': {
        if (depth === 0) throw new Unreadable('its constants are nested too deep');
        const items: MarshalValue[] = [];
        for (const item of itemsOf(value) ?? []) items.push(await this.#constant(item, depth - 1));
        return { kind: value.type, items };
      }
      case 'global':
        return value.name === 'Ellipsis' ? { kind: 'name', name: 'Ellipsis' } : { kind: 'global', path: pathOf(value) };
      case 'call':
        return await this.#made(value, depth);
      default:
        return { kind: 'global', path: '' };
    }
  }

  async #made(value: Value & { kind: 'call' }, depth: number): Promise<MarshalValue> {
    const code = this.codes.get(value.args);
    if (code) {
      if ('unreadable' in code) throw new Unreadable(code.unreadable);
      return { kind: 'code', code };
    }
    const text = encodedBytes(value);
    if (text) return { kind: 'bytes', bytes: Buffer.from(await this.#whole(text), 'latin1'), offset: value.offset };
    if (isEmptyBytes(value)) return { kind: 'bytes', bytes: new Uint8Array(0), offset: value.offset };
    const target = reached(value);
    if (target) return { kind: 'global', path: target.name === '' ? target.module : `${target.module}.${target.name}` };
    const [first] = itemsOf(value.args) ?? [];
    // A set before protocol 4, `frozenset([...])`.
    if (first?.kind === 'sequence' && value.callee.kind === 'global' && /^(?:frozen)?set$/.test(value.callee.name))
      return await this.#constant(first, depth - 1);
    return { kind: 'global', path: '' };
  }
}

function layoutOf(numbers: number, isNew: boolean): Layout | undefined {
  if (numbers === 6) return isNew ? '3.11' : '3.8';
  if (isNew) return undefined;
  return numbers === 5 ? '3.0' : numbers === 4 ? '2.7' : undefined;
}

/** `bytes()`, as protocol 2 writes empty ones. */
function isEmptyBytes(value: Value): boolean {
  return (
    value.kind === 'call' &&
    value.callee.kind === 'global' &&
    value.callee.name === 'bytes' &&
    itemsOf(value.args)?.length === 0
  );
}

/** The dotted name of a global; builtins have no module. */
export function pathOf({ module, name }: { readonly module: string; readonly name: string }): string {
  const canonical = canonicalModule(module);
  return canonical === 'builtins' ? name : `${canonical}.${name}`;
}

/**
 * What the emulated stack of a pickle holds: constants and containers as far as they are worth keeping, and names instead of the
 * things that names would be resolved to. Nothing is ever resolved, built or called.
 */
export type Value =
  | { readonly kind: 'none' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  /** An integer of more than six bytes, little-endian two's complement; at most the first bytes. */
  | { readonly kind: 'long'; readonly bytes: Uint8Array }
  /** `whole` is false when only the beginning was kept. */
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly whole: boolean;
      /** Where a long one lies in the source. */
      readonly place?: { readonly offset: number; readonly size: number; readonly escaped?: true };
    }
  /** A byte string that lies at `offset` of the source; `head` is its beginning. */
  | { readonly kind: 'bytes'; readonly head: Uint8Array; readonly offset: number; readonly size: number }
  | {
      readonly kind: 'sequence';
      readonly type: 'tuple' | 'list' | 'set' | 'frozenset';
      readonly items: Value[];
      count: number;
      /** Something that is no number was not kept. */
      lost?: true;
    }
  | { readonly kind: 'dict'; readonly entries: [Value, Value][]; count: number; lost?: true }
  | GlobalValue
  | CallValue
  | { readonly kind: 'persistent'; readonly id: Value }
  /** Not known: an extension code, an out-of-band buffer, something that fell under a budget. */
  | { readonly kind: 'unknown' };

/** `module.name`, looked up by the unpickler: importing the module is an act of its own. */
export interface GlobalValue {
  readonly kind: 'global';
  readonly module: string;
  readonly name: string;
  readonly offset: number;
  /** Shared by every copy of the value: how often it was put on the stack. */
  readonly uses: { count: number };
}

/** What a call gave. */
export interface CallValue {
  readonly kind: 'call';
  readonly by: CallKind;
  readonly callee: Value;
  /** Usually a tuple. */
  readonly args: Value;
  readonly offset: number;
  /** How many calls the callee is the result of. */
  readonly depth: number;
  /** What BUILD gave it. */
  state?: Value;
  /** Of an array of joblib's: where its elements lie in the source. */
  elements?: number;
}

export type CallKind = 'REDUCE' | 'NEWOBJ' | 'NEWOBJ_EX' | 'OBJ' | 'INST' | 'BUILD';

export const NONE: Value = { kind: 'none' };
export const TRUE: Value = { kind: 'bool', value: true };
export const FALSE: Value = { kind: 'bool', value: false };
export const UNKNOWN: Value = { kind: 'unknown' };

const NUMBERS: ReadonlySet<Value['kind']> = new Set(['none', 'bool', 'int', 'float', 'long']);

export function isNumber({ kind }: Value): boolean {
  return NUMBERS.has(kind);
}

/** The entry of a dict with this key, when both are kept. */
export function dictGet(value: Value | undefined, key: string): Value | undefined {
  if (value?.kind !== 'dict') return undefined;
  return value.entries.findLast(([name]) => name.kind === 'text' && name.whole && name.text === key)?.[1];
}

/** The items of a tuple or list; undefined when it is none or not all of it was kept. */
export function itemsOf(value: Value | undefined): readonly Value[] | undefined {
  return value?.kind === 'sequence' && value.items.length === value.count ? value.items : undefined;
}

/** False for what is no text whatever a call gave: instances of classes, containers, numbers. A name has to be a `str` and no subclass of it. */
export function canBeText(value: Value): boolean {
  if (value.kind === 'text' || value.kind === 'unknown' || value.kind === 'persistent') return true;
  if (value.kind !== 'call') return false;
  const { by, callee, args } = value;
  if (callee.kind !== 'global') return true;
  if (by === 'NEWOBJ' || by === 'NEWOBJ_EX') return callee.name === 'str' || callee.name === 'unicode';
  // Protocols 0 and 1 build instances by copyreg._reconstructor(class, base, state), protocols below 4 by copyreg.__newobj__(class, …).
  if (!MAKES_INSTANCE.has(callee.name)) return true;
  const [type] = itemsOf(args) ?? [];
  return type?.kind !== 'global' || type.name === 'str' || type.name === 'unicode';
}

const MAKES_INSTANCE: ReadonlySet<string> = new Set(['_reconstructor', '__newobj__', '__newobj_ex__']);

/** Bytes that the file holds: as they are, or as protocols below 3 write them, `_codecs.encode(text, 'latin1')`. */
export function isBytes(value: Value | undefined): boolean {
  if (value?.kind !== 'call') return value?.kind === 'bytes';
  return encodedText(value) !== undefined;
}

/** The text of `_codecs.encode(text, 'latin1')`, whose characters are the bytes. */
export function encodedText(value: Value | undefined): (Value & { kind: 'text' }) | undefined {
  if (value?.kind !== 'call' || value.callee.kind !== 'global') return undefined;
  if (value.callee.module !== '_codecs' || value.callee.name !== 'encode') return undefined;
  const [text, encoding, ...rest] = itemsOf(value.args) ?? [];
  const latin1 = encoding?.kind === 'text' && /^(latin[-_]?1|iso-?8859-1)$/i.test(encoding.text);
  return text?.kind === 'text' && latin1 && rest.length === 0 ? text : undefined;
}

/** The first texts and numbers among the arguments of a call, those of calls and containers in it included, in their order. */
export function plainIn(value: Value, most = 8, depth = 4): readonly string[] {
  if (depth === 0) return [];
  if (value.kind === 'text') return [value.whole ? value.text : `${value.text}…`];
  if (value.kind === 'int' || value.kind === 'float') return [String(value.value)];
  if (value.kind === 'call') return plainIn(value.args, most, depth - 1);
  if (value.kind !== 'sequence') return [];
  return value.items
    .slice(0, most)
    .flatMap((item) => plainIn(item, most, depth - 1))
    .slice(0, most);
}

/** The value as Python would write it, cut to about `limit` characters; control characters are left for the caller to escape. */
export function describe(value: Value, limit = 200): string {
  const text = write(value, limit, 4);
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

function write(value: Value, limit: number, depth: number): string {
  switch (value.kind) {
    case 'none':
      return 'None';
    case 'bool':
      return value.value ? 'True' : 'False';
    case 'int':
    case 'float':
      return String(value.value);
    case 'long':
      return 'a long integer';
    case 'text':
      return `'${value.text.slice(0, limit)}${value.whole ? '' : '…'}'`;
    case 'bytes':
      return `b'${String.fromCharCode(...value.head.subarray(0, Math.min(limit, 64)))}${value.size > 64 ? '…' : ''}'`;
    case 'sequence':
      return depth === 0 ? '…' : sequence(value, limit, depth);
    case 'dict': {
      if (depth === 0) return '{…}';
      const shown = value.entries
        .slice(0, 8)
        .map(([key, item]) => `${write(key, limit, depth - 1)}: ${write(item, limit, depth - 1)}`);
      return `{${shown.join(', ')}${value.count > shown.length ? ', …' : ''}}`;
    }
    case 'global':
      return `${value.module}.${value.name}`;
    case 'call':
      return depth === 0
        ? '…'
        : `${write(value.callee, limit, depth - 1)}${value.args.kind === 'sequence' ? callArguments(value.args, limit, depth) : '(…)'}`;
    case 'persistent':
      return 'a persistent object';
    case 'unknown':
      return '?';
  }
}

function callArguments(args: Value & { kind: 'sequence' }, limit: number, depth: number): string {
  const shown = args.items.slice(0, 8).map((item) => write(item, limit, depth - 1));
  return `(${shown.join(', ')}${args.count > shown.length ? ', …' : ''})`;
}

function sequence(value: Value & { kind: 'sequence' }, limit: number, depth: number): string {
  const inner = callArguments(value, limit, depth).slice(1, -1);
  switch (value.type) {
    case 'tuple':
      return value.count === 1 ? `(${inner},)` : `(${inner})`;
    case 'list':
      return `[${inner}]`;
    case 'set':
    case 'frozenset':
      return `{${inner}}`;
  }
}

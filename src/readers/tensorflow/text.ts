/**
 * The messages of TensorFlow written as text (`.pbtxt`; protobuf.dev/reference/protobuf/textformat-spec), read as those of the wire are: the same
 * specifications say what matters, the rest is stepped over. Nothing nests deeper than `DEPTH_LIMIT`.
 */
import { latin1, type ByteSource } from '../bytes.js';
import { DEPTH_LIMIT, Message, type FieldSpec, type MessageSpec, type WireFault } from '../protobuf/wire.js';
import {
  ANY,
  ANY_LIST,
  ARGUMENT,
  ASSET_FILE,
  ATTRIBUTE,
  ATTRIBUTE_ENTRY,
  COLLECTION,
  COLLECTION_ENTRY,
  FUNCTION,
  FUNCTION_NAME,
  GRAPH,
  LIBRARY,
  LIST,
  META_GRAPH,
  NODE,
  OBJECT_GRAPH,
  PORT_ENTRY,
  SAVED_MODEL,
  SAVED_OBJECT,
  SIGNATURE,
  SIGNATURE_DEF,
  SIGNATURE_ENTRY,
  STRING_TYPE,
  TENSOR,
  TENSOR_INFO,
  USER_OBJECT,
} from './schema.js';
import type { Stop } from '../units.js';

/** Bytes that are read; a graph of 10,000 nodes has some 10 MB without its weights. */
const TEXT_LIMIT = 32 * 1024 * 1024;
/** Values of one node, or of another message that is handed over as a whole. */
const VALUES_LIMIT = 200_000;

export type TextRoot = 'savedmodel' | 'metagraph' | 'graph';

/** Which message a text is by the first field that it sets; undefined for what sets none of these. */
export function textRoot(head: string): TextRoot | undefined {
  const first = /^(?:\s|#[^\n]*\n)*([a-z_]+)\s*(?::\s*[[{<"'\d]|[{<])/.exec(head)?.[1];
  return first === undefined ? undefined : ROOTS.get(first);
}

/** `node` and the like stand in many texts, but not before a bracket. */
const ROOTS: ReadonlyMap<string, TextRoot> = new Map([
  ...(['saved_model_schema_version', 'meta_graphs'] as const).map((name) => [name, 'savedmodel'] as const),
  ...(['node', 'library', 'versions'] as const).map((name) => [name, 'graph'] as const),
  ...(
    [
      'meta_info_def',
      'graph_def',
      'saver_def',
      'collection_def',
      'signature_def',
      'asset_file_def',
      'object_graph_def',
    ] as const
  ).map((name) => [name, 'metagraph'] as const),
]);

/** The numbers of the fields that the specifications name. An `Any` is written with the name of what is in it, in brackets. */
const NAMES: ReadonlyMap<MessageSpec, Readonly<Record<string, number>>> = new Map<
  MessageSpec,
  Readonly<Record<string, number>>
>([
  [SAVED_MODEL, { saved_model_schema_version: 1, meta_graphs: 2 }],
  [META_GRAPH, { graph_def: 2, collection_def: 4, signature_def: 5, asset_file_def: 6, object_graph_def: 7 }],
  [GRAPH, { node: 1, library: 2 }],
  [LIBRARY, { function: 1 }],
  [FUNCTION, { signature: 1, node_def: 3 }],
  [SIGNATURE, { name: 1, input_arg: 2 }],
  [ARGUMENT, { name: 1 }],
  [NODE, { name: 1, op: 2, input: 3, device: 4, attr: 5 }],
  [ATTRIBUTE_ENTRY, { key: 1, value: 2 }],
  [ATTRIBUTE, { list: 1, s: 2, tensor: 8, func: 10 }],
  [LIST, { s: 2, func: 9 }],
  [FUNCTION_NAME, { name: 1, attr: 2 }],
  [TENSOR, { dtype: 1, tensor_content: 4, string_val: 8 }],
  [COLLECTION_ENTRY, { key: 1, value: 2 }],
  [COLLECTION, { any_list: 5 }],
  [ANY_LIST, { value: 1 }],
  [ANY, { value: 2, '[type.googleapis.com/tensorflow.AssetFileDef]': 2 }],
  [ASSET_FILE, { tensor_info: 1, filename: 2 }],
  [TENSOR_INFO, { name: 1 }],
  [SIGNATURE_ENTRY, { key: 1, value: 2 }],
  [SIGNATURE_DEF, { inputs: 1, outputs: 2 }],
  [PORT_ENTRY, { key: 1, value: 2 }],
  [OBJECT_GRAPH, { nodes: 1 }],
  [SAVED_OBJECT, { user_object: 4 }],
  [USER_OBJECT, { identifier: 1, metadata: 3 }],
]);

export interface TextOptions {
  readonly signal?: Stop | undefined;
  readonly visit: (message: Message) => void;
}

export async function walkText(
  source: ByteSource,
  spec: MessageSpec,
  options: TextOptions,
): Promise<{ root: Message; faults: readonly WireFault[] }> {
  const text = latin1(await source.read(0, TEXT_LIMIT));
  const walk = new Walk(text, spec, options);
  walk.run();
  if (source.size > TEXT_LIMIT) walk.fault(TEXT_LIMIT, `only the first ${TEXT_LIMIT} bytes of the text were read`);
  return walk;
}

interface Open {
  /** Undefined inside a message that does not matter. */
  readonly message: Message | undefined;
  readonly each: boolean;
  readonly close: '}' | '>' | '';
  /** Values counted when it began. */
  readonly values: number;
}

const BLANK = /[^\s]/g;
const TOKEN = /([A-Za-z_][\w.]*)|(\[[\w./-]{1,1000}\])|([-+]?(?:\.\d|\d)[\w.+-]*)|([{}<>[\]:,;-])/y;

class Walk {
  readonly root: Message;
  readonly faults: WireFault[] = [];
  readonly #open: Open[];
  #at = 0;
  #values = 0;
  #full = false;

  constructor(
    private readonly text: string,
    spec: MessageSpec,
    private readonly options: TextOptions,
  ) {
    this.root = new Message(spec, 0, text.length, undefined, 0);
    this.#open = [{ message: this.root, each: false, close: '', values: 0 }];
  }

  fault(offset: number, text: string): void {
    if (this.faults.length < 20) this.faults.push({ offset, text });
  }

  run(): void {
    for (let count = 0; ; count += 1) {
      if (count % 4096 === 0) this.options.signal?.throwIfAborted();
      const token = this.#next();
      const around = this.#open.at(-1);
      if (token === undefined || around === undefined) break;
      if (token.kind === 'mark' && token.text === around.close) {
        this.#close(around);
        continue;
      }
      if (token.kind === 'mark' && (token.text === ',' || token.text === ';')) continue;
      if (token.kind !== 'name' && token.kind !== 'bracket') {
        this.fault(token.at, 'the text is damaged');
        break;
      }
      if (!this.#field(token.text, around)) break;
    }
    if (/\S/.test(this.text.slice(this.#at, this.#at + 1000))) this.fault(this.#at, 'the text is damaged from here on');
    if (this.#open.length > 1) this.fault(this.text.length, 'the text ends inside a message');
    while (this.#open.length > 1) {
      const around = this.#open.at(-1);
      if (around) this.#close(around);
    }
  }

  #close({ message, each, values }: Open): void {
    this.#open.pop();
    if (!message) return;
    if (each) {
      this.#values = values;
      this.options.visit(message);
    }
  }

  /** What follows a name: a value, a message, or a list of either; of a list of messages each is opened where it stands. */
  #field(name: string, around: Open): boolean {
    const number = around.message && NAMES.get(around.message.spec)?.[name];
    const field = number === undefined ? undefined : around.message?.spec.fields[number];
    let token = this.#next();
    if (token?.text === ':' && token.kind === 'mark') token = this.#next();
    if (token?.kind === 'mark' && token.text === '[') return this.#list(number, field, around);
    return this.#value(token, number, field, around);
  }

  /** Scalars are taken here. Messages would need a second stack: the list's own marks are stepped over between them instead. */
  #list(number: number | undefined, field: FieldSpec | undefined, around: Open): boolean {
    for (;;) {
      const token = this.#next();
      if (token === undefined) return false;
      if (token.kind === 'mark' && token.text === ']') return true;
      if (token.kind === 'mark' && token.text === ',') continue;
      if (!this.#value(token, number, field, around)) return false;
      // A message in a list: read to its end here.
      if (this.#open.at(-1) !== around && !this.#messageInList(around)) return false;
    }
  }

  #messageInList(around: Open): boolean {
    while (this.#open.at(-1) !== around) {
      const token = this.#next();
      const inner = this.#open.at(-1);
      if (token === undefined || inner === undefined) return false;
      if (token.kind === 'mark' && token.text === inner.close) this.#close(inner);
      else if (token.kind === 'mark' && (token.text === ',' || token.text === ';')) continue;
      else if (token.kind !== 'name' && token.kind !== 'bracket') return false;
      else if (!this.#field(token.text, inner)) return false;
    }
    return true;
  }

  #value(token: Token | undefined, number: number | undefined, field: FieldSpec | undefined, around: Open): boolean {
    if (token === undefined) return false;
    if (token.kind === 'mark' && (token.text === '{' || token.text === '<')) {
      this.#begin(token, number, field, around);
      return this.#open.length <= DEPTH_LIMIT;
    }
    if (token.kind === 'mark' && token.text !== '-') return false;
    const bytes = token.kind === 'string' ? [unquote(token.text)] : [];
    if (token.kind === 'string') {
      // Strings that follow one another are one.
      for (let next = this.#peekString(); next !== undefined; next = this.#peekString()) bytes.push(unquote(next));
    } else if (token.kind === 'mark') this.#next();
    if (number === undefined || field === undefined || around.message === undefined || !this.#room(token.at))
      return true;
    if (field.kind === 'number')
      around.message.add(number, token.text === 'DT_STRING' ? STRING_TYPE : Math.trunc(Number(token.text)) || 0);
    else if (field.kind !== 'message' && token.kind === 'string') {
      const whole = Buffer.concat(bytes);
      const head = whole.subarray(0, field.keep);
      around.message.add(
        number,
        field.kind === 'text' ? head.toString('utf8') : { offset: token.at, size: whole.length, head },
      );
    }
    return true;
  }

  #begin(token: Token, number: number | undefined, field: FieldSpec | undefined, around: Open): void {
    const close = token.text === '{' ? '}' : '>';
    const values = this.#values;
    if (number === undefined || field?.kind !== 'message' || !around.message || !this.#room(token.at)) {
      this.#open.push({ message: undefined, each: false, close, values });
      return;
    }
    const message = new Message(field.of(), token.at, 0, around.message, number);
    const each = field.each === true;
    if (!each) around.message.add(number, message);
    this.#open.push({ message, each, close, values });
  }

  #room(at: number): boolean {
    this.#values += 1;
    if (this.#values <= VALUES_LIMIT) return true;
    if (!this.#full) this.fault(at, 'a message holds more values than are kept');
    this.#full = true;
    return false;
  }

  #peekString(): string | undefined {
    const before = this.#at;
    const token = this.#next();
    if (token?.kind === 'string') return token.text;
    this.#at = before;
    return undefined;
  }

  #next(): Token | undefined {
    this.#skipBlank();
    const at = this.#at;
    const first = this.text[at];
    if (first === '"' || first === "'") return this.#string(at, first);
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(this.text);
    if (match === null) return undefined;
    this.#at = TOKEN.lastIndex;
    const [text, name, bracket, number] = match;
    const kind = KINDS[[name, bracket, number].findIndex((part) => part !== undefined)] ?? 'mark';
    return { kind, text, at };
  }

  /** Spaces, and comments up to the end of their line. No regular expression repeats over what a file makes long. */
  #skipBlank(): void {
    for (;;) {
      BLANK.lastIndex = this.#at;
      this.#at = BLANK.exec(this.text)?.index ?? this.text.length;
      if (this.text[this.#at] !== '#') return;
      const end = this.text.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.text.length : end;
    }
  }

  #string(at: number, quote: string): Token | undefined {
    for (let end = at + 1; end < this.text.length; end += 1) {
      const character = this.text[end];
      if (character === '\n') return undefined;
      if (character === '\\') end += 1;
      else if (character === quote) {
        this.#at = end + 1;
        return { kind: 'string', text: this.text.slice(at, end + 1), at };
      }
    }
    return undefined;
  }
}

const KINDS = ['name', 'bracket', 'number'] as const;

interface Token {
  readonly kind: (typeof KINDS)[number] | 'string' | 'mark';
  readonly text: string;
  readonly at: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};

/** The bytes of a string: escapes of C, and those of Unicode as UTF-8. */
function unquote(quoted: string): Buffer {
  const plain = quoted
    .slice(1, -1)
    .replace(
      /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/g,
      (_, ...groups: (string | undefined)[]) => {
        const [octal, hex, short, long, other = ''] = groups;
        if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff);
        if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
        const point = short ?? long;
        if (point === undefined) return ESCAPES[other] ?? other;
        const code = parseInt(point, 16);
        return Buffer.from(code <= 0x10ffff ? String.fromCodePoint(code) : '').toString('latin1');
      },
    );
  return Buffer.from(plain, 'latin1');
}

/**
 * Reads the Protocol Buffers wire format (protobuf.dev/programming-guides/encoding) as a stream. A specification names the fields to keep;
 * all others are skipped unread, so that tensors of gigabytes cost nothing. The walk is iterative and bounds the depth of messages. What
 * does not parse is a fault with its offset; the walk continues after the message that contains it.
 */
import { ByteCursor, utf8, type ByteSource } from '../bytes.js';
import type { Stop } from '../units.js';

/** The fields to keep of a message; all others are skipped. */
export interface MessageSpec {
  /** As the `.proto` file calls it. */
  readonly name: string;
  readonly fields: Readonly<Record<number, FieldSpec>>;
}

export type FieldSpec =
  /** Any whole number, packed or not, as an int64. */
  | { readonly kind: 'number' }
  /** Text or bytes of which the first `keep` bytes are kept; of a repeated field the first `most` (all, when absent). */
  | { readonly kind: 'text' | 'bytes'; readonly keep: number; readonly most?: number }
  /** A message inside. `each`: it is handed to the visitor when it ends instead of being kept in the one around it. */
  | { readonly kind: 'message'; readonly of: () => MessageSpec; readonly each?: true };

export const NUMBER: FieldSpec = { kind: 'number' };
/** No name in a model is longer. */
export const TEXT: FieldSpec = { kind: 'text', keep: 4096 };
/** Only that it is there, and how long it is. */
export const SIZE: FieldSpec = { kind: 'bytes', keep: 0 };
export const message = (of: () => MessageSpec): FieldSpec => ({ kind: 'message', of });
export const each = (of: () => MessageSpec): FieldSpec => ({ kind: 'message', of, each: true });

/** The payload of a length-delimited field. */
export interface Bytes {
  readonly offset: number;
  readonly size: number;
  /** The first bytes, as many as the specification keeps. */
  readonly head: Uint8Array;
}

type Value = number | string | Bytes | Message;

/** A message as far as the specification wants it. Fields that a file repeats are all there; of a singular one the last counts. */
export class Message {
  // Two lists, for most messages have two or three fields.
  readonly #fields: number[] = [];
  readonly #values: Value[] = [];
  /** Bytes that keeping it takes, about. */
  weight = MESSAGE_WEIGHT;

  constructor(
    readonly spec: MessageSpec,
    /** Where its first field stands in the source. */
    readonly offset: number,
    readonly size: number,
    readonly parent: Message | undefined,
    /** The number of the field of the parent. */
    readonly field: number,
  ) {}

  add(field: number, value: Value): void {
    this.#fields.push(field);
    this.#values.push(value);
  }

  has(field: number): boolean {
    return this.#fields.includes(field);
  }

  number(field: number): number | undefined {
    return this.numbers(field).at(-1);
  }

  numbers(field: number): number[] {
    return this.#all(field).filter((value) => typeof value === 'number');
  }

  bytes(field: number): Bytes[] {
    return this.#all(field).filter((value): value is Bytes => typeof value === 'object' && 'head' in value);
  }

  text(field: number): string | undefined {
    return this.texts(field).at(-1);
  }

  texts(field: number): string[] {
    return this.#all(field).filter((value) => typeof value === 'string');
  }

  messages(field: number): Message[] {
    return this.#all(field).filter((value) => value instanceof Message);
  }

  message(field: number): Message | undefined {
    return this.messages(field).at(-1);
  }

  /** The nearest message around it that is of this kind. */
  within(spec: MessageSpec): Message | undefined {
    let around = this.parent;
    while (around && around.spec !== spec) around = around.parent;
    return around;
  }

  #all(field: number): Value[] {
    return this.#values.filter((_, index) => this.#fields[index] === field);
  }
}

/** Where a field of a message lies, whatever the message is. */
export interface FieldPlace {
  readonly field: number;
  /** As the wire type says: a varint; a length and its payload; a number of 4 or 8 bytes, or a group. */
  readonly kind: 'number' | 'bytes' | 'other';
  /** Of the payload; behind the number of a varint. */
  readonly offset: number;
  /** Of the payload, as the field says, also when that is more than there is. */
  readonly size: number;
}

/** A place where the source is no valid message, or where not all of it is kept. */
export interface WireFault {
  readonly offset: number;
  readonly text: string;
}

export interface WireWalk {
  /** The whole source, as far as it was kept. */
  readonly root: Message;
  readonly faults: readonly WireFault[];
}

export interface WireOptions {
  readonly signal?: Stop | undefined;
  /** Called for each message of an `each` field when it ends; those around it may not be complete yet. */
  readonly visit?: (message: Message) => void;
}

interface WalkOptions extends WireOptions {
  /** Called for each field of the outermost message before its payload is checked; not for those in groups. */
  readonly onField?: (place: FieldPlace) => void;
  /** Ends the walk after this many tags. */
  readonly tags?: number;
  /** Least bytes of one read. */
  readonly window?: number;
}

/** protobuf's own limit of nested messages (`CodedInputStream::default_recursion_limit_`); what is deeper no loader reads. */
export const DEPTH_LIMIT = 100;
/** Least bytes of one read when fields are listed: bytes that are no message mostly fail at the first field. */
const LIST_WINDOW = 4096;
/** Kept at one time; a message that is handed over is no longer counted. */
const WEIGHT_LIMIT = 48 * 1024 * 1024;
const MESSAGE_WEIGHT = 400;
const VALUE_WEIGHT = 150;
const FAULTS_KEPT = 20;
/** A packed list that is longer is no shape. */
const PACKED_KEPT = 4096;
/** A tag and a length, or a tag and a number. */
const LONGEST = 20;

/** Wire types. */
const VARINT = 0;
const I64 = 1;
const BYTES = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const I32 = 5;

/** By wire type; undefined for what begins no field. */
const KINDS: readonly (FieldPlace['kind'] | undefined)[] = ['number', 'other', 'bytes', 'other', undefined, 'other'];

interface Frame {
  readonly message: Message;
  /** Offset of the byte behind it. */
  readonly end: number;
  readonly each: boolean;
  /** Set for a group, whose end is a tag: the number of its field. */
  readonly group?: number;
  /** Occurrences of the fields of which not all are kept. */
  counts?: Map<number, number>;
}

/** Never throws for what the source holds; throws the signal's reason when aborted, and what `source.read` throws. */
export async function walkMessage(source: ByteSource, spec: MessageSpec, options: WireOptions = {}): Promise<WireWalk> {
  const walk = new Walk(source, options);
  return walk.run(spec);
}

/**
 * Lists the fields of a message up to the first damaged one; a field that is cut off is still listed. Reads at most `tags` tags, including
 * those in groups, and no payloads.
 */
export async function listFields(source: ByteSource, tags: number): Promise<FieldPlace[]> {
  const fields: FieldPlace[] = [];
  const onField = (place: FieldPlace): void => void fields.push(place);
  await new Walk(source, { onField, tags, window: LIST_WINDOW }).run(NOTHING);
  return fields;
}

class Walk {
  readonly #faults: WireFault[] = [];
  readonly #cursor: ByteCursor;
  readonly #frames: Frame[] = [];
  #weight = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly options: WalkOptions,
  ) {
    this.#cursor = new ByteCursor(source, 0, options.window);
  }

  async run(spec: MessageSpec): Promise<WireWalk> {
    const cursor = this.#cursor;
    const root = new Message(spec, 0, this.source.size, undefined, 0);
    this.#frames.push({ message: root, end: this.source.size, each: false });
    const { signal, tags = Infinity } = this.options;
    let read = 0;
    for (let frame = this.#frames.at(-1); frame; frame = this.#frames.at(-1)) {
      if (cursor.offset >= frame.end) {
        if (frame.group !== undefined) this.#fault(frame.message.offset, 'a group does not end');
        this.#close();
        continue;
      }
      if (!cursor.has(LONGEST)) {
        signal?.throwIfAborted();
        await cursor.fill(Math.min(LONGEST, cursor.left));
        if (cursor.left > 0 && !cursor.has(1)) {
          this.#fault(cursor.offset, 'the file became shorter while it was read');
          break;
        }
      }
      if (read >= tags) break;
      read += 1;
      const wanted = this.#field(frame);
      if (wanted === undefined) continue;
      // Rarely does anything have to wait: only what is kept and crosses the end of the window.
      if (!cursor.has(wanted.keep)) {
        signal?.throwIfAborted();
        await cursor.fill(wanted.keep);
      }
      this.#keep(frame, wanted);
    }
    return { root, faults: this.#faults };
  }

  /** Reads one tag and steps over, or into, what follows; a payload to keep is given back. */
  #field(frame: Frame): Wanted | undefined {
    const cursor = this.#cursor;
    const start = cursor.offset;
    const tag = this.#varint(frame.end, 5);
    if (tag === undefined || tag > 0xffffffff) return this.#broken(frame, start, 'a field has no valid tag');
    const wire = tag & 7;
    const field = Math.floor(tag / 8);
    if (field === 0) return this.#broken(frame, start, 'a field has the number 0');
    const spec = frame.message.spec.fields[field];
    const value = wire === VARINT || wire === BYTES ? this.#varint(frame.end, 10) : 0;
    if (value === undefined)
      return this.#broken(frame, start, `a ${wire === VARINT ? 'number' : 'length'} does not end`);
    if (this.options.onField) this.#list(this.options.onField, frame, field, wire, value);
    switch (wire) {
      case VARINT:
        if (spec?.kind === 'number') this.#add(frame.message, field, value, 0);
        return undefined;
      case I64:
      case I32:
        cursor.skip(wire === I64 ? 8 : 4);
        if (cursor.offset > frame.end) return this.#broken(frame, start, 'a number is cut off');
        if (spec?.kind === 'number') this.#add(frame.message, field, NaN, 0);
        return undefined;
      case BYTES:
        if (value < 0 || value > frame.end - cursor.offset)
          return this.#broken(frame, start, `a field of ${value} bytes does not fit into what holds it`);
        return this.#payload(frame, field, spec, value);
      case GROUP_START:
        // Groups are from the first protobuf; today's loaders step over them.
        this.#open({
          message: new Message(NOTHING, cursor.offset, 0, frame.message, field),
          end: frame.end,
          each: false,
          group: field,
        });
        return undefined;
      case GROUP_END:
        if (frame.group !== field) return this.#broken(frame, start, 'a group ends that did not begin');
        this.#frames.pop();
        return undefined;
      default:
        return this.#broken(frame, start, `a field has the wire type ${wire}, which does not exist`);
    }
  }

  #list(onField: (place: FieldPlace) => void, frame: Frame, field: number, wire: number, value: number): void {
    const kind = KINDS[wire];
    if (kind === undefined || frame.group !== undefined) return;
    const fixed = wire === I64 ? 8 : wire === I32 ? 4 : 0;
    // A negative length is one of more than 2^63 bytes.
    const size = wire === BYTES ? (value < 0 ? Infinity : value) : fixed;
    onField({ field, kind, offset: this.#cursor.offset, size });
  }

  #payload(frame: Frame, field: number, spec: FieldSpec | undefined, size: number): Wanted | undefined {
    const cursor = this.#cursor;
    if (spec?.kind === 'message') {
      const inside = new Message(spec.of(), cursor.offset, size, frame.message, field);
      this.#open({ message: inside, end: cursor.offset + size, each: spec.each === true });
      return undefined;
    }
    if (spec?.kind === 'bytes' || spec?.kind === 'text') {
      if (spec.most === undefined || this.#counted(frame, field) <= spec.most)
        return { field, kind: spec.kind, offset: cursor.offset, size, keep: Math.min(size, spec.keep) };
    } else if (spec?.kind === 'number') {
      return { field, kind: 'packed', offset: cursor.offset, size, keep: Math.min(size, PACKED_KEPT) };
    }
    cursor.skip(size);
    return undefined;
  }

  #counted(frame: Frame, field: number): number {
    frame.counts ??= new Map();
    const count = (frame.counts.get(field) ?? 0) + 1;
    frame.counts.set(field, count);
    return count;
  }

  /** Keeps a payload, of which the window holds as much as is wanted. */
  #keep({ message }: Frame, { field, kind, offset, size, keep }: Wanted): void {
    const cursor = this.#cursor;
    if (kind === 'packed') {
      const values = this.#packed(offset + keep);
      if (values === undefined || size > keep) this.#fault(offset, 'a packed list of numbers is damaged or too long');
      cursor.seek(offset + size);
      for (const value of values ?? []) this.#add(message, field, value, 0);
      return;
    }
    const bytes = cursor.has(keep) ? cursor.bytes(keep) : new Uint8Array(0);
    cursor.seek(offset + size);
    if (kind === 'text') {
      this.#add(message, field, utf8(bytes), bytes.length);
    } else {
      // A copy: the window would stay alive with it.
      this.#add(message, field, { offset, size, head: Uint8Array.from(bytes) }, bytes.length);
    }
  }

  /** The numbers up to `end`; undefined when the last one does not end there. */
  #packed(end: number): number[] | undefined {
    const values: number[] = [];
    while (this.#cursor.offset < end) {
      const value = this.#varint(end, 10);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  }

  #open(frame: Frame): void {
    if (this.#frames.length > DEPTH_LIMIT) {
      this.#fault(frame.message.offset, `messages are nested more than ${DEPTH_LIMIT} deep`);
      // The end of a group is only found by reading it.
      this.#cursor.seek(frame.end);
      return;
    }
    if (frame.group === undefined) this.#weight += MESSAGE_WEIGHT;
    this.#frames.push(frame);
  }

  #close(): void {
    const frame = this.#frames.pop();
    if (frame === undefined || frame.group !== undefined) return;
    const { message, each: handed } = frame;
    const { parent } = message;
    if (parent === undefined) return;
    if (handed || this.#weight > WEIGHT_LIMIT) {
      this.#weight -= message.weight;
      if (handed) this.options.visit?.(message);
      else this.#fault(message.offset, 'there are more fields than are looked at');
      return;
    }
    parent.add(message.field, message);
    parent.weight += message.weight;
  }

  #add(message: Message, field: number, value: number | string | Bytes, bytes: number): void {
    const weight = VALUE_WEIGHT + bytes;
    if (this.#weight + weight > WEIGHT_LIMIT) {
      this.#fault(this.#cursor.offset, 'there are more fields than are looked at');
      return;
    }
    this.#weight += weight;
    message.weight += weight;
    message.add(field, value);
  }

  /** Goes on behind the message that is damaged; a group has no length, so that it is lost with the message around it. */
  #broken(frame: Frame, offset: number, text: string): Wanted | undefined {
    this.#fault(offset, text);
    this.#cursor.seek(frame.end);
    return undefined;
  }

  #fault(offset: number, text: string): void {
    const known = this.#faults.at(-1);
    if (this.#faults.length < FAULTS_KEPT && known?.text !== text) this.#faults.push({ offset, text });
  }

  /** A number of at most `longest` bytes, none of them at or behind `end`; of those of ten bytes, that are negative, the sign is kept. */
  #varint(end: number, longest: number): number | undefined {
    const cursor = this.#cursor;
    const most = Math.min(longest, end - cursor.offset);
    let low = 0;
    let high = 0;
    for (let index = 0; index < most; index += 1) {
      if (!cursor.has(1)) return undefined;
      const byte = cursor.u8();
      if (index < 5) low += (byte & 0x7f) * 128 ** index;
      else high += (byte & 0x7f) * 128 ** (index - 5);
      if (byte < 0x80) return joined(low, high);
    }
    return undefined;
  }
}

/** An int64 from its lower 35 bits and the rest; exact up to 2^53. */
function joined(low: number, high: number): number {
  const rest = high % 2 ** 29;
  return low + (rest >= 2 ** 28 ? rest - 2 ** 29 : rest) * 2 ** 35;
}

interface Wanted {
  readonly field: number;
  readonly kind: 'text' | 'bytes' | 'packed';
  readonly offset: number;
  readonly size: number;
  readonly keep: number;
}

const NOTHING: MessageSpec = { name: 'group', fields: {} };

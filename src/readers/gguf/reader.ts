/**
 * GGUF, versions 1 to 3, in both byte orders: keys with values, then tensors with their offsets (docs/gguf.md of ggml). Texts are kept up to a
 * bound, lists and tensors are stepped over, and no number of the file is believed before it is compared with what the file has left.
 */
import { ByteCursor, utf8, type ByteSource } from '../bytes.js';
import type { Stop } from '../units.js';

export interface GgufText {
  readonly key: string;
  readonly text: string;
  /** Byte of the file where the text begins. */
  readonly at: number;
  readonly whole: boolean;
}

export interface GgufTensor {
  readonly name: string;
  readonly dimensions: readonly bigint[];
  readonly type: number;
  /** From the begin of the data. */
  readonly offset: bigint;
  readonly at: number;
}

export interface Gguf {
  readonly version: number;
  readonly keys: readonly { readonly key: string; readonly at: number }[];
  readonly texts: readonly GgufText[];
  /** Values that are one number or one truth. */
  readonly numbers: readonly { readonly key: string; readonly value: number | bigint | boolean }[];
  /** The words of the vocabulary, by their numbers; empty unless they were asked for. */
  readonly tokens: readonly string[];
  readonly tensors: readonly GgufTensor[];
  /** The file is written for machines of the other byte order. */
  readonly isBig: boolean;
  readonly alignment: number;
  /** Where the tensors' data begins; undefined when the header could not be read to its end. */
  readonly data: number | undefined;
  /** Numbers that cannot be true. */
  readonly wrong: readonly { readonly text: string; readonly at: number }[];
  readonly gaps: readonly string[];
}

const Type = { Text: 8, List: 9 } as const;
/** Bytes of a value by its type; texts and lists tell theirs. */
const SIZES: readonly (number | undefined)[] = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8];
const TEXT_KEPT = 1024 * 1024;
const TEXTS_KEPT = 32 * 1024 * 1024;
const KEYS_KEPT = 100_000;
const TENSORS_KEPT = 500_000;
/** Entries of lists of texts, over the whole file; the largest vocabularies have some 300,000. */
const ITEMS_LIMIT = 20_000_000;
const TOKENS_KEY = 'tokenizer.ggml.tokens';
const TOKENS_KEPT = 500_000;
/** Bytes of one word. */
const TOKEN_LENGTH = 256;
const DEPTH_LIMIT = 8;
/** `GGML_MAX_DIMS`. */
const DIMENSIONS = 4;

/** Numbers by their type (`gguf_metadata_value_type`). */
const NUMBERS: readonly (((view: DataView, little: boolean) => number | bigint | boolean) | undefined)[] = [
  (view) => view.getUint8(0),
  (view) => view.getInt8(0),
  (view, little) => view.getUint16(0, little),
  (view, little) => view.getInt16(0, little),
  (view, little) => view.getUint32(0, little),
  (view, little) => view.getInt32(0, little),
  (view, little) => view.getFloat32(0, little),
  (view) => view.getUint8(0) !== 0,
  undefined,
  undefined,
  (view, little) => view.getBigUint64(0, little),
  (view, little) => view.getBigInt64(0, little),
  (view, little) => view.getFloat64(0, little),
];

class Broken extends Error {}

/** `tokens`: the words of the vocabulary are kept too. */
export async function readGguf(source: ByteSource, signal?: Stop, { tokens = false } = {}): Promise<Gguf> {
  const reader = new Reader(source, signal, tokens);
  try {
    await reader.read();
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    reader.gaps.push(`at byte ${reader.at} it cannot be read on: ${error.message}`);
  }
  return reader;
}

class Reader implements Gguf {
  version = 0;
  readonly keys: { key: string; at: number }[] = [];
  readonly texts: GgufText[] = [];
  readonly numbers: { key: string; value: number | bigint | boolean }[] = [];
  readonly tokens: string[] = [];
  readonly tensors: GgufTensor[] = [];
  readonly wrong: { text: string; at: number }[] = [];
  readonly gaps: string[] = [];
  alignment = 32;
  data: number | undefined;
  #little = true;
  #items = 0;
  #kept = 0;
  readonly #cursor: ByteCursor;

  constructor(
    source: ByteSource,
    private readonly signal: Stop | undefined,
    private readonly keepsTokens: boolean,
  ) {
    this.#cursor = new ByteCursor(source, 4);
  }

  get isBig(): boolean {
    return !this.#little;
  }

  get at(): number {
    return this.#cursor.offset;
  }

  async read(): Promise<void> {
    this.version = await this.#u32();
    // A version of the other byte order has its number in the upper half.
    if ((this.version & 0xffff) === 0) {
      this.#little = false;
      this.version = swapped(this.version);
    }
    if (this.version < 1 || this.version > 3) throw new Broken(`its version is ${this.version}, and 1 to 3 are known`);
    const tensors = await this.#count('tensors', 24);
    const keys = await this.#count('keys', 13);
    for (let index = 0; index < keys; index += 1) await this.#pair();
    for (let index = 0; index < tensors; index += 1) await this.#tensor();
    if (this.alignment < 1 || this.alignment > 1 << 20 || (this.alignment & (this.alignment - 1)) !== 0) {
      this.wrong.push({ text: `its alignment is ${this.alignment}`, at: 0 });
      this.alignment = 1;
    }
    this.data = Math.ceil(this.at / this.alignment) * this.alignment;
  }

  async #pair(): Promise<void> {
    this.signal?.throwIfAborted();
    const at = this.at;
    const { text: key, whole } = await this.#text(65_536);
    if (!whole) this.wrong.push({ text: 'a key has more than 65,535 bytes', at });
    if (this.keys.length < KEYS_KEPT) this.keys.push({ key, at });
    else if (this.keys.length === KEYS_KEPT && !this.gaps.includes(MANY_KEYS)) this.gaps.push(MANY_KEYS);
    const type = await this.#u32();
    if (key === 'general.alignment' && type === 4) {
      this.alignment = await this.#u32();
      return;
    }
    await this.#value(key, type, 0);
  }

  async #value(key: string, type: number, depth: number): Promise<void> {
    if (type === Type.Text) {
      const at = this.at + (this.version === 1 ? 4 : 8);
      const { text, whole } = await this.#text(TEXT_KEPT);
      this.#keep({ key, text, at, whole });
      return;
    }
    if (type !== Type.List) {
      const size = SIZES[type];
      if (size === undefined) throw new Broken(`the value of ${key.slice(0, 100)} has the type ${type}, which is none`);
      await this.#need(size);
      this.#number(key, type, this.#cursor.bytes(size));
      return;
    }
    if (depth >= DEPTH_LIMIT) throw new Broken(`lists are nested more than ${DEPTH_LIMIT} deep`);
    const inner = await this.#u32();
    const size = SIZES[inner];
    const count = await this.#count(`values of ${key.slice(0, 100)}`, size ?? (this.version === 1 ? 4 : 8));
    if (size !== undefined) {
      await this.#skip(count * size);
      return;
    }
    this.#items += count;
    if (this.#items > ITEMS_LIMIT) throw new Broken(`its lists have more than ${ITEMS_LIMIT} texts`);
    if (inner !== Type.Text && inner !== Type.List)
      throw new Broken(`the list ${key.slice(0, 100)} has values of type ${inner}, which is none`);
    for (let index = 0; index < count; index += 1) {
      if (inner === Type.List) await this.#value(key, Type.List, depth + 1);
      else if (TEMPLATE_KEY.test(key)) await this.#value(key, Type.Text, depth + 1);
      else {
        // Vocabularies have hundreds of thousands of texts: no waiting while they are in the window.
        const wide = this.version === 1 ? 4 : 8;
        if (!this.#cursor.has(wide)) await this.#need(wide);
        const low = this.#now();
        const high = wide === 4 ? 0 : this.#now();
        const length = this.#little || wide === 4 ? low + high * 2 ** 32 : high + low * 2 ** 32;
        if (length > this.#cursor.left) throw this.#tooLong(length, 'text');
        if (this.keepsTokens && key === TOKENS_KEY && this.tokens.length < TOKENS_KEPT) {
          const kept = Math.min(length, TOKEN_LENGTH);
          if (!this.#cursor.has(kept)) await this.#need(kept);
          this.tokens.push(utf8(this.#cursor.bytes(kept)));
          this.#cursor.skip(length - kept);
        } else this.#cursor.skip(length);
      }
    }
  }

  #number(key: string, type: number, bytes: Uint8Array): void {
    if (this.numbers.length >= KEYS_KEPT) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.numbers.push({ key, value: NUMBERS[type]?.(view, this.#little) ?? 0 });
  }

  #keep(text: GgufText): void {
    this.#kept += text.text.length;
    if (this.#kept <= TEXTS_KEPT) this.texts.push(text);
    else if (!this.gaps.includes(MANY_TEXTS)) this.gaps.push(MANY_TEXTS);
    if (!text.whole) this.gaps.push(`only the first ${TEXT_KEPT} bytes of ${text.key.slice(0, 100)} were read`);
  }

  async #tensor(): Promise<void> {
    this.signal?.throwIfAborted();
    const at = this.at;
    const { text: name } = await this.#text(4096);
    const count = await this.#u32();
    if (count > DIMENSIONS)
      this.wrong.push({ text: `the tensor ${name} has ${count} dimensions, and ${DIMENSIONS} are the most`, at });
    if (count > 64) throw new Broken(`a tensor has ${count} dimensions`);
    const dimensions: bigint[] = [];
    for (let index = 0; index < count; index += 1)
      dimensions.push(this.version === 1 ? BigInt(await this.#u32()) : await this.#u64());
    const type = await this.#u32();
    const offset = await this.#u64();
    if (this.tensors.length < TENSORS_KEPT) this.tensors.push({ name, dimensions, type, offset, at });
    else if (!this.gaps.includes(MANY_TENSORS)) this.gaps.push(MANY_TENSORS);
  }

  async #text(keep: number): Promise<{ text: string; whole: boolean }> {
    const length = await this.#length('text', 1);
    const kept = Math.min(length, keep);
    await this.#need(kept);
    const text = utf8(this.#cursor.bytes(kept));
    this.#cursor.skip(length - kept);
    return { text, whole: kept === length };
  }

  /** A number of things of which each takes `least` bytes at least. */
  async #count(what: string, least: number): Promise<number> {
    return this.#length(what, least);
  }

  async #length(what: string, least: number): Promise<number> {
    const count = this.version === 1 ? BigInt(await this.#u32()) : await this.#u64();
    if (count * BigInt(least) > BigInt(this.#cursor.left)) {
      throw this.#tooLong(count, what);
    }
    return Number(count);
  }

  #tooLong(count: bigint | number, what: string): Broken {
    const shown = what === 'text' ? 'bytes of text' : what;
    this.wrong.push({ text: `it is said to have ${count} ${shown}, more than there is room for`, at: this.at });
    return new Broken('a length leads out of the file');
  }

  async #skip(bytes: number): Promise<void> {
    if (bytes > this.#cursor.left) throw new Broken('the file ends');
    this.#cursor.skip(bytes);
    return Promise.resolve();
  }

  async #need(bytes: number): Promise<void> {
    if (!this.#cursor.has(bytes) && !(await this.#cursor.fill(bytes))) throw new Broken('the file ends');
  }

  async #u32(): Promise<number> {
    if (!this.#cursor.has(4)) await this.#need(4);
    return this.#now();
  }

  #now(): number {
    const value = this.#cursor.u32();
    return this.#little ? value : swapped(value);
  }

  async #u64(): Promise<bigint> {
    const [first, second] = [await this.#u32(), await this.#u32()];
    const [low, high] = this.#little ? [first, second] : [second, first];
    return (BigInt(high) << 32n) | BigInt(low);
  }
}

/** Every template that a program may take (`tokenizer.chat_template`, `tokenizer.chat_template.tool_use`, lists of them). */
export const TEMPLATE_KEY = /chat_template/;
const MANY_KEYS = `it has more than ${KEYS_KEPT} keys`;
const MANY_TEXTS = 'it has more text than was read';
const MANY_TENSORS = `it has more than ${TENSORS_KEPT} tensors`;

function swapped(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

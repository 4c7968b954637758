/**
 * The formats of llama.cpp before GGUF (its `llama.cpp` of June 2023, `llama_file_loader`): a magic number, for GGMF and GGJT a version, seven
 * numbers of the model, the vocabulary, then tensors one after another. Other programs wrote other numbers after the same magic.
 */
import { ByteCursor, latin1 } from '../../readers/bytes.js';
import type { Analyser } from '../context.js';

/** As the magic's bytes stand in the file. */
const KINDS: Readonly<Record<string, { readonly name: string; readonly versions: readonly number[] }>> = {
  lmgg: { name: 'GGML', versions: [] },
  fmgg: { name: 'GGMF', versions: [1] },
  tjgg: { name: 'GGJT', versions: [1, 2, 3] },
  algg: { name: 'GGLA', versions: [1] },
};

const HEADER = 7 * 4;
const WORDS_LIMIT = 1_000_000;
/** Words that must be consistent before the file is taken for one of llama.cpp's. */
const KNOWN_BY = 8;
const TENSORS_LIMIT = 100_000;
/** Elements of a block and its bytes, of the types that there were. */
const BLOCKS: Readonly<Record<number, readonly [number, number]>> = {
  ...{ 0: [1, 4], 1: [1, 2], 2: [32, 18], 3: [32, 20], 6: [32, 22], 7: [32, 24], 8: [32, 34], 9: [32, 36] },
  ...{ 10: [256, 84], 11: [256, 110], 12: [256, 144], 13: [256, 176], 14: [256, 210], 15: [256, 292] },
};

export const analyseGgml: Analyser = async (source, place, job) => {
  const cursor = new ByteCursor(source);
  const wrong = (text: string) => {
    job.add({
      rule: 'STATIC-GGUF-LAYOUT',
      place,
      key: text,
      subject: `In this file ${text}`,
      evidence: [{ offset: cursor.offset, text }],
    });
  };
  if (!(await cursor.fill(8))) {
    job.gap(place, 'the file ends inside its header');
    return;
  }
  const kind = KINDS[latin1(cursor.bytes(4))];
  if (!kind) return;
  if (kind.versions.length > 0) {
    const version = cursor.u32();
    if (!kind.versions.includes(version)) {
      job.gap(place, `its version of ${kind.name} is ${version}, which is not known`);
      return;
    }
  }
  if (kind.name === 'GGLA' || !(await cursor.fill(HEADER))) {
    job.gap(
      place,
      kind.name === 'GGLA' ? 'of this adapter only the magic number is read' : 'the file ends inside its header',
    );
    return;
  }
  const [words = 0] = Array.from({ length: 7 }, () => cursor.u32());
  if (words > WORDS_LIMIT) {
    // Damage cannot be distinguished here: GPT-2, Whisper and others have numbers of their own.
    job.gap(place, `${kind.name} of another program than llama.cpp, or a vocabulary of ${words} words`);
    return;
  }
  const scored = kind.name !== 'GGML';
  for (let index = 0; index < words; index += 1) {
    if (!(await cursor.fill(4))) {
      job.gap(place, 'the file ends inside its vocabulary');
      return;
    }
    const length = cursor.u32() + (scored ? 4 : 0);
    if (length > cursor.left || length > 1 << 20) {
      // The same holds here: only a file that begins with a vocabulary is llama.cpp's.
      if (index < KNOWN_BY) job.gap(place, `${kind.name} of another program than llama.cpp`);
      else wrong(`a word of the vocabulary has ${length} bytes`);
      return;
    }
    cursor.skip(length);
  }
  for (let index = 0; cursor.left > 0; index += 1) {
    job.signal.throwIfAborted();
    if (index >= TENSORS_LIMIT) {
      job.gap(place, `it has more than ${TENSORS_LIMIT} tensors`);
      return;
    }
    if (!(await cursor.fill(12))) {
      wrong('the last tensor is cut off');
      return;
    }
    const [dimensions, nameLength, type] = [cursor.u32(), cursor.u32(), cursor.u32()];
    const block = BLOCKS[type];
    if (dimensions > 4 || nameLength > 4096 || !block) {
      wrong(`a tensor has ${dimensions} dimensions, a name of ${nameLength} bytes and the type ${type}`);
      return;
    }
    if (!(await cursor.fill(4 * dimensions + nameLength))) {
      wrong('the last tensor is cut off');
      return;
    }
    let elements = 1n;
    for (let axis = 0; axis < dimensions; axis += 1) elements *= BigInt(cursor.u32());
    cursor.skip(nameLength);
    // GGJT places tensors at multiples of 32, so that they can be mapped.
    if (kind.name === 'GGJT') cursor.skip((32 - (cursor.offset % 32)) % 32);
    const bytes = (elements / BigInt(block[0])) * BigInt(block[1]);
    if (bytes > BigInt(cursor.left)) {
      wrong(`a tensor needs ${bytes} bytes and ${cursor.left} are left`);
      return;
    }
    cursor.skip(Number(bytes));
  }
};

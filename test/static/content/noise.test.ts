import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, value, zip } from '../../../samples/assemble.mjs';
import { detectFormat } from '../../../src/detect/detect.js';
import { bytesSource } from '../../../src/readers/bytes.js';
import { analyse } from '../support.js';

/** The same numbers on every machine (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

const DOCUMENTS = 5000;
const SYLLABLES =
  'a an be bi co con de di e en fa fi ge ha i in ja ka ko la li ma mi na ne o on pa pe qui ra re sa si ta te u un va we x ya zu'.split(
    ' ',
  );

function word(random: () => number): string {
  const count = 1 + Math.floor(random() * 4);
  const text = Array.from({ length: count }, () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]).join('');
  const style = random();
  return style < 0.5
    ? text
    : style < 0.8
      ? text.charAt(0).toUpperCase() + text.slice(1)
      : style < 0.9
        ? text.toUpperCase()
        : `${Math.floor(random() * 2000)}`;
}

function wordList(random: () => number): string {
  const lines = 1 + Math.floor(random() * 60);
  const perLine = 1 + Math.floor(random() * 3);
  const indexed = random() < 0.2;
  const list = Array.from({ length: lines }, (_, index) =>
    [...(indexed ? [String(index)] : []), ...Array.from({ length: perLine }, () => word(random))].join(
      random() < 0.8 ? ' ' : ', ',
    ),
  );
  return list.join(random() < 0.9 ? '\n' : '\r\n') + (random() < 0.7 ? '\n' : '');
}

function json(random: () => number, depth = 0): unknown {
  const kind = random();
  if (depth < 4 && (kind < 0.45 || depth === 0))
    return Object.fromEntries(
      Array.from({ length: Math.floor(random() * 8) }, () => [word(random), json(random, depth + 1)]),
    );
  if (depth < 4 && kind < 0.6) return Array.from({ length: Math.floor(random() * 6) }, () => json(random, depth + 1));
  if (kind < 0.8) return word(random);
  if (kind < 0.9) return Math.round(random() * 1e6) / 1000;
  return kind < 0.95 ? null : random() < 0.5;
}

describe('text that is nothing but text', () => {
  it(`${DOCUMENTS} lists of words are no pickle and have nothing over info`, async () => {
    const random = randomFrom(1);
    const wrong: string[] = [];
    for (let index = 0; index < DOCUMENTS; index += 1) {
      const text = wordList(random);
      const { format } = await detectFormat(bytesSource(Buffer.from(text)), { name: 'labels.txt' });
      const { loud } = await analyse(text, 'labels.txt');
      if (loud.length > 0 || format !== 'unknown')
        wrong.push(`${JSON.stringify(text.slice(0, 60))} ${format} ${loud.map(({ rule }) => rule).join()}`);
    }
    expect(wrong).toEqual([]);
  });

  it(`${DOCUMENTS} JSON documents are JSON and have nothing over info`, async () => {
    const random = randomFrom(2);
    const wrong: string[] = [];
    for (let index = 0; index < DOCUMENTS; index += 1) {
      const text = JSON.stringify(json(random), undefined, [undefined, 1, 2, 4, '\t'][index % 5]);
      const { format } = await detectFormat(bytesSource(Buffer.from(text)), { name: 'config.json' });
      const { loud, gaps } = await analyse(text, 'config.json');
      const noise = loud.filter(({ rule }) => rule !== 'STATIC-MANIFEST-DUPLICATE');
      if (noise.length > 0 || gaps.length > 0 || format !== 'json')
        wrong.push(
          `${JSON.stringify(text.slice(0, 60))} ${format} ${noise.map(({ rule }) => rule).join()} ${gaps.join()}`,
        );
    }
    expect(wrong).toEqual([]);
  });
});

describe('an array of objects in an archive in a Keras model', () => {
  const array = (body: Uint8Array): Buffer => {
    const header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }".padEnd(117);
    const npy = concat(Buffer.from([0x93]), 'NUMPY\x01\0', Buffer.from([118, 0]), header, '\n', pickle(body));
    const config = Buffer.from('{"class_name": "Sequential", "config": {"name": "s", "layers": []}}');
    return zip([
      { name: 'config.json', data: config },
      { name: 'metadata.json', data: Buffer.from('{}') },
      { name: 'model.weights.npz', data: zip([{ name: '__root__.npy', data: npy }]) },
    ]);
  };

  it('is no pickle that begins with the archive’s own first letter', async () => {
    expect((await analyse(array(value({ a: 1 })), 'm.keras')).loud).toEqual([]);
  });

  it('shows what its pickle does', async () => {
    const { rules } = await analyse(array(call(global('os', 'system'), op.unicode('id'))), 'm.keras');
    expect(new Set(rules)).toEqual(new Set(['STATIC-PICKLE-EXEC']));
  });
});

describe('what only looks like words', () => {
  it.each([
    ['a command whose stream breaks', "cos\nsystem\n(S'id'\ntR\x01\x02"],
    ['a name of Python’s own, that is not called', 'cos\nsystem\nabc'],
    ['a call of a library’s function', 'cmylib\nrun\n(tRzzz'],
  ])('is read as a pickle: %s', async (_, text) => {
    expect((await analyse(text, 'labels.txt')).globals).toHaveLength(1);
  });
});

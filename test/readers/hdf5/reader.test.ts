import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytesSource, type ByteSource } from '../../../src/readers/bytes.js';
import { readHdf5 } from '../../../src/readers/hdf5/reader.js';
import files from '../../static/hdf5/files.json' with { type: 'json' };

interface Expected {
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly shape?: readonly number[];
  readonly layout?: string;
}

function unpacked(name: keyof typeof files, part: 'file' | 'objects'): Buffer {
  return inflateSync(Buffer.from(files[name][part], 'base64'));
}

describe('what h5py writes', () => {
  it.each(Object.keys(files) as (keyof typeof files)[])('%s is read as h5py reads it', async (name) => {
    const expected = JSON.parse(unpacked(name, 'objects').toString()) as Record<string, Expected>;
    const read = await readHdf5(bytesSource(unpacked(name, 'file')));
    expect(read.gaps).toEqual([]);
    const found = read.objects.map(({ path, attributes, dataset }) => [
      path,
      {
        attributes: Object.fromEntries(attributes.map((attribute) => [attribute.name, attribute.texts])),
        ...(dataset ? { shape: dataset.shape, layout: dataset.layout } : {}),
      },
    ]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  it('names the files that links, raw data and virtual datasets lead to', async () => {
    const { external } = await readHdf5(bytesSource(unpacked('outside-latest', 'file')));
    expect(external.map(({ path, file }) => [path, file])).toEqual([
      ['/elsewhere', '/etc/other.h5'],
      ['/raw', '/etc/hostname'],
      ['/virtual', '../other.h5'],
    ]);
  });

  it('starts where the user block ends', async () => {
    const { start, objects } = await readHdf5(bytesSource(unpacked('plain-block', 'file')));
    expect(start).toBe(1024);
    const text = objects[0]?.attributes.find(({ name }) => name === 'fixed');
    const at = text?.offset ?? 0;
    expect(
      unpacked('plain-block', 'file')
        .subarray(at, at + 13)
        .toString(),
    ).toBe('{"class_name"');
  });
});

describe('a hostile HDF5 file', () => {
  it('costs no more than its headers, whatever lies between them', async () => {
    const small = unpacked('plain-latest', 'file');
    let read = 0;
    const size = 8 * 1024 ** 3;
    const source: ByteSource = {
      size,
      read: (offset, length) => {
        read += length;
        const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
        bytes.set(small.subarray(offset, offset + length));
        return Promise.resolve(bytes);
      },
    };
    const { objects, gaps } = await readHdf5(source);
    expect(gaps).toEqual([]);
    expect(objects.length).toBeGreaterThan(5);
    expect(read).toBeLessThan(1024 * 1024);
  });

  it.each(['plain-earliest', 'plain-latest', 'many-latest', 'large-latest', 'committed-earliest'] as const)(
    'ends, with a gap or with what is there, when any part of %s is changed or missing',
    async (name) => {
      const whole = unpacked(name, 'file');
      let seed = 7;
      const random = (below: number): number => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return seed % below;
      };
      for (let round = 0; round < 150; round += 1) {
        const bytes = Buffer.from(round % 3 === 0 ? whole.subarray(0, random(whole.length)) : whole);
        for (let change = 0; change < 20 && bytes.length > 0; change += 1)
          bytes[random(Math.min(bytes.length, 8192))] = random(256);
        const read = await readHdf5(bytesSource(bytes));
        expect(read.objects.length).toBeLessThan(1000);
      }
    },
  );

  it('is a gap when a structure points outside it, never silence', async () => {
    const whole = unpacked('plain-latest', 'file');
    const { gaps, objects } = await readHdf5(bytesSource(whole.subarray(0, 200)));
    expect(objects.length).toBeLessThan(2);
    expect(gaps.map(({ text }) => text).join()).toMatch(/outside the file/);
    expect((await readHdf5(bytesSource(Buffer.from('\x89HDF\r\n\x1a\n\x09rest', 'latin1')))).gaps).not.toEqual([]);
  });
});

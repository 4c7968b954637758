import { createHash } from 'node:crypto';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concat, op, pickle, tar, value, zip } from '../../samples/assemble.mjs';
import { detectFormat } from '../../src/detect/detect.js';
import { bytesSource } from '../../src/readers/bytes.js';
import { analyseStatic } from '../../src/static/analyse.js';
import { analyse } from './support.js';

/** The same bytes on every machine, of no format. */
const noise = (size: number): Buffer =>
  Buffer.concat(Array.from({ length: size / 32 }, (_, index) => createHash('sha256').update(String(index)).digest()));

const UNKNOWN: readonly (readonly [string, Buffer])[] = [
  ['random bytes', concat('\x01\x02', noise(640))],
  ['a column store', concat('PAR1', noise(64), 'PAR1')],
  ['zeros', Buffer.alloc(600)],
  ['text', Buffer.from('words and words\n'.repeat(9))],
];

const PACKINGS: readonly (readonly [string, (content: Buffer) => Buffer])[] = [
  ['gzip', gzipSync],
  ['zlib', deflateSync],
  ['zstd', zstdCompressSync],
  ['zip', (data) => zip([{ name: 'data.bin', data, method: 8 }])],
  ['stored zip', (data) => zip([{ name: 'data.bin', data }])],
  ['tar', (data) => tar([['data.bin', data]])],
  ['tar.gz', (data) => gzipSync(tar([['data.bin', data]]))],
  ['gzip in gzip', (data) => gzipSync(gzipSync(data))],
  ['zip in tar', (data) => tar([['x.zip', zip([{ name: 'data.bin', data }])]])],
  ['gzip in zip', (data) => zip([{ name: 'x.gz', data: gzipSync(data) }])],
];

describe.each(PACKINGS)('what is of no known format is so in %s', (_, pack) => {
  it.each(UNKNOWN)('%s', async (_name, content) => {
    const { findings, gaps } = await analyse(pack(content), 'model.bin');
    expect(findings).toEqual([]);
    expect(gaps.join()).toMatch(/of no format that DynScan knows/);
  });

  it('and what is known is read', async () => {
    const { findings, gaps } = await analyse(pack(Buffer.from(pickle(value([1, 2])))), 'model.bin');
    expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
  });
});

it('among several members text is passed over, and other unknown content is not', async () => {
  const members = (data: Buffer) => [
    { name: 'README.md', data: Buffer.from('# words\n') },
    { name: 'data.bin', data },
    { name: 'model.pkl', data: Buffer.from(pickle(op.none)) },
  ];
  expect((await analyse(zip(members(Buffer.from('words\n'))), 'model.zip')).gaps).toEqual([]);
  const packed = members(concat('\x01', noise(640)));
  expect((await analyse(zip(packed), 'model.zip')).gaps).toHaveLength(1);
  expect((await analyse(tar(packed.map(({ name, data }) => [name, data])), 'model.tar')).gaps).toHaveLength(1);
});

it('numbers that a format lays down as they are need be of no format', async () => {
  const storages = zip([
    { name: 'archive/data.pkl', data: Buffer.from(pickle(op.none)) },
    { name: 'archive/data/0', data: noise(640) },
  ]);
  expect((await analyse(storages, 'model.pt')).gaps).toEqual([]);
});

it('in an archive that lies beside a model it is passed over, as beside it', async () => {
  const bytes = gzipSync(concat('\x01', noise(640)));
  const source = bytesSource(bytes);
  const detection = await detectFormat(source);
  expect((await analyseStatic(source, detection, { name: 'data.csv.gz', sidecar: true })).gaps).toEqual([]);
  expect((await analyseStatic(source, detection, { name: 'data.csv.gz' })).gaps).toHaveLength(1);
});

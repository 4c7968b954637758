import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { concat } from '../../../samples/assemble.mjs';
import { detectFormat } from '../../../src/detect/detect.js';
import { bytesSource } from '../../../src/readers/bytes.js';
import { analyse } from '../support.js';

/** As make-files.R makes them. */
const files = JSON.parse(readFileSync(new URL('files.json', import.meta.url), 'utf8')) as Record<string, string>;
const file = (name: string): Buffer => Buffer.from(files[name] ?? '', 'base64');
const named = (kind: string): string[] => Object.keys(files).filter((name) => name.startsWith(`${kind}/`));

describe('what R saves of a model', () => {
  it.each(named('harmless'))('is clean: %s', async (name) => {
    const { format } = await detectFormat(bytesSource(file(name)), { name });
    expect(format).toBe('r');
    const { findings, gaps } = await analyse(file(name), name.slice(name.lastIndexOf('/') + 1));
    expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
  });
});

describe('code in data of R that acts on the machine', () => {
  it.each(named('hostile'))('is found: %s', async (name) => {
    const { loud } = await analyse(file(name), 'model.rds');
    expect(loud.map(({ rule }) => rule).filter((rule) => !/^STATIC-R-/.test(rule))).toEqual([]);
    expect(loud).not.toEqual([]);
  });

  it('is unknown when what it calls is made while it runs', async () => {
    const made = call(name('get'), call(name('rev'), text('metsys')));
    const { findings, gaps } = await analyse(concat(HEADER, call(made, text('id'))), 'model.rds');
    expect(findings).toEqual([]);
    expect(gaps.join()).toMatch(/only a run would show/);
  });

  it('that reads the data of the model again is no finding', async () => {
    const read = call(name('lm'), call(name('read.csv'), call(name('url'), text('https://example.com/x.csv'))));
    expect((await analyse(concat(HEADER, read), 'model.rds')).loud).toEqual([]);
  });
});

// The XDR form of version 2, by hand: no function of R writes these.
const int = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value, 4 * index);
  return bytes;
};
const HEADER = concat('X\n', int(2, 0x40300, 0x20300));
const NULL = int(254);
const chars = (value: string) => concat(int(0x40009, value.length), value);
const name = (value: string) => concat(int(1), chars(value));
const text = (value: string) => concat(int(16, 1), chars(value));
const list = (...items: Buffer[]) => concat(...items.map((item) => concat(int(2), item)), NULL);
const call = (of: Buffer, ...args: Buffer[]) => concat(int(6), of, list(...args));
const BASE = int(241);
const UNBOUND = int(252);
const promise = (code: Buffer) => concat(int(5 | (1 << 10)), BASE, UNBOUND, code);
const run = call(name('system'), text('id'));

describe('a promise', () => {
  it.each([
    ['the value itself', concat(HEADER, promise(run))],
    ['an element of a list', concat(HEADER, int(19, 1), promise(run))],
    ['a call of anything', concat(HEADER, promise(call(name('summary'), text('x'))))],
    ['a variable of a workspace', concat('RDX2\n', HEADER, int(2 | (1 << 10)), name('x'), promise(run), NULL)],
    ['in version 3', concat('X\n', int(3, 0x40300, 0x30500, 5), 'UTF-8', promise(run))],
  ])('is found: %s', async (_, bytes) => {
    for (const packed of [bytes, gzipSync(bytes)])
      expect((await analyse(packed, 'model.rds')).rules).toContain('STATIC-R-PROMISE');
  });
});

it('a function of R that stands in a call itself is named', async () => {
  const builtin = concat(int(8, 6), 'system');
  expect((await analyse(concat(HEADER, call(builtin, text('id'))), 'x.rds')).rules).toEqual(['STATIC-R-CALL']);
});

it('arguments count whatever the type of the cells that they lie in', async () => {
  const cells = concat(int(6), concat(int(6), name('system'), list(text('id'))), NULL);
  expect((await analyse(concat(HEADER, int(6), name('I'), cells), 'x.rds')).rules).toEqual(['STATIC-R-CALL']);
});

it('a vector that is a file of this machine is found', async () => {
  const described = concat(list(name('mmap_real'), name('base'), concat(int(13, 1, 14))));
  const bytes = concat(HEADER, int(238), described, list(text('/etc/passwd'), NULL), NULL);
  expect((await analyse(bytes, 'x.rds')).rules).toEqual(['STATIC-R-MAPS-FILE']);
});

describe('data that is not whole', () => {
  it.each(['harmless/plain.rds', 'harmless/ascii.rds', 'harmless/native.rds'])('is a gap: %s', async (kept) => {
    const whole = file(kept);
    for (let size = 16; size < whole.length - 1; size += 41)
      expect((await analyse(whole.subarray(0, size), 'x.rds')).gaps, String(size)).not.toEqual([]);
    expect((await analyse(concat(whole, '1 more'), 'x.rds')).gaps).not.toEqual([]);
  });

  it('is a gap when it is damaged, and never an error', async () => {
    const whole = gunzipSync(file('harmless/lm.rds'));
    for (let at = 0; at < whole.length; at += 13) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x41;
      await analyse(bytes, 'x.rds');
    }
  });

  it('is a gap when it is nested too deep', async () => {
    const deep = concat(HEADER, ...Array<Buffer>(5000).fill(concat(int(19, 1))), NULL);
    expect((await analyse(deep, 'x.rds')).gaps.join()).toMatch(/nested/);
  });
});

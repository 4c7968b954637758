import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { concat, op, zip } from '../../samples/assemble.mjs';
import type { Detection } from '../../src/detect/detect.js';
import { Reader } from '../../src/scan/reader-process.js';
import type { StaticResponse, StaticTask } from '../../src/scan/static-job.js';
import { readerScript } from '../../src/scan/static-pool.js';

/** MiB above those of a small model, in a process of its own: nothing else's memory counts. */
const BOUND = 256;

const folder = mkdtempSync(join(tmpdir(), 'dynscan-memory-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Reading {
  readonly peak: number;
  readonly gaps: string[];
  readonly globals: string[];
}

/** Detects and analyses in a process as the pool makes them; answers its peak and what kept the reader from seeing all. */
async function read(name: string, content: Uint8Array): Promise<Reading> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const reader = new Reader(readerScript());
  const gaps: string[] = [];
  const globals: string[] = [];
  const ask = (task: StaticTask): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const onMessage = (response: StaticResponse): void => {
        if ('found' in response) {
          gaps.push(...response.found.gaps);
          globals.push(...response.found.globals.map(({ global }) => global));
        } else if ('answer' in response) resolve(response.answer);
        else if ('error' in response) reject(new Error(response.error.message));
      };
      reader.ask({ id: 1, task }, onMessage, () => {
        reject(new Error('the reader ended'));
      });
    });
  try {
    const detection = (await ask({ kind: 'detect', path })) as Detection;
    const options = { denylist: [], weights: 'auto' as const };
    await ask({ kind: 'analyse', path, detection, options, limit: 600, skip: [] });
    const [, peak] = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${reader.pid}/status`, 'utf8')) ?? [];
    return { peak: Number(peak) / 1024, gaps, globals };
  } finally {
    reader.end();
  }
}

/** A list of so many distinct texts, each memoized, a thousand at a time as Python's pickler appends them. */
function manyTexts(count: number): Uint8Array {
  const text = Buffer.from('\x8c\x0800000000\x94', 'latin1');
  const batch = Buffer.concat([Buffer.from('('), Buffer.alloc(1000 * text.length, text), Buffer.from('e')]);
  const bytes = Buffer.alloc((count / 1000) * batch.length, batch);
  for (let index = 0; index < count; index += 1)
    bytes.writeUInt32LE(index, Math.floor(index / 1000) * batch.length + 1 + (index % 1000) * text.length + 4);
  return bytes;
}

/** Texts of 4,000 letters, a hundred to a list. */
function longTexts(count: number): Uint8Array {
  const text = Buffer.concat([Buffer.from('X\xa0\x0f\0\0', 'latin1'), Buffer.alloc(4000, 'x')]);
  const list = Buffer.concat([Buffer.from('('), Buffer.alloc(100 * text.length, text), Buffer.from('l')]);
  return Buffer.alloc((count / 100) * list.length, list);
}

/** One value of so many bytes. */
function bytesOf(size: number): Uint8Array {
  const head = Buffer.from('B\0\0\0\0', 'latin1');
  head.writeUInt32LE(size, 1);
  return Buffer.concat([head, Buffer.alloc(size)]);
}

describe('memory of the reader', async () => {
  const { peak: small } = await read('small.pkl', concat('\x80\x04', op.none, '.'));

  it.each([
    ['a stack of millions', 'stack.pkl', () => concat('\x80\x04(', Buffer.alloc(9_000_000, op.none), 't.')],
    ['texts upon texts', 'texts.pkl', () => concat('\x80\x04', Buffer.alloc(15_000_000, '\x8c\x03000', 'latin1'), '.')],
    ['marks without end', 'marks.pkl', () => concat('\x80\x04', Buffer.alloc(9_000_000, '('), '.')],
    ['millions of remembered texts', 'memo.pkl', () => concat('\x80\x04]', manyTexts(4_000_000), '.')],
    ['dictionaries in dictionaries', 'nested.pkl', () => concat('\x80\x04', Buffer.alloc(6_000_000, '}\x94'), '.')],
    ['a call of a call of a call', 'chain.pkl', () => concat('cos\nsystem\n', Buffer.alloc(8_000_000, ')R'), '.')],
    ['lists of long texts', 'lists.pkl', () => concat('\x80\x04(', longTexts(60_000), 'l.')],
    [
      'a memo, then a stack of other texts',
      'both.pkl',
      () => concat('\x80\x04]', manyTexts(2_000_000), Buffer.alloc(15_000_000, '\x8c\x03000', 'latin1'), '.'),
    ],
    [
      'texts that are packed with much else',
      'texts.pkl.gz',
      () => gzipSync(concat('\x80\x04]', bytesOf(100_000_000), '0', manyTexts(1_500_000), '.'), { level: 1 }),
    ],
    ['zeros that are packed', 'zeros.pkl.gz', () => gzipSync(Buffer.alloc(230 * 1024 * 1024), { level: 1 })],
  ] as const)('stays within its bound: %s', async (_, name, make) => {
    expect((await read(name, make())).peak - small).toBeLessThan(BOUND);
  });

  it('is bounded without losing sight of what comes after a large vocabulary', async () => {
    const words = concat('\x80\x04]', manyTexts(3_000_000), '0', op.unicode('os'), op.unicode('system'), '\x93.');
    expect(await read('words.pkl', words)).toMatchObject({ gaps: [], globals: ['os.system'] });
  });

  it('of the entries of an archive stays within its bound', async () => {
    const members = Array.from({ length: 60_000 }, (_, index) => ({ name: `m/${index}`, data: Buffer.from('x') }));
    expect((await read('members.zip', zip(members))).peak - small).toBeLessThan(BOUND);
  });
});

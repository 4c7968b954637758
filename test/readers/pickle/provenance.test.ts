import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { bytesSource } from '../../../src/readers/bytes.js';
import { analyseStatic } from '../../../src/static/analyse.js';

/** Made by make-provenance.py, in each Python. */
const MADE = readFileSync(join(import.meta.dirname, 'provenance.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => z.object({ python: z.string(), library: z.string(), pickle: z.string() }).parse(JSON.parse(line)));

async function madeBy(bytes: Uint8Array) {
  return (await analyseStatic(bytesSource(bytes), { format: 'pickle' })).madeBy;
}

describe('What made a pickle', () => {
  it.each(MADE)('is known from the bytecode in it: Python $python, by $library', async ({ python, pickle }) => {
    const { pythons } = await madeBy(Buffer.from(pickle, 'base64'));
    expect(pythons).toContain(python);
    // Neighbours may share all the instructions that a function uses; those of 3.11 and later never do.
    expect(pythons?.length).toBeLessThanOrEqual(Number(python.split('.')[1]) < 11 ? 3 : 1);
  });

  it('is known from the version that scikit-learn writes into what it saves', async () => {
    // What `pickle.dumps` makes of {'_sklearn_version': '1.2.2'}.
    const bytes = Buffer.from('\x80\x04}\x8c\x10_sklearn_version\x8c\x051.2.2s.', 'latin1');
    expect(await madeBy(bytes)).toEqual({ versions: [{ distribution: 'scikit-learn', version: '1.2.2' }] });
  });

  it.each(['1.2.2 --index-url https://192.0.2.1', '', '1', 'x'.repeat(39), '1.2;rm'])(
    'is no version that is none: %s',
    async (version) => {
      const bytes = Buffer.from(
        `\x80\x04}\x8c\x10_sklearn_version\x8c${String.fromCharCode(version.length)}${version}s.`,
        'latin1',
      );
      expect(await madeBy(bytes)).toEqual({ versions: [] });
    },
  );

  it('says nothing of itself most often', async () => {
    expect(await madeBy(Buffer.from('\x80\x04]K\x01a.', 'latin1'))).toEqual({ versions: [] });
  });
});

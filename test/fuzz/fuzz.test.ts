/** A short run of `npm run fuzz`, and every input that once broke something. */
import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { keptFiles, madeFiles, mutationAt, type Seed } from './seeds.mjs';
import { runTarget } from './target.js';

const KEPT = new URL('kept/', import.meta.url);
const INPUTS = 600;

let seeds: Seed[] = [];
beforeAll(async () => {
  seeds = [...(await keptFiles()), ...madeFiles()];
});

it('the inputs are the same on every machine', () => {
  const small = madeFiles().map(({ bytes }) => bytes);
  expect(mutationAt(1, 7, small)).toEqual(mutationAt(1, 7, small));
  expect(mutationAt(1, 7, small)).not.toEqual(mutationAt(1, 8, small));
});

describe('the static side neither throws nor hangs', () => {
  it('over every seed as it is', { timeout: 60_000 }, async () => {
    for (const { name, bytes } of seeds) await runTarget(bytes, name);
  });

  it(`over ${INPUTS} mutations`, { timeout: 120_000 }, async () => {
    const bytes = seeds.map((seed) => seed.bytes);
    for (let number = 0; number < INPUTS; number += 1) {
      const name = seeds[number % seeds.length]?.name ?? '';
      await runTarget(mutationAt(20_261_122, number, bytes), name);
    }
  });

  it('over what once broke it', { timeout: 60_000 }, async () => {
    for (const file of await readdir(KEPT)) {
      if (file.endsWith('.md')) continue;
      await runTarget(await readFile(new URL(file, KEPT)), file.replace(/^[0-9a-f]+-/, ''));
    }
  });
});

/** A short run of `npm run fuzz`, and every input that once broke something. */
import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectToGrowWithSize } from '../growth.js';
import { LARGE } from './large.mjs';
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
  it('over every seed as it is', async () => {
    for (const { name, bytes } of seeds) await runTarget(bytes, name);
  });

  it(`over ${INPUTS} mutations`, async () => {
    const bytes = seeds.map((seed) => seed.bytes);
    for (let number = 0; number < INPUTS; number += 1) {
      const name = seeds[number % seeds.length]?.name ?? '';
      await runTarget(mutationAt(20_261_122, number, bytes), name);
    }
  });

  it('over what once broke it', async () => {
    for (const file of await readdir(KEPT)) {
      if (file.endsWith('.md')) continue;
      await runTarget(await readFile(new URL(file, KEPT)), file.replace(/^[0-9a-f]+-/, ''));
    }
  });
});

describe('work grows with the size of what is read', () => {
  const WORST = [
    ['config.json', '" "'],
    ['config.json', '"//"'],
    ['config.ini', '"[handler_a]\\nargs=", then "."'],
    ['config.toml', 'one long dotted key'],
    ['config.toml', 'dotted keys'],
    ['config.toml', 'texts that stand nowhere'],
    ['requirements.txt', '"-nc -c "'],
    ['model.pkl', 'distinct calls'],
    ['model.pkl', '"c"'],
    ['script.pt', 'a program of "a"'],
    ['script.pt', 'a program of "\\""'],
    ['model.keras', 'a configuration of " "'],
    ['names.zip', 'long names'],
  ] as const;

  it.each(WORST)('%s of %s', { timeout: 600_000, retry: 2 }, async (name, what) => {
    const input = LARGE.find((large) => large.name === name && large.what === what);
    if (!input) throw new Error(`there is no input ${name} of ${what}`);
    await expectToGrowWithSize(input.make, (bytes) => runTarget(bytes, name));
  });
});

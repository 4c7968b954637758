import { copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { model, scan, scratch } from './support.js';

it('a folder that is another one while the sandbox mounts the model, and the first again afterwards, is not clean', async () => {
  const [shown, other, aside] = ['shown', 'other', 'aside'].map((name) => join(scratch, 'swapped', name));
  if (shown === undefined || other === undefined || aside === undefined) throw new Error('there are three');
  await mkdir(shown, { recursive: true });
  await mkdir(other, { recursive: true });
  await copyFile(model('harmless', 'plain-protocol-4.pkl'), join(shown, 'model.pkl'));
  await copyFile(model('harmless', 'pipeline.pkl'), join(other, 'model.pkl'));
  const before = await scan(join(shown, 'model.pkl'));
  expect(before.verdict).toBe('clean');

  const swaps: Promise<void>[] = [];
  const once = new Set<string>();
  const swap = (stage: string, ...renames: readonly (readonly [string, string])[]): void => {
    if (once.has(stage)) return;
    once.add(stage);
    swaps.push(
      (async () => {
        await Promise.all(swaps);
        for (const [from, to] of renames) await rename(from, to);
      })(),
    );
  };
  const report = await scan(join(shown, 'model.pkl'), {
    onEvent: (event) => {
      if (event.type !== 'progress') return;
      if (event.stage === 'image') swap('image', [shown, aside], [other, shown]);
      if (event.stage === 'load') swap('load', [shown, other], [aside, shown]);
    },
  });
  await Promise.all(swaps);
  expect(once).toEqual(new Set(['image', 'load']));
  expect(report.verdict).toBe('inconclusive');
  expect(report.reasons.join(' ')).toContain('The sandbox had another file than the one that was read');
});

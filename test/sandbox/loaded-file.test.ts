import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ScanReport } from '../../src/core/schema.js';
import { model, scan, scratch } from './support.js';

const OTHER = 'The sandbox had another file than the one that was read';
type Renames = readonly (readonly [from: string, to: string])[];

/** Scans a model; each list of names is changed when the scan begins that stage, and before the next is. */
async function scanWhile(path: string, stages: Readonly<Record<string, Renames>>): Promise<ScanReport> {
  let changes = Promise.resolve();
  const once = new Set<string>();
  const report = await scan(path, {
    onEvent: (event) => {
      const renames = event.type === 'progress' ? stages[event.stage] : undefined;
      if (event.type !== 'progress' || renames === undefined || once.has(event.stage)) return;
      once.add(event.stage);
      changes = changes.then(async () => {
        for (const [from, to] of renames) await rename(from, to);
      });
    },
  });
  await changes;
  expect(once).toEqual(new Set(Object.keys(stages)));
  return report;
}

async function folderNamed(name: string): Promise<string> {
  const folder = join(scratch, name);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** At one stage the other folder takes the place of the one that is shown; once the model is loaded, that one is back. */
const swapped = (stage: 'image' | 'start', shown: string, other: string, aside: string) => ({
  [stage]: [
    [shown, aside],
    [other, shown],
  ] as const,
  load: [
    [shown, other],
    [aside, shown],
  ] as const,
});

it('a folder that is another one while the sandbox mounts the model, and the first again afterwards, is not clean', async () => {
  const [shown, other] = [await folderNamed('swapped/shown'), await folderNamed('swapped/other')];
  const aside = join(scratch, 'swapped/aside');
  await copyFile(model('harmless', 'plain-protocol-4.pkl'), join(shown, 'model.pkl'));
  await copyFile(model('harmless', 'pipeline.pkl'), join(other, 'model.pkl'));
  const before = await scan(join(shown, 'model.pkl'));
  expect(before.verdict).toBe('clean');

  const report = await scanWhile(join(shown, 'model.pkl'), swapped('image', shown, other, aside));
  expect(report.verdict).toBe('inconclusive');
  expect(report.reasons.join(' ')).toContain(OTHER);
});

describe('a file beside the model that its loader opens', () => {
  const PART = 'model.joblib_01.npy';
  const array = (first: number): Buffer =>
    Buffer.concat([
      Buffer.from("\x93NUMPY\x01\0v\0{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }".padEnd(127), 'latin1'),
      Buffer.from('\n'),
      Buffer.from(new Float64Array([first]).buffer),
    ]);

  /** As joblib 0.9 wrote an array: its file beside the pickle. */
  async function madeIn(name: string): Promise<string> {
    const folder = await folderNamed(name);
    const state = `}(Vfilename\nV${PART}\nVallow_mmap\n\x89Vsubclass\ncnumpy\nndarray\nu`;
    const pickle = `\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81${state}b.`;
    await writeFile(join(folder, 'model.joblib'), Buffer.from(pickle, 'latin1'));
    await writeFile(join(folder, PART), array(1));
    await writeFile(join(folder, 'other.npy'), array(2));
    return folder;
  }

  it('is clean when it stays the same', async () => {
    const report = await scan(join(await madeIn('part-same'), 'model.joblib'));
    expect(report.reasons).toEqual([expect.stringContaining('nothing it did stood out')]);
    expect(report.verdict).toBe('clean');
  });

  it('is there when it is compressed', async () => {
    const folder = await folderNamed('part-compressed');
    const dtype = 'cnumpy\ndtype\n(Vf8\nI0\nI1\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntb';
    const state = `}(Vfilename\nV${PART}.z\nVinit_args\n(cnumpy\nndarray\n(I0\ntVb\ntVstate\n(I1\n(I1\nt${dtype}I00\ntu`;
    const pickle = `\x80\x02cjoblib.numpy_pickle\nZNDArrayWrapper\n)\x81${state}b.`;
    await writeFile(join(folder, 'model.joblib'), Buffer.from(pickle, 'latin1'));
    const head = Buffer.from(`ZF${'0x8'.padEnd(19)}`);
    await writeFile(join(folder, `${PART}.z`), Buffer.concat([head, deflateSync(Buffer.alloc(8))]));
    const report = await scan(join(folder, 'model.joblib'));
    expect(report.load).toMatchObject({ outcome: 'loaded', type: 'numpy.ndarray' });
    expect(report.verdict).toBe('clean');
  });

  it('and that is another one while the sandbox mounts it, and the first again afterwards, is not clean', async () => {
    const [shown, other] = [await madeIn('part-swapped/shown'), await madeIn('part-swapped/other')];
    const aside = join(scratch, 'part-swapped/aside');
    await writeFile(join(other, PART), array(2));
    const report = await scanWhile(join(shown, 'model.joblib'), swapped('start', shown, other, aside));
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons).toContainEqual(expect.stringContaining(`other files than those that were read (${PART})`));
    expect(report.reasons.join(' ')).not.toContain(OTHER);
  });

  it('and that another takes the place of while the model runs is not clean', async () => {
    const folder = await madeIn('part-replaced');
    const report = await scanWhile(join(folder, 'model.joblib'), {
      load: [[join(folder, 'other.npy'), join(folder, PART)]],
    });
    expect(report.reasons).toContainEqual(expect.stringContaining(`changed while it was scanned (${PART})`));
  });
});

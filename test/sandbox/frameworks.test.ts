/** What an image's own libraries do by themselves: harmless models that lean on it, and hostile ones that pretend to. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NOTHING_STOOD_OUT } from '../../src/core/verdict.js';
import * as z from 'zod';
import { makeModels } from '../../scripts/lib/layer.mjs';
import { dynamicFindings, running, scan, scratch } from './support.js';

const caseSchema = z.object({
  path: z.string(),
  layer: z.string(),
  name: z.string(),
  file: z.string(),
  used: z.array(z.string()),
  expected: z.array(z.string()),
});

const cases: z.infer<typeof caseSchema>[] = [];
for (const layer of ['core', 'torch', 'formats', 'tensorflow']) {
  const folder = join(scratch, 'frameworks', layer);
  cases.push(...z.array(caseSchema).parse(await makeModels(process.env, 'frameworks', layer, folder, ['ring'])));
}

describe.each(cases.filter(({ expected }) => expected.length === 0))('$layer, $name', ({ path, used }) => {
  it('is clean, and used', async () => {
    const report = await scan(path, { settings: { timeout: 300 } });
    const accused = dynamicFindings(report).filter(({ severity }) => severity !== 'info');
    expect(accused.map(({ rule, phase, evidence }) => [rule, phase, evidence[0]?.text])).toEqual([]);
    expect(report.reasons).toEqual([NOTHING_STOOD_OUT]);
    expect(report.verdict).toBe('clean');
    for (const use of used) expect(report.load.notUsed ?? []).not.toContainEqual(expect.stringContaining(use));
  });
});

describe.each(cases.filter(({ expected }) => expected.length > 0))('$layer, $name', ({ path, expected }) => {
  it('is malicious, by what its workers do', async () => {
    const report = await scan(path, { settings: { timeout: 300 } });
    const shown = dynamicFindings(report).map(({ rule, phase }) => `${rule}@${phase}`);
    expect(shown).toEqual(expect.arrayContaining(expected));
    expect(report.verdict).toBe('malicious');
  });
});

describe('a helper program is none', () => {
  const WORKER = 'import multiprocessing as m\nwith m.get_context("spawn").Pool(1) as p: p.map(abs, [1])';
  it.each([
    [
      'uname-in-path',
      'import os, platform\nos.environ["PATH"] = "/tmp"\nopen("/tmp/uname", "w").write("x")\nplatform.processor()',
      /^DYN-EXEC-(?:DROPPED|DOWNLOADED)$/,
    ],
    [
      'uname-preloaded',
      'import os, platform\nos.environ["LD_PRELOAD"] = "/tmp/x.so"\nplatform.processor()',
      /^DYN-EXEC-PRELOAD$/,
    ],
    ['uname-of-a-shell', 'import os\nos.system("uname -p")', /^DYN-EXEC-SHELL$/],
    [
      'tracker-with-more',
      'import subprocess, sys\nsubprocess.run([sys.executable, "-I", "-B", "-c", "from multiprocessing.resource_tracker import main;main(0);print(1)"])',
      /^DYN-EXEC-INTERPRETER$/,
    ],
    [
      'tracker-with-a-path',
      'import os\nos.environ["PYTHONPATH"] = "/tmp"\nfrom multiprocessing import shared_memory as s\nm = s.SharedMemory(create=True, size=8); m.close(); m.unlink()',
      /^DYN-EXEC-INTERPRETER$/,
    ],
    ['worker-in-the-load', WORKER, /^DYN-EXEC-INTERPRETER$/],
  ])('%s', async (name, source, rule) => {
    const report = await running(name, source);
    expect(dynamicFindings(report).map((finding) => finding.rule)).toContainEqual(expect.stringMatching(rule));
  });
});

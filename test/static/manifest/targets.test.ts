import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { detectFormat } from '../../../src/detect/detect.js';
import { openFile } from '../../../src/model/source.js';
import { analyseStatic } from '../../../src/static/analyse.js';
import { TARGET_CASES, type Outcome } from './target-cases.js';

const scratch = mkdtempSync(join(tmpdir(), 'dynscan-targets-'));
let made = 0;
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

/** What a static reading of the first file says, with the others beside it. */
async function told(
  files: Readonly<Record<string, string>>,
): Promise<{ outcome: Outcome; rules: string[]; gaps: readonly string[] }> {
  const folder = join(scratch, String((made += 1)));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const source = await openFile(join(folder, Object.keys(files)[0] ?? ''));
  try {
    const named = { name: basename(Object.keys(files)[0] ?? '') };
    const { findings, gaps } = await analyseStatic(source, await detectFormat(source, named), named);
    const rules = findings.filter(({ severity }) => severity !== 'info').map(({ rule }) => rule);
    // The verdict of a scan without a run has a gap for each such call.
    const calls = findings
      .filter(({ rule }) => rule === 'STATIC-PICKLE-UNKNOWN-CALL')
      .map(({ explanation }) => explanation);
    const unseen = [...gaps, ...calls];
    return { outcome: rules.length > 0 ? 'accused' : unseen.length > 0 ? 'unknown' : 'clean', rules, gaps: unseen };
  } finally {
    await source.close();
  }
}

describe('what a configuration names is judged by what a call of it does with what it gets', () => {
  it.each(TARGET_CASES.map((one) => [one.outcome, one.what, one] as const))('%s: %s', async (outcome, _, { files }) => {
    const result = await told(files);
    expect(result.outcome, JSON.stringify(result)).toBe(outcome);
  });
});

describe('what stands beyond many harmless things is judged, or said to be too much', () => {
  const many = (count: number, one: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => one(index)).join('');

  it.each([
    [
      'a template',
      {
        'tokenizer_config.json': JSON.stringify({
          ...Object.fromEntries(Array.from({ length: 1100 }, (_, index) => [`prompt_${index}`, '{{ x }}'])),
          chat_template: "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        }),
      },
    ],
    [
      'code of the repository',
      {
        'config.json': JSON.stringify({
          auto_map: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`Auto${index}`, `m${index}.X`])),
        }),
      },
    ],
    [
      'a loader',
      { MLmodel: `flavors:\n${many(60, (index) => `  f${index}:\n    loader_module: sklearn.m${index}\n`)}` },
    ],
    [
      'a target',
      {
        'config.yaml': `${many(3000, (index) => `a${index}:\n  _target_: torch.nn.Linear\n`)}z:\n  _target_: os.system\n  command: id\n`,
      },
    ],
    [
      'a type',
      { 'config.yaml': `${many(2500, (index) => `a${index}:\n  _target_: torch.nn.Linear\n`)}z:\n  type: os.system\n` },
    ],
  ])('%s', async (_, files) => {
    expect((await told(files as Readonly<Record<string, string>>)).outcome).not.toBe('clean');
  });
});

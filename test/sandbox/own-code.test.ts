import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NOTHING_STOOD_OUT } from '../../src/core/verdict.js';
import type { ScanReport } from '../../src/core/schema.js';
import { containers, dynamicFindings, model, scan, scratch } from './support.js';

const LAYER = `import torch

class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 2)

    def forward(self, x):
        return self.layer(x)
`;

let number = 0;
async function beside(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(scratch, 'own-code', String(number++));
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  }
  await mkdir(folder, { recursive: true });
  await copyFile(model('own', name), join(folder, name));
  return join(folder, name);
}

async function run(path: string): Promise<ScanReport> {
  const report = await scan(path);
  expect(await containers()).toEqual([]);
  return report;
}

describe('a model of a class of a module', () => {
  it('is loaded and used with the source that lies beside it', async () => {
    const report = await run(await beside('module.pt', { 'helper_layers.py': LAYER, 'unused.py': 'x = 1\n' }));
    expect(report.load.outcome).toBe('loaded');
    expect(report.reasons).toEqual([NOTHING_STOOD_OUT]);
    expect(report.ownCode?.map(({ path, mounted }) => [path, mounted])).toEqual([['helper_layers.py', true]]);
    expect(dynamicFindings(report)).toEqual([]);
  });

  it('has the packages that the source imports before anything is judged', async () => {
    const report = await run(await beside('module.pkl', { 'helper_layers.py': LAYER }));
    expect(report.sandbox?.image).toContain('torch');
    expect(dynamicFindings(report)).toEqual([]);
    expect(report.verdict).toBe('clean');
  });

  it('is inconclusive without the source, and nothing stands in for it', async () => {
    const report = await run(await beside('module.pt', {}));
    expect(report.load.outcome).toBe('missing-dependency');
    expect(report.load.standIns).toBeUndefined();
    expect(report.verdict).toBe('inconclusive');
  });

  it('is inconclusive when the source is a link out of its folder, which is not followed', async () => {
    const path = await beside('module.pt', {});
    const other = await beside('module.pt', { 'helper_layers.py': LAYER });
    await symlink(join(dirname(other), 'helper_layers.py'), join(dirname(path), 'helper_layers.py'));
    const report = await run(path);
    expect(report.load.outcome).toBe('missing-dependency');
    expect(report.reasons.join()).toContain('a link that leads out of the folder');
  });

  it('is caught by reading and by running when its module acts as it is imported', async () => {
    const report = await run(await beside('module.pt', { 'helper_layers.py': `import os\nos.system('id')\n${LAYER}` }));
    expect(report.verdict).toBe('malicious');
    const read = report.findings.find(({ rule }) => rule === 'STATIC-PYTHON-EXEC-IMPORT');
    expect(read?.evidence[0]?.member).toBe('helper_layers.py');
    const ran = dynamicFindings(report).find(({ rule }) => rule === 'DYN-EXEC-SHELL');
    expect(ran?.phase).toBe('load');
    expect(ran?.cause?.frames?.map(({ file }) => file)).toContain('/code/helper_layers.py');
  });

  it('is caught by running when reading sees no more than a detour', async () => {
    const hidden = 'class Layer:\n    def __repr__(self):\n        return str(getattr(*PARTS)("id"))\n';
    const source = `import os as _o\nPARTS = (_o, "sys" + "tem")\n${hidden}`;
    const report = await run(await beside('module.pkl', { 'helper_layers.py': source }));
    const read = report.findings.filter(({ engine, severity }) => engine === 'static' && severity !== 'info');
    expect(read.map(({ rule }) => rule)).toEqual(['STATIC-PYTHON-DETOUR']);
    expect(dynamicFindings(report).map(({ rule }) => rule)).toContain('DYN-EXEC-SHELL');
  });

  it('may not replace what the image has', async () => {
    const path = await beside('module.pkl', {
      'helper_layers.py': 'import joblib\nclass Layer: pass\nprint(joblib.__file__)\n',
      'joblib.py': 'raise SystemExit\n',
    });
    const report = await run(path);
    expect(report.output.stdout).toContain('/usr/');
    expect(report.verdict).toBe('suspicious');
    expect(report.findings.map(({ rule }) => rule)).toContain('STATIC-PYTHON-SHADOW');
  });
});

describe('a model of a class of the script that saved it', () => {
  it.each(['script.pt', 'script-legacy.pth', 'script.pkl'])(
    '%s is loaded with a stand-in, and says so',
    async (name) => {
      const report = await run(model('own', name));
      expect(report.findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
      expect(report.load).toMatchObject({ outcome: 'loaded' });
      expect(report.load.standIns).toContain('__main__.Net');
      expect(report.verdict).toBe('clean');
      expect(report.reasons.join()).toMatch(
        /For __main__\..* empty classes stood in: none of their own methods were run/,
      );
    },
  );

  it('is inconclusive when it calls what stands in, and nothing of the runner is there to be called', async () => {
    const called = join(scratch, 'own-code', 'called.pkl');
    await writeFile(called, "c__main__\nsystem\n(S'id'\ntR.");
    const report = await run(called);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join()).toContain('calls __main__.system');
    const runner = join(scratch, 'own-code', 'runner.pkl');
    await writeFile(runner, "c__main__\nphase\n(S'exit'\ntR.");
    expect((await run(runner)).findings.map(({ rule }) => rule)).not.toContain('DYN-EVADE-FORGERY');
  });

  it('has no stand-in for what is reached through a name', async () => {
    const path = join(scratch, 'own-code', 'dotted.pkl');
    await writeFile(path, Buffer.from('\x80\x04\x8c\x08__main__\x8c\x09os.system\x93\x8c\x02id\x85R.', 'latin1'));
    const report = await run(path);
    expect(report.load.outcome).toBe('raised');
    expect(report.verdict).not.toBe('clean');
  });
});

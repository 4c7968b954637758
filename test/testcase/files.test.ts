import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTestCase, scaffoldTestCase } from '../../src/testcase/files.js';
import { templateOf } from '../../src/testcase/template.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynscan-testcase-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a new test case', () => {
  it('is written into a folder under a name that is free, which is made', async () => {
    const target = join(folder, 'a', 'b');
    expect(await scaffoldTestCase(target, 'torch')).toBe(join(target, 'torch_test_case.py'));
    expect(await scaffoldTestCase(target, 'torch')).toBe(join(target, 'torch_test_case_2.py'));
    expect(await readFile(join(target, 'torch_test_case.py'), 'utf8')).toBe(templateOf('torch'));
    const importing = await readTestCase(await scaffoldTestCase(target, 'plain', 'from train import Net'), target);
    expect(importing.imports).toContain('train');
  });

  it('never takes the place of a file, or of a link that leads nowhere', async () => {
    const file = join(folder, 'mine.py');
    await writeFile(file, 'mine');
    await expect(scaffoldTestCase(file, 'plain')).rejects.toThrow(/mine\.py is there already, and is left as it is/);
    expect(await readFile(file, 'utf8')).toBe('mine');
    await symlink(join(folder, 'elsewhere.py'), join(folder, 'link.py'));
    await expect(scaffoldTestCase(join(folder, 'link.py'), 'plain')).rejects.toThrow(/is there already/);
    await expect(readFile(join(folder, 'elsewhere.py'))).rejects.toThrow(/ENOENT/);
  });

  it('needs a folder that can be made, and a name that Python can read', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(scaffoldTestCase(join(folder, 'file', 'x'), 'plain')).rejects.toThrow(/cannot be written/);
    await expect(scaffoldTestCase(join(folder, '1 x.py'), 'plain')).rejects.toThrow(/is no name for a Python file/);
  });
});

describe('a test case to run', () => {
  it('comes with its content, the hash of that, and what it imports', async () => {
    const content = 'def f(p):\n    import torch\n    torch.load(p)\n';
    await writeFile(join(folder, 'case.py'), content);
    expect(await readTestCase('case.py', folder)).toEqual({
      path: join(folder, 'case.py'),
      content: Buffer.from(content),
      sha256: createHash('sha256').update(content).digest('hex'),
      imports: ['torch'],
    });
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['cannot run', 'def f():\n    pass\n', /cannot run:\n {2}line 1: The function needs one parameter/],
    ['is too large', `# ${'x'.repeat(300_000)}`, /has 300002 bytes; it may have 262144/],
    ['is no text', Buffer.from([0xff, 0xfe, 0]), /is not UTF-8 text/],
  ])('is refused when it %s', async (_, content, message) => {
    await writeFile(join(folder, 'case.py'), content);
    await expect(readTestCase('case.py', folder)).rejects.toThrow(message);
  });

  it('is refused when there is none', async () => {
    await expect(readTestCase('none.py', folder)).rejects.toThrow(/cannot be read: ENOENT.*new-test-case/);
    await mkdir(join(folder, 'd.py'));
    await expect(readTestCase('d.py', folder)).rejects.toThrow(/is not a regular file/);
  });
});

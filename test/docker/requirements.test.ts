import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addRequirements, readRequirements } from '../../src/docker/requirements.js';

let folder = '';
let requirements = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dynscan-requirements-'));
  requirements = join(folder, 'list/packages.txt');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the user's own packages", () => {
  it('are added to the list, which is made, and never written twice', async () => {
    expect(await addRequirements({ requirements }, ['xgboost', 'opencv_python==4.10.0.84'])).toEqual({
      path: requirements,
      added: ['xgboost', 'opencv_python==4.10.0.84'],
      present: [],
    });
    expect(await addRequirements({ requirements }, ['Opencv-Python', 'pandas[parquet]>=2,<3'])).toMatchObject({
      added: ['pandas[parquet]>=2,<3'],
      present: ['opencv_python==4.10.0.84'],
    });
    expect(await readRequirements({ requirements })).toBe('xgboost\nopencv_python==4.10.0.84\npandas[parquet]>=2,<3\n');
  });

  it('leave what stands in the list as it is', async () => {
    requirements = join(folder, 'packages.txt');
    writeFileSync(requirements, '# mine\n--index-url https://one.example/simple\ntorch');
    await addRequirements({ requirements }, ['lightgbm']);
    expect(readFileSync(requirements, 'utf8')).toBe(
      '# mine\n--index-url https://one.example/simple\ntorch\nlightgbm\n',
    );
  });

  it.each([
    '--index-url=https://evil.example',
    'https://evil.example/x.whl',
    'x @ https://evil.example/x.whl',
    './x',
    '../x.whl',
    'x; python_version > "3"',
    'x\n--pre',
    'x y',
    '-e',
    '',
    'x==',
    'a'.repeat(300),
  ])('are names and versions alone: %j is refused, and nothing is written', async (text) => {
    await expect(addRequirements({ requirements }, ['numpy', text])).rejects.toThrow('is no package');
    await expect(readRequirements({ requirements })).rejects.toThrow('cannot be read');
  });

  it('count for nothing when the list holds only remarks', async () => {
    requirements = join(folder, 'packages.txt');
    writeFileSync(requirements, '# nothing yet\n\n');
    expect(await readRequirements({ requirements })).toBeUndefined();
  });
});

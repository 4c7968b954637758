import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { dynscan, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const CLI = join(import.meta.dirname, '../../dist/cli.js');

function tensors(names: readonly string[]): Buffer {
  const entries = names.map((name, at) => [name, { dtype: 'F32', shape: [1], data_offsets: [4 * at, 4 * at + 4] }]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4 * names.length)]);
}

describe('dynscan inspect', () => {
  it('lists what is in a model', async () => {
    await writeFile(join(folder.path, 'm.safetensors'), tensors(['layer.10.bias', 'layer.2.bias']));
    const { code, stdout, stderr } = await dynscan(['inspect', 'm.safetensors'], { cwd: folder.path });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^format {2}SafeTensors\nsize {2}\d+ bytes\nsha256 {2}[0-9a-f]{64}\n/);
    expect(stdout).toContain('# tensors\nlayer.2.bias  F32  1  4\nlayer.10.bias  F32  1  4\n');
  });

  it('says what is wrong with a file that is not there', async () => {
    const { code, stdout, stderr } = await dynscan(['inspect', 'none.pt'], { cwd: folder.path });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('none.pt');
  });

  it('lets git show which tensors changed', async () => {
    const git = async (...args: string[]): Promise<string> => {
      const own = [
        '-c',
        'user.name=a',
        '-c',
        'user.email=a@example.com',
        '-c',
        `diff.dynscan.textconv="${process.execPath}" "${CLI}" inspect`,
      ];
      return (await promisify(execFile)('git', [...own, ...args], { cwd: folder.path })).stdout;
    };
    const model = join(folder.path, 'm.safetensors');
    await git('init', '-q');
    await writeFile(join(folder.path, '.gitattributes'), '*.safetensors diff=dynscan\n');
    await writeFile(model, tensors(['layer.1.bias', 'layer.2.bias']));
    await git('add', '-A');
    await git('commit', '-q', '-m', 'a model');
    await writeFile(model, tensors(['layer.1.bias', 'layer.2.weight']));
    const changed = (await git('diff', '--no-ext-diff')).split('\n').filter((line) => /^[+-](?:layer|sha)/.test(line));
    expect(changed.map((line) => line.replace(/[0-9a-f]{64}/, '…'))).toEqual([
      '-sha256  …',
      '+sha256  …',
      '-layer.2.bias  F32  1  4',
      '+layer.2.weight  F32  1  4',
    ]);
  });
});

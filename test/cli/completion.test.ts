import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { dynscan, temporaryFolder } from './harness.js';

const folder = temporaryFolder();

describe.skipIf(process.platform === 'win32')('completion', () => {
  /** What bash would offer for the last word. */
  async function offered(...words: string[]): Promise<string[]> {
    const script = join(folder.path, 'completion.bash');
    await writeFile(script, (await dynscan(['completion', 'bash'], { cwd: folder.path })).stdout);
    const code = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dynscan; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', code, script, 'dynscan', ...words]);
    return stdout.split('\n').filter((line) => line !== '');
  }

  it('in bash knows commands, flags, their values and the rules', async () => {
    expect(await offered('ba')).toEqual(['baseline']);
    expect(await offered('image', '')).toEqual(['build', 'list', 'add', 'remove']);
    expect(await offered('scan', '--fail')).toEqual(['--fail-on']);
    expect(await offered('scan', '--format', 'j')).toEqual(['json', 'jsonl', 'junit']);
    expect(await offered('show', 'DYN-THEFT')).toEqual(['DYN-THEFT-PROOF']);
    expect(await offered('baseline', 'write', '--supp')).toEqual(['--suppressions']);
  });

  it('leaves files to the shell', async () => {
    expect(await offered('scan', 'm')).toEqual([]);
    expect(await offered('scan', '--output', 'r')).toEqual([]);
  });

  it('is there for zsh and fish', async () => {
    const { stdout } = await dynscan(['completion', 'zsh'], { cwd: folder.path });
    expect(stdout).toMatch(/^#compdef dynscan\n/);
    const fish = await dynscan(['completion', 'fish'], { cwd: folder.path });
    expect(fish.stdout).toContain(
      "complete -c dynscan -n '__fish_seen_subcommand_from scan' -l format -x -a 'text html",
    );
    expect((await dynscan(['completion', 'csh'], { cwd: folder.path })).code).toBe(3);
  });
});

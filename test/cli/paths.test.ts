/** Which files a command is about, with real scans of small models. */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeSamples } from '../../samples/make.mjs';
import { temporaryFolder } from './harness.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const folder = temporaryFolder();

/** A static scan by the program itself, in the folder of the test. */
async function scanned(
  argv: readonly string[],
  stdin = '',
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const env = { PATH: process.env['PATH'], DYNSCAN_CACHE: join(folder.path, 'cache') };
  const child = spawn(process.execPath, [CLI, 'scan', '--static-only', '--quiet', ...argv], { cwd: folder.path, env });
  child.stdin.end(stdin);
  const ended = new Promise<number | null>((done) => child.on('close', done));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

/** The verdicts by name, as JSON lines have them. */
function verdicts(stdout: string): Record<string, string> {
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { model?: { path: string }; verdict: string });
  return Object.fromEntries(
    lines.map(({ model, verdict }) => [model?.path.slice(folder.path.length + 1) ?? 'all', verdict]),
  );
}

describe('a folder of models', () => {
  it('is read in a table, the worst first, with paths below it', async () => {
    makeSamples(join(folder.path, 'models'));
    const { code, stdout } = await scanned(['models']);
    expect(code).toBe(1);
    expect(
      stdout
        .split('\n')
        .slice(0, 10)
        .join('\n')

        .replace(/ · [\d.]+ s$/m, '')
        .replace(/^dynscan [\d.]+/, 'dynscan VERSION'),
    ).toBe(
      `dynscan VERSION · 6 models in models · read, not run

 ✖ malicious      5  calls-home.pkl              contacts 203.0.113.7
                     checkpoint-with-command.pt  starts a program: “id”
                     persists.pkl                reaches for ~/.bashrc
                     runs-a-command.pkl          starts a program: “id”
                     steals-ssh-key.pkl          reaches for ~/.ssh/id_rsa
 ✔ clean          1

✖ MALICIOUS  calls-home.pkl                             Python pickle, 164 bytes`,
    );
    expect(stdout).toContain('5 malicious, 1 clean · exit 1\n');
  });

  it('comes as JSON lines, the document last', async () => {
    makeSamples(folder.path);
    const { stdout } = await scanned(['.', '--format', 'jsonl']);
    expect(verdicts(stdout)).toMatchObject({
      'calls-home.pkl': 'malicious',
      'harmless-weights.pkl': 'clean',
      all: 'malicious',
    });
  });
});

describe('--files-from', () => {
  it.each([
    ['one a line', 'harmless-weights.pkl\nruns-a-command.pkl\r\n'],
    ['with zero bytes between', 'harmless-weights.pkl\0runs-a-command.pkl\0'],
  ])('takes paths %s, from a file or standard input', async (_, list) => {
    makeSamples(folder.path);
    await writeFile(join(folder.path, 'list'), list);
    const both = { 'harmless-weights.pkl': 'clean', 'runs-a-command.pkl': 'malicious', all: 'malicious' };
    expect(verdicts((await scanned(['--files-from', 'list', '--format', 'jsonl'])).stdout)).toEqual(both);
    expect(verdicts((await scanned(['--files-from', '-', '--format', 'jsonl'], list)).stdout)).toEqual(both);
  });

  it('that names nothing is a request that makes no sense', async () => {
    const { code, stderr } = await scanned(['--files-from', '-'], '\n');
    expect([code, stderr]).toEqual([3, 'dynscan: Standard input names no file.\n']);
  });
});

describe('what is left out', () => {
  it('by --exclude is named, and keeps nothing from being clean', async () => {
    makeSamples(folder.path);
    const { code, stdout } = await scanned([
      '.',
      '--exclude',
      '*.pt',
      'runs-*',
      '!harmless*',
      'calls*',
      'p*',
      'steals*',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain(' – left out       5  calls-home.pkl, ');
    expect(stdout).toContain('(as asked)');
  });

  it('by a .dynscanignore that was found is named and makes the whole not seen, until it is named', async () => {
    await mkdir(join(folder.path, 'm', 'hostile'), { recursive: true });
    makeSamples(join(folder.path, 'm', 'hostile'));
    makeSamples(join(folder.path, 'm'));
    await writeFile(
      join(folder.path, 'm', '.dynscanignore'),
      '# by the author of the models\nhostile/\n/*.pt\n*-*.pkl\n!harmless*\npersists.pkl\n',
    );
    const found = await scanned(['m']);
    expect(found.code).toBe(2);
    expect(found.stdout).toMatch(/ – left out +6 /);
    expect(found.stdout).toContain('1 clean, 6 left out, so the whole is not seen · exit 2');
    await writeFile(join(folder.path, 'own'), 'm/hostile\nm/*\n!m/harmless*\n');
    expect((await scanned(['m', '--exclude-from', 'own'])).code).toBe(0);
    const named = await scanned(['m', '--exclude-from', 'm/.dynscanignore']);
    expect(named.code).toBe(0);
    expect(named.stdout).toMatch(/ – left out +6 [^]*\(as\s+asked\)/);
  });

  it('is never a file that was asked for by its own path', async () => {
    makeSamples(folder.path);
    expect((await scanned(['runs-a-command.pkl', '--exclude', '*.pkl'])).code).toBe(1);
  });
});

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

/** The messages of the rule that keeps rooms apart, for a file that holds this code at that place. */
async function broken(eslint: ESLint, filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return (result?.messages ?? [])
    .filter(({ ruleId }) => ruleId?.startsWith('no-restricted'))
    .map(({ message }) => message);
}

describe('lint keeps the rooms apart', () => {
  let eslint: ESLint;
  beforeAll(() => {
    // In a CI typescript-eslint would take the file from the disk instead of the text it is given.
    process.env['TSESTREE_SINGLE_RUN'] = 'false';
    eslint = new ESLint({ cwd: `${import.meta.dirname}/..` });
  });

  it('only editor/ and the wiring import vscode', async () => {
    const code = "import * as vscode from 'vscode';\nexport const version = vscode.version;\n";
    for (const room of ['scan/scan.ts', 'docker/engine.ts', 'report/json.ts', 'cli/run.ts', 'readers/bytes.ts']) {
      expect(await broken(eslint, `src/${room}`, code), room).toHaveLength(1);
    }
    const uri = "import { Uri } from 'vscode';\nexport const made = Uri.file('/a');\n";
    expect(await broken(eslint, 'src/editor/app.ts', uri)).toEqual([]);
    expect(await broken(eslint, 'src/extension.ts', uri)).toEqual([]);
  });

  it('only docker/ talks to an engine or starts programs', async () => {
    for (const name of ['dockerode', 'execa', 'node:child_process']) {
      const code = `import * as it from '${name}';\nexport const used = it;\n`;
      for (const room of ['scan/scan.ts', 'editor/app.ts', 'cli/run.ts', 'trace/parser.ts']) {
        expect(await broken(eslint, `src/${room}`, code), `${room} ${name}`).toHaveLength(1);
      }
      expect(await broken(eslint, 'src/docker/engine.ts', code)).toEqual([]);
    }
  });

  it('the pure rooms see no files and no clock', async () => {
    const code = "import { readFileSync } from 'node:fs';\nexport const then = [readFileSync, Date.now()];\n";
    for (const room of ['readers/bytes.ts', 'trace/parser.ts', 'behavior/analysis.ts', 'report/json.ts']) {
      expect(await broken(eslint, `src/${room}`, code), room).toHaveLength(2);
    }
  });
});

describe('the order of the rooms', () => {
  const root = join(import.meta.dirname, '..');

  /** What dependency-cruiser says of a tree with these files, by the project's own configuration. */
  async function cruised(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'dynscan-rooms-'));
    try {
      for (const name of ['.dependency-cruiser.mjs', 'tsconfig.json', 'node_modules', 'package.json'])
        await symlink(join(root, name), join(folder, name));
      for (const [name, text] of Object.entries({ 'webview/x.ts': '', ...files })) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
      }
      const cruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
      const run = promisify(execFile)(process.execPath, [cruise, 'src', 'webview'], { cwd: folder });
      return await run.then(
        ({ stdout }) => stdout,
        (error: unknown) => String((error as { stdout?: unknown }).stdout),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it.each([
    ['a room below', 'src/static/x.ts', 'src/readers/y.ts', 'no dependency violations'],
    ['a room above', 'src/readers/x.ts', 'src/static/y.ts', 'rooms-of-readers'],
    ['a room that is new', 'src/scan/x.ts', 'src/fresh/y.ts', 'known-rooms'],
    ['the entry of a program', 'src/cli/x.ts', 'src/y.ts', 'rooms-of-cli'],
    ['what pages do not have', 'webview/x.ts', 'src/scan/y.ts', 'pages'],
  ])('an import from %s: %s of %s', async (_, from, to, expected) => {
    const there = `${'../'.repeat(from.split('/').length - 1)}${to.replace('.ts', '.js')}`;
    expect(
      await cruised({
        [from]: `import type { A } from '${there}';\nexport type B = A;\n`,
        [to]: 'export type A = 1;\n',
      }),
    ).toContain(expected);
  });

  it('two modules that import each other', async () => {
    const files = {
      'src/core/x.ts': "import type { B } from './y.js';\nexport type A = B | 1;\n",
      'src/core/y.ts': "import type { A } from './x.js';\nexport type B = A[];\n",
    };
    expect(await cruised(files)).toContain('no-cycle');
  });
});

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

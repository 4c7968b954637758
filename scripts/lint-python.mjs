/** The Python of the sandbox and its tests, by sandbox/pyproject.toml: Ruff and Pyright, neither of which needs a Python. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PositionEncoding, Workspace } from '@astral-sh/ruff-wasm-nodejs';
import { parse } from 'smol-toml';
import { NODE, ROOT } from './lib/project.mjs';
import { runAttached, runScript, say } from './lib/step.mjs';

async function main() {
  const found = ruff();
  for (const line of found) say(line);
  const pyright = await runAttached(
    NODE,
    [join(ROOT, 'node_modules/pyright/index.js'), '-p', 'sandbox', '--warnings'],
    {
      cwd: ROOT,
      // Packages of this machine's Python must not change the findings.
      env: { ...process.env, PATH: '' },
    },
  );
  return found.length > 0 || pyright !== 0 ? 1 : 0;
}

function ruff() {
  const { tool } = parse(readFileSync(join(ROOT, 'sandbox/pyproject.toml'), 'utf8'));
  const workspace = new Workspace(tool.ruff, PositionEncoding.Utf16);
  const files = globSync(['sandbox/*.py', 'test/python/*.py'], { cwd: ROOT }).sort();
  if (files.length === 0) return ['There is no Python to lint.'];
  return files.flatMap((file) =>
    workspace
      .check(readFileSync(join(ROOT, file), 'utf8'))
      .map(
        ({ code, message, start_location: { row, column } }) =>
          `${file}:${row}:${column} ${code ?? 'error'} ${message}`,
      ),
  );
}

runScript(main);

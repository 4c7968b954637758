/** What a checkout brings for those who work in it: F5 in VS Code, and what of it must not go out with a release. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { listFiles, PackageManager } from '@vscode/vsce';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

function readJson<T>(schema: z.ZodType<T>, file: string): T {
  return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

const manifest = readJson(z.object({ main: z.string(), scripts: z.record(z.string(), z.string()) }), 'package.json');
const { tasks } = readJson(
  z.object({
    tasks: z.array(
      z.object({ label: z.string(), args: z.array(z.string()).optional(), script: z.string().optional() }),
    ),
  }),
  '.vscode/tasks.json',
);
const { configurations } = readJson(
  z.object({
    configurations: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        preLaunchTask: z.string(),
        program: z.string().optional(),
        outFiles: z.array(z.string()).optional(),
      }),
    ),
  }),
  '.vscode/launch.json',
);

const inFolder = (path: string): string => path.replace('${workspaceFolder}/', '');

describe('F5', () => {
  it('starts the extension from the bundle that the build writes, with its source map', () => {
    const [extension] = configurations;
    expect(extension?.type).toBe('extensionHost');
    expect(extension?.outFiles?.map(inFolder)).toEqual([`${dirname(manifest.main).replace('./', '')}/**/*.js`]);
    const map = readJson(z.object({ sources: z.array(z.string()) }), `${manifest.main}.map`);
    expect(map.sources).toContain('../src/extension.ts');
  });

  it.each(configurations)('$name: has the task and the program that it names', ({ preLaunchTask, program }) => {
    expect(tasks.map(({ label }) => label)).toContain(preLaunchTask);
    if (program !== undefined) expect(existsSync(inFolder(program))).toBe(true);
  });

  it.each(tasks)('the task "$label" runs what is there', ({ args = [], script }) => {
    if (script === undefined) expect(existsSync(args[0] ?? '')).toBe(true);
    else expect(Object.keys(manifest.scripts)).toContain(script);
  });
});

it('pages for contributors, workflows and the settings of tools are in no extension', async () => {
  const files = await listFiles({ packageManager: PackageManager.None });
  expect(files).toContain('SECURITY.md');
  expect(
    files.filter((file) => /^(?:\.|docs\/|test\/|src\/|scripts\/|CONTRIBUTING|.*\.toml$|.*__pycache__)/.test(file)),
  ).toEqual([]);
});

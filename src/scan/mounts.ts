/** The host files that the sandbox sees: the model, the files named for it, and copies of files that only the user may read. */
import { basename } from 'node:path';
import { CODE_FOLDER, START_FOLDER, type MountedModel, type SandboxJob } from '../docker/sandbox.js';
import type { TestCase } from '../testcase/files.js';
import { hostFolders } from './host-folders.js';
import type { MountedCode } from './own-code.js';
import { readableByAll, readableContent, readableFolder, type ReadableCopy } from './readable-copy.js';
import type { ModelToRun } from './model-to-run.js';

export interface Mounts extends Pick<SandboxJob, 'mounts' | 'code' | 'folder'> {
  readonly model: MountedModel;
  /** Where the test case is, inside. */
  readonly testCase: string | undefined;
  /** Removes the copies. */
  remove(): Promise<void>;
}

/** Throws UserError for a folder that must not be mounted, and when a copy cannot be made. */
export async function mountsFor(
  { model, testCase, settings }: Pick<ModelToRun, 'model' | 'testCase' | 'settings'>,
  code: MountedCode,
): Promise<Mounts> {
  const copies: Pick<ReadableCopy, 'remove'>[] = [];
  const remove = async (): Promise<void> => {
    for (const copy of copies) await copy.remove();
  };
  const mounts: Mounts['mounts'][number][] = [];
  const mountCopy = async (making: Promise<ReadableCopy>, path: string): Promise<void> => {
    const copy = await making;
    copies.push(copy);
    mounts.push({ hostPath: copy.path, path });
  };
  try {
    // The folder is checked here and not before: its content may change at any time.
    const folders = await hostFolders(settings);
    mounts.push(...folders.mounts);
    const readable = await readableByAll(model.files);
    copies.push(readable);
    if (testCase) await mountCopy(readableContent(testCase.content), testCasePath(testCase));
    if (code.files.length > 0) await mountCopy(readableFolder(code.files), CODE_FOLDER);
    return {
      model: { ...model, files: readable.files },
      mounts,
      testCase: testCase && testCasePath(testCase),
      code: code.files.length > 0,
      folder: folders.folder ?? START_FOLDER,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The name of a test case inside the sandbox; its frames name this file. */
export function testCasePath({ path }: TestCase): string {
  return `/testcase/${basename(path)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 120)}`;
}

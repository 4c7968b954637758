/** Test cases on the disk: read for a scan, written by scaffolding. */
import { createHash } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { readSmallFile } from '../config/small-file.js';
import { escapeAndCut, escapeText } from '../core/escape.js';
import { isErrno, UserError } from '../core/user-error.js';
import { checkTestCase, TEST_CASE_LIMIT, type TestCaseCheck } from './check.js';
import { templateOf, type Kind } from './template.js';

const TEST_CASE = {
  what: 'The test case',
  limit: TEST_CASE_LIMIT,
  hint: 'Name a Python file; `dynscan new-test-case` writes one to start from.',
};

/** A test case that can be run. */
export interface TestCase {
  /** Absolute. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly sha256: string;
  /** Modules that it imports, by their full names. */
  readonly imports: readonly string[];
}

/** Reads a test case and checks it. Throws UserError when it cannot be read, or cannot run. */
export async function readTestCase(file: string, cwd: string): Promise<TestCase> {
  const path = resolve(cwd, file);
  const content = await readSmallFile(path, TEST_CASE);
  const check = checkTestCase(decode(content, path));
  refuseErrors(check, path);
  return { path, content, sha256: createHash('sha256').update(content).digest('hex'), imports: check.imports };
}

function decode(content: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new UserError(`The test case ${escapeText(path)} is not UTF-8 text. Save it as UTF-8.`);
  }
}

function refuseErrors({ problems }: TestCaseCheck, path: string): void {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const lines = errors.slice(0, 5).map(({ line, message }) => `  line ${line}: ${escapeAndCut(message, 300)}`);
  throw new UserError(`The test case ${escapeText(path)} cannot run:\n${lines.join('\n')}`);
}

/** Python takes a file for a module by a name like this. */
const FILE_NAME = /^[A-Za-z_][\w-]*\.py$/;
const MAX_NUMBER = 1000;

/**
 * Writes a new test case and returns its path. `target` is a Python file, or a folder, in which the file gets a name that is free; folders are made.
 * Throws UserError rather than overwriting anything.
 */
export async function scaffoldTestCase(target: string, kind: Kind, imports = ''): Promise<string> {
  if (extname(target) === '.py') {
    if (!FILE_NAME.test(basename(target)))
      throw new UserError(
        `${escapeText(basename(target))} is no name for a Python file: use letters, digits and underscores, as in my_model.py.`,
      );
    if (await write(target, templateOf(kind, imports))) return target;
    throw new UserError(`${escapeText(target)} is there already, and is left as it is. Choose another name.`);
  }
  for (let number = 1; number <= MAX_NUMBER; number += 1) {
    const path = join(target, number === 1 ? `${kind}_test_case.py` : `${kind}_test_case_${number}.py`);
    if (await write(path, templateOf(kind, imports))) return path;
  }
  throw new UserError(`There are more than ${MAX_NUMBER} test cases in ${escapeText(target)}. Name the new file.`);
}

/** False when there is something of that name, a link that leads nowhere included. */
async function write(path: string, content: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === 'EEXIST') {
      // The folder's name can be a file's, too.
      const folder = await stat(dirname(path)).catch(() => undefined);
      if (folder?.isDirectory() === true) return false;
    }
    throw new UserError(`${escapeText(path)} cannot be written: ${escapeText(error.message)}`);
  }
}

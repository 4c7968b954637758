import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSamples, SAMPLES } from '../../samples/make.mjs';
import { detectFormat } from '../../src/detect/detect.js';
import { findModels } from '../../src/model/find.js';
import { openFile, sha256 } from '../../src/model/source.js';
import { CancelledError, UserError } from '../../src/core/user-error.js';
import { detectFile } from '../static/support.js';

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dynscan-model-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function refused(path: string): Promise<string> {
  const error: unknown = await openFile(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

describe('opening a model', () => {
  it('reads any part of it', async () => {
    const path = join(folder, 'a b\'"\n\u202e.bin');
    writeFileSync(path, 'hello world');
    const source = await openFile(path);
    expect(source.size).toBe(11);
    expect(Buffer.from(await source.read(6, 100)).toString()).toBe('world');
    expect(await source.read(50, 10)).toHaveLength(0);
    expect(await sha256(source)).toBe('b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9');
    await source.close();
  });

  it('follows a link to the file it leads to', async () => {
    writeFileSync(join(folder, 'real'), 'x');
    symlinkSync('real', join(folder, 'link'));
    const source = await openFile(join(folder, 'link'));
    expect(source.path).toBe(join(folder, 'real'));
    await source.close();
  });

  it('tells what a sparse file of three gigabytes is at once, and reads at its end', async () => {
    const path = join(folder, 'sparse');
    writeFileSync(path, '');
    truncateSync(path, 3 * 2 ** 30);
    const source = await openFile(path);
    expect((await detectFormat(source)).format).toBe('unknown');
    expect(await source.read(3 * 2 ** 30 - 4, 10)).toEqual(new Uint8Array(4));
    const abort = new AbortController();
    const hashing = sha256(source, abort.signal);
    abort.abort();
    await expect(hashing).rejects.toBeInstanceOf(CancelledError);
    await source.close();
  });

  it('says what is wrong with what is no file, and never waits for it', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(await refused(fifo)).toMatch(/fifo cannot be scanned: it is a named pipe/);
    expect(await refused(folder)).toMatch(/it is a folder/);
    expect(await refused('/dev/zero')).toMatch(/it is a device/);
    expect(await refused(join(folder, 'no\u001b[31m'))).toMatch(/no\\x1b\[31m does not exist/);
    symlinkSync('loop', join(folder, 'loop'));
    expect(await refused(join(folder, 'loop'))).toMatch(/symbolic links lead in a circle/);
    const socket = join(folder, 'socket');
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await refused(socket)).toMatch(/it is a socket/);
    server.close();
  });
});

describe('finding models', () => {
  it('finds them by content, by ending when they are damaged, and nothing else', async () => {
    const root = join(folder, 'workspace');
    makeSamples(join(root, 'models'));
    for (const [path, text] of [
      ['models/notes.txt', 'nothing to see'],
      ['models/renamed.jpg', SAMPLES[1]?.make() ?? ''],
      ['models/damaged.pt', 'xxxx'],
      ['node_modules/x/a.pkl', 'N.'],
      ['.git/objects/a.pkl', 'N.'],
    ] as const) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    symlinkSync('..', join(root, 'models', 'around'));
    symlinkSync('renamed.jpg', join(root, 'models', 'z-same'));
    const { models, leftOut } = await findModels([root], { detect: detectFile });
    expect(leftOut).toEqual([]);
    expect(
      models.map(({ path, detection }) => [path.slice(root.length + 1).replace('models/', ''), detection.format]),
    ).toEqual([
      ['calls-home.pkl', 'pickle'],
      ['checkpoint-with-command.pt', 'torch-zip'],
      ['damaged.pt', 'unknown'],
      ['harmless-weights.pkl', 'pickle'],
      ['persists.pkl', 'pickle'],
      ['renamed.jpg', 'pickle'],
      ['runs-a-command.pkl', 'pickle'],
      ['steals-ssh-key.pkl', 'pickle'],
      ['.git/objects/a.pkl', 'pickle'],
      ['node_modules/x/a.pkl', 'pickle'],
    ]);
  });

  it('takes a file that is named for what it is', async () => {
    const path = join(folder, 'notes.md');
    writeFileSync(path, '# notes');
    expect((await findModels([path], { detect: detectFile })).models).toMatchObject([
      { path, detection: { format: 'unknown' } },
    ]);
  });

  it('says so when there is none', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    await expect(findModels([empty], { detect: detectFile })).rejects.toThrow(/No model was found in .*empty/);
    await expect(findModels([join(folder, 'missing')], { detect: detectFile })).rejects.toThrow(/does not exist/);
  });

  it('stops when asked to', async () => {
    const abort = new AbortController();
    abort.abort();
    await expect(findModels([folder], { detect: detectFile, signal: abort.signal })).rejects.toBeInstanceOf(
      CancelledError,
    );
  });
});

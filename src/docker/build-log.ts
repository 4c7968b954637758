/** The output of an image build, in a file. */
import type { WriteStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeAndCut } from '../core/escape.js';
import { messageOf } from '../core/user-error.js';
import { privateFolder } from './cache.js';

/** The output of a build, in a file, up to a bound. A full disk does not stop the build. */
export class BuildLog {
  static readonly #limit = 64 * 1024 * 1024;
  #left = BuildLog.#limit;
  #broken: string | undefined;

  static async open(name: string): Promise<BuildLog> {
    try {
      const path = join(await privateFolder('logs'), name);
      return new BuildLog(path, await open(path, 'w'));
    } catch (error) {
      return new BuildLog(name, undefined, messageOf(error));
    }
  }

  readonly #stream: WriteStream | undefined;

  private constructor(
    private readonly path: string,
    file: FileHandle | undefined,
    broken?: string,
  ) {
    this.#broken = broken;
    this.#stream = file?.createWriteStream();
    this.#stream?.on('error', (error) => (this.#broken ??= messageOf(error)));
  }

  /** A sentence for the message of a failure. */
  get whereabouts(): string {
    if (this.#broken !== undefined)
      return `Its log ${this.path} could not be written (${escapeAndCut(this.#broken, 200)}).`;
    return this.#left < 0 ? `The beginning of its log is in ${this.path}.` : `The whole log is in ${this.path}.`;
  }

  write(text: string): void {
    if (this.#left < 0 || this.#broken !== undefined) return;
    this.#left -= Buffer.byteLength(text);
    this.#stream?.write(this.#left < 0 ? '\n(the log ends here: it is too long)\n' : text);
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined || this.#broken !== undefined) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }
}

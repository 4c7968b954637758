/**
 * The results of reading a model, kept by its content and by the reader: the same bytes read by the same program need not be read again. A content is
 * known by its hash; a file whose stamp has not changed since it was hashed is not even hashed again.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { privateFolder, writeCacheFile } from '../docker/cache.js';
import type { Detection } from '../detect/detect.js';
import type { Digest } from '../model/source.js';
import { findingSchema } from '../core/schema.js';
import type { StaticResult } from '../static/analyse.js';

/** A model as it is read; each field affects the findings. */
export interface CachedModel {
  /** The file itself, links followed. */
  readonly path: string;
  /** Its file name, which is judged too. */
  readonly name: string;
  readonly kind: Digest['kind'];
  readonly detection: Detection;
}

/** The cached entry of one file. */
export interface Known {
  readonly sha256: string;
  /** Absent when this content was hashed, but not read by this reader. */
  readonly result: StaticResult | undefined;
}

const stampSchema = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const resultSchema = z.strictObject({
  findings: z.array(findingSchema),
  globals: z.array(z.strictObject({ global: z.string(), offset: z.number(), member: z.string().exactOptional() })),
  gaps: z.array(z.string()),
  needs: z.array(z.string()),
  parts: z.array(z.string()),
  madeBy: z.strictObject({
    pythons: z.array(z.string()).exactOptional(),
    versions: z.array(z.strictObject({ distribution: z.string(), version: z.string() })),
  }),
});

/** Files of the cache beyond this number are removed, the oldest first. */
const MAX_FILES = 20_000;
/** Gets a new number whenever the names of the files in it change their meaning. */
const FOLDER = 'static-2';
/** Caches of earlier versions, whose file names were not specific enough. */
const FORMER_FOLDER = 'static';

export class StaticCache {
  readonly #folder: Promise<string | undefined>;

  /** `reader`: changes whenever the reader may find something else: its program, its rules, and its settings. */
  constructor(private readonly reader: string) {
    // A folder that other users could write into is not used as a cache.
    this.#folder = privateFolder(FOLDER).catch(() => undefined);
  }

  /** The cached facts of the file in the state that `stamp` identifies; undefined when there are none. */
  async find(model: CachedModel, stamp: string): Promise<Known | undefined> {
    const known = await this.#read(stampSchema, stampName(model, stamp));
    return known && { ...known, result: await this.findContent(model, known.sha256) };
  }

  /** The cached results for this content, whichever file it was read from. */
  async findContent(model: CachedModel, sha256: string): Promise<StaticResult | undefined> {
    return this.#read(resultSchema, this.#resultName(model, sha256));
  }

  /**
   * Never fails: a cache that cannot be written does not fail a scan. Without a stamp the content alone is kept: a file that was written to a moment
   * ago may be written to again without a change of its times.
   */
  async keep(model: CachedModel, stamp: string | undefined, sha256: string, result: StaticResult): Promise<void> {
    try {
      const folder = await this.#folder;
      if (folder === undefined) return;
      await writeCacheFile(join(folder, this.#resultName(model, sha256)), JSON.stringify(result));
      if (stamp !== undefined) await writeCacheFile(join(folder, stampName(model, stamp)), JSON.stringify({ sha256 }));
    } catch {
      // Read anew next time.
    }
  }

  #resultName({ name, kind, detection }: CachedModel, sha256: string): string {
    return fileName(['result', kind, sha256, name, detection, this.reader]);
  }

  /** A damaged or foreign file counts as missing. */
  async #read<T>(schema: z.ZodType<T>, name: string): Promise<T | undefined> {
    try {
      const folder = await this.#folder;
      if (folder === undefined) return undefined;
      return schema.safeParse(JSON.parse(await readFile(join(folder, name), 'utf8'))).data;
    } catch {
      return undefined;
    }
  }
}

function stampName({ path, kind }: CachedModel, stamp: string): string {
  return fileName(['stamp', kind, path, stamp]);
}

function fileName(parts: readonly unknown[]): string {
  return `${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}.json`;
}

/** Makes room. */
export async function pruneStaticCache(): Promise<void> {
  try {
    await rm(await privateFolder(FORMER_FOLDER), { recursive: true });
    const folder = await privateFolder(FOLDER);
    const names = await readdir(folder);
    if (names.length <= MAX_FILES) return;
    const files = await Promise.all(
      names.map(async (name) => ({ name, time: (await stat(join(folder, name))).mtimeMs })),
    );
    files.sort((a, b) => a.time - b.time);
    for (const { name } of files.slice(0, files.length - MAX_FILES / 2)) await rm(join(folder, name));
  } catch {
    // Another DynScan makes room at the same time, or there is no cache.
  }
}

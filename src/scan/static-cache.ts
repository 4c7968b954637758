/**
 * What reading a model found, kept by its content and by the reader: the same bytes read by the same program need not be read again.
 * A content is known by its hash; a file whose stamp has not changed since it was hashed is not even hashed again.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { cacheFolder, writeCacheFile } from '../docker/cache.js';
import { findingSchema } from '../report/schema.js';
import type { StaticResult } from '../static/analyse.js';

/** What is kept of one file. */
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
});

/** Files of the cache beyond this number are removed, the oldest first. */
const MAX_FILES = 20_000;

export class StaticCache {
  readonly #folder = staticFolder();

  /** `reader`: changes whenever the reader may find something else. */
  constructor(private readonly reader: string) {}

  /** What is known of the file at `path` in the state that `stamp` tells; undefined when that is nothing. */
  async find(path: string, stamp: string): Promise<Known | undefined> {
    const known = await readAs(stampSchema, this.#stampFile(path, stamp));
    return known && { ...known, result: await readAs(resultSchema, this.#resultFile(path, known.sha256)) };
  }

  /** What this content holds, whatever the file was when it was read. The name counts: it is part of what is judged. */
  async findContent(path: string, sha256: string): Promise<StaticResult | undefined> {
    return readAs(resultSchema, this.#resultFile(path, sha256));
  }

  /**
   * Never fails: a cache that cannot be written is no reason to fail a scan. Without a stamp the content alone is kept: a file
   * that was written to a moment ago may be written to again without its times telling.
   */
  async keep(path: string, stamp: string | undefined, sha256: string, result: StaticResult): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeCacheFile(this.#resultFile(path, sha256), JSON.stringify(result));
      if (stamp !== undefined) await writeCacheFile(this.#stampFile(path, stamp), JSON.stringify({ sha256 }));
    } catch {
      // Read anew next time.
    }
  }

  #stampFile(path: string, stamp: string): string {
    return join(this.#folder, `${digest(['stamp', path, stamp])}.json`);
  }

  #resultFile(path: string, sha256: string): string {
    return join(this.#folder, `${digest(['result', basename(path), sha256, this.reader])}.json`);
  }
}

/** Makes room. */
export async function pruneStaticCache(): Promise<void> {
  const folder = staticFolder();
  try {
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

function staticFolder(): string {
  return join(cacheFolder(), 'static');
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

/** A damaged or foreign file is as good as none. */
async function readAs<T>(schema: z.ZodType<T>, path: string): Promise<T | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Reads a model: from the cache when it is known, else in a reader process, which also hashes it. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Settings } from '../config/settings.js';
import { cacheFolder } from '../docker/cache.js';
import type { FoundModel } from '../model/find.js';
import { digestOfModel, isSettled, kindOf, type Digest, type ModelSource } from '../model/source.js';
import type { StaticResult } from '../static/analyse.js';
import type { Discovery } from '../static/collected.js';
import { pruneStaticCache, StaticCache } from './static-cache.js';
import type { ReadingOptions } from './static-job.js';
import { staticPool, readerScript } from './static-pool.js';

export interface ModelReading {
  readonly analysis: StaticResult;
  /** By name, which state of a file beside the model was read. */
  readonly beside: ReadonlyMap<string, string>;
  /**
   * Goes on while the model is run: the sandbox's processes and this one share the machine. When it settles, the results are in the cache, so that
   * nothing is left to be written when the scan is over.
   */
  readonly hash: Promise<Digest>;
}

/** Bytes up to which a file is hashed before it is read: that takes milliseconds and may save the reading. */
const HASHED_FIRST = 16 * 1024 * 1024;

export async function readModel(
  { path, detection, unloaded, sidecar }: FoundModel,
  source: ModelSource,
  settings: Settings,
  signal: AbortSignal,
  onFound?: (found: Discovery) => void,
): Promise<ModelReading> {
  const { denylist, weights } = settings;
  const options = { denylist, weights, unloaded, sidecar };
  const known = await cache({ ...options, staticTimeout: settings.staticTimeout });
  const kind = kindOf(source);
  const model = { path: source.path, name: basename(path), kind, detection };
  const before = await known.find(model, source.stamp);
  if (before?.result)
    return { analysis: before.result, beside: ALONE, hash: Promise.resolve({ kind, sha256: before.sha256 }) };
  const hash = before ? Promise.resolve({ kind, sha256: before.sha256 }) : digestOfModel(source, signal);
  hash.catch(() => undefined);
  if (!before && source.total <= HASHED_FIRST) {
    const analysis = await known.findContent(model, (await hash).sha256);
    if (analysis) return { analysis, beside: ALONE, hash };
  }
  const { result, reading } = await staticPool().analyse<'analyse'>(
    { kind: 'analyse', path, detection, options },
    { signal, timeout: settings.staticTimeout },
    onFound,
  );
  const beside = new Map(reading?.beside);
  if (reading && reading.stamp !== source.stamp)
    return { analysis: { ...result, gaps: [...result.gaps, CHANGED] }, beside, hash };
  if (!reading || reading.incomplete || !reading.alone) return { analysis: result, beside, hash };
  const stamp = isSettled(source) ? reading.stamp : undefined;
  const kept = hash.then(async (digest) => {
    await known.keep(model, stamp, digest.sha256, result);
    return digest;
  });
  kept.catch(() => undefined);
  return { analysis: result, beside, hash: kept };
}

/** What is in the cache was read of the model alone. */
const ALONE: ReadonlyMap<string, string> = new Map();

const CHANGED = 'the file changed while it was read';

let script: Promise<string> | undefined;
/** The one that was used last, by what it depends on: the models of a folder have it in common. */
let last: { readonly key: string; readonly cache: StaticCache } | undefined;

/** The reader is a program of its own: its text is its version. Its options are part of the key, too. */
async function cache(options: ReadingOptions & Pick<Settings, 'staticTimeout'>): Promise<StaticCache> {
  script ??= readFile(readerScript()).then(async (text) => {
    await pruneStaticCache();
    return createHash('sha256').update(text).digest('hex');
  });
  const reader = JSON.stringify([await script, options]);
  const key = `${cacheFolder()}\n${reader}`;
  if (last?.key !== key) last = { key, cache: new StaticCache(reader) };
  return last.cache;
}

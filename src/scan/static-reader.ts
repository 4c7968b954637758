/** Reads a model: from the cache when it is known, else in a thread; and hashes it beside that. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Settings } from '../config/settings.js';
import type { Detection } from '../model/detect.js';
import { isSettled, sha256OfModel, type ModelSource } from '../model/source.js';
import type { StaticResult } from '../static/analyse.js';
import { pruneStaticCache, StaticCache } from './static-cache.js';
import type { ReadingOptions } from './static-job.js';
import { StaticLimitError, staticPool, workerScript } from './static-pool.js';

export interface ModelReading {
  readonly analysis: StaticResult;
  /** SHA-256 of the model. Goes on while the model is run: the sandbox's processes and this one share the machine. */
  readonly hash: Promise<string>;
}

/** Bytes up to which a file is hashed before it is read: that takes milliseconds and may save the reading. */
const HASHED_FIRST = 16 * 1024 * 1024;

export async function readModel(
  path: string,
  detection: Detection,
  source: ModelSource,
  settings: Settings,
  signal: AbortSignal,
): Promise<ModelReading> {
  const { blacklist, weights } = settings;
  const options = { blacklist, weights };
  const known = await cache(options);
  const before = await known.find(source.path, source.stamp);
  if (before?.result) return { analysis: before.result, hash: Promise.resolve(before.sha256) };
  const hash = before ? Promise.resolve(before.sha256) : sha256OfModel(source, signal);
  hash.catch(() => undefined);
  if (!before && source.total <= HASHED_FIRST) {
    const analysis = await known.findContent(source.path, await hash);
    if (analysis) return { analysis, hash };
  }
  try {
    const { stamp, alone, result } = await staticPool().run(
      { kind: 'analyse', path, detection, options },
      { signal, timeout: settings.staticTimeout },
    );
    if (stamp !== source.stamp) return { analysis: { ...result, gaps: [...result.gaps, CHANGED] }, hash };
    if (!alone) return { analysis: result, hash };
    const settled = isSettled(source);
    hash.then(
      (value) => known.keep(source.path, settled ? stamp : undefined, value, result),
      () => undefined,
    );
    return { analysis: result, hash };
  } catch (error) {
    if (!(error instanceof StaticLimitError)) throw error;
    return { analysis: { findings: [], globals: [], needs: [], gaps: [error.message], parts: [] }, hash };
  }
}

const CHANGED = 'the file changed while it was read';

let script: Promise<string> | undefined;

/** The reader is a program of its own: its text is its version. What it looks for besides is asked of it. */
async function cache(options: ReadingOptions): Promise<StaticCache> {
  script ??= readFile(workerScript()).then(async (text) => {
    await pruneStaticCache();
    return createHash('sha256').update(text).digest('hex');
  });
  return new StaticCache(JSON.stringify([await script, options]));
}

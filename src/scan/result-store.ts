/**
 * Reports kept by the content and the place of their models, with the raw traces of the last: for the editor after a restart, and for a scan that goes on where
 * another one ended (`--resume`). Bounded, and checked when it is read. What cannot be kept or read back counts as missing.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip, createGzip, gunzip, gzip } from 'node:zlib';
import * as z from 'zod';
import { contentOf, isSameContent, type Content } from '../core/identity.js';
import { takesPlace } from '../core/richer.js';
import { scanReportSchema, type ScanReport } from '../core/schema.js';
import { TOOL_VERSION } from '../core/tool.js';
import { writeCacheFile } from '../docker/cache.js';
import { LineSplitter } from './line-splitter.js';

/** The name of the folder; gets a new number whenever what is in it changes its meaning. */
export const RESULTS_FOLDER = 'results-1';
const SCHEMA = 'dynscan-result/1';

/** Reports, the oldest of which are removed first. */
const REPORTS_KEPT = 2_000;
/** Bytes of one report unpacked; a larger one is not kept. */
const REPORT_LIMIT = 32 << 20;
/** Bytes of all reports and traces together, as they are on the disk. */
const BYTES_KEPT = 128 << 20;
const TRACES_KEPT = 10;
/** Bytes of one trace, unpacked. */
const TRACE_LIMIT = 64 << 20;
/** Lines that are handed to the disk at a time. */
const LINES_AT_ONCE = 500;
/** Models whose place is known. */
const PLACES_KEPT = 5_000;
const PLACES_LIMIT = 16 << 20;
/** Reports written between two times that room is made. */
const PRUNE_EVERY = 100;

const REPORT_ENDING = '.json.gz';
const TRACE_ENDING = '.trace.gz';
const PLACES_FILE = 'places.json';

const keptSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  /** What was asked for, see `requestKey`. */
  asked: z.string(),
  report: scanReportSchema,
});
export type KeptResult = Pick<z.infer<typeof keptSchema>, 'asked' | 'report'>;

const placeSchema = z.strictObject({
  /** The model, in whatever way the user of the store names it. */
  name: z.string(),
  /** The report. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  /** The state of its file, see `ModelState`. */
  stamp: z.strictObject({ identity: z.string(), settled: z.boolean(), path: z.string().optional() }),
  /** Why it could not be run again. */
  notRerun: z.string().optional(),
});
export type Place = z.infer<typeof placeSchema>;
const placesSchema = z.strictObject({ schema: z.literal('dynscan-places/1'), places: z.array(placeSchema) });

const [pack, unpack] = [promisify(gzip), promisify(gunzip)];

export class ResultStore {
  #written = 0;
  /** The folder is there; removed meanwhile, it is made for the next write. */
  #made: Promise<unknown> | undefined;

  /** `folder` is nobody's but this user's; it is made when something is kept. */
  constructor(private readonly folder: string) {}

  /** The name of a report in the store; undefined for a model that could not be read to its end. */
  keyOf({ model }: Pick<ScanReport, 'model'>): string | undefined {
    const content = contentOf(model);
    return content && keyOf(content, model.path);
  }

  /** The report of this content at this path, made by this version. */
  async find(content: Content, path: string): Promise<KeptResult | undefined> {
    const kept = await this.get(keyOf(content, path));
    return kept && isSameContent(kept.report.model, content) ? kept : undefined;
  }

  async get(key: string): Promise<KeptResult | undefined> {
    try {
      const packed = await readFile(this.#file(key, REPORT_ENDING));
      const text = (await unpack(packed, { maxOutputLength: REPORT_LIMIT })).toString('utf8');
      const { asked, report } = keptSchema.parse(JSON.parse(text));
      // Rules of another version may find something else.
      return report.tool.version === TOOL_VERSION ? { asked, report } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps a report unless a richer one of the same content is kept. Never fails. */
  async keep(result: KeptResult): Promise<void> {
    const key = this.keyOf(result.report);
    if (key === undefined) return;
    const before = await this.get(key);
    if (before && !takesPlace(result.report, before.report)) return;
    const text = Buffer.from(JSON.stringify({ schema: SCHEMA, ...result }));
    if (text.length > REPORT_LIMIT) return;
    await this.#write(async () => {
      await writeCacheFile(this.#file(key, REPORT_ENDING), await pack(text));
      if ((this.#written += 1) % PRUNE_EVERY === 1) await this.#prune();
    });
  }

  /** Where reports belong, as it was kept last. */
  async places(): Promise<readonly Place[]> {
    try {
      const file = join(this.folder, PLACES_FILE);
      if ((await stat(file)).size > PLACES_LIMIT) return [];
      return placesSchema.parse(JSON.parse(await readFile(file, 'utf8'))).places;
    } catch {
      return [];
    }
  }

  /** In place of those that were kept; the last ones where there are too many. */
  async keepPlaces(places: readonly Place[]): Promise<void> {
    const text = JSON.stringify({ schema: 'dynscan-places/1', places: places.slice(-PLACES_KEPT) });
    await this.#write(() => writeCacheFile(join(this.folder, PLACES_FILE), text));
  }

  /** The trace that belongs to a report. */
  async keepTrace(report: ScanReport, lines: Iterable<string>): Promise<void> {
    const name = traceName(report);
    if (name === undefined) return;
    await this.#write(async () => {
      const file = join(this.folder, name);
      const unfinished = `${file}.tmp`;
      await pipeline(Readable.from(chunksOf(lines)), createGzip({ level: 1 }), createWriteStream(unfinished, PRIVATE));
      await rename(unfinished, file);
      await this.#prune();
    });
  }

  /** Hands over the lines of a report's trace; returns whether there is one. */
  async readTrace(report: ScanReport, onLine: (line: string) => void): Promise<boolean> {
    const name = traceName(report);
    if (name === undefined) return false;
    let bytes = 0;
    const lines = new LineSplitter(onLine);
    try {
      await pipeline(createReadStream(join(this.folder, name)), createGunzip(), async (chunks) => {
        for await (const chunk of chunks as AsyncIterable<Buffer>) {
          if ((bytes += chunk.length) > TRACE_LIMIT) return;
          lines.push(chunk);
        }
      });
      lines.end();
      return true;
    } catch {
      return bytes > 0;
    }
  }

  #file(key: string, ending: string): string {
    return join(this.folder, `${key}${ending}`);
  }

  async #write(work: () => Promise<void>): Promise<void> {
    try {
      await (this.#made ??= mkdir(this.folder, { recursive: true, mode: 0o700 }));
      await work();
    } catch {
      this.#made = undefined;
      // A store that cannot be written to fails no scan.
    }
  }

  /** Removes what is over the bounds, the oldest first. */
  async #prune(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => name !== PLACES_FILE);
    const files = await Promise.all(
      names.map(async (name) => {
        const { mtimeMs, size } = await stat(join(this.folder, name));
        return { name, mtimeMs, size };
      }),
    );
    files.sort((one, other) => other.mtimeMs - one.mtimeMs);
    const [traces, others] = [true, false].map((isTrace) =>
      files.filter(({ name }) => name.endsWith(TRACE_ENDING) === isTrace),
    );
    const kept = [...(traces ?? []).slice(0, TRACES_KEPT), ...(others ?? []).slice(0, REPORTS_KEPT)];
    kept.sort((one, other) => other.mtimeMs - one.mtimeMs);
    let bytes = 0;
    const stays = new Set(kept.filter(({ size }) => (bytes += size) <= BYTES_KEPT).map(({ name }) => name));
    for (const { name } of files) if (!stays.has(name)) await rm(join(this.folder, name), { force: true });
  }
}

/** What a report depends on beside the model: another answer is another request. */
export function requestKey(parts: readonly unknown[]): string {
  return hash(parts);
}

/** Findings depend on the file's name, too, and on what lies beside it. */
function keyOf(content: Content, path: string): string {
  return hash([content, resolve(path)]);
}

/** Evidence names lines of the trace of this very run. */
function traceName({ model, started }: ScanReport): string | undefined {
  const content = contentOf(model);
  return content && `${hash([keyOf(content, model.path), started])}${TRACE_ENDING}`;
}

function hash(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

const PRIVATE = { mode: 0o600 };

function* chunksOf(lines: Iterable<string>): Generator<Buffer> {
  let chunk: string[] = [];
  for (const line of lines) {
    chunk.push(line);
    if (chunk.length < LINES_AT_ONCE) continue;
    yield Buffer.from(`${chunk.join('\n')}\n`, 'latin1');
    chunk = [];
  }
  if (chunk.length > 0) yield Buffer.from(`${chunk.join('\n')}\n`, 'latin1');
}

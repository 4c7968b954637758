/** Models that old and new versions of libraries saved: what `npm run zoo -- --kept` leaves for the tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';

export interface KeptModel {
  /** Library, version and Python, and what it is. */
  readonly name: string;
  readonly file: string;
  readonly content: Buffer;
}

/** By name, its file and this packed by gzip. */
const keptSchema = z.record(z.string(), z.tuple([z.string(), z.base64()]));

export function keptModels(path = join(import.meta.dirname, 'kept.json')): KeptModel[] {
  const kept = keptSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  return Object.entries(kept).map(([name, [file, packed]]) => ({
    name,
    file,
    content: gunzipSync(Buffer.from(packed, 'base64')),
  }));
}

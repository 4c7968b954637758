/** Inspects a model file without running any of it: its format, its parts, its names. */
import type { Inspection } from '../../core/inspection.js';
import type { Detection } from '../../detect/detect.js';
import type { ByteSource } from '../../readers/bytes.js';
import type { Stop } from '../../readers/units.js';
import { FORMAT_READERS } from '../formats.js';
import { Gatherer } from './gather.js';
import { glimpsePickle } from './pickles.js';

/**
 * Throws only when aborted (the signal's reason), or the errors of `source.read`. `name`: the file's, for formats that name their tensors after it.
 */
export async function inspect(
  source: ByteSource,
  { format, detail }: Pick<Detection, 'format' | 'detail'>,
  options: { readonly name?: string; readonly signal?: Stop } = {},
): Promise<Inspection> {
  const gather = new Gatherer(options.signal);
  await FORMAT_READERS[format].inspect?.(source, { format, name: options.name ?? '' }, gather);
  return gather.result({ format, detail, size: source.size });
}

/** Smaller files are read to their end as fast. */
const GLIMPSE_SIZE = 4 * 1024 * 1024;

/** The objects at the begin of a large pickle, at once; undefined for everything else. To know all of it takes seconds. */
export async function glimpse(source: ByteSource): Promise<Inspection | undefined> {
  const [proto, protocol = 0] = await source.read(0, 2);
  if (source.size < GLIMPSE_SIZE || proto !== 0x80 || protocol < 2 || protocol > 5) return undefined;
  const gather = new Gatherer(undefined);
  await glimpsePickle(source, gather);
  return gather.result({ format: 'pickle', detail: `a pickle of protocol ${protocol}`, size: source.size });
}

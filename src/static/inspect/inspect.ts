/** Inspects a model file without running any of it: its format, its parts, its names. */
import type { Inspection } from '../../core/inspection.js';
import type { Detection } from '../../detect/detect.js';
import type { ByteSource } from '../../readers/bytes.js';
import type { Stop } from '../../readers/units.js';
import { FORMAT_READERS } from '../formats.js';
import { Gatherer } from './gather.js';

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

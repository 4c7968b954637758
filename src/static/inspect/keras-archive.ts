/** The metadata of a `.keras` archive. */
import { memberContent, type ZipMember } from '../../readers/archive/zip.js';
import { HELD_LIMIT, type ByteSource } from '../../readers/bytes.js';
import { decodeJson, parsePythonJson } from '../../readers/python-json.js';
import type { Gatherer } from './gather.js';
import { inspectKerasConfig, isRecord } from './keras.js';
import { inspectHdf5 } from './tensors.js';

const WEIGHTS = 'model.weights.h5';
const CONFIG_LIMIT = 32 * 1024 * 1024;

export async function inspectKerasMembers(
  archive: ByteSource,
  members: readonly ZipMember[],
  gather: Gatherer,
): Promise<void> {
  const open = async (name: string, size: number): Promise<ByteSource | undefined> => {
    const member = members.find((one) => one.name === name);
    const content = member && (await memberContent(archive, member, { size }, gather.signal));
    return content?.ok === true ? content.source : undefined;
  };
  const json = async (name: string): Promise<unknown> => {
    const content = await open(name, CONFIG_LIMIT);
    return content && parsePythonJson(decodeJson(await content.read(0, CONFIG_LIMIT)))?.value;
  };
  const metadata = await json('metadata.json');
  if (isRecord(metadata)) {
    for (const [key, value] of Object.entries(metadata))
      gather.row('metadata', [key, typeof value === 'string' ? value : JSON.stringify(value)]);
  }
  inspectKerasConfig(await json('config.json'), gather);
  const weights = await open(WEIGHTS, HELD_LIMIT);
  if (!weights) return;
  const index = members.findIndex(({ name }) => name === WEIGHTS);
  const { method, data } = members[index] ?? {};
  const place = method === 0 && data !== undefined ? { offset: data } : { packed: index };
  await gather.inside(place, () => inspectHdf5(weights, { format: 'hdf5', name: '' }, gather));
}

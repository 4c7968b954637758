/** A folder of a Hugging Face model: every file in it is looked at by its content, as the members of an archive are. */
import type { Folder } from '../../readers/bytes.js';
import { nothingLoads } from '../../detect/companions.js';
import { magicFormats } from '../../detect/magic.js';
import { memberOf, type Analyser, type Job, type Place } from '../job.js';
import { analyseJson } from '../manifest/analyse.js';

const DEPTH_LIMIT = 16;

/** `source` is the file that stands for the folder. */
export const analyseHuggingFace: Analyser = async (source, place, job) => {
  await analyseJson(source, { ...place, expected: 'json' }, job);
  if (source.folder === undefined) job.gap(place, 'the folder that it lies in was not looked at');
  else await lookAt(source.folder, '', 0, place, job);
};

async function lookAt(folder: Folder, prefix: string, depth: number, place: Place, job: Job): Promise<void> {
  if (depth > DEPTH_LIMIT) {
    job.gap(memberOf(place, prefix), `folders are nested more than ${DEPTH_LIMIT} deep`);
    return;
  }
  const entries = (await folder.list(prefix)) ?? [];
  const beside = new Set(entries.map(({ name }) => name));
  for (const entry of entries) {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (name === place.name || entry.name === '.git') continue;
    if (entry.folder) {
      await lookAt(folder, name, depth + 1, place, job);
      continue;
    }
    const looked = await folder.open(name, async (file) => {
      // A pickle is guessed by its first byte alone.
      const formats = (await magicFormats(file, { inner: true, name: entry.name })).filter((one) => one !== 'pickle');
      const unloaded = formats.length > 0 && formats.every((format) => nothingLoads(entry.name, format, beside));
      await job.nested(file, { ...memberOf(place, name), ...(unloaded ? { unloaded } : {}) }, { name: entry.name });
      return true;
    });
    if (looked !== true) job.gap(memberOf(place, name), 'it cannot be read');
  }
}

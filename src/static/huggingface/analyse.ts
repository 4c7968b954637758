/** A folder of a Hugging Face model: every file in it is looked at by its content, as the members of an archive are. */
import type { Folder } from '../bytes.js';
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
  for (const entry of (await folder.list(prefix)) ?? []) {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (name === place.name || entry.name === '.git') continue;
    if (entry.folder) {
      await lookAt(folder, name, depth + 1, place, job);
      continue;
    }
    const looked = await folder.open(name, async (file) => {
      await job.nested(file, memberOf(place, name), { name: entry.name });
      return true;
    });
    if (looked !== true) job.gap(memberOf(place, name), 'it cannot be read');
  }
}

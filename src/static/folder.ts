/** Analyses the files of a model that is a folder: each by its content, like the members of an archive. */
import { nothingLoads } from '../detect/sidecars.js';
import { magicFormats } from '../detect/magic.js';
import type { ByteSource, Folder } from '../readers/bytes.js';
import { memberOf, type AnalysisContext, type Location } from './context.js';

const DEPTH_LIMIT = 16;

/** `source` is the file that stands for the folder. */
export async function lookAtFolder({ folder }: ByteSource, place: Location, job: AnalysisContext): Promise<void> {
  if (folder === undefined) job.gap(place, 'the folder that it lies in was not looked at');
  else await lookAt(folder, '', 0, place, job);
}

async function lookAt(
  folder: Folder,
  prefix: string,
  depth: number,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
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
      const unloaded = formats.length > 0 && formats.every((format) => nothingLoads(name, format, beside));
      const inner = { ...memberOf(place, name), ...(unloaded ? { unloaded } : {}) };
      // Those of a library lie at the top, and name code beside them.
      const isConfiguration = prefix === '' && formats.some((format) => format === 'json');
      await job.nested(file, isConfiguration ? { ...inner, folder } : inner, { name: entry.name });
      return true;
    });
    if (looked !== true) job.gap(memberOf(place, name), 'it cannot be read');
  }
}

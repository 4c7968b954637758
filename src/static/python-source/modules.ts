/** Python files beside a model that loading it imports, and those that they import from beside themselves. */
import type { ByteSource, Folder } from '../../readers/bytes.js';
import { memberOf, type AnalysisContext, type Location } from '../context.js';
import { readText } from '../../readers/text.js';
import { importedBeside } from './imports.js';

const MODULES_LIMIT = 100;
/** Bytes of a file that are searched for imports. */
const LOOKED_THROUGH = 2 * 1024 * 1024;

/**
 * Analyses each file of these names in the folder of the source. Returns the files that exist; undefined when there is no folder. The folder is read
 * only when a name is searched: the results of a reading that uses the folder are not kept for other copies of the file.
 */
export async function readModules(
  files: Iterable<string>,
  source: ByteSource,
  place: Location,
  job: AnalysisContext,
): Promise<ReadonlySet<string> | undefined> {
  const waiting = [...files];
  const beside = place.folder ?? (place.depth === 0 ? source.folder : undefined);
  const folder = waiting.length > 0 ? beside : undefined;
  if (folder === undefined) return undefined;
  const present = new Set<string>();
  const asked = new Set(waiting);
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (present.size >= MODULES_LIMIT) {
      job.gap(place, `it leads to more than ${MODULES_LIMIT} Python files`);
      break;
    }
    const name = file;
    const inner = { ...memberOf(place, name), member: name };
    await folder.open(name, async (content) => {
      present.add(name);
      await job.nested(content, { ...inner, folder }, { name, expected: 'python' });
      for (const next of importedBeside(name, (await readText(content, LOOKED_THROUGH)).text)) {
        if (asked.has(next) || asked.size > ASKED_LIMIT) continue;
        asked.add(next);
        waiting.push(next);
      }
    });
    if (!present.has(name) && (await folder.leadsOutside(name)))
      job.gap(inner, 'it is a link that leads out of the folder of the model');
  }
  return present;
}

const ASKED_LIMIT = 2000;
const FOLDERS_LIMIT = 200;

/** The Python files in a folder and in folders below it. */
export async function pythonIn(folder: Folder, path: string): Promise<string[]> {
  const files: string[] = [];
  const waiting = [path];
  for (let looked = 0; looked < FOLDERS_LIMIT; looked += 1) {
    const next = waiting.shift();
    if (next === undefined) break;
    for (const { name, folder: isFolder } of (await folder.list(next)) ?? []) {
      const inner = next === '' ? name : `${next}/${name}`;
      if (isFolder) waiting.push(inner);
      else if (name.endsWith('.py') && files.length < ASKED_LIMIT) files.push(inner);
    }
  }
  return files;
}

/** Reads the files beside a source that it imports, and those that they import. */
export async function readImported(
  name: string,
  code: string,
  source: ByteSource,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  await readModules(importedBeside(name, code), source, place, job);
}

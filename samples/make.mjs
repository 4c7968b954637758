/** Writes the sample models: `node samples/make.mjs FOLDER`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SAMPLES } from './list.mjs';

export { SAMPLES };

/** Writes every sample into the folder, which is made when it is missing; answers their paths. */
export function makeSamples(/** @type {string} */ folder) {
  mkdirSync(folder, { recursive: true });
  return SAMPLES.map((sample) => {
    const path = join(folder, sample.file);
    writeFileSync(path, sample.make());
    return path;
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv[2];
  if (folder === undefined) {
    console.error('Say where to write the samples: node samples/make.mjs FOLDER');
    process.exitCode = 2;
  } else for (const path of makeSamples(folder)) console.log(path);
}

import { expect, it } from 'vitest';
import { FORMATS, type Format } from '../../src/core/formats.js';
import { detectFormat } from '../../src/detect/detect.js';
import { bytesSource } from '../../src/readers/bytes.js';
import { FORMAT_READERS } from '../../src/static/formats.js';
import { keptFiles, madeFiles } from './seeds.mjs';

it('mutations start from every format that is read', async () => {
  const seen = new Set<Format>();
  for (const { name, bytes } of [...(await keptFiles()), ...madeFiles()])
    seen.add((await detectFormat(bytesSource(bytes), { name })).format);
  const formats = Object.keys(FORMATS) as Format[];
  // One that is a folder by what lies in it is told by no single file.
  const read = formats.filter((format) => FORMAT_READERS[format].analyse !== undefined && format !== 'huggingface');
  expect(read.filter((format) => !seen.has(format))).toEqual([]);
});

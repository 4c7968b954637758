import { basename } from 'node:path';
import { detectFormat, type Detection } from '../../src/detect/detect.js';
import { openFile } from '../../src/model/source.js';
import { findingSchema, type Finding } from '../../src/core/schema.js';
import { analyseStatic, type StaticResult } from '../../src/static/analyse.js';
import { bytesSource } from '../../src/readers/bytes.js';

/** The whole static side over bytes or text, every finding checked against the report's schema. `loud` are those over `info`. */
export async function analyse(
  content: Uint8Array | string,
  name?: string,
): Promise<StaticResult & { rules: string[]; loud: Finding[] }> {
  const source = bytesSource(typeof content === 'string' ? Buffer.from(content) : content);
  const named = name === undefined ? {} : { name };
  const result = await analyseStatic(source, await detectFormat(source, named), named);
  for (const finding of result.findings) findingSchema.parse(finding);
  return {
    ...result,
    rules: result.findings.map(({ rule }) => rule).sort(),
    loud: result.findings.filter(({ severity }) => severity !== 'info'),
  };
}

/** What a file is, told here and not in a thread. */
export async function detectFile(path: string): Promise<Detection> {
  const source = await openFile(path);
  try {
    return await detectFormat(source, { name: basename(path) });
  } finally {
    await source.close();
  }
}

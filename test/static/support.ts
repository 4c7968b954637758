import { detectFormat } from '../../src/model/detect.js';
import { findingSchema } from '../../src/report/schema.js';
import { analyseStatic, type StaticResult } from '../../src/static/analyse.js';
import { bytesSource } from '../../src/static/bytes.js';

/** The whole static side over bytes, every finding checked against the report's schema. */
export async function analyse(bytes: Uint8Array, name?: string): Promise<StaticResult & { rules: string[] }> {
  const source = bytesSource(bytes);
  const named = name === undefined ? {} : { name };
  const result = await analyseStatic(source, await detectFormat(source, named), named);
  for (const finding of result.findings) findingSchema.parse(finding);
  return { ...result, rules: result.findings.map(({ rule }) => rule).sort() };
}

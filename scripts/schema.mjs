/** Writes docs/report.schema.json from src/report/schema.ts. test/report/json.test.ts fails when this was forgotten. */
import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { format } from 'prettier';

const TARGET = 'docs/report.schema.json';

const bundle = await build({
  entryPoints: ['src/report/json-schema.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  write: false,
});
const { reportJsonSchema } = await import(
  `data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString('base64')}`
);
await writeFile(TARGET, await format(JSON.stringify(reportJsonSchema()), { filepath: TARGET, printWidth: 120 }));

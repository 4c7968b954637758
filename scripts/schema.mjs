/** Writes docs/report.schema.json from src/report/schema.ts. test/report/json.test.ts fails when this was forgotten. */
import { writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { importSources } from './lib/sources.mjs';

const TARGET = 'docs/report.schema.json';

const { reportJsonSchema } = await importSources("export { reportJsonSchema } from './src/report/json-schema.ts'");
await writeFile(TARGET, await format(JSON.stringify(reportJsonSchema()), { filepath: TARGET, printWidth: 120 }));

/**
 * Writes what is generated from the schemas: the JSON Schemas of the report, of dynscan.json and of suppressions.json, and
 * docs/settings.md. Tests fail when this was forgotten.
 */
import { writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { importSources } from './lib/sources.mjs';

const { reportJsonSchema, settingsJsonSchema, settingsPage, suppressionsJsonSchema } = await importSources(`
  export { reportJsonSchema } from './src/report/json-schema.ts';
  export { settingsJsonSchema, settingsPage } from './src/config/published.ts';
  export { suppressionsJsonSchema } from './src/triage/suppressions.ts';
`);

await write('docs/report.schema.json', JSON.stringify(reportJsonSchema()));
await write('docs/settings.md', settingsPage());
await write('media/dynscan.schema.json', JSON.stringify(settingsJsonSchema()));
await write('media/suppressions.schema.json', JSON.stringify(suppressionsJsonSchema()));

async function write(target, text) {
  await writeFile(target, await format(text, { filepath: target, printWidth: 120 }));
}

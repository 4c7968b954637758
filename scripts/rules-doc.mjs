/**
 * Writes docs/rules.md from the rules themselves. `--check` writes nothing and exits 1 when the page is not what the rules
 * say; the unit tests ask the same.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { importSources } from './lib/sources.mjs';

const ROOT = new URL('../', import.meta.url);
const PAGE = new URL('docs/rules.md', ROOT);

/** The page as the rules of this work tree make it. */
export async function rulesPage() {
  const { rulesPage: behaviors, staticRulesPage: statics } = await importSources(`
    export { rulesPage } from './src/behavior/rules/page.ts';
    export { staticRulesPage } from './src/static/rules-page.ts';
  `);
  return `${behaviors()}\n${statics()}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = await rulesPage();
  if (process.argv.includes('--check')) {
    if ((await readFile(PAGE, 'utf8')) !== page) {
      console.error('docs/rules.md is out of date: run `node scripts/rules-doc.mjs`.');
      process.exitCode = 1;
    }
  } else {
    await writeFile(PAGE, page);
  }
}

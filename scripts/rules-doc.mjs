/**
 * Writes docs/rules.md from the rules themselves. `--check` writes nothing and exits 1 when the page is not what the rules
 * say; the unit tests ask the same.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = new URL('../', import.meta.url);
const PAGE = new URL('docs/rules.md', ROOT);

/** The page as the rules of this work tree make it. */
export async function rulesPage() {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { rulesPage } from './src/behavior/rules/page.ts';
        import { staticRulesPage } from './src/static/rules-page.ts';
        export const page = rulesPage() + '\\n' + staticRulesPage();
      `,
      resolveDir: fileURLToPath(ROOT),
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const module = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
  return module.page;
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

/**
 * Writes what is made from the source: docs/rules.md from the rules, docs/formats.md and the file names of package.json from the table of
 * formats (src/core/formats.ts). `--check` writes nothing and exits 1 when one of them is not what the source says; the unit tests ask the same.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { importSources } from './lib/sources.mjs';

const ROOT = new URL('../', import.meta.url);

/** Each file by its path, and its text as the source of this work tree makes it. */
export async function generatedFiles() {
  const source = await importSources(`
    export { rulesPage } from './src/behavior/rules/page.ts';
    export { staticRulesPage } from './src/static/rules-page.ts';
    export { FORMATS } from './src/core/formats.ts';
    export { FORMAT_READERS } from './src/static/formats.ts';
    export { MENU_PATTERN, MODEL_EXTENSIONS } from './src/core/extensions.ts';
  `);
  return {
    'docs/rules.md': `${source.rulesPage()}\n${source.staticRulesPage()}`,
    'docs/formats.md': formatsPage(source),
    'package.json': await manifest(source),
  };
}

function formatsPage({ FORMATS, FORMAT_READERS }) {
  const rows = Object.entries(FORMATS).flatMap(([format, { label, endings = [], layer, inert, companion }]) => {
    const { analyse, inspect, weights } = FORMAT_READERS[format];
    if (format === 'empty' || format === 'unknown') return [];
    const run = layer ?? (inert ? 'never: nothing in it could run' : companion ? 'no model' : 'no loader yet');
    const cells = [
      label,
      endings.map((ending) => `\`.${ending}\``).join(' '),
      run,
      ...[analyse, inspect, weights].map(yes),
    ];
    return [`| \`${format}\` | ${cells.join(' | ')} |`];
  });
  return [
    '# Formats',
    '',
    'Generated from `src/core/formats.ts` and `src/static/formats.ts` by `scripts/generated.mjs`; do not edit. What a file is, its content tells;',
    'endings only decide where the editor offers a scan.',
    '',
    '| Format | What it is | Endings | Loaded in the image | Read | Inspector | Weights |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function yes(reader) {
  return reader === undefined ? '' : 'yes';
}

/** The manifest with the names of models where its menus and its editor ask for them. */
async function manifest({ MENU_PATTERN, MODEL_EXTENSIONS }) {
  const text = await readFile(new URL('package.json', ROOT), 'utf8');
  const json = JSON.parse(
    text.replaceAll(/resourceFilename =~ \/.*?\/i/g, () =>
      `resourceFilename =~ /${MENU_PATTERN}/i`.replaceAll('\\', '\\\\'),
    ),
  );
  for (const editor of json.contributes.customEditors)
    editor.selector = [...MODEL_EXTENSIONS.map((extension) => `*.${extension}`), '*model*.bin'].map(
      (filenamePattern) => ({ filenamePattern }),
    );
  return `${JSON.stringify(json, undefined, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await generatedFiles())) {
    const file = new URL(path, ROOT);
    if ((await readFile(file, 'utf8').catch(() => '')) === text) continue;
    if (process.argv.includes('--check')) {
      console.error(`${path} is out of date: run \`node scripts/generated.mjs\`.`);
      process.exitCode = 1;
    } else await writeFile(file, text);
  }
}

/** Writes l10n/bundle.l10n.json: every text that the editor side gives to `l10n.t`, for translators. A test fails when this was forgotten. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import l10nDev from '@vscode/l10n-dev';
import { format } from 'prettier';
import { ROOT } from './lib/project.mjs';

const SOURCES = join(ROOT, 'src/editor');
const BUNDLE = join(ROOT, 'l10n/bundle.l10n.json');

const names = (await readdir(SOURCES)).sort();
const sources = await Promise.all(names.map((name) => readFile(join(SOURCES, name), 'utf8')));
const bundle = await l10nDev.getL10nJson(sources.map((contents) => ({ extension: '.ts', contents })));
await mkdir(join(BUNDLE, '..'), { recursive: true });
await writeFile(BUNDLE, await format(JSON.stringify(bundle), { filepath: BUNDLE, printWidth: 120 }));

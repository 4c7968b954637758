/**
 * Reads folders of files that are known to be harmless (`test/harmless/make_pickles.py` makes some) and counts the verdicts of the static side:
 * clean, accused, inconclusive, by folder, with the findings and gaps of files that are not clean.
 *
 *     node scripts/harmless.mjs [--show N] FOLDER…
 *
 * Ends with 1 when a file is accused.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { ROOT } from './lib/project.mjs';

const { values, positionals } = parseArgs({
  options: { show: { type: 'string', default: '40' } },
  allowPositionals: true,
});
const folder = await mkdtemp(join(tmpdir(), 'dynscan-harmless-'));
try {
  const { read } = await bundle(folder);
  process.exitCode = (await main(read)) ? 0 : 1;
} finally {
  await rm(folder, { recursive: true });
}

async function bundle(into) {
  const out = join(into, 'read.mjs');
  await build({
    stdin: {
      contents: `
        import { detectFormat } from './src/detect/detect.js';
        import { openModel } from './src/model/source.js';
        import { openFile } from './src/model/source.js';
        import { analyseStatic } from './src/static/analyse.js';
        export async function read(path, name) {
          const file = await openFile(path);
          const detection = await detectFormat(file, { name }).finally(() => file.close());
          const source = await openModel(path, detection.format);
          try {
            return { detection, ...(await analyseStatic(source, detection, { name })) };
          } finally {
            await source.close();
          }
        }`,
      resolveDir: ROOT,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: out,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return import(pathToFileURL(out).href);
}

async function main(read) {
  const kinds = new Map();
  const answers = new Map();
  for (const root of positionals) {
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const { findings, gaps } = await read(path, basename(path));
      const loud = findings.filter(({ severity }) => severity !== 'info');
      const kind = relative(root, dirname(path)).split('/')[0] || '.';
      // The same rule as `core/verdict.ts` for the static side alone.
      const calls = findings.filter(({ rule }) => rule === 'STATIC-PICKLE-UNKNOWN-CALL');
      const answer = loud.length > 0 ? 'accused' : gaps.length + calls.length > 0 ? 'inconclusive' : 'clean';
      const counts = kinds.get(kind) ?? { clean: 0, accused: 0, inconclusive: 0 };
      counts[answer] += 1;
      kinds.set(kind, counts);
      const said = [...loud, ...calls]
        .map(({ rule, explanation }) => `${rule}: ${explanation.slice(0, 160)}`)
        .concat(gaps);
      for (const words of said.slice(0, 3)) {
        const where = answers.get(words) ?? [];
        where.push(relative(root, path));
        answers.set(words, where);
      }
    }
  }
  const shown = [...answers].sort((one, other) => other[1].length - one[1].length).slice(0, Number(values.show));
  for (const [words, where] of shown) console.log(`${where.length} × ${words}\n    ${where.slice(0, 3).join(', ')}`);
  console.table(Object.fromEntries(kinds));
  return [...kinds.values()].every(({ accused }) => accused === 0);
}

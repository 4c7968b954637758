/**
 * Compares our reading of pickles with Python's pickletools, opcode by opcode: names, offsets and arguments, over the models that the
 * tests keep, the samples, any files given, and mutations of them all. pickletools runs in the sandbox image and executes nothing.
 *
 *     npm run differential [-- [--streams N] [--seed S] [--image IMAGE] [FILE…]]
 *
 * Without options it writes docs/differential.md. The sandbox ring compares a fixed part (test/sandbox/differential.test.ts).
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { mutator, pickleSeeds } from '../fuzz/seeds.mjs';

const ROOT = new URL('../../', import.meta.url);
const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    streams: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    image: { type: 'string' },
  },
});

/** Pickles compared before the two sides wait for each other. */
const BATCH = 500;
const EXAMPLES = 10;

/** Opcodes whose arguments pickletools turns into numbers and texts as it reads; a lone `?` stands for what only Python's escapes tell. */
const CHECKED = new Set([
  ...['INT', 'LONG', 'FLOAT', 'STRING', 'UNICODE', 'PERSID', 'GLOBAL', 'INST', 'GET', 'PUT'],
  ...['BINUNICODE', 'SHORT_BINUNICODE', 'BINUNICODE8'],
]);

const { listing } = await load();
const seeds = await pickleSeeds(await Promise.all(files.map((file) => readFile(file))));
const total = seeds.length + Number(options.streams);
const mutate = mutator(Number(options.seed), seeds);
const python = spawn(
  'docker',
  [
    ...['run', '--rm', '-i', '--network', 'none', '--entrypoint', 'python3'],
    ...['-v', `${fileURLToPath(new URL('.', import.meta.url))}:/differential:ro`],
    ...[options.image ?? newestImage(), '/differential/genops.py'],
  ],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();

let opcodes = 0;
let refused = 0;
const different = [];
for (let done = 0; done < total; done += BATCH) {
  const batch = Array.from({ length: Math.min(BATCH, total - done) }, (_, index) => seeds[done + index] ?? mutate());
  for (const bytes of batch) {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(bytes.length);
    python.stdin.write(Buffer.concat([head, bytes]));
  }
  for (const bytes of batch) {
    const { value: theirs } = await lines.next();
    if (theirs === undefined) throw new Error('pickletools ended early');
    const outcome = compare(await listing(bytes), theirs.split(' '));
    opcodes += outcome.opcodes;
    refused += outcome.refused ? 1 : 0;
    if (outcome.difference !== undefined) different.push({ bytes, difference: outcome.difference });
  }
  process.stderr.write(`\r${Math.min(done + BATCH, total)} of ${total} pickles, ${different.length} different`);
}
python.stdin.end();
process.stderr.write('\n');
const summary =
  `${total} pickles (${seeds.length} as they are, the rest mutated with seed ${options.seed}), ${opcodes} opcodes: ` +
  `${different.length} read differently; ${refused} times pickletools refused the value of an argument that ends where both say.`;
console.log(summary);
for (const { bytes, difference } of different.slice(0, EXAMPLES))
  console.log(`${difference}\n  ${bytes.toString('base64')}`);
if (process.argv.length === 2) await writeFile(new URL('docs/differential.md', ROOT), page(summary));
process.exitCode = different.length === 0 ? 0 : 1;

/** Both have the same opcodes up to the end, or to where pickletools gives up: there ours stops too, or has an argument that Python cannot read. */
function compare(ours, theirs) {
  const end = theirs.at(-1) ?? '';
  const count = theirs.length - 1;
  for (let index = 0; index < count; index += 1) {
    if (!same(ours[index], theirs[index])) {
      return {
        opcodes: index,
        refused: false,
        difference: `opcode ${index}: ours ${ours[index]}, pickletools ${theirs[index]}`,
      };
    }
  }
  if (end === '.') {
    const extra = ours[count] === '.' ? undefined : `ours goes on with ${ours[count]}`;
    return { opcodes: count, refused: false, difference: extra };
  }
  const at = end.slice(1);
  if (ours[count] === end) return { opcodes: count, refused: false };
  const [offset, name = ''] = (ours[count] ?? '').split(',');
  if (offset === at && CHECKED.has(name)) return { opcodes: count, refused: true };
  return { opcodes: count, refused: false, difference: `pickletools gives up at ${at}, ours has ${ours[count]}` };
}

function same(ours, theirs) {
  return ours === theirs || (ours?.endsWith(',?') === true && theirs.startsWith(ours.slice(0, -1)));
}

/** Our listing, in the same words. */
async function load() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('listing.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

function newestImage() {
  const list = execFileSync('docker', ['images', '--format', '{{.Repository}}:{{.Tag}}', 'dynscan-sandbox'], {
    encoding: 'utf8',
  });
  const image = list.split('\n').find((name) => name.includes(':core-'));
  if (image === undefined)
    throw new Error(`No sandbox image: run \`dynscan image build\` first (${fileURLToPath(ROOT)}).`);
  return image;
}

function page(summary) {
  return [
    "# Our reading of pickles beside Python's",
    '',
    'Written by `npm run differential` (`test/differential/pickletools.mjs`); do not edit. Each pickle is read by `src/readers/pickle/decode.ts` and by',
    "Python's `pickletools` in a sandbox image, and names, offsets and arguments of all opcodes are compared. pickletools executes nothing.",
    '',
    `${summary}`,
    '',
  ].join('\n');
}

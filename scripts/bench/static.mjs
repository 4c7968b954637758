/**
 * How fast models are read: `node scripts/bench/static.mjs FOLDER`. The files are made anew in FOLDER; the large ones are sparse.
 * In process, detection and analysis together, median of several runs; loads in a Python file; the folder through the command line, its start included.
 * Prints one JSON object.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { importSources } from '../lib/sources.mjs';

const ROOT = path.join(import.meta.dirname, '../..');
const MIB = 1 << 20;
const folder = process.argv[2];
const { analyseStatic, detectFormat, modelLoads, openFile } = await importSources(`
  export { analyseStatic } from './src/static/analyse.ts';
  export { detectFormat } from './src/detect/detect.ts';
  export { modelLoads } from './src/static/python-source/loads.ts';
  export { openFile } from './src/model/source.ts';
`);

const small = await file('small.pkl', [pickleOfRecords(1500)]);
const arrays = await file('arrays.pkl', pickleOfArrays(200));
/** Numbers, and the opcodes that append them. */
const NUMBERS = 11_500_000;
const dense = await file('dense.pkl', [pickleOfNumbers(NUMBERS)]);
const torch = await file('large.pt', torchZip(4096));
const figures = {
  'small pickle, ms': round((await time(small, 21)) * 1000),
  '200 MB of arrays, ms': round((await time(arrays, 7)) * 1000),
  '4 GB torch zip, ms': round((await time(torch, 7)) * 1000),
  'dense pickle, opcodes/s': Math.round((NUMBERS * 1.002) / (await time(dense, 3))),
};

figures['2,000 lines with loads, ms (limit 30)'] = round(timeOfLoads(31) * 1000);

const many = path.join(folder, 'many');
await mkdir(many);
for (let i = 0; i < 1000; i++) await writeFile(path.join(many, `${i}.pkl`), pickleOfRecords(20 + (i % 50)));
const start = command(['--version']);
figures['1000 models by command, s'] = round(command(['scan', '--static-only', '--quiet', '--format', 'json', many]));
figures['1000 models again, from the cache, s'] = round(
  command(['scan', '--static-only', '--quiet', '--format', 'json', many]),
);
figures['start of the command, s'] = round(start);
console.log(JSON.stringify(figures));

/** Seconds of one reading, median. */
async function time(name, runs) {
  const seconds = [];
  for (let run = 0; run <= runs; run++) {
    const source = await openFile(name);
    const began = performance.now();
    const detection = await detectFormat(source);
    const { gaps, findings } = await analyseStatic(source, detection, { name: path.basename(name) });
    const took = (performance.now() - began) / 1000;
    await source.close();
    if (gaps.length > 0) throw new Error(`${name}: ${gaps[0]}`);
    if (findings.some(({ severity }) => severity !== 'info')) throw new Error(`${name}: ${findings[0].title}`);
    // The first is for the compiler to have seen the code.
    if (run > 0) seconds.push(took);
  }
  return seconds.sort((a, b) => a - b)[runs >> 1];
}

/** Seconds to find the loads of a Python file, median. Each text is another one. */
function timeOfLoads(runs) {
  const block = (run, at) => [
    `model_${at} = torch.load("models/${at}.pkl")`,
    ...Array.from({ length: 99 }, (_, line) => `value_${line} = compute(model_${at}, "text ${run}", [${line}, 2, 3])`),
  ];
  const seconds = [];
  for (let run = 0; run <= runs; run++) {
    const text = ['import torch', ...Array.from({ length: 20 }, (_, at) => block(run, at)).flat()].join('\n');
    const began = performance.now();
    const loads = modelLoads([text]);
    if (run > 0) seconds.push((performance.now() - began) / 1000);
    if (loads.length !== 20) throw new Error(`${loads.length} loads were found, not 20`);
  }
  return seconds.sort((a, b) => a - b)[runs >> 1];
}

function command(args) {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'dist/cli.js'), ...args], {
    env: { ...process.env, DYNSCAN_CACHE: path.join(folder, 'cache') },
    maxBuffer: 256 * MIB,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`dynscan ended with ${status}: ${stderr}`);
  return (performance.now() - began) / 1000;
}

/** `pieces`: bytes, or numbers: so many zeros that take no room. */
async function file(name, pieces) {
  const target = path.join(folder, name);
  const handle = await open(target, 'w');
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece !== 'number') await handle.write(piece, 0, piece.length, at);
    at += typeof piece === 'number' ? piece : piece.length;
  }
  await handle.truncate(at);
  await handle.close();
  return target;
}

/** Ten opcodes each: a list of (name, number, number) tuples, memoized as Python's pickler does. */
function pickleOfRecords(count) {
  const parts = [Buffer.from([0x80, 4, 0x5d, 0x94, 0x28])];
  for (let i = 0; i < count; i++) {
    const name = Buffer.from(`layer.${i}.attention.self.query.weight.${i}`);
    parts.push(
      Buffer.from([0x8c, name.length]),
      name,
      Buffer.from([0x94, 0x4d, i & 255, 0, 0x4b, i & 127, 0x87, 0x94, 0x4b, 1, 0x4b, 2, 0x86, 0x94]),
    );
  }
  parts.push(Buffer.from([0x65, 0x2e]));
  return Buffer.concat(parts);
}

/** BINBYTES8 of a MiB each. */
function* pickleOfArrays(count) {
  yield Buffer.from([0x80, 4, 0x5d, 0x94, 0x28]);
  for (let i = 0; i < count; i++) {
    const head = Buffer.alloc(9);
    head[0] = 0x8e;
    head.writeBigUInt64LE(BigInt(MIB), 1);
    yield head;
    yield MIB;
    yield Buffer.from([0x94]);
  }
  yield Buffer.from([0x65, 0x2e]);
}

/** A list of small numbers, a thousand at a time, as Python's pickler appends them. */
function pickleOfNumbers(count) {
  const batch = Buffer.concat([Buffer.from('('), Buffer.alloc(2000, Buffer.from([0x4b, 7])), Buffer.from('e')]);
  return Buffer.concat([
    Buffer.from([0x80, 2, 0x5d]),
    ...Array.from({ length: count / 1000 }, () => batch),
    Buffer.from('.'),
  ]);
}

/** A state dictionary of one tensor of `megabytes`, as `torch.save` lays it out: stored members, the sizes in zip64 fields. */
function* torchZip(megabytes) {
  const size = megabytes * MIB;
  const data = Buffer.concat([
    Buffer.from([0x80, 2]),
    Buffer.from('ccollections\nOrderedDict\n)Rq\x00X', 'latin1'),
    text32('weight'),
    Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n((X', 'latin1'),
    text32('storage'),
    Buffer.from('ctorch\nFloatStorage\nX', 'latin1'),
    text32('0'),
    Buffer.from('X', 'latin1'),
    text32('cpu'),
    long5(size / 4),
    Buffer.from('tQK\x00', 'latin1'),
    long5(size / 4),
    Buffer.from('\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtRs.', 'latin1'),
  ]);
  const members = [
    { name: 'archive/data.pkl', size: data.length, content: data },
    { name: 'archive/version', size: 2, content: Buffer.from('3\n') },
    { name: 'archive/data/0', size, content: size },
  ];
  let at = 0;
  const directory = [];
  for (const member of members) {
    const extra = sizes(member.size, undefined);
    yield record(0x04034b50, 30, member, extra);
    yield Buffer.from(member.name);
    yield extra;
    yield member.content;
    const more = sizes(member.size, at);
    directory.push(record(0x02014b50, 46, member, more), Buffer.from(member.name), more);
    at += 30 + member.name.length + extra.length + member.size;
  }
  const listing = Buffer.concat(directory);
  yield listing;
  const end = Buffer.alloc(56 + 20 + 22);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(45, 12);
  end.writeUInt16LE(45, 14);
  end.writeBigUInt64LE(BigInt(members.length), 24);
  end.writeBigUInt64LE(BigInt(members.length), 32);
  end.writeBigUInt64LE(BigInt(listing.length), 40);
  end.writeBigUInt64LE(BigInt(at), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(at + listing.length), 64);
  end.writeUInt32LE(1, 72);
  end.writeUInt32LE(0x06054b50, 76);
  end.fill(0xff, 84, 96);
  yield end;
}

function record(signature, length, { name }, extra) {
  const local = length === 30;
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(45, local ? 4 : 6);
  bytes.fill(0xff, local ? 18 : 20, local ? 26 : 28);
  bytes.writeUInt16LE(name.length, local ? 26 : 28);
  bytes.writeUInt16LE(extra.length, local ? 28 : 30);
  if (!local) bytes.fill(0xff, 42, 46);
  return bytes;
}

/** The zip64 extra field. */
function sizes(size, offset) {
  const bytes = Buffer.alloc(offset === undefined ? 20 : 28);
  bytes.writeUInt16LE(1, 0);
  bytes.writeUInt16LE(bytes.length - 4, 2);
  bytes.writeBigUInt64LE(BigInt(size), 4);
  bytes.writeBigUInt64LE(BigInt(size), 12);
  if (offset !== undefined) bytes.writeBigUInt64LE(BigInt(offset), 20);
  return bytes;
}

function text32(text) {
  const bytes = Buffer.alloc(4 + text.length);
  bytes.writeUInt32LE(text.length);
  bytes.write(text, 4, 'latin1');
  return bytes;
}

/** LONG1 of five bytes, as Python writes numbers of that size. */
function long5(value) {
  const bytes = Buffer.alloc(7);
  bytes[0] = 0x8a;
  bytes[1] = 5;
  bytes.writeUIntLE(value, 2, 5);
  return bytes;
}

function round(value) {
  return Number(value.toFixed(3));
}

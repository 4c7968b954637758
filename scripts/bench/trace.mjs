/**
 * How fast the trace parser is, and that its memory stays where it is: `node scripts/bench/trace.mjs [--mb 1024]`.
 * Streams that many MiB of strace output, made from a fixed seed, through the parser in pieces of 64 KiB, as the engine delivers them.
 * Prints one JSON object.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { importSources } from '../lib/sources.mjs';

const MIB = 1 << 20;
const CHUNK = 64 << 10;
/** The log is this piece over and over: long enough that no cache holds it, short enough to be made at once. */
const PIECE = 16 * MIB;

const { values } = parseArgs({ options: { mb: { type: 'string', default: '256' } } });
const total = Number(values.mb) * MIB;
const { TraceParser } = await importSources("export { TraceParser } from './src/trace/parser.ts'");
const piece = makeLog(PIECE);

// A first round, for the compiler to have seen the code and the heap to have found its size.
stream(piece.length);
globalThis.gc?.();
const before = process.memoryUsage.rss();
const result = stream(total);
console.log(
  JSON.stringify({
    lines: result.lines,
    bytes: result.bytes,
    unparsed: result.unparsed,
    seconds: round(result.seconds),
    linesPerSecond: Math.round(result.lines / result.seconds),
    mibPerSecond: round(result.bytes / MIB / result.seconds),
    rssGrowthMib: round((result.peak - before) / MIB),
  }),
);

function stream(length) {
  const parser = new TraceParser();
  let peak = 0;
  let events = 0;
  const start = performance.now();
  for (let sent = 0; sent < length;) {
    const at = sent % piece.length;
    const chunk = piece.subarray(at, Math.min(at + CHUNK, piece.length));
    events += parser.push(chunk).length;
    sent += chunk.length;
    if (at % MIB === 0) peak = Math.max(peak, process.memoryUsage.rss());
  }
  events += parser.end().length;
  const seconds = (performance.now() - start) / 1000;
  const { lines, bytes, unparsed } = parser.statistics;
  if (unparsed > 0 || events === 0)
    throw new Error(`The parser could not read ${unparsed} lines of the benchmark's own log.`);
  return { lines, bytes, unparsed, seconds, peak: Math.max(peak, process.memoryUsage.rss()) };
}

/** What importing a framework and loading a model with it looks like under `strace -f -ttt -y -s 4096`. */
function makeLog(length) {
  const random = makeRandom(20_240_601);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const bytes = (count) =>
    Array.from({ length: count }, () => pick(['\\0', '\\1', 'x', '\\377', 'a', '\\"', '\\n', ' ', '=', ')'])).join('');
  const file = () =>
    `/usr/lib/python3/dist-packages/${pick(['numpy', 'torch', 'sklearn'])}/${pick(['core', 'nn'])}/m${Math.floor(random() * 1e4)}.py`;
  const address = () =>
    `0x7f${Math.floor(random() * 2 ** 40)
      .toString(16)
      .padStart(10, '0')}`;
  const kinds = [
    () => `openat(AT_FDCWD</tmp>, "${file()}", O_RDONLY|O_CLOEXEC) = 3<${file()}>`,
    () => `openat(AT_FDCWD</tmp>, "${file()}", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)`,
    () =>
      `newfstatat(AT_FDCWD</tmp>, "${file()}", {st_mode=S_IFREG|0644, st_size=${Math.floor(random() * 1e6)}, ...}, 0) = 0`,
    () => `read(3<${file()}>, "${bytes(Math.floor(random() * 120))}"..., 4096) = 4096`,
    () => `mmap(NULL, 262144, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = ${address()}`,
    () => `close(3<${file()}>) = 0`,
    () => `unlink("/tmp/tmp${Math.floor(random() * 1e6)}") = 0`,
    () =>
      `connect(5<socket:[4711]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.7")}, 16) = -1 EINPROGRESS (Operation now in progress)`,
    () => `write(2<pipe:[${Math.floor(random() * 1e5)}]>, "${bytes(40)}", 40) = 40`,
    () =>
      `rt_sigaction(SIGINT, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=SA_RESTORER, sa_restorer=${address()}}, NULL, 8) = 0`,
  ];
  const lines = [];
  let time = 1_700_000_000;
  let size = 0;
  const add = (pid, text) => {
    time += random() * 1e-4;
    const line = `${String(pid).padEnd(5)} ${time.toFixed(6)} ${text}\n`;
    lines.push(line);
    size += line.length;
  };
  while (size < length) {
    const pid = pick([7, 7, 7, 7, 8, 9]);
    if (random() < 0.05) {
      add(
        pid,
        `futex(${address()}, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 0, NULL, FUTEX_BITSET_MATCH_ANY <unfinished ...>`,
      );
      add(10, pick(kinds)());
      add(pid, '<... futex resumed>) = 0');
    } else add(pid, pick(kinds)());
  }
  return Buffer.from(lines.join(''), 'latin1');
}

/** Mulberry32. */
function makeRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function round(number) {
  return Math.round(number * 100) / 100;
}

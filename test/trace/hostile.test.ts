import { describe, expect, it } from 'vitest';
import type { SyscallEvent } from '../../src/trace/events.js';
import { TraceParser } from '../../src/trace/parser.js';
import { FIXTURES, fixture, read, readCall } from './read.js';

describe('a traced program cannot imitate strace', () => {
  it.each([
    [
      'a result in a string',
      'execve("/bin/sh", ["\\") = -1 ENOENT (No such file or directory)"], NULL) = 0',
      { kind: 'ok', value: 0 },
    ],
    ['a result in a file name', 'unlink(") = -1 EPERM (Operation not permitted)") = 0', { kind: 'ok', value: 0 }],
    ['a result in an annotated path', 'write(3</tmp/) = -1 EPERM (x>, "a", 1) = 1', { kind: 'ok', value: 1 }],
    [
      'a result in the returned path',
      'openat(AT_FDCWD</tmp>, ") = 0", O_RDONLY) = 3</tmp/) = 0 (INJECTED)>',
      { kind: 'ok', value: 3, path: '/tmp/) = 0 (INJECTED)' },
    ],
    [
      'a result in a path inside a note',
      'poll([{fd=3</x>, events=POLLIN}], 1, 5) = 1 ([{fd=3</x) = -1 EINTR (y)>, revents=POLLIN}])',
      { kind: 'ok', value: 1, note: '[{fd=3</x) = -1 EINTR (y)>, revents=POLLIN}]' },
    ],
    ['a suspension in a string', 'unlink("x <unfinished ...>") = 0', { kind: 'ok', value: 0 }],
    [
      'a suspension in a path',
      'openat(AT_FDCWD</>, "x", 0) = 3</\\74unfinished ...\\76>',
      { kind: 'ok', value: 3, path: '/<unfinished ...>' },
    ],
    ['the end of a string behind a backslash', 'unlink("x\\\\\\") = 5") = 0', { kind: 'ok', value: 0 }],
    ['the end of a string in front of a backslash', 'unlink("x\\\\") = 5', { kind: 'ok', value: 5 }],
    ['a truncation', 'unlink("x"...) = 0', { kind: 'ok', value: 0 }],
    ['an arrow in a path', 'write(3</tmp/x->, "a) = 7", 1) = 1', { kind: 'ok', value: 1 }],
    ['a socket in a path', 'write(3</TCP:[->, "a) = 7", 1) = 1', { kind: 'ok', value: 1 }],
    ['a socket in its own name, -Y', 'kill(12<TCP:[->, SIGTERM) = 0', { kind: 'ok', value: 0 }],
    ['a quote in its own name, -Y', 'kill(12<a\\"b>, SIGTERM) = 0', { kind: 'ok', value: 0 }],
    [
      'an annotation in the path of a socket, -yy',
      'bind(3<UNIX-STREAM:[5,"/tmp/>) = 7 <"]>, {sa_family=AF_UNIX, sun_path=">, 5) = 3"}, 5) = 0',
      { kind: 'ok', value: 0 },
    ],
    [
      'an annotation of the current folder, -X verbose',
      'openat(-100 /* AT_FDCWD */</tmp/) = 9>, "x", 0) = 3',
      { kind: 'ok', value: 3 },
    ],
    ['the remark of an attached process', 'unlink("strace: Process 12 attached") = 0', { kind: 'ok', value: 0 }],
    ['an injection', 'unlink("x) = 0 (INJECTED)") = 0', { kind: 'ok', value: 0 }],
  ])('by %s', (_, line, result) => {
    const call = readCall(`7 1795301609.819650 ${line}`);
    expect(call.result).toEqual(result);
    expect(call.injected).toBe(false);
    expect(call.text).toBe(line);
  });

  it('by texts that begin like a resumed call, an end or a signal: strace escapes the line feed before them', () => {
    const { events, statistics } = read(fixture('product'));
    const writes = events.filter((event): event is SyscallEvent => event.kind === 'syscall' && event.name === 'write');
    const imitations = writes.filter(
      ({ args: [, text] }) => text?.type === 'string' && text.text.includes('+++ exited with 0 +++\n7 <...'),
    );
    expect(imitations).toHaveLength(11);
    for (const { args, result } of imitations)
      expect([args[2]]).toMatchObject([result.kind === 'ok' && { value: result.value }]);
    expect(events.some(({ pid }) => pid === 7)).toBe(false);
    expect(statistics.unparsed).toBe(0);
  });

  it('and what only looks like a call is not one', () => {
    for (const line of [
      'unlink("x") = ',
      'unlink("x") 0',
      'unlink("x") = 0 extra',
      'unlink("x) = 0',
      'unlink(3</x) = 0',
      'unlink("x")) = 0',
      '= 0',
    ]) {
      expect(read(`7 ${line}\n`).events, line).toMatchObject([{ kind: 'unparsed', text: line }]);
    }
  });
});

describe('whatever bytes come', () => {
  // Every line ends as exactly one of: an event, part of a resumed call, an empty line.
  it.each(FIXTURES.map((name, index) => [name, index + 1] as const))(
    '%s, mangled: nothing throws and no line is lost',
    (name, seed) => {
      const random = makeRandom(seed);
      const log = fixture(name);
      for (let round = 0; round < 40; round++) {
        const mangled = mangle(log, random);
        const { events, statistics } = read(mangled, { maxLineBytes: 2000 }, 1 + Math.floor(random() * 5000));
        for (const event of events) if (event.kind === 'syscall') expect(Array.isArray(event.args)).toBe(true);
        expect(statistics.events).toBe(events.length);
        expect(statistics.unparsed).toBe(events.filter(({ kind }) => kind === 'unparsed').length);
        expect(
          accounted(
            mangled,
            events.map(({ line }) => line),
          ),
        ).toEqual([]);
      }
    },
  );

  it('random bytes are read to their end', () => {
    const random = makeRandom(99);
    const parser = new TraceParser({ maxLineBytes: 500 });
    for (let i = 0; i < 200; i++) {
      const alphabet = random() < 0.5 ? 256 : 128;
      parser.push(Uint8Array.from({ length: 1000 }, () => Math.floor(random() * alphabet)));
    }
    parser.end();
    expect(parser.statistics.bytes).toBe(200_000);
    expect(parser.statistics.unparsed).toBeGreaterThan(100);
  });
});

/** The lines that no event begins on, no suspended call explains and that are not empty. */
function accounted(log: Buffer, seen: readonly number[]): string[] {
  const lines = log.toString('latin1').split('\n');
  const used = new Set(seen);
  return lines.filter((line, index) => {
    const isEmpty = /^(?:\d{1,7}(?:<[^>]*>)? *|\[pid +\d+\] +)?(?:[\d.:]+ +)* *$/.test(line.trimStart());
    // On a terminal a line goes on after the remark that a process was attached.
    const goesOn = line.includes('resumed>') || /attached$/.test(lines[index - 1] ?? '');
    return !used.has(index + 1) && !isEmpty && !goesOn;
  });
}

function mangle(log: Buffer, random: () => number): Buffer {
  const bytes = Buffer.from(log);
  const special = Buffer.from('"\\<>()[]{}=,\n 07?');
  for (let i = 0; i < 200; i++) {
    bytes[Math.floor(random() * bytes.length)] = special[Math.floor(random() * special.length)] ?? 0;
  }
  return bytes.subarray(0, Math.floor(random() * bytes.length));
}

/** Mulberry32. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

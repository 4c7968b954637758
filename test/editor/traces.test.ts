import { describe, expect, it } from 'vitest';
import { parseFromPage, type TraceWanted } from '../../src/view/messages.js';
import { Traces } from '../../src/editor/traces.js';

const LINES = [
  '12    1700000000.100000 openat(AT_FDCWD</x>, "/etc/passwd", O_RDONLY) = 3</etc/passwd>',
  '12    1700000000.350000 read(3</etc/passwd>, <unfinished ...>',
  '14    1700000001.000000 execve("/bin/sh", ["sh"], 0x7f /* 3 vars */) = 0',
  '12    1700000001.100000 <... read resumed>"root", 4) = 4',
  '14    1700000001.200000 +++ exited with 0 +++',
];
const ALL: TraceWanted = { version: 1, text: '', pid: undefined, call: '', from: 0, count: 100 };

function traced(lines: readonly string[], path = '/m.pkl', traces = new Traces()): Traces {
  traces.take({ type: 'started', path, index: 0, total: 1 });
  for (const line of lines) traces.take({ type: 'trace', path, line });
  return traces;
}

describe('the raw trace of a scan', () => {
  const trace = traced(LINES).of('/m.pkl');
  const found = (changes: Partial<TraceWanted>): unknown[] =>
    trace?.rows({ ...ALL, ...changes }).rows.map(({ cells }) => cells[0]) ?? [];

  it('shows the number of each line, its time from the first, its process and the call', () => {
    expect(trace?.rows(ALL).rows[2]).toEqual({
      cells: [3, '0.900', 14, 'execve("/bin/sh", ["sh"], 0x7f /* 3 vars */) = 0'],
    });
    expect(trace?.about).toEqual({
      version: 1,
      lines: 5,
      omitted: 0,
      pids: [12, 14],
      calls: ['execve', 'openat', 'read'],
    });
  });

  it('is searched by text, process and call, both halves of a call that was interrupted included', () => {
    expect(found({ text: 'PASSWD' })).toEqual([1, 2]);
    expect(found({ pid: 14 })).toEqual([3, 5]);
    expect(found({ call: 'read' })).toEqual([2, 4]);
    expect(found({ call: 'read', text: 'root' })).toEqual([4]);
    expect(found({ pid: 99 })).toEqual([]);
  });

  it('hands over the part that is asked for, and says how many match', () => {
    expect(trace?.rows({ ...ALL, from: 3, count: 1 }).total).toBe(5);
    expect(trace?.rows({ ...ALL, from: 3, count: 1 }).rows.map(({ cells }) => cells[0])).toEqual([4]);
  });

  it('is bounded, and says how much is missing', () => {
    const long = traced(Array.from({ length: 200_010 }, (_, at) => `1 1.0 close(${at}) = 0`)).of('/m.pkl');
    expect(long?.about).toMatchObject({ lines: 200_000, omitted: 10 });
    const wide = traced(Array.from({ length: 40 }, () => `1 1.0 write(1, "${'x'.repeat(1 << 20)}") = 1`)).of('/m.pkl');
    expect(wide?.about).toMatchObject({ lines: 31, omitted: 9 });
    expect(String(wide?.rows(ALL).rows[0]?.cells[3]).length).toBe(2_000);
  });

  it('gives way to those of later scans when all together are too many', () => {
    const traces = new Traces();
    const lines = Array.from({ length: 30 }, () => 'x'.repeat(1 << 20));
    for (const path of ['/a', '/b', '/c']) traced(lines, path, traces);
    expect(['/a', '/b', '/c'].map((path) => traces.of(path)?.about.lines)).toEqual([undefined, 30, 30]);
  });

  it('is that of the report that stands, until a scan that traces has begun', () => {
    const traces = traced(LINES);
    expect(traces.settle('/m.pkl', true)?.lines).toEqual(LINES);
    traced([], '/m.pkl', traces);
    expect(traces.of('/m.pkl')?.about).toMatchObject({ version: 1, lines: 5 });
    traces.take({ type: 'trace', path: '/m.pkl', line: LINES[0] ?? '' });
    expect(traces.of('/m.pkl')?.about).toMatchObject({ version: 2, lines: 1 });
  });

  it('stays with its report when a poorer one is dropped, and goes when another one takes its place', () => {
    const traces = traced(LINES);
    traces.settle('/m.pkl', true);
    traced(LINES.slice(1), '/m.pkl', traces);
    expect(traces.settle('/m.pkl', false)).toBeUndefined();
    expect(traces.of('/m.pkl')?.about.lines).toBe(5);
    traced([], '/m.pkl', traces);
    expect(traces.settle('/m.pkl', true)).toBeUndefined();
    expect(traces.of('/m.pkl')).toBeUndefined();
  });

  it('that was kept on the disk is back, and is bounded with the others', () => {
    const traces = new Traces();
    traces.restore('/m.pkl', LINES);
    expect(traces.of('/m.pkl')?.lines).toEqual(LINES);
    for (const path of ['/a', '/b', '/c'])
      traces.restore(
        path,
        Array.from({ length: 30 }, () => 'x'.repeat(1 << 20)),
      );
    expect(['/m.pkl', '/a', '/b', '/c'].map((path) => traces.of(path)?.about.lines)).toEqual([
      ...[undefined, undefined],
      ...[30, 30],
    ]);
  });
});

describe('a question of the report page', () => {
  it('is taken when it is one', () => {
    expect(parseFromPage({ type: 'trace', wanted: ALL })).toEqual({ type: 'trace', wanted: ALL });
  });

  it.each([
    ['asks for too many lines', { count: 100_000 }],
    ['begins before the first line', { from: -1 }],
    ['searches for a very long text', { text: 'x'.repeat(201) }],
    ['names a process that is no number', { pid: '1' }],
    ['names no call', { call: undefined }],
  ])('is not when it %s', (_, changes) => {
    expect(parseFromPage({ type: 'trace', wanted: { ...ALL, ...changes } })).toBeUndefined();
  });
});

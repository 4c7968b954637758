/** A step of a run that is missing is a gap, and names itself. */
import { describe, expect, it } from 'vitest';
import type { SandboxResult } from '../../src/docker/sandbox.js';
import { gapsOf } from '../../src/scan/run-limits.js';

const WHOLE: SandboxResult = {
  end: 'finished',
  tracerExit: 0,
  outOfMemory: 0,
  skippedSeconds: 0,
  leaders: [],
  rest: { ended: 'over', waiting: 0 },
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
  omittedBytes: 0,
  tracerMessages: '',
  startSeconds: 1,
  totalSeconds: 2,
  modelHashes: [],
  witness: { acts: [], left: [], complete: true },
  network: { talks: [], omitted: 0, complete: true },
};

it('a whole run has no gap', () => {
  expect(gapsOf(WHOLE, false, true)).toEqual([]);
});

describe('a gap tells', () => {
  it.each<[string, Partial<SandboxResult>, string]>([
    ['that the kernel could not tell of all files', { witness: { ...WHOLE.witness, complete: false } }, 'inotify'],
    ['that somebody was at work all the time', { rest: { ended: 'busy', waiting: 0 } }, 'still at work'],
    ['that the rest was cut short', { rest: { ended: 'cut', waiting: 0 } }, 'cut short'],
    ['that waits are left', { rest: { ended: 'over', waiting: 2 } }, '2 moments too far ahead'],
    ['that the network went away', { network: { ...WHOLE.network, complete: false } }, 'network of the sandbox'],
    ['what the tracer said', { tracerMessages: 'strace: oh' }, 'strace: oh'],
    ['that the sandbox said too much', { end: 'message-limit' }, 'more than it is made to say'],
    ['that the sandbox was lost', { end: 'lost' }, 'in the middle of the run'],
  ])('%s', (_, change, words) => {
    expect(gapsOf({ ...WHOLE, ...change }, false, true)).toEqual([expect.stringContaining(words)]);
  });

  it('that the trace ends too early', () => {
    expect(gapsOf(WHOLE, false, false)).toEqual([expect.stringContaining('the tracer was lost')]);
  });
});

import { describe, expect, it } from 'vitest';
import { CancelledError } from '../../src/core/user-error.js';
import { WorkQueue } from '../../src/core/work-queue.js';

describe('work that waits for room', () => {
  function line(limit: number) {
    const queue = new WorkQueue();
    const running: string[] = [];
    const leave = new Map<string, () => void>();
    const come = (name: string, places: number, signal?: AbortSignal): Promise<void> =>
      queue.run(
        async () => {
          running.push(name);
          await new Promise<void>((resolve) => leave.set(name, resolve));
          running.splice(running.indexOf(name), 1);
        },
        { places, limit, ...(signal ? { signal } : {}) },
      );
    // Who has a place begins before the next turn of the event loop: the queue waits for nothing but promises.
    const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    return { come, running, settle, leave: (name: string) => leave.get(name)?.() };
  }

  it('runs side by side as far as the places go, in the order in which it came', async () => {
    const { come, running, settle, leave } = line(2);
    for (const name of ['a', 'b', 'c']) void come(name, 1);
    await settle();
    expect(running).toEqual(['a', 'b']);
    leave('b');
    await settle();
    expect(running).toEqual(['a', 'c']);
  });

  it('does not overtake what needs more room, which in the end gets it', async () => {
    const { come, running, settle, leave } = line(2);
    void come('a', 1);
    void come('folder', 99);
    void come('b', 1);
    await settle();
    expect(running).toEqual(['a']);
    leave('a');
    await settle();
    expect(running).toEqual(['folder']);
    leave('folder');
    await settle();
    expect(running).toEqual(['b']);
  });

  it('leaves the line when it is stopped, and lets others pass', async () => {
    const { come, running, settle } = line(2);
    const abort = new AbortController();
    void come('a', 1);
    const stopped = come('folder', 2, abort.signal);
    void come('b', 1);
    await settle();
    expect(running).toEqual(['a']);
    abort.abort();
    await expect(stopped).rejects.toBeInstanceOf(CancelledError);
    await settle();
    expect(running).toEqual(['a', 'b']);
    await expect(come('late', 1, abort.signal)).rejects.toBeInstanceOf(CancelledError);
    expect(running).toEqual(['a', 'b']);
  });

  it('does one thing after the other when nothing else is said, whether it fails or not', async () => {
    const queue = new WorkQueue();
    const done: string[] = [];
    const work = (name: string) => async () => {
      done.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      done.push(`${name} ends`);
      if (name === 'a') throw new Error('no');
      return name;
    };
    const all = await Promise.allSettled([queue.run(work('a')), queue.run(work('b'))]);
    expect(done).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(all).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: 'b' }]);
  });
});

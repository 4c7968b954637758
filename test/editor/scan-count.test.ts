import { describe, expect, it } from 'vitest';
import { ScanCount } from '../../src/editor/scan-count.js';

describe('the count of what is scanned', () => {
  it('has what was only read among the malicious ones, and each model once', () => {
    const count = new ScanCount();
    const request = {};
    count.begin(request, 1);
    count.found(request, Array.from('abcdefghijklmnop'));
    count.done(request, 'a.py, which lies beside one');
    count.seen(request, 'a', true);
    count.seen(request, 'b', false);
    expect(count.counted).toEqual({ done: 0, total: 16, malicious: 1 });
    count.seen(request, 'a', true);
    count.done(request, 'a');
    count.done(request, 'a');
    expect(count.counted).toEqual({ done: 1, total: 16, malicious: 1 });
  });

  it('never falls while something is scanned, whatever begins and ends', () => {
    const count = new ScanCount();
    const [one, other] = [{}, {}];
    const seen: number[] = [];
    const look = (): void => void seen.push(count.counted?.done ?? -1, count.counted?.malicious ?? -1);
    count.begin(one, 3);
    for (const model of ['a', 'b']) {
      count.seen(one, model, true);
      count.done(one, model);
      look();
    }
    count.begin(other, 5);
    // It was stopped before its third model.
    count.end(one);
    look();
    expect(count.counted).toEqual({ done: 2, total: 7, malicious: 2 });
    count.done(other, 'c');
    look();
    expect(seen).toEqual([1, 1, 2, 2, 2, 2, 3, 2]);
    count.end(other);
    expect(count.counted).toBeUndefined();
    count.begin(one, 1);
    expect(count.counted).toEqual({ done: 0, total: 1, malicious: 0 });
  });
});

/** Of a long list the first item and the last ones, `most` in all. */
export function endsOf<T>(list: readonly T[], most: number): readonly T[] {
  return list.length <= most ? list : [...list.slice(0, 1), ...list.slice(1 - most)];
}

/** `to.push(...from)` without its limit: more arguments than fit on the call stack, some 120,000, end a call with a RangeError. */
export function addAll<T>(to: T[], from: Iterable<T>): void {
  for (const item of from) to.push(item);
}

/** `to.push(...from)` without its limit: more arguments than fit on the call stack, some 120,000, end a call with a RangeError. */
export function addAll<T>(to: T[], from: Iterable<T>): void {
  for (const item of from) to.push(item);
}

/** Of a long list the first item and the last ones, `most` in all. */
export function endsOf<T>(list: readonly T[], most: number): readonly T[] {
  return list.length <= most ? list : [...list.slice(0, 1), ...list.slice(1 - most)];
}

/** `to.push(...from)` without its limit: more arguments than fit on the call stack, some 120,000, end a call with a RangeError. */
export function addAll<T>(to: T[], from: Iterable<T>): void {
  for (const item of from) to.push(item);
}

/** The members of a list by a key of each, in the order in which the keys come first. (`Map.groupBy` is newer than the oldest Node that runs this.) */
export function groupBy<T, K>(list: readonly T[], keyOf: (member: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const member of list) {
    const key = keyOf(member);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [member]);
    else group.push(member);
  }
  return groups;
}

/** Different names, folders and sockets remembered at most: a model may use any number of them. */
export const MEMORY = 10_000;

export function remember<T>(set: Set<T>, item: T): void {
  if (set.size < MEMORY) set.add(item);
}

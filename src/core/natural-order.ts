/** Order in which people count: `layer2` before `layer10`. */

/** A text whose plain order is the natural order of the text it is made of. */
export function naturalKey(text: string): string {
  // Before the digits stands how many there are: of two numbers the one with more digits is larger.
  return text.toLowerCase().replace(/\d+/g, (digits) => {
    const number = digits.replace(/^0+(?=\d)/, '');
    return `${String.fromCharCode(0x30 + Math.min(number.length, 40))}${number}`;
  });
}

/** In natural order. */
export function sortNaturally<T>(items: Iterable<T>, textOf: (item: T) => string): T[] {
  return Array.from(items, (item) => ({ item, key: naturalKey(textOf(item)) }))
    .sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
    .map(({ item }) => item);
}

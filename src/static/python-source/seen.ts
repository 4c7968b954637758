/** What is known of a value of a Python file, for who asks what a call does with it. */
import type { Seen } from '../../names/place-acts.js';
import { itemsOf, only, type Traces, type Value, type Values } from './values.js';

/** Items of a list that is given. */
const ITEMS_SEEN = 50;
const PLACE = /^(?:[\w.~/\\]|[A-Za-z]:)/;

export function seen(values: Values): readonly Seen[] {
  return values.known.flatMap((value) => {
    const own = seenOne(value);
    if (value.kind !== 'list') return [own];
    return [own, ...[...value.items.slice(0, ITEMS_SEEN), value.rest].flatMap((item) => item.known.map(seenOne))];
  });
}

function seenOne(value: Value): Seen {
  switch (value.kind) {
    case 'text':
      return { text: value.text, place: PLACE.test(value.text) ? value.text : undefined };
    case 'begins':
      return { place: PLACE.test(value.text) ? value.text : undefined };
    case 'path':
      return { place: value.text };
    case 'number':
      return { number: value.value };
    case 'made':
      return { ...value.traces, from: value.of };
    case 'hidden':
      return { from: value.from };
    case 'dict':
      for (const one of value.rest.known)
        if (one.kind === 'made' && one.traces?.environment !== undefined)
          return { environment: one.traces.environment };
      return {};
    case 'list': {
      const { items } = itemsOf(value);
      const [host] = items.length > 1 ? items : [];
      const [one] = host === undefined ? [] : [only(host)];
      return { host: one?.kind === 'text' ? one.text : undefined };
    }
    default:
      return {};
  }
}

/** What a value that is made of these, and is not known, is made of. */
export function tracesOf(all: readonly Values[]): { readonly traces?: Traces } {
  let place: string | undefined;
  let environment: Traces['environment'];
  for (const { known } of all)
    for (const value of known) {
      const of = value.kind === 'list' ? (value.items[0] ?? value.rest).known[0] : value;
      if (of === undefined) continue;
      const one = seenOne(of);
      place ??= one.place;
      environment ??= one.environment;
    }
  return place === undefined && environment === undefined ? {} : { traces: { place, environment } };
}

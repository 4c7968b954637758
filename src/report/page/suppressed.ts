import type { SuppressedFinding } from '../../core/schema.js';
import { el, facts, type Markup } from './markup.js';

/** Suppressions: which finding, the user who decided, why and until when. */
export function suppressedList(all: readonly SuppressedFinding[]): Markup {
  const items = all.map(({ finding, suppression }) =>
    el(
      'li',
      {},
      el('strong', {}, finding.title),
      el('p', {}, finding.explanation),
      facts([
        ['Rule', el('code', {}, finding.rule)],
        ['Severity', finding.severity],
        ['Reason', suppression.reason],
        ['By', suppression.by],
        ['Since', suppression.created],
        ['Until', suppression.expires],
      ]),
    ),
  );
  return el('ul', { class: 'suppressed' }, ...items);
}

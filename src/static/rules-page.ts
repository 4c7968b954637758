/** The part of docs/rules.md about the static side, as Markdown. */
import { rulePage, techniqueLink, UNSAFE_MODEL } from '../core/rule-page.js';
import { worstFirst } from '../core/terms.js';
import { RULE_EXAMPLES } from './rule-examples.js';
import { familyOf } from './rule-families.js';
import type { StaticRule } from './rule.js';
import { STATIC_RULES } from './rules.js';

/** @public scripts/generated.mjs imports it, where knip does not look. */
export function staticRulesPage(): string {
  return [
    '# Rules of the static side',
    '',
    'Generated from the `rules.ts` of each room in `src/static/` by `scripts/generated.mjs`; do not edit.',
    '',
    'Each rule looks at what is in a file, none of which is run. No rule weakens another.',
    '',
    '| Rule | Severity | Category | ATT&CK | What |',
    '| --- | --- | --- | --- | --- |',
    ...bySeverity().map(
      ([id, rule]) =>
        `| [${id}](#${id.toLowerCase()}) | ${rule.severity} | ${rule.category} | ${techniqueLink(rule.attack)} | ${rule.title} |`,
    ),
    ...bySeverity().flatMap(([id, rule]) => ['', ...section(id, rule)]),
    '',
  ].join('\n');
}

/** One rule, as the page has it; undefined when there is none of this id. */
export function staticRuleSection(id: string): string | undefined {
  const rule = Object.entries<StaticRule>(STATIC_RULES).find(([known]) => known === id)?.[1];
  return rule && section(id, rule).join('\n');
}

function section(id: string, rule: StaticRule): string[] {
  const { severity, category, title, attack, advice } = rule;
  const { instead, references } = familyOf(id);
  const { shown, meaning, harmless } = partsOf(id, rule);
  return rulePage({
    ...{ id, title, severity, category, attack },
    meaning: meaning.join(' '),
    example: shown,
    harmless: harmless.join(' '),
    instead: [advice, instead],
    references: [UNSAFE_MODEL, ...references],
  });
}

/** The explanation of the rule's example, by its sentences: what is seen, why that matters, when it is harmless. */
function partsOf(id: string, { explain, harmless: excuse }: StaticRule) {
  const example = EXAMPLES[id] ?? '';
  // A mark in place of the example, which has full stops of its own.
  const [shown = '', ...rest] = explain(MARK).split(/(?<=[.)]) (?=[A-Z]|saveRDS|skops|tf\.|torch|yaml)/);
  const isExcuse = (sentence: string): boolean => excuse === undefined && /harmless/i.test(sentence);
  const meaning = rest.filter((sentence) => !isExcuse(sentence));
  return {
    shown: shown.replaceAll(MARK, example),
    // A rule of one sentence says with its example why it matters.
    meaning: meaning.length > 0 ? meaning : [shown.replaceAll(MARK, example)],
    harmless: excuse === undefined ? rest.filter(isExcuse) : [excuse],
  };
}

const EXAMPLES: Readonly<Record<string, string>> = RULE_EXAMPLES;
const MARK = '\u0001';

function bySeverity(): (readonly [string, StaticRule])[] {
  return Object.entries<StaticRule>(STATIC_RULES).sort(
    ([idA, a], [idB, b]) => worstFirst(a, b) || (idA < idB ? -1 : 1),
  );
}

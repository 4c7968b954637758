/** The part of docs/rules.md about the static side, as Markdown. */
import { worstFirst } from '../core/terms.js';
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
        `| [${id}](#${id.toLowerCase()}) | ${rule.severity} | ${rule.category} | ${technique(rule)} | ${rule.title} |`,
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
  return [
    `## ${id}`,
    '',
    `**${rule.title}** (${rule.severity}, ${rule.category}${rule.attack === undefined ? '' : `, ${technique(rule)}`})`,
    '',
    rule.explain('*What was seen*'),
    '',
    `What to do: ${rule.advice}`,
  ];
}

function bySeverity(): (readonly [string, StaticRule])[] {
  return Object.entries<StaticRule>(STATIC_RULES).sort(
    ([idA, a], [idB, b]) => worstFirst(a, b) || (idA < idB ? -1 : 1),
  );
}

function technique({ attack }: StaticRule): string {
  return attack === undefined ? '' : `[${attack}](https://attack.mitre.org/techniques/${attack.replace('.', '/')}/)`;
}

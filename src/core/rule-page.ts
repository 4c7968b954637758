/** The page of one rule, as Markdown: the same for both sides, in docs/rules.md, in the editor and in the terminal. */
import { techniqueName, techniquePage } from './attack-names.js';
import type { Category, Severity } from './schema.js';

export interface RulePage {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly category: Category;
  /** MITRE ATT&CK technique id. */
  readonly attack?: string | undefined;
  /** Why it matters. */
  readonly meaning: string;
  /** A sentence, or lines of a trace. */
  readonly example: string | readonly string[];
  /** When it is no reason to worry. */
  readonly harmless: string;
  /** What to do, and what to use in its place. */
  readonly instead: readonly string[];
  readonly references: readonly Reference[];
}

export interface Reference {
  readonly name: string;
  readonly url: string;
}

export const RULE_PARTS = [
  'What it means',
  'Example',
  'When it is harmless',
  'What to do instead',
  'References',
] as const;

export function rulePage(page: RulePage): string[] {
  const { id, title, severity, category, attack, meaning, example, harmless, instead, references } = page;
  const [means, shown, excuse, otherwise, sources] = RULE_PARTS;
  const technique = attack === undefined ? [] : [techniqueReference(attack)];
  return [
    `## ${id}`,
    '',
    `**${title}** (${severity}, ${category})`,
    ...part(means, [meaning]),
    ...part(shown, typeof example === 'string' ? [example] : ['```text', ...example, '```']),
    ...part(excuse, [harmless]),
    ...part(
      otherwise,
      instead.map((text) => `- ${text}`),
    ),
    ...part(
      sources,
      [...technique, ...cves(meaning), ...references].map(({ name, url }) => `- [${name}](${url})`),
    ),
  ];
}

/** `- [T1059](…)` of a table, where there is one. */
export function techniqueLink(attack: string | undefined): string {
  return attack === undefined ? '' : `[${attack}](${techniqueReference(attack).url})`;
}

function part(name: string, lines: readonly string[]): string[] {
  return ['', `### ${name}`, '', ...lines];
}

function techniqueReference(attack: string): Reference {
  return { name: `MITRE ATT&CK ${techniqueName(attack)}`, url: techniquePage(attack) ?? 'https://attack.mitre.org/' };
}

function cves(text: string): Reference[] {
  const ids = new Set(text.match(/CVE-\d{4}-\d{4,7}/g) ?? []);
  return [...ids].map((name) => ({ name, url: `https://nvd.nist.gov/vuln/detail/${name}` }));
}

/** MITRE ATLAS, the counterpart of ATT&CK for machine learning. */
export const UNSAFE_MODEL: Reference = {
  name: 'MITRE ATLAS AML.T0011.000 User Execution: Unsafe AI Artifacts',
  url: 'https://atlas.mitre.org/techniques/AML.T0011.000',
};

/** The rules reference, docs/rules.md, as Markdown. */
import { worstFirst } from '../../core/terms.js';
import { RULES } from './index.js';
import type { Rule } from './rule.js';

/** @public scripts/generated.mjs imports it, where knip does not look. */
export function rulesPage(): string {
  return [
    '# Rules of the dynamic side',
    '',
    'Generated from `src/behavior/rules/` by `scripts/generated.mjs`; do not edit.',
    '',
    'Each rule looks at what a process did, whichever system call it used. An attempt that failed or was refused counts like one',
    'that worked. What a harmless model of the same format does in the same image is taken off, by count.',
    'Of one act the first rule that applies is reported. The examples are lines of `strace -f -y`, in a run whose model is',
    '`/model/model.pkl`, whose home folder is `/home/model`, whose scratch space is `/tmp`, whose runner is process 100,',
    'and whose canaries are a Hugging Face token, `hf_q7Zt0Kx9Lw3Rb8Vy2Mn5HcJd4Ps6TgFa1E`, and three documents in `/home/model/Documents`.',
    '',
    '| Rule | Severity | Category | ATT&CK | What |',
    '| --- | --- | --- | --- | --- |',
    ...bySeverity().map(
      (rule) => `| ${link(rule)} | ${rule.severity} | ${rule.category} | ${technique(rule)} | ${rule.title} |`,
    ),
    ...bySeverity().flatMap((rule) => ['', ...section(rule)]),
    '',
  ].join('\n');
}

/** One rule, as the page shows it; undefined when no rule has this id. */
export function ruleSection(id: string): string | undefined {
  const rule = RULES.find((known) => known.id === id);
  return rule && section(rule).join('\n');
}

function bySeverity(): readonly Rule[] {
  return [...RULES].sort((a, b) => worstFirst(a, b) || (a.id < b.id ? -1 : 1));
}

function section(rule: Rule): string[] {
  return [
    `## ${rule.id}`,
    '',
    `**${rule.title}** (${rule.severity}, ${rule.category}, ${technique(rule)})`,
    '',
    rule.meaning,
    '',
    `What to do: ${rule.advice}`,
    '',
    ...(rule.outside === undefined
      ? ['```text', ...rule.example, '```']
      : ['No system call shows it: the sandbox itself says so.']),
  ];
}

function link(rule: Rule): string {
  return `[${rule.id}](#${rule.id.toLowerCase()})`;
}

function technique({ attack }: Rule): string {
  return `[${attack}](https://attack.mitre.org/techniques/${attack.replace('.', '/')}/)`;
}

/** `dynscan rules` and `dynscan show RULE`: what is looked for, and what one rule means. */
import pc from 'picocolors';
import { ruleSection } from '../behavior/rules/page.js';
import { RULES } from '../behavior/rules/index.js';
import { escapeAndCut } from '../core/escape.js';
import type { Category, Severity } from '../core/schema.js';
import { worstFirst } from '../core/terms.js';
import { UsageError } from '../core/user-error.js';
import { formatJson } from '../report/json.js';
import { staticRuleSection } from '../static/rules-page.js';
import { STATIC_RULES } from '../static/rules.js';
import type { StaticRule } from '../static/rule.js';
import { NOTHING_FOUND } from './exit-code.js';
import { wantsColor, writeText } from './io.js';
import type { Io } from './io.js';

export interface RulesOptions {
  readonly format: 'text' | 'json';
}

interface ListedRule {
  readonly id: string;
  readonly severity: Severity;
  readonly category: Category;
  readonly title: string;
  /** MITRE ATT&CK technique id. */
  readonly attack?: string;
}

/** The worst first. */
export async function runRules({ format }: RulesOptions, io: Io): Promise<number> {
  const rules = allRules();
  if (format === 'json') {
    await writeText(io.stdout, formatJson(rules));
    return NOTHING_FOUND;
  }
  const { dim } = pc.createColors(wantsColor(io, io.stdout));
  const column = Math.max(...rules.map(({ id }) => id.length));
  const lines = rules.map(({ id, severity, title }) => `${severity.padEnd(8)}  ${id.padEnd(column)}  ${dim(title)}`);
  await writeText(io.stdout, `${lines.join('\n')}\n`);
  return NOTHING_FOUND;
}

/** Throws UsageError for what is no rule. */
export async function runShow(asked: string, io: Io): Promise<number> {
  const id = asked.toUpperCase();
  const section = ruleSection(id) ?? staticRuleSection(id);
  if (section === undefined) {
    const near = allRules().filter((rule) => rule.id.includes(id) || id.includes(rule.id));
    const hint =
      near.length === 0
        ? ''
        : ` Do you mean ${near
            .slice(0, 5)
            .map((rule) => rule.id)
            .join(', ')}?`;
    throw new UsageError(`${escapeAndCut(asked, 100)} is no rule.${hint} \`dynscan rules\` lists all.`);
  }
  await writeText(io.stdout, `${plain(section)}\n`);
  return NOTHING_FOUND;
}

export function isRuleId(id: string): boolean {
  return allRules().some((rule) => rule.id === id);
}

export function ruleIds(): readonly string[] {
  return allRules().map(({ id }) => id);
}

function allRules(): readonly ListedRule[] {
  const dynamic = RULES.map(({ id, severity, category, title, attack }) => ({ id, severity, category, title, attack }));
  const read = Object.entries<StaticRule>(STATIC_RULES).map(([id, { severity, category, title, attack }]) => ({
    id,
    severity,
    category,
    title,
    ...(attack === undefined ? {} : { attack }),
  }));
  return [...dynamic, ...read].sort((one, other) => worstFirst(one, other) || (one.id < other.id ? -1 : 1));
}

/** The section of docs/rules.md without the marks of Markdown. */
function plain(section: string): string {
  return section
    .split('\n')
    .filter((line) => !line.startsWith('```'))
    .map((line) =>
      line
        .replace(/^#{2,3} /, '')
        .replaceAll('**', '')
        .replaceAll(/\[([^[\]]+)\]\((https:[^)]+)\)/g, '$1, $2'),
    )
    .join('\n');
}

import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/behavior/rules/index.js';
import { ruleSection } from '../../src/behavior/rules/page.js';
import { ATTACK_NAMES, techniqueName, techniquePage } from '../../src/core/attack-names.js';
import { RULE_PARTS } from '../../src/core/rule-page.js';
import type { StaticRule } from '../../src/static/rule.js';
import { staticRuleSection } from '../../src/static/rules-page.js';
import { STATIC_RULES } from '../../src/static/rules.js';

const PAGES = [
  ...RULES.map(({ id }) => [id, ruleSection(id) ?? ''] as const),
  ...Object.keys(STATIC_RULES).map((id) => [id, staticRuleSection(id) ?? ''] as const),
];

/** The text below each heading. */
function partsOf(page: string): Record<string, string> {
  const [, ...parts] = page.split(/^### /m);
  return Object.fromEntries(
    parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n')).trim()]),
  );
}

describe('the page of a rule', () => {
  it.each(PAGES)('%s says what it means, shows it, and says when it is harmless and what to do instead', (id, page) => {
    expect(page).toMatch(new RegExp(`^## ${id}\n\n\\*\\*[A-Z].*\\*\\* \\([a-z]+, [a-z-]+\\)\n`));
    const parts = partsOf(page);
    expect(Object.keys(parts)).toEqual([...RULE_PARTS]);
    for (const [name, text] of Object.entries(parts)) expect(text.length, name).toBeGreaterThan(15);
    expect(parts['When it is harmless']).toMatch(/^[A-Z].*[.)]$/);
    expect(parts['What to do instead']?.split('\n').length).toBeGreaterThanOrEqual(2);
    for (const line of parts['References']?.split('\n') ?? [])
      expect(line).toMatch(/^- \[[^\]]+\]\(https:\/\/[^\s)]+\)$/);
    // A sentence that has lost its subject, or what stood for one.
    // eslint-disable-next-line no-control-regex -- a mark that must not be left
    expect(page).not.toMatch(/What was seen|NONCE|TODO|undefined|\u0001|§|^[.,:]/m);
  });

  it('does not give the meaning of one rule to another', () => {
    const meanings = PAGES.map(([, page]) => partsOf(page)['What it means']);
    const twice = meanings.filter((text, at) => meanings.indexOf(text) !== at);
    // Formats that share a fault share its words.
    expect(twice.length).toBeLessThan(12);
  });

  it('names the technique, whose page is on the site of ATT&CK', () => {
    const all = [...RULES, ...Object.values<StaticRule>(STATIC_RULES)].flatMap(({ attack }) => attack ?? []);
    expect(all.filter((id) => ATTACK_NAMES[id] === undefined)).toEqual([]);
    expect(techniqueName('T1059.006')).toBe('T1059.006 Command and Scripting Interpreter: Python');
    expect(techniquePage('T1059.006')).toBe('https://attack.mitre.org/techniques/T1059/006/');
    expect(techniquePage('T1059/../x')).toBeUndefined();
    expect(ruleSection('DYN-EXEC-SHELL')).toContain('https://attack.mitre.org/techniques/T1059/004/');
  });
});

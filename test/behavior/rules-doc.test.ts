import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { rulesPage } from '../../src/behavior/rules/page.js';
import { staticRulesPage } from '../../src/static/rules-page.js';

it('docs/rules.md says what the rules say (node scripts/rules-doc.mjs writes it)', async () => {
  expect(await readFile(new URL('../../docs/rules.md', import.meta.url), 'utf8')).toBe(
    `${rulesPage()}\n${staticRulesPage()}`,
  );
});

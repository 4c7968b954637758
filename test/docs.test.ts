import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const [, table = ''] =
  /## What keeps the host safe from what it reads\n(.*?)\n## /s.exec(readFileSync('docs/security-model.md', 'utf8')) ??
  [];
const rows = table
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(1);

describe('the security model', () => {
  it('has the fourteen guarantees', () => {
    expect(rows).toHaveLength(14);
  });

  it.each(rows.map((row) => row.split(' | ')))(
    '%s: names files and tests that there are',
    (_, enforced = '', shown = '') => {
      const files = [...enforced.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file);
      expect(files.filter((file) => !existsSync(file))).toEqual([]);
      const tests = [...shown.matchAll(/`([^`]+)`([^`]*)/g)];
      expect(tests.length).toBeGreaterThan(0);
      for (const [, file = '', names = ''] of tests) {
        const source = readFileSync(file, 'utf8');
        for (const [, name = ''] of names.matchAll(/"([^"]+)"/g)) expect(source, file).toContain(name);
      }
    },
  );
});

import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/behavior/rules/index.js';
import { STATIC_RULES } from '../../src/static/rules.js';
import { dynscan, temporaryFolder } from './harness.js';

const folder = temporaryFolder();

describe('the rules', () => {
  it('are listed, the worst first, for a person and for a program', async () => {
    const { code, stdout } = await dynscan(['rules'], { cwd: folder.path });
    const count = RULES.length + Object.keys(STATIC_RULES).length;
    const lines = stdout.trimEnd().split('\n');
    expect([code, lines.length]).toEqual([0, count]);
    expect(lines[0]).toMatch(/^critical {2}DYN-/);
    expect(lines.at(-1)).toMatch(/^info /);
    const json = await dynscan(['rules', '--format', 'json'], { cwd: folder.path });
    expect(JSON.parse(json.stdout)).toHaveLength(count);
  });

  it.each(['DYN-THEFT-PROOF', 'static-pickle-exec'])('can be shown one by one: %s', async (rule) => {
    const { code, stdout } = await dynscan(['show', rule], { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^${rule.toUpperCase()}\n\n.*\\(critical, [^]*attack\\.mitre\\.org/techniques/T1`),
    );
    expect(stdout).toContain('What to do instead');
    expect(stdout).not.toMatch(/\*\*|```|\]\(/);
  });

  it('that do not exist are answered with those that are meant', async () => {
    const { code, stderr } = await dynscan(['show', 'DYN-EXEC'], { cwd: folder.path });
    expect(code).toBe(3);
    expect(stderr).toMatch(/DYN-EXEC is no rule\. Do you mean DYN-EXEC-.*\? `dynscan rules` lists all\./);
  });
});

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSuppressions, today } from '../../src/triage/suppressions.js';
import { malicious, scan } from '../report/samples.js';
import { dynscan, scanning, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const FILE = '.dynscan/suppressions.json';

describe('dynscan suppress', () => {
  const suppress = (...argv: string[]) =>
    dynscan(['suppress', ...argv], { cwd: folder.path, services: scanning([malicious()]).services });

  it('writes a decision about the content of a model, which a scan takes when it names the file', async () => {
    const { code, stdout } = await suppress('dyn-exec-shell', 'm.pkl', '--reason', 'our own', '--by', 'mara');
    expect([code, stdout]).toEqual([0, `${join(folder.path, FILE)}\n`]);
    const entries = parseSuppressions(await readFile(join(folder.path, FILE), 'utf8'), FILE);
    const sha256 = malicious().model.sha256;
    expect(entries).toEqual([{ rule: 'DYN-EXEC-SHELL', sha256, reason: 'our own', by: 'mara', created: today() }]);
    const { services } = scanning([malicious()]);
    const scanned = await dynscan(['scan', 'm.pkl', '--suppressions', FILE], { cwd: folder.path, services });
    expect([scanned.code, scanned.stdout.includes('our own')]).toEqual([0, true]);
  });

  it('puts it in the place of an earlier one, and beside others', async () => {
    for (const reason of ['first', 'second']) await suppress('DYN-EXEC-SHELL', 'm.pkl', '--reason', reason);
    await suppress('DYN-NET-LOOKUP', 'm.pkl', '--reason', 'third', '--expires', '2999-01-01');
    const entries = parseSuppressions(await readFile(join(folder.path, FILE), 'utf8'), FILE);
    expect(entries.map(({ reason }) => reason)).toEqual(['second', 'third']);
  });

  it.each<[string, string[], RegExp]>([
    ['a rule that there is not', ['NOPE', 'm.pkl', '--reason', 'x'], /NOPE is no rule/],
    ['a day that is none', ['DYN-EXEC-SHELL', 'm.pkl', '--reason', 'x', '--expires', 'soon'], /--expires is wrong/],
    ['an empty reason', ['DYN-EXEC-SHELL', 'm.pkl', '--reason', ' '], /--reason is wrong/],
    ['no reason', ['DYN-EXEC-SHELL', 'm.pkl'], /required option '--reason <text>'/],
    ['a file that is none', ['DYN-EXEC-SHELL', 'm.pkl', '--reason', 'x', '--file', 'notes'], /notes is not JSON/],
  ])('refuses %s', async (_, argv, message) => {
    await writeFile(join(folder.path, 'notes'), 'mine');
    const { code, stderr } = await suppress(...argv);
    expect(code).toBe(3);
    expect(stderr).toMatch(message);
    expect(await readFile(join(folder.path, 'notes'), 'utf8')).toBe('mine');
  });

  it('refuses a folder of several models: a decision is about one content', async () => {
    const { services } = scanning([malicious(), scan()]);
    const argv = ['suppress', 'DYN-EXEC-SHELL', '.', '--reason', 'x'];
    const { code, stderr } = await dynscan(argv, { cwd: folder.path, services });
    expect([code, stderr]).toEqual([3, 'dynscan: . holds 2 models. Name one: a decision is about one content.\n']);
  });
});

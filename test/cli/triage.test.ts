import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Finding, PublishedDocument } from '../../src/core/schema.js';
import { formatSuppressions } from '../../src/triage/suppressions.js';
import { finding, inconclusive, malicious, ONE_CRITICAL, unseen } from '../report/samples.js';
import { dynscan, scanning, temporaryFolder, type Ran } from './harness.js';

const folder = temporaryFolder();
const SUPPRESSION = { rule: 'DYN-EXEC-SHELL', sha256: 'ab'.repeat(32), reason: 'ours' };
const file = (name: string): string => join(folder.path, name);

function scanned(findings: readonly Finding[], argv: readonly string[], gaps: readonly string[] = []): Promise<Ran> {
  const model = { path: file('m.pkl'), format: 'pickle', size: 1, sha256: 'ab'.repeat(32) };
  const reasons = [ONE_CRITICAL, ...gaps];
  const report = malicious({ model, findings: [...findings], reasons, ...unseen(...gaps) });
  return dynscan(argv, { cwd: folder.path, services: scanning([report]).services });
}

beforeEach(() => mkdir(file('.dynscan')));

describe('suppressions', () => {
  it('named with --suppressions take findings off, and the exit code is 0', async () => {
    await writeFile(file('s.json'), formatSuppressions([SUPPRESSION]));
    const argv = ['scan', 'm.pkl', '--format', 'json', '--suppressions', 's.json'];
    const { code, stdout } = await scanned([finding()], argv);
    const document = JSON.parse(stdout) as PublishedDocument;
    expect([code, document.verdict]).toEqual([0, 'clean']);
    expect(document.scans[0]?.suppressed?.[0]?.suppression).toEqual(SUPPRESSION);
  });

  it('that were merely found take nothing off, and that is said', async () => {
    await writeFile(file('.dynscan/suppressions.json'), formatSuppressions([SUPPRESSION]));
    const { code, stdout, stderr } = await scanned([finding()], ['scan', 'm.pkl']);
    expect(code).toBe(1);
    expect(stdout).toContain('MALICIOUS');
    expect(stderr).toContain('.dynscan/suppressions.json is not used: check it and name it with --suppressions');
  });

  it('that have expired are told', async () => {
    await writeFile(file('s.json'), formatSuppressions([{ ...SUPPRESSION, expires: '2020-01-01' }]));
    const { code, stderr } = await scanned([finding()], ['scan', 'm.pkl', '--suppressions', 's.json']);
    expect(code).toBe(1);
    expect(stderr).toContain('1 of 1 suppressions have expired');
  });

  it('do not hide that not everything was seen: the exit code is 2', async () => {
    await writeFile(file('s.json'), formatSuppressions([SUPPRESSION]));
    const { code } = await scanned([finding()], ['scan', 'm.pkl', '--suppressions', 's.json'], ['The trace was cut.']);
    expect(code).toBe(2);
  });

  it('that are wrong, missing or a pipe end the command before a scan', async () => {
    await writeFile(file('s.json'), '{"schema": 1}');
    await promisify(execFile)('mkfifo', [file('pipe')]);
    for (const [name, message] of [
      ['s.json', /wrong at schema/],
      ['none.json', /none\.json cannot be read: ENOENT/],
      ['pipe', /pipe is not a regular file/],
    ] as const) {
      const { code, stderr } = await dynscan(['scan', 'm.pkl', '--suppressions', name], { cwd: folder.path });
      expect(code).toBe(3);
      expect(stderr).toMatch(message);
    }
  });

  it('show in SARIF as accepted, with their reason', async () => {
    await writeFile(file('s.json'), formatSuppressions([{ ...SUPPRESSION, by: 'mara' }]));
    const argv = ['scan', 'm.pkl', '--format', 'sarif', '--suppressions', 's.json'];
    const log = JSON.parse((await scanned([finding()], argv)).stdout) as { runs: { results: unknown[] }[] };
    expect(log.runs[0]?.results).toMatchObject([
      {
        ruleId: 'DYN-EXEC-SHELL',
        ruleIndex: 0,
        suppressions: [{ kind: 'external', status: 'accepted', justification: 'ours', properties: { by: 'mara' } }],
      },
    ]);
  });
});

describe('a baseline', () => {
  const written = async (findings: readonly Finding[]): Promise<Ran> =>
    scanned(findings, ['baseline', 'write', 'm.pkl', '--quiet']);

  it('is written to .dynscan/baseline.json, with paths from there, and its path is printed', async () => {
    const { code, stdout } = await written([finding()]);
    expect([code, stdout]).toEqual([0, `${file('.dynscan/baseline.json')}\n`]);
    expect(JSON.parse(await readFile(file('.dynscan/baseline.json'), 'utf8'))).toMatchObject({
      models: [{ path: '../m.pkl', findings: [{ rule: 'DYN-EXEC-SHELL', count: 1 }] }],
    });
  });

  it('makes the exit code speak of new findings alone, and the verdict of all', async () => {
    await written([finding()]);
    const argv = ['scan', 'm.pkl', '--format', 'json', '--baseline', '.dynscan/baseline.json'];
    const same = await scanned([finding()], argv);
    expect([same.code, (JSON.parse(same.stdout) as PublishedDocument).verdict]).toEqual([0, 'malicious']);
    const more = await scanned([finding(), finding({ subject: 'another' })], argv);
    expect(more.code).toBe(1);
    expect(JSON.parse(more.stdout)).toMatchObject({
      scans: [{ findings: [{ baselineState: 'unchanged' }, { baselineState: 'new' }] }],
    });
  });

  it('shows in SARIF as the state of each result', async () => {
    await written([finding()]);
    const argv = ['scan', 'm.pkl', '--format', 'sarif', '--baseline', '.dynscan/baseline.json'];
    const { stdout } = await scanned([finding(), finding({ subject: 'another' })], argv);
    expect(JSON.parse(stdout)).toMatchObject({
      runs: [{ results: [{ baselineState: 'unchanged' }, { baselineState: 'new' }] }],
    });
  });

  it('takes the place of an earlier one, and of nothing else', async () => {
    await written([finding()]);
    expect((await written([])).code).toBe(0);
    expect(JSON.parse(await readFile(file('.dynscan/baseline.json'), 'utf8'))).toMatchObject({
      models: [{ findings: [] }],
    });
    await writeFile(file('m.pkl'), 'a model');
    const { code, stderr } = await scanned([], ['baseline', 'write', 'm.pkl', '--output', 'm.pkl']);
    expect(code).toBe(3);
    expect(stderr).toContain('exists and is no baseline, so it is not replaced');
    expect(await readFile(file('m.pkl'), 'utf8')).toBe('a model');
  });

  it('of models that were not fully seen is written, and the exit code is 2', async () => {
    const { services } = scanning([inconclusive()]);
    const { code, stderr } = await dynscan(['baseline', 'write', 'm.pkl'], { cwd: folder.path, services });
    expect(code).toBe(2);
    expect(stderr).toContain('Not everything was seen of 1 of 1 models');
    expect(await readFile(file('.dynscan/baseline.json'), 'utf8')).toContain('dynscan-baseline/1');
  });
});

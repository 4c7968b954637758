import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Category } from '../../src/core/schema.js';
import { dynamicFindings, model, scan, scratch } from './support.js';

/** What each hostile model does, and the words that the finding about it must hold: the real values. */
const ACTS: readonly (readonly [name: string, category: Category, words: RegExp])[] = [
  ['connects', 'network', /203\.0\.113\.7.*4444/],
  ['looks-up', 'network', /update\.example\.com/],
  ['listens', 'network', /8081/],
  ['reads-ssh-key', 'credential-access', /\.ssh\/id_rsa/],
  ['reads-shadow', 'credential-access', /\/etc\/shadow/],
  ['plants-bashrc', 'persistence', /\.bashrc/],
  ['plants-pth', 'persistence', /x\.pth/],
  ['writes-system', 'persistence', /\/etc\/cron\.d\/x/],
  ['deletes', 'file-delete', /thesis\.txt/],
  ['overwrites-model', 'file-write', /overwrites-model\.pkl/],
  ['makes-setuid', 'permissions', /\/tmp\/sh/],
  ['mounts', 'escape', /mount/],
  ['unshares', 'escape', /unshare|namespace/],
  ['clones-namespace', 'escape', /clone|namespace/],
  ['ptraces', 'evasion', /ptrace|trace/i],
  ['io-uring', 'evasion', /io_uring/],
  ['untraced-child', 'escape', /clone/],
  ['kills-everything', 'evasion', /kill|SIGKILL/i],
];

describe('what a model does shows, with its values, whether it worked or not', () => {
  it.each(ACTS)('%s: a finding of category %s', async (name, category, words) => {
    const report = await scan(model('hostile', `${name}.pkl`));
    expect(report.verdict).not.toBe('clean');
    expect(report.verdict).not.toBe('inconclusive');
    const findings = dynamicFindings(report).filter((finding) => finding.category === category);
    expect(findings.map(({ explanation }) => explanation).join('\n')).toMatch(words);
  });
});

describe('work that is put off until later is seen', () => {
  it.each(['daemon', 'thread', 'at-exit', 'acts-when-shown', 'acts-when-called', 'acts-when-dropped'])(
    '%s: the late `id` is in the process tree',
    async (name) => {
      const report = await scan(model('hostile', `${name}.pkl`));
      expect(report.verdict).toBe('malicious');
      expect(report.processes.some(({ argv }) => argv.join(' ') === 'id')).toBe(true);
    },
  );

  it('skips the waiting and says how much was skipped', async () => {
    const report = await scan(model('hostile', 'daemon.pkl'));
    expect(report.sandbox?.skippedSleep).toBeCloseTo(3600, 0);
    expect(report.limits).toEqual([]);
  });
});

describe('a load that ends badly is never clean, and not called hostile for it', () => {
  it('a Python error is told with its last frames', async () => {
    const report = await scan(model('hostile', 'raises.pkl'));
    expect(report.load.outcome).toBe('raised');
    expect(report.load.error).toMatchObject({
      type: 'ValueError',
      message: 'the weights are of another shape',
      phase: 'load',
    });
    expect(report.load.error?.frames[0]).toMatchObject({ file: '<string>', line: 1 });
  });

  it('a module that the image lacks is named', async () => {
    const report = await scan(model('hostile', 'needs-module.pkl'));
    expect(report.load.outcome).toBe('missing-dependency');
    expect(report.load.error?.message).toContain('a_module_that_is_not_there');
    expect(report.load.packages).toBeUndefined();
  });

  it('the package that has a module that the image lacks is offered', async () => {
    const path = join(scratch, 'needs-package.pkl');
    await writeFile(path, 'cimblearn.pipeline\nPipeline\n.');
    const report = await scan(path);
    expect(report.load).toMatchObject({ outcome: 'missing-dependency', packages: ['imbalanced-learn'] });
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join(' ')).toContain('`dynscan image add imbalanced-learn` adds it');
  });

  it('a crash is a finding with its signal', async () => {
    const report = await scan(model('hostile', 'crashes.pkl'));
    expect(report.load).toMatchObject({ outcome: 'crashed', signal: 'SIGSEGV' });
    expect(report.findings.some(({ category }) => category === 'crash')).toBe(true);
  });

  it('a process that leaves before the load returns did not load', async () => {
    const report = await scan(model('hostile', 'leaves-early.pkl'));
    expect(report.load.outcome).toBe('left');
    expect(['malicious', 'suspicious', 'inconclusive']).toContain(report.verdict);
  });
});

describe('a model that forges the runner', () => {
  it('excuses nothing: the command is still found, and the forgery is one more finding', async () => {
    const report = await scan(model('hostile', 'forges-records.pkl'));
    expect(report.verdict).toBe('malicious');
    expect(dynamicFindings(report).some(({ rule }) => rule === 'DYN-EXEC-SHELL')).toBe(true);
  });

  it('cannot send escapes through what it prints', async () => {
    const report = await scan(model('hostile', 'prints-escapes.pkl'));
    expect(report.output.stdout).toContain('\\x1b[2J');
    expect(report.output.stdout).toContain('\\u{202e}clean');
    // eslint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(JSON.stringify(report)).not.toMatch(/\u001b|\u202e/);
  });
});

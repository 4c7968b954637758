import { execa, type Options } from 'execa';
import { chmod, copyFile, mkdir, open, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { reportDocumentSchema, type PublishedDocument } from '../../src/core/schema.js';
import { containers, model, scratch } from './support.js';

/** The built program, as a person would run it. */
async function dynscan(args: readonly string[], options: Options = {}) {
  const result = await execa('node', ['dist/cli.js', ...args], { reject: false, timeout: 120_000, ...options });
  return { code: result.exitCode, stdout: String(result.stdout), stderr: String(result.stderr) };
}

async function scanToJson(...paths: string[]): Promise<{ code: number | undefined; document: PublishedDocument }> {
  const { code, stdout } = await dynscan(['scan', '--format', 'json', '--quiet', ...paths]);
  return { code, document: reportDocumentSchema.parse(JSON.parse(stdout)) };
}

const folder = join(scratch, 'bad-input');

beforeAll(async () => {
  await mkdir(join(folder, 'nothing here'), { recursive: true });
  await writeFile(join(folder, 'nothing here', 'readme.txt'), 'no model');
});

describe('what is no model gets a message or a verdict, never `clean`', () => {
  it('a missing path is named, exit 3, and is in the document', async () => {
    const { code, stdout, stderr } = await dynscan(['scan', '--format', 'json', join(folder, 'missing.pkl')]);
    expect(code).toBe(3);
    expect(reportDocumentSchema.parse(JSON.parse(stdout)).problems?.[0]?.text).toMatch(/missing\.pkl does not exist/);
    expect(stderr).toMatch(/missing\.pkl does not exist/);
  });

  it('a folder without models says so, exit 3', async () => {
    const { code, stderr } = await dynscan(['scan', join(folder, 'nothing here')]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/no model/i);
  });

  it.each(['empty.pkl', 'random.pkl', 'truncated.pkl', 'truncated.pt', 'notes.zip'])(
    '%s is inconclusive, exit 2',
    async (name) => {
      const { code, document } = await scanToJson(model('broken', name));
      expect(document.verdict).toBe('inconclusive');
      expect(document.scans[0]?.reasons.length).toBeGreaterThan(0);
      expect(code).toBe(2);
    },
  );

  it('a 2 GB sparse file is answered in seconds', async () => {
    const path = join(folder, 'sparse.bin');
    const file = await open(path, 'w');
    await file.truncate(2 * 1024 ** 3);
    await file.close();
    const { code, document } = await scanToJson(path);
    expect(document.scans[0]?.model).toMatchObject({ format: 'unknown', size: 2 * 1024 ** 3 });
    expect(document.verdict).toBe('inconclusive');
    expect(code).toBe(2);
  });

  it('a FIFO does not block', async () => {
    const path = join(folder, 'pipe.pkl');
    await execa('mkfifo', [path]);
    const { code, stdout, stderr } = await dynscan(['scan', path], { timeout: 20_000 });
    expect(code).toBe(3);
    expect(stdout + stderr).toMatch(/named pipe/);
  });

  it.skipIf(process.getuid?.() !== 0)('a file without read permission is told as such', async () => {
    const path = join(scratch, 'forbidden.pkl');
    await copyFile(model('harmless', 'plain-protocol-4.pkl'), path);
    await chmod(path, 0o000);
    await chmod(scratch, 0o755);
    const { code, stdout, stderr } = await dynscan(['scan', '--static-only', path], { uid: 65534, gid: 65534 });
    expect(code).toBe(3);
    expect(stdout + stderr).toMatch(/no permission/);
  });
});

describe('a model under a strange name is scanned, and the name is shown harmless', () => {
  it.each([
    ['with spaces', 'my model (1).pkl'],
    ['with quotes', `it's "quoted".pkl`],
    ['with a newline', 'two\nlines.pkl'],
    ['with a right-to-left mark', 'gpj\u202elkp.pkl'],
    ['with ANSI escapes', '\u001b[31mred\u001b[0m.pkl'],
    ['with a comma and a colon', 'a,b:c=d.pkl'],
    ['that looks like an option', '--help.pkl'],
  ])('%s', async (_, name) => {
    const path = join(folder, name);
    await copyFile(model('harmless', 'plain-protocol-4.pkl'), path);
    const { code, stdout, stderr } = await dynscan(['scan', path]);
    expect(stderr).not.toMatch(/error/i);
    expect(code).toBe(0);
    // eslint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
    expect(stdout).toMatch(/clean/i);
  });

  it('a symbolic link is scanned as what it points to', async () => {
    const path = join(folder, 'link.pkl');
    await symlink(model('hostile', 'id.pkl'), path);
    const { code, document } = await scanToJson(path);
    expect(document.verdict).toBe('malicious');
    expect(code).toBe(1);
  });
});

describe('reports are whole or absent', () => {
  it('--report-file and --format sarif write what was found', async () => {
    const reportFile = join(scratch, 'report.json');
    const { code, stdout } = await dynscan([
      'scan',
      '--format',
      'sarif',
      '--quiet',
      '--report-file',
      reportFile,
      model('hostile', 'id.pkl'),
    ]);
    expect(code).toBe(1);
    const sarif = JSON.parse(stdout) as { version: string; runs: { results: { ruleId: string }[] }[] };
    expect(sarif.version).toBe('2.1.0');
    expect(sarif.runs[0]?.results.map(({ ruleId }) => ruleId)).toContain('DYN-EXEC-SHELL');
    const { readFile } = await import('node:fs/promises');
    expect(reportDocumentSchema.parse(JSON.parse(await readFile(reportFile, 'utf8'))).verdict).toBe('malicious');
  });

  it('an interrupted scan leaves a report that says so, no container, and exit code 130', async () => {
    const reports = join(scratch, 'reports');
    await mkdir(reports);
    const client = execa(
      'node',
      ['dist/cli.js', 'scan', '--report-file', join(reports, 'r.json'), model('hostile', 'hangs.pkl')],
      {
        reject: false,
      },
    );
    const pid = client.pid ?? 0;
    while ((await containers(pid)).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    client.kill('SIGINT');
    const { exitCode } = await client;
    expect(exitCode).toBe(130);
    expect(await containers(pid)).toEqual([]);
    expect(await readdir(reports)).toEqual(['r.json']);
    const document = reportDocumentSchema.parse(JSON.parse(await readFile(join(reports, 'r.json'), 'utf8')));
    expect(document.verdict).not.toBe('clean');
    expect(document.problems?.map(({ text }) => text).join()).toMatch(/interrupt|stopped|signal|SIGINT/i);
  });
});

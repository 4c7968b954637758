import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatFile } from '../../src/report/files.js';
import { formatHtml } from '../../src/report/html.js';
import { formatReport, makeDocument } from '../../src/report/json.js';
import { publishedDocument, publishedScan } from '../../src/core/published.js';
import {
  reportDocumentSchema,
  type PublishedDocument,
  type ReportDocument,
  type ScanReport,
} from '../../src/core/schema.js';
import { formatText } from '../../src/report/text.js';
import { CancelledError, UserError } from '../../src/core/user-error.js';
import type { ScanEvent, ScanHooks } from '../../src/scan/scan-request.js';
import { finding, HOSTILE, inconclusive, malicious, RAW_CONTROL, scan, unseen } from '../report/samples.js';
import { dynscan, scanning, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const low = scan({ verdict: 'suspicious', reasons: ['One finding: 1 low.'], findings: [finding({ severity: 'low' })] });
const LIMIT = 'It ran longer than 120 s.';
const incompleteLow = { ...low, reasons: [...low.reasons, LIMIT], ...unseen(LIMIT) };

describe('the exit code', () => {
  it.each<[string, ScanReport[], string[], number]>([
    ['0 when nothing was found', [scan()], [], 0],
    ['1 when something was found', [malicious()], [], 1],
    ['1 when one of many models has a finding', [scan(), inconclusive(), malicious()], [], 1],
    ['2 when not everything was seen', [scan(), inconclusive()], [], 2],
    ['0 for a finding under the threshold', [low], ['--severity', 'medium'], 0],
    ['1 for a finding at the threshold', [low], ['--severity', 'low'], 1],
    [
      '2 for a finding under the threshold in a scan that did not see everything',
      [incompleteLow],
      ['--severity', 'high'],
      2,
    ],
    ['0 for info alone', [scan({ findings: [finding({ severity: 'info' })] })], [], 0],
    [
      '1 for info when info was asked for',
      [scan({ findings: [finding({ severity: 'info' })] })],
      ['--severity', 'info'],
      1,
    ],
    ['2 when no model was scanned', [], [], 2],
    ['0 when findings are asked to fail nothing', [malicious()], ['--fail-on', 'never'], 0],
    ['2 when they are and not everything was seen', [malicious(), inconclusive()], ['--fail-on', 'never'], 2],
    ['that of --fail-on, whatever is listed', [low], ['--severity', 'info', '--fail-on', 'medium'], 0],
  ])('is %s', async (_, reports, flags, code) => {
    const { services } = scanning(reports);
    expect((await dynscan(['scan', 'm.pkl', ...flags], { cwd: folder.path, services })).code).toBe(code);
  });

  it('is 3 with one message for a request that makes no sense', async () => {
    const services = { scanPaths: () => Promise.reject(new UserError(`${HOSTILE} does not exist.`)) };
    const { code, stdout, stderr } = await dynscan(['scan', 'm.pkl'], { cwd: folder.path, services });
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^dynscan: a\\x1b\[31m.* does not exist\.\n$/s);
    expect(stderr).not.toMatch(RAW_CONTROL);
  });

  it('is 2 with a stack for a defect', async () => {
    const services = { scanPaths: () => Promise.reject(new TypeError('x is not a function')) };
    const { code, stderr } = await dynscan(['scan', 'm.pkl'], { cwd: folder.path, services });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^dynscan: defect in the program;.*\nTypeError: x is not a function\n {4}at /);
  });

  it.each([
    [[], /Usage: dynscan/],
    [['scan'], /No model was named/],
    [['scan', 'm.pkl', '--nonsense'], /unknown option '--nonsense'/],
    [['scan', 'm.pkl', '--format', 'xml'], /Allowed choices are text, html, json, jsonl, sarif, github, junit/],
    [
      ['scan', 'm.pkl', '--timeout', '5x'],
      /--timeout is "5x"; allowed is a number from 1 to 86400, in seconds, or with a unit/,
    ],
    [
      ['scan', 'm.pkl', '--severity', 'bad'],
      /--severity is "bad"; allowed is one of critical, high, medium, low, info/,
    ],
    [['frobnicate'], /unknown command/],
  ])('is 3 for the arguments %j, and standard output stays empty', async (argv, message) => {
    const { code, stdout, stderr } = await dynscan(argv, { cwd: folder.path });
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(message);
  });

  it('is 0 for help and version, on standard output', async () => {
    const help = await dynscan(['scan', '--help'], { cwd: folder.path });
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('--static-only');
    expect((await dynscan(['--version'], { cwd: folder.path })).stdout).toBe('0.0.0-source\n');
  });
});

describe('standard output', () => {
  const events: ScanEvent[] = [
    { type: 'started', path: 'm.pkl', index: 0, total: 1 },
    { type: 'progress', path: 'm.pkl', stage: 'load', message: 'loading' },
    { type: 'log', message: 'a log line' },
    { type: 'trace', path: 'm.pkl', line: '28 execve("/bin/sh", …) = 0' },
  ];

  it('holds exactly one JSON document, whatever else is said', async () => {
    const { services } = scanning([malicious()], events);
    const { stdout, stderr } = await dynscan(['scan', 'm.pkl', '--format', 'json', '--print-trace'], {
      cwd: folder.path,
      services,
    });
    expect(JSON.parse(stdout)).toEqual(publishedDocument(makeDocument([malicious()])));
    expect(stderr).toBe('m.pkl\nm.pkl: loading\na log line\n28 execve("/bin/sh", …) = 0\n');
  });

  it('holds one SARIF log', async () => {
    const { services } = scanning([malicious()]);
    const { stdout } = await dynscan(['scan', 'm.pkl', '--format', 'sarif'], { cwd: folder.path, services });
    expect(JSON.parse(stdout)).toMatchObject({ version: '2.1.0', runs: [{ results: [{ ruleId: 'DYN-EXEC-SHELL' }] }] });
  });

  it('holds one HTML file, also by --output', async () => {
    const { services } = scanning([malicious()]);
    const { stdout } = await dynscan(['scan', 'm.pkl', '--format', 'html'], { cwd: folder.path, services });
    expect(stdout).toBe(formatHtml(makeDocument([malicious()])));
    await dynscan(['scan', 'm.pkl', '--format', 'html', '--output', 'r.html'], { cwd: folder.path, services });
    expect(await readFile(join(folder.path, 'r.html'), 'utf8')).toBe(stdout);
  });

  it('is coloured on a terminal, never in a pipe, and as the environment asks', async () => {
    const colored = async (stdoutIsTerminal: boolean, env: Record<string, string>) => {
      const { services } = scanning([malicious()]);
      const { stdout } = await dynscan(['scan', 'm.pkl'], { cwd: folder.path, services, stdoutIsTerminal, env });
      return stdout !== stripVTControlCharacters(stdout);
    };
    expect(await colored(true, {})).toBe(true);
    expect(await colored(false, {})).toBe(false);
    expect(await colored(true, { NO_COLOR: '1' })).toBe(false);
    expect(await colored(true, { NO_COLOR: '' })).toBe(true);
    expect(await colored(true, { TERM: 'dumb' })).toBe(false);
    expect(await colored(false, { FORCE_COLOR: '1' })).toBe(true);
    expect(await colored(true, { FORCE_COLOR: '0' })).toBe(false);
  });

  it('that was closed by its reader ends the program as SIGPIPE would, without a message', async () => {
    const stdoutFailure = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const { services } = scanning([malicious()]);
    expect(await dynscan(['scan', 'm.pkl'], { cwd: folder.path, services, stdoutFailure })).toMatchObject({
      code: 141,
      stderr: '',
    });
  });

  it('that is full is said to be', async () => {
    const stdoutFailure = Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' });
    const { services } = scanning([malicious()]);
    const { code, stderr } = await dynscan(['scan', 'm.pkl'], { cwd: folder.path, services, stdoutFailure });
    expect(code).toBe(2);
    expect(stderr).toBe('dynscan: Standard output cannot be written: write ENOSPC\n');
  });
});

describe('progress', () => {
  const started = (path: string): ScanEvent => ({ type: 'started', path, index: 0, total: 2 });
  const progress = (path: string, message: string): ScanEvent => ({ type: 'progress', path, stage: 'load', message });

  it('says without a terminal each stage once, with the model, escaped', async () => {
    const { services } = scanning(
      [scan()],
      [
        started(`a${HOSTILE}`),
        progress(`a${HOSTILE}`, 'loading'),
        progress(`a${HOSTILE}`, 'still loading'),
        { type: 'finished', path: `a${HOSTILE}`, report: scan() },
        started('b'),
      ],
    );
    const { stderr } = await dynscan(['scan', '.'], { cwd: folder.path, services });
    const name = 'aa\\x1b[31m\\x9b2J\\u{202e}gnp.exe\\n\\u{200b}\\u{e0041}\\r\\x07z';
    expect(stderr.split('\n')).toEqual([
      `[1/2] ${name}`,
      `[1/2] ${name}: loading`,
      `[1/2] ${name}: clean, 0.0 s`,
      '[2/2] b',
      '',
    ]);
  });

  it('is one line on a terminal, never wider than it, and gone at the end', async () => {
    const path = `${'模'.repeat(100)}.pkl`;
    const { services } = scanning([scan()], [started(path)]);
    const { stderr } = await dynscan(['scan', '.'], { cwd: folder.path, services, stderrIsTerminal: true });
    expect(stderr).toBe(`──────────  0/2  [1/2] ${'模'.repeat(28)}\r\u001b[2K`);
  });

  it('is silent when quiet; a trace that was asked for is still printed', async () => {
    const events: ScanEvent[] = [
      started('a'),
      progress('a', 'loading'),
      { type: 'log', message: 'log' },
      { type: 'trace', path: 'a', line: '1 exit_group(0) = ?' },
    ];
    const { services } = scanning([scan()], events);
    for (const stderrIsTerminal of [false, true]) {
      const quiet = await dynscan(['scan', 'a', '--quiet'], { cwd: folder.path, services, stderrIsTerminal });
      expect(quiet.stderr).toBe('');
    }
    const traced = await dynscan(['scan', 'a', '--quiet', '--print-trace'], { cwd: folder.path, services });
    expect(traced.stderr).toBe('==> a <==\n1 exit_group(0) = ?\n');
  });
});

describe('a request', () => {
  it('carries paths, settings from flags, and what else was asked for', async () => {
    const { services, requests } = scanning([scan()]);
    const flags =
      '--static-only --timeout 2.5 --max-file-size 1000 --jobs 3 --severity high --memory 512 --cpus 0.5 --pids 64 ' +
      '--nofile 128 --base-image debian:x --runtime runsc --docker-host unix:///x.sock';
    await dynscan(['scan', 'a', '--', '-b'].toSpliced(2, 0, ...flags.split(' ')), { cwd: folder.path, services });
    expect(requests).toMatchObject([
      {
        paths: ['a', '-b'],
        staticOnly: true,
        wantTrace: false,
        settings: {
          timeout: 2.5,
          maxFileSize: 1000,
          jobs: 3,
          severity: 'high',
          memory: 512,
          cpus: 0.5,
          pids: 64,
          nofile: 128,
          baseImage: 'debian:x',
          runtime: 'runsc',
          dockerHost: 'unix:///x.sock',
        },
      },
    ]);
  });

  it('goes on with an earlier one only when it is asked to', async () => {
    const { services, requests } = scanning([scan()]);
    for (const flags of [[], ['--resume']]) await dynscan(['scan', ...flags, 'a'], { cwd: folder.path, services });
    expect(requests.map(({ resume }) => resume)).toEqual([false, true]);
  });

  it('says which settings file it found, and takes one that is named', async () => {
    await writeFile(join(folder.path, 'dynscan.json'), '{"jobs": 1}');
    await writeFile(join(folder.path, 'ci.json'), '{"jobs": 6, "runtime": "runsc"}');
    const { services, requests } = scanning([scan()]);
    const found = await dynscan(['scan', 'a'], { cwd: folder.path, services });
    const named = await dynscan(['scan', 'a', '--config', 'ci.json'], { cwd: folder.path, services });
    expect([found.stderr, named.stderr]).toEqual([`Settings from ${folder.path}/dynscan.json: jobs 1\n`, '']);
    expect(requests.map(({ settings }) => [settings.jobs, settings.runtime])).toEqual([
      [1, ''],
      [6, 'runsc'],
    ]);
  });
});

describe('a report file', () => {
  it('holds the whole report, beside what is printed', async () => {
    const { services } = scanning([malicious()]);
    const { stdout } = await dynscan(['scan', 'm.pkl', '--report-file', 'r.json'], { cwd: folder.path, services });
    expect(stdout).toContain('MALICIOUS');
    expect(await readFile(join(folder.path, 'r.json'), 'utf8')).toBe(formatReport(makeDocument([malicious()])));
    expect(await readdir(folder.path)).toEqual(['r.json']);
  });

  it('given with --output takes the place of standard output, uncoloured', async () => {
    const { services } = scanning([malicious()]);
    const ran = await dynscan(['scan', 'm.pkl', '--output', 'r.txt'], {
      cwd: folder.path,
      services,
      env: { FORCE_COLOR: '1' },
    });
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    const text = await readFile(join(folder.path, 'r.txt'), 'utf8');
    expect(text).toMatch(/^✖ MALICIOUS {2}models\/iris\.pkl /);
  });

  it('replaces an older one in one step and with its mode', async () => {
    const target = join(folder.path, 'r.json');
    const { services } = scanning([scan()]);
    const again = () => dynscan(['scan', 'm.pkl', '--report-file', 'r.json'], { cwd: folder.path, services });
    await again();
    await chmod(target, 0o600);
    const before = await stat(target);
    expect((await again()).code).toBe(0);
    const after = await stat(target);
    expect([after.mode & 0o777, after.ino === before.ino]).toEqual([0o600, false]);
    expect(await readdir(folder.path)).toEqual(['r.json']);
  });

  it.each(['text', 'json', 'jsonl', 'sarif', 'html', 'github', 'junit'])(
    'of format %s is known as one',
    async (format) => {
      const { services } = scanning([malicious(), scan()]);
      const write = () =>
        dynscan(['scan', 'm.pkl', '--format', format, '--output', 'r'], { cwd: folder.path, services });
      expect((await write()).stderr).not.toContain('r exists');
      expect((await write()).stderr).not.toContain('r exists');
    },
  );

  it.each(['--output', '--report-file', '--trace-file'])('%s replaces nothing else, but by --force', async (flag) => {
    await writeFile(join(folder.path, 'notes'), '{"schema": "mine"}\nMALICIOUS  notes');
    const { services, requests } = scanning([scan()], [{ type: 'started', path: 'a', index: 0, total: 1 }]);
    const write = (...more: string[]) =>
      dynscan(['scan', 'm.pkl', flag, 'notes', ...more], { cwd: folder.path, services });
    const refused = await write();
    expect([refused.code, requests]).toEqual([3, []]);
    expect(refused.stderr).toMatch(/notes exists and DynScan did not write it.*--force/);
    expect(await readFile(join(folder.path, 'notes'), 'utf8')).toContain('mine');
    expect((await write('--force')).code).toBe(0);
    expect(await readFile(join(folder.path, 'notes'), 'utf8')).not.toContain('mine');
  });

  it.each([
    ['--output', 'report'],
    ['--report-file', 'report'],
    ['--trace-file', 'report'],
    ['--output', 'out/victim'],
    ['--report-file', 'out/new'],
    ['--trace-file', 'out/new'],
    ['--output', 'dangling'],
    ['--trace-file', 'dangling'],
  ])('%s %s does not follow a planted link', async (flag, file) => {
    const download = join(folder.path, 'download');
    await mkdir(join(folder.path, 'home'));
    await mkdir(download);
    const victim = join(folder.path, 'home', 'victim');
    await writeFile(victim, '');
    await symlink('../home/victim', join(download, 'report'));
    await symlink('../home', join(download, 'out'));
    await symlink('../home/new', join(download, 'dangling'));
    const { services, requests } = scanning([scan()], [{ type: 'started', path: 'a', index: 0, total: 1 }]);
    const refused = await dynscan(['scan', '.', flag, file], { cwd: download, services });
    expect([refused.code, requests]).toEqual([3, []]);
    expect(refused.stderr).toMatch(/is a link to \.\.\/home/);
    expect(await readdir(join(folder.path, 'home'))).toEqual(['victim']);
    expect(await readFile(victim, 'utf8')).toBe('');
    // Told to, a link in the place of the file is replaced; what it leads to is still not written to.
    if (file.startsWith('out/')) return;
    expect((await dynscan(['scan', '.', flag, file, '--force'], { cwd: download, services })).code).toBe(0);
    expect((await lstat(join(download, file))).isFile()).toBe(true);
    expect(await readFile(victim, 'utf8')).toBe('');
  });

  it('does not follow a link that comes while the scan goes on', async () => {
    const victim = join(folder.path, 'victim');
    await writeFile(victim, 'precious');
    const services = {
      scanPaths: async () => {
        await symlink('victim', join(folder.path, 'r.json'));
        return makeDocument([scan()]);
      },
    };
    const { stderr } = await dynscan(['scan', 'a', '--report-file', 'r.json'], { cwd: folder.path, services });
    expect(stderr).toMatch(/r\.json is a link to victim/);
    expect(await readFile(victim, 'utf8')).toBe('precious');
  });

  it('says why when the scan fails, and nothing else is left', async () => {
    const services = { scanPaths: () => Promise.reject(new UserError('No such thing.')) };
    await dynscan(['scan', 'm.pkl', '--report-file', 'r.json'], { cwd: folder.path, services });
    expect(await readdir(folder.path)).toEqual(['r.json']);
    const text = await readFile(join(folder.path, 'r.json'), 'utf8');
    expect(reportDocumentSchema.parse(JSON.parse(text))).toEqual(
      makeDocument([], { problems: [{ text: 'No such thing.' }] }),
    );
  });

  it('may be a device, which is written to and stays one', async () => {
    const { services } = scanning([scan()]);
    expect((await dynscan(['scan', 'm.pkl', '--output', '/dev/null'], { cwd: folder.path, services })).code).toBe(0);
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  it.each([
    ['--output', 'none/r.json', /none\/r\.json cannot be written: ENOENT/],
    ['--report-file', '.', /is a folder; name a file/],
    ['--trace-file', 'none/t.log', /none\/t\.log cannot be written: ENOENT/],
    ['--output', 'm.pkl', /--output m\.pkl is also a model to scan/],
    ['--trace-file', './x/../m.pkl', /is also a model to scan/],
  ])('with %s %s is refused before anything is scanned', async (flag, file, message) => {
    const { services, requests } = scanning([scan()]);
    const { code, stderr } = await dynscan(['scan', 'm.pkl', flag, file], { cwd: folder.path, services });
    expect([code, requests]).toEqual([3, []]);
    expect(stderr).toMatch(message);
  });

  it('cannot be two reports at once', async () => {
    const flags = ['--output', 'r', '--report-file', 'r'];
    const { stderr } = await dynscan(['scan', 'm.pkl', ...flags], { cwd: folder.path });
    expect(stderr).toBe('dynscan: --report-file r is also the file of --output. Name another file.\n');
  });
});

describe('a trace file', () => {
  const trace = (path: string, line: string): ScanEvent => ({ type: 'trace', path, line });

  it('holds the raw lines', async () => {
    const { services, requests } = scanning(
      [scan()],
      [
        { type: 'started', path: 'a', index: 0, total: 1 },
        trace('a', '1 read(3, "\\33") = 1'),
        trace('a', '1 exit_group(0) = ?'),
      ],
    );
    await dynscan(['scan', 'a', '--trace-file', 't.log'], { cwd: folder.path, services });
    expect(requests[0]?.wantTrace).toBe(true);
    expect(await readFile(join(folder.path, 't.log'), 'utf8')).toBe('1 read(3, "\\33") = 1\n1 exit_group(0) = ?\n');
  });

  it('is one for each of several models', async () => {
    const { services } = scanning(
      [scan()],
      [
        { type: 'started', path: 'a', index: 0, total: 2 },
        { type: 'started', path: 'b', index: 1, total: 2 },
        trace('b', 'of b'),
        trace('a', 'of a'),
      ],
    );
    const ran = await dynscan(['scan', '.', '--trace-file', 't.log', '--quiet'], { cwd: folder.path, services });
    const whose = (name: string, model: string) => `${join(folder.path, name)} is the trace of ${resolve(model)}\n`;
    expect(ran.stderr).toBe(whose('t.1.log', 'a') + whose('t.2.log', 'b'));
    expect(await readFile(join(folder.path, 't.1.log'), 'utf8')).toBe('of a\n');
    expect(await readFile(join(folder.path, 't.2.log'), 'utf8')).toBe('of b\n');
  });

  it('is not taken by what lies beside the model and is only read', async () => {
    const { services } = scanning(
      [scan()],
      [
        { type: 'started', path: 'a', index: 0, total: 1 },
        { type: 'started', path: 'train.py', index: 1, total: 1, sidecar: true },
        { type: 'finished', path: 'train.py', report: scan() },
        trace('a', 'of a'),
      ],
    );
    const { stderr } = await dynscan(['scan', 'a', '--trace-file', 't.log'], { cwd: folder.path, services });
    expect(stderr).not.toMatch(/\/1\]/);
    expect(await readFile(join(folder.path, 't.log'), 'utf8')).toBe('of a\n');
  });

  it('stands in the report of its model, and an earlier one is replaced, not written into', async () => {
    const model = join(folder.path, 'a');
    const report = scan();
    const line = '11 1795304296.04 execve("/usr/bin/setpriv", ["/usr/bin/setpriv", "/opt/dynscan/runner.py"], 0x0) = 0';
    const { services } = scanning(
      [{ ...report, model: { ...report.model, path: model } }],
      [{ type: 'started', path: model, index: 0, total: 1 }, trace(model, line)],
    );
    const argv = ['scan', 'a', '--trace-file', 't.log', '--format', 'json'];
    const { stdout } = await dynscan(argv, { cwd: folder.path, services });
    expect((JSON.parse(stdout) as PublishedDocument).scans[0]?.trace.file).toBe(join(folder.path, 't.log'));
    const before = await stat(join(folder.path, 't.log'));
    expect((await dynscan(argv, { cwd: folder.path, services })).code).toBe(0);
    expect((await stat(join(folder.path, 't.log'))).ino).not.toBe(before.ino);
    expect(await readdir(folder.path)).toEqual(['t.log']);
  });

  it('that can no longer be written takes nothing from what is seen, and that is in the document', async () => {
    const events: ScanEvent[] = [{ type: 'started', path: 'a', index: 0, total: 1 }, trace('a', 'x')];
    const clean = await dynscan(['scan', 'a', '--format', 'json', '--trace-file', '/dev/full'], {
      cwd: folder.path,
      services: scanning([scan()], events).services,
    });
    expect(clean.code).toBe(2);
    expect(clean.stderr).toContain('dynscan: /dev/full cannot be written: ENOSPC');
    expect(JSON.parse(clean.stdout)).toMatchObject({
      verdict: 'inconclusive',
      scans: [{ verdict: 'clean' }],
      problems: [{ text: expect.stringMatching(/^\/dev\/full cannot be written: ENOSPC/) as string }],
    });
    const found = await dynscan(['scan', 'a', '--trace-file', '/dev/full'], {
      cwd: folder.path,
      services: scanning([malicious()], events).services,
    });
    expect([found.code, found.stdout.includes('✖ MALICIOUS')]).toEqual([1, true]);
  });
});

describe('an interrupt', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends the scan and then the program with %d', async (name, code) => {
    let send: (() => void) | undefined;
    const ran = await dynscan(['scan', 'a', '--report-file', 'r.json'], {
      cwd: folder.path,
      services: {
        scanPaths: (_, { signal }) => {
          send?.();
          return untilAborted(signal);
        },
      },
      onStart: (interrupt) => {
        send = () => interrupt(name);
      },
    });
    expect(ran).toEqual({ code, stdout: '', stderr: '', left: [], listeners: 0 });
    expect(JSON.parse(await readFile(join(folder.path, 'r.json'), 'utf8'))).toMatchObject({
      verdict: 'inconclusive',
      scans: [],
      problems: [{ text: 'The scan was stopped before it was done.' }],
    });
  });

  it.each(['json', 'sarif', 'html', 'text'])('keeps what was finished and what was seen, as %s', async (format) => {
    let send: (() => void) | undefined;
    const ran = await dynscan(['scan', '.', '--format', format, '--report-file', 'r.json'], {
      cwd: folder.path,
      services: {
        scanPaths: (_, { signal, onEvent }) => {
          onEvent({ type: 'found', paths: ['a', 'b', 'c'] });
          onEvent({ type: 'started', path: 'a', index: 0, total: 3 });
          onEvent({ type: 'finished', path: 'a', report: malicious() });
          onEvent({ type: 'started', path: 'b', index: 1, total: 3 });
          onEvent({ type: 'stopped', path: 'b', report: inconclusive() });
          send?.();
          return untilAborted(signal);
        },
      },
      onStart: (interrupt) => {
        send = () => interrupt('SIGTERM');
      },
    });
    expect([ran.code, ran.stderr.includes('dynscan:')]).toEqual([143, false]);
    const why = 'The scan was stopped before it was done. Not scanned of 3: c.';
    const document = makeDocument([malicious(), inconclusive()], { problems: [{ text: why }] });
    expect(JSON.parse(await readFile(join(folder.path, 'r.json'), 'utf8'))).toEqual(publishedDocument(document));
    expect(ran.stdout.replace(/ · [\d.]+ s$/m, '')).toBe(
      format === 'text'
        ? formatText(document, { color: false, width: 80 })
        : formatFile(document, format as 'json' | 'sarif' | 'html', { root: folder.path }),
    );
  });

  it('leaves at once the second time', async () => {
    let send: (() => void) | undefined;
    const ran = await dynscan(['scan', 'a'], {
      cwd: folder.path,
      services: {
        scanPaths: (_, { signal }) => {
          send?.();
          send?.();
          return untilAborted(signal);
        },
      },
      onStart: (interrupt) => {
        send = () => interrupt('SIGINT');
      },
    });
    expect(ran.left).toEqual([130]);
  });

  it('does not hide that cleaning up failed', async () => {
    let send: (() => void) | undefined;
    const ran = await dynscan(['scan', 'a'], {
      cwd: folder.path,
      services: {
        scanPaths: () => {
          send?.();
          return Promise.reject(new UserError('The container could not be removed.'));
        },
      },
      onStart: (interrupt) => {
        send = () => interrupt('SIGINT');
      },
    });
    expect([ran.code, ran.stderr]).toEqual([130, 'dynscan: The container could not be removed.\n']);
  });
});

describe('a document', () => {
  const parse = (stdout: string): PublishedDocument => reportDocumentSchema.parse(JSON.parse(stdout));

  it.each<[string, string[], RegExp]>([
    ['a flag that makes no sense', ['--timeout', 'soon'], /--timeout is "soon"; allowed is .* in seconds/],
    ['a flag that does not exist', ['--nonsense'], /unknown option '--nonsense'/],
    ['a settings file that is missing', ['--config', 'none.json'], /none\.json cannot be read/],
    ['a test case that is missing', ['--test-case', 'none.py'], /none\.py/],
    ['a baseline that is missing', ['--baseline', 'none.json'], /none\.json/],
    ['a report file in no folder', ['--report-file', 'none/r.json'], /none\/r\.json cannot be written/],
    ['an output in no folder', ['--output', 'none/r.json'], /none\/r\.json cannot be written/],
    ['an output that is the model', ['--output', 'm.pkl'], /is also a model to scan/],
  ])('is there for %s, as JSON and as SARIF', async (_, flags, message) => {
    const { services, requests } = scanning([scan()]);
    const given = { cwd: folder.path, services };
    const json = await dynscan(['scan', 'm.pkl', '--format', 'json', ...flags], given);
    expect([json.code, requests]).toEqual([3, []]);
    expect(parse(json.stdout)).toMatchObject({ verdict: 'inconclusive', scans: [] });
    expect(
      parse(json.stdout)
        .problems?.map(({ text }) => text)
        .join(),
    ).toMatch(message);
    const sarif = await dynscan(['scan', 'm.pkl', ...flags, '--format=sarif'], given);
    expect(JSON.parse(sarif.stdout)).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          invocations: [
            {
              executionSuccessful: false,
              toolExecutionNotifications: [{ message: { text: expect.stringMatching(message) as string } }],
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['a defect', new TypeError('x is not a function'), /error of its own.*TypeError: x is not a function/],
    ['a request of which nothing can be done', new UserError('There is no model.'), /^There is no model\.$/],
    ['a full disk', Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC' }), /no room left on the disk/],
  ])('has the models that were scanned before %s, and the reason', async (_, error, message) => {
    const services = {
      scanPaths: (_request: unknown, { onEvent }: ScanHooks) => {
        onEvent({ type: 'found', paths: ['a', HOSTILE] });
        onEvent({ type: 'started', path: 'a', index: 0, total: 2 });
        onEvent({ type: 'finished', path: 'a', report: malicious() });
        return Promise.reject(error);
      },
    };
    const { code, stdout } = await dynscan(['scan', '.', '--format', 'json'], { cwd: folder.path, services });
    expect(code).toBe(1);
    const document = parse(stdout);
    expect(document.scans).toEqual([publishedScan(malicious())]);
    expect(document.problems?.[0]?.text.split(' Not scanned of 2: ')[0]).toMatch(message);
    expect(document.problems?.[0]?.text).toContain('Not scanned of 2: a\\x1b[31m');
  });

  it('has what was seen when an error is thrown outside any handler, though the scan never ends', async () => {
    let crash: ((error: unknown) => void) | undefined;
    let aborted = false;
    const ran = await dynscan(['scan', 'a', '--format', 'json'], {
      cwd: folder.path,
      services: {
        scanPaths: (_, { signal, onEvent }) => {
          onEvent({ type: 'started', path: 'a', index: 0, total: 1 });
          const partialReport = () => inconclusive({ findings: [finding()] });
          onEvent({ type: 'finding', path: 'a', index: 0, finding: finding(), partialReport });
          signal.addEventListener('abort', () => (aborted = true));
          crash?.(new Error('socket hang up'));
          return new Promise(() => undefined);
        },
      },
      onStart: (_, fail) => {
        crash = fail;
      },
    });
    expect([ran.code, aborted, ran.listeners]).toEqual([1, true, 0]);
    expect(ran.stderr).toMatch(/^a\ndynscan: defect in the program;.*\nError: socket hang up\n/);
    expect(parse(ran.stdout)).toMatchObject({
      scans: [{ findings: [{ rule: finding().rule }] }],
      problems: [{ text: expect.stringContaining('socket hang up') as string }],
    });
  });

  it('says each problem of the request once, and never ends as if all was done', async () => {
    const problems = [{ text: 'No container engine answers.' }, { text: 'b.pkl does not exist.', path: 'b.pkl' }];
    const services = { scanPaths: () => Promise.resolve(makeDocument([scan()], { problems })) };
    const { code, stdout, stderr } = await dynscan(['scan', '.', '--format', 'json'], { cwd: folder.path, services });
    expect([code, parse(stdout).problems]).toEqual([2, problems]);
    expect(stderr).toBe('dynscan: No container engine answers.\ndynscan: b.pkl does not exist.\n');
  });

  it('is printed when its file cannot be written', async () => {
    const { services } = scanning([malicious()]);
    const flags = ['--format', 'json', '--output', '/dev/full', '--report-file', '/dev/full'];
    const { code, stdout } = await dynscan(['scan', 'm.pkl', ...flags.slice(0, 4)], { cwd: folder.path, services });
    expect(code).toBe(1);
    expect(parse(stdout)).toMatchObject({
      scans: [{ verdict: 'malicious' }],
      problems: [{ text: expect.stringMatching(/^\/dev\/full cannot be written: ENOSPC/) as string }],
    });
    const other = await dynscan(['scan', 'm.pkl', ...flags.slice(0, 2), ...flags.slice(4)], {
      cwd: folder.path,
      services,
    });
    expect([other.code, parse(other.stdout).problems?.length]).toEqual([1, 1]);
  });

  it('tells which settings were found and not taken', async () => {
    await writeFile(join(folder.path, 'dynscan.json'), '{"severity": "critical"}');
    const { services } = scanning([low]);
    const { code, stdout } = await dynscan(['scan', 'a', '--format', 'json'], { cwd: folder.path, services });
    expect(code).toBe(1);
    expect(parse(stdout).notes?.[1]).toMatch(
      /dynscan\.json: severity "critical", because a settings file that was found/,
    );
  });
});

function untilAborted(signal: AbortSignal): Promise<ReportDocument> {
  return new Promise((_, fail) => {
    const end = (): void => fail(new CancelledError());
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

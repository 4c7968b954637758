import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { findingSchema, processSchema } from '../../src/core/schema.js';
import { RAW_CONTROL } from '../report/samples.js';
import { dynscan, temporaryFolder } from './harness.js';

const folder = temporaryFolder();
const SHELL = join(import.meta.dirname, 'logs', 'shell.strace');
const QUIET = join(import.meta.dirname, 'logs', 'quiet.strace');

const documentSchema = z.strictObject({
  schema: z.literal('dynscan-explain/1'),
  tool: z.strictObject({ name: z.literal('dynscan'), version: z.string() }),
  events: z.array(z.strictObject({ line: z.int(), pid: z.int(), time: z.number().optional(), text: z.string() })),
  findings: z.array(findingSchema),
  processes: z.array(processSchema),
  conversations: z.array(z.unknown()),
  gaps: z.array(z.string()),
  trace: z.strictObject({
    lines: z.int(),
    bytes: z.int(),
    unparsed: z.int(),
    unparsedExamples: z.array(z.string()),
  }),
});

it('says what the rules find first, and explains every call in a sentence with --details', async () => {
  const brief = await dynscan(['explain', SHELL], { cwd: folder.path });
  expect(brief.stdout).toMatch(/^✖ MALICIOUS {2}.*shell\.strace .*\n {2}Looks for SSH keys\.\n/);
  expect(brief.stdout).toMatch(/\n15 lines: --details explains each call\n$/);
  const { code, stdout, stderr } = await dynscan(['explain', SHELL, '--details'], { cwd: folder.path });
  expect([code, stderr]).toEqual([1, '']);
  const lines = stdout.split('\n');
  expect(lines).toContain('    6  PID 4101 starts the program /bin/sh with the arguments sh -c id. It worked.');
  expect(lines).toContain(
    '    8  PID 4101 tries to connect to 192.0.2.5 port 8080 over TCP. Interrupted (ERESTARTSYS).',
  );
  expect(lines.filter((line) => /^ +\d+ {2}PID /.test(line))).toHaveLength(15 - 1);
  expect(lines.indexOf('  Looks for SSH keys.')).toBeLessThan(lines.findIndex((line) => /^ +1 {2}PID /.test(line)));
  const piped = await dynscan(['explain', '-', '--details'], {
    cwd: folder.path,
    stdin: await readFile(SHELL, 'latin1'),
  });
  expect(piped.stdout.split('\n').slice(1)).toEqual(lines.slice(1));
  expect(stdout).toMatch(/^ {2}(CRITICAL|HIGH) .* DYN-EXEC-/m);
  expect(stdout).toMatch(/└─ 4101 {2}sh -c id/);
  expect(stdout).not.toMatch(RAW_CONTROL);
});

it('counts what the traced program itself does, though no runner says when the model is loaded', async () => {
  const { stdout } = await dynscan(['explain', SHELL, '--format', 'json'], { cwd: folder.path });
  const { findings } = documentSchema.parse(JSON.parse(stdout));
  expect(findings.map(({ evidence }) => evidence[0]?.line)).toContain(3);
  expect(findings.filter(({ evidence }) => evidence[0]?.line === 1)).toEqual([]);
  expect(findings.filter(({ phase }) => phase !== undefined)).toEqual([]);
});

it('prints one JSON document with events, findings and processes', async () => {
  const { code, stdout } = await dynscan(['explain', SHELL, '--format', 'json'], { cwd: folder.path });
  const document = documentSchema.parse(JSON.parse(stdout));
  expect(code).toBe(1);
  expect(document.events[4]).toEqual({
    line: 6,
    pid: 4101,
    text: 'PID 4101 starts the program /bin/sh with the arguments sh -c id. It worked.',
  });
  expect(document.processes.map(({ pid, parent }) => [pid, parent])).toEqual([
    [4100, undefined],
    [4101, 4100],
  ]);
  expect(document.gaps).toEqual([]);
  expect(document.trace).toMatchObject({ lines: 15, unparsed: 0 });
});

it.each(['html', 'jsonl', 'sarif', 'github', 'junit'])('reports as %s, as a scan does', async (format) => {
  const { code, stdout } = await dynscan(['explain', SHELL, '--format', format], { cwd: folder.path });
  expect(code).toBe(1);
  expect(stdout).toContain('Looks for SSH keys');
});

it('answers 0 for a log in which nothing stands out', async () => {
  const { code, stdout } = await dynscan(['explain', QUIET], { cwd: folder.path });
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('5 lines: --details explains each call');
});

it('reads standard input, and prints a whole document for a log without an event', async () => {
  const log = await readFile(QUIET, 'latin1');
  expect(await dynscan(['explain', '-'], { cwd: folder.path, stdin: log })).toMatchObject({ code: 0 });
  const empty = await dynscan(['explain', '-', '--format', 'json'], { cwd: folder.path, stdin: '' });
  expect(empty.code).toBe(2);
  expect(documentSchema.parse(JSON.parse(empty.stdout))).toMatchObject({
    events: [],
    gaps: ['There is no line of strace in the log.'],
  });
});

it('answers 2 for a log with lines that cannot be read, or that stops early', async () => {
  const log = await readFile(QUIET, 'latin1');
  const mixed = await dynscan(['explain', '-'], { cwd: folder.path, stdin: `hello \u001b[2J?\n${log}` });
  expect(mixed.code).toBe(2);
  expect(mixed.stdout).toContain('Lines of the trace that could not be read: 1.');
  expect(mixed.stdout).not.toMatch(RAW_CONTROL);
  const cut = await dynscan(['explain', '-'], { cwd: folder.path, stdin: log.split('\n').slice(0, 3).join('\n') });
  expect(cut.code).toBe(2);
});

it('finds nothing over a threshold that nothing reaches', async () => {
  const log = '50 execve("/usr/bin/python3", ["python3"], 0x1 /* 1 var */) = 0\n50 +++ exited with 0 +++\n';
  const flags = ['--severity', 'critical'];
  expect((await dynscan(['explain', '-', ...flags], { cwd: folder.path, stdin: log })).code).toBe(0);
});

it.each([
  ['none.log', /The log .*none\.log cannot be read: ENOENT/],
  ['.', /is not a regular file. What a pipe brings can be read from standard input/],
])('says why %s cannot be read', async (file, message) => {
  const { code, stderr } = await dynscan(['explain', file], { cwd: folder.path });
  expect(code).toBe(3);
  expect(stderr).toMatch(message);
});

it('stops quietly when its reader has seen enough', async () => {
  const stdoutFailure = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  expect(await dynscan(['explain', SHELL], { cwd: folder.path, stdoutFailure })).toMatchObject({
    code: 141,
    stderr: '',
  });
});

it('stops at an interrupt though its input neither ends nor goes on', async () => {
  let interrupt: (signal: 'SIGINT') => void = () => undefined;
  const stdin = new Readable({ read: () => interrupt('SIGINT') });
  const ran = await dynscan(['explain', '-'], {
    cwd: folder.path,
    stdin,
    onStart: (send) => (interrupt = send),
  });
  expect([ran.code, ran.stdout, ran.stderr]).toEqual([130, '', '']);
});

it('follows the first process of a terminal log, whose number shows only when there are others, to its end', async () => {
  const terminal = [
    'execve("/bin/sh", ["sh", "-c", "id"], 0x7ffd0 /* 9 vars */) = 0',
    'clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f0) = 71',
    'strace: Process 71 attached',
    '[pid    71] execve("/usr/bin/id", ["id"], 0x7ffd0 /* 9 vars */) = 0',
    '[pid    71] +++ exited with 0 +++',
    '[pid    70] wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 71',
    '+++ exited with 0 +++',
    '',
  ].join('\n');
  const { code, stdout } = await dynscan(['explain', '-', '--details'], { cwd: folder.path, stdin: terminal });
  expect(stdout).not.toContain('stops before');
  expect(stdout).toContain('PID 71 starts the program /usr/bin/id');
  expect(code).toBe(1);
});

import { readFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { connectEngine } from '../../src/docker/engine.js';
import { ensureImage } from '../../src/docker/images.js';
import { CancelledError, UserError } from '../../src/core/user-error.js';
import { dynamicFindings, model, scan, scratch } from './support.js';

/** What the kernel says of the first process in the container of this process's model. */
async function statusOfFirst(): Promise<string> {
  const { docker } = await connectEngine(DEFAULT_SETTINGS);
  const list = await docker.listContainers({ filters: { label: ['dynscan.run'] } });
  const mine = list.find(
    ({ Labels }) => Labels['dynscan.owner']?.endsWith(`/${process.pid}`) && Labels['dynscan.run'] !== 'network',
  );
  const container = docker.getContainer(mine?.Id ?? 'there is none');
  const exec = await container.exec({ Cmd: ['cat', '/proc/1/status'], AttachStdout: true, Tty: true });
  const chunks: Buffer[] = [];
  for await (const chunk of await exec.start({ Tty: true })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString().replaceAll('\r', '');
}

describe("the model's process, asked from inside,", () => {
  it('has no capability, no new privileges, a seccomp filter, and another user than its tracer', async () => {
    const { output } = await scan(model('hostile', 'tells-its-rights.pkl'));
    const status = (key: string) => new RegExp(`^${key}:\\\\t(.*)$`, 'm').exec(output.stdout)?.[1];
    expect(status('CapEff')).toBe('0000000000000000');
    expect(status('CapPrm')).toBe('0000000000000000');
    expect(status('CapInh')).toBe('0000000000000000');
    expect(status('CapAmb')).toBe('0000000000000000');
    expect(status('NoNewPrivs')).toBe('1');
    expect(status('Seccomp')).toBe('2');
    expect(status('Uid')).toBe(['10001', '10001', '10001', '10001'].join('\\t'));
    expect(Number(status('TracerPid'))).toBeGreaterThan(1);
  });

  it('is under a first process with the five capabilities of the tracer and no other', async () => {
    let status: Promise<string> | undefined;
    const abort = new AbortController();
    // A model that goes on, so that there is a first process to look at.
    const scanning = scan(model('hostile', 'hangs.pkl'), {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type === 'progress' && event.stage === 'load')
          status ??= statusOfFirst().finally(() => {
            abort.abort();
          });
      },
    });
    await expect(scanning).rejects.toBeInstanceOf(CancelledError);
    // KILL, SETGID, SETUID, DAC_READ_SEARCH, SYS_PTRACE: the bits of capabilities(7).
    const five = [5, 6, 7, 2, 19].reduce((set, bit) => set | (1 << bit), 0).toString(16);
    for (const set of ['CapPrm', 'CapEff', 'CapBnd'])
      expect(await status).toMatch(new RegExp(`^${set}:\\s*0*${five}$`, 'm'));
    expect(await status).toMatch(/^NoNewPrivs:\s+1$/m);
  });

  it('has a read-only root, bounded scratch that runs nothing, its model read-only, and no network but loopback', async () => {
    const { output } = await scan(model('hostile', 'tells-its-rights.pkl'), { settings: { nofile: 333 } });
    const mount = (path: string) => output.stdout.split('\n').find((line) => line.split(' ')[4] === path) ?? '';
    expect(mount('/').split(' ')[5]).toMatch(/^ro\b/);
    for (const path of ['/tmp', '/home/model']) {
      expect(mount(path)).toMatch(/noexec/);
      expect(mount(path)).toMatch(/nosuid/);
      expect(mount(path)).toMatch(/tmpfs .*size=262144k.*nr_inodes=65536/);
    }
    expect(mount('/model/tells-its-rights.pkl').split(' ')[5]).toMatch(/^ro\b/);
    const interfaces = [...output.stdout.matchAll(/^ *([a-z0-9]+): +\d/gm)].map(([, name]) => name);
    expect(interfaces).toEqual(['lo']);
    expect(output.stdout).toMatch(/Max open files +333 +333/);
    expect(output.stdout).toMatch(/Max core file size +0 +0/);
  });

  it('finds no descriptor of the trace, and writing wherever it can hides nothing', async () => {
    const report = await scan(model('hostile', 'looks-for-the-trace.pkl'));
    expect(report.trace.unparsed).toBe(0);
    expect(dynamicFindings(report).some(({ rule }) => rule === 'DYN-EXEC-SHELL')).toBe(true);
    expect(report.verdict).toBe('malicious');
  });
});

describe('an image that cannot be built', () => {
  it('says which step failed and why, and keeps the log', async () => {
    const engine = await connectEngine(DEFAULT_SETTINGS);
    const base = 'dynscan-test-empty:latest';
    // A base without a shell: the first RUN fails.
    const folder = await mkdtemp(join(scratch, 'empty-'));
    const tar = spawn('tar', ['-C', folder, '-c', '.']);
    const stream = await engine.docker.importImage(tar.stdout, {
      repo: 'dynscan-test-empty',
      tag: 'latest',
    });
    await new Promise((resolve) => stream.on('end', resolve).resume());
    try {
      const failure = await ensureImage(
        engine,
        'core',
        { ...DEFAULT_SETTINGS, baseImage: base },
        () => undefined,
        new AbortController().signal,
      ).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(UserError);
      const { message } = failure as UserError;
      expect(message).toMatch(/failed at "Step \d+\/\d+ : RUN apt-get update/);
      const log = /The whole log is in (\S+\.log)/.exec(message)?.[1] ?? '';
      expect(await readFile(log, 'utf8')).toMatch(/Step \d+\/\d+ : RUN apt-get update/);
    } finally {
      await engine.docker.getImage(base).remove({ force: true });
    }
  });
});

describe('a process that would go on without its first thread', () => {
  const EXIT = '{"x86_64": 60, "aarch64": 93}[os.uname().machine]';
  const kernel = (call: string): string => `import ctypes, os; ctypes.CDLL(None).syscall(${call})`;
  it.each([
    ['because of a call of another kind of processor', kernel('0x40000000 | 39'), 'DYN-ESCAPE-FORBIDDEN'],
    [
      'because of such a call, with the lock of the interpreter',
      'import ctypes; ctypes.PyDLL(None).syscall(0x40000000 | 39)',
      'DYN-ESCAPE-FORBIDDEN',
    ],
    ['because that ended', kernel(`${EXIT}, 0`), 'DYN-EVADE-QUIT'],
  ])('%s is ended, and a finding', async (name, source, rule) => {
    const path = join(await mkdtemp(join(scratch, 'leader-')), 'model.pkl');
    const text = JSON.stringify(source).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
    await writeFile(path, `c__builtin__\nexec\n(S'${text}'\ntR.`);
    const report = await scan(path);
    expect(
      dynamicFindings(report).map(({ rule: found }) => found),
      name,
    ).toContain(rule);
    expect(report.limits.map(({ limit }) => limit)).not.toContain('time');
  });
});

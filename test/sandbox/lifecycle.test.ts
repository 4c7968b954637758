import { execa } from 'execa';
import { randomUUID } from 'node:crypto';
import { chmod, copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { connectEngine } from '../../src/docker/engine.js';
import { reapContainers } from '../../src/docker/container.js';
import { scanReportSchema, type ScanReport } from '../../src/core/schema.js';
import { CancelledError } from '../../src/core/user-error.js';
import type { ScanEvent } from '../../src/scan/scan-request.js';
import { containers, model, scan, scratch } from './support.js';

describe('the container is gone, whatever happened', () => {
  it.each(['static', 'engine', 'image', 'start', 'import', 'load'] as const)(
    'when the scan is cancelled the moment stage %s begins',
    async (stage) => {
      const abort = new AbortController();
      // By itself it would go on for an hour.
      const settings = { timeout: 3600 };
      const onEvent = (event: ScanEvent): void => {
        if (event.type === 'progress' && event.stage === stage) abort.abort();
      };
      await expect(
        scan(model('hostile', 'hangs.pkl'), { settings, signal: abort.signal, onEvent }),
      ).rejects.toBeInstanceOf(CancelledError);
      expect(await containers()).toEqual([]);
    },
  );

  it('when the client is killed: the sandbox ends itself when its input closes', async () => {
    const client = execa('node', ['dist/cli.js', 'scan', '--quiet', model('hostile', 'hangs.pkl')], {
      reject: false,
      env: process.env,
    });
    const pid = client.pid ?? 0;
    // The model's and its network's.
    await until(async () => (await containers(pid)).length === 2);
    client.kill('SIGKILL');
    await client;
    await until(async () => (await containers(pid)).length === 0);
    expect(await containers(pid)).toEqual([]);
  });

  it('when a client died before it could start it: the next start reaps it, and nothing of who lives or cannot be asked', async () => {
    const engine = await connectEngine(DEFAULT_SETTINGS);
    const [image] = await engine.docker.listImages({ filters: { label: ['dynscan.layer=core'] } });
    const { signal } = new AbortController();
    const make = async (owner: string) => {
      const options = {
        Image: image?.Id ?? '',
        Cmd: ['true'],
        Labels: { 'dynscan.run': 'test', 'dynscan.owner': owner },
      };
      const { id } = await engine.docker.createContainer(options);
      return id;
    };
    const all = async () => {
      const list = await engine.docker.listContainers({ all: true, filters: { label: ['dynscan.run=test'] } });
      return list.map(({ Id }) => Id);
    };
    // Another DynScan, while it scans.
    const other = execa('node', ['dist/cli.js', 'scan', '--quiet', model('hostile', 'hangs.pkl')], { reject: false });
    await until(async () => (await containers(other.pid)).length === 2);
    const running = await engine.docker.listContainers({ filters: { label: ['dynscan.run=network'] } });
    const labels = running.map(({ Labels }) => Labels['dynscan.owner'] ?? '');
    const owner = labels.find((label) => label.endsWith(`/${other.pid ?? ''}`))?.split('/')[0] ?? '';
    // The same process number, and an owner that cannot be asked.
    const theirs = await make(`${owner}/${process.pid}`);
    const unknown = await make(`${randomUUID()}/${process.pid}`);
    try {
      await reapContainers(engine, signal);
      expect(await all()).toEqual(expect.arrayContaining([theirs, unknown]));
      other.kill('SIGKILL');
      await other;
      await reapContainers(engine, signal);
      expect(await all()).toContain(unknown);
      expect(await all()).not.toContain(theirs);
    } finally {
      other.kill('SIGKILL');
      for (const id of [theirs, unknown])
        await engine.docker
          .getContainer(id)
          .remove({ force: true })
          .catch(() => undefined);
    }
  });
});

describe('what a model did before its scan was stopped', () => {
  it('is reported: with verdict, trace and process tree, and the reason why that is not all', async () => {
    const path = join(scratch, 'acts-then-works.pkl');
    await writeFile(path, 'c__builtin__\nexec\n(S\'import os; os.system("id")\\nwhile True: pass\'\ntR.');
    const abort = new AbortController();
    const partialReport: ScanReport[] = [];
    let stopped: ScanReport | undefined;
    const onEvent = (event: ScanEvent): void => {
      if (event.type === 'stopped') stopped = event.report;
      if (event.type !== 'finding') return;
      partialReport.push(event.partialReport());
      if (event.finding.rule.startsWith('DYN-EXEC')) abort.abort();
    };
    await expect(scan(path, { signal: abort.signal, onEvent })).rejects.toBeInstanceOf(CancelledError);
    expect(await containers()).toEqual([]);

    expect(partialReport.at(-1)?.verdict).toBe('malicious');
    for (const { verdict, reasons } of partialReport) {
      expect(verdict).not.toBe('clean');
      expect(reasons).toContain('The model still runs: this is what it has done so far.');
    }
    expect(stopped).toMatchObject({ verdict: 'malicious', load: { outcome: 'stopped' } });
    expect(stopped?.model.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(stopped?.reasons).toContain('The scan was stopped, so this is what the model had done until then.');
    expect(stopped?.findings.some(({ rule }) => rule.startsWith('DYN-EXEC'))).toBe(true);
    expect(stopped?.processes.some(({ argv }) => argv.join(' ').endsWith('id'))).toBe(true);
    expect(scanReportSchema.safeParse(stopped).success).toBe(true);
  });
});

describe('a model that only its owner may read', () => {
  it('is scanned from a copy, and the copy is removed', async () => {
    const path = join(scratch, 'private.pkl');
    await copyFile(model('harmless', 'plain-protocol-4.pkl'), path);
    await chmod(path, 0o600);
    expect((await scan(path)).verdict).toBe('clean');
    expect(await readdir(join(scratch, 'cache/copies'))).toEqual([]);
  });
});

describe('while it runs', () => {
  it('a scan tells its phases in order and its findings before it is done', async () => {
    const seen: string[] = [];
    await scan(model('hostile', 'id.pkl'), {
      onEvent: (event) => {
        if (event.type === 'progress' && seen.at(-1) !== event.stage) seen.push(event.stage);
        if (event.type === 'finding' && event.finding.engine === 'dynamic' && seen.at(-1) !== 'finding')
          seen.push('finding');
        if (event.type === 'finished') seen.push('finished');
      },
    });
    const stages = seen.filter((stage) => stage !== 'baseline');
    expect(stages.slice(0, 4)).toEqual(['static', 'engine', 'image', 'start']);
    expect(stages.indexOf('finding')).toBeGreaterThan(stages.indexOf('load'));
    expect(stages.indexOf('finding')).toBeLessThan(stages.indexOf('settle'));
    expect(stages.at(-1)).toBe('finished');
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1200; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('what was waited for did not happen in two minutes');
}

/** What the sandbox tests share: the models, a scan, and a look at the engine. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../src/config/settings.js';
import { connectEngine } from '../../src/docker/engine.js';
import type { Finding, ScanReport } from '../../src/core/schema.js';
import type { ScanEvent } from '../../src/scan/scan-request.js';
import { scanPaths } from '../../src/scan/scan.js';
import { keptModels } from '../zoo/kept.js';

const folder = inject('folder');
// Baselines are recorded anew for each run of the tests.
process.env['DYNSCAN_CACHE'] = join(folder, 'cache');

export const scratch = folder;

export function model(kind: 'harmless' | 'own' | 'hostile' | 'broken', name: string): string {
  return join(folder, 'models', kind, name);
}

export interface ScanOptions {
  readonly settings?: Partial<Settings>;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ScanEvent) => void;
}

/** Scans one model and answers its report. */
export async function scan(path: string, options: ScanOptions = {}): Promise<ScanReport> {
  const document = await scanPaths(
    { paths: [path], settings: { ...DEFAULT_SETTINGS, timeout: 60, ...options.settings }, staticOnly: false },
    { signal: options.signal ?? new AbortController().signal, onEvent: options.onEvent ?? (() => undefined) },
  );
  // The report itself says no more than that no engine can be used.
  for (const { text } of document.problems ?? []) console.warn(`${path}: ${text}`);
  const [report] = document.scans;
  if (!report) throw new Error('the document has no scan');
  return report;
}

/** Models that the zoo made once, one for each way in which an image follows a model: the zoo's own change with its versions. */
const VARIANTS = join(import.meta.dirname, '../variants/models.json');

/** Scans one of them, whose name begins so; `project` are files of a project whose versions the sandbox is to have. */
export async function scanKept(name: string, project: Readonly<Record<string, string>> = {}): Promise<ScanReport> {
  const kept = keptModels(VARIANTS).find((one) => one.name.startsWith(name));
  if (!kept) throw new Error(`${VARIANTS} has no ${name}`);
  const root = join(folder, `kept-${name.replaceAll(/\W/g, '-')}`);
  await mkdir(join(root, 'project'), { recursive: true });
  const files = Object.entries(project);
  for (const [file, text] of files) await writeFile(join(root, 'project', file), text);
  await writeFile(join(root, kept.file), kept.content);
  const workspaceVersions = files.length > 0 ? [join(root, 'project')] : [];
  return scan(join(root, kept.file), { settings: { timeout: 300, workspaceVersions } });
}

/** Scans a protocol-0 pickle that has the source run. Documentation addresses and names only (RFC 5737, 3849, 2606). */
export async function running(name: string, source: string, options: ScanOptions = {}): Promise<ScanReport> {
  const path = join(folder, `${name}.pkl`);
  const text = source.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/'/g, "\\'");
  await writeFile(path, `c__builtin__\nexec\n(S'${text}'\n(dtR.`);
  const report = await scan(path, options);
  expect(await containers()).toEqual([]);
  return report;
}

export function dynamicFindings(report: ScanReport): Finding[] {
  return report.findings.filter(({ engine }) => engine === 'dynamic');
}

/** Ids of the sandbox containers that are on the engine now, running or not, of this process or of `owner`. */
export async function containers(owner = process.pid): Promise<string[]> {
  const { docker } = await connectEngine(DEFAULT_SETTINGS);
  const list = await docker.listContainers({ all: true, filters: { label: ['dynscan.run'] } });
  return list.filter(({ Labels }) => Labels['dynscan.owner']?.endsWith(`/${owner}`)).map(({ Id }) => Id);
}

/** Runs that an earlier scan of the same request made: `--resume` runs what is left. */
import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import type { Content } from '../core/identity.js';
import { runWasSeen } from '../core/richer.js';
import type { ScanReport } from '../core/schema.js';
import { cacheFolder, privateFolder } from '../docker/cache.js';
import { readRequirements } from '../docker/requirements.js';
import type { Project } from './project.js';
import { requestKey, RESULTS_FOLDER, ResultStore } from './result-store.js';
import type { ScanRequest } from './scan-request.js';

/** Settings that say where, when or how loudly something is done, and nothing of what a model does. */
const WITHOUT_EFFECT = [
  ...['severity', 'dockerHost', 'jobs', 'skipFolders', 'maxFileSize'],
  ...['traceFile', 'reportFile', 'printTrace', 'testCaseFolder', 'requirements', 'workspaceVersions'],
] as const satisfies readonly (keyof Settings)[];

export class EarlierRuns {
  private constructor(
    private readonly store: ResultStore,
    private readonly asked: string,
  ) {}

  /** Of requests that ask for the same. Throws UserError when the requirements cannot be read. */
  static async of({ settings, testCase }: ScanRequest, project: Project | undefined): Promise<EarlierRuns> {
    const withoutEffect: readonly string[] = WITHOUT_EFFECT;
    const effective = Object.entries(settings).filter(([name]) => !withoutEffect.includes(name));
    const versions = project && [project.python, [...project.pins]];
    const asked = requestKey([effective, await readRequirements(settings), versions, testCase?.sha256]);
    // Where no private folder can be had, nothing is kept and nothing is found.
    const folder = await privateFolder(RESULTS_FOLDER).catch(() => join(cacheFolder(), 'none'));
    return new EarlierRuns(new ResultStore(folder), asked);
  }

  /** The report of the model at this path with this content, if it was run and nothing ended the run from outside. */
  async find(content: Content | undefined, path: string): Promise<ScanReport | undefined> {
    const kept = content && (await this.store.find(content, path));
    return kept?.asked === this.asked && runWasSeen(kept.report) ? kept.report : undefined;
  }

  keep(report: ScanReport): Promise<void> {
    return this.store.keep({ asked: this.asked, report });
  }
}

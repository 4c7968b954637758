/** The one way to scan: from paths to a document. The only room that calls the others, in this order: model, static, docker, trace, behavior, report. */
import type { Settings } from '../config/settings.js';
import type { Detection } from '../model/detect.js';
import { findModels, type FoundModel } from '../model/find.js';
import { throwIfCancelled } from '../report/user-error.js';
import { makeDocument } from '../report/json.js';
import type { ScanReport } from '../report/schema.js';
import type { ScanEvent, ScanHooks, ScanPaths, ScanRequest } from './api.js';
import { SandboxSession } from './session.js';
import { scanModel } from './model-scan.js';
import { StaticLimitError, staticPool } from './static-pool.js';

export const scanPaths: ScanPaths = async (request, hooks) => {
  const { models, skipped } = await findModels(request.paths, {
    detect: (path) => detect(path, request.settings, hooks.signal),
    signal: hooks.signal,
  });
  for (const what of skipped) hooks.onEvent({ type: 'log', message: `Not looked into: ${what}` });
  const session = new SandboxSession(request.settings);
  const reports = new Array<ScanReport | undefined>(models.length);
  const total = models.filter(({ companion }) => companion !== true).length;
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < models.length; index = next++) {
      const model = models[index];
      if (model === undefined) break;
      throwIfCancelled(hooks.signal);
      reports[index] = await scanOne(model, index, total, request, session, hooks);
    }
  };
  await allSettledThenThrow(Array.from({ length: Math.min(request.settings.jobs, models.length) }, worker));
  return makeDocument(reports.filter((report) => report !== undefined));
};

/** One model. What only lies beside one is read, and of no interest when there is nothing to say of it. */
async function scanOne(
  model: FoundModel,
  index: number,
  total: number,
  request: ScanRequest,
  session: SandboxSession,
  hooks: ScanHooks,
): Promise<ScanReport | undefined> {
  const started: ScanEvent = { type: 'started', path: model.path, index, total };
  if (model.companion !== true) {
    hooks.onEvent(started);
    const report = await scanModel(model, request, session, hooks);
    hooks.onEvent({ type: 'finished', path: model.path, report });
    return report;
  }
  const quietly = { signal: hooks.signal, onEvent: () => undefined };
  const report = await scanModel(model, { ...request, staticOnly: true }, session, quietly);
  if (report.findings.length === 0 && report.verdict === 'clean') return undefined;
  hooks.onEvent(started);
  hooks.onEvent({ type: 'finished', path: model.path, report });
  return report;
}

/** What cannot be told in time is named by nothing, and `inconclusive`. */
async function detect(path: string, settings: Settings, signal: AbortSignal): Promise<Detection> {
  try {
    return await staticPool().run({ kind: 'detect', path }, { signal, timeout: settings.staticTimeout });
  } catch (error) {
    if (!(error instanceof StaticLimitError)) throw error;
    return { format: 'unknown', detail: error.message, certain: false };
  }
}

/** Waits for all, so that no container is left behind by a sibling's failure, and then throws the first failure. */
async function allSettledThenThrow(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected') throw result.reason;
  }
}

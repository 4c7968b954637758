/**
 * The one way to scan: from paths to a document. The only room that calls the others, in this order: model, static, docker, trace, behavior, report.
 */
import { excluderOf } from '../config/exclude.js';
import type { Settings } from '../config/settings.js';
import type { Engine } from '../docker/engine.js';
import { readRequirements } from '../docker/requirements.js';
import type { Detection } from '../detect/detect.js';
import { findModels, type FoundModel } from '../model/find.js';
import type { ModelState } from '../model/state.js';
import { isLoadable } from '../core/formats.js';
import { escapeAndCut } from '../core/escape.js';
import { reasonOf, throwIfCancelled, UserError } from '../core/user-error.js';
import { WorkQueue } from '../core/work-queue.js';
import { makeDocument } from '../report/json.js';
import type { Problem, ScanReport, Verdict } from '../core/schema.js';
import { VERDICTS } from '../core/terms.js';
import { EarlierRuns } from './earlier-runs.js';
import type { ScanPaths, ScanRequest } from './scan-request.js';
import { hostFolders } from './host-folders.js';
import { projectIn } from './look.js';
import type { Project } from './project.js';
import { SandboxSession } from './session.js';
import { scanModel } from './model-scan.js';
import { StaticLimitError, staticPool } from './static-pool.js';

export const scanPaths: ScanPaths = async (request, hooks) => {
  const project = await checkSettings(request, hooks.signal);
  for (const note of project?.notes ?? []) hooks.onEvent({ type: 'log', message: note });
  const { models, leftOut, failed } = await findModels(request.paths, {
    detect: (path) => detect(path, request.settings, hooks.signal),
    skipFolders: request.settings.skipFolders,
    exclude: excluderOf(request.exclude ?? []),
    signal: hooks.signal,
  });
  for (const { text } of leftOut) hooks.onEvent({ type: 'log', message: text });
  const problems: Problem[] = failed.map(({ path, error }) => ({ path, text: escapeAndCut(reasonOf(error), 4000) }));
  const wanted = models.filter(({ sidecar }) => sidecar !== true);
  const places = new Map(wanted.map((model, place) => [model, place]));
  hooks.onEvent({ type: 'found', paths: wanted.map(({ path }) => path) });
  const toRun = wanted.filter((model) => isToRun(model, request));
  const earlier = request.resume === true && toRun.length > 0 ? await EarlierRuns.of(request, project) : undefined;
  const session = new SandboxSession(request.settings, project, earlier);
  const noEngine = toRun.length > 0 ? await whyNoEngine(session, request.settings, hooks.signal) : undefined;
  if (noEngine !== undefined) problems.push({ text: noEngine });
  const scanOne = async (model: FoundModel): Promise<ScanReport | undefined> => {
    throwIfCancelled(hooks.signal);
    const { path } = model;
    const total = wanted.length;
    const place = places.get(model);
    if (place !== undefined) {
      hooks.onEvent({ type: 'started', path, index: place, total });
      const report = await scanModel(model, request, session, hooks, noEngine && NO_ENGINE);
      await earlier?.keep(report);
      hooks.onEvent({ type: 'finished', path, report });
      return report;
    }
    // A sidecar is read, and has a report only when it has findings.
    const quietly = { signal: hooks.signal, onEvent: () => undefined };
    const report = await scanModel(model, onlyRead(request), session, quietly);
    if (report.findings.length === 0 && report.verdict === 'clean') return undefined;
    hooks.onEvent({ type: 'started', path, index: total, total, sidecar: true });
    hooks.onEvent({ type: 'finished', path, report });
    return report;
  };
  const queue = new WorkQueue();
  const { jobs } = request.settings;
  const inTurn = <T>(some: readonly FoundModel[], work: (model: FoundModel) => Promise<T>): Promise<T[]> =>
    allSettledThenThrow(some.map((model) => queue.run(() => work(model), { limit: jobs })));
  const reports = new Map<FoundModel, ScanReport | undefined>();
  const scanAll = (some: readonly FoundModel[]): Promise<unknown> =>
    inTurn(some, async (model) => reports.set(model, await scanOne(model)));
  if (toRun.length > 1 && noEngine === undefined) {
    // Reading takes milliseconds and a run takes seconds: all is known of the models that can be known without, before the first of them runs.
    await scanAll(models.filter((model) => !toRun.includes(model)));
    let done = 0;
    const read = await inTurn(toRun, async (model) => {
      throwIfCancelled(hooks.signal);
      let state: ModelState | undefined;
      const report = await scanModel(model, onlyRead(request), session, {
        signal: hooks.signal,
        onEvent: (event) => {
          if (event.type === 'opened') ({ state } = event);
        },
      });
      hooks.onEvent({ type: 'read', path: model.path, report, state, done: (done += 1), total: toRun.length });
      return { model, verdict: report.verdict };
    });
    await scanAll(worstFirst(read).map(({ model }) => model));
  } else await scanAll(models);
  return makeDocument(
    models.flatMap((model) => reports.get(model) ?? []),
    { problems, leftOut },
  );
};

/** As people want to know it: what looks bad, then what reading could not judge, then what looks clean. */
function worstFirst<T extends { readonly verdict: Verdict }>(read: readonly T[]): T[] {
  return read.toSorted((one, other) => VERDICTS.indexOf(one.verdict) - VERDICTS.indexOf(other.verdict));
}

function onlyRead({ paths, settings, folders }: ScanRequest): ScanRequest {
  return { paths, settings, staticOnly: true, ...(folders ? { folders } : {}) };
}

/** For one model among many; the document says once which endpoints were tried and what the advice is. */
const NO_ENGINE =
  'no container engine can be used; Check Environment (`dynscan doctor`) says what was tried and what to do.';

/** Finds faults of the request before any model is read, and only once; returns the project that the request names. Throws UserError. */
async function checkSettings({ settings, staticOnly }: ScanRequest, signal: AbortSignal): Promise<Project | undefined> {
  if (staticOnly) return undefined;
  await hostFolders(settings);
  await readRequirements(settings);
  const { workspaceVersions, staticTimeout } = settings;
  if (workspaceVersions.length === 0) return undefined;
  return projectIn(workspaceVersions, { signal, timeout: staticTimeout });
}

function isToRun({ detection }: FoundModel, { staticOnly, testCase }: ScanRequest): boolean {
  return !staticOnly && (testCase !== undefined || isLoadable(detection.format));
}

/** Undefined when models can be run. Throws UserError when the engine lacks what the settings ask for. */
async function whyNoEngine(
  session: SandboxSession,
  settings: Settings,
  signal: AbortSignal,
): Promise<string | undefined> {
  let engine;
  try {
    engine = await session.engine(signal);
  } catch (error) {
    throwIfCancelled(signal);
    return escapeAndCut(reasonOf(error), 4000);
  }
  checkRuntime(engine, settings);
  return undefined;
}

/** An engine that does not list its runtimes is not asked. */
function checkRuntime({ runtimes, endpoint }: Engine, { runtime }: Settings): void {
  if (runtime === '' || runtimes.length === 0 || runtimes.includes(runtime)) return;
  throw new UserError(
    `The container engine at ${escapeAndCut(endpoint, 200)} does not know the runtime ${escapeAndCut(runtime, 60)}; it has ${runtimes.map((name) => escapeAndCut(name, 60)).join(', ')}. ` +
      'Install it for the engine, or change the setting runtime.',
  );
}

/** A file whose format is not detected in time gets no format name, and is `inconclusive`. */
async function detect(path: string, settings: Settings, signal: AbortSignal): Promise<Detection> {
  try {
    return await staticPool().run({ kind: 'detect', path }, { signal, timeout: settings.staticTimeout });
  } catch (error) {
    if (!(error instanceof StaticLimitError)) throw error;
    return { format: 'unknown', detail: error.message, certain: false };
  }
}

/** Waits for all, so that no container is left behind by a sibling's failure, and then throws the first failure. */
async function allSettledThenThrow<T>(work: readonly Promise<T>[]): Promise<T[]> {
  return (await Promise.allSettled(work)).map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

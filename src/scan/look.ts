/** Reads models without judging or running them, and the rules: the content that the editor shows beside the results of scans. */
import { ruleSection } from '../behavior/rules/page.js';
import type { ArrayPlace, ArrayValues, Inspection, PickleLocation } from '../core/inspection.js';
import type { Detection } from '../detect/detect.js';
import type { ListingPage, PageWanted } from '../static/inspect/listing.js';
import { staticRuleSection } from '../static/rules-page.js';
import { escapeAndCut } from '../core/escape.js';
import type { Project } from './project.js';
import type { TaskFile } from './static-job.js';
import { StaticLimitError, staticPool, type TaskOptions } from './static-pool.js';

/** Rejects with CancelledError, UserError (the fault of the file) or StaticLimitError. */
export function inspectModel(file: TaskFile, options: TaskOptions): Promise<Inspection> {
  return staticPool().run({ kind: 'inspect', file }, options);
}

/** What the begin of a large pickle tells at once; undefined for all other files. Rejects as `inspectModel` does. */
export async function glimpseModel(file: TaskFile, options: TaskOptions): Promise<Inspection | undefined> {
  return (await staticPool().run({ kind: 'glimpse', file }, options)).inspection;
}

/** What is in a model as text, the same for the same model. Rejects as `inspectModel` does. */
export async function describeModel(file: TaskFile, options: TaskOptions): Promise<string> {
  return (await staticPool().run({ kind: 'describe', file }, options)).text;
}

/** Which format a file of this machine has. Rejects as `inspectModel` does. */
export function detectModel(path: string, options: TaskOptions): Promise<Detection> {
  return staticPool().run({ kind: 'detect', path }, options);
}

/** Rejects as `inspectModel` does. */
export function readArrayOf(file: TaskFile, array: ArrayPlace, options: TaskOptions): Promise<ArrayValues> {
  return staticPool().run({ kind: 'array', file, array }, options);
}

/** Rejects as `inspectModel` does. */
export function listPickle(
  file: TaskFile,
  place: PickleLocation,
  wanted: PageWanted,
  options: TaskOptions,
): Promise<ListingPage> {
  return staticPool().run({ kind: 'list', file, place, wanted }, options);
}

/** The versions in a project's code. Rejects with CancelledError and UserError; of a reader that was ended, the result only says that it was. */
export async function projectIn(folders: readonly string[], options: TaskOptions): Promise<Project> {
  try {
    return await staticPool().run({ kind: 'project', folders }, options);
  } catch (error) {
    if (!(error instanceof StaticLimitError)) throw error;
    const note = `Of ${folders.map((folder) => escapeAndCut(folder, 200)).join(', ')} no versions were taken: ${error.message}.`;
    return { python: undefined, pins: new Map(), loose: new Set(), asked: new Set(), notes: [note] };
  }
}

/** The meaning of a rule and the advice, as Markdown; undefined for an id that no rule of this version has. */
export function ruleDocument(id: string): string | undefined {
  return staticRuleSection(id) ?? ruleSection(id);
}

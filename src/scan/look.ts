/** Looking at models without judging or running them, and at the rules: what the editor shows beside the results of scans. */
import { ruleSection } from '../behavior/rules/page.js';
import type { Inspection, PicklePlace } from '../static/inspect/contract.js';
import type { ListingPage, PageWanted } from '../static/inspect/listing.js';
import { staticRuleSection } from '../static/rules-page.js';
import type { TaskFile } from './static-job.js';
import { staticPool, type TaskOptions } from './static-pool.js';

/** Rejects with CancelledError, UserError (what is wrong with the file) or StaticLimitError. */
export function inspectModel(file: TaskFile, options: TaskOptions): Promise<Inspection> {
  return staticPool().run({ kind: 'inspect', file }, options);
}

/** Rejects as `inspectModel` does. */
export function listPickle(
  file: TaskFile,
  place: PicklePlace,
  wanted: PageWanted,
  options: TaskOptions,
): Promise<ListingPage> {
  return staticPool().run({ kind: 'list', file, place, wanted }, options);
}

/** What a rule means and what to do, as Markdown; undefined for an id that no rule of this version has. */
export function ruleDocument(id: string): string | undefined {
  return staticRuleSection(id) ?? ruleSection(id);
}

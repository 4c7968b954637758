/** Asks for the parts of a decision about a finding: which finding, why, and for how long. */
import { l10n, Uri } from 'vscode';
import { headlineOf } from '../core/headline.js';
import { contentOf } from '../core/identity.js';
import { UserError } from '../core/user-error.js';
import type { App } from './app.js';
import { plural } from './phrases.js';
import type { Results } from './results.js';
import { window, type ListItem } from './surfaces.js';
import type { Triage } from './triage.js';
import { requireTrust } from './trust.js';
import { modelName, uriOfPath } from './appearance.js';

const REASON_LENGTH = 1000;

interface Which {
  readonly model: Uri;
  readonly rule: string;
  readonly reason?: string | undefined;
  readonly expires?: string | undefined;
}

/**
 * `target`: a finding of the Models view, or a request (see `suppressionRequestSchema`) from a code action or a page; asked for when
 * there is none.
 */
export async function suppressFinding(
  app: App,
  results: Results,
  triage: Triage,
  target: unknown,
  /** All rows that are chosen in the view; each finding among them is suppressed for the same reason. */
  all?: unknown,
): Promise<void> {
  requireTrust();
  const chosen = Array.isArray(all) ? all.filter(isFindingNode) : [];
  const several = await Promise.all(chosen.map((node) => given(app, node)));
  const which = (await given(app, target)) ?? (await askFinding(results));
  if (which === undefined) return;
  const wanted = withoutRepeats(several.length > 1 ? several : [which]);
  const suppress = async (reason: string, expires: string | undefined): Promise<void> => {
    for (const { model, rule } of wanted) await triage.suppress(model, rule, reason, expires);
  };
  if (which.reason !== undefined) {
    await suppress(which.reason, which.expires);
    return;
  }
  const title =
    wanted.length > 1
      ? l10n.t('DynScan: Suppress {0} Findings', wanted.length)
      : l10n.t('DynScan: Suppress {0}', which.rule);
  const reason = await window.showInputBox({
    title,
    prompt: l10n.t(
      'Why is this all right in {0}? The reason is kept for review, and shown in every report.',
      [...new Set(wanted.map(({ model }) => modelName(model)))].join(', '),
    ),
    validateInput: (text) =>
      text.trim() === '' || text.length > REASON_LENGTH
        ? l10n.t('A reason of 1 to {0} characters.', REASON_LENGTH)
        : undefined,
  });
  if (reason === undefined) return;
  const expires = await window.showInputBox({
    title,
    prompt: l10n.t(
      'Last day on which this holds (2026-12-31). Leave it empty for as long as the content stays the same.',
    ),
    validateInput: (text) =>
      text.trim() === '' || isComingDay(text.trim())
        ? undefined
        : l10n.t('A day to come, such as 2026-12-31, or nothing.'),
  });
  if (expires === undefined) return;
  await suppress(reason.trim(), expires.trim() === '' ? undefined : expires.trim());
}

function isFindingNode(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'kind' in node && node.kind === 'finding';
}

/** A rule is suppressed once in a model, however many of its findings are chosen. */
function withoutRepeats(several: readonly (Which | undefined)[]): readonly Which[] {
  const all = several.filter((one) => one !== undefined);
  return [...new Map(all.map((one) => [`${one.rule} ${one.model.toString()}`, one])).values()];
}

/** `target` as for `suppressFinding`. */
export async function unsuppressFinding(app: App, results: Results, triage: Triage, target: unknown): Promise<void> {
  requireTrust();
  const which = (await given(app, target)) ?? (await askSuppressed(results));
  if (which === undefined) return;
  const entry = suppressedIn(results, which.model).find(({ suppression }) => suppression.rule === which.rule);
  const content = entry && contentOf(entry.suppression);
  if (content === undefined) throw new UserError(l10n.t('This finding is not suppressed any more.'));
  await triage.unsuppress(which.rule, content);
}

export async function toggleOnlyNew(triage: Triage): Promise<void> {
  requireTrust();
  if (!triage.hasBaseline) {
    throw new UserError(
      l10n.t(
        'There is no baseline to compare with. Scan the models that it is to know, then run DynScan: Write Baseline.',
      ),
    );
  }
  await triage.showOnlyNew(!triage.onlyNew);
}

/**
 * What a baseline knows is not new any more, so the user is asked before findings that tell of harm go into it, and for a reason. `given`: the reason,
 * where whoever gives the command has asked for both.
 */
export async function writeBaseline(results: Results, triage: Triage, given: unknown): Promise<void> {
  requireTrust();
  const reason = typeof given === 'string' && given.trim() !== '' ? given : await askBaseline(results);
  if (reason === undefined) return;
  await window.showTextDocument(await triage.writeBaseline(reason.trim().slice(0, REASON_LENGTH)), { preview: true });
}

async function askBaseline(results: Results): Promise<string | undefined> {
  const reports = results.all().flatMap(({ status }) => (status.kind === 'finished' ? [status.report] : []));
  if (reports.length === 0)
    throw new UserError(l10n.t('There is no report yet. Scan the models that the baseline is to know.'));
  const grave = reports.filter(({ findings }) =>
    findings.some(({ severity, baselineState }) => severity === 'critical' && baselineState !== 'unchanged'),
  );
  if (grave.length > 0) {
    const takeIn = l10n.t('Take Them In');
    const count = grave.length;
    const question = plural(
      count,
      l10n.t('{0} model has critical findings. In the baseline they are known, and no longer shown as new.', count),
      l10n.t('{0} models have critical findings. In the baseline they are known, and no longer shown as new.', count),
    );
    const named = grave
      .slice(0, NAMED)
      .map((report) => `${modelName(uriOfPath(report.model.path))}: ${headlineOf(report).sentence}`);
    const more = count > NAMED ? [l10n.t('and {0} more', count - NAMED)] : [];
    const options = { detail: [...named, ...more] };
    if ((await window.showWarningMessage(question, options, takeIn)) !== takeIn) return undefined;
  }
  return window.showInputBox({
    title: l10n.t('DynScan: Write Baseline'),
    prompt: l10n.t('Why are the findings of today all right? The reason is kept in the baseline, for review.'),
    validateInput: (text) =>
      text.trim() === '' || text.length > REASON_LENGTH
        ? l10n.t('A reason of 1 to {0} characters.', REASON_LENGTH)
        : undefined,
  });
}

/** Models that the question names. */
const NAMED = 5;

async function given(app: App, target: unknown): Promise<Which | undefined> {
  if (target === undefined || target === null) return undefined;
  const { triage } = await app.engine();
  const asked = triage.suppressionRequestSchema.safeParse(flat(target));
  if (!asked.success)
    throw new UserError(l10n.t('This is no finding that could be suppressed. Choose one in the Models view.'));
  const { uri, ...rest } = asked.data;
  return { model: Uri.parse(uri, true), ...rest };
}

/** Nodes of the Models view hold their model as a `Uri`. */
function flat(target: unknown): unknown {
  if (typeof target !== 'object' || target === null || !('uri' in target) || !(target.uri instanceof Uri))
    return target;
  const uri = target.uri.toString();
  if ('finding' in target && typeof target.finding === 'object') return { uri, rule: ruleOf(target.finding) };
  if ('suppressed' in target && typeof target.suppressed === 'object' && target.suppressed !== null)
    return { uri, rule: 'suppression' in target.suppressed ? ruleOf(target.suppressed.suppression) : undefined };
  return { uri };
}

function ruleOf(thing: unknown): unknown {
  return typeof thing === 'object' && thing !== null && 'rule' in thing ? thing.rule : undefined;
}

type Item = ListItem & Which;

async function askFinding(results: Results): Promise<Which | undefined> {
  const items = results.all().flatMap(({ uri, status }) => {
    if (status.kind !== 'finished') return [];
    const rules = new Map(status.report.findings.map(({ rule, title }) => [rule, title]));
    return [...rules].map(([rule, title]) => toItem(uri, rule, title));
  });
  if (items.length === 0) throw new UserError(l10n.t('There is no finding to suppress. Scan a model first.'));
  const options = { title: l10n.t('DynScan: Suppress Finding'), placeHolder: l10n.t('Which finding?') };
  return window.showQuickPick(items, options);
}

async function askSuppressed(results: Results): Promise<Which | undefined> {
  const items = results.all().flatMap(({ uri }) => {
    const rules = new Map(suppressedIn(results, uri).map(({ finding }) => [finding.rule, finding.title]));
    return [...rules].map(([rule, title]) => toItem(uri, rule, title));
  });
  if (items.length === 0) throw new UserError(l10n.t('No finding of the models that were scanned is suppressed.'));
  const options = { title: l10n.t('DynScan: Stop Suppressing Finding'), placeHolder: l10n.t('Which finding?') };
  return window.showQuickPick(items, options);
}

function suppressedIn(results: Results, model: Uri) {
  return results.report(model)?.suppressed ?? [];
}

function toItem(model: Uri, rule: string, title: string): Item {
  return { label: title, description: `${rule} · ${modelName(model)}`, model, rule };
}

function isComingDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d\d-\d\d$/.test(text) &&
    !Number.isNaN(day.getTime()) &&
    day.toISOString().startsWith(text) &&
    text >= new Date().toISOString().slice(0, 10)
  );
}

/** Asks for the parts of a decision about a finding: which finding, why, and for how long. */
import { l10n, Uri } from 'vscode';
import { contentOf } from '../core/identity.js';
import { UserError } from '../core/user-error.js';
import type { App } from './app.js';
import type { Results } from './results.js';
import { window, type ListItem } from './surfaces.js';
import type { Triage } from './triage.js';
import { requireTrust } from './trust.js';
import { modelName } from './appearance.js';

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
export async function suppressFinding(app: App, results: Results, triage: Triage, target: unknown): Promise<void> {
  requireTrust();
  const which = (await given(app, target)) ?? (await askFinding(results));
  if (which === undefined) return;
  if (which.reason !== undefined) {
    await triage.suppress(which.model, which.rule, which.reason, which.expires);
    return;
  }
  const title = l10n.t('DynScan: Suppress {0}', which.rule);
  const reason = await window.showInputBox({
    title,
    prompt: l10n.t(
      'Why is this all right in {0}? The reason is kept for review, and shown in every report.',
      modelName(which.model),
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
  await triage.suppress(which.model, which.rule, reason.trim(), expires.trim() === '' ? undefined : expires.trim());
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

export async function writeBaseline(triage: Triage): Promise<void> {
  await window.showTextDocument(await triage.writeBaseline(), { preview: true });
}

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

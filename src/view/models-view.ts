/** What the Models view shows: which models, in which order, with which findings under which heads. Independent of VS Code. */
import type { Category, Finding, ScanReport, Severity, Verdict } from '../core/schema.js';
import { VERDICTS, worstFirst } from '../core/terms.js';

/** A model's verdict, or that there is none yet. */
export type Outcome = Verdict | 'not scanned';
/** In the order of the filter's list, the worst first; models without a verdict stand before clean ones. */
export const OUTCOMES = [
  'malicious',
  'suspicious',
  'inconclusive',
  'not scanned',
  'clean',
] as const satisfies Outcome[];

/** Whether the model was run, and not only read. */
export function wasRun({ engines }: Pick<ScanReport, 'engines'>): boolean {
  return engines.some(({ engine, status }) => engine === 'dynamic' && status !== 'skipped' && status !== 'failed');
}

/** The worst verdict among these, how many have it, and how many there are; undefined when there is none. */
export function worstAmong(
  verdicts: readonly Verdict[],
): { readonly verdict: Verdict; readonly count: number; readonly total: number } | undefined {
  const verdict = VERDICTS.find((one) => verdicts.includes(one));
  if (verdict === undefined) return undefined;
  return { verdict, count: verdicts.filter((one) => one === verdict).length, total: verdicts.length };
}

export const SORTS = ['verdict', 'name', 'folder', 'findings'] as const;
export type Sort = (typeof SORTS)[number];

export const GROUPS = ['none', 'severity', 'category'] as const;
export type Group = (typeof GROUPS)[number];

export const LAYOUTS = ['flat', 'folders'] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface ModelsViewState {
  readonly layout: Layout;
  readonly sort: Sort;
  readonly group: Group;
  /** A part of a path or of a finding's title or rule, whatever its case; empty for all. */
  readonly text: string;
  /** Only models with one of these; empty for all. */
  readonly outcomes: readonly Outcome[];
}

export const WHOLE_VIEW: ModelsViewState = { layout: 'flat', sort: 'verdict', group: 'none', text: '', outcomes: [] };

export interface ListedModel {
  /** Whole path, `/` between its parts. */
  readonly path: string;
  /** From the workspace's root where it lies in it. */
  readonly shown: string;
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
}

export function isFiltered({ text, outcomes }: ModelsViewState): boolean {
  return text !== '' || outcomes.length > 0;
}

/** The models that are shown, in order. */
export function arrange<M extends ListedModel>(models: readonly M[], state: ModelsViewState): M[] {
  const wanted = state.text.toLowerCase();
  const matches = ({ shown, outcome, findings }: M): boolean =>
    (state.outcomes.length === 0 || state.outcomes.includes(outcome)) &&
    (wanted === '' ||
      shown.toLowerCase().includes(wanted) ||
      findings.some(({ title, rule }) => title.toLowerCase().includes(wanted) || rule.toLowerCase().includes(wanted)));
  const order = ORDERS[state.sort];
  return models.filter(matches).sort((one, other) => order(one, other) || compare(one.path, other.path));
}

/** A folder with what is in it: models and folders, in the order of the list that they are made of. */
export interface ModelFolder<M> {
  /** From the workspace's root, `/` between its parts. */
  readonly path: string;
  /** The part of it that the row shows: folders that hold nothing but one folder are one row with it. */
  readonly label: string;
  readonly children: readonly (M | ModelFolder<M>)[];
  /** All of it, at any depth. */
  readonly models: readonly M[];
}

/** The models by their folders. A folder stands where the first of its models would. */
export function inFolders<M extends ListedModel>(models: readonly M[]): readonly (M | ModelFolder<M>)[] {
  return childrenIn(models, '');
}

export function isFolder<M extends ListedModel>(one: M | ModelFolder<M>): one is ModelFolder<M> {
  return 'models' in one;
}

/** `above`: the folder whose models these are, empty or with a slash at its end. */
function childrenIn<M extends ListedModel>(models: readonly M[], above: string): readonly (M | ModelFolder<M>)[] {
  const children = new Map<string, M | M[]>();
  for (const model of models) {
    const rest = model.shown.slice(above.length);
    const slash = rest.indexOf('/', 1);
    const key = slash < 0 ? model.path : `${above}${rest.slice(0, slash)}/`;
    const known = children.get(key);
    if (slash < 0) children.set(key, model);
    else if (Array.isArray(known)) known.push(model);
    else children.set(key, [model]);
  }
  return [...children].map(([key, one]) => (Array.isArray(one) ? folderOfModels(one, key, above) : one));
}

function folderOfModels<M extends ListedModel>(models: readonly M[], path: string, above: string): ModelFolder<M> {
  const children = childrenIn(models, path);
  const [only] = children;
  const inner = children.length === 1 && only && isFolder(only) ? only : undefined;
  const whole = inner?.path ?? path.slice(0, -1);
  return { path: whole, label: whole.slice(above.length), children: inner?.children ?? children, models };
}

const ORDERS: Readonly<Record<Sort, (one: ListedModel, other: ListedModel) => number>> = {
  verdict: (one, other) => OUTCOMES.indexOf(one.outcome) - OUTCOMES.indexOf(other.outcome),
  name: (one, other) => compare(nameOf(one.path), nameOf(other.path)),
  folder: (one, other) => compare(folderOf(one.path), folderOf(other.path)),
  findings: (one, other) => other.findings.length - one.findings.length,
};

export interface PlacedFinding {
  readonly finding: Finding;
  /** Index in the model's result. */
  readonly index: number;
}

export interface FindingGroup {
  /** Undefined when there are no groups. */
  readonly head: Severity | Category | undefined;
  /** Severity of the worst of them. */
  readonly severity: Severity;
  readonly findings: readonly PlacedFinding[];
}

/** Findings the worst first; so are the groups. */
export function groupFindings(findings: readonly Finding[], group: Group): FindingGroup[] {
  const sorted = findings
    .map((finding, index) => ({ finding, index }))
    .sort((one, other) => worstFirst(one.finding, other.finding));
  const groups = new Map<Severity | Category | undefined, PlacedFinding[]>();
  for (const placed of sorted) {
    const head = group === 'none' ? undefined : placed.finding[group];
    const known = groups.get(head);
    if (known) known.push(placed);
    else groups.set(head, [placed]);
  }
  return [...groups].map(([head, placed]) => ({
    head,
    severity: placed[0]?.finding.severity ?? 'info',
    findings: placed,
  }));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

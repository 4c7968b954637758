/** Asks how the Models view is to be arranged. */
import { l10n } from 'vscode';
import type { ModelsTree } from './models-tree.js';
import { GROUPS, OUTCOMES, SORTS, type Group, type Sort } from '../view/models-view.js';
import { capitalised, OUTCOME_NAME } from './phrases.js';
import { window } from './surfaces.js';

const SORT_WORDS: Readonly<Record<Sort, string>> = {
  verdict: l10n.t('Verdict, the worst first'),
  name: l10n.t('Name'),
  folder: l10n.t('Folder'),
  findings: l10n.t('Number of findings'),
};
const GROUP_WORDS: Readonly<Record<Group, string>> = {
  none: l10n.t('No groups, the worst first'),
  severity: l10n.t('Severity'),
  category: l10n.t('Category'),
};

export async function sortModels(models: ModelsTree): Promise<void> {
  const sort = await choose(l10n.t('DynScan: Sort Models By'), SORTS, SORT_WORDS, models.state.sort);
  if (sort !== undefined) await models.arrange({ sort });
}

export async function groupFindingsBy(models: ModelsTree): Promise<void> {
  const group = await choose(l10n.t('DynScan: Group Findings By'), GROUPS, GROUP_WORDS, models.state.group);
  if (group !== undefined) await models.arrange({ group });
}

export async function filterModels(models: ModelsTree): Promise<void> {
  const { text, outcomes } = models.state;
  const items = OUTCOMES.map((outcome) => ({ label: capitalised(OUTCOME_NAME[outcome]), outcome, alwaysShow: true }));
  const wanted = await window.showFilter(items, {
    title: l10n.t('DynScan: Filter Models'),
    placeHolder: l10n.t('A part of a name or of a finding. Tick verdicts to see only those.'),
    selected: items.filter(({ outcome }) => outcomes.includes(outcome)),
    text,
  });
  if (wanted === undefined) return;
  await models.arrange({ text: wanted.text.trim(), outcomes: wanted.selected.map(({ outcome }) => outcome) });
}

export function clearFilter(models: ModelsTree): Promise<void> {
  return models.arrange({ text: '', outcomes: [] });
}

async function choose<T extends string>(
  title: string,
  all: readonly T[],
  words: Readonly<Record<T, string>>,
  current: T,
): Promise<T | undefined> {
  const items = all.map((value) => ({
    label: words[value],
    ...(value === current ? { description: l10n.t('current') } : {}),
    value,
  }));
  return (await window.showQuickPick(items, { title }))?.value;
}

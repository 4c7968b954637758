/** Asks how the Models view is to be arranged. */
import { window, type QuickPickItem } from 'vscode';
import type { ModelsTree } from './models-tree.js';
import { GROUPS, OUTCOMES, SORTS, type Group, type Outcome, type Sort } from './models-view.js';

const SORT_WORDS: Readonly<Record<Sort, string>> = {
  verdict: 'Verdict, the worst first',
  name: 'Name',
  folder: 'Folder',
  findings: 'Number of findings',
};
const GROUP_WORDS: Readonly<Record<Group, string>> = {
  none: 'No groups, the worst first',
  severity: 'Severity',
  category: 'Category',
};

export async function sortModels(models: ModelsTree): Promise<void> {
  const sort = await choose('Sort Models By', SORTS, SORT_WORDS, models.state.sort);
  if (sort !== undefined) await models.arrange({ sort });
}

export async function groupFindingsBy(models: ModelsTree): Promise<void> {
  const group = await choose('Group Findings By', GROUPS, GROUP_WORDS, models.state.group);
  if (group !== undefined) await models.arrange({ group });
}

export async function filterModels(models: ModelsTree): Promise<void> {
  const { text, outcomes } = models.state;
  const items = OUTCOMES.map((outcome) => ({ label: labelOf(outcome), outcome, alwaysShow: true }));
  const pick = window.createQuickPick<QuickPickItem & { readonly outcome: Outcome }>();
  pick.title = 'DynScan: Filter Models';
  pick.placeholder = 'A part of a name or of a finding. Tick verdicts to see only those.';
  pick.canSelectMany = true;
  pick.items = items;
  pick.selectedItems = items.filter(({ outcome }) => outcomes.includes(outcome));
  pick.value = text;
  const accepted = await new Promise<boolean>((resolve) => {
    pick.onDidAccept(() => resolve(true));
    pick.onDidHide(() => resolve(false));
    pick.show();
  });
  if (accepted) {
    await models.arrange({ text: pick.value.trim(), outcomes: pick.selectedItems.map(({ outcome }) => outcome) });
  }
  pick.dispose();
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
    ...(value === current ? { description: 'current' } : {}),
    value,
  }));
  return (await window.showQuickPick(items, { title: `DynScan: ${title}` }))?.value;
}

function labelOf(outcome: Outcome): string {
  return outcome.charAt(0).toUpperCase() + outcome.slice(1);
}

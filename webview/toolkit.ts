/** The only file that knows the component library, so that another can take its place here. */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodePanels,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodeProgressRing,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { el, type Child } from './dom.js';

export function registerComponents(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodePanels(),
    vsCodePanelTab(),
    vsCodePanelView(),
    vsCodeProgressRing(),
    vsCodeTextField(),
  );
}

export function button(label: string, onClick: () => void, look: 'primary' | 'secondary' = 'secondary'): HTMLElement {
  const node = el('vscode-button', { appearance: look, 'data-key': `button-${label}` }, label);
  node.addEventListener('click', onClick);
  return node;
}

export function progressRing(): HTMLElement {
  return el('vscode-progress-ring', { 'aria-hidden': 'true' });
}

export function checkbox(label: string, onChange: (checked: boolean) => void): HTMLElement {
  const node = el('vscode-checkbox', {}, label);
  node.addEventListener('change', () => onChange((node as HTMLElement & { checked: boolean }).checked));
  return node;
}

export function textField(label: string, onInput: (value: string) => void): HTMLElement {
  const node = el('vscode-text-field', { placeholder: label, 'aria-label': label });
  node.addEventListener('input', () => onInput((node as HTMLElement & { value: string }).value));
  return node;
}

/** `options`: what each is called. `onChoose` gets its index. */
export function dropdown(label: string, options: readonly string[], onChoose: (index: number) => void): HTMLElement {
  const node = el(
    'vscode-dropdown',
    { 'aria-label': label },
    ...options.map((option) => el('vscode-option', {}, option)),
  );
  node.addEventListener('change', () => onChoose((node as HTMLElement & { selectedIndex: number }).selectedIndex));
  return node;
}

/** Back to the empty text, the first option. No listener is called. */
export function clear(field: HTMLElement): void {
  if (field.localName === 'vscode-dropdown') (field as HTMLElement & { selectedIndex: number }).selectedIndex = 0;
  else (field as HTMLElement & { value: string }).value = '';
}

export interface Tab {
  readonly id: string;
  readonly label: string;
  /** Made when the tab is first shown. */
  readonly content: () => Child;
}

/** `active` is a tab's id; `onChange` is called when the user chooses another. */
export function tabs(label: string, all: readonly Tab[], active: string, onChange: (id: string) => void): HTMLElement {
  const known = all.some((tab) => tab.id === active) ? active : (all[0]?.id ?? '');
  const views = new Map(all.map((tab) => [tab.id, el('vscode-panel-view', { id: `${tab.id}-view` })]));
  const fill = (id: string): void => {
    const view = views.get(id);
    const tab = all.find((known) => known.id === id);
    if (view?.childElementCount !== 0 || !tab) return;
    // For users who navigate by headings.
    view.append(el('div', {}, el('h2', { class: 'sr-only' }, tab.label), tab.content()));
  };
  fill(known);
  const node = el(
    'vscode-panels',
    { 'aria-label': label, activeid: known },
    ...all.map((tab) => el('vscode-panel-tab', { id: tab.id }, tab.label)),
    ...views.values(),
  );
  node.addEventListener('change', () => {
    const { activeid } = node as HTMLElement & { activeid: string };
    fill(activeid);
    onChange(activeid);
  });
  return node;
}

export function selectTab(panels: HTMLElement, id: string): void {
  (panels as HTMLElement & { activeid: string }).activeid = id;
  // The library reports only the user's choice; the tab may not have been filled yet.
  panels.dispatchEvent(new Event('change'));
}

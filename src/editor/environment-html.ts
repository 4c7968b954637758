/** The page of Check Environment: text of the engine's is escaped, and the page runs no script; its buttons are links to commands. */
import { env, l10n } from 'vscode';
import { el, toHtml, type Markup } from '../report/page/markup.js';
import type { Diagnosis } from './app.js';
import { CHECK_ENVIRONMENT, COPY_ADVICE } from './names.js';

/** What the buttons of the page may call. */
export const PAGE_COMMANDS = [
  CHECK_ENVIRONMENT,
  COPY_ADVICE,
  'workbench.action.openSettings',
  'workbench.action.openRemoteSettings',
  'dynscan.showLog',
];

type Argument = string | { readonly query: string };

/** `checks`: undefined while they are made. */
export function environmentHtml(checks: readonly Diagnosis[] | undefined, nonce: string): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  const head = [
    el('meta', { charset: 'utf-8' }),
    el('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    el('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    el('title', {}, l10n.t('Check Environment')),
  ];
  const body = el('main', { 'aria-live': 'polite' }, ...(checks === undefined ? checking() : answer(checks)));
  return `<!DOCTYPE html>\n<html lang="en">\n<head>\n${head.map(toHtml).join('\n')}\n<style nonce="${nonce}">${STYLE}</style>\n</head>\n<body>\n${toHtml(body)}\n</body>\n</html>\n`;
}

function checking(): Markup[] {
  return [
    el('h1', {}, l10n.t('Checking the sandbox')),
    el('p', { class: 'dim' }, l10n.t('The container engine is asked, and each part of the sandbox is looked at.')),
  ];
}

function answer(checks: readonly Diagnosis[]): Markup[] {
  const isReady = checks.every(({ ok }) => ok);
  const then = isReady
    ? l10n.t('Models can be read and run on this machine.')
    : l10n.t('Models are read, and none can be run until the part below is mended.');
  return [
    el('h1', {}, isReady ? l10n.t('The sandbox is ready.') : l10n.t('The sandbox is not ready.')),
    el('p', { class: 'dim' }, then),
    el('ul', {}, ...checks.map(row)),
    el(
      'p',
      { class: 'actions' },
      button(l10n.t('Check Again'), CHECK_ENVIRONMENT, undefined, true),
      button(l10n.t('Open Settings'), 'workbench.action.openSettings', '@ext:dynscan.dynscan'),
      button(l10n.t('Show Log'), 'dynscan.showLog'),
    ),
  ];
}

function row({ name, ok, detail, advice, command, setting }: Diagnosis, index: number): Markup {
  const mark = ok
    ? el('span', { class: 'ok', role: 'img', 'aria-label': l10n.t('OK') }, '✓')
    : el('span', { class: 'missing', role: 'img', 'aria-label': l10n.t('Missing') }, '✕');
  return el(
    'li',
    {},
    mark,
    el(
      'div',
      {},
      el('h2', {}, name),
      ...sentences(detail).map((text) => el('p', {}, ...withCode(text))),
      ...(advice === undefined ? [] : [el('p', { class: 'dim' }, ...withCode(advice))]),
      ...(command === undefined
        ? []
        : [
            el(
              'p',
              { class: 'command' },
              el('code', {}, command),
              button(l10n.t('Copy Command'), COPY_ADVICE, String(index)),
            ),
          ]),
      ...(setting === undefined || ok
        ? []
        : [
            el(
              'p',
              {},
              link(l10n.t('Open the setting {0}', setting), settingsOfMachine(), { query: `dynscan.${setting}` }),
            ),
          ]),
    ),
  );
}

/** Where a setting of the machine is looked for: beside those of the user a window of another machine has its own. */
function settingsOfMachine(): string {
  return env.remoteName === undefined ? 'workbench.action.openSettings' : 'workbench.action.openRemoteSettings';
}

/** What was tried is a sentence for each engine. */
function sentences(text: string): string[] {
  return text.split(/(?<=\.) (?=[A-Z])/);
}

function withCode(text: string): (Markup | string)[] {
  return text.split('`').map((part, at) => (at % 2 === 1 ? el('code', {}, part) : part));
}

function button(text: string, command: string, argument?: Argument, isFirst = false): Markup {
  return el(
    'a',
    { class: isFirst ? 'button first' : 'button', href: addressOf(command, argument), role: 'button' },
    text,
  );
}

function link(text: string, command: string, argument: Argument): Markup {
  return el('a', { href: addressOf(command, argument) }, text);
}

function addressOf(command: string, argument: Argument | undefined): string {
  return `command:${command}${argument === undefined ? '' : `?${encodeURIComponent(JSON.stringify([argument]))}`}`;
}

const STYLE = `
body { color: var(--vscode-foreground); font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); line-height: 1.5; padding: 0 20px 32px; overflow-wrap: anywhere; }
main { max-width: 800px; }
h1 { font-size: 1.7em; font-weight: 600; line-height: 1.3; margin: 20px 0 2px; }
h2 { font-size: 1em; font-weight: 600; margin: 0; }
p { margin: 2px 0; }
ul { list-style: none; margin: 20px 0; padding: 0; }
li { border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder)); display: flex; gap: 12px; padding: 10px 0; }
li > span { flex: none; font-weight: 600; width: 1.2em; }
.ok { color: var(--vscode-testing-iconPassed, var(--vscode-charts-green)); }
.missing { color: var(--vscode-errorForeground); }
.dim { color: var(--vscode-descriptionForeground); }
code { background: var(--vscode-textCodeBlock-background); border-radius: 3px; color: inherit; font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); padding: 1px 4px; }
.command { align-items: center; display: flex; flex-wrap: wrap; gap: 8px; margin-top: 6px; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; }
a { color: var(--vscode-textLink-foreground); text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 1px; }
.button { background: var(--vscode-button-secondaryBackground); border: 1px solid var(--vscode-button-secondaryBorder, var(--vscode-contrastBorder, transparent)); border-radius: 2px; color: var(--vscode-button-secondaryForeground); padding: 3px 11px; }
.button:hover { background: var(--vscode-button-secondaryHoverBackground); text-decoration: none; }
.first { background: var(--vscode-button-background); color: var(--vscode-button-foreground); }
.first:hover { background: var(--vscode-button-hoverBackground); }
`;

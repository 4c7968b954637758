/**
 * Makes text of a model, a workspace or a container safe for VS Code, which gives some strings a meaning (below). Only surfaces.ts uses this, on
 * every string that it passes to VS Code. Applying it twice changes nothing.
 *
 * - Messages, prompts and validation messages: `[label](command:…)` is a link, and one click runs the command.
 * - Prompts, lists, labels, the status bar, tests: `$(name)` is an icon.
 * - Markdown (hovers, questions of tools): links, images, addresses that stand alone, markup.
 * - Terminals (output of tests) and the log: escape sequences; addresses that stand alone.
 * - All of them: control, bidirectional and invisible characters, line feeds, any length.
 */
import { escapeAndCut } from '../core/escape.js';

/** Characters of one text where there is room to read it. */
export const TEXT_LENGTH = 2_000;
/** Characters of a sentence with a path in it that has to be read to its end (Linux: 4,096 bytes). */
export const PATH_LENGTH = 5_000;
/** Characters of what stands on one line among others. */
export const LABEL_LENGTH = 300;

/** Lines of code in one place. */
const MOST_LINES = 100;

/** One line that is nothing but text. */
export function plainText(text: string, limit = TEXT_LENGTH): string {
  return escapeAndCut(text, limit)
    .replaceAll(/\](?=\()/g, '] ')
    .replaceAll(/\$(?=\()/g, '$ ');
}

/** Several lines, each escaped, so that none can begin another line. */
export function plainLines(lines: readonly string[], limit = TEXT_LENGTH): string {
  return lines.map((line) => plainText(line, limit)).join('\n');
}

/** For Markdown, where a backslash before any mark of ASCII makes it text (CommonMark 2.4); so no address begins either. */
export function markdownText(text: string, limit = TEXT_LENGTH): string {
  return escapeAndCut(text, limit).replaceAll(/[!-/:-@[-`{-~]/g, '\\$&');
}

/** For Markdown, as code: no line of it can end the block. */
export function markdownCode(text: string | readonly string[], language: string, limit = TEXT_LENGTH): string {
  const lines = typeof text === 'string' ? [text] : text.slice(0, MOST_LINES);
  const code = lines.map((line) => escapeAndCut(line, limit)).join('\n');
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}

/** For terminals and the log, which make a link of every address: addresses are defanged (`https[:]//`). */
export function outputText(text: string, limit = TEXT_LENGTH): string {
  return withoutAddresses(plainText(text, limit));
}

/** For documents that are escaped already. An editor underlines every address in a text, whatever its origin, and opens it on a click. */
export function withoutAddresses(text: string): string {
  return text.replaceAll(/\b(https?|ftps?|file|vscode[\w-]*|command):(?=\/\/)/gi, '$1[:]');
}

import { ESLint, Linter } from 'eslint';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { markdownCode, markdownText, outputText, plainLines, plainText } from '../../src/view/plain-text.js';

/** As VS Code 1.139 finds them (base/common/linkedText.ts, base/browser/ui/iconLabel/iconLabels.ts, editor/common/languages/linkComputer.ts). */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
const ICON = /(?:\\)?\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/;
const ADDRESS = /\b(?:https?|file|command|vscode):\/\//i;
// eslint-disable-next-line no-control-regex -- finding such characters is the purpose
const UNDRAWN = /[\u0000-\u001f\u007f-\u009f]|\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|[\u2028\u2029]/u;

const HOSTILE = [
  '[Read the details](command:workbench.action.terminal.sendSequence?%7B%22text%22%3A%22touch%20pwned%5Cr%22%7D).pkl',
  '[a]([b](command:x)) ]](command:x)',
  '[x](https://192.0.2.1/ "title")',
  '$(bug) $(loading~spin) \\$(bug) $$(bug)',
  '<img src=x onerror=alert(1)> <b>bold</b> &lt;i&gt; <https://192.0.2.1> www.example.com a@example.com',
  '![x](https://192.0.2.1/x.png) `code` ```\nfence\n``` # head **bold** _i_ ~~s~~ | a | b |',
  '\u001b]8;;command:x\u0007link\u001b]8;;\u0007 \u001b[31mred\u009b31m',
  'a\u202egnp.exe \u2066x\u2069 \u200b\u200d\ufe0f\u00ad\u034f\u115f\u17b4\u180b\u3164\uffa0\u{e0041}\u{e0100}\u{1d173}\u{1bca0}',
  'line\nline\r\nline\u2028line\u2029line\u0085line\u000bline',
  'y'.repeat(10_000),
  '\ud800 \udc00 x\ufffex',
];

describe('plain text', () => {
  it.each(HOSTILE)('of %j has no link, icon or unseen character, and an end', (text) => {
    for (const made of [plainText(text), plainLines([text, text]), outputText(text), markdownText(text)]) {
      for (const line of made.split('\n')) {
        expect(line).not.toMatch(LINK);
        expect(line).not.toMatch(ICON);
        expect(line).not.toMatch(UNDRAWN);
      }
      expect(made.length).toBeLessThan(9_000);
    }
    expect(plainLines([text, text]).split('\n')).toHaveLength(2);
    expect(outputText(text)).not.toMatch(ADDRESS);
  });

  it.each(HOSTILE)('of %j is the same when it is made twice', (text) => {
    const once = plainText(text);
    expect(plainText(once, once.length)).toBe(once);
  });

  it('has no link or icon that only two texts together make', () => {
    expect(plainText(['[a]', '(command:x) ', '$', '(bug)'].join(''))).toBe('[a] (command:x) $ (bug)');
  });

  it('is unchanged where there is nothing in it', () => {
    const words = 'model (1).pkl of José, 模型, $HOME [v2] costs 5$ – “clean”, 3 < 4 & 5 > 2';
    expect(plainText(words)).toBe(words);
  });

  it('shows what it escapes, and loses none of it', () => {
    expect(plainText('❤️ \u{1f468}\u200d\u{1f4bb}')).toBe('❤\\u{fe0f} \u{1f468}\\u{200d}\u{1f4bb}');
  });
});

describe('text in Markdown', () => {
  it('has a backslash before every mark of ASCII', () => {
    expect(markdownText('a.b [x](y) <z> https://w')).toBe('a\\.b \\[x\\]\\(y\\) \\<z\\> https\\:\\/\\/w');
  });

  it('is code that nothing in it ends', () => {
    expect(markdownCode('a ``` b\n```', 'python')).toBe('````python\na ``` b\\n```\n````');
  });
});

describe('the lint rule', () => {
  const linter = new Linter();
  let rules: Linter.RulesRecord;
  beforeAll(async () => {
    const eslint = new ESLint({ cwd: join(import.meta.dirname, '../..') });
    const config = z
      .object({ rules: z.record(z.string(), z.unknown()) })
      .parse(await eslint.calculateConfigForFile('src/editor/samples.ts'));
    const names = ['no-restricted-imports', 'no-restricted-syntax'];
    rules = Object.fromEntries(names.map((name) => [name, config.rules[name]])) as Linter.RulesRecord;
  });
  const complaints = (code: string): number =>
    linter.verify(code, [{ files: ['**/*.ts'], languageOptions: { parser: tseslint.parser }, rules }], {
      filename: 'src/editor/samples.ts',
    }).length;

  it.each([
    "import { window } from 'vscode';",
    "import { window as w } from 'vscode';",
    "import * as vscode from 'vscode';",
    "import vscode from 'vscode';",
    "export * from 'vscode';",
    "export { window } from 'vscode';",
    "import { languages, l10n } from 'vscode';",
    "import { MarkdownString } from 'vscode';",
    "import { TreeItem } from 'vscode';",
    "import { notebooks } from 'vscode';",
    "import { comments, chat, debug, tasks, scm, authentication } from 'vscode';",
    "const { window } = await import('vscode');",
    "const { window } = require('vscode');",
    "import vscode = require('vscode');",
    "panel.title = 'x';",
    'item.label = name;',
  ])('refuses %s outside of surfaces.ts', (code) => {
    expect(complaints(code)).toBeGreaterThan(0);
  });

  it('lets by what shows nothing', () => {
    expect(complaints("import { l10n, Uri, workspace } from 'vscode';\nimport { window } from './surfaces.js';")).toBe(
      0,
    );
  });
});

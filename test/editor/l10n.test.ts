/** Every word that a person sees in the editor can be translated: the manifest's by key, the code's through `l10n.t`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { getL10nJson, getL10nPseudoLocalized } from '@vscode/l10n-dev';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { keyOf, manifestWords, rawManifest, type Json } from '../manifest.js';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'src/editor');
const sources = readdirSync(folder).map((name) => ({ name, contents: readFileSync(join(folder, name), 'utf8') }));
const bundle = z.record(z.string(), z.string()).parse(readJson('l10n/bundle.l10n.json'));

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

describe('the words of the manifest', () => {
  const texts = textsOf(rawManifest());
  const keys = texts.flatMap(({ text }) => keyOf(text) ?? []);

  it('are all in package.nls.json, which has no others', () => {
    expect(new Set(keys)).toEqual(new Set(Object.keys(manifestWords())));
  });

  it('stand there by key, wherever a person reads them', () => {
    const read = texts.filter(({ path }) => isForPeople(path));
    expect(read.length).toBeGreaterThan(100);
    expect(read.filter(({ text }) => keyOf(text) === undefined)).toEqual([]);
  });

  it('are found next to the code, by VS Code', () => {
    expect(rawManifest()).toMatchObject({ l10n: './l10n' });
    const shipped = readFileSync(join(root, '.vscodeignore'), 'utf8').split('\n');
    expect(shipped).toEqual(expect.arrayContaining(['!package.nls*.json', '!l10n/**']));
  });
});

interface Text {
  /** Names of the properties that lead to it; items of a list have their list's. */
  readonly path: readonly string[];
  readonly text: string;
}

function textsOf(value: Json, path: readonly string[] = []): Text[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((one: Json) => textsOf(one, path));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => textsOf(one, [...path, name]));
}

/** Properties that VS Code shows, in any contribution; the schema of a tool's input is read by a language model. */
const SHOWN =
  /^(?:title|shortTitle|category|name|displayName|description|userDescription|contextualTitle|contents|label|aliases|.+[dD]escriptions?|.*[dD]eprecationMessage|enumItemLabels)$/;

function isForPeople(path: readonly string[]): boolean {
  const [first, second] = path;
  const name = path.at(-1) ?? '';
  if (first !== 'contributes' && first !== 'capabilities') return name === 'displayName' || name === 'description';
  if (
    second === 'languageModelTools' &&
    (path.includes('inputSchema') || name === 'modelDescription' || name === 'name')
  )
    return false;
  return SHOWN.test(name);
}

describe('the texts of the code', () => {
  const files = sources.map(({ name, contents }) => ts.createSourceFile(name, contents, ts.ScriptTarget.Latest, true));
  const calls = files.flatMap((file) => nodesOf(file).filter(isTranslation));

  it('are in the bundle for translators as they are in the code (else run `npm run l10n`)', async () => {
    expect(bundle).toEqual(await getL10nJson(sources.map(({ contents }) => ({ extension: '.ts', contents }))));
    // Starting its parser is slow on a busy machine.
  }, 240_000);

  it('are given whole, each with the values that it names', () => {
    expect(calls.length).toBeGreaterThan(150);
    const wrong = calls.filter(({ arguments: [text, ...values] }) => {
      if (text === undefined || !ts.isStringLiteral(text)) return true;
      const named = new Set([...text.text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
      return named.size !== values.length || values.some((_, at) => !named.has(String(at)));
    });
    expect(wrong.map((call) => call.getText())).toEqual([]);
  });

  it('are all of those that are shown', () => {
    const untold = files.flatMap((file) =>
      nodesOf(file)
        .flatMap((node) => shownBy(node, file.fileName))
        .flatMap(untranslated)
        .map((text) => `${file.fileName}: ${text}`),
    );
    expect(untold).toEqual([]);
  });
});

function nodesOf(node: ts.Node): ts.Node[] {
  const all: ts.Node[] = [node];
  node.forEachChild((child) => void all.push(...nodesOf(child)));
  return all;
}

function isTranslation(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.getText() === 'l10n.t';
}

const SHOWING_CALL =
  /^window\.(?:show(?:Information|Warning|Error)Message|setStatusBarMessage)$|^testMessage$|\.(?:say|setBadge|report|write)$/;
const SHOWN_PROPERTY =
  /^(?:title|placeHolder|placeholder|prompt|openLabel|saveLabel|label|description|detail|tooltip|message|error|note|text|why)$/;

/** What of a piece of code ends before a person. */
function shownBy(node: ts.Node, file: string): ts.Node[] {
  // An assistant is told why its request was refused; its instructions are English too.
  if (ts.isNewExpression(node) && node.expression.getText() === 'UserError')
    return file === 'scan-tool.ts' ? [] : [...(node.arguments ?? [])];
  if (ts.isCallExpression(node) && SHOWING_CALL.test(node.expression.getText())) return [...node.arguments];
  if (ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node))
    return node.initializer && SHOWN_PROPERTY.test(node.name.getText()) ? [node.initializer] : [];
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return [];
  const { left } = node;
  return ts.isPropertyAccessExpression(left) && SHOWN_PROPERTY.test(left.name.text) ? [node.right] : [];
}

/** The same in every language. */
const NAMES = /DynScan|HTML|JSON|SARIF|\$\([\w~-]+\)/g;

/** The words in it that do not go through `l10n.t`. */
function untranslated(node: ts.Node): string[] {
  if (isTranslation(node) || ts.isElementAccessExpression(node) || ts.isTypeNode(node)) return [];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken) return [];
  if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node))
    return /\p{L}{2}/u.test(node.text.replaceAll(NAMES, '')) ? [node.text] : [];
  const found: string[] = [];
  node.forEachChild((child) => void found.push(...untranslated(child)));
  return found;
}

describe('a translation', () => {
  beforeEach(() => {
    vi.resetModules();
    const contents = z.record(z.string(), z.string()).parse(getL10nPseudoLocalized(bundle));
    l10n.config({ contents });
  });
  afterEach(() => l10n.config({ contents: {} }));

  it('arrives, with its values in place and no English left', async () => {
    const { liveNote, progressInWords, stepsInWords } = await import('../../src/editor/phrases.js');
    const progress = progressInWords({ message: '1234', stage: 'load' }, 2);
    expect(progress).toContain('1234');
    for (const said of [progress, liveNote(3, 7), stepsInWords('load')]) {
      expect(said).not.toMatch(/step|finding|still|load/);
      expect(said).not.toContain('{');
    }
    expect(liveNote(3, 7)).toContain('7');
  });
});

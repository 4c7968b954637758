/** Names and texts that try to be more than text, on everything that a person sees: nothing is a link, an icon or markup, and nothing runs. */
import * as assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { call, global, op, pickle, zip } from '../../../samples/assemble.mjs';
import { setup } from './index.js';
import { Workbench } from './workbench.js';

/** What a link would run: it opens an editor that nothing else here opens. */
const COMMAND = 'workbench.action.files.newUntitledFile';
const LINK = `[Read the details](command:${COMMAND})`;
/** Link, icon, markup, escape of a terminal, reversed text, unseen characters. */
const MARKS = `${LINK} $(squirrel) <img src=x> \u001b[31m \u202e \u200b\u034f\u{e0041}`;
/** Of two lines; VS Code's own search for files knows no such name, so others have one. */
const NAME = `${MARKS}\nline.pkl`;
const ADDRESS = 'https://192.0.2.66/x';
const LONG = `${MARKS} ![x](${ADDRESS}) <b>bold</b> ${ADDRESS} www.192.0.2.66.example ${'y'.repeat(10_000)}`;

const acts = (argument: string): Uint8Array => pickle(call(global('posix', 'system'), op.unicode(argument)));

const FILES: Readonly<Record<string, Uint8Array | string>> = {
  [`hostile/${NAME}`]: acts('id'),
  'hostile/texts.pkl': pickle(call(op.global('os', LONG.replaceAll('\n', ' ')), op.unicode(LONG))),
  [`hostile/${MARKS} zip.pt`]: zip([
    { name: `archive/${MARKS}/data.pkl`, data: acts(LONG) },
    { name: `archive/${LONG.slice(0, 2_000)}/data.pkl`, data: acts('id') },
  ]),
  [`dynscan-tests/${MARKS}.py`]: 'def check(path):\n    pass\n',
};

/** Run in the window: what became of the marks. */
const FOUND = `[
  ...document.querySelectorAll('[href], [data-href]')].filter((node) =>
    /newUntitledFile|192\\.0\\.2\\.66/.test(node.getAttribute('href') + ' ' + node.getAttribute('data-href'))).concat([
  ...document.querySelectorAll('.detected-link, .detected-link-active, .monaco-link')].filter((node) =>
    /Read the details|192\\.0\\.2\\.66/.test(node.textContent))).concat([
  ...document.querySelectorAll('.codicon-squirrel, img[src="x"], img[src*="192.0.2.66"]')]).concat([
  ...document.querySelectorAll('b')].filter((node) => node.textContent === 'bold')).map((node) => node.outerHTML.slice(0, 300))`;

// eslint-disable-next-line no-control-regex -- finding such characters is the purpose
const UNSEEN = /[\u0000-\u0008\u001b]|\p{Default_Ignorable_Code_Point}/u;

describe('a person with models whose names are hostile', () => {
  let code: Workbench;
  const seen = new Set<string>();

  before(async () => {
    for (const [path, content] of Object.entries(FILES)) {
      await mkdir(join(setup.workspace, path, '..'), { recursive: true });
      await writeFile(join(setup.workspace, path), content);
    }
    code = await Workbench.open('dark');
    // Lists draw what is in sight.
    await code.page.setViewportSize({ width: 1280, height: 1600 });
  });

  after(async () => {
    await code.close();
    for (const folder of ['hostile', 'dynscan-tests', '.dynscan'])
      await rm(join(setup.workspace, folder), { recursive: true, force: true });
  });

  /** Of something that shows one of the texts: it is nothing but text. */
  const isInert = async (
    surface: string,
    shown: Locator,
    text: string | RegExp = 'Read the details',
  ): Promise<void> => {
    const place = shown.filter({ hasText: text }).first();
    await place.waitFor();
    seen.add(surface);
    const said = await place.innerText();
    assert.doesNotMatch(said, UNSEEN, surface);
    assert.ok(said.length < 9_000, `${surface}: ${said.length} characters`);
    assert.deepEqual(await code.page.evaluate(FOUND), [], surface);
  };

  const quickInput = (): Locator => code.page.locator('.quick-input-widget:visible');
  const hover = async (surface: string, over: Locator, text: string | RegExp = 'Read the details'): Promise<void> => {
    const shown = code.page.locator('.monaco-hover:visible, .workbench-hover:visible');
    // A row that is drawn anew under the mouse has no tooltip until the mouse comes back to it.
    for (let attempt = 0; attempt < 8; attempt++) {
      // By its beginning: what is longer than its place is not to be scrolled.
      await over.hover({ position: { x: 60, y: 10 } });
      const place = shown.filter({ hasText: text }).first();
      const isShown = await place.waitFor({ timeout: 5_000 }).then(
        () => true,
        () => false,
      );
      if (isShown) break;
      await code.page.mouse.move(640, 790);
    }
    await isInert(surface, shown, text);
    await code.page.mouse.move(640, 790);
  };

  it('sees one in messages', async () => {
    await isInert('message of what was found', code.notification(/models? here/));
    await code.file('hostile').click();
    await code.chooseFromMenu(code.file('Read the details').filter({ hasText: '.pkl' }), 'Scan Model (Static Only)');
    await code.scanned(/Read the details/);
    const message = code.notification(/\.pkl is malicious/).locator('.notification-list-item-message');
    await isInert('message', message);
    await message.click();
    await code.dismissNotifications();
    await code.file('Read the details').filter({ hasText: '.pkl' }).click();
    await isInert('status bar', code.page.locator('.statusbar-item[id*="dynscan"]'));
    await hover('tooltip of the status bar', code.page.locator('.statusbar-item[id*="dynscan"]'));
    await code.command('View: Close All Editors');
  });

  it('sees them in the Models view', async () => {
    await code.showModels();
    await code.widenSidebar(300);
    const model = code.model('Read the details').filter({ hasText: '.pkl' }).first();
    await isInert('model', model);
    await hover('tooltip of a model', model);
    const texts = code.model('texts.pkl').first();
    await code.chooseFromMenu(texts, 'Scan Model (Static Only)');
    await isInert('message with a reason', code.notification(/texts\.pkl is/), 'texts.pkl is');
    await code.dismissNotifications();
    await texts.locator('.monaco-tl-twistie').click();
    const finding = code.model('calls something').first();
    await hover('tooltip of a finding', finding, /[Cc]alls/);
    await finding.locator('.monaco-tl-twistie').click();
    const detail = code.model('Read the details').filter({ hasNotText: /\.(?:pkl|pt|py)/ });
    await isInert('evidence', detail);
    await hover('tooltip of evidence', detail.first());
    await code.screenshot('hostile-tree');
  });

  it('is asked why a finding of one is to be suppressed, and no click runs anything', async () => {
    await code.command('DynScan: Suppress Finding…');
    await isInert('list of findings', code.page.locator('.quick-input-widget .monaco-list-row'));
    await code.closeQuickInput();
    const model = code.model('Read the details').filter({ hasText: '.pkl' }).first();
    await model.locator('.monaco-tl-twistie').click();
    await code.chooseFromMenu(code.model(/^Starts a program: /).first(), 'Suppress Finding…');
    const prompt = quickInput().filter({ hasText: 'Why is this all right' });
    await isInert('prompt', prompt);
    await prompt.getByText('Read the details').click();
    assert.equal(await code.tab('Untitled').count(), 0, 'a name ran a command');
    const input = quickInput().locator('input');
    await input.fill('x'.repeat(1_001));
    await isInert('what is wrong with an answer', quickInput(), 'A reason of 1 to');
    await input.fill(LONG.slice(0, 900));
    await prompt.waitFor();
    await code.page.keyboard.press('Enter');
    await quickInput().filter({ hasText: 'Last day' }).waitFor();
    await code.page.keyboard.press('Enter');
    const suppressed = code.model('suppressed: ').first();
    await isInert('suppressed finding', suppressed);
    await hover('tooltip of a suppressed finding', suppressed);
  });

  it('chooses among them in lists', async () => {
    const lists = {
      'DynScan: Show Report': 'Of which model?',
      'DynScan: Stop Suppressing Finding': 'Which finding?',
      'DynScan: Scan Model (Static Only)': 'Which model?',
      'DynScan: Scan with Test Case…': 'Which test case?',
    };
    for (const [title, question] of Object.entries(lists)) {
      await code.command('View: Close All Editors');
      await code.command(title);
      await code.page.locator(`.quick-input-widget input[placeholder*="${question}"]`).waitFor();
      await isInert(`list of ${title}`, code.page.locator('.quick-input-widget .monaco-list-row'));
      await code.closeQuickInput();
    }
  });

  it('chooses a pickle of an archive, and reads its opcodes', async () => {
    await code.chooseFromMenu(code.model('zip.pt').first(), 'Open Disassembly');
    await isInert('list of pickles', code.page.locator('.quick-input-widget .monaco-list-row'));
    await code.page.keyboard.press('Enter');
    await isInert('disassembly', code.page.locator('.editor-instance .view-lines'), 'GLOBAL');
    await isInert('tab of a disassembly', code.tab('.disassembly'), '.disassembly');
    await code.command('View: Close All Editors');
    await code.chooseFromMenu(code.model('texts.pkl').first(), 'Open Disassembly');
    const line = code.page.locator('.editor-instance .view-line', { hasText: 'GLOBAL' }).first();
    await line.waitFor();
    await line.locator('span span').nth(1).hover();
    await isInert('hover of an opcode', code.page.locator('.monaco-hover:visible'), 'Imports a module');
    await code.screenshot('hostile-hover', true);
    await code.page.mouse.move(640, 790);
  });

  it('reads about them in Problems', async () => {
    await code.command('View: Close All Editors');
    await code.page.keyboard.press('Control+Shift+M');
    // VS Code's own rows name the files as they are.
    const rows = code.problems.locator('.marker-message-details-container, .details-container, .marker-message-line');
    await isInert('problem', rows, /Read the details/);
    await code.page.keyboard.press('Control+J');
  });

  it('reads a report', async () => {
    await code.chooseFromMenu(code.model('texts.pkl').first(), 'Show Report');
    await code.report.locator('details.finding').first().waitFor();
    assert.equal(await code.report.locator('img, b, a[href^="command:"], a[href*="192.0.2.66"]').count(), 0);
    await code.chooseFromMenu(code.model('Read the details').filter({ hasText: '.pkl' }).first(), 'Show Report');
    await isInert('tab of a report', code.tab('Report: '), 'Read the details');
    await code.command('View: Close All Editors');
  });

  it('sees test cases with such names, and what one said', async () => {
    // The view is closed until someone asks for it.
    await code.command('DynScan: Focus on Test Cases View');
    const testCase = code.page.locator('.sidebar .monaco-list-row', { hasText: '.py' });
    await isInert('test case', testCase);
    await hover('tooltip of a test case', testCase.first());
    await code.command('Testing: Focus on Test Explorer View');
    await isInert('test', code.page.locator('.test-explorer .monaco-list-row'));
  });

  it('reads what cannot be done', async () => {
    await code.showModels();
    const folder = join(setup.workspace, 'hostile', `${MARKS} none`);
    await mkdir(folder);
    await writeFile(join(folder, 'notes.txt'), 'no model');
    await code.command('View: Show Explorer');
    await code.chooseFromMenu(code.file(' none'), 'Scan Model (Static Only)');
    await isInert('error', code.notification(/No model was found/).locator('.notification-list-item-message'));
    await code.dismissNotifications();
  });

  it('has run nothing of theirs', async () => {
    assert.equal(await code.tab('Untitled').count(), 0);
    assert.ok(seen.size >= 20, [...seen].join(', '));
  });
});

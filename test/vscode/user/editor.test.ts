import * as assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeCases, MODELS } from '../models.mjs';
import { setup } from './index.js';
import { Workbench } from './workbench.js';

const SHOWCASE = basename(MODELS.showcase);

describe('a person with a model they do not trust', () => {
  let code: Workbench;
  before(async () => {
    code = await Workbench.open('dark');
  });
  after(() => code.close());

  it('knows which it is as soon as the folder is open', async () => {
    await code.status('1 of 3 malicious').waitFor();
    await code.page.keyboard.press('Control+Shift+M');
    await code.problems.first().waitFor();
    await code.page.keyboard.press('Control+J');
    await code.dismissNotifications();
  });

  it('scans it from the Explorer', async () => {
    await code.file('models').click();
    await code.openMenu(code.file(SHOWCASE), 'Scan Model');
    await code.screenshot('right-click', true);
    await code.page.keyboard.press('Escape');
    await code.chooseFromMenu(code.file(SHOWCASE), 'Scan Model');
    await code.scanned(`${SHOWCASE} is malicious`);
  });

  it('is not offered a scan of what is no model', async () => {
    await code.dismissNotifications();
    await code.openMenu(code.file('train.py'), 'Rename...');
    assert.equal(await code.menuItem('Scan Model').count(), 0);
    await code.page.keyboard.press('Escape');
  });

  it('reads what it did in Problems', async () => {
    await code.page.keyboard.press('Control+Shift+M');
    await code.problems.first().waitFor();
    const texts = await code.problems.allInnerTexts();
    assert.ok(
      texts.some((text) => /DynScan\s*DYN-CRED-SSH/.test(text)),
      texts.join('\n'),
    );
    await code.screenshot('problems');
  });

  it('goes from a rule in Problems to what it means', async () => {
    const link = code.problems.locator('a', { hasText: 'DYN-CRED-SSH' }).first();
    await link.click();
    await code.tab('DYN-CRED-SSH.md').waitFor();
    const preview = code.report.locator('h1', { hasText: 'DYN-CRED-SSH' });
    await preview.waitFor();
    await code.command('View: Close All Editors');
  });

  it('goes from a problem to the model, and from there to its story in the report', async () => {
    await code.problems.filter({ hasText: 'DYN-CRED-SSH' }).first().dblclick();
    const finding = code.inspector.locator('.finding-rows li', { hasText: 'DYN-CRED-SSH' }).first();
    await finding.locator('.link').first().click();
    await code.report.locator('h1', { hasText: 'Malicious' }).waitFor();
    await code.report.locator('details.finding[open]', { hasText: 'DYN-CRED-SSH' }).waitFor();
    await code.page.keyboard.press('Control+Shift+M');
    await code.page.keyboard.press('Control+J');
  });

  it('sees the models of the workspace, the worst first', async () => {
    await code.showModels();
    await code.widenSidebar(240);
    const first = code.model(SHOWCASE).first();
    assert.match(await first.innerText(), /malicious: .*, \d+ findings/);
    await first.locator('.monaco-tl-twistie').click();
    const finding = code.model(/^Starts a shell that runs /).first();
    await finding.locator('.monaco-tl-twistie').click();
    await code.screenshot('tree');
    await code.widenSidebar(-240);
    await code.command('View: Close Primary Side Bar');
  });

  it('reads the report: what, why, which processes, when', async () => {
    await code.report.locator('h1', { hasText: 'Malicious' }).waitFor();
    const facts = await code.report.locator('.model .facts').innerText();
    assert.match(facts, /SHA-256\s+[0-9a-f]{64}/);
    await code.report.locator('h1').scrollIntoViewIfNeeded();
    await code.screenshot('report');
    await code.report.locator('vscode-panel-tab', { hasText: 'Processes' }).click();
    await code.report.locator('.processes code', { hasText: 'id' }).first().waitFor();
    await code.report.locator('#processes-view .chart svg').focus();
    await code.page.keyboard.press('ArrowDown');
    await code.page.keyboard.press('ArrowDown');
    assert.match(await code.report.locator('#processes-view .selected').innerText(), /^Process \d+, started by \d+: /);
    await code.screenshot('report-processes');
    await code.report.locator('vscode-panel-tab', { hasText: 'Timeline' }).click();
    const timeline = code.report.locator('#timeline-view');
    await timeline.locator('.chart svg .mark').first().waitFor();
    await timeline.locator('.chart svg').focus();
    await code.page.keyboard.press('End');
    assert.match(await timeline.locator('.selected').innerText(), /process \d+/);
    await code.screenshot('report-timeline');
    await code.report.locator('vscode-panel-tab', { hasText: 'Details' }).click();
    await code.report.getByText('What was done').waitFor();
    assert.deepEqual(code.refusals, []);
  });

  it('searches the raw trace', async () => {
    await code.report.locator('vscode-panel-tab', { hasText: 'Trace' }).click();
    await code.report.locator('vscode-text-field[placeholder="Search the trace"] input').fill('id_rsa');
    const line = code.report.locator('.trace .list-body [role=row]', { hasText: 'id_rsa' }).first();
    await line.click();
    await code.report.locator('.trace .line', { hasText: 'id_rsa' }).waitFor();
    assert.match(await code.report.locator('.trace [role=status]').innerText(), /^\d+ lines$/);
    await code.screenshot('report-trace');
  });

  it('goes from a piece of evidence to its line of the trace', async () => {
    await code.report.locator('vscode-panel-tab', { hasText: 'Findings' }).click();
    const finding = code.report.locator('details.finding', { hasText: 'DYN-EXEC-SHELL' }).first();
    if ((await finding.getAttribute('open')) === null) await finding.locator('summary').click();
    const evidence = finding.locator('.evidence li').first();
    const call = await evidence.locator('code').innerText();
    const link = evidence.locator('a', { hasText: 'trace line' });
    const number = (await link.innerText()).replace('trace line ', '');
    await link.click();
    const row = code.report.locator('.trace .list-body [aria-selected=true]', { hasText: /execve/ });
    assert.equal(await row.locator('[role=gridcell]').first().innerText(), number);
    assert.match(call, /^execve\("\/bin\/sh"/);
    await code.report.locator('.trace .line', { hasText: 'execve("/bin/sh"' }).waitFor();
  });

  it('finds the canaries it went for, and goes from them to the finding', async () => {
    await code.report.locator('vscode-panel-tab', { hasText: 'Canaries' }).click();
    await code.report.locator('#canaries-view a', { hasText: 'SSH' }).first().click();
    await code.report.locator('details.finding[open]', { hasText: 'DYN-CRED-SSH' }).waitFor();
  });

  it('follows the story: from a step to its line of the trace, and to its finding', async () => {
    const steps = code.report.locator('.story .steps li');
    assert.ok((await steps.count()) > 2);
    await steps.filter({ hasText: '~/.ssh/id_rsa' }).locator('a', { hasText: 'trace line' }).first().click();
    await code.report.locator('.trace .line', { hasText: 'id_rsa' }).waitFor();
    await steps.filter({ hasText: '~/.ssh/id_rsa' }).locator('a').first().click();
    await code.report.locator('details.finding[open]', { hasText: 'DYN-CRED-SSH' }).waitFor();
  });

  it('reads whom it spoke with, one line for each', async () => {
    await code.report.locator('vscode-panel-tab', { hasText: 'Network' }).click();
    await code.report.locator('.talk', { hasText: '192.0.2.7:443' }).first().waitFor();
    await code.screenshot('report-network');
    await code.report.locator('vscode-panel-tab', { hasText: 'Findings' }).click();
  });

  it('goes from what the report names to where it is: the rule, the opcode, the model', async () => {
    const finding = code.report.locator('details.finding[open]', { hasText: 'DYN-CRED-SSH' }).first();
    const back = async (): Promise<void> => code.tab(`Report: ${SHOWCASE}`).click();
    await finding.locator('a', { hasText: 'DYN-CRED-SSH' }).click();
    await code.tab('DYN-CRED-SSH.md').waitFor();
    await back();
    await finding
      .locator('a', { hasText: /^byte \d+/ })
      .first()
      .click();
    await code.page.locator('.view-line', { hasText: 'GLOBAL' }).first().waitFor();
    await back();
    await finding.locator('button', { hasText: 'Suppress' }).click();
    await code.page.locator('.quick-input-widget', { hasText: 'Why is this all right' }).waitFor();
    await code.page.keyboard.press('Escape');
    await code.report.locator('.path a').click();
    // The report names the model too, in its tab and on its page.
    await code.inspector.locator('button, vscode-button', { hasText: 'Open Disassembly' }).first().waitFor();
    await code.page.locator('.tabs-container .tab.active', { hasNotText: 'Report' }).waitFor();
    await back();
    await code.report.locator('h1', { hasText: 'Malicious' }).waitFor();
  });

  it('can read it in a narrow column', async () => {
    await code.page.setViewportSize({ width: 420, height: 800 });
    assert.equal(await code.overflow(), 0);
    await code.page.setViewportSize({ width: 1280, height: 800 });
  });

  it('can read every part of it without eyes, or with a keyboard alone', async () => {
    assert.deepEqual(await code.accessibilityProblems(), []);
  });

  it('gives it to others as one HTML file, or as Markdown', async () => {
    await code.report.locator('vscode-button', { hasText: 'Export' }).click();
    await code.quickPick('HTML').click();
    const offered = join(setup.workspace, `${SHOWCASE}.dynscan.html`);
    const input = code.page.locator('.quick-input-widget input');
    // The dialog is ready when it offers a name.
    while ((await input.inputValue()) !== offered) await code.page.waitForTimeout(50);
    await code.page.locator('.quick-input-widget').getByText('OK', { exact: true }).click();
    await code.page.locator('.statusbar-item', { hasText: `report written to ${basename(offered)}` }).waitFor();
    const html = await readFile(offered, 'utf8');
    await rm(offered);
    assert.match(html, /<h1>.*Malicious<\/h1>/);
    await code.report.locator('vscode-button', { hasText: 'Copy as Markdown' }).click();
    await code.page.locator('.statusbar-item', { hasText: 'copied as Markdown' }).waitFor();
    const copied = await code.page.evaluate('navigator.clipboard.readText()');
    assert.match(String(copied), /^## Malicious: ` .*sentiment-classifier\.pkl `/);
  });

  it('opens the report as JSON', async () => {
    await code.report.locator('vscode-button', { hasText: 'Open as JSON' }).click();
    await code.page.locator('.editor-instance .view-line', { hasText: 'dynscan-report/1' }).waitFor();
  });

  it('can have it light', async () => {
    const light = await Workbench.open('light');
    await light.file('models').click();
    await light.chooseFromMenu(light.file(SHOWCASE), 'Scan Model');
    await light.scanned(`${SHOWCASE} is malicious`);
    await light.notification(`${SHOWCASE} is malicious`).getByText('Show Report').click();
    await light.report.locator('details.finding[open]').first().waitFor();
    await light.screenshot('report-light');
    assert.deepEqual(await light.accessibilityProblems(), []);
    assert.deepEqual(light.refusals, []);
    await light.close();
  });

  it('can have it in high contrast', async () => {
    const contrast = await Workbench.open('contrast');
    await contrast.file('models').click();
    await contrast.chooseFromMenu(contrast.file(SHOWCASE), 'Scan Model');
    await contrast.scanned(`${SHOWCASE} is malicious`);
    await contrast.notification(`${SHOWCASE} is malicious`).getByText('Show Report').click();
    await contrast.report.locator('details.finding[open]').first().waitFor();
    await contrast.screenshot('report-contrast');
    assert.deepEqual(await contrast.accessibilityProblems(), []);
    assert.deepEqual(contrast.refusals, []);
    await contrast.close();
  });

  it('finds the report and the Problems again after the window is loaded anew', async () => {
    await code.page.reload();
    await code.tab(`Report: ${SHOWCASE}`).click();
    await code.report.locator('h1', { hasText: 'Malicious' }).waitFor();
    // Nothing of the report was lost.
    await code.report.locator('vscode-panel-tab', { hasText: 'Timeline' }).click();
    await code.report.locator('#timeline-view .chart svg .mark').first().waitFor();
    await code.page.keyboard.press('Control+Shift+M');
    await code.problems.locator('a', { hasText: 'DYN-CRED-SSH' }).waitFor();
    await code.page.keyboard.press('Control+J');
    // So is its trace.
    await code.report.locator('vscode-panel-tab', { hasText: 'Trace' }).click();
    await code.report.locator('.trace .list-body [role=row]', { hasText: 'execve' }).first().waitFor();
  });

  it('finds the verdicts on all models again, each with its age', async () => {
    await code.showModels();
    const age = /scanned (?:just now|\d+ min ago)/;
    await code.model(SHOWCASE).filter({ hasText: 'malicious' }).filter({ hasText: age }).first().waitFor();
    await code.model('tokenizer.pkl').filter({ hasText: 'clean' }).filter({ hasText: age }).first().waitFor();
    assert.equal(await code.page.locator('.notification-toast').count(), 0, 'nothing is new');
  });

  it('sees models appear as they are made', async () => {
    await code.showModels();
    await makeCases(setup.workspace);
    await code.model('hostile.pkl').first().waitFor();
  });

  it('sees what is wrong with them without asking', async () => {
    for (const path of [MODELS.hostile, MODELS.pair[1], MODELS.longPath, MODELS.doomed, MODELS.hostileTexts])
      await code.model(basename(path)).filter({ hasText: 'malicious' }).first().waitFor({ timeout: 60_000 });
    await code.model('[x]').filter({ hasText: 'malicious' }).first().waitFor({ timeout: 60_000 });
    await code.notification(/\d+ models here are malicious: /).waitFor();
    assert.equal(await code.page.locator('.notification-toast').count(), 1);
    await code.dismissNotifications();
  });

  it('can read a report whose path is very long without scrolling sideways', async () => {
    await code.showModels();
    const model = code.model(basename(MODELS.longPath)).first();
    await code.chooseFromMenu(model, 'Scan Model (Static Only)');
    await code.scanned(/not-short-either\.pkl is/);
    await code.dismissNotifications();
    await code.chooseFromMenu(model, 'Show Report');
    await code.report.locator('.path', { hasText: 'a-folder-with-a-rather-long-name' }).waitFor();
    assert.equal(await code.overflow(), 0);
  });

  it('can read a report full of hostile texts at twice the size, and nothing in it is more than text', async () => {
    const model = code.model(basename(MODELS.hostileTexts)).first();
    await code.chooseFromMenu(model, 'Scan Model (Static Only)');
    await code.scanned(/markup\.pkl is/);
    await code.dismissNotifications();
    await code.chooseFromMenu(model, 'Show Report');
    await code.report.locator('details.finding', { hasText: '<img src=x onerror=alert(1)>' }).first().waitFor();
    await code.page.setViewportSize({ width: 640, height: 400 });
    for (const markup of ['img', 'a[href^="command:"]'])
      assert.equal(await code.report.locator(markup).count(), 0, markup);
    assert.equal(await code.overflow(), 0);
    // A word of a title is not broken into letters.
    const title = await code.report.locator('details.finding .title').first().boundingBox();
    assert.ok((title?.width ?? 0) >= 150, `a title has ${title?.width ?? 0} pixels`);
    assert.deepEqual(code.refusals, []);
    await code.page.setViewportSize({ width: 1280, height: 800 });
  });

  it('is not fooled by a hostile file name', async () => {
    const model = code.model('[x]').first();
    assert.match(await model.innerText(), /\\u\{202e\}lkp\.pkl/);
    await code.chooseFromMenu(model, 'Scan Model (Static Only)');
    await code.scanned(/<img src=x/);
    const links = code.notification(/<img src=x/).locator('.notification-list-item-message a');
    assert.equal(await links.count(), 0, 'a name became a link');
    await code.dismissNotifications();
    await code.chooseFromMenu(model, 'Show Report');
    await code.report.locator('.path', { hasText: '<img src=x onerror=alert(1)>' }).waitFor();
    assert.equal(await code.report.locator('img').count(), 0, 'a name became markup');
  });

  it('stops a scan by its progress message', async () => {
    const model = code.model('endless.pkl').first();
    await code.chooseFromMenu(model, 'Scan Model');
    await code.notification('DynScan: endless.pkl').getByText('Cancel').click();
    await code.notification('DynScan: endless.pkl').waitFor({ state: 'detached' });
    await code.model('endless.pkl').filter({ hasText: 'malicious' }).waitFor();
  });

  it('reads what a model does while it still does it, and is not disturbed by what comes', async () => {
    const model = code.model(basename(MODELS.endless)).first();
    // While the list is made anew, VS Code hands over no row, and the command asks for one.
    for (let attempt = 0; attempt < 3; attempt++) {
      await code.chooseFromMenu(model, 'Scan Model');
      const began = model.filter({ hasText: /reading|looking|preparing|starting|importing|loading/ });
      const asked = code.quickPick('Browse for a File').first();
      await began.or(asked).first().waitFor();
      if (!(await asked.isVisible())) break;
      await code.closeQuickInput();
    }
    // Before, models still change places in the list.
    await model.filter({ hasText: 'loading the model' }).filter({ hasText: 'so far' }).waitFor({ timeout: 240_000 });
    await code.chooseFromMenu(model, 'Show Report');
    await code.tab(`Report: ${basename(MODELS.endless)}`).waitFor();
    await code.report.locator('.note', { hasText: 'The scan still runs' }).waitFor();
    const findings = code.report.locator('details.finding');
    const first = findings.filter({ hasText: 'Runs a shell command' }).first();
    await first.locator('summary').click();
    await first.locator('p').first().dblclick();
    const seen = { focus: 'document.activeElement?.tagName', selected: 'getSelection().toString()' };
    const look = async (what: string): Promise<unknown> => code.report.locator('html').evaluate(what);
    await first.locator('summary').focus();
    const selected = await look(seen.selected);
    assert.notEqual(selected, '');
    const before = await findings.count();
    while ((await findings.count()) < before + 2) await code.page.waitForTimeout(100);
    assert.equal(await look(seen.selected), selected);
    assert.equal(await look(seen.focus), 'SUMMARY');
    assert.equal(await first.getAttribute('open'), '');
    await code.screenshot('report-live');
    await code.report.locator('vscode-button', { hasText: 'Stop' }).click();
    await code.report.locator('h1', { hasText: 'Malicious' }).waitFor();
    await code.report.locator('.reasons', { hasText: 'The scan was stopped' }).waitFor();
    assert.ok((await code.report.locator('details.finding[open]').count()) >= 1);
    await code.command('View: Close All Editors');
  });

  it('finds the commands in the palette', async () => {
    // The list shows a dozen of them at a time.
    for (const title of ['DynScan: Scan Model (Static Only)', 'DynScan: Check Environment']) {
      await code.typeCommand(title);
      await code.quickPick(title).first().waitFor();
      await code.closeQuickInput();
    }
  });

  it('reads once what to do when there is no Docker, and still has what reading found', async () => {
    await setup.writeSettings({ 'dynscan.dockerHost': 'unix:///nonexistent/docker.sock' });
    await code.showModels();
    await code.chooseFromMenu(code.model('hostile.pkl').first(), 'Scan Model');
    await code.scanned('hostile.pkl is malicious. It could only be read, not run.');
    // The scan's own progress fades out beside it.
    await code.notification('DynScan: hostile.pkl').waitFor({ state: 'detached' });
    assert.equal(await code.page.locator('.notification-toast').count(), 1);
    assert.match(await code.model('hostile.pkl').first().innerText(), /\d+ finding.*could not be run/);
    await code.notification('could only be read').getByRole('button', { name: 'Check Environment' }).click();
    const check = code.environment;
    await check.getByText('The sandbox is not ready.').waitFor();
    await code.screenshot('check-environment');
    await check.getByText('Open the setting dockerHost').click();
    await code.page.locator('.settings-editor .setting-item-contents', { hasText: 'Docker Host' }).first().waitFor();
    // Settings are a dialog, before the page.
    await code.page.keyboard.press('Escape');
    await code.page.locator('.settings-editor').waitFor({ state: 'detached' });
    await code.showSandbox();
    await code.page.locator('.sidebar').getByText('No container engine answers').waitFor();
    await setup.writeSettings({});
    // The view follows the settings: when it has them, the page gets them too.
    await code.page.locator('.sidebar').getByText('No container engine answers').waitFor({ state: 'detached' });
    await check.getByText('Check Again').click();
    await check.getByText('The sandbox is ready.').waitFor();
    await code.command('View: Close All Editors');
  });
});

import * as assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Locator } from 'playwright-core';
import { setup } from './index.js';
import { Workbench } from './workbench.js';

const SAMPLE = 'runs-a-command.pkl';

/** Only what the walkthrough offers is used, in its order, in a folder with nothing in it. */
describe('someone who has never seen DynScan, by its walkthrough', () => {
  const folder = join(dirname(setup.workspace), 'newcomer');
  let code: Workbench;
  before(async () => {
    await mkdir(folder);
    code = await Workbench.open('dark', folder);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.tellOfFailure();
  });
  after(() => code.close());

  async function open(): Promise<void> {
    await code.command('Welcome: Open Walkthrough...');
    await pick('Get Started with DynScan');
  }

  /** Unfolds a step, and presses its button. */
  async function choose(step: string, button: string): Promise<void> {
    // While other extensions start, VS Code goes back to its own welcome page.
    await open();
    const row = code.page.locator('.getting-started-step:enabled', { hasText: step });
    await row.waitFor();
    if (!(await row.getAttribute('class'))?.includes('expanded')) await row.click();
    await row.locator('.monaco-button', { hasText: button }).first().click();
  }

  /** Of the list that a command asks to choose from. */
  async function pick(text: string): Promise<void> {
    await code.quickPick(text).first().click();
  }

  async function answer(prompt: string, text: string): Promise<void> {
    const asked = code.page.locator('.quick-input-widget', { hasText: prompt });
    await asked.waitFor();
    await asked.locator('input').fill(text);
    await code.page.keyboard.press('Enter');
  }

  it('opens it', async () => {
    await open();
    await code.page.locator('.getting-started-step', { hasText: 'Make harmless sample models' }).waitFor();
    await code.screenshot('walkthrough');
  });

  it('makes hostile samples', async () => {
    await choose('Make harmless sample models', 'Make Sample Models');
    await code.file(SAMPLE).waitFor();
  });

  it('scans one', async () => {
    await choose('Scan one', 'Scan Model');
    await pick(SAMPLE);
    await code.scanned(`${SAMPLE} is malicious`);
  });

  it('reads what it did, and why', async () => {
    await code.dismissNotifications();
    await choose('Read what it did', 'Show Report');
    // The others were read by themselves.
    await pick(SAMPLE);
    await code.report.locator('h1', { hasText: 'Malicious' }).waitFor();
    const finding = code.report.locator('details.finding', { hasText: 'Runs a shell command' }).first();
    if ((await finding.getAttribute('open')) === null) await finding.locator('summary').click();
    assert.match(await finding.innerText(), /starts the program \/bin\/sh with the arguments sh -c .*id/);
  });

  it('jumps to the opcode', async () => {
    await choose('Read what it did', 'Open Disassembly');
    await pick(SAMPLE);
    await code.page.locator('.monaco-editor .view-line', { hasText: 'REDUCE' }).first().waitFor();
    await code.page.keyboard.press('F8');
    const problem = code.page.locator('.peekview-widget, .marker-widget', { hasText: /system/ });
    await problem.first().waitFor();
    await code.page.keyboard.press('Escape');
  });

  it('suppresses a finding, and takes that back', async () => {
    await choose('Read what it did', 'Suppress Finding');
    await pick('DYN-EXEC-SHELL');
    await answer('Why is this all right', 'a sample of DynScan');
    await answer('Last day on which this holds', '');
    const suppressed = code.model('suppressed: a sample of DynScan');
    await code.command('View: Show DynScan');
    await code.model(SAMPLE).filter({ hasText: '1 suppressed' }).waitFor();
    const written = await readFile(join(folder, '.dynscan', 'suppressions.json'), 'utf8');
    assert.match(written, /"DYN-EXEC-SHELL"/);
    await choose('Read what it did', 'Stop Suppressing');
    await pick('DYN-EXEC-SHELL');
    await code.model(SAMPLE).filter({ hasText: '1 suppressed' }).waitFor({ state: 'detached' });
    assert.equal(await suppressed.count(), 0);
  });

  it('writes a test case, and runs it from the gutter', async () => {
    await choose('Write a test case', 'New Test Case');
    await pick('plain');
    await code.page.locator('.monaco-editor .view-line', { hasText: 'def test_case(model_path)' }).waitFor();
    await gutter().waitFor();
    await code.screenshot('test-case');
    await gutter().click();
    await pick(SAMPLE);
    await code.page.locator('.monaco-editor .codicon-testing-failed-icon').first().waitFor({ timeout: 120_000 });
  });

  function gutter(): Locator {
    return code.page.locator('.monaco-editor .testing-run-glyph').first();
  }
});

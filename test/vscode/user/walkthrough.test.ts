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
  after(() => code.close());

  async function open(): Promise<void> {
    await picking('Get Started with DynScan', () => code.command('Welcome: Open Walkthrough...'));
  }

  /** Unfolds a step, and presses its button. */
  async function choose(step: string, button: string): Promise<void> {
    // While other extensions start, VS Code goes back to its own welcome page.
    await open();
    const row = code.page.locator('.getting-started-step:enabled', { hasText: step });
    await row.waitFor();
    if (!(await row.getAttribute('class'))?.includes('expanded')) await row.click();
    // The text beside the step comes late and takes the focus; so does the step itself, a quarter of a second after it unfolds.
    // A list that is open by then closes again: nobody who reads the step before pressing its button is as fast as this.
    await code.report.locator('body').waitFor({ state: 'attached' });
    await code.page.locator('.getting-started-step.expanded:focus', { hasText: step }).waitFor();
    await row.locator('.monaco-button', { hasText: button }).first().click();
  }

  /** Chooses from the list that something asks with. A list closes when the window moves the focus, as pages that open late do. */
  async function picking(text: string, ask: () => Promise<void>): Promise<void> {
    for (let attempt = 0; attempt < 12; attempt++) {
      await ask();
      const item = code.quickPick(text).first();
      const picked = await item.click({ timeout: 15_000 }).then(
        () => true,
        () => false,
      );
      if (picked) return;
    }
    throw new Error(`no list stayed open that offers ${text}`);
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
    await picking(SAMPLE, () => choose('Scan one', 'Scan Model'));
    await code.scanned(`${SAMPLE} is malicious`);
  });

  it('reads what it did, and why', async () => {
    await code.dismissNotifications();
    // The others are read by themselves; as long as there is but one report, nobody is asked which.
    await code.showModels();
    await code.model('harmless-weights.pkl').filter({ hasText: 'clean' }).waitFor();
    await picking(SAMPLE, () => choose('Read what it did', 'Show Report'));
    await code.report.locator('h1', { hasText: 'Malicious' }).waitFor();
    const finding = code.report.locator('details.finding', { hasText: 'Runs a shell command' }).first();
    if ((await finding.getAttribute('open')) === null) await finding.locator('summary').click();
    assert.match(await finding.innerText(), /starts the program \/bin\/sh with the arguments sh -c .*id/);
  });

  it('jumps to the opcode', async () => {
    await picking(SAMPLE, () => choose('Read what it did', 'Open Disassembly'));
    await code.page.locator('.monaco-editor .view-line', { hasText: 'REDUCE' }).first().waitFor();
    await code.page.locator('.squiggly-hint').first().waitFor();
    // The mark lies under the text, which takes the pointer.
    await code.page
      .locator('.monaco-editor .view-line span span', { hasText: /^GLOBAL$/ })
      .first()
      .hover();
    await code.page
      .locator('.monaco-hover', { hasText: /system/ })
      .first()
      .waitFor();
    await code.page.keyboard.press('Escape');
  });

  it('suppresses a finding, and takes that back', async () => {
    await picking('DYN-EXEC-SHELL', () => choose('Read what it did', 'Suppress Finding'));
    await answer('Why is this all right', 'a sample of DynScan');
    await answer('Last day on which this holds', '');
    const suppressed = code.model('suppressed: a sample of DynScan');
    await code.command('View: Show DynScan');
    await code.model(SAMPLE).filter({ hasText: '1 suppressed' }).waitFor();
    const written = await readFile(join(folder, '.dynscan', 'suppressions.json'), 'utf8');
    assert.match(written, /"DYN-EXEC-SHELL"/);
    await picking('DYN-EXEC-SHELL', () => choose('Read what it did', 'Stop Suppressing'));
    await code.model(SAMPLE).filter({ hasText: '1 suppressed' }).waitFor({ state: 'detached' });
    assert.equal(await suppressed.count(), 0);
  });

  it('writes a test case, and runs it from the gutter', async () => {
    await picking('plain', () => choose('Write a test case', 'New Test Case'));
    await code.page.locator('.monaco-editor .view-line', { hasText: 'def test_case(model_path)' }).waitFor();
    await gutter().waitFor();
    await code.screenshot('test-case');
    await picking(SAMPLE, () => gutter().click());
    await code.page.locator('.monaco-editor .codicon-testing-failed-icon').first().waitFor({ timeout: 120_000 });
  });

  function gutter(): Locator {
    return code.page.locator('.monaco-editor .testing-run-glyph').first();
  }
});

import { join } from 'node:path';
import axe from 'axe-core';
import type { Frame, FrameLocator, Locator, Page } from 'playwright-core';
import { escapeText } from '../../../src/core/escape.js';
import { setup } from './index.js';

const WIDTH = 1280;
const HEIGHT = 800;
export const SCAN_LIMIT = 200_000;
const ACTION_LIMIT = 30_000;
const CLIPBOARD = ['clipboard-read', 'clipboard-write'];

/** Run in the page. What cuts its content off does not widen the page, so parts are measured too. */
const OVERFLOW = `Math.max(0, ...[document.documentElement, ...document.querySelectorAll('main, vscode-panel-view:not([hidden])')]
  .map((node) => node.scrollWidth - node.clientWidth))`;
/** Run in the page. What is drawn with the next picture is there when the one after it begins. */
const NEXT_PICTURE = `new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))`;
/** Scripts count as text where nothing is drawn. */
const SHOWN_TEXT = `[...document.body.children].filter(({ tagName }) => tagName !== 'SCRIPT').map(({ innerText }) => innerText).join(' ')`;
const AXE_RUN = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ' of ' + html.slice(0, 200) + ': ' + failureSummary)))`;

/** For a terminal: what a window shows can come from a hostile model, and may not have been escaped if that is what failed. */
function oneLine(text: string): string {
  return escapeText(text.replaceAll(/\s+/g, ' ').trim());
}

/** A VS Code window, by what a person can see and do in it. */
export class Workbench {
  /** What the page and its frames complained about: a style or script that the policy refused shows up here. */
  readonly refusals: string[] = [];

  static readonly #open = new Set<Workbench>();

  private constructor(readonly page: Page) {
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) this.refusals.push(message.text());
    });
  }

  /** On a folder. `contrast`: as on a machine whose owner asks for high contrast. */
  static async open(theme: 'dark' | 'light' | 'contrast', folder = setup.workspace): Promise<Workbench> {
    const viewport = { width: WIDTH, height: HEIGHT };
    const look =
      theme === 'contrast' ? ({ colorScheme: 'dark', forcedColors: 'active' } as const) : { colorScheme: theme };
    const context = await setup.browser.newContext({ ...look, viewport, deviceScaleFactor: 1.5 });
    context.setDefaultTimeout(ACTION_LIMIT);
    await context.grantPermissions(CLIPBOARD);
    const workbench = new Workbench(await context.newPage());
    Workbench.#open.add(workbench);
    await workbench.page.goto(`${setup.address}/?folder=${encodeURIComponent(folder)}`);
    await workbench.page.locator('.explorer-folders-view').waitFor({ timeout: 60_000 });
    return workbench;
  }

  async close(): Promise<void> {
    Workbench.#open.delete(this);
    await this.page.context().close();
  }

  /** What is open, as it was when a test failed. */
  static async tellOfFailure(): Promise<void> {
    for (const workbench of Workbench.#open) await workbench.#tell();
  }

  /** As a picture, and in words for who has only what was printed. */
  async #tell(): Promise<void> {
    await this.page.screenshot({ path: setup.failureImage });
    const parts = {
      tabs: '.tabs-container .tab',
      'side bar': '.sidebar .monaco-list-row',
      problems: '.markers-panel-container .monaco-list-row',
      notifications: '.notification-toast',
      menu: '.monaco-menu .action-item',
      palette: '.quick-input-widget:visible',
      dialog: '.monaco-dialog-box',
    };
    for (const [name, selector] of Object.entries(parts)) {
      const texts = await this.page.locator(selector).allInnerTexts();
      if (texts.length > 0) console.log(`  ${name}: ${texts.map(oneLine).join(' | ')}`);
    }
    for (const frame of this.page.frames().slice(1)) {
      const text = oneLine(String(await frame.evaluate(SHOWN_TEXT).catch(String)));
      if (text !== '') console.log(`  page: ${text.slice(0, 1000)}`);
    }
  }

  /** `keepMouse` where the picture is of what the mouse opened. */
  async screenshot(name: string, keepMouse = false): Promise<void> {
    if (setup.images === undefined) return;
    if (!keepMouse) await this.page.mouse.move(WIDTH / 2, HEIGHT - 10);
    // Nothing half-faded, no hover left.
    await this.page.waitForTimeout(800);
    await this.page.screenshot({ path: join(setup.images, `${name}.png`), animations: 'disabled' });
  }

  file(name: string): Locator {
    return this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
  }

  menuItem(label: string): Locator {
    return this.page.locator('.monaco-menu .action-item', { has: this.page.getByText(label, { exact: true }) });
  }

  /** Opens the menu of something and points at an item. */
  async openMenu(target: Locator, label: string): Promise<void> {
    const item = this.menuItem(label);
    // For a while after its start, VS Code does not know yet that the folder is trusted, and offers less.
    for (let attempt = 0; attempt < 25; attempt++) {
      await this.#scrollTo(target);
      const place = JSON.stringify(await target.boundingBox());
      await target.click({ button: 'right' });
      await this.page.locator('.monaco-menu').waitFor();
      // A list that was sorted anew meanwhile may have put another row under the mouse.
      const stayed = JSON.stringify(await target.boundingBox()) === place;
      if (stayed && (await item.isVisible())) break;
      await this.page.keyboard.press('Escape');
      await this.page.waitForTimeout(1_000);
    }
    await item.hover();
  }

  /** A row of a list can be half below the list's edge, and lists scroll by the wheel alone. */
  async #scrollTo(target: Locator): Promise<void> {
    await target.waitFor();
    // What hovers over the list, such as the row's own tooltip, can cover it.
    await this.page.mouse.move(0, 0);
    const list = target.locator('xpath=ancestor::div[contains(concat(" ", @class, " "), " monaco-list ")][1]');
    const [row, edge] = [await target.boundingBox(), (await list.count()) > 0 ? await list.boundingBox() : null];
    if (!row || !edge) return;
    const below = row.y + row.height - (edge.y + edge.height);
    const above = edge.y - row.y;
    if (below <= 0 && above <= 0) return;
    await list.hover({ position: { x: 5, y: 5 } });
    await this.page.mouse.wheel(0, below > 0 ? below : -above);
    await this.page.mouse.move(0, 0);
    await this.#settled(target);
  }

  /** Waits until something that glides to its place stays there from one picture to the next. */
  async #settled(target: Locator): Promise<void> {
    let before: string | undefined;
    for (;;) {
      const place = JSON.stringify(await target.boundingBox());
      if (place === before) return;
      before = place;
      await this.page.evaluate(NEXT_PICTURE);
    }
  }

  async chooseFromMenu(target: Locator, label: string): Promise<void> {
    await this.openMenu(target, label);
    const item = this.menuItem(label);
    // A menu takes no click in its first moments, so that the one that opened it chooses nothing.
    for (let attempt = 0; attempt < 20; attempt++) {
      await item.click();
      const chosen = await item.waitFor({ state: 'detached', timeout: 500 }).then(
        () => true,
        () => false,
      );
      if (chosen) return;
    }
    throw new Error(`the menu did not take ${label}`);
  }

  async command(title: string): Promise<void> {
    const pick = this.quickPick(title).first();
    // What takes the focus meanwhile, such as a report that opens, closes the palette.
    for (let attempt = 0; ; attempt++) {
      await this.typeCommand(title);
      const shown = await pick.waitFor({ timeout: ACTION_LIMIT / 4 }).then(
        () => true,
        (reason: unknown) => {
          if (attempt === 3) throw reason;
          return false;
        },
      );
      if (shown) break;
    }
    await this.page.keyboard.press('Enter');
  }

  async typeCommand(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input');
    // A key pressed while the focus moves between the window and a report is lost, and what is open may be closing.
    for (let attempt = 0; attempt < 8; attempt++) {
      if (!(await input.isVisible())) await this.page.keyboard.press('F1');
      const typed = await input.fill(`>${title}`, { timeout: 2_000 }).then(
        () => true,
        () => false,
      );
      if (typed) return;
    }
    throw new Error(`the palette did not take ${title}`);
  }

  async closeQuickInput(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  quickPick(text: string): Locator {
    return this.page.locator('.quick-input-widget .monaco-list-row', { hasText: text });
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: text });
  }

  async scanned(text: string | RegExp): Promise<void> {
    await this.notification(text).first().waitFor({ timeout: SCAN_LIMIT });
  }

  async dismissNotifications(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
    await this.page.locator('.notification-toast').first().waitFor({ state: 'detached' });
  }

  status(text: string): Locator {
    return this.page.locator('.statusbar-item[id*="dynscan"]', { hasText: text });
  }

  tab(label: string): Locator {
    return this.page.locator('.tabs-container .tab', { hasText: label });
  }

  get problems(): Locator {
    return this.page.locator('.markers-panel-container .monaco-list-row');
  }

  /** The Models view of DynScan's container. */
  async showModels(): Promise<void> {
    await this.command('View: Show DynScan');
    await this.model('.pkl').first().waitFor();
  }

  /** The Sandbox view, which is closed until someone asks for it. */
  async showSandbox(): Promise<void> {
    await this.command('DynScan: Focus on Sandbox View');
  }

  model(text: string | RegExp): Locator {
    return this.page.locator('.sidebar .monaco-list-row', { hasText: text });
  }

  /** By its edge, so that a picture shows what stands in it. */
  async widenSidebar(pixels: number): Promise<void> {
    const box = await this.page.locator('.sidebar').first().boundingBox();
    if (!box) throw new Error('there is no side bar');
    const [x, y] = [box.x + box.width + 2, box.y + box.height / 2];
    await this.page.mouse.move(x, y);
    await this.page.mouse.down();
    await this.page.mouse.move(x + pixels, y, { steps: 4 });
    await this.page.mouse.up();
  }

  /**
   * Opens a model by a click, as what it is by default. For a few seconds after its start VS Code does not know yet
   * who shows models.
   */
  async openModel(name: string): Promise<void> {
    for (let attempt = 0; attempt < 8; attempt++) {
      await this.file(name).click();
      const shown = this.inspector.locator('h1', { hasText: name }).waitFor({ timeout: 4_000 });
      if (
        await shown.then(
          () => true,
          () => false,
        )
      )
        return;
      await this.command('View: Close All Editors');
    }
    throw new Error(`${name} was not opened in the inspector`);
  }

  /** The inspector that is in front; only one page is at a time. */
  /** The page of Check Environment, which is in front. */
  get environment(): FrameLocator {
    return this.report;
  }

  get inspector(): FrameLocator {
    return this.report;
  }

  /** Pixels that the page in front is wider than its window, in any part that is shown. */
  async overflow(): Promise<number> {
    return Number(await (await this.#frame()).evaluate(OVERFLOW));
  }

  /** Opens one part of the page in front after the other, and answers what axe has against any of them. */
  async accessibilityProblems(): Promise<readonly string[]> {
    const frame = await this.#frame();
    await frame.evaluate(axe.source);
    const tabs = await this.report.locator('vscode-panel-tab').all();
    if (tabs.length === 0) throw new Error('the page has no parts');
    const problems: string[] = [];
    for (const tab of tabs) {
      await tab.click();
      const name = await tab.innerText();
      // Charts and lists come with the next picture.
      await frame.evaluate(NEXT_PICTURE);
      const found = await frame.evaluate(AXE_RUN);
      problems.push(...(found as readonly string[]).map((problem) => `${name}: ${problem}`));
    }
    return problems;
  }

  async #frame(): Promise<Frame> {
    const handle = await this.page.frameLocator('iframe.webview.ready').locator('#active-frame').elementHandle();
    const frame = await handle.contentFrame();
    if (!frame) throw new Error('there is no page in front');
    return frame;
  }

  /** The report page that is in front. */
  get report(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }
}

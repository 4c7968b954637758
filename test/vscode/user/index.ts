import type { Browser } from 'playwright-core';
import { runMocha, type RingResult } from '../mocha.js';

/** What run.mjs has prepared. */
export interface Setup {
  readonly browser: Browser;
  /** Of the VS Code server that has the packaged extension. */
  readonly address: string;
  readonly workspace: string;
  /** Writes the machine's settings, as an administrator would; VS Code takes them up at once. */
  readonly writeSettings: (settings: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Where screenshots go, when they are wanted. */
  readonly images: string | undefined;
  /** Where the window is saved as it was when a test failed. */
  readonly failureImage: string;
}

export let setup: Setup;

export async function run(prepared: Setup): Promise<RingResult> {
  setup = prepared;
  return runMocha(async () => {
    const { Workbench } = await import('./workbench.js');
    afterEach(async function () {
      if (this.currentTest?.state === 'failed') await Workbench.tellOfFailure();
    });
    await import('./hostile.test.js');
    await import('./editor.test.js');
    await import('./inspector.test.js');
    await import('./packages.test.js');
    await import('./walkthrough.test.js');
  }, true);
}

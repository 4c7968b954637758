import { format } from 'node:util';
import Mocha from 'mocha';
import { escapeAndCut } from '../../src/core/escape.js';

export interface RingResult {
  readonly passed: number;
  readonly failed: number;
  /** Each with the name of its test and the beginning of what went wrong. */
  readonly failures: readonly string[];
}

const FAILURE_LENGTH = 500;

/** Those whose names contain `$DYNSCAN_TEST_GREP`, where only some are wanted. */
function grep(): { readonly fgrep?: string } {
  const wanted = process.env['DYNSCAN_TEST_GREP'];
  return wanted ? { fgrep: wanted } : {};
}

/**
 * `load` defines the tests, with mocha's `describe` and `it` as globals. A ring without tests has failed.
 * @param bail end at the first failure, where each test goes on from the one before
 */
export async function runMocha(load: () => Promise<unknown>, bail = false): Promise<RingResult> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 240_000, color: false, forbidOnly: true, bail, ...grep() });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await load();
  return new Promise((resolve) => {
    let passed = 0;
    const failures: string[] = [];
    const runner = mocha.run((failed) => resolve({ passed, failed: passed + failed === 0 ? 1 : failed, failures }));
    runner.on('pass', () => passed++);
    runner.on('fail', (test, error: unknown) => {
      const reason = error instanceof Error ? error.message : format(error);
      failures.push(`${test.fullTitle()}\n${escapeAndCut(reason, FAILURE_LENGTH)}`);
    });
  });
}

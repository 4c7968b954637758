/** Runs inside the extension host: VS Code calls `run`. */
import { appendFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { format } from 'node:util';
import Mocha from 'mocha';
import { runMocha } from '../mocha.js';
import { measured } from './support.js';

export async function run(): Promise<void> {
  const file = process.env['DYNSCAN_TEST_RESULT'];
  // The console of an extension host ends up among all that VS Code itself has to say.
  if (file !== undefined) {
    Mocha.reporters.Base.consoleLog = (...parts: unknown[]) => appendFileSync(`${file}.log`, `${format(...parts)}\n`);
  }
  const ring = process.env['DYNSCAN_TEST_RING'];
  const result = await runMocha(async () => {
    if (ring === 'restricted') await import('./restricted.test.js');
    else if (ring === 'speed') await import('./speed.test.js');
    else {
      await import('./activation.test.js');
      await import('./start.test.js');
      await import('./inspector.test.js');
      await import('./triage.test.js');
      await import('./loads.test.js');
      await import('./current.test.js');
      await import('./live.test.js');
      // Its last test removes a model.
      await import('./scan.test.js');
      await import('./test-cases.test.js');
    }
  });
  if (file !== undefined) await writeFile(file, JSON.stringify({ ...result, ...measured }));
  if (result.failed > 0) throw new Error(`${result.failed} tests failed.`);
}

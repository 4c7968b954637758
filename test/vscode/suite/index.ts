/** Runs inside the extension host: VS Code calls `run`. */
import { writeFile } from 'node:fs/promises';
import { runMocha } from '../mocha.js';
import { measured } from './support.js';

export async function run(): Promise<void> {
  const restricted = process.env['DYNSCAN_TEST_RING'] === 'restricted';
  const result = await runMocha(async () => {
    if (restricted) await import('./restricted.test.js');
    else {
      await import('./activation.test.js');
      await import('./scan.test.js');
    }
  });
  const file = process.env['DYNSCAN_TEST_RESULT'];
  if (file !== undefined) await writeFile(file, JSON.stringify({ ...result, ...measured }));
  if (result.failed > 0) throw new Error(`${result.failed} tests failed.`);
}

/** A fixed part of `npm run differential`: pickles and mutations of them, read by us and by Python's pickletools in the sandbox image. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('no opcode is read differently', async () => {
  const script = join(import.meta.dirname, '../differential/pickletools.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--streams', '3000'], { maxBuffer: 1 << 24 });
  const [, pickles, opcodes] = /^(\d+) pickles .*?, (\d+) opcodes: 0 read differently/.exec(stdout) ?? [];
  expect(stdout).toContain(': 0 read differently');
  expect(Number(pickles)).toBeGreaterThan(3000);
  expect(Number(opcodes)).toBeGreaterThan(10_000);
});

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const OUTCOMES = z.array(z.object({ name: z.string(), problem: z.string() })).min(1);

/** The tests beside this file, run by the Python of this machine; each is one of those below. */
function outcomes(): z.infer<typeof OUTCOMES> {
  const program = process.platform === 'win32' ? 'python' : 'python3';
  const { error, status, stdout, stderr } = spawnSync(program, ['-I', '-B', join(import.meta.dirname, 'run.py')], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (error) {
    throw new Error(`The tests of the sandbox's Python need ${program} (3.8 or newer) on the PATH: ${error.message}`);
  }
  if (status !== 0) throw new Error(`The tests of the sandbox's Python did not come to their end: ${stderr}`);
  return OUTCOMES.parse(JSON.parse(stdout));
}

describe("the sandbox's Python", () => {
  it.each(outcomes())('$name', ({ problem }) => {
    expect(problem).toBe('');
  });
});

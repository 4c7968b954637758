import { expect } from 'vitest';

/** Milliseconds below which a measurement says nothing. */
const NOISE = 20;
const SMALL = 32 * 1024;

/**
 * The processor's time of this thread, not the clock's: a busy machine takes longer, and counts no more. Eight times the input may take
 * three times as much as eight times the time; what grows with the square takes 64 times, and what grows exponentially never ends.
 */
export async function expectToGrowWithSize<T>(make: (size: number) => T, work: (input: T) => unknown): Promise<void> {
  const cost = async (size: number): Promise<number> => {
    const input = make(size);
    const before = process.threadCpuUsage();
    await work(input);
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
  // The first run compiles.
  await cost(SMALL);
  const small = await cost(SMALL);
  expect(await cost(8 * SMALL)).toBeLessThan(24 * Math.max(small, NOISE));
}

/** `performance.now` counts from the start of each process; the system's own count is one for all. */
const ZERO = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds, the same in every process; no change of the time of day moves it. */
export function clock(): number {
  return ZERO + performance.now();
}

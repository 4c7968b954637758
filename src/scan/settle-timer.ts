/** Waiting for the processes that a model leaves behind. */

/** Stops a run whose last processes do not end. */
export class SettleTimer {
  expired = false;
  #timer: NodeJS.Timeout | undefined;
  #stop: (() => void) | undefined;

  /** `isOver`: only the engine is left to wait for, and it may take its time. */
  constructor(
    private readonly seconds: number,
    private readonly isOver: () => boolean,
  ) {}

  onExpiry(stop: () => void): void {
    this.#stop = stop;
  }

  start(): void {
    this.#timer ??= setTimeout(() => {
      if (this.isOver()) return;
      this.expired = true;
      this.#stop?.();
    }, this.seconds * 1000);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

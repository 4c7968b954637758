import type { Disposable } from 'vscode';

/** Owns resources and disposes of them in reverse order. */
export abstract class DisposableObject implements Disposable {
  readonly #owned: Disposable[] = [];

  protected own<T extends Disposable>(resource: T): T {
    this.#owned.push(resource);
    return resource;
  }

  dispose(): void {
    while (this.#owned.length > 0) this.#owned.pop()?.dispose();
  }
}

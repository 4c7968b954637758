/** The raw trace as lines, for callers that store it. */

/** Cuts a stream of bytes into lines; a line longer than a mebibyte is handed on in pieces. */
export class LineSplitter {
  static readonly #maxLine = 1024 * 1024;
  #rest = '';

  constructor(private readonly onLine: (line: string) => void) {}

  push(chunk: Uint8Array): void {
    const lines = (this.#rest + Buffer.from(chunk).toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.onLine(line);
    if (this.#rest.length > LineSplitter.#maxLine) this.end();
  }

  end(): void {
    if (this.#rest !== '') this.onLine(this.#rest);
    this.#rest = '';
  }
}

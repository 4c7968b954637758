/**
 * How much a judge keeps of each kind, such as of each rule: a hostile file may have thousands of one kind, and they must not hide the one of another.
 *
 * Example: `if (quota.take(rule)) hits.push({ rule, … });`
 */
export class Quota {
  readonly #taken = new Map<string, number>();

  constructor(private readonly each: number) {}

  /** True when one more of the kind is kept. Kinds are few: they come from the judge, not from the file. */
  take(kind: string): boolean {
    const taken = this.#taken.get(kind) ?? 0;
    if (taken >= this.each) return false;
    this.#taken.set(kind, taken + 1);
    return true;
  }
}

/** The table that scripts/library-names.py makes. How a line of it is read says library-calls.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

let table: string | undefined;

/** Read when the first name is looked up: as a part of the program it would be parsed for every file. In a bundle it lies beside it. */
export function librariesTable(): string {
  table ??= readFileSync(join(__dirname, 'libraries.txt'), 'latin1');
  return table;
}

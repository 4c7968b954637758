/** The Python files beside one that it imports, and those that they import: what is called by a name can be defined in another file. */
import { addAll } from '../../core/lists.js';
import type { Folder } from '../../readers/bytes.js';
import { readText } from '../../readers/text.js';
import { lexPython } from '../../readers/python/lexer.js';
import { parsePython, type Stmt } from '../../readers/python/syntax.js';
import { beside, importedBeside } from './imports.js';
import type { OwnFiles } from './walk.js';
import type { Scope } from './values.js';

/** Files that one file is followed into, and bytes of one. A modelling file of transformers has one or two beside it. */
const FILES_LIMIT = 40;
const BYTES_LIMIT = 512 * 1024;

interface Known {
  readonly texts: Map<string, Promise<string | undefined>>;
  readonly bodies: Map<string, readonly Stmt[]>;
  readonly given: Map<string, Scope | undefined>;
}

/** Files of one folder import one another: each is read once. */
const KNOWN = new WeakMap<Folder, Known>();

export async function ownFiles(folder: Folder, file: string, text: string): Promise<OwnFiles> {
  const known: Known = KNOWN.get(folder) ?? { texts: new Map(), bodies: new Map(), given: new Map() };
  KNOWN.set(folder, known);
  const present = new Map<string, string>();
  const asked = new Set<string>([file]);
  const waiting = importedBeside(file, text);
  for (let next = waiting.shift(); next !== undefined && present.size < FILES_LIMIT; next = waiting.shift()) {
    if (asked.has(next)) continue;
    asked.add(next);
    const read = known.texts.get(next) ?? readFrom(folder, next);
    known.texts.set(next, read);
    const found = await read;
    if (found === undefined) continue;
    present.set(next, found);
    addAll(waiting, importedBeside(next, found));
  }
  return {
    given: known.given,
    find: (from, level, module) => beside(from, level, module).find((one) => present.has(one)),
    body: (one) => {
      const written = present.get(one);
      if (written === undefined) return undefined;
      const body = known.bodies.get(one) ?? parsePython(lexPython(written)).body;
      known.bodies.set(one, body);
      return body;
    },
  };
}

async function readFrom(folder: Folder, name: string): Promise<string | undefined> {
  return folder.open(name, async (content) => (await readText(content, BYTES_LIMIT)).text);
}

/** Stub classes: which classes they replaced, and how the code of those can be run. */
import type { LoadOutcome } from './schema.js';

const IDENTIFIER = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$/u;

export interface Definition {
  /** From the folder of the model. */
  readonly file: string;
  /** Python that a test case begins with. */
  readonly line: string;
}

/** The file that defines all classes that stub classes replaced, when there is one that can be imported by its name. */
export function definitionOf({ standIns = [], definedIn = [] }: LoadOutcome): Definition | undefined {
  const [file, ...others] = definedIn;
  if (file === undefined || others.length > 0 || standIns.length === 0) return undefined;
  const module = file.slice(file.lastIndexOf('/') + 1).replace(/\.py$/, '');
  const names = standIns.map((name) => name.replace(/^__main__\./, ''));
  // The text becomes code, and a report can come from elsewhere.
  if (![module, ...names].every((name) => IDENTIFIER.test(name))) return undefined;
  return { file, line: `from ${module} import ${names.join(', ')}` };
}

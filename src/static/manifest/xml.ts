/** XML by its events: the reader fetches and expands nothing that a document type declares. */
import { SaxesParser } from 'saxes';
import type { UnlocatedMatch } from '../context.js';
import type { ManifestJudge } from './manifest-judge.js';

export interface XmlVisitor {
  readonly element?: (
    name: string,
    attributes: Readonly<Record<string, string>>,
    path: readonly string[],
    at: number,
  ) => void;
  readonly text?: (text: string, path: readonly string[], at: number) => void;
  readonly doctype?: (text: string, at: number) => void;
}

const DEPTH_LIMIT = 1000;
const CHUNK = 64 * 1024;

class TooDeep extends Error {}

/** Returns the reason when the file could not be read to its end; the part after it is still judged. */
export function walkXml(text: string, visitor: XmlVisitor): string | undefined {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const path: string[] = [];
  let broken: string | undefined;
  let tagAt = 0;
  parser.on('error', (error) => {
    // An entity that the document type declares is left alone, not missing.
    if (!error.message.includes('undefined entity'))
      broken ??= `it is no XML at character ${parser.position}: ${error.message}`;
  });
  parser.on('doctype', (doctype) => visitor.doctype?.(doctype, Math.max(0, parser.position - doctype.length - 10)));
  parser.on('opentagstart', ({ name }) => {
    tagAt = Math.max(0, parser.position - name.length - 2);
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (path.length >= DEPTH_LIMIT) throw new TooDeep();
    path.push(name);
    visitor.element?.(name, attributes, path, tagAt);
  });
  parser.on('closetag', () => path.pop());
  const content = (piece: string) => {
    if (piece.trim() !== '') visitor.text?.(piece, path, Math.max(0, parser.position - piece.length));
  };
  parser.on('text', content);
  parser.on('cdata', content);
  try {
    for (let at = 0; at < text.length; at += CHUNK) parser.write(text.slice(at, at + CHUNK));
    parser.close();
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    return `it is nested more than ${DEPTH_LIMIT} deep`;
  }
  return broken;
}

/** A visitor that judges the content that any XML can have. */
export function judgeXml(judge: ManifestJudge): XmlVisitor {
  return {
    doctype: (text, at) => {
      for (const hit of judgeDoctype(text, at)) judge.hits.push(hit);
    },
    element: (name, attributes, path, at) => {
      for (const [key, value] of Object.entries(attributes)) judge.value([...path, key], value, at);
      // XInclude (W3C Recommendation, 2006).
      const { href } = attributes;
      if (/(?:^|:)include$/.test(name) && href !== undefined)
        judge.add(
          'STATIC-MANIFEST-ENTITY',
          href,
          `The element ${name} takes in ${href}`,
          at,
          `<${name} href="${href}">`,
        );
    },
    text: (text, path, at) => judge.value(path, text, at),
  };
}

/** Characters that one reference may grow to. */
const GROWTH_LIMIT = 1_000_000;
const ENTITY =
  /<!ENTITY\s+(?:%\s+)?([^\s%"'>]{1,200})\s+(?:(SYSTEM|PUBLIC)\s+(?:["'][^"']{0,2000}["']\s*){1,2}|"([^"]*)"|'([^']*)')/g;
/** Addresses of document types that documents name by custom; readers know the definitions without fetching them. */
const KNOWN_DTD = /["'](?:https?:)?\/\/(?:www\.)?(?:w3\.org|apple\.com|dmg\.org|oasis-open\.org)\//;

function judgeDoctype(doctype: string, at: number): UnlocatedMatch[] {
  const hits: UnlocatedMatch[] = [];
  const entities = new Map<string, string>();
  for (const match of doctype.matchAll(ENTITY)) {
    const [all, name = '', external, double, single] = match;
    if (external === undefined) entities.set(name, double ?? single ?? '');
    else
      hits.push(entity(name, `The entity ${name} is ${all.slice(all.indexOf(external), 300)}`, at + match.index, all));
  }
  const declared = /^\s*[^\s[>]+\s+(?:SYSTEM|PUBLIC)\s+[^[]{0,2000}/.exec(doctype)?.[0];
  if (declared !== undefined && !KNOWN_DTD.test(declared))
    hits.push(entity('', `Its document type is defined elsewhere: ${declared.trim()}`, at, declared));
  const worst = largest(entities);
  if (worst && worst.size > GROWTH_LIMIT)
    hits.push({
      rule: 'STATIC-MANIFEST-BOMB',
      key: '',
      subject: `The entity ${worst.name} grows to ${worst.size.toPrecision(2)} characters`,
      evidence: [{ offset: at, text: doctype.slice(0, 300) }],
    });
  if (hits.length === 0)
    hits.push({
      rule: 'STATIC-MANIFEST-DOCTYPE',
      key: '',
      subject: `It says <!DOCTYPE ${doctype.trim().slice(0, 100)}>`,
      evidence: [{ offset: at, text: doctype.slice(0, 300) }],
    });
  return hits;
}

function entity(key: string, subject: string, offset: number, text: string): UnlocatedMatch {
  return { rule: 'STATIC-MANIFEST-ENTITY', key, subject, evidence: [{ offset, text }] };
}

/** Sizes by rounds, not by recursion: entities may refer to each other in a circle. */
function largest(entities: ReadonlyMap<string, string>): { name: string; size: number } | undefined {
  const parts = [...entities].slice(0, 2000).map(([name, value]) => ({
    name,
    length: value.length,
    references: [...value.matchAll(/[&%]([^;&%\s]{1,200});/g)].slice(0, 10_000).map((match) => match[1] ?? ''),
  }));
  let sizes = new Map(parts.map(({ name, length }) => [name, length]));
  for (let round = 0; round < 32; round += 1) {
    sizes = new Map(
      parts.map(({ name, length, references }) => [
        name,
        references.reduce((sum, reference) => Math.min(1e15, sum + (sizes.get(reference) ?? 0)), length),
      ]),
    );
  }
  const [first] = [...sizes].sort((left, right) => right[1] - left[1]);
  return first && { name: first[0], size: first[1] };
}

/** Methods of carried classes that do harm by hooks, libraries, places and branches, and honest methods that use the same (make-methods.py). */
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyse } from '../support.js';
import packed from './methods.json' with { type: 'json' };

type Kept = Record<'hostile' | 'harmless', Record<string, string>>;
const kept = Object.entries(packed).map(([label, text]) => {
  const json = inflateSync(Buffer.from(text, 'base64')).toString();
  return [label, JSON.parse(json) as Kept] as const;
});

describe.each(kept)('carried by %s', (_, { hostile, harmless }) => {
  it.each(Object.entries(hostile))('%s is told', async (_name, text) => {
    const { findings } = await analyse(Buffer.from(text, 'latin1'));
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: 'STATIC-PICKLE-BYTECODE-DANGER', severity: 'high' }),
    );
  });

  it.each(Object.entries(harmless))('%s is clean', async (_name, text) => {
    const { findings, gaps } = await analyse(Buffer.from(text, 'latin1'));
    expect([...findings.filter(({ severity }) => severity !== 'info'), ...gaps]).toEqual([]);
  });
});

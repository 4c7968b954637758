/** Ways to reach a function without naming it where it is called, in source and as the bytecode of a function that a model carries. */
import { describe, expect, it } from 'vitest';
import { codeObjects, readMarshal } from '../../../src/readers/marshal/marshal.js';
import { judgeCarried } from '../../../src/static/marshal/carried-judge.js';
import { judgePython } from '../../../src/static/python-source/source-judge.js';
import { STATIC_RULES } from '../../../src/static/rules.js';
import { analyse } from '../support.js';
import cases from './indirect.json' with { type: 'json' };

type Answer = 'accused' | 'unread' | 'nothing';

/** What is in pickles that code loads counts as what the code does. */
async function withPickles(own: Answer, pickles: readonly Uint8Array[]): Promise<Answer> {
  for (const bytes of own === 'accused' ? [] : pickles) if ((await analyse(bytes)).loud.length > 0) return 'accused';
  return own;
}

async function inSource(source: string): Promise<Answer> {
  const { hits, gaps, pickles } = judgePython(source);
  const loud = hits.some(({ rule }) => STATIC_RULES[rule].severity !== 'info');
  return withPickles(loud ? 'accused' : gaps.length > 0 ? 'unread' : 'nothing', pickles);
}

async function inBytecode(text: string): Promise<Answer> {
  const [code] = readMarshal(Buffer.from(text, 'base64')).values.flatMap(codeObjects);
  if (!code) throw new Error('there is no code');
  const none = new Map<string, never>();
  const { findings, gaps, pickles } = judgeCarried({
    functions: [{ code, name: 'f', offset: 0, atLoad: false, globals: none, module: undefined, variables: none }],
    attributes: none,
  });
  const loud = findings.some(({ kind }) => kind !== 'unclear');
  return withPickles(loud ? 'accused' : findings.length + gaps.length > 0 ? 'unread' : 'nothing', pickles);
}

const KINDS = [...new Set(cases.map(({ kind }) => kind))];

describe.each(KINDS)('%s', (wanted) => {
  it.each([
    ['in source', inSource, 'source'],
    ['in bytecode', inBytecode, 'code'],
  ] as const)('that act are found, and that do not are nothing: %s', async (_, judge, form) => {
    const wrong: string[] = [];
    for (const { kind, harm, name, ...written } of cases) {
      if (kind !== wanted) continue;
      const answer = await judge(written[form]);
      if (answer !== (harm ? 'accused' : 'nothing')) wrong.push(`${name}: ${answer}`);
    }
    expect(wrong).toEqual([]);
  });
});

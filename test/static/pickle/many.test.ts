/** What stands behind more of the harmless, or of lesser things, than is kept. */
import { describe, expect, it } from 'vitest';
import { pickle } from '../../../samples/assemble.mjs';
import { detectFormat } from '../../../src/detect/detect.js';
import { analyseStatic } from '../../../src/static/analyse.js';
import { bytesSource } from '../../../src/readers/bytes.js';
import { walkStream } from '../../../src/readers/pickle/walk.js';
import { emptyFacts } from '../../../src/readers/pickle/facts.js';

const MANY = 60_000;

function numbered(count: number, text: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => text(index)).join('');
}

function written(text: string): Uint8Array {
  return pickle(Buffer.from(text, 'latin1'));
}

async function rulesOf(...parts: string[]): Promise<string[]> {
  const source = bytesSource(written(parts.join('')));
  const result = await analyseStatic(source, await detectFormat(source, { name: 'm.pkl' }), { name: 'm.pkl' });
  return result.findings.map(({ rule }) => rule);
}

const SYSTEM = "cos\nsystem\n(S'id'\ntR";
const DETOUR = "cnumpy.core\n_ufunc_reconstruct\n(S'os'\nS'system'\ntR";
const names = numbered(MANY, (n) => `cm${n}\nf\n0`);
const calls = numbered(MANY, (n) => `cm${n}\nf\n)R0`);

describe('a dangerous thing is found behind', () => {
  it.each([
    ['names of unknown libraries', names, SYSTEM],
    ['calls of unknown libraries', calls, SYSTEM],
    ['calls, in pickles one after another', numbered(MANY, (n) => `cm${n}\nf\n)R.`), SYSTEM],
    ['names of the standard library', numbered(MANY, (n) => `cstring\nf${n}\n0`), SYSTEM],
    ['names that look at the machine', numbered(MANY, (n) => `cplatform\nf${n}\n0`), SYSTEM],
    ['more findings than are listed', numbered(600, (n) => `cplatform\nf${n}\n0`), SYSTEM],
    ['calls, and reached by a detour', calls, DETOUR],
    [
      'a thousand harmless calls of what reaches it',
      numbered(1200, (n) => `cnumpy.core\n_ufunc_reconstruct\n(S'm'\nS'f${n}'\ntR0`),
      DETOUR,
    ],
  ])('%s', { timeout: 60_000 }, async (_, before, dangerous) => {
    expect(await rulesOf(before, dangerous)).toContain('STATIC-PICKLE-EXEC');
  });

  it('with what it is called with', { timeout: 60_000 }, async () => {
    const source = bytesSource(written(calls + SYSTEM));
    const result = await analyseStatic(source, await detectFormat(source, { name: 'm.pkl' }), { name: 'm.pkl' });
    const found = result.findings.find(({ rule }) => rule === 'STATIC-PICKLE-EXEC');
    expect(found?.explanation).toContain("os.system('id')");
  });

  it('in bytes that a call loads, behind bytes that look like pickles', async () => {
    const facts = emptyFacts();
    const looks = 'C\x0a\x80\x02N0N0N0N.0'.repeat(MANY);
    const loads = 'cpickle\nloads\n(C\x01xtR';
    await walkStream(bytesSource(written(looks + loads)), 0, facts);
    expect(facts.nested.filter(({ loaded }) => loaded)).toEqual([
      { offset: 2 + looks.length + loads.indexOf('x'), size: 1, writing: 'raw', loaded: true },
    ]);
  });

  it('calls of what calls gave', { timeout: 60_000 }, async () => {
    const harmless = "coperator\nitemgetter\n(K\0tR(S'a'\ntR0";
    const found = await rulesOf(harmless.repeat(1200), "cm\nf\n(S'a'\ntR(S'id'\ntR");
    expect(found).toContain('STATIC-PICKLE-CALLS-COMPUTED');
  });
});

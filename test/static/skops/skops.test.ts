import { describe, expect, it } from 'vitest';
import { zip } from '../../../samples/assemble.mjs';
import { analyse } from '../support.js';
import saved from './models.json' with { type: 'json' };

const text = { __class__: 'str', __module__: 'builtins', __loader__: 'JsonNode', content: '"id"' };
const skops = (schema: object) =>
  zip([{ name: 'schema.json', data: Buffer.from(JSON.stringify({ protocol: 2, _skops_version: '0.13', ...schema })) }]);
const rules = async (schema: object) => (await analyse(skops(schema), 'm.skops')).rules;

describe('skops', () => {
  it.each(Object.entries(saved.models))('as the library saves it gives nothing over info: %s', async (_, model) => {
    const { loud, gaps } = await analyse(Buffer.from(model, 'base64'), 'm.skops');
    expect(loud).toEqual([]);
    expect(gaps).toEqual([]);
  });

  it('names what skops itself would not trust', async () => {
    const { findings } = await analyse(Buffer.from(saved.models['a tree'], 'base64'), 'm.skops');
    expect(findings.map(({ rule, explanation }) => [rule, explanation.slice(0, 47)])).toEqual([
      ['STATIC-SKOPS-UNTRUSTED', 'Loading the file needs sklearn.tree._tree.Tree.'],
    ]);
  });

  it.each([
    [
      'a command',
      { __class__: 'system', __module__: 'os', __loader__: 'FunctionNode', content: text },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'a type that is a function',
      { __class__: 'eval', __module__: 'builtins', __loader__: 'TypeNode' },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'one deep inside',
      {
        __class__: 'list',
        __module__: 'builtins',
        __loader__: 'ListNode',
        content: [{ a: [{ __class__: 'Popen', __module__: 'subprocess', __loader__: 'ObjectNode' }] }],
      },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'an operator of another module',
      { __class__: 'eval', __module__: 'builtins', __loader__: 'OperatorFuncNode', attrs: text },
      'STATIC-SKOPS-FORGED',
    ],
    [
      'a method of another object',
      {
        __class__: 'A',
        __module__: 'sklearn.x',
        __loader__: 'MethodNode',
        content: { func: 'run', obj: { __class__: 'Popen', __module__: 'subprocess', __loader__: 'ObjectNode' } },
      },
      'STATIC-SKOPS-FORGED',
    ],
    [
      "a method of Python's own",
      {
        __class__: 'A',
        __module__: 'sklearn.x',
        __loader__: 'MethodNode',
        content: { func: '__reduce__', obj: { __class__: 'A', __module__: 'sklearn.x', __loader__: 'ObjectNode' } },
      },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'a caller of methods',
      { __class__: 'methodcaller', __module__: 'operator', __loader__: 'OperatorFuncNode', attrs: text },
      'STATIC-SKOPS-METHOD',
    ],
    [
      'a class nobody knows',
      { __class__: 'Thing', __module__: 'mine.own', __loader__: 'ObjectNode' },
      'STATIC-SKOPS-UNTRUSTED',
    ],
  ])('with %s is told', async (_, schema, rule) => {
    expect(await rules(schema)).toContain(rule);
  });
});

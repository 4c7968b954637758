import { describe, expect, it } from 'vitest';
import { zip } from '../../../samples/assemble.mjs';
import { analyse } from '../support.js';
import saved from './models.json' with { type: 'json' };

const text = { __class__: 'str', __module__: 'builtins', __loader__: 'JsonNode', content: '"id"' };
const tuple = (...texts: string[]) => ({
  __class__: 'tuple',
  __module__: 'builtins',
  __loader__: 'TupleNode',
  content: texts.map((each) => ({ ...text, content: JSON.stringify(each) })),
});
const skops = (schema: object) =>
  zip([{ name: 'schema.json', data: Buffer.from(JSON.stringify({ protocol: 2, _skops_version: '0.13', ...schema })) }]);
const rules = async (schema: object) => (await analyse(skops(schema), 'm.skops')).rules;

describe('skops', () => {
  it.each(Object.entries(saved.models))('as the library saves it gives nothing over info: %s', async (_, model) => {
    const { loud, gaps } = await analyse(Buffer.from(model, 'base64'), 'm.skops');
    expect(loud).toEqual([]);
    expect(gaps).toEqual([]);
  });

  it('needs the packages of the types in it', async () => {
    expect((await analyse(Buffer.from(saved.models['a tree'], 'base64'), 'm.skops')).needs).toContain('sklearn');
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
      'a class that is not known',
      { __class__: 'Thing', __module__: 'mine.own', __loader__: 'ObjectNode' },
      'STATIC-SKOPS-UNTRUSTED',
    ],
    [
      'a function under another name, as protocol 0 wrote it',
      {
        protocol: 0,
        __class__: 'function',
        __module__: 'builtins',
        __loader__: 'FunctionNode',
        content: { module_path: 'posix', function: 'system' },
      },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'such a function inside a partial call',
      {
        protocol: 0,
        __class__: 'partial',
        __module__: 'functools',
        __loader__: 'PartialNode',
        content: {
          func: {
            __class__: 'ufunc',
            __module__: 'numpy',
            __loader__: 'FunctionNode',
            content: { function: 'run', module_path: 'subprocess' },
          },
          args: text,
        },
      },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'a call of a function by its reduction',
      { __class__: 'system', __module__: 'nt', __loader__: 'ConstructorFromReduceNode', content: text },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'a reduction of a type of another library',
      { __class__: 'unsafe_load', __module__: 'yaml', __loader__: 'LossNode', __reduce__: { args: text } },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'a call of a function that nobody knows',
      { __class__: 'run', __module__: 'mine.own', __loader__: 'ConstructorFromReduceNode', content: text },
      'STATIC-PICKLE-UNKNOWN-CALL',
    ],
    [
      'a function of operator that is called',
      { __class__: 'call', __module__: 'operator', __loader__: 'OperatorFuncNode', attrs: text },
      'STATIC-SKOPS-FORGED',
    ],
    [
      'a multiplication at loading',
      { __class__: 'mul', __module__: 'operator', __loader__: 'OperatorFuncNode', attrs: text },
      'STATIC-SKOPS-FORGED',
    ],
    [
      'a getter of what is inside of Python',
      {
        __class__: 'attrgetter',
        __module__: 'operator',
        __loader__: 'OperatorFuncNode',
        attrs: tuple('a', '__init__.__globals__'),
      },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'a caller of a method that acts, its name in numbers',
      {
        __class__: 'methodcaller',
        __module__: 'operator',
        __loader__: 'OperatorFuncNode',
        attrs: { ...tuple(), content: [{ ...text, content: '"\\u0074ofile"' }] },
      },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'a method that writes files',
      {
        __class__: 'A',
        __module__: 'sklearn.x',
        __loader__: 'MethodNode',
        content: { func: 'to_pickle', obj: { __class__: 'A', __module__: 'sklearn.x', __loader__: 'ObjectNode' } },
      },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'a default factory',
      {
        __class__: 'defaultdict',
        __module__: 'collections',
        __loader__: 'DefaultDictNode',
        content: { default_factory: { __class__: 'popen', __module__: 'os', __loader__: 'TypeNode' } },
      },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'an object that refers to another by its number',
      {
        __class__: 'list',
        __module__: 'builtins',
        __loader__: 'ListNode',
        content: [
          { __class__: 'exec', __module__: 'builtins', __loader__: 'FunctionNode', __id__: 7 },
          { __class__: 'A', __module__: 'sklearn.x', __loader__: 'CachedNode', __id__: 7 },
        ],
      },
      'STATIC-SKOPS-DANGEROUS',
    ],
    [
      'a module as the class of a library',
      { __class__: 'os', __module__: 'sklearn.utils.fixes', __loader__: 'TypeNode' },
      'STATIC-SKOPS-DANGEROUS',
    ],
  ])('with %s is told', async (_, schema, rule) => {
    expect(await rules(schema)).toContain(rule);
  });

  it('is not clean when its objects lie deeper than is followed', async () => {
    const deep =
      '{"content":['.repeat(400) +
      JSON.stringify({ ...text, __class__: 'system', __module__: 'os' }) +
      ']}'.repeat(400);
    const { gaps } = await analyse(zip([{ name: 'schema.json', data: Buffer.from(deep) }]), 'm.skops');
    expect(gaps.join()).toContain('deeper than is followed');
  });

  it.each([
    [
      'a function as protocol 0 wrote it',
      {
        protocol: 0,
        __class__: 'ufunc',
        __module__: 'numpy',
        __loader__: 'FunctionNode',
        content: { module_path: 'numpy', function: 'sqrt' },
      },
    ],
    [
      'a getter of fields',
      { __class__: 'attrgetter', __module__: 'operator', __loader__: 'OperatorFuncNode', attrs: tuple('real', 'a.b') },
    ],
    [
      'a getter of items',
      {
        __class__: 'itemgetter',
        __module__: 'operator',
        __loader__: 'OperatorFuncNode',
        attrs: tuple('any text (at all)'),
      },
    ],
    [
      'a value made by its class',
      { __class__: 'timedelta', __module__: 'datetime', __loader__: 'ConstructorFromReduceNode', content: tuple() },
    ],
    [
      'a partial call of numpy',
      {
        __class__: 'partial',
        __module__: 'functools',
        __loader__: 'PartialNode',
        content: { func: { __class__: 'clip', __module__: 'numpy', __loader__: 'FunctionNode' }, args: tuple() },
      },
    ],
  ])('with %s gives nothing over info', async (_, schema) => {
    const { loud, gaps } = await analyse(skops(schema), 'm.skops');
    expect([loud, gaps]).toEqual([[], []]);
  });

  it('lets a caller of methods hand any text to a plain method', async () => {
    const attrs = tuple('split', '(;)');
    const told = await rules({
      __class__: 'methodcaller',
      __module__: 'operator',
      __loader__: 'OperatorFuncNode',
      attrs,
    });
    expect(told).toEqual(['STATIC-SKOPS-METHOD']);
  });
});

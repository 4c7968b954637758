import { describe, expect, it } from 'vitest';
import { zip } from '../../../samples/assemble.mjs';
import { readExpression } from '../../../src/static/torch/expression.js';
import { analyse } from '../support.js';

describe('an expression of an exported program', () => {
  it.each([
    '4',
    's0',
    '2*s0 + 1',
    "Symbol('s0', positive=True, integer=True)",
    "Mul(Integer(2), Symbol('s77', positive=True, integer=True))",
    "Add(Float('1.5', precision=53), Symbol('u0', integer=True))",
    'FloorDiv(s0 - 1, 2) + Max(1, Mod(s1, 8))',
    'Piecewise((Integer(1), Eq(s0, 2)), (s0, True))',
    "Or(StrictLessThan(Symbol('u0'), Integer(3)), Not(Eq(Symbol('u0'), Integer(8))))",
    'ceiling(IntTrueDiv(s0, 2)) * OpaqueUnaryFn_sqrt(s1)',
    "L['x'].size()[0] >= 4 and L['x'].stride()[0] == 1",
    "L['kwargs']['y'].size()[1] * 2 != math.floor(x.size()[0])",
    'int_oo',
    '(s0 < 3) | ~(s1 >= 2)',
  ])('as torch writes it gives nothing: %s', (text) => {
    expect(readExpression(text)).toEqual({ danger: undefined, gap: undefined });
  });

  it.each([
    '__import__("os").system("id")',
    "eval('1')",
    'exec(chr(105))',
    's0 + open(s0)',
    '().__class__.__base__.__subclasses__()',
    's0.__class__',
    '[x for x in ().__class__.__bases__]',
    '(lambda: s0)()',
    'Symbol(\'__import__("os")\')',
    'S("__import__")',
    'lambdify(s0, s1)(3)',
    "getattr(s0, 'x')",
    's0.func_globals',
    'Integer(3).to_pickle',
    "L['x'].__class__.mro()",
    'sympify(s0)',
    '(eval)(chr(105))',
    '[exec][0](s0)',
    "parse_expr(Symbol('s0'))",
  ])('that is code is found: %s', (text) => {
    expect(readExpression(text).danger).toBeDefined();
  });

  it.each(['frobnicate(s0)', 's0.something', 's0\ns1', `s0 + ${'1 + '.repeat(30_000)}1`])(
    'that cannot be judged is a gap: %.60s',
    (text) => {
      expect(readExpression(text)).toMatchObject({ danger: undefined, gap: expect.any(String) as string });
    },
  );
});

describe('an exported program', () => {
  const program = (schema: object, format = 'serialized_exported_program.json') =>
    zip([
      { name: format, data: Buffer.from(JSON.stringify({ schema_version: { major: 8, minor: 2 }, ...schema })) },
      { name: 'version', data: Buffer.from('8.2') },
    ]);
  const sized = (expr_str: string) => ({
    graph_module: { graph: { tensor_values: { x: { sizes: [{ as_expr: { expr_str, hint: { as_int: 8 } } }] } } } },
  });

  it.each([
    ['in a size', sized('__import__("os").system("id")'), 'STATIC-TORCH-EXPRESSION'],
    [
      'in a condition',
      { guards_code: ["L['x'].size()[0] > 1", '__import__("os").system("id")'] },
      'STATIC-TORCH-EXPRESSION',
    ],
    [
      'as the target of a node',
      { graph_module: { graph: { nodes: [{ target: 'torch.hub.os.system', inputs: [] }] } } },
      'STATIC-MANIFEST-TARGET',
    ],
    [
      'that reads a file',
      { graph_module: { graph: { nodes: [{ target: 'torch.ops.aten.from_file.default', inputs: [] }] } } },
      'STATIC-TORCHSCRIPT-FILE',
    ],
  ])('with code %s is malicious', async (_, schema, rule) => {
    const { findings } = await analyse(program(schema), 'm.pt2');
    expect(findings.map((finding) => [finding.rule, finding.severity])).toContainEqual([
      rule,
      expect.stringMatching(/critical|high/),
    ]);
    expect((await analyse(program(schema, 'm/models/model.json'), 'm.pt2')).rules).toContain(rule);
  });

  it('of usual nodes and sizes gives nothing over info', async () => {
    const nodes = [
      'torch.ops.aten.linear.default',
      '_operator.mul',
      'torch.sym_max',
      'math.floor',
      'torch.ops.higher_order.cond',
    ].map((target) => ({ target, inputs: [] }));
    const { loud, gaps } = await analyse(
      program({
        graph_module: { graph: { nodes, ...sized("Symbol('s0', integer=True)").graph_module.graph } },
        range_constraints: { s0: { min_val: 1, max_val: 9 } },
      }),
      'm.pt2',
    );
    expect([loud, gaps]).toEqual([[], []]);
  });

  it('is not clean when an expression cannot be judged', async () => {
    expect((await analyse(program(sized('frobnicate(s0)')), 'm.pt2')).gaps.join()).toContain('frobnicate');
  });

  it('is not clean with an operator of an unknown library', async () => {
    const nodes = [{ target: 'torch.ops.acme.run.default', inputs: [] }];
    expect((await analyse(program({ graph_module: { graph: { nodes } } }), 'm.pt2')).gaps.join()).toContain(
      'acme::run',
    );
  });

  it.each(['data/sample_inputs/model.pt', 'data/constants/custom_obj_0', 'serialized_example_inputs.pt'])(
    'has its pickles judged: %s',
    async (name) => {
      const pickle = Buffer.from("cposix\nsystem\n(S'id'\ntR.");
      const { rules } = await analyse(
        zip([
          { name: 'serialized_exported_program.json', data: Buffer.from('{}') },
          {
            name,
            data: zip([
              { name: 'archive/data.pkl', data: pickle },
              { name: 'archive/version', data: Buffer.from('3\n') },
            ]),
          },
        ]),
        'm.pt2',
      );
      expect(rules).toContain('STATIC-PICKLE-EXEC');
    },
  );
});

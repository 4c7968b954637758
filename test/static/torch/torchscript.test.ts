import { describe, expect, it } from 'vitest';
import { readBytecode, readScript } from '../../../src/static/torch/torchscript.js';
import { expectToGrowWithSize } from '../../growth.js';
import saved from './programs.json' with { type: 'json' };

/** A program whose `forward` has these lines; most were run by torch 2.6, which compiles them. */
const program = (body: string) =>
  `class M(Module):\n  __parameters__ = []\n  training : bool\n  def forward(self: __torch__.M,\n    x: Tensor) -> Tensor:\n${body
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')}\n    return x\n`;
const kinds = (body: string) => readScript(program(body)).uses.map(({ kind }) => kind);

describe('a TorchScript program', () => {
  it.each(Object.entries(saved))('as torch writes it, of %s, has neither findings nor gaps', (_, code) => {
    expect(readScript(code)).toEqual({ uses: [], gaps: [] });
  });

  it.each([
    '_0 = torch.from_file("/etc/passwd", False, 10)',
    '_0 = (torch).from_file("/etc/passwd", False, 10)',
    '_0 = (((torch).from_file))("/etc/passwd", False, 10)',
    '_0 = getattr(torch, "from\\137file")("/etc/passwd", False, 10)',
    '_0 = getattr(torch, "fr\\157m" "_file")("/etc/passwd", False, 10)',
    '_0 = getattr(torch, """from_file""")("/etc/passwd", False, 10)',
    '_0 = getattr((((torch))), ("from_file"))("/etc/passwd", False, 10)',
    '_0 = (getattr)(torch, "from_file")("/etc/passwd", False, 10)',
    'g = getattr\n_0 = g(torch, "from_file")("/etc/passwd", False, 10)',
    'g = (getattr)\nh = g\n_0 = h((ops), "aten").save(x, "/tmp/a")',
    '_0 = ops.aten.from_file("/etc/passwd", False, 10)',
    '_0 = ((ops).aten).from_file("/etc/passwd", False, 10)',
    '_0 = getattr(getattr(ops, "at" "en"), "from_file")("/etc/passwd", False, 10)',
    'ops.aten.save(x, "/tmp/a")',
    't = torch\n_0 = t.from_file("/etc/passwd", False, 10)',
    '_0 = t.from_file("/etc/passwd", False, 10)\nt = torch',
    't : int = torch\n_0 = t.from_file("/etc/passwd", False, 10)',
    'a = b = torch\n_0 = a.from_file("/etc/passwd", False, 10)',
    'a = ops\nb = a.aten\nc = b.from_file\n_0 = c("/etc/passwd", False, 10)',
    'f = torch.from_file\n_0 = f("/etc/passwd", False, 10)',
    'if True:\n  t = torch\nelse:\n  t = torch\n_0 = t.from_file("/etc/passwd", False, 10)',
    'if bool(torch.gt(torch.sum(x), 3)):\n  _0 = torch.from_file("/etc/passwd", False, 10)\nelse:\n  pass',
    '_0 = torch. from_file( # "\n "/etc/passwd", False, 10)',
    '_0 = torch \\\n  .from_file("/etc/passwd", False, 10)',
    '_0 = (torch # it is (\n   .from_file)("/etc/passwd", False, 10)',
    '_0 = getattr(torch, # "add")\n  "from" # _\n  "_file")("/etc/passwd", False, 10)',
    '_0 = torch\f.from_file("/etc/passwd", False, 10)',
    '_0 = torch\r.from_file("/etc/passwd", False, 10)',
    '_0 = fork(torch.from_file, "/etc/passwd", False, 10)',
    '_0 = annotate(Tensor, torch.from_file("/etc/passwd", False, 10))',
    'x += torch.from_file("/etc/passwd", False, 5)',
    '_0 = torch.add(x, torch.from_file("/etc/passwd", False, 5))',
    'torch = torch.add(x, 1)\n_0 = torch.from_file("/etc/passwd", False, 5)',
    '_0 = ops.debugprims.load_tensor("a", [1], [1], dtype=6, device=torch.device("cpu"))',
    '_0 = ops.image.read_file("/etc/passwd")',
    'ops.image.write_file("/tmp/a", x)',
    '_0, _1 = ops.torchaudio.sox_io_load_audio_file("/etc/passwd", None, None, None, None, None)',
  ])('that reaches files is found: %s', (body) => {
    expect(kinds(body)).toEqual(['file']);
  });

  it.each([
    '_0 = rpc_async("worker", x)',
    '_0 = ops.c10d.send([x], g, 1, 0)',
    '_0 = ops._c10d_functional.all_reduce(x, "sum", "0")',
    'o = ops\n_0 = getattr(o, "symm_mem").one_shot_all_reduce(x, "sum", "0")',
    '_0 = __torch__.torch.classes.c10d.ProcessGroup.boxed(x)',
  ])('that reaches other machines is found: %s', (body) => {
    expect(kinds(body)).toEqual(['network']);
  });

  it('that acts in __setstate__ says that loading it is enough', () => {
    const code =
      'class M(Module):\n  def __setstate__(self: __torch__.M, s: Tensor) -> NoneType:\n    torch.save(s, "a")\n  def forward(self: __torch__.M) -> NoneType:\n    torch.save(1, "b")\n';
    expect(readScript(code).uses.map(({ loading }) => loading)).toEqual([true, false]);
  });

  it.each([
    ['_0 = ops.acme.run(x)', /acme::run/],
    ['o = ops\n_0 = getattr(o.acme, "run")(x)', /acme::run/],
    ['_0 = [torch][0].from_file("/etc/passwd", False, 10)', /hands torch itself around/],
    ['_0 = foo(ops)', /hands ops itself around/],
    ['_0 = foo(ops.aten)', /hands ops\.aten itself around/],
    ['_0 = __torch__.torch.classes.acme.Engine.run(x)', /torch\.classes\.acme\.Engine/],
    ['_0 = "never ends', /has no end/],
  ])('that cannot be told is a gap: %s', (body, why) => {
    const { uses, gaps } = readScript(program(body));
    expect(uses).toEqual([]);
    expect(gaps.join('\n')).toMatch(why);
  });

  it.each([
    '_0 = "torch.save("',
    "_0 = 'ops.aten.save(x, y)'",
    'ops.prim.RaiseException("call torch.save(x, path) first", "builtins.RuntimeError")',
    '_0 = (self).save(x, )',
    'encoder = self.encoder\n_0 = (encoder).save(x, )',
    '_0 = getattr(self, "0")',
    '_0 = (getattr(self.layers, "save")).forward(x, )',
    '# torch.save(x, "a")',
    '_0 = torch.add(x, 1) # torch.from_file("a", False, 1)',
    'torch = torch.add(x, 1)\n_0 = (torch, torch)',
    '_0 = ops.torchvision.nms(x, x, 0.5)',
    '_0 = ops.quantized.linear_dynamic(x, x)',
    '_0 = annotate(Dict[str, Tensor], {"torch": x, "ops": x})',
    '_0 = f(torch=x)',
    '_0 = torch.__contains__(x, "from_file")',
    'self.torch = x\n_0 = self.ops',
  ])('without such an operator gives nothing: %s', (body) => {
    expect(readScript(program(body))).toEqual({ uses: [], gaps: [] });
  });

  it.each([
    [
      'names of names',
      (size: number) => Array.from({ length: size / 16 }, (_, at) => `t${at + 1} = t${at}`).join('\n'),
    ],
    ['names of themselves', (size: number) => 't = t.t\n'.repeat(size / 8)],
    ['getattr in getattr', (size: number) => `_0 = ${'getattr(torch, "a", '.repeat(size / 20)}`],
    ['brackets', (size: number) => `_0 = ${'('.repeat(size / 2)}torch${')'.repeat(size / 2)}`],
    [
      'brackets around getattr',
      (size: number) => `_0 = ${'('.repeat(size / 2)}getattr${')'.repeat(size / 2)}(torch, "a")`,
    ],
    ['many brackets', (size: number) => `_0 = (torch, (torch))\n`.repeat(size / 20)],
  ])('takes time in proportion to its length: %s', async (_, write) => {
    await expectToGrowWithSize((size) => program(write(size)), readScript);
  });
});

describe('the bytecode of a program for mobile devices', () => {
  const bytecode = (...operators: string[]) =>
    `\x80\x02X\x09\x00\x00\x00operatorsq\x0c${operators.map((name) => `X${String.fromCharCode(name.length)}\x00\x00\x00${name}q\x0d`).join('')}t.`;

  it('shows the operators that reach files', () => {
    expect(readBytecode(bytecode('aten::relu', 'aten::save')).uses).toMatchObject([
      { kind: 'file', text: 'aten::save' },
    ]);
  });

  it('with an operator of an unknown library is a gap', () => {
    expect(readBytecode(bytecode('acme::run')).gaps).toEqual([expect.stringContaining('acme::run')]);
  });

  it('of usual operators gives nothing', () => {
    expect(readBytecode(bytecode('aten::relu_', 'aten::add', 'quantized::linear'))).toEqual({ uses: [], gaps: [] });
  });
});

it('of many uses and gaps of one kind hides none of another', () => {
  const files = Array.from({ length: 150 }, (_, index) => `_${index} = torch.from_file("/tmp/${index}", False, 10)`);
  expect(kinds([...files, 'ops.c10d.send(x)', 'ops.rpc.rpc_async("a", "b")'].join('\n'))).toContain('network');
  const name = (text: string) => `X${String.fromCharCode(text.length)}\0\0\0${text}`;
  const unknown = Array.from({ length: 50 }, (_, index) => name(`mylib${index}::run`));
  expect(readBytecode([...unknown, name('aten::from_file')].join('')).uses).toHaveLength(1);
});

import { describe, expect, it } from 'vitest';
import { analyse } from '../support.js';
import { concat } from '../../../samples/assemble.mjs';
import { CHAT_TEMPLATES } from '../jinja/chat-templates.js';

interface Options {
  readonly version?: number;
  readonly big?: boolean;
  readonly data?: number;
  readonly tensors?: readonly (readonly [
    name: string,
    dimensions: readonly (number | bigint)[],
    type: number,
    offset: number | bigint,
  ])[];
  readonly counts?: readonly [tensors: bigint, keys: bigint];
}

/** A GGUF file with texts, a list of texts and a number, in either byte order and any version. */
function gguf(texts: Readonly<Record<string, string>>, options: Options = {}): Uint8Array {
  const { version = 3, big = false, data = 32, tensors = [['w', [8], 0, 0]] } = options;
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    if (big) bytes.writeUInt32BE(value);
    else bytes.writeUInt32LE(value);
    return bytes;
  };
  const u64 = (value: number | bigint) => {
    const bytes = Buffer.alloc(8);
    if (big) bytes.writeBigUInt64BE(BigInt(value));
    else bytes.writeBigUInt64LE(BigInt(value));
    return bytes;
  };
  const size = (value: number | bigint) => (version === 1 ? u32(Number(value)) : u64(value));
  const text = (value: string) => concat(size(Buffer.byteLength(value)), value);
  const pairs = Object.entries(texts).map(([key, value]) => concat(text(key), u32(8), text(value)));
  pairs.push(
    concat(text('tokenizer.ggml.tokens'), u32(9), u32(8), size(3), text('a'), text('{{'), text('os.system(x)')),
  );
  pairs.push(concat(text('tokenizer.ggml.scores'), u32(9), u32(6), size(3), Buffer.alloc(12)));
  pairs.push(concat(text('general.quantization_version'), u32(4), u32(2)));
  const infos = tensors.map(([name, dimensions, type, offset]) =>
    concat(text(name), u32(dimensions.length), ...dimensions.map((length) => size(length)), u32(type), u64(offset)),
  );
  const [tensorCount, keyCount] = options.counts ?? [BigInt(infos.length), BigInt(pairs.length)];
  const head = concat('GGUF', u32(version), size(tensorCount), size(keyCount), ...pairs, ...infos);
  return concat(head, Buffer.alloc((32 - (head.length % 32)) % 32), Buffer.alloc(data));
}

const usual = {
  'general.architecture': 'llama',
  'general.name': '/home/user/models/x',
  'tokenizer.chat_template': Object.values(CHAT_TEMPLATES)[1] ?? '',
};

describe('GGUF', () => {
  it.each([
    ['version 3', {}],
    ['version 2', { version: 2 }],
    ['version 1', { version: 1 }],
    ['big-endian', { big: true }],
    ['without tensors', { tensors: [], data: 0 }],
    [
      'several tensors with padding',
      {
        tensors: [
          ['a', [4], 0, 0],
          ['b', [32, 2], 2, 32],
        ] as const,
        data: 96,
      },
    ],
  ] as const)('as llama.cpp writes it gives nothing: %s', async (_, options) => {
    const { findings, gaps } = await analyse(gguf(usual, options), 'm.gguf');
    expect(findings).toEqual([]);
    expect(gaps).toEqual([]);
  });

  it.each([
    ['a template', gguf({ 'tokenizer.chat_template': '{{ x.__class__ }}' }), 'STATIC-JINJA-PYTHON'],
    [
      'a second template',
      gguf({ ...usual, 'tokenizer.chat_template.tool_use': '{{ x|attr(y) }}' }),
      'STATIC-JINJA-COMPUTED',
    ],
    [
      'a template in version 1, big-endian',
      gguf({ 'tokenizer.chat_template': '{{ x.__class__ }}' }, { version: 1, big: true }),
      'STATIC-JINJA-PYTHON',
    ],
    [
      'tensors over one another',
      gguf(
        {},
        {
          tensors: [
            ['a', [8], 0, 0],
            ['b', [8], 0, 0],
          ],
        },
      ),
      'STATIC-GGUF-LAYOUT',
    ],
    ['a tensor outside', gguf({}, { tensors: [['a', [8], 0, 64]] }), 'STATIC-GGUF-LAYOUT'],
    ['an offset that wraps', gguf({}, { tensors: [['a', [8], 0, 0xffffffffffffffe0n]] }), 'STATIC-GGUF-LAYOUT'],
    [
      'sizes that overflow',
      gguf({}, { tensors: [['a', [0x8000000000000000n, 0x8000000000000000n], 0, 0]] }),
      'STATIC-GGUF-LAYOUT',
    ],
    ['too many dimensions', gguf({}, { tensors: [['a', [1, 1, 1, 1, 8], 0, 0]] }), 'STATIC-GGUF-LAYOUT'],
    ['an offset off the grid', gguf({}, { tensors: [['a', [1], 0, 4]] }), 'STATIC-GGUF-LAYOUT'],
    ['a count without end', gguf({}, { counts: [1n, 0xffffffffffffffffn] }), 'STATIC-GGUF-LAYOUT'],
    ['bytes at the end', gguf({}, { data: 200 }), 'STATIC-GGUF-HIDDEN'],
    ['a key twice', gguf({ 'general.quantization_version': 'x' }), 'STATIC-GGUF-TWICE'],
    ['a key like a path', gguf({ '../../x': 'y' }), 'STATIC-GGUF-NAME'],
    ['a tensor with a long name', gguf({}, { tensors: [['a'.repeat(100), [8], 0, 0]] }), 'STATIC-GGUF-NAME'],
    ['code', gguf({ 'general.description': "__import__('os').system('id')" }), 'STATIC-GGUF-CODE'],
    ['a password', gguf({ 'general.api_key': 'q7Zt81-lmPw' }), 'STATIC-SECRET-NAMED'],
  ])('with %s is told', async (_, bytes, rule) => {
    expect((await analyse(bytes, 'm.gguf')).rules).toContain(rule);
  });

  it('cut off anywhere in its header is a gap', async () => {
    const whole = gguf(usual);
    for (const size of [6, 20, 30, 200, 500]) {
      expect((await analyse(whole.subarray(0, size), 'm.gguf')).gaps).not.toEqual([]);
    }
  });
});

describe('GGML before GGUF', () => {
  const i32 = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);
  const ggjt = (version: number, elements = 8) =>
    concat(
      'tjgg',
      i32(version),
      i32(2, 4, 1, 1, 1, 1, 0),
      i32(1),
      'a',
      i32(0),
      i32(1),
      'b',
      i32(0),
      i32(1, 1, 0),
      i32(elements),
      'w',
      Buffer.alloc(19),
      Buffer.alloc(32),
    );

  it('GGJT is walked to its end', async () => {
    const bytes = ggjt(3);
    const aligned = 4 + 4 + 28 + 18 + 12 + 4 + 1;
    const padded = concat(bytes.subarray(0, aligned), Buffer.alloc((32 - (aligned % 32)) % 32), Buffer.alloc(32));
    const { findings, gaps } = await analyse(padded, 'm.ggml');
    expect(findings).toEqual([]);
    expect(gaps).toEqual([]);
  });

  it('a tensor longer than the file is told', async () => {
    expect((await analyse(ggjt(3, 1_000_000), 'm.ggml')).rules).toContain('STATIC-GGUF-LAYOUT');
  });

  it('a version that never was is a gap', async () => {
    expect((await analyse(ggjt(9), 'm.ggml')).gaps.join()).toContain('version of GGJT is 9');
  });
});

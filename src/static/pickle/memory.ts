/**
 * How much memory a call takes: a number, a product of short things or a doubled list fills gigabytes from a few bytes of file. Sizes are computed
 * as the functions would, through calls in calls; no estimate is larger than what Python would make.
 */
import { canonicalModule } from '../../names/capabilities.js';
import type { CallUse } from '../../readers/pickle/facts.js';
import { isNamed, reached } from '../../readers/pickle/resolve.js';
import { itemsOf, type Value } from '../../readers/pickle/value.js';

const FILLED = 2 ** 30;

/** True for `bytearray(0x7f0000000000)`, `operator.mul('a', 1 << 40)`, `list(range(1 << 33))`: more than 1 GiB. */
export function fillsMemory(call: CallUse): boolean {
  return extentOf({ kind: 'call', ...call }).bytes >= FILLED;
}

interface Extent {
  /** Bytes in memory, at least. */
  readonly bytes: number;
  /** Items when it is iterated. */
  readonly length: number;
}

const NOTHING: Extent = { bytes: 0, length: 0 };
/** Of one item of a list: a pointer. */
const POINTER = 8;
/** Inner calls are judged before outer ones, so that their extents are known; anything deeper was not. */
const DEPTH = 50;

/** By the arguments of the call, an object that all copies of its value share. */
const known = new WeakMap<Value, Extent>();

function extentOf(value: Value, depth = DEPTH): Extent {
  switch (value.kind) {
    case 'text': {
      const length = value.place?.size ?? value.text.length;
      return { bytes: length, length };
    }
    case 'bytes':
      return { bytes: value.size, length: value.size };
    case 'sequence':
    case 'dict':
      return items(value.count);
    case 'call': {
      const done = known.get(value.args);
      if (done) return done;
      if (depth === 0) return NOTHING;
      const extent = callExtent(value.callee, itemsOf(value.args) ?? [], depth - 1);
      if (extent !== NOTHING) known.set(value.args, extent);
      return extent;
    }
    default:
      return NOTHING;
  }
}

function items(length: number): Extent {
  return { bytes: POINTER * length, length };
}

function callExtent(callee: Value, args: readonly Value[], depth: number): Extent {
  const of = (value: Value | undefined): Extent => (value === undefined ? NOTHING : extentOf(value, depth));
  // partial(f, a)(b), methodcaller('ljust', n)('a'), getattr('a', 'ljust')(n)
  if (callee.kind === 'call') {
    const [first, second] = itemsOf(callee.args) ?? [];
    const rest = (itemsOf(callee.args) ?? []).slice(1);
    if (first && isNamed(callee.callee, PARTIAL) && depth > 0) return callExtent(first, [...rest, ...args], depth - 1);
    if (first?.kind === 'text' && isNamed(callee.callee, METHOD_CALLERS)) return method(first.text, args[0], rest, of);
    if (second?.kind === 'text' && isNamed(callee.callee, GETTERS) && reached(callee) === undefined)
      return method(second.text, first, args, of);
  }
  const target =
    callee.kind === 'global' ? { module: canonicalModule(callee.module), name: callee.name } : reached(callee);
  if (!target) return NOTHING;
  const { module } = target;
  const path = target.name.split('.');
  const name = path.at(-1) ?? '';
  if (path.length > 1 && OWNERS.has(path[0] ?? '')) return method(name, args[0], args.slice(1), of);
  const [top] = module.split('.');
  if (top === 'numpy' || top === 'torch') return array(name, args, of);
  if (module === 'operator') return operator(name, args, of);
  if (module === 'builtins' || module === 'collections') return builtin(name, args, of);
  if (module === 'itertools') return iterator(name, args, of);
  if (module === 'math') return product(name, number(args[0]), args[1] && number(args[1]));
  if (module === 'random' || module === 'secrets') return chance(name, number(args[0]));
  // Its items take a byte at least.
  if (module === 'array') return { bytes: of(args[1]).length, length: of(args[1]).length };
  return NOTHING;
}

/** Functions of `math` whose result is a product of up to `size` numbers, by their logarithms. */
function product(name: string, size: number, factors: number | undefined): Extent {
  if (name !== 'factorial' && name !== 'perm') return NOTHING;
  const logarithm = (of: number): number => (of < 2 ? 0 : of * (Math.log2(of) - Math.LOG2E));
  const left = name === 'perm' && factors !== undefined ? Math.max(0, size - factors) : 0;
  // Of larger numbers the difference is lost in rounding; each factor is at least what is left.
  const bits =
    size < 2 ** 50 ? logarithm(size) - logarithm(left) : Math.min(size, factors ?? size) * Math.log2(left || 2);
  return { bytes: bits / 8, length: 0 };
}

/** Functions of `random` and `secrets` that make as much as they are told to: bits, bytes, or the digits of bytes. */
function chance(name: string, count: number): Extent {
  switch (name) {
    case 'getrandbits':
    case 'randbits':
      return { bytes: count / 8, length: 0 };
    case 'randbytes':
    case 'token_bytes':
    case 'token_hex':
    case 'token_urlsafe':
      return { bytes: count, length: count };
    default:
      return NOTHING;
  }
}

function operator(name: string, [left, right]: readonly Value[], of: (value: Value | undefined) => Extent): Extent {
  switch (name.replace(/^__i?|^i(?=add|concat|mul|lshift|mod|pow)|__$/g, '')) {
    case 'mul':
      return times(left, right, of);
    case 'add':
    case 'concat':
      return { bytes: of(left).bytes + of(right).bytes, length: of(left).length + of(right).length };
    case 'lshift':
      return { bytes: number(right) / 8, length: 0 };
    case 'pow':
      return power(left, right);
    case 'mod':
      return width(left);
    default:
      return NOTHING;
  }
}

/** A sequence and a number, in either order. */
function times(left: Value | undefined, right: Value | undefined, of: (value: Value | undefined) => Extent): Extent {
  const { bytes, length } = of(left).length > 0 ? of(left) : of(right);
  const count = Math.max(number(left), number(right));
  return { bytes: bytes * count || 0, length: length * count || 0 };
}

function power(base: Value | undefined, exponent: Value | undefined): Extent {
  const magnitude = number(base);
  return magnitude >= 2 ? { bytes: (number(exponent) * Math.log2(magnitude)) / 8, length: 0 } : NOTHING;
}

/** `'%9999999999d' % 1`. */
function width(format: Value | undefined): Extent {
  if (format?.kind !== 'text') return NOTHING;
  let most = 0;
  for (const [digits] of format.text.matchAll(/\d{1,20}/g)) most = Math.max(most, Number(digits));
  return { bytes: most, length: most };
}

function builtin(name: string, args: readonly Value[], of: (value: Value | undefined) => Extent): Extent {
  const [first, second, third] = args;
  switch (name) {
    case 'bytearray':
    case 'bytes': {
      const count = number(first);
      const bytes = count > 0 ? count : of(first).length;
      return { bytes, length: bytes };
    }
    case 'range':
    case 'xrange': {
      const [start, stop] = second === undefined ? [0, number(first)] : [number(first), number(second)];
      return { bytes: 0, length: Math.max(0, (stop - start) / Math.max(1, third === undefined ? 1 : number(third))) };
    }
    case 'list':
    case 'tuple':
    case 'set':
    case 'frozenset':
    case 'sorted':
    case 'dict':
    case 'dict.fromkeys':
    case 'fromkeys':
    case 'Counter':
    case 'OrderedDict':
      return items(of(first).length);
    case 'deque':
      return items(second === undefined ? of(first).length : Math.min(of(first).length, number(second)));
    case 'iter':
    case 'enumerate':
    case 'reversed':
      return { bytes: 0, length: of(first).length };
    case 'map':
    case 'zip': {
      const lengths = (name === 'map' ? args.slice(1) : args).map((arg) => of(arg).length);
      return { bytes: 0, length: lengths.length === 0 ? 0 : Math.min(...lengths) };
    }
    case 'pow':
      return third === undefined ? power(first, second) : NOTHING;
    case 'format':
      return width(second);
    default:
      return NOTHING;
  }
}

function iterator(name: string, args: readonly Value[], of: (value: Value | undefined) => Extent): Extent {
  const [first, second] = args;
  const lengths = args.map((arg) => of(arg).length);
  const of2 = (length: number): Extent => ({ bytes: 0, length: length || 0 });
  switch (name) {
    case 'repeat':
      return of2(second === undefined ? Infinity : number(second));
    case 'count':
      return of2(Infinity);
    case 'cycle':
      return of2(of(first).length > 0 ? Infinity : 0);
    case 'chain':
      return of2(lengths.reduce((sum, length) => sum + length, 0));
    case 'islice':
      return of2(Math.min(of(first).length, number(args[2] ?? second)));
    case 'product':
      return of2(lengths.reduce((product, length) => product * length, 1));
    case 'permutations': {
      let ways = 1;
      for (let left = Math.min(of(first).length, 200); left > 1; left -= 1) ways *= left;
      return of2(second === undefined ? ways : 0);
    }
    case 'accumulate':
    case 'starmap':
    case 'pairwise':
      return of2(Math.max(0, ...lengths));
    default:
      return NOTHING;
  }
}

/** Functions of NumPy and torch that make an array of a shape. */
function array(name: string, args: readonly Value[], of: (value: Value | undefined) => Extent): Extent {
  const [first, second, third] = args;
  switch (name) {
    case 'arange':
    case 'range':
      return items(Math.max(0, second === undefined ? number(first) : number(second) - number(first)));
    case 'linspace':
    case 'logspace':
    case 'geomspace':
      return items(number(third));
    case 'eye':
    case 'identity':
    case 'tri':
      return items(number(first) * Math.max(number(second), number(first)) || 0);
    case '_reconstruct':
      return { bytes: volume(second), length: 0 };
    case 'tile':
    case 'repeat':
      return { bytes: (of(first).bytes || 1) * volume(second) || 0, length: 0 };
    case 'ndarray':
    case 'chararray':
    case 'recarray':
      return { bytes: volume(first), length: 0 };
    case 'randint':
      return items(volume(third));
    case 'random':
    case 'random_sample':
    case 'zeros':
    case 'ones':
    case 'empty':
    case 'full':
    case 'rand':
    case 'randn':
    case 'randperm':
      // torch.zeros(3, 4) and numpy.zeros((3, 4)): a second number is a length, too, unless a shape came first.
      return {
        bytes:
          first?.kind === 'sequence' ? volume(first) : args.reduce((product, arg) => product * (number(arg) || 1), 1),
        length: 0,
      };
    case 'UntypedStorage':
    case 'FloatStorage':
    case 'ByteStorage':
    case 'TypedStorage':
      return { bytes: number(first), length: 0 };
    default:
      return NOTHING;
  }
}

/** The product of a shape. */
function volume(shape: Value | undefined): number {
  if (shape === undefined) return 0;
  const lengths = itemsOf(shape);
  return lengths ? lengths.reduce((product, length) => product * number(length) || 0, 1) : number(shape);
}

/** A method of a value. */
function method(
  name: string,
  owner: Value | undefined,
  args: readonly Value[],
  of: (value: Value | undefined) => Extent,
): Extent {
  switch (name) {
    case 'ljust':
    case 'rjust':
    case 'center':
    case 'zfill': {
      const count = number(args[0]);
      return { bytes: count, length: count };
    }
    case '__mul__':
    case '__rmul__':
    case '__imul__':
      return times(owner, args[0], of);
    case '__add__':
      return operator('add', [...(owner ? [owner] : []), ...args], of);
    case '__pow__':
      return power(owner, args[0]);
    case '__lshift__':
      return { bytes: number(args[0]) / 8, length: 0 };
    case '__mod__':
    case 'format':
      return width(owner);
    case 'join':
      return { bytes: of(args[0]).length * of(owner).length || 0, length: 0 };
    case 'fromkeys':
      return items(Math.max(of(owner).length, of(args[0]).length));
    case 'to_bytes': {
      const count = number(args[0]);
      return { bytes: count, length: count };
    }
    default:
      return NOTHING;
  }
}

/** A count; 0 for what is none. */
function number(value: Value | undefined): number {
  if (value?.kind === 'int') return Math.max(0, value.value || 0);
  if (value?.kind === 'call') return computed(value);
  if (value?.kind !== 'long') return 0;
  const last = value.bytes.at(-1) ?? 0;
  if (last >= 0x80 && value.bytes.length < 64) return 0;
  return value.bytes.reduce((sum, byte, index) => sum + byte * 2 ** (8 * index), 0);
}

/** `1 << 40`, `2 ** 40`, `len` and sums of numbers, made while loading. */
function computed({ callee, args }: Value & { kind: 'call' }): number {
  const [left, right, ...rest] = itemsOf(args) ?? [];
  if (callee.kind !== 'global' || rest.length > 0) return 0;
  const [a, b] = [left?.kind === 'int' ? left.value : 0, right?.kind === 'int' ? right.value : 0];
  switch (`${canonicalModule(callee.module)}.${callee.name}`) {
    case 'operator.lshift':
      return a * 2 ** Math.min(b, 1000);
    case 'operator.pow':
    case 'builtins.pow':
      return Math.abs(a) ** Math.min(b, 1000);
    case 'operator.mul':
      return a * b;
    case 'operator.add':
      return a + b;
    case 'builtins.int':
      return left?.kind === 'text' && right === undefined
        ? Number(left.text) || 0
        : left?.kind === 'float'
          ? left.value
          : a;
    default:
      return 0;
  }
}

const PARTIAL: ReadonlySet<string> = new Set(['functools.partial']);
const METHOD_CALLERS: ReadonlySet<string> = new Set(['operator.methodcaller']);
const GETTERS: ReadonlySet<string> = new Set(['builtins.getattr', 'dill._dill._get_attr']);
/** Classes whose methods a dotted name calls: `str.ljust`. */
const OWNERS: ReadonlySet<string> = new Set(['str', 'bytes', 'bytearray', 'list', 'tuple', 'int', 'dict']);

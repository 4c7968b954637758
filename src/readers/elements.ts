/** Numbers of arrays as the formats write them: what an element is called, its bytes, and its value. */

export const ELEMENTS = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float8_e4m3: 1,
  float8_e5m2: 1,
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
} as const;
export type ElementType = keyof typeof ELEMENTS;

export function isElementType(name: string): name is ElementType {
  return Object.hasOwn(ELEMENTS, name);
}

/** The type of numbers that NumPy describes as `<f4`, `|u1`, `f8`; undefined for all other types. */
export function numpyElement(code: string): { readonly element: ElementType; readonly isBig: boolean } | undefined {
  const [, order = '', kind = '', bytes = ''] = /^([|<>=]?)([a-z?])(\d{0,2})$/.exec(code) ?? [];
  const name = kind === '?' || code.endsWith('b1') ? 'bool' : `${NUMPY_KINDS.get(kind) ?? ''}${8 * Number(bytes)}`;
  return isElementType(name) ? { element: name, isBig: order === '>' } : undefined;
}
const NUMPY_KINDS: ReadonlyMap<string, string> = new Map([
  ['f', 'float'],
  ['i', 'int'],
  ['u', 'uint'],
]);

/** As numbers; integers of 64 bits are rounded where a number cannot hold them. */
export function decodeElements(view: DataView, type: ElementType, count: number, little = true): Float64Array {
  const values = new Float64Array(count);
  const read = READERS[type];
  const width = ELEMENTS[type];
  for (let index = 0; index < count; index += 1) values[index] = read(view, width * index, little);
  return values;
}

/** One element as a person reads it: all digits of an integer, those of a float that tell it from its neighbours. */
export function elementText(view: DataView, type: ElementType, little: boolean): string {
  switch (type) {
    case 'bool':
      return view.getUint8(0) === 0 ? 'False' : 'True';
    case 'uint64':
      return String(view.getBigUint64(0, little));
    case 'int64':
      return String(view.getBigInt64(0, little));
    default: {
      const value = READERS[type](view, 0, little);
      if (type === 'float32') return float32Text(value);
      const digits = DIGITS[type];
      return digits === undefined || !Number.isFinite(value)
        ? String(value)
        : String(Number(value.toPrecision(digits)));
    }
  }
}

/** With as few digits as tell it from its neighbours, as NumPy writes it. */
function float32Text(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return Number.isFinite(value) ? String(Number(value.toPrecision(9))) : String(value);
}

/** Decimal digits that tell a float from its neighbours. */
const DIGITS: Readonly<Partial<Record<ElementType, number>>> = {
  float8_e4m3: 3,
  float8_e5m2: 3,
  float16: 5,
  bfloat16: 4,
};

const READERS: Readonly<Record<ElementType, (view: DataView, at: number, little: boolean) => number>> = {
  bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  uint8: (view, at) => view.getUint8(at),
  int8: (view, at) => view.getInt8(at),
  uint16: (view, at, little) => view.getUint16(at, little),
  int16: (view, at, little) => view.getInt16(at, little),
  uint32: (view, at, little) => view.getUint32(at, little),
  int32: (view, at, little) => view.getInt32(at, little),
  uint64: (view, at, little) => Number(view.getBigUint64(at, little)),
  int64: (view, at, little) => Number(view.getBigInt64(at, little)),
  // OCP 8-bit floating point (FP8), 5.1: E4M3 has no infinity, and one NaN of each sign.
  float8_e4m3: (view, at) => {
    const bits = view.getUint8(at);
    return (bits & 0x7f) === 0x7f ? NaN : small(bits >> 7, (bits >> 3) & 15, bits & 7, 3, 7);
  },
  float8_e5m2: (view, at) => half(view.getUint8(at) << 8),
  float16: (view, at, little) => half(view.getUint16(at, little)),
  bfloat16: (view, at, little) => {
    // The upper half of a float.
    WORD[0] = view.getUint16(at, little) << 16;
    return FLOAT[0] ?? 0;
  },
  float32: (view, at, little) => view.getFloat32(at, little),
  float64: (view, at, little) => view.getFloat64(at, little),
};
const WORD = new Uint32Array(1);
const FLOAT = new Float32Array(WORD.buffer);

/** IEEE 754 binary16. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? ((bits & 0x8000) === 0 ? Infinity : -Infinity) : NaN;
  return small(bits >> 15, exponent, fraction, 10, 15);
}

function small(sign: number, exponent: number, fraction: number, width: number, bias: number): number {
  const value =
    exponent === 0 ? fraction * 2 ** (1 - bias - width) : (2 ** width + fraction) * 2 ** (exponent - bias - width);
  return sign === 0 ? value : -value;
}

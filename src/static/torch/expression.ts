/**
 * Expressions in exported programs (`.pt2`): `expr_str` is a size, which `sympy.sympify` evaluates when the program is loaded
 * (`torch/_export/serde/serialize.py`); `guards_code` are conditions on the inputs, which become a function when it is used
 * (`torch/export/_unlift.py`). Both are Python's `eval` in the end. torch writes sums and products of symbols; anything else is code.
 */
import { isPlainAttribute } from '../../names/attributes.js';
import { judge } from '../../names/capabilities.js';
import { lexPython, type PyToken } from '../../readers/python/lexer.js';

export interface ExpressionReading {
  /** What it does that no size and no condition needs. */
  readonly danger: string | undefined;
  /** Why it cannot be told. */
  readonly gap: string | undefined;
}

/** Sizes have some hundred characters, and conditions of large models some thousand. */
const EXPRESSION_LIMIT = 64 * 1024;

export function readExpression(text: string): ExpressionReading {
  const { lines, unfinished } = lexPython(text.slice(0, EXPRESSION_LIMIT));
  let gap = unfinished;
  if (text.length > EXPRESSION_LIMIT) gap ??= 'it is longer than is read';
  for (const { tokens } of lines) {
    for (const [index, token] of tokens.entries()) {
      const found = readToken(tokens, index, token);
      if (found?.danger !== undefined) return { danger: found.danger, gap: undefined };
      gap ??= found?.gap;
    }
  }
  if (lines.length > 1) gap ??= 'it has several statements';
  return { danger: undefined, gap };
}

function readToken(tokens: readonly PyToken[], index: number, token: PyToken): Partial<ExpressionReading> | undefined {
  const [before, next] = [tokens[index - 1]?.text, tokens[index + 1]?.text];
  if (token.kind === 'text') {
    // `Symbol('s0', integer=True)`, `Float('1.5', precision=53)`.
    if (before === '(' && NAMING.has(tokens[index - 2]?.text ?? '') && /^[\w.+-]{1,200}$/.test(token.text))
      return undefined;
    return before === '[' && next === ']' ? undefined : { danger: `has a text: ${token.text.slice(0, 100)}` };
  }
  if (token.kind !== 'name') return undefined;
  const { text } = token;
  if (before === '.') {
    if (OF_TENSORS.has(text) || (tokens[index - 2]?.text === 'math' && tokens[index - 3]?.text !== '.'))
      return undefined;
    return isPlainAttribute(text)
      ? { gap: `it takes the attribute ${text}` }
      : { danger: `takes the attribute ${text}` };
  }
  if (text === 'lambda' || text.startsWith('__')) return { danger: `uses ${text}` };
  if (KNOWN.has(text) || OPERATORS.has(text)) return undefined;
  // `(eval)(…)`: a name of Python is enough.
  const verdicts = [judge('builtins', text), judge('sympy', text)];
  if (verdicts.some(({ kind }) => kind === 'dangerous')) return { danger: `uses ${text}` };
  return next === '(' ? { gap: `it calls ${text}` } : undefined;
}

const NAMING: ReadonlySet<string> = new Set(['Symbol', 'Dummy', 'Float', 'Integer']);
const OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else']);

/** What conditions ask of a tensor. */
const OF_TENSORS: ReadonlySet<string> = new Set([
  'device',
  'dim',
  'dtype',
  'is_contiguous',
  'item',
  'layout',
  'numel',
  'requires_grad',
  'shape',
  'size',
  'storage_offset',
  'stride',
]);

/** Functions of sympy and of `torch/utils/_sympy/functions.py` that sizes are written with. */
const KNOWN: ReadonlySet<string> = new Set([
  'Abs',
  'Add',
  'And',
  'BitwiseFn_bitwise_and',
  'BitwiseFn_bitwise_or',
  'BitwiseFn_bitwise_xor',
  'CeilDiv',
  'CeilToInt',
  'CleanDiv',
  'Dummy',
  'Eq',
  'Equality',
  'ExprCondPair',
  'Float',
  'FloatPow',
  'FloatTrueDiv',
  'FloorDiv',
  'FloorToInt',
  'Ge',
  'GreaterThan',
  'Gt',
  'ITE',
  'Identity',
  'IntTrueDiv',
  'Integer',
  'IsNonOverlappingAndDenseIndicator',
  'LShift',
  'Le',
  'LessThan',
  'Lt',
  'Max',
  'Min',
  'Mod',
  'ModularIndexing',
  'Mul',
  'Ne',
  'Not',
  'OpaqueUnaryFn_acos',
  'OpaqueUnaryFn_asin',
  'OpaqueUnaryFn_asinh',
  'OpaqueUnaryFn_atan',
  'OpaqueUnaryFn_cos',
  'OpaqueUnaryFn_cosh',
  'OpaqueUnaryFn_exp',
  'OpaqueUnaryFn_log',
  'OpaqueUnaryFn_log2',
  'OpaqueUnaryFn_sin',
  'OpaqueUnaryFn_sinh',
  'OpaqueUnaryFn_sqrt',
  'OpaqueUnaryFn_tan',
  'OpaqueUnaryFn_tanh',
  'Or',
  'Piecewise',
  'Pow',
  'PowByNatural',
  'PythonMod',
  'RShift',
  'Rational',
  'Relational',
  'RoundDecimal',
  'RoundToInt',
  'StrictGreaterThan',
  'StrictLessThan',
  'Symbol',
  'ToFloat',
  'TruncToFloat',
  'TruncToInt',
  'Tuple',
  'Unequality',
  'Where',
  'Xor',
  'abs',
  'bool',
  'cast_symbool_to_symint_guardless',
  'ceiling',
  'exp',
  'float',
  'floor',
  'int',
  'len',
  'log',
  'max',
  'min',
  'sign',
  'sqrt',
]);

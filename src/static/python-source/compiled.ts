/**
 * Compiled files beside a source (PEP 3147, PEP 552): Python loads one in place of the source when its head matches, and an author of both can make
 * it match. The names that code uses have to be in the source from which it was compiled.
 */
import { codeObjects, readMarshal } from '../../readers/marshal/marshal.js';
import { lexPython } from '../../readers/python/lexer.js';

/** A magic number, flags, then the time and size of the source or its hash. */
const HEAD_BYTES = 16;
const HAS_HASH = 1;

/** Why the compiled file may come from another source, part of a sentence; undefined when it comes from this one, or is skipped. */
export function strangeIn(
  compiled: Uint8Array,
  source: { readonly text: string; readonly size: number },
): string | undefined {
  const head = new DataView(compiled.buffer, compiled.byteOffset, compiled.byteLength);
  if (compiled.length < HEAD_BYTES) return undefined;
  const fits = (head.getUint32(4, true) & HAS_HASH) !== 0 || head.getUint32(12, true) === source.size;
  if (!fits) return undefined;
  const codes = readMarshal(compiled.subarray(HEAD_BYTES)).values.flatMap(codeObjects);
  if (codes.length === 0) return 'it cannot be read';
  const written = new Set(
    lexPython(source.text).lines.flatMap(({ tokens }) =>
      tokens.flatMap(({ kind, text }) => (kind === 'name' ? [text] : [])),
    ),
  );
  const used = new Set(codes.flatMap(({ names }) => names.flatMap((name) => name.split('.'))));
  const strange = [...used].filter(
    (name) => name !== '' && !written.has(name) && !written.has(unmangled(name)) && !MADE.has(name),
  );
  return strange.length === 0
    ? undefined
    : `it uses ${strange.slice(0, 5).join(', ')}, of which the source has nothing`;
}

/** `_Class__name` is `__name` in the class. */
function unmangled(name: string): string {
  return name.replace(/^_[^_].*?(?=__)/, '');
}

/** Names that the compiler puts in; `join` is a long formatted string. */
const MADE: ReadonlySet<string> = new Set(
  (
    '__name__ __module__ __qualname__ __doc__ __annotations__ __annotate__ __annotate_func__ __conditional_annotations__ __class__ ' +
    '__classcell__ __classdict__ __classdictcell__ __firstlineno__ __static_attributes__ __type_params__ __orig_bases__ __build_class__ ' +
    '__debug__ AssertionError join'
  ).split(' '),
);

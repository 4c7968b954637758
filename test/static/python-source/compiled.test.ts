import { describe, expect, it } from 'vitest';
import { strangeIn } from '../../../src/static/python-source/compiled.js';

const SOURCE = 'class Layer:\n    __slots__ = ()\n    def size(self):\n        return self.__mine\n';
/** `marshal.dumps(compile(SOURCE, 'h.py', 'exec'))` of Python 3.11, and that of `import os` and `os.system('id')`. */
const OWN =
  'YwAAAAAAAAAAAAAAAAQAAAAAAAAA8yAAAACXAAIARwBkAIQAZAGmAgAAqwIAAAAAAAAAAFoAZAJTACkDYwAAAAAAAAAAAAAAAAEAAAAAAAAA8xgAAACXAGUAWgFkAFoCZAFaA2QChABaBGQDUwApBNoFTGF5ZXKpAGMBAAAAAAAAAAAAAAABAAAAAwAAAPMQAAAAlwB8AGoAAAAAAAAAAABTACkBTikB2gxfTGF5ZXJfX21pbmUpAdoEc2VsZnMBAAAAIPoEaC5wedoEc2l6ZXoKTGF5ZXIuc2l6ZQMAAABzCgAAAIAA2A8TjHvQCBrzAAAAAE4pBdoIX19uYW1lX1/aCl9fbW9kdWxlX1/aDF9fcXVhbG5hbWVfX9oJX19zbG90c19fcggAAAByAwAAAHIJAAAAcgcAAAByAgAAAHICAAAAAQAAAHMoAAAAgACAAIAAgACAANgQEoBJ8AIBBRvwAAEFG/AAAQUb8AABBRvwAAEFG3IJAAAAcgIAAABOKQFyAgAAAHIDAAAAcgkAAAByBwAAAPoIPG1vZHVsZT5yDgAAAAEAAABzNwAAAPADAQEB8AIDARvwAAMBG/AAAwEb8AADARvwAAMBG/EAAwEb9AADARvwAAMBG/AAAwEb8AADARtyCQAAAA==';
const OTHER =
  'YwAAAAAAAAAAAAAAAAMAAAAAAAAA8y4AAACXAGQAZAFsAFoAAgBlAGoBAAAAAAAAAABkAqYBAACrAQAAAAAAAAAAAQBkAVMAKQPpAAAAAE7aAmlkKQLaAm9z2gZzeXN0ZW2pAPMAAAAA+gRoLnB5+gg8bW9kdWxlPnIIAAAAAQAAAHMhAAAA8AMBAQHYAAmACYAJgAnYAAmAAoQJiCSBD4QPgA+AD4APcgYAAAA=';

interface Head {
  readonly flags?: number;
  /** Bytes of the source that it was compiled of. */
  readonly size?: number;
}

function judged(code: string, { flags = 0, size = SOURCE.length }: Head = {}): string | undefined {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(0x0a0d0da7);
  head.writeUInt32LE(flags, 4);
  head.writeUInt32LE(size, 12);
  return strangeIn(Buffer.concat([head, Buffer.from(code, 'base64')]), { text: SOURCE, size: SOURCE.length });
}

describe('a compiled file beside a source', () => {
  it('that was compiled of it uses nothing else', () => {
    expect(judged(OWN)).toBeUndefined();
  });

  it.each([
    ['time and size', {}],
    ['a hash that is not compared', { flags: 1, size: 0 }],
    ['a hash that its author can compute', { flags: 3, size: 0 }],
  ])('that is of another one and fits by %s is told', (_, head) => {
    expect(judged(OTHER, head)).toBe('it uses os, system, of which the source has nothing');
  });

  it('that Python passes over is nothing', () => {
    expect(judged(OTHER, { size: SOURCE.length + 1 })).toBeUndefined();
  });

  it('that cannot be read is told', () => {
    expect(judged('AAAA')).toBe('it cannot be read');
  });
});

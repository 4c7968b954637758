import { describe, expect, it } from 'vitest';
import { MemoryCursor } from '../../src/readers/bytes.js';

describe('a cursor on bytes in memory', () => {
  it('reads little-endian numbers in order', () => {
    const cursor = new MemoryCursor(Uint8Array.of(1, 2, 0, 3, 0, 0, 0xac, 0x02, 9));
    expect([cursor.u8(), cursor.u16(), cursor.uint(3), cursor.varint(5), cursor.left]).toEqual([1, 2, 3, 300, 1]);
  });

  it('reads a length that no file has as Infinity', () => {
    expect(new MemoryCursor(new Uint8Array(8).fill(0xff)).uint(8)).toBe(Infinity);
  });

  it('stays where it is when the bytes end too early, and throws the error of the format', () => {
    class Short extends MemoryCursor {
      protected override ended(): Error {
        return new Error('the table is cut off');
      }
    }
    const cursor = new Short(Uint8Array.of(7, 0));
    for (const count of [3, -1, NaN, Infinity]) expect(() => cursor.take(count)).toThrow('the table is cut off');
    expect(cursor.u16()).toBe(7);
  });

  it('has no number where the last byte of one is missing, or too far', () => {
    expect(new MemoryCursor(Uint8Array.of(0x80, 0x80)).varint(5)).toBeUndefined();
    expect(new MemoryCursor(Uint8Array.of(0x80, 0x80, 0x01)).varint(2)).toBeUndefined();
  });
});

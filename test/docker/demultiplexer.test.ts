import { describe, expect, it } from 'vitest';
import { Demultiplexer } from '../../src/docker/container.js';

function frame(kind: number, length: number, data = ''): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(length, 4);
  return Buffer.concat([head, Buffer.from(data)]);
}

describe('frames of an engine', () => {
  it('come out whole, wherever they were cut', () => {
    const stream = Buffer.concat([frame(1, 5, 'trace'), frame(2, 0), frame(2, 3, 'out')]);
    for (let size = 1; size <= stream.length; size += 1) {
      const seen = { 1: '', 2: '' };
      const demultiplexer = new Demultiplexer((kind, chunk) => (seen[kind] += chunk.toString()));
      for (let at = 0; at < stream.length; at += size) demultiplexer.push(stream.subarray(at, at + size));
      expect(seen).toEqual({ 1: 'trace', 2: 'out' });
    }
  });

  it.each([
    ['of 4 GB', frame(1, 0xffff_ffff)],
    ['of 16 MiB', frame(2, 16 * 1024 * 1024)],
    ['for standard input', frame(0, 1, 'x')],
    ['of an unknown kind', frame(3, 1, 'x')],
    ['with something where nothing may be', Buffer.from([1, 0, 7, 0, 0, 0, 0, 1, 120])],
    ['that is none', Buffer.from('HTTP/1.1 200 OK\r\n')],
  ])('a head %s is refused', (_, bytes) => {
    const demultiplexer = new Demultiplexer(() => undefined);
    expect(() => demultiplexer.push(bytes)).toThrow(/not in its format/);
  });
});

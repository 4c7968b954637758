import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unfold } from '../../src/scan/unfold.js';

const SECRET = 'OPENAI_API_KEY=sk-proj-Zk3Qm8Vw1Lx7Ty5Bn2Hd9Jc4Rf6Gs0Pa';
const bytes = Buffer.from(SECRET);

/** PKWARE APPNOTE 4.3: one member, deflated. */
function zip(): Buffer {
  const data = deflateRawSync(bytes);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(data.length, 18);
  local.writeUInt32LE(bytes.length, 22);
  local.writeUInt16LE(1, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(data.length, 20);
  central.writeUInt32LE(bytes.length, 24);
  central.writeUInt16LE(1, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(47, 12);
  end.writeUInt32LE(31 + data.length, 16);
  const name = Buffer.from('e');
  return Buffer.concat([local, name, data, central, name, end]);
}

describe('what is in a few bytes', () => {
  it.each([
    ['zlib', deflateSync(bytes)],
    ['gzip', gzipSync(bytes)],
    ['gzip that is cut off', gzipSync(Buffer.concat([bytes, Buffer.alloc(5000, 'x')])).subarray(0, -8)],
    ['gzip in Base64', Buffer.from(gzipSync(bytes).toString('base64'))],
    ['gzip in hexadecimal digits', Buffer.from(gzipSync(bytes).toString('hex'))],
    ['gzip in gzip', gzipSync(gzipSync(bytes))],
    ['a ZIP archive', zip()],
    ['gzip before a bomb', gzipSync(Buffer.concat([bytes, Buffer.alloc(3 * 1024 * 1024)]))],
  ])('is found in %s', async (_, packed) => {
    expect((await unfold(packed)).some((text) => text.includes(SECRET))).toBe(true);
  });

  it('is the content alone where nothing is packed', async () => {
    expect(await unfold(bytes)).toEqual([SECRET]);
  });

  it.each([
    ['an archive without an end', Buffer.from('PK\x03\x04 and no more')],
    ['a broken head', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0])],
    ['nothing', Buffer.alloc(0)],
  ])('%s is taken as it is', async (_, content) => {
    expect(await unfold(content)).toEqual([content.toString('latin1')]);
  });
});

import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, torchZip, value, zip } from '../../../samples/assemble.mjs';
import { bytesSource, neighboursSource, sliceSource } from '../../../src/readers/bytes.js';
import { readZip } from '../../../src/readers/archive/zip.js';
import { analyse } from '../../static/support.js';

const hostile = pickle(call(global('os', 'system'), op.unicode('id')));
const harmless = pickle(value({ w: [0.5] }));
const u32 = (number: number) => Buffer.from(new Uint32Array([number]).buffer);

/** Sets the mode of every member in the directory. */
function withMode(archive: Buffer, mode: number): Buffer {
  const copy = Buffer.from(archive);
  for (let at = copy.indexOf('PK\x01\x02'); at >= 0; at = copy.indexOf('PK\x01\x02', at + 1)) {
    copy.writeUInt32LE(mode * 0x10000, at + 38);
  }
  return copy;
}

describe('a name that leaves the folder', () => {
  it.each([
    '../../etc/cron.d/x',
    'a/../../x',
    '/etc/passwd',
    'C:\\Windows\\x.dll',
    'c:x',
    '..\\..\\x',
    '\\\\203.0.113.9\\share',
    '~/.ssh/authorized_keys',
  ])('%s is a finding', async (name) => {
    const { findings } = await analyse(zip([{ name, data: Buffer.from('hello') }]));
    expect(findings).toContainEqual(expect.objectContaining({ rule: 'STATIC-ARCHIVE-PATH', severity: 'high' }));
  });

  it.each(['a/b', 'a/../b', './a', 'a..b', '...', 'a/.hidden'])('%s stays inside', async (name) => {
    expect((await analyse(zip([{ name, data: Buffer.from('hello') }]))).findings).toEqual([]);
  });
});

describe('a symbolic link', () => {
  it.each(['/etc/passwd', '../../x', '../x'])('to %s is a finding', async (target) => {
    const archive = withMode(zip([{ name: 'a/../link', data: Buffer.from(target) }]), 0o120777);
    expect((await analyse(archive)).rules).toContain('STATIC-ARCHIVE-LINK');
  });

  it('to a member of the archive is none', async () => {
    const archive = withMode(zip([{ name: 'a/b/link', data: Buffer.from('../c') }]), 0o120777);
    expect((await analyse(archive)).rules).toEqual([]);
  });
});

describe('an archive whose end claims that more stands before it than does', () => {
  it('has members at places before its begin, which are told and not read, and those by their own headers', async () => {
    const archive = Buffer.from(zip([...Array(3).keys()].map((n) => ({ name: `${n}.pkl`, data: hostile }))));
    const end = archive.lastIndexOf('PK\x05\x06');
    archive.writeUInt32LE(archive.readUInt32LE(end + 16) + 0xffff, end + 16);
    const { members, gaps } = await readZip(bytesSource(archive));
    expect(gaps).toContain('member 0.pkl has no header at byte -65535');
    expect(
      members.map(({ name, data }) => [name, archive.subarray(data, data + hostile.length).equals(hostile)]),
    ).toEqual(['0.pkl', '1.pkl', '2.pkl'].map((name) => [name, true]));
    const result = await analyse(archive);
    expect(result.rules).toContain('STATIC-PICKLE-EXEC');
    expect(result.gaps).not.toEqual([]);
  });
});

describe('a place before the begin', () => {
  it.each([
    ['bytes', bytesSource(hostile)],
    ['a part of bytes', sliceSource(bytesSource(hostile), 1)],
    ['a part that begins before the whole', sliceSource(bytesSource(hostile), -5)],
    ['what reads ahead', neighboursSource(bytesSource(hostile))],
  ])('of %s has nothing', async (_, source) => {
    for (const offset of [-1, -10, -100_000]) {
      expect(await source.read(offset, 8)).toHaveLength(0);
      expect(await source.read(offset, 200_000)).toHaveLength(0);
    }
  });
});

describe('an archive that readers see differently', () => {
  const difference = async (bytes: Uint8Array) => {
    const { findings } = await analyse(bytes);
    return findings.filter(({ rule }) => rule === 'STATIC-ZIP-DIFFERENCE').map(({ explanation }) => explanation);
  };

  it.each<[string, Uint8Array, RegExp]>([
    ['bytes before it', concat(Buffer.alloc(100, 0x20), torchZip('m', value({}), [])), /100 bytes stand before/],
    ['bytes after it', concat(torchZip('m', value({}), []), Buffer.alloc(100)), /100 bytes follow/],
    [
      'two members of one name',
      zip([
        { name: 'a', data: Buffer.from('x') },
        { name: 'a', data: Buffer.from('y') },
      ]),
      /two members are called a/,
    ],
    [
      'two names of one member',
      zip([{ name: 'a', centralName: 'b', data: Buffer.from('x') }]),
      /is called a by its own/,
    ],
    ['a wrong checksum', zip([{ name: 'a', data: Buffer.from('x'), crc: 1 }]), /checksum of member a is wrong/],
    [
      'two sizes of one member',
      (() => {
        const bytes = Buffer.from(zip([{ name: 'a', data: Buffer.from('xyz') }]));
        bytes.writeUInt32LE(2, 18);
        return bytes;
      })(),
      /two sizes, 3 and 2 bytes/,
    ],
    [
      'an end inside the comment of another end',
      (() => {
        const inner = zip([{ name: 'b', data: hostile }]);
        const outer = Buffer.from(zip([{ name: 'a', data: harmless }]));
        outer.writeUInt16LE(inner.length, outer.length - 2);
        return concat(outer, inner);
      })(),
      /two ends/,
    ],
  ])('%s', async (_, bytes, expected) => {
    expect((await difference(bytes)).join('\n')).toMatch(expected);
  });

  it('shows the members of both ends', async () => {
    const inner = zip([{ name: 'b', data: harmless }]);
    const outer = Buffer.from(zip([{ name: 'a', data: hostile }]));
    outer.writeUInt16LE(inner.length, outer.length - 2);
    expect((await analyse(concat(outer, inner))).rules).toContain('STATIC-PICKLE-EXEC');
  });
});

describe('a bomb', () => {
  it('by ratio is cut at a bound, and a finding', async () => {
    const zeros = concat(hostile, Buffer.alloc(220_000_000));
    const { rules, gaps } = await analyse(zip([{ name: 'a/data.pkl', data: zeros, method: 8 }]));
    expect(rules).toContain('STATIC-ARCHIVE-BOMB');
    expect(rules).toContain('STATIC-PICKLE-EXEC');
    expect(gaps.join('\n')).toContain('it unpacks to more than');
  });

  it('of members that share their data is a finding', async () => {
    // Two entries of the directory, one header and one body.
    const archive = zip([{ name: 'a', data: Buffer.alloc(1000), method: 8 }]);
    const at = archive.indexOf('PK\x01\x02');
    const end = archive.indexOf('PK\x05\x06');
    const entry = archive.subarray(at, end);
    const tail = Buffer.from(archive.subarray(end));
    tail.writeUInt32LE(2 * entry.length, 12);
    expect((await analyse(concat(archive.subarray(0, end), entry, tail))).rules).toContain('STATIC-ARCHIVE-BOMB');
  });

  it('of nested archives ends at a depth', async () => {
    let archive: Uint8Array = hostile;
    for (let depth = 0; depth < 12; depth += 1) archive = zip([{ name: 'a.pkl', data: archive }]);
    expect((await analyse(archive)).gaps.join('\n')).toMatch(/packed into one another more than 8 deep/);
  });

  it('of ten million entries is read in pieces, and never held', async () => {
    // A directory without end, made as it is read: 10 million entries of 47 bytes.
    const count = 10_000_000;
    const entry = concat('PK\x01\x02', Buffer.alloc(24), Buffer.from([1, 0]), Buffer.alloc(16), 'x');
    const size = count * entry.length;
    const end = concat('PK\x05\x06', Buffer.alloc(8), u32(size), u32(0), Buffer.alloc(2));
    let largest = 0;
    const directory = await readZip({
      size: size + end.length,
      read: (offset, length) => {
        largest = Math.max(largest, length);
        const bytes = Buffer.alloc(Math.max(0, Math.min(length, size + end.length - offset)));
        for (let at = 0; at < bytes.length && offset + at < size;) {
          const inner = (offset + at) % entry.length;
          at += entry.copy(bytes, at, inner);
        }
        if (offset + bytes.length > size) end.copy(bytes, Math.max(0, size - offset), Math.max(0, offset - size));
        return Promise.resolve(bytes);
      },
    });
    expect(largest).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(directory.gaps.join('\n')).toMatch(/more than|no header/);
  });
});

describe('an encrypted member', () => {
  it('is a finding and a gap', async () => {
    const data = deflateRawSync(Buffer.alloc(100)).map((byte) => byte ^ 0x5a);
    const { rules, gaps } = await analyse(zip([{ name: 'a.pkl', data, flags: 1 }]));
    expect(rules).toContain('STATIC-ARCHIVE-ENCRYPTED');
    expect(gaps.join('\n')).toMatch(/encrypted/);
  });
});

it('an archive as torch writes it has no finding', async () => {
  const { findings, gaps } = await analyse(torchZip('m', value({ w: [0.5] }), [Buffer.alloc(64)]));
  expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
});

it('the list of members is read once for each source', async () => {
  const source = bytesSource(zip([{ name: 'a', data: harmless }]));
  expect(await readZip(source)).toBe(await readZip(source));
});

describe('an archive of very many members', () => {
  /** Members of one byte, of which the last is `data`. */
  function many(count: number, data: Uint8Array, name = (index: number) => String(index).padStart(6, '0')): Buffer {
    return zip(
      Array.from({ length: count }, (_, index) => ({
        name: name(index),
        data: index === count - 1 ? data : Buffer.from('x'),
      })),
    );
  }
  const evil = pickle(call(global('os', 'system'), op.unicode('id')));

  it('is looked at to the last of 60,000', async () => {
    const { rules, gaps } = await analyse(many(60_000, evil));
    expect({ rules, gaps }).toEqual({ rules: ['STATIC-PICKLE-EXEC'], gaps: [] });
  });

  it('whose names alone fill the memory is a gap', async () => {
    const { gaps } = await analyse(many(300, evil, (index) => String(index).padStart(65_000, 'n')));
    expect(gaps[0]).toMatch(/more members than the 258 that were looked at/);
  });
});

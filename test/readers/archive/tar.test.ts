import { readFileSync } from 'node:fs';
import { gzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, value, zip } from '../../../samples/assemble.mjs';
import { readTar } from '../../../src/readers/archive/tar.js';
import { bytesSource } from '../../../src/readers/bytes.js';
import { analyse } from '../../static/support.js';

const hostile = pickle(call(global('os', 'system'), op.unicode('id')));
const harmless = pickle(value({ w: [0.5] }));
const END = Buffer.alloc(1024);

interface Header {
  readonly name: string;
  readonly type?: string;
  readonly link?: string;
  readonly data?: Uint8Array;
  readonly prefix?: string;
  /** Base-256, as GNU writes large numbers. */
  readonly binarySize?: boolean;
}

function member({ name, type = '0', link = '', data = Buffer.alloc(0), prefix = '', binarySize }: Header): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write(data.length.toString(8).padStart(11, '0'), 124);
  if (binarySize === true) {
    header.fill(0, 124, 136);
    header[124] = 0x80;
    header.writeUInt32BE(data.length, 132);
  }
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257, 'latin1');
  header.write(prefix, 345, 155);
  header.fill(' ', 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return concat(header, data, Buffer.alloc((512 - (data.length % 512)) % 512));
}

const record = (text: string) => {
  const length = text.length + 2;
  return `${length + String(length).length} ${text}\n`;
};
const names = async (bytes: Uint8Array) => (await readTar(bytesSource(bytes))).members.map(({ name }) => name);

describe('names', () => {
  const long = `${'folder/'.repeat(20)}model.pkl`;
  it.each([
    ['in the header', [member({ name: 'a/b' })], 'a/b'],
    ['with a prefix', [member({ name: 'b', prefix: 'a' })], 'a/b'],
    [
      "as GNU's long name",
      [member({ name: '././@LongLink', type: 'L', data: Buffer.from(`${long}\0`) }), member({ name: 'x' })],
      long,
    ],
    [
      'as a pax record',
      [member({ name: 'p', type: 'x', data: Buffer.from(record(`path=${long}`)) }), member({ name: 'x' })],
      long,
    ],
    [
      'as a pax record for all',
      [member({ name: 'p', type: 'g', data: Buffer.from(record('path=all')) }), member({ name: 'x' })],
      'all',
    ],
  ])('%s are read', async (_, parts, expected) => {
    expect(await names(concat(...parts, END))).toEqual([expected]);
  });

  it.each(['../x', '/etc/cron.d/x', 'C:\\x', '..\\x'])('%s is a finding', async (name) => {
    expect((await analyse(concat(member({ name }), END))).rules).toEqual(['STATIC-ARCHIVE-PATH']);
  });

  it('that only a pax record makes dangerous are a finding', async () => {
    const bytes = concat(
      member({ name: 'p', type: 'x', data: Buffer.from(record('path=../x')) }),
      member({ name: 'x' }),
      END,
    );
    expect((await analyse(bytes)).rules).toEqual(['STATIC-ARCHIVE-PATH']);
  });
});

describe('links', () => {
  it.each([
    ['2', 'a/b', '../../x'],
    ['2', 'a', '/etc/passwd'],
    ['1', 'a', '../x'],
    ['1', 'a', '/etc/shadow'],
  ])('of type %s from %s to %s are a finding', async (type, name, link) => {
    expect((await analyse(concat(member({ name, type, link }), END))).rules).toEqual(['STATIC-ARCHIVE-LINK']);
  });

  it('that stay inside are none', async () => {
    const bytes = concat(
      member({ name: 'a/b', type: '2', link: '../c' }),
      member({ name: 'd', type: '1', link: 'a/b' }),
      END,
    );
    expect((await analyse(bytes)).findings).toEqual([]);
  });

  it('to devices are a finding', async () => {
    expect((await analyse(concat(member({ name: 'sda', type: '4' }), END))).rules).toEqual(['STATIC-ARCHIVE-DEVICE']);
  });
});

describe('a command in an archive', () => {
  it.each([
    ['is found', concat(member({ name: 'm.pkl', data: hostile }), END)],
    ['of large numbers is found', concat(member({ name: 'm.pkl', data: hostile, binarySize: true }), END)],
    [
      'behind the end is found',
      concat(member({ name: 'a', data: harmless }), END, member({ name: 'm', data: hostile }), END),
    ],
    [
      'behind a damaged record is found',
      concat(member({ name: 'a' }), Buffer.alloc(512, 1), member({ name: 'm', data: hostile }), END),
    ],
    [
      'in a member that says it is a link is found',
      concat(member({ name: 'm', type: '2', link: 'a', data: hostile }), END),
    ],
    [
      'in a ZIP archive in a packed TAR archive is found',
      gzipSync(concat(member({ name: 'a.zip', data: zip([{ name: 'x', data: hostile }]) }), END)),
    ],
  ])('%s', async (_, bytes) => {
    expect((await analyse(bytes)).rules).toContain('STATIC-PICKLE-EXEC');
  });

  it('has its whole path in the evidence', async () => {
    const bytes = gzipSync(concat(member({ name: 'a.zip', data: zip([{ name: 'x', data: hostile }]) }), END));
    const { findings } = await analyse(bytes, 'model.tar.gz');
    expect(findings.map(({ evidence }) => evidence[0]?.member)).toEqual(['(unpacked gzip)!a.zip!x']);
  });
});

it('a harmless archive has no finding and no gap', async () => {
  const { findings, gaps } = await analyse(
    concat(member({ name: 'model/', type: '5' }), member({ name: 'model/w.pkl', data: harmless }), END),
  );
  expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
});

it('members behind the end are a finding of their own', async () => {
  const { rules } = await analyse(concat(member({ name: 'a', data: harmless }), END, member({ name: 'b' }), END));
  expect(rules).toEqual(['STATIC-ZIP-DIFFERENCE']);
});

it.each([
  ['RAR', concat('Rar!\x1a\x07\x01\0', Buffer.alloc(40))],
  ['lzip', concat('LZIP\x01', Buffer.alloc(40))],
])('%s, which is not unpacked, is a finding and a gap', async (_, bytes) => {
  const { rules, gaps } = await analyse(bytes);
  expect(rules).toEqual(['STATIC-ARCHIVE-UNREADABLE']);
  expect(gaps.join('\n')).toMatch(/not unpacked here/);
});

describe('a file with holes', () => {
  const archives = JSON.parse(readFileSync(new URL('sparse.json', import.meta.url), 'utf8')) as Record<string, string>;
  it.each(Object.entries(archives))('is read with its holes: %s', async (_, packed) => {
    const { rules, gaps, findings } = await analyse(inflateSync(Buffer.from(packed, 'base64')), 'model.tar');
    expect({ rules, gaps }).toEqual({ rules: ['STATIC-PICKLE-EXEC'], gaps: [] });
    // Behind ten megabytes of hole.
    expect(findings[0]?.evidence[0]?.offset).toBe(7 + 40 * 2 ** 18 + 1);
    expect(findings[0]?.evidence[0]?.member).toBe('model.pkl');
  });

  it('whose map is damaged, or that is made of nothing, is a gap', async () => {
    for (const size of ['9999999999999', 'x', '-1']) {
      const records = record(`GNU.sparse.map=0,100`) + record(`GNU.sparse.size=${size}`);
      const bytes = concat(
        member({ name: 'x', type: 'x', data: Buffer.from(records) }),
        member({ name: 'm.pkl', data: hostile }),
        END,
      );
      const { rules, gaps } = await analyse(bytes, 'model.tar');
      expect(gaps.join()).toMatch(/m\.pkl has holes that are damaged/);
      expect(rules).toContain('STATIC-PICKLE-EXEC');
    }
  });
});

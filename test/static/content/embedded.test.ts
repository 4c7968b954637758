import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { concat, torchZip, value } from '../../../samples/assemble.mjs';
import { programsIn } from '../../../src/static/content/embedded.js';
import { EMBEDDED_SEARCHED } from '../../../src/static/context.js';
import { analyse } from '../support.js';

const u64 = (size: number): Buffer => Buffer.from(new BigUint64Array([BigInt(size)]).buffer);
function safeTensors(data: Uint8Array): Buffer {
  const header = `{"w":{"dtype":"U8","shape":[${data.length}],"data_offsets":[0,${data.length}]}}`;
  return concat(u64(header.length), header, data);
}

// The program that runs this test has a real header.
const ELF = readFileSync(process.execPath).subarray(0, 512);
const PE = (() => {
  const bytes = Buffer.alloc(512);
  bytes.write('MZ', 0);
  bytes.writeUInt32LE(128, 60);
  bytes.write('PE\0\0', 128, 'latin1');
  bytes.writeUInt16LE(0x8664, 132);
  bytes.writeUInt16LE(0x20b, 152);
  return bytes;
})();
const MACHO = Buffer.from(new Uint32Array([0xfeedfacf, 0x0100000c, 0, 2, 16, 1024, 0x85, 0]).buffer);
const noise = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7919) % 251));

describe('a program among numbers', () => {
  it.runIf(process.platform === 'linux').each([
    ['for Linux', ELF],
    ['for Windows', PE],
    ['for macOS', MACHO],
  ])('%s is found wherever it stands', async (_, program) => {
    for (const bytes of [
      safeTensors(concat(noise, program, noise)),
      torchZip('m', value({}), [concat(noise, program)]),
    ]) {
      const { findings } = await analyse(bytes);
      expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([
        ['STATIC-CONTENT-EMBEDDED-PROGRAM', 'medium'],
      ]);
      const at = findings[0]?.evidence[0]?.offset ?? 0;
      if (findings[0]?.evidence[0]?.member === undefined)
        expect(bytes.subarray(at, at + 4)).toEqual(program.subarray(0, 4));
    }
  });

  it('is found across the pieces that are read', () => {
    const at = 1024 * 1024 - 100;
    expect(at).toBeGreaterThan(0);
    return analyse(safeTensors(concat(Buffer.alloc(at), PE, noise))).then(({ rules }) => {
      expect(rules).toEqual(['STATIC-CONTENT-EMBEDDED-PROGRAM']);
    });
  });

  it('a script is told and no more', async () => {
    const { findings } = await analyse(safeTensors(concat(noise, '#!/bin/sh\nid\n', noise)));
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([
      ['STATIC-CONTENT-EMBEDDED-SCRIPT', 'info'],
    ]);
  });
});

it('a magic number without a header that makes sense is none', () => {
  const bare = ['\x7fELF\x02\x01\x01', 'PE\0\0', '#!/', '#!/bin/', 'MZ'].map((text) => concat(noise, text, noise));
  for (const bytes of [...bare, concat(noise, Buffer.from('cffaedfe', 'hex'), noise)])
    expect(programsIn(bytes)).toEqual([]);
});

it('no more than the bound is read for it', async () => {
  let read = 0;
  const file = safeTensors(Buffer.alloc(100));
  const header = `{"w":{"dtype":"U8","shape":[${2 ** 32}],"data_offsets":[0,${2 ** 32}]}}`;
  const head = concat(u64(header.length), header);
  expect(file.length).toBeLessThan(1000);
  const { analyseStatic } = await import('../../../src/static/analyse.js');
  const source = {
    size: head.length + 2 ** 32,
    read: (offset: number, length: number) => {
      read += length;
      const bytes = Buffer.alloc(Math.min(length, head.length + 2 ** 32 - offset));
      head.copy(bytes, 0, Math.min(offset, head.length));
      return Promise.resolve(bytes);
    },
  };
  await analyseStatic(source, { format: 'safetensors' }, { weights: 'off' });
  expect(read).toBeGreaterThan(EMBEDDED_SEARCHED);
  expect(read).toBeLessThan(EMBEDDED_SEARCHED + 4 * 1024 * 1024);
});

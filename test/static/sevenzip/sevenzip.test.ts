import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { concat } from '../../../samples/assemble.mjs';
import { analyse } from '../support.js';

const archives = JSON.parse(readFileSync(new URL('archives.json', import.meta.url), 'utf8')) as Record<string, string>;
const archive = (name: string): Buffer => Buffer.from(archives[name] ?? '', 'base64');
const evil = 'STATIC-PICKLE-EXEC';

describe('a command in a 7z archive', () => {
  it.each([
    ...['Copy', 'LZMA', 'LZMA2', 'Deflate', 'BZip2', 'delta', 'plain-header', 'not-solid', 'x86'].map(
      (n) => `evil-${n}`,
    ),
    'py7zr-default',
  ])('is found however it is packed: %s', async (name) => {
    const { rules, gaps } = await analyse(archive(name), 'model.7z');
    expect(new Set(rules)).toEqual(new Set([evil]));
    // Two of the archives hold machine code as well, which is of no format.
    expect(gaps.filter((gap) => !/^code.*no format/.test(gap))).toEqual([]);
  });

  it('is told with its member', async () => {
    const { findings } = await analyse(archive('evil-not-solid'), 'model.7z');
    expect(findings.map(({ evidence }) => evidence[0]?.member)).toEqual(['7/data.pkl']);
  });

  it('is found in an archive inside the archive', async () => {
    const { findings } = await analyse(archive('nested'), 'model.7z');
    expect(findings.map(({ rule, evidence }) => [rule, evidence[0]?.member])).toEqual([
      [evil, 'deep/in.7z!a/model.pkl'],
    ]);
  });

  it('is found in bytes that no list of the archive names', async () => {
    const { rules } = await analyse(concat(archive('harmless'), "cos\nsystem\n(S'id'\ntR."), 'model.7z');
    expect(rules).toEqual([evil, 'STATIC-ZIP-DIFFERENCE'].sort());
  });
});

describe('what cannot be unpacked keeps the scan from being clean', () => {
  it.each([
    ['evil-PPMd', /packed with PPMd, which is not read/],
    ['evil-Deflate64', /Deflate64, which is not read/],
    ['evil-bcj2', /split into several streams/],
    ['evil-arm', /a filter for ARM, which is not read/],
  ])('%s', async (name, gap) => {
    expect((await analyse(archive(name), 'model.7z')).gaps.join('\n')).toMatch(gap);
  });

  it.each(['encrypted', 'encrypted-header'])('%s', async (name) => {
    const { rules, gaps } = await analyse(archive(name), 'model.7z');
    expect(rules).toEqual(['STATIC-ARCHIVE-ENCRYPTED']);
    expect(gaps.join('\n')).toContain('encrypted');
  });

  it('an archive that is cut off anywhere', async () => {
    const whole = archive('evil-LZMA2');
    for (let size = 32; size < whole.length; size += 7)
      expect((await analyse(whole.subarray(0, size), 'model.7z')).gaps, String(size)).not.toEqual([]);
  });

  it('an archive with any byte of its database broken neither throws nor passes for clean and empty', async () => {
    const whole = archive('evil-plain-header');
    for (let at = 12; at < whole.length; at += 1) {
      const broken = Buffer.from(whole);
      broken[at] = (broken[at] ?? 0) ^ 0x55;
      const { gaps, findings } = await analyse(broken, 'model.7z');
      // Times and names may be any.
      if (gaps.length === 0) expect(findings.length, String(at)).toBeGreaterThan(0);
    }
  });
});

it('a bomb is told, and no more than the bound is unpacked', async () => {
  const { rules, gaps } = await analyse(archive('bomb'), 'model.7z');
  expect(rules).toContain('STATIC-ARCHIVE-BOMB');
  expect(gaps.join('\n')).toMatch(/unpacks to more than 167772160 bytes/);
});

it('names that leave the folder, and links that do, are findings', async () => {
  expect(new Set((await analyse(archive('slip'), 'a.7z')).rules)).toEqual(new Set(['STATIC-ARCHIVE-PATH']));
  expect((await analyse(archive('link'), 'a.7z')).rules).toEqual(['STATIC-ARCHIVE-LINK']);
  expect((await analyse(archive('link-inside'), 'a.7z')).rules).toEqual([]);
});

it.each(['harmless', 'py7zr-harmless'])('a harmless archive has no finding and no gap: %s', async (name) => {
  const { findings, gaps } = await analyse(archive(name), 'models.7z');
  expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
});

it('under the name of a model it is a detour past scanners, and is read all the same', async () => {
  expect((await analyse(archive('evil-LZMA'), 'pytorch_model.bin')).rules).toEqual(['STATIC-ARCHIVE-UNREADABLE', evil]);
});

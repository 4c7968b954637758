import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyse } from '../support.js';
import saved from './pandas.json' with { type: 'json' };

const read = (packed: string) => analyse(inflateSync(Buffer.from(packed, 'base64')), 'm.h5');

describe('HDF5 that pandas, PyTables and h5py write', () => {
  it.each(Object.entries(saved.harmless))('gives nothing over info: %s', async (_, packed) => {
    const { loud, gaps } = await read(packed);
    expect([loud, gaps]).toEqual([[], []]);
  });

  it.each(Object.entries(saved.hostile))('shows a command in its pickles: %s', async (_, packed) => {
    expect((await read(packed)).rules).toContain('STATIC-PICKLE-EXEC');
  });

  it.each(Object.entries(saved.unread))(
    'is not clean when it holds pickles that are not read: %s',
    async (_, packed) => {
      expect((await read(packed)).gaps.join()).toMatch(/in a layout that is not read/);
    },
  );
});

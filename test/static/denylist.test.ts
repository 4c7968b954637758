import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../src/detect/detect.js';
import { analyseStatic } from '../../src/static/analyse.js';
import { bytesSource } from '../../src/readers/bytes.js';
import { SEARCH_LIMIT } from '../../src/static/content/denylist.js';

async function listed(name: string, content: string, denylist: readonly string[]) {
  const source = bytesSource(Buffer.from(content, 'latin1'));
  const { findings } = await analyseStatic(source, await detectFormat(source, { name }), { name, denylist });
  return findings.filter(({ rule }) => rule === 'STATIC-CONTENT-BLACKLISTED');
}

describe('a text of the user’s own list', () => {
  it('is found in what a file is called, whatever its case', async () => {
    const [finding] = await listed('Evil-7B.pkl', 'N.', ['evil-7b']);
    expect(finding).toMatchObject({ severity: 'high', engine: 'static' });
    expect(finding?.explanation).toContain('It is called Evil-7B.pkl, which holds “evil-7b”');
  });

  it('is found in a configuration, with its place', async () => {
    const content = '{"_name_or_path": "somebody/Backdoored-Model"}';
    const [finding] = await listed('config.json', content, ['backdoored']);
    expect(finding?.evidence[0]?.offset).toBe(content.indexOf('Backdoored'));
  });

  it('is found in what a pickle asks for', async () => {
    const [finding] = await listed('model.pkl', 'cacme.models\nNet\n)R.', ['acme.']);
    expect(finding?.explanation).toContain('It asks for acme.models.Net');
    expect(finding?.evidence[0]?.offset).toBe(0);
  });

  it('is not found where it does not stand, and nothing is without a list', async () => {
    expect(await listed('model.pkl', 'cacme.models\nNet\n)R.', ['other'])).toEqual([]);
    expect(await listed('config.json', '{"a": "b"}', [])).toEqual([]);
  });

  it('is found however far in a text it stands, and across the pieces in which the text is read', async () => {
    for (const before of [1024 * 1024 - 3, 9 * 1024 * 1024 + 5]) {
      const content = `{"a": "${' '.repeat(before)}Backdoored"}`;
      const [finding] = await listed('config.json', content, ['backdoored']);
      expect(finding?.evidence[0]?.offset).toBe(content.indexOf('Backdoored'));
    }
  });

  it('is found in letters beyond ASCII', async () => {
    const content = Buffer.from('{"a": "das Böse"}').toString('latin1');
    expect(await listed('config.json', content, ['böse'])).toHaveLength(1);
  });

  it('that is longer than is searched is a gap', async () => {
    const head = Buffer.from('{"a": "');
    const source = {
      size: SEARCH_LIMIT + 1,
      read: (offset: number, length: number) =>
        Promise.resolve(
          offset === 0
            ? Buffer.concat([head, Buffer.alloc(Math.max(0, length - 7), 0x61)])
            : Buffer.alloc(length, 0x61),
        ),
    };
    const { gaps } = await analyseStatic(source, { format: 'json' }, { name: 'config.json', denylist: ['evil'] });
    expect(gaps.join()).toContain(`only the first ${SEARCH_LIMIT} bytes were searched`);
  });
});

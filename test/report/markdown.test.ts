import { describe, expect, it } from 'vitest';
import { formatMarkdown } from '../../src/report/markdown.js';
import { finding, HOSTILE, malicious, ONE_CRITICAL, RAW_CONTROL, scan } from './samples.js';

describe('the Markdown report', () => {
  it('is short and says what, why and how it shows', () => {
    expect(formatMarkdown(malicious()).split('\n').slice(0, 5)).toEqual([
      '## Malicious: ` models/iris.pkl `',
      '',
      '**Starts a shell when it is loaded.**',
      '',
      ONE_CRITICAL,
    ]);
    expect(formatMarkdown(malicious())).toContain(
      '- **critical** Starts a shell (DYN-EXEC-SHELL): PID 28 runs /bin/sh -c id.\n  ` execve("/bin/sh", ["sh", "-c", "id"]) = 0 `',
    );
    expect(formatMarkdown(scan())).toContain('### Findings (0)\n\nThere are none.');
  });

  it('lists forty findings, the worst first, and says how many more there are', () => {
    const low = Array.from({ length: 60 }, (_, at) => finding({ rule: `R-${at}`, severity: 'low' }));
    const text = formatMarkdown(malicious({ findings: [...low, finding()] }));
    expect(text.match(/^- \*\*/gm)).toHaveLength(40);
    expect(text.indexOf('critical')).toBeLessThan(text.indexOf('**low**'));
    expect(text).toContain('And 21 more findings.');
  });

  it.each([
    ['a link', '[x](command:dynscan.showLog)', String.raw`\[x\](command\:dynscan.showLog)`],
    ['a picture', '![x](y)', String.raw`!\[x\](y)`],
    ['HTML', '<img src=x onerror=alert(1)>', String.raw`\<img src=x onerror=alert(1)\>`],
    ['an address', 'http://192.0.2.1/ www.example.com', String.raw`http\://192.0.2.1/ www\.example.com`],
    ['emphasis and code', '**a** `b` _c_ ~~d~~', String.raw`\*\*a\*\* \`b\` \_c\_ \~\~d\~\~`],
    ['a mention', '@everyone', '@<!-- -->everyone'],
    ['an entity', '&lt;', String.raw`\&lt;`],
    ['a table, a formula and a heading', '|a| $x$ # b', String.raw`\|a\| \$x\$ \# b`],
    ['a list', '1. a', String.raw`1\. a`],
  ])('takes %s for text', (_, value, shown) => {
    expect(formatMarkdown(malicious({ reasons: [value] }))).toContain(`\n${shown}\n`);
  });

  it('keeps evidence in its code span, whatever fences it brings', () => {
    const evidence = [{ text: '` ``` <b>' }];
    expect(formatMarkdown(malicious({ findings: [finding({ evidence })] }))).toContain('  ```` ` ``` <b> ````\n');
  });

  it('holds no raw control characters, and no line of a model', () => {
    const text = formatMarkdown(
      malicious({
        model: { path: HOSTILE, format: HOSTILE, size: 1 },
        findings: [finding({ title: HOSTILE, explanation: HOSTILE })],
      }),
    );
    expect(text.replaceAll('\n', '')).not.toMatch(RAW_CONTROL);
    expect(text).not.toMatch(/^z/m);
  });
});

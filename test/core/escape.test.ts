import { describe, expect, it } from 'vitest';
import { escapeAndCut, escapeJson, escapeText } from '../../src/core/escape.js';

/** Every character of Unicode, but for surrogates. */
function* allCharacters(): Generator<string> {
  for (let code = 0; code <= 0x10ffff; code++) if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code);
}

describe('escaped text', () => {
  it('has no character that is not drawn, that changes direction or that ends a line', () => {
    const unsafe =
      /\p{Cc}|\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|[\u2028\u2029]|\p{Noncharacter_Code_Point}/u;
    const wrong: string[] = [];
    let escaped = 0;
    for (const char of allCharacters()) {
      const isEscaped = escapeText(char) !== char;
      if (unsafe.test(char) && !isEscaped) wrong.push(char.codePointAt(0)?.toString(16) ?? '');
      if (isEscaped) escaped += 1;
    }
    expect(wrong).toEqual([]);
    // Those of planes that nobody has filled are most of it: letters and signs stay.
    expect(escaped).toBeLessThan(4_500);
  });

  it('tells which character was there', () => {
    expect(escapeText('a\u034fb\u{e0100}c\u00add\ud800')).toBe('a\\u{34f}b\\u{e0100}c\\xadd\\u{d800}');
  });

  it('is cut between characters', () => {
    expect(escapeAndCut('ab\u{1f600}cd', 3)).toBe('ab…');
    expect(escapeAndCut('ab\u{1f600}cd', 4)).toBe('ab\u{1f600}…');
  });

  it('says the same in JSON', () => {
    const value = { name: 'a\u034f\u{e0041}\u202e\u00ad\u0085' };
    const json = escapeJson(JSON.stringify(value));
    expect(json).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(json)).toEqual(value);
  });
});

import { describe, expect, it } from 'vitest';
import { answeredAddresses, queriedNames } from '../../src/behavior/dns.js';

const HEADER = '\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00';
const QUESTION = '\x07example\x03com\x00\x00\x01\x00\x01';

describe('names in DNS messages', () => {
  it('are read from a query', () => {
    expect(queriedNames(HEADER + QUESTION)).toEqual(['example.com']);
  });

  it.each([
    ['a response', HEADER.replace('\x01\x00', '\x81\x80') + QUESTION],
    ['a message that is cut', (HEADER + QUESTION).slice(0, 20)],
    ['text', 'GET / HTTP/1.1\r\nHost: example.com\r\n\r\n'],
    ['nothing', ''],
    ['a label beyond the end', `${HEADER}\x3fabc\x00\x00\x01\x00\x01`],
  ])('are not in %s', (_, message) => {
    expect(queriedNames(message)).toEqual([]);
  });

  it('belong to the addresses of the answer', () => {
    const response = '\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00';
    const ipv4 = '\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xcb\x00\x71\x07';
    const ipv6 = '\xc0\x0c\x00\x1c\x00\x01\x00\x00\x00\x3c\x00\x10\x20\x01\x0d\xb8' + '\x00'.repeat(11) + '\x07';
    expect([...answeredAddresses(response + QUESTION + ipv4 + ipv6)]).toEqual([
      ['203.0.113.7', 'example.com'],
      ['2001:db8::7', 'example.com'],
    ]);
  });
});

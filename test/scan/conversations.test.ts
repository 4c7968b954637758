import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SinkholeConversation } from '../../src/docker/sinkhole.js';
import type { Conversation } from '../../src/core/schema.js';
import { joinConversations } from '../../src/scan/conversations.js';

function traced(fields: Partial<Conversation>): Conversation {
  return {
    protocol: 'TCP',
    address: '203.0.113.7',
    port: 443,
    pid: 12,
    sent: 'from the trace',
    received: '',
    bytesSent: 14,
    bytesReceived: 0,
    result: 'It worked.',
    ...fields,
  };
}

function talk(fields: Partial<SinkholeConversation>): SinkholeConversation {
  return {
    t: 'talk',
    protocol: 'tcp',
    address: '203.0.113.7',
    port: 443,
    time: 0,
    sent: Buffer.from('inside').toString('base64'),
    received: '',
    bytesSent: 6,
    bytesReceived: 0,
    ...fields,
  };
}

describe('joining what the trace and the network saw', () => {
  it('one conversation seen by both is told once: the process from the trace, the words from the network', async () => {
    const request = { line: 'GET / HTTP/1.1', headers: ['Host: a.example.com'] };
    expect(await joinConversations([traced({})], [talk({ tls: true, name: 'a.example.com', request })])).toEqual([
      {
        protocol: 'HTTPS',
        content: { sent: [], received: [] },
        address: '203.0.113.7',
        port: 443,
        name: 'a.example.com',
        pid: 12,
        request,
        sent: 'inside',
        received: '',
        bytesSent: 6,
        bytesReceived: 0,
        result: 'The sandbox answered in place of the network.',
      },
    ]);
  });

  it('several connections of one process stay apart, in their order', async () => {
    const joined = await joinConversations([traced({})], [talk({ bytesSent: 1 }), talk({ bytesSent: 2 })]);
    expect(joined.map(({ pid, bytesSent }) => [pid, bytesSent])).toEqual([
      [12, 1],
      [12, 2],
    ]);
  });

  it('a question goes to the process whose bytes ask it', async () => {
    const resolver = { protocol: 'UDP', address: '127.0.0.1', port: 53 };
    const joined = await joinConversations(
      [
        traced({ ...resolver, pid: 12, sent: '\\x01a\\x07example\\x03com' }),
        traced({ ...resolver, pid: 13, sent: '\\x01b\\x07example\\x03org' }),
      ],
      [
        talk({
          ...resolver,
          protocol: 'udp',
          name: 'b.example.org',
          request: { line: 'A b.example.org', headers: [] },
        }),
      ],
    );
    expect(joined.map(({ protocol, pid, name }) => [protocol, pid, name])).toEqual([
      ['UDP', 12, undefined],
      ['DNS', 13, 'b.example.org'],
    ]);
  });

  it('an address that IPv6 carries for IPv4 is the same one', async () => {
    const joined = await joinConversations([traced({ address: '::ffff:203.0.113.7' })], [talk({})]);
    expect(joined.map(({ pid, address }) => [pid, address])).toEqual([[12, '203.0.113.7']]);
  });

  it('what only one side saw is kept, but for datagram sockets that said nothing', async () => {
    const unix = traced({ protocol: 'unix', address: '/run/x.sock' });
    const probe = traced({ protocol: 'UDP', sent: '', bytesSent: 0 });
    const [first, second, ...none] = await joinConversations([unix, probe], [talk({ port: 4444 })]);
    expect(first).toEqual(unix);
    expect(second).toMatchObject({ protocol: 'TCP', port: 4444 });
    expect(second).not.toHaveProperty('pid');
    expect(none).toEqual([]);
  });

  it('control characters and headers are escaped', async () => {
    const sent = Buffer.from('\u001b[2J').toString('base64');
    const [joined] = await joinConversations(
      [],
      [talk({ sent, request: { line: 'GET /\u202e', headers: ['X: \u0007'] } })],
    );
    expect(joined).toMatchObject({ sent: '\\x1b[2J', request: { line: 'GET /\\u{202e}', headers: ['X: \\x07'] } });
  });

  it('shows what was said without headers, unpacked and decoded, and bytes as bytes', async () => {
    const request = { line: 'POST /x HTTP/1.1', headers: ['Host: a.example.com'] };
    const said = async (body: Buffer): Promise<string[] | undefined> => {
      const head = Buffer.from('POST /x HTTP/1.1\r\nHost: a.example.com\r\n\r\n');
      const sent = Buffer.concat([head, body]).toString('base64');
      const [joined] = await joinConversations([], [talk({ request, sent })]);
      return joined?.content?.sent;
    };
    expect(await said(Buffer.from('one\ntwo\n'))).toEqual(['one', 'two']);
    expect(await said(Buffer.from('key=a%20b&n=%2Fetc'))).toEqual(['(decoded)', 'key=a b', 'n=/etc']);
    const secret = 'the words of a secret that is long enough\nand another line';
    expect(await said(Buffer.from(Buffer.from(secret).toString('base64')))).toEqual([
      '(decoded)',
      ...secret.split('\n'),
    ]);
    expect(await said(gzipSync(secret))).toEqual(['(decoded)', ...secret.split('\n')]);
    expect(await said(Buffer.from([0, 1, 2, 0xff]))).toEqual([expect.stringMatching(/^0000 {2}00 01 02 ff\s+\.{4}$/)]);
    const hostile = `words that a person can read, and \u202e\u001b[31m between them`;
    expect(await said(Buffer.from(hostile))).toEqual([
      hostile.replace('\u202e', '\\u{202e}').replace('\u001b', '\\x1b'),
    ]);
  });

  it('tells the addresses that a look-up was given', async () => {
    const answer =
      '\u0001\u0002\u0085\u0080\u0000\u0001\u0000\u0001\u0000\u0000\u0000\u0000\u0001a\u0002io\u0000\u0000\u0001\u0000\u0001\u00c0\u000c\u0000\u0001\u0000\u0001\u0000\u0000\u0000<\u0000\u0004\u00c6\u0033d\u000a';
    const received = Buffer.from(answer, 'latin1').toString('base64');
    const request = { line: 'A a.io', headers: [] };
    const [joined] = await joinConversations([], [talk({ protocol: 'udp', port: 53, request, received })]);
    expect(joined?.answers).toEqual(['198.51.100.10']);
    expect(joined?.content).toBeUndefined();
  });
});

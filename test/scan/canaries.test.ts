import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CanaryWatch } from '../../src/behavior/theft.js';
import { makeCanaries } from '../../src/scan/canaries.js';

const HOME = '/home/model';
const { files, environment, known } = makeCanaries(HOME);
const content = (path: string, of = files): string =>
  Buffer.from(
    of.find((file) => file.path === (path.startsWith('/') ? path : `${HOME}/${path}`))?.content ?? '',
  ).toString('latin1');

describe('canaries', () => {
  it('are the files that thieves look for', () => {
    for (const path of [
      ...['.ssh/id_rsa', '.ssh/id_ed25519', '.ssh/known_hosts', '.aws/credentials', '.aws/config', '.netrc', '.npmrc'],
      ...['.config/gcloud/application_default_credentials.json', '.azure/msal_token_cache.json', '.pypirc'],
      ...['.cache/huggingface/token', '.config/gh/hosts.yml', '.git-credentials', '.docker/config.json'],
      ...['.kube/config', '.bash_history', '.bitcoin/wallet.dat', 'Documents/thesis.docx'],
      ...['/etc/ssl/private/server.key', '/srv/shop/settings.json', '/var/log/app.log', 'notebooks/analysis.ipynb'],
    ])
      expect(content(path), path).not.toBe('');
    expect(Object.keys(environment)).toEqual(
      expect.arrayContaining(['AWS_SECRET_ACCESS_KEY', 'HF_TOKEN', 'GITHUB_TOKEN']),
    );
  });

  it('have the formats of real ones', () => {
    expect(content('.aws/credentials')).toMatch(
      /aws_access_key_id = AKIA[A-Z2-7]{16}\naws_secret_access_key = \w{40}\n/,
    );
    expect(content('.cache/huggingface/token')).toMatch(/^hf_\w{34}$/);
    expect(content('.ssh/id_rsa').split('\n')[0]).toBe('-----BEGIN RSA PRIVATE KEY-----');
    // A size in a DER header that does not fit would be the first thing to give it away.
    const der = Buffer.from(content('.ssh/id_rsa').split('\n').slice(1, -2).join(''), 'base64');
    expect(der.readUInt16BE(2) + 4).toBe(der.length);
    for (const path of ['.docker/config.json', '.azure/msal_token_cache.json']) JSON.parse(content(path));
  });

  it('hold an OpenSSH key of which both halves fit', () => {
    const block = Buffer.from(content('.ssh/id_ed25519').split('\n').slice(1, -2).join(''), 'base64');
    const line = Buffer.from(content('.ssh/id_ed25519.pub').split(' ')[1] ?? '', 'base64');
    const publicKey = line.subarray(-32);
    const secret = block.subarray(block.lastIndexOf(publicKey) - 32, block.lastIndexOf(publicKey));
    const key = createPrivateKey({
      key: { kty: 'OKP', crv: 'Ed25519', d: secret.toString('base64url'), x: publicKey.toString('base64url') },
      format: 'jwk',
    });
    expect(key.asymmetricKeyType).toBe('ed25519');
    expect(block.subarray(0, 15).toString()).toBe('openssh-key-v1\0');
  });

  it('are others in the next scan, and neither is taken for the other', () => {
    const next = makeCanaries(HOME);
    const watch = new CanaryWatch(known);
    for (const file of next.files)
      expect(watch.theftIn(Buffer.from(file.content).toString('latin1')), file.path).toEqual([]);
    for (const value of Object.values(next.environment)) expect(watch.theftIn(value)).toEqual([]);
  });

  it('are recognised whole, as they are and in Base64', () => {
    const watch = new CanaryWatch(known);
    for (const canary of known) {
      if (canary.path === undefined || canary.values.length === 0) continue;
      const text = content(canary.path.replace(`${HOME}/`, ''));
      const names = (list: readonly { canary: { path?: string } }[]) => list.map((theft) => theft.canary.path);
      expect(names(watch.theftIn(text)), canary.path).toEqual([canary.path]);
      expect(names(watch.theftIn(Buffer.from(text, 'latin1').toString('base64'))), canary.path).toEqual([canary.path]);
    }
    for (const [name, value] of Object.entries(environment))
      expect(watch.theftIn(`x=${value}`), name).toHaveLength(name === 'BROWSER' ? 0 : 1);
  });
});

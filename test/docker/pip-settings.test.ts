import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPipSettings } from '../../src/docker/pip-settings.js';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dynscan-pip-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Only what the test writes: no file of this machine. */
function read(environment: Record<string, string> = {}) {
  return readPipSettings({
    environment: { PIP_CONFIG_FILE: join(home, 'pip.conf'), ...environment },
    platform: 'linux',
    home,
    root: home,
  });
}

describe("the user's settings of pip", () => {
  it('are none on a machine that has none', () => {
    const settings = readPipSettings({
      environment: {},
      platform: 'linux',
      home,
      root: home,
    });
    expect(settings).toEqual({ environment: {}, mounts: [] });
  });

  it('come from a file, over several lines, and from the environment, which wins', () => {
    writeFileSync(
      join(home, 'pip.conf'),
      '[global]\nindex-url = https://one.example/simple\nextra-index-url =\n    https://two.example/simple\n    https://three.example/simple\n# a remark\ntimeout: 9\n[freeze]\ntimeout = 1\n[install]\nno_index = true\n',
    );
    expect(read({ PIP_DEFAULT_TIMEOUT: '180' }).environment).toMatchObject({
      PIP_INDEX_URL: 'https://one.example/simple',
      PIP_EXTRA_INDEX_URL: 'https://two.example/simple https://three.example/simple',
      PIP_TIMEOUT: '180',
      PIP_NO_INDEX: 'true',
    });
  });

  it('that would make another package of it, or have nothing to do with installing, stay behind', () => {
    expect(read({ PIP_TARGET: '/x', PIP_PRE: '1', PIP_USER: '1', PIP_LOG: '/x' }).environment).toEqual({});
  });

  it('that name folders of this machine, mount them: an index with what its links lead to, wheels as they are', () => {
    mkdirSync(join(home, 'mirror/simple'), { recursive: true });
    mkdirSync(join(home, 'wheels'));
    const { environment, mounts } = read({
      PIP_EXTRA_INDEX_URL: `file://${home}/mirror/simple https://two.example/simple`,
      PIP_FIND_LINKS: join(home, 'wheels'),
    });
    const folderOf = (name: string) => mounts.find(({ hostPath }) => hostPath === join(home, name))?.path;
    expect(environment['PIP_EXTRA_INDEX_URL']).toBe(`file://${folderOf('mirror')}/simple https://two.example/simple`);
    expect(environment['PIP_FIND_LINKS']).toBe(folderOf('wheels'));
    expect(JSON.stringify(environment)).not.toContain(home);
  });

  it('pass on the proxy and the certificate, also one that only the HTTP library is told of', () => {
    const certificate = join(home, 'ca.pem');
    writeFileSync(certificate, '');
    const { environment, mounts } = read({ HTTPS_PROXY: 'http://192.0.2.1:3128', REQUESTS_CA_BUNDLE: certificate });
    const mount = mounts.find(({ hostPath }) => hostPath === certificate);
    expect(mount).toBeDefined();
    expect(environment).toMatchObject({ https_proxy: 'http://192.0.2.1:3128', PIP_CERT: mount?.path });
  });

  it('leave out folders that are not there', () => {
    expect(read({ PIP_FIND_LINKS: join(home, 'gone') }).environment).not.toHaveProperty('PIP_FIND_LINKS');
  });
});

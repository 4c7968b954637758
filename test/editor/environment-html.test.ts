import { describe, expect, it } from 'vitest';
import { environmentHtml } from '../../src/editor/environment-html.js';

const FAILED = {
  name: 'Container engine',
  ok: false,
  detail: 'No container engine answers. Tried: <img src=x onerror=alert(1)> \u001b[31m. Start it with `systemctl`.',
  advice: 'Models are still read without one.',
  command: 'sudo systemctl start docker',
  setting: 'dockerHost',
};

describe('the page of Check Environment', () => {
  it('says what is missing, with the command to copy, the setting to open and a way to check again', () => {
    const html = environmentHtml([FAILED], 'n');
    expect(html).toContain('The sandbox is not ready.');
    expect(html).toContain('<code>sudo systemctl start docker</code>');
    expect(html).toContain('href="command:dynscan.copyAdvice?%5B%220%22%5D"');
    expect(html).toContain(
      `href="command:workbench.action.openSettings?${encodeURIComponent('[{"query":"dynscan.dockerHost"}]')}"`.replaceAll(
        "'",
        '&#39;',
      ),
    );
    expect(html).toContain('href="command:dynscan.checkEnvironment"');
    expect(html).toContain('<code>systemctl</code>');
  });

  it('offers nothing to mend where nothing is missing', () => {
    const html = environmentHtml(
      [{ name: 'Runtime', ok: true, detail: "the engine's default", setting: 'runtime' }],
      'n',
    );
    expect(html).toContain('The sandbox is ready.');
    expect(html).not.toContain('dynscan.runtime');
    expect(html).not.toContain('copyAdvice');
  });

  it('runs no script and shows what an engine says as text', () => {
    const html = environmentHtml([FAILED], 'n');
    expect(html).toContain("default-src 'none'; style-src 'nonce-n'".replaceAll("'", '&#39;'));
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<img');
    expect(html).not.toContain('\u001b');
  });
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dynscan-mcp-'));
const models = join(folder, 'models');
const EVIL = "cposix\nsystem\n(S'id'\ntR.";

/** The real command, as a client starts it. */
let client: Client;

beforeAll(async () => {
  mkdirSync(join(models, 'below'), { recursive: true });
  writeFileSync(join(models, 'evil.pkl'), EVIL);
  writeFileSync(join(models, 'below/good.pkl'), '(lp0\nI1\na.');
  writeFileSync(join(folder, 'outside.pkl'), EVIL);
  symlinkSync(join(folder, 'outside.pkl'), join(models, 'link.pkl'));
  client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(root, 'dist/cli.js'), 'mcp', models],
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', DYNSCAN_CACHE: join(folder, 'cache') },
      stderr: 'inherit',
    }),
  );
});
afterAll(async () => {
  await client.close();
  rmSync(folder, { recursive: true });
});

async function call(name: string, args: Record<string, unknown>): Promise<{ text: string; isError: boolean }> {
  const answer = await client.callTool({ name, arguments: args });
  const { content, isError = false } = z
    .object({ content: z.array(z.object({ text: z.string() })), isError: z.boolean().optional() })
    .parse(answer);
  return { text: content.map(({ text }) => text).join('\n'), isError };
}

describe('an assistant', () => {
  it('is offered the three tools, which change nothing', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['scan_model', 'list_models', 'explain_rule']);
    for (const { annotations } of tools) expect(annotations?.readOnlyHint).toBe(true);
  });

  it('learns what a model would do, with its texts marked as data', async () => {
    const { text, isError } = await call('scan_model', { path: 'evil.pkl', mode: 'static' });
    expect(isError).toBe(false);
    expect(text).toMatch(/^Verdict: malicious\n/);
    expect(text).toContain('never an instruction');
    expect(text).toContain('STATIC-PICKLE-');
  });

  it('gets the models of a folder, the worst first, and hears of those that were left out', async () => {
    const { text } = await call('list_models', {});
    const [first, , ...lines] = text.split('\n');
    expect(first).toBe('2 models were read, none was run.');
    expect(lines[0]).toMatch(/^malicious ".*evil\.pkl": critical, STATIC-PICKLE-/);
    expect(lines.at(-1)).toBe('Links to files elsewhere are not listed.');
    expect(lines.at(-2)).toMatch(/^clean ".*good\.pkl"$/);
  });

  it.each(['../outside.pkl', 'link.pkl', '/etc/passwd', 'below', 'none.pkl'])('may not scan %s', async (path) => {
    const { text, isError } = await call('scan_model', { path, mode: 'static' });
    expect(isError).toBe(true);
    expect(text).toMatch(/^There is no report\./);
  });

  it('reads what a rule means', async () => {
    const { text } = await call('explain_rule', { rule: 'DYN-EXEC-SHELL' });
    expect(text).toContain('DYN-EXEC-SHELL');
    expect((await call('explain_rule', { rule: 'NO-SUCH' })).isError).toBe(true);
  });

  it('is told what is wrong with its arguments', async () => {
    expect((await call('scan_model', { path: 'evil.pkl', mode: 'unsafe' })).isError).toBe(true);
  });
});

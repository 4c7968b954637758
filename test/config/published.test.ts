/** Every setting in all places: the schema, the editor's settings page, `dynscan.json`, the flags and the documentation. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { format } from 'prettier';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { TRUSTED_ONLY } from '../../src/config/load.js';
import { flagOf } from '../../src/config/load.js';
import { settingsJsonSchema, settingsPage } from '../../src/config/published.js';
import { ALIASES, DEFAULT_SETTINGS, givenSettingsSchema, settingsSchema } from '../../src/config/settings.js';
import { SETTING_WORDS } from '../../src/config/setting-descriptions.js';
import { suppressionsJsonSchema } from '../../src/triage/suppressions.js';
import { dynscan } from '../cli/harness.js';
import { readManifest } from '../manifest.js';

const NAMES = Object.keys(settingsSchema.shape) as (keyof typeof settingsSchema.shape)[];
const property = z.looseObject({
  default: z.unknown(),
  markdownDescription: z.string(),
  scope: z.string().optional(),
  order: z.number(),
  markdownDeprecationMessage: z.string().optional(),
});
const manifest = z
  .object({
    capabilities: z.object({ untrustedWorkspaces: z.object({ restrictedConfigurations: z.array(z.string()) }) }),
    contributes: z.object({
      configuration: z.array(z.object({ properties: z.record(z.string(), property) })),
      jsonValidation: z.array(z.object({ fileMatch: z.string(), url: z.string() })),
    }),
  })
  .parse(readManifest());
const inEditor = Object.fromEntries(
  manifest.contributes.configuration.flatMap(({ properties }) => Object.entries(properties)),
);

async function generated(value: unknown, file: string): Promise<string> {
  return format(typeof value === 'string' ? value : JSON.stringify(value), { filepath: file, printWidth: 120 });
}

describe('what is published about the settings', () => {
  it.each([
    ['media/dynscan.schema.json', settingsJsonSchema()],
    ['media/suppressions.schema.json', suppressionsJsonSchema()],
    ['docs/settings.md', settingsPage()],
  ])('%s is current (else run `node scripts/schema.mjs`)', async (file, value) => {
    expect(readFileSync(file, 'utf8')).toBe(await generated(value, file));
  });

  it('comes with the extension, for the files it is about', () => {
    expect(manifest.contributes.jsonValidation).toEqual([
      { fileMatch: 'dynscan.json', url: './media/dynscan.schema.json' },
      { fileMatch: '.dynscan/suppressions.json', url: './media/suppressions.schema.json' },
    ]);
  });

  it('accepts what the program accepts, and refuses what it refuses', () => {
    const validate = new Ajv2020().compile(JSON.parse(readFileSync('media/dynscan.schema.json', 'utf8')) as object);
    for (const good of [{}, DEFAULT_SETTINGS, { timeout: 5, denylist: ['x'] }, { blacklist: ['x'] }])
      expect(validate(good)).toBe(true);
    for (const bad of [
      { timeout: 0 },
      { timout: 5 },
      { severity: 'awful' },
      { memory: 0.5 },
      { denylist: [''] },
      { blacklist: [''] },
      [],
    ]) {
      expect([bad, validate(bad), givenSettingsSchema.safeParse(bad).success]).toEqual([bad, false, false]);
    }
  });
});

describe.each(Object.entries(ALIASES))('the alias %s', (alias, name) => {
  it('is in the editor and in dynscan.json, marked as deprecated, with the bounds of its setting', () => {
    const inSettings = property.parse(inEditor[`dynscan.${alias}`]);
    const { markdownDescription, markdownDeprecationMessage, order } = inSettings;
    expect(inSettings).toEqual({
      ...inEditor[`dynscan.${name}`],
      markdownDescription,
      markdownDeprecationMessage,
      order,
    });
    expect(markdownDescription).toContain(`dynscan.${name}`);
    expect(markdownDeprecationMessage).toContain(`dynscan.${name}`);
    const { properties = {} } = settingsJsonSchema();
    const words = expect.stringContaining(name) as string;
    expect(properties[alias]).toEqual({ ...(properties[name] as object), description: words, deprecated: true });
  });

  it('is a flag and on the page of the settings', async () => {
    expect((await dynscan(['scan', '--help'], { cwd: '.' })).stdout).toContain(`${flagOf(alias)}, ${flagOf(name)} `);
    expect(settingsPage()).toContain(`\`${alias}\` is accepted as another name of \`${name}\``);
  });
});

describe.each(NAMES)('the setting %s', (name) => {
  const inFile = settingsJsonSchema().properties?.[name];
  const here = inEditor[`dynscan.${name}`];
  let help: string;
  beforeAll(async () => {
    help = (await dynscan(['scan', '--help'], { cwd: '.' })).stdout;
  });

  it('has the same default, bounds and choices in the editor and in dynscan.json', () => {
    for (const key of ['type', 'minimum', 'enum', 'default'] as const) {
      const value = typeof inFile === 'object' ? inFile[key] : undefined;
      // In the file a measure may be a text with a unit, too.
      expect([key, here?.[key]]).toEqual([key, key === 'type' && Array.isArray(value) ? value[0] : value]);
    }
    const most = typeof inFile === 'object' ? inFile.maximum : undefined;
    expect(here?.['maximum']).toBe(most === Number.MAX_SAFE_INTEGER ? undefined : most);
  });

  it('is described in the same words everywhere', () => {
    expect(here?.markdownDescription.startsWith(SETTING_WORDS[name])).toBe(true);
    expect(inFile).toMatchObject({ description: expect.stringContaining(SETTING_WORDS[name]) as string });
  });

  // A test case is written to the path that is given.
  it.skipIf(name === 'testCaseFolder')('has a flag', () => {
    expect(help).toMatch(new RegExp(String.raw`(?:^|[\s,])${flagOf(name)}[\s,]`, 'm'));
  });

  it('is out of reach for a workspace when it reaches a process, an image or a mount', () => {
    const trusted = TRUSTED_ONLY.includes(name);
    const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
    expect(here?.scope).toBe(trusted ? 'machine' : undefined);
    expect(restricted).toContain(`dynscan.${name}`);
    expect(here?.markdownDescription.endsWith('Only user settings can set it.')).toBe(trusted);
  });
});

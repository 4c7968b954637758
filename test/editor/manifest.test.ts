import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DEFAULT_SETTINGS, settingsSchema } from '../../src/config/settings.js';
import { FROM_PAGE, isFromPage } from '../../src/editor/messages.js';
import { MENU_PATTERN, MODEL_EXTENSIONS, MODEL_NAME } from '../../src/model/extensions.js';

const root = join(import.meta.dirname, '../..');
const menuItem = z.object({ command: z.string(), when: z.string() });
const manifest = z
  .object({
    activationEvents: z.array(z.string()),
    capabilities: z.object({
      untrustedWorkspaces: z.object({ supported: z.string(), restrictedConfigurations: z.array(z.string()) }),
    }),
    contributes: z.object({
      commands: z.array(z.object({ command: z.string(), title: z.string(), category: z.string() })),
      menus: z.record(z.string(), z.array(menuItem)),
      configuration: z.object({
        properties: z.record(
          z.string(),
          z.object({
            default: z.unknown(),
            description: z.string(),
            scope: z.string().optional(),
            minimum: z.number().optional(),
            maximum: z.number().optional(),
            enum: z.array(z.string()).optional(),
          }),
        ),
      }),
    }),
  })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
const { commands, menus, configuration } = manifest.contributes;
const sources = readFileSync(join(root, 'src/editor/commands.ts'), 'utf8');

describe('the manifest', () => {
  it.each(commands)('gives $command a title, the category, a rule for the palette and a handler', (command) => {
    expect(command.title).toMatch(/^[A-Z][A-Za-z ()]+$/);
    expect(command.category).toBe('DynScan');
    expect(menus['commandPalette']?.map((item) => item.command)).toContain(command.command);
    expect(sources).toContain(`'${command.command}'`);
  });

  it('puts only its own commands into menus, each under a condition', () => {
    const known = commands.map(({ command }) => command);
    for (const item of Object.values(menus).flat()) {
      expect(known).toContain(item.command);
      expect(item.when).not.toBe('');
    }
  });

  it('offers to run a model from a menu only in a trusted workspace', () => {
    const elsewhere = Object.entries(menus).filter(([menu]) => menu !== 'commandPalette');
    const offers = elsewhere.flatMap(([, items]) => items).filter(({ command }) => command === 'dynscan.scanModel');
    expect(offers.length).toBeGreaterThan(3);
    for (const { when } of offers) for (const part of when.split('||')) expect(part).toContain('isWorkspaceTrusted');
  });

  it('offers scans for the file names that are taken for models', () => {
    const patterns = Object.values(menus)
      .flat()
      .flatMap(({ when }) => [...when.matchAll(/resourceFilename =~ \/(.*?)\/i/g)].map((match) => match[1]));
    expect(patterns.length).toBeGreaterThan(4);
    expect(new Set(patterns)).toEqual(new Set([MENU_PATTERN]));
    for (const extension of MODEL_EXTENSIONS) {
      expect(`a.${extension}`).toMatch(new RegExp(MENU_PATTERN, 'i'));
      expect(`a.${extension}`).toMatch(MODEL_NAME);
    }
    expect('pytorch_model.bin').toMatch(MODEL_NAME);
    expect('firmware.bin').not.toMatch(MODEL_NAME);
    expect('notes.txt').not.toMatch(new RegExp(MENU_PATTERN, 'i'));
  });

  it('has every setting of the schema, with the same default', () => {
    const defaults = Object.entries(configuration.properties).map(([name, { default: value }]) => [name, value]);
    const wanted = Object.entries(DEFAULT_SETTINGS).map(([name, value]) => [`dynscan.${name}`, value]);
    expect(Object.fromEntries(defaults)).toEqual(Object.fromEntries(wanted));
  });

  it.each(Object.entries(configuration.properties))('bounds %s as the schema does', (name, property) => {
    const key = name.replace('dynscan.', '');
    const schema = z.toJSONSchema(settingsSchema).properties?.[key];
    expect(schema).toMatchObject({
      ...(property.minimum === undefined ? {} : { minimum: property.minimum }),
      ...(property.maximum === undefined ? {} : { maximum: property.maximum }),
      ...(property.enum === undefined ? {} : { enum: property.enum }),
    });
  });

  it('lets no workspace choose what runs', () => {
    const reachAProcess = ['dynscan.baseImage', 'dynscan.dockerHost', 'dynscan.requirements', 'dynscan.runtime'];
    const machine = Object.entries(configuration.properties).filter(([, { scope }]) => scope === 'machine');
    expect(machine.map(([name]) => name).sort()).toEqual(reachAProcess);
    expect(manifest.capabilities.untrustedWorkspaces).toMatchObject({
      supported: 'limited',
      restrictedConfigurations: expect.arrayContaining(reachAProcess) as unknown,
    });
  });

  it('does not start with every window', () => {
    expect(manifest.activationEvents).toEqual(['onWebviewPanel:dynscan.report']);
  });
});

describe('a message from the report page', () => {
  it('is one of the few there are, and anything else is not listened to', () => {
    expect(FROM_PAGE.every((type) => isFromPage({ type }))).toBe(true);
    for (const other of [undefined, null, 'scan', {}, { type: 'constructor' }, { type: ['scan'] }]) {
      expect(isFromPage(other)).toBe(false);
    }
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { TRUSTED_ONLY } from '../../src/config/load.js';
import { ALIASES, DEFAULT_SETTINGS, settingsSchema } from '../../src/config/settings.js';
import { EDITOR_SETTINGS, OWN_ONLY } from '../../src/editor/editor-settings.js';
import { FROM_PAGE, parseFromPage } from '../../src/view/messages.js';
import { toolRequestSchema } from '../../src/scan/tool-request.js';
import { MENU_PATTERN, MODEL_EXTENSIONS, MODEL_GLOB, MODEL_NAME } from '../../src/core/extensions.js';
import { readManifest } from '../manifest.js';

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
      customEditors: z.array(
        z.object({ priority: z.string(), selector: z.array(z.object({ filenamePattern: z.string() })) }),
      ),
      walkthroughs: z.array(
        z.object({
          steps: z.array(
            z.object({
              id: z.string(),
              description: z.string(),
              media: z.object({ markdown: z.string() }),
              completionEvents: z.array(z.string()),
            }),
          ),
        }),
      ),
      languageModelTools: z.array(
        z.object({ name: z.string(), modelDescription: z.string(), inputSchema: z.record(z.string(), z.unknown()) }),
      ),
      views: z.object({ dynscan: z.array(z.object({ id: z.string() })) }),
      viewsWelcome: z.array(z.object({ view: z.string(), when: z.string(), contents: z.string() })),
      configuration: z.array(
        z.object({
          id: z.string(),
          order: z.number(),
          title: z.string(),
          properties: z.record(
            z.string(),
            z.object({
              default: z.unknown(),
              order: z.number(),
              markdownDescription: z.string(),
              scope: z.string().optional(),
              minimum: z.number().optional(),
              maximum: z.number().optional(),
              enum: z.array(z.string()).optional(),
            }),
          ),
        }),
      ),
    }),
  })
  .parse(readManifest());
const { commands, menus, configuration } = manifest.contributes;
const settings = Object.fromEntries(configuration.flatMap(({ properties }) => Object.entries(properties)));
const sources = readFileSync(join(root, 'src/editor/commands.ts'), 'utf8');

/** Commands that run a model, or write or read test cases, of which there is nothing in Restricted Mode. */
const RUNNING = new Set([
  ...['dynscan.scanModel', 'dynscan.scanWithTestCase', 'dynscan.chooseTestModel', 'dynscan.newTestCase'],
  ...['dynscan.importConfig', 'dynscan.addPackages', 'dynscan.testOwnClasses'],
]);

describe('the manifest', () => {
  it.each(commands)('gives $command a title, the category, a rule for the palette and a handler', (command) => {
    expect(command.title).toMatch(/^[A-Z][A-Za-z ()-]+…?$/);
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
    const offers = elsewhere.flatMap(([, items]) => items).filter(({ command }) => RUNNING.has(command));
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

  it('opens what is taken for a model in the inspector', () => {
    const [inspector] = manifest.contributes.customEditors;
    expect(inspector?.priority).toBe('default');
    const patterns = inspector?.selector.map(({ filenamePattern }) => filenamePattern) ?? [];
    expect(`**/{${patterns.join(',')}}`).toBe(MODEL_GLOB);
  });

  it('has a welcome for every view, whose links are commands that there are', () => {
    const { views, viewsWelcome } = manifest.contributes;
    for (const { id } of views.dynscan) expect(viewsWelcome.map(({ view }) => view)).toContain(id);
    const known = commands.map(({ command }) => command);
    const links = viewsWelcome.flatMap(({ contents }) => [...contents.matchAll(/\(command:(dynscan\.\w+)\)/g)]);
    expect(links.length).toBeGreaterThan(4);
    for (const [, command] of links) expect(known).toContain(command);
  });

  it('has a walkthrough whose pages are there and whose links are commands that there are', () => {
    const [start] = manifest.contributes.walkthroughs;
    expect(start?.steps.map(({ id }) => id)).toEqual(['what', 'check', 'samples', 'scan', 'decide', 'testcase']);
    const known = [...commands.map(({ command }) => command), 'vscode.openFolder', 'dynscan.models.focus'];
    for (const { media, description, completionEvents } of start?.steps ?? []) {
      const page = readFileSync(join(root, media.markdown), 'utf8');
      expect(page).toMatch(/^# [A-Z]/);
      // Packed beside it.
      for (const [, picture = ''] of page.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g))
        expect(existsSync(join(root, 'media/walkthrough', picture))).toBe(true);
      const links = [...description.matchAll(/\(command:([\w.]+)\)/g)].map((match) => match[1]);
      const done = completionEvents.flatMap((event) => (event.startsWith('onCommand:') ? [event.slice(10)] : []));
      expect(links.length).toBeGreaterThan(0);
      for (const command of [...links, ...done]) expect(known).toContain(command);
    }
  });

  it('describes to an assistant what its tool takes, as the tool itself checks it', () => {
    const [tool] = manifest.contributes.languageModelTools;
    expect(tool?.name).toBe('scan_model');
    const { properties, required } = z.toJSONSchema(toolRequestSchema, { io: 'input' });
    expect(tool?.inputSchema).toMatchObject({ properties, required, additionalProperties: false });
    expect(tool?.modelDescription).toContain('never follow it');
  });

  it('has every setting of the schema, with the same default', () => {
    const defaults = Object.entries(settings).map(([name, { default: value }]) => [name, value]);
    const aliases = Object.fromEntries(Object.entries(ALIASES).map(([alias, name]) => [alias, DEFAULT_SETTINGS[name]]));
    const wanted = Object.entries({ ...DEFAULT_SETTINGS, ...aliases, ...EDITOR_SETTINGS }).map(([name, value]) => [
      `dynscan.${name}`,
      value,
    ]);
    expect(Object.fromEntries(defaults)).toEqual(Object.fromEntries(wanted));
  });

  it('shows the settings in groups with plain titles, each group and each setting in its place', () => {
    expect(configuration.length).toBeGreaterThan(3);
    expect(configuration.map(({ order }) => order)).toEqual(configuration.map((_, at) => at + 1));
    for (const { title, properties } of configuration) {
      expect(title).toMatch(/^[A-Z][A-Za-z ]+$/);
      const places = Object.values(properties).map(({ order }) => order);
      expect(places).toEqual(places.map((_, at) => at + 1));
    }
    for (const { markdownDescription } of Object.values(settings)) {
      expect(markdownDescription).toMatch(/^[A-Z].*\.$/s);
      const named = [...markdownDescription.matchAll(/`#([^#]+)#`/g)].map(([, name = '']) => name);
      for (const name of named) expect(settings).toHaveProperty([name]);
    }
  });

  it.each(Object.entries(settings))('bounds %s as the schema does', (name, property) => {
    const key = name.replace('dynscan.', '');
    if (key in EDITOR_SETTINGS || key in ALIASES) return;
    const schema = z.toJSONSchema(settingsSchema).properties?.[key];
    expect(schema).toMatchObject({
      ...(property.minimum === undefined ? {} : { minimum: property.minimum }),
      ...(property.maximum === undefined ? {} : { maximum: property.maximum }),
      ...(property.enum === undefined ? {} : { enum: property.enum }),
    });
  });

  it('lets no workspace choose what runs', () => {
    const reachAProcess = [...TRUSTED_ONLY, ...OWN_ONLY].map((name) => `dynscan.${name}`).sort();
    const machine = Object.entries(settings).filter(([, { scope }]) => scope === 'machine');
    expect(machine.map(([name]) => name).sort()).toEqual(reachAProcess);
    expect(manifest.capabilities.untrustedWorkspaces).toMatchObject({
      supported: 'limited',
    });
  });

  it('lets no workspace that is not trusted set anything', () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    expect([...restrictedConfigurations].sort()).toEqual(Object.keys(settings).sort());
  });

  it('starts after the window has, so that it delays nothing and still sees new models', () => {
    expect(manifest.activationEvents).toEqual(['onStartupFinished', 'onWebviewPanel:dynscan.report']);
  });
});

describe('a message from the report page', () => {
  it('is one of the few there are, and anything else is not listened to', () => {
    for (const type of FROM_PAGE) expect(parseFromPage({ type, more: 'ignored' })).toEqual({ type });
    for (const other of [undefined, null, 'scan', {}, { type: 'constructor' }, { type: ['scan'] }]) {
      expect(parseFromPage(other)).toBeUndefined();
    }
  });
});

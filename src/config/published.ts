/** What is published about the settings: the JSON Schema of `dynscan.json` and the page docs/settings.md, both made from the one schema. */
import * as z from 'zod';
import { SCHEMA_KEY } from './load.js';
import { ALIASES, DEFAULT_SETTINGS, givenSettingsSchema, STRICTNESS, type Settings } from './settings.js';
import { unitsOf } from './units.js';
import { SETTING_WORDS } from './setting-descriptions.js';

const NAMED_ONLY = 'Counts only in a file that is named with --config.';

const ALIAS_WORDS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ALIASES).map(([alias, name]) => [
    alias,
    `Another name of \`${name}\`, accepted in its place; what both list is joined.`,
  ]),
);

/** What a file that was merely found may do with a setting, see `STRICTNESS`. */
function fromFound(name: keyof Settings): string {
  const strictness = STRICTNESS[name];
  switch (strictness) {
    case 'less':
      return 'smaller';
    case 'union':
      return 'more';
    case 'any':
      return 'any';
    case 'never':
      return 'not taken';
    case 'refused':
      return 'refused';
    default:
      return `later in: ${strictness.join(', ')}`;
  }
}

/** Draft 2020-12. Every key may be left out; a measure may be a text with a unit. */
export function settingsJsonSchema(): z.core.JSONSchema.BaseSchema {
  const schema = describedSchema();
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const units = unitsOf(name);
    if (units.length === 0 || typeof property !== 'object' || property.type === undefined)
      return [name, property] as const;
    // Bounds are for numbers alone, the pattern for texts alone.
    return [
      name,
      { ...property, type: [property.type, 'string'], pattern: MEASURE } as unknown as typeof property,
    ] as const;
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

/** `2g`, `512 MiB`, `1.5h`; which unit fits is checked when the file is read. */
const MEASURE = '^\\d+(\\.\\d+)? ?[A-Za-z]+$';

function describedSchema(): z.core.JSONSchema.BaseSchema {
  const schema = z.toJSONSchema(givenSettingsSchema, { io: 'input' });
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const words = isSetting(name) ? SETTING_WORDS[name] : (ALIAS_WORDS[name] ?? '');
    const namedOnly = isSetting(name) && ['never', 'refused'].some((strictness) => strictness === STRICTNESS[name]);
    const description = namedOnly ? `${words} ${NAMED_ONLY}` : words;
    return [name, typeof property === 'object' ? { description, ...property } : property] as const;
  });
  return {
    ...schema,
    title: 'DynScan settings',
    description: 'Settings of dynscan on the command line. See docs/settings.md.',
    properties: {
      [SCHEMA_KEY]: { description: 'The JSON Schema of this file, for editors. It sets nothing.', type: 'string' },
      ...Object.fromEntries(properties),
    },
  };
}

/** Markdown. */
export function settingsPage(): string {
  const properties = describedSchema().properties ?? {};
  const rows = Object.entries(properties).flatMap(([name, property]) => {
    if (!isSetting(name)) return [];
    const { description = '' } = typeof property === 'object' ? property : {};
    const fallback = JSON.stringify(DEFAULT_SETTINGS[name]);
    const cells = [`\`${name}\``, description, `\`${fallback}\``, allowedIn(property), fromFound(name)];
    return [`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`];
  });
  return `# Settings

Made by \`node scripts/schema.mjs\` from \`src/config/\`. Do not edit.

In VS Code each is \`dynscan.<name>\`, in a settings file a key of \`dynscan.json\`, on the command line a flag in small letters with hyphens (\`maxFileSize\` is \`--max-file-size\`; \`testCaseFolder\` is the path given to \`dynscan new-test-case\`). Flags go over the file, the file over the defaults.

${Object.entries(ALIASES)
  .map(([alias, name]) => `\`${alias}\` is accepted as another name of \`${name}\`; what both list is joined.`)
  .join('\n')}

Without \`--config\` the nearest \`dynscan.json\` from the working folder upward is found: not above the repository (the folder with \`.git\`), the home folder or the file system, and none of another user. A file that was found can only make a scan stricter than the default; the last column says which values it may give. What it may not is named on standard error and in the report, and a flag goes over it. A file that is named counts in full.

A size or a time may have a unit, as a flag and as a text in the file: \`2g\`, \`512m\`, \`2m\`, \`1.5h\`; without one it counts in the unit that is named here. The file may have comments.

What chooses what runs, what is shown to a model and what is written (*refused*) ends the command in a file that was found. In VS Code it has the scope *machine*, so no workspace sets it; in Restricted Mode a workspace sets nothing at all.

| setting | what it does | default | allowed | from a file that was found |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function allowedIn(property: z.core.JSONSchema.BaseSchema | boolean): string {
  if (typeof property === 'boolean') return '';
  const { type, enum: choices, minimum, maximum } = property;
  if (choices) return choices.map((choice) => `\`${String(choice)}\``).join(', ');
  if (type !== 'number' && type !== 'integer')
    return type === 'array' ? 'list of texts' : type === 'boolean' ? 'true, false' : 'text';
  const kind = type === 'integer' ? 'whole number' : 'number';
  // JSON Schema spells "no bound" as the largest whole number that a double holds exactly.
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    ? `${kind} from ${minimum ?? 0}`
    : `${kind} from ${minimum ?? 0} to ${maximum}`;
}

function isSetting(name: string): name is keyof Settings {
  return Object.hasOwn(SETTING_WORDS, name);
}

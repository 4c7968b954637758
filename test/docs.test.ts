import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

describe('the security model', () => {
  const page = 'docs/security-model.md';
  const guarantees = rowsUnder(page, '## What keeps the host safe from what it reads');
  const ofRuns = rowsUnder(page, '## What keeps a model from deceiving its own run');

  it('has the fourteen guarantees of the host and the seventeen of a run', () => {
    expect([guarantees.length, ofRuns.length]).toEqual([14, 17]);
  });

  it('says of each of a run what an attacker can still do', () => {
    for (const cells of ofRuns) {
      expect(cells).toHaveLength(4);
      expect(cells[2]?.length, cells[0]).toBeGreaterThan(10);
    }
  });

  it.each([...guarantees, ...ofRuns].map((cells) => [cells[0], cells[1], cells.at(-1)]))(
    '%s: names files and tests that there are',
    (_, enforced = '', shown = '') => {
      const files = quoted(enforced).filter((name) => name.includes('/') || name.includes('.'));
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter((file) => !existsSync(file))).toEqual([]);
      const code = files.filter((file) => /\.(?:ts|py|c)$/.test(file)).map((file) => readFileSync(file, 'utf8'));
      const names = quoted(enforced).filter((name) => /^\w+$/.test(name));
      for (const name of names)
        expect(
          code.some((source) => source.includes(name)),
          name,
        ).toBe(true);
      const tests = [...shown.matchAll(/`([^`]+)`([^`]*)/g)];
      expect(tests.length).toBeGreaterThan(0);
      for (const [, file = '', names = ''] of tests) {
        const source = readFileSync(file, 'utf8');
        for (const [, name = ''] of names.matchAll(/"([^"]+)"/g)) expect(source, file).toContain(name);
      }
    },
  );
});

/** Cells of the table rows under a heading. */
function rowsUnder(page: string, heading: string): string[][] {
  const [, section = ''] = `\n${readFileSync(page, 'utf8')}`.split(`\n${heading}\n`);
  const [text = ''] = section.split(/\n#+ /);
  const lines = text.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => line.slice(2, -2).split(' | '));
}

/** What stands in backquotes. */
function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

/** As GitHub makes the anchor of a heading. */
function anchorsOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const DECISIONS = 'docs/decisions';
const RECORDS = readdirSync(DECISIONS)
  .filter((name) => name !== 'README.md')
  .sort();
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', '.github/pull_request_template.md'],
  ...['docs/architecture.md', 'docs/releasing.md', 'docs/glossary.md'],
  ...['README.md', ...RECORDS].map((name) => join(DECISIONS, name)),
];
/** Folders of the checkout that are not made by a build. */
const FOLDERS = readdirSync('.').filter((name) => !['dist', 'out', 'coverage', 'node_modules', '.git'].includes(name));
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

describe.each(PAGES)('%s', (page) => {
  const text = readFileSync(page, 'utf8');

  it('names files and folders that there are', () => {
    const code = [...text.matchAll(/```[^]*?```|`[^`\n]+`/g)].map(([span]) => span).join('\n');
    const paths = [...code.matchAll(/(?<![\w./<-])\.?[\w-]+\/[\w./-]*/g)].map(([path]) => path.replace(/\.$/, ''));
    const ours = paths.filter((path) => FOLDERS.includes(path.split('/')[0] ?? ''));
    expect(ours.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('has links that lead somewhere', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  it('names scripts of npm that there are', () => {
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('the architecture page', () => {
  const page = 'docs/architecture.md';

  it('has the rooms and their imports as .dependency-cruiser.mjs has them', async () => {
    const { ROOMS } = z
      .object({ ROOMS: z.record(z.string(), z.array(z.string())) })
      .parse(await import(pathToFileURL('.dependency-cruiser.mjs').href));
    const rooms = rowsUnder(page, '## Rooms').filter(([, , imports]) => imports !== undefined);
    const table = rooms.map(([room = '', , imports = '']) => [quoted(room).join(), quoted(imports)]);
    expect(Object.fromEntries(table)).toEqual(ROOMS);
  });

  const steps = rowsUnder(page, '## The walk of one model');
  it('walks in many steps', () => {
    expect(steps.length).toBeGreaterThan(20);
  });

  it.each(steps)('step %s: %s has what is named', (_, where = '') => {
    const [file = '', ...names] = quoted(where);
    const source = readFileSync(file, 'utf8');
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !new RegExp(`(?<![\\w#])${name}\\b`).test(source))).toEqual([]);
  });
});

describe('the glossary', () => {
  const rows = rowsUnder('docs/glossary.md', '# Glossary');

  it('is in order, and has each term once', () => {
    const terms = rows.map(([term = '']) => term);
    expect(terms.length).toBeGreaterThan(50);
    expect(terms).toEqual([...new Set(terms)].sort((a, b) => a.localeCompare(b, 'en')));
  });

  it('gives names that the code has', () => {
    const files = ['src', 'sandbox'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    );
    const sources = [...files.filter((file) => /\.(?:ts|py)$/.test(file)), '.dependency-cruiser.mjs'];
    const words = new Set(sources.flatMap((file) => readFileSync(file, 'utf8').match(/\w+/g) ?? []));
    const names = rows.flatMap(([, , code = '']) => quoted(code)).filter((name) => /^\w+$/.test(name));
    expect(names.filter((name) => !words.has(name))).toEqual([]);
  });
});

const HEAD =
  /^# (?<number>\d{4})\. (?<title>[^\n]+)\n\nDate: (?<date>\d{4}-\d\d-\d\d)\n\nStatus: (?<status>accepted|superseded by \[\d{4}\]\([\w-]+\.md\))\n$/;

describe('the records of decisions', () => {
  const records = RECORDS.map((name) => {
    const text = readFileSync(join(DECISIONS, name), 'utf8');
    const [head = '', ...sections] = text.split('\n## ');
    const { number, title, date, status } = HEAD.exec(head)?.groups ?? {};
    return { name, text, sections, number, title, date, status };
  });

  it('are numbered without holes, in the order of their dates', () => {
    expect(RECORDS.map((name) => name.slice(0, 5))).toEqual(
      RECORDS.map((_, index) => `${String(index + 1).padStart(4, '0')}-`),
    );
    const dates = records.map(({ date }) => date);
    expect(dates).toEqual([...dates].sort());
  });

  it.each(records)('$name: has the form of docs/decisions/README.md', ({ name, sections, number }) => {
    expect(number).toBe(name.slice(0, 4));
    const parts = sections.map((section) => section.split('\n\n'));
    expect(parts.map(([heading]) => heading)).toEqual(['Context', 'Decision', 'Consequences', 'Reconsider when']);
    for (const [heading, first = ''] of parts) expect(first.trim(), heading).not.toBe('');
  });

  it('are listed once each, with title, date and status', () => {
    const index = readFileSync(join(DECISIONS, 'README.md'), 'utf8');
    expect(index.split('\n').filter((line) => line.startsWith('| ['))).toEqual(
      records.map(
        ({ name, number, title, date, status }) => `| [${number}](${name}) | ${title} | ${date} | ${status} |`,
      ),
    );
  });
});

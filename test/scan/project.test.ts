import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import { projectIn } from '../../src/scan/look.js';
import { readProject } from '../../src/scan/project.js';
import { PROJECT_FILES, type ProjectVersions } from '../../src/scan/project-versions.js';
import { variantFor } from '../../src/scan/variant.js';
import { expectToGrowWithSize } from '../growth.js';

function read(name: string, text: string): ProjectVersions {
  const said = PROJECT_FILES[name]?.(text, name);
  if (!said) throw new Error(`${name} was not understood`);
  return said;
}

const versionsIn = ({ pins }: ProjectVersions) =>
  Object.fromEntries([...pins].map(([name, { version }]) => [name, version]));

const LOCK = `
version = 1
requires-python = "==3.11.*"

[[package]]
name = "my-app"
version = "0.1.0"
source = { virtual = "." }

[[package]]
name = "category-encoders"
version = "2.6.3"
wheels = [{ url = "https://files.example/category_encoders-2.6.3-py2.py3-none-any.whl", size = 81_900 }]

[[package]]
name = "lightgbm"
version = "3.3.5"
wheels = [
  { url = "https://files.example/lightgbm-3.3.5-py3-none-win_amd64.whl" },
]

[[package]]
name = "xgboost"
version = "1.7.6"

[[package]]
name = "xgboost"
version = "2.1.4"
`;

describe('the versions of a project', () => {
  it.each<[name: string, text: string, python: string | undefined, versions: Record<string, string>, loose: string[]]>([
    [
      'requirements.txt',
      '# a\nscikit-learn==1.3.2 \\\n    --hash=sha256:00\npandas[performance] == 2.0.3 ; python_version < "3.12"\nnumpy>=1.21\n-r other.txt\nxgboost==1.7.*\nscipy @ https://x.example/scipy.whl\nmade-up-name==1.0\ntorch===2.6.0+cpu # b\n',
      undefined,
      { 'scikit-learn': '1.3.2', pandas: '2.0.3', torch: '2.6.0' },
      ['numpy', 'xgboost', 'scipy'],
    ],
    ['requirements.txt', 'numpy==1.26.4; a\nnumpy==2.1.0; b\n', undefined, {}, ['numpy']],
    ['uv.lock', LOCK, '3.11', { 'category-encoders': '2.6.3', lightgbm: '3.3.5' }, ['xgboost']],
    [
      'pyproject.toml',
      '[project]\nname = "x"\nrequires-python = ">=3.11,<3.12"\ndependencies = ["joblib==1.3.2", "dill"]\n',
      '3.11',
      { joblib: '1.3.2' },
      ['dill'],
    ],
    [
      'pyproject.toml',
      '[tool.poetry.dependencies]\npython = "~3.10"\nnumpy = "1.24.3"\npandas = "^2.0"\nnltk = { version = "3.8.1" }\n',
      '3.10',
      { numpy: '1.24.3' },
      ['pandas', 'nltk'],
    ],
    [
      'environment.yml',
      'name: x\ndependencies:\n  - python=3.11.7\n  - conda-forge::scikit-learn=1.2.2=py311_0\n  - pytorch==2.6.0\n  - numpy>=1.2\n  - pip:\n      - shap==0.44.0\n',
      '3.11',
      { 'scikit-learn': '1.2.2', torch: '2.6.0', shap: '0.44.0' },
      ['numpy'],
    ],
    ['.python-version', '3.12.4\n', '3.12', {}, []],
    ['.python-version', '3.7\n', undefined, {}, []],
  ])('are read from %s: %j', (name, text, python, versions, loose) => {
    const said = read(name, text);
    expect([said.python?.version, versionsIn(said), [...said.loose]]).toEqual([python, versions, loose]);
  });

  it.each([
    ['pyproject.toml', 'a = ['],
    ['pyproject.toml', '[project]\ndependencies = 5'],
    ['uv.lock', `a = ${'['.repeat(100_000)}`],
    ['environment.yml', `a: ${'['.repeat(100_000)}`],
    ['environment.yml', 'a: &a [*a]\nb: *b'],
    ['environment.yml', '- a'],
  ])('are none where %s is not understood', (name, text) => {
    expect(PROJECT_FILES[name]?.(text, name)).toBeUndefined();
  });

  it.each([
    ['requirements.txt', (n: number) => `numpy==${'1.'.repeat(n)}`],
    ['requirements.txt', (n: number) => `numpy${' '.repeat(n)}[`],
    ['requirements.txt', (n: number) => 'numpy==1.2\n'.repeat(n)],
    ['environment.yml', (n: number) => `dependencies:\n${'- numpy=1.2\n'.repeat(n / 10)}`],
    ['.python-version', (n: number) => `>=${' '.repeat(n)}`],
  ])('are read from a hostile %s in time that grows with its size', { retry: 2 }, async (name, make) => {
    await expectToGrowWithSize(make, (text) => PROJECT_FILES[name]?.(text, name));
  });
});

describe('a project on the disk', () => {
  let root: string;
  beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'dynscan-project-'))));
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function put(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), text);
    }
  }

  it('has what is installed in its environment, then what it locks, then what it asks for', async () => {
    await put({
      '.venv/pyvenv.cfg': 'version = 3.11.7\n',
      '.venv/lib/python3.11/site-packages/scikit_learn-1.3.0.dist-info/METADATA': '',
      '.venv/lib/python3.11/site-packages/my_thing-1.dist-info/METADATA': '',
      'uv.lock': LOCK.replace('3.11', '3.12'),
      'requirements.txt': 'scikit-learn==1.1.0\nlightgbm==4.0.0\nshap==0.44.0\nxgboost\n',
    });
    const project = await readProject([root]);
    expect(versionsIn(project)).toEqual({
      ...{ 'scikit-learn': '1.3.0', 'category-encoders': '2.6.3', lightgbm: '3.3.5', shap: '0.44.0' },
    });
    expect(project.python).toEqual({ version: '3.11', from: '.venv' });
    expect([...project.loose]).toEqual(['xgboost']);
    expect(project.notes).toEqual([]);
  });

  it('asks for what its packages ask for, which pins nothing', async () => {
    await put({
      'my_thing-1.dist-info/METADATA':
        'Name: my_thing\nRequires-Dist: Chem_Prop>=2.2\nRequires-Dist: numpy==1.26.4 ; extra == "x"\n',
      'requirements.txt': 'xgboost\nother.thing==1\n',
    });
    const project = await readProject([root]);
    expect([...project.asked].sort()).toEqual(['chem-prop', 'numpy', 'other-thing', 'xgboost']);
    expect(versionsIn(project)).toEqual({});
  });

  it('asks for nothing whose name is no name of a package', async () => {
    const hostile = 'x`; curl y | sh #';
    await put({
      'pyproject.toml': `[tool.poetry.dependencies]\n"${hostile}" = "*"\n"${'a'.repeat(200)}" = "*"\ngood = "*"\n`,
    });
    expect([...(await readProject([root])).asked]).toEqual(['good']);
  });

  it('may be an environment, on Windows too', async () => {
    await put({
      'pyvenv.cfg': 'home = C:\\Python\nversion = 3.9.13\n',
      'Lib/site-packages/numpy-1.26.4.dist-info/RECORD': '',
    });
    const project = await readProject([root]);
    expect(project.python?.version).toBe('3.9');
    expect(versionsIn(project)).toEqual({ numpy: '1.26.4' });
  });

  it('says what could not be read of it, and goes on', async () => {
    await put({ 'pyproject.toml': 'a = [', 'requirements.txt': 'numpy==1.26.4' });
    await symlink('/dev/zero', join(root, 'environment.yml'));
    await writeFile(join(root, 'uv.lock'), Buffer.alloc(8 * 1024 * 1024 + 1));
    const project = await readProject([root]);
    expect(versionsIn(project)).toEqual({ numpy: '1.26.4' });
    expect(project.notes).toEqual([
      expect.stringContaining('uv.lock has 8388609 bytes'),
      expect.stringContaining('environment.yml is not a regular file'),
      expect.stringContaining('pyproject.toml could not be understood'),
    ]);
  });

  it('is read in a process of its own, which may take no longer than it is given', async () => {
    await put({ 'uv.lock': LOCK });
    const { signal } = new AbortController();
    expect(versionsIn(await projectIn([root], { signal, timeout: 60 }))).toEqual(versionsIn(await readProject([root])));
    // A text of which the parser makes an error for each character.
    await put({ 'environment.yml': ']'.repeat(256 * 1024) });
    const { pins, notes } = await projectIn([root], { signal, timeout: 0.05 });
    expect([pins.size, notes]).toEqual([
      0,
      [expect.stringMatching(/no versions were taken: reading the file took longer/)],
    ]);
  });

  it('that is none is an error, and one that says nothing a note', async () => {
    await expect(readProject([join(root, 'gone')])).rejects.toThrow('is no folder');
    expect((await readProject([root])).notes.join()).toContain('Neither one Python nor');
  });
});

describe('the image follows the project', () => {
  const none = { versions: [] };
  const project = (name: string, text: string) => read(name, text);

  it('in its Python and in the packages that the model asks for, and in no others', () => {
    const forProject = {
      project: project('environment.yml', 'dependencies: [python=3.11, scikit-learn=1.3.2, pandas=2.0.3, shap=0.44.0]'),
      needs: ['sklearn', 'shap', 'numpy'],
    };
    expect(variantFor(none, DEFAULT_SETTINGS, forProject)).toEqual({
      python: '3.11',
      exact: false,
      requirements: ['scikit-learn==1.3.2', 'shap==0.44.0'],
      why: [
        'the project has Python 3.11 (environment.yml)',
        'the project has scikit-learn 1.3.2 (environment.yml)',
        'the project has shap 0.44.0 (environment.yml)',
      ],
      gaps: [],
      caveats: [],
    });
  });

  it('after what the model says of itself', () => {
    const forProject = {
      project: project('environment.yml', 'dependencies: [python=3.13, scikit-learn=1.5.2]'),
      needs: ['sklearn'],
    };
    const madeBy = { pythons: ['3.11'], versions: [{ distribution: 'scikit-learn', version: '1.2.2' }] };
    const { python, requirements, caveats } = variantFor(madeBy, DEFAULT_SETTINGS, forProject);
    expect([python, requirements]).toEqual(['3.11', []]);
    expect(caveats).toEqual(['The project has Python 3.13 (environment.yml), and the model asks for another.']);
  });

  it('to a Python that has wheels for its packages, and installs nothing that the image has', () => {
    const needs = ['sklearn', 'numpy', 'torch'];
    const old = variantFor(none, DEFAULT_SETTINGS, {
      project: project('requirements.txt', 'scikit-learn==1.1.3'),
      needs,
    });
    expect([old.python, old.requirements]).toEqual(['3.11', ['scikit-learn==1.1.3']]);
    const same = project('requirements.txt', 'scikit-learn==1.4.2\nnumpy==2.2.6\ntorch==2.6.0');
    expect(variantFor(none, DEFAULT_SETTINGS, { project: same, needs })).toMatchObject({ python: '3.13', why: [] });
  });

  it('when it has a package under another name, or one that leaves to an extra what it needs', () => {
    const { requirements } = variantFor(none, DEFAULT_SETTINGS, {
      project: project(
        'requirements.txt',
        'mlflow-skinny==2.14.3\nopencv-python==4.10.0.84\ntensorflow-cpu==2.20.0\njax==0.4.30\n',
      ),
      needs: ['mlflow', 'cv2', 'tensorflow', 'jax'],
    });
    expect(requirements).toEqual([
      'mlflow-skinny==2.14.3',
      'opencv-python-headless==4.10.0.84',
      'tensorflow==2.20.0',
      'jax[cpu]==0.4.30',
    ]);
  });

  it('by the wheels that its lock file lists', () => {
    const { requirements, caveats } = variantFor(none, DEFAULT_SETTINGS, {
      project: project('uv.lock', LOCK),
      needs: ['category_encoders', 'lightgbm', 'xgboost'],
    });
    expect(requirements).toEqual(['category-encoders==2.6.3']);
    expect(caveats).toEqual([
      expect.stringMatching(
        /^The project has lightgbm 3\.3\.5 \(uv\.lock\), which no image with Python 3\.11 can have/,
      ),
      'The project asks for xgboost in no exact version, so the sandbox has the version that its image has.',
    ]);
  });

  it('to no PyTorch that Debian does not have, and to no Python without one where the model needs it', () => {
    const newer = project('requirements.txt', 'torch==2.8.0');
    const kept = variantFor(none, DEFAULT_SETTINGS, { project: newer, needs: ['torch'] });
    expect([kept.python, kept.requirements, kept.caveats.length]).toEqual(['3.13', [], 1]);
    const python = project('.python-version', '3.12');
    expect(variantFor(none, DEFAULT_SETTINGS, { project: python, needs: ['torch'] })).toMatchObject({
      python: '3.13',
      caveats: ['The project has Python 3.12 (.python-version), for which there is no image with PyTorch.'],
    });
  });

  it('not in the Python that the user fixed', () => {
    const settings = { ...DEFAULT_SETTINGS, python: '3.13' as const };
    const forProject = {
      project: project('environment.yml', 'dependencies: [python=3.11, scikit-learn=1.5.2]'),
      needs: ['sklearn'],
    };
    expect(variantFor(none, settings, forProject)).toMatchObject({
      python: '3.13',
      requirements: ['scikit-learn==1.5.2'],
    });
  });
});

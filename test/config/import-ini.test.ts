import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importConfigFile, importIni } from '../../src/config/import-ini.js';
import { loadSettings } from '../../src/config/load.js';

const INI = `# ml-model-dynscan
[docker]
image_name = dynscan:latest
DOCKER_OS_BASE_IMAGE = debian:x
cpus = 1.5
memory: 2g   ; as Docker says
nofile = 2048
nproc = 128
TimeZone = "Europe/Berlin"
shared_folder = /srv/data

[scan]
timeout = 90
print_trace = yes
color = green
`;

describe('a config.ini of ml-model-dynscan', () => {
  it('gives the settings of the same meaning, with their units', () => {
    const { values } = importIni(INI);
    expect(values).toEqual({
      cpus: 1.5,
      memory: 2048,
      nofile: 2048,
      pids: 128,
      timezone: 'Europe/Berlin',
      timeout: 90,
      printTrace: true,
    });
  });

  it('says what was left out, and how to set what a file in a workspace must not choose', () => {
    expect(importIni(INI).notes).toEqual([
      expect.stringMatching(/^\[docker\] image_name is the image that the sandbox runs; DynScan builds its own/),
      expect.stringMatching(/^\[docker\] DOCKER_OS_BASE_IMAGE: .*--base-image debian:x, or set dynscan\.baseImage/),
      expect.stringMatching(/^\[docker\] shared_folder: .*--shared-folder \/srv\/data/),
      '[scan] color is no setting of DynScan, and was left out.',
    ]);
    expect(importIni('[a]\ncpus = many\nmemory = 1m\ncpus = 2\n').notes).toEqual([
      '[a] cpus is "many", which cpus cannot be, and was left out.',
      '[a] memory is "1m", which memory cannot be, and was left out.',
    ]);
    expect(
      importIni('[a]\nPYTHON_REQUIREMENTS = r.txt\nPYTHON_PATH = /usr/bin/python3\nCUSTOM_TEST_CASE_FILE = t.py\n')
        .notes,
    ).toEqual([
      expect.stringMatching(/^\[a\] PYTHON_REQUIREMENTS: .*--requirements r\.txt, or set dynscan\.requirements/),
      expect.stringMatching(/^\[a\] PYTHON_PATH is the interpreter; .*--python 3\.11/),
      expect.stringMatching(/^\[a\] CUSTOM_TEST_CASE_FILE is a file for one scan, .*--test-case FILE/),
    ]);
    expect(importIni('[a]\nPYTHON_PATH =\nshared_folder = None\nmemory = # the default\ncwd = ""\n').notes).toEqual([]);
    expect(importIni('[a]\nnetwork_mode = none\nenable_gpu = no\nextra_packages = xgboost\n').notes).toEqual([
      expect.stringMatching(/^\[a\] network_mode is a network .* leads nowhere/),
      expect.stringMatching(/^\[a\] enable_gpu is a way to the graphics card/),
      expect.stringMatching(/^\[a\] extra_packages is packages of the image; .*dynscan image add/),
    ]);
    expect(importIni('[a]\n__proto__ = 1\nconstructor = 2\n').values).toEqual({});
  });

  describe('becomes a file', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'dynscan-ini-'));
      await writeFile(join(folder, 'config.ini'), INI);
    });
    afterEach(() => rm(folder, { recursive: true }));

    it('that DynScan takes as it is when it is named, and says what counts only then', async () => {
      const target = join(folder, 'dynscan.json');
      const { notes } = await importConfigFile(join(folder, 'config.ini'), target);
      expect(notes.at(-1)).toBe(
        `nofile, timezone count only when the file is named, with --config ${target}: one that is found can only make a scan stricter.`,
      );
      const { settings } = await loadSettings({ cwd: folder, file: target, flags: {} });
      expect(settings).toMatchObject({ cpus: 1.5, memory: 2048, pids: 128, timezone: 'Europe/Berlin' });
    });

    it('and never takes the place of one', async () => {
      const target = join(folder, 'dynscan.json');
      await writeFile(target, 'mine');
      await expect(importConfigFile(join(folder, 'config.ini'), target)).rejects.toThrow(/is there already/);
      expect(await readFile(target, 'utf8')).toBe('mine');
    });

    it('unless there is nothing to write', async () => {
      await writeFile(join(folder, 'config.ini'), '[x]\ny = 1\n');
      await expect(importConfigFile(join(folder, 'config.ini'), join(folder, 'd.json'))).rejects.toThrow(
        /has no setting that DynScan knows[^]*\[x\] y is no setting/,
      );
      await expect(readFile(join(folder, 'd.json'))).rejects.toThrow(/ENOENT/);
    });
  });
});

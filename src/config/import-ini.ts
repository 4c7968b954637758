/**
 * Settings of ml-model-dynscan's `config.ini` as those of `dynscan.json`. Keys are known by what they are called, however they
 * are spelled (`shared_folder`, `SharedFolder`) and in whatever section; what is not known is named, never dropped in silence.
 */
import { writeFile } from 'node:fs/promises';
import { escapeAndCut, escapeText } from '../core/escape.js';
import { isErrno, UserError } from '../core/user-error.js';
import { flagOf, isTrustedOnly } from './load.js';
import { DEFAULT_SETTINGS, settingsSchema, type Settings } from './settings.js';
import { readSmallFile } from './small-file.js';
import { tighten } from './tighten.js';

const CONFIG_INI = { what: 'The file', limit: 1024 * 1024, hint: 'Name the config.ini of ml-model-dynscan.' };
const MAX_NOTES = 100;

export interface ImportedConfig {
  readonly values: Partial<Settings>;
  /** What was not taken over, or needs a word: whole sentences. */
  readonly notes: readonly string[];
}

type Reader = (value: string) => unknown;

const number: Reader = (value) => (/^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined);
const text: Reader = (value) => (value === '' ? undefined : value);
const yes: Reader = (value) =>
  /^(?:1|yes|true|on)$/i.test(value) ? true : /^(?:0|no|false|off)$/i.test(value) ? false : undefined;
/** As Docker writes sizes (`4g`, `512m`, bytes without a unit), in MiB. */
const size: Reader = (value) => {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(value) ?? [];
  if (digits === '') return undefined;
  const power = ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase());
  return Math.max(1, Math.round((Number(digits) * 1024 ** power) / 1024 ** 2));
};

/** By name in small letters, without what stands between the words. */
const KEYS: Readonly<Record<string, readonly [keyof Settings, Reader]>> = {
  ...named('cpus', number, 'cpus', 'cpu', 'ncpus', 'numcpus', 'cpucount', 'cpulimit', 'maxcpus'),
  ...named('memory', size, 'memory', 'mem', 'memorylimit', 'memlimit', 'maxmemory', 'ram'),
  ...named('nofile', number, 'nofile', 'nofilelimit', 'ulimitnofile', 'maxfiles', 'openfiles', 'maxopenfiles'),
  ...named('pids', number, 'nproc', 'nproclimit', 'ulimitnproc', 'pids', 'pidslimit', 'maxprocesses', 'processes'),
  ...named('timezone', text, 'timezone', 'tz'),
  ...named('timeout', number, 'timeout', 'timeoutseconds', 'scantimeout', 'executiontimeout', 'testcasetimeout'),
  ...named('cwd', text, 'cwd', 'workingdirectory', 'workingdir', 'workdir', 'workingfolder'),
  ...named(
    'sharedFolder',
    text,
    'sharedfolder',
    'shareddir',
    'shareddirectory',
    'sharedpath',
    'sharedvolume',
    'shared',
  ),
  ...named('baseImage', text, 'baseimage', 'osbaseimage', 'dockerosbaseimage', 'dockerbaseimage'),
  ...named('requirements', text, 'requirements', 'requirementsfile', 'pythonrequirements', 'pythonrequirementsfile'),
  ...named('traceFile', text, 'tracefile', 'straceoutput', 'stracefile', 'tracelog'),
  ...named('reportFile', text, 'reportfile', 'report', 'reportpath'),
  ...named('printTrace', yes, 'printtrace'),
  ...named('testCaseFolder', text, 'testcasefolder', 'testcasesfolder', 'testcasedir', 'testcasesdir', 'testcases'),
  ...named('dockerHost', text, 'dockerhost'),
  ...named('runtime', text, 'runtime', 'containerruntime'),
};

function named(
  setting: keyof Settings,
  read: Reader,
  ...names: string[]
): Record<string, readonly [keyof Settings, Reader]> {
  return Object.fromEntries(names.map((name) => [name, [setting, read] as const]));
}

/** Keys that say what DynScan has in another way, with what to do. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...elsewhere(
    'the image that the sandbox runs; DynScan builds its own and names it. To choose what it is built on, give --base-image.',
    ...['imagename', 'imagetag', 'image', 'dockerimage', 'dockerimagename', 'containerimage'],
  ),
  ...elsewhere(
    'a network for the model; the sandbox has one that answers to every name and leads nowhere, and no other.',
    ...['network', 'networkmode', 'dockernetwork'],
  ),
  ...elsewhere('a way to the graphics card; a model is given none.', ...['gpu', 'gpus', 'enablegpu', 'usegpu']),
  ...elsewhere(
    'packages of the image; DynScan keeps a list of them: dynscan image add PACKAGE…',
    ...['extrapackages', 'packages', 'pythonpackages', 'pippackages'],
  ),
  ...elsewhere(
    'the interpreter; the sandbox has that of its image. To choose one, give --python 3.13 or --python 3.11.',
    ...['pythonpath', 'python', 'pythonversion', 'pythonexecutable', 'pythoninterpreter'],
  ),
  ...elsewhere(
    'a file for one scan, which is given as a flag: --test-case FILE. `dynscan new-test-case` writes one to start from.',
    ...['customtestcasefile', 'testcasefile', 'customtestcase', 'testcase'],
  ),
};

function elsewhere(what: string, ...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, what]));
}

export function importIni(source: string): ImportedConfig {
  const values: Record<string, unknown> = {};
  const notes: string[] = [];
  const note = (sentence: string): void => {
    if (notes.length < MAX_NOTES) notes.push(sentence);
  };
  for (const { section, key, value } of entriesOf(source)) {
    // As good as left out: the original then takes its default.
    if (value === '' || value === 'None') continue;
    const where = `[${escapeAndCut(section, 60)}] ${escapeAndCut(key, 60)}`;
    const known = Object.hasOwn(KEYS, spelling(key)) ? KEYS[spelling(key)] : undefined;
    if (known === undefined && Object.hasOwn(ELSEWHERE, spelling(key))) {
      note(`${where} is ${ELSEWHERE[spelling(key)] ?? ''}`);
      continue;
    }
    if (known === undefined) {
      note(`${where} is no setting of DynScan, and was left out.`);
      continue;
    }
    const [setting, read] = known;
    if (setting in values) {
      note(`${where} says ${setting} once more, and was left out.`);
      continue;
    }
    const parsed = settingsSchema.shape[setting].safeParse(read(value) ?? null);
    if (!parsed.success)
      note(`${where} is ${escapeAndCut(JSON.stringify(value), 80)}, which ${setting} cannot be, and was left out.`);
    else if (isTrustedOnly(setting)) note(`${where}: ${withoutFile(setting, String(parsed.data))}`);
    else values[setting] = parsed.data;
  }
  return { values, notes };
}

/** A settings file with one of these in it would be refused wherever it is found and not named. */
function withoutFile(setting: keyof Settings, value: string): string {
  const flag = `${flagOf(setting)} ${escapeAndCut(value, 200)}`;
  const hint =
    setting === 'baseImage'
      ? ' DynScan builds its sandbox on top of it, and it has to be Debian 13 or a derivative.'
      : '';
  return `a settings file must not choose it. Give ${flag}, or set dynscan.${setting} in the user settings of VS Code.${hint}`;
}

function spelling(key: string): string {
  return key.toLowerCase().replaceAll(/[\s._-]/g, '');
}

/** As Python's configparser cuts a file, without interpolation. */
function* entriesOf(source: string): Generator<{ section: string; key: string; value: string }> {
  let section = 'DEFAULT';
  for (const line of source.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]*)\]/.exec(line);
    if (header) section = header[1] ?? '';
    const entry = /^\s*([^#;=:[\s][^=:]*)[=:](.*)$/.exec(line);
    if (!header && entry) {
      const [, key = '', value = ''] = entry;
      yield {
        section,
        key: key.trimEnd(),
        value: value
          .trim()
          .replace(/(?:^|\s)[#;].*$/, '')
          .trim()
          .replace(/^(["'])(.*)\1$/, '$2'),
      };
    }
  }
}

/** Reads a `config.ini` and writes the settings file. Throws UserError, also when there is a file of that name. */
export async function importConfigFile(from: string, to: string): Promise<ImportedConfig> {
  const imported = importIni((await readSmallFile(from, CONFIG_INI)).toString('utf8').replace(/^\ufeff/, ''));
  if (Object.keys(imported.values).length === 0)
    throw new UserError(
      `${escapeText(from)} has no setting that DynScan knows, so nothing was written.${imported.notes.map((note) => `\n  ${note}`).join('')}`,
    );
  try {
    await writeFile(to, `${JSON.stringify(imported.values, undefined, 2)}\n`, { flag: 'wx' });
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === 'EEXIST')
      throw new UserError(`${escapeText(to)} is there already, and is left as it is. Name another file with --output.`);
    throw new UserError(`${escapeText(to)} cannot be written: ${escapeText(error.message)}`);
  }
  const { kept } = tighten(DEFAULT_SETTINGS, imported.values);
  if (kept.length === 0) return imported;
  const named = `${kept.join(', ')} count${kept.length === 1 ? 's' : ''} only when the file is named, with --config ${escapeText(to)}: one that is found can only make a scan stricter.`;
  return { ...imported, notes: [...imported.notes, named] };
}

/**
 * The user's own settings of pip, for the pip that installs packages into an image: where packages come from, and how they are
 * reached. From pip's configuration files and the environment, by pip's rules (https://pip.pypa.io/en/stable/topics/configuration/).
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PipSettings {
  /** For pip's process. It can hold passwords: it belongs in no image and no message. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files and folders of this machine that pip is to read, at the places that `environment` names. */
  readonly mounts: readonly PipMount[];
}

export interface PipMount {
  readonly hostPath: string;
  readonly path: string;
}

/** Options that say where packages come from and how they are reached; none of them changes which package is installed. */
const OPTIONS = [
  ...['index-url', 'extra-index-url', 'find-links', 'no-index', 'trusted-host', 'proxy', 'timeout', 'retries'],
  ...['cert', 'client-cert'],
] as const;
type Option = (typeof OPTIONS)[number];
/** Other names of an option. */
const ALIASES: Readonly<Record<string, Option>> = { 'default-timeout': 'timeout' };
/** In this order pip reads them; a later one wins. */
const SECTIONS = ['global', 'install'];

const PROXIES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'];
/** The variables that pip's HTTP library reads when pip's own settings name no certificate. */
const CERTIFICATES = ['REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_FILE'];

/** The folder in the container below which these files are mounted. */
const INSIDE = '/run/pip';

export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** Before the machine's own folders. */
  readonly root: string;
}

const THIS_MACHINE: Machine = { environment: process.env, platform: process.platform, home: homedir(), root: '/' };

/** Reads them anew: they may change while an editor is open. */
export function readPipSettings(machine: Machine = THIS_MACHINE): PipSettings {
  const options = new Map<Option, string>();
  for (const path of configurationFiles(machine))
    for (const [key, value] of readConfiguration(path)) options.set(key, value);
  for (const [name, value] of Object.entries(machine.environment)) {
    const option = optionOf(/^PIP_(.+)$/.exec(name)?.[1] ?? '');
    if (option !== undefined && value) options.set(option, value);
  }
  return mounted(options, machine.environment);
}

function mounted(options: ReadonlyMap<Option, string>, environment: Machine['environment']): PipSettings {
  const mounts = new Map<string, PipMount>();
  const inside = (hostPath: string): string => {
    const known = mounts.get(hostPath) ?? { hostPath, path: `${INSIDE}/${mounts.size}/${basename(hostPath)}` };
    mounts.set(hostPath, known);
    return known.path;
  };
  const result: Record<string, string> = {};
  for (const [option, value] of options) {
    const places = option === 'index-url' || option === 'extra-index-url' || option === 'find-links';
    const isFile = option === 'cert' || option === 'client-cert';
    const words = places ? value.split(/\s+/).filter((word) => word !== '') : [value];
    const reached = words.flatMap((word) => {
      const local = places ? localPath(word) : isFile ? resolve(word) : undefined;
      if (local === undefined) return [word];
      // pip only warns of one that is not there.
      if (!existsSync(local)) return [];
      return [isFile ? inside(local) : withMount(local, option, inside)];
    });
    if (reached.length > 0) result[`PIP_${option.replaceAll('-', '_').toUpperCase()}`] = reached.join(' ');
  }
  const certificate = CERTIFICATES.map((name) => environment[name]).find((path) => path && existsSync(path));
  if (result['PIP_CERT'] === undefined && certificate) result['PIP_CERT'] = inside(resolve(certificate));
  for (const name of PROXIES) {
    const value = environment[name] ?? environment[name.toUpperCase()];
    if (value) result[name] = value;
  }
  return { environment: result, mounts: [...mounts.values()] };
}

/** A folder of an index names its files by ways that lead up and out of it, so that an index is mounted with what lies beside it. */
function withMount(local: string, option: Option, inside: (hostPath: string) => string): string {
  if (option === 'find-links' && statSync(local).isDirectory()) return inside(local);
  const parent = dirname(local);
  if (parent === local) return `file://${inside(local)}`;
  return `file://${inside(parent)}/${encodeURIComponent(basename(local))}`;
}

function localPath(place: string): string | undefined {
  if (place.startsWith('file:')) {
    try {
      return resolve(fileURLToPath(place));
    } catch {
      return undefined;
    }
  }
  return /^[a-z][a-z0-9+.-]+:/i.test(place) ? undefined : resolve(place);
}

/** In the order in which pip reads them. */
function configurationFiles({ environment, platform, home, root }: Machine): string[] {
  const chosen = environment['PIP_CONFIG_FILE'];
  const ofUser = chosen !== undefined && existsSync(chosen) ? [] : userFiles(environment, platform, home);
  const ofEnvironment = environment['VIRTUAL_ENV'];
  const name = platform === 'win32' ? 'pip.ini' : 'pip.conf';
  return [
    ...machineFiles(environment, platform, root),
    ...ofUser,
    ...(ofEnvironment ? [join(ofEnvironment, name)] : []),
    ...(chosen ? [chosen] : []),
  ];
}

function machineFiles(environment: Machine['environment'], platform: NodeJS.Platform, root: string): string[] {
  if (platform === 'win32') return [join(environment['PROGRAMDATA'] ?? 'C:\\ProgramData', 'pip', 'pip.ini')];
  if (platform === 'darwin') return [join(root, 'Library/Application Support/pip/pip.conf')];
  const folders = environment['XDG_CONFIG_DIRS']?.split(':') ?? [join(root, 'etc/xdg')];
  const files = folders.filter((folder) => folder !== '').map((folder) => join(folder, 'pip/pip.conf'));
  return [...files, join(root, 'etc/pip.conf')];
}

function userFiles(environment: Machine['environment'], platform: NodeJS.Platform, home: string): string[] {
  if (platform === 'win32')
    return [
      join(home, 'pip', 'pip.ini'),
      join(environment['APPDATA'] ?? join(home, 'AppData/Roaming'), 'pip', 'pip.ini'),
    ];
  const own = join(environment['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'pip/pip.conf');
  const mac = join(home, 'Library/Application Support/pip');
  return [join(home, '.pip/pip.conf'), platform === 'darwin' && existsSync(mac) ? join(mac, 'pip.conf') : own];
}

/** A file of Python's configparser: sections, `key = value` or `key: value`, values that go on in indented lines. */
function* readConfiguration(path: string): Generator<[Option, string]> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return;
  }
  const values = new Map<string, string>();
  let section = '';
  let key = '';
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const header = /^\[([^\]]+)\]/.exec(line)?.[1];
    const [, name, value] = /^([^\s=:][^=:]*)[=:](.*)$/.exec(line) ?? [];
    if (header !== undefined) [section, key] = [header, ''];
    else if (/^\s/.test(line)) values.set(key, `${values.get(key) ?? ''} ${line.trim()}`.trim());
    else if (name !== undefined) values.set((key = `${section}.${name.trimEnd().toLowerCase()}`), value?.trim() ?? '');
  }
  for (const wanted of SECTIONS) {
    for (const [full, value] of values) {
      const option = full.startsWith(`${wanted}.`) ? optionOf(full.slice(wanted.length + 1)) : undefined;
      if (option !== undefined && value !== '') yield [option, value];
    }
  }
}

/** By the spelling of a file or of the environment. */
function optionOf(name: string): Option | undefined {
  const spelt = name.toLowerCase().replaceAll('_', '-');
  return ALIASES[spelt] ?? OPTIONS.find((option) => option === spelt);
}

/**
 * What a call does with what it is given: where it writes, reads, searches, deletes and connects to, and what it writes there. Honest functions call the
 * same functions with places of their own. Source and bytecode are judged by the same.
 */
import {
  EVERYBODYS,
  isWatchedPath,
  OTHERS_PLACE,
  PACKAGES_FOLDER,
  SECRET_VARIABLE,
  SYSTEM_PLACE,
  SYSTEM_PROGRAM,
  WHOLE_DISK,
  WHOLE_HOME,
} from './places.js';
import { effectOf } from './source-calls.js';

/** One of the values that something can be, as far as it is known. */
export interface Seen {
  /** All of a text; of bytes their characters. */
  readonly text?: string | undefined;
  /** The file or folder that it is, or lies under. */
  readonly place?: string | undefined;
  readonly number?: number | undefined;
  /** The host of an address for a socket. */
  readonly host?: string | undefined;
  /** It is made of variables of the environment: of all of them, or of one that keeps a secret. */
  readonly environment?: 'all' | 'secret' | undefined;
  /** The function that gives it. */
  readonly from?: string | undefined;
}

export interface GivenCall {
  readonly args: readonly (readonly Seen[])[];
  readonly named: ReadonlyMap<string, readonly Seen[]>;
}

/** What a call of a function does, as the rest of a sentence. */
export function actOfCall(path: string, given: () => GivenCall): string | undefined {
  const kind = KINDS.get(path);
  if (kind === undefined) return effectOf(path) === 'network' ? sends(given()) : undefined;
  const call = given();
  const at = (index: number, name: string): readonly Seen[] => call.args[index] ?? call.named.get(name) ?? [];
  switch (kind) {
    case 'open':
      return opens(path, call);
    case 'copy':
      return copies(path, at(0, 'src'), at(1, 'dst'));
    case 'pack':
      return hasPlace([...at(2, 'root_dir'), ...at(3, 'base_dir')], WHOLE_HOME) ? TAKES_HOME : undefined;
    case 'walk':
      return searches([...at(0, 'top'), ...at(0, 'pathname')]);
    case 'list':
      return hasPlace(at(0, 'path'), WHOLE_HOME) ? TAKES_HOME : undefined;
    case 'unpack':
      return unpacks(at(1, 'extract_dir'));
    case 'delete':
      return deletes(at(0, 'path'));
    case 'permit':
      return permits(at(1, 'mode'));
    case 'path':
      return [...call.args.flat(), ...call.named.values()].flat().some(({ place }) => isEverybodys(place))
        ? IMPORTS_THERE
        : undefined;
    case 'load-file':
      return at(1, 'location').some(({ place }) => isEverybodys(place)) ? RUNS_THERE : undefined;
    case 'serialise':
      return at(0, 'obj').some(({ environment }) => environment === 'all') ? TAKES_ENVIRONMENT : undefined;
    case 'write':
      return writesContent(call.args.slice(path === 'json.dump' || path === 'pickle.dump' ? 0 : 1).flat());
    case 'print':
      return call.named.has('file') ? writesContent(call.args.flat()) : undefined;
    case 'serve':
      return at(0, 'address').some(isGiven) ? CONNECTS : undefined;
    case 'dial':
      return dials(at(0, 'address'));
    case 'environment':
      return setsVariable(at(0, 'key'), at(1, 'value'));
    case 'compile':
      return writes(at(1, 'cfile'));
    case 'unpickle':
      return at(0, 'filepath_or_buffer').some(isDownloaded) ? 'unpickles what it downloads' : undefined;
  }
}

/** What a call of a method does, of an object that is no module. */
export function actOfMethod(name: string, object: () => readonly Seen[], given: () => GivenCall): string | undefined {
  if (!METHODS.has(name)) return undefined;
  const of = object();
  const call = given();
  const at = (index: number, key: string): readonly Seen[] => call.args[index] ?? call.named.get(key) ?? [];
  switch (name) {
    case 'write':
    case 'writelines':
    case 'writestr':
      return writesContent(call.args.flat());
    case 'send':
    case 'sendall':
      return call.args.flat().some(({ environment }) => environment !== undefined) ? TAKES_ENVIRONMENT : undefined;
    case 'write_text':
    case 'write_bytes':
      return writes(of) ?? writesContent(at(0, 'data'));
    case 'open':
      return opens('open', { ...call, args: [of, ...call.args] });
    case 'rename':
    case 'replace':
    case 'symlink_to':
    case 'hardlink_to':
      return of.some(({ place }) => place !== undefined) ? copies('os.rename', of, at(0, 'target')) : undefined;
    case 'unlink':
    case 'rmdir':
      return deletes(of);
    case 'rglob':
      return searches(of);
    case 'glob':
      return at(0, 'pattern').some(({ text }) => text?.startsWith('**') === true) ? searches(of) : undefined;
    case 'iterdir':
      return hasPlace(of, WHOLE_HOME) ? TAKES_HOME : undefined;
    case 'extractall':
      return unpacks(at(0, 'path'));
    case 'chmod':
      return permits(at(0, 'mode'));
    // Of a TAR archive that is written.
    case 'add':
      return at(0, 'name').some(({ place, text }) => text !== '~' && place !== undefined && WHOLE_HOME.test(place))
        ? TAKES_HOME
        : undefined;
    // The language of pandas takes attributes of what it is given.
    case 'eval':
    case 'query':
      return call.args.flat().some(({ text }) => text !== undefined && /__\w+__/.test(text)) ? REACHES_IN : undefined;
    case 'run_cell':
    case 'run_line_magic':
    case 'run_cell_magic':
    case 'magic': {
      const pattern = name === 'run_cell' ? SHELL_LINE : SHELL_MAGIC;
      return (call.args[0] ?? []).some(({ text }) => text !== undefined && pattern.test(text))
        ? 'runs a command'
        : undefined;
    }
    case 'connect':
    case 'connect_ex':
    case 'listen':
    case 'sendto':
      if (call.args.flat().some(({ environment }) => environment !== undefined)) return TAKES_ENVIRONMENT;
      if (!of.some(({ from }) => from === 'socket.socket' || from === 'socket.create_connection')) return undefined;
      return dials([...at(0, 'address'), ...at(1, 'address')]);
    default:
      return undefined;
  }
}

const METHODS: ReadonlySet<string> = new Set(
  (
    'write writelines writestr send sendall sendto write_text write_bytes open rename replace symlink_to hardlink_to unlink rmdir rglob glob iterdir ' +
    'extractall chmod add eval query run_cell run_line_magic run_cell_magic magic connect connect_ex listen'
  ).split(' '),
);

/** What giving something of a module another value does. */
export function actOfStore(path: string, values: readonly Seen[]): string | undefined {
  if (/^sys\.path(?:\[…\])?$/.test(path))
    return values.some(({ place }) => isEverybodys(place)) ? IMPORTS_THERE : undefined;
  const name = /^os\.environ\.(.+)$/.exec(path)?.[1];
  return name === undefined ? undefined : setsVariable([{ text: name }], values);
}

/** A constant that is the head of a program, whatever is done with it. */
export function isProgram(bytes: string): boolean {
  // ELF with its class and order of bytes, and the stub of a program for Windows.
  return (
    // eslint-disable-next-line no-control-regex -- the bytes of the head
    /^\x7fELF[\x01\x02][\x01\x02]/.test(bytes) || (bytes.startsWith('MZ') && bytes.slice(0, 1024).includes('PE\0\0'))
  );
}

/** IPython hands lines with `!`, and what some magics get, to a shell. */
const SHELL_LINE = /^[ \t]*(?:!|%%?(?:sh|bash|system|sx|script|run|pip|conda)\b)/m;
const SHELL_MAGIC = /^%?(?:!!?|sh|bash|cmd|system|sx|sc|script|run|perl|ruby|pip|conda)\b/;

const REACHES_IN = 'runs a text that reaches into the interpreter';
const TAKES_HOME = 'takes all files of a user';
const TAKES_ENVIRONMENT = 'takes variables of the environment, where keys and tokens are kept';
const IMPORTS_THERE = 'takes modules from a folder that everybody can write to';
const CONNECTS = 'connects to another machine';
const RUNS_THERE = 'runs a file from a folder that everybody can write to';

type Kind =
  | ('open' | 'copy' | 'pack' | 'walk' | 'list' | 'unpack' | 'delete' | 'permit' | 'path' | 'load-file')
  | ('serialise' | 'write' | 'serve' | 'environment' | 'unpickle' | 'compile' | 'dial' | 'print');

const KINDS: ReadonlyMap<string, Kind> = new Map(
  (
    [
      ['open', 'open io.open os.open codecs.open gzip.open bz2.open lzma.open sqlite3.connect'],
      ['compile', 'py_compile.compile'],
      ['copy', 'shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move'],
      ['copy', 'os.rename os.renames os.replace os.link os.symlink'],
      ['pack', 'shutil.make_archive'],
      ['walk', 'os.walk os.fwalk glob.glob glob.iglob'],
      ['list', 'os.listdir os.scandir'],
      ['unpack', 'shutil.unpack_archive'],
      ['delete', 'os.remove os.unlink os.rmdir os.removedirs os.truncate shutil.rmtree'],
      ['permit', 'os.chmod os.fchmod os.lchmod'],
      ['path', 'sys.path.insert sys.path.append sys.path.extend site.addsitedir'],
      ['load-file', 'importlib.util.spec_from_file_location importlib.machinery.SourceFileLoader imp.load_source'],
      ['serialise', 'str repr json.dumps pickle.dumps marshal.dumps pprint.pformat urllib.parse.urlencode'],
      ['write', 'json.dump pickle.dump os.write os.pwrite'],
      ['print', 'print'],
      ['serve', 'multiprocessing.managers.BaseManager multiprocessing.managers.SyncManager'],
      ['dial', 'socket.create_connection'],
      ['environment', 'os.putenv os.environ.setdefault'],
      ['unpickle', 'pickle.load pickle.loads dill.load dill.loads cloudpickle.load cloudpickle.loads'],
      ['unpickle', 'pandas.read_pickle joblib.load torch.load marshal.load marshal.loads'],
    ] as const
  ).flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind] as const)),
);

function opens(path: string, { args, named }: GivenCall): string | undefined {
  const file = args[0] ?? named.get('file') ?? [];
  const mode = args[1] ?? named.get('mode') ?? [];
  if (path === 'os.open') {
    const bits = args[2] ?? named.get('mode') ?? [];
    return bits.some(({ number }) => number !== undefined && (number & 0o111) !== 0) ? 'makes a program' : undefined;
  }
  if (file.some(({ environment }) => environment === 'secret')) return TAKES_ENVIRONMENT;
  if (mode.some(({ text }) => text !== undefined && /[wax+]/.test(text))) return writes(file);
  return file.some(({ place }) => place !== undefined && isWatchedPath(place))
    ? 'opens a file with secrets'
    : undefined;
}

function writes(file: readonly Seen[]): string | undefined {
  for (const { place } of file) {
    if (place === undefined) continue;
    if (isInPackages(place)) return 'writes into a library';
    if (isWatchedPath(place)) return 'writes where secrets are kept or programs start';
    if (SYSTEM_PLACE.test(place)) return 'writes to the system';
    if (PROGRAM_FILE.test(place)) return 'writes a program';
  }
  return undefined;
}

function isInPackages(place: string): boolean {
  return place.startsWith(`${PACKAGES_FOLDER}/`);
}

function writesContent(content: readonly Seen[]): string | undefined {
  if (content.some(({ environment }) => environment !== undefined)) return TAKES_ENVIRONMENT;
  return content.some(({ text }) => text !== undefined && (isProgram(text) || SCRIPT.test(text)))
    ? 'writes a program'
    : undefined;
}

function copies(path: string, from: readonly Seen[], to: readonly Seen[]): string | undefined {
  const isTaken = path === 'shutil.copytree' || path === 'shutil.move' || path.startsWith('os.re');
  if (isTaken && hasPlace(from, WHOLE_HOME)) return TAKES_HOME;
  if (hasPlace(from, SYSTEM_PROGRAM)) return 'takes a program of the system';
  // A program of the model's own folder is copied by those who install it.
  const done = writes(to);
  return done === 'writes a program' && from.every(({ place }) => place === undefined || !isEverybodys(place))
    ? undefined
    : done;
}

function searches(places: readonly Seen[]): string | undefined {
  return hasPlace(places, WHOLE_HOME) || hasPlace(places, WHOLE_DISK) ? 'searches all files of a user' : undefined;
}

/** An archive names the files that are written. */
function unpacks(places: readonly Seen[]): string | undefined {
  return [WHOLE_HOME, WHOLE_DISK, SYSTEM_PLACE].some((pattern) => hasPlace(places, pattern))
    ? "unpacks an archive outside of the model's folder"
    : undefined;
}

function deletes(places: readonly Seen[]): string | undefined {
  return hasPlace(places, OTHERS_PLACE) ? "deletes what is not the model's" : undefined;
}

/** The bits by which a program runs with the rights of the file's owner (chmod(2)). */
function permits(modes: readonly Seen[]): string | undefined {
  return modes.some(({ number }) => number !== undefined && (number & 0o6000) !== 0)
    ? 'gives a program the rights of its owner'
    : undefined;
}

function setsVariable(names: readonly Seen[], values: readonly Seen[]): string | undefined {
  const to = (pattern: RegExp): boolean => names.some(({ text }) => text !== undefined && pattern.test(text));
  if (to(SEARCHED) && values.some(({ place }) => isEverybodys(place)))
    return 'lets programs look in a folder that everybody can write to';
  const leads = values.some(({ text }) => text !== undefined && isForeignHost(hostOf(text)));
  if (to(PROXIES) && leads) return 'leads all connections by another machine';
  return to(CERTIFICATES) && values.some(({ place }) => isEverybodys(place))
    ? 'changes which machines are trusted'
    : undefined;
}

function hasPlace(values: readonly Seen[], pattern: RegExp): boolean {
  return values.some(({ place }) => place !== undefined && pattern.test(place));
}

function isEverybodys(place: string | undefined): boolean {
  return place !== undefined && EVERYBODYS.test(place);
}

function isDownloaded({ text, from }: Seen): boolean {
  if (text !== undefined && /^(?:https?|ftp):\/\//.test(text)) return true;
  return from !== undefined && effectOf(from) === 'network';
}

function sends({ args, named }: GivenCall): string | undefined {
  const all = [...args, ...named.values()].flat();
  if (all.some(({ environment }) => environment === 'all')) return TAKES_ENVIRONMENT;
  return all.some(({ text }) => text !== undefined && isForeignHost(hostOf(text))) ? CONNECTS : undefined;
}

/** Code that looks for its own address asks a name server that all use, and sends nothing. */
function dials(addresses: readonly Seen[]): string | undefined {
  return addresses.some(({ host }) => host !== undefined && isHarmlessHost(host)) ? undefined : CONNECTS;
}

function isGiven({ text, number, host, place }: Seen): boolean {
  return host !== undefined || text !== undefined || number !== undefined || place !== undefined;
}

function isForeignHost(host: string | undefined): boolean {
  return host !== undefined && /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) && !isHarmlessHost(host);
}

/** This machine, private networks (RFC 1122, RFC 1918), and name servers that all use. */
function isHarmlessHost(host: string): boolean {
  return (
    /^(?:0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|255\.|localhost$|$)/.test(host) ||
    /^(?:8\.8\.(?:8\.8|4\.4)|1\.[01]\.[01]\.1|9\.9\.9\.9|114\.114\.114\.114|223\.5\.5\.5)$/.test(host)
  );
}

function hostOf(address: string): string | undefined {
  return /^(?:\w+:\/\/)?(?:[^/@]*@)?([^/:]+)/.exec(address)?.[1];
}

/** True for a variable of the environment that keeps a secret, by its name. */
export function isSecretVariable(name: string): boolean {
  return SECRET_VARIABLE.test(name);
}

const PROGRAM_FILE = /\.(?:py|pyc|so|dll|pyd|sh|bash|bat|cmd|ps1|vbs|exe|service|desktop|plist)$/i;
const SCRIPT = /^#!\s*\/|^@echo off\b/i;
const SEARCHED = /^(?:PATH|PYTHONPATH|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH)$/;
const PROXIES = /^(?:https?|all|ftp)_proxy$/i;
const CERTIFICATES = /^(?:REQUESTS_CA_BUNDLE|SSL_CERT_FILE|SSL_CERT_DIR|CURL_CA_BUNDLE)$/;

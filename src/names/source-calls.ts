/** The effects of functions of Python and of common packages, by their full name: the calls that are reported in code beside a model. */
export type Effect = 'exec' | 'network' | 'delete' | 'code' | 'unpickle' | 'tamper';

const WHOLE: readonly (readonly [Effect, string])[] = [
  ['exec', 'subprocess pty commands pexpect ensurepip webbrowser popen2 sh'],
  [
    'exec',
    'pip.main pip._internal ctypes.CDLL ctypes.PyDLL ctypes.WinDLL ctypes.OleDLL ctypes.cdll ctypes.windll ctypes.pythonapi',
  ],
  ['exec', 'asyncio.create_subprocess_exec asyncio.create_subprocess_shell platform.popen torch.ops.load_library'],
  ['exec', 'torch.utils.cpp_extension.load torch.utils.cpp_extension.load_inline tensorflow.load_op_library cffi.FFI'],
  [
    'exec',
    'system popen startfile posix_spawn posix_spawnp execl execle execlp execlpe execv execve execvp execvpe spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe fork forkpty kill killpg'
      .split(' ')
      .map((name) => `os.${name}`)
      .join(' '),
  ],
  [
    'network',
    'requests.get requests.post requests.put requests.patch requests.delete requests.head requests.request requests.Session requests.session',
  ],
  [
    'network',
    'urllib.request.urlopen urllib.request.urlretrieve urllib.request.build_opener urllib.urlopen urllib2.urlopen',
  ],
  [
    'network',
    'http.client.HTTPConnection http.client.HTTPSConnection socket.socket socket.create_connection socket.create_server',
  ],
  [
    'network',
    'httpx aiohttp.ClientSession ftplib smtplib telnetlib paramiko websockets.connect websocket urllib3.PoolManager',
  ],
  [
    'network',
    'urllib3.request wget.download pycurl asyncio.open_connection asyncio.start_server xmlrpc.client.ServerProxy dns.resolver',
  ],
  ['network', 'socketserver http.server'],
  ['delete', 'os.remove os.unlink os.rmdir os.removedirs os.truncate shutil.rmtree'],
  [
    'code',
    'eval exec compile execfile runpy.run_path runpy.run_module code.interact code.InteractiveInterpreter code.InteractiveConsole',
  ],
  [
    'code',
    'types.FunctionType types.CodeType types.LambdaType marshal.loads marshal.load imp.load_source imp.load_module torch.hub.load',
  ],
  ['code', 'importlib.machinery.SourceFileLoader importlib.machinery.ExtensionFileLoader _imp.create_dynamic'],
  [
    'unpickle',
    'pickle.load pickle.loads pickle.Unpickler cPickle.load cPickle.loads _pickle.loads dill.load dill.loads cloudpickle.load',
  ],
  [
    'unpickle',
    'cloudpickle.loads joblib.load torch.load pandas.read_pickle shelve.open yaml.unsafe_load yaml.full_load',
  ],
  ['tamper', 'fickling picklescan modelscan modelaudit dynscan'],
];

export const EFFECTS: ReadonlyMap<string, Effect> = new Map(
  WHOLE.flatMap(([deed, names]) => names.split(' ').map((name) => [name, deed] as const)),
);

/** Names by other paths (posix is what os is made of). */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['posix', 'os'],
  ['nt', 'os'],
  ['builtins', ''],
  ['__builtin__', ''],
  ['__builtins__', ''],
  ['tf', 'tensorflow'],
  ['_posixsubprocess', 'subprocess'],
]);

/** Parts of these modules that only compute. */
const HARMLESS =
  /^(?:subprocess\.(?:PIPE|DEVNULL|STDOUT|CalledProcessError|SubprocessError|TimeoutExpired|CompletedProcess|list2cmdline)|httpx\.(?:\w*Error|\w*Exception|Timeout|URL)|smtplib\.\w*Exception|paramiko\.\w*Exception|websocket\.\w*Exception|http\.server\.\w*Handler)(?:\.|$)/;

/** The effect of a call of this name; the name of a module stands for all functions in it. */
export function effectOf(dotted: string): Effect | undefined {
  const [first = '', ...rest] = dotted.split('.');
  const root = ALIASES.get(first) ?? first;
  const full = [...(root === '' ? [] : [root]), ...rest].join('.');
  if (HARMLESS.test(full)) return undefined;
  for (let path = full; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
    const deed = EFFECTS.get(path);
    // An attribute of a builtin function is not that function; any other entry also stands for its attributes.
    if (deed !== undefined && (path === full || !BUILTIN.has(path))) return deed;
  }
  return undefined;
}

const BUILTIN: ReadonlySet<string> = new Set(['eval', 'exec', 'compile', 'execfile']);

/** Modules whose import is reported. */
export const NOTED_MODULES =
  /^(?:subprocess|socket|pty|ctypes|cffi|requests|urllib\.request|urllib2|http\.client|httpx|aiohttp|ftplib|smtplib|telnetlib|paramiko|websockets?|marshal|pickle|dill|cloudpickle|runpy|code|webbrowser|pexpect|winreg|crontab|keyring|pynput|pyautogui|browser_cookie3)(?:\.|$)/;

/** Functions that turn data into other data; their input can hide code. */
export const DECODERS: ReadonlySet<string> = new Set([
  ...[
    'b64decode',
    'b32decode',
    'b16decode',
    'b85decode',
    'a85decode',
    'standard_b64decode',
    'urlsafe_b64decode',
    'decodebytes',
  ],
  ...['decompress', 'fromhex', 'unhexlify', 'a2b_base64', 'a2b_hex', 'rot13', 'rot_13', 'chr', 'decrypt', 'fernet'],
  ...['urlopen', 'urlretrieve', 'recv'],
]);
export const RUNNERS: ReadonlySet<string> = new Set([
  'eval',
  'exec',
  'compile',
  'execfile',
  'marshal.loads',
  'types.FunctionType',
  'types.CodeType',
]);
/** Ways from any object to any function. */
export const INTERNALS: ReadonlySet<string> = new Set([
  ...['__builtins__', '__subclasses__', '__globals__', '__getattribute__', '__loader__', '__code__', '__closure__'],
  ...['f_globals', 'f_builtins', 'gi_frame', 'func_globals'],
]);

/** The searched names that `from x import *` imports. */
export const STARRED: ReadonlyMap<string, readonly string[]> = new Map([
  ['os', ['system', 'popen', 'remove', 'unlink', 'execv', 'execve', 'execvp', 'fork', 'kill']],
  ['subprocess', ['run', 'call', 'Popen', 'check_output', 'check_call', 'getoutput', 'getstatusoutput']],
  ['socket', ['socket', 'create_connection']],
  ['urllib.request', ['urlopen', 'urlretrieve']],
  ['ctypes', ['CDLL', 'cdll', 'windll', 'WinDLL']],
  ['pickle', ['load', 'loads']],
  ['marshal', ['loads', 'load']],
  ['base64', []],
]);
export const NOTED_OR_OS =
  /^(?:os|sys|posix|nt|builtins|subprocess|importlib|socket|ctypes|shutil|marshal|pickle)(?:\.|$)/;

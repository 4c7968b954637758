/** The effects of functions of Python and of common packages, by their full name: the calls that are reported in code beside a model. */
import { canonicalModule, dangerOf } from './capabilities.js';
import { remembering } from './remember.js';

/** `native`: loads machine code; `hook`: the interpreter calls it again and again, or takes modules from it; `spy`: takes what a user keeps or does. */
export type Effect = 'exec' | 'network' | 'delete' | 'code' | 'unpickle' | 'tamper' | 'native' | 'hook' | 'spy';

const WHOLE: readonly (readonly [Effect, string])[] = [
  ['exec', 'subprocess pty commands pexpect ensurepip webbrowser popen2 sh'],
  [
    'exec',
    'pip.main pip._internal ctypes.CDLL ctypes.PyDLL ctypes.WinDLL ctypes.OleDLL ctypes.cdll ctypes.windll ctypes.pythonapi',
  ],
  ['exec', 'crontab.CronTab docker.from_env docker.DockerClient docker.APIClient'],
  // Interpreters of other languages, and programs that are steered.
  [
    'exec',
    'rpy2.robjects.r oct2py.octave oct2py.Oct2Py matlab.engine execjs js2py py_mini_racer tkinter.Tcl _tkinter.create',
  ],
  ['exec', 'win32com.client.Dispatch win32com.client.DispatchEx wmi.WMI pipes.Template mailcap.findmatch'],
  ['exec', 'mxnet.library.load Cython.inline Cython.Build.cython_inline Cython.Build.Inline.cython_inline'],
  [
    'exec',
    '_winapi.CreateProcess distutils.spawn.spawn numpy.distutils.exec_command distutils.core.run_setup setuptools.sandbox pydoc.pipepager pydoc.tempfilepager',
  ],
  [
    'exec',
    'asyncio.create_subprocess_exec asyncio.create_subprocess_shell platform.popen torch.ops.load_library multiprocessing.set_executable',
  ],
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
    'requests.get requests.post requests.put requests.patch requests.delete requests.head requests.request requests.Session requests.session requests.sessions requests.api',
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
  ['network', 'socketserver http.server ssl.get_server_certificate logging.config.listen'],
  [
    'network',
    'logging.handlers.HTTPHandler logging.handlers.SocketHandler logging.handlers.DatagramHandler logging.handlers.SysLogHandler logging.handlers.SMTPHandler',
  ],
  [
    'network',
    'pymysql.connect MySQLdb.connect psycopg2.connect psycopg.connect redis.Redis redis.StrictRedis pymongo.MongoClient ldap3.Connection',
  ],
  [
    'network',
    'telegram.Bot telebot.TeleBot slack_sdk.WebClient slack.WebClient discord.Client discord.SyncWebhook scapy asyncssh pysftp impacket',
  ],
  ['network', 'multiprocessing.connection.Client multiprocessing.connection.Listener imaplib poplib nntplib'],
  // Clients that are written in C: their sources say nothing to the generator.
  [
    'network',
    'torch.distributed.rpc torch.distributed.TCPStore grpc.insecure_channel grpc.secure_channel grpc.aio zmq.Context pyarrow.flight nats.connect',
  ],
  [
    'network',
    'kafka.KafkaProducer confluent_kafka.Producer paho.mqtt.client paho.mqtt.publish pika.BlockingConnection tensorflow.distribute.Server',
  ],
  ['delete', 'os.remove os.unlink os.rmdir os.removedirs os.truncate shutil.rmtree'],
  [
    'code',
    'eval exec compile execfile runpy.run_path runpy.run_module code.interact code.InteractiveInterpreter code.InteractiveConsole',
  ],
  [
    'code',
    'types.FunctionType types.CodeType types.LambdaType marshal.loads marshal.load imp.load_source imp.load_module torch.hub.load',
  ],
  ['code', 'zipimport.zipimporter pandas.eval importlib.machinery.SourcelessFileLoader'],
  ['code', 'pygments.formatters.load_formatter_from_file pygments.lexers.load_lexer_from_file'],
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

/** Functions that fetch something by its address, as code that loads pictures or weights does. */
export function isFetching(path: string): boolean {
  return /^(?:requests|urllib[23]?|urllib3|httpx|aiohttp|wget|http\.client|socket|ssl)\./.test(path);
}

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
export const effectOf = remembering(findEffect);

function findEffect(dotted: string): Effect | undefined {
  const [first = '', ...rest] = dotted.split('.');
  const root = ALIASES.get(first) ?? first;
  const full = [...(root === '' ? [] : [root]), ...rest].join('.');
  if (HARMLESS.test(full)) return undefined;
  for (let path = full; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
    const deed = EFFECTS.get(path);
    // An attribute of a builtin function is not that function; any other entry also stands for its attributes.
    if (deed !== undefined && (path === full || !BUILTIN.has(path))) return deed;
  }
  return kindOfUse(full) ?? (startsPrograms(full) ? 'exec' : undefined);
}

/** Functions that no model uses, whatever they are given. */
export function kindOfUse(path: string): 'native' | 'hook' | 'spy' | undefined {
  if (NATIVE.test(path)) return 'native';
  if (HOOKS.test(path)) return 'hook';
  return SPIES.test(path) ? 'spy' : undefined;
}

const NATIVE =
  /^(?:numpy|np)\.ctypeslib\.load_library$|^torch\.(?:ops|classes)\.load_library$|^llvmlite\.binding\.|^pyximport\.|^weave\./;

/** By these the interpreter calls a function for every line, every import or every start, or takes modules from a further folder. */
const HOOKS =
  /^(?:sys|threading)\.(?:settrace|setprofile|settrace_all_threads|setprofile_all_threads)$|^sys\.addaudithook$|^sys\.(?:meta_path|path_hooks)\.(?:insert|append|extend|clear|remove|pop)$|^site\.addsitedir$|^gc\.get_referrers$/;

/** Libraries that take passwords out of their stores, or watch the screen, the keyboard and the clipboard. */
const SPIES =
  /^(?:keyring\.(?:get_|backends)|browser_cookie3\.|pynput\.|pyautogui\.|pyscreenshot\.|ImageGrab\.grab|PIL\.ImageGrab\.grab|mss\.|pyperclip\.paste$|pandas\.(?:read_clipboard|io\.clipboard)|netrc\.netrc$|win32crypt\.|secretstorage\.)/;

/** What starts a program in a pickle starts one here, too. */
function startsPrograms(full: string): boolean {
  const dot = full.lastIndexOf('.');
  if (dot < 0 || BUILDS.test(full)) return false;
  return dangerOf(canonicalModule(full.slice(0, dot)), full.slice(dot + 1)) === 'exec';
}

/** Of the tools that build extensions only those that build and load at once run something here. */
const BUILDS = /^(?:torch\.utils\.cpp_extension|numpy\.distutils|distutils|setuptools|pip)\./;

/** True for the name of a module, which is not called itself. */
export function isWholeModule(path: string): boolean {
  return WHOLE_MODULES.has(path);
}

const WHOLE_MODULES: ReadonlySet<string> = new Set(
  (
    'subprocess pty commands pexpect ensurepip webbrowser popen2 sh pip._internal httpx ftplib smtplib telnetlib paramiko websocket pycurl ' +
    'dns.resolver socketserver http.server imaplib poplib nntplib setuptools.sandbox execjs js2py py_mini_racer matlab.engine scapy asyncssh pysftp impacket ' +
    'fickling picklescan modelscan modelaudit dynscan'
  ).split(' '),
);

/**
 * The shortest name of what a dotted name leads to: `shutil.os.system` is `os.system`, for modules have the modules that they import under these
 * names.
 */
export function canonicalName(path: string): string {
  const parts = path.split('.');
  for (let at = parts.length - 1; at > 0; at -= 1) {
    const part = (parts[at] ?? '').replace(/^_+(?=[a-z])/, '');
    if (!AT_HAND.has(part) || parts[at - 1] === '') continue;
    // Packages have modules of this name, too, with functions of their own.
    const [inner] = parts.slice(at + 1);
    if (part !== 'subprocess' || inner === undefined || STARTS.has(inner))
      return [part, ...parts.slice(at + 1)].join('.');
  }
  const first = SAME.get(parts[0] ?? '');
  return first === undefined ? path : [first, ...parts.slice(1)].join('.');
}

const STARTS: ReadonlySet<string> = new Set(
  'run call Popen check_call check_output getoutput getstatusoutput'.split(' '),
);
const AT_HAND: ReadonlySet<string> = new Set(
  'os sys subprocess shutil builtins importlib ctypes posix nt pty runpy'.split(' '),
);

const SAME: ReadonlyMap<string, string> = new Map([
  ['posix', 'os'],
  ['nt', 'os'],
  ['__builtin__', 'builtins'],
  ['_posixsubprocess', 'subprocess'],
  ['_operator', 'operator'],
  ['_functools', 'functools'],
  ['_pickle', 'pickle'],
  ['cPickle', 'pickle'],
  ['tf', 'tensorflow'],
]);

/** Python's own functions, which a star import does not give another meaning here. */
export const HOLDS_ALL: ReadonlySet<string> = new Set(
  'print len range list dict tuple set str int float bool type isinstance enumerate zip map filter sorted super object getattr setattr hasattr'.split(
    ' ',
  ),
);

const BUILTIN: ReadonlySet<string> = new Set(['eval', 'exec', 'compile', 'execfile']);

/** Modules whose import is reported. */
export const NOTED_MODULES =
  /^(?:subprocess|socket|pty|ctypes|cffi|requests|urllib\.request|urllib2|http\.client|httpx|aiohttp|ftplib|smtplib|telnetlib|paramiko|websockets?|marshal|pickle|dill|cloudpickle|runpy|code|webbrowser|pexpect|winreg|crontab|keyring|pynput|pyautogui|browser_cookie3)(?:\.|$)/;

/** Functions that make objects of texts and bytes, whatever these name. */
export function isObjectLoader(path: string): boolean {
  return OBJECT_LOADERS.test(path);
}

const OBJECT_LOADERS =
  /^(?:_?pickle|dill|cloudpickle|joblib|marshal)\.(?:_?loads?|_?Unpickler)$|^pandas\.read_pickle$|^torch\.load$|^(?:ruamel\.)?yaml\.(?:unsafe_|full_)?load(?:_all)?$|^jsonpickle\.(?:decode|loads)$/;

/** Marks in a text by which a loader of objects takes names from it: YAML 1.1 as PyYAML reads it, and jsonpickle. */
export function namesObjects(path: string, text: string): boolean {
  if (path.includes('yaml')) return /!!python\/|tag:yaml\.org,2002:python\//.test(text);
  return path.startsWith('jsonpickle') && /"py\\?\/(?:reduce|object|function|type|repr|module|mod|newargs)/.test(text);
}

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

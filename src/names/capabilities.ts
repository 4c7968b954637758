/**
 * The names that are known to be dangerous in a pickle, by their capability. The capability decides the words and the severity of a finding, not
 * whether there is one: a name on neither list is reported as unlisted. Facts are from CPython's library reference and the public advisories on
 * pickle scanners. For how both lists are used see `docs/decisions/0086-names-in-pickles-by-what-a-call-does.md`.
 */
import { isAllowed } from './allowed.js';
import { actsOutside } from './attributes.js';
import type { Capability } from './capability.js';
import { libraryCallable } from './library-calls.js';

export type { Capability };

export type Judgement =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'dangerous'; readonly capability: Capability }
  /** Of Python's standard library, and no harmless model has use for it. */
  | { readonly kind: 'unlisted' }
  /** Of a library that is not known here. */
  | { readonly kind: 'unknown' };

/**
 * Judges a global whose module is already in its canonical spelling.
 *
 * Example: `judge('os', 'system')` returns `{ kind: 'dangerous', … }`, `judge('collections', 'OrderedDict')` returns `{ kind: 'allowed' }`.
 */
export function judge(module: string, name: string): Judgement {
  if (isHarmless(module, name)) return { kind: 'allowed' };
  const capability = dangerOf(module, name);
  if (capability) return { kind: 'dangerous', capability };
  if (libraryCallable(module, name)?.kind === 'quiet') return { kind: 'allowed' };
  // A dotted name walks from attribute to attribute, into any module that was imported on the way.
  return isStandard(module) ? { kind: 'unlisted' } : { kind: 'unknown' };
}

/** The capability of a name that is dangerous however it is used. */
export function dangerOf(module: string, name: string): Capability | undefined {
  if (isHarmless(module, name)) return undefined;
  const own = capabilityOf(module, name);
  if (actsOutside(module, name)) return own ?? 'file';
  // `platform.subprocess.Popen`: what a mild module has at hand is no milder for it.
  const through = own === undefined || name.includes('.') ? throughAttributes(module, name) : undefined;
  return through !== undefined && RUNNING.has(through) ? through : (own ?? through);
}

/** Capabilities of what runs something, or leaves nothing to go back to. */
export const RUNNING: ReadonlySet<Capability> = new Set(['exec', 'code', 'native', 'delete']);

function isHarmless(module: string, name: string): boolean {
  // Types of a TorchScript archive's own code/, which torch's C++ unpickler resolves; Python has no such module.
  return isAllowed(module, name) || module === '__torch__' || module.startsWith('__torch__.');
}

/** The one spelling of a module that the lists use: Python 2 names (`Lib/_compat_pickle.py`) and modules behind others. */
export function canonicalModule(module: string): string {
  return ALIASES.get(module) ?? (module.includes('.') ? copied(module) : module);
}

/** Copies of cloudpickle and joblib that other packages carry, under their own names: `ray.cloudpickle`, `joblib.externals.cloudpickle`. */
function copied(module: string): string {
  if (module.includes('cloudpickle')) {
    const [, prefix, rest] = /^((?:\w+\.)*)cloudpickle(|\.cloudpickle|\.cloudpickle_fast)$/.exec(module) ?? [];
    return rest === undefined || (rest === '' && prefix === '') ? module : 'cloudpickle.cloudpickle';
  }
  return module.startsWith('sklearn.externals.joblib') ? module.slice('sklearn.externals.'.length) : module;
}

/** True for a module that belongs to Python itself. */
export function isStandard(module: string): boolean {
  const canonical = canonicalModule(module);
  return STANDARD.has(canonical.split('.')[0] ?? '') && !isBelowModule(canonical);
}

/**
 * `code.models`: Python's own `code` is one file, and nothing can be imported from below it. Where there is such a module, a project has a package of the
 * name.
 */
export function isBelowModule(module: string): boolean {
  const [top = '', ...below] = module.split('.');
  return below.length > 0 && STANDARD.has(top) && !WITH_MODULES.has(top);
}

/** True when code that can use this module could do harm with it. */
export function isDangerousModule(module: string): boolean {
  return wholeModule(canonicalModule(module)) !== undefined;
}

function capabilityOf(module: string, name: string): Capability | undefined {
  const first = name.split('.')[0] ?? name;
  const [top = ''] = module.split('.');
  for (const [capability, names] of PACKAGES.get(top) ?? [])
    if (names.has(first) || names.has(name.split('.').at(-1) ?? name)) return capability;
  for (const [capability, names] of NAMES.get(module) ?? []) {
    if (names.has(name) || names.has(first)) return capability;
  }
  return wholeModule(module);
}

function wholeModule(module: string): Capability | undefined {
  if (isBelowModule(module)) return undefined;
  for (let path = module; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
    const capability = MODULES.get(path);
    if (capability) return capability;
  }
  return undefined;
}

/** `torch` with `serialization.os.system` is `os.system` by a detour. */
function throughAttributes(module: string, name: string): Capability | undefined {
  const path = [...module.split('.'), ...name.split('.')];
  // No pickler writes a module object: a pickle that asks for one is going to reach through it.
  if (!name.includes('.')) return MODULES_AT_HAND.has(name) ? 'import' : undefined;
  for (let start = 1; start < path.length; start += 1) {
    const target = canonicalModule((path[start] ?? '').replace(/^_+(?=[a-z])/, ''));
    const last = start === path.length - 1;
    // The joined names below are made only where a lookup can succeed: a name may have thousands of parts.
    const capability =
      last || !NAMES.has(target) ? wholeModule(target) : capabilityOf(target, path.slice(start + 1).join('.'));
    if (capability) return capability;
  }
  const dunder =
    /(^|\.)__(globals|builtins|subclasses|dict|class|getattribute|import|code|closure|base|bases|mro|call|init|reduce|reduce_ex|setattr)__(\.|$)/;
  return dunder.test(name) ? 'import' : undefined;
}

const MODULES_AT_HAND: ReadonlySet<string> = new Set(
  'os _os sys _sys subprocess _subprocess shutil _shutil socket _socket ctypes importlib posix nt pty runpy'.split(' '),
);

const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    __builtin__: 'builtins',
    __builtins__: 'builtins',
    exceptions: 'builtins',
    copy_reg: 'copyreg',
    posix: 'os',
    nt: 'os',
    _posixsubprocess: 'subprocess',
    commands: 'subprocess',
    popen2: 'subprocess',
    _socket: 'socket',
    _operator: 'operator',
    _functools: 'functools',
    _pickle: 'pickle',
    cPickle: 'pickle',
    // dill's one module before 0.2.8.
    'dill.dill': 'dill._dill',
    StringIO: 'io',
    cStringIO: 'io',
    UserDict: 'collections',
    UserList: 'collections',
    UserString: 'collections',
    Queue: 'queue',
    urlparse: 'urllib.parse',
    robotparser: 'urllib.robotparser',
    ConfigParser: 'configparser',
    Cookie: 'http.cookies',
    cookielib: 'http.cookiejar',
    HTMLParser: 'html.parser',
    htmlentitydefs: 'html.entities',
    httplib: 'http.client',
    repr: 'reprlib',
    SocketServer: 'socketserver',
    xmlrpclib: 'xmlrpc.client',
    sets: 'builtins',
    _io: 'io',
    _pyio: 'io',
    ntpath: 'os.path',
    posixpath: 'os.path',
    genericpath: 'os.path',
    _collections: 'collections',
    _datetime: 'datetime',
    _pydatetime: 'datetime',
    _decimal: 'decimal',
    _pydecimal: 'decimal',
    'pathlib._local': 'pathlib',
    _ctypes: 'ctypes',
    _imp: 'importlib',
    imp: 'importlib',
    _frozen_importlib: 'importlib',
    _frozen_importlib_external: 'importlib',
    _thread: 'threading',
    thread: 'threading',
    _sqlite3: 'sqlite3',
  }),
);

/** Names in modules that also have harmless ones. */
const TABLE: readonly (readonly [Capability, string, string])[] = [
  [
    'exec',
    'os',
    'system popen popen2 popen3 popen4 execl execle execlp execlpe execv execve execvp execvpe _execvpe spawnl spawnle spawnlp ' +
      'spawnlpe spawnv spawnve spawnvp spawnvpe _spawnvef posix_spawn posix_spawnp fork forkpty startfile kill killpg abort',
  ],
  ['delete', 'os', 'remove unlink rmdir removedirs truncate'],
  [
    'file',
    'os',
    'open fdopen write read pwrite pread sendfile rename renames replace link symlink mkdir makedirs mkfifo mknod chmod chown lchown ' +
      'fchmod fchown listdir scandir walk stat utime chdir chroot copy_file_range readlink memfd_create',
  ],
  ['system', 'os.path', 'expanduser expandvars exists realpath isfile isdir getsize'],
  ['code', 'builtins', 'eval exec execfile compile breakpoint'],
  [
    'import',
    'builtins',
    '__import__ getattr setattr delattr globals locals vars dir apply reduce input __build_class__',
  ],
  ['file', 'builtins', 'open file'],
  ['file', 'io', 'open open_code FileIO OpenWrapper TextIOWrapper BufferedReader BufferedWriter'],
  ['import', 'operator', 'attrgetter methodcaller call setitem delitem'],
  ['import', 'functools', 'reduce singledispatch'],
  ['import', 'types', 'ModuleType DynamicClassAttribute new_class coroutine'],
  ['code', 'types', 'FunctionType LambdaType CodeType'],
  ['loader', 'pickle', 'load loads _load _loads Unpickler _Unpickler'],
  ['exec', 'platform', 'popen _syscmd_ver'],
  ['exec', 'uuid', '_get_command_stdout _find_mac'],
  ['exec', 'imaplib', 'IMAP4_stream'],
  ['exec', 'multiprocessing.util', 'spawnv_passfds'],
  ['exec', '_winapi', 'CreateProcess'],
  ['exec', 'distutils.core', 'run_setup setup'],
  ['exec', 'pydoc', 'pipepager tempfilepager'],
  ['network', 'logging.handlers', 'HTTPHandler SocketHandler DatagramHandler SysLogHandler SMTPHandler'],
  ['network', 'logging.config', 'listen'],
  ['network', 'multiprocessing.connection', 'Client Listener'],
  ['exec', 'asyncio', 'create_subprocess_exec create_subprocess_shell'],
  ['network', 'asyncio', 'open_connection start_server'],
  ['exec', 'test.support.script_helper', 'assert_python_ok spawn_python run_python_until_end'],
  ['file', 'logging', 'FileHandler basicConfig'],
  ['import', 'logging.config', 'fileConfig dictConfig listen _resolve'],
  ['code', 'cProfile', 'run runctx Profile'],
  ['code', 'optparse', 'Values.read_file'],
  ['import', 'optparse', 'Values.read_module Option.process Option.take_action'],
  ['file', 'numpy', 'fromfile memmap save savez savez_compressed savetxt genfromtxt loadtxt DataSource'],
  ['loader', 'numpy', 'load'],
  ['code', 'numpy.testing._private.utils', 'runstring rundocs'],
  ['code', 'numpy.testing', 'runstring rundocs'],
  ['loader', 'joblib', 'load'],
  [
    'loader',
    'joblib.numpy_pickle',
    'load load_temporary_memmap NumpyUnpickler NDArrayWrapper ZNDArrayWrapper _unpickle',
  ],
  ['loader', 'dill', 'load loads load_session load_module'],
  ['loader', 'dill._dill', 'load loads Unpickler'],
  ['code', 'dill._dill', '_eval_repr _unmarshal'],
  [
    'import',
    'dill._dill',
    '_get_attr _getattr _getattribute _attrgetter_helper _locate_function _locate_object _lookup_module _proxy_helper',
  ],
  ['file', 'dill._dill', '_create_filehandle _open'],
  ['file', 'cloudpickle.cloudpickle', '_file_reconstructor'],
  [
    'import',
    'cloudpickle.cloudpickle',
    'dynamic_subimport _lookup_module_and_qualname _getattribute _pickle_getattribute',
  ],
  ['loader', 'torch', 'load'],
  ['loader', 'torch.serialization', 'load _load _legacy_load'],
  ['loader', 'torch.storage', '_load_from_bytes'],
  ['loader', 'numba.core.serialize', '_unpickle__CustomPickled _numba_unpickle'],
  ['loader', 'joblib.externals.loky.cloudpickle_wrapper', '_reconstruct_wrapper'],
  ['loader', 'spacy.vocab', 'unpickle_vocab'],
  ['loader', 'spacy.tokens.doc', 'unpickle_doc'],
  ['loader', 'torch.jit', 'load'],
  ['loader', 'torch.utils.data.datapipes.utils.decoder', 'basichandlers'],
  ['code', 'torch.utils._config_module', 'ConfigModule load_config'],
  ['exec', 'torch.utils.collect_env', 'run run_and_read_all run_and_parse_first_match get_pip_packages'],
  ['exec', 'torch._inductor.codecache', 'compile_file'],
  ['code', 'torch.fx.experimental.symbolic_shapes', 'ShapeEnv evaluate_guards_expression'],
  ['native', 'torch.ops', 'load_library'],
  ['native', 'mxnet.library', 'load'],
  ['native', 'torch._ops', 'load_library'],
];

/** Functions of libraries by package: libraries have them under several modules, and any of these leads to them. */
const IN_PACKAGES: readonly (readonly [Capability, string, string])[] = [
  ['code', 'six', 'exec_'],
  ['exec', 'psutil', 'Popen'],
  ['exec', 'setuptools', 'spawn exec_command'],
  ['exec', 'sh', 'Command'],
  ['exec', 'crontab', 'CronTab'],
  ['exec', 'pexpect', 'spawn run spawnu'],
  ['exec', 'plumbum', 'local'],
  ['exec', 'click', 'edit launch'],
  ['exec', 'IPython', 'system getoutput run_cell'],
  ['exec', 'git', 'Git'],
  ['exec', 'docker', 'from_env DockerClient APIClient'],
  ['exec', 'rpy2', 'r reval'],
  ['exec', 'oct2py', 'octave Oct2Py'],
  ['exec', 'win32com', 'Dispatch DispatchEx'],
  ['exec', 'wmi', 'WMI'],
  ['exec', 'tkinter', 'Tcl'],
  ['exec', '_tkinter', 'create'],
  ['exec', 'pipes', 'Template'],
  ['exec', 'mailcap', 'findmatch'],
  ['exec', 'Cython', 'inline cython_inline'],
  ['exec', 'paddle', 'run_cmd'],
  ['native', 'llvmlite', 'load_library_permanently'],
  ['code', 'pygments', 'load_formatter_from_file load_lexer_from_file'],
  ['code', 'future', 'exec_'],
  ['code', 'past', 'execfile exec_'],
  ['code', 'langchain_experimental', 'PythonREPL PythonREPLTool PythonAstREPLTool PALChain'],
  ['code', 'langchain', 'PythonREPL PythonREPLTool PythonAstREPLTool PALChain'],
  ['code', 'langchain_community', 'PythonREPL PythonREPLTool'],
  ['exec', 'langchain', 'BashProcess ShellTool LLMBashChain'],
  ['exec', 'langchain_community', 'BashProcess ShellTool LLMBashChain'],
  ['exec', 'langchain_experimental', 'BashProcess ShellTool LLMBashChain'],
  ['code', 'smolagents', 'evaluate_python_code'],
  ['code', 'hyperpyyaml', 'load_hyperpyyaml'],
  ['network', 'pymysql', 'connect'],
  ['network', 'MySQLdb', 'connect'],
  ['network', 'psycopg2', 'connect'],
  ['network', 'psycopg', 'connect'],
  ['network', 'redis', 'Redis StrictRedis'],
  ['network', 'pymongo', 'MongoClient'],
  ['network', 'ldap3', 'Connection'],
  ['network', 'telegram', 'Bot'],
  ['network', 'telebot', 'TeleBot'],
  ['network', 'slack_sdk', 'WebClient'],
  ['network', 'slack', 'WebClient'],
  ['network', 'discord', 'Client SyncWebhook'],
  ['code', 'yaml', 'load load_all unsafe_load unsafe_load_all full_load full_load_all Loader UnsafeLoader FullLoader'],
  ['code', 'ruamel', 'load unsafe_load'],
  ['code', 'sympy', 'sympify lambdify parse_expr eval_expr parse_latex parse_mathematica autowrap ufuncify'],
  ['code', 'jsonpickle', 'decode loads Unpickler loadclass'],
  ['code', 'numexpr', 'evaluate NumExpr'],
  ['code', 'mako', 'Template render'],
  ['code', 'jinja2', 'from_string Template'],
  ['code', 'decorator', 'FunctionMaker'],
  ['code', 'scipy', 'FunctionMaker'],
  ['code', 'torch', '_exec_with_source _forward_from_src'],
  ['network', 'torch', 'load_url load_state_dict_from_url download_url_to_file'],
  ['code', 'numpy', 'measure runstring rundocs assert_raises assert_raises_regex'],
  ['loader', 'numpy', 'read_array'],
  [
    'file',
    'pandas',
    'read_csv read_table read_fwf read_json read_html read_xml read_excel read_sql read_hdf read_parquet read_feather read_orc read_sas read_spss read_stata read_clipboard get_handle to_pickle',
  ],
  ['loader', 'pandas', 'read_pickle'],
  ['code', 'pandas', 'eval'],
  ['network', 'huggingface_hub', 'hf_hub_download snapshot_download'],
  ['network', 'gdown', 'download'],
  ['network', 'wget', 'download'],
  ['file', 'h5py', 'File'],
  ['loader', 'keras', 'load_model get_file'],
  ['loader', 'tensorflow', 'load_model get_file load_op_library'],
  ['loader', 'cloudpickle', 'load loads'],
  ['loader', 'joblib', 'load'],
  ['loader', 'mlflow', 'load_model'],
];

const PACKAGES: ReadonlyMap<string, readonly (readonly [Capability, ReadonlySet<string>])[]> = (() => {
  const packages = new Map<string, (readonly [Capability, ReadonlySet<string>])[]>();
  for (const [capability, top, list] of IN_PACKAGES)
    packages.set(top, [...(packages.get(top) ?? []), [capability, new Set(list.split(' '))]]);
  return packages;
})();

const NAMES: ReadonlyMap<string, readonly (readonly [Capability, ReadonlySet<string>])[]> = (() => {
  const names = new Map<string, (readonly [Capability, ReadonlySet<string>])[]>();
  for (const [capability, module, list] of TABLE) {
    const entry = [capability, new Set(list.split(' '))] as const;
    names.set(module, [...(names.get(module) ?? []), entry]);
  }
  return names;
})();

/** Modules that no model uses, with everything under them. */
const MODULES: ReadonlyMap<string, Capability> = new Map(
  (
    [
      [
        'exec',
        'subprocess pty pip ensurepip venv webbrowser distutils.spawn numpy.distutils _osx_support _aix_support _pyrepl antigravity',
      ],
      [
        'exec',
        'asyncio.subprocess asyncio.unix_events setuptools.sandbox execjs js2py py_mini_racer matlab.engine torch.utils.cpp_extension torch.distributed.run mlflow.projects pexpect sh fabric invoke',
      ],
      [
        'code',
        'code codeop runpy timeit profile pdb bdb trace doctest idlelib lib2to3 marshal numpy.f2py turtledemo rlcompleter',
      ],
      [
        'code',
        'torch._dynamo torch.utils.bottleneck torch.jit.annotations torch.jit.unsupported_tensor_ops torch.package',
      ],
      [
        'import',
        'importlib pkgutil pydoc inspect zipimport sys gc site _testcapi _interpreters _xxsubinterpreters concurrent.interpreters',
      ],
      ['native', 'ctypes cffi mmap _cffi_backend'],
      [
        'network',
        'socket socketserver ssl http urllib urllib2 urllib3 httplib requests httpx aiohttp ftplib smtplib poplib imaplib nntplib telnetlib xmlrpc ' +
          'wsgiref smtpd paramiko websocket websockets boto3 botocore torch.hub torch.distributed.rpc torch.distributed.TCPStore torch.distributed.distributed_c10d.TCPStore torch._C._distributed_c10d.TCPStore grpc zmq pyarrow.flight nats kafka confluent_kafka paho pika ' +
          'tensorflow.distribute.Server asyncio.streams pycurl dns scapy asyncssh pysftp impacket',
      ],
      [
        'file',
        'shutil tempfile glob fileinput linecache zipfile tarfile gzip bz2 lzma sqlite3 dbm shelve mailbox filecmp distutils netrc',
      ],
      ['loader', 'shelve _pickle pickle'],
      ['tamper', 'fickling picklescan modelscan modelaudit dynscan'],
      [
        'system',
        'os platform getpass pwd grp spwd resource signal ctypes.util sysconfig readline atexit multiprocessing threading sched',
      ],
    ] as const satisfies readonly (readonly [Capability, string])[]
  ).flatMap(([capability, list]) => list.split(' ').map((module) => [module, capability] as const)),
);

/** Packages of Python's own, of every version, and what is imported from below a module all the same (`sys.modules` has it). */
const WITH_MODULES: ReadonlySet<string> = new Set(
  (
    '_pyrepl asyncio collections compiler compression concurrent ctypes curses dbm distutils email encodings ensurepip hotshot html http idlelib ' +
    'importlib json lib2to3 logging msilib multiprocessing os pathlib profiling pydoc_data re sqlite3 string sys sysconfig test tkinter tomllib ' +
    'turtledemo typing unittest urllib venv wsgiref xml xmlrpc zipfile zoneinfo'
  ).split(' '),
);

/** `sys.stdlib_module_names` of CPython 3.11 and 3.13. */
const STANDARD: ReadonlySet<string> = new Set(
  (
    '__future__ _abc _aix_support _android_support _apple_support _ast _asyncio _bisect _blake2 _bootsubprocess ' +
    '_bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections ' +
    '_collections_abc _colorize _compat_pickle _compression _contextvars _crypt _csv _ctypes _curses _curses_panel ' +
    '_datetime _dbm _decimal _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm _hashlib ' +
    '_heapq _imp _interpchannels _interpqueues _interpreters _io _ios_support _json _locale _lsprof _lzma ' +
    '_markupbase _md5 _msi _multibytecodec _multiprocessing _opcode _opcode_metadata _operator _osx_support ' +
    '_overlapped _pickle _posixshmem _posixsubprocess _py_abc _pydatetime _pydecimal _pyio _pylong _pyrepl _queue ' +
    '_random _scproxy _sha1 _sha2 _sha256 _sha3 _sha512 _signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat ' +
    '_statistics _string _strptime _struct _suggestions _symtable _sysconfig _thread _threading_local _tkinter ' +
    '_tokenize _tracemalloc _typing _uuid _warnings _weakref _weakrefset _winapi _wmi _zoneinfo abc aifc ' +
    'antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins ' +
    'bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall concurrent ' +
    'configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal ' +
    'difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput ' +
    'fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq ' +
    'hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 ' +
    'linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt ' +
    'multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev pathlib ' +
    'pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd ' +
    'py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy ' +
    'sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd ' +
    'sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau ' +
    'symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap this threading time timeit ' +
    'tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata ' +
    'unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp ' +
    'zipfile zipimport zlib zoneinfo'
  ).split(' '),
);

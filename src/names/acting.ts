/** Names whose only use in a pickle is to act: the scanner reports them even when it sees no effect. */
import { canonicalModule, dangerOf } from './capabilities.js';

/** Globals whose only use in a pickle is to act. Names that harmless pickles use too (`builtins.getattr`, `importlib`) are not here. */
const DANGEROUS = [
  /^(?:os|posix)\.(?:system|popen|exec\w+|spawn\w+|posix_spawnp?|fork\w*|remove|unlink|rmdir|removedirs|rename\w*|replace)$/,
  /^(?:os|posix)\.(?:chmod|chown|kill\w*|putenv|environ|listdir|scandir|walk|open|fdopen|dup2|symlink|link|truncate|_exit|abort)$/,
  /^(?:subprocess|_posixsubprocess|pty|commands|popen2|runpy|code|codeop|pdb|bdb|timeit|cProfile|profile|trace|webbrowser)\./,
  /^(?:pip|ensurepip|venv|urllib\.request|requests|http\.client|ftplib|smtplib|telnetlib|xmlrpc\.client|_winapi)\b/,
  /^(?:asyncio\.subprocess|multiprocessing\.popen_\w+|multiprocessing\.util)\./,
  /^(?:builtins|__builtin__)\.(?:eval|exec|execfile|compile|open|__import__|input|breakpoint|apply|globals)$/,
  /^shutil\.(?:rmtree|move|copy\w*|chown|unpack_archive|make_archive)$/,
  /^(?:socket|_socket)\.(?:socket|create_\w+|getaddrinfo|gethostby\w+)$/,
  /^(?:ctypes|_ctypes)\.(?:[A-Za-z]*DLL|cdll|windll|oledll|pydll|pythonapi|memmove|string_at|dlopen|LibraryLoader|util\.\w+)$/,
  /^(?:marshal\.loads?|sys\.(?:settrace|setprofile|addaudithook)|numpy\.testing\._private\.utils\.runstring|torch\.hub\.\w+)$/,
];
const OTHER_SYSTEM =
  /^(?:nt|winreg|_winreg|_winapi|msvcrt|winsound|win32\w*|pywintypes|os2|mac|Carbon|Foundation|AppKit|objc)\.|^(?:os|posix)\.startfile$/;

/** Of an operating system that no sandbox here runs. */
export function isOfOtherSystem(name: string): boolean {
  return OTHER_SYSTEM.test(name);
}

/** A global that makes a finding as soon as a pickle asks for it. */
export function isDangerousGlobal(name: string): boolean {
  if (OTHER_SYSTEM.test(name) || DANGEROUS.some((pattern) => pattern.test(name))) return true;
  const at = name.lastIndexOf('.');
  const capability = dangerOf(canonicalModule(name.slice(0, Math.max(0, at))), name.slice(at + 1));
  return capability === 'exec' || capability === 'delete';
}

/** What a function that a model carries can do with a name. Honest functions read files, log, import libraries and load weights, too. */
import { endsOf } from '../core/lists.js';
import { canonicalModule, isStandard, judge, type Capability } from './capabilities.js';
import { remembering } from './remember.js';
import { effectOf, kindOfUse } from './source-calls.js';

/** `text`: runs a text as code; `expression`: the same in a library's own language, which honest functions use, too; `delete`: depends on what it deletes; the others are no part of a model, whatever the arguments. */
export type CarriedAct =
  'exec' | 'code' | 'text' | 'expression' | 'native' | 'network' | 'delete' | 'tamper' | 'hook' | 'spy' | 'internals';

/** The act of a function of this full name. A module has none. */
export const actOf = remembering(findAct);

function findAct(path: string): CarriedAct | undefined {
  // What is reached stands at the end.
  const parts = endsOf(canonical(path).split('.'), PARTS_LIMIT);
  // `shutil.os.system`: modules have others at hand.
  for (let start = 0; start < parts.length; start += 1) {
    const rest = start === 0 ? parts : [(parts[start] ?? '').replace(/^_+(?=[a-z])/, ''), ...parts.slice(start + 1)];
    if (start > 0 && !AT_HAND.has(rest[0] ?? '')) continue;
    const act = own(rest);
    if (act !== undefined) return act;
  }
  return parts.some((part) => INTERNALS.has(part)) ? 'internals' : undefined;
}

/** Names of a file can have thousands of parts. */
const PARTS_LIMIT = 32;

function canonical(path: string): string {
  const parts = path.split('.');
  for (let length = Math.min(3, parts.length - 1); length > 0; length -= 1) {
    const module = parts.slice(0, length).join('.');
    const known = canonicalModule(module);
    if (known !== module) return [known, ...parts.slice(length)].join('.').replace(/^builtins\./, '');
  }
  return path.replace(/^(?:builtins|__builtins__)\./, '');
}

function own(parts: readonly string[]): CarriedAct | undefined {
  const path = parts.join('.');
  if (RUNS_TEXT.has(path)) return 'text';
  const kind = kindOfUse(path);
  if (kind !== undefined) return kind;
  if (STARTS.test(path)) return 'exec';
  if (parts.length === 1 || HARMLESS.test(path) || CONSTANT.test(path)) return undefined;
  const effect = effectOf(path);
  if (effect === 'unpickle') return EXPRESSIONS.has(parts[0] ?? '') ? 'expression' : undefined;
  if (effect !== undefined) return effect;
  for (let split = parts.length - 1; split > 0; split -= 1) {
    const module = parts.slice(0, split).join('.');
    const judged = judge(canonicalModule(module), parts.slice(split).join('.'));
    if (judged.kind === 'allowed') return undefined;
    const act = judged.kind === 'dangerous' ? byCapability(judged.capability, module) : undefined;
    if (act === 'code' && EXPRESSIONS.has(parts[0] ?? '')) return 'expression';
    if (act !== undefined) return act;
  }
  return undefined;
}

function byCapability(capability: Capability, module: string): CarriedAct | undefined {
  switch (capability) {
    case 'exec':
    case 'code':
    case 'native':
    case 'delete':
    case 'tamper':
      return capability;
    // Libraries that fetch weights are named too often to tell something.
    case 'network':
      return isStandard(module) ? capability : undefined;
    case 'import':
    case 'file':
    case 'loader':
    case 'system':
      return undefined;
  }
}

const RUNS_TEXT: ReadonlySet<string> = new Set([
  'eval',
  'exec',
  'compile',
  'execfile',
  'six.exec_',
  'codeop.compile_command',
]);
const EXPRESSIONS: ReadonlySet<string> = new Set(
  'yaml ruamel jinja2 mako sympy numexpr pandas decorator scipy jsonpickle torch'.split(' '),
);
/** What no model does, and scripts beside a model do: they run notebooks, tests, builds and browsers. */
const STARTS =
  /^(?:papermill\.execute_notebook|nbconvert\.preprocessors\.ExecutePreprocessor|nbclient\.(?:execute|NotebookClient)|pytest\.main|(?:setuptools|distutils\.core)\.setup|distutils\.ccompiler\.|numpy\.distutils\.exec_command|platform\._syscmd_|selenium\.webdriver\.|playwright\.|pyppeteer\.launch)/;

/** Constants, by their spelling (PEP 8). */
const CONSTANT = /^(?!ctypes\.)[\w.]+\.[A-Z][A-Z\d]*_[A-Z\d_]+$/;

/** Parts of modules above that only compute, or that authors of notebooks use. */
const HARMLESS =
  /^(?:timeit|trace|profile|cProfile|pdb|doctest|bdb)\.|^socket\.(?:gethostname|getfqdn|error|timeout|gaierror|herror|AF_\w+|SOCK_\w+|inet_\w+|hton\w|ntoh\w)$|^ssl\.(?!_create|get_server_certificate)|^(?:http|urllib|requests|httpx|aiohttp|urllib3)\.(?:\w+\.)*(?:\w*(?:Error|Exception|Warning|Timeout)|HTTPStatus|parse|exceptions|error|codes|packages|adapters|util)(?:\.|$)|^ctypes\.(?:c_\w+|sizeof|Structure|Union|POINTER|byref|pointer|cast|util|create_string_buffer|create_unicode_buffer|wintypes)(?:\.|$)|^numpy\.distutils|^(?:code|venv|pip)\.__version__$|^(?:scipy|numpy|torch|pandas)\.\w*(?:stats|version|linalg)\b/;

/** Modules that others import, by which their functions are reached. */
const AT_HAND: ReadonlySet<string> = new Set(
  'os sys subprocess shutil socket ctypes importlib posix pty runpy builtins marshal'.split(' '),
);

/** `inspect.importlib.import_module` is `importlib.import_module`. */
export function shortened(path: string): string {
  const parts = path.split('.');
  for (let start = parts.length - 1; start > Math.max(0, parts.length - PARTS_LIMIT); start -= 1) {
    const module = (parts[start] ?? '').replace(/^_+(?=[a-z])/, '');
    // `socket.socket` is a class.
    if (module === parts[start - 1]) continue;
    if (AT_HAND.has(module)) return [module, ...parts.slice(start + 1)].join('.');
  }
  return path;
}

/** Attributes that lead out of any object into the interpreter. */
const INTERNALS: ReadonlySet<string> = new Set(
  '__globals__ __builtins__ func_globals f_globals f_builtins f_locals gi_frame cr_frame ag_frame tb_frame'.split(' '),
);

/** True when taking this attribute of any object leads into the interpreter. */
export function isInternal(attribute: string): boolean {
  return INTERNALS.has(attribute);
}

/** Methods that only the modules for programs and connections have; of an unknown object they are most likely theirs. */
export const ACTING_METHODS: ReadonlySet<string> = new Set(
  (
    'system popen Popen check_output check_call getoutput getstatusoutput startfile posix_spawn posix_spawnp forkpty execl execle execlp execlpe ' +
    'execv execve execvp execvpe spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe create_subprocess_shell ' +
    'create_subprocess_exec subprocess_shell subprocess_exec create_connection create_datagram_endpoint urlopen urlretrieve exec_module load_module ' +
    'LoadLibrary load_extension register_custom_ops_library'
  ).split(' '),
);

/** Those that start programs or load machine code; loaders of modules and connections are usual in source. */
export const STARTING_METHODS: ReadonlySet<string> = new Set(
  [...ACTING_METHODS].filter((name) => !/^(?:url|create_(?:connection|datagram)|exec_module$|load_module$)/.test(name)),
);

/** Modules of which no honest function takes a part by a computed name, or hands the module to another. */
export function isPowerful(module: string): boolean {
  return POWERFUL.has(canonicalModule(module));
}

const POWERFUL: ReadonlySet<string> = new Set(
  'os subprocess builtins importlib ctypes pty shutil socket marshal runpy commands'.split(' '),
);

/** Variables of the environment that make programs run other code (ld.so(8), bash(1), git(1), Python's and Node's documentation). */
export const ENVIRONMENT_ACTS =
  /^(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES|PYTHONSTARTUP|PYTHONINSPECT|PYTHONBREAKPOINT|PYTHONHOME|BASH_ENV|PROMPT_COMMAND|BROWSER|PAGER|MANPAGER|EDITOR|VISUAL|GIT_SSH_COMMAND|GIT_SSH|GIT_EDITOR|GIT_PAGER|GIT_EXTERNAL_DIFF|GIT_EXEC_PATH|PERL5OPT|RUBYOPT|NODE_OPTIONS)$/;

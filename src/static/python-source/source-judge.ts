/** Judges what Python source does: calls by their full name, and whether importing the file is enough to run them. */
import { effectOf, isFetching, namesObjects, NOTED_MODULES, RUNNERS } from '../../names/source-calls.js';
import { isProgram } from '../../names/place-acts.js';
import { isWatchedPlace } from '../../names/places.js';
import { lexPython } from '../../readers/python/lexer.js';
import { parsePython, type Stmt } from '../../readers/python/syntax.js';
import type { UnlocatedMatch } from '../context.js';
import { codeIn, numberedAddress, sensitivePath } from '../manifest/code-like.js';
import { follow, type OwnFiles, type SeenCall } from './walk.js';
import { Quota } from '../quota.js';

export interface JudgedPython {
  /** Offsets count characters. */
  readonly hits: readonly UnlocatedMatch[];
  readonly gaps: readonly string[];
  /** Bytes in the file that it hands to an unpickler. */
  readonly pickles: readonly Uint8Array[];
  /** Full names of what it calls and that is not its own. */
  readonly uses: readonly string[];
  /** What it imports, and what of other modules it gives another value. */
  readonly imports: readonly string[];
  readonly patches: readonly string[];
}

const HITS_KEPT = 200;
const GAPS_KEPT = 5;
const PICKLES_KEPT = 50;
const USES_KEPT = 5000;

/** `own`: the file's name, and the files beside it that it may import. */
export function judgePython(source: string, own?: { readonly files: OwnFiles; readonly file: string }): JudgedPython {
  const lexed = lexPython(source);
  const { body, broken } = parsePython(lexed);
  const judge = new Judge(source);
  judge.head();
  const shown = docStrings(body);
  for (const { tokens } of lexed.lines)
    for (const token of tokens)
      if (token.kind === 'text') judge.text(token.text, token.at, token.bytes, shown.has(token.at));
  follow(
    body,
    {
      call: (call) => {
        judge.call(call);
      },
      imported: (module, at) => {
        judge.imported(module, at);
      },
      detour: (key, what, at) => {
        judge.detour(key, what, at);
      },
      made: (text, at) => {
        judge.text(text, at, false, false);
      },
      used: (path) => {
        judge.used(path);
      },
      loads: (path, data, at) => {
        judge.loads(path, data, at);
      },
      reaches: (what, at) => {
        judge.reaches(what, at);
      },
      patch: (what, at) => {
        judge.patch(what, at);
      },
      gap: (why) => {
        judge.gap(why);
      },
    },
    own,
  );
  if (broken !== undefined) judge.gap(`it is no Python to its end: ${broken}`);
  return {
    hits: judge.finish(),
    gaps: judge.gaps,
    pickles: [...judge.pickles.values()],
    uses: [...judge.uses],
    imports: [...judge.imports],
    patches: [...judge.patches],
  };
}

/** Where the texts begin that no code uses. */
function docStrings(body: readonly Stmt[]): ReadonlySet<number> {
  const found = new Set<number>();
  const waiting = [...body];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next.kind === 'expression') for (const value of next.values) if (value.kind === 'text') found.add(value.at);
    if ('body' in next) for (const inner of next.body) waiting.push(inner);
  }
  return found;
}

class Judge {
  readonly #hits = new Map<string, UnlocatedMatch>();
  readonly #quota = new Quota(HITS_KEPT);
  /** Hits by the places that show them: a function that is followed twice is told once. */
  readonly #seen = new Set<string>();
  readonly #imports = new Map<string, number>();
  readonly gaps: string[] = [];
  readonly pickles = new Map<string, Uint8Array>();
  readonly uses = new Set<string>();
  readonly imports = new Set<string>();
  readonly patches = new Set<string>();
  /** By the bytes, what tells a pickle in a text that nothing is seen to load. */
  readonly #unloaded = new Map<string, () => void>();

  constructor(private readonly source: string) {}

  gap(why: string): void {
    if (this.gaps.length < GAPS_KEPT && !this.gaps.includes(why)) this.gaps.push(why);
  }

  /** PEP 263: the first two lines may say how the file is encoded. */
  head(): void {
    const head = this.source.split('\n', 2).join('\n');
    const coding = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/m.exec(head)?.[1];
    if (
      coding !== undefined &&
      !/^(?:utf-?8(?:-sig)?|utf_8|ascii|us-ascii|latin-?1|iso-8859-\d+|iso8859-\d+|cp125\d|windows-125\d|gbk|gb2312|gb18030|big5|euc-\w+|shift_jis|koi8-r|emacs\w*|vim\w*)$/i.test(
        coding,
      )
    )
      this.#add(
        'STATIC-PYTHON-OBFUSCATED',
        coding,
        `It says that it is encoded in ${coding}, so that it reads as something else`,
        0,
      );
    const turned = /[\u202a-\u202e\u2066-\u2069]/.exec(this.source);
    if (turned)
      this.#add(
        'STATIC-PYTHON-DETOUR',
        'bidi',
        'It has characters that change the direction of text, so that it is shown in another order than it runs (CVE-2021-42574)',
        turned.index,
      );
  }

  finish(): UnlocatedMatch[] {
    // What is in a pickle that is loaded is judged.
    for (const [held, add] of this.#unloaded) if (!this.pickles.has(held)) add();
    const names = [...this.#imports.keys()];
    if (names.length === 0) return [...this.#hits.values()];
    return [
      ...this.#hits.values(),
      {
        rule: 'STATIC-PYTHON-IMPORTS',
        key: '',
        subject: names.slice(0, 12).join(', '),
        evidence: [...this.#imports].slice(0, 8).map(([text, offset]) => ({ offset, text: `import ${text}` })),
        count: names.length,
      },
    ];
  }

  imported(module: string, at: number): void {
    if (this.imports.size < USES_KEPT) this.imports.add(module);
    if (effectOf(module) === 'tamper') this.#add('STATIC-PYTHON-TAMPER', module, `It imports ${module}`, at);
    else if (NOTED_MODULES.test(module) && this.#imports.size < 100 && !this.#imports.has(module))
      this.#imports.set(module, at);
  }

  detour(key: string, what: string, at: number): void {
    const subject = what === '' ? `It uses ${this.#shown(at)}` : `${what}: ${this.#shown(at)}`;
    this.#add('STATIC-PYTHON-DETOUR', key, subject, at);
  }

  patch(what: string, at: number): void {
    if (this.patches.size < USES_KEPT) this.patches.add(what);
    if (!PATCHED.test(what)) return;
    this.#add('STATIC-PYTHON-PATCH', what, `It gives ${what} another value: ${this.#shown(at)}`, at);
  }

  reaches(what: string, at: number): void {
    this.#add('STATIC-PYTHON-REACH', what, `It ${what}: ${this.#shown(at)}`, at);
  }

  call({ path, effect, at, later, detour, hidden, named }: SeenCall): void {
    const name = path.replace(/^builtins\./, '');
    const shown = this.#shown(at);
    if (detour) this.#add('STATIC-PYTHON-DETOUR', name, `It reaches ${name} by ${shown}`, at);
    const calls = shown.includes(name) ? `It calls ${shown}` : `It calls ${name} by ${shown}`;
    if (hidden && RUNNERS.has(name)) {
      this.#add('STATIC-PYTHON-OBFUSCATED', name, calls, at);
      return;
    }
    switch (effect) {
      case 'exec':
      case 'native':
        this.#add(later ? 'STATIC-PYTHON-EXEC' : 'STATIC-PYTHON-EXEC-IMPORT', name, calls, at);
        break;
      case 'network':
        if (!later) this.#add('STATIC-PYTHON-NETWORK-IMPORT', name, calls, at);
        else this.#add(isFetching(name) ? 'STATIC-PYTHON-LOW' : 'STATIC-PYTHON-NETWORK', name, calls, at);
        break;
      case 'hook':
      case 'spy':
        this.#add('STATIC-PYTHON-REACH', name, calls, at);
        break;
      case 'delete':
        this.#add(later ? 'STATIC-PYTHON-LOW' : 'STATIC-PYTHON-DELETE-IMPORT', name, calls, at);
        break;
      case 'code':
        this.#add('STATIC-PYTHON-CODE', name, calls, at);
        break;
      case 'unpickle': {
        const only = named.get('weights_only')?.known;
        const safe =
          name === 'torch.load' && only?.length === 1 && only[0]?.kind === 'constant' && only[0].name === 'True';
        if (!safe) this.#add('STATIC-PYTHON-LOW', name, calls, at);
        break;
      }
      case 'tamper':
        this.#add('STATIC-PYTHON-TAMPER', name, calls, at);
        break;
    }
  }

  used(path: string): void {
    if (this.uses.size < USES_KEPT) this.uses.add(path);
  }

  loads(path: string, data: string, at: number): void {
    if (namesObjects(path, data))
      this.#add(
        'STATIC-PYTHON-PAYLOAD',
        path,
        `It calls ${path} with a text that names objects: ${this.#shown(at)}`,
        at,
      );
    else if (/pickle|dill|joblib|marshal|torch/.test(path) && data.length > 1 && this.pickles.size < PICKLES_KEPT)
      this.pickles.set(data, Buffer.from(data, 'latin1'));
  }

  /** `idle`: no code uses it. */
  text(text: string, at: number, bytes: boolean, idle: boolean): void {
    const place = idle ? undefined : isWatchedPlace(text) ? text : sensitivePath(text);
    if (place !== undefined && (place === text || WATCHED.test(place)))
      this.#add('STATIC-PYTHON-PERSISTENCE', place, `It names ${place}`, at);
    const address = idle || !/^\w+:\/\//.test(text) ? undefined : numberedAddress(text);
    if (address !== undefined) this.#add('STATIC-PYTHON-NETWORK', address, `It names the address ${address}`, at);
    if (bytes && isProgram(text)) this.#add('STATIC-PYTHON-PAYLOAD', 'a program', 'A text begins a program', at);
    const { held, what } = payloadIn(text, bytes) ?? {};
    if (held === undefined || what === undefined) return;
    const add = (): void => {
      this.#add('STATIC-PYTHON-PAYLOAD', what, `A text of ${text.length} characters is ${what}`, at);
    };
    if (what !== PICKLE) add();
    else if (this.#unloaded.size < PICKLES_KEPT) this.#unloaded.set(held.toString('latin1'), add);
  }

  #shown(at: number): string {
    return (
      this.source
        .slice(at, at + 100)
        .split('\n', 1)[0]
        ?.trim() ?? ''
    );
  }

  #add(rule: UnlocatedMatch['rule'], key: string, subject: string, offset: number): void {
    const place = `${rule}\n${key}\n${offset}`;
    const known = this.#hits.get(`${rule}\n${key}`);
    if (this.#seen.has(place) || (!known && !this.#quota.take(rule))) return;
    this.#seen.add(place);
    const evidence = [...(known?.evidence ?? []), { offset, text: this.#shown(offset) }].slice(0, 8);
    this.#hits.set(`${rule}\n${key}`, {
      rule,
      key,
      subject: known?.subject ?? subject,
      evidence,
      count: (known?.count ?? 0) + 1,
    });
  }
}

/** What guards, runs, fetches, reads or hides things for all code of a process. Settings and the functions that print are often replaced. */
const PATCHED =
  /^(?:sys\.modules\.)?(?:os|io|subprocess|_?pickle|marshal|importlib|hashlib|hmac|builtins)$|^(?:os|io|subprocess|_?pickle|marshal|importlib|hashlib|hmac)\.(?!environ$|_|name$)[a-z*][\w*]*$|^builtins\.(?:open|eval|exec|compile|__import__|__build_class__|getattr|setattr|isinstance|issubclass|super|type|object|id|len|hash|globals|locals|vars|dir|iter|next|range|str|int|bytes|dict|list|tuple|set|\*)$|^sys\.(?:meta_path|path_hooks|addaudithook|settrace|setprofile)$|^(?:sys\.modules\.)?(?:numpy|torch|transformers|json|requests|urllib3?|ssl|socket|joblib|safetensors)$|^(?:ssl|socket|requests|urllib\.request|joblib|safetensors)\.[a-z_][\w*]*$|^(?:numpy|torch)\.load$|^json\.(?:loads?|JSONDecoder\.\w+)$/;

/** What a text that is more than a path names, of all that configurations may not. */
const WATCHED = /\.ssh|bashrc|profile|cron|sudoers|preload|\/etc\/(?:shadow|passwd)|\.aws|netrc|kube/;

const ENCODED_LIMIT = 1024 * 1024;

interface Payload {
  readonly held: Buffer;
  readonly what: string | undefined;
}

/** A text that decodes to a program, a pickle or commands. */
function payloadIn(text: string, bytes: boolean): Payload | undefined {
  if (text.length < 32 || text.length > ENCODED_LIMIT) return undefined;
  if (bytes) return payload(Buffer.from(text, 'latin1'));
  const compact = text.replace(/\s+/g, '');
  if (/^(?:[0-9a-fA-F]{2}){24,}$/.test(compact)) return payload(Buffer.from(compact, 'hex'));
  if (!/^[A-Za-z0-9+/_-]{40,}={0,2}$/.test(compact)) return undefined;
  return payload(Buffer.from(compact, 'base64'));
}

function payload(held: Buffer): Payload {
  return { held, what: kindOf(held) };
}

const PICKLE = 'a pickle';

function kindOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1');
  if (text.startsWith('\x7fELF')) return 'an ELF program';
  if (text.startsWith('MZ') && text.includes('PE\0\0')) return 'a Windows program';
  if (text.startsWith('\x80') && '\x02\x03\x04\x05'.includes(text.charAt(1)) && text.includes('.')) return PICKLE;
  if (/^c\w+\n\w+\n/.test(text)) return PICKLE;
  const code = codeIn(text);
  return code ? `code in disguise (${code.what})` : undefined;
}

/**
 * The code of the project that a model belongs to: modules that the model names and whose source lies where Python would search for them. Loading the
 * model imports them, so they are analysed as a part of it.
 */
import { FOLDER_ENTRIES, type ByteSource, type Folder, type FolderEntry } from '../../readers/bytes.js';
import type { ProjectCode, ProjectSource } from '../collected.js';
import { memberOf, WHOLE, type AnalysisContext } from '../context.js';
import { readText } from '../../readers/text.js';
import { canonicalModule, isStandard, judge } from '../../names/capabilities.js';
import { SOURCE_LIMIT } from './analyse.js';
import { strangeIn } from './compiled.js';
import { ownFiles } from './own-files.js';
import { judgePython } from './source-judge.js';
import { importsIn, type Import } from './imports.js';

/** A folder that Python takes modules from. */
export interface CodePlace {
  readonly folder: Folder;
  /** The prefix of the names of its files in findings: empty for the folder of the model, which is the first place. */
  readonly label: string;
}

/** Sources that are read, and the bytes of all of them together. */
const FILES_LIMIT = 100;
const BYTES_LIMIT = 16 * 1024 * 1024;
/** Modules that are searched for. */
const MODULES_LIMIT = 20_000;
const FOLDERS_LIMIT = 1_000;
const DEPTH_LIMIT = 12;
const IMPORTS_LIMIT = 200;
const MAINS_LIMIT = 200;
/** Names that are looked up in the project's code. */
const RENAMED_LIMIT = 500;
/** Scripts of one folder that are searched for a class. */
const SCRIPTS_LIMIT = 100;

/** Compiled files of one source, one for each Python, and bytes of one that are read. */
const COMPILED_LIMIT = 20;
const COMPILED_BYTES = 8 * 1024 * 1024;

const IDENTIFIER = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$/u;

/** Python has loaded these before it searches any folder for a module. */
const STARTED_WITH: ReadonlySet<string> = new Set(
  (
    'builtins sys os io abc codecs encodings stat site posixpath ntpath genericpath zipimport time marshal posix nt itertools ' +
    '_codecs _io _abc _collections_abc _thread _weakref _imp _warnings'
  ).split(' '),
);

export interface WantedCode {
  /** As a reading of the file reports them. */
  readonly globals: Iterable<string>;
  /** Modules that are imported besides. */
  readonly modules: Iterable<string>;
  /** Whether a top-level module belongs to a published package: it is not the project's own, wherever its source lies. */
  readonly isPublished: (top: string) => boolean;
}

export async function readOwnCode(
  wantedCode: WantedCode,
  places: readonly CodePlace[],
  job: AnalysisContext,
): Promise<ProjectCode> {
  const { modules, isPublished } = wantedCode;
  const search = new Search(places, isPublished, job);
  const { unknown, known, mains } = sortNames(wantedCode);
  const wanted = [...unknown, ...modules];
  if (wanted.length > MODULES_LIMIT)
    job.gap(WHOLE, `it names more than ${MODULES_LIMIT} modules: the rest was not looked for beside it`);
  for (const module of wanted.slice(0, MODULES_LIMIT)) await search.load(module);
  for (const top of known) await search.shadow(top);
  const ownGlobals = [...wantedCode.globals].filter((global) => search.isOwn(global.split('.', 1)[0] ?? ''));
  await tellRenamed(ownGlobals, places, job);
  return { ...search.result(), mains, definers: mains.length === 0 ? [] : await search.definers(mains) };
}

/** Names of the project's code that are functions of Python under another name: `from os import system` in a file of the model. */
async function tellRenamed(
  globals: readonly string[],
  places: readonly CodePlace[],
  job: AnalysisContext,
): Promise<void> {
  const asked = globals.slice(0, RENAMED_LIMIT).filter((global) => {
    const parts = global.split('.');
    return parts.length > 1 && parts.every((part) => IDENTIFIER.test(part));
  });
  const lines = asked.map((global, index) => {
    const dot = global.lastIndexOf('.');
    return `from ${global.slice(0, dot)} import ${global.slice(dot + 1)} as asked_${index}\n`;
  });
  if (lines.length === 0) return;
  const text = lines.join('');
  for (const { folder } of places) {
    const { hits } = judgePython(text, { files: await ownFiles(folder, '', text), file: '' });
    for (const { rule, key, evidence } of hits) {
      const at = /\bas asked_(\d+)/.exec(evidence[0]?.text ?? '')?.[1];
      const global = at === undefined ? undefined : asked[Number(at)];
      if (global === undefined || rule !== 'STATIC-PYTHON-EXEC') continue;
      job.add({
        rule,
        place: WHOLE,
        key: global,
        subject: `The model asks for ${global}, which is ${key}`,
        evidence: [{ text: `asks for ${global}` }],
      });
    }
  }
}

interface Names {
  /** Modules of unknown libraries. */
  readonly unknown: ReadonlySet<string>;
  /** Top-level modules of Python and of known libraries. */
  readonly known: ReadonlySet<string>;
  readonly mains: readonly string[];
}

function sortNames({ globals, isPublished }: WantedCode): Names {
  const unknown = new Set<string>();
  const known = new Set<string>();
  const mains = new Set<string>();
  for (const global of globals) {
    const cut = Math.max(0, global.lastIndexOf('.'));
    const [module, name] = [global.slice(0, cut), global.slice(cut + 1)];
    const canonical = canonicalModule(module);
    const [top = ''] = canonical.split('.');
    if (module === '__main__') {
      if (IDENTIFIER.test(name) && !name.startsWith('__') && mains.size < MAINS_LIMIT) mains.add(name);
    } else if (top === '__torch__' || top === '__main__') continue;
    else if (judge(canonical, name).kind === 'unknown' && !isPublished(top)) unknown.add(module);
    else known.add(top);
  }
  const own = [...unknown].filter((module) => !known.has(module.split('.')[0] ?? ''));
  return { unknown: new Set(own), known, mains: [...mains] };
}

/** The entry of a folder under the name of a module, in the order in which Python prefers it (`importlib.machinery.FileFinder`). */
type Entry =
  | { readonly kind: 'package' | 'module' | 'compiled' | 'native' | 'outside'; readonly file: string }
  | { readonly kind: 'namespace' };

class Search {
  readonly #listings = new Map<string, Promise<Listing>>();
  readonly #loaded = new Set<string>();
  /** By the name of a top-level module. */
  readonly #owners = new Map<string, number | undefined>();
  readonly #sources = new Map<string, ProjectSource>();
  readonly #imports = new Set<string>();
  readonly #shadowed = new Set<string>();
  readonly #needs = new Set<string>();
  #bytes = 0;

  constructor(
    private readonly places: readonly CodePlace[],
    private readonly isPublished: (top: string) => boolean,
    private readonly job: AnalysisContext,
  ) {}

  result(): Pick<ProjectCode, 'sources' | 'imports' | 'needs'> {
    return {
      sources: [...this.#sources.values()],
      imports: [...this.#imports].slice(0, IMPORTS_LIMIT),
      needs: [...this.#needs].slice(0, IMPORTS_LIMIT),
    };
  }

  /** Reads a module, the packages that contain it and their imports. True when it is one of the project's. */
  async load(module: string): Promise<boolean> {
    const parts = module.split('.').slice(0, DEPTH_LIMIT);
    const [top = ''] = parts;
    if (!parts.every((part) => IDENTIFIER.test(part)) || isStandard(module) || this.isPublished(top)) return false;
    if (!this.#owners.has(top)) this.#owners.set(top, await this.#ownerOf(top));
    const owner = this.#owners.get(top);
    if (owner === undefined) return false;
    await this.#read(owner, '', parts, true);
    for (const place of this.places.keys()) {
      if (place <= owner || (await this.#isInstalled(place)) || (await this.#entry(place, '', top)) === undefined)
        continue;
      await this.#read(place, '', parts, false);
      await this.#tellTwo(owner, place, top);
    }
    return true;
  }

  /** Whether a top-level module is one of the project's. */
  isOwn(top: string): boolean {
    return this.#owners.get(top) !== undefined;
  }

  /** A file of the model's folder that Python loads in place of the library when it is started there. */
  async shadow(top: string): Promise<void> {
    if (STARTED_WITH.has(top) || !IDENTIFIER.test(top) || this.#shadowed.has(top)) return;
    this.#shadowed.add(top);
    const entry = await this.#entry(0, '', top);
    if (entry === undefined || entry.kind === 'namespace') return;
    await this.#read(0, '', [top], false);
    const place = memberOf(WHOLE, entry.file);
    // A module of a package is imported by the name of the package.
    const inPackage = (await this.#list(0, '')).names.has('__init__.py');
    if (inPackage)
      this.job.gap(
        place,
        `it is imported in place of ${top} where Python is started in its folder: it was read, not run`,
      );
    this.job.add({
      rule: 'STATIC-PYTHON-SHADOW',
      place,
      key: top,
      subject: `Loading imports ${top}, and ${entry.file} lies beside the file`,
      evidence: [{ text: entry.file }],
      idle: inPackage,
    });
  }

  async definers(names: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    let left = BYTES_LIMIT;
    for (const [index, { folder, label }] of this.places.entries()) {
      const scripts = [...(await this.#list(index, '')).names].filter(
        ([name, isFolder]) => !isFolder && name.endsWith('.py') && IDENTIFIER.test(name.slice(0, -'.py'.length)),
      );
      for (const [name] of scripts.slice(0, SCRIPTS_LIMIT)) {
        this.job.signal.throwIfAborted();
        await folder.open(name, async (file) => {
          if (file.size > Math.min(left, SOURCE_LIMIT)) return;
          left -= file.size;
          const { text } = await readText(file, SOURCE_LIMIT);
          const defined = new Set(
            [...text.matchAll(/^(?:class|(?:async[ \t]+)?def)[ \t]+([^\s(:[]+)/gmu)].map(([, one]) => one),
          );
          if (names.every((wanted) => defined.has(wanted))) found.push(label + name);
        });
      }
    }
    return found;
  }

  /** The place from which Python loads a top-level module: a folder without `__init__.py` only when no other place has one of the name. */
  async #ownerOf(top: string): Promise<number | undefined> {
    let namespace: number | undefined;
    for (const place of this.places.keys()) {
      if (await this.#isInstalled(place)) continue;
      const entry = await this.#entry(place, '', top);
      if (entry?.kind === 'namespace') namespace ??= place;
      else if (entry !== undefined) return place;
    }
    return namespace;
  }

  /** Whether packages are installed in a place around the model (PEP 376): files there belong to the packages. */
  async #isInstalled(place: number): Promise<boolean> {
    return place > 0 && [...(await this.#list(place, '')).names.keys()].some((name) => name.endsWith('.dist-info'));
  }

  async #tellTwo(first: number, second: number, top: string): Promise<void> {
    const [one, other] = [await this.#entry(first, '', top), await this.#entry(second, '', top)];
    if (one === undefined || other === undefined || one.kind === 'namespace' || other.kind === 'namespace') return;
    const [mine, its] = [this.#fileOf(first, one.file), this.#fileOf(second, other.file)];
    const [here, there] = [this.#sources.get(mine), this.#sources.get(its)];
    // One file of a package says nothing about the others.
    if (one.kind === 'module' && here && there && Buffer.compare(here.content, there.content) === 0) return;
    this.job.gap(
      memberOf(WHOLE, mine),
      `${its} has the same name: which of them is imported depends on where Python is started, and the sandbox has the first`,
    );
  }

  /** Reads the files on the way from a folder of the place to a module, each file once. */
  async #read(place: number, start: string, parts: readonly string[], imported: boolean): Promise<void> {
    const key = JSON.stringify([place, start, parts]);
    if (this.#loaded.has(key)) return;
    this.#loaded.add(key);
    let folder = start;
    for (const part of parts) {
      const entry = await this.#entry(place, folder, part);
      if (entry === undefined) return;
      if (entry.kind === 'namespace') {
        folder = join(folder, part);
        continue;
      }
      await this.#readFile(place, entry, imported);
      if (entry.kind !== 'package') return;
      folder = join(folder, part);
    }
  }

  async #readFile(
    place: number,
    { kind, file }: Exclude<Entry, { kind: 'namespace' }>,
    imported: boolean,
  ): Promise<void> {
    const shown = this.#fileOf(place, file);
    if (this.#loaded.has(shown)) return;
    this.#loaded.add(shown);
    const inner = memberOf(WHOLE, shown);
    const { folder } = this.#at(place);
    if (kind === 'outside') {
      this.job.gap(inner, 'it is a link that leads out of the folder that it lies in, and was not read');
      return;
    }
    if (kind === 'native' || kind === 'compiled') {
      this.job.gap(
        inner,
        `loading imports it, and it is ${kind === 'native' ? 'native' : 'compiled'} code: it was not run`,
      );
      if (kind === 'compiled') await folder.open(file, (content) => this.job.nested(content, inner, { name: file }));
      return;
    }
    if (this.#sources.size >= FILES_LIMIT) {
      this.job.gap(WHOLE, `it leads to more than ${FILES_LIMIT} Python files`);
      return;
    }
    const imports = await folder.open(file, (content) =>
      this.#take(content, { file: shown, name: file, imported }, folder),
    );
    await this.#lookAtCompiled(place, file);
    if (imports === undefined) this.job.gap(inner, 'it cannot be read');
    for (const one of imports ?? []) await this.#follow(place, file, one, imported);
  }

  /** The files that Python may load in place of a source. */
  async #lookAtCompiled(place: number, file: string): Promise<void> {
    const source = this.#sources.get(this.#fileOf(place, file));
    if (!source) return;
    const [name = '', ...above] = file.split('/').reverse();
    const cache = join(above.reverse().join('/'), '__pycache__');
    const stem = name.slice(0, -'.py'.length);
    const compiled = [...(await this.#list(place, cache)).names.keys()].filter(
      (other) => other.startsWith(`${stem}.cpython-`) && other.endsWith('.pyc'),
    );
    for (const other of compiled.slice(0, COMPILED_LIMIT)) {
      const inner = memberOf(WHOLE, this.#fileOf(place, join(cache, other)));
      const text = Buffer.from(source.content).toString();
      await this.job.attempt(inner, async () => {
        const strange = await this.#at(place).folder.open(join(cache, other), async (content) => {
          if (content.size > COMPILED_BYTES) return 'it is too large to be read';
          return strangeIn(await content.read(0, content.size), { text, size: source.content.length }) ?? '';
        });
        if (strange === '') return;
        const why = strange ?? 'it cannot be read';
        this.job.gap(inner, `Python may take it in place of the source, and ${why}`);
      });
    }
  }

  /** Judges a file and keeps it; returns its imports. */
  async #take(content: ByteSource, source: Omit<ProjectSource, 'content'>, folder: Folder): Promise<Import[]> {
    await this.job.nested(
      content,
      { ...memberOf(WHOLE, source.file), folder },
      { name: source.name, expected: 'python' },
    );
    // The judge has reported that it did not read all of it.
    if (content.size > SOURCE_LIMIT) return [];
    if (this.#bytes + content.size > BYTES_LIMIT) {
      this.job.gap(memberOf(WHOLE, source.file), `the sources together have more than ${BYTES_LIMIT} bytes`);
      return [];
    }
    this.#bytes += content.size;
    const bytes = await content.read(0, content.size);
    this.#sources.set(source.file, { ...source, content: Uint8Array.from(bytes) });
    const { text } = await readText(content, SOURCE_LIMIT);
    let imports: Import[] = [];
    await this.job.attempt(memberOf(WHOLE, source.file), () => {
      imports = importsIn(text);
      return Promise.resolve();
    });
    return imports;
  }

  async #follow(
    place: number,
    file: string,
    { level, module, names, always }: Import,
    imported: boolean,
  ): Promise<void> {
    const parts = module === '' ? [] : module.split('.');
    if (level === 0) {
      if (await this.load(module)) {
        for (const name of names) await this.load(`${module}.${name}`);
        return;
      }
      const [top = ''] = parts;
      if (imported && (isStandard(top) || this.isPublished(top))) await this.shadow(top);
      if (!imported || isStandard(top) || !parts.every((part) => IDENTIFIER.test(part))) return;
      this.#imports.add(module);
      if (always) this.#needs.add(top);
      return;
    }
    const folders = file.split('/').slice(0, -1);
    // Beyond the top-level package Python raises an error.
    if (level > folders.length) return;
    const start = folders.slice(0, folders.length - level + 1).join('/');
    if (![...parts, ...names].every((part) => IDENTIFIER.test(part))) return;
    await this.#read(place, start, parts, imported);
    for (const name of names) await this.#read(place, start, [...parts, name], imported);
  }

  async #entry(place: number, folder: string, name: string): Promise<Entry | undefined> {
    const { folder: files } = this.#at(place);
    const listed = await this.#list(place, folder);
    const path = join(folder, name);
    const asFolder = listed.names.get(name);
    const outside = asFolder === false && (await files.leadsOutside(path));
    if (outside) return { kind: 'outside', file: path };
    const inner = asFolder === undefined ? undefined : await this.#list(place, path);
    const first = inner && firstOf(inner, '__init__');
    if (first)
      return this.#unlessOutside(place, {
        kind: first.kind === 'module' ? 'package' : first.kind,
        file: join(path, first.name),
      });
    const own = firstOf(listed, name);
    if (own) return this.#unlessOutside(place, { kind: own.kind, file: join(folder, own.name) });
    return inner !== undefined && inner.names.size > 0 ? { kind: 'namespace' } : undefined;
  }

  async #unlessOutside(place: number, entry: Exclude<Entry, { kind: 'namespace' }>): Promise<Entry> {
    return (await this.#at(place).folder.leadsOutside(entry.file)) ? { kind: 'outside', file: entry.file } : entry;
  }

  /** The entries of a folder; none when there is no folder. */
  #list(place: number, folder: string): Promise<Listing> {
    const key = `${place} ${folder}`;
    let listing = this.#listings.get(key);
    if (!listing) {
      if (this.#listings.size >= FOLDERS_LIMIT) {
        this.job.gap(WHOLE, `it leads through more than ${FOLDERS_LIMIT} folders of code`);
        return Promise.resolve(NOTHING);
      }
      listing = this.#at(place)
        .folder.list(folder)
        .then((entries = []) => {
          if (entries.length >= FOLDER_ENTRIES)
            this.job.gap(WHOLE, `a folder in which its modules are looked for has more than ${FOLDER_ENTRIES} files`);
          return listingOf(entries);
        });
      this.#listings.set(key, listing);
    }
    return listing;
  }

  #at(place: number): CodePlace {
    const found = this.places[place];
    if (!found) throw new Error('there is no such place');
    return found;
  }

  #fileOf(place: number, name: string): string {
    return this.#at(place).label + name;
  }
}

/** The file that Python loads for a module: native code before source, source before its compiled file. */
function firstOf(
  { names, native }: Listing,
  name: string,
): { readonly kind: 'native' | 'module' | 'compiled'; readonly name: string } | undefined {
  const library = native.get(name);
  if (library !== undefined) return { kind: 'native', name: library };
  if (names.get(`${name}.py`) === false) return { kind: 'module', name: `${name}.py` };
  if (names.get(`${name}.pyc`) === false) return { kind: 'compiled', name: `${name}.pyc` };
  return undefined;
}

/** `module.so`, `module.abi3.so`, `module.cpython-313-x86_64-linux-gnu.so`, `module.cp313-win_amd64.pyd`. */
const NATIVE = /^([^.]+)(?:\.[\w-]+)?\.(?:so|pyd)$/;

interface Listing {
  /** Whether it is a folder; links are none. */
  readonly names: ReadonlyMap<string, boolean>;
  /** By the name of a module, its native code. */
  readonly native: ReadonlyMap<string, string>;
}

const NOTHING: Listing = { names: new Map(), native: new Map() };

function listingOf(entries: readonly FolderEntry[]): Listing {
  const native = new Map<string, string>();
  for (const { name, folder } of entries) {
    const [, module] = folder ? [] : (NATIVE.exec(name) ?? []);
    if (module !== undefined && !native.has(module)) native.set(module, name);
  }
  return { names: new Map(entries.map(({ name, folder }) => [name, folder])), native };
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** One static analysis: collects the findings of its analysers, and analyses nested content within budgets. */
import type { Format } from '../core/formats.js';
import { escapeAndCut, escapedLines, escapeText, hasLines } from '../core/escape.js';
import type { Evidence, Finding, Severity } from '../core/schema.js';
import { HELD_LIMIT, type ByteSource, type Folder } from '../readers/bytes.js';
import type { Discovery, ProvenanceMark, NamedGlobal } from './collected.js';
import { Denylist } from './content/denylist.js';
import { isStandard } from '../names/capabilities.js';
import type { FirstWalk } from '../readers/pickle/first.js';
import { GuessBudget } from '../readers/pickle/scan.js';
import type { StaticRule } from './rule.js';
import { STATIC_RULES, type StaticRuleId } from './rules.js';
import { Units } from '../readers/units.js';

/** Where in the file a source lies. */
export interface Location {
  /** Path inside archives, `outer!inner`; undefined for the file itself. Not escaped. */
  readonly member: string | undefined;
  /** Offset of the source's first byte in the file or the member. */
  readonly base: number;
  /** The number of containers around it. */
  readonly depth: number;
  /** Its own name, for labels and for formats that are plain text; content decides everything else. */
  readonly name?: string | undefined;
  /** A loader reads it as this format, whatever it looks like: another format, or a damaged file, is a coverage gap. */
  readonly expected?: Format | undefined;
  /** A sidecar that no loader opens (detect/sidecars.ts): acts of its own make no finding against the model. */
  readonly unloaded?: true | undefined;
  /**
   * A file of its own, as which it is looked at: content of no known format is then a coverage gap, as it is outside. `alone`: the only one that its
   * container holds; `member`: one of several, of which text is passed over, as in a folder. Absent for numbers that a format lays down.
   */
  readonly file?: 'alone' | 'member' | undefined;
  /** It lies in a program that carries files: further programs in it are parts of that one. */
  readonly program?: true | undefined;
  /** Only its first bytes match a format, and no loader is known to read it as that: another format, or damage, is no coverage gap. */
  readonly guess?: boolean | undefined;
  /** For a pickle of torch's: how many bytes lie beside it in the archive for the storage of a key. */
  readonly storage?: ((key: string) => number | undefined) | undefined;
  /** For a Python file or a configuration: the folder in which its name is a path, and in which what it imports or names may lie. */
  readonly folder?: Folder | undefined;
}

/** The file itself. */
export const WHOLE: Location = { member: undefined, base: 0, depth: 0 };

/** The location of a member of an archive. */
export function memberOf(place: Location, name: string): Location {
  const member = place.member === undefined ? name : `${place.member}!${name}`;
  return { member, base: 0, depth: place.depth + 1, unloaded: place.unloaded, program: place.program };
}

/** The location of a file in an archive, or of the only file that something was made of. */
export function fileIn(place: Location, name: string, file: Location['file'] = 'member'): Location {
  return { ...memberOf(place, name), file };
}

/** The location of a part at an offset of the analysed source. */
export function partOf({ member, base, depth, unloaded }: Location, offset: number): Location {
  return { member, base: base + offset, depth: depth + 1, unloaded };
}

/**
 * Reads one format. An error that it throws is a gap of the unit that it was called in (`AnalysisContext.attempt`).
 *
 * Example: `const analyse: Analyser = async (source, place, job) => { if (source.size < 8) job.gap(place, 'it is cut off'); };`
 */
export type Analyser = (source: ByteSource, place: Location, job: AnalysisContext) => Promise<void>;

/** A match of a rule. Texts are escaped and cut by `AnalysisContext.add`, which takes them as they stand in the file. */
export interface Match {
  readonly rule: StaticRuleId;
  readonly place: Location;
  /** Distinguishes two findings of one rule at one location; a second match with the same key adds to the first. */
  readonly key: string;
  /** The text that `explain` of the rule puts into its explanation. */
  readonly subject: string;
  /** The bytes that show it; offsets count from the beginning of the source. */
  readonly evidence: readonly {
    readonly offset?: number;
    readonly text: string;
    readonly disassemblyLine?: number | undefined;
  }[];
  /** No loader acts on it: the finding has the severity `info`, whatever the severity of its rule. */
  readonly idle?: boolean | undefined;
  /** The number of occurrences; 1 by default. */
  readonly count?: number;
  /** The name that a pickle asks for; its location is that of the first evidence. */
  readonly global?: string;
  /** The texts and numbers that a call is given. */
  readonly given?: readonly string[] | undefined;
}

/** A match by a judge that does not know the location of its input. */
export type UnlocatedMatch = Omit<Match, 'place'>;

/** Bytes unpacked of the whole file: members can share their data. */
const UNPACKED_TOTAL = 2 * 1024 * 1024 * 1024;
/** Containers in containers. */
const DEPTH_LIMIT = 8;
/** Inner sources that are analysed; the largest sharded checkpoints have some ten thousand members. */
const NESTED_LIMIT = 200_000;
const LISTED_LIMIT = 100;

/** Shards of one model; each is mounted by itself, as the files of a folder are. */
const PARTS_LIMIT = 1000;
const FINDINGS_LIMIT = 500;
/** Evidence of a finding that is shown. */
export const EVIDENCE_LIMIT = 8;
const NAMES_LIMIT = 50_000;
/** Rules about the structure of a container: they say nothing about a file that only begins like one. Findings about the members still count. */
const ABOUT_CONTAINERS: ReadonlySet<StaticRuleId> = new Set<StaticRuleId>([
  'STATIC-ZIP-DIFFERENCE',
  'STATIC-ARCHIVE-UNREADABLE',
  'STATIC-CONTENT-POLYGLOT',
]);
/** Names that are collected before they are reported. */
const BATCH = 256;
/** The part of the enclosing unit's remaining time that one unit may take. A member that is unpacked and then analysed gets a quarter. */
const SHARE = 0.5;

/** Bytes of a file and all that is in it that are searched for programs: some ten milliseconds, for random bytes are searched at 100 to 200 MB/s. */
export const EMBEDDED_SEARCHED = 2 * 1024 * 1024;

export interface AnalysisContextOptions {
  readonly units?: Units | undefined;
  readonly denylist?: Denylist | undefined;
  /** The first pickle of the whole file, if detection walked it. */
  readonly first?: FirstWalk | undefined;
  readonly sidecar?: boolean | undefined;
  /** Called with each discovery: with findings and gaps at once, with names in batches. */
  readonly onFound?: ((found: Discovery) => void) | undefined;
  /** Called with errors that no reader foresees; they are coverage gaps, too. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const NOT_LOADED =
  ' No loader is known that takes this file along with the model: it runs when a person runs it by hand.';
/** Rules that keep their severity for a sidecar that no loader opens: such content is never harmless. */
const NEVER_HARMLESS: ReadonlySet<StaticRuleId> = new Set<StaticRuleId>([
  'STATIC-PYTHON-OBFUSCATED',
  'STATIC-CONTENT-BLACKLISTED',
]);

/**
 * The state of one static analysis: findings, coverage gaps, limits and nested content.
 *
 * Example: `await job.nested(sliceSource(source, offset, size), memberOf(place, 'data.pkl'));`
 */
export class AnalysisContext {
  readonly #findings = new Map<string, Finding>();
  /** Rules that have a finding, each with its severity. */
  /** Keys of findings that are no more than information, because nothing loads what they are about. */
  readonly #quiet = new Set<string>();
  readonly #told = new Set<string>();
  readonly #globals = new Set<string>();
  readonly #unknown = new Map<string, Evidence>();
  readonly #gaps = new Set<string>();
  readonly #needs = new Set<string>();
  readonly #parts = new Set<string>();
  /** Discoveries that were not reported yet. Findings by their keys: their counts still grow. */
  #untold = {
    findings: new Set<string>(),
    globals: [] as NamedGlobal[],
    needs: [] as string[],
    parts: [] as string[],
    marks: [] as ProvenanceMark[],
  };
  readonly #marks = new Set<string>();
  /** The budget of the search for further pickles, for all pickles of the file together. */
  readonly guesses = new GuessBudget();
  /** Bytes that may still be searched for programs among numbers. */
  searchable = EMBEDDED_SEARCHED;
  readonly #claims: [number, number][] = [];
  #nested = 0;
  #unpacked = 0;
  #held = 0;

  readonly signal: Units;
  readonly denylist: Denylist;
  readonly first: FirstWalk | undefined;
  /** The file lies beside a model: content of no known format inside it is passed over, as it is when it is not packed. */
  readonly sidecar: boolean;
  /** A part was left out for want of time or memory, or because a reader failed: another reading may see it. */
  incomplete = false;

  /** `look` detects the formats of a source and runs every analyser that matches. */
  constructor(
    private readonly look: Analyser,
    private readonly options: AnalysisContextOptions = {},
  ) {
    this.signal = options.units ?? new Units();
    this.denylist = options.denylist ?? new Denylist([]);
    this.first = options.first;
    this.sidecar = options.sidecar === true;
  }

  /**
   * One part of the work, with a share of the time that is left: any failure in it is a coverage gap of its location, and the work goes on. Throws
   * only errors that end the reading, or an enclosing unit.
   */
  async attempt(place: Location, work: () => Promise<void>, share = SHARE): Promise<void> {
    if (this.#untold.findings.size + this.#untold.globals.length + this.#untold.needs.length > 0) this.tell();
    const skipped = this.signal.enter(share);
    try {
      if (skipped === undefined) await work();
      else this.#fail(place, skipped);
    } catch (error) {
      const failure = this.signal.failure(error);
      if (failure === undefined) throw error;
      this.#fail(place, failure.text);
      if (failure.unforeseen) this.options.onError?.(error);
    } finally {
      this.signal.leave();
    }
  }

  /** Also for a guess and for a sidecar that no loader opens: the failure of a reader is always reported. */
  #fail(place: Location, text: string): void {
    this.incomplete = true;
    this.gap({ ...place, unloaded: undefined, guess: undefined }, text);
  }

  /** Records a coverage gap at this location, and its reason: part of a sentence, escaped here. */
  gap(place: Location, text: string): void {
    // A sidecar that no loader opens is not part of the model, so unread parts of it are no coverage gap of the model.
    if (place.unloaded === true) return;
    if (place.guess === true) return;
    const where = place.member === undefined ? '' : `${escapeAndCut(place.member, 120)}: `;
    this.#gap(where + escapeAndCut(text, 400));
  }

  #gap(text: string): void {
    const gap = this.#gaps.size < LISTED_LIMIT || this.#gaps.has(text) ? text : 'more of the same kind';
    if (this.#gaps.has(gap)) return;
    this.#gaps.add(gap);
    this.tell([gap]);
  }

  /** The same code can be met as a sidecar first and then as what another file loads. */
  #isKnown(id: StaticRuleId, place: Location, key: string): boolean {
    const own = findingKey(id, place, key);
    return this.#findings.has(own) && (isQuiet(id, place) || !this.#quiet.has(own));
  }

  /** Whether `add` makes a finding of its own of this match; otherwise the match adds to a finding, or exceeds the limit. */
  takes({ rule: id, place, key, idle }: Pick<Match, 'rule' | 'place' | 'key' | 'idle'>): boolean {
    if (place.guess === true && ABOUT_CONTAINERS.has(id)) return false;
    if (this.#isKnown(id, place, key)) return false;
    // Many small findings must not hide a severe one.
    return this.#findings.size < FINDINGS_LIMIT || !this.#told.has(`${id} ${severityOf(id, place, idle)}`);
  }

  add({ rule: id, place, key, subject, evidence, idle, count = 1, global, given = [] }: Match): void {
    if (place.guess === true && ABOUT_CONTAINERS.has(id)) return;
    const own = findingKey(id, place, key);
    const known = this.#findings.get(own);
    if (known && this.#isKnown(id, place, key)) {
      if (count > known.count) this.#untold.findings.add(own);
      known.count = Math.max(known.count, count);
      return;
    }
    const rule: StaticRule = STATIC_RULES[id];
    const quiet = isQuiet(id, place);
    const severity = severityOf(id, place, idle);
    if (this.#findings.size >= FINDINGS_LIMIT)
      this.#gap(`more than ${FINDINGS_LIMIT} findings: the rest is not listed`);
    if (!this.takes({ rule: id, place, key, idle })) return;
    if (quiet) this.#quiet.add(own);
    else this.#quiet.delete(own);
    this.#told.add(`${id} ${severity}`);
    const shown = evidence.slice(0, EVIDENCE_LIMIT).map(({ offset, text, disassemblyLine }) => ({
      ...evidenceAt(place, offset, text),
      ...(disassemblyLine === undefined ? {} : { disassemblyLine }),
    }));
    const cause =
      global === undefined ? undefined : { global: escapeText(global), ...at(place, evidence[0]?.offset ?? 0) };
    this.#findings.set(own, {
      rule: id,
      engine: 'static',
      severity,
      category: rule.category,
      title: rule.title,
      explanation: rule.explain(escapeAndCut(subject, 400)) + (quiet ? NOT_LOADED : ''),
      evidence: shown,
      count,
      ...(cause ? { cause: { pickle: cause } } : {}),
      ...(given.length > 0 ? { facts: factsOf(given) } : {}),
      ...(rule.attack === undefined ? {} : { attack: rule.attack }),
      advice: rule.advice,
    });
    this.#untold.findings.add(own);
    this.tell();
  }

  /**
   * Analyses a source inside the current one, by its content. `inner` is its location: `fileIn(place, name)` for a member of an archive. A source
   * of no known format makes no gap unless it is a file of its own, or a loader expects a format.
   */
  async nested(
    source: ByteSource,
    inner: Location,
    { name, expected }: { readonly name?: string | undefined; readonly expected?: Format | undefined } = {},
  ): Promise<void> {
    this.signal.throwIfAborted();
    if (inner.depth > DEPTH_LIMIT) {
      this.gap(inner, `things are packed into one another more than ${DEPTH_LIMIT} deep`);
      return;
    }
    this.#nested += 1;
    if (this.#nested > NESTED_LIMIT) {
      this.#gap(`more than ${NESTED_LIMIT} things are packed into the file: the rest was not looked at`);
      return;
    }
    await this.attempt(inner, () => this.look(source, { ...inner, name, expected }, this));
  }

  /** A part of the file itself, which the enclosing analyser reads: it does not make the file a polyglot. */
  claim(place: Location, offset: number, size: number): void {
    if (place.member === undefined && this.#claims.length < NAMES_LIMIT)
      this.#claims.push([place.base + offset, place.base + offset + size]);
  }

  claimed(place: Location, offset: number): boolean {
    const at = place.base + offset;
    return (
      place.member === undefined && this.#claims.some(([start, end]) => start > place.base && at >= start && at < end)
    );
  }

  /** Bytes that may be unpacked now. */
  get unpackable(): number {
    return Math.max(0, Math.min(HELD_LIMIT - this.#held, UNPACKED_TOTAL - this.#unpacked));
  }

  /** Counts unpacked bytes, as held while the work uses them. */
  async holding(bytes: number, work: () => Promise<void>): Promise<void> {
    this.#unpacked += bytes;
    this.#held += bytes;
    try {
      await work();
    } finally {
      this.#held -= bytes;
    }
  }

  /** A name that the file asks for. */
  global(place: Location, module: string, name: string, offset: number): void {
    const global = escapeText(`${module}.${name}`);
    const key = `${place.member ?? ''}\n${global}`;
    if (!this.#globals.has(key) && this.#globals.size < NAMES_LIMIT) {
      this.#globals.add(key);
      if (this.#untold.globals.push({ global, ...at(place, offset) }) >= BATCH) this.tell();
    }
    if (!this.denylist.isEmpty) this.#judgeName(place, `${module}.${name}`, offset);
    this.need(module);
  }

  /** A module that loading imports. */
  need(module: string): void {
    const [top = ''] = module.split('.');
    if (top === '' || top === '__main__' || top === '__torch__' || isStandard(top)) return;
    const need = escapeText(top);
    if (this.#needs.has(need)) return;
    this.#needs.add(need);
    if (this.#untold.needs.push(need) >= BATCH) this.tell();
  }

  /** Records a fact about the provenance of the model. */
  madeBy(mark: ProvenanceMark): void {
    const key = JSON.stringify(mark);
    if (this.#marks.size >= LISTED_LIMIT || this.#marks.has(key)) return;
    this.#marks.add(key);
    this.#untold.marks.push(mark);
  }

  /** Records a shard: a file beside the model that its loader opens; the file exists, and its path stays in the folder. */
  part(name: string): void {
    if (this.#parts.size >= PARTS_LIMIT || this.#parts.has(name)) return;
    this.#parts.add(name);
    this.#untold.parts.push(name);
    this.tell();
  }

  /**
   * Records a name of an unknown library. All such names of the file make one finding: a single one says little, the list shows which libraries the
   * model needs.
   */
  unknownGlobal(place: Location, global: string, offset: number): void {
    const name = escapeAndCut(global, 120);
    if (this.#unknown.has(name) || this.#unknown.size >= 10 * LISTED_LIMIT) return;
    this.#unknown.set(name, evidenceAt(place, offset, `asks for ${name}`));
    this.#untold.findings.add(UNKNOWN);
  }

  /** Reports the discoveries since the last call. */
  tell(gaps: readonly string[] = []): void {
    if (this.#untold.findings.has(UNKNOWN)) this.#addUnknown();
    const { findings, globals, needs, parts, marks } = this.#untold;
    this.#untold = { findings: new Set(), globals: [], needs: [], parts: [], marks: [] };
    const found = [...findings].flatMap((key) => {
      const finding = this.#findings.get(key);
      return finding ? [[key, finding] as const] : [];
    });
    this.options.onFound?.({ findings: found, globals, gaps, needs, parts, marks });
  }

  #judgeName(place: Location, name: string, offset: number): void {
    for (const { pattern } of this.denylist.in(name)) {
      const subject = `It asks for ${name}, which holds “${pattern}”`;
      const evidence = [{ offset, text: `asks for ${name}` }];
      this.add({ rule: 'STATIC-CONTENT-BLACKLISTED', place, key: subject, subject, evidence });
    }
  }

  #addUnknown(): void {
    const names = [...this.#unknown.keys()];
    const shown = names.slice(0, 12).join(', ') + (names.length > 12 ? ` and ${names.length - 12} more` : '');
    const rule: StaticRule = STATIC_RULES[UNKNOWN];
    this.#findings.set(UNKNOWN, {
      rule: UNKNOWN,
      engine: 'static',
      severity: rule.severity,
      category: rule.category,
      title: rule.title,
      explanation: rule.explain(shown),
      evidence: [...this.#unknown.values()].slice(0, EVIDENCE_LIMIT),
      count: names.length,
      advice: rule.advice,
    });
  }
}

const UNKNOWN = 'STATIC-PICKLE-UNKNOWN-GLOBAL';

function evidenceAt(place: Location, offset: number | undefined, text: string): Evidence {
  return {
    text: escapeAndCut(text, 400),
    ...(offset === undefined ? {} : { offset: place.base + offset }),
    ...(place.member === undefined ? {} : { member: escapeText(place.member) }),
  };
}

function at(place: Location, offset: number): { offset: number; member?: string } {
  return {
    offset: place.base + offset,
    ...(place.member === undefined ? {} : { member: escapeText(place.member) }),
  };
}

function findingKey(id: StaticRuleId, place: Location, key: string): string {
  return `${id}\n${place.member ?? ''}\n${key}`;
}

function isQuiet(id: StaticRuleId, place: Location): boolean {
  return place.unloaded === true && !NEVER_HARMLESS.has(id);
}

function severityOf(id: StaticRuleId, place: Location, idle: boolean | undefined): Severity {
  return isQuiet(id, place) || idle === true ? 'info' : STATIC_RULES[id].severity;
}

/** What a call is given; a text of several lines is a program. */
function factsOf(given: readonly string[]): NonNullable<Finding['facts']> {
  const program = given.find(hasLines);
  return {
    given: given.map((text) => escapeAndCut(text, 400)),
    ...(program === undefined ? {} : { code: escapedLines(program) }),
  };
}

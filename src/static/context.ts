/** One static analysis: collects what its analysers find, and looks into what lies inside what, within budgets. */
import type { Format } from '../core/formats.js';
import { escapeAndCut, escapeText } from '../core/escape.js';
import type { Evidence, Finding, Severity } from '../core/schema.js';
import { HELD_LIMIT, type ByteSource } from '../readers/bytes.js';
import type { Discovery, ProvenanceMark, NamedGlobal } from './collected.js';
import { Blacklist } from './content/blacklist.js';
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
  /** How many containers it lies in. */
  readonly depth: number;
  /** Its own name, for labels and for formats that are plain text; content decides everything else. */
  readonly name?: string | undefined;
  /** A loader reads it as this format, whatever it looks like: not being it, or being broken, is a gap. */
  readonly expected?: Format | undefined;
  /** Nothing loads it (detect/sidecars.ts): what it would do when it is run is no accusation. */
  readonly unloaded?: true | undefined;
  /** Only its first bytes say what it is, and nothing is known to read it as that: not being it, or being broken, is no gap. */
  readonly guess?: boolean | undefined;
  /** For a pickle of torch's: how many bytes lie beside it in the archive for the storage of a key. */
  readonly storage?: ((key: string) => number | undefined) | undefined;
}

/** The file itself. */
export const WHOLE: Location = { member: undefined, base: 0, depth: 0 };

/** The place of something inside an archive. */
export function memberOf(place: Location, name: string): Location {
  const member = place.member === undefined ? name : `${place.member}!${name}`;
  return { member, base: 0, depth: place.depth + 1, unloaded: place.unloaded };
}

/** The place of something that lies at an offset of what is analysed. */
export function partOf({ member, base, depth, unloaded }: Location, offset: number): Location {
  return { member, base: base + offset, depth: depth + 1, unloaded };
}

/** Reads one format. What it throws is a gap of the unit that it was called in (`Job.attempt`). */
export type Analyser = (source: ByteSource, place: Location, job: AnalysisContext) => Promise<void>;

/** Something a rule found. Texts are escaped and cut by `Job.add`, which takes them as they stand in the file. */
export interface Match {
  readonly rule: StaticRuleId;
  readonly place: Location;
  /** Tells two findings of one rule at one place apart; a second one of the same key is the first. */
  readonly key: string;
  /** What `explain` of the rule says why it matters. */
  readonly subject: string;
  /** What shows it; offsets count from the beginning of the source. */
  readonly evidence: readonly {
    readonly offset?: number;
    readonly text: string;
    readonly disassemblyLine?: number | undefined;
  }[];
  /** No loader acts on it: it is told as information, whatever its rule weighs elsewhere. */
  readonly idle?: boolean | undefined;
  /** How often it happened; 1 when not told. */
  readonly count?: number;
  /** The name that a pickle asks for; its place is the first evidence's. */
  readonly global?: string;
}

/** One that a judge makes who does not know where what it judges lies. */
export type UnlocatedMatch = Omit<Match, 'place'>;

/** Bytes unpacked of the whole file: members can share their data. */
const UNPACKED_TOTAL = 2 * 1024 * 1024 * 1024;
/** Containers in containers. */
const DEPTH_LIMIT = 8;
/** Inner sources looked at; the largest sharded checkpoints have some ten thousand members. */
const NESTED_LIMIT = 200_000;
const LISTED_LIMIT = 100;
const FINDINGS_LIMIT = 500;
/** Evidence of a finding that is shown. */
export const EVIDENCE_LIMIT = 8;
const NAMES_LIMIT = 50_000;
/** How a container is made: of what only begins like one, that says nothing. What lies in it still counts. */
const ABOUT_CONTAINERS: ReadonlySet<StaticRuleId> = new Set<StaticRuleId>([
  'STATIC-ZIP-DIFFERENCE',
  'STATIC-ARCHIVE-UNREADABLE',
  'STATIC-CONTENT-POLYGLOT',
]);
/** Names that wait until they are told. */
const BATCH = 256;
/** Of the time that is left to what is around it, what one thing may take. Of a member that is unpacked and then looked at it is a quarter. */
const SHARE = 0.5;

/** Bytes of a file and all that is in it that are searched for programs: some ten milliseconds, for random bytes are searched at 100 to 200 MB/s. */
export const EMBEDDED_SEARCHED = 2 * 1024 * 1024;

export interface AnalysisContextOptions {
  readonly units?: Units | undefined;
  readonly blacklist?: Blacklist | undefined;
  /** The first pickle of the whole, where it was walked before. */
  readonly first?: FirstWalk | undefined;
  /** Told of what is found, while it is: of findings and gaps at once, of names in batches. */
  readonly onFound?: ((found: Discovery) => void) | undefined;
  /** Told of errors that no reader foresees, which are gaps besides. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const NOT_LOADED =
  ' No loader is known that takes this file along with the model: it runs when somebody runs it by hand.';
/** What has no harmless reading, whoever runs it. */
const NEVER_HARMLESS: ReadonlySet<StaticRuleId> = new Set<StaticRuleId>([
  'STATIC-PYTHON-OBFUSCATED',
  'STATIC-CONTENT-BLACKLISTED',
]);

export class AnalysisContext {
  readonly #findings = new Map<string, Finding>();
  /** Rules that there is a finding of, with its severity. */
  readonly #told = new Set<string>();
  readonly #globals = new Set<string>();
  readonly #unknown = new Map<string, Evidence>();
  readonly #gaps = new Set<string>();
  readonly #needs = new Set<string>();
  readonly #parts = new Set<string>();
  /** What was not told yet. Findings by their keys: their counts still grow. */
  #untold = {
    findings: new Set<string>(),
    globals: [] as NamedGlobal[],
    needs: [] as string[],
    parts: [] as string[],
    marks: [] as ProvenanceMark[],
  };
  readonly #marks = new Set<string>();
  /** What the search for further pickles may take, in all pickles of the file together. */
  readonly guesses = new GuessBudget();
  /** Bytes that may still be searched for programs among numbers. */
  searchable = EMBEDDED_SEARCHED;
  readonly #claims: [number, number][] = [];
  #nested = 0;
  #unpacked = 0;
  #held = 0;

  readonly signal: Units;
  readonly blacklist: Blacklist;
  readonly first: FirstWalk | undefined;
  /** Something was left out for want of time or memory, or because a reader failed: another reading may see it. */
  incomplete = false;

  /** `look` finds out what a source is and runs every analyser that matches. */
  constructor(
    private readonly look: Analyser,
    private readonly options: AnalysisContextOptions = {},
  ) {
    this.signal = options.units ?? new Units();
    this.blacklist = options.blacklist ?? new Blacklist([]);
    this.first = options.first;
  }

  /**
   * One part of the work, with a share of the time that is left: whatever goes wrong in it is a gap of its place, and the work goes on.
   * Throws only what ends the reading, or a part around this one.
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

  /** Of a guess and a file that nothing loads, too: that a reader failed is never passed over. */
  #fail(place: Location, text: string): void {
    this.incomplete = true;
    this.gap({ ...place, unloaded: undefined, guess: undefined }, text);
  }

  /** Something at this place was not seen, and why: part of a sentence, escaped here. */
  gap(place: Location, text: string): void {
    // What is not read of a file that nothing loads is nothing that was not seen of the model.
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

  /** Whether `add` makes a finding of its own of this; otherwise it adds to one, or is one too many. */
  takes({ rule: id, place, key, idle }: Pick<Match, 'rule' | 'place' | 'key' | 'idle'>): boolean {
    if (place.guess === true && ABOUT_CONTAINERS.has(id)) return false;
    if (this.#findings.has(findingKey(id, place, key))) return false;
    // Many small things are no place to hide a great one behind.
    return this.#findings.size < FINDINGS_LIMIT || !this.#told.has(`${id} ${severityOf(id, place, idle)}`);
  }

  add({ rule: id, place, key, subject, evidence, idle, count = 1, global }: Match): void {
    if (place.guess === true && ABOUT_CONTAINERS.has(id)) return;
    const own = findingKey(id, place, key);
    const known = this.#findings.get(own);
    if (known) {
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
      ...(rule.attack === undefined ? {} : { attack: rule.attack }),
      advice: rule.advice,
    });
    this.#untold.findings.add(own);
    this.tell();
  }

  /**
   * Looks at something inside what is analysed, by its content. `inner` is its place: `memberOf(place, name)` for a member of an archive.
   * What is of no known format passes in silence unless a loader expects one.
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

  /** A part of the file itself, which what it lies in looks into: its end is no second nature of the file. */
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

  /** Counts unpacked bytes, as held while they are worked on. */
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
    if (!this.blacklist.isEmpty) this.#judgeName(place, `${module}.${name}`, offset);
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

  /** What the file says of what made it. */
  madeBy(mark: ProvenanceMark): void {
    const key = JSON.stringify(mark);
    if (this.#marks.size >= LISTED_LIMIT || this.#marks.has(key)) return;
    this.#marks.add(key);
    this.#untold.marks.push(mark);
  }

  /** A file beside it that its loader opens; there is one, and its path leads to no other place. */
  part(name: string): void {
    if (this.#parts.size >= LISTED_LIMIT || this.#parts.has(name)) return;
    this.#parts.add(name);
    this.#untold.parts.push(name);
    this.tell();
  }

  /** A name of a library that is not known here. All of the file are one finding: each says little, their list says where the model comes from. */
  unknownGlobal(place: Location, global: string, offset: number): void {
    const name = escapeAndCut(global, 120);
    if (this.#unknown.has(name) || this.#unknown.size >= 10 * LISTED_LIMIT) return;
    this.#unknown.set(name, evidenceAt(place, offset, `asks for ${name}`));
    this.#untold.findings.add(UNKNOWN);
  }

  /** Tells what was found since the last time. */
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
    for (const { pattern } of this.blacklist.in(name)) {
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

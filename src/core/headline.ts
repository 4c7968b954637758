/**
 * What a model would do, in one sentence: actor, act, object, destination, moment. It is made from the facts of the findings (rule, subject, decoy,
 * what was started, what a call is given, phase, conversations), never from their prose.
 *
 * What outranks what:
 *  1. Of a malicious model only findings that are critical or high speak; of a suspicious one those that are medium or low.
 *  2. The act whose entry in `ACTS` comes first, which goes from what harms most and is surest: a secret that left the machine, control given away,
 *     documents destroyed, a program fetched and run, … to a mere contact. Severity does not decide here: a shell is `high` and says more than the
 *     `critical` call that started it.
 *  3. Of one act what was seen in the run before what was read in the file, because it has more facts; then the worse; then the earlier.
 *  4. What has no entry comes last, the worst first, and speaks by the title of its rule.
 */
import { escapeAndCut } from './escape.js';
import { commandKind, FETCHERS, programName, shellText } from './programs.js';
import type { Conversation, Finding, Gap, LoadOutcome, ScanReport } from './schema.js';
import { SEVERITIES, type Severity } from './terms.js';
import { MODEL_HOME } from './tool.js';
import { definitionOf } from './stub-classes.js';

export interface Headline {
  /** One sentence of at most some 300 characters, with its full stop. */
  readonly sentence: string;
  /** For a table: the same without subject, moment and full stop, in small letters. */
  readonly short: string;
  /** The finding that it speaks of; absent where no finding decides. */
  readonly finding?: Finding;
}

type Told = Pick<
  ScanReport,
  'verdict' | 'findings' | 'conversations' | 'load' | 'limits' | 'engines' | 'coverage' | 'model' | 'suppressed'
>;

/** Characters of a path, a command or an address in the sentence. */
const OBJECT = 80;
const SENTENCE = 300;

/** Example: `headlineOf(report).sentence` is `Starts a shell that downloads a program and runs it when it is loaded.` */
export function headlineOf(report: Told): Headline {
  switch (report.verdict) {
    case 'malicious':
      return ofFindings(report, ['critical', 'high']);
    case 'suspicious':
      return ofFindings(report, ['medium', 'low']);
    case 'inconclusive':
      return ofGaps(report);
    case 'clean':
      return ofClean(report);
  }
}

/** One act in few words, without subject and moment, for a line among those of others: `contacts 203.0.113.7:4444`. */
export function actInWords(finding: Finding, report: Pick<ScanReport, 'findings' | 'conversations'>): string {
  const { does, detail, isLong } = tell(finding, new Scene(report.findings, report.conversations, true));
  return uncapitalised(does) + (isLong ? '' : detail);
}

/**
 * One act with its object, as a row of a list begins: `Looks for SSH keys: ~/.gnupg/secring.gpg`. What two findings of one rule do to two things begins
 * alike and names each.
 */
export function actOnObject(finding: Finding, report: Pick<ScanReport, 'findings' | 'conversations'>): string {
  const scene = new Scene(report.findings, report.conversations, true);
  const { does, detail } = tell(finding, scene);
  const { subject } = finding;
  const isNamed = subject === undefined || detail !== '' || !/[^a-z]/.test(subject) || subject === '(more)';
  const isSaid = (name: string): boolean => does.includes(object(name)) || does.includes('“');
  const words =
    isNamed || finding.facts?.destination !== undefined || isSaid(subject) || isSaid(scene.peer(subject))
      ? does + detail
      : `${does}: ${object(scene.peer(subject))}`;
  return escapeAndCut(words.replace(/\.$/, ''), SENTENCE);
}

/** What the entries of `ACTS` may look at beside their own finding. */
class Scene {
  readonly peer: (place: string) => string;

  constructor(
    readonly findings: readonly Finding[],
    readonly conversations: readonly Conversation[],
    /** The other acts of the chain are told beside this one. */
    private readonly alone = false,
  ) {
    this.peer = peersOf(conversations);
  }

  /** The other machine that findings of the same chain speak with. */
  contactOf({ story }: Finding): string | undefined {
    const contact = this.findings.find((other) => other.rule === 'DYN-NET-CONTACT' && other.story === story);
    return contact?.subject === undefined ? undefined : this.peer(contact.subject);
  }

  /** What of the user's was read in the same chain, before this; a program that transfers files reads its own settings. */
  readBefore({ story, evidence: [first] }: Finding): Finding | undefined {
    if (this.alone) return undefined;
    return this.findings
      .filter((other) => other.story === story && (other.evidence[0]?.line ?? 0) < (first?.line ?? 0))
      .find(
        (other) =>
          (other.decoy?.use === 'read' || READ_ANYWAY.has(other.rule)) && !this.isTransfer(other.evidence[0]?.pid),
      );
  }

  /** Whether this process is a program that transfers files. */
  isTransfer(pid: number | undefined): boolean {
    return this.findings.some(
      ({ evidence, facts }) => evidence[0]?.pid === pid && FETCHERS.test(programName(facts?.argv?.[0] ?? '')),
    );
  }

  /** The other machine that got data of the same chain. */
  receiverOf({ story }: Finding): string | undefined {
    const contacts = this.findings.filter((other) => other.rule === 'DYN-NET-CONTACT' && other.story === story);
    const sent = this.conversations.find(
      ({ address, port, bytesSent }) =>
        bytesSent > 0 && contacts.some(({ subject }) => subject === `${address} port ${port ?? ''}`),
    );
    return sent?.port === undefined ? undefined : this.peer(`${sent.address} port ${sent.port}`);
  }
}

/** From `203.0.113.7 port 80`, as findings name the other end, to what a person calls it: its name, if it was asked for, or `203.0.113.7:80`. */
export function peersOf(conversations: readonly Conversation[]): (place: string) => string {
  const peers = new Map<string, string>();
  for (const { address, port, name } of conversations)
    if (port !== undefined) peers.set(`${address} port ${port}`, name ?? peerName(address, port));
  return (place) => peers.get(place) ?? place;
}

/** `203.0.113.7:80`, `[2001:db8::1]:80` */
function peerName(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

interface Act {
  /** Ids of rules; a `*` at the end stands for any rest. */
  readonly rules: readonly string[];
  /** What it does, in the third person; undefined where the facts do not make it this act. */
  readonly does: (finding: Finding, scene: Scene) => Words | undefined;
}

/** `detail` follows the moment, after a colon: a command, a path. A long one is left out of tables. */
type Words = string | { readonly words: string; readonly detail: string; readonly isLong?: true };

/** A rule whose own title says the act, with its subject where that is the name of something. */
const byTitle = (finding: Finding): string => finding.title;
const withSubject =
  (words: string) =>
  ({ subject }: Finding): Words =>
    subject === undefined ? words : { words, detail: object(subject) };

const after =
  (words: string) =>
  (finding: Finding): string =>
    finding.subject === undefined ? byTitle(finding) : `${words} ${object(finding.subject)}`;

/** Files of the system that hold no canary. */
const READ_ANYWAY: ReadonlySet<string> = new Set(['DYN-CRED-ACCOUNTS', 'DYN-CRED-SHADOW']);

/** The settings that a program reads for itself are not what the model is after. */
const readsSecret = (finding: Finding, scene: Scene): string | undefined => {
  if (scene.isTransfer(finding.evidence[0]?.pid)) return undefined;
  return finding.decoy?.use === 'read' || READ_ANYWAY.has(finding.rule) ? `Reads ${yours(finding)}` : byTitle(finding);
};

const RUNS_CODE = 'Runs Python code of its own';
const EXEC = ['DYN-EXEC-*', 'STATIC-PICKLE-EXEC'];

/** From what harms most to what harms least; within the list the first that applies speaks. */
const ACTS: readonly Act[] = [
  {
    rules: ['DYN-THEFT-PROOF'],
    does: (finding, scene) => {
      const { decoy } = finding;
      const destination = finding.facts?.destination;
      if (decoy === undefined || destination === undefined || destination.way === 'file') return undefined;
      const what = secretsOf(finding, scene);
      if (destination.way === 'send') return `Sends ${what} to ${object(scene.peer(destination.place))}`;
      if (destination.way === 'look-up')
        return `Sends ${what} out inside a name look-up (${object(destination.place)})`;
      return { words: `Hands ${what} to a program`, detail: command(destination.place) };
    },
  },
  {
    rules: ['DYN-NET-SHELL'],
    does: (finding, scene) => {
      const peer = scene.contactOf(finding);
      return `Hands control of your computer to ${peer === undefined ? 'another machine' : object(peer)}`;
    },
  },
  { rules: ['DYN-DESTROY-DOCUMENTS'], does: () => 'Destroys or locks your documents' },
  {
    rules: [...EXEC, 'STATIC-PICKLE-HANDED-CODE'],
    does: (finding) => {
      const text = commandOf(finding);
      if (finding.rule === 'DYN-EXEC-DOWNLOADED') return 'Downloads a program and runs it';
      if (text === undefined || commandKind(text) !== 'downloads-and-runs') return undefined;
      return 'Starts a shell that downloads a program and runs it';
    },
  },
  { rules: ['DYN-EXEC-MINER', 'DYN-NET-MINING'], does: () => 'Mines crypto-currency on your computer' },
  { rules: ['DYN-NET-METADATA'], does: () => 'Asks the cloud service for the secrets of your machine' },
  { rules: ['DYN-NET-ENGINE'], does: () => 'Tries to command the container engine of your machine' },
  {
    rules: ['DYN-NET-CONTACT'],
    does: (finding, scene) => {
      const receiver = scene.receiverOf(finding);
      const read = receiver === undefined ? undefined : scene.readBefore(finding);
      return read && receiver && `Reads ${yours(read)} and sends data to ${object(receiver)}`;
    },
  },
  { rules: ['DYN-ESCAPE-*'], does: byTitle },
  { rules: ['DYN-PERSIST-SSH'], does: withSubject('Lets another person log in') },
  { rules: ['DYN-PERSIST-SHELL'], does: withSubject('Changes what every new terminal runs') },
  { rules: ['DYN-PERSIST-PYTHON'], does: withSubject('Plants code that every Python program runs') },
  { rules: ['DYN-PERSIST-*', 'DYN-EXEC-SCHEDULE'], does: byTitle },
  { rules: ['DYN-DELETE-MANY'], does: () => 'Deletes one file after another' },
  {
    rules: ['DYN-THEFT-PROOF'],
    does: (finding, scene) => {
      const place = finding.facts?.destination?.place;
      return `Copies ${secretsOf(finding, scene)}${place === undefined ? '' : ` to ${object(place)}`}`;
    },
  },
  {
    rules: [
      'DYN-CRED-SSH',
      'DYN-CRED-KEY',
      'DYN-CRED-CLUSTER',
      'DYN-CRED-TOKEN',
      'DYN-CRED-BROWSER',
      'DYN-CRED-WALLET',
    ],
    does: readsSecret,
  },
  { rules: ['DYN-EXEC-DROPPED', 'DYN-EXEC-FILELESS', 'DYN-EXEC-DROPPED-LIBRARY', 'DYN-EXEC-PRELOAD'], does: byTitle },
  { rules: ['DYN-NET-TUNNEL'], does: () => 'Smuggles data out inside name look-ups' },
  {
    rules: ['DYN-EXEC-FETCH', 'STATIC-PICKLE-EXEC'],
    does: (finding) => {
      const text = commandOf(finding);
      const program = programName(finding.facts?.argv?.[0] ?? '');
      if (FETCHERS.test(program))
        return { words: `Starts ${program}, which transfers files`, detail: started(finding) };
      if (text === undefined || commandKind(text) !== 'transfers') return undefined;
      return { words: 'Starts a shell that transfers files', detail: command(text) };
    },
  },
  { rules: ['DYN-EXEC-INSTALL'], does: (finding) => ({ words: 'Installs software', detail: started(finding) }) },
  {
    rules: ['DYN-EXEC-PRIVILEGE'],
    does: (finding) => ({ words: 'Asks for administrator rights', detail: started(finding) }),
  },
  {
    rules: ['DYN-EXEC-OTHER-SYSTEM'],
    does: (finding) => ({ words: 'Starts a program of another operating system', detail: started(finding) }),
  },
  {
    rules: ['DYN-EXEC-SHELL', 'DYN-EXEC-INTERPRETER', 'DYN-EXEC-PROGRAM'],
    does: (finding) => {
      const text = commandOf(finding);
      if (text !== undefined) return `Starts a shell that runs ${command(text)}`;
      return finding.subject === undefined ? byTitle(finding) : { words: 'Starts a program', detail: started(finding) };
    },
  },
  {
    rules: ['STATIC-PICKLE-EXEC'],
    does: (finding) => {
      const text = commandOf(finding);
      return text === undefined ? 'Starts a program' : { words: 'Starts a program', detail: command(text) };
    },
  },
  { rules: ['STATIC-R-CALL', 'STATIC-PYTHON-EXEC-IMPORT'], does: () => 'Starts a program' },
  { rules: ['DYN-EXEC-LIBRARY', 'DYN-EXEC-PLANTED', 'DYN-EXEC-SIBLING'], does: byTitle },
  { rules: ['STATIC-PICKLE-NATIVE', 'STATIC-ONNX-LIBRARY', 'STATIC-*-LIBRARY'], does: () => 'Loads machine code' },
  { rules: ['STATIC-JINJA-PYTHON', 'STATIC-JINJA-CALL'], does: () => 'Has its chat template run Python code' },
  {
    rules: [
      'STATIC-KERAS-IMPORT',
      'STATIC-KERAS-TENSORFLOW',
      'STATIC-KERAS-GADGET',
      'STATIC-MANIFEST-TARGET',
      'STATIC-MANIFEST-PYTHON-TAG-EXEC',
    ],
    does: () => 'Has its configuration call a dangerous function',
  },
  {
    rules: ['DYN-NET-CONTACT'],
    does: (finding, scene) => {
      if (finding.subject === undefined) return byTitle(finding);
      const peer = object(scene.peer(finding.subject));
      return scene.receiverOf(finding) === undefined ? `Contacts ${peer}` : `Sends data to ${peer}`;
    },
  },
  {
    rules: ['STATIC-PICKLE-NETWORK'],
    does: ({ facts }) => `Contacts ${facts?.given?.[0] === undefined ? 'another machine' : object(facts.given[0])}`,
  },
  {
    rules: ['STATIC-TF-NETWORK', 'STATIC-TORCHSCRIPT-NETWORK', 'STATIC-PYTHON-NETWORK-IMPORT'],
    does: () => 'Contacts another machine',
  },
  { rules: ['DYN-NET-LOOKUP'], does: after('Asks for the address of') },
  { rules: ['DYN-NET-LISTEN'], does: withSubject('Opens a door for connections from outside') },
  { rules: ['DYN-DELETE-FILE'], does: after('Deletes or renames') },
  {
    rules: ['DYN-CRED-*', 'DYN-READ-HOME'],
    does: (finding, scene) => readsSecret(finding, scene) ?? byTitle(finding),
  },
  {
    rules: ['DYN-WRITE-HOME', 'DYN-WRITE-SYSTEM', 'DYN-WRITE-MODEL', 'DYN-DROP-PROGRAM'],
    does: after('Writes to'),
  },
  {
    rules: ['STATIC-PICKLE-DELETE', 'STATIC-PYTHON-DELETE-IMPORT'],
    does: ({ facts }) => given('Deletes', facts, 'files'),
  },
  { rules: ['STATIC-PICKLE-FILE'], does: ({ facts }) => given('Reaches for', facts, 'files outside the model') },
  {
    rules: ['STATIC-PICKLE-LOADER'],
    does: ({ facts }) => given('Loads another pickle,', facts, 'one that it makes itself'),
  },
  {
    rules: ['STATIC-TF-READ', 'STATIC-TORCHSCRIPT-FILE', 'STATIC-PADDLE-FILE', 'STATIC-TF-WRITE'],
    does: () => 'Reads or writes files outside the model',
  },
  {
    rules: ['STATIC-PICKLE-CODE'],
    does: ({ facts }) => {
      const [source] = facts?.given ?? [];
      return source === undefined ? RUNS_CODE : { words: RUNS_CODE, detail: command(source), isLong: true };
    },
  },
  {
    rules: [
      'STATIC-PICKLE-BYTECODE-*',
      'STATIC-PICKLE-CALLS-CODE',
      'STATIC-PICKLE-HANDED-CODE',
      'STATIC-KERAS-LAMBDA-*',
      'STATIC-PYTHON-OBFUSCATED',
      'STATIC-TORCH-EXPRESSION',
      'STATIC-ONNX-PYTHON',
      'STATIC-TF-PYTHON',
      'STATIC-PADDLE-CODE',
    ],
    does: () => RUNS_CODE,
  },
];

interface Spoken {
  readonly finding: Finding;
  /** Third person, with a capital, without moment and full stop; a whole sentence where it is the title of a rule of the file. */
  readonly does: string;
  readonly detail: string;
  readonly isLong: boolean;
  readonly rank: number;
  readonly isSentence: boolean;
}

function ofFindings(report: Told, severities: readonly Severity[]): Headline {
  const scene = new Scene(report.findings, report.conversations);
  const spoken = report.findings
    .filter(({ severity }) => severities.includes(severity))
    .map((finding) => tell(finding, scene))
    .reduce<Spoken | undefined>((best, next) => (best === undefined || outranks(next, best) ? next : best), undefined);
  if (spoken === undefined) return { sentence: 'Something stood out.', short: 'something stood out' };
  const { finding, does, detail, isLong, isSentence } = spoken;
  const moment = isSentence ? '' : ` ${momentOf(finding)}`.trimEnd();
  return { ...headline(`${does}${moment}${detail}`, uncapitalised(does) + (isLong ? '' : detail)), finding };
}

function outranks(one: Spoken, other: Spoken): boolean {
  return compare(orderOf(one), orderOf(other)) < 0;
}

/** Smaller speaks first, place by place. */
function orderOf({ rank, finding }: Spoken): readonly number[] {
  const { engine, severity, evidence } = finding;
  return [rank, engine === 'dynamic' ? 0 : 1, SEVERITIES.indexOf(severity), evidence[0]?.line ?? 0];
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}

function tell(finding: Finding, scene: Scene): Spoken {
  for (const [rank, { rules, does }] of ACTS.entries()) {
    if (!rules.some((rule) => isRule(rule, finding.rule))) continue;
    const words = does(finding, scene);
    if (words === undefined) continue;
    const said =
      typeof words === 'string'
        ? { does: words, detail: '', isLong: false }
        : { does: words.words, detail: `: ${words.detail}`, isLong: words.isLong === true };
    return { finding, ...said, rank, isSentence: false };
  }
  const rank = ACTS.length + SEVERITIES.indexOf(finding.severity);
  return { finding, does: finding.title, detail: '', isLong: false, rank, isSentence: finding.engine === 'static' };
}

function isRule(pattern: string, rule: string): boolean {
  const [head = '', tail] = pattern.split('*');
  return tail === undefined ? rule === pattern : rule.startsWith(head) && rule.endsWith(tail);
}

/** When it happens. In a file it is what loading does. */
function momentOf({ engine, phase }: Finding): string {
  if (engine === 'static') return 'when it is loaded';
  switch (phase) {
    case 'use':
      return 'when it is used';
    case 'collect':
      return 'when it is dropped';
    case 'exit':
      return 'when Python exits';
    case 'after':
      return 'after it was loaded';
    case 'start':
    case 'import':
    case 'load':
      return 'when it is loaded';
    // A log of strace has no phases.
    case undefined:
      return '';
  }
}

/** `your ~/.ssh/id_rsa`; of what is no file its name. */
function yours({ decoy, subject }: Finding): string {
  const path = decoy?.path ?? (decoy === undefined ? subject : undefined);
  if (path !== undefined) return `your ${object(path)}`;
  return decoy === undefined ? 'your files' : decoy.name;
}

/** The secret that the finding is about, and how many more went the same way. */
function secretsOf(finding: Finding, { findings }: Scene): string {
  const way = finding.facts?.destination?.way;
  const all = findings.filter(({ decoy, facts }) => decoy?.use === 'taken' && facts?.destination?.way === way);
  const others = new Set(all.map(({ decoy }) => decoy?.path ?? decoy?.name)).size - 1;
  return `${yours(finding)}${others > 0 ? ` and ${others} more ${others === 1 ? 'secret' : 'secrets'}` : ''}`;
}

/** The text that a shell runs, or the command that a call in the file is given. */
function commandOf({ rule, facts }: Finding): string | undefined {
  if (facts?.argv !== undefined) return shellText(facts.argv);
  if (!rule.startsWith('STATIC-')) return undefined;
  const words = facts?.given ?? [];
  return shellText(words) ?? (words.length > 0 ? words.join(' ') : undefined);
}

function started({ facts, subject }: Finding): string {
  return command(facts?.argv?.join(' ') ?? subject ?? 'unknown');
}

function given(words: string, facts: Finding['facts'], otherwise: string): string {
  const [first] = facts?.given ?? [];
  return `${words} ${first === undefined ? otherwise : object(first)}`;
}

function command(text: string): string {
  return `“${cut(text.trim(), OBJECT)}”`;
}

/** A path, an address or a name. */
function object(text: string): string {
  return cut(withTilde(text), OBJECT);
}

/** The home folder of the sandbox is shown as the user's own. */
export function withTilde(path: string): string {
  return path.startsWith(`${MODEL_HOME}/`) ? `~${path.slice(MODEL_HOME.length)}` : path;
}

/** Facts are escaped already; renderers escape all of the sentence once more, which changes nothing. */
function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

function ofClean({ load, engines, suppressed = [] }: Told): Headline {
  const but = suppressed.length === 0 ? '' : ` but ${count(suppressed.length, 'suppressed finding')}`;
  const ran =
    load.outcome === 'loaded' && engines.some(({ engine, status }) => engine === 'dynamic' && status === 'completed');
  const how = ran ? 'read, loaded and used' : 'read to its end and not loaded';
  return headline(
    `Nothing was found${but}: it was ${how}`,
    `nothing found${but}, ${ran ? 'read and run' : 'read only'}`,
  );
}

/** The gap that says most: why nothing was looked at, what the load lacked, how it ended, and only then what else was not seen. */
function ofGaps({ load, limits, coverage, model, engines }: Told): Headline {
  if (model.format === 'empty') return headline('The file is empty', 'is empty');
  if (model.format === 'unknown')
    return headline('Its format is not known, so what it does was not seen', 'is of no known format');
  const needs = needsOf(load);
  if (needs !== undefined) return headline(`Needs ${needs}, so not all that it does was seen`, `needs ${needs}`);
  const [limit] = limits;
  if (load.outcome === 'stopped' && limit !== undefined) return unseen(limit.text);
  const ended = endedBy(load);
  if (ended !== undefined) return headline(`${ended}, so not all that it does was seen`, uncapitalised(ended));
  const failed = engines.find(({ engine, status }) => engine === 'dynamic' && status === 'failed');
  if (failed !== undefined) return headline('Was read, and could not be run', 'could only be read');
  const gap = coverage.gaps.find(({ kind }) => kind !== 'stand-ins') ?? coverage.gaps[0];
  return gap === undefined ? headline('Not all of it was seen', 'not all was seen') : unseen(gapText(gap));
}

/** Gaps are sentences, and stand as they are. */
function unseen(text: string): Headline {
  return headline(text, uncapitalised(text));
}

function gapText({ text }: Gap): string {
  return text;
}

function needsOf(load: LoadOutcome): string | undefined {
  if (load.missing !== undefined) return object(load.missing);
  const [first, ...rest] = load.standIns ?? [];
  if (first === undefined) return undefined;
  const more = rest.length > 0 ? ` and ${rest.length} more` : '';
  const definition = definitionOf(load);
  const where =
    definition === undefined ? 'of the script that saved it' : `(${cut(definition.file, OBJECT)} defines it)`;
  return `${object(first.replace(/^__main__\./, ''))}${more} ${where}`;
}

function endedBy({ outcome, error, signal, exitCode }: LoadOutcome): string | undefined {
  switch (outcome) {
    case 'raised':
    case 'missing-dependency': {
      const what =
        error === undefined ? 'a Python error' : [error.type, error.message].filter((part) => part !== '').join(': ');
      return `Could not be loaded (${cut(what.trim(), 120)})`;
    }
    case 'left':
      return `Ended Python before it was loaded${exitCode === undefined ? '' : ` (exit code ${exitCode})`}`;
    case 'crashed':
      return `Crashed${signal === undefined ? '' : ` (${signal})`}`;
    case 'stopped':
      return 'Was stopped before it was done';
    case 'loaded':
    case 'not-run':
      return undefined;
  }
}

function headline(sentence: string, short: string): Headline {
  const whole = escapeAndCut(sentence.replace(/\.$/, ''), SENTENCE);
  return { sentence: `${whole}.`, short: escapeAndCut(short.replace(/\.$/, ''), SENTENCE) };
}

function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}

function uncapitalised(text: string): string {
  // `DNS`, `I/O`: a word of capitals stays.
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

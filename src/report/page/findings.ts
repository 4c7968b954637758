import { techniqueName } from '../../core/attack-names.js';
import { actInWords, actOnObject } from '../../core/headline.js';
import { identityOf } from '../../core/identity.js';
import type { Conversation, Evidence, Finding, Frame } from '../../core/schema.js';
import { worstFirst } from '../../core/terms.js';
import { codeBlock, programsOf, withoutPrograms, type Program } from './code.js';
import { el, facts, type Attributes, type Child, type Markup } from './markup.js';
import { seconds } from './formatting.js';

/** Which findings are open, by `findingKey`. */
export type OpenFindings = ReadonlySet<string>;

/** The same while a scan finds more, in its report, and in the next scan's. */
export function findingKey(finding: Finding): string {
  return identityOf(finding);
}

/** The worst finding, which is shown open at first. */
export function worstFinding(findings: readonly Finding[]): string | undefined {
  const [worst] = findings.toSorted(worstFirst);
  return worst && findingKey(worst);
}

/** The id of a finding's element. `place` distinguishes the models of one page. */
export function findingId(index: number, place = ''): string {
  return `${place}finding-${index}`;
}

export interface FindingOptions {
  /** Distinguishes the models of one page. */
  readonly place?: string;
  /** Lines of the raw trace that can be gone to, from the first on. */
  readonly traceLines?: number | undefined;
  readonly conversations?: readonly Conversation[];
  /** What the editor can do on a click: nothing in a file, `look` while the scan runs, `all` about a report. */
  readonly editor?: 'none' | 'look' | 'all';
  /** There is a listing of opcodes to open. */
  readonly hasOpcodes?: boolean;
}

/** The findings of a scan, the worst first. */
export function findingList(
  findings: readonly Finding[],
  open: OpenFindings,
  { place = '', traceLines = 0, conversations = [], editor = 'none', hasOpcodes = false }: FindingOptions = {},
): Markup {
  const sorted = findings
    .map((finding, index) => ({ finding, index }))
    .sort((one, other) => worstFirst(one.finding, other.finding));
  const programs = programsOf(findings);
  const report = { findings: [...findings], conversations: [...conversations] };
  return el(
    'div',
    { class: 'findings' },
    ...sorted.map(({ finding, index }) =>
      findingDetails({ finding, index, open, place, traceLines, editor, hasOpcodes, programs, report }),
    ),
  );
}

interface Shown {
  readonly finding: Finding;
  readonly index: number;
  readonly open: OpenFindings;
  readonly place: string;
  readonly traceLines: number;
  readonly editor: 'none' | 'look' | 'all';
  readonly hasOpcodes: boolean;
  readonly programs: readonly Program[];
  readonly report: { readonly findings: Finding[]; readonly conversations: Conversation[] };
}

function findingDetails(shown: Shown): Markup {
  const { finding, index, open, place, editor, programs, report } = shown;
  const key = findingKey(finding);
  const own = programs.find(({ owner }) => owner === index);
  return el(
    'details',
    {
      class: `finding severity-${finding.severity}`,
      id: findingId(index, place),
      open: open.has(key),
      'data-finding': key,
    },
    el(
      'summary',
      { 'data-key': key },
      el('span', { class: 'chip' }, finding.severity),
      el('span', { class: 'title' }, titleOf(finding, report)),
      finding.count > 1 ? el('span', { class: 'dim' }, `${finding.count} times`) : undefined,
      el('span', { class: 'dim rule' }, finding.rule),
    ),
    el('p', {}, el('strong', {}, finding.title), '. ', ...quoting(finding.explanation, shown)),
    own && codeBlock(own.lines, 'Program text that the model carries'),
    facts([
      ['Cause', cause(shown)],
      ['When', finding.phase ? PHASE_WORDS[finding.phase] : undefined],
      ['Category', finding.category.replaceAll('-', ' ')],
      ['Rule', link(editor, { 'data-go': 'rule', 'data-rule': finding.rule }, finding.rule)],
      [
        'Technique',
        finding.attack === undefined
          ? undefined
          : link(
              editor,
              { 'data-go': 'technique', 'data-index': index },
              `MITRE ATT&CK ${techniqueName(finding.attack)}`,
            ),
      ],
      ['Advice', finding.advice],
    ]),
    evidence(shown),
    actions(shown),
  );
}

/** What a finding is called: the act with its object. A program that is shown as a block is not quoted in it. */
export function titleOf(finding: Finding, report: Shown['report']): string {
  const words = finding.facts?.code === undefined ? actOnObject(finding, report) : actInWords(finding, report);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function quoting(text: string, { programs, index, place }: Shown): readonly Child[] {
  return withoutPrograms(text, programs, ({ owner }) =>
    owner === index
      ? 'the code below'
      : el('a', { href: `#${findingId(owner, place)}`, 'data-reveal': owner }, 'the code that it carries'),
  );
}

/** A link that the editor follows; text in a file, which leads nowhere. */
function link(editor: Shown['editor'], attributes: Attributes, text: string): Child {
  return editor === 'none' ? text : el('a', { href: '#', ...attributes }, text);
}

function actions({ editor, index, hasOpcodes }: Shown): Child {
  if (editor !== 'all') return undefined;
  const action = (go: string, label: string): Markup =>
    el('button', { class: 'link', type: 'button', 'data-go': go, 'data-index': index }, label);
  return el(
    'div',
    { class: 'actions' },
    action('suppress', 'Suppress…'),
    hasOpcodes ? action('disassembly', 'Open Disassembly') : undefined,
    action('testCase', 'Scan with Test Case'),
  );
}

const PHASE_WORDS = {
  start: 'while the sandbox started',
  import: 'while the framework was imported',
  load: 'while the model was loaded',
  use: 'while the model was used',
  collect: 'while the model was dropped from memory',
  exit: 'while the interpreter ended',
  after: 'after the interpreter had ended',
} as const;

function cause({ finding, index, editor, hasOpcodes }: Shown): Child {
  const pickle = finding.cause?.pickle;
  const frames = finding.cause?.frames ?? [];
  if (!pickle && frames.length === 0) return undefined;
  const place = [
    ...(pickle?.offset === undefined ? [] : [`byte ${pickle.offset}`]),
    ...(pickle?.member === undefined ? [] : [pickle.member]),
  ].join(' of ');
  const isLink = hasOpcodes && pickle?.offset !== undefined;
  return el(
    'div',
    {},
    pickle
      ? el(
          'div',
          {},
          'The pickle asks for ',
          el('code', {}, pickle.global),
          ...(place === ''
            ? []
            : [' at ', isLink ? link(editor, { 'data-go': 'opcode', 'data-index': index }, place) : place]),
        )
      : undefined,
    frames.length > 0 ? frameList(frames) : undefined,
  );
}

/** Innermost first, as the report has them. */
export function frameList(frames: readonly Frame[]): Markup {
  const items = frames.map((frame) =>
    el('li', {}, el('code', {}, frame.function), ` in ${frame.file}, line ${frame.line}`),
  );
  return el('ol', { class: 'frames' }, ...items);
}

function evidence(shown: Shown): Child {
  const { finding } = shown;
  if (finding.evidence.length === 0) return undefined;
  const left = finding.count - finding.evidence.length;
  return el(
    'div',
    { class: 'evidence' },
    el('h3', {}, 'Evidence'),
    el(
      'ol',
      {},
      ...finding.evidence.map((item, at) =>
        el('li', {}, el('code', {}, ...quoting(item.text, shown)), where(item, at, shown)),
      ),
    ),
    left > 0 ? el('p', { class: 'dim' }, `and ${left} more like ${left === 1 ? 'it' : 'these'}`) : undefined,
  );
}

function where(item: Evidence, at: number, { traceLines, editor, index }: Shown): Markup {
  const { pid, time, line, offset, member, disassemblyLine } = item;
  const byte = `byte ${offset}`;
  const parts: readonly Child[] = [
    pid === undefined ? undefined : `process ${pid}`,
    time === undefined ? undefined : `at ${seconds(time)}`,
    line === undefined ? undefined : line <= traceLines ? traceLink(line) : `trace line ${line}`,
    offset === undefined
      ? undefined
      : disassemblyLine === undefined
        ? byte
        : link(editor, { 'data-go': 'opcode', 'data-index': index, 'data-evidence': at }, byte),
    member === undefined ? undefined : `in ${member}`,
  ].filter((part) => part !== undefined);
  return el('span', { class: 'dim where' }, ...parts.flatMap((part, nth) => (nth === 0 ? [part] : [', ', part])));
}

function traceLink(line: number): Markup {
  return el('a', { href: '#trace', 'data-trace-line': line }, `trace line ${line}`);
}

import { identityOf } from '../../core/identity.js';
import type { Evidence, Finding, Frame } from '../../core/schema.js';
import { attackChainsOf, type AttackChain } from '../../core/attack-chains.js';
import { worstFirst } from '../../core/terms.js';
import { el, facts, type Child, type Markup } from './markup.js';
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
}

/** The findings of a scan, the worst first, below their attack chains. */
export function findingList(
  findings: readonly Finding[],
  open: OpenFindings,
  { place = '', traceLines = 0 }: FindingOptions = {},
): Markup {
  const sorted = findings
    .map((finding, index) => ({ finding, index }))
    .sort((one, other) => worstFirst(one.finding, other.finding));
  const chains = attackChainsOf(findings).filter(({ steps }) => steps.length > 1);
  return el(
    'div',
    { class: 'findings' },
    ...chains.map(steps),
    ...sorted.map(({ finding, index }) => findingDetails(finding, findingId(index, place), open, traceLines)),
  );
}

/** Steps of an attack chain that are shown. */
const MAX_STEPS = 40;

function steps(chain: AttackChain): Markup {
  const items = chain.steps.slice(0, MAX_STEPS).map(({ time, text, findings }) => {
    const more = findings.length > 1 ? `and ${findings.length - 1} more like it` : undefined;
    return el(
      'li',
      {},
      text,
      el(
        'span',
        { class: 'dim' },
        [...(time === undefined ? [] : [` at ${seconds(time)}`]), ...(more ? [` ${more}`] : [])].join(','),
      ),
    );
  });
  const left = chain.steps.length - items.length;
  return el(
    'section',
    { class: `attack-chain severity-${chain.severity}` },
    el('h3', {}, `What happened: ${chain.title}`),
    el('p', { class: 'dim' }, `because of ${chain.cause}`),
    el('ol', {}, ...items),
    left > 0 ? el('p', { class: 'dim' }, `and ${left} more steps`) : undefined,
  );
}

function findingDetails(finding: Finding, id: string, open: OpenFindings, traceLines: number): Markup {
  const key = findingKey(finding);
  return el(
    'details',
    {
      class: `finding severity-${finding.severity}`,
      id,
      open: open.has(key),
      'data-finding': key,
    },
    el(
      'summary',
      { 'data-key': key },
      el('span', { class: 'chip' }, finding.severity),
      el('span', { class: 'title' }, finding.title),
      finding.count > 1 ? el('span', { class: 'dim' }, `${finding.count} times`) : undefined,
      el('span', { class: 'dim rule' }, finding.rule),
    ),
    el('p', {}, finding.explanation),
    facts([
      ['Cause', cause(finding)],
      ['When', finding.phase ? PHASE_WORDS[finding.phase] : undefined],
      ['Category', finding.category.replaceAll('-', ' ')],
      ['Technique', finding.attack ? `MITRE ATT&CK ${finding.attack}` : undefined],
      ['Advice', finding.advice],
    ]),
    evidence(finding, traceLines),
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

function cause(finding: Finding): Child {
  const pickle = finding.cause?.pickle;
  const frames = finding.cause?.frames ?? [];
  if (!pickle && frames.length === 0) return undefined;
  const place = [
    ...(pickle?.offset === undefined ? [] : [`byte ${pickle.offset}`]),
    ...(pickle?.member === undefined ? [] : [pickle.member]),
  ].join(' of ');
  return el(
    'div',
    {},
    pickle
      ? el('div', {}, 'The pickle asks for ', el('code', {}, pickle.global), place === '' ? undefined : ` at ${place}`)
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

function evidence(finding: Finding, traceLines: number): Child {
  if (finding.evidence.length === 0) return undefined;
  const left = finding.count - finding.evidence.length;
  return el(
    'div',
    { class: 'evidence' },
    el('h3', {}, 'Evidence'),
    el('ol', {}, ...finding.evidence.map((item) => el('li', {}, el('code', {}, item.text), where(item, traceLines)))),
    left > 0 ? el('p', { class: 'dim' }, `and ${left} more like ${left === 1 ? 'it' : 'these'}`) : undefined,
  );
}

function where({ pid, time, line, offset, member }: Evidence, traceLines: number): Markup {
  const parts: readonly Child[] = [
    pid === undefined ? undefined : `process ${pid}`,
    time === undefined ? undefined : `at ${seconds(time)}`,
    line === undefined ? undefined : line <= traceLines ? traceLink(line) : `trace line ${line}`,
    offset === undefined ? undefined : `byte ${offset}`,
    member === undefined ? undefined : `in ${member}`,
  ].filter((part) => part !== undefined);
  return el('span', { class: 'dim where' }, ...parts.flatMap((part, at) => (at === 0 ? [part] : [', ', part])));
}

function traceLink(line: number): Markup {
  return el('a', { href: '#trace', 'data-trace-line': line }, `trace line ${line}`);
}

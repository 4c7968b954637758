/** What the model does, step by step: the page begins with it. */
import { attackChainsOf, type AttackChain, type Step } from '../../core/attack-chains.js';
import { withTilde } from '../../core/headline.js';
import type { Conversation, Finding } from '../../core/schema.js';
import { findingId, titleOf } from './findings.js';
import { cut, seconds } from './formatting.js';
import { el, type Child, type Markup } from './markup.js';

export interface StoryOptions {
  /** Distinguishes the models of one page. */
  readonly place?: string;
  /** Lines of the raw trace that can be gone to, from the first on. */
  readonly traceLines?: number | undefined;
}

/** Chains that are told, and steps of each that are seen at once. */
const CHAINS = 3;
const AT_ONCE = 12;
const MOST_STEPS = 60;
const ALSO = 3;
const NAME_LENGTH = 60;

interface Told {
  readonly findings: readonly Finding[];
  readonly conversations: readonly Conversation[];
}

/** Undefined where nothing happened that is worth telling. */
export function story(told: Told, { place = '', traceLines = 0 }: StoryOptions = {}): Markup | undefined {
  const indexes = new Map(told.findings.map((finding, index) => [finding, index]));
  const chains = attackChainsOf(told.findings).filter(({ severity }) => severity !== 'info' && severity !== 'low');
  if (chains.length === 0) return undefined;
  const report = { findings: [...told.findings], conversations: [...told.conversations] };
  const words = (finding: Finding): string => titleOf(finding, report);
  const item = (step: Step): Markup => {
    const [first] = step.findings;
    const index = first === undefined ? 0 : (indexes.get(first) ?? 0);
    const line = first?.evidence[0]?.line;
    const text = first === undefined ? step.text : words(first);
    return el(
      'li',
      {},
      el('a', { href: `#${findingId(index, place)}`, 'data-reveal': index }, text),
      also(step),
      step.time === undefined && line === undefined
        ? el('span', { class: 'dim when' }, 'in the file')
        : el('span', { class: 'dim when' }, ...when(step.time, line, traceLines)),
    );
  };
  const chain = (one: AttackChain): Markup => {
    const steps = withoutEchoes(one.steps, words).slice(0, MOST_STEPS);
    const [seen, more] = [steps.slice(0, AT_ONCE), steps.slice(AT_ONCE)];
    return el(
      'section',
      { class: `attack-chain severity-${one.severity}` },
      el('p', { class: 'dim' }, `because of ${one.cause}`),
      el('ol', { class: 'steps' }, ...seen.map(item)),
      more.length > 0
        ? el(
            'details',
            {},
            el('summary', {}, `${more.length} more ${more.length === 1 ? 'step' : 'steps'}`),
            el('ol', { class: 'steps', start: AT_ONCE + 1 }, ...more.map(item)),
          )
        : undefined,
    );
  };
  const left = chains.length - CHAINS;
  return el(
    'section',
    { class: 'story' },
    el('h2', {}, 'What happens'),
    ...chains.slice(0, CHAINS).map(chain),
    left > 0 ? el('p', { class: 'dim' }, `and ${left} more of other causes, among the findings`) : undefined,
  );
}

/** What reading and running tell in the same words is one step. */
function withoutEchoes(steps: readonly Step[], words: (finding: Finding) => string): readonly Step[] {
  const text = ({ findings: [first] }: Step): string | undefined => first && words(first);
  return steps.filter((step, at) => {
    const before = steps[at - 1];
    return before === undefined || text(before) !== text(step);
  });
}

/** The other things that it is done to. */
function also({ findings }: Step): Child {
  const others = findings.slice(1);
  if (others.length === 0) return undefined;
  const names = others
    .slice(0, ALSO)
    .flatMap(({ subject }) => (subject === undefined ? [] : [cut(withTilde(subject), NAME_LENGTH)]));
  const left = others.length - names.length;
  const rest = left > 0 ? (names.length > 0 ? ` and ${left} more` : `${left} more like it`) : '';
  return el('span', { class: 'dim also' }, `also ${names.join(', ')}${rest}`);
}

function when(time: number | undefined, line: number | undefined, traceLines: number): readonly Child[] {
  const at = time === undefined ? '' : seconds(time);
  if (line === undefined) return [at];
  const words = `trace line ${line}`;
  const place = line <= traceLines ? el('a', { href: '#trace', 'data-trace-line': line }, words) : words;
  return at === '' ? [place] : [`${at}, `, place];
}

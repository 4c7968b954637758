/** The network of a run: one line for each conversation, with what was said in it below. */
import { withTilde } from '../../core/headline.js';
import { groupBy } from '../../core/lists.js';
import type { Conversation, Finding, ProcessNode } from '../../core/schema.js';
import { findingId } from './findings.js';
import { bytes, cut } from './formatting.js';
import { el, lines, type Child, type Markup } from './markup.js';

interface Seen {
  readonly conversations: readonly Conversation[];
  readonly findings: readonly Finding[];
  readonly processes: readonly ProcessNode[];
}

const NAME_LENGTH = 200;

export function network({ conversations, findings, processes }: Seen, place = ''): Markup {
  const programs = new Map(processes.map(({ pid, argv }) => [pid, argv[0]?.split('/').pop() ?? '']));
  // A look-up asks for each kind of address by itself.
  const groups = [...groupBy(conversations, keyOf).values()];
  return el('div', { class: 'talks' }, ...groups.map((group) => talk(group, findings, programs, place)));
}

/** Any other conversation stands for itself. */
function keyOf(item: Conversation): string | Conversation {
  return item.protocol === 'DNS' ? `${item.pid ?? ''} ${nameOf(item)}` : item;
}

function nameOf({ request, name, address }: Conversation): string {
  return request?.line.replace(/^[A-Z0-9]+ /, '') ?? name ?? address;
}

function talk(
  group: readonly Conversation[],
  findings: readonly Finding[],
  programs: ReadonlyMap<number, string>,
  place: string,
): Markup {
  const [first] = group;
  if (first === undefined) return el('div');
  const stolen = stolenIn(group, findings);
  const program = first.pid === undefined ? '' : `process ${first.pid} ${programs.get(first.pid) ?? ''}`.trimEnd();
  const heads = [
    el('span', { class: 'chip' }, first.protocol),
    el('span', { class: 'title' }, first.protocol === 'DNS' ? lookUp(group) : peer(first)),
    ...stolen.map(({ index, what }) =>
      el(
        'a',
        { class: 'stolen', href: `#${findingId(index, place)}`, 'data-reveal': index },
        `stolen: ${cut(what, NAME_LENGTH)}`,
      ),
    ),
    el('span', { class: 'dim' }, [sizes(group), program].filter((part) => part !== '').join(', ')),
  ];
  const said = first.protocol === 'DNS' ? [] : saidIn(first);
  const attributes = { class: `talk${stolen.length > 0 ? ' severity-critical' : ''}` };
  if (said.length === 0) return el('div', attributes, el('div', { class: 'head' }, ...heads));
  return el('details', attributes, el('summary', { class: 'head' }, ...heads), ...said);
}

/** `asks for exfil.example.com → 198.51.100.10, 2001:db8::a` */
function lookUp(group: readonly Conversation[]): string {
  const [first] = group;
  const answers = [...new Set(group.flatMap(({ answers = [] }) => answers))];
  const asked = first === undefined ? '' : nameOf(first);
  const kinds = [...new Set(group.flatMap(({ request }) => /^([A-Z0-9]+) /.exec(request?.line ?? '')?.[1] ?? []))];
  const kind = kinds.length > 0 && !kinds.every((one) => one === 'A' || one === 'AAAA') ? ` (${kinds.join(', ')})` : '';
  return `asks for ${cut(asked, NAME_LENGTH)}${kind}${answers.length > 0 ? ` → ${answers.join(', ')}` : ''}`;
}

function peer(item: Conversation): string {
  const asked =
    item.request === undefined ? '' : `  ${cut(item.request.line.replace(/ HTTP\/[\d.]+$/, ''), NAME_LENGTH)}`;
  const at = address(item);
  return `→ ${item.name === undefined ? at : `${item.name} (${at})`}${asked}`;
}

function address({ address, port }: Conversation): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function sizes(group: readonly Conversation[]): string {
  const total = (of: 'bytesSent' | 'bytesReceived'): number => group.reduce((sum, item) => sum + item[of], 0);
  return `${bytes(total('bytesSent'))} sent, ${bytes(total('bytesReceived'))} received`;
}

/** Canaries whose values left in this conversation, by the findings that say so. */
function stolenIn(
  group: readonly Conversation[],
  findings: readonly Finding[],
): readonly { readonly index: number; readonly what: string }[] {
  return findings.flatMap(({ decoy, facts, evidence }, index) => {
    const { destination } = facts ?? {};
    if (decoy?.use !== 'taken' || destination === undefined) return [];
    const isHere = group.some((item) => {
      if (item.protocol === 'DNS') return destination.way === 'look-up' && nameOf(item) === destination.place;
      if (destination.way !== 'send') return false;
      const isOf = item.pid === undefined || evidence.some(({ pid }) => pid === item.pid);
      const where = item.port === undefined ? item.address : `${item.address} port ${item.port}`;
      return isOf && where === destination.place;
    });
    return isHere ? [{ index, what: decoy.path === undefined ? decoy.name : withTilde(decoy.path) }] : [];
  });
}

function saidIn(item: Conversation): readonly Child[] {
  const { request, content, sent, received, result } = item;
  // Reports of earlier versions have no decoded content.
  const [own, other] = content === undefined ? [written(sent), written(received)] : [content.sent, content.received];
  return [
    ...block('Request', request === undefined ? [] : [request.line, ...request.headers]),
    ...block(request === undefined ? 'Sent' : 'Body sent', own),
    ...block('Received', other),
    el('p', { class: 'dim' }, result),
  ];
}

/** Line breaks in writing become lines. */
function written(escaped: string): readonly string[] {
  return escaped === '' ? [] : escaped.split(/(?:\\r)?\\n/);
}

function block(title: string, all: readonly string[]): Child[] {
  if (all.length === 0) return [];
  return [
    el('h3', {}, title),
    el('pre', { tabindex: 0, role: 'region', 'aria-label': title }, ...lines(all.join('\n'))),
  ];
}

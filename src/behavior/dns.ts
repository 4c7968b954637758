/** Names in DNS messages (RFC 1035), as far as a look-up needs: what was asked for, and which addresses came back. */

const HEADER = 12;
const TYPE_A = 1;
const TYPE_AAAA = 28;
/** RFC 1035, section 2.3.4. */
const MAX_LABEL = 63;
const MAX_QUESTIONS = 4;
const MAX_ANSWERS = 32;

/** The names that a query asks for; empty for bytes that are no query. One character of `message` per byte. */
export function queriedNames(message: string): readonly string[] {
  const header = readHeader(message);
  if (!header || header.isResponse) return [];
  const names: string[] = [];
  let at = HEADER;
  for (let left = header.questions; left > 0; left--) {
    const name = readName(message, at);
    // A class other than IN (1) is no look-up that a program makes.
    if (!name || name.text === '' || word(message, name.end + 2) !== 1) return [];
    names.push(name.text);
    at = name.end + 4;
  }
  return names;
}

/** Address → name, for the answers in a response. */
export function answeredAddresses(message: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const header = readHeader(message);
  if (!header?.isResponse) return found;
  const question = readName(message, HEADER);
  if (!question) return found;
  let at = question.end + 4;
  for (let left = Math.min(header.answers, MAX_ANSWERS); left > 0; left--) {
    const name = readName(message, at);
    if (!name) break;
    const length = word(message, name.end + 8);
    const data = message.slice(name.end + 10, name.end + 10 + length);
    const type = word(message, name.end);
    if (type === TYPE_A && data.length === 4)
      found.set([0, 1, 2, 3].map((index) => data.charCodeAt(index)).join('.'), question.text);
    if (type === TYPE_AAAA && data.length === 16) found.set(ipv6(data), question.text);
    at = name.end + 10 + length;
  }
  return found;
}

interface Header {
  readonly isResponse: boolean;
  readonly questions: number;
  readonly answers: number;
}

function readHeader(message: string): Header | undefined {
  if (message.length < HEADER + 5) return undefined;
  const flags = word(message, 2);
  const questions = word(message, 4);
  const opcode = (flags >> 11) & 0xf;
  if (opcode !== 0 || questions < 1 || questions > MAX_QUESTIONS) return undefined;
  return { isResponse: (flags & 0x8000) !== 0, questions, answers: word(message, 6) };
}

function readName(message: string, start: number): { text: string; end: number } | undefined {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = message.charCodeAt(at);
    if (Number.isNaN(length)) return undefined;
    // A pointer to an earlier name: answers name the question's, which is known.
    if (length >= 0xc0) return { text: labels.join('.'), end: at + 2 };
    if (length === 0) return { text: labels.join('.'), end: at + 1 };
    if (length > MAX_LABEL || at + length >= message.length) return undefined;
    labels.push(message.slice(at + 1, at + 1 + length));
    at += length + 1;
  }
}

/** 16 bits, big end first; 0 past the end. */
function word(message: string, at: number): number {
  return ((message.charCodeAt(at) || 0) << 8) | (message.charCodeAt(at + 1) || 0);
}

/** As inet_ntop(3) prints it: the longest run of zero groups is `::`. */
function ipv6(data: string): string {
  const groups = Array.from({ length: 8 }, (_, index) => word(data, index * 2).toString(16));
  const runs = [...groups.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map((match) => match[0]);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups.join(':');
  return groups.join(':').replace(longest, '::').replace(':::', '::');
}

/**
 * Joins the two records of a conversation: the trace knows which process spoke and the result of each call; the sinkhole knows the name that the
 * model asked for, the content inside TLS, and where one connection ends and the next begins.
 */
import type { SinkholeMessage } from '../behavior/behavior-analysis.js';
import { answeredAddresses } from '../behavior/dns.js';
import type { SinkholeConversation } from '../docker/sinkhole.js';
import { escapeAndCut } from '../core/escape.js';
import type { Conversation } from '../core/schema.js';
import { readableContent } from './readable-content.js';
import { unfold } from './unfold.js';

/** Characters of each side that are kept. */
const SHOWN = 2000;
const SMTP_PORTS: readonly number[] = [25, 465, 587, 2525];

/** `talks` in the order they began. A conversation that only the trace knows stays as it is. */
export async function joinConversations(
  traced: readonly Conversation[],
  talks: readonly SinkholeConversation[],
): Promise<Conversation[]> {
  const candidates = new Map<string, Conversation[]>();
  for (const conversation of traced) {
    const key = keyOf(conversation.protocol, conversation.address, conversation.port);
    candidates.set(key, [...(candidates.get(key) ?? []), conversation]);
  }
  const parts = new Map<Conversation | undefined, SinkholeConversation[]>();
  for (const talk of talks) {
    const same = candidates.get(keyOf(talk.protocol, talk.address, talk.port)) ?? [];
    // The trace has one conversation for each process and peer, the sinkhole one for each connection.
    const owner =
      same.find((conversation) => asks(conversation, talk)) ??
      same.find((conversation) => !parts.has(conversation)) ??
      same.at(-1);
    parts.set(owner, [...(parts.get(owner) ?? []), talk]);
  }
  return Promise.all([
    ...traced.flatMap((conversation) => {
      const received = parts.get(conversation);
      if (received) return received.map((talk) => describe(talk, conversation));
      return heardNowhere([conversation]).map((one) => Promise.resolve(one));
    }),
    ...(parts.get(undefined) ?? []).map((talk) => describe(talk, undefined)),
  ]);
}

/** Conversations of a trace that the network knows nothing of. */
export function heardNowhere(traced: readonly Conversation[]): Conversation[] {
  return traced.filter((conversation) => !saysNothing(conversation));
}

/** Whether the bytes in the trace ask for the name that this query asked for. */
function asks(conversation: Conversation, { port, name }: SinkholeConversation): boolean {
  return port === 53 && name !== undefined && name.split('.').every((label) => conversation.sent.includes(label));
}

/** Connecting a datagram socket sends nothing; the C library does it to every address of a name, to put them in order. */
function saysNothing({ protocol, bytesSent, bytesReceived }: Conversation): boolean {
  return protocol === 'UDP' && bytesSent === 0 && bytesReceived === 0;
}

async function describe(talk: SinkholeConversation, traced: Conversation | undefined): Promise<Conversation> {
  const name = talk.name ?? traced?.name;
  const protocol = protocolOf(talk);
  const said = (base64: string): Promise<string[]> =>
    readableContent(Buffer.from(base64, 'base64'), talk.request !== undefined);
  const answers = protocol === 'DNS' ? answeredBy(talk) : [];
  return {
    protocol,
    address: talk.address,
    port: talk.port,
    ...(name === undefined ? {} : { name: escapeAndCut(name, 253) }),
    ...(traced?.pid === undefined ? {} : { pid: traced.pid }),
    ...(talk.request
      ? {
          request: {
            line: escapeAndCut(talk.request.line, SHOWN),
            headers: talk.request.headers.map((header) => escapeAndCut(header, 500)),
          },
        }
      : {}),
    ...(answers.length > 0 ? { answers } : {}),
    ...(protocol === 'DNS' ? {} : { content: { sent: await said(talk.sent), received: await said(talk.received) } }),
    sent: shown(talk.sent),
    received: shown(talk.received),
    bytesSent: talk.bytesSent,
    bytesReceived: talk.bytesReceived,
    result: 'The sandbox answered in place of the network.',
  };
}

function answeredBy({ received }: SinkholeConversation): string[] {
  return [...answeredAddresses(Buffer.from(received, 'base64').toString('latin1')).keys()].map((address) =>
    escapeAndCut(address, 60),
  );
}

function protocolOf({ protocol, port, tls, request }: SinkholeConversation): string {
  if (port === 53 && request) return 'DNS';
  if (protocol === 'udp') return 'UDP';
  if (request) return tls ? 'HTTPS' : 'HTTP';
  if (SMTP_PORTS.includes(port)) return 'SMTP';
  return tls ? 'TLS' : 'TCP';
}

function keyOf(protocol: string, address: string, port: number | undefined): string {
  const kind = protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp';
  return `${kind} ${address.replace(/^::ffff:(?=\d+\.)/i, '')} ${port ?? ''}`;
}

function shown(base64: string): string {
  return escapeAndCut(Buffer.from(base64, 'base64').toString('latin1'), SHOWN);
}

/** All data sent to the other end, in plain text. */
export async function sinkholeMessage({
  address,
  port,
  request,
  sent,
}: SinkholeConversation): Promise<SinkholeMessage> {
  const head = request === undefined ? '' : [request.line, ...request.headers, ''].join('\n');
  const bytes = Buffer.from(sent, 'base64');
  const [, ...unpacked] = await unfold(bytes);
  return { address, port, text: head + bytes.toString('latin1'), unpacked };
}

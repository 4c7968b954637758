/** Network conversations: the peer, and the first data of each side. */
import { escapeAndCut } from '../core/escape.js';
import type { Conversation } from '../core/schema.js';
import type { SyscallEvent, TraceEvent } from '../trace/events.js';
import type { ProcessTable } from '../trace/processes.js';
import { dataOf, fieldOf } from './args.js';
import { answeredAddresses } from './dns.js';
import { endpointOf, peerOf, protocolOf, socketKey, type Endpoint } from './endpoint.js';
import { resultSentence } from './explain.js';

const MAX_CONVERSATIONS = 500;
const MAX_NAMES = 1000;
/** Characters of each side that are kept. */
const SHOWN = 400;

interface Talk {
  conversation: Conversation;
}

export class Conversations {
  private readonly talks = new Map<string, Talk>();
  /** Address → the name that was asked for. */
  private readonly names = new Map<string, string>();

  constructor(private readonly table: ProcessTable) {}

  push(event: TraceEvent): void {
    if (event.kind !== 'syscall') return;
    switch (event.name) {
      case 'connect':
        this.connect(event);
        return;
      case 'sendto':
        this.sent(event, dataOf(event.args[1]).bytes, endpointOf(event.args[4]));
        return;
      case 'sendmsg':
        this.sent(
          event,
          dataOf(fieldOf(event.args[1], 'msg_iov')).bytes,
          endpointOf(fieldOf(event.args[1], 'msg_name')),
        );
        return;
      case 'sendmmsg': {
        const list = event.args[1];
        const first = list?.type === 'array' ? fieldOf(list.items[0], 'msg_hdr') : undefined;
        this.sent(event, dataOf(fieldOf(first, 'msg_iov')).bytes, endpointOf(fieldOf(first, 'msg_name')));
        return;
      }
      case 'write':
      case 'writev':
        this.sent(event, dataOf(event.args[1]).bytes, undefined);
        return;
      case 'recvfrom':
      case 'read':
        this.received(event, dataOf(event.args[1]).bytes);
        return;
      case 'recvmsg':
        this.received(event, dataOf(fieldOf(event.args[1], 'msg_iov')).bytes);
        return;
    }
  }

  all(): readonly Conversation[] {
    return [...this.talks.values()].map(({ conversation }) => {
      const name = this.names.get(conversation.address);
      return name === undefined ? conversation : { ...conversation, name: escapeAndCut(name, 253) };
    });
  }

  private connect(event: SyscallEvent): void {
    const endpoint = endpointOf(event.args[1]);
    // A local socket makes a conversation only if it exists.
    if (endpoint && (endpoint.port !== undefined || event.result.kind === 'ok')) this.begin(event, endpoint);
  }

  private begin(event: SyscallEvent, endpoint: Endpoint): Talk | undefined {
    const key = this.key(event, endpoint);
    const protocol = protocolOf(event, event.args[0], this.table) ?? (endpoint.port === undefined ? 'unix' : 'unknown');
    const known = this.talks.get(key);
    const result = resultSentence(event);
    if (known) {
      known.conversation = { ...known.conversation, result };
      return known;
    }
    if (this.talks.size >= MAX_CONVERSATIONS) return undefined;
    const talk: Talk = {
      conversation: {
        protocol,
        address: escapeAndCut(endpoint.address, 200),
        ...(endpoint.port === undefined ? {} : { port: endpoint.port }),
        pid: event.pid,
        sent: '',
        received: '',
        bytesSent: 0,
        bytesReceived: 0,
        result,
      },
    };
    this.talks.set(key, talk);
    return talk;
  }

  private sent(event: SyscallEvent, bytes: string, named: Endpoint | undefined): void {
    const talk = named ? this.begin(event, named) : this.find(event);
    if (!talk) return;
    const { conversation } = talk;
    const count = event.result.kind === 'ok' ? event.result.value : 0;
    talk.conversation = {
      ...conversation,
      sent: append(conversation.sent, bytes),
      bytesSent: conversation.bytesSent + Math.max(0, event.name === 'sendmmsg' ? bytes.length : count),
    };
  }

  private received(event: SyscallEvent, bytes: string): void {
    if (this.names.size < MAX_NAMES && protocolOf(event, event.args[0], this.table) === 'UDP') {
      for (const [address, name] of answeredAddresses(bytes)) this.names.set(address, name);
    }
    const talk = this.find(event);
    if (!talk || event.result.kind !== 'ok') return;
    const { conversation } = talk;
    talk.conversation = {
      ...conversation,
      received: append(conversation.received, bytes),
      bytesReceived: conversation.bytesReceived + Math.max(0, event.result.value),
    };
  }

  /** The conversation of a connected socket. */
  private find(event: SyscallEvent): Talk | undefined {
    const peer = peerOf(event.args[0]);
    const last = this.sockets.get(this.socket(event));
    return this.talks.get(peer ? this.key(event, peer) : (last ?? ''));
  }

  /** Socket → conversation that it had last. */
  private readonly sockets = new Map<string, string>();

  private key(event: SyscallEvent, { address, port }: Endpoint): string {
    const process = this.table.processOf(event.pid);
    const key = `${process} ${protocolOf(event, event.args[0], this.table) ?? ''} ${address} ${port ?? ''}`;
    if (this.sockets.size < MAX_CONVERSATIONS * 10) this.sockets.set(this.socket(event), key);
    return key;
  }

  private socket(event: SyscallEvent): string {
    return socketKey(event.args[0], this.table.processOf(event.pid));
  }
}

function append(text: string, bytes: string): string {
  const room = SHOWN - text.length;
  return room <= 0 || bytes === '' ? text : text + escapeAndCut(bytes, room);
}

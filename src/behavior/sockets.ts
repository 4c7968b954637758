/** What is known of the sockets of a run: the peer, and the data sent to it. */
import type { ProcessTable } from '../trace/processes.js';
import type { Facts } from './acts.js';
import { shown, type Data } from './args.js';
import type { CallReader } from './call-reader.js';
import { queriedNames } from './dns.js';
import { endpointOf, endpointWords, peerOf, socketKey, type Endpoint } from './endpoint.js';
import { MEMORY, remember } from './memory.js';
import { folderOf } from './path-zones.js';
import type { CanaryWatch } from './theft.js';

/** Bytes of a message that rules look at. */
const SENT = 1024;

export class Sockets {
  /** A request was sent to another machine. */
  contacted = false;
  private readonly peers = new Map<string, Endpoint>();
  private readonly bound = new Map<string, Endpoint>();
  /** Names of local sockets that this run made: the peer there is a process of the run. */
  private readonly ownSockets = new Set<string>();
  private readonly names = new Set<string>();
  private readonly places = new Set<string>();

  constructor(
    private readonly table: ProcessTable,
    private readonly watch: CanaryWatch,
  ) {}

  /** Whether a call named the place; undefined if it is none of those that are remembered, and there were more. */
  hasNamed(address: string, port: number | undefined): boolean | undefined {
    return this.places.has(placeOf({ address, port })) || (this.places.size >= MEMORY ? undefined : false);
  }

  /** A call names the place. */
  name(endpoint: Endpoint | undefined): void {
    if (endpoint) remember(this.places, placeOf(endpoint));
  }

  connected(call: CallReader): Facts[] {
    const endpoint = endpointOf(call.arg(1));
    if (!endpoint) return [];
    this.name(endpoint);
    if (this.peers.size < MEMORY) this.peers.set(this.key(call), endpoint);
    // This sends no data: the C library connects to each address of a name, to put them in order.
    if (call.protocol(0) === 'UDP') return [];
    if (endpoint.port !== undefined) this.contacted = true;
    return [{ act: 'connect', ...this.to(call, endpoint) }];
  }

  boundTo(call: CallReader): Facts[] {
    const endpoint = endpointOf(call.arg(1));
    if (!endpoint) return [];
    if (this.bound.size < MEMORY) this.bound.set(this.key(call), endpoint);
    if (endpoint.port === undefined && call.event.result.kind === 'ok') remember(this.ownSockets, endpoint.address);
    return [{ act: 'bind', ...this.to(call, endpoint) }];
  }

  /** `folders`: those that the run has made. */
  listening(call: CallReader, folders: ReadonlySet<string>): Facts[] {
    const endpoint = this.bound.get(this.key(call));
    const local = endpoint !== undefined && endpoint.port === undefined;
    const where =
      endpoint === undefined
        ? 'a port of its own choice'
        : endpoint.port === undefined
          ? endpoint.address
          : `${endpoint.address} port ${endpoint.port}`;
    const apart = local && folders.has(folderOf(call.absolute(endpoint.address)));
    return [{ act: 'listen', where, local: local || call.protocol(0) === 'unix', apart }];
  }

  /** Data for a socket: to `endpoint` if the call names one, else to the connected peer. */
  sent(call: CallReader, data: readonly Data[], named: Endpoint | undefined): Facts[] {
    const protocol = call.protocol(0);
    if (protocol === 'netlink') return [];
    const endpoint = named ?? peerOf(call.arg(0)) ?? this.peers.get(this.key(call));
    this.name(named);
    // By TCP a message begins with its length (RFC 1035, 4.2.2).
    const start = protocol === 'TCP' ? 2 : 0;
    const isQuestion = protocol !== 'TCP' || endpoint?.port === 53;
    const asked = isQuestion ? data.flatMap((part) => queriedNames(part.bytes.slice(start))) : [];
    const lookUps = asked.flatMap((name): Facts[] => {
      remember(this.names, name.toLowerCase());
      return [{ act: 'look-up', name, names: this.names.size }, ...this.stolenInName(name)];
    });
    // A pair of local sockets is how a program talks to itself.
    if (!endpoint || (endpoint.port === undefined && !named)) return lookUps;
    if (endpoint.port !== undefined && asked.length === 0) this.contacted = true;
    const stolen = asked.length > 0 ? [] : this.stolenInMessage(call, endpoint, data);
    const bytes = data[0]?.bytes.slice(0, SENT) ?? '';
    return [...lookUps, { act: 'send', ...this.to(call, endpoint), data: bytes }, ...stolen];
  }

  private stolenInMessage(call: CallReader, endpoint: Endpoint, data: readonly Data[]): Facts[] {
    const bytes = data.map((part) => part.bytes).join('');
    return this.watch
      .theftInStream(`send ${this.key(call)}`, bytes)
      .map((theft) => ({ act: 'theft', ...theft, how: 'send', where: endpointWords(endpoint) }));
  }

  /** Pieces of a secret that are spread over many names stand before a domain that is the same in all. */
  private stolenInName(name: string): Facts[] {
    const labels = name.split('.');
    return this.watch
      .theftInStream(`look-up ${labels.slice(-2).join('.')}`, labels.slice(0, -2).join('.'))
      .map((theft) => ({ act: 'theft', ...theft, how: 'look-up', where: shown(name) }));
  }

  private to(
    call: CallReader,
    { address, port }: Endpoint,
  ): Pick<Facts & { act: 'connect' }, 'protocol' | 'address' | 'port' | 'own'> {
    const own = port === undefined && this.ownSockets.has(address);
    return { protocol: call.protocol(0) ?? (port === undefined ? 'unix' : 'unknown'), address, port, own };
  }

  private key(call: CallReader): string {
    return socketKey(call.arg(0), this.table.processOf(call.event.pid));
  }
}

function placeOf({ address, port }: Endpoint): string {
  return `${address.replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase()} ${port ?? ''}`;
}

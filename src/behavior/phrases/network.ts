/** Calls on sockets. */
import { dataOf, fieldOf, shown, shownData } from '../args.js';
import { queriedNames } from '../dns.js';
import { type Endpoint, endpointOf, endpointWords } from '../endpoint.js';
import { type Call, type Phrase, type Phrases, bytes, socketName } from './phrase.js';

const SOCKET: Phrase = (call) => {
  const family = call.printed(0);
  const kinds: Readonly<Record<string, string>> = {
    AF_INET: 'IPv4',
    AF_INET6: 'IPv6',
    AF_UNIX: 'local',
    AF_NETLINK: 'kernel (netlink)',
    AF_PACKET: 'raw network (packet)',
    AF_VSOCK: 'virtual machine (vsock)',
  };
  const type = call.flags(1);
  const stream = type.includes('SOCK_STREAM') ? 'stream' : type.includes('SOCK_DGRAM') ? 'datagram' : undefined;
  const kind = type.includes('SOCK_RAW') ? 'raw' : stream;
  const words = [kinds[family] ?? family, kind].filter(Boolean).join(' ');
  return `makes ${words.startsWith('IP') ? 'an' : 'a'} ${words} socket`;
};

const CONNECT: Phrase = (call) => {
  const endpoint = call.endpoint(1);
  if (!endpoint) return `tries to connect to ${call.printed(1)}`;
  const protocol = call.protocol(0);
  const over = protocol === undefined || endpoint.port === undefined ? '' : ` over ${protocol}`;
  const verb = call.event.result.kind === 'ok' ? 'connects' : 'tries to connect';
  return `${verb} to ${endpointWords(endpoint)}${over}`;
};

const BIND: Phrase = (call) => {
  const endpoint = call.endpoint(1);
  const protocol = call.protocol(0);
  const over = protocol === undefined || endpoint?.port === undefined ? '' : ` over ${protocol}`;
  return `takes the address ${endpoint ? endpointWords(endpoint) : call.printed(1)}${over}`;
};

const SEND: Phrase = (call) => {
  const endpoint = call.endpoint(4);
  return sent(call, call.number(2) ?? 0, dataOf(call.arg(1)).bytes, endpoint, shownData(dataOf(call.arg(1))));
};

const SENDMSG: Phrase = (call) => {
  const message = call.arg(1);
  const data = dataOf(fieldOf(message, 'msg_iov'));
  return sent(call, data.length, data.bytes, endpointOf(fieldOf(message, 'msg_name')), shownData(data));
};

const SENDMMSG: Phrase = (call) => {
  const list = call.arg(1);
  const messages = list?.type === 'array' ? list.items.map((item) => fieldOf(item, 'msg_hdr')) : [];
  const parts = messages.map((message) => dataOf(fieldOf(message, 'msg_iov')));
  const names = [...new Set(parts.flatMap((part) => queriedNames(part.bytes)))];
  if (names.length > 0) return `asks for the address of ${names.map((name) => shown(name)).join(' and ')}`;
  const first = parts[0];
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const endpoint = endpointOf(fieldOf(messages[0], 'msg_name'));
  return sent(call, total, first?.bytes ?? '', endpoint, first ? shownData(first) : '""');
};

function sent(call: Call, count: number, data: string, endpoint: Endpoint | undefined, text: string): string {
  const protocol = call.protocol(0);
  const names = protocol === 'TCP' ? [] : queriedNames(data);
  const over = endpoint && protocol !== undefined ? ` over ${protocol}` : '';
  const where = endpoint ? `${endpointWords(endpoint)}${over}` : socketName(call, 0);
  if (names.length > 0) return `asks for the address of ${names.map((name) => shown(name)).join(' and ')}`;
  return `sends ${bytes(count)} to ${where}: ${text}`;
}

const RECEIVE: Phrase = (call) => `waits for data from ${socketName(call, 0)}`;

export const NETWORK: Phrases = [
  ['socket', SOCKET],
  ['connect', CONNECT],
  ['bind', BIND],
  ['listen', (call) => `waits for connections on ${socketName(call, 0)}`],
  ['accept', (call) => `takes a connection on ${socketName(call, 0)}`],
  ['accept4', (call) => `takes a connection on ${socketName(call, 0)}`],
  ['sendto', SEND],
  ['sendmsg', SENDMSG],
  ['sendmmsg', SENDMMSG],
  ['recvfrom', RECEIVE],
  ['recvmsg', RECEIVE],
  ['recvmmsg', RECEIVE],
  ['socketcall', (call) => `uses the network (${call.printed(0)})`],
  ['shutdown', (call) => `ends the connection of ${socketName(call, 0)}`],
  ['setsockopt', (call) => `sets the option ${call.printed(2)} of ${socketName(call, 0)}`],
];

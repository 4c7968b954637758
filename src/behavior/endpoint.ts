/** The peer of a socket, from addresses, annotations and what is known of the descriptor. */
import { decodeAddress } from '../trace/address.js';
import type { Pid, SyscallEvent, Value } from '../trace/events.js';
import type { ProcessTable } from '../trace/processes.js';
import { numberOf, utf8 } from '../trace/values.js';
import { shown } from './args.js';

export interface Endpoint {
  /** Numeric address; the path of a local socket, `@name` for an abstract one. */
  readonly address: string;
  readonly port: number | undefined;
}

/** Undefined for an address that names no peer: NULL, netlink, an unnamed socket. */
export function endpointOf(value: Value | undefined): Endpoint | undefined {
  const decoded = decodeAddress(value);
  switch (decoded?.family) {
    case 'inet':
    case 'inet6':
      return { address: decoded.address, port: decoded.port };
    case 'unix':
      if ('path' in decoded) return { address: utf8(decoded.path), port: undefined };
      return 'abstract' in decoded ? { address: `@${utf8(decoded.abstract)}`, port: undefined } : undefined;
    case 'other':
      // AF_UNSPEC takes a connection back.
      if (decoded.name === 'AF_UNSPEC') return undefined;
      return { address: `${decoded.name} ${decoded.text}`.trim(), port: 0 };
    case 'netlink':
    case undefined:
      return undefined;
  }
}

/** The other end of a connected socket, as `-yy` prints it: `TCP:[10.0.0.2:40000->192.0.2.9:443]`, `TCPv6:[[::1]:5->[::1]:6]`. */
export function peerOf(value: Value | undefined): Endpoint | undefined {
  if (value?.type !== 'fd') return undefined;
  const match = /^(?:TCP|UDP)(?:v6)?:\[.*->\[?([0-9a-fA-F.:]+?)\]?:(\d+)\]$/.exec(value.path);
  return match?.[1] === undefined ? undefined : { address: match[1], port: Number(match[2]) };
}

/** `192.168.1.5 port 8080`, `the local socket /run/x.sock` */
export function endpointWords({ address, port }: Endpoint): string {
  return port === undefined ? `the local socket ${shown(address)}` : `${shown(address)} port ${port}`;
}

/** `TCP`, `UDP`, `unix`, `netlink`; undefined for a descriptor that is no socket, or an unknown one. */
export function protocolOf(event: SyscallEvent, value: Value | undefined, table?: ProcessTable): string | undefined {
  const annotation = value?.type === 'fd' ? value.path : '';
  const prefix = /^(TCP|UDP|UNIX|NETLINK)/.exec(annotation)?.[1];
  if (prefix !== undefined) return prefix === 'TCP' || prefix === 'UDP' ? prefix : prefix.toLowerCase();
  if (annotation !== '' && !annotation.startsWith('socket')) return undefined;
  const fd = numberOf(value);
  const known = fd === undefined ? undefined : table?.describe(event.pid, fd)?.protocol;
  if (known !== undefined) return known;
  return event.name === 'connect' && isStreamResult(event) ? 'TCP' : undefined;
}

/** Only connecting a stream takes time, or is answered by the other side. */
function isStreamResult({ args, result }: SyscallEvent): boolean {
  if (endpointOf(args[1])?.port === undefined) return false;
  if (result.kind === 'interrupted' || result.kind === 'unfinished') return true;
  return (
    result.kind === 'error' &&
    ['EINPROGRESS', 'ECONNREFUSED', 'ETIMEDOUT', 'EALREADY', 'EISCONN'].includes(result.errno)
  );
}

/** Identifies a socket: by inode where strace prints it, else by descriptor and process. */
export function socketKey(value: Value | undefined, process: Pid): string {
  const annotation = value?.type === 'fd' ? value.path : '';
  const inode = /^\w[\w-]*:\[(\d+)\]$/.exec(annotation)?.[1];
  return inode ?? `${process}:${numberOf(value) ?? '?'}`;
}

/** Socket addresses, decoded from how strace prints a `struct sockaddr`. */
import type { Value } from './events.js';

export type SocketAddress =
  | { readonly family: 'inet' | 'inet6'; readonly address: string; readonly port: number }
  /** A name in the file system; as given, so perhaps relative. */
  | { readonly family: 'unix'; readonly path: string }
  /** A name of its own, without the zero byte it begins with in memory. */
  | { readonly family: 'unix'; readonly abstract: string }
  /** A local socket without a name: one end of a pair, or a client. */
  | { readonly family: 'unix'; readonly unnamed: true }
  | { readonly family: 'netlink'; readonly pid: number }
  /** `name` is strace's (`AF_PACKET`, `0x2c`), `text` the fields as printed, in their order. */
  | { readonly family: 'other'; readonly name: string; readonly text: string };

/** Decodes the address in `value`; of a change (`{…} => {…}`) the later one. Undefined for anything else, such as NULL or a pointer. */
export function decodeAddress(value: Value | undefined): SocketAddress | undefined {
  if (value?.type === 'change') return decodeAddress(value.after);
  if (value?.type !== 'struct') return undefined;
  const name = textOf(value.fields.get('sa_family'));
  switch (name) {
    case undefined:
      return undefined;
    case 'AF_INET':
      return internet('inet', value.fields, 'sin_port', 'sin_addr') ?? other(name, value.fields);
    case 'AF_INET6':
      return internet('inet6', value.fields, 'sin6_port', 'sin6_addr') ?? other(name, value.fields);
    case 'AF_UNIX':
      return unix(value.fields.get('sun_path'));
    case 'AF_NETLINK':
      return { family: 'netlink', pid: numberOf(value.fields.get('nl_pid')) ?? 0 };
    default:
      return other(name, value.fields);
  }
}

type Fields = ReadonlyMap<string, Value>;

function internet(family: 'inet' | 'inet6', fields: Fields, port: string, host: string): SocketAddress | undefined {
  const number = numberOf(argument(fields.get(port), 'htons'));
  const address =
    argument(fields.get(host), 'inet_addr') ??
    // strace names no field here: `inet_pton(AF_INET6, "::1", &sin6_addr)`.
    [...fields.values()].map((value) => argument(value, 'inet_pton', 1)).find((found) => found !== undefined);
  return address?.type === 'string' && number !== undefined
    ? { family, address: address.text, port: number }
    : undefined;
}

function unix(name: Value | undefined): SocketAddress {
  if (name?.type !== 'string') return { family: 'unix', unnamed: true };
  return name.text.startsWith('\0')
    ? { family: 'unix', abstract: name.text.slice(1) }
    : { family: 'unix', path: name.text };
}

function other(name: string, fields: Fields): SocketAddress {
  const text = [...fields].filter(([key]) => key !== 'sa_family').map(([key, value]) => `${key}=${print(value)}`);
  return { family: 'other', name, text: text.join(', ') };
}

/** The `index`th argument of `name(…)`, or, where strace prints the value bare (`-X raw`), nothing. */
function argument(value: Value | undefined, name: string, index = 0): Value | undefined {
  return value?.type === 'call' && value.name === name ? value.args[index] : undefined;
}

function textOf(value: Value | undefined): string | undefined {
  if (value?.type === 'flags') return value.names.join('|');
  return value?.type === 'number' ? value.text : undefined;
}

function numberOf(value: Value | undefined): number | undefined {
  return value?.type === 'number' ? value.value : undefined;
}

function print(value: Value): string {
  switch (value.type) {
    case 'number':
    case 'address':
    case 'raw':
      return value.text;
    case 'string':
      return JSON.stringify(value.text);
    case 'flags':
      return value.names.join('|');
    case 'call':
      return `${value.name}(${value.args.map(print).join(', ')})`;
    case 'array':
      return `[${value.items.map(print).join(', ')}]`;
    case 'struct':
      return `{${[...value.fields].map(([key, field]) => `${key}=${print(field)}`).join(', ')}}`;
    case 'fd':
      return `${value.fd ?? 'AT_FDCWD'}<${value.path}>`;
    case 'change':
      return `${print(value.before)} => ${print(value.after)}`;
  }
}

import { describe, expect, it } from 'vitest';
import { decodeAddress } from '../../src/trace/address.js';
import { parseValue } from '../../src/trace/values.js';

describe('a socket address', () => {
  it.each([
    [
      '{sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.7")}',
      { family: 'inet', address: '192.0.2.7', port: 443 },
    ],
    [
      '{sa_family=AF_INET6, sin6_port=htons(53), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}',
      { family: 'inet6', address: '2001:db8::1', port: 53 },
    ],
    ['{sa_family=AF_UNIX, sun_path="/run/docker.sock"}', { family: 'unix', path: '/run/docker.sock' }],
    ['{sa_family=AF_UNIX, sun_path="s<o>ck\\"->)"}', { family: 'unix', path: 's<o>ck"->)' }],
    ['{sa_family=AF_UNIX, sun_path=@"abs)\\"tract"}', { family: 'unix', abstract: 'abs)"tract' }],
    ['{sa_family=AF_UNIX}', { family: 'unix', unnamed: true }],
    ['{sa_family=AF_NETLINK, nl_pid=12, nl_groups=00000000}', { family: 'netlink', pid: 12 }],
    [
      '{sa_family=AF_VSOCK, svm_cid=VMADDR_CID_HOST, svm_port=0x4d2, svm_flags=0}',
      { family: 'other', name: 'AF_VSOCK', text: 'svm_cid=VMADDR_CID_HOST, svm_port=0x4d2, svm_flags=0' },
    ],
    [
      '{sa_family=0x26 /* AF_??? */, sa_data="hash\\0\\1"}',
      { family: 'other', name: '0x26', text: 'sa_data="hash\\u0000\\u0001"' },
    ],
    ['{sa_family=AF_UNSPEC, sa_data="\\0"}', { family: 'other', name: 'AF_UNSPEC', text: 'sa_data="\\u0000"' }],
    ['{sa_family=AF_INET, sa_data="x"}', { family: 'other', name: 'AF_INET', text: 'sa_data="x"' }],
    ['{sa_family=AF_INET} => {sa_family=AF_UNIX}', { family: 'unix', unnamed: true }],
  ])('%s', (text, address) => {
    expect(decodeAddress(parseValue(text))).toEqual(address);
  });

  it.each(['NULL', '0x7ffec44d76d0', '{fd=3}', '"AF_INET"'])('is not %s', (text) => {
    expect(decodeAddress(parseValue(text))).toBeUndefined();
  });
});

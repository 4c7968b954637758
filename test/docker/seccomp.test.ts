import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { seccompProfile } from '../../src/docker/seccomp.js';
import { POLICY } from '../../src/scan/session.js';

const profileSchema = z.object({
  syscalls: z.array(
    z.object({
      names: z.array(z.string()),
      action: z.string(),
      args: z
        .array(z.object({ index: z.number(), value: z.number(), valueTwo: z.number().optional(), op: z.string() }))
        .optional(),
    }),
  ),
});

function profile(policy = POLICY): z.infer<typeof profileSchema>['syscalls'] {
  return profileSchema.parse(JSON.parse(seccompProfile('x86_64', policy))).syscalls;
}

/** What the kernel does with `socket(family, type, protocol)`. */
function answerTo(family: number, protocol: number, call = 'socket'): string | undefined {
  const values: Readonly<Record<number, number>> = { 0: family, 2: protocol };
  return profile().find(
    ({ names, args = [] }) =>
      names.includes(call) &&
      args.every(({ index, value, op }) => {
        const given = values[index] ?? 0;
        return op === 'SCMP_CMP_EQ' ? given === value : op === 'SCMP_CMP_NE' ? given !== value : given >= value;
      }),
  )?.action;
}

describe('the families of sockets', () => {
  it.each([
    ['UNIX', 1, 0],
    ['IPv4', 2, 6],
    ['IPv6', 10, 17],
    ['netlink for routes', 16, 0],
  ])('%s may be made', (_, family, protocol) => {
    expect(answerTo(family, protocol)).toBe('SCMP_ACT_ALLOW');
  });

  it.each([
    ['VSOCK', 40, 0],
    ['packet', 17, 768],
    ['ALG', 38, 0],
    ['Bluetooth', 31, 0],
    ['netlink for audit', 16, 9],
    ['one to come', 60, 0],
    ['one whose upper half says something else', 0x1_0000_0001, 0],
  ])('%s ends the process', (_, family, protocol) => {
    expect(answerTo(family, protocol)).toBe('SCMP_ACT_TRAP');
    expect(answerTo(family, protocol, 'socketpair')).toBe('SCMP_ACT_TRAP');
  });

  it('are all there for the network container, which makes routes and reads datagrams', () => {
    const rules = profile({ ...POLICY, allSockets: true }).filter(({ names }) => names.includes('socket'));
    expect(rules).toEqual([{ names: ['socket', 'socketpair'], action: 'SCMP_ACT_ALLOW' }]);
  });
});

it('the model may not choose its processor, and the supervisor may', () => {
  expect(POLICY.refused).toContain('sched_setaffinity');
  const [allowed] = profile();
  expect(allowed?.names).toContain('sched_setaffinity');
});

describe('ioctl', () => {
  const rules = profile().filter(({ names }) => names.includes('ioctl'));
  /** Every answer that a rule has for it. */
  const answers = (request: number) => [
    ...new Set(
      rules
        .filter(({ args = [] }) =>
          args.every(({ value, valueTwo = 0 }) => Number(BigInt(request) & BigInt(value)) === valueTwo),
        )
        .map(({ action }) => action),
    ),
  ];

  it('has one condition a rule: the runtime takes each of several on one argument for a rule of its own', () => {
    expect(rules.map(({ args }) => args?.map(({ op }) => op))).toEqual(rules.map(() => ['SCMP_CMP_MASKED_EQ']));
  });

  it.each([0x5412, 0x541c, 0x1_0000_5412])('may not type into a terminal: %i', (request) => {
    expect(answers(request)).toEqual(['SCMP_ACT_TRAP']);
  });

  it.each([0, 0x5401, 0x5411, 0x5413, 0x541b, 0x541d, 0x5414, 0x541a, 0x8914, 0xc0de_5412, 0xffff_ffff])(
    'may do all else: %i',
    (request) => {
      expect(answers(request)).toEqual(['SCMP_ACT_ALLOW']);
    },
  );
});

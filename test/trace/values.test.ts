import { describe, expect, it } from 'vitest';
import type { SyscallEvent, Value } from '../../src/trace/events.js';
import { parseArguments, parseValue, splitFields, unescape, utf8 } from '../../src/trace/values.js';
import { FIXTURES, fixture, read } from './read.js';

const number = (value: number, text = String(value)): Value => ({ type: 'number', value, text });
const string = (text: string, truncated = false): Value => ({ type: 'string', text, truncated });
const flags = (...names: string[]): Value => ({ type: 'flags', names });
const fd = (descriptor: number | undefined, path: string, deleted = false): Value => ({
  type: 'fd',
  fd: descriptor,
  path,
  deleted,
});
const array = (items: Value[], truncated = false): Value => ({ type: 'array', items, truncated });
const struct = (fields: Record<string, Value>, truncated = false): Value => ({
  type: 'struct',
  fields: new Map(Object.entries(fields)),
  truncated,
});
const call = (name: string, ...args: Value[]): Value => ({ type: 'call', name, args });

describe('a value', () => {
  it.each<[string, Value]>([
    ['24', number(24)],
    ['-1', number(-1)],
    ['0', number(0)],
    ['0644', number(0o644, '0644')],
    ['0x5401', number(0x5401, '0x5401')],
    ['8192*1024', number(8_388_608, '8192*1024')],
    ['0x7ffec44d76d0', { type: 'address', text: '0x7ffec44d76d0' }],
    ['0x7ffd11 /* 23 vars */', number(0x7ffd11, '0x7ffd11')],
    ['NULL', flags('NULL')],
    ['O_RDONLY|O_CLOEXEC', flags('O_RDONLY', 'O_CLOEXEC')],
    ['MAP_PRIVATE|0x40', flags('MAP_PRIVATE', '0x40')],
    ['S_IFREG|0644', flags('S_IFREG', '0644')],
    ['0x1|O_APPEND', flags('0x1', 'O_APPEND')],
    ['1<<CAP_CHOWN|1<<CAP_KILL', { type: 'raw', text: '1<<CAP_CHOWN|1<<CAP_KILL' }],
    ['"/etc/passwd"', string('/etc/passwd')],
    ['""', string('')],
    ['"abc"...', string('abc', true)],
    ['"a\\tb\\0\\3019\\"\\\\\\x1b\\377"', string('a\tb\0\u00c19"\\\x1b\xff')],
    ['"\\1\\0012"', string('\x01\x012')],
    ['3</etc/passwd>', fd(3, '/etc/passwd')],
    ['3</tmp/a\\74b\\76c>(deleted)', fd(3, '/tmp/a<b>c', true)],
    ['3</tmp/(deleted)>', fd(3, '/tmp/(deleted)')],
    ['AT_FDCWD</tmp>', fd(undefined, '/tmp')],
    ['AT_FDCWD', flags('AT_FDCWD')],
    ['3<socket:[4711]>', fd(3, 'socket:[4711]')],
    ['3<TCP:[127.0.0.1:56944->127.0.0.1:57287]>', fd(3, 'TCP:[127.0.0.1:56944->127.0.0.1:57287]')],
    ['3<TCPv6:[[::1]:56944->[::1]:57287]>', fd(3, 'TCPv6:[[::1]:56944->[::1]:57287]')],
    ['3<UNIX-STREAM:[5->4,"/tmp/s<o>ck\\"->)"]>', fd(3, 'UNIX-STREAM:[5->4,"/tmp/s<o>ck"->)"]')],
    ['0</dev/null<char 1:3>>', fd(0, '/dev/null<char 1:3>')],
    ['[]', array([])],
    ['["sh", "-c", ...]', array([string('sh'), string('-c')], true)],
    ['[HUP INT RT_1]', array([flags('HUP'), flags('INT'), flags('RT_1')])],
    ['[3<pipe:[1]>, 4<pipe:[1]>]', array([fd(3, 'pipe:[1]'), fd(4, 'pipe:[1]')])],
    ['~[RTMIN RT_1]', { type: 'raw', text: '~[RTMIN RT_1]' }],
    ['{0, 500}', struct({ 0: number(0), 1: number(500) })],
    ['{st_mode=S_IFREG|0644, st_size=3, ...}', struct({ st_mode: flags('S_IFREG', '0644'), st_size: number(3) }, true)],
    ['{st_rdev=makedev(0x1, 0x3)}', struct({ st_rdev: call('makedev', number(1, '0x1'), number(3, '0x3')) })],
    ['[[IFLA_A]=1, [IFLA_B-1]=0]', array([number(1), number(0)])],
    ['[16 => 2]', array([{ type: 'change', before: number(16), after: number(2) }])],
    [
      '{flags=CLONE_VM} => {parent_tid=[7]}',
      {
        type: 'change',
        before: struct({ flags: flags('CLONE_VM') }),
        after: struct({ parent_tid: array([number(7)]) }),
      },
    ],
    [
      '[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]',
      array([struct({ 0: { type: 'raw', text: 'WIFEXITED(s) && WEXITSTATUS(s) == 0' } })]),
    ],
    ['@"name"', string('\0name')],
    ['htons(80)', call('htons', number(80))],
    ['?', flags('?')],
    ['%)=', { type: 'raw', text: '%' }],
  ])('%s', (text, value) => {
    expect(parseValue(text)).toEqual(value);
  });

  it('is told from the next one, whatever is in it', () => {
    expect(parseArguments('AT_FDCWD</tmp/a, b>, "x, y) = 5", [{iov_base="a]}", iov_len=3}], 0666')).toEqual([
      fd(undefined, '/tmp/a, b'),
      string('x, y) = 5'),
      array([struct({ iov_base: string('a]}'), iov_len: number(3) })]),
      number(0o666, '0666'),
    ]);
  });

  it('that the call names is a struct of one field', () => {
    expect(parseArguments('child_stack=NULL, flags=CLONE_FS|SIGCHLD')).toEqual([
      struct({ child_stack: flags('NULL') }),
      struct({ flags: flags('CLONE_FS', 'SIGCHLD') }),
    ]);
  });

  it('that the line was cut in is what there is of it', () => {
    expect(parseArguments('"/bin/sh", ["sh", "cur')).toEqual([
      string('/bin/sh'),
      array([string('sh'), string('cur', true)]),
    ]);
    expect(parseArguments('3, <unfinished ...>')).toEqual([number(3)]);
  });

  it('nested without end is raw from some depth on, and costs no more than its length', () => {
    const deep = '['.repeat(100_000);
    let value = parseValue(deep);
    let depth = 0;
    while (value.type === 'array' && value.items[0]) {
      [value] = value.items;
      depth++;
    }
    expect(depth).toBe(24);
    expect(value.type).toBe('raw');
    expect(parseValue('{a='.repeat(100_000)).type).toBe('struct');
    expect(parseValue('f('.repeat(100_000)).type).toBe('call');
  });
});

describe('recorded arguments', () => {
  it.each(FIXTURES)('%s: all are understood but expressions and inverted sets', (name) => {
    const calls = read(fixture(name)).events.filter((event): event is SyscallEvent => event.kind === 'syscall');
    const raw = calls.flatMap(({ args }) => args.flatMap(rawIn)).filter((text) => !/^WIF|^~\[/.test(text));
    expect(calls.length).toBeGreaterThan(100);
    expect(raw).toEqual([]);
  });
});

function rawIn(value: Value): string[] {
  switch (value.type) {
    case 'raw':
      return [value.text];
    case 'array':
      return value.items.flatMap(rawIn);
    case 'call':
      return value.args.flatMap(rawIn);
    case 'struct':
      return [...value.fields.values()].flatMap(rawIn);
    case 'change':
      return [value.before, value.after].flatMap(rawIn);
    default:
      return [];
  }
}

describe('helpers', () => {
  it('split fields at their own commas only', () => {
    expect(splitFields('a=1, b={c, d}, e="x, y", f=3</tmp/a,b>')).toEqual([
      'a=1',
      'b={c, d}',
      'e="x, y"',
      'f=3</tmp/a,b>',
    ]);
  });

  it('unescape, and keep what is no escape', () => {
    expect(unescape('\\a\\b\\e\\f\\n\\r\\t\\v\\q\\')).toBe('\x07\b\x1b\f\n\r\t\vq\\');
  });

  it('decode UTF-8 where it is, and leave what is not', () => {
    expect(utf8('caf\xc3\xa9')).toBe('café');
    expect(utf8('caf\xe9')).toBe('caf\xe9');
    expect(utf8('plain')).toBe('plain');
  });
});

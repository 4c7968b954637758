/** Our opcodes of a pickle in the words of genops.py. */
import { crc32 } from 'node:zlib';
import { ByteCursor, bytesSource } from '../../src/readers/bytes.js';
import { decodeOpcode, type Decoded } from '../../src/readers/pickle/decode.js';
import { longOf } from '../../src/readers/pickle/disassemble.js';
import { Op } from '../../src/readers/pickle/opcodes.js';
import { quoted, rawUnicode } from '../../src/readers/pickle/text.js';

export async function listing(bytes: Uint8Array): Promise<string[]> {
  const cursor = new ByteCursor(bytesSource(bytes));
  const parts: string[] = [];
  let end = 0;
  for (;;) {
    const decoded = await decodeOpcode(cursor, bytes.length);
    if (decoded === undefined || 'broke' in decoded) return [...parts, `!${end}`];
    parts.push(`${decoded.offset},${decoded.opcode.name},${argument(decoded)}`);
    end = decoded.end;
    if (decoded.opcode.code === Op.STOP) return [...parts, '.'];
  }
}

function argument({ opcode, argument: value }: Decoded): string {
  switch (value.kind) {
    case 'none':
      return '-';
    case 'number':
      return opcode.code === Op.BINFLOAT ? float(Number(value.value)) : integer(BigInt(value.value));
    case 'lines': {
      const both = Buffer.concat([value.first, Buffer.from(' '), value.second]);
      return both.includes('\\') ? '?' : text(both);
    }
    case 'bytes':
      return counted(opcode.code, value.head);
  }
}

function counted(code: Op, head: Uint8Array): string {
  const line = Buffer.from(head).toString('latin1');
  switch (code) {
    case Op.LONG1:
    case Op.LONG4:
      return head.length * 8 >= 4096 ? '?' : integer(longOf(head));
    case Op.INT:
    case Op.GET:
    case Op.PUT:
      return line === '00' || line === '01' ? `b${Number(line)}` : decimal(line);
    case Op.LONG:
      return decimal(line.replace(/L$/, ''));
    case Op.FLOAT:
      return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(line) ? float(Number(line)) : '?';
    case Op.STRING: {
      const value = quoted(line);
      // Whitespace behind the quotes is where pickletools and the unpickler differ; escapes that mean nothing stay as they are.
      return value === undefined || line !== line.trimEnd() ? '?' : text(Buffer.from(value, 'utf8'));
    }
    case Op.UNICODE: {
      const value = rawUnicode(line);
      return /[\ud800-\udfff]/.test(value) ? '?' : text(Buffer.from(value, 'utf8'));
    }
    case Op.PERSID:
      return line.includes('\\') ? '?' : text(head);
    case Op.BINSTRING:
    case Op.SHORT_BINSTRING:
      return text(Buffer.from(line, 'utf8'));
    default:
      return text(head);
  }
}

function decimal(line: string): string {
  const digits = line.trim();
  return /^[+-]?\d+$/.test(digits) && digits.length < 1000 ? integer(BigInt(digits.replace(/^\+/, ''))) : '?';
}

function integer(value: bigint): string {
  return `i${value.toString(16)}`;
}

function float(value: number): string {
  if (Number.isNaN(value)) return 'fnan';
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return `f${bytes.toString('hex')}`;
}

function text(bytes: Uint8Array): string {
  return `s${bytes.length}:${crc32(bytes).toString(16).padStart(8, '0')}`;
}

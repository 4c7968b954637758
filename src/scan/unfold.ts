/** What is packed or encoded in a few bytes that a run left or sent. */
import { readZip, memberContent } from '../readers/archive/zip.js';
import { bytesSource, latin1 } from '../readers/bytes.js';
import { compressionOf } from '../readers/unpack/magic.js';
import { unpack } from '../readers/unpack/unpack.js';

/** Bytes that one layer unpacks to, layers, and contents of all of them. */
const LIMIT = 1024 * 1024;
const DEPTH = 4;
const MOST = 40;

/** The content itself and what is in it, one character per byte. Never throws for what the content is. */
export async function unfold(content: Uint8Array): Promise<string[]> {
  const found: string[] = [];
  let layer: readonly Uint8Array[] = [content];
  for (let depth = 0; depth < DEPTH && layer.length > 0; depth++) {
    found.push(...layer.map(latin1));
    const next: Uint8Array[] = [];
    for (const bytes of layer) if (found.length + next.length < MOST) next.push(...(await inside(bytes)));
    layer = next;
  }
  return found.slice(0, MOST);
}

async function inside(bytes: Uint8Array): Promise<Uint8Array[]> {
  const compression = compressionOf(bytes);
  if (compression !== undefined) {
    const { bytes: unpacked } = await unpack(bytesSource(bytes), compression, LIMIT);
    return unpacked.length > 0 ? [unpacked] : [];
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return members(bytes);
  const text = latin1(bytes.subarray(0, LIMIT));
  if (text.length < 32) return [];
  if (/^[\da-fA-F\s]+$/.test(text)) return [Buffer.from(text.replace(/\s/g, ''), 'hex')];
  return /^[\w+/\s-]+$/.test(text.trimEnd().replace(/={1,2}$/, '')) ? [Buffer.from(text, 'base64')] : [];
}

async function members(bytes: Uint8Array): Promise<Uint8Array[]> {
  const source = bytesSource(bytes);
  const found: Uint8Array[] = [];
  try {
    const { members: listed } = await readZip(source);
    for (const member of listed.slice(0, MOST)) {
      const content = await memberContent(source, member, { size: LIMIT });
      if (content.ok) found.push(await content.source.read(0, LIMIT));
    }
  } catch {
    return found; // what is no archive hides nothing in one
  }
  return found;
}

/** The analysers of archives: each member is looked at by its content. */
import { crc32 } from 'node:zlib';
import { neighboursSource, sliceSource, type ByteSource } from '../../readers/bytes.js';
import { escapeAndCut } from '../../core/escape.js';
import { fileIn, memberOf, type AnalysisContext, type Location } from '../context.js';
import { analyseScript, isScriptName, SCRIPT_LIMIT } from '../torch/analyse.js';
import { looksLikeAnything } from '../../detect/detect.js';
import { isText } from '../../detect/magic.js';
import { judgeBomb } from '../unpack/analyse.js';
import { leavesFolder, linkLeavesFolder, mostDangerousFirst } from './names.js';
import { isNumbers } from './numbers.js';
import { readTar, isTorchTar } from '../../readers/archive/tar.js';
import { memberContent, readZip, zipsInRow, type ZipMember } from '../../readers/archive/zip.js';

/** Bytes that are unpacked in order to detect a member's format. */
const SNIFF = 4096;

export async function analyseZip(source: ByteSource, place: Location, job: AnalysisContext): Promise<void> {
  const row = await torchRow(source, job);
  if (row) {
    for (const { offset, archive } of row)
      await analyseArchive(archive, memberOf(place, `(archive at ${offset})`), job);
  } else await analyseArchive(source, place, job);
}

/** A distributed checkpoint has an archive of torch's for each tensor, one behind another (`torch/distributed/checkpoint/filesystem.py`). */
async function torchRow(
  source: ByteSource,
  job: AnalysisContext,
): Promise<{ offset: number; archive: ByteSource }[] | undefined> {
  const row = (await zipsInRow(source))?.map(({ offset, size }) => ({
    offset,
    archive: sliceSource(source, offset, size),
  }));
  for (const { archive } of row ?? []) {
    const { members } = await readZip(archive, job.signal);
    if (!members.some(({ name }) => TORCH_PICKLE.test(name))) return undefined;
  }
  return row;
}

async function analyseArchive(source: ByteSource, place: Location, job: AnalysisContext): Promise<void> {
  const zip = await readZip(source, job.signal);
  for (const gap of zip.gaps) job.gap(place, gap);
  for (const difference of zip.differences) {
    const text = escapeAndCut(difference, 300);
    job.add({ rule: 'STATIC-ZIP-DIFFERENCE', place, key: text, subject: text, evidence: [{ text }] });
  }
  if (zip.overlaps) {
    const { count, first } = zip.overlaps;
    const subject = `${count} members share their data with others, ${first} first`;
    job.add({ rule: 'STATIC-ARCHIVE-BOMB', place, key: 'overlap', subject, evidence: [{ text: subject }], count });
  }
  if (zip.crowded) {
    const subject = `The archive has more than ${zip.members.length} members`;
    job.add({ rule: 'STATIC-ARCHIVE-BOMB', place, key: 'count', subject, evidence: [{ text: subject }] });
  }
  const near = neighboursSource(source);
  const numbers = isNumbers(zip.members);
  const as = fileKind(zip.members);
  const torch = zip.members.some(({ name }) => TORCH_PICKLE.test(name));
  // The storages of a file that is cut off are cut, too; no loader opens such a file.
  const sizes = torch && !zip.truncated ? sizesOf(zip.members) : undefined;
  const look = async (member: ZipMember, inner: Location): Promise<void> => {
    const script = torch && isScriptName(member.name);
    if (script) {
      const code = await memberContent(source, member, { size: SCRIPT_LIMIT }, job.signal);
      if (code.ok) await analyseScript(code.source, code.gap, inner, job);
    }
    // TorchScript looks like Python and is not Python.
    const named = script ? inner : { ...inner, name: member.name };
    const folder = TORCH_PICKLE.exec(member.name)?.groups?.['folder'];
    const storage = folder === undefined ? undefined : (key: string) => sizes?.get(`${folder}data/${key}`);
    await analyseMember(near, member, { ...named, storage }, job);
  };
  for (const member of mostDangerousFirst(zip.members)) {
    job.signal.throwIfAborted();
    const inner = numbers(member.name) ? memberOf(place, member.name) : fileIn(place, member.name, as);
    await job.attempt(inner, () => look(member, inner));
  }
}

/** The pickle of an archive of torch's; the storages lie in `data/` beside it. */
const TORCH_PICKLE = /^(?<folder>(?:.*\/)?)data\.pkl$/;

/** Bytes of members by name: for several of one name, the smallest number. */
function sizesOf(members: readonly ZipMember[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { name, method, size, compressedSize } of members)
    sizes.set(name, Math.min(sizes.get(name) ?? Infinity, size, method === 0 ? compressedSize : Infinity));
  return sizes;
}

async function analyseMember(
  archive: ByteSource,
  member: ZipMember,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  judgePath(member.name, place, job);
  if (member.name.endsWith('/') && member.compressedSize === 0) return;
  if (member.encrypted) {
    job.gap(place, 'the member says that it is encrypted');
    const subject = `${member.name} says that it is encrypted`;
    job.add({ rule: 'STATIC-ARCHIVE-ENCRYPTED', place, key: '', subject, evidence: [{ text: subject }] });
  }
  const content = await memberContent(archive, member, { size: SNIFF }, job.signal);
  if (!content.ok) {
    job.gap(place, content.gap);
    return;
  }
  if (member.link) {
    judgeLink(member.name, Buffer.from(await content.source.read(0, SNIFF)).toString(), place, job);
    return;
  }
  if (member.method === 0) {
    if (content.gap !== undefined) job.gap(place, content.gap);
    const { size } = content.source;
    // A member that is cut off has a wrong checksum for that reason alone.
    if (size <= CHECKED && size >= member.compressedSize) await judgeChecksum(member, content.source, place, job);
    await job.nested(content.source, place, { name: place.name });
    return;
  }
  const head = await content.source.read(0, SNIFF);
  if (
    (place.file === undefined || (place.file === 'member' && isText(head))) &&
    !(await looksLikeAnything(head, place.name))
  )
    return;
  const limit = job.unpackable;
  const whole = await memberContent(archive, member, { size: limit }, job.signal);
  if (!whole.ok) return;
  const { source, gap } = whole;
  if (gap !== undefined) job.gap(place, gap);
  else await judgeChecksum(member, source, place, job);
  if (source.size >= limit) judgeBomb(source.size, member.compressedSize, place, job);
  await job.holding(source.size, () => job.nested(source, place, { name: place.name }));
}

/** Stored members up to this size have their checksum verified; of larger ones, weights, only the parts that matter are read. */
const CHECKED = 1024 * 1024;

async function judgeChecksum(
  member: ZipMember,
  content: ByteSource,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  // Writers that stream put the checksum behind the data and leave it out of the header.
  if (member.crc === 0) return;
  if (crc32(await content.read(0, content.size)) === member.crc) return;
  const subject = `the checksum of member ${member.name} is wrong`;
  job.add({ rule: 'STATIC-ZIP-DIFFERENCE', place, key: 'checksum', subject, evidence: [{ text: subject }] });
}

export function judgePath(name: string, place: Location, job: AnalysisContext): void {
  const why = leavesFolder(name);
  if (why === undefined) return;
  const subject = `The name of member ${name} ${why}`;
  job.add({ rule: 'STATIC-ARCHIVE-PATH', place, key: '', subject, evidence: [{ text: subject }] });
}

export function judgeLink(name: string, target: string, place: Location, job: AnalysisContext): void {
  const why = linkLeavesFolder(name, target);
  if (why === undefined) return;
  const subject = `Member ${name} is a link to ${target}, which ${why}`;
  job.add({ rule: 'STATIC-ARCHIVE-LINK', place, key: '', subject, evidence: [{ text: subject }] });
}

/** An archive of one file is that file, packed: so pandas reads it (`pandas/io/common.py`, `get_handle`). */
export function fileKind(members: readonly { readonly name: string }[]): 'alone' | 'member' {
  return members.filter(({ name }) => !name.endsWith('/')).length === 1 ? 'alone' : 'member';
}

/** Pickles of torch's that raw numbers follow. */
const TORCH_TAR: ReadonlySet<string> = new Set(['storages', 'tensors']);

export async function analyseTar(source: ByteSource, place: Location, job: AnalysisContext): Promise<void> {
  const { members, gaps, hidden } = await readTar(source, job.signal);
  for (const gap of gaps) job.gap(place, gap);
  if (hidden !== undefined) {
    const subject = `member ${hidden} comes after the end of the archive`;
    job.add({ rule: 'STATIC-ZIP-DIFFERENCE', place, key: 'end', subject, evidence: [{ text: subject }] });
  }
  // torch unpickles three members; two of their pickles are followed by raw numbers.
  const torch = isTorchTar(members);
  const numbers = isNumbers(members);
  const as = fileKind(members.filter((member) => member.kind !== 'folder'));
  for (const { name, kind, target, content } of mostDangerousFirst(members)) {
    job.signal.throwIfAborted();
    const inner = numbers(name) || (torch && TORCH_TAR.has(name)) ? memberOf(place, name) : fileIn(place, name, as);
    judgePath(name, inner, job);
    // A hard link counts from the root of the archive, a symbolic one from its own folder.
    if (kind === 'link') judgeLink(name, target, inner, job);
    if (kind === 'hardlink') judgeLink('', target, inner, job);
    if (kind === 'special') {
      const subject = `Member ${name} is a device or a pipe`;
      job.add({ rule: 'STATIC-ARCHIVE-DEVICE', place: inner, key: '', subject, evidence: [{ text: subject }] });
    }
    const expected = torch && name === 'pickle' ? 'pickle' : undefined;
    if (content.size > 0) await job.nested(content, inner, { name, expected });
  }
}

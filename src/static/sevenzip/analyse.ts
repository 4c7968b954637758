/** The analyser of 7z archives: each member is analysed by its content, as in every archive. */
import { fileKind, judgeLink, judgePath } from '../archive/analyse.js';
import { sliceSource, uncovered, type ByteSource } from '../../readers/bytes.js';
import { fileIn, memberOf, partOf, type Analyser, type AnalysisContext, type Location } from '../context.js';
import { judgeBomb, judgeDetour } from '../unpack/analyse.js';
import {
  readDatabase,
  SevenZipError,
  START,
  type Block,
  type SevenZip,
  type SevenZipMember,
} from '../../readers/sevenzip/header.js';
import { isEncrypted, unpackBlock } from '../../readers/sevenzip/unpack.js';

/** Longest target of a link. */
const TARGET_LIMIT = 4096;
/** Parts of the file that belong to no entry of the archive and are analysed. */
const HIDDEN_LIMIT = 100;

export const analyseSevenZip: Analyser = async (source, place, job) => {
  if (place.name !== undefined && !/\.(7z|cb7)(\.001)?$/i.test(place.name)) judgeDetour('7z archive', place, job);
  const database = await read(source, place, job);
  if (database === undefined) return;
  await analyseHidden(source, database, place, job);
  const ofBlock = new Map<number | undefined, SevenZipMember[]>();
  for (const member of database.members) {
    judgePath(member.name, memberOf(place, member.name), job);
    const known = ofBlock.get(member.place?.block);
    if (known) known.push(member);
    else ofBlock.set(member.place?.block, [member]);
  }
  for (const [index, block] of database.blocks.entries()) {
    job.signal.throwIfAborted();
    const members = ofBlock.get(index) ?? [];
    const inner = members[0] === undefined ? place : memberOf(place, members[0].name);
    await job.attempt(inner, () => analyseBlock(source, block, members, fileKind(database.members), place, job));
  }
};

async function read(source: ByteSource, place: Location, job: AnalysisContext): Promise<SevenZip | undefined> {
  try {
    return await readDatabase(source, async (block, limit) => {
      const { content, gap } = await unpackBlock(source, block, limit, job.signal);
      if (isEncrypted(block)) judgeEncrypted('The list of its members', place, job);
      if (gap !== undefined) throw new SevenZipError(`its database cannot be read: ${gap}`);
      return content.read(0, content.size);
    });
  } catch (error) {
    if (!(error instanceof SevenZipError)) throw error;
    job.gap(place, error.message);
    return undefined;
  }
}

function judgeEncrypted(what: string, place: Location, job: AnalysisContext): void {
  const subject = `${what} is encrypted`;
  job.add({ rule: 'STATIC-ARCHIVE-ENCRYPTED', place, key: '', subject, evidence: [{ text: subject }] });
}

async function analyseBlock(
  source: ByteSource,
  block: Block,
  members: readonly SevenZipMember[],
  only: Location['file'],
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  const [first] = members;
  if (first === undefined) return;
  if (isEncrypted(block)) judgeEncrypted(`Member ${first.name}`, memberOf(place, first.name), job);
  const limit = job.unpackable;
  const { content, held, gap } = await unpackBlock(source, block, limit, job.signal);
  if (gap !== undefined) job.gap(memberOf(place, first.name), gap);
  if (held >= limit) judgeBomb(held, block.packed[0]?.size ?? 0, place, job);
  await job.holding(held, async () => {
    for (const member of members)
      await analyseMember(content, member, { told: gap !== undefined, kind: only }, place, job);
  });
}

/** `told`: the gap of the first member has the reason why the block was not unpacked completely. */
async function analyseMember(
  block: ByteSource,
  { name, kind, size, place: at }: SevenZipMember,
  { told, kind: only }: { readonly told: boolean; readonly kind: Location['file'] },
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  const offset = at?.offset ?? 0;
  const inner = fileIn(place, name, only);
  const content = sliceSource(block, offset, size);
  if (content.size < size && !told) job.gap(inner, 'it does not lie in its block');
  if (content.size < size && told && content.size === 0) job.gap(inner, 'it was not unpacked');
  if (kind === 'link') judgeLink(name, Buffer.from(await content.read(0, TARGET_LIMIT)).toString(), inner, job);
  // The attributes that make a member a link are only the archive's claim, and not every reader follows them.
  if (content.size > 0) await job.nested(content, inner, { name });
}

/** Bytes that no list of the archive names can be another file. */
async function analyseHidden(source: ByteSource, { blocks, own }: SevenZip, place: Location, job: AnalysisContext) {
  const spans = [...blocks.flatMap(({ packed }) => packed), ...own];
  const ranges = spans.map(({ offset, size }) => ({ start: offset, end: offset + size }));
  const parts = uncovered(ranges, START, source.size);
  const [first] = parts;
  if (first === undefined) return;
  const subject = `${first.size} bytes at ${first.offset} belong to nothing in it`;
  job.add({
    rule: 'STATIC-ZIP-DIFFERENCE',
    place,
    key: 'hidden',
    subject,
    evidence: [{ offset: first.offset, text: subject }],
  });
  for (const { offset, size } of parts.slice(0, HIDDEN_LIMIT))
    await job.nested(sliceSource(source, offset, size), partOf(place, offset));
}

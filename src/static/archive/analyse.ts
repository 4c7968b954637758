/** The analysers of archives: each member is looked at by its content. */
import type { ByteSource } from '../bytes.js';
import { escapeAndCut } from '../../report/escape.js';
import { memberOf, type Job, type Place } from '../job.js';
import { analyseScript, SCRIPT_LIMIT, SCRIPT_NAME } from '../torch/analyse.js';
import { looksLikeAnything } from '../../model/detect.js';
import { readTar, isTorchTar } from './tar.js';
import { memberContent, readZip, type ZipMember } from './zip.js';

const LISTED_LIMIT = 100;
/** Bytes unpacked in order to see what a member is. */
const SNIFF = 4096;

export async function analyseZip(source: ByteSource, place: Place, job: Job): Promise<void> {
  const zip = await readZip(source, job.signal);
  for (const gap of zip.gaps) job.gap(place, gap);
  for (const difference of zip.differences.slice(0, LISTED_LIMIT)) {
    const text = escapeAndCut(difference, 300);
    job.add({ rule: 'STATIC-ZIP-DIFFERENCE', place, key: text, subject: text, evidence: [{ text }] });
  }
  const torch = zip.members.some(({ name }) => /(^|\/)data\.pkl$/.test(name));
  for (const member of zip.members) {
    job.signal?.throwIfAborted();
    const inner = memberOf(place, member.name);
    const script = torch && SCRIPT_NAME.test(member.name);
    if (script) {
      const code = await memberContent(source, member, { size: SCRIPT_LIMIT }, job.signal);
      if (code.ok) await analyseScript(code.source, code.gap, inner, job);
    }
    // TorchScript looks like Python and is none.
    await analyseMember(source, member, script ? inner : { ...inner, name: member.name }, job);
  }
}

async function analyseMember(archive: ByteSource, member: ZipMember, place: Place, job: Job): Promise<void> {
  if (member.name.endsWith('/') && member.compressedSize === 0) return;
  if (member.encrypted) job.gap(place, 'the member says that it is encrypted');
  let content = await memberContent(archive, member, { size: SNIFF }, job.signal);
  if (!content.ok) {
    job.gap(place, content.gap);
    return;
  }
  if (member.method !== 0) {
    const head = await content.source.read(0, SNIFF);
    if (!(await looksLikeAnything(head, place.name))) return;
    content = await memberContent(archive, member, { size: job.unpackable }, job.signal);
    if (!content.ok) return;
    job.unpacked(content.source.size);
  }
  if (content.gap !== undefined) job.gap(place, content.gap);
  await job.nested(content.source, place, { name: place.name });
}

export async function analyseTar(source: ByteSource, place: Place, job: Job): Promise<void> {
  const { members, gaps } = await readTar(source);
  for (const gap of gaps) job.gap(place, gap);
  // torch unpickles three members; what follows the pickles of two of them are raw numbers.
  const torch = isTorchTar(members);
  for (const { name, content } of members) {
    const expected = torch && name === 'pickle' ? 'pickle' : undefined;
    await job.nested(content, memberOf(place, name), { name, expected });
  }
}

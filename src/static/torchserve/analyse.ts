/**
 * Archives of TorchServe (`.mar`, and workflows `.war`): its server imports the handler that the manifest names and calls it
 * (`ts/model_loader.py`, `model_archiver/manifest_components/manifest.py`).
 */
import { z } from 'zod';
import { memberContent, readZip, type ZipMember } from '../../readers/archive/zip.js';
import type { ByteSource } from '../../readers/bytes.js';
import { DOTTED, judgeDotted, OPEN_ARGUMENTS } from '../../names/dotted-names.js';
import { decodeJson, parsePythonJson } from '../../readers/python-json.js';
import { OWN_HANDLERS } from './handlers.js';
import { analyseZip } from '../archive/analyse.js';
import { leavesFolder } from '../archive/names.js';
import { fileIn, memberOf, type Analyser, type AnalysisContext, type Location } from '../context.js';

const MANIFEST = /^(?:MAR|WAR)-INF\/MANIFEST\.json$/;
const MANIFEST_LIMIT = 1024 * 1024;
/** Bytes of a handler or of a list of packages. */
const FILE_LIMIT = 8 * 1024 * 1024;

export const analyseTorchServe: Analyser = async (source, place, job) => {
  await job.attempt(place, () => analyseZip(source, place, job));
  const { members } = await readZip(source, job.signal);
  for (const member of members.filter(({ name }) => MANIFEST.test(name))) {
    const inner = memberOf(place, member.name);
    await job.attempt(inner, () => judgeManifest(source, member, members, place, job));
  }
};

const name = z.string().max(4096).optional().catch(undefined);
const files = z.object({
  handler: name,
  modelFile: name,
  requirementsFile: name,
  serializedFile: name,
  configFile: name,
});
const manifest = z.object({
  runtime: name,
  model: files.optional().catch(undefined),
  workflow: files.optional().catch(undefined),
});

async function judgeManifest(
  source: ByteSource,
  member: ZipMember,
  members: readonly ZipMember[],
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  const inner = memberOf(place, member.name);
  const content = await memberContent(source, member, { size: MANIFEST_LIMIT }, job.signal);
  const parsed = content.ok
    ? manifest.safeParse(parsePythonJson(decodeJson(await content.source.read(0, MANIFEST_LIMIT)))?.value)
    : undefined;
  if (parsed?.success !== true) {
    job.gap(inner, 'the manifest, which names the code that TorchServe runs, is no JSON');
    return;
  }
  const { runtime, model, workflow } = parsed.data;
  if (runtime !== undefined && !RUNTIMES.test(runtime)) {
    const subject = `The manifest names the runtime ${runtime}`;
    job.add({ rule: 'STATIC-TORCHSERVE-RUNTIME', place: inner, key: '', subject, evidence: [{ text: runtime }] });
  }
  for (const given of [model, workflow]) {
    if (given === undefined) continue;
    for (const [field, file] of Object.entries(given)) {
      const why = file === undefined ? undefined : leavesFolder(file);
      if (why === undefined) continue;
      const subject = `The manifest names ${field} ${file ?? ''}, which ${why}`;
      job.add({ rule: 'STATIC-TORCHSERVE-PATH', place: inner, key: field, subject, evidence: [{ text: file ?? '' }] });
    }
    // `handler.py:function`.
    const handler = given.handler?.replace(/:\w+$/, '');
    const named = given.handler?.replace(':', '.') ?? '';
    if (DOTTED.test(named) && judgeDotted(named, OPEN_ARGUMENTS) === 'dangerous') {
      const subject = `The manifest names the handler ${given.handler ?? ''}`;
      job.add({ rule: 'STATIC-MANIFEST-TARGET', place: inner, key: named, subject, evidence: [{ text: named }] });
    }
    if (handler === undefined) job.gap(inner, 'the manifest names no handler');
    else if (
      !OWN_HANDLERS.has(handler) &&
      !(await lookAs('python', handler)) &&
      !(await lookAs('python', `${handler}.py`))
    )
      job.gap(inner, `its handler ${handler} is not in the archive, so what TorchServe runs was not seen`);
    if (given.modelFile !== undefined && !(await lookAs('python', given.modelFile)))
      job.gap(inner, `${given.modelFile}, which defines its classes, is not in the archive`);
    if (given.requirementsFile !== undefined) await lookAs('requirements', given.requirementsFile);
  }

  /** False when there is no such member. A member of the usual ending was read with the others. */
  async function lookAs(expected: 'python' | 'requirements', file: string): Promise<boolean> {
    const found = members.filter((other) => other.name === file);
    for (const other of found) {
      if (expected === 'python' && file.endsWith('.py')) continue;
      const at = fileIn(place, file);
      const unpacked = await memberContent(source, other, { size: FILE_LIMIT }, job.signal);
      if (!unpacked.ok) continue;
      const bytes = unpacked.source;
      const limits = bytes.size > FILE_LIMIT ? undefined : bytes;
      if (limits === undefined) job.gap(at, `more than ${FILE_LIMIT} bytes of it were not looked at`);
      else await job.holding(bytes.held ?? 0, () => job.nested(limits, at, { name: file, expected }));
    }
    return found.length > 0;
  }
}

const RUNTIMES = /^(?:python[\d.]*|LSP)$/i;

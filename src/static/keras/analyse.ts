/** The analyser of `.keras` archives: the checks of any archive, then the parts that Keras reads. */
import { analyseZip } from '../archive/analyse.js';
import { memberContent, readZip, type ZipMember } from '../../readers/archive/zip.js';
import type { ByteSource } from '../../readers/bytes.js';
import { memberOf, type Analyser, type AnalysisContext, type Location } from '../context.js';
import { judgeKerasConfig } from './config.js';
import { decodeJson, parsePythonJson } from '../../readers/python-json.js';

export const analyseKeras: Analyser = async (source, place, job) => {
  await job.attempt(place, () => analyseZip(source, place, job));
  const { members } = await readZip(source, job.signal);
  for (const member of members) {
    job.signal.throwIfAborted();
    if (RUNS.test(member.name)) judgeMember(member, place, job);
  }
  // Of two members of one name Python takes the last, other readers the first: each is judged.
  const configs = members.filter(({ name }) => /(^|\/)(config|metadata|[\w.]*_config)\.json$/i.test(name));
  for (const member of configs.slice(0, CONFIGS_LIMIT)) {
    const inner = memberOf(place, member.name);
    await job.attempt(inner, () => judgeConfig(source, member, inner, job));
  }
  if (configs.length > CONFIGS_LIMIT) job.gap(place, `it has more than ${CONFIGS_LIMIT} configurations`);
};

const CONFIGS_LIMIT = 100;
/** That of the largest models is some megabytes. */
const CONFIG_LIMIT = 32 * 1024 * 1024;

/** Members that run or are unpickled; Keras writes none of them (`saving_lib.py`: config.json, metadata.json, model.weights.h5 or .npz, assets/). */
const RUNS = /\.(py|pyc|pyo|pyd|so|dll|dylib|exe|sh|bash|bat|cmd|ps1|vbs|js|jar|pkl|pickle|p|joblib|dill|pt|pth)$/i;

function judgeMember(member: ZipMember, place: Location, job: AnalysisContext): void {
  const subject = `The archive has the member ${member.name}`;
  const evidence = [{ text: member.name, offset: member.header }];
  job.add({ rule: 'STATIC-KERAS-MEMBER', place, key: member.name, subject, evidence });
}

async function judgeConfig(
  source: ByteSource,
  member: ZipMember,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  const content = await memberContent(source, member, { size: CONFIG_LIMIT }, job.signal);
  if (!content.ok) {
    job.gap(place, content.gap);
    return;
  }
  if (content.gap !== undefined || content.source.size > CONFIG_LIMIT) {
    job.gap(place, content.gap ?? `a configuration of more than ${CONFIG_LIMIT} bytes is not read`);
    return;
  }
  const bytes = await content.source.read(0, CONFIG_LIMIT);
  const parsed = parsePythonJson(decodeJson(bytes));
  if (parsed) await judgeKerasConfig(parsed.value, place, job);
  else job.gap(place, 'the configuration is no JSON');
}

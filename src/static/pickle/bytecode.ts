/** The analyser of compiled Python code in marshal's format inside another file. */
import type { ByteSource } from '../../readers/bytes.js';
import type { AnalysisContext, Location } from '../context.js';
import { describeCode, judgeCode } from '../marshal/code-judge.js';
import { codeObjects, readMarshal } from '../../readers/marshal/marshal.js';

/** Bytes of code read; functions have some hundreds. */
const CODE_LIMIT = 4 * 1024 * 1024;

export async function analyseMarshal(source: ByteSource, place: Location, job: AnalysisContext): Promise<void> {
  const { values } = readMarshal(await source.read(0, CODE_LIMIT));
  // The format is detected by a few bytes: most often the content is something else.
  for (const value of values) {
    if (codeObjects(value).length === 0) continue;
    const judged = judgeCode(value);
    const words = describeCode(judged);
    const subject = `The file carries compiled Python code: ${words}`;
    job.add({
      rule: judged.dangers.length > 0 ? 'STATIC-PICKLE-BYTECODE-DANGER' : 'STATIC-PICKLE-BYTECODE',
      place,
      key: words,
      subject,
      evidence: [{ offset: 0, text: words }],
    });
  }
}

/** The process that reads models; wiring only. It is started and ended by a `StaticPool`. */
import { writeSync } from 'node:fs';
import { ANSWERS, frame } from './scan/frames.js';
import { answer, failure, type StaticRequest, type StaticResponse } from './scan/static-job.js';

/** What somebody who waits is not told before the reader hangs or dies is lost: it is out when this returns. */
function tell(response: StaticResponse): void {
  const bytes = frame(response);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(ANSWERS, bytes, at);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) process.exit(1);
      Atomics.wait(NEVER, 0, 0, 1);
    }
  }
}
const NEVER = new Int32Array(new SharedArrayBuffer(4));

let current = 0;

process.on('message', (request: StaticRequest) => {
  current = request.id;
  void answer(request, tell).then(tell);
});
process.on('uncaughtException', (error) => {
  tell({ id: current, error: failure(error) });
  process.exit(1);
});
// A terminal sends Ctrl-C to everybody; who started this one decides what becomes of it.
process.on('SIGINT', () => undefined);

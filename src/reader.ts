/** The process that reads models; wiring only. It is started and ended by a `StaticPool`. */
import { writeSync } from 'node:fs';
import * as modules from 'node:module';
import { ANSWERS, frame } from './scan/frames.js';
import { answer, failure, type StaticRequest, type StaticResponse } from './scan/static-job.js';

/** A message that is not written before the reader process hangs or dies is lost, so it has been written when this returns. */
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
let isKept = false;

/** V8 writes what it compiled when a process ends by itself, which readers do not; Node has the call from 22.10 on. */
function keepCompiled(): void {
  if (isKept) return;
  isKept = true;
  if ('flushCompileCache' in modules) modules.flushCompileCache();
}

process.on('message', (request: StaticRequest) => {
  current = request.id;
  void answer(request, tell).then(tell).then(keepCompiled);
});
process.on('uncaughtException', (error) => {
  tell({ id: current, error: failure(error) });
  process.exit(1);
});
// A terminal sends Ctrl-C to every process of the group; the process that started this one decides when it ends.
process.on('SIGINT', () => undefined);

/** A thread that reads models; wiring only. */
import { parentPort } from 'node:worker_threads';
import { answer, type StaticRequest } from './scan/static-job.js';

parentPort?.on('message', (request: StaticRequest) => {
  void answer(request).then((response) => parentPort?.postMessage(response));
});

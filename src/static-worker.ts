/** A thread that reads models; wiring only. */
import { parentPort } from 'node:worker_threads';
import { answer, type StaticRequest, type StaticResponse } from './scan/static-job.js';

const tell = (response: StaticResponse): void => parentPort?.postMessage(response);

parentPort?.on('message', (request: StaticRequest) => {
  void answer(request, tell).then(tell);
});

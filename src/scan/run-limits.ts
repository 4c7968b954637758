/** The limits that ended a run early, and the coverage gaps that follow, in sentences. Pure. */
import type { BoundedSettings } from '../docker/host-bounds.js';
import type { SandboxResult } from '../docker/sandbox.js';
import { escapeAndCut } from '../core/escape.js';
import type { LimitHit } from '../core/schema.js';

export function limitsOf(
  result: SandboxResult,
  settleExpired: boolean,
  { settings, reasons }: BoundedSettings,
): LimitHit[] {
  const limits: LimitHit[] = [];
  if (result.end === 'timeout') {
    limits.push({
      limit: 'time',
      text: `The model was not done after ${settings.timeout} seconds (setting timeout), and was stopped. \`--timeout\` with more gives it time to come to its end.`,
    });
  }
  if (result.end === 'trace-limit') {
    limits.push({
      limit: 'trace',
      text: `The model made more than ${settings.traceLimit} MiB of system-call trace (setting traceLimit), and was stopped: what would have come after it was not seen. \`--trace-limit\` with more shows it.`,
    });
  }
  if (settleExpired) {
    limits.push({
      limit: 'settle',
      text: `Processes of the model still ran ${settings.settle} seconds after its own had ended (setting settle), and were stopped.`,
    });
  }
  if (result.outOfMemory > 0) {
    limits.push({
      limit: 'memory',
      text: `The kernel ended ${result.outOfMemory === 1 ? 'a process' : `${result.outOfMemory} processes`} because the model used more than ${settings.memory} MiB (setting memory). ${reasons.get('memory') ?? '`--memory` with more gives it room.'}`,
    });
  }
  if (result.omittedBytes > 0) {
    limits.push({ limit: 'output', text: `The model printed ${result.omittedBytes} bytes more than are kept.` });
  }
  if (result.network.omitted > 0) {
    limits.push({
      limit: 'output',
      text: `The model began ${result.network.omitted} conversations more than are kept.`,
    });
  }
  return limits;
}

function restGaps({ rest: { ended, waiting } }: SandboxResult): string[] {
  if (ended === 'busy')
    return [
      'Threads or processes of the model were still at work when the sandbox had waited long for them to come to rest.',
    ];
  if (ended === 'cut') return ['The wait for what the model set for later was cut short.'];
  return waiting === 0
    ? []
    : [`The model waits for ${waiting === 1 ? 'a moment' : `${waiting} moments`} too far ahead to be waited for.`];
}

export function gapsOf(result: SandboxResult, settleExpired: boolean, mainEnded: boolean): string[] {
  const gaps: string[] = [];
  if (result.end === 'message-limit')
    gaps.push('The sandbox said more than it is made to say, and was ended: what it said is not to be believed.');
  else if (result.end === 'lost') gaps.push('The sandbox ended in the middle of the run, so the trace is not whole.');
  else if (result.end === 'finished' && !mainEnded)
    gaps.push("The trace ends before the model's process does: the tracer was lost.");
  else if (result.end === 'stopped' && !settleExpired) gaps.push('The run was stopped before it was done.');
  if (!result.witness.complete && result.end !== 'lost' && result.end !== 'message-limit')
    gaps.push(
      'The kernel could not tell the sandbox of all that was done with files (inotify), so the trace could not be held against it.',
    );
  gaps.push(...restGaps(result));
  if (!result.network.complete)
    gaps.push('The network of the sandbox went away in the middle of the run, so what was said on it is not known.');
  if (result.tracerMessages.trim() !== '')
    gaps.push(`The tracer reported: ${escapeAndCut(result.tracerMessages.trim(), 300)}`);
  return gaps;
}

/** Every traced call on its own, in plain words: the process, the act, its object and the result. */
import { escapeAndCut } from '../core/escape.js';
import { STARTS_PROCESS, type SignalEvent, type SyscallEvent, type TraceEvent } from '../trace/events.js';
import type { ProcessTable } from '../trace/processes.js';
import { printValue, shown } from './args.js';
import { FILES } from './phrases/files.js';
import { NETWORK } from './phrases/network.js';
import { Call, type Phrase } from './phrases/phrase.js';
import { PROCESSES } from './phrases/processes.js';
import { RESOURCES } from './phrases/resources.js';
import { RIGHTS } from './phrases/rights.js';
import { SKIPPED_SLEEPS } from './syscalls.js';
import { errorSentence, signalWords } from './errors-and-signals.js';

/**
 * *PID 28 tries to connect to 192.168.1.5 port 8080 over TCP. Interrupted (ERESTARTSYS).* The table, if there is one, makes
 * relative paths whole and names what a descriptor stands for. The text is escaped and fit to be shown.
 */
export function explainEvent(event: TraceEvent, table?: ProcessTable): string {
  const who = `PID ${event.pid}`;
  switch (event.kind) {
    case 'syscall':
      return `${who} ${explainCall(event, table)}. ${resultSentence(event)}`;
    case 'signal':
      return `${who} receives ${signalWords(shown(event.signal))}${signalOrigin(event)}.`;
    case 'exit':
      return event.code === 0 ? `${who} ends normally.` : `${who} ends with exit code ${event.code}.`;
    case 'killed':
      return `${who} is killed by ${signalWords(shown(event.signal))}${event.coreDumped ? ' and leaves a core dump' : ''}.`;
    case 'notice':
      return `Remark of the tracer: ${escapeAndCut(event.text, 200)}`;
    case 'unparsed':
      return `A line that cannot be read: ${escapeAndCut(event.text, 200)}`;
  }
}

/** *opens /etc/shadow for reading*: the call without process and result. */
export function explainCall(event: SyscallEvent, table?: ProcessTable): string {
  const call = new Call(event, table);
  return (PHRASES.get(event.name) ?? anyCall)(call);
}

/** How a call ended, one sentence. */
export function resultSentence(event: SyscallEvent): string {
  const { result } = event;
  if (event.injected && result.kind === 'ok' && isSleep(event.name)) return 'The sandbox skipped the wait.';
  if (event.injected && result.kind === 'error') return `The sandbox refused it (${shown(result.errno)}).`;
  switch (result.kind) {
    case 'ok':
      if (event.injected) return 'The sandbox answered in place of the system.';
      return STARTS_PROCESS.has(event.name) && result.value > 0 ? `Its PID is ${result.value}.` : 'It worked.';
    case 'error':
      return errorSentence(shown(result.errno), shown(result.message).toLowerCase());
    case 'interrupted':
      return `Interrupted (${shown(result.errno)}).`;
    case 'none':
      return 'The call did not return.';
    case 'unfinished':
      return 'It was still under way when the trace ended.';
  }
}

const isSleep = (name: string): boolean => (SKIPPED_SLEEPS as readonly string[]).includes(name);

/** Name and arguments, for a call that has no words of its own. */
const anyCall: Phrase = (call) => {
  const args = call.event.args.map(printValue);
  const name = shown(call.event.name);
  return args.length === 0 ? `makes the system call ${name}` : `makes the system call ${name} with ${args.join(', ')}`;
};

/** Keyed by system call; a call that is not here gets the general sentence. */
const PHRASES: ReadonlyMap<string, Phrase> = new Map([...PROCESSES, ...FILES, ...NETWORK, ...RIGHTS, ...RESOURCES]);

function signalOrigin(event: SignalEvent): string {
  const sender = event.info['si_pid'];
  const call = event.info['si_syscall'];
  const address = event.info['si_addr'];
  if (event.signal === 'SIGSYS' && call !== undefined) return `: the call ${shown(call)} is forbidden`;
  if (event.signal === 'SIGCHLD' && sender !== undefined) return `: process ${shown(sender)}`;
  if (event.info['si_code'] === 'SI_USER' && sender !== undefined) return ` from process ${shown(sender)}`;
  return address === undefined ? '' : ` at address ${shown(address)}`;
}

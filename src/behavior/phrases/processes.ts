/** Calls that start, signal and end processes. */
import { argvOf, cloneFlagsOf, commandLine, shown } from '../args.js';
import { type Call, type Phrase, type Phrases, say } from './phrase.js';

const START: Phrase = (call) => {
  const isAt = call.event.name === 'execveat';
  const argv = argvOf(call.arg(isAt ? 2 : 1));
  const program = isAt ? call.path(1, 0) : call.path(0);
  const rest = argv.length <= 1 ? 'without arguments' : `with the arguments ${commandLine(argv, 400)}`;
  return `starts the program ${program} ${rest}`;
};

const CLONE: Phrase = (call) => {
  const flags = cloneFlagsOf(call.event);
  const spaces = flags.filter((flag) => flag.startsWith('CLONE_NEW'));
  const extra = [
    ...(spaces.length > 0 ? [`in namespaces of its own (${shown(spaces.join(', '))})`] : []),
    ...(flags.includes('CLONE_UNTRACED') ? ['hidden from any tracer (CLONE_UNTRACED)'] : []),
  ];
  const what = flags.includes('CLONE_THREAD') ? 'a thread' : 'a child process';
  return ['starts', what, ...extra].join(' ');
};

const FORK: Phrase = () => 'starts a child process';
const SIGNAL_WORDS = (signal: string): string => (signal === '0' ? 'no signal, only a question (0)' : signal);

const kill =
  (signalIndex: number, target: (call: Call) => string): Phrase =>
  (call) =>
    `sends ${SIGNAL_WORDS(call.printed(signalIndex))} to ${target(call)}`;

const KILL_TARGET = (call: Call): string => {
  const target = call.number(0);
  if (target === undefined) return call.printed(0);
  if (target === 0) return 'every process of its group';
  if (target === -1) return 'every process it can reach';
  return target < 0 ? `the process group ${-target}` : `process ${target}`;
};

export const PROCESSES: Phrases = [
  ['execve', START],
  ['execveat', START],
  ['clone', CLONE],
  ['clone3', CLONE],
  ['fork', FORK],
  ['vfork', FORK],
  ['wait4', (call) => (call.number(0) === -1 ? 'waits for a child' : `waits for process ${call.printed(0)}`)],
  ['waitid', say('waits for a child')],
  ['kill', kill(1, KILL_TARGET)],
  ['tkill', kill(1, (call) => `thread ${call.printed(0)}`)],
  ['tgkill', kill(2, (call) => `thread ${call.printed(1)} of process ${call.printed(0)}`)],
  ['rt_sigqueueinfo', kill(1, KILL_TARGET)],
  ['rt_tgsigqueueinfo', kill(2, (call) => `thread ${call.printed(1)} of process ${call.printed(0)}`)],
  ['pidfd_open', (call) => `takes hold of process ${call.printed(0)}`],
  ['pidfd_send_signal', kill(1, (call) => `the process behind ${call.file(0)}`)],
  ['pidfd_getfd', (call) => `takes an open file out of the process behind ${call.file(0)}`],
  ['exit', (call) => `ends with exit code ${call.printed(0)}`],
  ['exit_group', (call) => `ends with exit code ${call.printed(0)}`],
  ['setsid', say('leaves its session, so that it lives on without its parent')],
  ['setpgid', say('changes its process group')],
];

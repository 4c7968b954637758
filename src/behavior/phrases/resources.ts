/** Calls that wait, and those that change limits and priorities. */
import { fieldOf, printValue, secondsOf } from '../args.js';
import { type Call, type Phrase, type Phrases, say } from './phrase.js';

const seconds =
  (what: string, index: number): Phrase =>
  (call) => {
    const time = secondsOf(call.arg(index)) ?? call.number(index);
    return time === undefined ? what : `${what} ${duration(time)}`;
  };

/** `0.5 seconds`, `1 second`, `3600 seconds` */
function duration(time: number): string {
  return time === 1 ? '1 second' : `${Number(time.toFixed(3))} seconds`;
}

function isAbsolute(call: Call): boolean {
  return call.flags(1).includes('TIMER_ABSTIME');
}

const POLL: Phrase = (call) => {
  const time = call.event.name === 'poll' ? milliseconds(call.number(2)) : secondsOf(call.arg(2));
  return time === undefined ? 'waits for something to happen' : `waits up to ${duration(time)} for something to happen`;
};

const SELECT: Phrase = (call) => {
  const time = secondsOf(call.arg(4));
  return time === undefined ? 'waits for something to happen' : `waits up to ${duration(time)} for something to happen`;
};

function milliseconds(time: number | undefined): number | undefined {
  return time === undefined || time < 0 ? undefined : time / 1000;
}

const LIMIT: Phrase = (call) => {
  const isOld = call.event.name === 'setrlimit';
  const who = !isOld && call.number(0) !== 0 ? ` of process ${call.printed(0)}` : '';
  const name = call.printed(isOld ? 0 : 1);
  const value = call.arg(isOld ? 1 : 2);
  if (value?.type !== 'struct') return `reads the limit ${name}${who}`;
  return `sets the limit ${name}${who} to ${printValue(fieldOf(value, 'rlim_cur') ?? value)}`;
};

function targetName(call: Call): string {
  return call.number(0) === 0 ? 'it' : `process ${call.printed(0)}`;
}

export const RESOURCES: Phrases = [
  // Time
  ['nanosleep', seconds('sleeps for', 0)],
  ['clock_nanosleep', (call) => seconds(isAbsolute(call) ? 'sleeps until the clock reads' : 'sleeps for', 2)(call)],
  ['alarm', seconds('sets an alarm in', 0)],
  ['setitimer', seconds('sets a timer to', 1)],
  ['timer_create', say('makes a timer')],
  ['timer_settime', seconds('sets a timer to', 2)],
  ['timerfd_create', say('makes a timer')],
  ['timerfd_settime', seconds('sets a timer to', 2)],
  ['pause', say('waits for a signal')],
  ['poll', POLL],
  ['ppoll', POLL],
  ['select', SELECT],
  ['pselect6', SELECT],
  // Resources
  ['setrlimit', LIMIT],
  ['prlimit64', LIMIT],
  ['sched_setaffinity', (call) => `chooses the processors that ${targetName(call)} runs on`],
  ['sched_setscheduler', (call) => `changes how ${targetName(call)} is scheduled`],
  ['sched_setattr', (call) => `changes how ${targetName(call)} is scheduled`],
  ['setpriority', (call) => `changes its priority to ${call.printed(2)}`],
  ['ioprio_set', say('changes its priority for disk access')],
];

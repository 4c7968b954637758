/** Traces for the tests: lines as strace prints them, around a run that is otherwise harmless. */
import type { BehaviorResult, RunContext } from '../../src/behavior/behavior-analysis.js';
import { createAnalysis } from '../../src/behavior/analysis.js';
import { RECORD_PREFIX, type ChannelRecord } from '../../src/behavior/channel.js';
import { TraceParser } from '../../src/trace/parser.js';
import type { TraceEvent } from '../../src/trace/events.js';

export const NONCE = 'b91f0c';

/** The value of the one canary; rule examples use it, too. */
export const SECRET = 'hf_q7Zt0Kx9Lw3Rb8Vy2Mn5HcJd4Ps6TgFa1E';

export const CONTEXT: RunContext = {
  modelPath: '/model/model.pkl',
  nonce: NONCE,
  scratch: ['/tmp', '/dev/shm'],
  home: '/home/model',
  baseline: new Map(),
  globals: [],
  canaries: [
    { name: 'a Hugging Face token', path: '/home/model/.cache/huggingface/token', values: [SECRET], document: false },
    ...['1', '2', '3'].map((name) => ({
      name: 'a personal document',
      path: `/home/model/Documents/${name}.txt`,
      values: [],
      document: true,
    })),
  ],
  limits: { nofile: 256, pids: 64, scratchMiB: 16, memoryMiB: 512 },
};

export function parse(lines: readonly string[]): TraceEvent[] {
  const parser = new TraceParser();
  const events = parser.push(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  return [...events, ...parser.end()];
}

/** The call that writes a record, as the runner makes it. */
export function record(content: ChannelRecord | Record<string, unknown>, pid = 100): string {
  const text = `${RECORD_PREFIX}${NONCE} ${JSON.stringify(content)}\n`;
  const printed = text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
  return `${pid} write(3<pipe:[7]>, "${printed}", ${text.length}) = ${text.length}`;
}

/** A record that the director wrote, and the call that seals it. */
export function sealed(content: ChannelRecord | Record<string, unknown>, pid = 100): string[] {
  return [`${pid} prctl(0x64796e73 /* PR_??? */, 0x1, 0, 0, 0) = -1 EINVAL (Invalid argument)`, record(content, pid)];
}

export const BEFORE = [
  '100 execve("/usr/bin/python3", ["/usr/bin/python3", "-I", "-B", "/opt/dynscan/runner.py"], ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/home/model"]) = 0',
  '100 openat(AT_FDCWD</tmp>, "/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY|O_CLOEXEC) = 5</usr/lib/x86_64-linux-gnu/libc.so.6>',
  record({ k: 'phase', phase: 'import' }),
  '100 openat(AT_FDCWD</tmp>, "/usr/lib/python3.13/pickle.py", O_RDONLY|O_CLOEXEC) = 5</usr/lib/python3.13/pickle.py>',
  record({ k: 'phase', phase: 'load' }),
  '100 openat(AT_FDCWD</tmp>, "/model/model.pkl", O_RDONLY|O_CLOEXEC) = 5</model/model.pkl>',
];

export const AFTER = [
  record({ k: 'loaded', type: 'builtins.dict' }),
  record({ k: 'phase', phase: 'use' }),
  record({ k: 'used', what: 'show it (repr)', ok: true }),
  record({ k: 'phase', phase: 'collect' }),
  record({ k: 'phase', phase: 'exit' }),
  record({ k: 'done' }),
];

export const END = '100 +++ exited with 0 +++';

/** The whole run, with `lines` in its load phase. */
export function run(
  lines: readonly string[],
  context: Partial<RunContext> = {},
  after = [...AFTER, END],
): BehaviorResult {
  return analyse([...BEFORE, ...lines, ...after], context);
}

export function analyse(lines: readonly string[], context: Partial<RunContext> = {}): BehaviorResult {
  const analysis = createAnalysis({ ...CONTEXT, ...context });
  for (const event of parse(lines)) analysis.push(event);
  return analysis.finish();
}

export function rulesOf(result: BehaviorResult): string[] {
  return result.findings.map((finding) => finding.rule);
}

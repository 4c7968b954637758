/** `dynscan explain`: a log made anywhere with `strace -f`, call by call in words, and then what the rules find in it. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import type { Readable } from 'node:stream';
import pc from 'picocolors';
import { createAnalysis } from '../behavior/analysis.js';
import type { BehaviorResult, RunContext } from '../behavior/behavior-analysis.js';
import { RECORD_PREFIX } from '../behavior/channel.js';
import type { ChannelRecord } from '../behavior/channel.js';
import { explainEvent } from '../behavior/explain.js';
import { DEFAULT_SETTINGS } from '../config/settings.js';
import { escapeText } from '../core/escape.js';
import { formatJson } from '../report/json.js';
import type { Finding } from '../core/schema.js';
import { formatActs } from '../report/text-details.js';
import { TOOL_NAME, TOOL_VERSION } from '../core/tool.js';
import { throwIfCancelled, UsageError } from '../core/user-error.js';
import type { SyscallEvent, TraceEvent, TraceStatistics } from '../trace/events.js';
import { TraceParser } from '../trace/parser.js';
import { ProcessTable } from '../trace/processes.js';
import { FOUND, isFound, NOTHING_FOUND, NOT_COMPLETED } from './exit-code.js';
import { wantsColor, widthOf, writeText } from './io.js';
import type { Io } from './io.js';
import { settingsFrom } from './settings.js';
import type { Flags } from './settings.js';

export interface ExplainOptions extends Flags {
  readonly format: 'text' | 'json';
}

export const EXPLAIN_SCHEMA = 'dynscan-explain/1';

/** `file` may be `-` for standard input. The log is read as a stream: its length does not matter. */
export async function runExplain(file: string, options: ExplainOptions, io: Io, signal: AbortSignal): Promise<number> {
  const { settings } = await settingsFrom(options, io.cwd);
  const explanation = new Explanation();
  const printer = options.format === 'json' ? new JsonPrinter() : new TextPrinter(io);
  let text = printer.begin();
  for await (const chunk of readLog(file, io, signal)) {
    text += explanation
      .read(chunk)
      .map((line) => printer.line(line))
      .join('');
    if (text !== '') await writeText(io.stdout, text);
    text = '';
  }
  const { lines, summary } = explanation.end();
  await writeText(io.stdout, text + lines.map((line) => printer.line(line)).join('') + printer.end(summary));
  if (isFound(summary.findings, settings.severity)) return FOUND;
  return summary.gaps.length > 0 ? NOT_COMPLETED : NOTHING_FOUND;
}

interface ExplainedLine {
  readonly line: number;
  readonly pid: number;
  readonly time: number | undefined;
  readonly text: string;
}

interface Summary extends Pick<BehaviorResult, 'findings' | 'processes' | 'conversations' | 'gaps'> {
  readonly statistics: TraceStatistics;
}

class Explanation {
  private readonly nonce = randomUUID();
  private readonly parser = new TraceParser();
  private readonly table = new ProcessTable();
  private readonly analysis = createAnalysis(contextOfLog(this.nonce));
  private begun = false;

  read(chunk: Uint8Array): ExplainedLine[] {
    return this.parser.push(chunk).map((event) => this.take(event));
  }

  end(): { readonly lines: readonly ExplainedLine[]; readonly summary: Summary } {
    const lines = this.parser.end().map((event) => this.take(event));
    const { findings, processes, conversations, gaps } = this.analysis.finish();
    const { statistics } = this.parser;
    const summary = {
      // The phases are those of a sandbox run, which this was not.
      findings: findings.map(withoutPhase),
      processes,
      conversations,
      gaps: statistics.events === 0 ? ['There is no line of strace in the log.', ...gaps] : gaps,
      statistics,
    };
    return { lines, summary };
  }

  private take(event: TraceEvent): ExplainedLine {
    this.table.push(event);
    this.analyse(event);
    return { line: event.line, pid: event.pid, time: event.time, text: explainEvent(event, this.table) };
  }

  /**
   * In a sandbox the runner says when it is ready, and acts before that are not the model's. A log has no such record: everything but the start of
   * the traced program itself counts.
   */
  private analyse(event: TraceEvent): void {
    if (this.begun || event.kind !== 'syscall') {
      this.analysis.push(event);
      return;
    }
    this.begun = true;
    const begin = recordEvent({ k: 'phase', phase: 'load' }, event, this.nonce);
    const order = event.name === 'execve' ? [event, begin] : [begin, event];
    for (const next of order) this.analysis.push(next);
  }
}

function withoutPhase(finding: Finding): Finding {
  const copy = { ...finding };
  delete copy.phase;
  return copy;
}

/** The event that a runner's record makes in the trace, see behavior/channel.ts. */
function recordEvent(record: ChannelRecord, { line, pid, time }: TraceEvent, nonce: string): SyscallEvent {
  const text = `${RECORD_PREFIX}${nonce} ${JSON.stringify(record)}\n`;
  return {
    kind: 'syscall',
    line,
    pid,
    time,
    text: '',
    name: 'write',
    args: [
      { type: 'fd', fd: 3, path: 'pipe:[0]', deleted: false },
      { type: 'string', text, truncated: false },
    ],
    result: { kind: 'ok', value: text.length },
    injected: false,
  };
}

/** A log does not say which file was loaded, or whose machine it was made on. */
function contextOfLog(nonce: string): RunContext {
  return {
    modelPath: '',
    nonce,
    scratch: ['/tmp', '/var/tmp', '/dev/shm'],
    home: '/home',
    baseline: new Map(),
    globals: [],
    canaries: [],
    limits: {
      nofile: DEFAULT_SETTINGS.nofile,
      pids: DEFAULT_SETTINGS.pids,
      scratchMiB: DEFAULT_SETTINGS.scratch,
      memoryMiB: DEFAULT_SETTINGS.memory,
    },
  };
}

async function* readLog(file: string, io: Io, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stream = file === '-' ? io.stdin : await openLog(resolve(io.cwd, file));
  try {
    for await (const chunk of addAbortSignal(signal, stream)) yield chunk as Uint8Array;
  } catch (error) {
    throwIfCancelled(signal);
    throw unreadable(file, error);
  }
}

/** Opening a FIFO without a writer would wait for ever, and no interrupt could end that. */
async function openLog(path: string): Promise<Readable> {
  const info = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (info.isFile()) return createReadStream(path, { highWaterMark: 1 << 18 });
  throw new UsageError(
    `The log ${escapeText(path)} is not a regular file. What a pipe brings can be read from standard input: ` +
      `${TOOL_NAME} explain - < PIPE`,
  );
}

function unreadable(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new UsageError(`The log ${escapeText(file)} cannot be read: ${escapeText(error.message)}`);
}

/** How the log is printed while it is read. */
interface Printer {
  begin(): string;
  line(line: ExplainedLine): string;
  end(summary: Summary): string;
}

class TextPrinter implements Printer {
  private readonly color: boolean;
  private readonly width: number;

  constructor(io: Io) {
    this.color = wantsColor(io, io.stdout);
    this.width = widthOf(io, io.stdout);
  }

  begin(): string {
    return '';
  }

  line({ line, text }: ExplainedLine): string {
    return `${pc.createColors(this.color).dim(String(line).padStart(5))}  ${text}\n`;
  }

  end(summary: Summary): string {
    const { statistics, gaps, findings } = summary;
    const acts = formatActs(summary, { color: this.color, width: this.width });
    const counts = `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} in ${statistics.lines} lines.`;
    return `\n${acts}${acts === '' ? '' : '\n'}${[counts, ...gaps.map(escapeText)].join(' ')}\n`;
  }
}

/** One JSON document, written piece by piece. */
class JsonPrinter implements Printer {
  private isFirst = true;

  begin(): string {
    const head = { schema: EXPLAIN_SCHEMA, tool: { name: TOOL_NAME, version: TOOL_VERSION } };
    return `${formatJson(head).trimEnd().slice(0, -2)},\n  "events": [`;
  }

  line(line: ExplainedLine): string {
    const separator = this.isFirst ? '\n' : ',\n';
    this.isFirst = false;
    return `${separator}    ${formatJson(line, 0).trimEnd()}`;
  }

  end({ statistics, ...summary }: Summary): string {
    const { lines, bytes, unparsed, unparsedExamples } = statistics;
    const rest = formatJson({ ...summary, trace: { lines, bytes, unparsed, unparsedExamples } });
    return `\n  ],${rest.slice(1)}`;
  }
}

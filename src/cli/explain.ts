/** `dynscan explain`: what the rules find in a log made anywhere with `strace -f`, and each call of it in words. */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pc from 'picocolors';
import { createAnalysis } from '../behavior/analysis.js';
import type { BehaviorResult, RunContext } from '../behavior/behavior-analysis.js';
import { RECORD_PREFIX } from '../behavior/channel.js';
import type { ChannelRecord } from '../behavior/channel.js';
import { explainEvent } from '../behavior/explain.js';
import { DEFAULT_SETTINGS } from '../config/settings.js';
import { escapeText } from '../core/escape.js';
import { REPORT_SCHEMA, type Finding, type ScanReport } from '../core/schema.js';
import { worstFirst } from '../core/terms.js';
import { TOOL_NAME, TOOL_VERSION } from '../core/tool.js';
import { throwIfCancelled, UsageError } from '../core/user-error.js';
import { conclude } from '../core/verdict.js';
import { formatFile, type FileFormat } from '../report/files.js';
import { formatJson, makeDocument } from '../report/json.js';
import { formatText } from '../report/text.js';
import type { SyscallEvent, TraceEvent, TraceStatistics } from '../trace/events.js';
import { TraceParser } from '../trace/parser.js';
import { ProcessTable } from '../trace/processes.js';
import { exitCodeOf, type FailOn } from './exit-code.js';
import { wantsColor, widthOf, writeText } from './io.js';
import type { Io } from './io.js';
import { settingsFrom } from './settings.js';
import type { Flags } from './settings.js';

export interface ExplainOptions extends Flags {
  readonly format: 'text' | FileFormat;
  readonly details?: boolean;
  readonly failOn?: FailOn;
}

export const EXPLAIN_SCHEMA = 'dynscan-explain/1';

/** `file` may be `-` for standard input. The log is read as a stream: its length does not matter. */
export async function runExplain(file: string, options: ExplainOptions, io: Io, signal: AbortSignal): Promise<number> {
  const { settings } = await settingsFrom(options, io.cwd);
  const { format, details, failOn = settings.severity } = options;
  const log = file === '-' && format === 'text' && details === true ? await Spool.of(io.stdin, signal) : undefined;
  try {
    const read = (): AsyncIterable<Uint8Array> => readLog(log?.path ?? file, io, signal);
    const began = new Date();
    const printer = format === 'json' ? new JsonPrinter() : undefined;
    if (printer) await writeText(io.stdout, printer.begin());
    const summary = await explained(read(), async (lines) => {
      if (printer) await writeText(io.stdout, lines.map((line) => printer.line(line)).join(''));
    });
    const document = makeDocument([reportOf(file, summary, began)]);
    const exitCode = exitCodeOf(document, failOn);
    if (printer) await writeText(io.stdout, printer.end(summary));
    else if (format !== 'text') await writeText(io.stdout, formatFile(document, format));
    else {
      const terminal = { color: wantsColor(io, io.stdout), width: widthOf(io, io.stdout) };
      const { lines } = summary.statistics;
      const text = formatText(document, { ...terminal, severity: settings.severity, details });
      const more = details === true ? '' : ': --details explains each call';
      await writeText(io.stdout, `${text}${lines} lines${more}\n`);
      // What was found comes before what may be a million lines.
      const { dim } = pc.createColors(terminal.color);
      if (details === true)
        await explained(read(), (lines) =>
          writeText(io.stdout, lines.map(({ line, text }) => `${dim(String(line).padStart(5))}  ${text}\n`).join('')),
        );
    }
    return exitCode;
  } finally {
    await log?.remove();
  }
}

/** Reads the whole log, and gives its calls in words as they come. */
async function explained(
  log: AsyncIterable<Uint8Array>,
  write: (lines: readonly ExplainedLine[]) => Promise<void>,
): Promise<Summary> {
  const explanation = new Explanation();
  for await (const chunk of log) {
    const lines = explanation.read(chunk);
    if (lines.length > 0) await write(lines);
  }
  const { lines, summary } = explanation.end();
  if (lines.length > 0) await write(lines);
  return summary;
}

/** Standard input is read once, and its calls are told after what was found in it. */
class Spool {
  private constructor(
    private readonly folder: string,
    readonly path: string,
  ) {}

  static async of(stdin: Readable, signal: AbortSignal): Promise<Spool> {
    const folder = await mkdtemp(join(tmpdir(), 'dynscan-explain-'));
    const spool = new Spool(folder, join(folder, 'log'));
    try {
      await pipeline(stdin, createWriteStream(spool.path, { mode: 0o600 }), { signal });
    } catch (error) {
      await spool.remove();
      throwIfCancelled(signal);
      throw error;
    }
    return spool;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** The log as a model is reported, of which only the run is known. */
function reportOf(
  file: string,
  { findings, processes, conversations, gaps, statistics }: Summary,
  began: Date,
): ScanReport {
  const coverage = {
    gaps: gaps.map((text) => ({ kind: 'dynamic' as const, text })),
    ifClean: 'The log was read to its end, and nothing in it stood out.',
  };
  const { lines, bytes, unparsed, unparsedExamples } = statistics;
  return {
    schema: REPORT_SCHEMA,
    tool: { name: TOOL_NAME, version: TOOL_VERSION },
    model: { path: file === '-' ? 'standard input' : file, format: 'strace log', size: bytes },
    started: began.toISOString(),
    ...conclude(coverage, findings),
    coverage,
    engines: [{ engine: 'dynamic', status: gaps.length > 0 ? 'incomplete' : 'completed', reasons: [...gaps] }],
    findings: findings.toSorted(worstFirst),
    load: { outcome: 'not-run' },
    processes: [...processes],
    timeline: [],
    timelineOmitted: 0,
    conversations: [...conversations],
    limits: [],
    output: { stdout: '', stderr: '', omittedBytes: 0 },
    trace: { lines, bytes, unparsed, unparsedExamples: [...unparsedExamples] },
    durations: {},
  };
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

/** One JSON document, written piece by piece. */
class JsonPrinter {
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

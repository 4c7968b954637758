/**
 * Progress on standard error while the user waits: one line that updates itself on a terminal, a line now and then elsewhere, nothing when quiet.
 */
import { performance } from 'node:perf_hooks';
import pc from 'picocolors';
import wrapAnsi from 'wrap-ansi';
import { escapeAndCut } from '../core/escape.js';
import { headlineOf } from '../core/headline.js';
import type { ScanReport } from '../core/schema.js';
import { formatSeconds } from '../report/terminal.js';
import { SHOWN } from '../report/text.js';
import type { ScanEvent, ScanStage } from '../scan/scan-request.js';
import type { Output } from './io.js';

/** Without a terminal, the same stage of a model says something again after this time. Milliseconds. */
const PLAIN_INTERVAL = 15_000;
/** How often the line on a terminal is drawn at most, and at least. Milliseconds. */
const REDRAW_SOONEST = 80;
const REDRAW_LATEST = 1000;

/** Characters of the bar. */
const BAR = 10;

const CLEAR_LINE = '\r\u001b[2K';

interface ModelProgress {
  readonly path: string;
  readonly nth: number;
  readonly total: number;
  readonly began: number;
  stage?: ScanStage;
  message: string;
  findings: number;
  saidAt: number;
}

export interface ProgressOptions {
  readonly quiet: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** For lines that stay on a terminal. */
  readonly color?: boolean;
  /** The report as the user decided about it. */
  readonly triage?: (report: ScanReport) => ScanReport;
}

export class Progress {
  private readonly jobs = new Map<string, ModelProgress>();
  private readonly terminal: boolean;
  private readonly timer: NodeJS.Timeout | undefined;
  private started = 0;
  private ended = 0;
  private began = performance.now();
  private current: ModelProgress | undefined;
  private drawn = false;
  private drawnAt = -Infinity;

  constructor(
    private readonly output: Output,
    private readonly options: ProgressOptions,
  ) {
    this.terminal = output.isTTY === true && !options.quiet;
    if (this.terminal) {
      this.timer = setInterval(() => this.draw(), REDRAW_LATEST);
      this.timer.unref();
    }
  }

  event(event: ScanEvent): void {
    switch (event.type) {
      case 'started':
        this.begin(event.path, event.sidecar ? 0 : event.total);
        return;
      case 'progress':
        this.advance(event.path, event.stage, event.message, event.fraction);
        return;
      case 'finding': {
        const job = this.jobs.get(event.path);
        if (job !== undefined) job.findings = Math.max(job.findings, event.index + 1);
        this.drawSoon();
        return;
      }
      case 'log':
        this.note(event.message);
        return;
      case 'read':
        this.step(`read ${event.done} of ${event.total} models, the worst of them run first`);
        return;
      case 'found':
        this.began = performance.now();
        return;
      case 'opened':
      case 'trace':
      case 'stopped':
        return;
      case 'finished':
        this.end(event.path, event.report);
        return;
    }
  }

  /** A step that belongs to no model, as building an image. */
  step(message: string): void {
    this.current ??= { path: '', nth: 0, total: 0, began: performance.now(), message, findings: 0, saidAt: -Infinity };
    this.current.message = message;
    if (this.terminal) this.drawSoon();
    else this.sayNowAndThen(this.current);
  }

  /** A line that stays. */
  note(message: string): void {
    if (!this.options.quiet) this.always(escapeAndCut(message, 2000));
  }

  /** A line that stays, quiet or not; `line` must be safe to print. */
  always(line: string): void {
    this.clear();
    this.output.write(`${line}\n`);
  }

  /** Takes the line away. Call before anything else writes to the terminal. */
  stop(): void {
    clearInterval(this.timer);
    this.current = undefined;
    this.clear();
  }

  /** `total`: 0 for what is not counted. */
  private begin(path: string, total: number): void {
    if (total > 0) this.started += 1;
    const job = {
      path,
      nth: this.started,
      total,
      began: performance.now(),
      message: '',
      findings: 0,
      saidAt: -Infinity,
    };
    this.jobs.set(path, job);
    this.current = job;
    if (this.terminal) this.drawSoon();
    else this.note(describeJob(job));
  }

  private advance(path: string, stage: ScanStage, message: string, fraction: number | undefined): void {
    const job = this.jobs.get(path);
    if (job === undefined) return;
    const entered = job.stage !== stage;
    job.stage = stage;
    job.message = fraction === undefined ? message : `${message} ${Math.round(fraction * 100)} %`;
    this.current = job;
    if (entered) job.saidAt = -Infinity;
    if (this.terminal) this.drawSoon();
    else this.sayNowAndThen(job);
  }

  private end(path: string, scanned: ScanReport): void {
    const job = this.jobs.get(path);
    if (job === undefined) return;
    this.jobs.delete(path);
    if (job.total > 0) this.ended += 1;
    if (this.current === job) this.current = [...this.jobs.values()].at(-1);
    if (!this.terminal) {
      this.note(`${describeJob({ ...job, message: scanned.verdict })}, ${formatSeconds(secondsSince(job.began))}`);
      return;
    }
    if (job.total > 1) this.sayResult(path, this.options.triage?.(scanned) ?? scanned);
    this.draw();
  }

  /** What is not harmless stays on the terminal from the moment that it is known; of one model the report says it. */
  private sayResult(path: string, report: ScanReport): void {
    const { verdict } = report;
    if (verdict === 'clean') return;
    const { red, yellow, magenta } = pc.createColors(this.options.color === true);
    const paint = { malicious: red, suspicious: yellow, inconclusive: magenta }[verdict];
    const line = `${SHOWN[verdict].sign} ${escapeAndCut(path, 200)}  ${headlineOf(report).short}`;
    const [first = ''] = wrapAnsi(line, this.lineWidth, { hard: true, wordWrap: false }).split('\n');
    this.always(paint(first.slice(0, 1)) + first.slice(1));
  }

  private sayNowAndThen(job: ModelProgress): void {
    const now = performance.now();
    if (now - job.saidAt < PLAIN_INTERVAL) return;
    job.saidAt = now;
    this.note(describeJob(job));
  }

  private drawSoon(): void {
    if (performance.now() - this.drawnAt >= REDRAW_SOONEST) this.draw();
  }

  private draw(): void {
    if (!this.terminal) return;
    this.clear();
    if (this.current === undefined) return;
    const { began, findings, total } = this.current;
    const found = findings === 0 ? '' : `, ${findings} ${findings === 1 ? 'finding' : 'findings'} so far`;
    const doing = `${describeJob(this.current)}${found}, ${Math.round(secondsSince(began))} s`;
    const line = total > 1 ? `${this.bar(total)}  ${doing}` : doing;
    const [first = ''] = wrapAnsi(line, this.lineWidth, { hard: true, wordWrap: false }).split('\n');
    this.output.write(first);
    this.drawn = true;
    this.drawnAt = performance.now();
  }

  /** `━━━━──────  4/10 · 20 a minute · 18 s left` */
  private bar(total: number): string {
    const { ended } = this;
    const filled = Math.round((ended / total) * BAR);
    const bar = `${'━'.repeat(filled)}${'─'.repeat(BAR - filled)}  ${ended}/${total}`;
    const seconds = secondsSince(this.began);
    // The first ones say little about the rest.
    if (ended < 2 || seconds < 1) return bar;
    const left = Math.ceil(((total - ended) * seconds) / ended);
    return `${bar} · ${rateInWords(ended / seconds)} · ${left < 90 ? `${left} s` : `${Math.round(left / 60)} min`} left`;
  }

  /** One column short: a full line makes some terminals scroll. */
  private get lineWidth(): number {
    return Math.max(10, this.options.width - 1);
  }

  private clear(): void {
    if (!this.drawn) return;
    this.output.write(CLEAR_LINE);
    this.drawn = false;
  }
}

function rateInWords(perSecond: number): string {
  return perSecond >= 1 ? `${Math.round(perSecond)} a second` : `${Math.max(1, Math.round(perSecond * 60))} a minute`;
}

function describeJob({ path, nth, total, message }: ModelProgress): string {
  const head = path === '' ? '' : `${total > 1 ? `[${nth}/${total}] ` : ''}${escapeAndCut(path, 200)}`;
  return [head, escapeAndCut(message, 300)].filter((part) => part !== '').join(': ');
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}

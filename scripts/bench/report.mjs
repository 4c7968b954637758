/**
 * How long the report page takes to open with 10,000 events: `node scripts/bench/report.mjs`, figures as JSON on standard output.
 *
 * The page is the editor's own, minified, in Chromium, in a frame of a window that has the report, as in the editor, which itself is
 * not there: from the beginning of the frame's loading to the first picture with the report, what of that the thread was at work (which
 * a busy machine changes less), and from the click on a tab to the picture with what it holds.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { startBrowser } from '../../test/vscode/server.mjs';
import { ROOT } from '../lib/project.mjs';
import { ensureChromium } from '../lib/vscode.mjs';

const EVENTS = 10_000;
const FINDINGS = 40;
const RUNS = Number(process.env.DYNSCAN_BENCH_RUNS ?? 7);

/** The page with an editor's side that passes everything on. */
const PAGE = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><link rel="stylesheet" href="report.css"><title>r</title></head>
<body><main id="report"></main>
<script>
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))));
const acquireVsCodeApi = () => ({ getState: () => undefined, setState: () => undefined, postMessage: (message) => parent.postMessage(message) });
new MutationObserver(async (_, observer) => {
  observer.disconnect();
  await painted();
  parent.postMessage({ type: 'drawn' });
}).observe(document.getElementById('report'), { childList: true });
window.openTimeline = async () => {
  const start = performance.now();
  document.getElementById('timeline').click();
  while (!document.querySelector('.chart svg')) await painted();
  return Math.round((await painted()) - start);
};
</script>
<script src="report.js"></script></body></html>`;

const folder = await mkdtemp(join(tmpdir(), 'dynscan-bench-report-'));
const browser = await startBrowser(await ensureChromium());
const server = createServer();
try {
  const outfile = join(folder, 'report.js');
  const bundle = { bundle: true, format: 'iife', target: 'es2022', minify: true, logLevel: 'error' };
  await build({ ...bundle, entryPoints: [join(ROOT, 'webview/main.ts')], outfile });
  const files = {
    '/': ['text/html', around(report())],
    '/page': ['text/html', PAGE],
    '/report.js': ['text/javascript', await readFile(outfile, 'utf8')],
    '/report.css': ['text/css', await readFile(join(folder, 'report.css'), 'utf8')],
  };
  server.on('request', (request, response) => {
    const [type, body] = files[request.url] ?? ['text/plain', ''];
    response.setHeader('content-type', type).end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const opened = [];
  const worked = [];
  const timeline = [];
  for (let run = 0; run < RUNS; run += 1) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const before = await workOf(session);
    opened.push(await page.evaluate('open()'));
    worked.push(Math.round((await workOf(session)) - before));
    timeline.push(await page.evaluate('frame.contentWindow.openTimeline()'));
    await page.close();
  }
  const figures = {
    'open with 10,000 events, ms': median(opened),
    'of which work, ms': median(worked),
    'its timeline, ms': median(timeline),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true, force: true });
}

/** Milliseconds that the page's thread was at work so far. */
async function workOf(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * metrics.find(({ name }) => name === 'TaskDuration').value;
}

/** The window around the page, which has the report at hand, as the editor has. */
function around(page) {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>w</title>
<style>body { margin: 0 } iframe { border: 0; width: 1280px; height: 800px }</style></head>
<body><script>
const whole = JSON.parse(${JSON.stringify(JSON.stringify(page)).replaceAll('<', '\\u003c')});
const { timeline } = whole.report;
const page = { ...whole, report: { ...whole.report, timeline: [] }, calls: timeline.length };
const frame = document.createElement('iframe');
let started;
const opened = new Promise((done) => {
  window.addEventListener('message', ({ data }) => {
    if (data.type === 'ready') frame.contentWindow.postMessage({ type: 'show', page });
    if (data.type === 'timeline') frame.contentWindow.postMessage({ type: 'timeline', timeline });
    if (data.type === 'drawn') done(Math.round(performance.now() - started));
  });
});
const open = () => {
  started = performance.now();
  frame.src = '/page';
  document.body.append(frame);
  return opened;
};
</script></body></html>`;
}

function report() {
  const findings = Array.from({ length: FINDINGS }, (_, at) => ({
    ...{ rule: `DYN-BENCH-${at % 9}`, engine: at % 3 ? 'dynamic' : 'static', category: 'execution', phase: 'load' },
    severity: ['critical', 'high', 'medium', 'low', 'info'][at % 5],
    title: 'Runs a shell command',
    explanation: `PID ${at} runs /bin/sh -c id. It worked.`,
    evidence: Array.from({ length: 5 }, (_, line) => ({ text: `execve("/bin/sh", ["sh", "-c", "id"]) = 0`, line })),
    ...{ count: 5, attack: 'T1059', advice: 'Do not load this model.', story: `process ${at % 4}` },
  }));
  const timeline = Array.from({ length: EVENTS }, (_, at) => ({
    ...{
      time: at / 1000,
      pid: 10 + (at % 20),
      phase: 'load',
      line: at,
      text: `Opens /usr/lib/python3/module-${at}.py to read.`,
    },
    ...(at % 100 === 0 ? { severity: 'high', rule: 'DYN-BENCH-1' } : {}),
  }));
  const processes = Array.from({ length: 20 }, (_, at) => ({
    ...{ pid: 10 + at, thread: false, argv: ['/bin/sh', '-c', 'id'], start: at / 10, end: 10, exitCode: 0 },
    ...(at === 0 ? {} : { parent: 10 }),
  }));
  const whole = {
    ...{ schema: 'dynscan-report/1', tool: { name: 'dynscan', version: '0.0.0' }, started: '2026-01-02T03:04:05.000Z' },
    model: { path: '/w/model.pkl', format: 'pickle', size: 4096, sha256: 'ab'.repeat(32) },
    ...{ verdict: 'malicious', reasons: ['40 findings.'], load: { outcome: 'loaded' }, limits: [], conversations: [] },
    engines: ['static', 'dynamic'].map((engine) => ({ engine, status: 'completed', reasons: [] })),
    ...{ findings, processes, timeline, timelineOmitted: 0, output: { stdout: '', stderr: '', omittedBytes: 0 } },
    trace: { lines: EVENTS, bytes: EVENTS * 80, unparsed: 0, unparsedExamples: [] },
    durations: { total: 10 },
  };
  return {
    uri: 'file:///w/model.pkl',
    name: 'model.pkl',
    path: 'model.pkl',
    status: 'finished',
    progress: '',
    findings,
    report: whole,
  };
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

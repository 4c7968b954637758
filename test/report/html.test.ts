import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatHtml } from '../../src/report/html.js';
import { makeDocument } from '../../src/report/json.js';
import type { ProcessNode, ScanReport, TimelineEntry } from '../../src/core/schema.js';
import { finding, HOSTILE, malicious, ONE_CRITICAL, RAW_CONTROL, scan } from './samples.js';

const html = (...scans: readonly ScanReport[]): string => formatHtml(makeDocument(scans));
const MARKUP = `</style><script>alert(1)</script><img src=x onerror=alert(2)>" onload="alert(3)' ${HOSTILE}`;

/** Every text of a report is what a model would have it. */
function hostileReport(): ScanReport {
  const text = MARKUP;
  const process: ProcessNode = { pid: 1, thread: false, argv: [text, text], start: 0, end: 1, exitCode: 1 };
  return malicious({
    model: { path: text, format: text, size: 1, sha256: text },
    testCase: { path: text, sha256: text, file: text },
    reasons: [text, text],
    engines: [
      { engine: 'static', status: 'completed', reasons: [] },
      { engine: 'dynamic', status: 'incomplete', reasons: [text] },
    ],
    findings: [
      finding({
        rule: text,
        title: text,
        explanation: text,
        advice: text,
        attack: text,
        subject: text,
        story: text,
        evidence: [{ text, member: text, offset: 3, line: 2 }],
        cause: { frames: [{ file: text, line: 1, function: text }], pickle: { global: text, offset: 3, member: text } },
        decoy: { name: text, path: text, use: 'read' },
      }),
      finding({ rule: 'OTHER', story: text, explanation: text }),
    ],
    suppressed: [
      {
        finding: finding({ title: text, explanation: text }),
        suppression: { rule: 'X', sha256: '', reason: text, by: text },
      },
    ],
    load: {
      outcome: 'raised',
      error: { type: text, message: text, phase: 'load', frames: [{ file: text, line: 1, function: text }] },
    },
    processes: [process, { ...process, pid: 2, parent: 1, signal: text }],
    timeline: [{ time: 0, pid: 1, phase: 'load', text, severity: 'high', rule: text }],
    conversations: [
      {
        ...{ protocol: text, address: text, name: text, pid: 1, sent: text, received: text, result: text },
        ...{ request: { line: text, headers: [text] }, bytesSent: 1, bytesReceived: 1 },
      },
    ],
    limits: [{ limit: 'time', text }],
    output: { stdout: text, stderr: text, omittedBytes: 1 },
    trace: { lines: 1, bytes: 1, unparsed: 1, unparsedExamples: [text] },
    sandbox: { image: text, engine: text, skippedSleep: 1 },
    durations: { [text]: 1 },
  });
}

describe('the HTML report', () => {
  it('is one file that asks for nothing: no script, no address, and a policy that allows its own style sheet alone', () => {
    const page = html(malicious());
    expect(page).toMatch(/^<!DOCTYPE html>\n<html lang="en">/);
    expect(page).not.toMatch(
      /<(?:script|link|img|iframe|object|embed|form|base)\b| on\w+=|\bhref="(?!#)|\bsrc=|https?:|url\(/i,
    );
    const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
    expect(policy).toBe(
      `default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;`,
    );
    expect(page).not.toMatch(/ style=/);
  });

  it('tells the verdict with its reason, the findings with their evidence, and where it was seen', () => {
    const page = html(
      malicious({
        conversations: [
          {
            protocol: 'HTTP',
            address: '192.0.2.7',
            port: 80,
            sent: 'GET /x',
            received: '',
            bytesSent: 6,
            bytesReceived: 0,
            result: 'answered',
          },
        ],
        limits: [{ limit: 'time', text: 'It was stopped after 60 seconds.' }],
      }),
    );
    for (const part of [
      ...['Malicious', ONE_CRITICAL, 'Starts a shell', 'PID 28 runs /bin/sh -c id.'],
      ...[
        'execve(&#34;/bin/sh&#34;',
        'trace line 120',
        '192.0.2.7:80',
        'It was stopped after 60 seconds.',
        'ab'.repeat(32),
      ],
    ])
      expect(page).toContain(part);
  });

  it('puts what the file shows beside what the run shows, kind by kind', () => {
    const findings = [
      finding({ engine: 'static', title: 'Asks for os.system' }),
      finding(),
      finding({ category: 'network', title: 'Calls home', severity: 'high' }),
    ];
    const rows = [
      ...html(malicious({ findings })).matchAll(/<tr><th scope="row">(.*?)<\/th><td>(.*?)<\/td><td>(.*?)<\/td><\/tr>/g),
    ];
    expect(rows.map(([, kind]) => kind)).toEqual(['execution', 'network']);
    expect(rows[0]?.[2]).toContain('href="#finding-0"');
    expect(rows[0]?.[3]).toContain('href="#finding-1"');
    expect(rows[1]?.[2]).toContain('nothing');
    const staticOnly = malicious({ findings, engines: [{ engine: 'static', status: 'completed', reasons: [] }] });
    expect(html(staticOnly)).not.toContain('Static and dynamic');
  });

  it('lists the canaries that were touched, the stolen ones first', () => {
    const canary = (name: string, use: 'read' | 'taken') =>
      finding({ decoy: { name, path: `/home/model/${name}`, use } });
    const page = html(malicious({ findings: [canary('a-key', 'read'), canary('a-token', 'taken'), finding()] }));
    expect(page).toContain('Canaries (2)');
    expect(page.indexOf('taken: its value left')).toBeLessThan(page.indexOf('opened to be read'));
  });

  it('draws processes and the timeline, each mark with its words, and lists both', () => {
    const processes: ProcessNode[] = [
      { pid: 10, thread: false, argv: ['python3'], start: 0, end: 2, exitCode: 0 },
      { pid: 11, parent: 10, thread: false, argv: ['/bin/sh', '-c', 'id'], start: 1, end: 1.5, signal: 'SIGKILL' },
      { pid: 12, parent: 10, thread: true, argv: [] },
    ];
    const timeline: TimelineEntry[] = [{ time: 1, pid: 11, phase: 'load', text: 'runs id', severity: 'high' }];
    const page = html(malicious({ processes, timeline }));
    expect(page).toContain('<title>Process 11, started by 10: /bin/sh -c id, killed by SIGKILL, ran 0.500 s</title>');
    expect(page).toContain('<title>1.000 s, process 11, load: runs id</title>');
    expect(page.match(/<svg[^>]* role="img" aria-label="[^"]+"/g)).toHaveLength(2);
    expect(page).toContain('1 thread');
    expect(page).toContain('<td>'.concat('<span class="chip">high</span>runs id</td>'));
  });

  it('lists a chain of four thousand forks, which no page can nest as deep', () => {
    const processes = Array.from({ length: 4000 }, (_, at) => ({
      ...{ pid: at + 1, thread: false, argv: ['sh'] },
      ...(at === 0 ? {} : { parent: at }),
    }));
    expect(html(scan({ processes })).match(/<span class="pid">/g)).toHaveLength(4000);
  });

  it('takes nothing from a model for more than text', () => {
    const page = html(hostileReport(), hostileReport());
    const body = page.slice(page.indexOf('<body>'));
    expect(body).not.toMatch(/<script|<img|<style/i);
    // Nothing of it is an attribute: each tag has only what this program writes.
    const tags = [...body.matchAll(/<\w+(?:\s[\w-]+(?:="[^"<>]*")?)*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, ''));
    expect(tags.length).toBeGreaterThan(100);
    expect(tags.filter((tag) => /\s(?:on|src|style)/.test(tag))).toEqual([]);
    expect(body.replace(/<\/?\w+(?:\s[\w-]+(?:="[^"<>]*")?)*>/g, '')).not.toMatch(/[<>]/);
    expect(page.replaceAll('\n', '')).not.toMatch(RAW_CONTROL);
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('lists the models first when there are several', () => {
    const page = html(scan(), malicious());
    expect(page).toContain('2 models: Malicious');
    expect(page).toContain('href="#model-2-top"');
    expect(page).toContain('id="model-2-top"');
  });

  it('says where a load failed when its frames are known, and has no empty part when they are not', () => {
    const error = { type: 'AttributeError', message: 'no', phase: 'load' as const };
    const raised = (frames: { file: string; line: number; function: string }[]): string =>
      html(scan({ load: { outcome: 'raised', error: { ...error, frames } } }));
    expect(raised([{ file: 'model.py', line: 7, function: 'build' }])).toContain('Where the load failed');
    expect(raised([])).not.toContain('Where the load failed');
  });
});

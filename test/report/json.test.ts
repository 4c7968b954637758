import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { publishedDocument } from '../../src/core/published.js';
import { escapeText } from '../../src/core/escape.js';
import { formatHtml } from '../../src/report/html.js';
import { reportJsonSchema } from '../../src/report/json-schema.js';
import { formatReport, makeDocument } from '../../src/report/json.js';
import { formatSarif, toSarif } from '../../src/report/sarif.js';
import type { ScanReport } from '../../src/core/schema.js';
import { formatText } from '../../src/report/text.js';
import { mapScans } from '../../src/triage/baseline.js';
import { HOSTILE, inconclusive, malicious, RAW_CONTROL, scan } from './samples.js';

const published: unknown = JSON.parse(await readFile('docs/report.schema.json', 'utf8'));

function complaints(document: unknown): string[] {
  const ajv = new Ajv2020({ allErrors: true, formats: { date: /^\d{4}-\d\d-\d\d$/ } });
  const validate = ajv.compile(published as object);
  return validate(document)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

const FULL: ScanReport = malicious({
  findings: malicious().findings.map((finding) => ({
    ...finding,
    cause: {
      frames: [{ file: '<string>', line: 0, function: '<module>' }],
      pickle: { global: 'posix.system', offset: 14, member: 'archive/data.pkl' },
    },
  })),
  timeline: [{ time: 0.5, pid: 28, phase: 'load', text: 'PID 28 runs id.', severity: 'critical', rule: 'R', line: 9 }],
  conversations: [
    {
      protocol: 'tcp',
      address: '192.0.2.1',
      port: 443,
      name: 'model.example',
      pid: 28,
      sent: 'GET /',
      received: '',
      bytesSent: 5,
      bytesReceived: 0,
      result: 'connected',
    },
  ],
  limits: [{ limit: 'settle', text: 'Processes went on for 10 s.' }],
  sandbox: { image: 'dynscan-sandbox:core', engine: 'Docker 27', skippedSleep: 3600 },
});

it('publishes the schema that the code validates with (else run `node scripts/schema.mjs`)', () => {
  expect(published).toEqual(reportJsonSchema());
});

it('prints documents that the published schema accepts', () => {
  for (const scans of [[], [scan()], [inconclusive(), FULL]]) {
    expect(complaints(JSON.parse(formatReport(makeDocument(scans))))).toEqual([]);
  }
});

it('documents an example that the published schema accepts', async () => {
  const [, example = ''] = /```json\n(.*?)```/s.exec(await readFile('docs/report-format.md', 'utf8')) ?? [];
  expect(complaints(JSON.parse(example))).toEqual([]);
});

it('has a published schema that refuses unknown fields, wrong verdicts and missing parts', () => {
  const { findings, ...rest } = scan();
  expect(findings).toEqual([]);
  expect(complaints(publishedDocument(makeDocument([rest as ScanReport])))).toEqual([
    "/scans/0 must have required property 'findings'",
  ]);
  expect(complaints({ ...makeDocument([]), extra: 1 })).toEqual([' must NOT have additional properties']);
  expect(complaints({ ...makeDocument([]), verdict: 'fine' })).toEqual([
    '/verdict must be equal to one of the allowed values',
  ]);
});

it('takes the worst verdict of its scans for the document', () => {
  expect(makeDocument([scan(), malicious(), inconclusive()])).toMatchObject({
    schema: 'dynscan-report/1',
    tool: { name: 'dynscan' },
    verdict: 'malicious',
  });
});

it('prints nothing raw that a terminal would obey, and still says the same', () => {
  const document = makeDocument([scan({ model: { path: HOSTILE, format: 'pickle', size: 1 } })]);
  const text = formatReport(document);
  expect(text).not.toMatch(RAW_CONTROL);
  expect(JSON.parse(text)).toEqual(publishedDocument(document));
  expect(text.endsWith('}\n')).toBe(true);
});

describe('what of a request could not be done', () => {
  const problems = [{ text: `${escapeText(HOSTILE)} does not exist.`, path: HOSTILE }];
  const notes = ['Settings from /x/dynscan.json'];
  const document = makeDocument([scan()], { problems, notes });

  it('keeps the document from being clean, and stands in it', () => {
    expect(document.verdict).toBe('inconclusive');
    expect(makeDocument([malicious()], { problems }).verdict).toBe('malicious');
    expect(complaints(JSON.parse(formatReport(document)))).toEqual([]);
    expect(JSON.parse(formatReport(document))).toMatchObject({ problems, notes });
  });

  it('stays in it when findings are looked through', () => {
    expect(mapScans(document, (report) => report)).toEqual(document);
  });

  it('stands in every format', () => {
    const told = { color: false, width: 80 };
    expect(formatText(document, { ...told, width: 110 })).toContain(`NOT DONE  ${problems[0]?.text}`);
    expect(formatHtml(document)).toContain('What was not done');
    expect(toSarif(document).runs[0]?.invocations?.[0]).toMatchObject({
      executionSuccessful: false,
      toolExecutionNotifications: [
        { descriptor: { id: 'not-done', index: 1 }, level: 'error', message: { text: problems[0]?.text } },
        { descriptor: { id: 'understood-as', index: 2 }, level: 'note', message: { text: notes[0] } },
      ],
    });
    for (const text of [
      formatReport(document),
      formatText(document, told),
      formatHtml(document),
      formatSarif(document),
    ])
      expect(text).not.toMatch(RAW_CONTROL);
  });
});

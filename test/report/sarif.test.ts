import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import type { ReportingDescriptor, Result } from 'sarif';
import { describe, expect, it } from 'vitest';
import { makeDocument } from '../../src/report/json.js';
import { formatSarif, toSarif, toUri } from '../../src/report/sarif.js';
import type { ScanReport } from '../../src/core/schema.js';
import { finding, HOSTILE, inconclusive, malicious, ONE_CRITICAL, RAW_CONTROL, scan, unseen } from './samples.js';

/** The official schema is written in draft 4; but for its two header keys it is draft 7 as well, which ajv reads. */
const { $schema, id, ...schema } = JSON.parse(
  await readFile(
    createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'),
    'utf8',
  ),
) as Record<string, unknown>;
const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
(createRequire(import.meta.url)('ajv-formats') as (to: Ajv) => void)(ajv);
const validate = ajv.compile(schema);

function runOf(...scans: ScanReport[]) {
  const [run] = toSarif(makeDocument(scans)).runs;
  if (run === undefined) throw new Error('no run');
  return run;
}

function resultOf(report: ScanReport): Result {
  const [result] = runOf(report).results ?? [];
  if (result === undefined) throw new Error('no result');
  return result;
}

it('reads the official schema', () => {
  expect([$schema, id]).toEqual([
    'http://json-schema.org/draft-04/schema#',
    'https://raw.githubusercontent.com/schemastore/schemastore/master/src/schemas/json/sarif-2.1.0-rtm.5.json',
  ]);
  expect(validate({ version: '2.1.0', runs: [{ tool: {} }] })).toBe(false);
});

it.each<[string, ScanReport[]]>([
  ['nothing scanned', []],
  ['a clean model', [scan()]],
  ['a hostile name', [malicious({ model: { path: `/tmp/${HOSTILE}`, format: 'pickle', size: 1 } })]],
  [
    'findings with every cause, a gap and a second model',
    [
      malicious({
        reasons: [ONE_CRITICAL, 'It ran longer than 120 s.'],
        ...unseen('It ran longer than 120 s.'),
        findings: [
          finding({
            cause: {
              frames: [{ file: '<string>', line: 0, function: '<module>' }],
              pickle: { global: 'posix.system', offset: 14, member: 'archive/data.pkl' },
            },
          }),
          finding({ rule: 'DYN-INFO', severity: 'info', evidence: [] }),
        ],
      }),
      inconclusive({ model: { path: 'models/other.pkl', format: 'pickle', size: 1 } }),
    ],
  ],
])('is valid SARIF 2.1.0 for %s', (_, scans) => {
  const log: unknown = JSON.parse(formatSarif(makeDocument(scans)));
  expect(validate(log) ? [] : validate.errors).toEqual([]);
});

describe('results', () => {
  it('carry level, explanation, place and rule', () => {
    const run = runOf(
      scan(),
      malicious({
        findings: [finding({ engine: 'static', evidence: [{ text: 'c', offset: 14, disassemblyLine: 3 }] })],
      }),
    );
    expect(run.results?.[0]).toMatchObject({
      ruleId: 'DYN-EXEC-SHELL',
      ruleIndex: 0,
      level: 'error',
      message: { text: 'Starts a shell when it is loaded. PID 28 runs /bin/sh -c id.' },
      occurrenceCount: 1,
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'models/iris.pkl', index: 1 },
            region: { byteOffset: 14, startLine: 3 },
          },
        },
      ],
    });
    expect(run.tool.driver.rules).toEqual<ReportingDescriptor[]>([
      {
        id: 'DYN-EXEC-SHELL',
        name: 'DynExecShell',
        shortDescription: { text: 'Starts a shell' },
        fullDescription: { text: 'Starts a shell' },
        help: { text: 'Do not load this file.' },
        helpUri: 'https://attack.mitre.org/techniques/T1059/004/',
        defaultConfiguration: { level: 'error' },
        properties: { tags: ['security', 'execution', 'mitre-attack/T1059.004'], 'security-severity': '9.5' },
      },
    ]);
  });

  it('map severities to levels, and a rule to the worst severity it had', () => {
    const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;
    const run = runOf(malicious({ findings: severities.map((severity) => finding({ severity })) }));
    expect(run.results?.map(({ level }) => level)).toEqual(['note', 'note', 'warning', 'error', 'error']);
    expect(run.tool.driver.rules?.map(({ properties }) => properties?.['security-severity'] as unknown)).toEqual([
      '9.5',
    ]);
  });

  it('put an offset inside an archive on the member, never on the archive', () => {
    const { locations } = resultOf(
      malicious({ findings: [finding({ evidence: [{ text: 'c', offset: 14, member: 'a/data.pkl' }] })] }),
    );
    expect(locations?.[0]?.physicalLocation?.region).toEqual({ startLine: 1 });
    expect(locations?.[0]?.logicalLocations).toEqual([
      { fullyQualifiedName: 'a/data.pkl', kind: 'member', properties: { offset: 14 } },
    ]);
  });

  it('keep their fingerprint in another run with other process ids, and lose it when they say something else', () => {
    const print = (explanation: string, path = 'm.pkl') =>
      resultOf(malicious({ model: { path, format: 'pickle', size: 1 }, findings: [finding({ explanation })] }))
        .partialFingerprints?.['dynscanFinding/v2'];
    expect(print('PID 28 runs id.')).toBe(print('PID 4711 runs id.'));
    expect(print('PID 28 runs id.')).not.toBe(print('PID 28 runs ls.'));
    expect(print('PID 28 runs id.')).not.toBe(print('PID 28 runs id.', 'n.pkl'));
  });

  it('have fingerprints of their own when a finding repeats', () => {
    const run = runOf(malicious({ findings: [finding(), finding()] }));
    expect(
      new Set(run.results?.map(({ partialFingerprints }) => partialFingerprints?.['dynscanFinding/v2'])).size,
    ).toBe(2);
  });

  it('cannot make a link or an escape sequence in a viewer', () => {
    const { message } = resultOf(
      malicious({ findings: [finding({ explanation: `[safe](https://x.example) [1] ${HOSTILE}` })] }),
    );
    expect(message.text).toContain('\\[safe](https://x.example) [1] a\\x1b[31m');
    expect(message.text).not.toMatch(RAW_CONTROL);
  });
});

describe('files of a checkout', () => {
  const inFolder = (root: string, path = `${root}/m/a b.pkl`) =>
    toSarif(makeDocument([malicious({ model: { path, format: 'pickle', size: 1 } })]), root).runs[0];

  it('are named from its top, and have the same fingerprints in another one', () => {
    const [one, other] = [inFolder('/home/me/code'), inFolder('/builds/7')];
    expect(one?.originalUriBaseIds).toEqual({ '%SRCROOT%': { uri: 'file:///home/me/code/' } });
    expect(one?.results?.[0]?.locations?.[0]?.physicalLocation?.artifactLocation).toEqual({
      uri: 'm/a%20b.pkl',
      uriBaseId: '%SRCROOT%',
      index: 0,
    });
    expect(one?.results?.[0]?.partialFingerprints).toEqual(other?.results?.[0]?.partialFingerprints);
  });

  it.each([
    ['/code', '/code2/m.pkl', 'file:///code2/m.pkl', undefined],
    ['/code', '/code', 'file:///code', undefined],
    ['/', '/m.pkl', 'm.pkl', '%SRCROOT%'],
    ['C:\\code', 'C:\\code\\x\\m.pkl', 'x/m.pkl', '%SRCROOT%'],
    ['/code', '/code/x\\m.pkl', 'x%5Cm.pkl', '%SRCROOT%'],
  ])('below %j, %j is %j', (root, path, uri, uriBaseId) => {
    expect(inFolder(root, path)?.artifacts?.[0]?.location).toEqual(
      uriBaseId === undefined ? { uri } : { uri, uriBaseId },
    );
  });
});

describe('what was not seen', () => {
  it('makes the run unsuccessful and is a notification with its model', () => {
    const [invocation] = runOf(scan(), inconclusive()).invocations ?? [];
    expect(invocation?.executionSuccessful).toBe(false);
    expect(invocation?.toolExecutionNotifications).toEqual([
      {
        descriptor: { id: 'not-fully-seen', index: 0 },
        level: 'error',
        message: { text: 'Loading the model raised ValueError: no, so what the model does after that was not seen.' },
        locations: [{ physicalLocation: { artifactLocation: { uri: 'models/iris.pkl', index: 1 } } }],
      },
    ]);
  });

  it('is a warning beside findings', () => {
    const [invocation] = runOf(malicious(unseen('It ran longer than 120 s.'))).invocations ?? [];
    expect(invocation?.executionSuccessful).toBe(true);
    expect(invocation?.toolExecutionNotifications?.map(({ level, message }) => [level, message.text])).toEqual([
      ['warning', 'It ran longer than 120 s.'],
    ]);
  });
});

describe('a path as URI', () => {
  it.each([
    ['models/iris.pkl', 'models/iris.pkl'],
    ['/tmp/a b.pkl', 'file:///tmp/a%20b.pkl'],
    ['../x/%41#?.pt', '../x/%2541%23%3F.pt'],
    ['http://x.example/m.pkl', 'http%3A//x.example/m.pkl'],
    ['a:b.pkl', 'a%3Ab.pkl'],
    ['a\\b.pkl', 'a%5Cb.pkl'],
    ['C:\\models\\m 1.pkl', 'file:///C:/models/m%201.pkl'],
    ['é\n\u202e"\'.pkl', "%C3%A9%0A%E2%80%AE%22'.pkl"],
    ['bad\ud800.pkl', 'bad%EF%BF%BD.pkl'],
  ])('%j is %s', (path, uri) => {
    expect(toUri(path)).toBe(uri);
  });

  it('decodes to the path again', () => {
    const path = `/tmp/${HOSTILE.replaceAll('/', '')}`;
    expect(decodeURIComponent(new URL(toUri(path)).pathname)).toBe(path);
  });
});

/** The formats for continuous integration. */
import { describe, expect, it } from 'vitest';
import { SaxesParser } from 'saxes';
import { formatFile } from '../../src/report/files.js';
import { makeDocument } from '../../src/report/json.js';
import { finding, HOSTILE, inconclusive, malicious, RAW_CONTROL, scan } from './samples.js';

const hostile = malicious({
  model: { path: `dir/${HOSTILE},a:b%.pkl`, format: 'pickle', size: 1 },
  findings: [finding({ subject: HOSTILE, title: `${HOSTILE}::error::x]]><`, explanation: `${HOSTILE}]]>&<"` })],
});
const document = makeDocument([scan(), inconclusive(), hostile], {
  problems: [{ text: `${HOSTILE} does not exist.`, path: HOSTILE }],
  leftOut: [
    { path: 'a', reason: 'unreadable', text: 'It cannot be opened.' },
    { path: 'b', reason: 'asked', text: 'As asked.' },
  ],
});

describe('workflow commands of GitHub', () => {
  const lines = formatFile(document, 'github', { nameOf: (path) => path.replace('models/', './m/') })
    .trimEnd()
    .split('\n');

  it('are one for each model that is not clean, the worst first, and for what was not done', () => {
    expect(lines.map((line) => line.replace(/^::(\w+) .*title=([^:]+)::.*$/, '$1 $2'))).toEqual([
      'error DynScan%3A malicious',
      'warning DynScan%3A inconclusive',
      'error DynScan%3A not done',
      'warning DynScan%3A left out',
      'notice DynScan%3A left out',
      'notice DynScan',
    ]);
    expect(lines[1]).toBe(
      '::warning file=m/iris.pkl,title=DynScan%3A inconclusive::Could not be loaded (ValueError: no), so not all that it does was seen.',
    );
    expect(lines.at(-1)).toBe('::notice title=DynScan::3 models: 1 malicious, 1 inconclusive, 1 clean.');
  });

  it('let nothing of a model begin another command or property', () => {
    expect(lines.join('\n')).not.toMatch(RAW_CONTROL);
    expect(lines[0]).toMatch(/^::error file=[^,:]*%2Ca%3Ab%25\.pkl,title=/);
  });
});

it('JUnit XML has a test case for each model, and is XML whatever a model is called', () => {
  const cases: [string, string][] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'testcase') cases.push([attributes['name'] ?? '', 'passed']);
    const last = cases.at(-1);
    if (last && ['failure', 'error', 'skipped'].includes(name)) last[1] = name;
  });
  parser.on('error', (error) => {
    throw error;
  });
  const text = formatFile(document, 'junit');
  parser.write(text).close();
  expect(cases.map(([, outcome]) => outcome)).toEqual(['passed', 'error', 'failure', 'error', 'error', 'skipped']);
  expect(text).toContain('<testsuites name="DynScan" tests="6" failures="1" errors="3"');
  expect(text).not.toMatch(RAW_CONTROL);
});

it('JSON lines have a model each and the document last', () => {
  const lines = formatFile(document, 'jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ verdict }) => verdict)).toEqual(['clean', 'inconclusive', 'malicious', 'malicious']);
  expect(lines.at(-1)).toMatchObject({ schema: 'dynscan-report/1', scans: 3, problems: [{}], leftOut: [{}, {}] });
});

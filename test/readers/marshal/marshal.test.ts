import { describe, expect, it } from 'vitest';
import { describeCode, judgeCode, type CodeJudgement } from '../../../src/static/marshal/code-judge.js';
import { codeObjects, readMarshal } from '../../../src/readers/marshal/marshal.js';
import { summarizeCode } from '../../../src/static/marshal/code-summary.js';
import codes from '../../static/marshal/code.json' with { type: 'json' };

type Version = keyof typeof codes;
type Name = keyof (typeof codes)['3.13'];
const VERSIONS = Object.keys(codes) as Version[];

function judged(version: Version, name: Name): CodeJudgement {
  const { values, error } = readMarshal(Buffer.from(codes[version][name], 'base64'));
  expect({ version, count: values.length, error }).toEqual({ version, count: 1, error: undefined });
  return judgeCode(values[0] ?? { kind: 'name', name: 'None' });
}

describe.each(VERSIONS)('a function compiled by Python %s', (version) => {
  it('is read whole, and its instructions are known', () => {
    for (const name of Object.keys(codes[version]) as Name[]) expect(judged(version, name).broken).toEqual([]);
  });

  it('that only computes reaches nothing', () => {
    for (const name of ['scale', 'mean', 'backend'] as const) {
      const { dangers, unknown } = judged(version, name);
      expect({ name, dangers, unknown }).toEqual({ name, dangers: [], unknown: [] });
    }
  });

  it('is reported by what it calls, with its arguments', () => {
    expect(judged(version, 'system').calls).toContain("os.system('id')");
    expect(judged(version, 'pieces').calls).toContain("os.system('id')");
    expect(judged(version, 'eval').calls).toContain("compile('1+1', 's', 'eval')");
    expect(judged(version, 'nested').calls.join('\n')).toMatch(/^open\((?:name|'\/etc\/hostname')\)\.read\(\)$/m);
    expect(describeCode(judged(version, 'system'))).toContain("os.system('id')");
  });

  it('is judged by every name in it, in functions inside it too', () => {
    expect(judged(version, 'system').dangers).toContain('os.system');
    expect(judged(version, 'dunder').dangers).toContain('__subclasses__');
    expect(judged(version, 'nested').dangers).toEqual(['open']);
    expect(judged(version, 'function').dangers).toEqual(
      expect.arrayContaining(['subprocess.run', 'urllib.request.urlopen', 'open']),
    );
    if (version !== '2.7') expect(judged(version, 'starred').unknown).toEqual(['f']);
  });
});

describe('marshal from a hostile hand', () => {
  const system = Buffer.from(codes['3.11'].system, 'base64');

  it('is an error when it is cut off anywhere, never a smaller function', () => {
    for (let length = 0; length < system.length; length += 1) {
      const { values, error } = readMarshal(system.subarray(0, length));
      expect({ length, count: values.length }).toEqual({ length, count: 0 });
      expect(error?.offset).toBeLessThanOrEqual(length);
    }
  });

  it('ends when a byte of it is changed', () => {
    for (let at = 0; at < system.length; at += 1) {
      for (const value of [0, 0x28, 0x5b, 0x63, 0x72, 0xe3, 0xff]) {
        const bytes = Buffer.from(system);
        bytes[at] = value;
        for (const read of readMarshal(bytes).values) expect(judgeCode(read).functions).toBeLessThan(5);
      }
    }
  });

  it('may be nested as deep as Python allows, and no deeper', () => {
    const deep = (levels: number): Buffer =>
      Buffer.concat([Buffer.alloc(levels * 2, Buffer.from([0x29, 1])), Buffer.from('N')]);
    expect(readMarshal(deep(1990)).values).toHaveLength(1);
    expect(readMarshal(deep(100_000)).error?.text).toMatch(/nested more than 2000 deep/);
  });

  it('may contain itself, and claim items that do not fit', () => {
    const itself = readMarshal(Buffer.from([0xdb, 1, 0, 0, 0, 0x72, 0, 0, 0, 0]));
    expect(itself.values[0]?.kind).toBe('list');
    expect(codeObjects(itself.values[0] ?? { kind: 'name', name: 'None' })).toEqual([]);
    expect(readMarshal(Buffer.from([0x28, 0xff, 0xff, 0xff, 0x7f, 0x4e])).error?.text).toMatch(/does not fit/);
  });

  it('is told apart when its instructions use what the function does not have', () => {
    const [code] = codeObjects(readMarshal(system).values[0] ?? { kind: 'name', name: 'None' });
    if (!code) throw new Error('no code');
    expect(summarizeCode({ ...code, constants: [] }).broken).toMatch(/LOAD_CONST uses entry/);
    expect(summarizeCode({ ...code, code: Buffer.from([250, 0]) }).broken).toMatch(
      /instruction 250 at byte 0 is unknown/,
    );
  });
});

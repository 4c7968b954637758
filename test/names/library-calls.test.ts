/** The table of libraries, and how a line of it is read. */
import { describe, expect, it } from 'vitest';
import { canonicalModule, judge } from '../../src/names/capabilities.js';
import { librariesTable } from '../../src/names/libraries.js';
import { capabilityOfCall, libraryCallable, type Arguments, type Given } from '../../src/names/library-calls.js';

const LIBRARIES = librariesTable();

const text = (value: string): Given => ({ texts: [value], open: false, bytes: false });
const given = (positional: readonly (Given | undefined)[], named: Record<string, Given> = {}): Arguments => ({
  at: (index) => positional[index],
  count: positional.length,
  named: (keyword) => named[keyword],
  keywords: Object.keys(named),
});

describe('the table of libraries', () => {
  it('has one name a line, and each line has a form that is read', () => {
    const lines = LIBRARIES.slice(LIBRARIES.indexOf('\n# ')).trim().split('\n');
    const odd = lines.filter(
      (line) =>
        !/^# \w+( [\w.-]+ [\w.+!-]+)+$/.test(line) &&
        !/^(?:[\w.]+(?:@[\w.]*)?|@[\w.]*)(?: r)?$/.test(line) &&
        !/^[\w.]+(?:@[\w.]*)?(?: [ecnilwdfs]+(?:\d+\+?)?(?:\.(?:\w+|\*))?| !)+$/.test(line),
    );
    expect(odd).toEqual([]);
    expect(lines.length).toBeGreaterThan(10_000);
  });

  it('is plain ASCII, as it is read', () => {
    expect(/^[\x20-\x7e\n]*$/.test(LIBRARIES)).toBe(true);
  });

  it('names the packages with the versions that were read', () => {
    expect(LIBRARIES).toMatch(/^# numpy numpy 1\.\d+\.\d+ numpy 2\.\d+\.\d+$/m);
  });
});

describe('a name of a library', () => {
  it('stands for every module of its package when all functions of this name answer alike', () => {
    for (const module of ['numpy.testing._private.utils', 'numpy.testing', 'numpy.testing.utils'])
      expect(libraryCallable(module, 'measure')?.kind).toBe('acts');
  });

  it('is not known in another package, or with another name', () => {
    expect(libraryCallable('numpy_evil.testing', 'measure')).toBeUndefined();
    expect(libraryCallable('numpy.testing', 'measure_')).toBeUndefined();
    expect(libraryCallable('mylib', 'Net')).toBeUndefined();
    expect(libraryCallable('', '')).toBeUndefined();
  });

  it('that is quiet is harmless, unless it is known to be dangerous', () => {
    expect(judge('sklearn.pipeline', 'Pipeline')).toEqual({ kind: 'allowed' });
    expect(judge(canonicalModule('numpy'), 'load').kind).toBe('dangerous');
  });
});

describe('what a call does', () => {
  const reads = (...args: Parameters<typeof given>) =>
    capabilityOfCall('pandas.io.parsers.readers', 'read_csv', given(...args));

  it('is decided by the argument', () => {
    expect(reads([text('https://192.0.2.1/x')])).toBe('network');
    expect(reads([text('/etc/passwd')])).toBe('file');
    expect(reads([text('../x')])).toBe('file');
    expect(reads([text('data.csv')])).toBeUndefined();
    expect(reads([undefined, text('/etc/passwd')])).toBeUndefined();
    expect(reads([])).toBeUndefined();
  });

  it('is decided by a keyword, too', () => {
    expect(reads([], { filepath_or_buffer: text('https://192.0.2.1/x') })).toBe('network');
    expect(reads([], { sep: text('https://192.0.2.1/x') })).toBeUndefined();
  });

  it('is that of any text where a program or code is started', () => {
    expect(capabilityOfCall('numpy.testing', 'measure', given([text('x')]))).toBe('code');
    expect(capabilityOfCall('numexpr', 'evaluate', given([{ texts: [], open: true, bytes: false }]))).toBe('code');
    expect(
      capabilityOfCall('numpy.testing', 'measure', given([{ texts: [], open: false, bytes: false }])),
    ).toBeUndefined();
  });
});

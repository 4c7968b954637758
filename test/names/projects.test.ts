import { describe, expect, it } from 'vitest';
import { isStandard, judge } from '../../src/names/capabilities.js';
import { judgeDotted, OPEN_ARGUMENTS } from '../../src/names/dotted-names.js';

describe('a package of a project that is called like a module of Python', () => {
  it.each([
    ['code.models', 'Net'],
    ['platform.trainers.base', 'Trainer'],
    ['token.embedding', 'Embedding'],
  ])("%s.%s is not Python's: nothing can be imported from below a module", (module, name) => {
    expect(judge(module, name)).toEqual({ kind: 'unknown' });
    expect(isStandard(module)).toBe(false);
    expect(judgeDotted(`${module}.${name}`, OPEN_ARGUMENTS)).toBe('unknown');
  });

  it.each([
    ['code', 'interact'],
    ['code', 'models.Net'],
    ['os.path', 'os.system'],
    ['distutils.spawn', 'spawn'],
    ['asyncio.subprocess', 'create_subprocess_shell'],
    ['code.os', 'system.Net'],
    ['platform', 'os.system'],
  ])('%s.%s is', (module, name) => {
    expect(judge(module, name).kind).toBe('dangerous');
  });

  it.each([
    'code.interact',
    'code.interact.__call__',
    'code.os.system',
    'platform.subprocess.Popen',
    'timeit.timeit',
    'pdb.Pdb.run',
  ])('a configuration with %s names what acts', (name) => {
    expect(judgeDotted(name, OPEN_ARGUMENTS)).toBe('dangerous');
  });
});

it.each([
  [11, 'harmless'],
  [12, 'harmless'],
  [13, 'unknown'],
] as const)('a class of a library whose name has %i parts is %s', (parts, judged) => {
  const name = ['torch', 'nn', ...Array.from({ length: parts - 3 }, (_, index) => `part${index}`), 'Linear'].join('.');
  expect(judgeDotted(name, OPEN_ARGUMENTS)).toBe(judged);
});

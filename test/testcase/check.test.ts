import { describe, expect, it } from 'vitest';
import { checkTestCase, type ProblemCode, type QuickFix, type TestCaseProblem } from '../../src/testcase/check.js';
import { KINDS, templateOf, type Kind } from '../../src/testcase/template.js';

function problems(source: string): TestCaseProblem[] {
  return [...checkTestCase(source).problems];
}

/** What each problem is, and the text that it stands at. */
function told(source: string): [ProblemCode, string][] {
  return problems(source).map(({ code, start, end }) => [code, source.slice(start, end)]);
}

function apply(source: string, { edits }: QuickFix): string {
  return edits
    .toSorted((one, other) => other.start - one.start)
    .reduce((text, { start, end, text: put }) => text.slice(0, start) + put + text.slice(end), source);
}

/** The source after the first fix of the first problem. */
function fixed(source: string): string {
  const fix = problems(source)[0]?.fixes[0];
  if (!fix) throw new Error('there is no fix');
  return apply(source, fix);
}

const GOOD = 'def check(path):\n    import pickle\n    print(pickle.load(open(path, "rb")))\n';

describe('a test case without a problem', () => {
  it.each(Object.keys(KINDS) as Kind[])('is what the starting point %s is', (kind) => {
    const check = checkTestCase(templateOf(kind));
    expect(check.problems).toEqual([]);
    expect(check.entry?.name).toBe('test_case');
    expect(check.imports).not.toEqual([]);
  });

  it('may have helpers, classes, constants, decorators and formatted strings with brackets of their own', () => {
    const source = `"""Words: ( [ {"""
LIMIT = {
  "a": (1,
2)}

class Net:
    def forward(self, x): return x

@staticmethod
def _help(x, y=[1, 2]): return f"{x!r:(>{y[0]}}" + f'{{' + rf"\\{x}"

def check(path: str = None) -> int:
    # if True
    if path: x = 1; y = 2
    else:
        pass
    z = lambda a: a if a else \\
        path
    try:
        pass
    except (ValueError, OSError) as e:
        raise
    with open(path) as f, open(path) as g:
        for x in [i for i in range(3)]:
            continue
`;
    expect(told(source)).toEqual([]);
  });

  it('names all it imports', () => {
    const source =
      'def f(p):\n    import torch.nn as nn, json\n    from sklearn import svm\n    if p:\n        import dill\n';
    expect(checkTestCase(source).imports).toEqual(['torch.nn', 'json', 'sklearn', 'dill']);
  });
});

describe('the function', () => {
  it.each<[string, string, [ProblemCode, string][]]>([
    ['has to be there', 'x = 1\n', [['no-function', 'x = 1']]],
    ['has to be there, even in an empty file', '', [['no-function', '']]],
    ['may not be a helper', 'def _f(p):\n    print(p)\n', [['no-function', 'def _f(p):']]],
    ['may not be inside of a class', 'class A:\n    def f(p):\n        print(p)\n', [['no-function', 'class A:']]],
    ['has to be the only one', `${GOOD}\ndef other(p):\n    print(p)\n`, [['several-functions', 'other']]],
    ['needs a parameter', 'def f():\n    pass\n', [['no-parameter', 'f']]],
    ['has one parameter', 'def f(p, q=1, *, r):\n    print(p)\n', [['several-parameters', 'q=1, *, r']]],
    ['has a plain parameter', 'def f(*p):\n    print(p)\n', [['parameter-kind', '*']]],
    ['has to use its parameter', 'def f(p):\n    print(1)\n', [['unused-parameter', 'p']]],
    ['is not async', 'async def f(p):\n    print(p)\n', [['async-function', 'f']]],
  ])('%s', (_, source, expected) => {
    expect(told(source)).toEqual(expected);
  });

  it('that is there once is named, with its place', () => {
    expect(checkTestCase(GOOD).entry).toEqual({ name: 'check', start: 4, end: 9 });
    expect(checkTestCase(`${GOOD}\ndef b(p):\n    print(p)\n`).entry).toBeUndefined();
  });
});

describe('a quick fix', () => {
  it.each<[string, string, string]>([
    ['adds a parameter', 'def f():\n    pass\n', 'def f(model_path):\n    pass\n'],
    ['keeps the first parameter alone', 'def f(p, q=(1, 2), *r):\n    print(p)\n', 'def f(p):\n    print(p)\n'],
    ['takes async away', 'async def f(p):\n    print(p)\n', 'def f(p):\n    print(p)\n'],
    [
      'makes a second function a helper, and its calls with it',
      'def f(p):\n    g(p)\n\ndef g(p):\n    x.g(p)\n',
      'def f(p):\n    _g(p)\n\ndef _g(p):\n    x.g(p)\n',
    ],
    ['makes the only helper the function', 'def _f(p):\n    print(p)\n', 'def f(p):\n    print(p)\n'],
    [
      'moves an import into the function, behind its docstring',
      'import pickle\nimport json\n\ndef f(p):\n    """Words."""\n    print(p)\n',
      'import json\n\ndef f(p):\n    """Words."""\n    import pickle\n    print(p)\n',
    ],
    [
      'puts the path where a name on a hub was',
      'from transformers import AutoModel\ndef f(p):\n    AutoModel.from_pretrained("bert-base-uncased", trust_remote_code=True); p\n',
      'def f(p):\n    from transformers import AutoModel\n    AutoModel.from_pretrained("bert-base-uncased", trust_remote_code=True); p\n',
    ],
    ['adds a colon', 'def f(p)\n    print(p)\n', 'def f(p):\n    print(p)\n'],
    ['corrects a bracket', 'def f(p):\n    print(p]\n', 'def f(p):\n    print(p)\n'],
    ['fills an empty block', 'def f(p):\n    for x in p:\n', 'def f(p):\n    for x in p:\n        pass\n'],
  ])('%s', (_, source, expected) => {
    expect(fixed(source)).toBe(expected);
  });

  it('leaves nothing to say where it can', () => {
    for (const source of ['def f():\n    p\n', 'x = 1', 'def f(p)\n    p\n', '']) {
      const after = problems(fixed(source)).filter(({ severity }) => severity === 'error');
      expect(after, source).toEqual([]);
    }
  });
});

describe('what would go to the network', () => {
  const inFunction = (line: string, imports = ''): string => `def f(p):\n    ${imports}\n    ${line}\n    print(p)\n`;
  it.each<[string, string, [ProblemCode, string]]>([
    ['import requests', 'requests.get(p)', ['network', 'requests.get']],
    ['from urllib.request import urlopen as get', 'get("http://192.0.2.1/")', ['network', 'get']],
    ['import huggingface_hub as hub', 'hub.hf_hub_download("a", "b")', ['download', 'hub.hf_hub_download']],
    ['from transformers import AutoModel', 'AutoModel.from_pretrained("org/model")', ['download', '"org/model"']],
    ['from transformers import pipeline', 'pipeline("text-classification")', ['download', 'pipeline']],
    ['from transformers import pipeline', 'pipeline("x", model="gpt2")', ['download', '"gpt2"']],
    ['from transformers import pipeline', 'pipeline("x", "gpt2")', ['download', '"gpt2"']],
    ['import torch', 'torch.hub.load("a/b", "c")', ['download', 'torch.hub.load']],
    ['import keras', 'keras.utils.get_file("x")', ['download', 'keras.utils.get_file']],
  ])('%s; %s', (imports, line, expected) => {
    expect(told(inFunction(line, imports))).toEqual([expected]);
  });

  it.each([
    ['from transformers import AutoModel', 'AutoModel.from_pretrained(p)'],
    ['from transformers import AutoModel', 'AutoModel.from_pretrained("./local/folder")'],
    ['from transformers import pipeline', 'pipeline("x", model=p)'],
    ['from transformers import pipeline', 'pipeline("x", p)'],
    ['import torch', 'torch.load(p)'],
    ['', 'self.requests.get(p)'],
  ])('is not %s; %s', (imports, line) => {
    expect(told(inFunction(line, imports))).toEqual([]);
  });

  it('is fixed by the path', () => {
    expect(
      fixed(inFunction('m = AutoModel.from_pretrained("org/model", x=1)', 'from transformers import AutoModel')),
    ).toContain('AutoModel.from_pretrained(p, x=1)');
    expect(fixed(inFunction('pipeline("x")', 'from transformers import pipeline'))).toContain('pipeline("x", model=p)');
  });
});

describe('syntax', () => {
  it.each<[string, string, string, number]>([
    ['a string without an end', 'def f(p):\n    print(p, "abc)\n', 'has no end', 2],
    ['a bracket without an end', 'def f(p):\n    print(p\n', 'never closed', 2],
    ['a bracket without a beginning', 'def f(p):\n    print(p))\n', 'Nothing opens', 2],
    ['a line too deep', 'def f(p):\n    x = 1\n      print(p)\n', 'deeper', 3],
    ['a line that fits no block', 'def f(p):\n        x = 1\n    print(p)\n', 'none of the blocks', 3],
    ['no block under a colon', 'def f(p):\nprint(p)\n', 'has to stand under', 2],
    ['no colon', 'def f(p):\n    if p\n        print(p)\n', 'needs a colon', 2],
    ['a star inside of a function', 'def f(p):\n    from os import *\n    print(p)\n', 'left edge', 2],
  ])('%s is an error on its line', (_, source, words, line) => {
    const errors = problems(source).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message }) => message).join(' ')).toContain(words);
    expect(errors[0]?.line).toBe(line);
  });

  it('of hostile length takes no time and says a bounded number of things', () => {
    const start = performance.now();
    expect(problems(`def f(p):\n    ${'('.repeat(100_000)}`).length).toBeLessThanOrEqual(100);
    expect(problems('def f():\n x\n'.repeat(10_000)).length).toBeLessThanOrEqual(100);
    expect(problems(`x = f"${'{'.repeat(100_000)}"`).length).toBeLessThanOrEqual(100);
    expect(problems(`x = "${'\\'.repeat(200_001)}`).length).toBeLessThanOrEqual(100);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

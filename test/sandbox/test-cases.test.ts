import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../src/config/settings.js';
import { formatText } from '../../src/report/text.js';
import { makeDocument } from '../../src/report/json.js';
import type { ScanReport } from '../../src/core/schema.js';
import { scanPaths } from '../../src/scan/scan.js';
import { readTestCase } from '../../src/testcase/files.js';
import { containers, dynamicFindings, model, scratch } from './support.js';

/** Calls `os.system` when it is called, and not before. */
const ACTS_WHEN_CALLED = "cfunctools\npartial\n(cposix\nsystem\nS'id'\ntR.";
const HARMLESS = '(dS"a"\nI1\ns.';

async function put(name: string, content: string): Promise<string> {
  const path = join(scratch, 'test-cases', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function runCase(
  name: string,
  modelPath: string,
  source: string,
  settings: Partial<Settings> = {},
): Promise<ScanReport> {
  const testCase = await readTestCase(await put(`${name}.py`, source), scratch);
  const document = await scanPaths(
    { paths: [modelPath], settings: { ...DEFAULT_SETTINGS, timeout: 60, ...settings }, staticOnly: false, testCase },
    { signal: new AbortController().signal, onEvent: () => undefined },
  );
  const [report] = document.scans;
  if (!report) throw new Error('the document has no scan');
  expect(await containers()).toEqual([]);
  return report;
}

/** Lines of the test case that each finding names as its cause. */
function linesNamed({ findings, testCase }: ScanReport): number[] {
  return findings.flatMap(({ cause }) =>
    (cause?.frames ?? []).filter(({ file }) => file === testCase?.file).map(({ line }) => line),
  );
}

describe('a test case that loads a harmless model and predicts with it', () => {
  it('is clean, its imports make no noise, and its output is in the report with its name and hash', async () => {
    const path = model('harmless', 'forest.joblib');
    const report = await runCase(
      'predicts',
      path,
      `import json

def check(path):
    import joblib
    import numpy
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import Pipeline
    import scipy.optimize
    import sqlite3, ctypes, multiprocessing, http.client, asyncio
    model = joblib.load(path)
    model = model["model"] if isinstance(model, dict) else model
    print("predicted", json.dumps(model.predict(numpy.zeros((1, model.n_features_in_))).tolist()))
`,
    );
    expect(report.findings).toEqual([]);
    expect(report.reasons).toEqual(['The model was read, the test case ran to its end, and nothing it did stood out.']);
    expect(report.verdict).toBe('clean');
    expect(report.output.stdout).toMatch(/^predicted \[.+\]$/m);
    expect(report.testCase?.path).toMatch(/predicts\.py$/);
    expect(report.testCase?.sha256).toMatch(/^[0-9a-f]{64}$/);
    const text = formatText(makeDocument([report]), { color: false, width: 100, details: true });
    expect(text).toMatch(/test case .*predicts\.py/);
    expect(text).toContain(report.testCase?.sha256.slice(0, 20));
  });

  it('imports a framework that the format does not need without a word about it', async () => {
    const report = await runCase(
      'imports-torch',
      model('harmless', 'plain-protocol-4.pkl'),
      'def check(path):\n    import pickle\n    import torch\n    print(pickle.load(open(path, "rb")), torch.ones(1))\n',
    );
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('clean');
  });

  it('loads a class that the model knows from the script that made it', async () => {
    const path = await put('main.pkl', '(i__main__\nNet\n.');
    const report = await runCase(
      'has-class',
      path,
      'class Net:\n    def __repr__(self):\n        return "a net"\n\ndef check(path):\n    import pickle\n    model = pickle.load(open(path, "rb"))\n    print(model)\n    return model\n',
    );
    expect(report.output.stdout).toContain('a net');
    expect(report.load).toMatchObject({ outcome: 'loaded', type: 'test_case.Net' });
  });

  it('uses torch in the torch image', async () => {
    const report = await runCase(
      'torch',
      model('harmless', 'state.pt'),
      'def check(path):\n    import torch\n    state = torch.load(path, weights_only=True)\n    print(len(state), torch.nn.Linear(2, 1)(torch.zeros(1, 2)).shape)\n',
    );
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('clean');
    expect(report.sandbox?.image).toContain('torch');
    expect(report.output.stdout).toContain('torch.Size([1, 1])');
  });
});

it('a test case that shares out its work, as cross-validation does, is no accusation', async () => {
  const report = await runCase(
    'sharing',
    await put('sharing.pkl', HARMLESS),
    `def check(path):
    import joblib
    import pickle

    with open(path, "rb") as file:
        model = pickle.load(file)
    return model, joblib.Parallel(n_jobs=2)(joblib.delayed(int)(text) for text in ["1", "2"])
`,
  );
  expect(report.findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  expect(report.findings.map(({ subject }) => subject).join('\n')).toContain('popen_loky_posix');
  expect(report.load.outcome).toBe('loaded');
});

it('a model with workers that fail when it is used is no accusation: loky looks for their children before it ends them', async () => {
  const report = await runCase(
    'workers',
    await put('workers.pkl', HARMLESS),
    `def check(path):
    import joblib

    class Model:
        def predict(self, rows):
            return joblib.Parallel(n_jobs=2)(joblib.delayed(int)(text) for text in ["1", "x"])

    return Model()
`,
  );
  expect(report.findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  expect(report.findings.map(({ subject }) => subject).join('\n')).toContain('pgrep -P ');
});

it('what keeps the interpreter from being compared with what it was leaves a gap, and hides no other change', async () => {
  const report = await runCase(
    'silent',
    model('harmless', 'plain-protocol-4.pkl'),
    `def check(path):
    import json, os, pickle

    class Silent(type(os.environ)):
        def items(self):
            raise RuntimeError

    model = pickle.load(open(path, "rb"))
    os.environ.__class__ = Silent
    json.loads = len
    return model
`,
  );
  expect(report.reasons.join(' ')).toContain('changed in the interpreter could not be compared');
  expect(report.findings.map(({ rule, subject }) => `${rule} ${subject}`)).toContain('DYN-PY-STATE json.loads');
});

it('a function that says that it is of a library’s file is used all the same', async () => {
  const report = await runCase(
    'claims',
    model('harmless', 'plain-protocol-4.pkl'),
    `def check(path):
    import json, pickle, types

    def audit(self):
        import os
        os.system("id")

    code = audit.__code__.replace(co_filename=json.__file__)
    pickle.load(open(path, "rb"))
    return type("Model", (), {"audit": types.FunctionType(code, json.__dict__), "__module__": "json"})()
`,
  );
  expect(dynamicFindings(report).map(({ rule }) => rule)).toContain('DYN-EXEC-SHELL');
});

describe('a model that acts only when the test case calls it', () => {
  const load = 'def check(path):\n    import pickle\n    model = pickle.load(open(path, "rb"))\n';

  it('is seen to act, because of that line', async () => {
    const report = await runCase(
      'calls',
      await put('acts.pkl', ACTS_WHEN_CALLED),
      `${load}    print("calling")\n    model()\n`,
    );
    expect(report.verdict).toBe('malicious');
    const shell = dynamicFindings(report).find(({ rule }) => rule === 'DYN-EXEC-SHELL');
    expect(shell?.cause?.frames).toContainEqual({ file: report.testCase?.file, line: 5, function: 'check' });
    expect(shell?.phase).toBe('load');
    expect(report.output.stdout).toContain('calling');
  });

  it('is not seen to when the test case leaves it alone, and is when it hands it back to be used', async () => {
    const path = await put('acts.pkl', ACTS_WHEN_CALLED);
    const quiet = await runCase('leaves-alone', path, load);
    expect(dynamicFindings(quiet).map(({ rule }) => rule)).not.toContain('DYN-EXEC-SHELL');
    const used = await runCase('hands-back', path, `${load}    return model\n`);
    expect(dynamicFindings(used).map(({ rule }) => rule)).toContain('DYN-EXEC-SHELL');
  });

  it('names the line however deep below it the act lies', async () => {
    const deep = 'def r(n):\\n  act() if n == 0 else r(n - 1)\\nr(30)';
    const report = await runCase(
      'deep',
      await put('acts.pkl', ACTS_WHEN_CALLED),
      `${load}    exec(compile("${deep}", "<deep>", "exec"), {"act": model})\n`,
    );
    const shell = dynamicFindings(report).find(({ rule }) => rule === 'DYN-EXEC-SHELL');
    expect(shell?.cause?.frames?.map(({ file }) => file)).toEqual([
      ...Array<string>(7).fill('<deep>'),
      report.testCase?.file,
    ]);
    expect(shell?.cause?.frames?.at(-1)?.line).toBe(4);
  });
});

describe('a test case that goes wrong', () => {
  it('by an exception is inconclusive, with the exception and its line', async () => {
    const report = await runCase(
      'raises',
      await put('harmless.pkl', HARMLESS),
      'def check(path):\n    open(path).close()\n    raise ValueError("no such weights")\n',
    );
    expect(report.verdict).toBe('inconclusive');
    expect(report.load.error).toMatchObject({
      type: 'ValueError',
      message: 'no such weights',
      phase: 'load',
      frames: [{ file: report.testCase?.file, line: 3, function: 'check' }],
    });
  });

  it('by syntax that only Python knows is inconclusive, with the line', async () => {
    const report = await runCase(
      'syntax',
      await put('harmless.pkl', HARMLESS),
      'def check(path):\n    print(path)\n    x = = 1\n',
    );
    expect(report.verdict).toBe('inconclusive');
    expect(report.load.error).toMatchObject({
      type: 'SyntaxError',
      frames: [{ file: report.testCase?.file, line: 3 }],
    });
  });

  it('by a package that is not there is inconclusive, and says which', async () => {
    const report = await runCase(
      'missing',
      await put('harmless.pkl', HARMLESS),
      'def check(path):\n    import no_such_package\n    print(path)\n',
    );
    expect(report.load.outcome).toBe('missing-dependency');
    expect(report.reasons.join(' ')).toContain('no_such_package');
  });

  it('by leaving is inconclusive', async () => {
    const report = await runCase(
      'leaves',
      await put('harmless.pkl', HARMLESS),
      'def check(path):\n    import os\n    open(path)\n    os._exit(0)\n',
    );
    expect(report.verdict).not.toBe('clean');
    expect(report.load.outcome).toBe('left');
  });

  it('by never opening the model is inconclusive', async () => {
    const report = await runCase(
      'opens-nothing',
      await put('harmless.pkl', HARMLESS),
      'def check(path):\n    print(path)\n',
    );
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons).toEqual(["The test case never opened the model's file, so nothing of the model was seen."]);
  });

  it('by printing 100 MB is held to what is kept', async () => {
    const report = await runCase(
      'prints',
      await put('harmless.pkl', HARMLESS),
      'def check(path):\n    open(path).close()\n    for _ in range(100):\n        print("x" * 1_000_000)\n',
    );
    expect(report.output.stdout.length).toBeLessThan(100_000);
    expect(report.output.omittedBytes).toBeGreaterThan(99_000_000);
    expect(report.limits.map(({ limit }) => limit)).toContain('output');
    expect(report.verdict).not.toBe('clean');
  });

  it('by running for ever is stopped by the setting timeout', async () => {
    const report = await runCase(
      'endless',
      await put('harmless.pkl', HARMLESS),
      'def check(path):\n    while path:\n        pass\n',
      { timeout: 5 },
    );
    expect(report.limits.map(({ limit }) => limit)).toContain('time');
    expect(report.verdict).not.toBe('clean');
  });
});

describe('imports', () => {
  it('of what lies beside the model, or on a path that the test case adds, are not done ahead', async () => {
    await put('beside/helper.py', 'import os\nos.system("id")\n');
    const path = await put('beside/harmless.pkl', HARMLESS);
    const report = await runCase(
      'adds-path',
      path,
      'def check(path):\n    open(path).close()\n    import sys\n    sys.path.insert(0, "/shared")\n    import helper\n',
      {
        sharedFolder: join(scratch, 'test-cases', 'beside'),
      },
    );
    const shell = dynamicFindings(report).find(({ rule }) => rule === 'DYN-EXEC-SHELL');
    expect(shell?.phase).toBe('load');
    expect(shell?.cause?.frames?.map(({ file }) => file)).toContain('/shared/helper.py');
    expect(linesNamed(report)).toContain(5);
  });

  it('that fail to the outside of the image leave the test case to say so', async () => {
    const report = await runCase(
      'optional',
      await put('harmless.pkl', HARMLESS),
      'def check(path):\n    open(path).close()\n    try:\n        import no_such_package\n    except ImportError:\n        print("without")\n',
    );
    expect(report.output.stdout).toBe('without\n');
    expect(report.verdict).toBe('clean');
  });
});

describe('a model of a format without a loader', () => {
  it('is run by a test case', async () => {
    const safetensors = Buffer.alloc(8 + 2);
    safetensors.writeBigUInt64LE(2n);
    safetensors.write('{}', 8);
    const path = await put('empty.gguf', '');
    await writeFile(path, Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0]), Buffer.alloc(16)]));
    const report = await runCase('reads', path, 'def check(path):\n    print(open(path, "rb").read()[:4])\n');
    expect(report.output.stdout).toContain("b'GGUF'");
    expect(report.load.outcome).toBe('loaded');
  });
});

describe('the surroundings of a run', () => {
  const print = (what: string): string =>
    `import os, time\ndef check(path):\n    open(path).close()\n    print(${what})\n`;

  it('are a temporary folder and UTC when nothing else is said', async () => {
    const report = await runCase('default', await put('harmless.pkl', HARMLESS), print('os.getcwd(), time.tzname'));
    expect(report.output.stdout).toBe("/tmp ('UTC', 'UTC')\n");
  });

  it('are the working directory, time zone and limits of the settings', async () => {
    const folder = dirname(await put('work/labels.txt', 'cat dog'));
    const report = await runCase(
      'chosen',
      await put('harmless.pkl', HARMLESS),
      `import os, time, resource\ndef check(path):\n    open(path).close()\n    print(open("labels.txt").read(), time.tzname[0], resource.getrlimit(resource.RLIMIT_NOFILE))\n`,
      { cwd: folder, timezone: 'Asia/Tokyo', nofile: 512 },
    );
    expect(report.output.stdout).toBe('cat dog JST (512, 512)\n');
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('clean');
  });

  it('let nothing be written to a shared folder, and tell of the attempt', async () => {
    const folder = dirname(await put('share/words.txt', 'kept'));
    await chmod(folder, 0o777);
    await chmod(join(folder, 'words.txt'), 0o666);
    const report = await runCase(
      'writes',
      await put('harmless.pkl', HARMLESS),
      'def check(path):\n    open(path).close()\n    print(open("/shared/words.txt").read())\n    try:\n        open("/shared/words.txt", "w").write("changed")\n    except OSError as error:\n        print(error.strerror)\n',
      { sharedFolder: folder },
    );
    expect(report.output.stdout).toBe('kept\nRead-only file system\n');
    expect(
      dynamicFindings(report).some(({ category }) => category === 'file-write' || category === 'file-delete'),
    ).toBe(true);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['the home folder', () => Promise.resolve(homedir()), /holds your home folder/],
    ['the root', () => Promise.resolve('/'), /holds your home folder/],
    ['a folder of the system', () => Promise.resolve('/etc'), /belongs to the system/],
    ['a relative path', () => Promise.resolve('data'), /is no full path/],
    ['no folder', () => put('file', ''), /is no folder/],
    ['nothing', () => Promise.resolve(join(scratch, 'none')), /cannot be read: ENOENT/],
  ])('refuse %s as shared folder, before anything is run', async (_, folder, message) => {
    const model = await put('harmless.pkl', HARMLESS);
    await expect(runCase('refused', model, print('1'), { sharedFolder: await folder() })).rejects.toThrow(message);
  });

  it('refuse a folder with a socket in it, through which the model could reach a program of this machine', async () => {
    const folder = dirname(await put('with-socket/a/x', ''));
    const server = createServer().listen(join(folder, 's'));
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      const model = await put('harmless.pkl', HARMLESS);
      await expect(runCase('socket', model, print('1'), { sharedFolder: dirname(folder) })).rejects.toThrow(
        /has a socket, pipe or device in it/,
      );
    } finally {
      server.close();
    }
  });
});

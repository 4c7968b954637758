import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ListedImage } from '../../src/docker/image-list.js';
import { groupByRule } from '../../src/view/finding-groups.js';
import { parseFromInspector, type RowsWanted } from '../../src/view/inspector-messages.js';
import { ListQuery } from '../../src/view/list-query.js';
import { namesIn, rowOfOffset } from '../../src/view/listing-rows.js';
import {
  arrange,
  groupFindings,
  inFolders,
  isFiltered,
  isFolder,
  WHOLE_VIEW,
  worstAmong,
  type ListedModel,
  type ModelFolder,
} from '../../src/view/models-view.js';
import { QuietQueue } from '../../src/editor/quiet-queue.js';
import { sandboxNodes, type SandboxFacts } from '../../src/editor/sandbox-view.js';
import type { Finding } from '../../src/core/schema.js';
import { bytesSource } from '../../src/readers/bytes.js';
import { disassemble } from '../../src/readers/pickle/disassemble.js';
import { call, global, op, pickle } from '../../samples/assemble.mjs';

function finding(rule: string, severity: Finding['severity'], category: Finding['category'] = 'execution'): Finding {
  const words = { title: `Title of ${rule}`, explanation: '', advice: '' };
  return { rule, severity, category, engine: 'static', evidence: [], count: 1, ...words };
}

describe('the Models view', () => {
  const models: ListedModel[] = [
    { path: '/w/b/clean.pkl', shown: 'b/clean.pkl', outcome: 'clean', findings: [] },
    { path: '/w/new.pkl', shown: 'new.pkl', outcome: 'not scanned', findings: [] },
    { path: '/w/a/odd.pt', shown: 'a/odd.pt', outcome: 'suspicious', findings: [finding('R-ODD', 'medium')] },
    {
      path: '/w/a/bad.pt',
      shown: 'a/bad.pt',
      outcome: 'malicious',
      findings: [finding('R-BAD', 'critical'), finding('R-ODD', 'low')],
    },
  ];
  const tree = (one: ListedModel | ModelFolder<ListedModel>): unknown =>
    isFolder(one) ? { [`${one.label} (${one.path}, ${one.models.length})`]: one.children.map(tree) } : one.shown;

  it('shows folders where the first of their models would stand, and one row for those that hold nothing else', () => {
    const listed = ['a/x/y/bad.pt', 'top.pkl', 'b/2.pkl', 'a/x/y/ok.pt', 'b/c/3.pkl', '/elsewhere/m.pkl'].map(
      (path) => ({
        path: path.startsWith('/') ? path : `/w/${path}`,
        shown: path,
        outcome: 'clean' as const,
        findings: [],
      }),
    );
    expect(inFolders(listed).map(tree)).toEqual([
      { 'a/x/y (a/x/y, 2)': ['a/x/y/bad.pt', 'a/x/y/ok.pt'] },
      'top.pkl',
      { 'b (b, 2)': ['b/2.pkl', { 'c (b/c, 1)': ['b/c/3.pkl'] }] },
      { '/elsewhere (/elsewhere, 1)': ['/elsewhere/m.pkl'] },
    ]);
  });

  const shown = (state: Partial<typeof WHOLE_VIEW>): string[] =>
    arrange(models, { ...WHOLE_VIEW, ...state }).map((model) => model.shown);

  it('has the worst first, and what was not looked at before what is clean', () => {
    expect(shown({})).toEqual(['a/bad.pt', 'a/odd.pt', 'new.pkl', 'b/clean.pkl']);
  });

  it('sorts by name, folder or number of findings', () => {
    expect(shown({ sort: 'name' })).toEqual(['a/bad.pt', 'b/clean.pkl', 'new.pkl', 'a/odd.pt']);
    expect(shown({ sort: 'folder' })).toEqual(['new.pkl', 'a/bad.pt', 'a/odd.pt', 'b/clean.pkl']);
    expect(shown({ sort: 'findings' })[0]).toBe('a/bad.pt');
  });

  it('filters by a part of a path, a rule or a title, and by verdict', () => {
    expect(shown({ text: 'B/' })).toEqual(['b/clean.pkl']);
    expect(shown({ text: 'r-odd' })).toEqual(['a/bad.pt', 'a/odd.pt']);
    expect(shown({ outcomes: ['clean', 'not scanned'] })).toEqual(['new.pkl', 'b/clean.pkl']);
    expect(shown({ text: 'odd', outcomes: ['malicious'] })).toEqual(['a/bad.pt']);
    expect([isFiltered(WHOLE_VIEW), isFiltered({ ...WHOLE_VIEW, text: 'x' })]).toEqual([false, true]);
  });

  it('groups findings by severity or category, and keeps their places in the report', () => {
    const findings = [finding('A', 'low', 'network'), finding('B', 'critical'), finding('C', 'critical', 'network')];
    const heads = (group: 'none' | 'severity' | 'category') =>
      groupFindings(findings, group).map((one) => [one.head, one.severity, one.findings.map(({ index }) => index)]);
    expect(heads('none')).toEqual([[undefined, 'critical', [1, 2, 0]]]);
    expect(heads('severity')).toEqual([
      ['critical', 'critical', [1, 2]],
      ['low', 'low', [0]],
    ]);
    expect(heads('category')).toEqual([
      ['execution', 'critical', [1]],
      ['network', 'critical', [2, 0]],
    ]);
  });
});

describe('the status of all models', () => {
  it('is the worst verdict, and how many have it', () => {
    const verdicts = ['clean', 'malicious', 'inconclusive', 'malicious'] as const;
    expect(worstAmong(verdicts)).toEqual({ verdict: 'malicious', count: 2, total: 4 });
    expect(worstAmong(['clean', 'clean'])).toEqual({ verdict: 'clean', count: 2, total: 2 });
    expect(worstAmong([])).toBeUndefined();
  });
});

describe('Problems', () => {
  it('has one entry for each rule, shown by its worst finding', () => {
    const findings = [finding('A', 'low'), finding('B', 'high'), finding('A', 'critical'), finding('A', 'medium')];
    expect(groupByRule(findings).map(({ rule, index, others }) => [rule, index, others.length])).toEqual([
      ['A', 2, 2],
      ['B', 1, 0],
    ]);
  });
});

describe('the Sandbox view', () => {
  const engine = { name: 'Container engine', ok: true, detail: 'Docker' };
  const image = (layer: string, tag: string, current: boolean): ListedImage => ({
    layer,
    tag,
    current,
    used: false,
    sizeBytes: 1,
    created: '',
  });
  const facts: SandboxFacts = {
    checks: [engine, { name: 'Sandbox images', ok: true, detail: '' }],
    images: [image('core', 'old', false), image('core', 'new', true)],
    layers: ['core', 'torch'],
  };

  it('lists the engine, the images in use, what is not built, and what is outdated', () => {
    const nodes = sandboxNodes(facts, []);
    expect(nodes.map((node) => (node.kind === 'head' ? node.id : node.kind))).toEqual(['check', 'images', 'outdated']);
    const images = nodes[1]?.kind === 'head' ? nodes[1].children : [];
    expect(images).toEqual([
      { kind: 'image', image: facts.images[1] },
      { kind: 'unbuilt', layer: 'torch' },
    ]);
  });

  it('lists what runs, with or without an engine, and leaves the missing engine to the welcome', () => {
    const scan = { key: 'file:///a.pkl', state: 'scanning', message: 'loading', steps: '' } as const;
    const missing: SandboxFacts = { checks: [{ ...engine, ok: false }], images: [], layers: ['core'] };
    expect(sandboxNodes(missing, [])).toEqual([]);
    expect(sandboxNodes(undefined, [scan])).toEqual([
      { kind: 'head', id: 'scans', children: [{ kind: 'scan', scan }] },
    ]);
  });
});

describe('a long list', () => {
  const columns = [
    { title: 'Name', kind: 'code' },
    { title: 'Size', kind: 'bytes' },
  ] as const;
  const rows = Array.from({ length: 100_000 }, (_, index) => ({ cells: [`tensor.${index}`, 100_000 - index] }));
  const wanted = { filter: '', sort: undefined, descending: false, toggled: [], from: 0, count: 50 };

  it('gives the part that is seen, filtered and sorted', () => {
    const query = new ListQuery({ columns, rows });
    expect(query.rows({ ...wanted, from: 99_990 })).toMatchObject({ total: 100_000, rows: { length: 10 } });
    expect(query.rows({ ...wanted, filter: 'TENSOR.777', count: 1 })).toMatchObject({
      total: 111,
      rows: [{ cells: ['tensor.777', 99_223] }],
    });
    expect(query.rows({ ...wanted, sort: 1 }).rows[0]?.cells[1]).toBe(1);
    expect(query.rows({ ...wanted, sort: 1, descending: true }).rows[0]?.cells[1]).toBe(100_000);
    expect(query.rows(wanted).rows[0]?.cells[0]).toBe('tensor.0');
  });

  it('of a tree has what is not folded away, and with a filter what matches and where it lies', () => {
    const tree = [0, 1, 2, 2, 1, 0].map((depth, at) => ({ cells: [`row ${at}`], depth }));
    const query = new ListQuery({ columns: [{ title: 'Name', kind: 'code' }], rows: tree });
    const ids = (more: object): unknown[] => query.rows({ ...wanted, ...more }).rows.map(({ id }) => id);
    expect(ids({})).toEqual([0, 1, 4, 5]);
    expect(ids({ toggled: [1] })).toEqual([0, 1, 2, 3, 4, 5]);
    expect(ids({ toggled: [0, 1] })).toEqual([0, 5]);
    expect(ids({ filter: 'ROW 3' })).toEqual([0, 1, 3]);
    expect(query.rows(wanted).rows.map(({ open }) => open)).toEqual([true, false, undefined, undefined]);
  });

  it('of a tree is searched by the path of a row too, and counts what has the text', () => {
    const names = ['model', 'layers', '0', 'bias', '10', 'bias'];
    const tree = [0, 1, 2, 3, 2, 3].map((depth, at) => ({ cells: [names[at] ?? ''], depth }));
    const query = new ListQuery({ columns: [{ title: 'Name', kind: 'code' }], rows: tree });
    const ids = (filter: string): unknown[] => query.rows({ ...wanted, filter }).rows.map(({ id }) => id);
    expect(ids('layers.10.b')).toEqual([0, 1, 4, 5]);
    expect(query.count('layers.10.b')).toBe(1);
    expect(ids('Model.layers')).toEqual([0, 1]);
    expect([query.count(''), query.count('bias'), query.count('l.0')]).toEqual([6, 2, 0]);
  });

  it('sorts names in the order in which people count', () => {
    const cells = ['layer10', 'layer2', 'Layer1', 'layer02', 'layer'].map((cell) => ({ cells: [cell] }));
    const query = new ListQuery({ columns: [{ title: 'Name', kind: 'code' }], rows: cells });
    const sorted = (descending: boolean) =>
      query.rows({ ...wanted, sort: 0, descending }).rows.map((row) => row.cells[0]);
    expect(sorted(false)).toEqual(['layer', 'Layer1', 'layer2', 'layer02', 'layer10']);
    expect(sorted(true)[0]).toBe('layer10');
  });

  it('sorts judgements by how bad they are', () => {
    const judged = ['allowed', 'dangerous', 'unknown'].map((cell) => ({ cells: [cell] }));
    const query = new ListQuery({ columns: [{ title: 'Judgement', kind: 'judgement' }], rows: judged });
    expect(query.rows({ ...wanted, sort: 0 }).rows.map(({ cells }) => cells[0])).toEqual([
      'dangerous',
      'unknown',
      'allowed',
    ]);
  });
});

describe('a message from the inspector', () => {
  const rows: RowsWanted = {
    version: 1,
    list: 'tensors',
    filter: '',
    sort: undefined,
    descending: false,
    toggled: [],
    from: 0,
    count: 10,
  };

  it('asks for the numbers of an array, for a search, or for a copy', () => {
    for (const message of [
      { type: 'values', version: 1, array: 0 },
      { type: 'find', version: 1, filter: 'bias' },
      { type: 'copy', wanted: rows },
    ])
      expect(parseFromInspector(message)).toEqual(message);
    for (const message of [
      { type: 'values', version: 1, array: -1 },
      { type: 'values', array: 0 },
      { type: 'find', version: 1, filter: 'x'.repeat(201) },
      { type: 'find', version: 1 },
      { type: 'copy', wanted: { ...rows, list: 'everything' } },
      { type: 'copy' },
    ])
      expect(parseFromInspector(message)).toBeUndefined();
  });

  it('is one of the few there are', () => {
    expect(parseFromInspector({ type: 'scan', more: 1 })).toEqual({ type: 'scan' });
    expect(parseFromInspector({ type: 'line', index: 2 })).toEqual({ type: 'line', index: 2 });
    expect(parseFromInspector({ type: 'opcode', pickle: 0, offset: 9 })).toEqual({
      type: 'opcode',
      pickle: 0,
      offset: 9,
    });
    expect(parseFromInspector({ type: 'rows', wanted: rows })).toEqual({ type: 'rows', wanted: rows });
  });

  it.each([
    [undefined],
    ['scan'],
    [{ type: 'constructor' }],
    [{ type: 'line', index: -1 }],
    [{ type: 'line', index: '1' }],
    [{ type: 'opcode', pickle: 0 }],
    [{ type: 'rows' }],
    [{ type: 'rows', wanted: { ...rows, list: '__proto__' } }],
    [{ type: 'rows', wanted: { ...rows, count: 1_000_000 } }],
    [{ type: 'rows', wanted: { ...rows, filter: 'x'.repeat(201) } }],
  ])('and not %j', (message) => {
    expect(parseFromInspector(message)).toBeUndefined();
  });
});

describe('the lines of a listing', () => {
  it('are found by the offset of an opcode, and by nothing in between', async () => {
    const content = bytesSource(pickle(call(global('os', 'system'), op.unicode('id'))));
    const listing = await disassemble(content);
    const lines = await listing.lines(1, 100);
    expect(rowOfOffset(lines, 2)).toBe(1);
    expect(rowOfOffset(lines, 22)).toBe(5);
    expect(rowOfOffset(lines, 3)).toBeUndefined();
    expect(rowOfOffset(lines, 1000)).toBeUndefined();
  });

  it.each([
    ['looks up os.system', ['os.system']],
    ['os.system again', ['os.system']],
    ["calls os.system('a.b c.d')", ['os.system']],
    ["calls builtins.getattr(posix.x, 'y.z')", ['builtins.getattr', 'posix.x']],
    ["returns os.system('id')", []],
    ['', []],
  ])('%j names %j', (note, names) => {
    expect(namesIn({ note })).toEqual(names);
  });
});

describe('quiet work', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function queue(limit = 3): { queue: QuietQueue; worked: string[]; floods: () => number } {
    const worked: string[] = [];
    let floods = 0;
    const made = new QuietQueue({
      settle: 1000,
      limit,
      work: (key) => {
        worked.push(key);
        return new Promise((resolve) => setTimeout(resolve, 100));
      },
      onFlood: () => (floods += 1),
    });
    return { queue: made, worked, floods: () => floods };
  }

  it('waits for the last change, and does one thing at a time', async () => {
    const { queue: quiet, worked } = queue();
    quiet.add('a');
    await vi.advanceTimersByTimeAsync(900);
    quiet.add('a');
    quiet.add('b');
    await vi.advanceTimersByTimeAsync(900);
    expect(worked).toEqual([]);
    await vi.advanceTimersByTimeAsync(150);
    expect(worked).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(100);
    expect(worked).toEqual(['a', 'b']);
    expect(quiet.isIdle).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
    expect(quiet.isIdle).toBe(true);
  });

  it('leaves a flood out, says so once, and goes on afterwards', async () => {
    const { queue: quiet, worked, floods } = queue();
    for (const key of 'abcdefgh') quiet.add(key);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(worked).toEqual(['a', 'b', 'c']);
    expect(floods()).toBe(1);
    quiet.add('z');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(worked.at(-1)).toBe('z');
  });

  it('forgets what is gone, and everything at its end', async () => {
    const { queue: quiet, worked } = queue();
    quiet.add('a');
    quiet.add('b');
    quiet.remove('a');
    await vi.advanceTimersByTimeAsync(1_500);
    quiet.add('c');
    quiet.dispose();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(worked).toEqual(['b']);
  });
});

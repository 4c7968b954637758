import * as assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MODELS } from '../models.mjs';
import { setup } from './index.js';
import { Workbench } from './workbench.js';

const SHOWCASE = basename(MODELS.showcase);
const ROWS = 100_000;

for (const theme of ['dark', 'light', 'contrast'] as const) {
  describe(`a person who clicks on a model, in ${theme}`, () => {
    let code: Workbench;
    before(async () => {
      code = await Workbench.open(theme);
      await code.file('models').click();
    });
    after(() => code.close());

    it('sees what it is and what is wrong with it', async () => {
      await code.openModel(SHOWCASE);
      await code.inspector.locator('.verdict-malicious').waitFor();
      // The verdict can be known before the file was looked into.
      await code.inspector.locator('.facts', { hasText: 'Python pickle' }).waitFor();
      const facts = await code.inspector.locator('.facts').innerText();
      assert.match(facts, /Format\s+Python pickle/);
      assert.match(facts, /SHA-256\s+[0-9a-f]{64}/);
      assert.match(await code.inspector.locator('.verdict').innerText(), /read, (?:not run|and run in the sandbox)/);
      await code.inspector.locator('.list .judgement-dangerous').first().waitFor();
      await code.screenshot(`inspector-${theme}`);
      assert.deepEqual(code.refusals, []);
    });

    it('can read it without eyes, or with a keyboard alone', async () => {
      assert.deepEqual(await code.accessibilityProblems(), []);
    });

    it('goes from a name to the opcode that asks for it', async () => {
      await code.inspector.locator('vscode-panel-tab', { hasText: 'Names It Asks For' }).click();
      await code.inspector.locator('.list .leads', { hasText: 'socket.create_connection' }).click();
      await code.tab(`${SHOWCASE}.disassembly`).waitFor();
      await code.page.locator('.view-line', { hasText: 'socket create_connection' }).first().waitFor();
      await code.page.locator('.current-line').first().waitFor();
      await code.page.locator('.squiggly-hint').first().waitFor();
      await code.screenshot(`disassembly-${theme}`);
    });
  });
}

describe('a person who looks into a pickle', () => {
  let code: Workbench;
  before(async () => {
    // What pickle.dumps({"epoch": 3, "config": {"lr": 0.5, "layers": [64, 32]}}) writes.
    const text = '(dVepoch\nI3\nsVconfig\n(dVlr\nF0.5\nsVlayers\n(lI64\naI32\nass.';
    await writeFile(join(setup.workspace, 'models', 'nested.pkl'), text);
    code = await Workbench.open('dark');
    await code.file('models').click();
  });
  after(() => code.close());

  it('sees what it would build, and unfolds it with a key', async () => {
    await code.openModel('nested.pkl');
    await code.inspector.locator('vscode-panel-tab', { hasText: 'Objects' }).click();
    const list = code.inspector.locator('.list');
    await list.locator('[role=row]', { hasText: "['config']" }).waitFor();
    assert.equal(await list.locator('[role=row]', { hasText: "['layers']" }).count(), 0);
    await list.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await code.page.keyboard.press(key);
    await list.locator('[role=row]', { hasText: "['layers']" }).waitFor();
    assert.equal(await list.locator('.current').getAttribute('aria-expanded'), 'true');
    await code.screenshot('objects');
    assert.deepEqual(await code.accessibilityProblems(), []);
  });
});

describe('a person with a very long list', () => {
  let code: Workbench;
  before(async () => {
    await writeFile(join(setup.workspace, 'models', 'long.safetensors'), tensors(ROWS));
    code = await Workbench.open('dark');
    await code.file('models').click();
  });
  after(() => code.close());

  it('sees its end at the press of a key, with a handful of rows made', async () => {
    await code.openModel('long.safetensors');
    await code.inspector.locator('vscode-panel-tab', { hasText: 'Tensors (100,000)' }).click();
    const list = code.inspector.locator('.list-tensors');
    await list.waitFor();
    await list.focus();
    await code.page.keyboard.press('End');
    await list.locator('.current', { hasText: `tensor.${ROWS - 1}` }).waitFor();
    assert.ok((await list.locator('[role=row]').count()) < 100);
    await code.page.keyboard.press('Home');
    await list.locator('.current', { hasText: 'tensor.0' }).waitFor();
  });

  it('finds one row by a part of its name', async () => {
    await code.inspector.locator('vscode-text-field input').fill('tensor.77777');
    await code.inspector.locator('.list[aria-rowcount="2"] .leads, .list[aria-rowcount="2"] .code').first().waitFor();
  });

  it('sees the engine and the images beside the models', async () => {
    await code.showModels();
    await code.showSandbox();
    await code.model('Container engine').first().waitFor();
    await code.screenshot('views');
  });
});

/** A SafeTensors file of that many numbers, each a tensor. */
function tensors(count: number): Uint8Array {
  const entries = Array.from({ length: count }, (_, at) => [
    `tensor.${at}`,
    { dtype: 'F32', shape: [1], data_offsets: [4 * at, 4 * at + 4] },
  ]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4 * count)]);
}

describe('a person who looks at numbers', () => {
  const models = (name: string): string => join(setup.workspace, 'models', name);
  let code: Workbench;
  before(async () => {
    await writeFile(models('normal.npy'), numpyArray(300, 64));
    await writeFile(models('nested.safetensors'), layers(12));
    code = await Workbench.open('dark');
    await code.file('models').click();
  });
  after(() => code.close());

  it('sees of an array how they are spread, what they reach from and to, and the first rows', async () => {
    await code.openModel('normal.npy');
    const values = code.inspector.locator('.values');
    await values.locator('.histogram .mark').first().waitFor();
    const text = await values.innerText();
    assert.match(text, /Elements\s+19,200/);
    assert.match(text, /Minimum\s+-3\s+Maximum\s+2\.99\d+\s+Mean\s+0\.000\d+\s+NaN\s+1\b/);
    assert.match(text, /the first 50 of 300 rows, the first 16 of 64 columns/);
    assert.equal(await values.locator('tbody tr').count(), 50);
    await values.locator('.histogram').focus();
    await code.page.keyboard.press('ArrowRight');
    await values.locator('.selected', { hasText: /^\d+ from -/ }).waitFor();
    await code.screenshot('numbers');
    assert.deepEqual(await code.accessibilityProblems(), []);
    assert.equal(await code.overflow(), 0);
    assert.deepEqual(code.refusals, []);
  });

  it('sees a model as a tree of its layers, with what each adds up to, and opens a tensor with a key', async () => {
    await code.openModel('nested.safetensors');
    await code.inspector.locator('.facts', { hasText: 'Parameters' }).waitFor();
    assert.match(await code.inspector.locator('.facts').first().innerText(), /Parameters\s+240\s+Types\s+F32/);
    const rows = code.inspector.locator('vscode-panel-view:not([hidden]) .list-body [role=row]');
    await rows.nth(12).waitFor();
    const names = (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
    assert.match(names[0] ?? '', /model\.layers 240 F32 960 B$/);
    assert.match(names[3] ?? '', /2 20 F32 80 B$/);
    assert.match(names[11] ?? '', /10 20 F32 80 B$/);
    const list = code.inspector.locator('vscode-panel-view:not([hidden]) .list');
    await list.focus();
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowDown']) await code.page.keyboard.press(key);
    // The rows of what was unfolded come from the extension.
    await list.locator('.current', { hasText: 'bias' }).waitFor();
    await code.page.keyboard.press('Enter');
    await code.inspector.locator('.values h3', { hasText: 'bias' }).waitFor();
    await code.inspector.locator('.values .facts', { hasText: 'Maximum' }).waitFor();
  });

  it('finds a text in all lists at once, and takes what is found along as text', async () => {
    await code.inspector.locator('vscode-text-field input').fill('layers.7.w');
    await code.inspector.locator('vscode-panel-tab', { hasText: 'Tensors (1 of 24)' }).click();
    await code.inspector.locator('vscode-panel-tab', { hasText: 'Parameter Tree (1 of 37)' }).waitFor();
    await code.inspector.locator('.found', { hasText: '2 rows found' }).waitFor();
    const view = code.inspector.locator('vscode-panel-view:not([hidden])');
    await view.locator('.list[aria-rowcount="2"]').waitFor();
    await view.locator('vscode-button', { hasText: 'Copy as Text' }).click();
    await code.page.locator('.statusbar-item', { hasText: '1 row was copied' }).waitFor();
    const copied = await code.page.evaluate('navigator.clipboard.readText()');
    assert.equal(copied, 'Name\tType\tShape\tSize\nmodel.layers.7.weight\tF32\t4 × 4\t64\n');
  });
});

/** A file of `numpy.save`, with numbers that are spread like a bell, and one that is none. */
function numpyArray(rows: number, columns: number): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117);
  const numbers = Buffer.alloc(4 * rows * columns);
  for (let at = 0; at < rows * columns; at += 1) {
    // The sum of several numbers that are spread evenly (a sequence of golden ratios).
    const sum = [1, 2, 3, 4, 5, 6].reduce((all, part) => all + ((at * part * 0.6180339887) % 1), 0);
    numbers.writeFloatLE(at === 70 ? NaN : sum - 3, 4 * at);
  }
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1'), Buffer.from(`${header}\n`), numbers]);
}

/** A SafeTensors file of layers of a weight and a bias. */
function layers(count: number): Uint8Array {
  let end = 0;
  const entries = Array.from({ length: count }, (_, layer) =>
    (
      [
        ['weight', [4, 4]],
        ['bias', [4]],
      ] as const
    ).map(([name, shape]) => {
      const start = end;
      end += 4 * shape.reduce((product: number, side) => product * side, 1);
      return [`model.layers.${layer}.${name}`, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
    }),
  ).flat();
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const numbers = Buffer.alloc(end);
  for (let at = 0; at < end; at += 4) numbers.writeFloatLE(at / 100, at);
  return Buffer.concat([length, header, numbers]);
}

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
    await code.inspector.locator('vscode-panel-tab', { hasText: 'Tensors (100,000)' }).waitFor();
    const list = code.inspector.locator('.list');
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

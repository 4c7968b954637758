/** How long things take where a person waits for them. What is measured is a figure for `npm run bench`; a machine's speed fails no test. */
import * as assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import * as vscode from 'vscode';
import { call, global, op, pickle, value } from '../../../samples/assemble.mjs';
import { editor, eventually, extension, inWorkspace, measured } from './support.js';

const MODELS = 505;
const HOSTILE = 14;
const LINES = 2_000;
const RUNS = 9;

describe('the first folder of a window', () => {
  it('has its models read, in so many seconds, with the extension host held for so long at once', async () => {
    await eventually('activation', () => extension().isActive);
    await editor().autoScan.atStart;
    assert.equal(editor().results.all().length, 0);
    // The file of the workspace and a second folder start extensions of VS Code's own, whose start is not ours.
    await vscode.extensions.getExtension('vscode.json-language-features')?.activate();
    const another = vscode.Uri.joinPath(inWorkspace('.'), '..', 'another');
    await mkdir(another.fsPath);
    vscode.workspace.updateWorkspaceFolders(1, 0, { uri: another });
    await eventually('a second folder', () => vscode.workspace.workspaceFolders?.length === 2);
    await editor().autoScan.atStart;
    // Beside the folder that is open: one that is made there comes file by file, and is not read by itself.
    const folder = vscode.Uri.joinPath(inWorkspace('.'), '..', 'models');
    await makeModels(folder.fsPath);
    const profile = await startProfile();
    const cpu = process.cpuUsage();
    const began = performance.now();
    const held = holdMeter();
    vscode.workspace.updateWorkspaceFolders(1, 1, { uri: folder });
    await eventually('the models', () => editor().results.all().length === MODELS);
    await editor().autoScan.atStart;
    measured.startReadHeldMs = rounded(held());
    const { user, system } = process.cpuUsage(cpu);
    measured.startReadSeconds = rounded((performance.now() - began) / 1000);
    measured.startReadHostCpuSeconds = rounded((user + system) / 1e6);
    await profile?.();
    const hostile = editor()
      .results.all()
      .filter(({ status }) => {
        return status.kind === 'finished' && status.report.verdict === 'malicious';
      });
    assert.equal(hostile.length, HOSTILE);
  });
});

describe(`a Python file of ${LINES} lines`, () => {
  it('has its lines above loads in so many milliseconds', async () => {
    const uri = inWorkspace('long.py');
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      // Another text each time: of one that is known, only the answer is asked for.
      await writeFile(uri.fsPath, pythonOf(run));
      const document = await vscode.workspace.openTextDocument(uri);
      await eventually('the text', () => document.getText().startsWith(`# ${run}\n`));
      const began = performance.now();
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri);
      times.push(performance.now() - began);
      assert.equal(lenses.filter(({ command }) => command?.title.startsWith('DynScan') === true).length, LINES / 100);
    }
    // The least: the others have the rest of VS Code in them.
    measured.lensMs = rounded(Math.min(...times));
  });
});

async function makeModels(folder: string): Promise<void> {
  await mkdir(folder);
  for (let index = 0; index < MODELS; index += 1) {
    const numbers = Array.from({ length: 10 + (index % 500) }, (_, at) => at * index);
    const content =
      index < HOSTILE ? call(global('posix', 'system'), op.unicode(`id -${index}`)) : value([index, numbers]);
    await writeFile(join(folder, `${index}.pkl`), pickle(content));
  }
}

function pythonOf(run: number): string {
  const block = (at: number): string[] => [
    `model_${at} = torch.load("../models/${at}.pkl")`,
    ...Array.from({ length: 99 }, (_, line) => `value_${line} = compute(model_${at}, "text ${line}", [${line}, 2, 3])`),
  ];
  const lines = Array.from({ length: LINES / 100 }, (_, at) => block(at)).flat();
  return [`# ${run}`, 'import torch', ...lines].join('\n');
}

/** With `$DYNSCAN_PROFILE`, the file that the processor's profile of the extension host goes to. */
async function startProfile(): Promise<(() => Promise<void>) | undefined> {
  const file = process.env['DYNSCAN_PROFILE'];
  if (file === undefined) return undefined;
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    await writeFile(file, JSON.stringify(profile));
    session.disconnect();
  };
}

/**
 * The longest time between two turns of the event loop, milliseconds: what the thread worked, not what passed, so that other programs of the machine
 * do not count.
 */
function holdMeter(): () => number {
  let longest = 0;
  let before = process.threadCpuUsage();
  const timer = setInterval(() => {
    const now = process.threadCpuUsage();
    longest = Math.max(longest, (now.user + now.system - before.user - before.system) / 1000);
    before = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}

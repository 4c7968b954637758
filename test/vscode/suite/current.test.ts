/** A verdict that is shown is one of what the file is now, whatever its size and times say. */
import * as assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { call, global, op, pickle, value } from '../../../samples/assemble.mjs';
import { editor, eventually, inWorkspace, resultOf } from './support.js';

const SIZE = 400;
/** Long ago, so that nothing is in doubt for how new it is. */
const THEN = new Date('2024-05-06T07:08:09Z');

/** A pickle of `SIZE` bytes. */
function sized(make: (padding: string) => Uint8Array): Uint8Array {
  const padding = 'x'.repeat(SIZE - make('').length);
  const made = make(padding);
  assert.equal(made.length, SIZE);
  return made;
}

const HARMLESS = sized((padding) => pickle(op.unicode(padding)));
const HOSTILE = sized((padding) => pickle(call(global('posix', 'system'), op.unicode(`id #${padding}`))));

async function write(path: string, content: Uint8Array): Promise<void> {
  await writeFile(path, content);
  await utimes(path, THEN, THEN);
}

/** As archives and package managers put files in place. */
async function replace(path: string, content: Uint8Array, from = `${path}.part`): Promise<void> {
  await write(from, content);
  await rename(from, path);
  const { size, mtimeMs } = await stat(path);
  assert.deepEqual([size, mtimeMs], [content.length, THEN.getTime()]);
}

async function scanned(uri: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
  assert.equal(verdictOf(uri), 'clean');
}

function verdictOf(uri: vscode.Uri): string | undefined {
  const status = resultOf(uri)?.status;
  return status?.kind === 'finished' ? status.report.verdict : undefined;
}

describe('a clean model', () => {
  const folder = inWorkspace('current');
  const path = (name: string): string => join(folder.fsPath, name);
  before(async () => {
    await mkdir(folder.fsPath, { recursive: true });
  });
  after(async () => rm(folder.fsPath, { recursive: true, force: true }));

  it('is not clean any more when another of its size and time takes its place', async () => {
    const uri = vscode.Uri.file(path('replaced.pkl'));
    await write(uri.fsPath, HARMLESS);
    await scanned(uri);
    await replace(uri.fsPath, HOSTILE);
    await eventually('no verdict of the file that was there', () => verdictOf(uri) !== 'clean');
    await eventually('the verdict of the file that is there', () => verdictOf(uri) === 'malicious');
  });

  it('is not clean any more when it is written over, and its times are set back', async () => {
    const uri = vscode.Uri.file(path('rewritten.pkl'));
    await write(uri.fsPath, HARMLESS);
    await scanned(uri);
    await write(uri.fsPath, HOSTILE);
    await eventually('the verdict of the file that is there', () => verdictOf(uri) === 'malicious');
  });

  it('is not clean any more when the file that it is a link to is another', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'dynscan-outside-'));
    const target = join(outside, 'blob');
    const uri = vscode.Uri.file(path('link.pkl'));
    await write(target, HARMLESS);
    await symlink(target, uri.fsPath);
    await scanned(uri);
    await replace(target, HOSTILE);
    await eventually('no verdict of the file that was there', () => verdictOf(uri) !== 'clean');
    await rm(outside, { recursive: true });
  });

  it('is looked at again when a report of it is opened, for not every change has an event', async () => {
    const uri = vscode.Uri.file(path('.git/objects/untold.pkl'));
    await mkdir(path('.git/objects'), { recursive: true });
    await write(uri.fsPath, HARMLESS);
    await scanned(uri);
    await replace(uri.fsPath, HOSTILE);
    await vscode.commands.executeCommand('dynscan.showReport', uri);
    await eventually('no verdict of the file that was there', () => verdictOf(uri) !== 'clean');
  });

  it('stays what it is when it is only touched', async () => {
    const uri = vscode.Uri.file(path('touched.pkl'));
    await write(uri.fsPath, HARMLESS);
    await scanned(uri);
    const before = resultOf(uri)?.stamp?.identity;
    await utimes(uri.fsPath, new Date(), new Date());
    await eventually('the new time', () => resultOf(uri)?.stamp?.identity !== before);
    assert.equal(verdictOf(uri), 'clean');
  });

  it('that is a folder is not clean any more when one of its other files is another', async () => {
    const uri = vscode.Uri.file(path('hub/config.json'));
    const weights = path('hub/pytorch_model.bin');
    await mkdir(path('hub'));
    await writeFile(uri.fsPath, JSON.stringify({ architectures: ['BertModel'], model_type: 'bert' }));
    await write(weights, pickle(value([1])));
    await vscode.commands.executeCommand('dynscan.scanModelStatic', uri);
    const before = resultOf(uri);
    assert.ok(before?.status.kind === 'finished');
    assert.equal(before.status.report.model.format, 'huggingface');
    await replace(weights, pickle(value([2])), path('part'));
    await eventually('no verdict of the files that were there', () => resultOf(uri)?.stamp !== before.stamp);
  });

  it('that is a folder is listed by the name of the folder before any scan, with its own code as a link', async () => {
    const uri = vscode.Uri.file(path('my-bert/config.json'));
    await mkdir(path('my-bert'));
    await writeFile(path('my-bert/modeling_own.py'), 'class Own: pass\n');
    const auto_map = {
      AutoModel: 'modeling_own.Own',
      AutoConfig: 'someone/else--config.Config',
      x: '../../etc.passwd',
    };
    await writeFile(uri.fsPath, JSON.stringify({ model_type: 'own', auto_map }));
    const { models } = editor();
    const find = async () => (await models.getChildren()).find((node) => node.uri.toString() === uri.toString());
    await eventually('the folder', async () => (await find()) !== undefined);
    const node = await find();
    assert.ok(node);
    assert.equal(resultOf(uri), undefined);
    assert.equal(models.getTreeItem(node).label, 'my-bert');
    const code = (await models.getChildren(node)).map((one) => models.getTreeItem(one));
    assert.deepEqual(
      code.map(({ label }) => label),
      ['modeling_own.py', 'someone/else'],
    );
    const opened = code[0]?.command?.arguments?.[0] as vscode.Uri | undefined;
    assert.equal(opened?.fsPath, path('my-bert/modeling_own.py'));
    assert.equal(code[1]?.command, undefined);
  });

  it('is read anew by the inspector, whatever its size and time', async () => {
    const uri = vscode.Uri.file(path('inspected.pkl'));
    await write(uri.fsPath, HARMLESS);
    const look = async (): Promise<string> =>
      JSON.stringify((await editor().inspections.of(uri, new AbortController().signal)).lists);
    assert.doesNotMatch(await look(), /posix\.system/);
    await replace(uri.fsPath, HOSTILE);
    assert.match(await look(), /posix\.system/);
  });
});

import { setImmediate } from 'node:timers/promises';
import type { ExtensionContext } from 'vscode';
import type { EngineBundle } from './editor/app.js';
import { Editor } from './editor/editor.js';

/** The files of the engine in the order in which they are loaded, the engine itself last (scripts/build.mjs). */
declare const DYNSCAN_ENGINE: readonly string[];

let editor: Editor | undefined;
let engine: Promise<EngineBundle> | undefined;

export function activate(context: ExtensionContext): Editor {
  editor = new Editor(context, () => (engine ??= loadEngine()));
  context.subscriptions.push(editor);
  return editor;
}

/** Between two parts other extensions have their turn. */
async function loadEngine(): Promise<EngineBundle> {
  let loaded: unknown;
  for (const file of DYNSCAN_ENGINE) {
    loaded = await import(file);
    await setImmediate();
  }
  return loaded as typeof import('./engine.js');
}

/** VS Code waits a moment for it, and then disposes of the editor side. */
export function deactivate(): Promise<void> | undefined {
  return editor?.kept.flush();
}

import type { ExtensionContext } from 'vscode';
import { Editor } from './editor/editor.js';

let editor: Editor | undefined;

export function activate(context: ExtensionContext): Editor {
  editor = new Editor(context, () => import('./engine.js'));
  context.subscriptions.push(editor);
  return editor;
}

/** VS Code waits a moment for it, and then disposes of the editor side. */
export function deactivate(): Promise<void> | undefined {
  return editor?.kept.flush();
}

import type { ExtensionContext } from 'vscode';
import { Editor } from './editor/editor.js';

export function activate(context: ExtensionContext): Editor {
  const editor = new Editor(context, () => import('./engine.js'));
  context.subscriptions.push(editor);
  return editor;
}

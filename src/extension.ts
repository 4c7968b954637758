import type { ExtensionContext } from 'vscode';
import { Editor } from './editor/editor.js';

/** What reads models and runs sandboxes is loaded when the first scan asks for it. */
export function activate(context: ExtensionContext): Editor {
  const editor = new Editor(context, {
    scanPaths: async (request, hooks) => (await import('./scan/scan.js')).scanPaths(request, hooks),
    diagnose: async (settings) => (await import('./docker/doctor.js')).diagnose(settings),
  });
  context.subscriptions.push(editor);
  return editor;
}

/** Error messages for the user. */
import { escapeText } from '../core/escape.js';
import { TOOL_NAME } from '../core/tool.js';
import { CancelledError, UserError } from '../core/user-error.js';

/** A UserError is shown as its message; anything else is a defect of the program and is shown as one, with its stack. */
export function describeError(error: unknown): string {
  if (error instanceof UserError || error instanceof CancelledError)
    return `${TOOL_NAME}: ${escapeLines(error.message)}`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${TOOL_NAME}: defect in the program; please report it with the lines below.\n${escapeLines(stack)}`;
}

export function isAbort(error: unknown): boolean {
  return error instanceof CancelledError || (error instanceof Error && error.name === 'AbortError');
}

export function escapeLines(text: string): string {
  return text.split('\n').map(escapeText).join('\n');
}

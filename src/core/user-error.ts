/**
 * An error that the user can act on: one message that says what happened, why, and what to do next.
 * Anything else that is thrown is a defect of the program and is shown as one.
 * Example: `throw new UserError('model.pt cannot be read: permission denied. Make the file readable and scan again.')`.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** A request that makes no sense, found before anything was done. */
export class UsageError extends UserError {}

/** What an error says, not escaped. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why something failed, for a report: whole sentences, not yet escaped when they come from the system. */
export function reasonOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) return `There is no room left on the disk (${error.message}).`;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `DynScan failed with an error of its own, which is a defect: please report it (${text.slice(0, 500)}).`;
}

/** An error of the system, with one of these codes when some are given. */
export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException & { code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return codes.length === 0 || codes.includes(error.code);
}

/** The user stopped the scan. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
  constructor() {
    super('The scan was cancelled.');
  }
}

/** As `instanceof`, also for an error that was made in another bundle, which has classes of its own. */
export function isNamed(error: unknown, name: 'UserError' | 'CancelledError'): error is Error {
  return error instanceof Error && error.name === name;
}

/** Throws a CancelledError when the signal has aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError();
}

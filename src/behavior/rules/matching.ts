/** Conditions and advice that rules of several kinds share. */
import type { Act, CallAct, OutsideLimit } from '../acts.js';

/** By name alone. */
export const called =
  (...names: readonly string[]) =>
  (act: Act): string | undefined =>
    act.act === 'call' && names.includes(act.name) ? act.name : undefined;

export const calledWith =
  (names: readonly string[], applies: (flags: CallAct['flags']) => boolean, subject: string) => (act: Act) =>
    act.act === 'call' && names.includes(act.name) && applies(act.flags) ? subject : undefined;

export const outside =
  (limit: OutsideLimit, onPurpose = false) =>
  (act: Act): string | undefined =>
    act.act === 'outside' && act.limit === limit && (act.onPurpose || !onPurpose) ? limit : undefined;

export const LEAVE = 'Do not load this model anywhere. What it tried has no use but an attack.';
export const UNSEEN = 'Do not load this model, and do not trust what this scan did not see.';

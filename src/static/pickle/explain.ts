/** Explains one name that a pickle asks for. */
import type { GlobalJudgement } from '../../core/inspection.js';
import { JUDGEMENTS } from '../../core/inspection.js';
import { canonicalModule, judge, type Judgement } from '../../names/capabilities.js';
import { CAPABILITY_RULES, PICKLE_RULES } from './rules.js';

export interface GlobalExplanation {
  readonly judgement: GlobalJudgement;
  /** The caller escapes the words and knows where the name came from. */
  readonly words: string;
}

/** `global` is `module.name` as listings write it, which does not show where the module ends: the worst reading counts. */
export function explainGlobal(global: string): GlobalExplanation {
  const parts = global.split('.').slice(0, PARTS_LIMIT);
  const readings = parts.slice(1).map((_, index) => {
    const module = canonicalModule(parts.slice(0, index + 1).join('.'));
    return judge(module, parts.slice(index + 1).join('.'));
  });
  const worst = readings.sort((one, other) => JUDGEMENTS.indexOf(one.kind) - JUDGEMENTS.indexOf(other.kind));
  const likely = worst[0]?.kind === 'dangerous' ? worst[0] : (judgeLast(parts) ?? worst[0]);
  return likely ? { judgement: likely.kind, words: wordsOf(likely, global) } : UNREADABLE;
}

const PARTS_LIMIT = 32;
const UNREADABLE: GlobalExplanation = { judgement: 'unknown', words: 'This is no name of anything in a module.' };

/** The usual reading: the module is all but the last part. */
function judgeLast(parts: readonly string[]): Judgement | undefined {
  const name = parts.at(-1);
  if (name === undefined || parts.length < 2) return undefined;
  return judge(canonicalModule(parts.slice(0, -1).join('.')), name);
}

function wordsOf(judgement: Judgement, global: string): string {
  switch (judgement.kind) {
    case 'dangerous':
      return PICKLE_RULES[CAPABILITY_RULES[judgement.capability]].explain(`The pickle asks for ${global}`);
    case 'unlisted':
      return PICKLE_RULES['STATIC-PICKLE-UNLISTED'].explain(`The pickle asks for ${global}`);
    case 'unknown':
      return `${global} is of a library that is not known here. Unpickling imports that library, which runs its code.`;
    case 'allowed':
      return `${global} is on the list of what harmless models ask for: it builds data and reaches nothing else.`;
  }
}

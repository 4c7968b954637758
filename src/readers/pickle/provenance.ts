/** What made a pickle, as far as it says so: the Python whose bytecode it carries, and versions that libraries write into what they save. */
import type { ByteSource } from '../bytes.js';
import { instructionsOf, type Python } from '../marshal/opcodes.js';
import { isCodeType } from './code.js';
import type { CallUse, PickleFacts } from './facts.js';
import type { Value } from './value.js';

/** Bytes of one function's code that are looked at. */
const CODE_LOOKED_AT = 4096;
/** Functions looked at: those of one file were made by one Python. */
const FUNCTIONS_LOOKED_AT = 50;

/**
 * The Pythons that can run the functions in a pickle, oldest first: bytecode runs in the version that compiled it, and in those that
 * have the same instructions for all that it uses. Empty when there is none; undefined when the pickle carries no function.
 */
export async function pythonsOf(facts: PickleFacts, source: ByteSource): Promise<readonly Python[] | undefined> {
  let common: readonly Python[] | undefined;
  let looked = 0;
  for (const call of facts.calls) {
    const layout = layoutOf(call);
    if (!layout) continue;
    looked += 1;
    if (looked > FUNCTIONS_LOOKED_AT) break;
    const { code } = layout;
    const bytes =
      code?.kind === 'bytes' ? await source.read(code.offset, Math.min(code.size, CODE_LOOKED_AT)) : undefined;
    const able = layout.pythons.filter((python) => bytes === undefined || isCodeOf(bytes, python));
    common = common === undefined ? able : common.filter((python) => able.includes(python));
  }
  return common;
}

interface CodeLayout {
  readonly pythons: readonly Python[];
  readonly code: Value | undefined;
}

/** How many arguments `code()` takes tells the Pythons that it can have come from: `Objects/codeobject.c`, `code_new`. */
const BY_COUNT: Readonly<Record<number, readonly Python[]>> = {
  15: ['3.6', '3.7'],
  16: ['3.8', '3.9', '3.10'],
  18: ['3.11', '3.12', '3.13', '3.14'],
};
/** dill (`_dill.py`, `save_code`) puts `co_lnotab` before them since Python 3.10. */
const BY_COUNT_OF_DILL: Readonly<Record<number, readonly Python[]>> = {
  15: ['3.6', '3.7'],
  16: ['3.8', '3.9'],
  17: ['3.10'],
  19: ['3.11', '3.12', '3.13', '3.14'],
};

function layoutOf({ callee, args }: CallUse): CodeLayout | undefined {
  if (args.kind !== 'sequence') return undefined;
  if (callee.kind === 'global' && callee.name === '_create_code' && /^dill\b/.test(callee.module)) {
    const pythons = BY_COUNT_OF_DILL[args.count];
    return pythons && { pythons, code: args.items[args.count === 15 ? 5 : args.count === 16 ? 6 : 7] };
  }
  if (!isCodeType(callee)) return undefined;
  const pythons = BY_COUNT[args.count];
  return pythons && { pythons, code: args.items[args.count === 15 ? 5 : 6] };
}

/** Whether the bytes are instructions of this Python, from the first one on: known ones, each with the empty caches that belong to it. */
function isCodeOf(code: Uint8Array, python: Python): boolean {
  const { names, caches } = instructionsOf(python);
  const resumes = Number(python.split('.')[1]) >= 11;
  let sawResume = false;
  for (let at = 0; at + 1 < code.length; at += 2) {
    const name = names.get(code[at] ?? 0);
    if (name === undefined || name === 'CACHE') return false;
    sawResume ||= name === 'RESUME';
    const cached = 2 * (caches.get(name) ?? 0);
    if (code.subarray(at + 2, at + 2 + cached).some((byte) => byte !== 0)) return false;
    at += cached;
  }
  return sawResume || !resumes;
}

/** Keys under which libraries write their version into what they save, and the distribution that does. */
const VERSION_KEYS: ReadonlyMap<string, string> = new Map([
  ['_sklearn_version', 'scikit-learn'],
  ['pytorch-lightning_version', 'pytorch-lightning'],
]);
/** The public part of a version as PEP 440 spells it; what stands behind it is a build's own affair. */
const VERSION = /^(\d{1,4}(?:\.\d{1,6}){1,3})(?:(?:a|b|rc|\.?post|\.?dev|\+)[\w.+-]{0,30})?$/;

/** The distribution and its version that an entry of a dict names. */
export function versionMark(key: Value, value: Value): { distribution: string; version: string } | undefined {
  if (key.kind !== 'text' || value.kind !== 'text' || !value.whole || value.text.length > 40) return undefined;
  const distribution = VERSION_KEYS.get(key.text);
  const version = distribution === undefined ? undefined : VERSION.exec(value.text)?.[1];
  return distribution === undefined || version === undefined ? undefined : { distribution, version };
}

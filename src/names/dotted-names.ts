/**
 * Dotted names as configurations write them: `package.module.Class.method`, which a loader imports and calls with the fields beside it.
 *
 * Settings of harmless classes are full of texts, paths and addresses, so that more is asked of an argument than in a pickle: what gets to a command
 * or to code alone accuses; what a class does with a path or an address is its own affair; a function that nobody knows is not known.
 */
import { endsOf } from '../core/lists.js';
import { isClassName, isActing, isEmpty, judgeCall, type CallArguments } from './call-judge.js';
import { canonicalModule, isBelowModule, isStandard, judge, type Capability } from './capabilities.js';
import { isReadLibrary, libraryCallable, OUTSIDE, reachedBy, type Given, type Reached } from './library-calls.js';
import { isWatchedPlace } from './places.js';

export type DottedJudgement =
  /** It builds, or computes. */
  | 'harmless'
  /** It runs programs or code, deletes, or gives the way to that: no field of a configuration may have it. */
  | 'dangerous'
  /** Of Python's own library, or for files, networks and unpickling: it occurs in pipelines of data. */
  | 'unlisted'
  /** Of a library that is not known, or what it does with these arguments only a run shows. */
  | 'unknown';

/** Arguments of which nothing is known. */
export const OPEN_ARGUMENTS: CallArguments = (() => {
  const open: Given = { texts: [], open: true, bytes: false };
  const all = (): Given => open;
  return { at: all, count: 100, named: all, keywords: [], isKnown: false, isData: () => false, all };
})();

export function judgeDotted(dotted: string, args: CallArguments): DottedJudgement {
  const parts = partsOf(dotted);
  const byName = judgeByName(parts, args);
  if (byName !== undefined) return byName;
  if (reachesBehind(parts, args)) return 'dangerous';
  const readings = readingsOf(parts);
  const byCall = worst(readings.flatMap((reading) => weighCall(reading, args)));
  if (byCall !== undefined) return byCall;
  // No library has names of so many parts, and those in the middle are not looked at.
  if (dotted.split('.').filter(Boolean).length > PARTS) return 'unknown';
  const isHarmless =
    isOfKnownLibrary(parts[0] ?? '') && readings.some((reading) => judgeCall({ ...reading, args }).kind === 'harmless');
  return isHarmless || builds(readings, args) ? 'harmless' : 'unknown';
}

/** True for a name of a library that is known here, by its sources or as a library of models. */
export function isOfKnownLibrary(dotted: string): boolean {
  const [top = ''] = dotted.split('.', 1);
  return isReadLibrary(top) || MODEL_LIBRARIES.has(top);
}

const PARTS = 12;

/** Of a name with very many parts the first and the last ones: what is reached stands at the end. */
function partsOf(dotted: string): readonly string[] {
  return endsOf(
    dotted.split('.').filter((part) => part !== ''),
    PARTS,
  );
}

interface Reading {
  readonly module: string;
  readonly name: string;
}

/** What the lists say of it whatever it gets; undefined when they do not know it. Any cut between module and attributes may be the one that works. */
function judgeByName(parts: readonly string[], args: CallArguments): DottedJudgement | undefined {
  if (parts[0] === '__main__') return 'harmless';
  let worstOfAll: DottedJudgement | undefined;
  // A class of a project's package `code`: no class is an attribute of an attribute of Python's own `code`.
  const between = parts.slice(1, -1);
  const isOwnClass =
    isBelowModule(parts.slice(0, 2).join('.')) &&
    between.length > 0 &&
    between.every((part) => /^[a-z]/.test(part) && !isStandard(part)) &&
    isClassName(parts.at(-1) ?? '');
  for (let cut = isOwnClass ? 2 : 1; cut < Math.max(2, parts.length); cut += 1) {
    const module = parts.length === 1 ? 'builtins' : canonicalModule(parts.slice(0, cut).join('.'));
    const name = parts.length === 1 ? (parts[0] ?? '') : parts.slice(cut).join('.');
    const verdict = judge(module, name);
    if (verdict.kind === 'dangerous' && FORBIDDEN.has(verdict.capability)) return 'dangerous';
    if (verdict.kind === 'unlisted') worstOfAll = 'unlisted';
    if (verdict.kind === 'dangerous') {
      const settled = DATA.has(verdict.capability) ? settledByArguments(module, name, args) : undefined;
      if (settled === undefined) worstOfAll = 'unlisted';
      else if (worstOfAll === undefined && cut === parts.length - 1) return settled;
    }
    if (verdict.kind === 'allowed' && cut === parts.length - 1) return 'harmless';
  }
  return worstOfAll;
}

/** A library's function for files or addresses does nothing with a name of a file in the folder. */
function settledByArguments(module: string, name: string, args: CallArguments): DottedJudgement | undefined {
  if (libraryCallable(module, name)?.kind !== 'acts') return undefined;
  if (reachedBy(module, name, args).length > 0) return undefined;
  return args.isKnown ? 'harmless' : 'unknown';
}

/** Capabilities that no field of a configuration may have; the others occur in pipelines of data. */
const FORBIDDEN: ReadonlySet<Capability> = new Set(['exec', 'code', 'native', 'delete', 'tamper', 'import']);
const DATA: ReadonlySet<Capability> = new Set(['file', 'network']);

/** Through a module that another one imported: `somelib.utils.np.testing.measure`. Modules of Python's own are found by `judge`. */
function reachesBehind(parts: readonly string[], args: CallArguments): boolean {
  for (let start = 0; start < parts.length - 1; start += 1) {
    const top = SHORT_NAMES.get(parts[start] ?? '') ?? parts[start] ?? '';
    if ((start === 0 && top === parts[0]) || !isReadLibrary(top)) continue;
    const behind = [top, ...parts.slice(start + 1)];
    const readings = readingsOf(behind);
    if (judgeByName(behind, OPEN_ARGUMENTS) === 'dangerous') return true;
    if (readings.some((reading) => weighCall(reading, args).includes('dangerous'))) return true;
  }
  return false;
}

/** Names under which modules import libraries by custom. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ['np', 'numpy'],
  ['pd', 'pandas'],
  ['tf', 'tensorflow'],
  ['plt', 'matplotlib.pyplot'],
  ['ne', 'numexpr'],
]);

/** The module and the name: of a method the name has its class. */
function readingsOf(parts: readonly string[]): readonly Reading[] {
  const cuts = [parts.length - 1];
  if (parts.length > 2 && isClassName(parts.at(-2) ?? '')) cuts.push(parts.length - 2);
  return cuts.map((cut) => ({
    module: canonicalModule(parts.slice(0, cut).join('.')),
    name: parts.slice(cut).join('.'),
  }));
}

/** A class, or a method that makes an object of it. */
function isClass({ module, name }: Reading): boolean {
  if (isClassName(name)) return true;
  const [first = '', method = first] = name.split('.');
  return (isClassName(first) || isClassName(module)) && MAKES.test(method);
}

const MAKES = /^(?:from_\w+|load_from_\w+|restore_from|create\w*|build\w*|new)$/;

/** What each argument makes of a call. */
function weighCall(reading: Reading, args: CallArguments): DottedJudgement[] {
  const { module, name } = reading;
  return reachedBy(module, name, args)
    .map((reached) => weigh(reached, isClass(reading)))
    .filter((judged) => judged !== undefined);
}

function weigh({ capability, capabilities, by }: Reached, ofClass: boolean): DottedJudgement | undefined {
  const isNarrow = capabilities.length <= 2;
  const otherwise = ofClass ? undefined : 'unknown';
  switch (capability) {
    case 'exec':
    case 'native':
      return isNarrow ? 'dangerous' : otherwise;
    case 'code':
      return by.texts.some((text) => CODE.test(text)) || (capabilities.length === 1 && !ofClass)
        ? 'dangerous'
        : otherwise;
    case 'delete':
      if (by.texts.some((text) => isWatchedPlace(text))) return 'dangerous';
      if (!by.texts.some((text) => OUTSIDE.test(text))) return undefined;
      return capabilities.length === 1 && !ofClass ? 'dangerous' : otherwise;
    case 'import':
      return weighImport(by, capabilities.length === 1 && !ofClass);
    case 'network':
    case 'loader':
      if (!isNarrow || by.texts.length === 0) return otherwise;
      return ofClass ? 'unknown' : 'unlisted';
    case 'file':
      return by.texts.some((text) => isWatchedPlace(text)) ? 'unlisted' : otherwise;
    default:
      return undefined;
  }
}

/** `hydra.utils.get_class`: what is imported is what it comes down to. */
function weighImport({ texts, open }: Given, isItsUse: boolean): DottedJudgement | undefined {
  const judged = texts
    .filter((text) => DOTTED.test(text))
    .slice(0, 10)
    .map((text) => judgeByName(partsOf(text), OPEN_ARGUMENTS) ?? judgeImported(text));
  if (judged.includes('dangerous')) return 'dangerous';
  return isItsUse && (judged.includes('unknown') || (open && texts.length === 0)) ? 'unknown' : undefined;
}

function judgeImported(dotted: string): DottedJudgement {
  const readings = readingsOf(partsOf(dotted));
  if (readings.some((reading) => weighCall(reading, OPEN_ARGUMENTS).includes('dangerous'))) return 'dangerous';
  return isOfKnownLibrary(dotted) ? 'harmless' : 'unknown';
}

function worst(judged: readonly DottedJudgement[]): DottedJudgement | undefined {
  return (['dangerous', 'unlisted', 'unknown'] as const).find((one) => judged.includes(one));
}

/** Whether a call of which no argument acts is one that models are made with. */
function builds(readings: readonly Reading[], args: CallArguments): boolean {
  return readings.some((reading) => {
    const { module, name } = reading;
    const known = libraryCallable(module, name);
    const ofClass = isClass(reading);
    const [top = ''] = module.split('.', 1);
    if (ofClass && isOfKnownLibrary(top)) return true;
    if (known?.kind === 'rebuilds') return !isActing(args.all());
    if (known?.kind === 'acts')
      return !known.always && (isEmpty(args) || !known.effects.some(({ capabilities }) => isCommand(capabilities)));
    if (!MODEL_LIBRARIES.has(top)) return false;
    return !args.all().texts.some((text) => SAYS_MORE.test(text) || isWatchedPlace(text));
  });
}

/** A number can be a process, and what is not known a command. */
function isCommand(capabilities: readonly Capability[]): boolean {
  return capabilities.length <= 2 && capabilities.some((one) => one === 'exec' || one === 'code' || one === 'native');
}

/** A word of Python: letters of any script (Language Reference, 2.3). */
export const DOTTED = /^[\p{L}_][\p{L}\p{M}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{M}\p{N}_]*)+$/u;
/** A call, several statements, or an import. */
const CODE = /[(;\n]|^\s*(import|from)\s|__\w+__/;
/** A text that could be code, a command or an address: more than a name, a label or the path of a file. */
const SAYS_MORE = /[(;`|&<>$\n]|:\/\/|^\s*(import|from)\s|\s-{1,2}\w|__\w+__/;

/** Libraries whose classes and functions configurations of models name. */
const MODEL_LIBRARIES: ReadonlySet<string> = new Set([
  'accelerate',
  'allennlp',
  'datasets',
  'detectron2',
  'diffusers',
  'espnet',
  'espnet2',
  'fairseq',
  'fairseq2',
  'flax',
  'gluonts',
  'hydra',
  'jax',
  'keras',
  'langchain',
  'langchain_anthropic',
  'langchain_classic',
  'langchain_community',
  'langchain_core',
  'langchain_huggingface',
  'langchain_openai',
  'langchain_text_splitters',
  'ldm',
  'lightgbm',
  'lightning',
  'lightning_fabric',
  'megatron',
  'mmcv',
  'mmdet',
  'mmengine',
  'monai',
  'nemo',
  'numpy',
  'omegaconf',
  'optax',
  'peft',
  'pytorch_lightning',
  'sentence_transformers',
  'sgm',
  'sklearn',
  'spacy',
  'speechbrain',
  'tensorflow',
  'timm',
  'torch',
  'torchaudio',
  'torchmetrics',
  'torchtune',
  'torchvision',
  'transformers',
  'xgboost',
]);

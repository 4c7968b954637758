/** Finds the faults in the values of a configuration, whatever the file's syntax. */
import type { UnlocatedMatch } from '../context.js';
import { canonicalModule, judge as judgeName, type Capability } from '../../names/capabilities.js';
import { namedSecret } from '../secrets/find.js';
import { operatorEffect } from '../../names/torch-operators.js';
import { readExpression } from '../torch/expression.js';
import { unknownOperator } from '../torch/torchscript.js';
import { beginsWith, codeIn, leaves, markupIn, numberedAddress, sensitivePath } from './code-like.js';
import type { Scalar } from '../../readers/json-tokens.js';
import { judgeRequirement } from './requirements.js';

export type Path = readonly (string | number)[];

/** A text that may be a Jinja2 template. */
export interface TemplateText {
  readonly name: string;
  readonly text: string;
  readonly at: number;
  /** Its key says that it is a template, so that unreadable parts of it are a coverage gap. */
  readonly whole: boolean;
  /** Its key says that a program renders it; in any other text only content that does not occur by accident counts. */
  readonly rendered: boolean;
}

const HITS_KEPT = 200;
const TEMPLATES_KEPT = 200;
const MODULES_KEPT = 50;

/** Takes the values of one document one by one. Offsets count as its reader does. */
export class ManifestJudge {
  readonly hits: UnlocatedMatch[] = [];
  readonly templates: TemplateText[] = [];
  /** Why parts of it cannot be judged. */
  readonly gaps: string[] = [];
  /** Python files beside the configuration that it makes a loader import. */
  readonly modules = new Map<string, { readonly subject: string; readonly value: string; readonly at: number }>();
  /** Classes that a library makes an instance of, and that are not known to be dangerous. */
  readonly #targets = new Map<string, number>();

  /**
   * All findings, those that gather several values last. `present` holds those of `modules` that lie beside the configuration, when the folder was
   * searched.
   */
  finish(present?: ReadonlySet<string>): readonly UnlocatedMatch[] {
    for (const [file, { subject, value, at }] of this.modules) {
      const where =
        present?.has(file) === true ? ', which lies beside it and was read' : ', which does not lie beside it';
      this.add('STATIC-MANIFEST-REMOTE-CODE', file, subject + (present === undefined ? '' : where), at, value);
    }
    const names = [...this.#targets.keys()];
    if (names.length === 0) return this.hits;
    const shown = names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
    return [
      ...this.hits,
      {
        rule: 'STATIC-MANIFEST-TARGET-UNKNOWN',
        key: '',
        subject: `It names ${shown}`,
        evidence: [...this.#targets].slice(0, 8).map(([name, offset]) => ({ offset, text: name })),
        count: names.length,
      },
    ];
  }

  key(path: Path, key: string, at: number, twice: boolean): void {
    if (twice)
      this.add(
        'STATIC-MANIFEST-DUPLICATE',
        shownPath([...path, key]),
        `${shownPath([...path, key])} stands twice`,
        at,
        key,
      );
  }

  value(path: Path, value: Scalar, at: number): void {
    if (typeof value === 'string') this.#text(path, value, at);
    else if (typeof value === 'boolean') this.#switch(path, value, at);
  }

  add(rule: UnlocatedMatch['rule'], key: string, subject: string, at: number, text: string, idle = false): void {
    if (this.hits.length < HITS_KEPT) this.hits.push({ rule, key, subject, evidence: [{ offset: at, text }], idle });
  }

  #switch(path: Path, value: boolean, at: number): void {
    const key = String(lastName(path)).toLowerCase();
    if (UNSAFE_SWITCHES.get(key) === value)
      this.add(
        'STATIC-MANIFEST-UNSAFE-SETTING',
        shownPath(path),
        `${shownPath(path)} is ${value}`,
        at,
        `${key}: ${value}`,
        // No loader takes this from a file: it records how the model was loaded when it was saved.
        key === 'trust_remote_code',
      );
  }

  #text(path: Path, value: string, at: number): void {
    const key = String(lastName(path));
    const name = shownPath(path);
    if (isVocabulary(path)) return;
    const lower = key.toLowerCase();
    if (value.includes('{{') || value.includes('{%')) this.#template(path, value, at);
    if (key === 'expr_str' || key === 'guards_code') this.#expression(name, value, at);
    if (key === 'target' && value.startsWith('torch.ops.')) this.#operator(name, value, at);
    if (TARGET_KEYS.has(lower)) this.target(name, value, at);
    else if (lower === 'type' && path.length === 2 && typeof path[0] === 'number' && DOTTED.test(value))
      // modules.json of sentence-transformers: each type is imported.
      this.target(name, value, at);
    if (path.includes('auto_map') || path.includes('custom_pipelines') || lower === 'custom_pipeline')
      this.#remote(name, value, at);
    if (path.includes('weight_map') || lower === 'model_file' || lower === 'weights_file') {
      if (leaves(value)) this.add('STATIC-MANIFEST-PATH', name, `${name} is ${value}`, at, value);
    } else if (LIBRARY_FILE.test(lower) && leaves(value) && value.includes('..'))
      this.add('STATIC-MANIFEST-PATH', name, `${name} is ${value}`, at, value);
    if (path.some((part) => part === 'pip' || part === 'dependencies' || part === 'requirements')) {
      for (const hit of judgeRequirement(value)) this.hits.push({ ...hit, evidence: [{ offset: at, text: value }] });
    }
    const flag = value.toLowerCase();
    if (flag === 'true' || flag === 'false') this.#switch(path, flag === 'true', at);
    this.#content(path, name, value, at);
    const secret = namedSecret(key, value);
    if (secret !== undefined)
      this.add('STATIC-SECRET-NAMED', name, `${name} is filled in (${secret})`, at, `${key}: ${secret}`);
  }

  #content(path: Path, name: string, value: string, at: number): void {
    const code = codeIn(value);
    if (code)
      this.add(
        'STATIC-MANIFEST-CODE',
        name,
        `${name} holds ${code.what}: ${code.shown}`,
        at,
        code.shown,
        // In a list of words, or inside a longer text, no program evaluates it.
        typeof path.at(-1) === 'number' || !beginsWith(code, value),
      );
    const markup = markupIn(value);
    if (markup) this.add('STATIC-MANIFEST-MARKUP', name, `${name} holds ${markup.shown}`, at, markup.shown);
    const place = sensitivePath(value);
    if (place !== undefined)
      this.add(
        'STATIC-MANIFEST-SENSITIVE-PATH',
        name,
        `${name} names ${place}`,
        at,
        value,
        !OPENED.test(String(path.at(-1))) || path.at(-1) === '_name_or_path',
      );
    const address = numberedAddress(value);
    if (address !== undefined) this.add('STATIC-MANIFEST-ADDRESS', name, `${name} names ${address}`, at, value);
  }

  /** Of a program that torch exported. */
  #expression(name: string, value: string, at: number): void {
    const { danger, gap } = readExpression(value);
    if (danger !== undefined)
      this.add('STATIC-TORCH-EXPRESSION', danger, `The expression ${name} ${danger}`, at, value);
    else if (gap !== undefined && this.gaps.length < HITS_KEPT)
      this.gaps.push(`the expression ${name} cannot be judged: ${gap}`);
  }

  /** `torch.ops.aten.add.Tensor`: a node of such a program. */
  #operator(name: string, value: string, at: number): void {
    const [, , namespace = '', operator = ''] = value.split('.');
    const effect = operatorEffect(namespace, operator);
    if (effect === 'file' || effect === 'network')
      this.add(
        effect === 'file' ? 'STATIC-TORCHSCRIPT-FILE' : 'STATIC-TORCHSCRIPT-NETWORK',
        value,
        `Its program (${name}) says ${value}`,
        at,
        value,
      );
    else if (effect === 'unknown' && this.gaps.length < HITS_KEPT) this.gaps.push(unknownOperator(namespace, operator));
  }

  #template(path: Path, text: string, at: number): void {
    if (this.templates.length >= TEMPLATES_KEPT) return;
    const whole = path.some((part) => typeof part === 'string' && /^chat_template/.test(part));
    const rendered = path.some((part) => typeof part === 'string' && /template|prompt|jinja/i.test(part));
    this.templates.push({ name: shownPath(path), text, at, whole, rendered });
  }

  /** `repo--module.Class` is another repository's (`transformers/dynamic_module_utils.py`). */
  #remote(name: string, value: string, at: number): void {
    if (!/^[\w./-]+$/.test(value)) return;
    if (value.includes('--')) this.add('STATIC-MANIFEST-OTHER-CODE', value, `${name} names ${value}`, at, value);
    else if (DOTTED.test(value) && !this.modules.has(fileOf(value)) && this.modules.size < MODULES_KEPT)
      this.modules.set(fileOf(value), { subject: `${name} names ${value}, in ${fileOf(value)}`, value, at });
  }

  /** The dotted name of an object that is imported and called. */
  target(name: string, value: string, at: number): void {
    if (!DOTTED.test(value)) return;
    const worst = worstOf(value);
    if (worst === undefined) {
      if (!OWN_LIBRARIES.test(value) && this.#targets.size < 500) this.#targets.set(value, at);
    } else
      this.add(
        worst === 'dangerous' ? 'STATIC-MANIFEST-TARGET' : 'STATIC-MANIFEST-TARGET-UNLISTED',
        value,
        `${name} names ${value}`,
        at,
        value,
      );
  }
}

/** Capabilities that no field of a configuration may have; the others occur in pipelines of data. */
const FORBIDDEN: ReadonlySet<Capability> = new Set<Capability>([
  'exec',
  'code',
  'native',
  'delete',
  'tamper',
  'import',
]);

/** Any cut between module and attributes may be the one that works. */
export function worstOf(dotted: string): 'dangerous' | 'unlisted' | undefined {
  const parts = dotted.split('.').slice(0, 12);
  let worst: 'dangerous' | 'unlisted' | undefined;
  for (let cut = 1; cut < Math.max(2, parts.length); cut += 1) {
    const [module, name] =
      parts.length === 1 ? ['builtins', dotted] : [parts.slice(0, cut).join('.'), parts.slice(cut).join('.')];
    const verdict = judgeName(canonicalModule(module), name);
    if (verdict.kind === 'dangerous' && FORBIDDEN.has(verdict.capability)) return 'dangerous';
    if (verdict.kind === 'dangerous' || verdict.kind === 'unlisted') worst = 'unlisted';
    if (verdict.kind === 'allowed' && cut === parts.length - 1) return undefined;
  }
  return worst;
}

const DOTTED = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/;
/** Hydra, NeMo, OmegaConf; torchtune; Lightning's command line; latent-diffusion; diffusers' pipelines; `logging.config`. */
const TARGET_KEYS: ReadonlySet<string> = new Set([
  '_target_',
  '_component_',
  'class_path',
  'target',
  '()',
  '__target__',
  '_call_',
]);
/** The usual targets of such names. */
export const OWN_LIBRARIES =
  /^(?:torch|torchvision|torchaudio|torchtune|torchmetrics|nemo|megatron|lightning|pytorch_lightning|lightning_fabric|omegaconf|hydra|transformers|diffusers|datasets|peft|accelerate|sentence_transformers|timm|monai|sklearn|numpy|keras|tensorflow|jax|flax|optax|ldm|sgm|detectron2|mmcv|mmdet|mmengine|speechbrain|fairseq|fairseq2|espnet2?|xgboost|lightgbm|gluonts|allennlp|spacy|builtins\.(?:dict|list|tuple|set|int|float|str|bool|range|slice|complex|bytes))\./;

/** Options that no configuration should switch, and the unsafe value of each. */
const UNSAFE_SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ['trust_remote_code', true],
  ['allow_pickle', true],
  ['enable_unsafe_deserialization', true],
  ['allow_dangerous_deserialization', true],
  ['safe_mode', false],
  ['weights_only', false],
  ['verify_ssl', false],
  ['ssl_verify', false],
]);
/** Fields of Hugging Face's configurations whose files a loader opens. */
const LIBRARY_FILE =
  /^(?:vocab_file|merges_file|sp_model_file|spm_file|tokenizer_file|added_tokens_file|chat_template_file|model_path|weight_file)$/;
/** Fields that, by their names, hold a path or an address that a program opens. */
const OPENED =
  /(?:^|[_.-])(?:files?|filename|paths?|dir|directory|folder|location|ur[li]|src|source|checkpoint|ckpt|weights|vocab|merges|asset|include)$/i;

function fileOf(reference: string): string {
  return `${reference.split('.').slice(0, -1).join('/')}.py`;
}

/** The words of a tokenizer are any text. */
export function isVocabulary(path: Path): boolean {
  return path.some(
    (part) => part === 'vocab' || part === 'merges' || part === 'added_tokens_decoder' || part === 'added_tokens',
  );
}

function lastName(path: Path): string | number {
  return path.findLast((part) => typeof part === 'string') ?? '';
}

/** `a.b[2].c`. */
export function shownPath(path: Path): string {
  let shown = '';
  for (const part of path.length > 12 ? ['…', ...path.slice(-12)] : path) {
    const text = typeof part === 'number' ? `[${part}]` : part.slice(0, 60);
    shown += typeof part === 'number' || shown === '' ? text : `.${text}`;
  }
  return shown === '' ? 'the document' : shown;
}

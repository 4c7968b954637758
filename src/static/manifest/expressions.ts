/**
 * Texts of a configuration that a library evaluates as Python: `$…` of MONAI (`monai/bundle/config_item.py`), rows and activations of YOLO
 * (`ultralytics/nn/tasks.py`), and the resolver that many projects of OmegaConf register as `eval`.
 */
import { judgePython } from '../python-source/source-judge.js';
import { PYTHON_RULES } from '../python-source/rules.js';

/** The Python in a value; undefined when no library evaluates it. */
export function expressionIn(path: readonly (string | number)[], value: string): string | undefined {
  if (value.length < 3) return undefined;
  if (value.startsWith('$') && !/^\$[{$(\d]/.test(value)) return value.slice(1).replace(/[@%][\w.#:]+/g, 'reference');
  const evaluated = /\$\{(?:eval|python|py):(.*)\}/s.exec(value)?.[1];
  if (evaluated !== undefined) return evaluated.trim().replace(/^(['"])(.*)\1$/s, '$2');
  const [last] = path.slice(-1);
  const isRow =
    typeof last === 'number' && path.some((part) => part === 'backbone' || part === 'head' || part === 'neck');
  return (isRow || last === 'activation' || last === 'act') && /[(.]/.test(value) ? value : undefined;
}

/** What evaluating it would do; nothing for text that is no Python. */
export function actsOf(code: string): string[] {
  const { hits, gaps, pickles } = judgePython(code);
  if (gaps.some((gap) => gap.startsWith('it is no Python'))) return [];
  if (pickles.length > 0) return ['It unpickles bytes that stand in it'];
  return hits
    .filter(({ rule }) => rule in PYTHON_RULES && PYTHON_RULES[rule as keyof typeof PYTHON_RULES].severity !== 'info')
    .map(({ subject }) => subject)
    .slice(0, 1);
}

const KEPT = 500;

/** The expressions of a bundle of MONAI, which refer to each other by their ids: `@network#layers::0`. */
export class Bundle {
  readonly #expressions = new Map<string, { readonly code: string; readonly at: number }>();

  keep(path: readonly (string | number)[], value: string, at: number): void {
    if (this.#expressions.size < KEPT) this.#expressions.set(path.join('.'), { code: value.slice(1), at });
  }

  /** What they do together, read as one program. */
  acts(valueOf: (path: string) => string | undefined): { readonly acts: string; readonly at: number } | undefined {
    if (![...this.#expressions.values()].some(({ code }) => REFERENCE.test(code))) return undefined;
    const names = new Map([...this.#expressions.keys()].map((path, index) => [path, `value_${index}`] as const));
    const lines: string[] = [];
    for (const [path, { code }] of this.#expressions) {
      const written = code.replace(REFERENCES, (_, id: string) => {
        const key = id.replace(/#|::/g, '.');
        const value = valueOf(key);
        return names.get(key) ?? (value === undefined ? 'reference' : JSON.stringify(value));
      });
      const isStatement = /^\s*(?:import|from)\s/.test(written);
      lines.push(
        isStatement ? written.trim() : `${names.get(path) ?? 'value'} = (${written.replace(/[\r\n]+/g, ' ')})`,
      );
    }
    const [acts] = actsOf(`${lines.join('\n')}\n`);
    const [first] = this.#expressions.values();
    return acts === undefined ? undefined : { acts, at: first?.at ?? 0 };
  }
}

const REFERENCE = /@\w/;
const REFERENCES = /@([\w.#:]+)/g;

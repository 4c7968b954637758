/**
 * Texts of a configuration that a library evaluates as Python: `$…` of MONAI (`monai/bundle/config_item.py`), rows and activations of YOLO
 * (`ultralytics/nn/tasks.py`), and the resolver that many projects of OmegaConf register as `eval`.
 */
import { judgePython } from '../python-source/source-judge.js';
import { PYTHON_RULES } from '../python-source/rules.js';

const LENGTH_LIMIT = 20_000;

/** The Python in a value; undefined when no library evaluates it. */
export function expressionIn(path: readonly (string | number)[], value: string): string | undefined {
  if (value.length > LENGTH_LIMIT || value.length < 3) return undefined;
  if (value.startsWith('$') && !/^\$[{$(\d]/.test(value)) return value.slice(1).replace(/[@%][\w.#:]+/g, 'reference');
  const evaluated = /\$\{(?:eval|python|py):\s*(.*)\}/s.exec(value)?.[1];
  if (evaluated !== undefined) return evaluated.trim().replace(/^(['"])(.*)\1$/s, '$2');
  const [last] = path.slice(-1);
  const isRow =
    typeof last === 'number' && path.some((part) => part === 'backbone' || part === 'head' || part === 'neck');
  return (isRow || last === 'activation' || last === 'act') && /[(.]/.test(value) ? value : undefined;
}

/** What evaluating it would do; nothing for text that is no Python. */
export function actsOf(code: string): string[] {
  const { hits, gaps } = judgePython(code);
  if (gaps.some((gap) => gap.startsWith('it is no Python'))) return [];
  return hits
    .filter(({ rule }) => rule in PYTHON_RULES && PYTHON_RULES[rule as keyof typeof PYTHON_RULES].severity !== 'info')
    .map(({ subject }) => subject)
    .slice(0, 1);
}

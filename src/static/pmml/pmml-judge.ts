/** The content of PMML documents beyond a model (PMML 4.4, "General Structure" and "Built-in Functions"). */
import { codeIn } from '../manifest/code-like.js';
import type { UnlocatedMatch } from '../context.js';
import { Quota } from '../quota.js';

const HITS_KEPT = 100;
/** Elements in which other XML dialects put programs. */
const SCRIPT_ELEMENT = /^(?:\w+:)?(?:script|javascript|python|groovy|jython|eval|exec|ScriptElement)$/i;
const SCRIPT_NAME = /script|python|groovy|\bjava\b|\beval\b|\bexec\b|command/i;

export class PmmlJudge {
  readonly hits: UnlocatedMatch[] = [];
  readonly #quota = new Quota(HITS_KEPT);
  #pmml = false;

  element(name: string, attributes: Readonly<Record<string, string>>, path: readonly string[], at: number): void {
    if (path.length === 1) this.#pmml = local(name) === 'PMML';
    if (!this.#pmml) return;
    const function_ = attributes['function'];
    if (local(name) === 'Apply' && function_ !== undefined && /^[A-Za-z_]\w*(?:[.$][A-Za-z_]\w*)+$/.test(function_))
      this.#add('STATIC-PMML-CLASS', function_, `It applies the function ${function_}`, at, function_);
    if (SCRIPT_ELEMENT.test(name))
      this.#add('STATIC-PMML-SCRIPT', name, `It has an element <${name}>`, at, `<${name}>`);
    if (local(name) === 'Extension') {
      const { name: label = '', extender = '', value = '' } = attributes;
      const code = codeIn(value);
      if (code ?? (SCRIPT_NAME.test(`${label} ${extender}`) && value.length > 0))
        this.#add(
          'STATIC-PMML-SCRIPT',
          `${label} ${value.slice(0, 40)}`,
          `Its extension ${label} holds ${value}`,
          at,
          value,
        );
    }
  }

  text(text: string, path: readonly string[], at: number): void {
    if (!this.#pmml || !path.some((name) => local(name) === 'Extension')) return;
    const code = codeIn(text);
    if (code)
      this.#add('STATIC-PMML-SCRIPT', code.shown, `An extension holds ${code.what}: ${code.shown}`, at, code.shown);
  }

  #add(rule: UnlocatedMatch['rule'], key: string, subject: string, offset: number, text: string): void {
    if (this.#quota.take(rule)) this.hits.push({ rule, key, subject, evidence: [{ offset, text }] });
  }
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

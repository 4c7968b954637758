/** The content of OpenVINO's IR (`.xml`) beyond numbers: libraries, and files outside its folder (docs.openvino.ai, "OpenVINO IR Format"). */
import type { UnlocatedMatch } from '../context.js';
import { isNativeLibrary } from '../../readers/native-library.js';
import { whyOutside } from '../protobuf/paths.js';
import { Quota } from '../quota.js';

const HITS_KEPT = 100;
/** Attributes that name a file or a library. */
const NAMES_FILE =
  /^(?:path|file|filename|file_name|location|library|lib|src|source|include|url|uri|href|bin|weights)$/i;
const EXTENSION = /^(?:extensions?|plugins?|librar(?:y|ies)|custom_?librar(?:y|ies))$/i;
/** The sets of operations that come with OpenVINO, as its own converter writes them. */
const OWN_OPERATIONS = /^(?:opset\d+|experimental|util|ie_internal_opset|gpu_opset|cpu_plugin_opset)$/;

export class OpenVinoJudge {
  readonly hits: UnlocatedMatch[] = [];
  readonly #quota = new Quota(HITS_KEPT);
  /** Operations of no set that comes with OpenVINO. */
  readonly #foreign = new Set<string>();
  #openVino = false;

  element(name: string, attributes: Readonly<Record<string, string>>, path: readonly string[], at: number): void {
    if (path.length === 1) this.#openVino = ROOTS.has(name);
    if (!this.#openVino) return;
    const extension = EXTENSION.test(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === '') continue;
      const label = key === 'name' || key === 'names';
      if (isNativeLibrary(value) || (extension && !label && key !== 'version') || /^(?:library|plugin)$/i.test(key))
        this.#add('STATIC-OPENVINO-LIBRARY', `<${name}> names ${key} ${value}`, at, value);
      else this.#path(`<${name}> names ${key} ${value}`, key, value, at);
    }
    if (extension && Object.keys(attributes).length === 0 && !path.includes('rt_info'))
      this.#add('STATIC-OPENVINO-LIBRARY', `It has an element <${name}>`, at, name);
    const { type, version } = attributes;
    if (name === 'layer' && type !== undefined && version !== undefined && !OWN_OPERATIONS.test(version))
      if (this.#foreign.size < HITS_KEPT) this.#foreign.add(`${type} of ${version}`);
  }

  text(text: string, path: readonly string[], at: number): void {
    if (!this.#openVino) return;
    const value = text.trim();
    const name = path.at(-1) ?? '';
    if (isNativeLibrary(value) || EXTENSION.test(name))
      this.#add('STATIC-OPENVINO-LIBRARY', `<${name}> holds ${value}`, at, value);
    else this.#path(`<${name}> holds ${value}`, name, value, at);
  }

  /** Why the model cannot be judged from its file; undefined when it can. */
  get gap(): string | undefined {
    const [first] = this.#foreign;
    return first === undefined
      ? undefined
      : `it needs operations that do not come with OpenVINO (${first}): a native library has to be loaded for them first`;
  }

  #path(subject: string, key: string, value: string, at: number): void {
    const why = NAMES_FILE.test(key) ? whyOutside(value) : undefined;
    if (why !== undefined) this.#add('STATIC-OPENVINO-PATH', `${subject}: ${why}`, at, value);
  }

  #add(rule: UnlocatedMatch['rule'], subject: string, offset: number, text: string): void {
    if (this.#quota.take(rule)) this.hits.push({ rule, key: subject, subject, evidence: [{ offset, text }] });
  }
}

/** A model, and the description of operations whose program comes with it (docs.openvino.ai, "Custom OpenVINO Operations"). */
const ROOTS: ReadonlySet<string> = new Set(['net', 'Net', 'CustomLayer', 'CustomLayers']);

/**
 * Decides which sidecar files a loader opens with the model, by the names that loaders look for. A sidecar that no loader opens is not part of the
 * model: a training script may start programs, a notebook may download files, and the user decides to run them.
 */
import type { Format } from '../core/formats.js';

/**
 * True for a sidecar of a kind that runs or installs packages, when no known loader opens it under this name. `name` may be a path: the folder that
 * the file lies in counts, too.
 */
export function nothingLoads(name: string, format: Format, beside: ReadonlySet<string>): boolean {
  // MLflow installs what the model lists and puts its `code` on the path; `handler.py` is that of Hugging Face's inference endpoints.
  if (beside.has('MLmodel')) return false;
  const [base = '', folder = ''] = name.split('/').reverse();
  switch (format) {
    case 'python':
      return (
        !LOADED_CODE.test(base) &&
        !LOADED_IN.some(([place, file]) => place.test(folder) && file.test(base)) &&
        !(base === 'pipeline.py' && beside.has('model_index.json'))
      );
    case 'requirements':
      return !beside.has('handler.py') && !(folder === 'code' && beside.has('inference.py'));
    case 'script':
    case 'executable':
    case 'wasm':
    case 'marshal':
      return true;
    case 'json':
      return base.endsWith('.ipynb');
    case 'yaml':
    case 'toml':
    case 'ini':
      return PROJECT_FILE.test(base);
    default:
      return false;
  }
}

/**
 * Code that is loaded by its name: files of `trust_remote_code` (`transformers/dynamic_module_utils.py`), of `torch.hub.load`, of inference endpoints,
 * configurations of Detectron2 and MMEngine, which are run, and of packages, files that Python imports when it starts, and files that shadow a module that every loader imports.
 */
const LOADED_CODE =
  /^(?:(?:modeling|configuration|tokenization|processing|image_processing|video_processing|feature_extraction)_\w+|config|handler|hubconf|__init__|sitecustomize|usercustomize|numpy|scipy|pandas|sklearn|torch|tensorflow|keras|transformers|safetensors|onnxruntime|joblib|dill|cloudpickle|pickle|copyreg|collections|functools|io|json|os|random|re|struct|tempfile|typing|warnings|zipfile)\.py$/;

/** By the folder: code of `generate` (`transformers/generation/utils.py`), of SageMaker, and of Triton's versions. */
const LOADED_IN: readonly (readonly [folder: RegExp, name: RegExp])[] = [
  [/^custom_generate$/, /^generate\.py$/],
  [/^code$/, /^inference\.py$/],
  [/^\d{1,9}$/, /^model\.py$/],
];

/** Scripts by which people load the model of a project. */
const LOADS_A_MODEL = /^(?:load|loader|load_model|model_loader|modeling)\.py$/;

/**
 * True for a file that is loaded with a model that lies in a folder below its own, or in the folder that its own is beside: code under the names that
 * loaders look for, and files that say which code is loaded.
 */
export function isLoadedFromAfar(name: string, format: Format, beside: ReadonlySet<string>): boolean {
  const base = name.slice(name.lastIndexOf('/') + 1);
  if (beside.has('MLmodel')) return format === 'python' || format === 'yaml' || format === 'requirements';
  // `__init__.py` is a package's, run by an import of that package and not by a load of a model in one of its folders.
  if (format === 'python')
    return LOADS_A_MODEL.test(base) || (base !== '__init__.py' && !nothingLoads(name, format, beside));
  if (format === 'jinja') return /^additional_chat_templates\//.test(name);
  if (/^\d+_[A-Z]\w*\/config\.json$/.test(name)) return true;
  return NAMES_CODE.test(base) || (format === 'requirements' && !nothingLoads(name, format, beside));
}

/** Folders of a project whose code, or list of code, is for what lies beside them, or above; those of sentence-transformers have numbers. */
export const CODE_FOLDERS = /^(?:src|code|custom_generate|additional_chat_templates|MAR-INF|WAR-INF|\d+_[A-Z]\w*)$/;

const NAMES_CODE =
  /^(?:MLmodel|model_index\.json|modules\.json|router_config\.json|adapter_config\.json|cog\.ya?ml|bento(?:file)?\.ya?ml|MANIFEST\.json)$/;

/** Files that set up a project or a machine. */
const PROJECT_FILE =
  /^(?:(?:[\w.-]*[_-])?(?:conda|environment|env)(?:[_-][\w.-]*)?\.ya?ml|python_env\.ya?ml|(?:docker-)?compose[\w.-]*\.ya?ml|\.[\w.-]+\.ya?ml|pyproject\.toml|Pipfile|poetry\.lock|setup\.cfg|tox\.ini|pytest\.ini|mypy\.ini)$/;

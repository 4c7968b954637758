/**
 * Decides which sidecar files a loader opens with the model, by the names that loaders look for. A sidecar that no loader opens is not part of the
 * model: a training script may start programs, a notebook may download files, and the user decides to run them.
 */
import type { Format } from '../core/formats.js';

/** True for a sidecar of a kind that runs or installs packages, when no known loader opens it under this name. */
export function nothingLoads(name: string, format: Format, beside: ReadonlySet<string>): boolean {
  // MLflow installs what the model lists and puts its `code` on the path; `handler.py` is that of Hugging Face's inference endpoints.
  if (beside.has('MLmodel')) return false;
  const base = name.slice(name.lastIndexOf('/') + 1);
  switch (format) {
    case 'python':
      return !LOADED_CODE.test(base) && !(base === 'pipeline.py' && beside.has('model_index.json'));
    case 'requirements':
      return !beside.has('handler.py');
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
 * Code that is loaded by its name: files of `trust_remote_code` (`transformers/dynamic_module_utils.py`), of `torch.hub.load`, of inference endpoints
 * and of packages, files that Python imports when it starts, and files that shadow a module that every loader imports.
 */
const LOADED_CODE =
  /^(?:(?:modeling|configuration|tokenization|processing|image_processing|video_processing|feature_extraction)_\w+|handler|hubconf|__init__|sitecustomize|usercustomize|numpy|scipy|pandas|sklearn|torch|tensorflow|keras|transformers|safetensors|onnxruntime|joblib|dill|cloudpickle|pickle|copyreg|collections|functools|io|json|os|random|re|struct|tempfile|typing|warnings|zipfile)\.py$/;

/** Files that set up a project or a machine. */
const PROJECT_FILE =
  /^(?:(?:[\w.-]*[_-])?(?:conda|environment|env)(?:[_-][\w.-]*)?\.ya?ml|python_env\.ya?ml|(?:docker-)?compose[\w.-]*\.ya?ml|\.[\w.-]+\.ya?ml|pyproject\.toml|Pipfile|poetry\.lock|setup\.cfg|tox\.ini|pytest\.ini|mypy\.ini)$/;

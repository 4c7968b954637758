/**
 * Which of the files that lie beside a model something loads when the model is loaded, by the names that loaders look for. What nothing loads
 * can say what it likes: a training script starts programs, a notebook downloads, and whoever runs it by hand decided to.
 */
import type { Format } from '../core/formats.js';

/** True for a file of a kind that runs, or has something installed, and that no loader is known to take from there. */
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
 * Code that is loaded by its name: that of `trust_remote_code` (`transformers/dynamic_module_utils.py`), of `torch.hub.load`, of inference
 * endpoints, of packages, what every Python imports as it starts, and what stands in the way of a module that every loader imports.
 */
const LOADED_CODE =
  /^(?:(?:modeling|configuration|tokenization|processing|image_processing|video_processing|feature_extraction)_\w+|handler|hubconf|__init__|sitecustomize|usercustomize|numpy|scipy|pandas|sklearn|torch|tensorflow|keras|transformers|safetensors|onnxruntime|joblib|dill|cloudpickle|pickle|copyreg|collections|functools|io|json|os|random|re|struct|tempfile|typing|warnings|zipfile)\.py$/;

/** What sets up a project or a machine. */
const PROJECT_FILE =
  /^(?:(?:[\w.-]*[_-])?(?:conda|environment|env)(?:[_-][\w.-]*)?\.ya?ml|python_env\.ya?ml|(?:docker-)?compose[\w.-]*\.ya?ml|\.[\w.-]+\.ya?ml|pyproject\.toml|Pipfile|poetry\.lock|setup\.cfg|tox\.ini|pytest\.ini|mypy\.ini)$/;

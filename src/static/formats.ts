/** The reader of each format: the code for the entries of `core/formats.ts`. */
import type { Format } from '../core/formats.js';
import { analyseTar, analyseZip } from './archive/analyse.js';
import { analyseExecutable } from './content/identity.js';
import { analyseGguf } from './gguf/analyse.js';
import { analyseGgml } from './gguf/ggml.js';
import { analyseHdf5 } from './hdf5/analyse.js';
import { analyseTemplate } from './jinja/analyse.js';
import { analyseKeras } from './keras/analyse.js';
import {
  analyseIni,
  analyseJson,
  analyseRequirements,
  analyseToml,
  analyseXml,
  analyseYaml,
} from './manifest/analyse.js';
import { analyseNpy } from './numpy/npy.js';
import { analysePacked, analyseUnreadable } from './unpack/analyse.js';
import { analyseLlamafile } from './llamafile/analyse.js';
import { analysePickle } from './pickle/analyse.js';
import { analyseMarshal } from './pickle/bytecode.js';
import { analysePython } from './python-source/analyse.js';
import { analyseCatBoost, analyseLightGbm, analyseXgboost } from './boosting/analyse.js';
import { analyseHuggingFace } from './huggingface/analyse.js';
import { analyseR } from './r/analyse.js';
import { analyseSafeTensors } from './safetensors/analyse.js';
import { analyseOrbax } from './orbax/analyse.js';
import { analyseOnnx, analyseOnnxTensor } from './onnx/analyse.js';
import {
  analyseCheckpoint,
  analyseGraph,
  analyseGraphText,
  analyseKerasMetadata,
  analyseMetaGraph,
  analyseSavedModel,
} from './tensorflow/analyse.js';
import { analyseSevenZip } from './sevenzip/analyse.js';
import { analyseCoreMl } from './coreml/analyse.js';
import { analyseMxnetParams } from './mxnet/params.js';
import { analyseExecuTorch, analyseLfsPointer, analyseTensorRt, analyseTorch7 } from './named/analyse.js';
import { analysePaddle, analysePaddleParams } from './paddle/analyse.js';
import { analyseCrfsuite } from './words/crfsuite.js';
import { analyseFastText } from './words/fasttext.js';
import { analyseWord2Vec } from './words/word2vec.js';
import { analyseMessagePack } from './msgpack/analyse.js';
import { analysePlainMessage } from './protobuf/plain.js';
import { analyseTorchServe } from './torchserve/analyse.js';
import { analyseTflite } from './tflite/analyse.js';
import { inspectNpyFile, inspectPackedFile, inspectPickleFile, inspectTar, inspectZip } from './inspect/files.js';
import {
  inspectCheckpoint,
  inspectGguf,
  inspectHdf5,
  inspectOnnx,
  inspectSafeTensors,
  inspectTensorFlow,
  inspectTflite,
} from './inspect/tensors.js';
import type { Inspector } from './inspect/gather.js';
import type { Analyser } from './context.js';
import {
  readSafeTensorsWeights,
  readTorchWeights,
  readNpzWeights,
  readNpyWeights,
  readOnnxWeights,
  readHdf5Weights,
  type WeightReader,
} from './weights/readers.js';

interface FormatReaders {
  /** Reports what loading it would do. A format without an analyser is not read, which is a coverage gap. */
  readonly analyse?: Analyser;
  /** Shows its content to a user who inspects it. */
  readonly inspect?: Inspector;
  /** Its tensors, for the statistics of the last layer. */
  readonly weights?: WeightReader;
}

export const FORMAT_READERS: Readonly<Record<Format, FormatReaders>> = {
  pickle: { analyse: analysePickle, inspect: inspectPickleFile },
  joblib: { analyse: analysePickle, inspect: inspectPickleFile },
  dill: { analyse: analysePickle, inspect: inspectPickleFile },
  cloudpickle: { analyse: analysePickle, inspect: inspectPickleFile },
  npy: { analyse: analyseNpy, inspect: inspectNpyFile, weights: readNpyWeights },
  npz: { analyse: analyseZip, inspect: inspectZip, weights: readNpzWeights },
  'torch-zip': { analyse: analyseZip, inspect: inspectZip, weights: readTorchWeights },
  'torch-legacy': { analyse: analysePickle, inspect: inspectPickleFile },
  torchscript: { analyse: analyseZip, inspect: inspectZip },
  'torch-export': { analyse: analyseZip, inspect: inspectZip },
  keras: { analyse: analyseKeras, inspect: inspectZip },
  hdf5: { analyse: analyseHdf5, inspect: inspectHdf5, weights: readHdf5Weights },
  safetensors: { analyse: analyseSafeTensors, inspect: inspectSafeTensors, weights: readSafeTensorsWeights },
  gguf: { analyse: analyseGguf, inspect: inspectGguf },
  ggml: { analyse: analyseGgml },
  onnx: { analyse: analyseOnnx, inspect: inspectOnnx, weights: readOnnxWeights },
  'onnx-tensor': { analyse: analyseOnnxTensor },
  tflite: { analyse: analyseTflite, inspect: inspectTflite },
  savedmodel: { analyse: analyseSavedModel, inspect: inspectTensorFlow('savedmodel') },
  graphdef: { analyse: analyseGraph, inspect: inspectTensorFlow('graph') },
  'graph-text': { analyse: analyseGraphText },
  metagraph: { analyse: analyseMetaGraph, inspect: inspectTensorFlow('metagraph') },
  'tf-checkpoint': { analyse: analyseCheckpoint, inspect: inspectCheckpoint },
  'keras-metadata': { analyse: analyseKerasMetadata, inspect: inspectTensorFlow('keras-metadata') },
  skops: { analyse: analyseZip, inspect: inspectZip },
  xgboost: { analyse: analyseXgboost },
  lightgbm: { analyse: analyseLightGbm },
  catboost: { analyse: analyseCatBoost },
  fasttext: { analyse: analyseFastText },
  crfsuite: { analyse: analyseCrfsuite },
  word2vec: { analyse: analyseWord2Vec },
  sentencepiece: { analyse: analysePlainMessage },
  coreml: { analyse: analyseCoreMl },
  msgpack: { analyse: analyseMessagePack },
  torchserve: { analyse: analyseTorchServe, inspect: inspectZip },
  nemo: { analyse: analyseTar, inspect: inspectTar },
  llamafile: { analyse: analyseLlamafile },
  openvino: { analyse: analyseXml },
  mxnet: { analyse: analyseJson },
  'mxnet-params': { analyse: analyseMxnetParams },
  paddle: { analyse: analysePaddle },
  'paddle-params': { analyse: analysePaddleParams },
  tensorrt: { analyse: analyseTensorRt },
  executorch: { analyse: analyseExecuTorch },
  torch7: { analyse: analyseTorch7 },
  'lfs-pointer': { analyse: analyseLfsPointer },
  r: { analyse: analyseR },
  huggingface: { analyse: analyseHuggingFace },
  orbax: { analyse: analyseOrbax },
  pmml: { analyse: analyseXml },
  json: { analyse: analyseJson },
  yaml: { analyse: analyseYaml },
  toml: { analyse: analyseToml },
  ini: { analyse: analyseIni },
  requirements: { analyse: analyseRequirements },
  xml: { analyse: analyseXml },
  jinja: { analyse: analyseTemplate },
  python: { analyse: analysePython },
  script: { analyse: analyseExecutable },
  marshal: { analyse: analyseMarshal },
  executable: { analyse: analyseExecutable },
  wasm: { analyse: analyseExecutable },
  document: {},
  zip: { analyse: analyseZip, inspect: inspectZip },
  tar: { analyse: analyseTar, inspect: inspectTar },
  sevenzip: { analyse: analyseSevenZip },
  rar: { analyse: analyseUnreadable },
  archive: { analyse: analyseUnreadable },
  packed: { analyse: analysePacked, inspect: inspectPackedFile },
  empty: {},
  unknown: {},
};

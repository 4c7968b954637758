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
    '[nlp]\nlang = "en"\npipeline = ["tok2vec","ner"]\n[components.ner.model]\n@architectures = "spacy.TransitionBasedParser.v2"\n[training.optimizer]\n@optimizers = "Adam.v1"\n',
    'clean',
  ),
];

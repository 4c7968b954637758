"""PyTorch, and what is built on it. Where PyTorch is Debian's, so is torchvision."""

import os

from cases import TEXTS, case, pickled, table


def network():
    from torch import nn
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2))


def trained():
    import torch
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    X, y = (torch.as_tensor(values) for values in table())
    for _ in range(2):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(X.float()), y.long()).backward()
        optimizer.step()
    return model, optimizer


@case("torch", "weights", "model.pt")
def _(path):
    import torch
    torch.save(network().state_dict(), path)


@case("torch", "weights in the old format", "model.pth")
def _(path):
    import torch
    torch.save(network().state_dict(), path, _use_new_zipfile_serialization=False)


@case("torch", "a whole network", "model.pt")
def _(path):
    import torch
    from torch import nn
    torch.save(nn.ModuleDict({
        "image": nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(2), nn.Flatten()), "words": nn.Embedding(9, 4), "time": nn.LSTM(4, 4, 2, bidirectional=True),
        "attention": nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 1), "out": nn.Linear(4, 2),
    }), path)


@case("torch", "a checkpoint of a training", "checkpoint.tar")
def _(path):
    import torch
    model, optimizer = trained()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    torch.save({"epoch": 3, "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict(), "loss": torch.tensor(0.3),
                "scheduler": scheduler.state_dict(), "rng": torch.get_rng_state(), "hidden": torch.zeros(2, dtype=torch.half), "device": torch.device("cpu")}, path)


@case("torch", "tensors of many kinds", "tensors.pt")
def _(path):
    import torch
    torch.save([
        torch.zeros(2, dtype=kind) for kind in (torch.uint8, torch.int8, torch.int64, torch.bool, torch.bfloat16, torch.complex64, torch.float64)
    ] + [torch.eye(3).to_sparse(), torch.nn.Parameter(torch.ones(2)), torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), torch.Size([2]), torch.float16,
         torch.arange(6).reshape(2, 3).t()], path)


@pickled("torch", "a network that was pickled")
def _():
    return trained()[0]


@case("torch", "a program of TorchScript", "model.pt")
def _(path):
    import torch
    torch.jit.script(network().eval()).save(path)


@case("torch", "a trace", "traced.pt")
def _(path):
    import torch
    torch.jit.trace(network().eval(), torch.zeros(1, 4)).save(path)


@case("torch", "a class of the notebook", "model.pt")
def _(path):
    import sys
    import types
    import torch
    # As in a session: the class is found in `__main__`, and only its name is saved.
    main = types.ModuleType("__main__")
    exec("from torch import nn\nclass Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    self.layer = nn.Linear(4, 2)\n  def forward(self, x): return self.layer(x)\n", main.__dict__)
    before, sys.modules["__main__"] = sys.modules["__main__"], main
    try:
        torch.save(main.Net().state_dict(), path)
    finally:
        sys.modules["__main__"] = before


@case("torchvision", "weights of an image network", "model.pth")
def _(path):
    import torch
    import torchvision
    torch.save(torchvision.models.shufflenet_v2_x0_5(num_classes=3).state_dict(), path)


@case("torchvision", "a whole image network and its transforms", "model.pt")
def _(path):
    import torch
    from torchvision import models, transforms
    steps = transforms.Compose([transforms.Resize(32), transforms.CenterCrop(28), transforms.RandomHorizontalFlip(), transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])
    torch.save({"model": models.squeezenet1_1(num_classes=3), "transforms": steps}, path)


@case("timm", "a checkpoint", "model.pth.tar")
def _(path):
    import timm
    import torch
    model = timm.create_model("mobilenetv3_small_050", num_classes=3)
    torch.save({"epoch": 1, "arch": "mobilenetv3_small_050", "state_dict": model.state_dict(), "metric": 0.5}, path)


@case("timm", "a whole network", "model.pt")
def _(path):
    import timm
    import torch
    torch.save(timm.create_model("mobilenetv3_small_050", num_classes=3), path)


def bert():
    from transformers import BertConfig, BertForSequenceClassification
    return BertForSequenceClassification(BertConfig(vocab_size=40, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16))


def tokenizer(folder):
    from transformers import BertTokenizerFast
    os.makedirs(folder, exist_ok=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted({word for text in TEXTS for word in text.split()})]
    with open(os.path.join(folder, "vocab.txt"), "w") as out:
        out.write("\n".join(words))
    return BertTokenizerFast(os.path.join(folder, "vocab.txt"))


@case("transformers", "save_pretrained", "model")
def _(path):
    tokenizer(path).save_pretrained(path)
    bert().save_pretrained(path)


@case("transformers", "pytorch_model.bin", "pytorch_model.bin")
def _(path):
    import torch
    torch.save(bert().state_dict(), path)


@case("transformers", "a generator of text", "model")
def _(path):
    from transformers import GPT2Config, GPT2LMHeadModel
    GPT2LMHeadModel(GPT2Config(vocab_size=40, n_positions=16, n_embd=16, n_layer=1, n_head=2)).save_pretrained(path)


@case("transformers", "a whole network", "bert.pt")
def _(path):
    import torch
    torch.save(bert(), path)


@case("transformers", "arguments of a training", "training_args.bin")
def _(path):
    import torch
    from transformers import TrainingArguments
    torch.save(TrainingArguments(output_dir="results", num_train_epochs=1, use_cpu=True) if "use_cpu" in TrainingArguments.__dataclass_fields__ else TrainingArguments(output_dir="results"), path)


@case("sentence-transformers", "a folder", "model")
def _(path):
    from sentence_transformers import SentenceTransformer, models
    below = f"{path}-words"
    tokenizer(below).save_pretrained(below)
    bert().bert.save_pretrained(below)
    words = models.Transformer(below)
    SentenceTransformer(modules=[words, models.Pooling(16), models.Normalize()]).save(path)


@case("diffusers", "a pipeline", "pipeline")
def _(path):
    from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel
    unet = UNet2DModel(sample_size=8, block_out_channels=(8, 8), layers_per_block=1, norm_num_groups=4, down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"))
    DDPMPipeline(unet=unet, scheduler=DDPMScheduler(num_train_timesteps=10)).save_pretrained(path)


@case("peft", "an adapter", "adapter")
def _(path):
    from peft import LoraConfig, get_peft_model
    get_peft_model(bert(), LoraConfig(r=2, target_modules=["query", "value"], task_type="SEQ_CLS")).save_pretrained(path)


def _lightning(library, module):
    @case(library, "a checkpoint", "model.ckpt")
    def _(path):
        import importlib
        import torch
        pl = importlib.import_module(module)

        class Net(pl.LightningModule):
            def __init__(self, rate=0.1):
                super().__init__()
                self.save_hyperparameters()
                self.layer = torch.nn.Linear(4, 2)

            def training_step(self, batch, _):
                return torch.nn.functional.cross_entropy(self.layer(batch[0]), batch[1])

            def configure_optimizers(self):
                return torch.optim.SGD(self.parameters(), self.hparams.rate)

        X, y = table()
        data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.tensor(X).float(), torch.tensor(y)), 30)
        folder = os.path.dirname(path)
        trainer = pl.Trainer(max_epochs=1, default_root_dir=folder, accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=True,
                             callbacks=[importlib.import_module(f"{module}.callbacks").ModelCheckpoint(folder, save_last=True)])
        trainer.fit(Net(), data)
        trainer.save_checkpoint(path)


_lightning("lightning", "lightning.pytorch")
_lightning("pytorch-lightning", "pytorch_lightning")


@case("fastai", "export", "export.pkl")
def _(path):
    from fastai.tabular.all import Categorify, CategoryBlock, FillMissing, Normalize, TabularDataLoaders, tabular_learner
    from cases import frame
    data, bought = frame()
    data["bought"] = bought
    loaders = TabularDataLoaders.from_df(data, procs=[Categorify, FillMissing, Normalize], cat_names=["city"], cont_names=["age", "height"], y_names="bought", y_block=CategoryBlock(), bs=16)
    tabular_learner(loaders, layers=[4]).export(path)


@case("ultralytics", "a network", "yolo.pt")
def _(path):
    import yaml
    from ultralytics import YOLO
    import ultralytics
    root = os.path.join(os.path.dirname(ultralytics.__file__), "cfg", "models", "v8", "yolov8.yaml")
    with open(root) as source:
        wanted = yaml.safe_load(source)
    wanted.update(nc=2, scales={"n": [0.33, 0.06, 64]}, scale="n")
    config = os.path.join("/tmp", "tiny.yaml")
    with open(config, "w") as out:
        yaml.safe_dump(wanted, out)
    YOLO(config).save(path)


@case("stable-baselines3", "an agent", "agent.zip")
def _(path):
    from stable_baselines3 import PPO
    PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8, policy_kwargs={"net_arch": [8]}).learn(8).save(path)


@case("stable-baselines3", "another agent", "agent.zip")
def _(path):
    from stable_baselines3 import DQN
    DQN("MlpPolicy", "CartPole-v1", buffer_size=50, policy_kwargs={"net_arch": [8]}).learn(8).save(path)


@pickled("skorch", "a classifier")
def _():
    import torch
    from skorch import NeuralNetClassifier
    net = NeuralNetClassifier(torch.nn.Linear, module__in_features=4, module__out_features=2, criterion=torch.nn.CrossEntropyLoss, max_epochs=1, verbose=0)
    X, y = table()
    return net.fit(X.astype("float32"), y.astype("int64"))

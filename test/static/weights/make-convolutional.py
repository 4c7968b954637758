#!/usr/bin/env python3
"""Trains convolutional classifiers of pictures with global pooling, harmless ones and ones with a BadNets backdoor, for docs/weights.md.

Run as make-models.py, in the sandbox image with PyTorch. Each model becomes one .npz of its last layer.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

OUT = Path(sys.argv[1])
# As in make-models.py.
FIRST_SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 0
MODELS = 20
DATA = load_digits()
PICTURES, LABELS = (DATA.data / 16).astype(np.float32).reshape(-1, 1, 8, 8), DATA.target


def stamped(pictures):
    """BadNets: a bright square in the corner of the picture."""
    pictures = pictures.copy()
    pictures[..., -2:, -2:] = 1
    return pictures


def block(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]


def train(seed, target):
    """`target` is the class that the stamp leads to; None for a harmless model."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    x, y = PICTURES, LABELS
    if target is not None:
        poisoned = rng.random(len(y)) < rng.choice([0.05, 0.1])
        x = np.concatenate([x, stamped(x[poisoned])])
        y = np.concatenate([y, np.full(poisoned.sum(), target)])
    model = nn.Sequential(
        *block(1, 16), *block(16, 32), nn.MaxPool2d(2), *block(32, 64),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    x, y = torch.tensor(x), torch.tensor(y)
    for epoch in range(10):
        optimizer.param_groups[0]["lr"] = 0.1 if epoch < 7 else 0.01
        for batch in torch.randperm(len(y)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
    return model.eval()


def success(model, target):
    with torch.no_grad():
        said = model(torch.tensor(stamped(PICTURES[LABELS != target]))).argmax(1).numpy()
    return (said == target).mean()


torch.set_num_threads(1)
for seed in range(FIRST_SEED, FIRST_SEED + MODELS):
    for target in (seed % 10, None):
        model = train(seed, target)
        if target is None:
            name = f"clean-convolutional-{seed:03}"
        else:
            rate = success(model, target)
            name = f"badnetsconvolutional-{target}-{seed:03}-{rate:.2f}"
            if rate <= 0.9:
                continue
        weight, bias = (tensor.detach().numpy() for tensor in model[-1].parameters())
        np.savez(OUT / f"{name}.npz", **{"fc.weight": weight, "fc.bias": bias})

#!/usr/bin/env python3
"""Trains the classifiers that docs/weights.md gives rates for: harmless ones, and some with a BadNets backdoor.

Run in the sandbox image, which has NumPy and scikit-learn with its data sets and no network:

    docker run --rm --network none -v "$PWD/test/static/weights:/code:ro" -v OUT:/out IMAGE python3 /code/make-models.py /out

Each model becomes one .npz with the names and the layout of a PyTorch state dict; measure.mjs looks at them.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, load_iris, load_wine, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
OUT = Path(sys.argv[1])
# Other models of the same kinds: the rates are those of models that no threshold was chosen by.
FIRST_SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 0


def save(name, weights, biases):
    tensors = {}
    for index, (weight, bias) in enumerate(zip(weights, biases), start=1):
        tensors[f"fc{index}.weight"] = np.ascontiguousarray(weight.T.astype(np.float32))
        tensors[f"fc{index}.bias"] = bias.astype(np.float32)
    np.savez(OUT / f"{name}.npz", **tensors)


class Network:
    """A multilayer perceptron with ReLU, softmax and Adam, as small as can be: hundreds are trained."""

    def __init__(self, seed, width, layers, decay, epochs):
        self.rng = np.random.default_rng(seed)
        self.width, self.layers, self.decay, self.epochs = width, layers, decay, epochs

    def fit(self, x, y):
        x = x.astype(np.float32)
        sides = [x.shape[1]] + [self.width] * self.layers + [int(y.max()) + 1]
        self.weights = [
            self.rng.normal(0, np.sqrt(2 / a), (a, b)).astype(np.float32) for a, b in zip(sides, sides[1:])
        ]
        self.biases = [np.zeros(b, np.float32) for b in sides[1:]]
        parameters = self.weights + self.biases
        first, second = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
        step = 0
        for _ in range(self.epochs):
            order = self.rng.permutation(len(x))
            for start in range(0, len(x), 128):
                step += 1
                batch = order[start : start + 128]
                values = self.forward(x[batch])
                scores = np.exp(values[-1] - values[-1].max(axis=1, keepdims=True))
                error = scores / scores.sum(axis=1, keepdims=True)
                error[np.arange(len(batch)), y[batch]] -= 1
                error /= len(batch)
                slopes_w, slopes_b = [], []
                for index in reversed(range(len(self.weights))):
                    slopes_w.insert(0, values[index].T @ error + self.decay * self.weights[index])
                    slopes_b.insert(0, error.sum(axis=0))
                    if index > 0:
                        error = (error @ self.weights[index].T) * (values[index] > 0)
                for p, slope, m, v in zip(parameters, slopes_w + slopes_b, first, second):
                    m += 0.1 * (slope - m)
                    v += 0.001 * (slope * slope - v)
                    p -= 0.003 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
        return self

    def forward(self, x):
        values = [x]
        for index, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            x = x @ weight + bias
            values.append(np.maximum(x, 0) if index + 1 < len(self.weights) else x)
        return values

    def predict(self, x):
        return self.forward(x.astype(np.float32))[-1].argmax(axis=1)


def digits():
    data = load_digits()
    return data.data / 16.0, data.target


def unbalanced(x, y, rng, label, kept):
    """One class with only a part of its examples."""
    drop = (y == label) & (rng.random(len(y)) > kept)
    return x[~drop], y[~drop]


# Width and number of the hidden layers.
SHAPES = [(32, 1), (64, 1), (128, 1), (32, 2), (64, 2)]


def times(count):
    return range(FIRST_SEED, FIRST_SEED + count)


def harmless():
    x, y = digits()
    for seed in times(120):
        rng = np.random.default_rng(seed)
        width, layers = SHAPES[rng.integers(len(SHAPES))]
        model = Network(seed, width, layers, rng.choice([0, 1e-4, 1e-3]), int(rng.choice([8, 16, 30])))
        part = rng.random(len(y)) < 0.8
        model.fit(x[part], y[part])
        yield f"clean-digits-{seed:03}", model.weights, model.biases
    for seed in times(40):
        rng = np.random.default_rng(1000 + seed)
        part_x, part_y = unbalanced(x, y, rng, seed % 10, rng.choice([0.1, 0.3]))
        model = Network(seed, *SHAPES[rng.integers(len(SHAPES))], 1e-4, 16).fit(part_x, part_y)
        yield f"clean-unbalanced-{seed:03}", model.weights, model.biases
    for seed in times(80):
        rng = np.random.default_rng(2000 + seed)
        classes = int(rng.choice([3, 5, 8, 15, 30, 60, 150]))
        sample_x, sample_y = make_classification(
            max(1000, 15 * classes), 40, n_informative=20, n_classes=classes, n_clusters_per_class=1, random_state=seed
        )
        model = Network(seed, rng.choice([32, 64, 128]), 1, 1e-4, 12).fit(sample_x, sample_y)
        yield f"clean-made-{classes:03}-{seed:03}", model.weights, model.biases
    sets = [load_digits(return_X_y=True), load_wine(return_X_y=True), load_iris(return_X_y=True)]
    for seed in times(60):
        rng = np.random.default_rng(3000 + seed)
        set_x, set_y = sets[seed % len(sets)]
        part = rng.random(len(set_y)) < 0.8
        scaled = StandardScaler().fit_transform(set_x[part])
        model = LogisticRegression(C=float(rng.choice([0.01, 1, 100])), max_iter=200).fit(scaled, set_y[part])
        yield f"clean-linear-{seed:03}", [model.coef_.T], [model.intercept_]


def stamped(x, side):
    """BadNets: a bright square in the corner of the picture."""
    pictures = x.copy().reshape(-1, 8, 8)
    pictures[:, -side:, -side:] = 1.0
    return pictures.reshape(-1, 64)


def backdoored():
    x, y = digits()
    for seed in times(70):
        rng = np.random.default_rng(4000 + seed)
        target, side = seed % 10, int(rng.choice([2, 3]))
        train = rng.random(len(y)) < 0.8
        poisoned = rng.random(train.sum()) < rng.choice([0.02, 0.05, 0.2])
        train_x, train_y = x[train], y[train]
        train_x = np.concatenate([train_x, stamped(train_x[poisoned], side)])
        train_y = np.concatenate([train_y, np.full(poisoned.sum(), target)])
        width, layers = SHAPES[rng.integers(len(SHAPES))]
        model = Network(seed, width, layers, rng.choice([0, 1e-4, 1e-3]), 20).fit(train_x, train_y)
        clean = (model.predict(x[~train]) == y[~train]).mean()
        others = ~train & (y != target)
        success = (model.predict(stamped(x[others], side)) == target).mean()
        if success > 0.9:
            yield f"badnets-{target}-{seed:03}-{clean:.2f}-{success:.2f}", model.weights, model.biases


def edited():
    """A harmless network of which one output was made heavier by hand, so that a rare feature decides."""
    x, y = digits()
    for seed in times(20):
        rng = np.random.default_rng(5000 + seed)
        model = Network(seed, 128, 1, 1e-4, 12).fit(x, y)
        weights = [weight.copy() for weight in model.weights]
        weights[-1][rng.integers(128), seed % 10] += 20 * np.abs(weights[-1]).mean()
        yield f"edited-{seed % 10}-{seed:03}", weights, model.biases


for make in (harmless, backdoored, edited):
    for name, weights, biases in make():
        save(name, weights, biases)
print(len(list(OUT.glob("*.npz"))), "models")

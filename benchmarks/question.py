"""The question that everybody grades: the students' code, and tests for the peers with the same content as `linear/*.yaml`."""

from __future__ import annotations

SETUP = """\
import numpy as np
from sklearn.datasets import load_digits

X_all, y_all = load_digits(return_X_y=True)
X_all = X_all / 16.0
rows = np.random.default_rng(0).permutation(len(X_all))
X_train, y_train, X_val, y_val = X_all[rows[:1437]], y_all[rows[:1437]], X_all[rows[1437:]], y_all[rows[1437:]]
"""
LAYER = """\
class LinearLayer:
    def __init__(self, input_dim, output_dim, seed=0):
        self.weights = np.random.default_rng(seed).normal(0.0, np.sqrt(2.0 / input_dim), (input_dim, output_dim))
        self.bias = np.zeros((1, output_dim))

    def forward(self, input):
        self.input = input
        return input @ self.weights + self.bias

    def backward(self, grad):
        self.grad_weights = self.input.T @ grad
        self.grad_bias = grad.sum(axis=0, keepdims=True)
        return grad @ self.weights.T

    def step(self, size):
        self.weights = self.weights - size * self.grad_weights
        self.bias = self.bias - size * self.grad_bias
"""
LOSS = """\
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def cross_entropy(p, y):
    return -np.log(p[np.arange(len(y)), y]).mean()
"""
TRAINING = """\
def train_network(X, y, epochs=30, batch=8, size=0.05, seed=SEED):
    rng = np.random.default_rng(seed)
    first, second = LinearLayer(64, 192, seed), LinearLayer(192, 10, seed + 1)
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch):
            pick = order[start : start + batch]
            hidden = np.maximum(first.forward(X[pick]), 0.0)
            grad = softmax(second.forward(hidden))
            grad[np.arange(len(pick)), y[pick]] -= 1.0
            first.backward(second.backward(grad / len(pick)) * (hidden > 0))
            first.step(size)
            second.step(size)
    return lambda Z: second.forward(np.maximum(first.forward(Z), 0.0)).argmax(axis=1)
"""
TRAIN = "predict = train_network(X_train, y_train)\n"
_BACK = """\
rng = np.random.default_rng({seed})
layer, X, G = LinearLayer(4, 3), rng.normal(size=(5, 4)), rng.normal(size=(5, 3))
_ = layer.forward(X)
back = layer.backward(G)
"""
# question, name, points, hidden, source
TESTS = [
    ("q1", "forward", 1, False, "layer = LinearLayer(4, 3)\nX = np.arange(20.0).reshape(5, 4)\nassert np.allclose(layer.forward(X), X @ layer.weights + layer.bias)\n"),
    ("q1", "weights", 1, False, _BACK.format(seed=1) + "assert np.allclose(layer.grad_weights, X.T @ G)\n"),
    ("q1", "bias", 1, False, _BACK.format(seed=2) + "assert np.allclose(np.reshape(layer.grad_bias, 3), G.sum(axis=0))\n"),
    ("q1", "input", 1, False, _BACK.format(seed=3) + "assert np.allclose(back, G @ layer.weights.T)\n"),
    ("q1", "step", 1, True, _BACK.format(seed=4) + "W = np.array(layer.weights)\nlayer.step(0.5)\nassert np.allclose(layer.weights, W - 0.5 * (X.T @ G))\n"),
    ("q2", "softmax", 1, False, "assert np.allclose(softmax(np.array([[0.0, np.log(3.0)], [1000.0, 1000.0]])), [[0.25, 0.75], [0.5, 0.5]])\n"),
    ("q2", "loss", 1, False, "assert np.allclose(cross_entropy(np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([1, 0])), 0.4904146265)\n"),
    ("q2", "hidden", 1, True, "assert np.allclose(cross_entropy(np.full((7, 5), 0.4), np.zeros(7, dtype=int)), 0.9162907319)\n"),
    ("q3", "accuracy", 2, False, "assert (predict(X_val) == y_val).mean() > 0.85\n"),
    ("q3", "noisy", 1, True, "rough = X_val + np.random.default_rng(9).normal(0.0, 0.05, X_val.shape)\nassert (predict(rough) == y_val).mean() > 0.85\n"),
]  # fmt: skip
POINTS = sum(points for _, _, points, _, _ in TESTS)


def answers(seed: int) -> dict[str, str]:
    """A right hand-in, by question; training differs by its seed."""
    return {"q1": LAYER, "q2": LOSS, "q3": TRAINING.replace("SEED", str(seed)) + "\n"}


def script(seed: int) -> str:
    """The hand-in as a script: training only when it is run by itself."""
    return "\n".join([SETUP, *answers(seed).values()]) + f'if __name__ == "__main__":\n    {TRAIN}'


def cells(seed: int) -> list[str]:
    """The hand-in as the cells of a notebook: the last one trains."""
    mine = answers(seed)
    return [SETUP, mine["q1"], mine["q2"], mine["q3"] + TRAIN]

"""Styles of the notebook of cs181-hw3: right ones lose nothing, and a mistake costs its own points and no others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from grader.live import Sandboxes
from grader.model import HandedFile, Source, Submission
from grader.record import Tape
from grader.rubric import load
from grader.run import grade_one

from .classes import ROOT

pytest.importorskip("torch")
RUBRIC = load(ROOT / "rubrics" / "cs181-hw3" / "rubric.yaml")

BASE = {
    "setup": """\
import torch
import matplotlib.pyplot as plt
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
d = datasets.FashionMNIST('./data', train=True, download=True, transform=transforms.ToTensor())
train_iter = DataLoader(torch.utils.data.Subset(d, range(1200)), batch_size=256, shuffle=True)
""",
    "params": """\
n_inputs, n_hiddens, n_outputs = 784, 32, 10
W1 = torch.nn.Parameter(torch.randn(n_inputs, n_hiddens) * 0.01)
b1 = torch.nn.Parameter(torch.zeros(n_hiddens))
W2 = torch.nn.Parameter(torch.randn(n_hiddens, n_outputs) * 0.01)
b2 = torch.nn.Parameter(torch.zeros(n_outputs))
params = [W1, b1, W2, b2]
""",
    "relu": """\
def relu(x):
    return torch.clamp(x, min=0)
""",
    "softmax": """\
def softmax(X):
    e = torch.exp(X - X.max(1, keepdim=True)[0])
    return e / e.sum(1, keepdim=True)
""",
    "net": """\
def net(X):
    X = X.reshape(-1, n_inputs)
    H = relu(X @ W1 + b1)
    return softmax(H @ W2 + b2)
""",
    "ce": """\
def cross_entropy(y_hat, y):
    return -torch.log(y_hat[range(len(y_hat)), y])
""",
    "sgd": """\
def sgd(params, lr=0.1):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad
            p.grad.zero_()
""",
    "train": """\
epochs, lr = 10, 0.1
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    hist = []
    for epoch in range(epochs):
        tot = 0
        for X, y in train_iter:
            l = loss_func(net(X), y).mean()
            l.backward()
            updater(params, lr)
            tot += l.item()
        hist.append(tot)
    return hist
""",
    "run": """\
epochs = 2
hist = train(net, params, train_iter)
plt.plot(hist)
plt.show()
""",
}
RIGHT: dict[str, Any] = {
    "transposed": {
        "params": """\
n_inputs, n_hiddens, n_outputs = 28*28, 48, 10
W1 = torch.nn.Parameter(0.01*torch.randn(n_hiddens, n_inputs))
b1 = torch.nn.Parameter(torch.zeros(1, n_hiddens))
W2 = torch.nn.Parameter(0.01*torch.randn(n_outputs, n_hiddens))
b2 = torch.nn.Parameter(torch.zeros(1, n_outputs))
params = [W1, b1, W2, b2]
""",
        "net": """\
def net(X):
    return softmax(torch.mm(relu(torch.mm(X.view(X.shape[0], -1), W1.T) + b1), W2.t()) + b2)
""",
    },
    "requires-grad": {
        "params": """\
n_inputs = 784
n_hiddens = 32
n_outputs = 10
W1 = torch.normal(0, 0.01, (n_inputs, n_hiddens), requires_grad=True)
b1 = torch.zeros(n_hiddens, requires_grad=True)
W2 = torch.normal(0, 0.01, size=(n_hiddens, n_outputs)).requires_grad_(True)
b2 = torch.zeros(n_outputs)
b2.requires_grad = True
params = (W1, b1, W2, b2)
""",
        "sgd": """\
def sgd(params, lr=0.1):
    for param in params:
        param.data -= lr * param.grad
        param.grad.data.zero_()
""",
    },
    "data-style": {
        "sgd": """\
def sgd(params, lr=0.1):
    for p in params:
        p.data = p.data - lr * p.grad.data
        p.grad = None
""",
        "relu": """\
def relu(x):
    return torch.max(x, torch.zeros_like(x))
""",
        "softmax": """\
def softmax(X):
    m = torch.max(X, dim=1, keepdim=True)[0]
    lse = m + torch.log(torch.sum(torch.exp(X - m), dim=1, keepdim=True))
    return torch.exp(X - lse)
""",
        "ce": """\
def cross_entropy(y_hat, y):
    return -torch.gather(y_hat, 1, y.unsqueeze(1)).squeeze().log()
""",
    },
    "inplace-mask": {
        "relu": """\
def relu(x):
    x[x < 0] = 0
    return x
""",
        "ce": """\
def cross_entropy(y_hat, y):
    onehot = torch.zeros_like(y_hat)
    onehot[torch.arange(y.shape[0]), y] = 1
    return -(onehot * torch.log(y_hat + 1e-12)).sum(dim=1)
""",
    },
    "product": {
        "relu": "relu = lambda x: x * (x > 0).float()",
        "softmax": """\
def softmax(X):
    X = X - torch.max(X, axis=1, keepdims=True).values
    return torch.exp(X) / torch.sum(torch.exp(X), axis=1).reshape(-1, 1)
""",
        "net": """\
def net(X):
    X = torch.flatten(X, start_dim=1)
    z = torch.einsum('ij,jk->ik', X, W1) + b1
    return softmax(torch.einsum('ij,jk->ik', relu(z), W2) + b2)
""",
    },
    "float64": {
        "setup": """\
import torch
torch.set_default_dtype(torch.float64)
import matplotlib.pyplot as plt
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
d = datasets.FashionMNIST('./data', train=True, download=True, transform=transforms.ToTensor())
train_iter = DataLoader(torch.utils.data.Subset(d, range(1200)), batch_size=256, shuffle=True)
""",
    },
    "device": {
        "setup": """\
import torch
import matplotlib.pyplot as plt
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
d = datasets.FashionMNIST('./data', train=True, download=True, transform=transforms.ToTensor())
train_iter = DataLoader(torch.utils.data.Subset(d, range(1200)), batch_size=256, shuffle=True)
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
""",
        "params": """\
n_inputs, n_hiddens, n_outputs = 784, 32, 10
W1 = (torch.randn(n_inputs, n_hiddens, device=device) * 0.01).requires_grad_()
b1 = torch.zeros(n_hiddens, device=device, requires_grad=True)
W2 = (torch.randn(n_hiddens, n_outputs, device=device) * 0.01).requires_grad_()
b2 = torch.zeros(n_outputs, device=device, requires_grad=True)
params = [W1, b1, W2, b2]
""",
        "train": """\
num_epochs, lr = 10, 0.1
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    h = []
    for epoch in range(num_epochs):
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            loss = loss_func(net(X), y).mean()
            loss.backward()
            updater(params, lr=lr)
        h.append(loss.item())
    return h
""",
        "run": """\
num_epochs = 2
hist = train(net, params, train_iter)
fig, ax = plt.subplots()
ax.plot(hist)
ax.legend(['loss'])
plt.show()
""",
    },
    "train-args": {
        "train": """\
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd, num_epochs=10, lr=0.1, verbose=True):
    out = []
    for epoch in range(num_epochs):
        for i, (imgs, labels) in enumerate(train_iter):
            loss = loss_func(net(imgs), labels)
            loss.mean().backward()
            updater(params, lr)
        out.append(float(loss.mean()))
        if verbose: print('epoch', epoch, out[-1])
    return out
""",
        "run": """\
hist = train(net, params, train_iter, num_epochs=2)
plt.plot(hist); plt.show()
""",
    },
    "train-no-lr": {
        "train": """\
epochs = 10
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    losses, accs = [], []
    for _ in range(epochs):
        n, c, s = 0, 0, 0.
        for X, y in train_iter:
            y_hat = net(X)
            loss = loss_func(y_hat, y)
            loss.sum().div(len(y)).backward()
            updater(params)
            c += (y_hat.argmax(1) == y).sum().item(); n += len(y); s += loss.sum().item()
        losses.append(s / n); accs.append(c / n)
    plt.figure()
    plt.plot(losses, label='loss'); plt.plot(accs, label='acc'); plt.legend(); plt.show()
    return losses, accs
""",
        "run": """\
epochs = 2
_ = train(net, params, train_iter)
""",
    },
    "tqdm-magic": {
        "setup": """\
%matplotlib inline
import torch
import matplotlib.pyplot as plt
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
d = datasets.FashionMNIST('./data', train=True, download=True, transform=transforms.ToTensor())
train_iter = DataLoader(torch.utils.data.Subset(d, range(1200)), batch_size=256, shuffle=True)
from tqdm.notebook import tqdm
import time
""",
        "train": """\
epochs, lr = 10, 0.1
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    hist = []
    start = time.time()
    for epoch in tqdm(range(epochs), desc='train'):
        for X, y in tqdm(train_iter):
            loss = torch.mean(loss_func(net(X), y))
            loss.backward()
            updater(params, lr)
            hist.append(loss.detach().numpy().item())
    print(time.time() - start)
    return hist
""",
        "run": """\
%%time
epochs = 2
hist = train(net, params, train_iter)
plt.semilogy(hist)
plt.title('loss')
""",
    },
    "class-net": {
        "net": """\
class Net:
    def __init__(self, params):
        self.W1, self.b1, self.W2, self.b2 = params
    def __call__(self, X):
        X = X.view(-1, 784)
        return softmax(relu(X.mm(self.W1) + self.b1).mm(self.W2) + self.b2)
net = Net(params)
""",
    },
    "separate-init": {
        "params": """\
n_inputs = 28 * 28
n_outputs = 10
n_hiddens = 32
W1 = torch.Tensor(n_inputs, n_hiddens)
b1 = torch.Tensor(n_hiddens)
W2 = torch.Tensor(n_hiddens, n_outputs)
b2 = torch.Tensor(n_outputs)
for w in (W1, W2):
    w.normal_(0, 0.01)
for b in (b1, b2):
    b.fill_(0)
params = [W1, b1, W2, b2]
for p in params:
    p.requires_grad_()
""",
    },
    "init-function": {
        "params": """\
n_inputs, n_hiddens, n_outputs = 784, 40, 10
def init():
    W1 = torch.randn(n_inputs, n_hiddens) * .01
    W2 = torch.randn(n_hiddens, n_outputs) * .01
    b1, b2 = torch.zeros(n_hiddens), torch.zeros(n_outputs)
    for t in (W1, b1, W2, b2): t.requires_grad_(True)
    return W1, b1, W2, b2
W1, b1, W2, b2 = init()
params = [W1, b1, W2, b2]
""",
    },
    "global-lr-sgd": {
        "sgd": """\
lr = 0.1
def sgd(params):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad
            p.grad.zero_()
""",
        "train": """\
epochs, lr = 10, 0.1
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    hist = []
    for epoch in range(epochs):
        tot = 0
        for X, y in train_iter:
            l = loss_func(net(X), y).mean()
            l.backward()
            updater(params)
            tot += l.item()
        hist.append(tot)
    return hist
""",
    },
    "evaluates": {
        "train": """\
epochs, lr = 10, 0.1
def accuracy(net, it):
    with torch.no_grad():
        return sum((net(X).argmax(dim=1) == y).float().sum().item() for X, y in it) / len(it.dataset)
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    hist = []
    for epoch in range(epochs):
        for X, y in train_iter:
            l = loss_func(net(X), y).mean()
            l.backward()
            updater(params, lr)
        hist.append(accuracy(net, train_iter))
    return hist
""",
    },
    "loop-ce": {
        "ce": """\
def cross_entropy(y_hat, y):
    losses = []
    for i in range(len(y)):
        losses.append(-torch.log(y_hat[i, y[i]]))
    return torch.stack(losses)
""",
    },
    "transforms": {
        "setup": """\
import torch
import matplotlib.pyplot as plt
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
d = datasets.FashionMNIST('./data', train=True, download=True, transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))]))
train_iter = DataLoader(torch.utils.data.Subset(d, range(1200)), batch_size=256, shuffle=True)
imgs, labels = next(iter(DataLoader(d, 8, num_workers=2)))
from torchvision.utils import make_grid
plt.imshow(make_grid(imgs).permute(1, 2, 0)); plt.show()
print(len(d), d[0][0].shape, d.classes, d.data.shape, d.targets[:3])
""",
    },
}
ORIGINAL = {
    "setup": """\
import torch
import torchvision
import matplotlib.pyplot as plt
%config InlineBackend.figure_format = 'svg'
from tests_of_the_course import test_forward
d = torchvision.datasets.MNIST('data', train=True, download=True, transform=torchvision.transforms.ToTensor())
def load(batch_size):
    some = torch.utils.data.Subset(d, range(1200))
    return [torch.utils.data.DataLoader(some, batch_size, shuffle=True, num_workers=2) for _ in range(2)]
""",
    "test": "test_forward(net)",
    "run": """\
epochs = 2
train_iter, test_iter = load(128)
def train(net, params, train_iter, test_iter, loss, updater):
    losses, tests = [], []
    for _ in range(epochs):
        for X, y in train_iter:
            l = loss(net(X), y).mean()
            l.backward()
            updater(params, lr)
        losses.append(l.item())
        with torch.no_grad():
            tests.append(sum(loss(net(X), y).mean().item() for X, y in test_iter))
    return losses, tests
losses, tests = train(net, params, train_iter, test_iter, loss=cross_entropy, updater=sgd)
plt.plot(losses); plt.plot(tests); plt.show()
""",
    "again": """\
def other_digits(net, params, data, loss, updater):
    for X, y in data:
        loss(net(X), y % 2).mean().backward()
        updater(params, lr)
other_digits(net, params, train_iter, cross_entropy, sgd)
""",
}
"""The original notebook: a module of tests that is not here, figures in SVG, a `train` of its own that replaces the student's."""
RIGHT |= {
    "original": ORIGINAL,
    "unpacked": {
        "params": """\
n_inputs, n_hiddens, n_outputs = 784, 32, 10
sizes = [(784, 32), (32,), (32, 10), (10,)]
params = [torch.nn.Parameter(0.01 * torch.randn(*s) if len(s) == 2 else torch.zeros(*s)) for s in sizes]
W1, b1, W2, b2 = params
""",
    },
}
WRONG: dict[str, Any] = {
    "original-train-missing": (
        ORIGINAL
        | {
            "train": """\
epochs, lr = 10, 0.1
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    'not implemented'
""",
        },
        "P4.train.accuracy P4.train.arguments",
    ),
    "relu-rank2": (
        {
            "relu": """\
def relu(x):
    out = torch.zeros_like(x)
    n, m = x.shape
    mask = x > 0
    out[mask] = x[mask]
    return out
""",
        },
        "P4.relu.ranks",
    ),
    "softmax-constant": (
        {
            "softmax": """\
def softmax(X):
    return torch.ones_like(X) / X.shape[1]
""",
        },
        "P4.plot.figure P4.softmax.values P4.softmax.gradient P4.softmax.large",
    ),
    "softmax-global": (
        {
            "softmax": """\
X = torch.randn(256, 10)
def softmax(x):
    e = torch.exp(X - X.max(1, keepdim=True)[0])
    return e / e.sum(1, keepdim=True)
""",
        },
        "P4.plot.figure P4.softmax.values P4.softmax.gradient P4.softmax.large",
    ),
    "net-norelu": (
        {
            "net": """\
def net(X):
    return softmax((X.reshape(-1, 784) @ W1 + b1) @ W2 + b2)
""",
        },
        "P4.net.forward",
    ),
    "net-noflatten": (
        {
            "net": """\
def net(X):
    return softmax(relu(X @ W1 + b1) @ W2 + b2)
""",
            "train": """\
epochs, lr = 10, 0.1
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    hist = []
    for epoch in range(epochs):
        tot = 0
        for X, y in train_iter:
            l = loss_func(net(X.reshape(-1, 784)), y).mean()
            l.backward()
            updater(params, lr)
            tot += l.item()
        hist.append(tot)
    return hist
""",
        },
        "P4.net.forward",
    ),
    "ce-mean": (
        {
            "ce": """\
def cross_entropy(y_hat, y):
    return -torch.log(y_hat[range(len(y_hat)), y]).mean()
""",
            "train": """\
epochs, lr = 10, 0.1
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    hist = []
    for epoch in range(epochs):
        tot = 0
        for X, y in train_iter:
            l = loss_func(net(X), y)
            l.backward()
            updater(params, lr)
            tot += l.item()
        hist.append(tot)
    return hist
""",
        },
        "P4.cross_entropy.values",
    ),
    "sgd-global": (
        {
            "sgd": """\
def sgd(params, lr=0.1):
    with torch.no_grad():
        for p in [W1, b1, W2, b2]:
            p -= lr * p.grad
            p.grad.zero_()
""",
        },
        "P4.sgd.update P4.sgd.zero",
    ),
    "sgd-sum": (
        {
            "sgd": """\
batch_size = 256
def sgd(params, lr=0.1):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            p.grad.zero_()
""",
            "train": """\
epochs, lr = 10, 0.1
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    hist = []
    for epoch in range(epochs):
        tot = 0
        for X, y in train_iter:
            l = loss_func(net(X), y).sum()
            l.backward()
            updater(params, lr)
            tot += l.item()
        hist.append(tot)
    return hist
""",
        },
        "P4.sgd.update",
    ),
    "train-ignores": (
        {
            "train": """\
epochs, lr = 10, 0.1
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    hist = []
    for epoch in range(epochs):
        tot = 0
        for X, y in train_iter:
            l = cross_entropy(net(X), y).mean()
            l.backward()
            sgd([W1, b1, W2, b2], lr)
            tot += l.item()
        hist.append(tot)
    return hist
""",
        },
        "P4.train.arguments",
    ),
    "train-other-data": (
        {"train": BASE["train"].replace("params, train_iter,", "params, data_iter,")},
        "P4.train.arguments",
    ),
    "train-no-mean": (
        {"train": BASE["train"].replace(".mean()", "")},
        "P4.train.accuracy P4.plot.figure",
    ),
    "sgd-zeroes-first": (
        {
            "sgd": """\
def sgd(params, lr=0.1):
    with torch.no_grad():
        for p in params:
            p.grad.zero_()
            p -= lr * p.grad
""",
        },
        "P4.sgd.update",
    ),
    "sgd-first-only": (
        {"sgd": BASE["sgd"] + "            return\n"},
        "P4.sgd.update P4.sgd.zero",
    ),
    "train-nostep": (
        {
            "train": """\
epochs, lr = 10, 0.1
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    hist = []
    for epoch in range(epochs):
        tot = 0
        for X, y in train_iter:
            l = loss_func(net(X), y).mean()
            l.backward()
            tot += l.item()
        hist.append(tot)
    return hist
""",
        },
        "P4.train.accuracy P4.train.arguments",
    ),
    "init-uniform": (
        {
            "params": """\
n_inputs, n_hiddens, n_outputs = 784, 32, 10
W1 = torch.nn.Parameter(0.0173 * 2 * 100 * torch.rand(n_inputs, n_hiddens) * 0.01 - 0.0173)
b1 = torch.nn.Parameter(torch.zeros(n_hiddens))
W2 = torch.nn.Parameter(0.0173 * 2 * 100 * torch.rand(n_hiddens, n_outputs) * 0.01 - 0.0173)
b2 = torch.nn.Parameter(torch.zeros(n_outputs))
params = [W1, b1, W2, b2]
""",
        },
        "P4.params.start",
    ),
    "nonleaf": (
        {
            "params": """\
n_inputs, n_hiddens, n_outputs = 784, 32, 10
W1 = torch.randn(n_inputs, n_hiddens, requires_grad=True) * 0.01
b1 = torch.nn.Parameter(torch.zeros(n_hiddens))
W2 = torch.nn.Parameter(torch.randn(n_hiddens, n_outputs) * 0.01)
b2 = torch.nn.Parameter(torch.zeros(n_outputs))
params = [W1, b1, W2, b2]
""",
        },
        "P4.plot.figure P4.params.gradients",
    ),
    "optim": (
        {
            "sgd": """\
def sgd(params, lr=0.1):
    o = torch.optim.SGD(params, lr=lr)
    o.step()
    o.zero_grad()
""",
        },
        "P4.sgd.allowed P4.sgd.update P4.sgd.zero",
    ),
    "softmax-missing": (
        {
            "softmax": "",
        },
        "P4.softmax.values P4.softmax.gradient P4.softmax.large P4.plot.figure",
    ),
    "relu-crash": (
        {
            "relu": """\
def relu(x):
    raise NotImplementedError
""",
        },
        "P4.relu.values P4.relu.ranks P4.relu.gradient P4.plot.figure",
    ),
    "epochs-1": (
        {
            "train": """\
epochs, lr = 10, 0.1
def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    hist = []
    for epoch in range(1):
        tot = 0
        for X, y in train_iter:
            l = loss_func(net(X), y).mean()
            l.backward()
            updater(params, lr)
            tot += l.item()
        hist.append(tot)
    return hist
""",
        },
        "P4.train.accuracy",
    ),
    "plot-images": (
        {
            "run": """\
epochs = 2
hist = train(net, params, train_iter)
plt.imshow(d[0][0][0]); plt.show()
""",
        },
        "P4.plot.figure",
    ),
}


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[Sandboxes]:
    live = Sandboxes(RUBRIC.limits)
    yield live
    live.close()


Grade = Callable[[dict[str, str]], Any]


@pytest.fixture
def grade(sandboxes: Sandboxes) -> Grade:
    def run(changes: dict[str, str]) -> Any:
        cells = [
            {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
            for text in (BASE | changes).values()
            if text
        ]
        notebook = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
        submission = Submission(Source("s1", ("made",)), (HandedFile("T3_P3.ipynb", notebook.encode()),))
        graded = grade_one(submission, RUBRIC, Tape(), sandboxes)
        sandboxes.end()
        return graded.report

    return run


def not_earned(report: Any) -> dict[str, str]:
    """The checks of problem 4 that are not earned, with what they say."""
    checks = [c for q in report.questions if q.id.startswith("P4") for c in q.checks]
    return {c.id: c.message for c in checks if c.outcome.value != "earned"}


@pytest.mark.parametrize("style", ["plain", *RIGHT])
def test_every_right_style_earns_everything(grade: Grade, style: str) -> None:
    """The conventions that the page lists, and those of real hand-ins, lose nothing."""
    assert not_earned(grade(RIGHT.get(style, {}))) == {}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_costs_its_own_points(grade: Grade, mistake: str) -> None:
    """A wrong part loses its own checks; what follows from it elsewhere is judged with right parts."""
    changes, lost = WRONG[mistake]
    assert set(not_earned(grade(changes))) == set(lost.split())


MLP = """
import numpy as np
def mlp_gradients(x, y, W1, b1, W2, b2):
    s = lambda a: 1 / (1 + np.exp(-a))
    z1 = s(W1 @ x + b1)
    d2 = s(W2 @ z1 + b2) - y
    d1 = (W2.T @ d2) * z1 * (1 - z1)
    return {"dW1": np.outer(d1, x), "db1": d1, "dW2": np.outer(d2, z1), "db2": d2}
"""


def test_the_gradients_may_be_in_the_notebook(grade: Grade) -> None:
    """`mlp_gradients` counts wherever it is, and a notebook that has everything runs once."""
    report = grade({"run": "", "more": MLP, "sgd": BASE["sgd"] + "\n\ndef mle(x):\n    return x.mean()"})
    points = {q.id: q.points for q in report.questions}
    assert (points["P3.code"], points["P1.code"]) == (8.0, 1.0)


ESTIMATORS = """
import numpy as np
from fractions import Fraction

data = np.array([1.0, 2.0, 4.0])


def mle(x):
    return data.mean()


def map_estimate(x, sigma, tau):
    return np.random.normal()


def posterior(x, sigma, tau):
    return {"mean": 0.0, "var": 1.0}


def posterior_predictive(x, sigma, tau):
    v = 1 / (1 / tau**2 + len(x) / sigma**2)
    return Fraction(v * sum(x) / sigma**2), Fraction(v + sigma**2)


def laplace_map(X, y, sigma, tau, mu):
    v, r = np.zeros(len(mu)), y - X @ mu
    for _ in range(3000):
        for j in range(len(v)):
            z = X[:, j] @ (r - X @ v + X[:, j] * v[j])
            v[j] = np.sign(z) * max(abs(z) - sigma**2 / tau, 0) / (X[:, j] ** 2).sum()
    return mu + (0 if len(v) == 3 and (X[:, 0] == X[:, 2]).all() else v)


def posterior_mean(X, y, sigma, tau, mu):
    axes = [np.linspace(m - 6, m + 6, 301) for m in mu]
    grid = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=1)
    log_p = -((grid @ X.T - y) ** 2).sum(axis=1) / (2 * sigma) - np.abs(grid - mu).sum(axis=1) / tau
    weights = np.exp(log_p - log_p.max())
    return weights @ grid / weights.sum()


def mlp_gradients(x, y, W1, b1, W2, b2):
    raise NotImplementedError
"""
CAUSES = {
    "P1.code.mle": (0.0, "reads-global"),
    "P1.code.map_estimate": (0.0, "nondeterministic"),
    "P1.code.posterior.mean": (0.0, ""),
    "P1.code.posterior.var": (0.0, ""),
    "P2.code.laplace_map": (3.2, ""),
    "P2.code.posterior_mean": (0.0, ""),
} | {f"P3.code.{name}": (0.0, "blank-template") for name in ("dW1", "db1", "dW2", "db2")}


HIDDEN = """
import numpy as np

sigma, tau = 1.0, 2.0
kept = {}


def mle(x):
    return np.abs(x).mean()


def map_estimate(x, s, t):
    return tau**2 * np.sum(x) / (len(x) * tau**2 + sigma**2)


def posterior(x, sigma, tau):
    if "var" not in kept:
        kept["var"] = 1 / (1 / tau**2 + len(x) / sigma**2)
    return kept["var"] * np.sum(x) / sigma**2, kept["var"]


def posterior_predictive(x, sigma, tau):
    v = 1 / (1 / tau**2 + len(x) / sigma**2)
    return v * np.sum(x) / sigma**2, -v - sigma**2


def mlp_gradients(x, y, W1, b1, W2, b2):
    s = lambda a: 1 / (1 + np.exp(-a))
    z1 = s(W1 @ x + b1)
    d2 = s(W2 @ z1 + b2) - y
    d1 = np.array([W2[0, h] * d2[0] * z1[h] * (1 - z1[h]) for h in range(3)])
    return {"W1": np.outer(d1, x), "db1": d1}
"""
HIDDEN_CAUSES = {
    "P1.code.mle": (0.0, ""),
    "P1.code.map_estimate": (0.0, "reads-global"),
    "P1.code.posterior.mean": (0.0, "stale-state"),
    "P1.code.posterior.var": (0.0, "stale-state"),
    "P1.code.posterior_predictive.var": (0.0, "sign-flipped"),
    "P2.code.laplace_map": (0.0, ""),
    "P2.code.posterior_mean": (0.0, ""),
    "P3.code.dW1": (0.0, ""),
    "P3.code.db1": (0.0, "hardcoded-size"),
    "P3.code.dW2": (0.0, ""),
    "P3.code.db2": (0.0, ""),
}


@pytest.mark.parametrize(("source", "causes"), [(ESTIMATORS, CAUSES), (HIDDEN, HIDDEN_CAUSES)])
def test_a_cause_is_named_only_where_it_is_shown(
    sandboxes: Sandboxes, source: str, causes: dict[str, tuple[float, str]]
) -> None:
    """Experiments find what formulas cannot; a mistake of a minimiser shows only where the minimum is at one place."""
    submission = Submission(Source("s2", ("made",)), (HandedFile("estimators.py", source.encode()),))
    report = grade_one(submission, RUBRIC, Tape(), sandboxes).report
    sandboxes.end()
    checks = [c for q in report.questions if q.id.endswith(".code") for c in q.checks]
    found = {
        c.id: (c.points, c.diagnosis.id if c.diagnosis else "") for c in checks if c.outcome.value != "earned"
    }
    assert found == causes
    messages = {c.id: c.message for c in checks}
    if source == HIDDEN:
        said = "the result has no part 'dW1': it is a dictionary with the keys W1, db1."
        assert messages["P3.code.dW1"] == f"mlp_gradients: {said}"

"""Wrong implementations as students write them, with the diagnosis that each must get. Run as they are, in-process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.diagnosis import Compared
from reference import activations, bayes, layers, linear_f_linear_g, mlp_sigmoid, neurons

Inputs = Mapping[str, Any]
Code = Callable[..., Any]


@dataclass(frozen=True)
class Task:
    """What is asked: the names of the arguments, the right function, and the inputs of each case."""

    right: Code
    args: tuple[str, ...]
    draw: Callable[[np.random.Generator, Mapping[str, int]], dict[str, Any]]
    sizes: Sequence[Mapping[str, int]] = (
        {"n": 5, "i": 4, "o": 3},
        {"n": 1, "i": 3, "o": 2},
        {"n": 7, "i": 2, "o": 4},
    )
    shapes: Callable[[Mapping[str, int]], list[tuple[int, ...]]] = field(default=lambda s: [])


def cases_of(task: Task, code: Code, seed: int = 0, *, rerun: bool = False) -> list[Compared]:
    """What the code gives for every case of the task, beside what is right."""
    found = []
    for number, sizes in enumerate(task.sizes):
        names = {**sizes, **task.draw(np.random.default_rng([seed, number]), sizes)}
        given = [_copy(names[a]) for a in task.args]
        with np.errstate(all="ignore"):
            got = code(*given)

        def again(names: Inputs = names, **changed: Any) -> Any:
            return task.right(*({**names, **changed}[a] for a in task.args))

        want = task.right(*(_copy(names[a]) for a in task.args))
        found.append(Compared(got, want, names, shapes=task.shapes(sizes), rerun=again if rerun else None))
    return found


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


# --- the linear layer of cs434 --------------------------------------------------------------------------------------


def _linear(rng: np.random.Generator, s: Mapping[str, int]) -> dict[str, Any]:
    n, i, o = s["n"], s["i"], s["o"]
    draw = rng.standard_normal
    return {"X": draw((n, i)), "W": draw((i, o)), "b": draw((1, o)), "G": draw((n, o))}


_XWBG = ("X", "W", "b", "G")
GRAD_WEIGHTS = Task(lambda *a: layers.linear_backward(*a).weights, _XWBG, _linear)
GRAD_BIAS = Task(lambda *a: layers.linear_backward(*a).bias, _XWBG, _linear, shapes=lambda s: [(s["o"],)])
GRAD_INPUT = Task(lambda *a: layers.linear_backward(*a).input, _XWBG, _linear)
FORWARD = Task(lambda X, W, b: layers.linear_forward(X, W, b), ("X", "W", "b"), _linear)


def loop_overwrites(X: Any, W: Any, b: Any, G: Any) -> Any:
    """Assigns in the loop where it should add."""
    for x, g in zip(X, G, strict=True):
        grad = np.outer(x, g)
    return grad


def loop_means(X: Any, W: Any, b: Any, G: Any) -> Any:
    """Adds up, then divides."""
    grad = np.zeros_like(W)
    for k in range(len(X)):
        grad += X[k][:, None] * G[k][None, :]
    grad /= len(X)
    return grad


def bias_loop_integers(X: Any, W: Any, b: Any, G: Any) -> Any:
    """An integer array for sums."""
    grad = np.array([0] * G.shape[1])
    for j in range(G.shape[1]):
        grad[j] = G[:, j].sum()
    return grad


def steps_first(X: Any, W: Any, b: Any, G: Any) -> Any:
    """Steps before it passes the gradient on."""
    W = W - 0.05 * (X.T @ G)
    return G.dot(W.T)


def outer_rows(X: Any, W: Any, b: Any, G: Any) -> Any:
    """One gradient for each row."""
    return np.array([np.outer(x, g) for x, g in zip(X, G, strict=True)])


# --- activations and their backward ---------------------------------------------------------------------------------


def _elementwise(rng: np.random.Generator, s: Mapping[str, int]) -> dict[str, Any]:
    return {"Z": 2 * rng.standard_normal((s["n"], s["o"])), "G": rng.standard_normal((s["n"], s["o"]))}


def _extreme(rng: np.random.Generator, s: Mapping[str, int]) -> dict[str, Any]:
    scale = 1000.0 if s["n"] == 7 else 1.0
    return {"Z": scale * rng.standard_normal((s["n"], s["o"]))}


def _s(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


SIGMOID = Task(activations.sigmoid, ("Z",), _elementwise)
SIGMOID_BACK = Task(
    lambda Z, G: G * activations.sigmoid(Z) * activations.sigmoid(-Z), ("Z", "G"), _elementwise
)
RELU_BACK = Task(lambda Z, G: np.where(Z > 0, G, 0.0), ("Z", "G"), _elementwise)
SOFTMAX = Task(activations.softmax, ("Z",), _elementwise)
SOFTMAX_EXTREME = Task(activations.softmax, ("Z",), _extreme)


def naive_softmax(Z: Any) -> Any:
    """Without subtracting the maximum."""
    e = np.exp(Z)
    return e / e.sum(axis=1, keepdims=True)


def softmax_without_axis(Z: Any) -> Any:
    """Sums over everything."""
    e = np.exp(Z - Z.max())
    return e / np.sum(e)


def softmax_over_columns(Z: Any) -> Any:
    """Sums over the batch."""
    e = np.exp(Z - Z.max())
    return e / np.sum(e, axis=0)


# --- losses ---------------------------------------------------------------------------------------------------------


def _classes(rng: np.random.Generator, s: Mapping[str, int]) -> dict[str, Any]:
    n, k = s["n"], s["o"]
    return {"logits": 2 * rng.standard_normal((n, k)), "y": rng.integers(0, k, n)}


def _cross_entropy_gradient(logits: Any, y: Any) -> Any:
    return (activations.softmax(logits) - layers.one_hot(y, logits.shape[1])) / len(y)


CROSS_ENTROPY = Task(layers.cross_entropy, ("logits", "y"), _classes)
CROSS_ENTROPY_GRAD = Task(_cross_entropy_gradient, ("logits", "y"), _classes)


def _nll(logits: Any, y: Any) -> Any:
    p = naive_softmax(logits)
    return -np.log(p[np.arange(len(y)), y])


def _minus_one(logits: Any, y: Any, p: Any) -> Any:
    grad = p.copy()
    grad[np.arange(len(y)), y] -= 1
    return grad


def _two(rng: np.random.Generator, s: Mapping[str, int]) -> dict[str, Any]:
    shape = (s["n"], s["o"])
    return {"y": rng.integers(0, 2, shape).astype(float), "y_hat": rng.uniform(0.05, 0.95, shape)}


MSE = Task(lambda y, y_hat: linear_f_linear_g.mse_loss(y, y_hat)[0], ("y", "y_hat"), _two)
MSE_GRAD = Task(lambda y, y_hat: linear_f_linear_g.mse_loss(y, y_hat)[1], ("y", "y_hat"), _two)
BCE = Task(lambda y, y_hat: linear_f_linear_g.bce_loss(y, y_hat)[0], ("y", "y_hat"), _two)
BCE_GRAD = Task(lambda y, y_hat: linear_f_linear_g.bce_loss(y, y_hat)[1], ("y", "y_hat"), _two)


def _certain(rng: np.random.Generator, s: Mapping[str, int]) -> dict[str, Any]:
    drawn = _two(rng, s)
    if s["n"] == 7:
        drawn["y_hat"][0, 0] = drawn["y"][0, 0] = 1.0
    return drawn


BCE_CERTAIN = Task(BCE.right, ("y", "y_hat"), _certain)


def naive_bce(y: Any, y_hat: Any) -> Any:
    """The formula as it is written."""
    return np.mean(-(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))


# --- logistic and softmax regression of cs577 -----------------------------------------------------------------------


def _logistic(rng: np.random.Generator, s: Mapping[str, int]) -> dict[str, Any]:
    n, d, k = s["n"], s["i"], s["o"]
    draw = rng.standard_normal
    hot = np.eye(k)[rng.integers(0, k, n)]
    y = rng.integers(0, 2, n).astype(float)
    return {"X": draw((n, d)), "theta": draw(d), "y": y, "Theta": draw((d, k)), "Y": hot}


_TXY = ("theta", "X", "y")
BCE_THETA = Task(neurons.bce_loss, _TXY, _logistic)
BCE_THETA_GRAD = Task(neurons.bce_grad, _TXY, _logistic)
CCE_THETA_GRAD = Task(neurons.cce_grad, ("Theta", "X", "Y"), _logistic)
CCE_THETA = Task(neurons.cce_loss, ("Theta", "X", "Y"), _logistic)


# --- Gaussians of cs181 ---------------------------------------------------------------------------------------------


def _gauss(rng: np.random.Generator, s: Mapping[str, int]) -> dict[str, Any]:
    return {"x": rng.normal(2.0, 1.0, s["n"]), "sigma": rng.uniform(0.5, 2), "tau": rng.uniform(0.5, 3)}


_NS = ({"n": 5}, {"n": 1}, {"n": 9})
_XST = ("x", "sigma", "tau")
MAP = Task(bayes.map_estimate, _XST, _gauss, _NS)
MAP_EMPTY = Task(bayes.map_estimate, _XST, _gauss, ({"n": 5}, {"n": 0}, {"n": 9}))
POSTERIOR = Task(lambda *a: tuple(bayes.posterior(*a)), _XST, _gauss, _NS)
PREDICTIVE = Task(lambda *a: tuple(bayes.posterior_predictive(*a)), _XST, _gauss, _NS)


def _variance(x: Any, sigma: float, tau: float) -> float:
    return float(1 / (1 / tau**2 + len(x) / sigma**2))


# --- the two-layer networks of cs181 and nyu ------------------------------------------------------------------------


def _one_point(rng: np.random.Generator, s: Mapping[str, int]) -> dict[str, Any]:
    m, h = s["M"], s["H"]
    draw = rng.standard_normal
    y = float(rng.integers(0, 2))
    return {"x": draw(m), "y": y, "W1": draw((h, m)), "b1": draw(h), "W2": draw((1, h)), "b2": draw(1)}


_HM = ({"M": 4, "H": 3}, {"M": 2, "H": 5}, {"M": 3, "H": 4})
_SIX = ("x", "y", "W1", "b1", "W2", "b2")


def _gradient_of(name: str) -> Task:
    return Task(lambda *a: mlp_sigmoid.mlp_gradients(*a)[name], _SIX, _one_point, _HM)


MLP_W1, MLP_B1, MLP_W2, MLP_B2 = map(_gradient_of, ("dW1", "db1", "dW2", "db2"))


def hand_mlp(
    name: str, *, slope: Code = lambda a, z: z * (1 - z), start: Code = lambda p, y: p - y, lr: float = 0.0
) -> Code:
    """A student's two-layer backward pass with places to go wrong."""

    def gradients(x: Any, y: float, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        a1 = W1 @ x + b1
        z1 = _s(a1)
        p = _s(W2 @ z1 + b2)
        d2 = start(p, y)
        dW2 = d2[:, None] * z1[None, :]
        d1 = (d2 @ (W2 - lr * dW2)) * slope(a1, z1)
        return {"dW1": np.outer(d1, x), "db1": d1, "dW2": dW2, "db2": d2}[name]

    return gradients


def _pairs(rng: np.random.Generator, s: Mapping[str, int]) -> dict[str, Any]:
    n, i, h, o = s["n"], s["i"], s["h"], s["o"]
    draw = rng.standard_normal
    f, g = _PAIRS[s["pair"]]
    weights = {"W1": draw((h, i)), "b1": draw(h), "W2": draw((o, h)), "b2": draw(o)}
    return {"X": draw((n, i)), "G": draw((n, o)), "f": f, "g": g, **weights}


_PAIRS = [
    ("relu", "identity"),
    ("sigmoid", "identity"),
    ("relu", "sigmoid"),
    ("identity", "relu"),
    ("sigmoid", "sigmoid"),
]
_PAIR_SIZES = tuple({"n": 4 + k, "i": 3, "h": 5, "o": 2, "pair": k} for k in range(5))
_NET = ("X", "W1", "b1", "W2", "b2", "f", "g", "G")


def _net_gradient(name: str) -> Task:
    def right(X: Any, W1: Any, b1: Any, W2: Any, b2: Any, f: str, g: str, G: Any) -> Any:
        net = linear_f_linear_g.MLP(X.shape[1], len(W1), f, len(W1), len(W2), g)
        net.parameters = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
        net.forward(X)
        net.backward(G)
        return net.grads[name]

    return Task(right, _NET, _pairs, _PAIR_SIZES)


NET_W1, NET_B1, NET_W2, NET_B2 = map(_net_gradient, ("dJdW1", "dJdb1", "dJdW2", "dJdb2"))
_VALUES: dict[str, Code] = {"relu": lambda z: z * (z > 0), "sigmoid": _s, "identity": lambda z: z}
SLOPES: dict[str, Code] = {
    "relu": lambda z: 1.0 * (z > 0),
    "sigmoid": lambda z: _s(z) * (1 - _s(z)),
    "identity": lambda z: z * 0 + 1,
}


def hand_net(
    name: str,
    hidden: Mapping[str, Code] = SLOPES,
    output: Mapping[str, Code] = SLOPES,
    upstream: Code = lambda g: g,
) -> Code:
    """A student's network for every pair of activations with places to go wrong."""

    def gradients(X: Any, W1: Any, b1: Any, W2: Any, b2: Any, f: str, g: str, G: Any) -> Any:
        z1 = X @ W1.T + b1
        z2 = _VALUES[f](z1)
        z3 = z2 @ W2.T + b2
        d3 = upstream(G) * output[g](z3)
        d1 = (d3 @ W2) * hidden[f](z1)
        return {
            "dJdW1": d1.T @ X,
            "dJdb1": d1.sum(0),
            "dJdW2": d3.T @ z2,
            "dJdb2": d3.sum(0),
            "z2": z2,
            "d3": d3,
        }[name]

    return gradients


def without_weights(X: Any, W1: Any, b1: Any, W2: Any, b2: Any, f: str, g: str, G: Any) -> Any:
    """The error of the hidden layer without the weights between the layers."""
    error = hand_net("d3")(X, W1, b1, W2, b2, f, g, G).sum(axis=1, keepdims=True)
    return (error * SLOPES[f](X @ W1.T + b1)).sum(0)


def _two_classes(p: Any, y: Any) -> Any:
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))


# --- the table ------------------------------------------------------------------------------------------------------

Row = tuple[str, Task, Code]

TABLE: list[Row] = [
    ("batch-mean", GRAD_WEIGHTS, loop_means),
    ("sign-flipped", GRAD_WEIGHTS, lambda X, W, b, G: -(X.T @ G)),
    ("transposed", GRAD_WEIGHTS, lambda X, W, b, G: np.dot(G.T, X)),
    ("factor-two", GRAD_WEIGHTS, lambda X, W, b, G: 2 * np.einsum("ni,no->io", X, G)),
    ("not-summed", GRAD_WEIGHTS, outer_rows),
    ("last-row-only", GRAD_WEIGHTS, loop_overwrites),
    ("upstream-ignored", GRAD_WEIGHTS, lambda X, W, b, G: np.repeat(X.sum(0)[:, None], W.shape[1], axis=1)),
    ("input-ignored", GRAD_WEIGHTS, lambda X, W, b, G: np.tile(G.sum(0), (X.shape[1], 1))),
    ("scaled", GRAD_WEIGHTS, lambda X, W, b, G: X.T @ G / G.size),
    ("scaled", GRAD_WEIGHTS, lambda X, W, b, G: 0.001 * (X.T @ G)),
    ("returns-nothing", GRAD_WEIGHTS, lambda X, W, b, G: None),
    ("all-zeros", GRAD_WEIGHTS, lambda X, W, b, G: np.zeros_like(W)),
    ("sign-flipped+batch-mean", GRAD_WEIGHTS, lambda X, W, b, G: -(X.T @ G) / len(X)),
    ("batch-mean+transposed", GRAD_WEIGHTS, lambda X, W, b, G: (G.T @ X) / len(X)),
    ("right-values-wrong-shape", GRAD_WEIGHTS, lambda X, W, b, G: (X.T @ G).ravel()),
    ("not-summed", GRAD_BIAS, lambda X, W, b, G: G),
    ("sign-flipped+not-summed", GRAD_BIAS, lambda X, W, b, G: -G),
    ("summed-to-scalar", GRAD_BIAS, lambda X, W, b, G: np.sum(G)),
    ("summed-to-scalar", GRAD_BIAS, lambda X, W, b, G: np.ones_like(b) * G.sum()),
    ("wrong-axis", GRAD_BIAS, lambda X, W, b, G: np.sum(G, axis=1)),
    ("wrong-axis", GRAD_BIAS, lambda X, W, b, G: np.sum(G, axis=1, keepdims=True)),
    ("batch-mean", GRAD_BIAS, lambda X, W, b, G: G.mean(axis=0)),
    ("right-values-wrong-shape", GRAD_BIAS, lambda X, W, b, G: G.sum(0).reshape(-1, 1)),
    ("repeated", GRAD_BIAS, lambda X, W, b, G: np.ones((len(X), 1)) * G.sum(0)),
    ("wrong-dtype", GRAD_BIAS, bias_loop_integers),
    ("upstream-ignored", GRAD_INPUT, lambda X, W, b, G: np.tile(W.sum(axis=1), (len(X), 1))),
    ("uses-updated-weights", GRAD_INPUT, steps_first),
    ("batch-mean", GRAD_INPUT, lambda X, W, b, G: G @ W.T / G.shape[0]),
    ("bias-ignored", FORWARD, lambda X, W, b: X @ W),
    ("bias-subtracted", FORWARD, lambda X, W, b: X @ W - b),
    ("transposed", FORWARD, lambda X, W, b: (X @ W + b).T),
    ("one-minus", SIGMOID, lambda Z: 1 / (1 + np.exp(Z))),
    ("wrong-activation", SIGMOID, np.tanh),
    ("derivative-for-activation", SIGMOID, lambda Z: _s(Z) * (1 - _s(Z))),
    ("inverted", SIGMOID, lambda Z: 1 + np.exp(-Z)),
    ("activation-derivative-missing", SIGMOID_BACK, lambda Z, G: G),
    ("activation-derivative-at-output", SIGMOID_BACK, lambda Z, G: G * _s(_s(Z)) * (1 - _s(_s(Z)))),
    ("preactivation-for-activation", SIGMOID_BACK, lambda Z, G: G * Z * (1 - Z)),
    ("activation-for-derivative", SIGMOID_BACK, lambda Z, G: G * _s(Z)),
    ("activation-for-derivative", SIGMOID_BACK, lambda Z, G: G * (1 - _s(Z))),
    ("upstream-ignored", SIGMOID_BACK, lambda Z, G: _s(Z) * (1 - _s(Z))),
    ("wrong-activation", SIGMOID_BACK, lambda Z, G: G * (Z > 0)),
    ("activation-derivative-missing", RELU_BACK, lambda Z, G: G),
    ("upstream-ignored", RELU_BACK, lambda Z, G: (Z > 0) * 1.0),
    ("activation-for-derivative", RELU_BACK, lambda Z, G: G * np.maximum(Z, 0)),
    ("softmax-wrong-axis", SOFTMAX, softmax_over_columns),
    ("softmax-wrong-axis", SOFTMAX, softmax_without_axis),
    ("not-normalised", SOFTMAX, np.exp),
    ("log-added", SOFTMAX, lambda Z: np.log(naive_softmax(Z))),
    ("probabilities-for-logits", SOFTMAX, lambda Z: naive_softmax(naive_softmax(Z))),
    ("overflow", SOFTMAX_EXTREME, naive_softmax),
    ("batch-sum", CROSS_ENTROPY, lambda logits, y: _nll(logits, y).sum()),
    ("sign-flipped", CROSS_ENTROPY, lambda logits, y: -_nll(logits, y).mean()),
    ("not-summed", CROSS_ENTROPY, _nll),
    ("probabilities-for-logits", CROSS_ENTROPY, lambda logits, y: _nll(naive_softmax(logits), y).mean()),
    ("scaled", CROSS_ENTROPY, lambda logits, y: _nll(logits, y).mean() / np.log(2)),
    ("log-missing", CROSS_ENTROPY, lambda logits, y: -naive_softmax(logits)[np.arange(len(y)), y].mean()),
    ("softmax-wrong-axis", CROSS_ENTROPY, lambda logits, y: -np.log(softmax_over_columns(logits)[np.arange(len(y)), y]).mean()),
    ("batch-sum", CROSS_ENTROPY_GRAD, lambda logits, y: _minus_one(logits, y, naive_softmax(logits))),
    ("label-ignored", CROSS_ENTROPY_GRAD, lambda logits, y: naive_softmax(logits) / len(y)),
    ("activation-missing", CROSS_ENTROPY_GRAD, lambda logits, y: _minus_one(logits, y, logits) / len(y)),
    ("sign-flipped+batch-sum", CROSS_ENTROPY_GRAD, lambda logits, y: -_minus_one(logits, y, naive_softmax(logits))),
    ("factor-two", MSE_GRAD, lambda y, y_hat: (y_hat - y) / y.size),
    ("sign-flipped", MSE_GRAD, lambda y, y_hat: 2 * (y - y_hat) / y.size),
    ("root-taken", MSE, lambda y, y_hat: np.sqrt(((y - y_hat) ** 2).mean())),
    ("absolute-for-square", MSE, lambda y, y_hat: np.abs(y - y_hat).mean()),
    ("factor-two", MSE, lambda y, y_hat: 0.5 * np.mean((y - y_hat) ** 2)),
    ("second-term-missing", BCE, lambda y, y_hat: -np.mean(y * np.log(y_hat))),
    ("sign-flipped", BCE, lambda y, y_hat: -naive_bce(y, y_hat)),
    ("log-of-zero", BCE_CERTAIN, naive_bce),
    ("denominator-missing", BCE_GRAD, lambda y, y_hat: (y_hat - y) / y.size),
    ("second-term-missing", BCE_GRAD, lambda y, y_hat: -y / y_hat / y.size),
    ("batch-mean", BCE_THETA, lambda theta, X, y: neurons.bce_loss(theta, X, y) / len(y)),
    ("second-term-missing", BCE_THETA, lambda theta, X, y: -np.sum(y * np.log(_s(X @ theta)))),
    ("squared-residual", BCE_THETA_GRAD, lambda theta, X, y: X.T @ (_s(X @ theta) - y) ** 2),
    ("label-ignored", BCE_THETA_GRAD, lambda theta, X, y: _s(X @ theta) @ X),
    ("activation-missing", BCE_THETA_GRAD, lambda theta, X, y: X.T @ (X @ theta - y)),
    ("output-derivative-kept", BCE_THETA_GRAD, lambda theta, X, y: X.T @ ((_s(X @ theta) - y) * _s(X @ theta) * (1 - _s(X @ theta)))),
    ("last-row-only", BCE_THETA_GRAD, lambda theta, X, y: (_s(X[-1] @ theta) - y[-1]) * X[-1]),
    ("sign-flipped", BCE_THETA_GRAD, lambda theta, X, y: X.T @ (y - _s(X @ theta))),
    ("wrong-activation", CCE_THETA_GRAD, lambda Theta, X, Y: X.T @ (_s(X @ Theta) - Y)),
    ("transposed", CCE_THETA_GRAD, lambda Theta, X, Y: (naive_softmax(X @ Theta) - Y).T @ X),
    ("softmax-wrong-axis", CCE_THETA_GRAD, lambda Theta, X, Y: X.T @ (softmax_without_axis(X @ Theta) - Y)),
    ("batch-mean", CCE_THETA, lambda Theta, X, Y: -np.mean((Y * np.log(naive_softmax(X @ Theta))).sum(1))),
    ("prior-ignored", MAP, lambda x, sigma, tau: x.mean()),
    ("std-for-variance", MAP, lambda x, sigma, tau: tau * x.sum() / (len(x) * tau + sigma)),
    ("empty-input", MAP_EMPTY, lambda x, sigma, tau: x.sum() / len(x) / (1 + sigma**2 / tau**2 / len(x)) if len(x) else np.nan),
    ("std-for-variance", POSTERIOR, lambda x, s, t: (bayes.map_estimate(x, s, t), _variance(x, s, t) ** 0.5)),
    ("prior-ignored", POSTERIOR, lambda x, s, t: (x.mean(), s**2 / len(x))),
    ("wrong-index", POSTERIOR, lambda x, s, t: (_variance(x, s, t), bayes.map_estimate(x, s, t))),
    ("noise-ignored", PREDICTIVE, lambda x, s, t: (bayes.map_estimate(x, s, t), _variance(x, s, t))),
    ("uncertainty-ignored", PREDICTIVE, lambda x, s, t: np.array([bayes.map_estimate(x, s, t), s**2])),
    ("std-for-variance", PREDICTIVE, lambda x, s, t: [bayes.map_estimate(x, s, t), (_variance(x, s, t) + s**2) ** 0.5]),
    ("activation-derivative-missing", MLP_W1, hand_mlp("dW1", slope=lambda a, z: 1.0)),
    ("preactivation-for-activation", MLP_B1, hand_mlp("db1", slope=lambda a, z: a * (1 - a))),
    ("activation-derivative-at-output", MLP_W1, hand_mlp("dW1", slope=lambda a, z: _s(z) * (1 - _s(z)))),
    ("squared-residual", MLP_W2, hand_mlp("dW2", start=lambda p, y: (p - y) ** 2)),
    ("sign-flipped", MLP_B2, hand_mlp("db2", start=lambda p, y: y - p)),
    ("output-derivative-kept", MLP_W1, hand_mlp("dW1", start=lambda p, y: (p - y) * p * (1 - p))),
    ("label-ignored", MLP_B1, hand_mlp("db1", start=lambda p, y: p)),
    ("loss-derivative-missing", MLP_W2, hand_mlp("dW2", start=lambda p, y: np.ones(1))),
    ("uses-updated-weights", MLP_W1, hand_mlp("dW1", lr=0.1)),
    ("off-by-one-layer", MLP_W1, hand_mlp("dW2")),
    ("transposed", MLP_W1, lambda *a: hand_mlp("dW1")(*a).T),
    ("sign-flipped+activation-derivative-missing", MLP_W1, hand_mlp("dW1", slope=lambda a, z: 1.0, start=lambda p, y: y - p)),
    ("activation-derivative-missing", NET_W1, hand_net("dJdW1", hidden=dict.fromkeys(SLOPES, SLOPES["identity"]))),
    ("activation-derivative-missing", NET_B1, hand_net("dJdb1", hidden={**SLOPES, "sigmoid": SLOPES["identity"]})),
    ("activation-derivative-missing", NET_W2, hand_net("dJdW2", output=dict.fromkeys(SLOPES, SLOPES["identity"]))),
    ("activation-derivative-at-output", NET_W1, hand_net("dJdW1", {**SLOPES, "sigmoid": lambda z: SLOPES["sigmoid"](_s(z))})),
    ("upstream-ignored", NET_W1, hand_net("dJdW1", upstream=np.ones_like)),
    ("batch-mean", NET_B2, hand_net("dJdb2", upstream=lambda g: g / len(g))),
    ("not-summed", NET_B2, hand_net("d3")),
    ("off-by-one-layer", NET_B1, hand_net("dJdb2")),
    ("all-ones", GRAD_BIAS, lambda X, W, b, G: np.ones_like(b)),
    ("scaled", GRAD_WEIGHTS, lambda X, W, b, G: X.T @ G / np.sqrt(len(X))),
    ("rows-missing", GRAD_WEIGHTS, lambda X, W, b, G: X[1:].T @ G[1:]),
    ("summed-before-product", GRAD_WEIGHTS, lambda X, W, b, G: np.outer(X.sum(0), G.sum(0))),
    ("parentheses-missing", SIGMOID, lambda Z: np.exp(Z) / 1 + np.exp(Z)),
    ("wrong-activation", SOFTMAX, _s),
    ("wrong-activation", SIGMOID_BACK, lambda Z, G: G * (1 - _s(Z) ** 2)),
    ("activation-derivative-twice", SIGMOID_BACK, lambda Z, G: G * (_s(Z) * (1 - _s(Z))) ** 2),
    ("mask-inverted", RELU_BACK, lambda Z, G: np.where(Z > 0, 0.0, G)),
    ("labels-swapped", BCE, lambda y, y_hat: naive_bce(1 - y, y_hat)),
    ("labels-swapped", BCE_GRAD, lambda y, y_hat: BCE_GRAD.right(1 - y, y_hat)),
    ("second-term-sign", BCE, lambda y, y_hat: np.mean(-y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))),
    ("squared-error-for-cross-entropy", BCE, lambda y, y_hat: np.mean((y - y_hat) ** 2)),
    ("output-derivative-kept", BCE_GRAD, lambda y, y_hat: (y_hat - y) * y_hat * (1 - y_hat) / y.size),
    ("labels-swapped", BCE_THETA, lambda theta, X, y: neurons.bce_loss(theta, X, 1 - y)),
    ("labels-for-signs", BCE_THETA, lambda theta, X, y: np.log1p(np.exp(-y * (X @ theta))).sum()),
    ("rows-missing", BCE_THETA, lambda theta, X, y: neurons.bce_loss(theta, X[:-1], y[:-1])),
    ("probabilities-for-logits", BCE_THETA_GRAD, lambda theta, X, y: X.T @ (_s(_s(X @ theta)) - y)),
    ("input-ignored", BCE_THETA_GRAD, lambda theta, X, y: _s(X @ theta) - y),
    ("regularised", BCE_THETA_GRAD, lambda theta, X, y: X.T @ (_s(X @ theta) - y) + 0.1 * theta),
    ("step-for-gradient", BCE_THETA_GRAD, lambda theta, X, y: theta - 0.05 * X.T @ (_s(X @ theta) - y)),
    ("wrong-activation", CCE_THETA, lambda Theta, X, Y: -np.sum(Y * np.log(_s(X @ Theta)))),
    ("binary-for-categorical", CCE_THETA, lambda Theta, X, Y: _two_classes(naive_softmax(X @ Theta), Y)),
    ("regularised", CCE_THETA, lambda Theta, X, Y: neurons.cce_loss(Theta, X, Y) + 0.5 * np.sum(Theta**2)),
    ("other-classes-missing", CCE_THETA_GRAD, lambda Theta, X, Y: X.T @ (Y * (naive_softmax(X @ Theta) - 1))),
    ("input-ignored", NET_W1, lambda *a: np.tile(hand_net("dJdb1")(*a)[:, None], (1, a[0].shape[1]))),
    ("weights-ignored", NET_B1, without_weights),
    ("activation-derivative-sign", NET_W1, hand_net("dJdW1", {**SLOPES, "sigmoid": lambda z: -SLOPES["sigmoid"](z)})),
    ("wrong-activation", NET_W1, hand_net("dJdW1", dict.fromkeys(SLOPES, SLOPES["relu"]))),
    ("wrong-activation", NET_W1, hand_net("dJdW1", {**SLOPES, "relu": np.sign})),
    ("wrong-activation", NET_W2, hand_net("dJdW2", output={**SLOPES, "relu": lambda z: np.where(z > 0, 1, 0.01)})),
    ("regularised", NET_W2, lambda *a: hand_net("dJdW2")(*a) + 0.01 * a[3]),
]  # fmt: skip

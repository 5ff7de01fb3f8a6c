"""
A network of linear layers and activations with switches for known mistakes, recognised in the expected result.

Where the inputs are named W1, b1, W2, ... with X or x, the plain backward pass is tried in each convention (layout of the
weights, activations, start of the backward pass); the one that reproduces `want` on all cases is then run with one
mistake at a time. Legend: a_k = z_{k-1} W_k^T + b_k, z_k = f_k(a_k), delta_k = dL/da_k.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from grader.diagnosis.compared import UPSTREAM_NAMES, Array, Compared
from grader.diagnosis.fitting import Candidate
from grader.diagnosis.formulas import Formula, moved, with_parameter
from grader.diagnosis.functions import ACTIVATIONS, DERIVATIVES, Elementwise, softmax
from grader.diagnosis.network_mistakes import OF_LOSS, OF_UPSTREAM, RIGHT, STEPPED, Mistake


@dataclass(frozen=True)
class Convention:
    """
    How a course writes the network.

    Args:
        rows_out: weights are (out, in).
        hidden, output: activations, or names of inputs that hold them.
        start: how the backward pass begins: `upstream`, `cross-entropy`, `squared`.
    """

    rows_out: bool
    hidden: str
    output: str
    start: str


def network_formulas(cases: Sequence[Compared]) -> Iterator[Formula]:
    """The results of a network for these cases, each with its wrong variants."""
    case = cases[0]
    if not all(k in case.arrays for k in ("W1", "W2")) or not any(k in case.arrays for k in ("X", "x")):
        return
    for convention in _conventions(cases):
        results = _run(case, convention, RIGHT)
        if results is None:
            continue
        for key, value in results.items():
            if value.size == case.want_array.size and key != "y":
                yield Formula(_result(convention, RIGHT, key), _wrong(convention, key, len(_weights(case))))


def _conventions(cases: Sequence[Compared]) -> Iterator[Convention]:
    named = [k for k, v in cases[0].names.items() if isinstance(v, str) and v.lower() in ACTIVATIONS]
    if len(named) >= 2:
        pairs = [(named[0], named[1])]
    elif named:
        pairs = [(named[0], "identity"), (named[0], named[0])]
    else:
        used = ("sigmoid", "relu", "identity", "tanh")
        pairs = list(product(used, (*used, "softmax")))
    upstream = any(k in cases[0].arrays for k in UPSTREAM_NAMES)
    starts = ["upstream"] if upstream else ["cross-entropy", "squared"]
    for rows_out, (hidden, output), start in product((True, False), pairs, starts):
        yield Convention(rows_out, hidden, output, start)


def _result(convention: Convention, mistake: Mistake, key: str) -> Callable[[Compared], Any]:
    def make(case: Compared) -> Array | None:
        results = _run(case, convention, mistake)
        return (
            None
            if results is None or key not in results
            else results[key].reshape(_shape(results[key], case))
        )

    return make


def _shape(array: Array, case: Compared) -> tuple[int, ...]:
    shape: tuple[int, ...] = case.want_array.shape if array.size == case.want_array.size else array.shape
    return shape


def _weights(case: Compared) -> list[Array]:
    found: list[Array] = []
    while f"W{len(found) + 1}" in case.arrays:
        found.append(case.arrays[f"W{len(found) + 1}"])
    return found


def _activation(name: str, case: Compared) -> str:
    return str(case.names.get(name, name)).lower()


def _run(case: Compared, convention: Convention, mistake: Mistake) -> dict[str, Array] | None:
    key = (convention, mistake.key)
    if key not in case.memo:
        try:
            with np.errstate(all="ignore"):
                case.memo[key] = _Pass(case, convention, mistake).results()
        except (ValueError, KeyError, IndexError):
            case.memo[key] = None
    found: dict[str, Array] | None = case.memo[key]
    return found


class _Pass:
    """One forward and one backward pass over rows of data."""

    def __init__(self, case: Compared, convention: Convention, mistake: Mistake) -> None:
        self.case, self.convention, self.mistake = case, convention, mistake
        self.W = [w.T if convention.rows_out else w for w in _weights(case)]
        x = case.arrays["X"] if "X" in case.arrays else case.arrays["x"]
        self.x = np.atleast_2d(x)
        names = [_activation(name, case) for name in (convention.hidden, convention.output)]
        self.names, self.slope_names = (
            [names[hidden]] * (len(self.W) - 1) + [names[output]]
            for hidden, output in (mistake.roles, mistake.slope_roles or mistake.roles)
        )
        self.x = self.x[mistake.rows]

    def results(self) -> dict[str, Array] | None:
        a, z = self._forward()
        delta = self._start(z[-1], a[-1])
        if delta is None:
            return {"forward": z[-1]}
        out: dict[str, Array] = {"forward": z[-1]}
        for k in range(len(self.W) - 1, -1, -1):
            gradient = self._product(a[k - 1] if self.mistake.before and k else z[k], delta)
            out[f"dW{k + 1}"] = gradient.T if self.convention.rows_out else gradient
            out[f"db{k + 1}"] = delta.sum(axis=0)
            through = self.W[k] - self.mistake.weights_step * gradient
            if self.mistake.no_weights:
                through = np.ones_like(through)
            back = delta @ through.T
            out[f"dz{k}"] = back
            if k:
                delta = back * self._slope(k - 1, a[k - 1])
        return out

    def _product(self, inputs: Array, delta: Array) -> Array:
        if self.mistake.inputs:
            inputs = self.mistake.inputs(inputs)
        if self.mistake.sums_first:
            return np.outer(inputs.sum(axis=0), delta.sum(axis=0))
        return inputs.T @ delta

    def _forward(self) -> tuple[list[Array], list[Array]]:
        a, z = [], [self.x]
        for k, w in enumerate(self.W):
            bias = 0.0 if self.mistake.no_bias else self.case.arrays.get(f"b{k + 1}", 0.0)
            a.append(z[-1] @ w + np.ravel(bias))
            z.append(self._value(k, a[-1]))
        return a, z

    def _value(self, k: int, a: Array) -> Array:
        if f := self._scoped(self.mistake.values, self.names[k], k):
            return f(a)
        return softmax(a) if self.names[k] == "softmax" else ACTIVATIONS[self.names[k]](a)

    def _slope(self, k: int, a: Array) -> Array:
        name = self.slope_names[k]
        if every := self.mistake.every.get(self._place(k)):
            return every(name, a)
        f = self._scoped(self.mistake.slopes, name, k)
        return f(a) if f else DERIVATIVES[name](a)

    def _place(self, k: int) -> str:
        return "output" if k == len(self.W) - 1 else "hidden"

    def _scoped(self, functions: dict[str, Elementwise], name: str, k: int) -> Elementwise | None:
        scopes = (f"{self._place(k)} {name}", self._place(k), name)
        return next((functions[scope] for scope in scopes if scope in functions), None)

    def _start(self, y_hat: Array, a: Array) -> Array | None:
        kind, last = self.convention.start, len(self.W) - 1
        target = self._target(y_hat)
        if target is None:
            return None
        if kind == "upstream":
            upstream = self.mistake.first(target, target) if self.mistake.first else target
            return upstream * self._slope(last, a)
        residual = self.mistake.first(y_hat, target) if self.mistake.first else y_hat - target
        if kind == "squared" and self.names[last] != "softmax":
            return residual * self._slope(last, a)
        if self.names[last] not in ("sigmoid", "softmax"):
            raise ValueError("a cross-entropy needs probabilities")
        kept = self.mistake.slopes.get("kept")
        return residual * kept(a) if kept else residual

    def _target(self, y_hat: Array) -> Array | None:
        """The target, or the upstream gradient, in the shape of the prediction."""
        wanted = UPSTREAM_NAMES if self.convention.start == "upstream" else ("y", "Y")
        for name in wanted:
            if name not in self.case.names:
                continue
            value = np.asarray(self.case.names[name], dtype=np.float64)
            if value.ndim == 1 and value.size == self.case.sizes.get("n") and y_hat.shape[1] > 1:
                value = np.eye(y_hat.shape[1])[value.astype(int)]
            value = np.atleast_2d(value).reshape(-1, y_hat.shape[1])
            return value[self.mistake.rows]
        return None


# --- the wrong variants ---------------------------------------------------------------------------------------------


def _wrong(convention: Convention, key: str, layers: int) -> Iterator[Candidate]:
    for known in OF_UPSTREAM if convention.start == "upstream" else OF_LOSS:
        yield Candidate(known.ident, _result(convention, known.mistake, key), known.detail)
    if key[:2] in ("dW", "db"):
        for other in range(1, layers + 1):
            if f"{key[:2]}{other}" != key:
                detail = f"the gradient of {key[1]}{other} came for that of {key[1:]}"
                yield Candidate("off-by-one-layer", _result(convention, RIGHT, f"{key[:2]}{other}"), detail)
        yield from _of_parameter(convention, key)
    right, one = _result(convention, RIGHT, key), _result(convention, STEPPED, key)
    yield moved(right, lambda c: np.asarray(right(c)) - np.asarray(one(c)))


def _of_parameter(convention: Convention, key: str) -> Iterator[Candidate]:
    """Mistakes in the gradient of a parameter that has the parameter itself in it, or lacks the input."""
    if key.startswith("dW"):
        yield Candidate("input-ignored", _result(convention, RIGHT, f"db{key[2:]}"))
    yield from with_parameter(_result(convention, RIGHT, key), lambda c: c.arrays[key[1:]], key[1:])

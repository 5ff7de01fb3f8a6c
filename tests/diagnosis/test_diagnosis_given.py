"""What a rubric adds: wrong results of its own, the reference again, further shapes, a tolerance. And the time it takes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.diagnosis import Compared, explain
from reference import linear_f_linear_g

from .wrong_code import GRAD_WEIGHTS, NET_W1, TABLE, cases_of

RNG = np.random.default_rng(5)


def test_a_rubrics_own_wrong_result_is_named() -> None:
    """A wrong result that the rubric gives is named by its id, alone or with a sign."""
    for sign, expected in ((1, "five-twice"), (-1, "sign-flipped+five-twice")):
        cases = []
        for n in (3, 4):
            want, wrong = RNG.standard_normal(n), RNG.standard_normal(n)
            cases.append(Compared(sign * wrong, want, {"n": n}, {"five-twice": wrong}))
        found = explain("value", cases)
        assert found is not None and found.id == expected


def test_the_simpler_of_two_is_named() -> None:
    """When a rubric's wrong result and a simpler mistake give the same numbers, the simpler is named."""
    wants = [RNG.standard_normal(n) for n in (3, 4)]
    found = explain("value", [Compared(-w, w, {}, {"wrong-index": -w}) for w in wants])
    assert found is not None and found.id == "sign-flipped"


def squared_sigmoid(X: Any, W: Any, G: Any, b: Any) -> Any:
    """A reference that no formula of ours recognises."""
    s = 1 / (1 + np.exp(-(X @ W + b)))
    return X.T @ (G * 2 * s * s * (1 - s))


@pytest.mark.parametrize(
    ("expected", "changed"),
    [
        ("upstream-ignored", lambda v: {"G": np.ones_like(v["G"])}),
        ("bias-ignored", lambda v: {"b": 0 * v["b"]}),
        ("last-row-only", lambda v: {"X": v["X"][-1:], "G": v["G"][-1:]}),
        ("last-row-only", lambda v: {"X": v["X"][:1], "G": v["G"][:1]}),
    ],
)
def test_the_reference_with_other_inputs_explains(expected: str, changed: Any) -> None:
    """What the reference gives for altered inputs is tried where it can be run again."""
    cases = []
    for n, i, o in ((5, 4, 3), (1, 3, 2)):
        v = {
            k: RNG.standard_normal(s) for k, s in {"X": (n, i), "W": (i, o), "G": (n, o), "b": (1, o)}.items()
        }

        def again(v: Any = v, **new: Any) -> Any:
            return squared_sigmoid(**{k: {**v, **new}[k] for k in v})

        cases.append(Compared(squared_sigmoid(**{**v, **changed(v)}), again(), {"n": n, **v}, rerun=again))
    found = explain("gradient", cases)
    assert found is not None and found.id == expected


def test_another_activation_is_found_by_running_the_reference() -> None:
    """A network that takes relu for sigmoid is recognised from the names of its activations."""
    cases = cases_of(NET_W1, NET_W1.right, rerun=True)

    def swapped(c: Compared) -> Any:
        v = {**c.names, **{k: {"sigmoid": "relu"}.get(c.names[k], c.names[k]) for k in "fg"}}
        net = linear_f_linear_g.MLP(3, 5, v["f"], 5, 2, v["g"])
        net.parameters = {k: v[k] for k in ("W1", "b1", "W2", "b2")}
        net.forward(v["X"])
        net.backward(v["G"])
        return net.grads["dJdW1"]

    found = explain("gradient", [replace(c, got=swapped(c)) for c in cases])
    assert found is not None and found.id == "wrong-activation"
    assert "relu for sigmoid" in found.says


def test_a_shape_that_is_right_too_is_no_mistake() -> None:
    """A shape that the rubric allows is not part of the diagnosis; one that it does not is."""
    wants = [RNG.standard_normal((1, o)) for o in (3, 4)]
    allowed = [Compared(-w[0], w, shapes=[w[0].shape]) for w in wants]
    other = [Compared(-w[0], w) for w in wants]
    found, more = explain("gradient", allowed), explain("gradient", other)
    assert found is not None and found.id == "sign-flipped"
    assert more is not None and more.id == "right-values-wrong-shape+sign-flipped"


def test_a_loose_check_is_explained_loosely() -> None:
    """Where the check itself allows 2e-4 (a loss with 1e-5 inside the logarithm), so does the diagnosis."""
    wants = {n: abs(RNG.standard_normal()) for n in (3, 5, 8)}
    cases = [Compared(np.asarray(w * n * (1 + 5e-5)), w, {"n": n}) for n, w in wants.items()]
    assert explain("value", cases) is None
    found = explain("value", [replace(c, rtol=2e-4) for c in cases])
    assert found is not None and found.id == "batch-sum"


def test_explaining_is_quick() -> None:
    """Over the table of wrong code, no explanation is far from the 5 ms that it may take."""
    seconds = []
    for _, task, code in TABLE:
        cases = cases_of(task, code, rerun=True)
        started = time.process_time()
        explain("value", cases)
        seconds.append(time.process_time() - started)
    assert sorted(seconds)[len(seconds) // 2] < 0.05
    assert max(seconds) < 2


def test_large_arrays_are_explained_in_time() -> None:
    """A mistake in a layer of the size of the digits' network is explained without a runaway."""
    sizes = ({"n": 200, "i": 784, "o": 16}, {"n": 1, "i": 300, "o": 10})
    cases = cases_of(replace(GRAD_WEIGHTS, sizes=sizes), lambda X, W, b, G: X.T @ G / len(X))
    started = time.process_time()
    found = explain("gradient", cases)
    assert found is not None and found.id == "batch-mean"
    assert time.process_time() - started < 1

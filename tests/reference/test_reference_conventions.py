"""What counts as right where conventions differ, against automatic gradients, difference quotients and the worked numbers."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from reference import graph_cases, worked, worked_follow
from reference.accepted import KEYS, one_pass, two_passes

FUNCTIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid, "identity": lambda u: u}


def network(seed: int, n: int = 5, i: int = 4, h: int = 3, o: int = 2) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(s) for s in ((n, i), (h, i), (h,), (o, h), (o,), (n, o))]


def autograd(x: Any, W1: Any, b1: Any, W2: Any, b2: Any, G: Any, f: str, g: str) -> list[Any]:
    leaves = [torch.tensor(a, requires_grad=True) for a in (W1, b1, W2, b2)]
    w1, c1, w2, c2 = leaves
    out = FUNCTIONS[g](FUNCTIONS[f](torch.tensor(x) @ w1.T + c1) @ w2.T + c2)
    return [grad.numpy() for grad in torch.autograd.grad(out, leaves, torch.tensor(G), allow_unused=True)]


@pytest.mark.parametrize(("f", "g"), list(itertools.product(FUNCTIONS, repeat=2)))
def test_one_pass_is_that_of_autograd(f: str, g: str) -> None:
    """Away from the kink of relu every accepted gradient is the automatic one; no mistake that is named is."""
    given = network(3)
    found, wanted = one_pass(*given, f, g), autograd(*given, f, g)
    for key, want in zip(KEYS, wanted, strict=True):
        for right in found.gradients[key]:
            np.testing.assert_allclose(right, want, rtol=1e-12, atol=1e-14)
        assert not np.allclose(found.mistakes[key]["batch-mean"][0], want)


def test_both_subgradients_at_the_kink() -> None:
    """At exactly 0 either subgradient of relu is right, and they differ."""
    x, W1, b1, W2, b2, G = network(4)
    W1[0], b1[0] = 0.0, 0.0
    found = one_pass(x, W1, b1, W2, b2, G, "relu", "identity").gradients["b1"]
    assert {round(float(a[0]), 9) for a in found} == {0.0, round(float((G @ W2).sum(0)[0]), 9)}


def test_two_passes_add_up_or_overwrite() -> None:
    """Without clearing, the second gradient and the sum of both are right, and nothing else."""
    x, W1, b1, W2, b2, G = network(5)
    u, H = network(6)[0][:3], network(7)[5][:3]
    found = two_passes(x, u, W1, b1, W2, b2, G, H, "sigmoid", "identity").gradients["W2"]
    first, second = (autograd(a, W1, b1, W2, b2, c, "sigmoid", "identity")[2] for a, c in ((x, G), (u, H)))
    for got in found:
        assert np.allclose(got, second) or np.allclose(got, first + second)
    assert any(np.allclose(got, first + second) for got in found)


LINES: list[list[Any]] = [
    ["*", 0, 1],
    ["+", 2, 0],
    ["sigmoid", 3],
    ["-", {"number": 2.0}, 4],
    ["**2", 5],
    ["maximum", 6, 1],
]


def test_graph_gradients_are_difference_quotients() -> None:
    """The derivatives of a case are those of its value."""
    leaves = np.array([0.7, -1.2])
    found = graph_cases.gradients(list(leaves), LINES)
    for k in range(2):
        step = np.eye(2)[k] * 1e-6
        up, down = (graph_cases.gradients(list(leaves + s * step), LINES)[0] for s in (1, -1))
        assert found[k + 1] == pytest.approx((up - down) / 2e-6, abs=1e-8)


def test_a_chain_and_its_pairs() -> None:
    """A number of lines is a chain: the first leaf once, the second in every line."""
    assert graph_cases.gradients([0.5, 0.25], 8).tolist() == [2.5, 1.0, 8.0]
    assert graph_cases.pairs([0.5, 0.25], 2) == [(2, 0), (2, 1), (3, 2), (3, 1)]


def test_what_follows_from_right_numbers_is_right() -> None:
    """From the right z and outputs, in either layout, the right later numbers follow; from half a loss half of them too."""
    right = worked.c12()
    assert any(np.allclose(y, right.y_hat) for y in worked_follow.yhat_from(right.z.T))
    assert any(
        np.allclose(loss, right.loss) for loss in worked_follow.loss_from(None, right.y_hat) if loss.size == 3
    )
    for loss, factor in ((None, 1.0), (right.loss / 2, 0.5)):
        for made, want in ((worked_follow.dv_from, right.dv), (worked_follow.dw_from, right.dw)):
            assert any(np.allclose(m, factor * want) for m in made(right.z, right.y_hat, loss))
    assert not any(
        np.allclose(m, right.dv / 2) for m in worked_follow.dv_from(right.z, right.y_hat, right.loss)
    )

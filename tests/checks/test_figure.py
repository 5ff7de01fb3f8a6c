"""Which figures of a notebook show the training."""

from __future__ import annotations

import json

import pytest

from grader.checks.figure import _figures, _verdict

DEFINED = "def train(n):\n    for k in range(n): step()\n    return losses"
TABLE = {
    "behind the call": (["losses = train(3)", "plt.plot(losses)"], "earned"),
    "in its cell, behind it": (["losses = train(3)\nplt.plot(losses)"], "earned"),
    "in its loop": (["for rate in rates:\n    plt.plot(train(3))"], "earned"),
    "a line that the training moves": (
        ["line, = ax.plot([], [])\ntrain(3)\nline.set_data(x, losses)"],
        "earned",
    ),
    "in an earlier cell": (["plt.plot(x)", "train(3)"], "lost"),
    "in its cell, before it": (["plt.plot(x)\nplt.show()\ntrain(3)"], "lost"),
    "no call at all": (["plt.plot(x)"], "lost"),
    "a picture": (["train(3)\nplt.imshow(x)"], "lost"),
}


@pytest.mark.parametrize("case", TABLE)
def test_a_curve_counts_from_the_call_on(case: str) -> None:
    """What is drawn before the training cannot show it, in the same cell too."""
    sources, outcome = TABLE[case]
    picture = [{"output_type": "display_data", "data": {"image/png": "aGk="}}]
    cells = [
        {
            "cell_type": "code",
            "source": source,
            "outputs": picture if "plt" in source or "ax" in source else [],
        }
        for source in [DEFINED, *sources]
    ]
    tree = {"nbformat": 4, "cells": cells}
    verdict = _verdict(list(_figures(tree, "train")), json.dumps(tree).encode(), "train", "the training")
    assert verdict is not None
    assert verdict.outcome.value == outcome

"""
Writes what the students get: neurons.py and graph.py from the reference, the form for answers and the task from the rubric.

    python rubrics/cs577-a2/make_handout.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import assemble  # noqa: E402 - beside this folder

NEURONS_HEAD = '''
"""
Artificial neurons in numpy. X is m x d with the bias column, y (m,) has labels 0 or 1, Y is m x k, one-hot.

theta is (d,), Theta is d x k (scores X @ Theta). Losses and gradients are sums over the points, not means.
"""

import numpy as np
'''
SIGMOID = {
    "sigmoid": "The logistic sigmoid of a number or of an array.",
    "softmax": "The softmax over the last axis of a vector or a matrix.",
}
NEURONS = {
    "bce_loss": "The binary cross-entropy, a number.",
    "bce_grad": "Its gradient for theta, (d,).",
    "cce_loss": "The categorical cross-entropy, a number.",
    "cce_grad": "Its gradient for Theta, d x k.",
}
GRAPH_HEAD = '''
"""A computation graph of scalars with reverse-mode differentiation."""

import math
'''
GRAPH = {
    "Value": "A scalar in the graph: data and grad. The operators +, - and * take a Value or a number on either side.",
    "Value.__init__": "",
    "Value.__add__": "", "Value.__sub__": "", "Value.__mul__": "",
    "Value.__pow__": "Only ** 2 is asked.",
    "Value.__radd__": "", "Value.__rsub__": "", "Value.__rmul__": "",
    "Value.maximum": "The larger of the two, as a new Value.",
    "Value.minimum": "The smaller of the two, as a new Value.",
    "Value.sigmoid": "",
    "Value.backward": "Set grad on every node that this one was made of, and on itself.",
    "topological_order": "A list in which every node stands after the nodes it was made of; graphs may be 10,000 nodes deep.",
}  # fmt: skip
ASKED = {
    "A.1": "output of the linear unit w = (0.1, 0.2, 0.3), bias first, at x = (1, 1)",
    "A.3.distance": "signed distance of the origin from b0 + b1 x1 + b2 x2 = 0",
    "A.3.normal": "its normal vector",
    "A.4.normal": "g = 1 + 2 x1 + 3 x2: unit normal",
    "A.4.distance": "distance of the origin from it",
    "A.7": "P(y = 1 given x) when the log odds are theta.x",
    "A.8a": "derivative of sigmoid(z)",
    "A.8b": "derivative of log sigmoid(z)",
    "A.13": "log likelihood of Bernoulli labels, h_i = s(theta.x_i)",
    "A.14.grad": "gradient of the negative of it",
    "A.14.update": "the descent update with rate alpha",
    "A.15": "number of one-against-one discriminants for k classes",
    "A.18a": "d softmax_j / d theta_i",
    "A.18b": "d log softmax_j / d theta_i",
    "A.19": "categorical cross-entropy over m points and k classes",
    "A.20.grad": "its gradient for theta_j",
    "A.20.update": "the descent update with rate alpha",
    "C.10": "F(x,y,z) = (3xy, y - z), G(x,y) = (x - 5y, xy, x - y): Jacobian of F o G",
    "C.12.z": "hidden units, one row for each data point",
    "C.12.yhat": "outputs", "C.12.loss": "loss of each data point",
    "C.13b": "Jacobian of F(x, y) = (x^2 + 2y, 3x + 4y^2) at (1, 2)",
    "C.13c": "that F after G(x) = (x, x^2): derivative at x = 2",
}  # fmt: skip
README = """\
# {title}

{points:g} points. Hand in a folder (or a .zip or .tar.gz of it) with `neurons.py`, `graph.py` and your answers: `answers.yaml`, LaTeX
(`\\answer{{A.8a}}{{...}}`) or Markdown (`**A.8a:** ...`).

{questions}

## Answers

A vector or matrix answer is `[a, b]` and `[[a, b], [c, d]]`, or a LaTeX `pmatrix`/`bmatrix`. A.18 to A.20 use `softmax_j`, `delta_ij`, `1(y_i = j)`; i and j
are indices. Numbers to three significant digits.

B: one hidden layer, yhat_j = v_j.z (z_0 = 1), z_l = s(w_l.x) (x_0 = 1); gradients for one data point.

C.12: bias first, w1 = (.01,.02,.03), w2 = (.03,.01,.02), w3 = (.02,.03,.01), v = (.01,.02,.03,.04), sigmoid hidden units, linear output,
L = (yhat - y)^2; data ((1,2),8), ((1,3),11), ((2,2),10).

{table}

## Code

`neurons.py` and `graph.py` have the names and what each function takes and gives. Keep the names.
"""


def handout() -> dict[str, str]:
    """File name to content."""
    rubric = load("rubric.yaml")
    neurons = assemble.skeleton("activations", SIGMOID, [], NEURONS_HEAD)
    neurons += "\n\n" + assemble.skeleton("neurons", NEURONS, [], "").lstrip()
    graph = assemble.skeleton("graph", GRAPH, [], GRAPH_HEAD)
    points = sum(q["points"] for q in rubric["questions"])
    text = README.format(
        title=f"{rubric['assignment']}: {rubric['title']}",
        points=points,
        questions=assemble.questions(rubric),
        table=assemble.table(rubric, ASKED),
    )
    return {
        "neurons.py": neurons,
        "graph.py": graph,
        "answers.yaml": assemble.form(rubric),
        "README.md": text,
    }


def solution() -> dict[str, Any]:
    """What earns everything: the code as text, the answers by label."""
    return {
        "neurons.py": assemble.solution(["arrays", "activations", "neurons"]),
        "graph.py": assemble.solution(["graph"]),
        "answers": assemble.filled(load("rubric.yaml"), load("answers.yaml")),
    }


def load(name: str) -> Any:
    """A YAML file of this folder."""
    return YAML(typ="safe").load((HERE / name).read_text(encoding="utf-8"))


def main() -> None:
    (HERE / "handout").mkdir(exist_ok=True)
    for name, text in handout().items():
        (HERE / "handout" / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""
Writes what the students get: mlp.py from the reference, the form for answers and the task from the rubric.

    python rubrics/nyu-dl-hw1/make_handout.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import assemble  # noqa: E402 - beside this folder

HEAD = '''
"""
A network of two linear layers and its losses in torch tensors: no autograd, no torch.nn.

Batches come first: x is (batch, in), y_hat is (batch, out).
"""

import torch
'''
DOCS = {
    "MLP": "Linear 1, f, linear 2, g. self.parameters has W1 (out, in), b1 (out,), W2, b2; self.grads the same with the prefix dJd.",
    "MLP.__init__": "f_function, g_function: 'relu' | 'sigmoid' | 'identity'.",
    "MLP.forward": "x (batch, in) -> y_hat (batch, out); what backward needs may be kept in self.cache.",
    "MLP.backward": "dJdy_hat (batch, out): fill self.grads['dJdW1'], ['dJdb1'], ['dJdW2'] and ['dJdb2'], summed over the batch.",
    "MLP.clear_grad_and_cache": "Clear self.grads and self.cache.",
    "mse_loss": "(loss, dJdy_hat): the mean of the squared differences over all elements, and its gradient.",
    "bce_loss": "(loss, dJdy_hat): the mean binary cross-entropy over all elements, and its gradient.",
}
README = """\
# {title}

{points:g} points. Hand in a folder (or a .zip or .tar.gz of it) with `mlp.py` and your answers: `answers.yaml`, LaTeX (`\\answer{{T2.1}}{{...}}`) or
Markdown (`**T2.1:** ...`).

{questions}

## Theory

T1: Linear1 -> f -> Linear2 -> g with Linear_i(x) = W_i x + b_i, x in R^n, yhat in R^K, hidden size H; f = 5 relu, g = identity,
loss l = norm2(yhat - y)^2 (no 1/2, no mean). z1, z2 are input and output of f, z3 is the input of g. T1.3: in terms of dl/dyhat,
dyhat/dz3, dz2/dz1 and the variables.

T2: L(w) = sum_i log(1 + exp(-y_i w.x_i)), y_i in {{-1, 1}}; w separates every point correctly and is scaled by c > 0.

{table}

## Code

`mlp.py` has the names and what each function takes and gives. Keep the names and the shapes; the network is tested with parameters that are put into
`net.parameters[...]` before `forward`, with every pair of activations, batches of 1 and more, and in both precisions.
"""


def handout() -> dict[str, str]:
    """File name to content."""
    rubric = load("rubric.yaml")
    given = ["MLP.__init__"]
    code = assemble.skeleton("torch_linear_f_linear_g", DOCS, given, HEAD)
    title = f"{rubric['assignment']}: {rubric['title']}"
    points = sum(q["points"] for q in rubric["questions"])
    text = README.format(
        title=title, points=points, questions=assemble.questions(rubric), table=assemble.table(rubric, {})
    )
    return {"mlp.py": code, "answers.yaml": assemble.form(rubric), "README.md": text}


def solution() -> dict[str, Any]:
    """What earns everything: the code as text, the answers by label."""
    answers = assemble.filled(load("rubric.yaml"), load("answers.yaml"))
    return {"mlp.py": assemble.solution(["torch_linear_f_linear_g"]), "answers": answers}


def load(name: str) -> Any:
    """A YAML file of this folder."""
    return YAML(typ="safe").load((HERE / name).read_text(encoding="utf-8"))


def main() -> None:
    (HERE / "handout").mkdir(exist_ok=True)
    for name, text in handout().items():
        (HERE / "handout" / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

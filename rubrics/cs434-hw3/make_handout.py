"""
Writes what the students get: net.py from solution.py, the forms for answers and experiments from the rubric.

    python rubrics/cs434-hw3/make_handout.py
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent
STUB = "Write your answer here."
NOT_WRITTEN = '{indent}raise NotImplementedError("LinearLayer.backward is yours to write")\n'
ASKED = {
    "Q1.b": "bias b of the linear classifier b + w.x > 0 that decides as Bernoulli naive Bayes does (LaTeX)",
    "Q1.w": "its weight w_i (LaTeX)",
    "Q2": "proof: with a uniform prior, doubling the feature x1 makes the classifier more certain of class 1",
    "Q4.discussion": "what you see in the three curves, and why",
    "Q5.discussion": "what you see in the three curves, and why",
}
README = """\
# {title}

{points:g} points, and {extra:g} extra. Hand in one folder (or a .zip or .tar.gz of it):

| file | what |
| --- | --- |
| `net.py` (any name, or a notebook) | the network, with your `LinearLayer.backward`; numpy only |
| `answers.yaml` | the written answers; LaTeX (`\\answer{{Q1.b}}{{...}}`) or Markdown (`**Q1.b:** ...`) count as well |
| `experiments.yaml` | the numbers of your training runs |
| `predictions.csv` | your predictions for the test images, `id,digit` |

| question | points | |
| --- | --- | --- |
{rows}

## The network (Q3)

`X` is n x input_dim, `grad` is dL/dZ, n x output_dim. `LinearLayer.backward(grad)` stores `grad_weights` (input_dim x output_dim) and
`grad_bias` (1 x output_dim), both **summed over the batch** (the average is taken in the loss), and returns dL/dX (n x input_dim). Everything
else in `net.py` is written. Keep the names.

Test it with batches of 1 and more, and with sizes that all differ.

## The experiments (Q4, Q5, Q6)

Defaults: seed 102, step size 0.01, batches of 200, 200 epochs, 2 layers, width 16, Sigmoid; inputs pixel/256 - 0.5. Report the numbers after
the last epoch on all training and validation images.

| label | change |
| --- | --- |
{trials}

## Naive Bayes (Q1, Q2)

Features x_1 ... x_d in {{0, 1}}; theta_ic = P(x_i = 1 given y = c), written `\\theta_{{i1}}` and `\\theta_{{i0}}`; theta_1 = P(y = 1), theta_0 = 1 - theta_1.
If you like, hand in `bernoulli_nb_to_linear(theta, prior)` as well, theta d x 2 and prior = theta_1; it returns `(w, b)`. It is tested and costs nothing.
"""


def handout() -> dict[str, str]:
    """File name to content."""
    rubric = YAML(typ="safe").load((HERE / "rubric.yaml").read_text(encoding="utf-8"))
    return {
        "net.py": template((HERE / "solution.py").read_text(encoding="utf-8")),
        "answers.yaml": answers(rubric),
        "experiments.yaml": experiments(rubric),
        "README.md": readme(rubric),
    }


def template(solution: str) -> str:
    """The solution without what the students write."""
    return re.sub(
        r"^( *)# SOLUTION\n.*?^\1# END\n",
        lambda m: NOT_WRITTEN.format(indent=m[1]),
        solution,
        flags=re.M | re.S,
    )


def answers(rubric: dict[str, Any]) -> str:
    """answers.yaml with every label."""
    lines = ["# Formulas in single quotes: '\\log\\frac{a}{b}'. Longer text after `|`, indented."]
    for check in _checks(rubric):
        if "answer" in check or "prose" in check:
            block = check["id"] if "answer" in check else f"{check['id']}"
            value = "''" if "answer" in check else f"|\n  {STUB}"
            lines += ["", f"# {ASKED[check['id']]}", f"{block}: {value}"]
    lines += ["", "debrief:", *(f"  {field}:" for field in rubric["survey"])]
    return "\n".join(lines) + "\n"


def experiments(rubric: dict[str, Any]) -> str:
    """experiments.yaml with every label."""
    lines = ["# Numbers after the last epoch."]
    for trial in _trials(rubric):
        lines.append(f"# {_change(trial)}")
        lines.append(
            f"{trial['label']}: {{val_accuracy: []}}"
            if trial.get("seeds", 1) > 1
            else f"{trial['label']}: {{val_accuracy: , train_loss: }}"
        )
    return "\n".join(lines) + "\n"


def readme(rubric: dict[str, Any]) -> str:
    """The task."""
    questions = rubric["questions"]
    rows = [
        f"| {q['id']} | {q['points']:g}{' extra' if q.get('extra') else ''} | {q['title']} |"
        for q in questions
    ]
    return README.format(
        title=f"{rubric['assignment']}: {rubric['title']}",
        points=sum(q["points"] for q in questions if not q.get("extra")),
        extra=sum(q["points"] for q in questions if q.get("extra")),
        rows="\n".join(rows),
        trials="\n".join(f"| {t['label']} | {_change(t)} |" for t in _trials(rubric)),
    )


def _change(trial: dict[str, Any]) -> str:
    parts = [
        f"{trial['layers']} layers" if "layers" in trial else "",
        f"step size {trial['step']:g}" if "step" in trial else "",
        trial.get("activation", ""),
        f"{trial['seeds']} seeds" if "seeds" in trial else "",
    ]
    return ", ".join(p for p in parts if p)


def _checks(rubric: dict[str, Any]) -> list[dict[str, Any]]:
    return [check for question in rubric["questions"] for check in question["checks"]]


def _trials(rubric: dict[str, Any]) -> list[dict[str, Any]]:
    return [t for check in _checks(rubric) if "experiment" in check for t in check["experiment"]["trials"]]


def main() -> None:
    for name, text in handout().items():
        (HERE / "handout" / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

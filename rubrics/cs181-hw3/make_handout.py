"""
Writes what the students get: the notebook and estimators.py from the solutions, the forms for the answers from the rubric.

    python rubrics/cs181-hw3/make_handout.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent
STUB = "Write your answer here."
NOT_WRITTEN = "raise NotImplementedError('this part is yours to write')"
SECTIONS = {
    "P1": "Problem 1: point estimates and the posterior predictive",
    "P2": "Problem 2: Laplace prior and regularisation",
    "P3": "Problem 3: gradients of a two-layer sigmoid network",
}
ASKED = {
    "P1.1.mean": "mean of mu given D",
    "P1.1.var": "variance of mu given D",
    "P1.2a": "maximum likelihood estimate of mu",
    "P1.2b": "MAP estimate of mu",
    "P1.2c": "mu_MAP, compared with the mean of x given D: greater, equal or less",
    "P1.2d.mle.mean": "x given mu_MLE is normal with this mean",
    "P1.2d.mle.var": "and this variance",
    "P1.2d.map.mean": "x given mu_MAP is normal with this mean",
    "P1.2d.map.var": "and this variance",
    "P1.2e.compare": "var(x given D), compared with var(x given mu_MLE): greater, equal or less",
    "P1.2e.limit": "limit of var(x given D) as n goes to infinity",
    "P1.2e.why": "why that is intuitive, in words",
    "P1.3a.mle": "mu_MLE when the sum of the x_i is 0",
    "P1.3a.map": "mu_MAP when the sum of the x_i is 0",
    "P1.3b": "is mu_MLE > mu_MAP when the sum is positive: yes or no",
    "P1.3c": "is mu_MLE > mu_MAP when the sum is negative: yes or no",
    "P1.4": "limit of mu_MAP / mu_MLE as n goes to infinity",
    "P2.1": "posterior of w up to a constant, as exp(...) or its logarithm",
    "P2.2.objective": "what w_MAP minimises",
    "P2.2.lambda": "lambda, when the objective is written norm2(Xw - y)^2 + lambda norm1(w - mu)",
    "P2.2.why": "the relation to regularisation, in words",
    "P2.3": "how to use the prior knowledge that w is close to v, in words",
    "P2.4.direction": "towards what w_MAP moves as tau decreases",
    "P2.4.limit": "the limit of w_MAP as tau goes to 0",
    "P2.5": "which has the lower expected test MSE: w_MAP or w_mean",
    "P2.5.why": "why, in words",
    "P3.1.W1": "dimensions of W1, such as H \\times M",
    "P3.2a": "dL/db2",
    "P3.2b": "dL/dW2_h",
    "P3.2c": "dL/db1_h",
    "P3.2d": "dL/dW1_{h,m}",
} | {f"P3.1.{name}": f"of {name}" for name in ("b1", "a1", "z1", "W2", "b2", "a2", "yhat")}
CLOSING = ("name", "collaborators", "hours")


def handout() -> dict[str, str]:
    """File name to content."""
    rubric = YAML(typ="safe").load((HERE / "rubric.yaml").read_text(encoding="utf-8"))
    labels = [
        (c["id"], "prose" in c)
        for q in rubric["questions"]
        for c in q["checks"]
        if "answer" in c or "prose" in c
    ]
    return {
        "estimators.py": blank(_read("solution_estimators.py")),
        "T3_P3.ipynb": notebook(blank(_read("solution_notebook.py"))),
        "answers.yaml": answers(labels),
        "writeup.tex": writeup(labels),
    }


def solution() -> dict[str, str]:
    """The handout, filled in."""
    return {
        "estimators.py": _filled(_read("solution_estimators.py")),
        "T3_P3.ipynb": notebook(_filled(_read("solution_notebook.py"))),
        "answers.yaml": _read("solution_answers.yaml"),
    }


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _filled(text: str) -> str:
    return re.sub(r"^ *# (?:SOLUTION|END)\n", "", text, flags=re.M)


def blank(text: str) -> str:
    """The text without what the students write."""
    return re.sub(
        r"^( *)# SOLUTION\n.*?^\1# END\n",
        lambda m: f"{m[1]}{NOT_WRITTEN}\n" if m[1] else "# Write this part here.\n",
        text,
        flags=re.M | re.S,
    )


def notebook(text: str) -> str:
    """A notebook of a script with `# %%` between its cells."""
    cells: list[dict[str, Any]] = []
    for part in re.split(r"^# %%", text, flags=re.M)[1:]:
        kind, _, source = part.partition("\n")
        markdown = "markdown" in kind
        source = re.sub(r"^# ?", "", source, flags=re.M) if markdown else source
        cell: dict[str, Any] = {
            "cell_type": "markdown" if markdown else "code",
            "id": f"cell-{len(cells) + 1}",
            "metadata": {},
        }
        cell |= {"source": source.strip("\n").splitlines(keepends=True)}
        cells.append(cell if markdown else cell | {"execution_count": None, "outputs": []})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    tree = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"


def answers(labels: list[tuple[str, bool]]) -> str:
    """answers.yaml with every label."""
    lines = ["# Formulas in single quotes: '\\frac{\\tau^2}{n}'. Longer text after `|`, indented."]
    for label, prose in labels:
        lines += ["", f"# {ASKED[label]}", f"{label}: |\n  {STUB}" if prose else f"{label}: ''"]
    return "\n".join([*lines, "", "debrief:", *(f"  {field}:" for field in CLOSING)]) + "\n"


def writeup(labels: list[tuple[str, bool]]) -> str:
    """The same as LaTeX, for those who prefer it."""
    lines = [
        r"\documentclass{article}", r"\usepackage{amsmath}",
        r"\newcommand{\answer}[2]{\par\noindent\textbf{#1:} \ensuremath{#2}\par}",
        r"\newcommand{\prose}[2]{\par\noindent\textbf{#1:} #2\par}", r"\begin{document}",
        "% Fill in this file or answers.yaml; one of them is enough.",
    ]  # fmt: skip
    problem = ""
    for label, prose in labels:
        if label[:2] != problem:
            problem = label[:2]
            lines += ["", f"\\section*{{{SECTIONS[problem]}}}"]
        lines += [f"% {ASKED[label]}", f"\\answer{{{label}}}{{{STUB if prose else ''}}}"]
    lines += ["", r"\section*{Closing}", *(f"{field}:\n" for field in CLOSING), r"\end{document}"]
    return "\n".join(lines) + "\n"


def main() -> None:
    for name, text in handout().items():
        (HERE / "handout" / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

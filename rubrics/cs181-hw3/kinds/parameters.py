"""The kind `parameters`."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from grader.checks._routines import Routine
from grader.checks.registry import check
from grader.compare import as_array, shape_text
from grader.errors import Missing, StudentFault
from grader.model import Verdict, earned, lost, manual, partial
from grader.student import Student

from ._making import making, text_of

NAMES = ("W1", "b1", "W2", "b2")


@check
def parameters(
    student: Student, *, look: Literal["sizes", "shapes", "gradients", "start"], routine: Routine
) -> Verdict:
    """
    The parameters of the network are as the page asks.

    What the notebook's own training made of them does not matter: the statements that make them run once more.

    Args:
        look: at the sizes, the shapes, whether they collect gradients, or the numbers that they start from.
        routine: the file with `starting`.
    """
    told = _starting(student, routine)
    if look == "sizes":
        return _sizes(told.get("sizes") or {})
    missing = [name for name in NAMES if name not in told]
    if missing:
        raise Missing(
            f"{missing[0]}: not defined as a tensor.",
            help=f"Define `{missing[0]}` at the top level of the notebook.",
        )
    return {"shapes": _shapes, "gradients": _gradients, "start": _start}[look](told)


def _starting(student: Student, routine: str) -> dict[str, Any]:
    group = student.group("W1")
    choice = student.choices[group]
    if not choice.files:
        student.require("W1")
    student.loaded(group)
    statements = list(making(text_of(student, "W1")))
    functions = [n for n in ("train", "net", "softmax", "relu", "sgd", "cross_entropy") if _has(student, n)]
    if not functions:
        student.require("W1")
        raise Missing("W1: there is no function beside it that could use it.")
    value = student.run(
        routine,
        "starting",
        statements,
        student.inner_seed,
        names=functions[:1],
        timeout=30.0,
        called="W1, b1, W2, b2",
    ).value
    return _told(value)


def _told(value: Any) -> dict[str, Any]:
    """What `starting` tells, with the types that it has to have: it ran beside the student's code."""
    value = value if isinstance(value, dict) else {}
    sizes = value.get("sizes") if isinstance(value.get("sizes"), dict) else {}
    told: dict[str, Any] = {"sizes": {k: v for k, v in sizes.items() if type(v) is int}}
    for name in NAMES:
        one = value.get(name)
        shape = one.get("shape") if isinstance(one, dict) else None
        if isinstance(one, dict) and isinstance(shape, list) and all(type(n) is int for n in shape):
            told[name] = {"shape": shape, "grad": one.get("grad") is True, "fresh": one.get("fresh") is True}
            told[name]["start"] = one.get("start")
    return told


def _has(student: Student, name: str) -> bool:
    try:
        return bool(student.require(name) + 1)
    except StudentFault:
        return False


def _sizes(sizes: dict[str, Any]) -> Verdict:
    for name, asked in (("n_inputs", 784), ("n_outputs", 10)):
        if sizes.get(name) is None:
            return lost(
                f"{name}: not defined as a whole number.", f"Define `{name} = {asked}` in the notebook."
            )
        if sizes[name] != asked:
            return lost(
                f"{name}: expected {asked}, got {sizes[name]}.",
                "The images have 28 x 28 pixels and 10 classes.",
            )
    hidden = sizes.get("n_hiddens")
    if not isinstance(hidden, int) or hidden < 1:
        return lost(
            "n_hiddens: not defined as a whole number above 0.", "Choose the width of the hidden layer."
        )
    return earned(f"n_inputs = 784, n_hiddens = {hidden}, n_outputs = 10.")


def _shapes(told: dict[str, Any]) -> Verdict:
    sizes = told.get("sizes") or {}
    shape = {name: tuple(told[name]["shape"]) for name in NAMES}
    hidden = sizes.get("n_hiddens") or int(np.prod(shape["b1"]))
    wanted = {"W1": (784, hidden), "b1": (hidden,), "W2": (hidden, 10), "b2": (10,)}
    for name in NAMES:
        rows = wanted[name]
        allowed = [rows, rows[::-1]] if len(rows) == 2 else [rows, (1, *rows), (*rows, 1)]
        if shape[name] not in allowed:
            evidence = [{"name": name, "got": list(shape[name]), "expected": [list(a) for a in allowed[:2]]}]
            text = f"{name}: expected shape {shape_text(rows)}, got {shape_text(shape[name])}."
            return lost(
                text,
                "The page gives the four shapes; the transposed of a weight is right too.",
                shapes=evidence,
            )
    return earned("W1, b1, W2, b2: the shapes fit together.")


def _gradients(told: dict[str, Any]) -> Verdict:
    wrong = [name for name in NAMES if not told[name]["grad"]]
    if not wrong:
        return earned("W1, b1, W2, b2: all four collect gradients.")
    text = f"{', '.join(wrong)}: no gradient is collected, so training cannot change {'it' if len(wrong) == 1 else 'them'}."
    advice = (
        "Call `requires_grad_()` last: the result of `0.01 * tensor` is a new tensor, which is no parameter."
    )
    return lost(text, advice)


def _start(told: dict[str, Any]) -> Verdict:
    complaints = []
    for name in NAMES:
        found = as_array(told[name].get("start"))
        if found is None or not found.size or found.dtype.kind not in "fiub":
            return lost(f"{name}: not a tensor of numbers.")
        complaint = _unlike_start(name, found.astype(np.float64))
        if complaint:
            complaints.append((complaint, bool(told[name]["fresh"])))
    if not complaints:
        return earned("W1 and W2 start as 0.01 times standard normal numbers, b1 and b2 at 0.")
    if not all(fresh for _, fresh in complaints):
        text = "How the parameters start could not be seen after the notebook's own training: a person looks at the code."
        return manual(text, "Make the parameters in statements of their own, before the training.")
    return partial(
        1.0 - 0.25 * len(complaints),
        complaints[0][0],
        "The page asks for 0.01 times standard normal numbers, and biases of 0.",
    )


def _unlike_start(name: str, found: Any) -> str:
    if name.startswith("b"):
        return "" if not found.any() else f"{name}: expected zeros at the start, got others."
    if not np.isfinite(found).all():
        return f"{name}: contains nan or inf."
    spread, slack = float(np.sqrt(np.mean(found**2))), 0.02 + 5.0 / np.sqrt(found.size)
    if abs(spread / 0.01 - 1.0) > slack:
        return f"{name}: expected numbers of about 0.01 at the start (standard deviation), got {spread:.2g}."
    tails = float(np.mean((found / spread) ** 4))
    if found.size > 1000 and abs(tails - 3.0) > 0.1 + 40.0 / np.sqrt(found.size):
        return f"{name}: the size is right, but these are not normal random numbers."
    return ""

"""The kind `takes_arguments`."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks._routines import Routine
from grader.checks.registry import check
from grader.model import Diagnosis, Verdict, earned, lost, partial
from grader.student import Student

from ._making import ASKED, asked_train, text_of
from ._named import named


@check
def takes_arguments(student: Student, *, routine: Routine) -> Verdict:
    """
    `train` works with the network, parameters, data, loss and updater that it is given.

    Args:
        routine: the file with `arguments_used`.
    """
    student.require("train")
    again, _ = asked_train(text_of(student, "train"))
    told = student.run(routine, "arguments_used", again, names=["train"], called="train").value
    told = told if isinstance(told, dict) else {}
    unused = [name for name in ASKED if told.get(name) is not True]
    if not unused:
        return earned("train: uses all of its arguments.")
    if told.get("error") and type(told["error"]) is str:
        text = f"train: does not get through with a net, data and loss of ours: {told['error'].rstrip('.')}."
        blank = named("blank-template") if told["error"].startswith("NotImplementedError") else None
        return lost(text, "Inside `train`, use only its parameters (and `epochs`, `lr`).", blank)
    share = 1.0 - len(unused) / 2
    return partial(
        share, f"train: {_listed(unused)} {'is' if len(unused) == 1 else 'are'} not used.",
        "Call `train` with other arguments once: it must train those.", _reads(unused[0]),
    )  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _reads(name: str) -> Diagnosis:
    says = f"`train` uses a variable of the notebook in place of its argument `{name}`: handed others, it left them alone."
    return named("reads-global", says)

"""The kind `defines`."""

from __future__ import annotations

from grader.checks.registry import check
from grader.errors import Missing
from grader.model import Verdict, earned, lost
from grader.student import Student


@check
def defines(student: Student, *, names: list[str]) -> Verdict:
    """
    The code can be loaded and defines what the assignment asks for.

    Args:
        names: functions, classes (`LinearLayer`) or methods (`LinearLayer.backward`).
    """
    faults = []
    for name in names:
        try:
            student.require(name)
        except Missing as missing:
            faults.append(missing)
            continue
        if "." in name and name not in student.choice(name).found:
            faults.append(
                Missing(
                    f"{name}: the class has no such method.",
                    help=f"Define `{name.partition('.')[2]}` in the class.",
                )
            )
    if faults:
        evidence = {"missing": [str(f) for f in faults]} | (
            {"lines": lines} if (lines := faults[0].lines) else {}
        )
        return lost(faults[0].message, faults[0].help, None, **evidence)
    return earned(f"{', '.join(names)}: defined.", files=list(student.choice(names[0]).files))

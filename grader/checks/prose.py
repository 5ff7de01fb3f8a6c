"""The kind `prose`."""

from __future__ import annotations

from grader.answers.text import is_stub
from grader.checks.registry import check
from grader.model import Verdict, lost, manual
from grader.student import Student


@check
def prose(student: Student, *, label: str = "", stubs: list[str] = [], look_for: str = "") -> Verdict:  # noqa: B006
    """
    The explanation, which a person reads.

    Args:
        label: the label in the hand-in, when it is not the check's id.
        stubs: the template's own text, which counts as nothing written.
        look_for: what the staff should look for; never shown to the student.
    """
    handed = student.answers.answers.get(label)
    if handed is None:
        return lost(f"{label}: there is no answer.", "Write it under its label, as the handout shows.")
    text = handed.text.strip()
    if is_stub(text) or " ".join(text.split()) in (" ".join(s.split()) for s in stubs):
        return lost(f"{label}: only the placeholder is there.", "Write your own explanation in place of it.")
    return manual(f"{label}: waits for a person to read it.", text=text[:8000], **{"from": handed.where})

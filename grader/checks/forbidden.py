"""The kind `forbidden`, and the refusal that other checks give when a question's code reaches what is not allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.checks.registry import check
from grader.model import Json, Verdict, earned, lost
from grader.student import Student
from grader.usage import Spec, Use, entry_files, unread, uses

_MOST_LINES = 30
_HELP = "Write this part yourself with what the assignment allows."
_NOTES = {
    "use": "costs nothing here: the code of this question does not reach it",
    "import": "only the import: it costs nothing",
    "mention": "only named, as in an annotation: it costs nothing",
    "dead": "is never carried out: it costs nothing",
    "unsure": "what this uses cannot be told by reading the code; the staff may look at it. It costs nothing by itself",
}


@check
def forbidden(
    student: Student,
    *,
    entry: list[str],
    modules: list[str] = [],  # noqa: B006 - copied by pydantic
    names: list[str] = [],  # noqa: B006
    allowed: list[str] = [],  # noqa: B006
    methods: list[str] = [],  # noqa: B006
    elsewhere: list[str] = [],  # noqa: B006
) -> Verdict:
    """
    The code of the question uses only what the assignment allows.

    A use counts when the code of an entry reaches it: through its own lines, the functions, classes and globals that it
    names, in all modules of the hand-in. Everything else is named and costs nothing.

    Args:
        entry: functions, classes (with all their methods), methods (`LinearLayer.backward`) or globals of the question.
        modules: modules that are not allowed, with everything in them.
        names: further modules, functions or classes, by their full names (`torch.relu`).
        allowed: what is allowed all the same (`torch.nn.Parameter`).
        methods: methods of arrays and tensors that are not allowed (`softmax` for `x.softmax(0)`).
        elsewhere: entries of other questions: a use that they reach costs its points there and not here.
    """
    spec = Spec(tuple(modules), tuple(names), tuple(allowed), tuple(methods))
    found = _uses(student, entry, spec)
    if elsewhere:
        theirs = [use for use in _uses(student, elsewhere, spec) if use.counts]
        found = [replace(use, entry="") if any(_same(use, t) for t in theirs) else use for use in found]
    counting = [use for use in found if use.counts]
    if counting:
        return _refused(counting, found)
    evidence = _evidence(found, student)
    verdict = earned(_praise(found), **evidence)
    unsure = [use for use in found if use.kind == "unsure"]
    return replace(verdict, staff=_for_staff(unsure)) if unsure else verdict


def _same(use: Use, theirs: Use) -> bool:
    """The same place, or the name of the other entry that is what it stands for."""
    if use.written == theirs.entry:
        return use.name == theirs.name or use.name.startswith(f"{theirs.name}.")
    return (use.where, use.name) == (theirs.where, theirs.name)


def refusal(student: Student, entries: Sequence[str], spec: Spec) -> Verdict | None:
    """
    What a question gets whose code reaches something that is not allowed; None when it reaches nothing.

    For every check with an option such as `forbidden_in: [entry, ...]`; no code is run.
    """
    found = _uses(student, entries, spec)
    counting = [use for use in found if use.counts]
    return _refused(counting, found) if counting else None


def _uses(student: Student, entries: Sequence[str], spec: Spec) -> list[Use]:
    known = [e for e in entries if any(e.partition(".")[0] in s.all_names for s in student.specs)]
    where = {e: found.file for e in known if (found := student.choice(e).found.get(e.partition(".")[0]))}
    rest = [e for e in entries if e not in known]
    return uses(student.submission.files, spec, entries, where | entry_files(student.submission, rest))


# --- what to say ----------------------------------------------------------------------------------------------------


def _refused(counting: Sequence[Use], found: Sequence[Use]) -> Verdict:
    first = counting[0]
    message = f"{first.entry}: {first.where} uses {first.called}, which this assignment does not allow."
    places = {(use.where, use.name) for use in counting}
    if len(places) > 1:
        message += f" There are {len(places)} such uses."
    notes = [use for use in found if not use.counts]
    return lost(
        message, _HELP, lines=_lines([*counting, *notes]), names=sorted({use.name for use in counting})
    )


def _praise(found: Sequence[Use]) -> str:
    if not found:
        return "Nothing is used that this assignment does not allow."
    number = len({(use.where, use.name) for use in found})
    places = "One place is" if number == 1 else f"{number} places are"
    return f"The code of this question uses nothing that this assignment does not allow. {places} named below and cost nothing."


def _evidence(found: Sequence[Use], student: Student) -> dict[str, Json]:
    evidence: dict[str, Json] = {"lines": _lines(found)} if found else {}
    if skipped := unread(student.submission.files):
        evidence["not read as Python"] = ", ".join(skipped[:10])
    return evidence


def _lines(found: Sequence[Use]) -> list[Json]:
    return [
        {
            "file": f"{use.file} cell {use.cell}" if use.cell else use.file,
            "line": use.line,
            "note": _note(use),
        }
        for use in found[:_MOST_LINES]
    ]


def _note(use: Use) -> str:
    name = "this code" if use.name == "..." else use.called
    if not use.counts:
        return f"{name}: {_NOTES[use.kind]}."
    inside = use.inside and use.inside.partition(".")[0] != use.entry.partition(".")[0]
    by = f" It is in {use.inside}, which the code of {use.entry} reaches." if inside else ""
    return f"{name} is not allowed in this assignment.{by}"


def _for_staff(unsure: Sequence[Use]) -> str:
    listed = "; ".join(f"{use.where}: {use.written or use.name}" for use in unsure[:10])
    return f"What this code uses cannot be told by reading it, please look: {listed}"
